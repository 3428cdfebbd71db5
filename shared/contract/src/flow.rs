//! Bringing a contract and its flow to agreement: what to do outside, given how the flow stands at the provider.

use serde::{Deserialize, Serialize};

use crate::{Contract, Signing, State, SubjectType, Timestamp};

/// How long after a start was asked for it may still be in flight. A step gives up long before.
pub const START_GRACE_SECONDS: i64 = 60;

/// How a flow stands, in the contract's terms (e签宝 Open API V3, `signFlowStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// 0.
    NotStarted,
    /// 1.
    Signing,
    /// 2.
    Completed,
    /// 3.
    Revoked,
    /// 7.
    Declined,
    /// 5.
    Expired,
}

/// One signer of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSigner {
    /// Lower signs first: the vendor's own automatic seal before party A.
    pub order: u32,
    pub kind: SubjectType,
    /// The company's name, or the person's.
    pub name: Option<String>,
    pub signed: bool,
}

/// What the provider answers when it is asked for a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowReport {
    pub state: FlowState,
    /// In the order in which they sign.
    pub signers: Vec<FlowSigner>,
}

/// What is to be done outside before anything more can be said of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// Contract and flow agree, for good.
    Nothing,
    /// Somebody else has to act; look again later.
    Wait,
    /// Ask the provider to start the flow, after recording that it is asked for.
    Start,
    /// Ask the provider to revoke the flow.
    Revoke,
    /// Fetch the signed PDF, verify and archive it.
    Archive,
}

/// What is due once `report` has been decided upon and `contract` stands as it does.
#[must_use]
pub fn due(contract: &Contract, flow: FlowState, now: Timestamp) -> Due {
    // An ended contract is looked at once more after its end, however long ago the start was asked for.
    let start_in_flight = |signing: &Signing| {
        let since = signing.start_requested_at.max(contract.updated_at);
        now.duration_since(since).as_secs() < START_GRACE_SECONDS
    };
    match (&contract.state, flow) {
        (State::Draft | State::Confirmed { .. }, _) => Due::Nothing,
        // Staff decide first.
        _ if contract.review.is_some() => Due::Wait,
        (State::Signing { .. }, FlowState::NotStarted) => Due::Start,
        (State::Revoking { .. }, FlowState::Signing) => Due::Revoke,
        (State::Completing { .. }, FlowState::Completed) => Due::Archive,
        (State::Signing { .. } | State::Revoking { .. } | State::Completing { .. }, _) => Due::Wait,
        (
            State::Revoked { .. } | State::Declined { .. } | State::Expired { .. } | State::Closed { .. },
            FlowState::Signing,
        ) => Due::Revoke,
        (State::Revoked { signing: Some(signing) } | State::Closed { signing }, FlowState::NotStarted)
            if start_in_flight(signing) =>
        {
            Due::Wait
        }
        (
            State::Signed { .. }
            | State::Revoked { .. }
            | State::Declined { .. }
            | State::Expired { .. }
            | State::Closed { .. },
            _,
        ) => Due::Nothing,
    }
}

impl FlowReport {
    /// Party A signs last.
    #[must_use]
    pub fn party_a(&self) -> Option<&FlowSigner> {
        self.signers.iter().max_by_key(|signer| signer.order)
    }
}

/// Whether the provider names another signer for party A than the contract's subject.
#[must_use]
pub fn signer_differs(contract: &Contract, report: &FlowReport) -> bool {
    match report.party_a() {
        Some(party_a) => {
            party_a.kind != contract.subject.kind
                || party_a.name.as_deref().map(str::trim) != Some(contract.subject.name.as_str())
        }
        None => true,
    }
}
