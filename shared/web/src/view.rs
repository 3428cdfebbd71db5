//! A contract and what belongs to it, as the API shows them: documents and mobile numbers masked, nothing of the store's own.

mod enquiry;
mod staff;
mod subject;

use contract::{Action, Contract, Entry, ReviewReason, State, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::schema;

pub use enquiry::EnquiryView;
pub use staff::{FindingView, HeldView, StaffContractView};
pub use subject::{Eligibility, IdentityView, PaperView, SubjectView, TakenBackIdentity};

/// How long a link to the signing page is told to work, in seconds. The provider's own works longer (e签宝 Open API V3, sign-url); a
/// fresh one costs nothing.
const SIGNING_LINK_SECONDS: i64 = 3600;

/// 甲方信息.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartyAView {
    pub address: String,
    pub contact_name: String,
    pub phone: String,
    pub email: String,
}

/// 发票信息.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceView {
    pub title: String,
    #[schema(value_type = schema::CreditCode)]
    pub tax_number: String,
    #[serde(rename = "type")]
    #[schema(value_type = schema::InvoiceType)]
    pub kind: &'static str,
    #[schema(required = true)]
    pub registered_address: Option<String>,
    #[schema(required = true)]
    pub registered_phone: Option<String>,
    #[schema(required = true)]
    pub bank: Option<String>,
    #[schema(required = true)]
    pub bank_account: Option<String>,
}

/// The draft that is previewed, confirmed and signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftView {
    #[schema(value_type = schema::Sha256)]
    pub sha256: String,
    pub pages: u32,
}

/// Who signs for party A.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignerView {
    pub name: String,
    #[schema(value_type = schema::PersonalCredentialType)]
    pub id_type: &'static str,
    /// Masked.
    pub id_number: String,
    /// Masked.
    pub mobile: String,
}

/// A signed document.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    #[schema(value_type = schema::Sha256)]
    pub sha256: String,
    /// Whether each signer's certificate was followed to an authority that is trusted here. False: who issued it was not checked, or
    /// nobody kept whether it was.
    pub chain_checked: bool,
}

/// One contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractView {
    #[schema(value_type = schema::Ulid)]
    pub id: String,
    #[schema(value_type = schema::ContractNumber)]
    pub number: String,
    #[schema(value_type = schema::ContractState)]
    pub state: &'static str,
    /// Counts the versions of party A's information, from 1.
    pub revision: u32,
    #[schema(value_type = schema::Language)]
    pub language: &'static str,
    pub subject: SubjectView,
    pub party_a: PartyAView,
    pub billing_email: String,
    /// Of an enterprise.
    #[schema(required = true)]
    pub invoice: Option<InvoiceView>,
    pub draft: DraftView,
    /// From `signing` on.
    #[schema(required = true)]
    pub signer: Option<SignerView>,
    pub needs_review: bool,
    #[schema(required = true, value_type = Option<schema::ReviewReason>)]
    pub review_reason: Option<&'static str>,
    #[schema(value_type = schema::Time)]
    pub created_at: String,
    #[schema(value_type = schema::Time)]
    pub updated_at: String,
    #[schema(required = true, value_type = Option<schema::Time>)]
    pub signed_at: Option<String>,
    /// Of a signed contract.
    #[schema(required = true)]
    pub document: Option<DocumentView>,
    #[schema(value_type = Vec<schema::AllowedAction>)]
    pub allowed: Vec<&'static str>,
}

