//! One CMS container: a signature of a party, or a time stamp (RFC 5652, ETSI EN 319 122-1, RFC 3161).
//!
//! What always holds for a container that is accepted: it is followed by nothing but zeros up to the end of the place kept for it; it is one
//! signature by one signer; the signed attributes hold the digest of what is signed; the signature over them was made with the key of the
//! certificate that the signing-certificate attribute names. Left unchecked are embedded certificates that lie on no path.

use der::Sequence;
use der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use contract::Timestamp;

use crate::asn1::{self, Node};
use crate::certificate::{Certificate, timestamp};
use crate::defect::Defect;
use crate::keys::{self, Hash, is_chinese};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
const TIME_STAMP_TOKEN: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");

/// Certificates one container may embed; a path has three or four.
const MAX_CERTIFICATES: usize = 32;

/// RFC 5035, section 3.
#[derive(Sequence)]
struct EssCertIdV2 {
    /// SHA-256 where it is left out.
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    issuer_serial: Option<IssuerSerial>,
}

/// RFC 2634, section 5.4: SHA-1 of the certificate.
#[derive(Sequence)]
struct EssCertId {
    hash: OctetString,
    issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: GeneralNames,
    serial: SerialNumber,
}

/// What is signed.
pub(crate) enum Content<'a> {
    /// The two parts of a file around the container.
    Detached([&'a [u8]; 2]),
    /// What the container holds itself, of this type.
    Inside(ObjectIdentifier),
}

/// What a container that holds says.
pub(crate) struct Container {
    pub(crate) certificate: Certificate,
    /// The other embedded certificates.
    pub(crate) others: Vec<Certificate>,
    /// The signing-time attribute, where there is one.
    pub(crate) signing_time: Option<Timestamp>,
    /// What it holds itself.
    pub(crate) content: Option<Vec<u8>>,
    /// The signature value, which a time stamp is made over.
    pub(crate) value: Vec<u8>,
    /// Time stamps over the signature value, each in a container of its own.
    pub(crate) time_stamps: Vec<Vec<u8>>,
    pub(crate) algorithm: &'static str,
    /// It names the kind of the key where the algorithm should stand, as iText 5 does for elliptic curves.
    pub(crate) loose: bool,
}

/// Whether the container uses the Chinese algorithms SM2 and SM3 (GB/T 35276), which are not judged here; with the signer's certificate, where that
/// can be read.
pub(crate) fn chinese(place: &[u8]) -> Option<Option<Certificate>> {
    let (info, _) = asn1::read(place).ok()?;
    let signed = info.items().get(1)?.items().first()?.items();
    let certificates = || signed.iter().find(|part| part.tag == 0xa0).map(Node::items).unwrap_or_default();
    let uses = is_chinese(&info.items().first()?.oid().ok()?)
        || signed.last()?.items().iter().flat_map(Node::items).any(|part| {
            part.tag == asn1::SEQUENCE
                && part.items().first().and_then(|oid| oid.oid().ok()).is_some_and(|oid| is_chinese(&oid))
        });
    uses.then(|| certificates().first().and_then(|node| Certificate::read(node).ok()))
}

/// Checks the container in `place` against what it signs. `strict` asks for the signing-certificate attribute, as CAdES and time stamps do; where
/// it is present it must be right in any case.
pub(crate) fn check(place: &[u8], content: &Content<'_>, strict: bool) -> Result<Container, Defect> {
    let bad = Defect::Container;
    let (info, padding) = asn1::read(place)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(bad("something stands behind it"));
    }
    let [kind, explicit] = info.sequence()? else { return Err(bad("it cannot be read")) };
    if kind.oid()? != SIGNED_DATA || explicit.tag != 0xa0 {
        return Err(bad("it is not a signature"));
    }
    let [data] = explicit.items() else { return Err(bad("it cannot be read")) };
    let [version, digests, encapsulated, more @ .., signers] = data.sequence()? else {
        return Err(bad("it cannot be read"));
    };
    let (certificates, other) = match more {
        [] => (None, true),
        [certificates] if certificates.tag == 0xa0 => (Some(certificates), true),
        [lists] => (None, lists.tag == 0xa1),
        [certificates, lists] => (Some(certificates), certificates.tag == 0xa0 && lists.tag == 0xa1),
        _ => (None, false),
    };
    if digests.tag != asn1::SET || signers.tag != asn1::SET || !other {
        return Err(bad("it cannot be read"));
    }
    let [signer] = signers.items() else { return Err(bad("it has not exactly one signer")) };
    let signer = Signer::read(signer)?;
    check_versions(version, signer.version, signer.key_identifier)?;

    let hash = Hash::of(&signer.digest)?;
    let [digest] = digests.items() else { return Err(bad("it has not exactly one digest")) };
    if Hash::of(&digest.decode()?)? != hash {
        return Err(bad("it names two digests"));
    }
    let [content_type, held @ ..] = encapsulated.sequence()? else { return Err(bad("it cannot be read")) };
    let content_type = content_type.oid()?;
    let held = match held {
        [] => None,
        [held] if held.tag == 0xa0 && held.items().len() == 1 => {
            held.items().first().map(Node::octets).transpose()?.map(std::borrow::Cow::into_owned)
        }
        _ => return Err(bad("it cannot be read")),
    };
    let found = match (content, &held) {
        (Content::Detached(parts), None) if content_type == DATA => hash.digest(parts),
        (Content::Detached(_), _) => return Err(bad("it is not a detached signature")),
        (Content::Inside(wanted), Some(held)) if content_type == *wanted => hash.digest(&[held]),
        (Content::Inside(_), _) => return Err(bad("it does not hold what it should")),
    };

    let (certificate, others) = certificates_of(certificates, &signer)?;
    let Some(attributes) = signer.attributes else {
        return without_attributes(content, strict, hash, signer, certificate, others);
    };
    if single(attributes, CONTENT_TYPE)?.map(Node::oid).transpose()? != Some(content_type) {
        return Err(bad("its content type is not signed"));
    }
    let digest = single(attributes, MESSAGE_DIGEST)?.ok_or(bad("the digest is not signed"))?;
    if *digest.octets()? != *found {
        return Err(Defect::Digest);
    }
    check_named(attributes, &certificate, strict)?;
    let key = certificate.parsed.tbs_certificate().subject_public_key_info();
    // DER asks for the attributes in the order of their bytes; some programs sign them as they stand.
    let verify =
        |sorted| keys::check(key, &signer.algorithm, Some(hash), &asn1::set(attributes, sorted)?, &signer.value);
    let algorithm = match verify(true) {
        Err(Defect::SignatureValue) => verify(false)?,
        verdict => verdict?,
    };
    let signing_time = single(attributes, SIGNING_TIME)?.map(Node::decode::<Time>).transpose()?;
    let signing_time = signing_time.map(timestamp).transpose()?;
    let loose = signer.algorithm.oid == keys::EC_PUBLIC_KEY;
    let time_stamps = time_stamps(signer.unsigned)?;
    Ok(Container {
        certificate,
        others,
        signing_time,
        content: held,
        value: signer.value,
        time_stamps,
        algorithm,
        loose,
    })
}

