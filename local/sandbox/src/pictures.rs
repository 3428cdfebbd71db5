//! The pages of documents as pictures, drawn once: the signing page shows the very document that is signed, whatever the browser makes of PDFs.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use preview::NoPicture;
use sha2::{Digest as _, Sha256};

/// So many pictures are kept. A page of the agreement has 100 to 500 kB.
const MOST_KEPT: usize = 150;

/// Which picture it is: of which bytes, which page, how wide.
type Name = (String, u32, u16);

/// The pictures drawn last.
#[derive(Debug, Default)]
pub(crate) struct Pictures(Mutex<VecDeque<(Name, Vec<u8>)>>);

/// What names a document's bytes in an address.
pub(crate) fn digest(document: &[u8]) -> String {
    hex::encode(Sha256::digest(document))
}

impl Pictures {
    /// The picture of a page. Two who ask for the same one at once both have it drawn, which harms nobody.
    pub(crate) fn draw(&self, document: &[u8], digest: &str, page: u32, width: u16) -> Result<Vec<u8>, NoPicture> {
        let name = (digest.to_owned(), page, width);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, picture)) = known.iter().find(|(known, _)| *known == name) {
            return Ok(picture.clone());
        }
        drop(known);
        let picture = preview::page(document, page, width)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEPT {
            known.pop_front();
        }
        known.push_back((name, picture.clone()));
        Ok(picture)
    }
}
