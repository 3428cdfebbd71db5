//! Decides whether a PDF that came back from the provider is the confirmed contract, signed by both parties and changed by nobody.
//!
//! What always holds:
//! 1. A file is judged as a whole: each byte of it is covered by a signature's digest, stands inside a signature's container, or belongs to
//!    validation data behind the last signature.
//! 2. What each revision adds is fields for signatures, one signature, or validation data. Nothing else of the document differs from the draft.
//! 3. Two readers agree on it: a strict one of its own, for which no other library's reading counts, and one that draws the pages.
//! 4. There are three outcomes. The file holds, it is broken, or it cannot be judged here. Nobody can accept a broken one.
//! 5. No input makes it panic, none makes it talk to anybody, and none costs more than one budget of bytes and of time.

#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod appearance;
mod asn1;
mod budget;
mod certificate;
mod changes;
mod container;
mod defect;
mod document;
mod file;
mod keys;
mod pictures;
mod seal;
mod sections;
mod signature;
mod signer;
mod syntax;
mod time_stamp;
mod trust;

use contract::{Sha256, Timestamp};
use sha2::Digest as _;

pub use defect::{Defect, Doubt, Whose};
pub use trust::{Anchors, NotAnchors};

use budget::Budget;
use changes::Change;
use file::Revision;
use signature::{Kind, Limits, Signature};
use signer::Signed;

/// Largest file that is looked at, in bytes. A signed agreement has less than one megabyte.
pub const MAX_BYTES: usize = 50 * 1024 * 1024;
/// Most signatures of parties a file may have.
pub const MAX_SIGNATURES: usize = 8;
/// Most form fields: signatures, and time stamps over the file.
pub(crate) const MAX_FIELDS: usize = 24;

/// What the file has to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// SHA-256 of the draft that was confirmed. Where it is not known, the draft is what stands before the first signature.
    pub draft_sha256: Option<Sha256>,
    /// The confirmed draft itself. Needed only where the provider wrote the draft anew before the first signature: without it, such a file
    /// cannot be judged.
    pub draft: Option<&'a [u8]>,
    /// When the draft was made: no signature is older. Where it is not known here, the date counts that the draft states itself.
    pub created_at: Option<Timestamp>,
    pub party_a: Party<'a>,
    pub party_b: Party<'a>,
    /// The time of the check.
    pub now: Timestamp,
}

/// A party to the contract, as it was recorded.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The verified name. Where it is not known, anybody may sign who is not the other party.
    pub name: Option<&'a str>,
    /// An organisation: its certificate may carry the name as organisation where it has no common name.
    pub enterprise: bool,
    /// The seal that was asked for; where it is not known, a visible seal anywhere will do.
    pub seal: Option<Seal>,
}

/// A seal as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seal {
    /// Page, counted from 1.
    pub page: u32,
    /// The seal's centre in points from the lower left corner of the page, where the signer could not move it.
    pub centre: Option<[f64; 2]>,
    /// Width and height in points, where a size was asked for.
    pub size: Option<[f64; 2]>,
}

/// Which party signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signatory {
    PartyA,
    PartyB,
}

/// What was found in a file in which nothing is broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The signatures of the parties in the order in which they were made.
    pub signatures: Vec<SignatureFacts>,
    /// Whether each signer's certificate was followed to a trust anchor; false where none is configured, or one leads elsewhere.
    pub chain_checked: bool,
    /// The length of the draft that was confirmed, where the file begins with it byte for byte.
    pub draft: Option<usize>,
    /// What cannot be judged here. The file holds where this is empty.
    pub doubts: Vec<Doubt>,
}

impl<'a> Party<'a> {
    /// A party whose seal may stand anywhere.
    #[must_use]
    pub fn named(name: &'a str, enterprise: bool) -> Self {
        Self { name: Some(name), enterprise, seal: None }
    }

    /// A party whose name is not known.
    #[must_use]
    pub fn anybody() -> Self {
        Self { name: None, enterprise: true, seal: None }
    }
}

impl Report {
    /// Whether everything could be judged, so that the file is the signed contract.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.doubts.is_empty()
    }
}

