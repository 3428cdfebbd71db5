//! What each event does to the slot of the subject.

use contract::{
    Cause, CauseKind, CustomerId, Event, FileId, IdentityCheck, PaperId, PaperOutcome, ReviewDecision, ReviewReason,
    Sha256, Slot, SubjectType,
};

use crate::{
    grid::{Grid, refused},
    world::{STAFF, application, at, contract_id, draft, reason, signing},
};

/// One of each kind; a new kind does not compile until it stands here.
fn events() -> Vec<Event> {
    let revoked = |flow_ended| Event::Revoked { cause: None, flow_ended };
    let cause = Cause { kind: CauseKind::Customer, reason: None };
    let (held_for, why) = (ReviewReason::DocumentMismatch, reason("已核对"));
    let reviewed = |decision| Event::Reviewed { decision, held_for, reason: why.clone(), document: None };
    let events = vec![
        Event::Applied,
        Event::Edited { application: Box::new(application(SubjectType::Personal, 2)), draft: draft(2) },
        Event::Confirmed { file: FileId::new("file-1") },
        Event::IdentityChecked { check: IdentityCheck { verify_id: None, passed: false } },
        Event::FlowCreated { signing: signing("flow-1", "signer-1", at(0)), check: None },
        Event::StartRequested,
        Event::RevocationRequested { cause },
        Event::Completed { sign_won: false, signed_by: None },
        Event::HeldForReview { reason: held_for, held: None },
        Event::CloseRequested { by: STAFF.to_owned(), held_for, reason: why.clone() },
        reviewed(ReviewDecision::Accept),
        Event::Signed { document: Sha256::ZERO, chain_checked: true, signatures: vec![] },
        revoked(true),
        Event::Declined,
        Event::Expired,
        Event::Closed,
    ];
    for event in &events {
        match event {
            Event::Applied | Event::Edited { .. } | Event::Confirmed { .. } | Event::IdentityChecked { .. } => {}
            Event::FlowCreated { .. } | Event::StartRequested | Event::RevocationRequested { .. } => {}
            Event::Completed { .. } | Event::HeldForReview { .. } => {}
            Event::CloseRequested { .. } | Event::Reviewed { .. } => {}
            Event::Signed { .. } | Event::Revoked { .. } | Event::Declined | Event::Expired | Event::Closed => {}
        }
    }
    events
}

fn name(slot: &Slot) -> &'static str {
    match slot {
        Slot::Free => "free",
        Slot::Open { waiting: None, .. } => "open",
        Slot::Open { waiting: Some(_), .. } => "open, paper waits",
        Slot::Signed { .. } => "signed",
        Slot::Paper { .. } => "paper",
    }
}

fn slots() -> Vec<Slot> {
    let (contract, customer, paper) = (contract_id(1), CustomerId::new("acme"), PaperId::new(at(0), 2));
    vec![
        Slot::Free,
        Slot::Open { contract, customer: customer.clone(), waiting: None },
        Slot::Open { contract, customer: customer.clone(), waiting: Some(paper) },
        Slot::Signed { contract, customer },
        Slot::Paper { paper },
    ]
}

#[test]
fn each_event_moves_the_slot_as_it_should() {
    let slots = slots();
    let mut grid = Grid::new(slots.iter().map(name));
    for event in events() {
        let cells = slots.iter().map(|slot| match slot.after(&event, contract_id(1)) {
            None => "-".to_owned(),
            Some((after, None)) => name(&after).to_owned(),
            Some((after, Some(PaperOutcome::Recorded(_)))) => format!("{}, recorded", name(&after)),
            Some((after, Some(PaperOutcome::Refused(_)))) => format!("{}, refused", name(&after)),
        });
        grid.row(event.kind(), cells);
    }
    grid.assert_is(
        "
                             | free | open   | open, paper waits | signed | paper
        applied              | -    | -      | -                 | -      | -
        edited               | -    | -      | -                 | -      | -
        confirmed            | -    | -      | -                 | -      | -
        identity_checked     | -    | -      | -                 | -      | -
        flow_created         | -    | -      | -                 | -      | -
        start_requested      | -    | -      | -                 | -      | -
        revocation_requested | -    | -      | -                 | -      | -
        completed            | -    | -      | -                 | -      | -
        held_for_review      | -    | -      | -                 | -      | -
        close_requested      | -    | -      | -                 | -      | -
        reviewed             | -    | -      | -                 | -      | -
        signed               | -    | signed | signed, refused   | -      | -
        revoked              | -    | free   | paper, recorded   | -      | -
        declined             | -    | free   | paper, recorded   | -      | -
        expired              | -    | free   | paper, recorded   | -      | -
        closed               | -    | free   | paper, recorded   | -      | -
",
    );
}

#[test]
fn no_event_of_another_contract_moves_it() {
    for slot in slots() {
        for event in events() {
            assert_eq!(slot.after(&event, contract_id(3)), None, "{} × {}", name(&slot), event.kind());
        }
    }
}

#[test]
fn who_is_told_what_about_a_slot_that_is_taken() {
    let mut grid = Grid::new(["its customer", "another account of the subject"]);
    for slot in slots() {
        let told = |customer| match slot.refusal(&CustomerId::new(customer)) {
            None => "-".to_owned(),
            Some(refusal @ contract::Refusal::ContractOpen { contract: Some(_) }) => {
                format!("{} with its id", refused(&refusal))
            }
            Some(refusal) => refused(&refusal),
        };
        grid.row(name(&slot), [told("acme"), told("other")]);
    }
    grid.assert_is(
        "
                          | its customer               | another account of the subject
        free              | -                          | -
        open              | !contract_open with its id | !contract_open
        open, paper waits | !contract_open with its id | !contract_open
        signed            | !contract_signed*          | !contract_signed*
        paper             | !signed_on_paper*          | !signed_on_paper*
",
    );
}

#[test]
fn a_slot_comes_back_from_json_as_it_was() {
    for slot in slots() {
        assert_eq!(serde_json::from_str::<Slot>(&serde_json::to_string(&slot).unwrap()).unwrap(), slot);
    }
}
