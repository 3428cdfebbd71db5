//! The signatures of a PDF as the sandbox's own provider judges them.
//!
//! It is a plain judgement, as a provider gives it of files that it signed itself: do digest and signature fit, and is all of the file covered.
//! The strict judgement of files that come back from somewhere is that of `shared/evidence`.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Encode, Reader, SliceReader};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};
use lopdf::{Dictionary, Document, Object};
use p256::ecdsa::DerSignature;
use p256::pkcs8::DecodePublicKey;
use rsa::Pkcs1v15Sign;
use rsa::signature::Verifier;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::AttributeValue;

use crate::cms::{MESSAGE_DIGEST, SIGNATURE_TIME_STAMP};
use crate::sign::{SignError, unreadable};
use crate::tsa;

/// One signature of a PDF, in the order of the form's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The common name in the certificate.
    pub owner: String,
    /// The common name of the certificate's issuer.
    pub issuer: String,
    /// The certificate's serial number in decimal digits.
    pub serial: String,
    pub valid_from: Timestamp,
    pub valid_to: Timestamp,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The content or the signature was changed after signing, or something was added that no signature covers.
    pub modified: bool,
    pub signed_at: Option<Timestamp>,
    /// Whether the time is that of a time stamp, not that of the signature dictionary.
    pub time_stamped: bool,
}

/// The signatures of a PDF; time stamps of the whole document are no signatures of anybody, but they cover what comes before them.
///
/// # Errors
/// When the PDF or a signature's container cannot be read.
pub fn examine(pdf: &[u8]) -> Result<Vec<Examined>, SignError> {
    let document = Document::load_mem(pdf).map_err(unreadable)?;
    let values = values(&document);
    let covered = values.iter().filter_map(|value| Range::of(value)).any(|range| range.end == pdf.len());
    let mut signatures = Vec::new();
    for value in values {
        if value.get(b"Type").and_then(Object::as_name).is_ok_and(|kind| kind == b"DocTimeStamp") {
            continue;
        }
        signatures.push(one(pdf, value, covered)?);
    }
    Ok(signatures)
}

/// The signature dictionaries that the form's fields have as their values.
pub(crate) fn values(document: &Document) -> Vec<&Dictionary> {
    let form = document.catalog().and_then(|catalog| catalog.get_deref(b"AcroForm", document));
    let fields = form.and_then(Object::as_dict).and_then(|form| form.get_deref(b"Fields", document));
    let fields = fields.and_then(Object::as_array).map(Vec::as_slice).unwrap_or_default();
    fields.iter().filter_map(|field| value(document, field)).collect()
}

fn value<'a>(document: &'a Document, field: &'a Object) -> Option<&'a Dictionary> {
    let (_, field) = document.dereference(field).ok()?;
    let field = field.as_dict().ok()?;
    let is_signature = field.get(b"FT").and_then(Object::as_name).is_ok_and(|kind| kind == b"Sig");
    is_signature.then(|| field.get_deref(b"V", document).and_then(Object::as_dict).ok())?
}

/// The part of the file that a signature covers: all but a gap.
struct Range {
    gap_start: usize,
    gap_end: usize,
    end: usize,
}

impl Range {
    fn of(value: &Dictionary) -> Option<Range> {
        let numbers = value.get(b"ByteRange").and_then(Object::as_array).ok()?;
        let numbers: Vec<usize> =
            numbers.iter().filter_map(|number| usize::try_from(number.as_i64().ok()?).ok()).collect();
        match numbers[..] {
            [0, gap_start, gap_end, rest] => Some(Range { gap_start, gap_end, end: gap_end.checked_add(rest)? }),
            _ => None,
        }
    }

    fn digest(&self, pdf: &[u8]) -> Option<[u8; 32]> {
        let mut digest = Sha256::new();
        digest.update(pdf.get(..self.gap_start)?);
        digest.update(pdf.get(self.gap_end..self.end)?);
        Some(digest.finalize().into())
    }
}

fn one(pdf: &[u8], value: &Dictionary, covered: bool) -> Result<Examined, SignError> {
    let contents = value.get(b"Contents").and_then(Object::as_str).map_err(unreadable)?;
    let (signed_data, info, certificate) = container(contents).map_err(unreadable)?;
    let digest = Range::of(value).and_then(|range| range.digest(pdf));
    let holds = digest.is_some_and(|digest| holds(&signed_data, &info, &certificate, &digest));
    let stamped = time_stamp(&info);
    let tbs = certificate.tbs_certificate();
    let validity = tbs.validity();
    let time = |time: x509_cert::time::Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(unreadable)?;
        Timestamp::from_second(seconds).map_err(unreadable)
    };
    Ok(Examined {
        owner: common_name(tbs.subject()),
        issuer: common_name(tbs.issuer()),
        serial: decimal(tbs.serial_number().as_bytes()),
        valid_from: time(validity.not_before)?,
        valid_to: time(validity.not_after)?,
        certificate: certificate.to_der().map_err(unreadable)?,
        modified: !holds || !covered,
        signed_at: stamped.or_else(|| value.get(b"M").and_then(Object::as_str).ok().and_then(stated_time)),
        time_stamped: stamped.is_some(),
    })
}

