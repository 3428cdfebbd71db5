//! A contract, as staff see it.

use contract::{Contract, Finding, HeldDocument, Language, Outcome, ProviderVerdict, ReviewDecision};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ContractView, HistoryItem};
use crate::schema;

/// One contract, as staff see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffContractView {
    #[serde(flatten)]
    pub contract: ContractView,
    #[schema(value_type = schema::CustomerId)]
    pub customer_id: String,
    /// The provider's signing flow.
    #[schema(required = true)]
    pub flow_id: Option<String>,
    /// What is known of the PDF that a contract is held for, where that is `document_mismatch`.
    #[schema(required = true)]
    pub held: Option<HeldView>,
    /// The `sub` of the member of staff who asked to close the contract; another one has to agree.
    #[schema(required = true)]
    pub close_requested_by: Option<String>,
    /// What can be decided of a contract that is held; empty where it is not.
    #[schema(value_type = Vec<schema::ReviewDecision>)]
    pub decisions: Vec<&'static str>,
    /// Only where one contract is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<HistoryItem>>,
}

/// The PDF that came back from the provider and is not archived.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldView {
    #[schema(value_type = schema::HeldOutcome)]
    pub outcome: &'static str,
    pub findings: Vec<FindingView>,
    #[schema(value_type = schema::Sha256)]
    pub document_sha256: String,
    /// What the provider says of its own copy; null where it could not be asked.
    #[schema(required = true, value_type = Option<schema::ProviderVerdict>)]
    pub provider_verdict: Option<&'static str>,
}

/// One thing that was found in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// Stable, as in the history.
    pub code: String,
    /// In the language that was asked for.
    pub text: String,
}

impl StaffContractView {
    #[must_use]
    pub fn of(contract: &Contract, language: Language, events: Option<Vec<HistoryItem>>) -> Self {
        Self {
            contract: ContractView::of(contract),
            customer_id: contract.customer.to_string(),
            flow_id: contract.state.signing().map(|signing| signing.flow.to_string()),
            held: contract.held.as_ref().map(|held| HeldView::of(held, language)),
            close_requested_by: contract.close_requested.as_ref().map(|request| request.by.clone()),
            decisions: contract.decisions().into_iter().map(ReviewDecision::as_str).collect(),
            events,
        }
    }
}

impl HeldView {
    fn of(held: &HeldDocument, language: Language) -> Self {
        let finding = |found: &Finding| FindingView { code: found.code.clone(), text: found.text(language).to_owned() };
        Self {
            outcome: Outcome::as_str(held.outcome),
            findings: held.findings.iter().map(finding).collect(),
            document_sha256: held.document.to_string(),
            provider_verdict: held.provider.map(ProviderVerdict::as_str),
        }
    }
}