/// One signature of a party.
#[derive(Debug, Clone, PartialEq)]
pub struct SignatureFacts {
    pub party: Signatory,
    /// The signer's name as the certificate has it: the common name, or the organisation where there is none.
    pub signer: String,
    /// Name of the form field.
    pub field: String,
    /// Page of the seal, counted from 1; 0 where the signature is invisible.
    pub page: u32,
    /// The seal's rectangle in points: left, lower, right, upper edge; the origin is the lower left corner.
    pub rectangle: [f64; 4],
    /// When it was made, as the signer states it.
    pub signed_at: Timestamp,
    /// When it was made at the latest, as a verified time stamp proves it.
    pub proven_at: Option<Timestamp>,
    /// Whether nothing at all stands behind what it covers.
    pub covers_whole_file: bool,
    /// SHA-256 of the file as it stood when it was signed, the signature included.
    pub revision: Sha256,
    /// SHA-256 of the signer's certificate (DER).
    pub certificate: Sha256,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// The signature algorithm, such as `RSA with SHA-256`.
    pub algorithm: String,
}

/// Checks a signed PDF.
///
/// # Errors
/// The first [`Defect`] that is found: the file is broken, and nobody can accept it.
pub fn verify(pdf: &[u8], anchors: &Anchors, expected: &Expected<'_>) -> Result<Report, Defect> {
    if pdf.len() > MAX_BYTES {
        return Err(Defect::TooLarge);
    }
    let mut budget = Budget::default();
    let revisions = file::read(pdf, &mut budget)?;
    let draft = find_draft(pdf, &revisions, expected.draft_sha256);
    let (base, draft_end) = draft.map_or((0, None), |(base, end)| (base, Some(end)));
    let signatures = signatures(pdf, &revisions, base, draft.is_some())?;
    let parties = signatures.iter().filter(|signature| signature.kind != Kind::TimeStamp).count();
    if !(2..=MAX_SIGNATURES).contains(&parties) {
        return Err(Defect::SignatureCount(parties));
    }

    let document = &revisions.last().ok_or(Defect::Malformed("it is empty"))?.document;
    let places = seal::places(document, &signatures, &mut budget)?;

    let mut doubts = Vec::new();
    let created = expected.created_at.or_else(|| draft.and_then(|_| stated_creation(revisions.get(base)?)));
    let signed = signer::check(pdf, &signatures, anchors, expected, created, &mut doubts)?;
    check_parties(&signed)?;

    let confirmed = draft_end.and_then(|end| pdf.get(..end)).or(expected.draft);
    let seals = seal::look(pdf, places, &signed, confirmed, draft.is_none(), expected, &mut doubts)?;
    doubts.dedup();

    let facts = signed.into_iter().zip(seals).map(|(signed, place)| SignatureFacts {
        party: signed.party,
        signer: signed.certificate.as_ref().and_then(signer::name).unwrap_or_default(),
        field: signed.signature.name.clone(),
        page: place.page,
        rectangle: place.rectangle,
        signed_at: signed.stated,
        proven_at: signed.proven,
        covers_whole_file: signed.signature.end == pdf.len(),
        revision: Sha256::of(pdf.get(..signed.signature.end).unwrap_or_default()),
        certificate: signed.certificate.as_ref().map_or(Sha256::ZERO, certificate::Certificate::sha256),
        serial: signed.certificate.as_ref().map(certificate::Certificate::serial).unwrap_or_default(),
        algorithm: signed.algorithm.to_owned(),
    });
    let unknown = doubts.iter().any(|doubt| matches!(doubt, Doubt::UnknownAuthority(_)));
    Ok(Report { signatures: facts.collect(), chain_checked: !anchors.is_empty() && !unknown, draft: draft_end, doubts })
}

