//! From a signer's certificate to a trusted authority (RFC 5280, section 6, as far as signatures on contracts need it).
//!
//! Time is the time of signing that the signature itself states: a certificate that has run out since then does not make an old contract void.
//! Revocation is not looked up, since nothing here talks to the network.

use contract::Timestamp;
use der::Encode;
use der::asn1::ObjectIdentifier;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::container::timestamp;
use crate::defect::Defect;
use crate::keys;

/// Longest path from the signer to an anchor.
const MAX_PATH: usize = 8;
/// Critical extensions that are understood or do not matter here: key usage, basic constraints, policies, extended key usage.
const UNDERSTOOD: [&str; 4] = ["2.5.29.15", "2.5.29.19", "2.5.29.32", "2.5.29.37"];
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The authorities whose word is taken.
#[derive(Clone, Default)]
pub struct Anchors(Vec<Certificate>);

impl std::fmt::Debug for Anchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Anchors({})", self.0.len())
    }
}

/// The configured trust anchors are not a PEM bundle of certificates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The trust anchors are not certificates in PEM.")]
pub struct NotAnchors;

impl Anchors {
    /// Reads a PEM bundle. Text between the certificates is skipped. An empty text gives no anchors: signatures are then checked, but not who vouches
    /// for the signers.
    ///
    /// # Errors
    /// When the text is not empty and holds no certificate, or one that cannot be read.
    pub fn from_pem(pem: &str) -> Result<Anchors, NotAnchors> {
        let mut anchors = Vec::new();
        let mut rest = pem;
        while let Some((_, from)) = rest.split_once(BEGIN) {
            let (body, after) = from.split_once(END).ok_or(NotAnchors)?;
            let block = format!("{BEGIN}{body}{END}\n");
            anchors.extend(Certificate::load_pem_chain(block.as_bytes()).map_err(|_| NotAnchors)?);
            rest = after;
        }
        if anchors.is_empty() && !pem.trim().is_empty() { Err(NotAnchors) } else { Ok(Anchors(anchors)) }
    }

    /// Whether no anchor is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Follows the issuers from the signer's certificate. With anchors the path must end at one of them; without, it is followed as far as the
    /// embedded certificates lead, and whatever stands on it must hold.
    pub(crate) fn check(&self, signer: &Certificate, embedded: &[Certificate], at: Timestamp) -> Result<(), Defect> {
        check_validity(signer, at)?;
        check_extensions(signer)?;
        let usage = key_usage(signer)?;
        if usage.is_some_and(|usage| !usage.digital_signature() && !usage.non_repudiation()) {
            return Err(Defect::CertificateUse);
        }
        let mut current = signer;
        for below in 0..MAX_PATH {
            if let Some(anchor) = self.0.iter().find(|anchor| issued(anchor, current)) {
                return check_authority(anchor, below, at);
            }
            let issuer = embedded.iter().find(|other| *other != current && issued(other, current));
            let Some(issuer) = issuer else {
                let names_itself = current.tbs_certificate().issuer() == current.tbs_certificate().subject();
                let issuer_embedded = embedded
                    .iter()
                    .any(|other| other.tbs_certificate().subject() == current.tbs_certificate().issuer());
                // An issuer of the right name whose key did not sign is a forgery, whether or not anchors are configured.
                let forged = if names_itself { !issued(current, current) } else { issuer_embedded };
                return if self.is_empty() && !forged { Ok(()) } else { Err(Defect::Untrusted) };
            };
            check_authority(issuer, below, at)?;
            current = issuer;
        }
        Err(Defect::Untrusted)
    }
}

/// Whether `issuer` issued `certificate`: the names meet and the signature holds.
fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let (issuer, tbs) = (issuer.tbs_certificate(), certificate.tbs_certificate());
    let algorithm = certificate.signature_algorithm();
    let (Ok(message), Some(signature)) = (tbs.to_der(), certificate.signature().as_bytes()) else { return false };
    issuer.subject() == tbs.issuer()
        && tbs.signature() == algorithm
        && keys::check(issuer.subject_public_key_info(), algorithm, None, &message, signature).is_ok()
}

/// An authority with `below` further authorities between it and the signer.
fn check_authority(certificate: &Certificate, below: usize, at: Timestamp) -> Result<(), Defect> {
    check_validity(certificate, at)?;
    check_extensions(certificate)?;
    let tbs = certificate.tbs_certificate();
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(|_| Defect::CertificateUse)?;
    let constraints = constraints.map(|(_, constraints)| constraints).filter(|constraints| constraints.ca);
    let constraints = constraints.ok_or(Defect::CertificateUse)?;
    let too_long = constraints.path_len_constraint.is_some_and(|longest| below > usize::from(longest));
    if too_long || key_usage(certificate)?.is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(Defect::CertificateUse);
    }
    Ok(())
}

fn check_validity(certificate: &Certificate, at: Timestamp) -> Result<(), Defect> {
    let validity = certificate.tbs_certificate().validity();
    let (from, to) = (timestamp(validity.not_before)?, timestamp(validity.not_after)?);
    if at < from || at > to { Err(Defect::Validity) } else { Ok(()) }
}

/// A critical extension that is not understood forbids the use of the certificate (RFC 5280, 4.2).
fn check_extensions(certificate: &Certificate) -> Result<(), Defect> {
    let extensions = certificate.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    let understood = |oid: &ObjectIdentifier| UNDERSTOOD.iter().any(|known| ObjectIdentifier::new(known) == Ok(*oid));
    if extensions.iter().all(|extension| !extension.critical || understood(&extension.extn_id)) {
        Ok(())
    } else {
        Err(Defect::CertificateUse)
    }
}

fn key_usage(certificate: &Certificate) -> Result<Option<KeyUsage>, Defect> {
    let found = certificate.tbs_certificate().get_extension::<KeyUsage>().map_err(|_| Defect::CertificateUse)?;
    Ok(found.map(|(_, usage)| usage))
}
