//! The sandbox's own certificate authority and the signers it vouches for.
//!
//! A root certifies one issuing authority, and that one certifies the signers, as public authorities do it. The root's key is thrown away as soon
//! as it has signed, so a root that somebody trusts can never vouch for anything but this one issuing authority.

use der::asn1::{Any, ObjectIdentifier, Uint};
use der::{Encode, EncodePem};
use jiff::Timestamp;
use p256::ecdsa::{DerSignature, SigningKey as EcdsaKey};
use p256::elliptic_curve::Generate;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey as RsaKey;
use rsa::signature::{Keypair, SignatureEncoding, Signer as _};
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::builder::{Builder, CrlBuilder};
use x509_cert::certificate::Rfc5280;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::{Role, certify, name, time, validity};
use crate::tsa::TimeAuthority;

const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// 2020-01-01 and 2049-12-31, in seconds since 1970: the authority is valid whatever time a test's clock shows.
const AUTHORITY_VALID: (u64, u64) = (1_577_836_800, 2_524_521_600);
/// A signer's certificate is valid from an hour before it is issued, for clocks that differ.
const SIGNER_VALID_BEFORE: u64 = 3600;
/// A signer's certificate is valid for five years.
const SIGNER_VALID_AFTER: u64 = 5 * 365 * 86_400;
/// A revocation list is valid for this long before the next one.
const REVOCATIONS_VALID: u64 = 7 * 86_400;
/// Bits of an organisation's RSA key.
const RSA_BITS: usize = 2048;

/// Why a certificate or key could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The stored PEM text is not what this room wrote.
    #[error("The stored keys and certificates cannot be read: {0}")]
    Stored(String),
    /// The certificate could not be built, for example because of a name that X.509 cannot hold.
    #[error("The certificate cannot be made: {0}")]
    Certificate(String),
}

pub(crate) fn certificate_error(error: impl std::fmt::Display) -> AuthorityError {
    AuthorityError::Certificate(error.to_string())
}

/// A certificate authority: the key that issues, and the certificates up to the root.
pub struct Authority {
    key: EcdsaKey,
    issuing: Certificate,
    root: Certificate,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("issuing", self.issuing.tbs_certificate().subject()).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority with fresh keys (P-256), valid from 2020 to the end of 2049.
    pub fn create() -> Authority {
        #[expect(clippy::expect_used, reason = "every part of these two certificates is a constant that a test covers")]
        Self::build().expect("an authority is built from constants")
    }

    fn build() -> Result<Authority, AuthorityError> {
        let validity = validity(AUTHORITY_VALID.0, AUTHORITY_VALID.1)?;
        let root_name = name("Countersign Sandbox", true, "Countersign Sandbox Root CA", "")?;
        let issuing_name = name("Countersign Sandbox", true, "Countersign Sandbox Issuing CA", "")?;
        let root_key = EcdsaKey::generate_from_rng(&mut rand::rng());
        let key = EcdsaKey::generate_from_rng(&mut rand::rng());
        let root = certify(Role::Root, &root_name, &root_name, validity, root_key.verifying_key(), &root_key)?;
        let issuing = certify(Role::Issuing, &issuing_name, &root_name, validity, key.verifying_key(), &root_key)?;
        Ok(Authority { key, issuing, root })
    }

    /// The root certificate, PEM: what a verifier has to trust.
    pub fn root_pem(&self) -> String {
        #[expect(clippy::expect_used, reason = "a certificate that was made or read here can be written again")]
        self.root.to_pem(LineEnding::LF).expect("the root certificate can be written")
    }

    /// The key and both certificates, PEM, for [`Authority::from_pem`]. Secret.
    ///
    /// # Errors
    /// When the key cannot be encoded.
    pub fn to_pem(&self) -> Result<String, AuthorityError> {
        let key = self.key.to_pkcs8_pem(LineEnding::LF).map_err(certificate_error)?;
        chain_pem(key.as_str(), &[&self.issuing, &self.root])
    }

