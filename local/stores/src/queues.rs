//! SQS: the operations of its JSON protocol, on queues kept in the ledger.
//!
//! Whatever is answered is in the ledger before the answer goes out. Messages that were in flight when the process died are visible again when the
//! queues open, with their receive counts; whoever had received them died with it.

use crate::ACCOUNT;
use crate::answer::{Refusal, text};
use crate::entries::{batch, entries, names, number, outgoing, size, texts};
use crate::ledger::Ledger;
use crate::messages::{self, Handle};
use crate::queue::{self, Queue};
use contract::Clock;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// What a queue is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueAddress {
    /// Where messages are sent to. Only its last part counts, so that an address of an earlier start stays good.
    pub url: String,
    /// The ARN.
    pub arn: String,
}

/// All queues.
pub(crate) struct Queues {
    ledger: Arc<Ledger>,
    address: SocketAddr,
    clock: Clock,
    /// Told whenever messages may have become visible.
    arrived: Notify,
    closed: watch::Sender<bool>,
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Queues").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Queues {
    pub(crate) fn new(ledger: Arc<Ledger>, address: SocketAddr, clock: Clock) -> Result<Self, Refusal> {
        messages::land(&ledger.lock(), clock().as_millisecond())?;
        Ok(Self { ledger, address, clock, arrived: Notify::new(), closed: watch::Sender::new(false) })
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        (self.clock)().as_millisecond()
    }

    /// Ends all waiting for messages.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Deletes messages that were kept for as long as their queue keeps them.
    pub(crate) fn sweep(&self) {
        let swept = self.write(|tx| all(tx)?.iter().try_for_each(|queue| messages::forget(tx, queue, self.now())));
        if let Err(error) = swept {
            tracing::warn!("messages past their retention cannot be deleted: {error}");
        }
    }

