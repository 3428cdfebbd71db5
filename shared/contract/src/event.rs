//! What happened to a contract. Each change is one event in its history.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Application, Contract, Draft, FileId, HeldDocument, ReviewReason, Sha256, SignatureRecord, Signing, text::Reason,
};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    Customer,
    /// The vendor's staff, or one of the vendor's systems.
    Staff,
    /// e签宝, by what it answers when it is asked.
    Provider,
    /// Countersign itself, by its timers.
    System,
}

impl ActorKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Provider => "provider",
            Self::System => "system",
        }
    }
}

/// Who did it, with the token's `sub` where there is a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<String>,
}

impl Actor {
    pub const PROVIDER: Self = Self { kind: ActorKind::Provider, id: None };
    pub const SYSTEM: Self = Self { kind: ActorKind::System, id: None };
}

/// What made a contract be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    Customer,
    Staff,
    /// The customer's verification moved to another subject.
    SubjectChanged,
    /// A paper contract was registered for the subject.
    PaperContract,
    /// Nobody touched the draft for 30 days.
    Untouched,
}

/// What made a contract be revoked, with the words that were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub kind: CauseKind,
    pub reason: Option<Reason>,
}

/// The provider's answer to whether name, document and mobile belong together (e签宝, telecom3Factors).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityCheck {
    pub verify_id: Option<String>,
    pub passed: bool,
}

/// What staff decide of a contract that is held for review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// Go on to the archive.
    Accept,
    /// Try again what failed.
    Retry,
    /// End the contract. Where its flow is completed, that takes two people.
    Close,
}

impl ReviewDecision {
    /// As it stands in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Retry => "retry",
            Self::Close => "close",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Applied,
    Edited {
        application: Box<Application>,
        draft: Draft,
    },
    Confirmed {
        file: FileId,
    },
    IdentityChecked {
        check: IdentityCheck,
    },
    FlowCreated {
        signing: Signing,
        check: Option<IdentityCheck>,
    },
    StartRequested,
    RevocationRequested {
        cause: Cause,
    },
    Completed {
        /// A revocation had been asked for.
        sign_won: bool,
        /// Whom the provider names as party A's signer.
        signed_by: Option<String>,
    },
    HeldForReview {
        reason: ReviewReason,
        /// Of `document_mismatch`.
        held: Option<HeldDocument>,
    },
    /// The first of two members of staff wants to end the contract.
    CloseRequested {
        by: String,
        held_for: ReviewReason,
        reason: Reason,
    },
    Reviewed {
        decision: ReviewDecision,
        held_for: ReviewReason,
        reason: Reason,
        /// The PDF that was accepted.
        document: Option<Sha256>,
    },
    Signed {
        document: Sha256,
        chain_checked: bool,
        signatures: Vec<SignatureRecord>,
    },
    /// With a cause where it was revoked here before anything reached the signer; without where the flow ended.
    Revoked {
        cause: Option<Cause>,
        /// The provider said so. Otherwise the flow was never started, and is looked at once more.
        flow_ended: bool,
    },
    Declined,
    Expired,
    Closed,
}

impl Event {
    /// Its name in the history.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Edited { .. } => "edited",
            Self::Confirmed { .. } => "confirmed",
            Self::IdentityChecked { .. } => "identity_checked",
            Self::FlowCreated { .. } => "flow_created",
            Self::StartRequested => "start_requested",
            Self::RevocationRequested { .. } => "revocation_requested",
            Self::Completed { .. } => "completed",
            Self::HeldForReview { .. } => "held_for_review",
            Self::CloseRequested { .. } => "close_requested",
            Self::Reviewed { .. } => "reviewed",
            Self::Signed { .. } => "signed",
            Self::Revoked { .. } => "revoked",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Closed => "closed",
        }
    }

    /// What of it names nobody: kept for good, and covered by the hash as it stands.
    #[must_use]
    pub fn facts(&self, after: &Contract) -> Value {
        let draft = |after: &Contract| json!({"revision": after.revision, "draftSha256": after.draft.sha256, "pages": after.draft.pages});
        match self {
            Self::Applied => json!({"number": after.number, "type": after.subject.kind, "language": after.language,
                "revision": after.revision, "draftSha256": after.draft.sha256, "pages": after.draft.pages}),
            Self::Edited { .. } => draft(after),
            Self::Confirmed { file } => json!({"draftSha256": after.draft.sha256, "fileId": file}),
            Self::IdentityChecked { check } => check_facts(check),
            Self::FlowCreated { signing, check } => json!({"flowId": signing.flow, "consent": signing.signer.consent,
                "draftSha256": after.draft.sha256, "identityCheck": check.as_ref().map(check_facts)}),
            Self::RevocationRequested { cause } => json!({"cause": cause.kind}),
            Self::Completed { sign_won, .. } => json!({"signWon": sign_won}),
            Self::HeldForReview { reason, held: None } => json!({"reviewReason": reason}),
            Self::HeldForReview { reason, held: Some(held) } => {
                let findings: Vec<&str> = held.findings.iter().map(|finding| finding.code.as_str()).collect();
                json!({"reviewReason": reason, "documentSha256": held.document, "outcome": held.outcome,
                    "findings": findings, "providerVerdict": held.provider})
            }
            Self::CloseRequested { held_for, .. } => json!({"reviewReason": held_for}),
            Self::Reviewed { decision, held_for, document: None, .. } => {
                json!({"decision": decision, "reviewReason": held_for})
            }
            Self::Reviewed { decision, held_for, document: Some(document), .. } => {
                json!({"decision": decision, "reviewReason": held_for, "documentSha256": document})
            }
            Self::Signed { document, chain_checked, signatures } => {
                json!({"documentSha256": document, "chainChecked": chain_checked, "signatures": signatures})
            }
            Self::Revoked { cause, .. } => json!({"cause": cause.as_ref().map(|cause| cause.kind)}),
            Self::StartRequested | Self::Declined | Self::Expired | Self::Closed => json!({}),
        }
    }

    /// What of it names somebody: covered by a salted hash only, so that it can be erased and the history still verifies.
    #[must_use]
    pub fn personal(&self, after: &Contract) -> Value {
        match self {
            Self::Applied | Self::Edited { .. } => json!({
                "subject": {"name": after.subject.name, "credentialType": after.subject.credential_type, "credential": after.subject.masked},
                "application": after.application}),
            Self::FlowCreated { signing, .. } => {
                json!({"signer": {"name": signing.signer.name, "idType": signing.signer.id_type,
                "idNumber": signing.signer.id_masked, "mobile": signing.signer.mobile_masked}})
            }
            Self::RevocationRequested { cause } | Self::Revoked { cause: Some(cause), .. } => {
                json!({"reason": cause.reason})
            }
            Self::Completed { signed_by, .. } => json!({"signedBy": signed_by}),
            // Who it was is recorded with each event.
            Self::CloseRequested { reason, .. } | Self::Reviewed { reason, .. } => json!({"reason": reason}),
            _ => json!({}),
        }
    }
}

fn check_facts(check: &IdentityCheck) -> Value {
    json!({"verifyId": check.verify_id, "passed": check.passed})
}
