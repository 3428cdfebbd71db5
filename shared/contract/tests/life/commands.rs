//! Every situation × command. A cell is what is decided: `-` for nothing, the events' names, or `!code` of the refusal, with `*`
//! where the refusal names the business contact.

use contract::{
    Action, CauseKind, Command, FileId, FlowReport, FlowState, IdentityCheck, Outcome, ReviewDecision, Sha256,
    SubjectType, UNTOUCHED_DAYS, decide, due, may_confirm, may_edit, may_open_signing, may_revoke, may_submit_signer,
    signer_differs,
};
use jiff::SignedDuration;

use crate::{
    grid::{Grid, outcome, refused},
    situations::{Situation, situations},
    world::{
        CAUSES, COLLEAGUE, COMPANY, DECISIONS, FLOW_STATES, PERSON, REVIEW_REASONS, Run, STAFF, application, archived,
        at, cause, draft, flow_signer, held, report_by, review_by, signing,
    },
};

fn flow_name(state: FlowState) -> String {
    serde_json::to_value(state).unwrap().as_str().unwrap().to_owned()
}

/// A command by its name in the table, and what it is in a situation.
type Column<'a> = (&'a str, &'a dyn Fn(&Situation) -> Command);

/// One row per situation, with each command decided.
fn table(commands: &[Column<'_>]) -> Grid {
    let mut grid = Grid::new(commands.iter().map(|(name, _)| name));
    for situation in situations() {
        let cells = commands
            .iter()
            .map(|(_, command)| outcome(&decide(&situation.contract, &command(&situation), situation.now)));
        grid.row(situation.name, cells);
    }
    grid
}

fn edit(situation: &Situation, ahead: i64, edition: u32) -> Command {
    let revision = u32::try_from(i64::from(situation.contract.revision) + ahead).unwrap();
    Command::Edit {
        revision,
        application: Box::new(application(SubjectType::Enterprise, edition)),
        draft: draft(edition),
    }
}

#[test]
fn editing_and_confirming() {
    let confirm = |draft| Command::Confirm { draft, file: FileId::new("file-2") };
    table(&[
        ("edit", &|situation| edit(situation, 0, 2)),
        ("edit, same data", &|situation| edit(situation, 0, 1)),
        ("edit, stale", &|situation| edit(situation, -1, 2)),
        ("edit, stale, same data", &|situation| edit(situation, -1, 1)),
        ("confirm", &|situation| confirm(situation.contract.draft.sha256)),
        ("confirm another draft", &|_| confirm(Sha256::ZERO)),
    ])
    .assert_is(
        "
                                           | edit              | edit, same data   | edit, stale       | edit, stale, same data | confirm           | confirm another draft
        draft                              | edited            | edited            | !stale_revision   | -                      | confirmed         | !draft_changed
        confirmed                          | edited            | edited            | !stale_revision   | !stale_revision        | -                 | !draft_changed
        signing                            | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        signing, held start_refused        | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        signing, held flow_unknown         | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoking, 59 s after the start     | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoking, 60 s after the start     | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoking, held flow_unknown        | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        completing                         | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, sign won               | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, held signer_mismatch   | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, held broken document   | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, held unjudged document | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, held, close asked for  | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, held flow_unknown      | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, signer accepted        | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        completing, document accepted      | !wrong_state*     | !wrong_state*     | !wrong_state*     | !wrong_state*          | !wrong_state*     | !wrong_state*
        signed                             | !contract_signed* | !contract_signed* | !contract_signed* | !contract_signed*      | !contract_signed* | !contract_signed*
        revoked, no flow                   | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoked, flow ended                | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoked, unstarted, just now       | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoked, unstarted, a minute ago   | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoked, unstarted, held           | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        revoked, unstarted, reviewed       | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        declined                           | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        declined, held                     | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        expired                            | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        closed, flow ended                 | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        closed, flow open, just now        | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        closed, flow open, a minute ago    | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
        closed, flow open, held            | !wrong_state      | !wrong_state      | !wrong_state      | !wrong_state           | !wrong_state      | !wrong_state
",
    );
}

#[test]
fn signing_and_starting() {
    let check = |passed| IdentityCheck { verify_id: Some("verify-1".to_owned()), passed };
    let sign = |situation: &Situation, signer| Command::Sign {
        signing: signing("flow-2", signer, situation.now),
        check: Some(check(true)),
    };
    table(&[
        ("sign, same signer", &|situation| sign(situation, "signer-1")),
        ("sign, another signer", &|situation| sign(situation, "signer-2")),
        ("record a failed check", &|_| Command::RecordCheck { check: check(false) }),
        ("request start", &|_| Command::RequestStart),
    ])
    .assert_is(
        "
                                           | sign, same signer | sign, another signer | record a failed check | request start
        draft                              | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        confirmed                          | flow_created      | flow_created         | identity_checked      | !wrong_state
        signing                            | -                 | !wrong_state         | identity_checked      | start_requested
        signing, held start_refused        | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        signing, held flow_unknown         | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoking, 59 s after the start     | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoking, 60 s after the start     | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoking, held flow_unknown        | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        completing                         | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, sign won               | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, held signer_mismatch   | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, held broken document   | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, held unjudged document | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, held, close asked for  | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, held flow_unknown      | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, signer accepted        | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        completing, document accepted      | !wrong_state*     | !wrong_state*        | identity_checked      | !wrong_state
        signed                             | !contract_signed* | !contract_signed*    | identity_checked      | !wrong_state
        revoked, no flow                   | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoked, flow ended                | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoked, unstarted, just now       | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoked, unstarted, a minute ago   | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoked, unstarted, held           | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        revoked, unstarted, reviewed       | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        declined                           | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        declined, held                     | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        expired                            | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        closed, flow ended                 | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        closed, flow open, just now        | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        closed, flow open, a minute ago    | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
        closed, flow open, held            | !wrong_state      | !wrong_state         | identity_checked      | !wrong_state
",
    );
}

#[test]
fn revoking() {
    let mut grid =
        Grid::new(["customer", "staff", "subject_changed", "paper_contract", "untouched", "untouched for 30 days"]);
    for Situation { name, contract, now } in situations() {
        let day_30 = contract.updated_at + SignedDuration::from_hours(24 * UNTOUCHED_DAYS);
        let cases = CAUSES
            .into_iter()
            .map(|kind| (kind, if kind == CauseKind::Untouched { day_30 - SignedDuration::from_secs(1) } else { now }));
        let cells = cases.chain([(CauseKind::Untouched, day_30)]).map(|(kind, now)| {
            let decision = decide(&contract, &Command::Revoke { cause: cause(kind) }, now);
            outcome(&decision)
        });
        grid.row(name, cells);
    }
    grid.assert_is(
        "
                                           | customer             | staff                | subject_changed      | paper_contract       | untouched         | untouched for 30 days
        draft                              | revoked              | revoked              | revoked              | revoked              | -                 | revoked
        confirmed                          | revoked              | revoked              | revoked              | revoked              | -                 | revoked
        signing                            | revocation_requested | revocation_requested | revocation_requested | revocation_requested | -                 | -
        signing, held start_refused        | revocation_requested | revocation_requested | revocation_requested | revocation_requested | -                 | -
        signing, held flow_unknown         | revocation_requested | revocation_requested | revocation_requested | revocation_requested | -                 | -
        revoking, 59 s after the start     | -                    | -                    | -                    | -                    | -                 | -
        revoking, 60 s after the start     | -                    | -                    | -                    | -                    | -                 | -
        revoking, held flow_unknown        | -                    | -                    | -                    | -                    | -                 | -
        completing                         | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, sign won               | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, held signer_mismatch   | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, held broken document   | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, held unjudged document | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, held, close asked for  | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, held flow_unknown      | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, signer accepted        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        completing, document accepted      | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*        | !wrong_state*     | !wrong_state*
        signed                             | !contract_signed*    | !contract_signed*    | !contract_signed*    | !contract_signed*    | !contract_signed* | !contract_signed*
        revoked, no flow                   | -                    | -                    | -                    | -                    | -                 | -
        revoked, flow ended                | -                    | -                    | -                    | -                    | -                 | -
        revoked, unstarted, just now       | -                    | -                    | -                    | -                    | -                 | -
        revoked, unstarted, a minute ago   | -                    | -                    | -                    | -                    | -                 | -
        revoked, unstarted, held           | -                    | -                    | -                    | -                    | -                 | -
        revoked, unstarted, reviewed       | -                    | -                    | -                    | -                    | -                 | -
        declined                           | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
        declined, held                     | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
        expired                            | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
        closed, flow ended                 | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
        closed, flow open, just now        | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
        closed, flow open, a minute ago    | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
        closed, flow open, held            | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state         | !wrong_state      | !wrong_state
",
    );
}

#[test]
fn observing_the_flow() {
    let mut grid = Grid::new(FLOW_STATES.into_iter().map(flow_name).chain(["completed by another".to_owned()]));
    for Situation { name, contract, now } in situations() {
        let reports = FLOW_STATES.into_iter().map(|state| report_by(state, SubjectType::Enterprise, COMPANY));
        let by_another = report_by(FlowState::Completed, SubjectType::Enterprise, "另一家公司");
        let cells =
            reports.chain([by_another]).map(|report| outcome(&decide(&contract, &Command::Observe { report }, now)));
        grid.row(name, cells);
    }
    grid.assert_is(
        "
                                           | not_started       | signing           | completed                | revoked           | declined          | expired           | completed by another
        draft                              | -                 | -                 | -                        | -                 | -                 | -                 | -
        confirmed                          | -                 | -                 | -                        | -                 | -                 | -                 | -
        signing                            | -                 | -                 | completed                | revoked:ended     | declined          | expired           | completed + held:signer_mismatch
        signing, held start_refused        | -                 | -                 | completed                | revoked:ended     | declined          | expired           | completed + held:signer_mismatch
        signing, held flow_unknown         | -                 | -                 | completed                | revoked:ended     | declined          | expired           | completed + held:signer_mismatch
        revoking, 59 s after the start     | -                 | -                 | completed:won            | revoked:ended     | declined          | expired           | completed:won + held:signer_mismatch
        revoking, 60 s after the start     | revoked:unstarted | -                 | completed:won            | revoked:ended     | declined          | expired           | completed:won + held:signer_mismatch
        revoking, held flow_unknown        | revoked:unstarted | -                 | completed:won            | revoked:ended     | declined          | expired           | completed:won + held:signer_mismatch
        completing                         | held:flow_unknown | held:flow_unknown | -                        | held:flow_unknown | held:flow_unknown | held:flow_unknown | held:signer_mismatch
        completing, sign won               | held:flow_unknown | held:flow_unknown | -                        | held:flow_unknown | held:flow_unknown | held:flow_unknown | held:signer_mismatch
        completing, held signer_mismatch   | -                 | -                 | -                        | -                 | -                 | -                 | -
        completing, held broken document   | -                 | -                 | -                        | -                 | -                 | -                 | -
        completing, held unjudged document | -                 | -                 | -                        | -                 | -                 | -                 | -
        completing, held, close asked for  | -                 | -                 | -                        | -                 | -                 | -                 | -
        completing, held flow_unknown      | -                 | -                 | -                        | -                 | -                 | -                 | -
        completing, signer accepted        | held:flow_unknown | held:flow_unknown | -                        | held:flow_unknown | held:flow_unknown | held:flow_unknown | -
        completing, document accepted      | held:flow_unknown | held:flow_unknown | -                        | held:flow_unknown | held:flow_unknown | held:flow_unknown | -
        signed                             | -                 | -                 | -                        | -                 | -                 | -                 | -
        revoked, no flow                   | -                 | -                 | -                        | -                 | -                 | -                 | -
        revoked, flow ended                | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        revoked, unstarted, just now       | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        revoked, unstarted, a minute ago   | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        revoked, unstarted, held           | -                 | -                 | -                        | -                 | -                 | -                 | -
        revoked, unstarted, reviewed       | -                 | -                 | -                        | -                 | -                 | -                 | -
        declined                           | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        declined, held                     | -                 | -                 | -                        | -                 | -                 | -                 | -
        expired                            | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        closed, flow ended                 | -                 | -                 | -                        | -                 | -                 | -                 | -
        closed, flow open, just now        | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        closed, flow open, a minute ago    | -                 | -                 | held:completed_after_end | -                 | -                 | -                 | held:completed_after_end
        closed, flow open, held            | -                 | -                 | -                        | -                 | -                 | -                 | -
",
    );
}

#[test]
fn archiving_and_holding() {
    let reasons = REVIEW_REASONS.into_iter().map(contract::ReviewReason::as_str);
    let others = ["archive", "archive what was held", "broken document", "unjudged document"];
    let mut grid = Grid::new(others.into_iter().chain(reasons));
    for Situation { name, contract, now } in situations() {
        let [broken, unjudged] = [Outcome::Broken, Outcome::Unjudged].map(held);
        let accepted = broken.document;
        let others = [
            archived(Sha256::of(b"another")),
            archived(accepted),
            Command::HoldDocument { held: broken },
            Command::HoldDocument { held: unjudged },
        ];
        let holds = REVIEW_REASONS.into_iter().map(|reason| Command::Hold { reason });
        grid.row(name, others.into_iter().chain(holds).map(|command| outcome(&decide(&contract, &command, now))));
    }
    grid.assert_is(
        "
                                           | archive      | archive what was held | broken document        | unjudged document      | signer_mismatch      | document_mismatch | start_refused      | flow_unknown      | completed_after_end
        draft                              | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        confirmed                          | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        signing                            | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | held:start_refused | held:flow_unknown | -
        signing, held start_refused        | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        signing, held flow_unknown         | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        revoking, 59 s after the start     | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | held:flow_unknown | -
        revoking, 60 s after the start     | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | held:flow_unknown | -
        revoking, held flow_unknown        | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        completing                         | signed       | signed                | held:document_mismatch | held:document_mismatch | held:signer_mismatch | -                 | -                  | held:flow_unknown | -
        completing, sign won               | signed       | signed                | held:document_mismatch | held:document_mismatch | held:signer_mismatch | -                 | -                  | held:flow_unknown | -
        completing, held signer_mismatch   | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        completing, held broken document   | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        completing, held unjudged document | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        completing, held, close asked for  | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        completing, held flow_unknown      | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        completing, signer accepted        | signed       | signed                | held:document_mismatch | held:document_mismatch | -                    | -                 | -                  | held:flow_unknown | -
        completing, document accepted      | !wrong_state | signed                | held:document_mismatch | held:document_mismatch | -                    | -                 | -                  | held:flow_unknown | -
        signed                             | -            | -                     | -                      | -                      | -                    | -                 | -                  | -                 | -
        revoked, no flow                   | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        revoked, flow ended                | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        revoked, unstarted, just now       | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        revoked, unstarted, a minute ago   | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        revoked, unstarted, held           | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        revoked, unstarted, reviewed       | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        declined                           | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        declined, held                     | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        expired                            | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        closed, flow ended                 | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
        closed, flow open, just now        | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        closed, flow open, a minute ago    | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | held:completed_after_end
        closed, flow open, held            | !wrong_state | !wrong_state          | -                      | -                      | -                    | -                 | -                  | -                 | -
",
    );
}

#[test]
fn reviewing() {
    let mut grid = Grid::new(["accept", "retry", "close", "close, by a colleague"]);
    for Situation { name, contract, now } in situations() {
        let mine = DECISIONS.map(|decision| review_by(STAFF, decision));
        let colleagues = review_by(COLLEAGUE, ReviewDecision::Close);
        let cells = mine.into_iter().chain([colleagues]).map(|command| outcome(&decide(&contract, &command, now)));
        grid.row(name, cells);
    }
    grid.assert_is(
        "
                                           | accept           | retry        | close                   | close, by a colleague
        draft                              | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        confirmed                          | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        signing                            | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        signing, held start_refused        | !wrong_state     | reviewed     | reviewed + closed       | reviewed + closed
        signing, held flow_unknown         | !wrong_state     | reviewed     | reviewed + closed       | reviewed + closed
        revoking, 59 s after the start     | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoking, 60 s after the start     | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoking, held flow_unknown        | !wrong_state     | reviewed     | reviewed + closed       | reviewed + closed
        completing                         | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        completing, sign won               | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        completing, held signer_mismatch   | reviewed         | reviewed     | close_requested         | close_requested
        completing, held broken document   | !document_broken | reviewed     | close_requested         | close_requested
        completing, held unjudged document | reviewed         | reviewed     | close_requested         | close_requested
        completing, held, close asked for  | !document_broken | reviewed     | !second_person_required | reviewed + closed
        completing, held flow_unknown      | reviewed         | reviewed     | close_requested         | close_requested
        completing, signer accepted        | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        completing, document accepted      | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        signed                             | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoked, no flow                   | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoked, flow ended                | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoked, unstarted, just now       | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoked, unstarted, a minute ago   | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        revoked, unstarted, held           | !wrong_state     | reviewed     | reviewed                | reviewed
        revoked, unstarted, reviewed       | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        declined                           | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        declined, held                     | !wrong_state     | reviewed     | reviewed                | reviewed
        expired                            | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        closed, flow ended                 | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        closed, flow open, just now        | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        closed, flow open, a minute ago    | !wrong_state     | !wrong_state | !wrong_state            | !wrong_state
        closed, flow open, held            | !wrong_state     | reviewed     | reviewed                | reviewed
",
    );
}

#[test]
fn what_is_due_outside() {
    let mut grid = Grid::new(FLOW_STATES.map(flow_name));
    for Situation { name, contract, now } in situations() {
        grid.row(name, FLOW_STATES.map(|flow| format!("{:?}", due(&contract, flow, now)).to_lowercase()));
    }
    grid.assert_is(
        "
                                           | not_started | signing | completed | revoked | declined | expired
        draft                              | nothing     | nothing | nothing   | nothing | nothing  | nothing
        confirmed                          | nothing     | nothing | nothing   | nothing | nothing  | nothing
        signing                            | start       | wait    | wait      | wait    | wait     | wait
        signing, held start_refused        | wait        | wait    | wait      | wait    | wait     | wait
        signing, held flow_unknown         | wait        | wait    | wait      | wait    | wait     | wait
        revoking, 59 s after the start     | wait        | revoke  | wait      | wait    | wait     | wait
        revoking, 60 s after the start     | wait        | revoke  | wait      | wait    | wait     | wait
        revoking, held flow_unknown        | wait        | wait    | wait      | wait    | wait     | wait
        completing                         | wait        | wait    | archive   | wait    | wait     | wait
        completing, sign won               | wait        | wait    | archive   | wait    | wait     | wait
        completing, held signer_mismatch   | wait        | wait    | wait      | wait    | wait     | wait
        completing, held broken document   | wait        | wait    | wait      | wait    | wait     | wait
        completing, held unjudged document | wait        | wait    | wait      | wait    | wait     | wait
        completing, held, close asked for  | wait        | wait    | wait      | wait    | wait     | wait
        completing, held flow_unknown      | wait        | wait    | wait      | wait    | wait     | wait
        completing, signer accepted        | wait        | wait    | archive   | wait    | wait     | wait
        completing, document accepted      | wait        | wait    | archive   | wait    | wait     | wait
        signed                             | nothing     | nothing | nothing   | nothing | nothing  | nothing
        revoked, no flow                   | nothing     | revoke  | nothing   | nothing | nothing  | nothing
        revoked, flow ended                | wait        | revoke  | nothing   | nothing | nothing  | nothing
        revoked, unstarted, just now       | wait        | revoke  | nothing   | nothing | nothing  | nothing
        revoked, unstarted, a minute ago   | nothing     | revoke  | nothing   | nothing | nothing  | nothing
        revoked, unstarted, held           | wait        | wait    | wait      | wait    | wait     | wait
        revoked, unstarted, reviewed       | nothing     | revoke  | nothing   | nothing | nothing  | nothing
        declined                           | nothing     | revoke  | nothing   | nothing | nothing  | nothing
        declined, held                     | wait        | wait    | wait      | wait    | wait     | wait
        expired                            | nothing     | revoke  | nothing   | nothing | nothing  | nothing
        closed, flow ended                 | wait        | revoke  | nothing   | nothing | nothing  | nothing
        closed, flow open, just now        | wait        | revoke  | nothing   | nothing | nothing  | nothing
        closed, flow open, a minute ago    | nothing     | revoke  | nothing   | nothing | nothing  | nothing
        closed, flow open, held            | wait        | wait    | wait      | wait    | wait     | wait
",
    );
}

#[test]
fn what_the_customer_is_allowed() {
    let mut grid = Grid::new(["allowed", "open the signing page"]);
    for Situation { name, contract, .. } in situations() {
        let allowed = contract.allowed().into_iter().map(Action::as_str).collect::<Vec<_>>().join(" ");
        let open =
            may_open_signing(&contract).map_or_else(|refusal| refused(&refusal), |signing| signing.flow.to_string());
        grid.row(name, [if allowed.is_empty() { "-".to_owned() } else { allowed }, open]);
    }
    grid.assert_is(
        "
                                           | allowed                  | open the signing page
        draft                              | edit confirm revoke      | !wrong_state
        confirmed                          | edit submitSigner revoke | !wrong_state
        signing                            | openSigning revoke       | flow-1
        signing, held start_refused        | revoke                   | !wrong_state
        signing, held flow_unknown         | revoke                   | !wrong_state
        revoking, 59 s after the start     | -                        | !wrong_state
        revoking, 60 s after the start     | -                        | !wrong_state
        revoking, held flow_unknown        | -                        | !wrong_state
        completing                         | -                        | !wrong_state*
        completing, sign won               | -                        | !wrong_state*
        completing, held signer_mismatch   | -                        | !wrong_state*
        completing, held broken document   | -                        | !wrong_state*
        completing, held unjudged document | -                        | !wrong_state*
        completing, held, close asked for  | -                        | !wrong_state*
        completing, held flow_unknown      | -                        | !wrong_state*
        completing, signer accepted        | -                        | !wrong_state*
        completing, document accepted      | -                        | !wrong_state*
        signed                             | download                 | !contract_signed*
        revoked, no flow                   | -                        | !wrong_state
        revoked, flow ended                | -                        | !wrong_state
        revoked, unstarted, just now       | -                        | !wrong_state
        revoked, unstarted, a minute ago   | -                        | !wrong_state
        revoked, unstarted, held           | -                        | !wrong_state
        revoked, unstarted, reviewed       | -                        | !wrong_state
        declined                           | -                        | !wrong_state
        declined, held                     | -                        | !wrong_state
        expired                            | -                        | !wrong_state
        closed, flow ended                 | -                        | !wrong_state
        closed, flow open, just now        | -                        | !wrong_state
        closed, flow open, a minute ago    | -                        | !wrong_state
        closed, flow open, held            | -                        | !wrong_state
",
    );
}

#[test]
fn allowed_is_what_the_guards_let_through() {
    for Situation { name, contract, .. } in situations() {
        let new = application(SubjectType::Enterprise, 2);
        let signer = &signing("flow-2", "signer-1", at(0)).signer.fingerprint;
        let goes_on = [
            (Action::Edit, may_edit(&contract, contract.revision, &new) == Ok(true)),
            // A confirmed draft is confirmed once more without a change.
            (Action::Confirm, may_confirm(&contract, &contract.draft.sha256) == Ok(true)),
            (Action::SubmitSigner, may_submit_signer(&contract, signer) == Ok(true)),
            (Action::OpenSigning, may_open_signing(&contract).is_ok()),
            (Action::Revoke, may_revoke(&contract) == Ok(true)),
        ];
        for (action, goes_on) in goes_on {
            assert_eq!(contract.allowed().contains(&action), goes_on, "{name} × {}", action.as_str());
        }
    }
}

/// Staff accept the signer, then the document: neither question is put to them again.
#[test]
fn what_was_accepted_is_not_asked_again() {
    let by_another = report_by(FlowState::Completed, SubjectType::Enterprise, "另一家公司");
    let observe = Command::Observe { report: by_another };
    let run = Run::company().confirm(10).sign(20).then(50, &observe);
    let run = run.review(60, ReviewDecision::Accept).hold_document(70, Outcome::Unjudged);
    let run = run.review(80, ReviewDecision::Accept);
    assert_eq!(decide(&run.contract, &observe, at(90)), Ok(vec![]));
    assert_eq!(run.then(100, &archived(held(Outcome::Unjudged).document)).contract.review, None);
}

#[test]
fn the_signer_is_compared_with_the_subject() {
    let company = Run::company().contract;
    let person = Run::open(SubjectType::Personal, 8, at(0)).contract;
    let report =
        |signers: &[contract::FlowSigner]| FlowReport { state: FlowState::Completed, signers: signers.to_vec() };
    let vendor = flow_signer(1, SubjectType::Enterprise, Some("云上示例科技有限公司"));
    let enterprise = |name| flow_signer(2, SubjectType::Enterprise, name);
    let personal = |name| flow_signer(2, SubjectType::Personal, name);
    for (contract, signers, differs, why) in [
        (&company, vec![vendor.clone(), enterprise(Some(COMPANY))], false, "the subject"),
        (&company, vec![enterprise(Some(COMPANY)), vendor.clone()], false, "in whatever order they are listed"),
        (
            &company,
            vec![vendor.clone(), enterprise(Some(" 杭州示例云智科技有限公司\u{3000}"))],
            false,
            "white space at the ends",
        ),
        (&company, vec![vendor.clone(), enterprise(Some("杭州示例云智科技有限公司分公司"))], true, "a longer name"),
        (&company, vec![vendor.clone(), enterprise(None)], true, "no name"),
        (&company, vec![vendor.clone(), enterprise(Some(""))], true, "an empty name"),
        (&company, vec![vendor.clone(), personal(Some(COMPANY))], true, "a person of the company's name"),
        (&company, vec![vendor.clone(), personal(Some(PERSON))], true, "the transactor themself"),
        (&company, vec![vendor.clone()], true, "the vendor alone"),
        (&company, vec![], true, "nobody"),
        (&person, vec![vendor.clone(), personal(Some(PERSON))], false, "the subject"),
        (&person, vec![vendor.clone(), personal(Some("李样例"))], true, "somebody else"),
        (&person, vec![vendor.clone(), enterprise(Some(PERSON))], true, "a company of the person's name"),
    ] {
        assert_eq!(signer_differs(contract, &report(&signers)), differs, "{why}");
    }
}
