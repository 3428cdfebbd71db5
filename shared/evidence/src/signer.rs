//! Who signed, when, and whether they may.

use contract::Timestamp;

use crate::certificate::Certificate;
use crate::container::{self, Content};
use crate::defect::{Defect, Doubt, Whose};
use crate::signature::{Kind, Signature};
use crate::time_stamp;
use crate::trust::{Anchors, Purpose};
use crate::{Expected, Party, Signatory};

/// How far two clocks may differ.
const SKEW_SECONDS: i64 = 300;

/// A signature of a party that holds, as far as it can be judged.
pub(crate) struct Signed<'s> {
    pub(crate) signature: &'s Signature,
    pub(crate) party: Signatory,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) stated: Timestamp,
    pub(crate) proven: Option<Timestamp>,
    pub(crate) algorithm: &'static str,
}

impl Signatory {
    pub(crate) fn whose(self) -> Whose {
        match self {
            Self::PartyA => Whose::PartyA,
            Self::PartyB => Whose::PartyB,
        }
    }
}

/// Checks every signature's container, certificate and times.
pub(crate) fn check<'s>(
    pdf: &[u8],
    signatures: &'s [Signature],
    anchors: &Anchors,
    expected: &Expected<'_>,
    created: Option<Timestamp>,
    doubts: &mut Vec<Doubt>,
) -> Result<Vec<Signed<'s>>, Defect> {
    let latest = later(expected.now);
    let possible = |time: Timestamp| {
        if time > latest {
            Err(Defect::Time("it is in the future"))
        } else if created.is_some_and(|created| later(time) < created) {
            Err(Defect::Time("it is before the contract was drawn up"))
        } else {
            Ok(())
        }
    };
    // A time stamp over the file proves that all before it existed.
    let mut stamps: Vec<(usize, Timestamp)> = Vec::new();
    for signature in signatures.iter().filter(|signature| signature.kind == Kind::TimeStamp) {
        let stamp = time_stamp::check(&signature.contents, &covered(pdf, signature)?, anchors)?;
        possible(stamp.time)?;
        doubts.extend(stamp.doubt);
        stamps.push((signature.end, stamp.time));
    }
    let mut signed: Vec<Signed<'_>> = Vec::new();
    for signature in signatures.iter().filter(|signature| signature.kind != Kind::TimeStamp) {
        if let Some(certificate) = container::chinese(&signature.contents) {
            doubts.push(Doubt::Chinese);
            let party = match &certificate {
                Some(certificate) => party(certificate, expected, &signed)?,
                // Which of the two it is shows when the other is known.
                None if signed.iter().any(|other: &Signed<'_>| other.party == Signatory::PartyB) => Signatory::PartyA,
                None => Signatory::PartyB,
            };
            let stated = signature.stated_time.ok_or(Defect::NoTime)?;
            possible(stated)?;
            signed.push(Signed { signature, party, certificate, stated, proven: None, algorithm: "SM2 with SM3" });
            continue;
        }
        let strict = signature.kind == Kind::Cades;
        let container = container::check(&signature.contents, &Content::Detached(covered(pdf, signature)?), strict)?;
        let party = party(&container.certificate, expected, &signed)?;
        let mut proven = stamps.iter().filter(|(end, _)| *end > signature.end).map(|(_, time)| *time).min();
        for token in &container.time_stamps {
            if container::chinese(token).is_some() {
                doubts.push(Doubt::Chinese);
                continue;
            }
            let stamp = time_stamp::check(token, &[&container.value], anchors)?;
            possible(stamp.time)?;
            doubts.extend(stamp.doubt);
            proven = Some(proven.map_or(stamp.time, |proven| proven.min(stamp.time)));
        }
        let stated = container.signing_time.or(signature.stated_time).or(proven).ok_or(Defect::NoTime)?;
        for time in [signature.stated_time, container.signing_time].into_iter().flatten() {
            possible(time)?;
        }
        let purpose = Purpose::Signing(party.whose());
        let follow = |at| anchors.check(&container.certificate, &container.others, at, purpose);
        doubts.extend(follow(proven.unwrap_or(stated))?);
        if unreadable(&container.certificate) {
            doubts.push(Doubt::Name(party.whose()));
        }
        let (from, to) = container.certificate.validity()?;
        // A signer's clock may be wrong, but not by a day.
        let a_day_before = |one: Timestamp, other: Timestamp| other.as_second() - one.as_second() > 86_400;
        let earlier = signed.last().is_some_and(|before| a_day_before(stated, before.stated));
        let late = proven.is_some_and(|proven| a_day_before(proven, stated));
        let contradicts = late || earlier || stated < from || stated > to;
        if contradicts {
            doubts.push(Doubt::Time(party.whose()));
        }
        if container.loose {
            doubts.push(Doubt::Algorithm(party.whose()));
        }
        // Nothing but the signer's word says that it was made while the certificate was valid.
        if proven.is_none() && follow(expected.now).is_err() && expected.now > stated {
            doubts.push(Doubt::Expired(party.whose()));
        }
        signed.push(Signed {
            signature,
            party,
            certificate: Some(container.certificate),
            stated,
            proven,
            algorithm: container.algorithm,
        });
    }
    Ok(signed)
}

