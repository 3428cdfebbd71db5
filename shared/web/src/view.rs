//! A contract and what belongs to it, as the API shows them: documents and mobile numbers masked, nothing of the store's own.

use contract::{Action, Contract, Entry, ReviewReason, State, Subject, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// How long a link to the signing page is told to work, in seconds. The provider's own works longer (e签宝 Open API V3, sign-url); a
/// fresh one costs nothing.
const SIGNING_LINK_SECONDS: i64 = 3600;

/// 客户主体.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectView {
    /// `personal` or `enterprise`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: String,
    /// `uscc`, `id_card`, `hk_macao_permit`, `taiwan_permit` or `passport`.
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
    pub tax_number: String,
    /// `general` or `special`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub registered_address: Option<String>,
    pub registered_phone: Option<String>,
    pub bank: Option<String>,
    pub bank_account: Option<String>,
}

/// The draft that is previewed, confirmed and signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftView {
    pub sha256: String,
    pub pages: u32,
}

/// Who signs for party A.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignerView {
    pub name: String,
    pub id_type: &'static str,
    /// Masked.
    pub id_number: String,
    /// Masked.
    pub mobile: String,
}

/// A signed document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocumentView {
    pub sha256: String,
}

/// One contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractView {
    pub id: String,
    pub number: String,
    /// `draft`, `confirmed`, `signing`, `revoking`, `completing`, `signed`, `revoked`, `declined`, `expired` or `closed`.
    pub state: &'static str,
    /// Counts the versions of party A's information, from 1.
    pub revision: u32,
    /// `zh-CN` or `en`.
    pub language: &'static str,
    pub subject: SubjectView,
    pub party_a: PartyAView,
    pub billing_email: String,
    pub invoice: Option<InvoiceView>,
    pub draft: DraftView,
    pub signer: Option<SignerView>,
    pub needs_review: bool,
    pub review_reason: Option<&'static str>,
    pub created_at: String,
    pub updated_at: String,
    pub signed_at: Option<String>,
    pub document: Option<DocumentView>,
    /// Of `edit`, `confirm`, `submitSigner`, `openSigning`, `revoke` and `download`.
    pub allowed: Vec<&'static str>,
}

impl ContractView {
    #[must_use]
    pub fn of(contract: &Contract) -> Self {
        let application = &contract.application;
        let text = |value: &str| value.to_owned();
        let signed = if let State::Signed { document, signed_at, .. } = &contract.state {
            Some((document, signed_at))
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
            signed_at: signed.map(|(_, at)| at.to_string()),
            document: signed.map(|(document, _)| DocumentView { sha256: document.to_string() }),
            allowed: contract.allowed().into_iter().map(Action::as_str).collect(),
        }
    }
}

/// One contract, as staff see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffContractView {
    #[serde(flatten)]
    pub contract: ContractView,
    pub customer_id: String,
    /// The provider's signing flow.
    pub flow_id: Option<String>,
    /// Only where one contract is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<HistoryItem>>,
}

impl StaffContractView {
    #[must_use]
    pub fn of(contract: &Contract, events: Option<Vec<HistoryItem>>) -> Self {
        Self {
            contract: ContractView::of(contract),
            customer_id: contract.customer.to_string(),
            flow_id: contract.state.signing().map(|signing| signing.flow.to_string()),
            events,
        }
    }
}

/// A link to a document.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    pub url: String,
    pub sha256: String,
    /// Of the draft only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    pub expires_at: String,
}

/// A link to the provider's signing page.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningLink {
    pub url: String,
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
    pub cursor: Option<String>,
}

/// One entry of a contract's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryItem {
    pub seq: u64,
    pub at: String,
    pub kind: String,
    /// `customer`, `staff`, `provider` or `system`; for staff also who, where staff ask.
    pub actor: String,
    #[schema(value_type = Object)]
    pub detail: Value,
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
        for name in ["reason", "signer"].into_iter().chain(named.then_some("by")) {
            if let Some(value) = personal.get(name).filter(|value| !value.is_null()) {
                fields.insert(name.to_owned(), value.clone());
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
