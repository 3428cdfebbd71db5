//! Every state × command, decided on purpose.
//!
//! A command gives events, or a refusal. No events and no refusal means: it has been done before, the answer is the contract as
//! it stands. The `may_…` functions are the same guards, asked by a step before it renders a draft or calls the provider, so
//! that nothing costly is done for a command that would be refused.

use crate::{
    Application, Cause, CauseKind, Contract, ContractId, ContractNumber, CustomerId, Draft, Event, FileId, Fingerprint,
    FlowReport, FlowState, HeldDocument, IdentityCheck, Language, Outcome, Refusal, ReviewDecision, ReviewReason,
    START_GRACE_SECONDS, Sha256, SignatureRecord, Signing, State, Subject, Timestamp, UNTOUCHED_DAYS,
    flow::signer_differs, text::Reason,
};

/// What a new contract starts with.
#[derive(Clone, Debug)]
pub struct Opening {
    pub id: ContractId,
    pub number: ContractNumber,
    pub language: Language,
    pub customer: CustomerId,
    pub subject: Subject,
    pub application: Application,
    pub draft: Draft,
}

/// What is asked of a contract.
#[derive(Clone, Debug)]
pub enum Command {
    /// Back to step 1.
    Edit { revision: u32, application: Box<Application>, draft: Draft },
    /// Step 2.
    Confirm { draft: Sha256, file: FileId },
    /// Step 3, where the identity check did not pass.
    RecordCheck { check: IdentityCheck },
    /// Step 3: the flow that was created, unstarted.
    Sign { signing: Signing, check: Option<IdentityCheck> },
    /// Customer, staff, the subject's change, a paper contract or 30 days.
    Revoke { cause: Cause },
    /// Before the provider is asked to start a flow again.
    RequestStart,
    /// How the flow stands at the provider.
    Observe { report: FlowReport },
    /// The signed PDF is verified and archived.
    Archive { document: Sha256, chain_checked: bool, signatures: Vec<SignatureRecord> },
    /// Something is wrong that only staff can judge.
    Hold { reason: ReviewReason },
    /// The PDF that came back is not archived. It is kept, under its SHA-256.
    HoldDocument { held: HeldDocument },
    /// Staff's decision; `by` is the token's `sub`.
    Review { decision: ReviewDecision, reason: Reason, by: String },
}

/// Events to record, none where it was done before; or why not.
pub type Decision = Result<Vec<Event>, Refusal>;

/// The first event of a contract.
#[must_use]
pub fn apply() -> Event {
    Event::Applied
}

/// Decides `command`.
pub fn decide(contract: &Contract, command: &Command, now: Timestamp) -> Decision {
    match command {
        Command::Edit { revision, application, draft } => Ok(match may_edit(contract, *revision, application)? {
            false => vec![],
            true => vec![Event::Edited { application: application.clone(), draft: *draft }],
        }),
        Command::Confirm { draft, file } => {
            Ok(if may_confirm(contract, draft)? { vec![Event::Confirmed { file: file.clone() }] } else { vec![] })
        }
        Command::RecordCheck { check } => Ok(vec![Event::IdentityChecked { check: check.clone() }]),
        Command::Sign { signing, check } => Ok(match may_submit_signer(contract, &signing.signer.fingerprint)? {
            true => vec![Event::FlowCreated { signing: signing.clone(), check: check.clone() }],
            false => vec![],
        }),
        Command::Revoke { cause } => revoke(contract, cause, now),
        Command::RequestStart => match contract.state {
            State::Signing { .. } if contract.review.is_none() => Ok(vec![Event::StartRequested]),
            _ => Err(Refusal::WrongState),
        },
        Command::Observe { report } => Ok(observe(contract, report, now)),
        Command::Archive { document, chain_checked, signatures } => match (&contract.state, contract.review) {
            // Where staff accepted a document, it is that one or none.
            (State::Completing { accepted_document, .. }, None)
                if accepted_document.is_none_or(|accepted| accepted == *document) =>
            {
                let (document, chain_checked) = (*document, *chain_checked);
                Ok(vec![Event::Signed { document, chain_checked, signatures: signatures.clone() }])
            }
            (State::Signed { .. }, _) => Ok(vec![]),
            _ => Err(Refusal::WrongState),
        },
        Command::Hold { reason } => Ok(hold(contract, *reason)),
        Command::HoldDocument { held } => Ok(hold_document(contract, held)),
        Command::Review { decision, reason, by } => review(contract, *decision, reason, by),
    }
}

