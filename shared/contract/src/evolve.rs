//! What a contract is after an event. Total: an event that was decided can always be applied.

use crate::{
    CloseRequest, Contract, Event, ReviewDecision, ReviewReason, Sha256, Signing, State, Timestamp, decide::Opening,
};

/// A new contract, before its first event is recorded.
#[must_use]
pub fn opened(opening: Opening, now: Timestamp) -> Contract {
    Contract {
        id: opening.id,
        number: opening.number,
        language: opening.language,
        customer: opening.customer,
        subject: opening.subject,
        application: opening.application,
        draft: opening.draft,
        revision: 1,
        created_at: now,
        updated_at: now,
        version: 0,
        last_hash: Sha256::ZERO,
        review: None,
        held: None,
        close_requested: None,
        end_reviewed: false,
        state: State::Draft,
    }
}

/// The contract after `event`. The history's number and hash are not touched: recording does that.
#[must_use]
pub fn evolve(mut contract: Contract, event: &Event, now: Timestamp) -> Contract {
    contract.updated_at = now;
    let signing = contract.state.signing().cloned();
    match event {
        // Facts that change nothing but the history.
        Event::Applied | Event::IdentityChecked { .. } => {}
        Event::Edited { application, draft } => {
            contract.application = (**application).clone();
            contract.draft = *draft;
            contract.revision += 1;
            contract.state = State::Draft;
        }
        Event::Confirmed { file } => contract.state = State::Confirmed { file: file.clone() },
        Event::FlowCreated { signing, .. } => contract.state = State::Signing { signing: signing.clone() },
        Event::StartRequested => {
            if let Some(signing) = contract.state.signing_mut() {
                signing.start_requested_at = now;
            }
        }
        Event::HeldForReview { reason, held } => {
            contract.review = Some(*reason);
            contract.held = held.clone();
        }
        Event::CloseRequested { by, .. } => {
            contract.close_requested = Some(CloseRequest { by: by.clone(), at: now });
        }
        Event::Reviewed { decision, held_for, document, .. } => {
            contract.release();
            // After a retry the provider is asked again, even where an earlier document was accepted.
            if let State::Completing { accepted_document, .. } = &mut contract.state
                && *held_for == ReviewReason::DocumentMismatch
            {
                *accepted_document = *document;
            }
            contract.end_reviewed |= contract.state.ended() && *decision == ReviewDecision::Close;
            if let State::Completing { accepted, .. } = &mut contract.state
                && *decision == ReviewDecision::Accept
                && *accepted != Some(ReviewReason::DocumentMismatch)
                && matches!(held_for, ReviewReason::SignerMismatch | ReviewReason::DocumentMismatch)
            {
                *accepted = Some(*held_for);
            }
            if !contract.state.ended()
                && let Some(signing) = contract.state.signing_mut()
            {
                signing.waiting_since = now;
            }
        }
        Event::Revoked { flow_ended, .. } => {
            contract.release();
            contract.state =
                State::Revoked { signing: signing.map(|signing| Signing { flow_ended: *flow_ended, ..signing }) };
        }
        Event::RevocationRequested { .. }
        | Event::Completed { .. }
        | Event::Signed { .. }
        | Event::Declined
        | Event::Expired
        | Event::Closed => {
            // Each of them follows a flow; without one there is nothing it could mean.
            if let Some(mut signing) = signing {
                contract.release();
                signing.waiting_since = now;
                contract.state = match event {
                    Event::RevocationRequested { .. } => State::Revoking { signing },
                    Event::Completed { sign_won, .. } => {
                        signing.flow_ended = true;
                        State::Completing { signing, sign_won: *sign_won, accepted: None, accepted_document: None }
                    }
                    Event::Signed { document, chain_checked, .. } => {
                        State::Signed { signing, document: *document, signed_at: now, chain_checked: *chain_checked }
                    }
                    Event::Declined => State::Declined { signing: Signing { flow_ended: true, ..signing } },
                    Event::Expired => State::Expired { signing: Signing { flow_ended: true, ..signing } },
                    _ => State::Closed { signing },
                };
            }
        }
    }
    contract
}
