//! What is refused, each with the stable code that the API gives it.

use crate::ContractId;

/// A refusal is an answer, not a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The subject has a contract in progress; its id where it is the caller's own.
    #[error("there is already a contract in progress for this subject")]
    ContractOpen { contract: Option<ContractId> },
    /// Signed: nothing can be re-applied, changed or voided by self-service (rule Z5).
    #[error("this subject has signed")]
    ContractSigned,
    #[error("this subject has signed on paper")]
    SignedOnPaper,
    #[error("the account has no verified identity")]
    Unverified,
    /// The contract's state does not allow it.
    #[error("the contract's state does not allow this")]
    WrongState,
    /// Everybody signed, and the archive is being made: as good as signed for whoever wants to change it.
    #[error("the contract is being completed")]
    Completing,
    /// Party A's information was changed since it was read.
    #[error("party A's information has been changed since it was read")]
    StaleRevision,
    /// The draft that was shown is not the contract's draft.
    #[error("the draft has been changed since it was shown")]
    DraftChanged,
    /// The PDF that the contract is held for does not hold: nobody can accept it.
    #[error("the document is broken and cannot be accepted")]
    DocumentBroken,
    /// Closing a contract whose flow is completed takes somebody else than who asked for it.
    #[error("a second member of staff has to close this contract")]
    SecondPersonRequired,
}

impl Refusal {
    /// The stable code in a problem document.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ContractOpen { .. } => "contract_open",
            Self::ContractSigned => "contract_signed",
            Self::SignedOnPaper => "signed_on_paper",
            Self::Unverified => "unverified",
            Self::WrongState | Self::Completing => "wrong_state",
            Self::StaleRevision => "stale_revision",
            Self::DraftChanged => "draft_changed",
            Self::DocumentBroken => "document_broken",
            Self::SecondPersonRequired => "second_person_required",
        }
    }

    /// Whether the answer names the vendor's business contact (rules Z5, Z25).
    #[must_use]
    pub fn names_contact(&self) -> bool {
        matches!(self, Self::ContractSigned | Self::Completing | Self::SignedOnPaper)
    }
}
