//! The hole that a signature dictionary keeps free for its container, and how it is filled.

use lopdf::{Dictionary, Object, StringFormat};
use sha2::{Digest, Sha256};

use crate::sign::SignError;

/// Bytes kept free for the signature's container.
const CONTENTS_BYTES: usize = 8192;
/// Stands for the three lengths in /ByteRange until they are known.
const UNKNOWN_LENGTH: i64 = 9_999_999_999;

/// Gives a signature dictionary its hole, and a range that is not known yet.
pub(crate) fn dig(dictionary: &mut Dictionary) {
    let range: Vec<Object> = vec![0.into(), UNKNOWN_LENGTH.into(), UNKNOWN_LENGTH.into(), UNKNOWN_LENGTH.into()];
    dictionary.set("ByteRange", range);
    dictionary.set("Contents", Object::String(vec![0; CONTENTS_BYTES], StringFormat::Hexadecimal));
}

/// Fills in /ByteRange and /Contents, looking only at what was appended. The container is made for the digest of all but the hole.
pub(crate) fn fill(
    mut signed: Vec<u8>,
    appended: usize,
    container: impl FnOnce(&[u8; 32]) -> Result<Vec<u8>, der::Error>,
) -> Result<Vec<u8>, SignError> {
    let defect = || SignError::Signature("the place kept for it was not found".to_owned());
    let hole = [b"<".as_slice(), "0".repeat(2 * CONTENTS_BYTES).as_bytes(), b">"].concat();
    let range = format!("[0 {UNKNOWN_LENGTH} {UNKNOWN_LENGTH} {UNKNOWN_LENGTH}]");
    let tail = signed.get(appended..).ok_or_else(defect)?;
    let hole_start = appended + position(tail, &hole).ok_or_else(defect)?;
    let range_start = appended + position(tail, range.as_bytes()).ok_or_else(defect)?;
    let hole_end = hole_start + hole.len();

    let mut numbers = format!("[0 {hole_start} {hole_end} {}", signed.len() - hole_end);
    numbers.push_str(&" ".repeat(range.len().saturating_sub(numbers.len() + 1)));
    numbers.push(']');
    let place = signed.get_mut(range_start..range_start + range.len()).ok_or_else(defect)?;
    place.copy_from_slice(numbers.as_bytes());

    let mut digest = Sha256::new();
    digest.update(signed.get(..hole_start).ok_or_else(defect)?);
    digest.update(signed.get(hole_end..).ok_or_else(defect)?);
    let container = container(&digest.finalize().into()).map_err(|error| SignError::Signature(error.to_string()))?;
    if container.len() > CONTENTS_BYTES {
        return Err(SignError::Signature("it does not fit into the room kept for it".to_owned()));
    }
    let hex: String = container.iter().map(|byte| format!("{byte:02x}")).collect();
    let place = signed.get_mut(hole_start + 1..hole_start + 1 + hex.len()).ok_or_else(defect)?;
    place.copy_from_slice(hex.as_bytes());
    Ok(signed)
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