/// A signature over what is signed itself (RFC 5652, 5.4), which names no certificate.
fn without_attributes(
    content: &Content<'_>,
    strict: bool,
    hash: Hash,
    signer: Signer<'_, '_>,
    certificate: Certificate,
    others: Vec<Certificate>,
) -> Result<Container, Defect> {
    let Content::Detached(parts) = content else { return Err(Defect::Container("it has no signed attributes")) };
    if strict {
        return Err(Defect::SigningCertificate);
    }
    let key = certificate.parsed.tbs_certificate().subject_public_key_info();
    let algorithm = keys::check(key, &signer.algorithm, Some(hash), &parts.concat(), &signer.value)
        .map_err(|defect| if defect == Defect::SignatureValue { Defect::Digest } else { defect })?;
    let loose = signer.algorithm.oid == keys::EC_PUBLIC_KEY;
    let time_stamps = time_stamps(signer.unsigned)?;
    Ok(Container {
        certificate,
        others,
        signing_time: None,
        content: None,
        value: signer.value,
        time_stamps,
        algorithm,
        loose,
    })
}

fn time_stamps(unsigned: &[Node<'_>]) -> Result<Vec<Vec<u8>>, Defect> {
    let mut tokens = Vec::new();
    for attribute in unsigned {
        let [kind, values] = attribute.sequence()? else {
            return Err(Defect::Container("an attribute cannot be read"));
        };
        if kind.oid()? == TIME_STAMP_TOKEN {
            tokens.extend(values.items().iter().map(|token| token.raw.to_vec()));
        }
    }
    Ok(tokens)
}

/// The parts of a SignerInfo.
struct Signer<'n, 'a> {
    version: &'n Node<'a>,
    /// Named by its key rather than by issuer and serial number.
    key_identifier: bool,
    sid: &'n Node<'a>,
    digest: AlgorithmIdentifierOwned,
    attributes: Option<&'n [Node<'a>]>,
    algorithm: AlgorithmIdentifierOwned,
    value: Vec<u8>,
    unsigned: &'n [Node<'a>],
}

impl<'n, 'a> Signer<'n, 'a> {
    fn read(node: &'n Node<'a>) -> Result<Self, Defect> {
        let bad = || Defect::Container("its signer cannot be read");
        let [version, sid, digest, rest @ ..] = node.sequence()? else { return Err(bad()) };
        let (attributes, rest) = match rest {
            [attributes, rest @ ..] if attributes.tag == 0xa0 => (Some(attributes.items()), rest),
            rest => (None, rest),
        };
        let (algorithm, value, unsigned) = match rest {
            [algorithm, value] => (algorithm, value, &[][..]),
            [algorithm, value, unsigned] if unsigned.tag == 0xa1 => (algorithm, value, unsigned.items()),
            _ => return Err(bad()),
        };
        Ok(Self {
            version,
            key_identifier: sid.tag == 0x80,
            sid,
            digest: digest.decode()?,
            attributes,
            algorithm: algorithm.decode()?,
            value: value.octets()?.into_owned(),
            unsigned,
        })
    }

