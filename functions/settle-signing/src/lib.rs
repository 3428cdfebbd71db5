//! `settle-signing`: brings a contract and its signing flow to agreement.
//!
//! Level-triggered: a message only names a contract. Whatever set it off (callback, revocation, timer), the provider is asked how
//! the flow stands and what is due is done, so the order of messages and their repetition do not matter.
//!
//! A provider that is away is no error of the message: it is acknowledged, and the contract's next look is set. So a dead-letter
//! queue holds defects, never outages.

mod archive;

use contract::{
    Cause, CauseKind, Clock, Command, Contract, ContractId, Due, FlowReport, LookSchedule, ReviewReason, State,
    Timestamp, decide, due, first_look, next_look,
};
use esign::{Provider, Refusal};
use evidence::Anchors;
use store::{By, Documents, Table};
use web::{Host, Metrics, SqsBatchResponse, SqsEvent};

use archive::{Archived, Archivist};

/// One message makes so many acts at most; a contract that still moves then is looked at again soon.
const MOST_ACTS: u32 = 8;
/// And begins none after so long: two calls of a slow provider still fit into the function's minute, which the whole batch shares.
const MOST_SECONDS: i64 = 30;

/// After so long without the provider's help, a contract that needs it is counted as stuck.
const STUCK_SECONDS: i64 = 3600;

/// What the provider is told as the reason of a revocation; the customer's own words stay here.
const REVOKE_REASON: &str = "合同申请已撤销";

/// What this function works with.
pub struct App {
    table: Table,
    provider: Provider,
    archivist: Archivist,
    schedule: LookSchedule,
    clock: Clock,
    metrics: Metrics,
}

/// A message of the settlements queue.
#[derive(Debug, serde::Deserialize)]
struct Message {
    contract: ContractId,
}

/// Whether there is more to do for a contract now.
enum Step {
    Again,
    Rest,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule: Option<LookSchedule> = host.settings.parsed("LOOK_SCHEDULE");
        let provider = Provider::read(|name| host.settings.required(name), &host.clock, host.carrier.clone());
        let provider = host.settings.accept("ESIGN_BASE_URL", provider);
        let drafts = host.settings.required("DRAFTS_BUCKET");
        let archive = host.settings.required("ARCHIVE_BUCKET");
        let party_b = host.settings.json::<Vendor>("PARTY_B");
        let anchors = host.settings.optional("TRUST_ANCHORS").unwrap_or_default();
        let unknown_ca = host.settings.optional("ALLOW_UNKNOWN_CA").is_some_and(|allowed| allowed == "true");
        let anchors = host.settings.accept("TRUST_ANCHORS", anchors_of(&anchors, unknown_ca));
        let metrics = Metrics::read(host);
        let schedule = schedule?;
        Some(Self {
            table: Table::new(&host.aws, table, schedule.clone(), host.random.clone()),
            provider: provider?,
            archivist: Archivist {
                drafts: Documents::drafts(&host.aws, drafts),
                held: Documents::held(&host.aws, archive.clone()),
                archive: Documents::archive(&host.aws, archive),
                anchors: anchors?,
                party_b: party_b?.name,
            },
            schedule,
            clock: host.clock.clone(),
            metrics,
        })
    }
}

/// The anchors that are given, with those that the program brings. Where none is given, nobody has named the authority behind the provider's
/// certificates, and somebody has to have said that this is wanted: then the chain is not checked at all.
fn anchors_of(pem: &str, unknown_ca: bool) -> Result<Anchors, String> {
    let anchors = Anchors::from_pem(pem).map_err(|error| error.to_string())?;
    if anchors.is_empty() && !unknown_ca {
        return Err("it names no root certificate, so nobody can tell who issued a signer's certificate: \
                    give the roots, or set AllowUnknownCa to true"
            .to_owned());
    }
    Ok(if anchors.is_empty() { anchors } else { anchors.with(Anchors::bundled()) })
}

