//! Legal subjects (客户主体) and what is known of them: whether they can apply, who is verified as them, what they signed on paper.

use contract::Subject;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Contact, schema};

/// 客户主体.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectView {
    #[serde(rename = "type")]
    #[schema(value_type = schema::SubjectType)]
    pub kind: &'static str,
    pub name: String,
    #[schema(value_type = schema::CredentialType)]
    pub credential_type: &'static str,
    /// Masked.
    pub credential: String,
}

impl SubjectView {
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        Self {
            kind: subject.kind.as_str(),
            name: subject.name.as_str().to_owned(),
            credential_type: subject.credential_type.as_str(),
            credential: subject.masked.clone(),
        }
    }
}

/// Whether the caller's subject can apply.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Eligibility {
    pub eligible: bool,
    /// Null where the subject can apply.
    #[schema(required = true, value_type = Option<schema::IneligibleReason>)]
    pub reason: Option<&'static str>,
    /// Null for an account without a verified identity.
    #[schema(required = true)]
    pub subject: Option<SubjectView>,
    /// The contract that holds the subject's slot, where it is the caller's own.
    #[schema(required = true, value_type = Option<schema::Ulid>)]
    pub contract_id: Option<String>,
    /// The vendor's business contact, where the rules name it.
    #[schema(required = true)]
    pub contact: Option<Contact>,
}

/// A customer's verified identity, as staff see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityView {
    #[schema(value_type = schema::CustomerId)]
    pub customer_id: String,
    #[serde(flatten)]
    pub subject: SubjectView,
    #[schema(value_type = schema::Time)]
    pub verified_at: String,
    /// Counts changes, from 1.
    pub version: u64,
    /// The open contract that this change revoked, or is revoking.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Ulid>)]
    pub revoked_contract_id: Option<String>,
}

/// What remains of an identity that was taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenBackIdentity {
    #[schema(value_type = schema::CustomerId)]
    pub customer_id: String,
    /// Counts changes, from 1.
    pub version: u64,
    /// The open contract that this change revoked, or is revoking.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Ulid>)]
    pub revoked_contract_id: Option<String>,
}

/// A paper contract, as staff see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaperView {
    #[schema(value_type = schema::Ulid)]
    pub id: String,
    pub subject: SubjectView,
    /// The vendor's own number of it.
    pub reference: String,
    #[schema(value_type = schema::Date)]
    pub signed_on: String,
    #[schema(value_type = schema::PaperStatus)]
    pub status: &'static str,
    /// Why: `revoking_contract` while it waits, `contract_signed` where it was refused.
    #[schema(required = true)]
    pub reason: Option<&'static str>,
    /// The electronic contract that it waits or waited for.
    #[schema(required = true, value_type = Option<schema::Ulid>)]
    pub contract_id: Option<String>,
    #[schema(value_type = schema::Time)]
    pub created_at: String,
    #[schema(value_type = schema::Time)]
    pub updated_at: String,
}
