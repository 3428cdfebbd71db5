//! Some seeds, the same seed twice, and the proof that the simulation finds what it looks for.

use reliability::model::{ENDS, HISTORY, LOOKS, REST};
use reliability::simulation::{Figures, Mistake, Plant, run, run_with};

#[test]
fn the_first_seeds_keep_every_promise() {
    let plant = Plant::new();
    let mut figures = Figures::default();
    (1..=12).for_each(|seed| figures.add(run(&plant, seed)));
    println!("{figures}");
    let broken: Vec<_> = figures.broken.iter().map(|report| (report.seed, &report.violations)).collect();
    assert!(broken.is_empty(), "see them with cargo xtask simulate --trace --from SEED: {broken:#?}");
    for fault in [
        "crash before",
        "crash after",
        "reply lost",
        "unreached",
        "throttled",
        "server error",
        "late arrival",
        "callback lost",
        "callback twice",
        "provider outage",
        "message delivered twice",
        "records delivered twice",
    ] {
        assert!(figures.faults.contains_key(fault), "no {fault} in {figures}");
    }
    for end in ["signed", "revoked", "closed"] {
        assert!(figures.ends.contains_key(end), "none {end} in {figures}");
    }
}

#[test]
fn a_seed_is_the_same_run_whenever_it_is_run() {
    let (one, two) = (run(&Plant::new(), 7), run(&Plant::new(), 7));
    assert_eq!(one.trace, two.trace);
    assert_eq!((one.effects, one.ends), (two.effects, two.ends));
    assert!(one.trace.len() > 100, "{}", one.trace.len());
}

/// A deliberate mistake is found within so many seeds, by one of the promises that it breaks.
fn is_found(mistake: Mistake, seeds: u64, promises: &[&str]) {
    let plant = Plant::new();
    let breaks = |what: &String| promises.iter().any(|promise| what.starts_with(promise));
    let found = (1..=seeds).find(|seed| run_with(mistake, &plant, *seed).violations.iter().any(breaks));
    println!("{mistake:?}: found by seed {found:?}");
    assert!(found.is_some(), "{mistake:?} is not found in {seeds} seeds");
}

#[test]
fn writes_without_a_condition_are_found() {
    is_found(Mistake::UnconditionalWrites, 30, &[ENDS, HISTORY]);
}

#[test]
fn a_timer_that_is_never_called_is_found() {
    is_found(Mistake::NoTimer, 40, &[REST]);
}

#[test]
fn a_relay_that_carries_nothing_is_found() {
    is_found(Mistake::NoRelay, 5, &[REST]);
}

#[test]
fn mails_that_are_lost_are_found() {
    is_found(Mistake::MailsLost, 5, &[REST]);
}

#[test]
fn documents_that_are_not_kept_are_found() {
    is_found(Mistake::DocumentsLost, 5, &[ENDS, REST]);
}

#[test]
fn a_contract_without_a_next_look_is_found() {
    is_found(Mistake::LooksForgotten, 2, &[LOOKS]);
}

#[test]
fn a_change_without_its_event_is_found() {
    is_found(Mistake::EventsForgotten, 2, &[HISTORY]);
}
