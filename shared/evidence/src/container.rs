//! One signature's CMS container (RFC 5652, ETSI EN 319 122-1).
//!
//! What always holds for a container that is accepted: it is strict DER, followed by nothing but zeros up to the end of the place kept for it; it is
//! one detached signature by one signer; the signed attributes hold the digest of the file; the signature over them was made with the key of the
//! certificate that the signing-certificate attribute names.
//!
//! The strictness is what makes any changed byte of the container count. Left unchecked are unsigned attributes (such as a time stamp), which nobody
//! signed, and embedded certificates that lie on no path and that the signing-certificate attribute does not name.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use contract::Timestamp;
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, DecodeOwned, Encode, Reader, Sequence, SliceReader};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::defect::Defect;
use crate::keys::{self, Hash};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// Certificates one container may embed; a path has three or four.
const MAX_CERTIFICATES: usize = 16;

/// RFC 5035, section 3.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<EssCertId>,
    policies: Option<Vec<der::Any>>,
}

#[derive(Sequence)]
struct EssCertId {
    /// SHA-256 where it is left out.
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: GeneralNames,
    serial: SerialNumber,
}

/// What a container that holds says.
pub(crate) struct Container {
    pub(crate) certificate: Certificate,
    /// The other embedded certificates.
    pub(crate) others: Vec<Certificate>,
    /// The signing-time attribute, where there is one.
    pub(crate) signing_time: Option<Timestamp>,
}

/// Checks the container in `place` against the two parts of the file that it signs. `strict_certificate` asks for the signing-certificate attribute,
/// as CAdES does; where it is present it must be right in any case.
pub(crate) fn check(place: &[u8], signed: [&[u8]; 2], strict_certificate: bool) -> Result<Container, Defect> {
    let data = open(place)?;
    let bad = Defect::Container;
    let [signer] = data.signer_infos.0.as_slice() else { return Err(bad("it has not exactly one signer")) };
    check_versions(&data, signer)?;
    let [digest_algorithm] = data.digest_algorithms.as_slice() else {
        return Err(bad("it has not exactly one digest"));
    };
    let hash = Hash::of(&signer.digest_alg)?;
    if Hash::of(digest_algorithm)? != hash {
        return Err(bad("it names two digests"));
    }
    if data.encap_content_info.econtent_type != DATA || data.encap_content_info.econtent.is_some() {
        return Err(bad("it is not a detached signature"));
    }

    let (certificate, others) = split_certificates(&data, signer)?;
    let attributes = signer.signed_attrs.as_ref().ok_or(bad("it has no signed attributes"))?;
    if single::<ObjectIdentifier>(attributes, CONTENT_TYPE)? != Some(DATA) {
        return Err(bad("its content type is not signed"));
    }
    let digest = single::<OctetString>(attributes, MESSAGE_DIGEST)?.ok_or(bad("the digest is not signed"))?;
    if digest.as_bytes() != hash.digest(&signed) {
        return Err(Defect::Digest);
    }
    match single::<SigningCertificateV2>(attributes, SIGNING_CERTIFICATE_V2)? {
        Some(named) => check_named(&named, &certificate, &others)?,
        None if strict_certificate => return Err(Defect::SigningCertificate),
        None => {}
    }
    let message = attributes.to_der().map_err(|_| bad("its signed attributes cannot be read"))?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    keys::check(key, &signer.signature_algorithm, Some(hash), &message, signer.signature.as_bytes())?;
    let signing_time = single::<Time>(attributes, SIGNING_TIME)?.map(timestamp).transpose()?;
    Ok(Container { certificate, others, signing_time })
}

