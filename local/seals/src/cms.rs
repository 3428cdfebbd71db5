//! The CMS container of one signature (RFC 5652 with the signed attributes that ETSI EN 319 122-1 asks for at level B-B).
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
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::authority::Signer;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

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
pub(crate) fn detached(signer: &Signer, digest: &[u8; 32]) -> Result<Vec<u8>, der::Error> {
    let certificates: Vec<&Certificate> = std::iter::once(signer.certificate()).chain(signer.chain()).collect();
    let attributes = SetOfVec::from_iter([
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_slice())?)?)?,
        attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&signing_certificate(&certificates)?)?)?,
    ])?;
    let signature = signer.sign(&attributes.to_der()?).map_err(|_| der::ErrorKind::Failed)?;
    let sha256 = AlgorithmIdentifierOwned { oid: SHA256, parameters: None };
    let tbs = signer.certificate().tbs_certificate();
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: tbs.issuer().clone(),
            serial_number: tbs.serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: signer.algorithm(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let mut set = SetOfVec::new();
    for certificate in certificates {
        set.insert(CertificateChoices::Certificate(certificate.clone()))?;
    }
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::from_iter([sha256])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
        certificates: Some(CertificateSet(set)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::from_iter([signer_info])?),
    };
    ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&signed_data)? }.to_der()
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
