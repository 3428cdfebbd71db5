//! `relay-events`: carries what was recorded from the table's stream to the queues.
//!
//! The history is the outbox: a function writes one event and no message, so there is no second write to lose. Messages carry ids,
//! the event's name and its number only; who receives one loads what it needs.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should stop there"
    )
)]

use std::{collections::HashMap, time::Instant};

use contract::{ContractId, EnquiryId, PaperId};
use serde::Serialize;
use store::{Notice, Queue};
use web::{Host, StreamEvent, StreamRecord, StreamResponse};

/// What this function works with.
pub struct App {
    settlements: Queue,
    notifications: Queue,
}

/// A message of either queue, or none.
#[derive(Debug, Default, PartialEq)]
struct Messages {
    settlement: Option<Settlement>,
    notification: Option<Notice>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Settlement {
    contract: ContractId,
}

impl Messages {
    /// The contract that the record is about, for the log: empty where it is about none, nothing where there is nothing to relay.
    fn contract(&self) -> Option<String> {
        match (&self.settlement, &self.notification) {
            (Some(Settlement { contract }), _) | (None, Some(Notice::Contract { contract, .. })) => {
                Some(contract.to_string())
            }
            (None, Some(_)) => Some(String::new()),
            (None, None) => None,
        }
    }
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        Some(Self {
            settlements: Queue::new(&host.aws, host.settings.required("SETTLEMENTS_QUEUE_URL")),
            notifications: Queue::new(&host.aws, host.settings.required("NOTIFICATIONS_QUEUE_URL")),
        })
    }
}

/// Relays a batch. The stream goes on behind the last record before the first that failed, so each one reaches its queue.
pub async fn handle(app: &App, event: StreamEvent) -> StreamResponse {
    let began = Instant::now();
    let records: Vec<(String, Messages)> =
        event.records.iter().map(|record| (sequence(record), messages(record))).collect();
    let settlements: Vec<_> =
        records.iter().filter_map(|(sequence, messages)| Some((sequence, messages.settlement.as_ref()?))).collect();
    let notifications: Vec<_> =
        records.iter().filter_map(|(sequence, messages)| Some((sequence, messages.notification.as_ref()?))).collect();
    let mut failed = send(&app.settlements, &settlements).await;
    failed.extend(send(&app.notifications, &notifications).await);
    for (sequence, messages) in &records {
        if let Some(contract) = messages.contract() {
            web::relayed(&contract, began, failed.contains(sequence));
        }
    }
    let first = records.iter().map(|(sequence, _)| sequence).find(|sequence| failed.contains(sequence));
    web::stream_response(first.cloned())
}

/// Queues messages and gives the stream positions of those that were not taken.
async fn send<M: Serialize>(queue: &Queue, messages: &[(&String, &M)]) -> Vec<String> {
    let bodies: Vec<&M> = messages.iter().map(|(_, message)| *message).collect();
    let refused = match queue.send_all(&bodies).await {
        Ok(refused) => refused,
        Err(failure) => {
            tracing::error!(cause = %failure, "the queue did not take the messages; the stream brings them again");
            (0..messages.len()).collect()
        }
    };
    refused.into_iter().filter_map(|at| messages.get(at)).map(|(sequence, _)| (*sequence).clone()).collect()
}

/// What a record means for the queues.
fn messages(record: &StreamRecord) -> Messages {
    let image: HashMap<String, String> = web::texts_of(record);
    let text = |name: &str| image.get(name).map(String::as_str).unwrap_or_default();
    let (Some((owner, id)), place) = (text("pk").split_once('#'), text("sk")) else { return Messages::default() };
    match owner {
        "CONTRACT" if place.starts_with("EVENT#") => {
            let facts = facts(text("body"));
            let seq = place.strip_prefix("EVENT#").and_then(|seq| seq.parse().ok());
            let (Some(contract), Some(seq)) = (ContractId::parse(id), seq) else { return Messages::default() };
            let notification =
                mail_kind(text("kind"), &facts).map(|kind| Notice::Contract { contract, kind: kind.to_owned(), seq });
            Messages { settlement: due_now(text("kind")).then_some(Settlement { contract }), notification }
        }
        // The records of the mails about it lie beside it.
        "ENQUIRY" if place == "ENQUIRY" => {
            Messages { settlement: None, notification: EnquiryId::parse(id).map(|enquiry| Notice::Enquiry { enquiry }) }
        }
        "PAPER" if place == "PAPER" && text("status") == "refused" => {
            Messages { settlement: None, notification: PaperId::parse(id).map(|paper| Notice::Paper { paper }) }
        }
        _ => Messages::default(),
    }
}

/// Events after which something is to be done outside at once, and not only when the timer looks. `completed` is none of them: who
/// records it goes on to the archive itself, and a second one beside it would only fetch and verify the same document.
fn due_now(kind: &str) -> bool {
    matches!(kind, "revocation_requested" | "reviewed" | "closed")
}

/// The mail that an event asks for.
fn mail_kind<'a>(kind: &'a str, facts: &serde_json::Value) -> Option<&'a str> {
    match kind {
        "signed" | "revoked" | "declined" | "expired" | "closed" | "held_for_review" => Some(kind),
        "completed" if facts.get("signWon") == Some(&true.into()) => Some("sign_won"),
        _ => None,
    }
}

/// The facts in the body of an event.
fn facts(body: &str) -> serde_json::Value {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body.get("facts").cloned().unwrap_or_default()
}

fn sequence(record: &StreamRecord) -> String {
    record.change.sequence_number.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Messages, messages};

    #[test]
    fn what_a_mail_leaves_behind_asks_for_no_mail() {
        let sample: Value = serde_json::from_str(include_str!("../../../events/relay-events.json")).unwrap();
        let of = |pk: &str, sk: &str| {
            let mut record = sample["Records"][0].clone();
            record["dynamodb"]["NewImage"] =
                json!({ "pk": { "S": pk }, "sk": { "S": sk }, "status": { "S": "refused" } });
            messages(&serde_json::from_value(record).unwrap())
        };
        let id = "01KE8H5VBKQ7M2N9B5R8T3V6YC";
        for owner in ["ENQUIRY", "PAPER"] {
            let pk = format!("{owner}#{id}");
            assert!(of(&pk, owner).notification.is_some(), "{owner}");
            assert_eq!(of(&pk, "MAIL#recorded"), Messages::default(), "{owner}");
        }
    }
}
