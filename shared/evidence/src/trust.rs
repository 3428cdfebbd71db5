//! From a signer's certificate to a trusted authority (RFC 5280, section 6, as far as signatures on contracts need it).
//!
//! Each certificate of the path must be valid at the time that counts for the signature. Revocation is not looked up, since nothing here talks to
//! the network.

use contract::Timestamp;
use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName};
use x509_cert::name::Name;

use crate::certificate::Certificate;
use crate::defect::{Defect, Doubt, Whose};

/// Longest path from the signer to an anchor.
const MAX_PATH: usize = 8;
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
/// Critical extensions that are understood or do not matter here; 32 are policies.
const UNDERSTOOD: [ObjectIdentifier; 6] =
    [KEY_USAGE, BASIC_CONSTRAINTS, NAME_CONSTRAINTS, EXTENDED_KEY_USAGE, SUBJECT_ALT_NAME, oid("2.5.29.32")];
const CLIENT: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.2");
const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
/// Purposes that say nothing of documents: servers, code, time stamps, answers about revocation, tunnels.
const OTHER_PURPOSES: [ObjectIdentifier; 8] = [
    oid("1.3.6.1.5.5.7.3.1"),
    oid("1.3.6.1.5.5.7.3.3"),
    oid("1.3.6.1.5.5.7.3.5"),
    oid("1.3.6.1.5.5.7.3.6"),
    oid("1.3.6.1.5.5.7.3.7"),
    TIME_STAMPING,
    oid("1.3.6.1.5.5.7.3.9"),
    oid("1.3.6.1.5.5.7.3.17"),
];

/// What a certificate is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Signing(Whose),
    TimeStamp,
}

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
            let (_, der) = der::pem::decode_vec(block.as_bytes()).map_err(|_| NotAnchors)?;
            anchors.push(Certificate::from_der(&der).map_err(|_| NotAnchors)?);
            rest = after;
        }
        let words = pem.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        if anchors.is_empty() && words { Err(NotAnchors) } else { Ok(Anchors(anchors)) }
    }

    /// The anchors that this package brings: see `anchors/README.md`.
    ///
    /// # Panics
    /// Never: a test reads the bundle.
    #[must_use]
    pub fn bundled() -> Anchors {
        Self::from_pem(include_str!("../anchors/roots.pem")).unwrap_or_default()
    }

    /// These anchors and others.
    #[must_use]
    pub fn with(mut self, others: Anchors) -> Anchors {
        self.0.extend(others.0);
        self
    }

    /// Whether no anchor is configured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Follows the issuers from a certificate. With anchors the path must end at one of them, or there is a doubt; without, it is followed as far as
    /// the embedded certificates lead. All that stands on it must hold.
    pub(crate) fn check(
        &self,
        end: &Certificate,
        embedded: &[Certificate],
        at: Timestamp,
        purpose: Purpose,
    ) -> Result<Option<Doubt>, Defect> {
        check_validity(end, at)?;
        check_end(end, purpose)?;
        let whose = if let Purpose::Signing(whose) = purpose { whose } else { Whose::TimeStamp };
        let unknown = if self.is_empty() { None } else { Some(Doubt::UnknownAuthority(whose)) };
        let mut doubt = None;
        let mut current = end;
        for below in 0..MAX_PATH {
            let candidates =
                || self.0.iter().map(|anchor| (anchor, true)).chain(embedded.iter().map(|other| (other, false)));
            let named: Vec<_> =
                candidates().filter(|(other, _)| *other != current && current.names_issuer(other)).collect();
            let Some((issuer, anchored)) = named.iter().find(|(other, _)| current.is_signed_by(other).is_ok()) else {
                // An issuer of the right name whose key did not sign is a forgery, whether or not anchors are configured; and so is a signer who
                // vouches for himself.
                let itself = current.names_issuer(current);
                let forged = !named.is_empty() || (itself && (below == 0 || current.is_signed_by(current).is_err()));
                return if forged { Err(Defect::Untrusted) } else { Ok(unknown.or(doubt)) };
            };
            check_authority(issuer, below, at)?;
            if !allows(issuer, end)? {
                doubt = Some(Doubt::Certificate(whose));
            }
            if *anchored {
                return Ok(doubt);
            }
            current = issuer;
        }
        Err(Defect::Untrusted)
    }
}

