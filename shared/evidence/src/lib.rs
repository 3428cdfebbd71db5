//! Decides whether a PDF that came back from the provider is the confirmed contract, signed by both parties and changed by nobody.
//!
//! What always holds:
//! 1. A file is accepted only as a whole: each byte of it is covered by a signature's digest, stands inside a signature's container that is checked
//!    to the last byte, or belongs to validation data behind the last signature.
//! 2. What each revision adds is one signature with its field. Nothing else of the document differs from the draft.
//! 3. No input makes it panic, and none makes it talk to anybody.

#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod changes;
mod container;
mod defect;
mod keys;
mod revisions;
mod scan;
mod trust;
mod update;

use contract::{Sha256, Timestamp};
use x509_cert::Certificate;

pub use defect::{Defect, Doubt};
pub use trust::{Anchors, NotAnchors};

use changes::Addition;

/// Largest file that is looked at, in bytes. A signed agreement has less than one megabyte.
pub const MAX_BYTES: usize = 50 * 1024 * 1024;
/// Most signatures a file may have.
pub const MAX_SIGNATURES: usize = 8;

/// What the file has to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// SHA-256 of the draft that was confirmed.
    pub draft_sha256: Sha256,
    /// The confirmed draft itself. Needed only where the provider wrote the draft anew before the first signature: without it, such a file
    /// cannot be judged.
    pub draft: Option<&'a [u8]>,
    /// When the draft was made: no signature is older. Where it is not known here, the date counts that the draft states itself.
    pub created_at: Option<Timestamp>,
    pub party_a: Party<'a>,
    pub party_b: Party<'a>,
    /// The time of the check.
    pub now: Timestamp,
}

/// A party to the contract, as it was recorded.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The verified name.
    pub name: &'a str,
    /// An organisation: its certificate may carry the name as organisation where it has no common name.
    pub enterprise: bool,
    /// The seal that was asked for; where it is not known, a visible seal anywhere will do.
    pub seal: Option<Seal>,
}

/// A seal as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seal {
    /// Page, counted from 1.
    pub page: u32,
    /// The seal's centre in points from the lower left corner of the page, where the signer could not move it.
    pub centre: Option<[f64; 2]>,
    /// Width and height in points, where a size was asked for.
    pub size: Option<[f64; 2]>,
}

/// Which party signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signatory {
    PartyA,
    PartyB,
}

/// What was found in a file in which nothing is broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The signatures of the parties in the order in which they were made.
    pub signatures: Vec<SignatureFacts>,
    /// Whether each signer's certificate was followed to a trust anchor; false where none is configured.
    pub chain_checked: bool,
    /// The length of the draft that was confirmed, where the file begins with it byte for byte.
    pub draft: Option<usize>,
    /// What cannot be judged here. The file holds where this is empty.
    pub doubts: Vec<Doubt>,
}

impl<'a> Party<'a> {
    /// A party whose seal may stand anywhere.
    #[must_use]
    pub fn named(name: &'a str, enterprise: bool) -> Self {
        Self { name, enterprise, seal: None }
    }
}

impl Report {
    /// Whether everything could be judged, so that the file is the signed contract.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.doubts.is_empty()
    }
}

/// One signature of a party.
#[derive(Debug, Clone, PartialEq)]
pub struct SignatureFacts {
    pub party: Signatory,
    /// The signer's name as the certificate has it: the common name, or the organisation where there is none.
    pub signer: String,
    /// Name of the form field.
    pub field: String,
    /// Page of the seal, counted from 1; 0 where the signature is invisible.
    pub page: u32,
    /// The seal's rectangle in points: left, lower, right, upper edge; the origin is the lower left corner.
    pub rectangle: [f64; 4],
    /// When it was made, as the signer states it.
    pub signed_at: Timestamp,
    /// When it was made at the latest, as a verified time stamp proves it.
    pub proven_at: Option<Timestamp>,
    /// Whether nothing at all stands behind what it covers.
    pub covers_whole_file: bool,
    /// SHA-256 of the file as it stood when it was signed, the signature included.
    pub revision: Sha256,
    /// SHA-256 of the signer's certificate (DER).
    pub certificate: Sha256,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// The signature algorithm, such as `RSA with SHA-256`.
    pub algorithm: String,
}

