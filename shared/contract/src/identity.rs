//! Who a customer is, as the vendor's real-name system says: the legal subject, and what of it may be kept in which form.

use serde::{Deserialize, Serialize};

use crate::{CredentialType, CustomerId, Timestamp, text::Name};

/// The signing type follows it (rule Z7); nobody chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    Personal,
    Enterprise,
}

impl SubjectType {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Enterprise => "enterprise",
        }
    }

    /// Width and height of the seal that such a subject is asked for, in PDF points: a company's round one of 42 mm, a person's square
    /// one of 20 mm. The provider is asked for it, and the signed document is held to it.
    #[must_use]
    pub fn seal_size(self) -> [u16; 2] {
        match self {
            Self::Personal => [57, 57],
            Self::Enterprise => [119, 119],
        }
    }

    /// Whether a subject of this type is named by a document of that kind.
    #[must_use]
    pub fn takes(self, credential: CredentialType) -> bool {
        (credential == CredentialType::Uscc) == (self == Self::Enterprise)
    }
}

/// Text that is encrypted; only the room that holds the key can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed")
    }
}

/// Names a legal subject without telling its document: a keyed hash of the credential's kind and number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectKey(pub String);

/// A legal subject (客户主体): the company or person that a contract binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    #[serde(rename = "type")]
    pub kind: SubjectType,
    pub name: Name,
    pub credential_type: CredentialType,
    /// The number with all but its ends covered: what people are shown.
    pub masked: String,
    /// The number itself.
    pub credential: Sealed,
    pub key: SubjectKey,
}

impl Subject {
    /// Whether both are the same subject under the same name. Another name or type under the same document is a change.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.key == other.key && self.kind == other.kind && self.name == other.name
    }
}

/// A customer's verified identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    pub customer: CustomerId,
    /// None where the verification was taken back; the version goes on counting, so that no stale write slips in.
    pub subject: Option<Subject>,
    /// When the real-name system verified it.
    pub verified_at: Timestamp,
    /// Counts changes, from 1.
    pub version: u64,
}