    /// Reads what [`Authority::to_pem`] wrote.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_pem(pem: &str) -> Result<Authority, AuthorityError> {
        let (key, certificates) = split_pem(pem)?;
        let key = EcdsaKey::from_pkcs8_pem(key).map_err(|error| AuthorityError::Stored(error.to_string()))?;
        match <[Certificate; 2]>::try_from(certificates) {
            Ok([issuing, root]) => Ok(Authority { key, issuing, root }),
            Err(found) => Err(AuthorityError::Stored(format!("two certificates are expected, not {}", found.len()))),
        }
    }

    /// A fresh key and a certificate for it: RSA-2048 for an organisation, P-256 for a person.
    ///
    /// The name becomes the common name, and the organisation name too where `organisation` holds; at most 64 characters each, as X.520 says.
    /// `identifier` becomes the subject's serial number unless it is empty. All of it can be read by whoever gets a PDF signed with it.
    ///
    /// # Errors
    /// When the name or the identifier does not fit into a certificate.
    pub fn issue(
        &self,
        common_name: &str,
        organisation: bool,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Signer, AuthorityError> {
        let subject = name(common_name, organisation, common_name, identifier)?;
        let issuer = self.issuing.tbs_certificate().subject().clone();
        let now = u64::try_from(now.as_second()).map_err(certificate_error)?;
        let validity = validity(now.saturating_sub(SIGNER_VALID_BEFORE), now.saturating_add(SIGNER_VALID_AFTER))?;
        let (key, certificate) = if organisation {
            let key = PrivateKey::new(&mut rand::rng(), RSA_BITS).map_err(certificate_error)?;
            let key = RsaKey::<Sha256>::new(key);
            let certificate = certify(Role::Signer, &subject, &issuer, validity, &key.verifying_key(), &self.key)?;
            (Key::Rsa(key), certificate)
        } else {
            let key = EcdsaKey::generate_from_rng(&mut rand::rng());
            let certificate = certify(Role::Signer, &subject, &issuer, validity, key.verifying_key(), &self.key)?;
            (Key::Ecdsa(key), certificate)
        };
        let chain = vec![self.issuing.clone(), self.root.clone()];
        Ok(Signer { key, name: common_name.to_owned(), certificate, chain })
    }
}

impl Authority {
    /// One who states times, with a fresh key (P-256) and a certificate that is valid as long as the authority.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn time_authority(&self) -> Result<TimeAuthority, AuthorityError> {
        let common_name = "Countersign Sandbox Time Stamping";
        let subject = name("Countersign Sandbox", true, common_name, "")?;
        let issuer = self.issuing.tbs_certificate().subject().clone();
        let validity = validity(AUTHORITY_VALID.0, AUTHORITY_VALID.1)?;
        let key = EcdsaKey::generate_from_rng(&mut rand::rng());
        let certificate = certify(Role::Time, &subject, &issuer, validity, key.verifying_key(), &self.key)?;
        let chain = vec![self.issuing.clone(), self.root.clone()];
        let name = common_name.to_owned();
        Ok(TimeAuthority::new(Signer { key: Key::Ecdsa(key), name, certificate, chain }))
    }

    /// The issuing authority's list of revoked certificates, DER. It is empty: nobody is ever revoked here.
    pub(crate) fn revocations(&self, now: Timestamp) -> Result<Vec<u8>, AuthorityError> {
        let now = u64::try_from(now.as_second()).map_err(certificate_error)?;
        let number = Uint::new(&now.to_be_bytes()).map_err(certificate_error)?;
        let list = CrlBuilder::<Rfc5280>::new_with_this_update(&self.issuing, CrlNumber(number), time(now)?)
            .map_err(certificate_error)?
            .with_next_update(Some(time(now.saturating_add(REVOCATIONS_VALID))?));
        let list = list.build::<_, DerSignature>(&self.key).map_err(certificate_error)?;
        list.to_der().map_err(certificate_error)
    }
}

enum Key {
    Rsa(RsaKey<Sha256>),
    Ecdsa(EcdsaKey),
}

