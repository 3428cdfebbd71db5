//! One run's world: the stores, the provider, the time, and what stands between them and the functions (gateway, event source mappings, schedule,
//! the provider's callbacks). Whatever happens here happens one thing at a time.

mod carrying;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sandbox::Posted;
use serde_json::{Map, Value, json};
use stores::{Stores, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::chance::Chance;
use super::mistake::Mistake;
use super::plant::Plant;
use super::seam::{INVOCATION, Invocation};
use super::weather::{How, Weather};

/// The gateway gives up after so long.
const GATEWAY: Duration = Duration::from_secs(29);

/// Who calls the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub sub: String,
    /// A customer's account; none for staff.
    pub customer: Option<String>,
}

/// An answer of the API, or none where the function died.
#[derive(Debug)]
pub struct Answered {
    pub flight: u64,
    pub status: u16,
    pub body: Value,
}

/// A callback that has not been delivered.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub posted: Posted,
    pub attempts: usize,
    pub due: Instant,
}

/// What an invocation was called for.
#[derive(Debug)]
enum Trigger {
    Request,
    /// A queue, and the ids and receipts of its messages.
    Queue(&'static str, Vec<(String, String)>),
    /// The stream's records by sequence number.
    Stream(Vec<String>),
    Tick,
    Callback(Outgoing),
}

#[derive(Debug)]
struct Flight {
    number: u64,
    function: Arc<str>,
    trigger: Trigger,
    task: JoinHandle<()>,
}

/// The queues that functions read.
pub const QUEUES: [(&str, &str); 2] = [("SettlementsQueue", "settle-signing"), ("NotificationsQueue", "notify")];

pub struct World<'a> {
    pub plant: &'a Plant,
    pub stores: Stores,
    pub sandbox: sandbox::Unserved,
    pub chance: Chance,
    pub weather: Weather,
    pub callbacks: Vec<Outgoing>,
    pub mails: Vec<String>,
    /// The bodies of the messages that functions were handed, with the queue they came from.
    pub read: Vec<(&'static str, Value)>,
    pub answers: Vec<Answered>,
    /// What happened, a line each.
    pub trace: Vec<String>,
    /// The name of each effect that was met, where [`World::naming`] is set.
    pub effects: Vec<String>,
    pub naming: bool,
    /// How often the provider was called.
    pub provider_calls: u64,
    /// How many effects were met.
    pub met: u64,
    pub violations: Vec<String>,
    /// Invocations that a service refused something, or did not answer: they may say that they could not do it.
    let_down: BTreeSet<u64>,
    /// The one effect, by how many were met before it, that something happens to although the weather is fair.
    pub strike: Option<(u64, How)>,
    /// The next effect of this name (function and call), and what happens to it although the weather is fair.
    pub strike_call: Option<(&'static str, How)>,
    /// The mail service takes nothing.
    pub mail_is_away: bool,
    /// Nobody reads the stream.
    pub relay_is_off: bool,
    /// No callback is delivered; all are kept.
    pub hold_callbacks: bool,
    /// The provider answers nothing.
    pub provider_is_away: bool,
    /// What is wrong beneath the functions, on purpose.
    pub mistake: Option<Mistake>,
    began: Instant,
    flights: Vec<Flight>,
    landing: mpsc::UnboundedSender<(u64, Result<Value, String>)>,
    landed: mpsc::UnboundedReceiver<(u64, Result<Value, String>)>,
    next: u64,
    stream: Stream,
    place: Option<String>,
    last_tick: Instant,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("World").field("flights", &self.flights.len()).finish_non_exhaustive()
    }
}

impl<'a> World<'a> {
    /// A world in which nothing has happened.
    pub fn new(plant: &'a Plant, seed: u64, weather: Weather) -> Self {
        plant.begin(seed);
        let stores = plant.functions.stores().expect("stores in memory can be made");
        let sandbox = plant.functions.sandbox().expect("a sandbox in memory can be made");
        let (landing, landed) = mpsc::unbounded_channel();
        let stream = stores.stream(table(plant));
        Self {
            plant,
            stores,
            sandbox,
            chance: Chance::new(seed),
            weather,
            callbacks: Vec::new(),
            mails: Vec::new(),
            read: Vec::new(),
            answers: Vec::new(),
            trace: Vec::new(),
            effects: Vec::new(),
            naming: false,
            provider_calls: 0,
            met: 0,
            violations: Vec::new(),
            let_down: BTreeSet::new(),
            strike: None,
            strike_call: None,
            mail_is_away: false,
            relay_is_off: false,
            hold_callbacks: false,
            provider_is_away: false,
            mistake: None,
            began: Instant::now(),
            flights: Vec::new(),
            landing,
            landed,
            next: 0,
            stream,
            place: None,
            last_tick: Instant::now(),
        }
    }

