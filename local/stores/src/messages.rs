//! The messages of the queues, as rows of the ledger.
//!
//! A message is visible from a moment on, in milliseconds since 1970. Receiving it moves that moment; nothing else tells a message in flight from one
//! that waits. The functions expect a transaction around them.

use crate::answer::Refusal;
use crate::queue::{Queue, Redrive, arn};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Map, Value, json};

/// A message that is to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) body: String,
    /// The message attributes, as the request gives them.
    pub(crate) attributes: Map<String, Value>,
    /// Milliseconds until it is visible.
    pub(crate) delay: i64,
}

/// A message that was received.
#[derive(Debug)]
pub(crate) struct Received {
    id: String,
    body: String,
    attributes: Map<String, Value>,
    sent: i64,
    receives: i64,
    first_received: i64,
    receipt: String,
    came_from: Option<String>,
}

/// What became of a receipt handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    /// It is the newest one of a message in flight.
    InFlight,
    /// It is the newest one of a message that is visible again.
    Visible,
    /// Its message is gone, or was received again since.
    Stale,
}

/// Puts a message into a queue and gives its id.
pub(crate) fn send(tx: &Connection, queue: &str, message: &Outgoing, now: i64) -> Result<String, Refusal> {
    let id = crate::ids::random()?;
    let attributes = Value::Object(message.attributes.clone()).to_string();
    tx.prepare_cached(
        "INSERT INTO messages (queue, id, body, attributes, sent, visible) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![queue, id, message.body, attributes, now, now.saturating_add(message.delay)])?;
    Ok(id)
}

/// Moves the messages that were received too often, and are visible again, to their dead-letter queue, if there is one of that name.
pub(crate) fn bury(tx: &Connection, queue: &str, redrive: &Redrive, now: i64) -> Result<usize, Refusal> {
    // The index on receipts finds these few among the many that wait.
    let moved = tx
        .prepare_cached(
            "UPDATE messages INDEXED BY messages_spent SET queue = ?1, came_from = ?2, receipt = NULL, visible = ?3
             WHERE queue = ?2 AND receives >= ?4 AND visible <= ?3 AND EXISTS (SELECT 1 FROM queues WHERE name = ?1)",
        )?
        .execute(params![redrive.target, queue, now, redrive.most])?;
    Ok(moved)
}

/// Takes up to `most` messages, which stay invisible for `invisible` milliseconds.
pub(crate) fn receive(
    tx: &Connection,
    queue: &str,
    most: i64,
    invisible: i64,
    now: i64,
) -> Result<Vec<Received>, Refusal> {
    let mut found = tx.prepare_cached(
        "SELECT row, id, body, attributes, sent, receives, first_received, came_from FROM messages
         WHERE queue = ?1 AND visible <= ?2 ORDER BY visible, row LIMIT ?3",
    )?;
    let read = |row: &Row<'_>| {
        let attributes: String = row.get(3)?;
        let first: Option<i64> = row.get(6)?;
        let message = Received {
            id: row.get(1)?,
            body: row.get(2)?,
            attributes: serde_json::from_str(&attributes).unwrap_or_default(),
            sent: row.get(4)?,
            receives: row.get::<_, i64>(5)?.saturating_add(1),
            first_received: first.unwrap_or(now),
            receipt: String::new(),
            came_from: row.get(7)?,
        };
        Ok((row.get::<_, i64>(0)?, message))
    };
    let found = found.query_map(params![queue, now, most], read)?.collect::<Result<Vec<_>, _>>()?;
    let mut messages = Vec::with_capacity(found.len());
    for (row, mut message) in found {
        message.receipt = format!("{row}.{}", crate::ids::random()?);
        tx.prepare_cached(
            "UPDATE messages SET visible = ?2, receives = ?3, first_received = ?4, receipt = ?5 WHERE row = ?1",
        )?
        .execute(params![
            row,
            now.saturating_add(invisible),
            message.receives,
            message.first_received,
            message.receipt
        ])?;
        messages.push(message);
    }
    Ok(messages)
}

/// The moment the next message becomes visible.
pub(crate) fn next_visible(tx: &Connection, queue: &str, now: i64) -> Result<Option<i64>, Refusal> {
    let mut next = tx.prepare_cached("SELECT MIN(visible) FROM messages WHERE queue = ?1 AND visible > ?2")?;
    Ok(next.query_row(params![queue, now], |row| row.get(0))?)
}

/// Deletes the message that was received under a handle. A handle that is not its newest deletes nothing.
pub(crate) fn delete(tx: &Connection, queue: &str, receipt: &str) -> Result<(), Refusal> {
    let row = row_of(receipt)?;
    tx.prepare_cached("DELETE FROM messages WHERE row = ?1 AND queue = ?2 AND receipt = ?3")?
        .execute(params![row, queue, receipt])?;
    Ok(())
}

/// Makes a message in flight visible `invisible` milliseconds from now.
pub(crate) fn hide(tx: &Connection, queue: &str, receipt: &str, invisible: i64, now: i64) -> Result<Handle, Refusal> {
    let row = row_of(receipt)?;
    let visible: Option<i64> = tx
        .prepare_cached("SELECT visible FROM messages WHERE row = ?1 AND queue = ?2 AND receipt = ?3")?
        .query_row(params![row, queue, receipt], |row| row.get(0))
        .optional()?;
    match visible {
        None => Ok(Handle::Stale),
        Some(visible) if visible <= now => Ok(Handle::Visible),
        Some(_) => {
            tx.prepare_cached("UPDATE messages SET visible = ?2 WHERE row = ?1")?
                .execute(params![row, now.saturating_add(invisible)])?;
            Ok(Handle::InFlight)
        }
    }
}