/// Back to step 1: `true` to go on, `false` where the stored data is already what is sent.
pub fn may_edit(contract: &Contract, revision: u32, application: &Application) -> Result<bool, Refusal> {
    match contract.state {
        // A repeat of an edit whose answer was lost carries the revision before it, and the data after it.
        State::Draft if revision != contract.revision && contract.application == *application => Ok(false),
        State::Draft | State::Confirmed { .. } if revision != contract.revision => Err(Refusal::StaleRevision),
        State::Draft | State::Confirmed { .. } => Ok(true),
        _ => Err(frozen(contract)),
    }
}

/// Step 2: `true` to go on, `false` where this draft is confirmed already.
pub fn may_confirm(contract: &Contract, draft: &Sha256) -> Result<bool, Refusal> {
    match contract.state {
        State::Draft if *draft == contract.draft.sha256 => Ok(true),
        State::Confirmed { .. } if *draft == contract.draft.sha256 => Ok(false),
        State::Draft | State::Confirmed { .. } => Err(Refusal::DraftChanged),
        _ => Err(frozen(contract)),
    }
}

/// Step 3: `true` to go on, `false` where the same signer's flow exists already.
pub fn may_submit_signer(contract: &Contract, signer: &Fingerprint) -> Result<bool, Refusal> {
    match &contract.state {
        State::Confirmed { .. } => Ok(true),
        State::Signing { signing } if signing.signer.fingerprint == *signer && contract.review.is_none() => Ok(false),
        _ => Err(frozen(contract)),
    }
}

/// Step 4: a fresh link, as often as needed while the flow waits for the signer.
pub fn may_open_signing(contract: &Contract) -> Result<&Signing, Refusal> {
    match &contract.state {
        State::Signing { signing } if contract.review.is_none() => Ok(signing),
        _ => Err(frozen(contract)),
    }
}

/// Revocation: `true` to go on, `false` where it has been asked for already.
pub fn may_revoke(contract: &Contract) -> Result<bool, Refusal> {
    match contract.state {
        State::Draft | State::Confirmed { .. } | State::Signing { .. } => Ok(true),
        State::Revoking { .. } | State::Revoked { .. } => Ok(false),
        State::Completing { .. }
        | State::Signed { .. }
        | State::Declined { .. }
        | State::Expired { .. }
        | State::Closed { .. } => Err(frozen(contract)),
    }
}

/// The refusal of whatever would change a contract in a state that does not allow it.
fn frozen(contract: &Contract) -> Refusal {
    match contract.state {
        State::Signed { .. } => Refusal::ContractSigned,
        State::Completing { .. } => Refusal::Completing,
        _ => Refusal::WrongState,
    }
}

fn revoke(contract: &Contract, cause: &Cause, now: Timestamp) -> Decision {
    if !may_revoke(contract)? {
        return Ok(vec![]);
    }
    let untouched = now.duration_since(contract.updated_at).as_hours() >= UNTOUCHED_DAYS * 24;
    Ok(match contract.state {
        // The timer looked at a draft that somebody touched meanwhile, or that went on to the signer.
        State::Draft | State::Confirmed { .. } | State::Signing { .. }
            if cause.kind == CauseKind::Untouched && !untouched =>
        {
            vec![]
        }
        State::Draft | State::Confirmed { .. } => vec![Event::Revoked { cause: Some(cause.clone()), flow_ended: true }],
        State::Signing { .. } if cause.kind == CauseKind::Untouched => vec![],
        _ => vec![Event::RevocationRequested { cause: cause.clone() }],
    })
}