    /// Writes a line into the trace.
    pub fn note(&mut self, line: &str) {
        self.trace.push(format!("{:>10} ms  {line}", self.began.elapsed().as_millis()));
    }

    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    pub fn is_reading(&self, queue: &str) -> usize {
        self.flights
            .iter()
            .filter(|flight| matches!(&flight.trigger, Trigger::Queue(name, _) if *name == queue))
            .count()
    }

    pub fn is_relaying(&self) -> bool {
        self.flights.iter().any(|flight| matches!(flight.trigger, Trigger::Stream(_)))
    }

    /// Effects that wait and are not left hanging.
    pub fn waiting(&self) -> usize {
        self.plant.seam.with(|waiting| waiting.len())
    }

    fn fly(&mut self, function: &str, event: Value, trigger: Trigger) -> u64 {
        let (handler, limit) = self.plant.functions.function(function).expect("the template names this function");
        let limit = if matches!(trigger, Trigger::Request | Trigger::Callback(_)) { limit.min(GATEWAY) } else { limit };
        let number = self.next;
        self.next += 1;
        let invocation = Invocation { number, function: Arc::from(function) };
        let landing = self.landing.clone();
        let task = tokio::spawn(INVOCATION.scope(invocation.clone(), async move {
            let answer = tokio::time::timeout(limit, handler.answer(event)).await;
            let answer = answer.unwrap_or_else(|_| Err("it took too long".to_owned()));
            // Nobody listens once the run is over.
            let _ = landing.send((number, answer));
        }));
        self.flights.push(Flight { number, function: invocation.function, trigger, task });
        number
    }

    /// Lets everything run until all of it waits for an effect or for time to pass, and takes in what is done.
    pub async fn settle(&mut self) {
        // With the clock stopped, this ends only when no task has anything left to do at once.
        tokio::time::sleep(Duration::from_millis(1)).await;
        while let Ok((number, answer)) = self.landed.try_recv() {
            self.land(number, answer).await;
        }
        let posted = self.sandbox.take_callbacks().unwrap_or_else(|error| panic!("the sandbox is broken: {error}"));
        let due = Instant::now();
        self.callbacks.extend(posted.into_iter().map(|posted| Outgoing { posted, attempts: 0, due }));
    }

