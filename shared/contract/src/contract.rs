//! A contract as it stands. What a state needs, that state carries: there is no signing without a flow, no `signed` without a
//! document.

use serde::{Deserialize, Serialize};

use crate::{
    Application, ContractId, ContractNumber, CustomerId, FileId, FlowId, HeldDocument, Outcome, ReviewDecision, Sha256,
    Signer, Subject, Timestamp,
};

/// The language of texts, and whether the agreement carries a translation. Fixed at step 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    #[serde(rename = "en")]
    En,
}

impl Language {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The text in this language.
    #[must_use]
    pub fn pick<'a>(self, zh_cn: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::ZhCn => zh_cn,
            Self::En => en,
        }
    }
}

/// Where a seal goes: PDF points from the page's lower left corner, the centre of the field.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SealSpot {
    /// From 1.
    pub page: u32,
    pub x: f64,
    pub y: f64,
}

/// The PDF that is previewed, confirmed and signed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub sha256: Sha256,
    pub pages: u32,
    pub seal_a: SealSpot,
    pub seal_b: SealSpot,
}

/// A contract from `signing` on: its flow at the provider and its signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signing {
    pub flow: FlowId,
    pub signer: Signer,
    /// When a start of the flow was last about to be asked for; a start may be in flight for a while after it.
    pub start_requested_at: Timestamp,
    /// When the contract began to wait for what it waits for now.
    pub waiting_since: Timestamp,
    /// Whether the provider has said that the flow has ended, so that nothing more can come of it.
    pub flow_ended: bool,
}

/// Where a contract stands in its life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Draft,
    Confirmed {
        file: FileId,
    },
    Signing {
        signing: Signing,
    },
    Revoking {
        signing: Signing,
    },
    Completing {
        signing: Signing,
        /// Signing won over a revocation: the customer was told.
        sign_won: bool,
        /// What staff accepted on review, which then does not hold the contract again. The signer is judged before the
        /// document: where the document was accepted, the signer fits or was accepted too.
        accepted: Option<ReviewReason>,
        /// The PDF that staff accepted: these very bytes are archived, and no others.
        #[serde(default)]
        accepted_document: Option<Sha256>,
    },
    Signed {
        signing: Signing,
        document: Sha256,
        signed_at: Timestamp,
        /// Whether each signer's certificate was followed to an authority that is trusted here. A contract that was stored before this was
        /// kept does not say; it counts as not checked, for to claim a check that nobody made is the worse mistake. Its history says
        /// what was done.
        #[serde(default)]
        chain_checked: bool,
    },
    Revoked {
        /// None where nothing had reached the provider.
        signing: Option<Signing>,
    },
    Declined {
        signing: Signing,
    },
    Expired {
        signing: Signing,
    },
    Closed {
        signing: Signing,
    },
}

/// The name of a state, as it stands in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    Draft,
    Confirmed,
    Signing,
    Revoking,
    Completing,
    Signed,
    Revoked,
    Declined,
    Expired,
    Closed,
}

impl StateName {
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Confirmed,
        Self::Signing,
        Self::Revoking,
        Self::Completing,
        Self::Signed,
        Self::Revoked,
        Self::Declined,
        Self::Expired,
        Self::Closed,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Confirmed => "confirmed",
            Self::Signing => "signing",
            Self::Revoking => "revoking",
            Self::Completing => "completing",
            Self::Signed => "signed",
            Self::Revoked => "revoked",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Closed => "closed",
        }
    }
}

impl State {
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::Confirmed { .. } => StateName::Confirmed,
            Self::Signing { .. } => StateName::Signing,
            Self::Revoking { .. } => StateName::Revoking,
            Self::Completing { .. } => StateName::Completing,
            Self::Signed { .. } => StateName::Signed,
            Self::Revoked { .. } => StateName::Revoked,
            Self::Declined { .. } => StateName::Declined,
            Self::Expired { .. } => StateName::Expired,
            Self::Closed { .. } => StateName::Closed,
        }
    }

    /// The flow and signer, once there are any.
    #[must_use]
    pub fn signing(&self) -> Option<&Signing> {
        match self {
            Self::Draft | Self::Confirmed { .. } => None,
            Self::Revoked { signing } => signing.as_ref(),
            Self::Signing { signing }
            | Self::Revoking { signing }
            | Self::Completing { signing, .. }
            | Self::Signed { signing, .. }
            | Self::Declined { signing }
            | Self::Expired { signing }
            | Self::Closed { signing } => Some(signing),
        }
    }

    pub(crate) fn signing_mut(&mut self) -> Option<&mut Signing> {
        match self {
            Self::Draft | Self::Confirmed { .. } => None,
            Self::Revoked { signing } => signing.as_mut(),
            Self::Signing { signing }
            | Self::Revoking { signing }
            | Self::Completing { signing, .. }
            | Self::Signed { signing, .. }
            | Self::Declined { signing }
            | Self::Expired { signing }
            | Self::Closed { signing } => Some(signing),
        }
    }

    /// `signed`, `revoked`, `declined`, `expired` and `closed` never change.
    #[must_use]
    pub fn ended(&self) -> bool {
        matches!(
            self,
            Self::Signed { .. }
                | Self::Revoked { .. }
                | Self::Declined { .. }
                | Self::Expired { .. }
                | Self::Closed { .. }
        )
    }
}

