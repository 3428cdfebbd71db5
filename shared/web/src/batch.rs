//! Batches: what succeeded is done, what failed comes again.

use std::{collections::HashMap, fmt::Display, future::Future, panic::AssertUnwindSafe, time::Instant};

pub use aws_lambda_events::{
    dynamodb::{Event as StreamEvent, EventRecord},
    sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use futures_util::FutureExt as _;
use serde::de::DeserializeOwned;

use crate::log;

/// Said of a message that cannot be read.
const UNREADABLE: &str = "the message cannot be read; it goes to the dead-letter queue";

/// Said of a message whose work panicked; what it panicked with may quote what it worked on, and is left out.
const PANICKED: &str = "a defect ended the work on the message; it comes again, and then goes to the dead-letter queue";

/// The contract that a message names; empty where it names none.
fn contract_of(body: &str) -> String {
    let named = serde_json::from_str::<serde_json::Value>(body).unwrap_or_default();
    let named = named.get("contract").and_then(serde_json::Value::as_str).and_then(contract::ContractId::parse);
    named.map(|contract| contract.to_string()).unwrap_or_default()
}

/// Does every message of a batch at once, and gives back those that failed. A message that cannot be read fails too: it is a defect
/// and belongs into the dead-letter queue.
pub async fn each_message<M, F, E>(event: SqsEvent, work: impl Fn(M) -> F) -> SqsBatchResponse
where
    M: DeserializeOwned,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let done = event.records.into_iter().map(|record| {
        let body = record.body.unwrap_or_default();
        let contract = contract_of(&body);
        let work = serde_json::from_str::<M>(&body).map(&work);
        async move {
            let began = Instant::now();
            let failed = match work {
                // A panic is this message's own, too: the others of the batch are done.
                Ok(work) => match AssertUnwindSafe(work).catch_unwind().await {
                    Ok(done) => done.err().map(|error| error.to_string()),
                    Err(_) => Some(PANICKED.to_owned()),
                },
                Err(_) => Some(UNREADABLE.to_owned()),
            };
            log::event("message", &contract, began, failed.as_ref().map(|cause| cause as &dyn Display));
            failed.map(|_| record.message_id.unwrap_or_default())
        }
    });
    let failed = futures_util::future::join_all(done).await;
    let mut response = SqsBatchResponse::default();
    for id in failed.into_iter().flatten() {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        response.batch_item_failures.push(failure);
    }
    response
}

/// A record of the stream was brought to its queues, or was not, for the log.
pub fn relayed(contract: &str, began: Instant, failed: bool) {
    let cause: &dyn Display = &"the queue did not take the message; the stream brings the record again";
    log::event("record", contract, began, failed.then_some(cause));
}

/// Tells the stream from which record on it is to come again; nothing where all was done.
#[must_use]
pub fn stream_response(first_failed: Option<String>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    if let Some(sequence) = first_failed {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(sequence);
        response.batch_item_failures.push(failure);
    }
    response
}

/// The text attributes of a record's new image.
#[must_use]
pub fn texts_of(record: &EventRecord) -> HashMap<String, String> {
    let image = serde_json::to_value(&record.change.new_image).unwrap_or_default();
    let attributes = image.as_object().into_iter().flatten();
    attributes.filter_map(|(name, value)| Some((name.clone(), value.get("S")?.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{SqsEvent, each_message};

    #[tokio::test]
    async fn a_panic_is_one_messages_failure() {
        let message = |id: &str| serde_json::json!({ "messageId": id, "body": format!("\"{id}\"") });
        let event = serde_json::json!({ "Records": [message("good"), message("bad"), message("failed")] });
        let event: SqsEvent = serde_json::from_value(event).unwrap();
        let done = each_message(event, |message: String| async move {
            assert_ne!(message, "bad");
            if message == "failed" { Err("refused") } else { Ok(()) }
        });
        let failures = done.await.batch_item_failures;
        let failed: Vec<&str> = failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
        assert_eq!(failed, ["bad", "failed"]);
    }
}
