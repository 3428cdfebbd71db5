//! A time stamping authority for tests (RFC 3161): tokens over a digest, with the time that the caller says.

use std::time::Duration;

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{GeneralizedTime, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::authority::Signer;
use crate::cms::{enclosing, sha256};

const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// A policy that nobody vouches for; the number is an example's.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.4.1");

/// One who states times: a key and a certificate that is good for nothing else.
#[derive(Debug)]
pub struct TimeAuthority {
    signer: Signer,
}

/// RFC 3161, section 2.4.2, without what is optional.
#[derive(Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial: u64,
    time: GeneralizedTime,
}

#[derive(Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

impl TimeAuthority {
    pub(crate) fn new(signer: Signer) -> TimeAuthority {
        TimeAuthority { signer }
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The DER of a token that says: this SHA-256 was there at this time.
    pub(crate) fn token(&self, digest: &[u8; 32], now: Timestamp) -> Result<Vec<u8>, der::Error> {
        let seconds = u64::try_from(now.as_second()).map_err(|_| der::ErrorKind::DateTime)?;
        let info = TstInfo {
            version: 1,
            policy: POLICY,
            imprint: Imprint { algorithm: sha256(), digest: OctetString::new(digest.as_slice())? },
            // Half of the numbers, so that it never counts as negative or is longer than others take.
            serial: rand::random::<u64>() >> 1,
            time: GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))?,
        };
        enclosing(&self.signer, TST_INFO, &info.to_der()?)
    }

    /// The same, for an attribute.
    pub(crate) fn content(&self, digest: &[u8; 32], now: Timestamp) -> Result<ContentInfo, der::Error> {
        ContentInfo::from_der(&self.token(digest, now)?)
    }
}

/// The time that a token states for these bytes; nothing where it is over others. Whether its signature holds is not looked at.
pub(crate) fn stated(token: &ContentInfo, over: &[u8]) -> Option<Timestamp> {
    let signed: SignedData = token.content.decode_as().ok()?;
    let content: OctetString = signed.encap_content_info.econtent?.decode_as().ok()?;
    let info = TstInfo::from_der(content.as_bytes()).ok()?;
    let fits = info.imprint.digest.as_bytes() == Sha256::digest(over).as_slice();
    let seconds = i64::try_from(info.time.to_unix_duration().as_secs()).ok()?;
    if fits { Timestamp::from_second(seconds).ok() } else { None }
}
