//! What is kept of a document that does not hold, and who ends a contract whose flow is completed.

use contract::{Contract, Event, FlowState, Outcome, Refusal, ReviewDecision, State, decide};
use serde_json::{Value, json};

use crate::{
    situations::{Situation, situations},
    world::{COLLEAGUE, DECISIONS, Run, STAFF, archived, at, held, review_by},
};

fn completing() -> Run {
    Run::company().confirm(10).sign(20).observe(50, FlowState::Completed)
}

/// The facts of the last entry of this kind.
fn facts(run: &Run, kind: &str) -> Value {
    let entry = run.entries.iter().rfind(|entry| entry.kind == kind).unwrap();
    serde_json::from_str::<Value>(&entry.body).unwrap()["facts"].clone()
}

#[test]
fn what_was_found_stands_in_the_head_until_staff_decide_and_in_the_history_for_good() {
    for outcome in [Outcome::Broken, Outcome::Unjudged] {
        let run = completing().hold_document(60, outcome);
        assert_eq!(run.contract.held, Some(held(outcome)));
        let found = facts(&run, "held_for_review");
        assert_eq!(
            found,
            json!({"reviewReason": "document_mismatch", "documentSha256": held(outcome).document, "outcome": outcome,
                "findings": [held(outcome).findings[0].code], "providerVerdict": "unmodified"})
        );
        let retried = run.review(70, ReviewDecision::Retry);
        assert_eq!((&retried.contract.held, retried.contract.review), (&None, None));
    }
}

#[test]
fn where_the_provider_could_not_be_asked_its_verdict_is_null() {
    let held = contract::HeldDocument { provider: None, ..held(Outcome::Broken) };
    let run = completing().then(60, &contract::Command::HoldDocument { held });
    assert_eq!(facts(&run, "held_for_review")["providerVerdict"], Value::Null);
}

#[test]
fn an_acceptance_names_the_document_and_only_that_one_is_archived() {
    let accepted = held(Outcome::Unjudged).document;
    let run = completing().hold_document(60, Outcome::Unjudged).review(70, ReviewDecision::Accept);
    assert_eq!(facts(&run, "reviewed")["documentSha256"], json!(accepted));
    assert!(matches!(run.contract.state, State::Completing { accepted_document: Some(sha), .. } if sha == accepted));
    let other = archived(contract::Sha256::of(b"another"));
    assert_eq!(decide(&run.contract, &other, at(80)), Err(Refusal::WrongState));
    let signed = run.then(80, &archived(accepted));
    assert_eq!(facts(&signed, "signed")["documentSha256"], json!(accepted));
}

/// The verifier learns, and finds the accepted document broken: a retry then takes what the provider has.
#[test]
fn a_retry_after_an_acceptance_takes_the_acceptance_back() {
    let run = completing().hold_document(60, Outcome::Unjudged).review(70, ReviewDecision::Accept);
    let run = run.hold_document(80, Outcome::Broken).review(90, ReviewDecision::Retry);
    assert!(matches!(run.contract.state, State::Completing { accepted_document: None, .. }));
    run.archive(100);
}

#[test]
fn closing_a_completed_flow_takes_two_people() {
    let run = completing().hold_document(60, Outcome::Broken).review(70, ReviewDecision::Close);
    let request = run.contract.close_requested.clone().unwrap();
    assert_eq!((request.by.as_str(), request.at), (STAFF, at(70)));
    assert!(run.contract.review.is_some(), "it is still held");
    let close = |by| decide(&run.contract, &review_by(by, ReviewDecision::Close), at(80));
    assert_eq!(close(STAFF), Err(Refusal::SecondPersonRequired));
    let kinds: Vec<_> = close(COLLEAGUE).unwrap().iter().map(Event::kind).collect();
    assert_eq!(kinds, ["reviewed", "closed"]);
}

#[test]
fn a_retry_or_an_acceptance_withdraws_the_wish_to_close() {
    let run = completing().hold_document(60, Outcome::Unjudged).review(70, ReviewDecision::Close);
    for decision in [ReviewDecision::Retry, ReviewDecision::Accept] {
        let run = run.clone().then(80, &review_by(COLLEAGUE, decision)).hold_document(90, Outcome::Broken);
        assert_eq!(run.contract.close_requested, None);
        let close = decide(&run.contract, &review_by(COLLEAGUE, ReviewDecision::Close), at(95)).unwrap();
        assert!(matches!(close.as_slice(), [Event::CloseRequested { .. }]), "two people are needed anew");
    }
}

#[test]
fn what_staff_are_offered_is_what_the_decision_lets_through() {
    for Situation { name, contract, now } in situations() {
        for decision in DECISIONS {
            let decided = decide(&contract, &review_by(COLLEAGUE, decision), now);
            assert_eq!(contract.decisions().contains(&decision), decided.is_ok(), "{name} × {}", decision.as_str());
        }
    }
}

#[test]
fn a_contract_that_an_earlier_version_stored_is_read() {
    let without = |contract: &Contract| {
        let mut stored = serde_json::to_value(contract).unwrap();
        for name in ["held", "close_requested", "closeRequested", "accepted_document", "chain_checked"] {
            stored.as_object_mut().unwrap().remove(name);
        }
        serde_json::from_value::<Contract>(stored).unwrap()
    };
    let held = completing().hold_document(60, Outcome::Unjudged).contract;
    let read = without(&held);
    assert_eq!(read.review, held.review);
    let accept = |contract| decide(contract, &review_by(STAFF, ReviewDecision::Accept), at(70));
    assert_eq!(accept(&read), Err(Refusal::WrongState), "nobody knows what would be accepted");
    assert!(decide(&read, &review_by(STAFF, ReviewDecision::Retry), at(70)).is_ok());
    let signed = without(&completing().archive(60).contract);
    assert!(matches!(signed.state, State::Signed { chain_checked: false, .. }), "it does not say that it was checked");
}
