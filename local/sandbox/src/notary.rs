//! The seals and certificates of those who sign.
//!
//! e签宝 issues a certificate to whoever signs and draws the seal from the verified name; so does this. The authority is made once
//! and kept with the sandbox's data, so that documents signed before a restart still verify against its root.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use contract::Timestamp;
use seals::{ArtError, Authority, Field, SealArt, Signer, TimeAuthority};

use crate::state::{Kind, State};
use crate::style::Style;
use crate::wire::Refusal;

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Signatory {
    pub(crate) name: String,
    pub(crate) is_organisation: bool,
    /// The organisation's registration number. A person's document number stays out of certificates: everybody can read those.
    pub(crate) number: Option<String>,
}

/// Where a signature is put.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) name: String,
    pub(crate) page: u32,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

pub(crate) struct Notary {
    authority: Authority,
    time: TimeAuthority,
    font: Vec<u8>,
    /// Keys take long to make, so that each signatory has one as long as the process runs, and since when.
    signers: Mutex<HashMap<Signatory, (Timestamp, Arc<Signer>)>>,
}

impl Notary {
    /// Takes the authority from the records, or makes one and keeps it.
    ///
    /// # Errors
    ///
    /// When the records cannot be read, or hold keys that are none.
    pub(crate) fn open(state: &State, font: Vec<u8>) -> Result<Notary, Refusal> {
        let authority = state.transact(|records| match records.get::<String>(Kind::Authority, "")? {
            Some(pem) => Authority::from_pem(&pem).map_err(|error| Refusal::Broken(error.to_string())),
            None => {
                let authority = Authority::create();
                let pem = authority.to_pem().map_err(|error| Refusal::Broken(error.to_string()))?;
                records.put(Kind::Authority, "", &pem)?;
                Ok(authority)
            }
        })?;
        let time = authority.time_authority().map_err(|error| Refusal::Broken(error.to_string()))?;
        Ok(Notary { authority, time, font, signers: Mutex::new(HashMap::new()) })
    }

    /// The certificate to trust, in PEM.
    pub(crate) fn root_pem(&self) -> String {
        self.authority.root_pem()
    }

    /// The signatory's key and certificate, made when they are first needed.
    pub(crate) fn signer(&self, signatory: &Signatory, now: Timestamp) -> Result<Arc<Signer>, String> {
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back may be before the certificate.
        if let Some((since, signer)) = signers.get(signatory)
            && *since <= now
        {
            return Ok(Arc::clone(signer));
        }
        let number = signatory.number.as_deref().filter(|_| signatory.is_organisation).unwrap_or_default();
        let issued = self.authority.issue(&signatory.name, signatory.is_organisation, number, now);
        let signer = Arc::new(issued.map_err(|error| error.to_string())?);
        signers.insert(signatory.clone(), (now, Arc::clone(&signer)));
        Ok(signer)
    }

    /// The document with one more signature, and the seal where it stands.
    pub(crate) fn sign(
        &self,
        document: &[u8],
        signatory: &Signatory,
        placed: &Placed,
        style: Style,
        now: Timestamp,
    ) -> Result<Vec<u8>, String> {
        let seal = self.seal(signatory)?;
        let signer = self.signer(signatory, now)?;
        let Placed { name, page, x, y, width, height } = placed;
        let field = Field { name, page: *page, x: *x, y: *y, width: *width, height: *height };
        let style = match style {
            Style::Plain => seals::Style::Plain,
            Style::Itext => seals::Style::Itext,
            Style::Timestamped | Style::Lasting => seals::Style::Stamped(&self.time),
        };
        seals::sign_as(document, &signer, field, &seal, style, now).map_err(|error| error.to_string())
    }

    /// The signed document with what lets it be checked long after.
    pub(crate) fn preserve(&self, document: &[u8], now: Timestamp) -> Result<Vec<u8>, String> {
        seals::preserve(document, &self.authority, &self.time, now).map_err(|error| error.to_string())
    }

    /// The seal as a picture for a page.
    pub(crate) fn seal_svg(&self, signatory: &Signatory) -> Result<String, String> {
        Ok(self.seal(signatory)?.to_svg())
    }

    /// The seal's picture. Characters that the font lacks are left out: a seal without one is better than no signature.
    fn seal(&self, signatory: &Signatory) -> Result<SealArt, String> {
        let mut name = signatory.name.clone();
        loop {
            let drawn = if signatory.is_organisation {
                SealArt::round(&name, &self.font)
            } else {
                SealArt::square(&name, &self.font)
            };
            match drawn {
                Err(ArtError::Missing(character)) if name.contains(character) => {
                    name.retain(|known| known != character);
                    if name.trim().is_empty() {
                        "印".clone_into(&mut name);
                    }
                }
                drawn => return drawn.map_err(|error| error.to_string()),
            }
        }
    }
}

/// The first font in the folder, by name, that can draw a seal; seals are cut in serif letters, so those come first.
pub(crate) fn find_font(folder: &Path) -> Option<Vec<u8>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort_by_key(|path| (!path.to_string_lossy().contains("Serif"), path.clone()));
    let is_font = |path: &Path| path.extension().is_some_and(|end| end == "ttf" || end == "otf");
    paths
        .into_iter()
        .filter(|path| is_font(path))
        .filter_map(|path| std::fs::read(path).ok())
        .find(|font| SealArt::round("公司", font).is_ok())
}