impl ContractView {
    #[must_use]
    pub fn of(contract: &Contract) -> Self {
        let application = &contract.application;
        let text = |value: &str| value.to_owned();
        let signed = if let State::Signed { document, signed_at, chain_checked, .. } = &contract.state {
            Some((DocumentView { sha256: document.to_string(), chain_checked: *chain_checked }, signed_at))
        } else {
            None
        };
        Self {
            id: contract.id.to_string(),
            number: contract.number.to_string(),
            state: contract.state.name().as_str(),
            revision: contract.revision,
            language: contract.language.as_str(),
            subject: SubjectView::of(&contract.subject),
            party_a: PartyAView {
                address: text(application.party_a.address.as_str()),
                contact_name: text(application.party_a.contact_name.as_str()),
                phone: text(application.party_a.phone.as_str()),
                email: text(application.party_a.email.as_str()),
            },
            billing_email: text(application.billing_email.as_str()),
            invoice: application.invoice.as_ref().map(|invoice| InvoiceView {
                title: text(invoice.title.as_str()),
                tax_number: invoice.tax_number.clone(),
                kind: invoice.kind.as_str(),
                registered_address: invoice.special.registered_address.as_ref().map(|value| text(value.as_str())),
                registered_phone: invoice.special.registered_phone.as_ref().map(|value| text(value.as_str())),
                bank: invoice.special.bank.as_ref().map(|value| text(value.as_str())),
                bank_account: invoice.special.bank_account.as_ref().map(|value| text(value.as_str())),
            }),
            draft: DraftView { sha256: contract.draft.sha256.to_string(), pages: contract.draft.pages },
            signer: contract.state.signing().map(|signing| SignerView {
                name: text(signing.signer.name.as_str()),
                id_type: signing.signer.id_type.as_str(),
                id_number: signing.signer.id_masked.clone(),
                mobile: signing.signer.mobile_masked.clone(),
            }),
            needs_review: contract.review.is_some(),
            review_reason: contract.review.map(ReviewReason::as_str),
            created_at: contract.created_at.to_string(),
            updated_at: contract.updated_at.to_string(),
            signed_at: signed.as_ref().map(|(_, at)| at.to_string()),
            document: signed.map(|(document, _)| document),
            allowed: contract.allowed().into_iter().map(Action::as_str).collect(),
        }
    }
}

/// A link to a document.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    #[schema(value_type = schema::Link)]
    pub url: String,
    #[schema(value_type = schema::Sha256)]
    pub sha256: String,
    /// Of the draft only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    #[schema(value_type = schema::Time)]
    pub expires_at: String,
}

/// A link to the provider's signing page.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningLink {
    #[schema(value_type = schema::Link)]
    pub url: String,
    #[schema(value_type = schema::Time)]
    pub expires_at: String,
}

impl SigningLink {
    #[must_use]
    pub fn new(url: String, now: Timestamp) -> Self {
        let expires = now.checked_add(jiff::SignedDuration::from_secs(SIGNING_LINK_SECONDS)).unwrap_or(now);
        Self { url, expires_at: expires.to_string() }
    }
}

/// The answer of step 3.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignerAnswer {
    pub contract: ContractView,
    pub signing: SigningLink,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PageView<T> {
    pub items: Vec<T>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    pub cursor: Option<String>,
}

/// One entry of a contract's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryItem {
    /// From 1.
    pub seq: u64,
    #[schema(value_type = schema::Time)]
    pub at: String,
    /// What happened, such as `applied`, `confirmed`, `flow_created`, `completed` or `signed`.
    pub kind: String,
    #[schema(value_type = schema::Actor)]
    pub actor: String,
    /// What the event says beyond its name; for staff also who, whence and with what.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// Covers the entry and the hash of the one before it.
    #[schema(value_type = schema::Sha256)]
    pub hash: String,
}

/// An entry as the API shows it. `named` tells who of staff or customers acted, whence and with what.
#[must_use]
pub fn history_item(entry: &Entry, named: bool) -> HistoryItem {
    let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let personal: Value =
        entry.personal.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut detail = body.get("facts").cloned().unwrap_or_default();
    if let Some(fields) = detail.as_object_mut() {
        let of_staff: &[&str] = if named { &["by", "signedBy"] } else { &[] };
        for name in ["reason", "signer"].iter().chain(of_staff) {
            if let Some(value) = personal.get(*name).filter(|value| !value.is_null()) {
                fields.insert((*name).to_owned(), value.clone());
            }
        }
    }
    HistoryItem {
        seq: entry.seq,
        at: text("at"),
        kind: entry.kind.clone(),
        actor: text("actor"),
        detail,
        hash: entry.hash.to_string(),
    }
}
