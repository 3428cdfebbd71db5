//! The model check at its small bounds, and the proof that each promise can be found broken.

use reliability::model::{
    Bound, CONTENT, ENDS, HISTORY, LOOKS, ONE_CONTRACT, ONE_FLOW, REST, REVOKED, SOUND, TWO, Variant, search,
    search_for,
};

/// Everything within the bound, with no promise broken and nothing missed that the promises are about.
fn holds_within(bound: Bound) {
    let figures = search(bound, |_, _| {});
    println!("{figures}");
    for violation in &figures.violations {
        println!("{violation}");
    }
    assert!(figures.violations.is_empty(), "a promise is broken; the way there stands above");
    assert!(figures.missed.is_empty(), "never reached: {:?}", figures.missed);
}

#[test]
fn all_promises_hold_for_contracts_that_are_held_for_review() {
    holds_within(Bound::REVIEW);
}

#[test]
fn all_promises_hold_for_one_contract_after_another() {
    holds_within(Bound::SMALL);
}

/// A deliberate mistake is found, by the promise that it breaks.
fn is_found(variant: Variant, bound: Bound, promise: &'static str) {
    let figures = search_for(promise, variant, bound);
    let way = figures.violations.iter().find(|violation| violation.promise == promise);
    assert!(way.is_some_and(|way| !way.way.is_empty()), "{variant:?} is not found: {figures}");
}

#[test]
fn a_flow_that_is_started_before_it_is_recorded_is_found() {
    is_found(Variant::StartBeforeRecord, Bound::SMALL, ONE_FLOW);
}

#[test]
fn a_revocation_that_does_not_wait_for_a_start_in_flight_is_found() {
    is_found(Variant::NoGrace, Bound::SMALL, REVOKED);
}

#[test]
fn a_start_that_nobody_announced_is_found() {
    is_found(Variant::StartUnannounced, Bound { invocations: 2, ..Bound::SMALL }, REVOKED);
}

#[test]
fn a_flow_that_nobody_ever_starts_is_found() {
    is_found(Variant::NeverStarted, Bound::SMALL, REST);
}

#[test]
fn a_callback_that_is_believed_is_found() {
    is_found(Variant::TrustCallback, Bound::SMALL, ENDS);
}

#[test]
fn writes_without_a_condition_are_found() {
    is_found(Variant::UnconditionalWrites, Bound { invocations: 2, ..Bound::SMALL }, ENDS);
}

#[test]
fn a_slot_that_is_moved_without_looking_is_found() {
    is_found(Variant::SlotAssumed, Bound::SMALL, ONE_CONTRACT);
}

#[test]
fn a_contract_that_is_signed_before_its_document_is_kept_is_found() {
    is_found(Variant::SignedBeforeKept, Bound::SMALL, ENDS);
}

#[test]
fn an_edit_of_what_stays_confirmed_is_found() {
    is_found(Variant::EditInPlace, Bound::SMALL, CONTENT);
}

#[test]
fn a_look_that_sets_no_further_look_is_found() {
    is_found(Variant::ForgottenLook, Bound::SMALL, LOOKS);
}

#[test]
fn an_end_that_is_not_looked_at_once_more_is_found() {
    is_found(Variant::NoLookAfterEnd, Bound::REVIEW, LOOKS);
}

#[test]
fn a_history_whose_chain_is_cut_is_found() {
    is_found(Variant::CutChain, Bound::SMALL, HISTORY);
}

#[test]
fn an_answer_that_is_judged_by_a_later_time_is_found() {
    is_found(Variant::LateClock, Bound::REVIEW, LOOKS);
}

#[test]
fn an_acceptance_of_whatever_is_held_is_found() {
    is_found(Variant::AnythingAccepted, Bound::REVIEW, SOUND);
}

#[test]
fn a_completed_contract_that_one_person_closes_is_found() {
    is_found(Variant::ClosedByOne, Bound::REVIEW, TWO);
}

/// The model assumes that the provider does not do this.
#[test]
fn a_flow_that_is_denied_and_then_started_is_found() {
    is_found(Variant::DeniedThenStarted, Bound::REVIEW, LOOKS);
}