/// What the provider says of the flow, in each state.
fn observe(contract: &Contract, report: &FlowReport, now: Timestamp) -> Vec<Event> {
    let completed = |sign_won| {
        let signed_by = report.party_a().and_then(|signer| signer.name.clone());
        let mut events = vec![Event::Completed { sign_won, signed_by }];
        if signer_differs(contract, report) {
            events.push(Event::HeldForReview { reason: ReviewReason::SignerMismatch, held: None });
        }
        events
    };
    match (&contract.state, report.state) {
        (State::Draft | State::Confirmed { .. }, _) => vec![],

        (State::Signing { .. }, FlowState::NotStarted | FlowState::Signing) => vec![],
        (State::Signing { .. }, FlowState::Completed) => completed(false),
        (State::Revoking { .. }, FlowState::Completed) => completed(true),
        (State::Signing { .. } | State::Revoking { .. }, FlowState::Revoked) => {
            vec![Event::Revoked { cause: None, flow_ended: true }]
        }
        (State::Signing { .. } | State::Revoking { .. }, FlowState::Declined) => vec![Event::Declined],
        (State::Signing { .. } | State::Revoking { .. }, FlowState::Expired) => vec![Event::Expired],

        // The step or timer that asked for the start may not have been heard yet; once it must have been, nothing can reach the signer.
        (State::Revoking { signing }, FlowState::NotStarted)
            if now.duration_since(signing.start_requested_at).as_secs() >= START_GRACE_SECONDS =>
        {
            vec![Event::Revoked { cause: None, flow_ended: false }]
        }
        (State::Revoking { .. }, FlowState::NotStarted | FlowState::Signing) => vec![],

        (State::Completing { .. }, FlowState::Completed) => {
            if signer_differs(contract, report) {
                hold(contract, ReviewReason::SignerMismatch)
            } else {
                vec![]
            }
        }
        // A completed flow never moves again: the provider contradicts itself.
        (State::Completing { .. }, _) => hold(contract, ReviewReason::FlowUnknown),

        (State::Signed { .. }, _) => vec![],
        (
            State::Revoked { .. } | State::Declined { .. } | State::Expired { .. } | State::Closed { .. },
            FlowState::Completed,
        ) => hold(contract, ReviewReason::CompletedAfterEnd),
        (State::Revoked { .. } | State::Declined { .. } | State::Expired { .. } | State::Closed { .. }, _) => vec![],
    }
}

fn hold(contract: &Contract, reason: ReviewReason) -> Vec<Event> {
    let fits = match (&contract.state, reason) {
        (State::Signing { .. }, ReviewReason::StartRefused | ReviewReason::FlowUnknown) => true,
        (State::Revoking { .. }, ReviewReason::FlowUnknown) => true,
        // A document is judged only once the signer is: whichever of the two was accepted, the signer is settled.
        (State::Completing { accepted, .. }, ReviewReason::SignerMismatch) => accepted.is_none(),
        (State::Completing { .. }, ReviewReason::FlowUnknown) => true,
        // Staff closed it, knowing that it had been completed.
        (State::Closed { signing }, ReviewReason::CompletedAfterEnd) if signing.flow_ended => false,
        (
            State::Revoked { signing: Some(_) } | State::Declined { .. } | State::Expired { .. } | State::Closed { .. },
            ReviewReason::CompletedAfterEnd,
        ) => !contract.end_reviewed,
        // Whatever else somebody found, the contract has moved on since.
        _ => false,
    };
    if fits && contract.review.is_none() { vec![Event::HeldForReview { reason, held: None }] } else { vec![] }
}

fn hold_document(contract: &Contract, held: &HeldDocument) -> Vec<Event> {
    match (&contract.state, contract.review) {
        (State::Completing { .. }, None) => {
            vec![Event::HeldForReview { reason: ReviewReason::DocumentMismatch, held: Some(held.clone()) }]
        }
        _ => vec![],
    }
}

fn review(contract: &Contract, decision: ReviewDecision, reason: &Reason, by: &str) -> Decision {
    let held_for = contract.review.ok_or(Refusal::WrongState)?;
    let reviewed = |document| Event::Reviewed { decision, held_for, reason: reason.clone(), document };
    match (decision, &contract.state) {
        (ReviewDecision::Accept, State::Completing { .. }) if held_for == ReviewReason::DocumentMismatch => {
            // Where nothing is known of the document, there is nothing that could be accepted: a retry finds out.
            let held = contract.held.as_ref().ok_or(Refusal::WrongState)?;
            match held.outcome {
                Outcome::Broken => Err(Refusal::DocumentBroken),
                Outcome::Unjudged => Ok(vec![reviewed(Some(held.document))]),
            }
        }
        (ReviewDecision::Accept, State::Completing { .. }) => Ok(vec![reviewed(None)]),
        // There is no document to go on with.
        (ReviewDecision::Accept, _) => Err(Refusal::WrongState),
        (ReviewDecision::Retry, _) => Ok(vec![reviewed(None)]),
        // Both parties may have signed: one person alone does not let the subject sign a second time.
        (ReviewDecision::Close, State::Completing { .. }) => match &contract.close_requested {
            None => Ok(vec![Event::CloseRequested { by: by.to_owned(), held_for, reason: reason.clone() }]),
            Some(request) if request.by == by => Err(Refusal::SecondPersonRequired),
            Some(_) => Ok(vec![reviewed(None), Event::Closed]),
        },
        (ReviewDecision::Close, State::Signing { .. } | State::Revoking { .. }) => {
            Ok(vec![reviewed(None), Event::Closed])
        }
        // An end never changes: only the hold is lifted.
        (ReviewDecision::Close, _) => Ok(vec![reviewed(None)]),
    }
}
