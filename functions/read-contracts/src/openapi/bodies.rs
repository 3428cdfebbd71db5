//! The bodies that functions read field by field, declared for the description only. A field that is not here is refused.

use serde::Serialize;
use utoipa::ToSchema;
use web::schema;

/// 甲方信息.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyA {
    #[schema(value_type = schema::PostalAddress)]
    pub address: &'static str,
    #[schema(value_type = schema::Name)]
    pub contact_name: &'static str,
    #[schema(value_type = schema::Phone)]
    pub phone: &'static str,
    #[schema(value_type = schema::Email)]
    pub email: &'static str,
}

/// 发票信息. For `special`, the last four are required.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invoice {
    /// The verified subject's name.
    #[schema(value_type = schema::Name)]
    pub title: &'static str,
    #[schema(value_type = schema::CreditCode)]
    pub tax_number: &'static str,
    #[serde(rename = "type")]
    #[schema(value_type = schema::InvoiceType)]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::PostalAddress>)]
    pub registered_address: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Phone>)]
    pub registered_phone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Name>)]
    pub bank: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::AccountNumber>)]
    pub bank_account: Option<&'static str>,
}

/// Step 1: party A's information.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Application {
    pub party_a: PartyA,
    /// Receives monthly bills and other important notices.
    #[schema(value_type = schema::Email)]
    pub billing_email: &'static str,
    /// Required of an enterprise, refused of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Invoice>,
}

/// Back to step 1: the same, with the revision that was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedApplication {
    pub party_a: PartyA,
    /// Receives monthly bills and other important notices.
    #[schema(value_type = schema::Email)]
    pub billing_email: &'static str,
    /// Required of an enterprise, refused of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Invoice>,
    /// The contract's `revision` as it was read.
    pub revision: u32,
}

/// Step 2: the draft that was shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    #[schema(value_type = schema::Sha256)]
    pub draft_sha256: &'static str,
}

/// Step 3, by the subject's type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Signer {
    Enterprise(EnterpriseSigner),
    Personal(PersonalSigner),
}

/// 经办人, who signs for an enterprise.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnterpriseSigner {
    #[schema(value_type = schema::Name)]
    pub name: &'static str,
    /// `id_card` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::PersonalCredentialType>)]
    pub id_type: Option<&'static str>,
    #[schema(value_type = schema::CredentialNumber)]
    pub id_number: &'static str,
    #[schema(value_type = schema::Mobile)]
    pub mobile: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// A person signs for himself; name and document come from the verified identity.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalSigner {
    #[schema(value_type = schema::Mobile)]
    pub mobile: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// That identity data may be passed to the provider. It is recorded.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Of the text that was agreed to.
    #[schema(min_length = 1, max_length = 40)]
    pub version: &'static str,
}

/// Nothing is asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Why, if the customer says so.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalReason {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Reason>)]
    pub reason: Option<&'static str>,
}

/// Why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeededReason {
    #[schema(value_type = schema::Reason)]
    pub reason: &'static str,
}

/// A question to the business contact.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enquiry {
    #[schema(value_type = schema::EnquiryTopic)]
    pub topic: &'static str,
    #[schema(value_type = schema::Message)]
    pub message: &'static str,
}

/// Who a customer was verified as.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    #[serde(rename = "type")]
    #[schema(value_type = schema::SubjectType)]
    pub kind: &'static str,
    #[schema(value_type = schema::Name)]
    pub name: &'static str,
    /// `uscc` for an enterprise, one of the others for a person.
    #[schema(value_type = schema::CredentialType)]
    pub credential_type: &'static str,
    #[schema(value_type = schema::CredentialNumber)]
    pub credential_number: &'static str,
    #[schema(value_type = schema::Time)]
    pub verified_at: &'static str,
}

/// A legal subject, with its document in the clear.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subject {
    #[serde(rename = "type")]
    #[schema(value_type = schema::SubjectType)]
    pub kind: &'static str,
    #[schema(value_type = schema::Name)]
    pub name: &'static str,
    /// `uscc` for an enterprise, one of the others for a person.
    #[schema(value_type = schema::CredentialType)]
    pub credential_type: &'static str,
    #[schema(value_type = schema::CredentialNumber)]
    pub credential_number: &'static str,
}

/// A contract that was signed on paper.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaperContract {
    pub subject: Subject,
    /// The vendor's own number of it.
    #[schema(value_type = schema::Name)]
    pub reference: &'static str,
    /// Not in the future, by the day in China.
    #[schema(value_type = schema::Date)]
    pub signed_on: &'static str,
}

/// What staff look for. All that is given must hold.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Search {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ContractState>)]
    pub state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ContractNumber>)]
    pub number: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::CustomerId>)]
    pub customer_id: Option<&'static str>,
    /// Of any kind of document that it fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::CredentialNumber>)]
    pub credential_number: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_review: Option<bool>,
    /// The `cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<&'static str>,
}

/// What staff decide of a contract that is held for review.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    #[schema(value_type = schema::ReviewDecision)]
    pub decision: &'static str,
    #[schema(value_type = schema::Reason)]
    pub reason: &'static str,
}

/// The provider's callback (e签宝 Open API V3). Of it, only the action and the flow are read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    /// Such as `SIGN_FLOW_COMPLETE`.
    pub action: &'static str,
    pub sign_flow_id: &'static str,
}

/// What the provider wants to read.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallbackTaken {
    pub code: &'static str,
    pub msg: &'static str,
}
