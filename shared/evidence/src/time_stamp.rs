//! RFC 3161 time stamps: a third party's word that something existed at a time.

use contract::Timestamp;
use der::asn1::ObjectIdentifier;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::asn1;
use crate::container::{self, Content};
use crate::defect::{Defect, Doubt};
use crate::keys::Hash;
use crate::trust::{Anchors, Purpose};

/// id-ct-TSTInfo (RFC 3161, 2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const GENERALIZED_TIME: u8 = 0x18;

pub(crate) struct TimeStamp {
    pub(crate) time: Timestamp,
    pub(crate) doubt: Option<Doubt>,
}

/// Checks a token over `stamped`: what it is made over, who made it, and that they may.
pub(crate) fn check(token: &[u8], stamped: &[&[u8]], anchors: &Anchors) -> Result<TimeStamp, Defect> {
    let wrong = Defect::TimeStamp;
    let container = container::check(token, &Content::Inside(TST_INFO), true).map_err(|defect| match defect {
        Defect::Container(reason) => wrong(reason),
        Defect::Digest | Defect::SignatureValue => wrong("its signature does not hold"),
        defect => defect,
    })?;
    let content = container.content.unwrap_or_default();
    let (info, rest) = asn1::read(&content)?;
    let [version, _policy, imprint, _serial, time, ..] = info.sequence()? else {
        return Err(wrong("it cannot be read"));
    };
    let [algorithm, digest] = imprint.sequence()? else { return Err(wrong("it cannot be read")) };
    if !rest.is_empty() || version.decode::<u8>()? != 1 || time.tag != GENERALIZED_TIME {
        return Err(wrong("it cannot be read"));
    }
    let hash = Hash::of(&algorithm.decode::<AlgorithmIdentifierOwned>()?)?;
    if *digest.octets()? != *hash.digest(stamped) {
        return Err(wrong("it was made over something else"));
    }
    let time = generalized(time.raw.get(2..).unwrap_or_default()).ok_or(wrong("it cannot be read"))?;
    let doubt = anchors.check(&container.certificate, &container.others, time, Purpose::TimeStamp)?;
    Ok(TimeStamp { time, doubt })
}

/// A time to the second, or to a part of it (RFC 3161, 2.4.2).
fn generalized(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (seconds, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = seconds.len() == 14 && digits(seconds) && digits(part);
    plain.then(|| Timestamp::strptime("%Y%m%d%H%M%S%z", format!("{seconds}+0000")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_second() {
        let expected: Option<Timestamp> = "2026-11-30T22:49:30Z".parse().ok();
        for text in ["20261130224930Z", "20261130224930.25Z"] {
            assert_eq!(generalized(text.as_bytes()), expected, "{text}");
        }
        for text in ["20261130224930", "202611302249Z", "20261130224930.Z", "2026113022493xZ", ""] {
            assert_eq!(generalized(text.as_bytes()), None, "{text}");
        }
    }
}
