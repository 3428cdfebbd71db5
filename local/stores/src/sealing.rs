//! How a KMS key encrypts: AES-256-GCM, with the encryption context as what is authenticated but not kept.
//!
//! A ciphertext names its key, as those of KMS do: a version byte, the key's id, the nonce, then the encrypted text with its tag.

use crate::answer::Refusal;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::collections::BTreeMap;

/// The length of a key, in bytes.
pub(crate) const KEY_LENGTH: usize = 32;
const VERSION: u8 = 1;
const ID_LENGTH: usize = 16;

/// A ciphertext taken apart.
#[derive(Debug)]
pub(crate) struct Sealed<'a> {
    /// The id of the key.
    pub(crate) key: String,
    nonce: [u8; NONCE_LEN],
    text: &'a [u8],
}

/// Encrypts with the key of that id.
pub(crate) fn seal(
    key: &str,
    material: &[u8],
    context: &BTreeMap<String, String>,
    plain: &[u8],
) -> Result<Vec<u8>, Refusal> {
    let broken = || Refusal::internal("The key cannot encrypt.");
    let mut nonce = [0; NONCE_LEN];
    crate::ids::fill(&mut nonce)?;
    let mut text = plain.to_vec();
    cipher(material)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(written(context)), &mut text)
        .map_err(|_| broken())?;
    let mut whole = vec![VERSION];
    whole.extend(crate::ids::bytes(key).ok_or_else(broken)?);
    whole.extend(nonce);
    whole.extend(text);
    Ok(whole)
}

/// Takes a ciphertext apart; none when it is no such thing.
pub(crate) fn take_apart(whole: &[u8]) -> Option<Sealed<'_>> {
    let (&version, rest) = whole.split_first()?;
    let (key, rest) = rest.split_first_chunk::<ID_LENGTH>()?;
    let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>()?;
    (version == VERSION).then_some(Sealed { key: crate::ids::written(*key), nonce: *nonce, text })
}

/// Decrypts; none when key, context or ciphertext are not those of the encryption.
pub(crate) fn open(sealed: &Sealed<'_>, material: &[u8], context: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let mut text = sealed.text.to_vec();
    let cipher = cipher(material).ok()?;
    let nonce = Nonce::assume_unique_for_key(sealed.nonce);
    let plain = cipher.open_in_place(nonce, Aad::from(written(context)), &mut text).ok()?;
    Some(plain.to_vec())
}

fn cipher(material: &[u8]) -> Result<LessSafeKey, Refusal> {
    let key = UnboundKey::new(&AES_256_GCM, material);
    key.map(LessSafeKey::new).map_err(|_| Refusal::internal("A key cannot be read back."))
}

/// The context, the same for the same pairs in whatever order, and with lengths, so that no two contexts are written alike.
fn written(context: &BTreeMap<String, String>) -> Vec<u8> {
    let mut whole = Vec::new();
    for text in context.iter().flat_map(|(name, value)| [name, value]) {
        whole.extend((text.len() as u64).to_be_bytes());
        whole.extend(text.as_bytes());
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_context_open_what_was_sealed() {
        let key = crate::ids::random().unwrap();
        let context = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let right = context(&[("owner", "a"), ("table", "t")]);
        let whole = seal(&key, &[7; KEY_LENGTH], &right, b"text").unwrap();
        let sealed = take_apart(&whole).unwrap();
        assert_eq!(sealed.key, key);
        assert_eq!(open(&sealed, &[7; KEY_LENGTH], &right).as_deref(), Some(&b"text"[..]));
        assert_eq!(open(&sealed, &[8; KEY_LENGTH], &right), None);
        for wrong in [context(&[]), context(&[("owner", "a")]), context(&[("owner", "at"), ("able", "t")])] {
            assert_eq!(open(&sealed, &[7; KEY_LENGTH], &wrong), None, "{wrong:?}");
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&take_apart(&changed).unwrap(), &[7; KEY_LENGTH], &right), None);
        assert!(take_apart(&whole[..20]).is_none());
    }
}