/// A certificate that signs documents, or time stamps and nothing else.
fn check_end(certificate: &Certificate, purpose: Purpose) -> Result<(), Defect> {
    let authority = extension::<BasicConstraints>(certificate, BASIC_CONSTRAINTS)?.is_some_and(|found| found.ca);
    let usage = extension::<KeyUsage>(certificate, KEY_USAGE)?;
    let signs = usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
    let purposes = extension::<ExtendedKeyUsage>(certificate, EXTENDED_KEY_USAGE)?;
    let right = match (purpose, &purposes) {
        (Purpose::Signing(_), None) => true,
        (Purpose::Signing(_), Some(purposes)) => {
            let other = |purpose| OTHER_PURPOSES.contains(purpose);
            // Clients and servers are told apart; a client alone is a person who logs in.
            let client = purposes.0.iter().all(|purpose| *purpose == CLIENT);
            client || !purposes.0.iter().all(|purpose| other(purpose) || *purpose == CLIENT)
        }
        // RFC 3161, 2.3: this purpose alone, and critical.
        (Purpose::TimeStamp, purposes) => {
            let alone = purposes.as_ref().is_some_and(|purposes| purposes.0 == [TIME_STAMPING]);
            alone && certificate.extension(EXTENDED_KEY_USAGE).is_some_and(|(critical, _)| critical)
        }
    };
    if right && signs && !authority { Ok(()) } else { Err(Defect::CertificateUse) }
}

/// An authority with `below` further authorities between it and the signer.
fn check_authority(certificate: &Certificate, below: usize, at: Timestamp) -> Result<(), Defect> {
    check_validity(certificate, at)?;
    let constraints = extension::<BasicConstraints>(certificate, BASIC_CONSTRAINTS)?.filter(|found| found.ca);
    let constraints = constraints.ok_or(Defect::CertificateUse)?;
    let too_long = constraints.path_len_constraint.is_some_and(|longest| below > usize::from(longest));
    let issues = extension::<KeyUsage>(certificate, KEY_USAGE)?.is_none_or(|usage| usage.key_cert_sign());
    if too_long || !issues { Err(Defect::CertificateUse) } else { Ok(()) }
}

/// Valid at the time, and without a critical extension that is not understood here, which forbids its use (RFC 5280, 4.2).
fn check_validity(certificate: &Certificate, at: Timestamp) -> Result<(), Defect> {
    let (from, to) = certificate.validity()?;
    if has_unknown(certificate) {
        return Err(Defect::CertificateUse);
    }
    if at < from || at > to { Err(Defect::Validity) } else { Ok(()) }
}

/// Whether it has a critical extension that is not understood here.
fn has_unknown(certificate: &Certificate) -> bool {
    let extensions = certificate.parsed.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    extensions.iter().any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id))
}

fn extension<T: for<'x> Decode<'x, Error = der::Error>>(
    certificate: &Certificate,
    oid: ObjectIdentifier,
) -> Result<Option<T>, Defect> {
    let found = certificate.extension(oid).map(|(_, value)| T::from_der(value));
    found.transpose().map_err(|_| Defect::CertificateUse)
}

/// Whether an authority may issue for the signer's name, critical or not (RFC 5280, 4.2.1.10). `false` where that depends on a kind of name that is
/// not compared here.
fn allows(authority: &Certificate, end: &Certificate) -> Result<bool, Defect> {
    let Some(constraints) = extension::<NameConstraints>(authority, NAME_CONSTRAINTS)? else { return Ok(true) };
    let subject = end.parsed.tbs_certificate().subject();
    let permitted = constraints.permitted_subtrees.unwrap_or_default();
    let excluded = constraints.excluded_subtrees.unwrap_or_default();
    let directory = |tree: &GeneralSubtree| match &tree.base {
        GeneralName::DirectoryName(name) => Some(stands_below(subject, name)),
        _ => None,
    };
    let mut inside = permitted.iter().filter_map(directory).peekable();
    let outside = inside.peek().is_some() && !inside.any(|below| below);
    if outside || excluded.iter().filter_map(directory).any(|below| below) {
        return Err(Defect::CertificateUse);
    }
    let others = permitted.iter().chain(&excluded).any(|tree| directory(tree).is_none());
    let further_names = extension::<SubjectAltName>(end, SUBJECT_ALT_NAME)?.is_some_and(|names| !names.0.is_empty());
    Ok(!(others && further_names))
}

/// Whether the parts of `name` begin with those of `base`.
fn stands_below(name: &Name, base: &Name) -> bool {
    let parts = |name: &Name| -> Vec<String> { name.iter_rdn().map(ToString::to_string).collect() };
    parts(name).starts_with(&parts(base))
}