    /// Creates a queue or sets the attributes of the one there is.
    pub(crate) fn create(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<QueueAddress, Refusal> {
        queue::check_name(name)?;
        self.write(|tx| {
            let mut queue = match find(tx, name) {
                Ok(queue) => queue,
                Err(_) => fresh(name, self.now()),
            };
            queue.set(attributes)?;
            keep(tx, queue, self.now())
        })?;
        Ok(QueueAddress { url: self.url(name), arn: queue::arn(name) })
    }

    /// Carries out one operation of the JSON protocol.
    pub(crate) async fn call(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        match operation {
            "ReceiveMessage" => self.receive(request).await,
            "SendMessage" => self.send(request),
            "SendMessageBatch" => self.send_batch(request),
            "DeleteMessage" => self.delete(request),
            "DeleteMessageBatch" => self.delete_batch(request),
            "ChangeMessageVisibility" => self.hide(request),
            "CreateQueue" => self.create_queue(request),
            "GetQueueUrl" => self.queue_url(request),
            "ListQueues" => self.list(),
            "GetQueueAttributes" => self.attributes(request),
            "SetQueueAttributes" => self.set_attributes(request),
            "StartMessageMoveTask" => self.move_back(request),
            _ => Err(Refusal::unknown(operation)),
        }
    }

    fn url(&self, name: &str) -> String {
        format!("http://{}/{ACCOUNT}/{name}", self.address)
    }

    /// One piece of work in one transaction.
    fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut connection = self.ledger.lock();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    fn create_queue(&self, request: &Value) -> Result<Value, Refusal> {
        let name = text(request, "QueueName")?;
        let attributes = texts(request, "Attributes")?;
        queue::check_name(name)?;
        self.write(|tx| {
            if let Ok(mut queue) = find(tx, name) {
                let before = queue.settings();
                queue.set(&attributes)?;
                if queue.settings() != before {
                    let message = "A queue already exists with the same name and a different value for an attribute.";
                    return Err(Refusal::new("QueueNameExists", message));
                }
                return Ok(());
            }
            let mut queue = fresh(name, self.now());
            queue.set(&attributes)?;
            keep(tx, queue, self.now())
        })?;
        Ok(json!({ "QueueUrl": self.url(name) }))
    }

    fn queue_url(&self, request: &Value) -> Result<Value, Refusal> {
        let name = text(request, "QueueName")?;
        find(&self.ledger.lock(), name)?;
        Ok(json!({ "QueueUrl": self.url(name) }))
    }

    fn list(&self) -> Result<Value, Refusal> {
        let queues = all(&self.ledger.lock())?;
        Ok(json!({ "QueueUrls": queues.iter().map(|queue| self.url(&queue.name)).collect::<Vec<_>>() }))
    }

    fn attributes(&self, request: &Value) -> Result<Value, Refusal> {
        let connection = self.ledger.lock();
        let queue = find(&connection, name(request)?)?;
        let (waiting, in_flight, delayed) = messages::counts(&connection, &queue.name, self.now())?;
        let mut told = queue.settings();
        told.insert("ApproximateNumberOfMessages".to_owned(), waiting.to_string());
        told.insert("ApproximateNumberOfMessagesNotVisible".to_owned(), in_flight.to_string());
        told.insert("ApproximateNumberOfMessagesDelayed".to_owned(), delayed.to_string());
        let asked = names(request, &["AttributeNames"]);
        told.retain(|name, _| asked.contains("All") || asked.contains(name.as_str()));
        Ok(json!({ "Attributes": told }))
    }

    fn set_attributes(&self, request: &Value) -> Result<Value, Refusal> {
        let attributes = texts(request, "Attributes")?;
        self.write(|tx| {
            let mut queue = find(tx, name(request)?)?;
            queue.set(&attributes)?;
            keep(tx, queue, self.now())
        })?;
        Ok(json!({}))
    }

    fn send(&self, request: &Value) -> Result<Value, Refusal> {
        let answer = self.write(|tx| {
            let queue = find(tx, name(request)?)?;
            send_one(tx, &queue, request, self.now())
        })?;
        self.arrived.notify_waiters();
        Ok(answer)
    }

    fn send_batch(&self, request: &Value) -> Result<Value, Refusal> {
        let entries = entries(request)?;
        let answer = self.write(|tx| {
            let queue = find(tx, name(request)?)?;
            let most = usize::try_from(queue.number("MaximumMessageSize")).unwrap_or(usize::MAX);
            let whole: usize =
                entries.iter().filter_map(|(_, entry)| outgoing(&queue, entry).ok()).map(|m| size(&m)).sum();
            if whole > most {
                let message =
                    format!("Batch requests cannot be longer than {most} bytes. You have sent {whole} bytes.");
                return Err(Refusal::new("BatchRequestTooLong", message));
            }
            batch(&entries, |entry| send_one(tx, &queue, entry, self.now()))
        })?;
        self.arrived.notify_waiters();
        Ok(answer)
    }

    fn delete(&self, request: &Value) -> Result<Value, Refusal> {
        self.write(|tx| {
            let queue = find(tx, name(request)?)?;
            messages::delete(tx, &queue.name, text(request, "ReceiptHandle")?)
        })?;
        Ok(json!({}))
    }

    fn delete_batch(&self, request: &Value) -> Result<Value, Refusal> {
        let entries = entries(request)?;
        self.write(|tx| {
            let queue = find(tx, name(request)?)?;
            batch(&entries, |entry| {
                messages::delete(tx, &queue.name, text(entry, "ReceiptHandle")?).map(|()| json!({}))
            })
        })
    }

    fn hide(&self, request: &Value) -> Result<Value, Refusal> {
        let seconds = number(request, "VisibilityTimeout", 0, 43_200)?.ok_or_else(|| {
            Refusal::new("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
        })?;
        let receipt = text(request, "ReceiptHandle")?;
        let handle = self.write(|tx| {
            let queue = find(tx, name(request)?)?;
            messages::hide(tx, &queue.name, receipt, seconds.saturating_mul(1000), self.now())
        })?;
        match handle {
            Handle::InFlight => {
                self.arrived.notify_waiters();
                Ok(json!({}))
            }
            Handle::Visible => Err(Refusal::new("MessageNotInflight", "The message is not in flight.")),
            Handle::Stale => {
                let message = format!(
                    "Value {receipt} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
                );
                Err(Refusal::new("InvalidParameterValue", message))
            }
        }
    }

    fn move_back(&self, request: &Value) -> Result<Value, Refusal> {
        let unknown = || Refusal::new("ResourceNotFoundException", "The resource that you specified doesn't exist.");
        let source = queue::name_in_arn(text(request, "SourceArn")?).ok_or_else(unknown)?;
        let target = request.get("DestinationArn").and_then(Value::as_str);
        let target = target.map(|arn| queue::name_in_arn(arn).ok_or_else(unknown)).transpose()?;
        let moved = self.write(|tx| {
            find(tx, source).map_err(|_| unknown())?;
            target.map(|target| find(tx, target).map_err(|_| unknown())).transpose()?;
            let queues = all(tx)?;
            if !queues.iter().filter_map(Queue::redrive).any(|redrive| redrive.target == source) {
                let message = "Source queue must be configured as a Dead Letter Queue.";
                return Err(Refusal::new("InvalidParameterValue", message));
            }
            messages::move_back(tx, source, target, self.now())
        })?;
        self.arrived.notify_waiters();
        tracing::info!("{moved} messages moved back from {source}");
        Ok(json!({ "TaskHandle": crate::ids::random()? }))
    }

    async fn receive(&self, request: &Value) -> Result<Value, Refusal> {
        let name = name(request)?;
        let queue = find(&self.ledger.lock(), name)?;
        let most = number(request, "MaxNumberOfMessages", 1, 10)?.unwrap_or(1);
        let wait = number(request, "WaitTimeSeconds", 0, 20)?;
        let wait = wait.unwrap_or_else(|| queue.number("ReceiveMessageWaitTimeSeconds"));
        let deadline = Instant::now() + Duration::from_secs(wait.unsigned_abs());
        let visibility = number(request, "VisibilityTimeout", 0, 43_200)?;
        let system = names(request, &["AttributeNames", "MessageSystemAttributeNames"]);
        let custom = names(request, &["MessageAttributeNames"]);
        let wants = |asked: &BTreeSet<&str>, name: &str| {
            asked.contains("All") || asked.contains(name) || asked.contains(".*") || {
                let starts = |wanted: &&str| wanted.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix));
                asked.iter().any(starts)
            }
        };
        let mut closed = self.closed.subscribe();
        loop {
            // Listening begins before looking, so that what arrives in between is not slept through.
            let arrived = self.arrived.notified();
            let mut arrived = std::pin::pin!(arrived);
            arrived.as_mut().enable();
            if *closed.borrow() {
                return Ok(json!({}));
            }
            let (found, next) = self.take(name, most, visibility)?;
            if !found.is_empty() {
                let found = found.iter().map(|message| message.as_json(|n| wants(&system, n), |n| wants(&custom, n)));
                return Ok(json!({ "Messages": found.collect::<Vec<_>>() }));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(json!({}));
            }
            let pause = next.map_or(left, |next| left.min(next));
            tokio::select! {
                () = arrived => {}
                () = tokio::time::sleep(pause) => {}
                _ = closed.changed() => {}
            }
        }
    }