    /// A request of the API, which is answered in its time.
    pub fn call(&mut self, by: &Caller, method: &str, path: &str, body: &Value, key: Option<&str>) -> u64 {
        let scope = if by.customer.is_some() { "contracts/self" } else { "contracts/staff" };
        let mut claims = Map::from_iter([("sub".to_owned(), json!(by.sub)), ("scope".to_owned(), json!(scope))]);
        if let Some(customer) = &by.customer {
            claims.insert("customer_id".to_owned(), json!(customer));
        }
        let mut request = http::Request::builder().method(method).uri(format!("http://127.0.0.1{path}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = request.body(bytes).expect("a request of the simulation can be built");
        let id = format!("request-{}", self.next);
        let event = self.plant.functions.event(&request, Some((claims, scope)), &id);
        let (function, event) = event.unwrap_or_else(|| panic!("there is no route for {method} {path}"));
        self.fly(&function, event, Trigger::Request)
    }

    /// Delivers one of the callbacks that are due.
    pub fn post(&mut self, at: usize) {
        let mut callback = self.callbacks.remove(at);
        callback.attempts += 1;
        let request = self.sandbox.signed(&callback.posted).expect("the flow named an address");
        let id = format!("request-{}", self.next);
        let (function, event) = self.plant.functions.event(&request, None, &id).expect("callbacks have a route");
        self.fly(&function, event, Trigger::Callback(callback));
    }

    /// The schedule calls the timer.
    pub fn tick(&mut self) {
        self.last_tick = Instant::now();
        if self.mistake == Some(Mistake::NoTimer) {
            return;
        }
        self.fly("watch-contracts", json!({}), Trigger::Tick);
    }

    /// Whether the schedule would find anything.
    pub async fn something_is_due(&self) -> bool {
        let now = (self.plant.clock)().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let asked = json!({
            "TableName": table(self.plant), "IndexName": "by-due", "Select": "COUNT", "FilterExpression": "dueAt <= :now",
            "ExpressionAttributeValues": { ":now": { "S": now } },
        });
        self.aws("dynamodb", "DynamoDB_20120810.Scan", &asked).await["Count"] != json!(0)
    }

    /// The schedule's turn is over without a call.
    pub fn skip_tick(&mut self) {
        self.last_tick = Instant::now();
    }

    /// Whether it is time for the schedule.
    pub fn tick_is_due(&self) -> bool {
        self.last_tick.elapsed() >= Duration::from_secs(60)
    }

    /// Reads the stream and hands at most so many records to the relay; false where there is nothing new.
    pub async fn relay(&mut self, most: usize) -> bool {
        if self.relay_is_off || self.mistake == Some(Mistake::NoRelay) {
            return false;
        }
        let read = self.stream.read(self.place.as_deref(), most).await;
        let (records, _) = read.unwrap_or_else(|error| panic!("the stream cannot be read: {error}"));
        let number =
            |record: &Value| record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).map(str::to_owned);
        let numbers: Vec<String> = records.iter().filter_map(number).collect();
        if numbers.is_empty() {
            return false;
        }
        self.fly("relay-events", json!({ "Records": records }), Trigger::Stream(numbers));
        true
    }

    /// Takes all records of the stream for relayed.
    pub async fn skip_stream(&mut self) {
        loop {
            let read = self.stream.read(self.place.as_deref(), 1000).await;
            let (records, place) = read.unwrap_or_else(|error| panic!("the stream cannot be read: {error}"));
            if records.is_empty() {
                return;
            }
            self.place = place;
        }
    }

    /// How many records of the stream were not relayed, up to a thousand.
    pub async fn records(&mut self) -> usize {
        let read = self.stream.read(self.place.as_deref(), 1000).await;
        read.unwrap_or_else(|error| panic!("the stream cannot be read: {error}")).0.len()
    }

    /// Whether the stream has records that were not relayed.
    pub async fn has_records(&mut self) -> bool {
        self.records().await > 0
    }

    /// Takes at most so many messages from a queue to its function; false where none is to be had.
    pub async fn consume(&mut self, queue: &'static str, function: &str, most: usize) -> bool {
        let url = self.plant.functions.named(queue).expect("the template has this queue").to_owned();
        let asked = json!({ "QueueUrl": url, "MaxNumberOfMessages": most, "MessageSystemAttributeNames": ["All"] });
        let received = self.aws("sqs", "AmazonSQS.ReceiveMessage", &asked).await;
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            return false;
        }
        let text = |message: &Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let records: Vec<Value> = messages
            .iter()
            .map(|message| {
                json!({
                    "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
                    "md5OfBody": message["MD5OfBody"], "attributes": message["Attributes"], "messageAttributes": {},
                    "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:queue", "awsRegion": "us-east-1",
                })
            })
            .collect();
        let taken =
            messages.iter().map(|message| (text(message, "MessageId"), text(message, "ReceiptHandle"))).collect();
        let bodies = messages.iter().map(|message| serde_json::from_str(&text(message, "Body")).unwrap_or_default());
        self.read.extend(bodies.map(|body| (queue, body)));
        self.fly(function, json!({ "Records": records }), Trigger::Queue(queue, taken));
        true
    }

    /// Puts a message into a queue, past the seam.
    pub async fn put(&self, queue: &str, body: &str) {
        let url = self.plant.functions.named(queue).expect("the template has this queue");
        self.aws("sqs", "AmazonSQS.SendMessage", &json!({ "QueueUrl": url, "MessageBody": body })).await;
    }

    /// How many messages of a queue are to be had.
    pub async fn messages(&self, queue: &str) -> u64 {
        let url = self.plant.functions.named(queue).expect("the template has this queue").to_owned();
        let asked = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let told = self.aws("sqs", "AmazonSQS.GetQueueAttributes", &asked).await;
        told["Attributes"]["ApproximateNumberOfMessages"].as_str().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// One call of a service that speaks JSON, past the seam.
    pub async fn aws(&self, service: &str, target: &str, body: &Value) -> Value {
        let authorization = format!("AWS4-HMAC-SHA256 Credential=local/20260302/us-east-1/{service}/aws4_request");
        let request = http::Request::post("http://127.0.0.1:1/")
            .header("x-amz-target", target)
            .header("authorization", authorization)
            .body(body.to_string().into_bytes())
            .expect("a request of the simulation can be built");
        let answer = self.stores.answer(request).await.expect("no answer is lost past the seam");
        let value: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        assert!(answer.status().is_success(), "{target}: {value}");
        value
    }

    /// Time passes, while everything goes on that is not waiting for the simulation.
    pub async fn pass(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
        self.settle().await;
    }

    /// A call of the sandbox's own endpoints, as the signer or a test makes them: status and body.
    pub fn sandbox(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder().method(method).uri(path).body(bytes).expect("a request can be built");
        let answer = self.sandbox.answer(request).expect("the sandbox's own endpoints answer");
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }
}

/// The table's name.
pub fn table(plant: &Plant) -> &str {
    plant.functions.named("Table").expect("the template has a table")
}
