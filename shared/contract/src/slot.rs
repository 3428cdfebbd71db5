//! The slot of a legal subject: the one lock that keeps it to one contract (rules Z2 to Z4, Z26).

use serde::{Deserialize, Serialize};

use crate::{ContractId, CustomerId, Event, PaperId, Refusal};

/// Who holds a subject's slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "slot", rename_all = "snake_case")]
pub enum Slot {
    #[default]
    Free,
    /// An electronic contract that has not ended, and perhaps a paper contract that waits for it to end.
    Open {
        contract: ContractId,
        customer: CustomerId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting: Option<PaperId>,
    },
    /// Signed electronically, for good.
    Signed { contract: ContractId, customer: CustomerId },
    /// Signed on paper, until the paper contract is withdrawn.
    Paper { paper: PaperId },
}

/// What becomes of a paper contract that waited in the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperOutcome {
    /// The electronic contract ended: the paper one stands.
    Recorded(PaperId),
    /// The electronic contract was signed: the paper one is refused.
    Refused(PaperId),
}

impl Slot {
    /// Why a new application is not possible for `customer`'s subject, if it is not.
    #[must_use]
    pub fn refusal(&self, customer: &CustomerId) -> Option<Refusal> {
        match self {
            Self::Free => None,
            Self::Open { contract, customer: holder, .. } => {
                Some(Refusal::ContractOpen { contract: (holder == customer).then_some(*contract) })
            }
            Self::Signed { .. } => Some(Refusal::ContractSigned),
            Self::Paper { .. } => Some(Refusal::SignedOnPaper),
        }
    }

    /// The slot after `event` of the contract that holds it, and what that means for a waiting paper contract. `None` where the
    /// event does not concern the slot, or another contract holds it.
    #[must_use]
    pub fn after(&self, event: &Event, contract: ContractId) -> Option<(Self, Option<PaperOutcome>)> {
        let Self::Open { contract: holder, customer, waiting } = self else { return None };
        if *holder != contract {
            return None;
        }
        match event {
            Event::Signed { .. } => {
                Some((Self::Signed { contract, customer: customer.clone() }, waiting.map(PaperOutcome::Refused)))
            }
            Event::Revoked { .. } | Event::Declined | Event::Expired | Event::Closed => Some(match waiting {
                Some(paper) => (Self::Paper { paper: *paper }, Some(PaperOutcome::Recorded(*paper))),
                None => (Self::Free, None),
            }),
            Event::Applied
            | Event::Edited { .. }
            | Event::Confirmed { .. }
            | Event::IdentityChecked { .. }
            | Event::FlowCreated { .. }
            | Event::StartRequested
            | Event::RevocationRequested { .. }
            | Event::Completed { .. }
            | Event::HeldForReview { .. }
            | Event::CloseRequested { .. }
            | Event::Reviewed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sha256;

    fn open(waiting: Option<PaperId>) -> (ContractId, Slot) {
        let contract = ContractId::new("2026-11-24T00:00:00Z".parse().unwrap(), 1);
        (contract, Slot::Open { contract, customer: CustomerId::new("acme"), waiting })
    }

    #[test]
    fn an_end_frees_the_slot_or_hands_it_to_the_waiting_paper_contract() {
        let paper = PaperId::new("2026-11-24T00:00:00Z".parse().unwrap(), 2);
        for event in [Event::Declined, Event::Expired, Event::Closed, Event::Revoked { cause: None, flow_ended: true }]
        {
            let (contract, slot) = open(None);
            assert_eq!(slot.after(&event, contract), Some((Slot::Free, None)));
            let (contract, slot) = open(Some(paper));
            assert_eq!(
                slot.after(&event, contract),
                Some((Slot::Paper { paper }, Some(PaperOutcome::Recorded(paper))))
            );
        }
    }

    #[test]
    fn a_signature_keeps_the_slot_and_refuses_the_waiting_paper_contract() {
        let paper = PaperId::new("2026-11-24T00:00:00Z".parse().unwrap(), 2);
        let signed = Event::Signed { document: Sha256::ZERO, chain_checked: true, signatures: vec![] };
        let (contract, slot) = open(Some(paper));
        let (after, outcome) = slot.after(&signed, contract).unwrap();
        assert_eq!(outcome, Some(PaperOutcome::Refused(paper)));
        assert_eq!(after.after(&Event::Closed, contract), None, "a signed contract keeps its slot");
        assert_eq!(after.refusal(&CustomerId::new("other")), Some(Refusal::ContractSigned));
    }

    #[test]
    fn only_the_holder_moves_the_slot_and_only_the_owner_sees_the_contract() {
        let (contract, slot) = open(None);
        let other = ContractId::new("2026-11-24T00:00:00Z".parse().unwrap(), 9);
        assert_eq!(slot.after(&Event::Declined, other), None);
        assert_eq!(slot.refusal(&CustomerId::new("acme")), Some(Refusal::ContractOpen { contract: Some(contract) }));
        assert_eq!(slot.refusal(&CustomerId::new("other")), Some(Refusal::ContractOpen { contract: None }));
        assert_eq!(Slot::Free.refusal(&CustomerId::new("acme")), None);
    }
}
