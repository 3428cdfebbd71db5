//! A certificate with the bytes that its issuer signed.

use contract::{Sha256, Timestamp};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Tagged};
use x509_cert::Certificate as Parsed;
use x509_cert::time::Time;

use crate::asn1::{self, Node};
use crate::defect::Defect;
use crate::keys;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// One certificate. What its fields say is read from a parse; what is hashed or verified are its own bytes, since some authorities write them in
/// ways that would not come out the same again.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) parsed: Parsed,
    pub(crate) der: Vec<u8>,
    signed: Vec<u8>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Certificate {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Defect> {
        let unreadable = || Defect::Container("a certificate cannot be read");
        let parsed = Parsed::from_der(node.raw).map_err(|_| unreadable())?;
        let signed = node.sequence()?.first().ok_or_else(unreadable)?.raw.to_vec();
        Ok(Self { parsed, der: node.raw.to_vec(), signed })
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Defect> {
        match asn1::read(der)? {
            (node, []) => Self::read(&node),
            _ => Err(Defect::Container("a certificate cannot be read")),
        }
    }

    pub(crate) fn sha256(&self) -> Sha256 {
        Sha256::of(&self.der)
    }

    pub(crate) fn serial(&self) -> String {
        hex::encode(self.parsed.tbs_certificate().serial_number().as_bytes())
    }

    /// The common names of the holder; `None` for one that cannot be read.
    pub(crate) fn common_names(&self) -> Vec<Option<String>> {
        self.names(COMMON_NAME)
    }

    pub(crate) fn organisations(&self) -> Vec<Option<String>> {
        self.names(ORGANISATION)
    }

    fn names(&self, kind: ObjectIdentifier) -> Vec<Option<String>> {
        let subject = self.parsed.tbs_certificate().subject();
        let parts = subject
            .iter_rdn()
            .flat_map(x509_cert::name::RelativeDistinguishedName::iter)
            .filter(|part| part.oid == kind);
        parts.map(|part| directory_string(part.value.tag().number().value(), part.value.value())).collect()
    }

    /// Whether the names of issuer and subject meet.
    pub(crate) fn names_issuer(&self, issuer: &Self) -> bool {
        let name = |name: &x509_cert::name::Name| name.to_der().ok();
        let wanted = name(self.parsed.tbs_certificate().issuer());
        wanted.is_some() && wanted == name(issuer.parsed.tbs_certificate().subject())
    }

    /// Whether `issuer` signed this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> Result<(), Defect> {
        let algorithm = self.parsed.signature_algorithm();
        let signature = self.parsed.signature().as_bytes().ok_or(Defect::SignatureValue)?;
        if self.parsed.tbs_certificate().signature() != algorithm {
            return Err(Defect::SignatureValue);
        }
        let key = issuer.parsed.tbs_certificate().subject_public_key_info();
        keys::check(key, algorithm, None, &self.signed, signature).map(|_| ())
    }

    /// The first and the last moment at which it is valid.
    pub(crate) fn validity(&self) -> Result<(Timestamp, Timestamp), Defect> {
        let validity = self.parsed.tbs_certificate().validity();
        Ok((timestamp(validity.not_before)?, timestamp(validity.not_after)?))
    }

    pub(crate) fn extension(&self, oid: ObjectIdentifier) -> Option<(bool, &[u8])> {
        let extensions = self.parsed.tbs_certificate().extensions()?;
        let found = extensions.iter().find(|extension| extension.extn_id == oid)?;
        Some((found.critical, found.extn_value.as_bytes()))
    }
}

/// A name as text, without the blanks around it (X.520, 2.6): UTF-8, printable and IA5 strings, and those of two bytes a character.
fn directory_string(tag: u32, bytes: &[u8]) -> Option<String> {
    let text = match tag {
        12 => std::str::from_utf8(bytes).ok()?.to_owned(),
        19 | 22 => std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?.to_owned(),
        30 => {
            let units = bytes.chunks(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
            char::decode_utf16(units).collect::<Result<String, _>>().ok()?
        }
        _ => return None,
    };
    Some(text.trim().to_owned())
}

pub(crate) fn timestamp(time: Time) -> Result<Timestamp, Defect> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| Defect::NoTime)?;
    Timestamp::from_second(seconds).map_err(|_| Defect::NoTime)
}
