//! What queues and the stream may do to a message: bring it again and again although nobody can read it, bring it back from the dead-letter
//! queue, and stop at any record.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::simulation::calm::{fair_minutes, landed, quiet};
use crate::simulation::journeys::Walk;
use crate::simulation::people::{People, SUBJECTS, company};
use crate::simulation::promise::Snapshot;
use crate::simulation::world::{Caller, QUEUES, World};
use crate::simulation::{How, Plant, Weather, in_virtual_time};

/// Good messages beside the one that nobody can read.
const GOOD: u32 = 9;

/// A message that is none.
const POISON: &str = "{\"contract\": 17";

/// What the log says of it.
const REASON: &str = "the message cannot be read; it goes to the dead-letter queue";

/// Longer than a message that fails stays out of the dead-letter queue: 5 receipts, 6 minutes apart.
const DEAD_AFTER: Duration = Duration::from_secs(40 * 60);

/// One message of ten cannot be read: what does not hold then.
///
/// # Panics
/// Where the simulation itself is broken.
#[must_use]
pub fn poison(plant: &Plant) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let told = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(told, || in_virtual_time(poisoned(plant, &log)))
}

async fn poisoned(plant: &Plant, log: &Log) -> Vec<String> {
    let mut world = World::new(plant, 1, Weather::fair());
    let mut people = People::new();
    let mut walk = Walk { world: &mut world, people: &mut people, astray: Vec::new() };
    walk.world.hold_callbacks = true;
    for number in 1..=GOOD {
        let by = Caller { sub: format!("user-{number}"), customer: Some(format!("company-{number}")) };
        walk.is_verified(by.customer.as_deref().unwrap_or_default(), company(number), 1).await;
        let contract = walk.submits(&by, company(number)).await;
        walk.at_provider_quietly(&contract, "sign", &json!({}));
    }
    let mut broken = walk.astray;
    world.settle().await;
    // Of each flow the last callback is enough.
    let callbacks = std::mem::take(&mut world.callbacks);
    world.callbacks.extend(callbacks.into_iter().filter(|callback| callback.posted.action == "SIGN_FLOW_COMPLETE"));
    world.hold_callbacks = false;
    while !world.callbacks.is_empty() {
        world.post(0);
    }
    landed(&mut world, &mut people).await;
    let (queue, function) = QUEUES[0];
    world.put(queue, POISON).await;
    let ten = world.messages(queue).await;
    if ten != u64::from(GOOD) + 1 {
        broken.push(format!("{ten} messages wait, not ten"));
    }
    world.consume(queue, function, 10).await;
    quiet(&mut world, &mut people).await;
    let good: Vec<Value> = world
        .read
        .iter()
        .filter(|(from, body)| *from == queue && !body.is_null())
        .map(|(_, body)| body.clone())
        .collect();
    if good.len() != GOOD as usize {
        broken.push(format!("{} of nine were done at once", good.len()));
    }
    fair_minutes(&mut world, &mut people, DEAD_AFTER).await;
    let done = settled(&mut world, &mut broken, "at first").await;
    if !log.text().contains(REASON) {
        broken.push("the log does not say why".to_owned());
    }
    // Staff move it back, and with it messages that were done long ago.
    for body in &good {
        world.put("SettlementsDeadLetterQueue", &body.to_string()).await;
    }
    let read = world.read.len();
    // By name, for a queue remembers only of those messages where they came from that died in it.
    let arn = |queue: &str| plant.functions.named(&format!("{queue}.Arn")).expect("each queue has an ARN").to_owned();
    let asked = json!({ "SourceArn": arn("SettlementsDeadLetterQueue"), "DestinationArn": arn(queue) });
    world.aws("sqs", "AmazonSQS.StartMessageMoveTask", &asked).await;
    fair_minutes(&mut world, &mut people, DEAD_AFTER).await;
    if world.read.len() < read + good.len() + 1 {
        broken.push("nothing was moved back".to_owned());
    }
    if settled(&mut world, &mut broken, "moved back").await != done {
        broken.push("a message that was moved back had a second effect".to_owned());
    }
    broken
}

/// Each of the nine is signed, one mail went out for it, and one message is dead: events by contract.
async fn settled(
    world: &mut World<'_>,
    broken: &mut Vec<String>,
    when: &str,
) -> BTreeMap<contract::ContractId, Vec<(u64, String)>> {
    let snapshot = Snapshot::of(world).await;
    let (states, mails) = (snapshot.states(), world.mails.len());
    if states != BTreeMap::from([("signed", u64::from(GOOD))]) || mails != GOOD as usize {
        broken.push(format!("{when}: {states:?} and {mails} mails"));
    }
    broken.extend(snapshot.broken(&Snapshot::default()));
    broken.extend(snapshot.mails_broken(&world.mails));
    let dead = world.messages("SettlementsDeadLetterQueue").await;
    if dead != 1 {
        broken.push(format!("{when}: {dead} messages in the dead-letter queue"));
    }
    snapshot.events()
}

/// What a function logs.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What came of the relay's stops.
#[derive(Debug, Default)]
pub struct Stops {
    pub records: usize,
    pub runs: u64,
    pub violations: Vec<String>,
}

impl std::fmt::Display for Stops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { records, runs, violations } = self;
        write!(f, "relay stopped at {records} records, {runs} runs, violations: {}", violations.len())
    }
}

