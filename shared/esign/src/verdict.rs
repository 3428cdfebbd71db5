//! The provider's own opinion of a signed file.

use std::fmt;

use contract::Timestamp;

/// What the provider says of a signed file: one entry for each signature, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub signatures: Vec<SignatureVerdict>,
}

impl Verdict {
    /// The opinion on the whole file: modified where any signature is said to be, unmodified where every one is said not to be.
    #[must_use]
    pub fn integrity(&self) -> Integrity {
        let all = || self.signatures.iter().map(|signature| signature.integrity);
        if all().any(|integrity| integrity == Integrity::Modified) {
            Integrity::Modified
        } else if !self.signatures.is_empty() && all().all(|integrity| integrity == Integrity::Unmodified) {
            Integrity::Unmodified
        } else {
            Integrity::Unsaid
        }
    }
}

/// Whether the file or the signature was changed after signing. The provider gives no other judgement: it has one answer for the
/// digest, the signature and the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Integrity {
    Unmodified,
    Modified,
    /// The answer does not say, or there is no signature to say it of.
    Unsaid,
}

/// What the provider says of one signature. What it does not say is absent.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureVerdict {
    pub integrity: Integrity,
    /// Whom the certificate names. Personal where a person signed: for the page of staff, never for a log.
    pub owner: Option<String>,
    /// The certificate's serial number, in digits as the provider writes it.
    pub serial: Option<String>,
    pub issuer: Option<String>,
    pub signed_at: Option<Timestamp>,
    /// Whether the time comes from a time stamp (RFC 3161) rather than from the signer's clock.
    pub time_stamped: bool,
}

impl fmt::Debug for SignatureVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureVerdict")
            .field("integrity", &self.integrity)
            .field("issuer", &self.issuer)
            .field("signed_at", &self.signed_at)
            .field("time_stamped", &self.time_stamped)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(said: &[Integrity]) -> Verdict {
        let signature = |integrity: &Integrity| SignatureVerdict {
            integrity: *integrity,
            owner: Some("王小明".to_owned()),
            serial: Some("109478".to_owned()),
            issuer: None,
            signed_at: None,
            time_stamped: false,
        };
        Verdict { signatures: said.iter().map(signature).collect() }
    }

    #[test]
    fn one_modified_signature_decides_and_silence_is_no_praise() {
        use Integrity::{Modified, Unmodified, Unsaid};
        assert_eq!(verdict(&[]).integrity(), Unsaid);
        assert_eq!(verdict(&[Unmodified, Unmodified]).integrity(), Unmodified);
        assert_eq!(verdict(&[Unmodified, Unsaid]).integrity(), Unsaid);
        assert_eq!(verdict(&[Unsaid, Modified, Unmodified]).integrity(), Modified);
    }

    #[test]
    fn the_name_is_not_shown() {
        let shown = format!("{:?}", verdict(&[Integrity::Unmodified]));
        assert!(!shown.contains("王小明") && !shown.contains("109478"), "{shown}");
    }
}
