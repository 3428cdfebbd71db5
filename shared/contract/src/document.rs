//! What was found in a PDF that came back from the provider as the signed contract.

use serde::{Deserialize, Serialize};

use crate::{Language, Sha256, Timestamp};

/// What the verifier said of a PDF that is not archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It does not hold: nobody can accept it.
    Broken,
    /// Nothing is broken, but something cannot be judged here: staff may accept it.
    Unjudged,
}

impl Outcome {
    /// As it stands in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Unjudged => "unjudged",
        }
    }
}

/// One thing that the verifier found, in its own words, without personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable, as it stands in the history.
    pub code: String,
    pub zh_cn: String,
    pub en: String,
}

impl Finding {
    /// The sentence in this language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        language.pick(&self.zh_cn, &self.en)
    }
}

/// Whether the provider says that its own copy of the PDF was changed after signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderVerdict {
    Unmodified,
    Modified,
    /// It was asked, and its answer does not say.
    Unsaid,
}

impl ProviderVerdict {
    /// As it stands in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unmodified => "unmodified",
            Self::Modified => "modified",
            Self::Unsaid => "unsaid",
        }
    }
}

/// The PDF that a contract is held for: it is kept under its SHA-256, and this is what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldDocument {
    pub document: Sha256,
    pub outcome: Outcome,
    pub findings: Vec<Finding>,
    /// None where the provider could not be asked.
    pub provider: Option<ProviderVerdict>,
}

/// Which party a signature is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningParty {
    PartyA,
    PartyB,
}

/// One signature of an archived PDF, without a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignatureRecord {
    pub party: SigningParty,
    pub certificate_sha256: Sha256,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// Page of the seal, from 1; 0 where it is invisible.
    pub page: u32,
    /// Left, lower, right and upper edge of the seal, in points from the page's lower left corner.
    pub rectangle: [f64; 4],
    /// As the signer states it.
    pub signed_at: Timestamp,
    /// As a verified time stamp proves it.
    pub proven_at: Option<Timestamp>,
}