/// Of the vendor, only the name is needed here: it must stand in the certificate of its seal.
#[derive(serde::Deserialize)]
struct Vendor {
    name: String,
}

/// Settles each contract that the batch names, all at once; those that could not be settled come again.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    web::each_message(event, |message: Message| settle(app, message.contract)).await
}

/// Settles one contract.
async fn settle(app: &App, id: ContractId) -> Result<(), store::Failure> {
    let began = (app.clock)();
    for act in 0..MOST_ACTS {
        if (app.clock)().duration_since(began).as_secs() >= MOST_SECONDS {
            break;
        }
        let Some(contract) = app.table.contract(id).await? else {
            tracing::warn!(contract = %id, "a message names a contract that does not exist");
            return Ok(());
        };
        match step(app, contract).await {
            Ok(Step::Rest) => return Ok(()),
            Ok(Step::Again) => {}
            // Somebody else moves it: what is due now is another thing.
            Err(store::Failure::Conflict) => app.table.pause(act).await,
            Err(failure) => return Err(failure),
        }
    }
    tracing::info!(contract = %id, "still moving after {MOST_ACTS} acts or {MOST_SECONDS} s; its next look goes on");
    Ok(())
}

/// Asks how the flow stands and does one thing.
async fn step(app: &App, contract: Contract) -> Result<Step, store::Failure> {
    let now = (app.clock)();
    let Some(signing) = contract.state.signing() else { return untouched(app, &contract).await };
    let report = match app.provider.status(&signing.flow).await {
        Ok(report) => report,
        Err(failure) if failure.refusal() == Some(Refusal::FlowUnknown) => {
            return hold(app, &contract, &Command::Hold { reason: ReviewReason::FlowUnknown }).await;
        }
        Err(failure) => return later(app, &contract, &failure).await,
    };
    let contract = match decide(&contract, &Command::Observe { report: report.clone() }, now) {
        Ok(events) => app.table.append(&contract, &events, &By::provider(now)).await?.contract,
        Err(_) => contract,
    };
    act(app, contract, &report, now).await
}

/// Does what is due outside. What the provider answered is judged by the time at which it was asked: a start that was in flight then may have
/// arrived since, and a later time would take the flow for one that can no longer start.
async fn act(app: &App, contract: Contract, report: &FlowReport, asked: Timestamp) -> Result<Step, store::Failure> {
    let now = (app.clock)();
    let Some(signing) = contract.state.signing() else { return Ok(Step::Rest) };
    match due(&contract, report.state, asked) {
        Due::Nothing => {
            app.table.look_again(&contract, None).await?;
            Ok(Step::Rest)
        }
        Due::Wait => {
            let look = if contract.state.ended() {
                first_look(&contract, now, &app.schedule)
            } else {
                next_look(&contract, now, &app.schedule)
            };
            if let Some(reason) = contract.review {
                tracing::warn!(contract = %contract.id, reason = reason.as_str(), "held for review: staff have to decide");
            }
            app.table.look_again(&contract, look).await?;
            Ok(Step::Rest)
        }
        Due::Start => {
            // Recorded first, so that nobody takes the flow for one that can no longer start.
            let Ok(events) = decide(&contract, &Command::RequestStart, now) else { return Ok(Step::Again) };
            let contract = app.table.append(&contract, &events, &By::system(now)).await?.contract;
            match app.provider.start(&signing.flow).await {
                Ok(()) => Ok(Step::Rest),
                Err(failure) => match failure.refusal() {
                    Some(
                        Refusal::NoQuota
                        | Refusal::Expired
                        | Refusal::NotAllowed
                        | Refusal::FileLost
                        | Refusal::SignerMismatch,
                    ) => hold(app, &contract, &Command::Hold { reason: ReviewReason::StartRefused }).await,
                    _ => later(app, &contract, &failure).await,
                },
            }
        }
        Due::Revoke => match app.provider.revoke(&signing.flow, REVOKE_REASON).await {
            Ok(()) => Ok(Step::Again),
            // It ended in between: ask again what came of it.
            Err(failure) if failure.refusal() == Some(Refusal::NotSigning) => Ok(Step::Again),
            Err(failure) => later(app, &contract, &failure).await,
        },
        Due::Archive => match app.archivist.archive(&app.provider, &contract, signing, report, now).await {
            Ok(Archived::Done { document, chain_checked, signatures }) => {
                let command = Command::Archive { document, chain_checked, signatures };
                if let Ok(events) = decide(&contract, &command, now)
                    && app.table.append(&contract, &events, &By::system((app.clock)())).await?.changed
                {
                    app.metrics.put(now, &[("ContractsSigned", 1)]);
                }
                Ok(Step::Rest)
            }
            Ok(Archived::Held(held)) => hold(app, &contract, &Command::HoldDocument { held }).await,
            Ok(Archived::Away(failure)) => later(app, &contract, &failure).await,
            // The archive is away, as the provider can be: a message would die of it, and the timer send another one every minute.
            Err(failure @ store::Failure::Unavailable { .. }) => later(app, &contract, &failure).await,
            Err(failure) => Err(failure),
        },
    }
}

