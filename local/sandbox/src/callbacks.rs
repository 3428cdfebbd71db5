//! The queue of callbacks, and the task that sends them (Open API V3, callbacks).
//!
//! A callback is recorded in the transaction of what it tells about, and leaves the queue only when a 2xx came back or the last
//! retry failed: so each arrives at least once, also when the process dies in between. Waiting goes by the machine's clock, for
//! it is about the network; the times inside callbacks are the sandbox's.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use contract::Timestamp;
use rusqlite::params;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::faults;
use crate::flow::Flow;
use crate::house::House;
use crate::signature::sign_callback;
use crate::state::Records;
use crate::wire::Refusal;

/// A receiver has this long to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the queue and the flows' deadlines are looked at when nobody rings.
const TICK: Duration = Duration::from_millis(250);
/// At most so many callbacks are on their way at once.
const MOST_IN_FLIGHT: usize = 16;

/// A callback that is due.
struct Due {
    number: i64,
    flow: String,
    url: String,
    body: Vec<u8>,
    attempts: usize,
}

/// What has become of a flow's callbacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Requests that went out, repeats included.
    pub(crate) sent: i64,
    pub(crate) delivered: i64,
    pub(crate) pending: i64,
    /// Lost on purpose.
    pub(crate) dropped: i64,
    /// Never acknowledged, and not tried again.
    pub(crate) given_up: i64,
}

fn machine_time() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Queues a callback, if the flow wants any.
pub(crate) fn enqueue(records: &Records<'_>, flow: &Flow, action: &str, body: &Value) -> Result<(), Refusal> {
    let Some(url) = &flow.notify_url else { return Ok(()) };
    let faults = faults::current(records)?;
    let state = if faults.drop_callbacks { "dropped" } else { "pending" };
    for _ in 0..=faults.duplicate_callbacks {
        let delay = match (faults.shuffle_callbacks, action) {
            (false, _) => 0,
            (true, "SIGN_FLOW_COMPLETE") => rand::random_range(0..300),
            (true, _) => rand::random_range(600..1200),
        };
        records
            .connection
            .prepare_cached(
                "INSERT INTO callbacks (flow, action, url, body, state, attempts, due) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
            )?
            .execute(params![flow.id, action, url, body.to_string().into_bytes(), state, machine_time() + delay])?;
    }
    Ok(())
}

/// What has become of one flow's callbacks.
pub(crate) fn tally(records: &Records<'_>, flow: &str) -> Result<Tally, Refusal> {
    let mut tally = Tally::default();
    let mut statement = records
        .connection
        .prepare_cached("SELECT state, COUNT(*), SUM(attempts) FROM callbacks WHERE flow = ?1 GROUP BY state")?;
    let mut rows = statement.query([flow])?;
    while let Some(row) = rows.next()? {
        let (state, count, attempts): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        tally.sent += attempts;
        match state.as_str() {
            "delivered" => tally.delivered += count,
            "pending" => tally.pending += count,
            "dropped" => tally.dropped += count,
            _ => tally.given_up += count,
        }
    }
    Ok(tally)
}

/// The next callbacks to send: at most one per flow, the one that has been due longest.
fn due(records: &Records<'_>, in_flight: &HashSet<String>, room: usize) -> Result<Vec<Due>, Refusal> {
    let now = machine_time();
    if faults::current(records)?.drop_callbacks {
        records
            .connection
            .prepare_cached("UPDATE callbacks SET state = 'dropped' WHERE state = 'pending' AND due <= ?1")?
            .execute([now])?;
        return Ok(Vec::new());
    }
    let mut statement = records.connection.prepare_cached(
        "SELECT number, flow, url, body, attempts FROM callbacks WHERE state = 'pending' AND due <= ?1 ORDER BY due, number",
    )?;
    let mut rows = statement.query([now])?;
    let mut chosen: Vec<Due> = Vec::new();
    while chosen.len() < room
        && let Some(row) = rows.next()?
    {
        let flow: String = row.get(1)?;
        if in_flight.contains(&flow) || chosen.iter().any(|known| known.flow == flow) {
            continue;
        }
        let attempts = usize::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
        chosen.push(Due { number: row.get(0)?, flow, url: row.get(2)?, body: row.get(3)?, attempts });
    }
    Ok(chosen)
}

/// Records how an attempt went.
fn settle(house: &House, due: &Due, arrived: bool) -> Result<(), Refusal> {
    let wait = house.retries.get(due.attempts);
    let state = match (arrived, wait) {
        (true, _) => "delivered",
        (false, Some(_)) => "pending",
        (false, None) => "given_up",
    };
    let wait = wait.map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    house.state.transact(|records| {
        records
            .connection
            .prepare_cached("UPDATE callbacks SET state = ?2, attempts = attempts + 1, due = ?3 WHERE number = ?1")?
            .execute(params![due.number, state, machine_time().saturating_add(wait)])?;
        Ok(())
    })
}