/// Stops the relay at each `step`th record, in each way: the records before it are relayed, then it dies with this one, and then it goes on. With `step` 1
/// that is every record.
///
/// # Panics
/// Where the simulation itself is broken.
#[must_use]
pub fn relay_stops(plant: &Plant, step: usize, progress: &impl Fn(u64)) -> Stops {
    let mut stops = Stops::default();
    let whole = in_virtual_time(stopped(plant, None));
    stops.violations.extend(whole.broken.iter().map(|what| format!("stopped nowhere: {what}")));
    for at in (0..whole.records).step_by(step) {
        stops.records += 1;
        for how in How::MODES {
            let came = in_virtual_time(stopped(plant, Some((at, how))));
            let place = format!("{} at record {at}", how.name());
            stops.violations.extend(came.broken.iter().map(|what| format!("{place}: {what}")));
            if (&came.states, came.mails, &came.reached) != (&whole.states, whole.mails, &whole.reached) {
                stops.violations.push(format!("{place}: {came:?}, not {whole:?}"));
            }
            stops.runs += 1;
            progress(stops.runs);
        }
    }
    stops
}

/// What came of one stop.
#[derive(Debug)]
struct Came {
    records: usize,
    states: BTreeMap<&'static str, u64>,
    mails: usize,
    /// What reached a queue: the queue, and for a contract's mail its event, otherwise who it is about. Ids are left out, for each run has its own.
    reached: BTreeSet<String>,
    broken: Vec<String>,
}

async fn stopped(plant: &Plant, at: Option<(usize, How)>) -> Came {
    let mut world = World::new(plant, 1, Weather::fair());
    let mut people = People::new();
    // Everything that is relayed: two ends of contracts, an enquiry, and a paper contract that is refused.
    world.relay_is_off = true;
    let mut walk = Walk { world: &mut world, people: &mut people, astray: Vec::new() };
    for (account, subject) in [(0, 0), (2, 1)] {
        let by = walk.customer(account);
        walk.is_verified(by.customer.as_deref().unwrap_or_default(), SUBJECTS[subject], 1).await;
    }
    let (company, person) = (walk.customer(0), walk.customer(2));
    let declined = walk.submits(&company, SUBJECTS[0]).await;
    walk.at_provider(&declined, "decline", json!({ "reason": "不签了" })).await;
    let revoked = walk.submits(&company, SUBJECTS[0]).await;
    walk.asks(&company, "POST", &format!("/v1/contracts/{revoked}/revoke"), Value::Null).await;
    walk.asks(&company, "POST", "/v1/enquiries", json!({ "topic": "other", "message": "请联系我们" })).await;
    let signed = walk.submits(&person, SUBJECTS[1]).await;
    walk.at_provider_quietly(&signed, "sign", &json!({}));
    walk.registers(1, "paper-1").await;
    quiet(walk.world, &mut People::new()).await;
    let mut broken = walk.astray;
    world.relay_is_off = false;
    let records = world.records().await;
    if let Some((at, how)) = at {
        if at > 0 {
            world.relay(at).await;
            landed(&mut world, &mut people).await;
        }
        // The rest begins with the record that it dies with; where nothing follows from that one, with the next one that something follows from.
        world.strike = Some((world.met, how));
        world.relay(1000).await;
        landed(&mut world, &mut people).await;
        world.strike = None;
    }
    fair_minutes(&mut world, &mut people, Duration::from_secs(16 * 60)).await;
    if world.has_records().await {
        broken.push("the relay did not go on".to_owned());
    }
    let snapshot = Snapshot::of(&world).await;
    broken.append(&mut world.violations);
    broken.extend(snapshot.broken(&Snapshot::default()));
    broken.extend(snapshot.at_rest());
    broken.extend(snapshot.mails_broken(&world.mails));
    broken.extend(out_of_order(&world.read, &snapshot));
    let reached = world.read.iter().map(|(queue, body)| format!("{queue} {}", what(body))).collect();
    Came { records, states: snapshot.states(), mails: world.mails.len(), reached, broken }
}

fn what(body: &Value) -> String {
    match (body["kind"].as_str(), body.as_object().and_then(|body| body.keys().next())) {
        (Some(kind), _) => format!("{kind} {}", body["seq"]),
        (None, Some(about)) => about.clone(),
        (None, None) => "nothing".to_owned(),
    }
}

/// Each notice names the event that it is about: by its number its place among the contract's events can be told, however late it comes.
fn out_of_order(read: &[(&str, Value)], snapshot: &Snapshot) -> Vec<String> {
    let events = snapshot.events();
    let mut broken = Vec::new();
    for (_, body) in read.iter().filter(|(queue, body)| *queue == QUEUES[1].0 && body["kind"].is_string()) {
        let contract = body["contract"].as_str().and_then(contract::ContractId::parse);
        let event = contract.and_then(|id| events.get(&id)).and_then(|events| {
            events.iter().find(|(seq, _)| Some(*seq) == body["seq"].as_u64()).map(|(_, kind)| kind.as_str())
        });
        // The signature that won over a revocation is told with the event that records the completion.
        let told = match body["kind"].as_str() {
            Some("sign_won") => Some("completed"),
            kind => kind,
        };
        if event.is_none() || event != told {
            broken.push(format!("{body} is about {event:?}"));
        }
    }
    broken
}
