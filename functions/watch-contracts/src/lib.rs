//! `watch-contracts`: the timer. Whatever has been waiting for its time goes to `settle-signing`'s queue.
//!
//! The queues and callbacks only make things quick; this is what makes them certain.

use contract::{Clock, ContractId};
use serde::Serialize;
use store::{Queue, Table};
use web::Host;

/// So many contracts of one shard are queued in one run; the rest have to wait for the next.
const MOST_PER_SHARD: i32 = 500;

/// What this function works with.
pub struct App {
    table: Table,
    settlements: Queue,
    clock: Clock,
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
        let queue = host.settings.required("SETTLEMENTS_QUEUE_URL");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            settlements: Queue::new(&host.aws, queue),
            clock: host.clock.clone(),
        })
    }
}

/// Queues all contracts that are due.
///
/// # Errors
/// Where the table or the queue does not answer; the next run finds the same contracts.
pub async fn handle(app: &App) -> Result<(), store::Failure> {
    let due = app.table.due((app.clock)(), MOST_PER_SHARD).await?;
    let messages: Vec<Message> = due.into_iter().map(|contract| Message { contract }).collect();
    let refused = app.settlements.send_all(&messages).await?;
    if !messages.is_empty() {
        tracing::info!(due = messages.len(), refused = refused.len(), "contracts whose time has come are queued");
    }
    Ok(())
}
