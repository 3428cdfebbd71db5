//! Random ids in the form of a UUID, as messages and keys carry them.

use crate::Refusal;

/// A fresh id.
pub(crate) fn random() -> Result<String, Refusal> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    Ok(written(bytes))
}

/// Random bytes.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Refusal> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| Refusal::internal("There is no randomness."))
}

/// Sixteen bytes as a UUID is written.
pub(crate) fn written(bytes: [u8; 16]) -> String {
    let mut id = String::with_capacity(36);
    for (at, digit) in hex::encode(bytes).chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// The sixteen bytes of a written UUID.
pub(crate) fn bytes(id: &str) -> Option<[u8; 16]> {
    hex::decode(id.replace('-', "")).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_random_uuid_and_reads_back() {
        let id = random().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(id.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at).collect::<Vec<_>>(), [8, 13, 18, 23]);
        assert_eq!(id.chars().nth(14), Some('4'));
        assert_eq!(written(bytes(&id).unwrap()), id);
        assert_ne!(random().unwrap(), id);
        assert_eq!(bytes("no-id"), None);
    }
}
