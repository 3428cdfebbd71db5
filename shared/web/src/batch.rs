//! Batches: what succeeded is done, what failed comes again.

use std::{collections::HashMap, fmt::Display, future::Future};

pub use aws_lambda_events::{
    dynamodb::{Event as StreamEvent, EventRecord},
    sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use serde::de::DeserializeOwned;

/// Does every message of a batch at once, and gives back those that failed. A message that cannot be read fails too: it is a defect
/// and belongs into the dead-letter queue.
pub async fn each_message<M, F, E>(event: SqsEvent, work: impl Fn(M) -> F) -> SqsBatchResponse
where
    M: DeserializeOwned,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let done = event.records.into_iter().map(|record| {
        let message = serde_json::from_str::<M>(record.body.as_deref().unwrap_or_default());
        let work = message.map(&work);
        async move {
            let id = record.message_id.unwrap_or_default();
            match work {
                Ok(work) => match work.await {
                    Ok(()) => None,
                    Err(error) => {
                        tracing::error!(message = %id, cause = %error, "a message could not be done; it comes again");
                        Some(id)
                    }
                },
                Err(_) => {
                    tracing::error!(message = %id, "a message cannot be read; it goes to the dead-letter queue");
                    Some(id)
                }
            }
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