/// Why a contract is held for staff to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// The signer is not the recorded subject.
    SignerMismatch,
    /// A signature or the previewed revision does not hold.
    DocumentMismatch,
    /// The provider will not start the flow (no quota, expired).
    StartRefused,
    /// The provider does not know the flow, or contradicts what it said of it.
    FlowUnknown,
    /// The provider completed a flow whose contract had ended here.
    CompletedAfterEnd,
}

impl ReviewReason {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignerMismatch => "signer_mismatch",
            Self::DocumentMismatch => "document_mismatch",
            Self::StartRefused => "start_refused",
            Self::FlowUnknown => "flow_unknown",
            Self::CompletedAfterEnd => "completed_after_end",
        }
    }
}

/// The first of the two members of staff whom it takes to close a contract whose flow is completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseRequest {
    /// The token's `sub`.
    pub by: String,
    pub at: Timestamp,
}

/// What the customer can do with a contract now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    Edit,
    Confirm,
    SubmitSigner,
    OpenSigning,
    Revoke,
    Download,
}

impl Action {
    /// As it stands in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Confirm => "confirm",
            Self::SubmitSigner => "submitSigner",
            Self::OpenSigning => "openSigning",
            Self::Revoke => "revoke",
            Self::Download => "download",
        }
    }
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    pub id: ContractId,
    pub number: ContractNumber,
    pub language: Language,
    pub customer: CustomerId,
    pub subject: Subject,
    pub application: Application,
    pub draft: Draft,
    /// Counts the versions of party A's information, from 1.
    pub revision: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The number of the last event; a write is conditional on it.
    pub version: u64,
    /// The hash of the last event.
    pub last_hash: Sha256,
    pub review: Option<ReviewReason>,
    /// What is held, where `review` is `document_mismatch`. A contract that was held before this was kept has none: a retry finds out.
    #[serde(default)]
    pub held: Option<HeldDocument>,
    /// Somebody of staff asked to close it, and a second person has to agree.
    #[serde(default)]
    pub close_requested: Option<CloseRequest>,
    /// Staff know that the flow was completed after the contract's end: that does not hold the contract again.
    #[serde(default)]
    pub end_reviewed: bool,
    #[serde(flatten)]
    pub state: State,
}

impl Contract {
    /// Nothing waits for staff any more.
    pub(crate) fn release(&mut self) {
        self.review = None;
        self.held = None;
        self.close_requested = None;
    }

    /// What staff can decide of a contract that is held; whether one of them alone, [`crate::decide`] says.
    #[must_use]
    pub fn decisions(&self) -> Vec<ReviewDecision> {
        let accept = match (&self.state, self.review) {
            (State::Completing { .. }, Some(ReviewReason::DocumentMismatch)) => {
                self.held.as_ref().is_some_and(|held| held.outcome == Outcome::Unjudged)
            }
            (State::Completing { .. }, Some(_)) => true,
            // Without a completed flow there is no document to go on with.
            _ => false,
        };
        let all = [ReviewDecision::Accept, ReviewDecision::Retry, ReviewDecision::Close];
        let open = all.into_iter().filter(|decision| accept || *decision != ReviewDecision::Accept);
        if self.review.is_some() { open.collect() } else { vec![] }
    }

    /// What the customer can do now.
    #[must_use]
    pub fn allowed(&self) -> Vec<Action> {
        match &self.state {
            State::Draft => vec![Action::Edit, Action::Confirm, Action::Revoke],
            State::Confirmed { .. } => vec![Action::Edit, Action::SubmitSigner, Action::Revoke],
            State::Signing { .. } if self.review.is_none() => vec![Action::OpenSigning, Action::Revoke],
            State::Signing { .. } => vec![Action::Revoke],
            State::Signed { .. } => vec![Action::Download],
            State::Revoking { .. } | State::Completing { .. } => vec![],
            State::Revoked { .. } | State::Declined { .. } | State::Expired { .. } | State::Closed { .. } => vec![],
        }
    }
}
