//! The sandbox's own certificate authority and the signers it vouches for.
//!
//! A root certifies one issuing authority, and that one certifies the signers, as public authorities do it. The root's key is thrown away as soon
//! as it has signed, so a root that somebody trusts can never vouch for anything but this one issuing authority.

use std::time::Duration;

use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use der::{Decode, Encode, EncodePem, Tag};
use jiff::Timestamp;
use p256::ecdsa::{DerSignature, SigningKey as EcdsaKey};
use p256::elliptic_curve::Generate;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey as RsaKey;
use rsa::signature::{Keypair, SignatureEncoding, Signer as _};
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// 2020-01-01 and 2049-12-31, in seconds since 1970: the authority is valid whatever time a test's clock shows.
const AUTHORITY_VALID: (u64, u64) = (1_577_836_800, 2_524_521_600);
/// A signer's certificate is valid from an hour before it is issued, for clocks that differ.
const SIGNER_VALID_BEFORE: u64 = 3600;
/// A signer's certificate is valid for five years.
const SIGNER_VALID_AFTER: u64 = 5 * 365 * 86_400;
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

fn certificate_error(error: impl std::fmt::Display) -> AuthorityError {
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

enum Role {
    Root,
    Issuing,
    Signer,
}

struct Profile<'a> {
    role: Role,
    subject: &'a Name,
    issuer: &'a Name,
}

impl BuilderProfile for Profile<'_> {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let (ca, path_len_constraint, usage) = match self.role {
            Role::Root => (true, Some(1), KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Role::Issuing => (true, Some(0), KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Role::Signer => (false, None, KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
        };
        let subject = tbs.subject();
        Ok(vec![
            (&BasicConstraints { ca, path_len_constraint }).to_extension(subject, &[])?,
            (&KeyUsage(usage)).to_extension(subject, &[])?,
            (&SubjectKeyIdentifier::try_from(key)?).to_extension(subject, &[])?,
            (&AuthorityKeyIdentifier::try_from(issuer_key)?).to_extension(subject, &[])?,
        ])
    }
}

fn certify<K: EncodePublicKey>(
    role: Role,
    subject: &Name,
    issuer: &Name,
    validity: Validity,
    key: &K,
    issuer_key: &EcdsaKey,
) -> Result<Certificate, AuthorityError> {
    let serial = SerialNumber::generate(&mut rand::rng());
    let public = key.to_public_key_der().map_err(certificate_error)?;
    let public = SubjectPublicKeyInfo::try_from(public.as_bytes()).map_err(certificate_error)?;
    CertificateBuilder::new(Profile { role, subject, issuer }, serial, validity, public)
        .and_then(|builder| builder.build::<_, DerSignature>(issuer_key))
        .map_err(certificate_error)
}

fn validity(from: u64, to: u64) -> Result<Validity, AuthorityError> {
    let time = |seconds| {
        let date = der::DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(certificate_error)?;
        Ok(Time::from(date))
    };
    Ok(Validity::new(time(from)?, time(to)?))
}

fn name(
    organisation_name: &str,
    organisation: bool,
    common_name: &str,
    identifier: &str,
) -> Result<Name, AuthorityError> {
    let mut attributes = vec![(COUNTRY, Tag::PrintableString, "CN")];
    if organisation {
        attributes.push((ORGANISATION, Tag::Utf8String, organisation_name));
    }
    attributes.push((COMMON_NAME, Tag::Utf8String, common_name));
    if !identifier.is_empty() {
        attributes.push((SERIAL_NUMBER, Tag::PrintableString, identifier));
    }
    let mut sequence = Vec::new();
    for (oid, tag, text) in attributes {
        if text.chars().count() > 64
            || (tag == Tag::PrintableString && !text.chars().all(|c| c.is_ascii_alphanumeric()))
        {
            return Err(AuthorityError::Certificate(
                "A name or number in it is too long or has a character that does not fit.".into(),
            ));
        }
        let value = Any::new(tag, text.as_bytes()).map_err(certificate_error)?;
        let one = SetOfVec::from_iter([AttributeTypeAndValue { oid, value }]).map_err(certificate_error)?;
        sequence.push(RelativeDistinguishedName::from(one));
    }
    RdnSequence::from(sequence).to_der().and_then(|der| Name::from_der(&der)).map_err(certificate_error)
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
