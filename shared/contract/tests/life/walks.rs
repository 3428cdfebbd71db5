//! What must always hold, on random ways through the life of a contract.

use std::collections::BTreeSet;

use contract::{
    Command, Contract, FileId, IdentityCheck, LookSchedule, Outcome, Sha256, State, StateName, SubjectType, Timestamp,
    decide, first_look, verify_history,
};
use jiff::SignedDuration;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::world::{
    CAUSES, COLLEAGUE, COMPANY, DECISIONS, FLOW_STATES, REVIEW_REASONS, Run, STAFF, application, archived, at, cause,
    draft, held, report_by, review_by, signing,
};

const SEEDS: u64 = 3_000;
const STEPS: usize = 50;

fn one_of<T: Copy>(rng: &mut StdRng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())]
}

/// Any command, sensible or not; those that lead on are likelier, so that walks come far.
fn any_command(contract: &Contract, now: Timestamp, rng: &mut StdRng) -> Command {
    let edition = rng.random_range(1..4);
    match rng.random_range(0..20) {
        0 | 1 => Command::Edit {
            revision: contract.revision + rng.random_range(0..2) - u32::from(rng.random_bool(0.2)),
            application: Box::new(application(SubjectType::Enterprise, edition)),
            draft: draft(edition),
        },
        2..=4 => {
            let draft = if rng.random_bool(0.8) { contract.draft.sha256 } else { Sha256::ZERO };
            Command::Confirm { draft, file: FileId::new(format!("file-{edition}")) }
        }
        5 => Command::RecordCheck { check: IdentityCheck { verify_id: None, passed: false } },
        6..=8 => {
            let (flow, signer) =
                (format!("flow-{}", rng.random_range(0..1_000_000)), one_of(rng, &["signer-1", "signer-2"]));
            Command::Sign { signing: signing(&flow, signer, now), check: None }
        }
        9 => Command::Revoke { cause: cause(one_of(rng, &CAUSES)) },
        10 => Command::RequestStart,
        11..=14 => {
            let name = if rng.random_bool(0.8) { COMPANY } else { "另一家公司" };
            Command::Observe { report: report_by(one_of(rng, &FLOW_STATES), SubjectType::Enterprise, name) }
        }
        15 => archived(Sha256::of(&[rng.random()])),
        16 => archived(held(Outcome::Unjudged).document),
        17 if rng.random() => Command::Hold { reason: one_of(rng, &REVIEW_REASONS) },
        17 => Command::HoldDocument { held: held(one_of(rng, &[Outcome::Broken, Outcome::Unjudged])) },
        _ => review_by(one_of(rng, &[STAFF, COLLEAGUE]), one_of(rng, &DECISIONS)),
    }
}

/// What one change may and may not do.
fn check_step(before: &Contract, after: &Contract, now: Timestamp) {
    if before.state.ended() {
        assert_eq!(before.state, after.state, "an end never changes");
    }
    if before.draft != after.draft {
        assert!(matches!(before.state, State::Draft | State::Confirmed { .. }), "frozen from signing on (rule Z18)");
        assert_eq!(after.state, State::Draft, "other content is confirmed anew");
        assert_eq!(after.revision, before.revision + 1);
    }
    let flow =
        |contract: &Contract| contract.state.signing().map(|signing| (signing.flow.clone(), signing.signer.clone()));
    if let Some(first) = flow(before) {
        assert_eq!(flow(after), Some(first), "one contract, one flow, one signer");
    }
    if let (State::Signed { .. }, false) = (&after.state, before.state.ended()) {
        assert_eq!(before.state.name(), StateName::Completing, "nothing is signed that was not completed");
        assert_eq!(before.review, None, "nothing is signed over the heads of staff");
    }
    if let (State::Completing { accepted_document: Some(accepted), .. }, State::Signed { document, .. }) =
        (&before.state, &after.state)
    {
        assert_eq!(accepted, document, "what staff accepted is what is archived");
    }
    if let (StateName::Completing, StateName::Closed) = (before.state.name(), after.state.name()) {
        assert!(before.close_requested.is_some(), "nobody closes a completed flow alone");
    }
    if after.held.is_some() || after.close_requested.is_some() {
        assert!(after.review.is_some(), "nothing is left of a review that is over");
    }
    let fixed = |contract: &Contract| {
        let Contract { id, number, customer, subject, created_at, .. } = contract.clone();
        (id, number, customer, subject, created_at)
    };
    assert_eq!(fixed(before), fixed(after), "what was fixed at step 1 stays");
    let schedule: LookSchedule = "60,180,300,600".parse().unwrap();
    if !after.state.ended() || after.review.is_some() {
        let look = first_look(after, now, &schedule);
        assert!(look.is_some_and(|look| look >= now), "{} waits in silence", after.state.name().as_str());
    }
}

#[test]
fn what_must_always_hold_holds_on_random_walks() {
    let (mut states, mut kinds, mut held) = (BTreeSet::new(), BTreeSet::new(), 0);
    for seed in 0..SEEDS {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut run = Run::open(SubjectType::Enterprise, seed.into(), at(0));
        let mut now = at(0);
        for _ in 0..STEPS {
            let pause = if rng.random_bool(0.02) { 31 * 24 * 3600 } else { rng.random_range(0..90) };
            now += SignedDuration::from_secs(pause);
            let command = any_command(&run.contract, now, rng);
            let events = decide(&run.contract, &command, now).unwrap_or_default();
            let before = run.contract.clone();
            for event in &events {
                run.record(event, now);
                kinds.insert(event.kind());
            }
            assert_eq!(run.contract.version, before.version + events.len() as u64, "each change is one event");
            assert_eq!(run.contract.version, run.entries.len() as u64);
            if events.is_empty() {
                assert_eq!(run.contract, before);
                continue;
            }
            check_step(&before, &run.contract, now);
            let again = decide(&run.contract, &command, now).unwrap_or_default();
            let once = matches!(command, Command::Edit { .. } | Command::RecordCheck { .. } | Command::RequestStart);
            assert!(once || again.is_empty(), "seed {seed}: {command:?} twice");
            states.insert(run.contract.state.name());
            held += u32::from(run.contract.review.is_some());
        }
        let stored: Contract = serde_json::from_str(&serde_json::to_string(&run.contract).unwrap()).unwrap();
        assert_eq!(stored, run.contract, "seed {seed}");
        verify_history(&run.entries, run.contract.id, run.contract.version, &run.contract.last_hash).unwrap();
    }
    assert_eq!(states.len(), StateName::ALL.len(), "every state was reached: {states:?}");
    assert_eq!(kinds.len(), 15, "every event but the first happened: {kinds:?}");
    assert!(held > 100, "contracts were held for review");
}

/// A PDF is laid out to hundredths of a point at best; a thousandth is kept as it is.
#[test]
fn seal_spots_come_back_from_json_to_a_thousandth_of_a_point() {
    let mut contract = Run::company().contract;
    for thousandths in (0..842_000).step_by(97) {
        (contract.draft.seal_a.x, contract.draft.seal_b.y) =
            (f64::from(thousandths) / 1000.0, f64::from(thousandths) / 100.0);
        let stored: Contract = serde_json::from_str(&serde_json::to_string(&contract).unwrap()).unwrap();
        assert_eq!(stored, contract);
    }
}