    /// The messages that are to be had now, or how long it is until the next one becomes visible.
    fn take(
        &self,
        name: &str,
        most: i64,
        visibility: Option<i64>,
    ) -> Result<(Vec<messages::Received>, Option<Duration>), Refusal> {
        self.write(|tx| {
            let (queue, now) = (find(tx, name)?, self.now());
            let seconds = visibility.unwrap_or_else(|| queue.number("VisibilityTimeout"));
            if let Some(redrive) = queue.redrive()
                && messages::bury(tx, name, &redrive, now)? > 0
            {
                self.arrived.notify_waiters();
            }
            let found = messages::receive(tx, name, most, seconds.saturating_mul(1000), now)?;
            let next = if found.is_empty() { messages::next_visible(tx, name, now)? } else { None };
            let until = next.map(|next| Duration::from_millis(next.saturating_sub(now).unsigned_abs()));
            Ok((found, until))
        })
    }
}

fn fresh(name: &str, now: i64) -> Queue {
    let created = (now / 1000).to_string();
    Queue { name: name.to_owned(), attributes: BTreeMap::from([("CreatedTimestamp".to_owned(), created)]) }
}

fn find(connection: &Connection, name: &str) -> Result<Queue, Refusal> {
    let mut found = connection.prepare_cached("SELECT attributes FROM queues WHERE name = ?1")?;
    let attributes: Option<String> = found.query_row(params![name], |row| row.get(0)).optional()?;
    let attributes =
        attributes.ok_or_else(|| Refusal::new("QueueDoesNotExist", "The specified queue does not exist."))?;
    Ok(Queue { name: name.to_owned(), attributes: read(&attributes)? })
}

fn all(connection: &Connection) -> Result<Vec<Queue>, Refusal> {
    let mut found = connection.prepare_cached("SELECT name, attributes FROM queues ORDER BY name")?;
    let rows = found.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (name, attributes) = row?;
        Ok(Queue { name, attributes: read(&attributes)? })
    })
    .collect()
}

fn read(attributes: &str) -> Result<BTreeMap<String, String>, Refusal> {
    serde_json::from_str(attributes)
        .map_err(|error| Refusal::internal(format!("A queue cannot be read back: {error}.")))
}

fn keep(connection: &Connection, mut queue: Queue, now: i64) -> Result<(), Refusal> {
    queue.attributes.insert("LastModifiedTimestamp".to_owned(), (now / 1000).to_string());
    connection
        .prepare_cached("INSERT OR REPLACE INTO queues (name, attributes) VALUES (?1, ?2)")?
        .execute(params![queue.name, json!(queue.attributes).to_string()])?;
    Ok(())
}

/// The queue's name: the last part of the address the request carries.
fn name(request: &Value) -> Result<&str, Refusal> {
    let url = text(request, "QueueUrl")?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

fn send_one(tx: &Connection, queue: &Queue, request: &Value, now: i64) -> Result<Value, Refusal> {
    let message = outgoing(queue, request)?;
    let id = messages::send(tx, &queue.name, &message, now)?;
    let mut answer = json!({ "MessageId": id, "MD5OfMessageBody": messages::digest(&message.body) });
    if let (Some(fields), Some(digest)) = (answer.as_object_mut(), messages::digest_of_attributes(&message.attributes))
    {
        fields.insert("MD5OfMessageAttributes".to_owned(), digest.into());
    }
    Ok(answer)
}