    fn is(&self, certificate: &Certificate) -> Result<bool, Defect> {
        let tbs = certificate.parsed.tbs_certificate();
        if self.key_identifier {
            let found = tbs.get_extension::<SubjectKeyIdentifier>().ok().flatten();
            let wanted = self.sid.raw.get(2..).unwrap_or_default();
            return Ok(found.is_some_and(|(_, found)| found.0.as_bytes() == wanted));
        }
        let [issuer, serial] = self.sid.sequence()? else { return Err(Defect::Container("its signer cannot be read")) };
        let issuer: x509_cert::name::Name = issuer.decode()?;
        let serial: SerialNumber = serial.decode()?;
        Ok(*tbs.issuer() == issuer && *tbs.serial_number() == serial)
    }
}

/// The versions follow from how the signer is named and what is signed (RFC 5652, 5.1 and 5.3); some programs write 1 throughout.
fn check_versions(data: &Node<'_>, signer: &Node<'_>, key_identifier: bool) -> Result<(), Defect> {
    let (data, signer): (u8, u8) = (data.decode()?, signer.decode()?);
    let right = signer == if key_identifier { 3 } else { 1 };
    if right && matches!(data, 1 | 3 | 4 | 5) { Ok(()) } else { Err(Defect::Container("its version is wrong")) }
}

/// The signer's certificate and the others.
fn certificates_of(set: Option<&Node<'_>>, signer: &Signer<'_, '_>) -> Result<(Certificate, Vec<Certificate>), Defect> {
    let embedded = set.map(Node::items).unwrap_or_default();
    if embedded.len() > MAX_CERTIFICATES {
        return Err(Defect::Container("it has too many certificates"));
    }
    let (mut found, mut others) = (None, Vec::new());
    for node in embedded {
        let certificate = Certificate::read(node)?;
        // One that vouches for itself holds the key that shows it.
        if certificate.names_issuer(&certificate)
            && certificate.is_signed_by(&certificate) == Err(Defect::SignatureValue)
        {
            return Err(Defect::Untrusted);
        }
        if found.is_none() && signer.is(&certificate)? {
            found = Some(certificate);
        } else {
            others.push(certificate);
        }
    }
    found.map(|found| (found, others)).ok_or(Defect::Container("the signer's certificate is missing"))
}

/// The first certificate that the signing-certificate attribute names is the signer's.
fn check_named(attributes: &[Node<'_>], signer: &Certificate, strict: bool) -> Result<(), Defect> {
    let wrong = Defect::SigningCertificate;
    let named = match (single(attributes, SIGNING_CERTIFICATE_V2)?, single(attributes, SIGNING_CERTIFICATE)?) {
        (Some(named), _) => (named, true),
        (None, Some(named)) => (named, false),
        (None, None) if strict => return Err(wrong),
        (None, None) => return Ok(()),
    };
    let (value, second) = named;
    let ids = value.sequence()?.first().map(Node::sequence).transpose()?.ok_or(wrong.clone())?;
    let matches = |id: &Node<'_>, certificate: &Certificate| -> Result<bool, Defect> {
        let (digest, hash, issuer) = if second {
            let id: EssCertIdV2 = id.decode()?;
            let hash = id.hash_algorithm.as_ref().map_or(Ok(Hash::Sha256), Hash::of)?;
            (hash.digest(&[&certificate.der]), id.hash, id.issuer_serial)
        } else {
            let id: EssCertId = id.decode()?;
            (keys::sha1(&certificate.der), id.hash, id.issuer_serial)
        };
        let serial = certificate.parsed.tbs_certificate().serial_number();
        Ok(issuer.is_none_or(|issuer| issuer.serial == *serial) && hash.as_bytes() == digest)
    };
    // The others, if any, are of the path, which is followed by its signatures.
    let first = ids.first().ok_or(wrong.clone())?;
    if matches(first, signer)? { Ok(()) } else { Err(wrong) }
}

/// The one value of an attribute; an attribute given twice, or with two values, is a defect.
fn single<'n, 'a>(attributes: &'n [Node<'a>], wanted: ObjectIdentifier) -> Result<Option<&'n Node<'a>>, Defect> {
    let mut found = None;
    for attribute in attributes {
        let [kind, values] = attribute.sequence()? else {
            return Err(Defect::Container("a signed attribute cannot be read"));
        };
        if kind.oid()? != wanted {
            continue;
        }
        let ([value], None) = (values.items(), found) else {
            return Err(Defect::Container("a signed attribute is there twice"));
        };
        found = Some(value);
    }
    Ok(found)
}