/// Moves the waiting messages of a dead-letter queue to `target`, or where it is `None` to the queues they came from, and gives how many there were.
///
/// They arrive as new messages: with another id, sent now and received never.
pub(crate) fn move_back(tx: &Connection, from: &str, target: Option<&str>, now: i64) -> Result<usize, Refusal> {
    let mut waiting = tx.prepare_cached(
        "SELECT row FROM messages WHERE queue = ?1 AND visible <= ?2
         AND EXISTS (SELECT 1 FROM queues WHERE name = COALESCE(?3, messages.came_from))",
    )?;
    let rows = waiting.query_map(params![from, now, target], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for row in &rows {
        tx.prepare_cached(
            "UPDATE messages SET queue = COALESCE(?2, came_from), id = ?3, sent = ?4, visible = ?4, receives = 0,
             first_received = NULL, receipt = NULL, came_from = NULL WHERE row = ?1",
        )?
        .execute(params![row, target, crate::ids::random()?, now])?;
    }
    Ok(rows.len())
}

/// How many messages wait, are in flight, and are delayed.
pub(crate) fn counts(tx: &Connection, queue: &str, now: i64) -> Result<(i64, i64, i64), Refusal> {
    let mut counts = tx.prepare_cached(
        "SELECT COUNT(*) FILTER (WHERE visible <= ?2), COUNT(*) FILTER (WHERE visible > ?2 AND receipt IS NOT NULL),
         COUNT(*) FILTER (WHERE visible > ?2 AND receipt IS NULL) FROM messages WHERE queue = ?1",
    )?;
    Ok(counts.query_row(params![queue, now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

/// Deletes what a queue has kept for longer than it keeps messages.
pub(crate) fn forget(tx: &Connection, queue: &Queue, now: i64) -> Result<(), Refusal> {
    let kept = queue.number("MessageRetentionPeriod").saturating_mul(1000);
    tx.execute("DELETE FROM messages WHERE queue = ?1 AND sent < ?2", params![queue.name, now.saturating_sub(kept)])?;
    Ok(())
}

/// Makes all messages in flight visible: whoever had received them is gone.
pub(crate) fn land(tx: &Connection, now: i64) -> Result<(), Refusal> {
    tx.execute("UPDATE messages SET visible = ?1 WHERE visible > ?1 AND receipt IS NOT NULL", params![now])?;
    Ok(())
}

impl Received {
    /// The message as the answer has it; `system` and `custom` say which attributes were asked for.
    pub(crate) fn as_json(&self, system: impl Fn(&str) -> bool, custom: impl Fn(&str) -> bool) -> Value {
        let mut told = vec![
            ("ApproximateFirstReceiveTimestamp", self.first_received.to_string()),
            ("ApproximateReceiveCount", self.receives.to_string()),
            ("SenderId", crate::ACCOUNT.to_owned()),
            ("SentTimestamp", self.sent.to_string()),
        ];
        told.extend(self.came_from.as_deref().map(|queue| ("DeadLetterQueueSourceArn", arn(queue))));
        let told: Map<String, Value> = told
            .into_iter()
            .filter(|(name, _)| system(name))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let attributes: Map<String, Value> = self
            .attributes
            .iter()
            .filter(|(name, _)| custom(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut message = json!({
            "MessageId": self.id, "ReceiptHandle": self.receipt, "Body": self.body, "MD5OfBody": digest(&self.body),
        });
        if let Some(fields) = message.as_object_mut() {
            if !told.is_empty() {
                fields.insert("Attributes".to_owned(), told.into());
            }
            if let Some(digest) = digest_of_attributes(&attributes) {
                fields.insert("MD5OfMessageAttributes".to_owned(), digest.into());
                fields.insert("MessageAttributes".to_owned(), attributes.into());
            }
        }
        message
    }
}

/// The MD5 of a body, in hexadecimal digits.
pub(crate) fn digest(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// The MD5 of message attributes as SQS defines it (Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes"): by name,
/// each with the lengths of its parts. None when there are none.
pub(crate) fn digest_of_attributes(attributes: &Map<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut names: Vec<&String> = attributes.keys().collect();
    names.sort();
    let mut whole = Md5::new();
    for name in names {
        let text = |field: &str| attributes.get(name)?.get(field)?.as_str();
        let (transport, value) = match text("BinaryValue") {
            Some(binary) => (2_u8, STANDARD.decode(binary).unwrap_or_default()),
            None => (1_u8, text("StringValue").unwrap_or_default().as_bytes().to_vec()),
        };
        with_length(&mut whole, name.as_bytes());
        with_length(&mut whole, text("DataType").unwrap_or_default().as_bytes());
        whole.update([transport]);
        with_length(&mut whole, &value);
    }
    Some(hex::encode(whole.finalize()))
}

fn with_length(whole: &mut Md5, part: &[u8]) {
    whole.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    whole.update(part);
}

/// A receipt handle begins with the row it belongs to.
fn row_of(receipt: &str) -> Result<i64, Refusal> {
    let row = receipt.split_once('.').and_then(|(row, _)| row.parse().ok());
    row.ok_or_else(|| Refusal::new("ReceiptHandleIsInvalid", "The input receipt handle is not a valid receipt handle."))
}