/// Checks a signed PDF.
///
/// # Errors
/// The first [`Defect`] that is found: the file is broken, and nobody can accept it.
pub fn verify(pdf: &[u8], anchors: &Anchors, expected: &Expected<'_>) -> Result<Report, Defect> {
    if pdf.len() > MAX_BYTES {
        return Err(Defect::TooLarge);
    }
    let whole = revisions::read(pdf)?;
    let signatures = revisions::signatures(pdf, &whole)?;
    let (Some(first), Some(last)) = (signatures.first(), signatures.last()) else {
        return Err(Defect::SignatureCount(0));
    };
    if signatures.len() < 2 {
        return Err(Defect::SignatureCount(signatures.len()));
    }
    let last_end = last.end;

    let draft_end = revisions::draft_end(pdf, first.hole.start, expected.draft_sha256);
    if draft_end.is_none() {
        return Err(Defect::NotTheDraft);
    }
    let mut before = match draft_end {
        Some(end) => Some((end, revisions::read(pdf.get(..end).unwrap_or_default())?)),
        None => None,
    };

    let mut facts = Vec::new();
    let mut signers = Vec::new();
    let mut places: Vec<changes::Place> = Vec::new();
    for signature in &signatures {
        let bytes = pdf.get(..signature.end).ok_or(Defect::Coverage)?;
        let revision = revisions::read(bytes)?;
        if let Some((end, document)) = &before {
            update::check(bytes, *end, document, &revision)?;
        }
        let addition = Addition::Signature { field: signature.field, dictionary: signature.dictionary };
        let place = changes::check(before.as_ref().map(|(_, document)| document), &revision, addition)?;
        let place = place.ok_or(Defect::Field("it is on no page"))?;
        if places.iter().any(|earlier| earlier.is_covered_by(&place)) {
            return Err(Defect::Field("it covers the seal of an earlier signature"));
        }

        let hole = &signature.hole;
        let parts = [bytes.get(..hole.start), bytes.get(hole.end..)].map(|part| part.ok_or(Defect::Coverage));
        let [head, tail] = parts;
        let container = container::check(&signature.contents, [head?, tail?], signature.cades)?;
        let signed_at = signature.stated_time.or(container.signing_time).ok_or(Defect::NoTime)?;
        anchors.check(&container.certificate, &container.others, signed_at)?;

        let names = names(&container.certificate);
        let party = if names.iter().any(|name| name == expected.party_a.name) { Signatory::PartyA } else { Signatory::PartyB };
        facts.push(SignatureFacts {
            party,
            proven_at: None,
            serial: container.certificate.tbs_certificate().serial_number().to_string(),
            algorithm: String::new(),
            signer: names.first().cloned().unwrap_or_default(),
            field: signature.name.clone(),
            page: place.page,
            rectangle: place.rectangle,
            signed_at,
            covers_whole_file: signature.end == pdf.len(),
            revision: Sha256::of(bytes),
            certificate: Sha256::of(&der::Encode::to_der(&container.certificate).unwrap_or_default()),
        });
        signers.push(names);
        places.push(place);
        before = Some((signature.end, revision));
    }

    if let (Some((end, document)), true) = (&before, last_end < pdf.len()) {
        // A file that merely goes on is told apart from one whose additions have to be looked at.
        update::check(pdf, *end, document, &whole).map_err(|_| Defect::AddedAfterSigning)?;
        changes::check(Some(document), &whole, Addition::ValidationData)?;
    }
    check_parties(&signers, expected)?;
    Ok(Report { signatures: facts, chain_checked: !anchors.is_empty(), draft: draft_end, doubts: Vec::new() })
}

/// The names a certificate gives its subject: the common name first, then the organisation.
fn names(certificate: &Certificate) -> Vec<String> {
    let subject = certificate.tbs_certificate().subject();
    let names = [subject.common_name(), subject.organization()];
    names.into_iter().filter_map(|name| name.ok().flatten()).map(|name| name.value().into_owned()).collect()
}

/// Each signer is one of the parties, and both parties have signed.
fn check_parties(signers: &[Vec<String>], expected: &Expected<'_>) -> Result<(), Defect> {
    let is = |names: &[String], party: &str| names.iter().any(|name| name == party);
    for (party, title) in [(expected.party_a.name, "party A"), (expected.party_b.name, "party B")] {
        if !signers.iter().any(|names| is(names, party)) {
            return Err(Defect::PartyMissing(title));
        }
    }
    if signers.iter().any(|names| !is(names, expected.party_a.name) && !is(names, expected.party_b.name)) {
        return Err(Defect::Stranger);
    }
    Ok(())
}
