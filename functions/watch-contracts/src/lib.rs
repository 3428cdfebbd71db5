//! `watch-contracts`: the timer. Contracts that have been waiting for their time go to `settle-signing`'s queue, mails to `notify`'s.
//!
//! The queues and callbacks only make things quick; this is what makes them certain.

use contract::{Clock, ContractId, Timestamp};
use serde::Serialize;
use store::{Queue, Table};
use web::{Host, Metrics};

/// So many contracts, and so many mails, of one shard are queued in one run; the rest have to wait for the next.
const MOST_PER_SHARD: i32 = 500;

/// What this function works with.
pub struct App {
    table: Table,
    settlements: Queue,
    notifications: Queue,
    clock: Clock,
    metrics: Metrics,
}

#[derive(Serialize)]
struct Message {
    contract: ContractId,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let settlements = host.settings.required("SETTLEMENTS_QUEUE_URL");
        let notifications = host.settings.required("NOTIFICATIONS_QUEUE_URL");
        let metrics = Metrics::read(host);
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            settlements: Queue::new(&host.aws, settlements),
            notifications: Queue::new(&host.aws, notifications),
            clock: host.clock.clone(),
            metrics,
        })
    }
}

/// Queues all contracts and all mails that are due.
///
/// # Errors
/// Where the table or a queue does not answer; the next run finds the same ones.
pub async fn handle(app: &App) -> Result<(), store::Failure> {
    let now = (app.clock)();
    let due = app.table.due(now, MOST_PER_SHARD).await?;
    let contracts: Vec<Message> = due.iter().map(|(contract, _)| Message { contract: *contract }).collect();
    let refused = app.settlements.send_all(&contracts).await?;
    if !contracts.is_empty() {
        tracing::info!(due = contracts.len(), refused = refused.len(), "contracts whose time has come are queued");
    }
    let (mails, mails_since): (Vec<_>, Vec<_>) = app.table.due_mails(now, MOST_PER_SHARD).await?.into_iter().unzip();
    let refused = app.notifications.send_all(&mails).await?;
    if !mails.is_empty() {
        tracing::info!(due = mails.len(), refused = refused.len(), "mails whose time has come are queued");
    }
    let since = due.iter().map(|(_, since)| *since).chain(mails_since);
    let figures = [
        ("DueContracts", count(due.len())),
        ("DueMails", count(mails.len())),
        ("OldestDueSeconds", since.map(|since| waited(since, now)).max().unwrap_or(0)),
    ];
    app.metrics.put(now, &figures);
    Ok(())
}

/// So many seconds ago its time had come.
fn waited(since: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(since).as_secs()).unwrap_or(0)
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