/// Whether a certificate names its holder in a way that cannot be read here.
fn unreadable(certificate: &Certificate) -> bool {
    certificate.common_names().iter().any(Option::is_none)
}

fn later(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second().saturating_add(SKEW_SECONDS)).unwrap_or(time)
}

/// The two parts of the file that a signature covers.
fn covered<'p>(pdf: &'p [u8], signature: &Signature) -> Result<[&'p [u8]; 2], Defect> {
    let head = pdf.get(..signature.hole.start).ok_or(Defect::Coverage)?;
    let tail = pdf.get(signature.hole.end..signature.end).ok_or(Defect::Coverage)?;
    Ok([head, tail])
}

/// The name a certificate gives: the common name, or the organisation where there is none.
pub(crate) fn name(certificate: &Certificate) -> Option<String> {
    let names = certificate.common_names();
    let names = if names.is_empty() { certificate.organisations() } else { names };
    names.into_iter().flatten().next()
}

/// The party that a certificate names. The organisation counts for organisations, and only where no common name says otherwise. Where a party's name
/// is not known, `signed` tells who it can be: the vendor's seal comes first.
fn party(certificate: &Certificate, expected: &Expected<'_>, signed: &[Signed<'_>]) -> Result<Signatory, Defect> {
    let (common, organisations) = (certificate.common_names(), certificate.organisations());
    let is = |party: &Party<'_>| {
        let Some(wanted) = party.name.map(str::trim) else { return false };
        // A name that cannot be read may be another's: see `unreadable`.
        let all = |names: &[Option<String>]| names.iter().flatten().all(|found| found == wanted);
        let named = |names: &[Option<String>]| all(names) && names.iter().any(Option::is_some);
        named(&common) || (party.enterprise && all(&common) && named(&organisations))
    };
    let (a, b) = (&expected.party_a, &expected.party_b);
    if is(a) {
        return Ok(Signatory::PartyA);
    } else if is(b) {
        return Ok(Signatory::PartyB);
    }
    let found = name(certificate).ok_or(Defect::Stranger)?;
    let earlier = signed.iter().find(|other| other.certificate.as_ref().and_then(name).as_ref() == Some(&found));
    match (a.name, b.name, earlier) {
        (Some(_), Some(_), _) => Err(Defect::Stranger),
        (Some(_), None, _) => Ok(Signatory::PartyB),
        (None, Some(_), _) => Ok(Signatory::PartyA),
        (None, None, Some(earlier)) => Ok(earlier.party),
        (None, None, None) if signed.is_empty() => Ok(Signatory::PartyB),
        (None, None, None) => Ok(Signatory::PartyA),
    }
}