/// The revision that is the confirmed draft, and where it ends, if the file begins with it.
fn find_draft(pdf: &[u8], revisions: &[Revision<'_>], draft: Option<Sha256>) -> Option<(usize, usize)> {
    let Some(draft) = draft else {
        let signed = |revision: &Revision<'_>| {
            revision.document.fields().is_ok_and(|fields| fields.iter().any(|field| field.value.is_some()))
        };
        let before = revisions.iter().position(signed)?.checked_sub(1)?;
        return Some((before, revisions.get(before)?.mark));
    };
    let mut digest = sha2::Sha256::new();
    let mut hashed = 0;
    for (index, revision) in revisions.iter().enumerate() {
        let mut ends = revision.ends.clone();
        ends.sort_unstable();
        for end in ends {
            digest.update(pdf.get(hashed..end)?);
            hashed = end;
            let found: [u8; 32] = digest.clone().finalize().into();
            if Sha256::from(found) == draft {
                return Some((index, end));
            }
        }
    }
    None
}

/// Follows the revisions behind the draft and answers the signatures that they add, in their order.
fn signatures(pdf: &[u8], revisions: &[Revision<'_>], base: usize, draft: bool) -> Result<Vec<Signature>, Defect> {
    let mut found: Vec<Signature> = Vec::new();
    let mut limits: Vec<Limits> = Vec::new();
    let first = revisions.get(base).ok_or(Defect::Malformed("it is empty"))?;
    let filled: Vec<_> = first.document.fields()?.into_iter().filter(|field| field.value.is_some()).collect();
    // A program that writes the draft anew may sign it in the same act.
    match filled.as_slice() {
        [] => {}
        [field] if !draft => found.push(Signature::read(pdf, first, field)?),
        _ => return Err(Defect::Coverage),
    }
    limits.extend(found.iter().map(|signature| signature.limits.clone()));
    let mut open_end = None;
    for (before, revision) in revisions.iter().zip(revisions.iter().skip(1)).skip(base) {
        let change = changes::check(&before.document, &revision.document)?;
        let signature = change.filled.first().map(|field| Signature::read(pdf, revision, field)).transpose()?;
        let stamp = signature.as_ref().is_some_and(|signature| signature.kind == Kind::TimeStamp);
        if limits.iter().any(|limits| forbids(limits, &change, stamp)) {
            return Err(Defect::Forbidden);
        }
        match signature {
            Some(signature) => {
                if !stamp {
                    open_end = None;
                }
                limits.push(signature.limits.clone());
                found.push(signature);
            }
            None if !change.added.is_empty() => open_end = Some(Defect::AddedAfterSigning),
            None => {}
        }
    }
    match open_end {
        // Empty fields are for signatures that follow.
        Some(defect) if found.len() >= 2 => Err(defect),
        _ => Ok(found),
    }
}

/// Whether an earlier signature forbids what a revision does to the form (ISO 32000-2, 12.8.2.2.2 and 12.8.2.4). Validation data and time stamps
/// over the file are always allowed.
fn forbids(limits: &Limits, change: &Change, stamp: bool) -> bool {
    let touched = !change.added.is_empty() || !change.filled.is_empty();
    let signs = touched && !stamp;
    let locked = change.filled.iter().any(|field| limits.locked.iter().any(|lock| lock.holds(&field.name)));
    match limits.permission {
        Some(1) => signs,
        Some(2) => signs && (!change.added.is_empty() || locked),
        _ => !stamp && locked,
    }
}

/// When the draft says that it was made, less a day: the date may be that of another clock, or lack its time zone.
fn stated_creation(draft: &Revision<'_>) -> Option<Timestamp> {
    let document = &draft.document;
    let information = document.get(&document.trailer, b"Info")?.dictionary()?;
    let stated = signature::date(&document.get(information, b"CreationDate")?.text()?.bytes)?;
    Timestamp::from_second(stated.as_second() - 86_400).ok()
}

/// Both parties have signed.
fn check_parties(signed: &[Signed<'_>]) -> Result<(), Defect> {
    for (party, whose) in [(Signatory::PartyA, Whose::PartyA), (Signatory::PartyB, Whose::PartyB)] {
        if !signed.iter().any(|signed| signed.party == party) {
            return Err(Defect::PartyMissing(whose));
        }
    }
    Ok(())
}
