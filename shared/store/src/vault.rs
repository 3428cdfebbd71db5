//! What only the right function may read: KMS for values that are read back, a keyed hash for values that are only compared.

use aws_config::SdkConfig;
use aws_sdk_kms::{Client, primitives::Blob};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{Credential, Fingerprint, Mobile, Name, Sealed, SubjectKey};
use hmac::{Hmac, KeyInit as _, Mac as _};

use crate::{Failure, failure::unavailable};

/// Encrypts and decrypts with the stack's KMS key. The context names what a value belongs to; with another one it does not open.
#[derive(Clone)]
pub struct Vault {
    client: Client,
    key_id: String,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    #[must_use]
    pub fn new(aws: &SdkConfig, key_id: String) -> Self {
        Self { client: Client::new(aws), key_id }
    }

    /// Encrypts `text` for `owner`: a subject's key, or a contract's id.
    pub async fn seal(&self, text: &str, owner: &str) -> Result<Sealed, Failure> {
        let request =
            self.client.encrypt().key_id(&self.key_id).plaintext(Blob::new(text)).encryption_context("owner", owner);
        let answer = request.send().await.map_err(unavailable("encrypting"))?;
        let blob = answer.ciphertext_blob.ok_or(Failure::Unreadable { what: "an encrypted value" })?;
        Ok(Sealed(STANDARD.encode(blob.as_ref())))
    }

    /// Decrypts what was sealed for `owner`.
    pub async fn open(&self, sealed: &Sealed, owner: &str) -> Result<String, Failure> {
        let broken = || Failure::Unreadable { what: "an encrypted value" };
        let blob = STANDARD.decode(&sealed.0).map_err(|_| broken())?;
        let request = self
            .client
            .decrypt()
            .key_id(&self.key_id)
            .ciphertext_blob(Blob::new(blob))
            .encryption_context("owner", owner);
        let answer = request.send().await.map_err(unavailable("decrypting"))?;
        answer.plaintext.and_then(|plain| String::from_utf8(plain.into_inner()).ok()).ok_or_else(broken)
    }
}

/// The secret behind subject keys and signers' fingerprints. It never rotates: the slots hang on it.
#[derive(Clone)]
pub struct Names(Vec<u8>);

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    /// Names a legal subject: an HMAC-SHA256 of the credential's kind and number, so that the number cannot be guessed back.
    #[must_use]
    pub fn subject(&self, credential: &Credential) -> SubjectKey {
        SubjectKey(self.keyed(&["subject", credential.kind().as_str(), credential.number()]))
    }

    /// Tells a signer from another.
    #[must_use]
    pub fn signer(&self, name: &Name, credential: &Credential, mobile: &Mobile) -> Fingerprint {
        Fingerprint(self.keyed(&[
            "signer",
            name.as_str(),
            credential.kind().as_str(),
            credential.number(),
            mobile.as_str(),
        ]))
    }

    fn keyed(&self, parts: &[&str]) -> String {
        // A key of any length is taken, so there is no error to tell.
        let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(&self.0) else { return String::new() };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::CredentialType;

    #[test]
    fn kinds_secrets_and_boundaries_tell_names_apart() {
        let names = Names::new("one");
        let passport = Credential::parse(CredentialType::Passport, "12345678").unwrap();
        let permit = Credential::parse(CredentialType::TaiwanPermit, "12345678").unwrap();
        assert_ne!(names.subject(&passport), names.subject(&permit));
        assert_ne!(names.subject(&passport), Names::new("two").subject(&passport));
        assert_eq!(names.subject(&passport), Names::new("one").subject(&passport));
        let mobile = Mobile::parse("13800138000").unwrap();
        let signer = |name: &str| names.signer(&Name::parse(name).unwrap(), &passport, &mobile);
        assert_ne!(signer("王伟"), signer("王纬"));
    }
}