/// The time of the time stamp over the signature.
fn time_stamp(info: &SignerInfo) -> Option<Timestamp> {
    let attributes = info.unsigned_attrs.as_ref()?;
    let values = &attributes.iter().find(|attribute| attribute.oid == SIGNATURE_TIME_STAMP)?.values;
    let token: ContentInfo = only(values.as_slice())?.decode_as().ok()?;
    tsa::stated(&token, info.signature.as_bytes())
}

/// The container in a hole that is larger than it, its only signer, and that one's certificate.
pub(crate) fn container(bytes: &[u8]) -> der::Result<(SignedData, SignerInfo, Certificate)> {
    let missing = || der::Error::from(der::ErrorKind::Failed);
    let mut reader = SliceReader::new(bytes)?;
    let content: ContentInfo = reader.decode()?;
    let signed_data: SignedData = content.content.decode_as()?;
    let info = signed_data.signer_infos.0.get(0).cloned().ok_or_else(missing)?;
    let SignerIdentifier::IssuerAndSerialNumber(id) = &info.sid else { return Err(missing()) };
    let certificates = signed_data.certificates.iter().flat_map(|set| set.0.iter());
    let certificate = certificates
        .filter_map(|choice| if let CertificateChoices::Certificate(one) = choice { Some(one) } else { None })
        .find(|one| {
            let tbs = one.tbs_certificate();
            *tbs.issuer() == id.issuer && *tbs.serial_number() == id.serial_number
        });
    let certificate = certificate.cloned().ok_or_else(missing)?;
    Ok((signed_data, info, certificate))
}

/// Whether the digest is the signed one, and the signature the certificate's.
fn holds(signed_data: &SignedData, info: &SignerInfo, certificate: &Certificate, digest: &[u8; 32]) -> bool {
    let checked = || -> Option<bool> {
        let attributes = info.signed_attrs.as_ref()?;
        let named = only(attributes.iter().find(|attribute| attribute.oid == MESSAGE_DIGEST)?.values.as_slice())?;
        let named: OctetString = named.decode_as().ok()?;
        let message = attributes.to_der().ok()?;
        let fits = named.as_bytes() == digest && signed_data.encap_content_info.econtent.is_none();
        Some(fits && is_signed_by(certificate, &message, info.signature.as_bytes()))
    };
    checked().unwrap_or(false)
}

fn only(values: &[AttributeValue]) -> Option<&AttributeValue> {
    if let [value] = values { Some(value) } else { None }
}

fn is_signed_by(certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    let key = certificate.tbs_certificate().subject_public_key_info();
    let Ok(der) = key.to_der() else { return false };
    if key.algorithm.oid == RSA {
        let key = rsa::PublicKey::from_public_key_der(&der);
        return key
            .is_ok_and(|key| key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok());
    }
    let key = p256::ecdsa::VerifyingKey::from_public_key_der(&der);
    let signature = DerSignature::try_from(signature);
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}

fn common_name(name: &x509_cert::name::Name) -> String {
    name.common_name().ok().flatten().map(|name| name.value().into_owned()).unwrap_or_default()
}

/// A number of any length, given in bytes with the highest first.
fn decimal(bytes: &[u8]) -> String {
    // Lowest digit first.
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u16::from(*byte);
        for digit in &mut digits {
            carry += u16::from(*digit) * 256;
            *digit = u8::try_from(carry % 10).unwrap_or_default();
            carry /= 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

/// A time as a signature dictionary states it: `D:20261125002307+08'00'`, or with Z for its zone.
fn stated_time(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("D:")?;
    let (time, zone) = text.split_at_checked(14)?;
    let zone: String = zone.chars().filter(|character| *character != '\'').collect();
    let seconds: i32 = match zone.as_str() {
        "" | "Z" => 0,
        zone => {
            let (sign, digits) = zone.split_at_checked(1)?;
            let (hours, minutes) = digits.split_at_checked(2)?;
            let east = (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?) * 60;
            if sign == "-" { -east } else { east }
        }
    };
    let zone = TimeZone::fixed(tz::Offset::from_seconds(seconds).ok()?);
    zone.to_timestamp(DateTime::strptime("%Y%m%d%H%M%S", time).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 7]), "7");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
    }

    #[test]
    fn stated_times_with_their_zones() {
        let time = |text: &str| stated_time(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(time("D:20261125002307+08'00'").as_deref(), Some("2026-11-24T16:23:07Z"));
        assert_eq!(time("D:20261124162307Z").as_deref(), Some("2026-11-24T16:23:07Z"));
        assert_eq!(time("D:20261124112307-05'00").as_deref(), Some("2026-11-24T16:23:07Z"));
        for bad in ["20261124162307Z", "D:2026", "D:20261324162307Z", "D:20261124162307+x"] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }
}