/// Reads the container and makes sure that it is canonical: written again it gives the same bytes.
fn open(place: &[u8]) -> Result<SignedData, Defect> {
    let unreadable = |_| Defect::Container("it cannot be read");
    let mut reader = SliceReader::new(place).map_err(unreadable)?;
    let info = ContentInfo::decode(&mut reader).map_err(unreadable)?;
    let length = usize::try_from(reader.position()).unwrap_or(usize::MAX);
    let (container, padding) = place.split_at_checked(length).ok_or(Defect::Container("it cannot be read"))?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(Defect::Container("something stands behind it"));
    }
    if info.content_type != SIGNED_DATA {
        return Err(Defect::Container("it is not a signature"));
    }
    let data = info.content.decode_as::<SignedData>().map_err(unreadable)?;
    let canonical = info.to_der().map_err(unreadable)? == container
        && data.to_der().map_err(unreadable)? == info.content.to_der().map_err(unreadable)?;
    if canonical { Ok(data) } else { Err(Defect::Container("it is not strict DER")) }
}

/// The versions follow from how the signer is named (RFC 5652, 5.1 and 5.3).
fn check_versions(data: &SignedData, signer: &SignerInfo) -> Result<(), Defect> {
    let version = match signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    if signer.version == version && data.version == version {
        Ok(())
    } else {
        Err(Defect::Container("its version is wrong"))
    }
}

/// The signer's certificate and the others.
fn split_certificates(data: &SignedData, signer: &SignerInfo) -> Result<(Certificate, Vec<Certificate>), Defect> {
    let embedded = data.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    if embedded.len() > MAX_CERTIFICATES {
        return Err(Defect::Container("it has too many certificates"));
    }
    let (mut found, mut others) = (None, Vec::new());
    for choice in embedded {
        let CertificateChoices::Certificate(certificate) = choice else {
            return Err(Defect::Container("it has a certificate of an unknown kind"));
        };
        if found.is_none() && is_signer(&signer.sid, certificate) {
            found = Some(certificate.clone());
        } else {
            others.push(certificate.clone());
        }
    }
    found.map(|found| (found, others)).ok_or(Defect::Container("the signer's certificate is missing"))
}

fn is_signer(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(wanted) => {
            *tbs.issuer() == wanted.issuer && *tbs.serial_number() == wanted.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(wanted) => {
            tbs.get_extension::<SubjectKeyIdentifier>().is_ok_and(|found| found.is_some_and(|(_, id)| id == *wanted))
        }
    }
}

/// The first named certificate is the signer's; each further one is embedded.
fn check_named(named: &SigningCertificateV2, signer: &Certificate, others: &[Certificate]) -> Result<(), Defect> {
    let wrong = Defect::SigningCertificate;
    let matches = |id: &EssCertId, certificate: &Certificate| -> Result<bool, Defect> {
        let der = certificate.to_der().map_err(|_| Defect::SigningCertificate)?;
        let tbs = certificate.tbs_certificate();
        let serial_matches = id.issuer_serial.as_ref().is_none_or(|issuer| issuer.serial == *tbs.serial_number());
        let hash = id.hash_algorithm.as_ref().map_or(Ok(Hash::Sha256), Hash::of)?;
        Ok(serial_matches && id.hash.as_bytes() == hash.digest(&[&der]))
    };
    let (first, further) = named.certificates.split_first().ok_or(wrong.clone())?;
    if !matches(first, signer)? || further.len() > MAX_CERTIFICATES {
        return Err(wrong);
    }
    for id in further {
        let mut found = false;
        for other in others {
            found = found || matches(id, other)?;
        }
        if !found {
            return Err(wrong);
        }
    }
    Ok(())
}

/// The one value of an attribute; an attribute given twice, or with two values, is a defect.
fn single<T: DecodeOwned>(attributes: &Attributes, oid: ObjectIdentifier) -> Result<Option<T>, Defect> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let Some(attribute) = found.next() else { return Ok(None) };
    let ([value], None) = (attribute.values.as_slice(), found.next()) else {
        return Err(Defect::Container("a signed attribute is there twice"));
    };
    let der = value.to_der().map_err(|_| Defect::Container("a signed attribute cannot be read"))?;
    T::from_der(&der).map(Some).map_err(|_| Defect::Container("a signed attribute cannot be read"))
}

pub(crate) fn timestamp(time: Time) -> Result<Timestamp, Defect> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| Defect::NoTime)?;
    Timestamp::from_second(seconds).map_err(|_| Defect::NoTime)
}