/// The headers of a callback that is sent now.
pub(crate) fn headers(house: &House, query: &str, body: &[u8]) -> [(&'static str, String); 5] {
    let timestamp = house.now().as_millisecond().to_string();
    let signature = sign_callback(&house.application.secret, &timestamp, query, body);
    [
        ("Content-Type", "application/json; charset=UTF-8".to_owned()),
        ("X-Tsign-Open-App-Id", house.application.id.clone()),
        ("X-Tsign-Open-TIMESTAMP", timestamp),
        ("X-Tsign-Open-SIGNATURE-ALGORITHM", "hmac-sha256".to_owned()),
        ("X-Tsign-Open-SIGNATURE", signature),
    ]
}

/// Sends one callback; true when the receiver took it.
async fn send(client: &reqwest::Client, house: &House, due: &Due) -> bool {
    let Ok(url) = reqwest::Url::parse(&due.url) else { return false };
    let headers = headers(house, url.query().unwrap_or_default(), &due.body);
    let request = headers.into_iter().fold(client.post(url), |request, (name, value)| request.header(name, value));
    match request.body(due.body.clone()).send().await {
        Ok(response) => response.status().is_success(),
        Err(_) => false,
    }
}

/// A callback, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The flow that it tells of.
    pub flow: String,
    /// As `SIGN_FLOW_COMPLETE`.
    pub action: String,
    /// Where it is to go.
    pub url: String,
    /// What it says.
    pub body: Vec<u8>,
}

/// Takes all callbacks that wait out of the queue, in the order in which they were made.
pub(crate) fn take_all(records: &Records<'_>) -> Result<Vec<Posted>, Refusal> {
    let mut statement = records
        .connection
        .prepare_cached("SELECT flow, action, url, body FROM callbacks WHERE state = 'pending' ORDER BY number")?;
    let posted = |row: &rusqlite::Row<'_>| {
        Ok(Posted { flow: row.get(0)?, action: row.get(1)?, url: row.get(2)?, body: row.get(3)? })
    };
    let all = statement.query_map([], posted)?.collect::<Result<Vec<_>, _>>()?;
    records.connection.execute("UPDATE callbacks SET state = 'delivered' WHERE state = 'pending'", [])?;
    Ok(all)
}

/// The client that callbacks go out with: straight to the receiver, through no proxy and after no redirect.
///
/// # Errors
///
/// When the client cannot be set up.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().timeout(PATIENCE).no_proxy().redirect(reqwest::redirect::Policy::none()).build()
}

/// Ends the flows whose deadline has passed.
pub(crate) fn expire_overdue(house: &House) -> Result<(), Refusal> {
    house.state.transact(|records| {
        for id in Flow::overdue(records, house.now().as_millisecond())? {
            // Loading an overdue flow ends it.
            Flow::load(house, records, &id)?;
        }
        Ok(())
    })
}

/// Runs until told to stop: ends overdue flows, and sends what is due.
pub(crate) async fn run(house: Arc<House>, client: reqwest::Client, mut stop: watch::Receiver<bool>) {
    let mut sending: JoinSet<String> = JoinSet::new();
    let mut in_flight: HashSet<String> = HashSet::new();
    while !*stop.borrow() {
        let room = MOST_IN_FLIGHT.saturating_sub(in_flight.len());
        let (asked, busy) = (Arc::clone(&house), in_flight.clone());
        let found = tokio::task::spawn_blocking(move || {
            expire_overdue(&asked)?;
            asked.state.transact(|records| due(records, &busy, room))
        });
        let found = match found.await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                tracing::error!(%error, "callbacks could not be looked up");
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        for callback in found {
            in_flight.insert(callback.flow.clone());
            let (house, client) = (Arc::clone(&house), client.clone());
            sending.spawn(async move {
                let arrived = send(&client, &house, &callback).await;
                let flow = callback.flow.clone();
                let settled = tokio::task::spawn_blocking(move || settle(&house, &callback, arrived)).await;
                if let Ok(Err(error)) = settled {
                    tracing::error!(%error, "a callback's outcome could not be recorded");
                }
                flow
            });
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = house.bell.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            Some(done) = sending.join_next(), if !sending.is_empty() => {
                match done {
                    Ok(flow) => { in_flight.remove(&flow); }
                    // Which flow it was is not known; forgetting all of them risks one repeat, and that is allowed.
                    Err(_) => in_flight.clear(),
                }
            }
        }
    }
    sending.shutdown().await;
}
