//! Who signs for party A, as step 3 records it: enough to show, to send the signer back to the page, and to tell the same signer
//! from another; the document's number itself is not kept.

use serde::{Deserialize, Serialize};

use crate::{CredentialType, Sealed, text::Name};

/// A keyed hash of the signer's name, document and mobile.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// 经办人, or the person themself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signer {
    pub name: Name,
    pub id_type: CredentialType,
    /// The document's number with all but its ends covered.
    pub id_masked: String,
    pub mobile_masked: String,
    /// Kept, encrypted: a fresh link asks for it (e签宝 Open API V3, sign-url).
    pub mobile: Sealed,
    pub fingerprint: Fingerprint,
    /// The version of the text by which the signer agreed that identity data goes to the provider.
    pub consent: Option<String>,
}