/// A draft that nobody touched for 30 days is revoked.
async fn untouched(app: &App, contract: &Contract) -> Result<Step, store::Failure> {
    let now = (app.clock)();
    let cause = Cause { kind: CauseKind::Untouched, reason: None };
    let events = decide(contract, &Command::Revoke { cause }, now).unwrap_or_default();
    if !app.table.append(contract, &events, &By::system(now)).await?.changed {
        app.table.look_again(contract, next_look(contract, now, &app.schedule)).await?;
    }
    Ok(Step::Rest)
}

/// Holds a contract for staff to look at.
async fn hold(app: &App, contract: &Contract, command: &Command) -> Result<Step, store::Failure> {
    let now = (app.clock)();
    let events = decide(contract, command, now).unwrap_or_default();
    let held = app.table.append(contract, &events, &By::system(now)).await?;
    if let (true, Some(reason)) = (held.changed, held.contract.review) {
        app.metrics.put(now, &[("HeldForReview", 1)]);
        tracing::warn!(contract = %contract.id, reason = reason.as_str(), "held for review: staff have to decide");
    } else {
        app.table.look_again(&held.contract, next_look(&held.contract, now, &app.schedule)).await?;
    }
    Ok(Step::Rest)
}

/// The provider or the archive is away: the next look goes on from here.
async fn later(
    app: &App,
    contract: &Contract,
    failure: &(dyn std::fmt::Display + Sync),
) -> Result<Step, store::Failure> {
    let now = (app.clock)();
    tracing::warn!(contract = %contract.id, state = contract.state.name().as_str(), cause = %failure, "what is needed outside is away or refuses; looking again later");
    app.metrics.put(now, &[("ProviderFailures", 1), ("StuckContracts", u64::from(stuck(contract, now)))]);
    let look = match &contract.state {
        State::Draft | State::Confirmed { .. } => return Ok(Step::Rest),
        state if state.ended() => first_look(contract, now, &app.schedule),
        _ => next_look(contract, now, &app.schedule),
    };
    app.table.look_again(contract, look).await?;
    Ok(Step::Rest)
}

/// Whether it has needed the provider for long: to end a revocation, or to hand out what was signed. One that waits for its signer does not.
fn stuck(contract: &Contract, now: Timestamp) -> bool {
    match &contract.state {
        State::Revoking { signing } | State::Completing { signing, .. } => {
            now.duration_since(signing.waiting_since).as_secs() >= STUCK_SECONDS
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_anchors_it_starts_only_where_that_is_allowed() {
        let refused = anchors_of(" ", false).map(|_| ()).err();
        assert!(refused.as_ref().is_some_and(|refused| refused.contains("AllowUnknownCa")), "{refused:?}");
        assert!(anchors_of("", true).is_ok_and(|anchors| anchors.is_empty()));
        assert!(anchors_of("no certificate at all", true).is_err(), "what is no certificate is not taken for none");
    }
}