/// One who signs: a key, its certificate, and the certificates above it.
pub struct Signer {
    key: Key,
    name: String,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Signer {
    /// The common name in the certificate.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key and the certificates from the signer's own up to the root, PEM, for [`Signer::from_pem`]. Secret.
    ///
    /// # Errors
    /// When the key cannot be encoded.
    pub fn to_pem(&self) -> Result<String, AuthorityError> {
        let key = match &self.key {
            Key::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF),
            Key::Ecdsa(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        let key = key.map_err(certificate_error)?;
        let certificates: Vec<&Certificate> = std::iter::once(&self.certificate).chain(&self.chain).collect();
        chain_pem(key.as_str(), &certificates)
    }

    /// Reads what [`Signer::to_pem`] wrote.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_pem(pem: &str) -> Result<Signer, AuthorityError> {
        let (key, mut certificates) = split_pem(pem)?;
        let stored = |what: &str| AuthorityError::Stored(what.to_owned());
        if certificates.is_empty() {
            return Err(stored("there is no certificate"));
        }
        let certificate = certificates.remove(0);
        let common_name = certificate.tbs_certificate().subject().common_name().ok().flatten();
        let name = common_name.ok_or_else(|| stored("the certificate names nobody"))?.value().into_owned();
        let key = match EcdsaKey::from_pkcs8_pem(key) {
            Ok(key) => Key::Ecdsa(key),
            Err(_) => {
                let key = PrivateKey::from_pkcs8_pem(key).map_err(|_| stored("the key is neither P-256 nor RSA"))?;
                Key::Rsa(RsaKey::new(key))
            }
        };
        Ok(Signer { key, name, certificate, chain: certificates })
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The algorithm of [`Signer::sign`], as a CMS signature names it.
    pub(crate) fn algorithm(&self) -> AlgorithmIdentifierOwned {
        match &self.key {
            Key::Rsa(_) => AlgorithmIdentifierOwned { oid: SHA256_WITH_RSA, parameters: Some(Any::null()) },
            Key::Ecdsa(_) => AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
        }
    }

    /// The signature over the SHA-256 of the message.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rsa::signature::Error> {
        match &self.key {
            Key::Rsa(key) => Ok(key.try_sign(message)?.to_vec()),
            Key::Ecdsa(key) => {
                let signature: DerSignature = key.try_sign(message)?;
                Ok(signature.as_bytes().to_vec())
            }
        }
    }
}

fn chain_pem(key: &str, certificates: &[&Certificate]) -> Result<String, AuthorityError> {
    let mut pem = key.to_owned();
    for certificate in certificates {
        pem.push_str(&certificate.to_pem(LineEnding::LF).map_err(certificate_error)?);
    }
    Ok(pem)
}

/// The key block and the certificates after it.
fn split_pem(pem: &str) -> Result<(&str, Vec<Certificate>), AuthorityError> {
    let start = pem.find("-----BEGIN CERTIFICATE-----");
    let (key, certificates) = start
        .and_then(|start| pem.split_at_checked(start))
        .ok_or_else(|| AuthorityError::Stored("there is no certificate".to_owned()))?;
    let certificates = Certificate::load_pem_chain(certificates.as_bytes())
        .map_err(|error| AuthorityError::Stored(error.to_string()))?;
    Ok((key, certificates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_survives_storage() {
        let authority = Authority::create();
        let again = Authority::from_pem(&authority.to_pem().unwrap()).unwrap();
        assert_eq!(authority.root_pem(), again.root_pem());
        let issuer = again
            .issue("张三", false, "", Timestamp::UNIX_EPOCH)
            .unwrap()
            .certificate
            .tbs_certificate()
            .issuer()
            .clone();
        assert_eq!(&issuer, authority.issuing.tbs_certificate().subject());
    }

    #[test]
    fn a_signer_of_either_kind_survives_storage() {
        let authority = Authority::create();
        for organisation in [true, false] {
            let signer =
                authority.issue("杭州晨星科技有限公司", organisation, "91330106MA00000000", Timestamp::now()).unwrap();
            let again = Signer::from_pem(&signer.to_pem().unwrap()).unwrap();
            assert_eq!(again.name(), "杭州晨星科技有限公司");
            assert_eq!(again.certificate, signer.certificate);
            assert_eq!(again.chain, signer.chain);
            assert_eq!(again.algorithm(), signer.algorithm());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let authority = Authority::create();
        assert!(authority.issue(&"长".repeat(65), true, "", Timestamp::now()).is_err());
        assert!(authority.issue("张三", false, "身份", Timestamp::now()).is_err());
        assert!(Authority::from_pem("nothing").is_err());
        assert!(Signer::from_pem(&authority.root_pem()).is_err());
    }
}
