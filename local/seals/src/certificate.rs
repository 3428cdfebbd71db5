//! How one certificate is made: its names, its validity, and what its key may be used for.

use std::time::Duration;

use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use der::{Decode, Encode, Tag};
use p256::ecdsa::{DerSignature, SigningKey as EcdsaKey};
use p256::pkcs8::EncodePublicKey;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use crate::authority::{AuthorityError, certificate_error};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

pub(crate) enum Role {
    Root,
    Issuing,
    Signer,
    Time,
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
            Role::Time => (false, None, KeyUsages::DigitalSignature.into()),
        };
        let subject = tbs.subject();
        let mut extensions = vec![
            (&BasicConstraints { ca, path_len_constraint }).to_extension(subject, &[])?,
            (&KeyUsage(usage)).to_extension(subject, &[])?,
            (&SubjectKeyIdentifier::try_from(key)?).to_extension(subject, &[])?,
            (&AuthorityKeyIdentifier::try_from(issuer_key)?).to_extension(subject, &[])?,
        ];
        if let Role::Time = self.role {
            // RFC 3161, section 2.3: this purpose, no other, and critical.
            let purpose = (&ExtendedKeyUsage(vec![TIME_STAMPING])).to_extension(subject, &[])?;
            extensions.push(Extension { critical: true, ..purpose });
        }
        Ok(extensions)
    }
}

pub(crate) fn certify<K: EncodePublicKey>(
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

pub(crate) fn validity(from: u64, to: u64) -> Result<Validity, AuthorityError> {
    Ok(Validity::new(time(from)?, time(to)?))
}

pub(crate) fn time(seconds: u64) -> Result<Time, AuthorityError> {
    let date = der::DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(certificate_error)?;
    Ok(Time::from(date))
}

pub(crate) fn name(
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
