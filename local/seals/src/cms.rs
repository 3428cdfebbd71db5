//! The CMS containers of signatures and time stamps (RFC 5652, with the signed attributes that ETSI EN 319 122-1 asks for at level B-B).
//!
//! The signing time is not among the signed attributes: in a PDF it stands in the signature dictionary. The signing-certificate attribute names the
//! signer's certificate first and then each one above it, so that no byte of the container is left unsigned.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Encode, Sequence};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::authority::Signer;
use crate::tsa::TimeAuthority;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// The time stamp over a signature (RFC 3161, appendix A).
pub(crate) const SIGNATURE_TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// SHA-256, named as PAdES does it.
pub(crate) fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA256, parameters: None }
}

/// What is said about a signature beside its digest.
#[derive(Clone, Copy)]
pub(crate) enum Attributes<'a> {
    /// Nothing, and algorithms are named as PKCS #7 did it.
    Bare,
    /// The signing certificate.
    Pades,
    /// The signing certificate, and a time stamp over the signature.
    PadesWithTime(&'a TimeAuthority, Timestamp),
}

/// RFC 5035, section 3; the hash algorithm is SHA-256, which is the default and so not written.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<CertificateHash>,
}

#[derive(Sequence)]
struct CertificateHash {
    hash: OctetString,
}

/// The DER of a detached signature over a message with this SHA-256.
pub(crate) fn detached(signer: &Signer, digest: &[u8; 32], attributes: Attributes<'_>) -> Result<Vec<u8>, der::Error> {
    let content = EncapsulatedContentInfo { econtent_type: DATA, econtent: None };
    signed(signer, CmsVersion::V1, content, digest, attributes)
}

/// The DER of a signature that carries the content it is over.
pub(crate) fn enclosing(signer: &Signer, kind: ObjectIdentifier, content: &[u8]) -> Result<Vec<u8>, der::Error> {
    let digest = Sha256::digest(content).into();
    let econtent = Some(Any::encode_from(&OctetString::new(content)?)?);
    let content = EncapsulatedContentInfo { econtent_type: kind, econtent };
    signed(signer, CmsVersion::V3, content, &digest, Attributes::Pades)
}

fn signed(
    signer: &Signer,
    version: CmsVersion,
    content: EncapsulatedContentInfo,
    digest: &[u8; 32],
    attributes: Attributes<'_>,
) -> Result<Vec<u8>, der::Error> {
    let certificates: Vec<&Certificate> = std::iter::once(signer.certificate()).chain(signer.chain()).collect();
    let mut signed_attributes = SetOfVec::from_iter([
        attribute(CONTENT_TYPE, Any::encode_from(&content.econtent_type)?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_slice())?)?)?,
    ])?;
    if !matches!(attributes, Attributes::Bare) {
        let names = Any::encode_from(&signing_certificate(&certificates)?)?;
        signed_attributes.insert(attribute(SIGNING_CERTIFICATE_V2, names)?)?;
    }
    let signature = signer.sign(&signed_attributes.to_der()?).map_err(|_| der::ErrorKind::Failed)?;
    let unsigned_attributes = match attributes {
        Attributes::PadesWithTime(time, now) => {
            let token = Any::encode_from(&time.content(&Sha256::digest(&signature).into(), now)?)?;
            Some(SetOfVec::from_iter([attribute(SIGNATURE_TIME_STAMP, token)?])?)
        }
        Attributes::Bare | Attributes::Pades => None,
    };
    let (digest_alg, signature_algorithm) = algorithms(signer, attributes);
    let tbs = signer.certificate().tbs_certificate();
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: tbs.issuer().clone(),
            serial_number: tbs.serial_number().clone(),
        }),
        digest_alg: digest_alg.clone(),
        signed_attrs: Some(signed_attributes),
        signature_algorithm,
        signature: OctetString::new(signature)?,
        unsigned_attrs: unsigned_attributes,
    };
    let mut set = SetOfVec::new();
    for certificate in certificates {
        set.insert(CertificateChoices::Certificate(certificate.clone()))?;
    }
    let signed_data = SignedData {
        version,
        digest_algorithms: SetOfVec::from_iter([digest_alg])?,
        encap_content_info: content,
        certificates: Some(CertificateSet(set)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::from_iter([signer_info])?),
    };
    ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&signed_data)? }.to_der()
}

/// The digest's and the signature's algorithm, as the kind of container names them.
fn algorithms(signer: &Signer, attributes: Attributes<'_>) -> (AlgorithmIdentifierOwned, AlgorithmIdentifierOwned) {
    let mut signature = signer.algorithm();
    let mut digest = sha256();
    if matches!(attributes, Attributes::Bare) {
        digest.parameters = Some(Any::null());
        // PKCS #7 named the key's algorithm, and left the hash to the digest's.
        if signature.oid == SHA256_WITH_RSA {
            signature.oid = RSA;
        }
    }
    (digest, signature)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute { oid, values: SetOfVec::from_iter([value])? })
}

fn signing_certificate(certificates: &[&Certificate]) -> Result<SigningCertificateV2, der::Error> {
    let hashes = certificates.iter().map(|certificate| {
        let digest = Sha256::digest(certificate.to_der()?);
        Ok(CertificateHash { hash: OctetString::new(digest.as_slice())? })
    });
    Ok(SigningCertificateV2 { certificates: hashes.collect::<Result<_, der::Error>>()? })
}
