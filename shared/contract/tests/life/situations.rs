//! Every situation a contract can be in, reached by commands alone: each state, and each difference inside it that a decision
//! may depend on.

use contract::{
    Command, Contract, FlowState, Outcome, ReviewDecision, ReviewReason, StateName, SubjectType, Timestamp,
};

use crate::world::{Run, at, report_by};

pub struct Situation {
    pub name: &'static str,
    pub contract: Contract,
    /// When it is asked about.
    pub now: Timestamp,
}

/// Step 3 is at second 20 in all of them, so a start may be in flight until second 80.
pub fn situations() -> Vec<Situation> {
    use ReviewReason::{CompletedAfterEnd, FlowUnknown, StartRefused};
    let draft = Run::company;
    let confirmed = || draft().confirm(10);
    let signing = || confirmed().sign(20);
    let start_refused = || signing().hold(25, StartRefused);
    let revoking = || signing().revoke(30);
    let completing = || signing().observe(50, FlowState::Completed);
    let by_another = || {
        let report = report_by(FlowState::Completed, SubjectType::Enterprise, "另一家公司");
        signing().then(50, &Command::Observe { report })
    };
    let broken = || completing().hold_document(60, Outcome::Broken);
    let unjudged = || completing().hold_document(60, Outcome::Unjudged);
    let close_asked = || broken().review(62, ReviewDecision::Close);
    let unstarted = || revoking().observe(80, FlowState::NotStarted);
    let unstarted_held = || unstarted().observe(700, FlowState::Completed);
    let closed_open = || start_refused().review(200, ReviewDecision::Close);
    vec![
        ("draft", draft(), 5),
        ("confirmed", confirmed(), 15),
        ("signing", signing(), 30),
        ("signing, held start_refused", start_refused(), 30),
        ("signing, held flow_unknown", signing().hold(25, FlowUnknown), 30),
        ("revoking, 59 s after the start", revoking(), 79),
        ("revoking, 60 s after the start", revoking(), 80),
        ("revoking, held flow_unknown", revoking().hold(40, FlowUnknown), 80),
        ("completing", completing(), 55),
        ("completing, sign won", revoking().observe(50, FlowState::Completed), 55),
        ("completing, held signer_mismatch", by_another(), 55),
        ("completing, held broken document", broken(), 65),
        ("completing, held unjudged document", unjudged(), 65),
        ("completing, held, close asked for", close_asked(), 65),
        ("completing, held flow_unknown", completing().observe(60, FlowState::Signing), 65),
        ("completing, signer accepted", by_another().review(60, ReviewDecision::Accept), 65),
        ("completing, document accepted", unjudged().review(70, ReviewDecision::Accept), 75),
        ("signed", completing().archive(60), 65),
        ("revoked, no flow", confirmed().revoke(20), 25),
        ("revoked, flow ended", revoking().observe(50, FlowState::Revoked), 55),
        ("revoked, unstarted, just now", unstarted(), 81),
        ("revoked, unstarted, a minute ago", unstarted(), 140),
        ("revoked, unstarted, held", unstarted_held(), 705),
        ("revoked, unstarted, reviewed", unstarted_held().review(800, ReviewDecision::Close), 900),
        ("declined", signing().observe(50, FlowState::Declined), 55),
        ("declined, held", signing().observe(50, FlowState::Declined).hold(60, CompletedAfterEnd), 65),
        ("expired", signing().observe(50, FlowState::Expired), 55),
        ("closed, flow ended", broken().close_by_two(70), 75),
        ("closed, flow open, just now", closed_open(), 259),
        ("closed, flow open, a minute ago", closed_open(), 260),
        ("closed, flow open, held", closed_open().observe(300, FlowState::Completed), 305),
    ]
    .into_iter()
    .map(|(name, run, seconds)| Situation { name, contract: run.contract, now: at(seconds) })
    .collect()
}

#[test]
fn every_state_has_a_situation_that_is_named_after_it() {
    let situations = situations();
    for state in StateName::ALL {
        assert!(situations.iter().any(|situation| situation.contract.state.name() == state), "{}", state.as_str());
    }
    for Situation { name, contract, .. } in situations {
        assert!(name.starts_with(contract.state.name().as_str()), "{name} is {}", contract.state.name().as_str());
        assert_eq!(name.contains(", held"), contract.review.is_some(), "{name}");
    }
}

#[test]
fn a_contract_comes_back_from_json_as_it_was() {
    for Situation { name, contract, .. } in situations() {
        let text = serde_json::to_string(&contract).unwrap();
        assert_eq!(serde_json::from_str::<Contract>(&text).unwrap(), contract, "{name}");
    }
}
