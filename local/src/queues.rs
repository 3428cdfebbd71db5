//! Queue consumers: what Lambda's event source mapping for SQS does.
//!
//! Messages are taken in batches, handed to the function, and deleted when it has dealt with them. A message it names as failed, or every message of a batch
//! whose invocation failed, stays in the queue: it is seen again after its visibility timeout and goes to the dead-letter queue by the
//! queue's own redrive policy.

use crate::event::queue_batch;
use crate::functions::{Handler, InFlight, run};
use crate::template::REGION;
use crate::wiring::QueueMapping;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// How many batches of one queue are handled at once, as a new mapping of Lambda's begins.
const AT_ONCE: usize = 5;
/// How long one request waits for messages, in seconds. A stop waits as long at most.
const WAIT: i32 = 1;
/// The pause after a queue could not be read.
const PAUSE: Duration = Duration::from_millis(500);

/// One queue and the function that reads it.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// What the template says.
    pub mapping: QueueMapping,
    /// The queue's address.
    pub queue_url: String,
    /// The queue's ARN.
    pub queue_arn: String,
    /// The function.
    pub handler: Handler,
    /// The longest an invocation may take.
    pub timeout: Duration,
}

impl Consumer {
    /// Reads the queue until `stop` changes. The request that is waiting then is waited for: what it brings would be invisible for long.
    pub async fn consume(self, client: Client, in_flight: InFlight, stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let consumer = Arc::new(self);
        // A sender that is gone means that the stack was dropped.
        while !*stop.borrow() && stop.has_changed().is_ok() {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let received = client
                .receive_message()
                .queue_url(&consumer.queue_url)
                .max_number_of_messages(consumer.mapping.batch_size)
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .message_attribute_names("All")
                .wait_time_seconds(WAIT)
                .send()
                .await;
            match received {
                Ok(received) => {
                    let messages = received.messages.unwrap_or_default();
                    if messages.is_empty() {
                        continue;
                    }
                    let (consumer, client, in_flight) = (Arc::clone(&consumer), client.clone(), in_flight.clone());
                    tokio::spawn(async move {
                        let _held = (place, in_flight);
                        consumer.handle(&client, messages).await;
                    });
                }
                Err(error) => {
                    tracing::error!("the queue {} cannot be read: {}", consumer.mapping.queue, chain(&error));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn handle(&self, client: &Client, messages: Vec<Message>) {
        let function = &self.mapping.function;
        let Handler::Queue(handler) = self.handler.clone() else {
            tracing::error!("{function} takes no queue messages");
            return;
        };
        let count = messages.len();
        let records: Vec<_> = messages.iter().map(|message| self.record(message)).collect();
        let event = match serde_json::from_value::<SqsEvent>(queue_batch(&records)) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!("the event for {function} cannot be read back: {error}");
                return;
            }
        };
        let failed = match run(async move { handler(event).await }, self.timeout).await {
            Ok(answer) => failed_ids(&messages, answer, self.mapping.partial_failures),
            Err(failure) => {
                tracing::error!("{function}: {failure}");
                return;
            }
        };
        tracing::info!("{function} {} of {count} from {}", count - failed.len(), self.mapping.queue);
        let done: Vec<_> = messages
            .into_iter()
            .filter(|message| !failed.contains(message.message_id().unwrap_or_default()))
            .enumerate()
            .filter_map(|(at, message)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
                entry.receipt_handle(message.receipt_handle?).build().ok()
            })
            .collect();
        if done.is_empty() {
            return;
        }
        let deleted = client.delete_message_batch().queue_url(&self.queue_url).set_entries(Some(done)).send().await;
        if let Err(error) = deleted {
            tracing::error!("messages of {} cannot be deleted: {}", self.mapping.queue, chain(&error));
        }
    }

    fn record(&self, message: &Message) -> Value {
        let attributes: Map<String, Value> = message
            .attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_str().into()))
            .collect();
        let custom: Map<String, Value> = message
            .message_attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let value = json!({
                    "stringValue": value.string_value(),
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": value.data_type(),
                });
                (name.clone(), value)
            })
            .collect();
        json!({
            "messageId": message.message_id(),
            "receiptHandle": message.receipt_handle(),
            "body": message.body().unwrap_or_default(),
            "md5OfBody": message.md5_of_body(),
            "attributes": attributes,
            "messageAttributes": custom,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue_arn,
            "awsRegion": REGION,
        })
    }
}

/// Which messages stay in the queue. An answer that names an unknown or empty id fails the whole batch, as Lambda treats it.
fn failed_ids(messages: &[Message], answer: SqsBatchResponse, partial: bool) -> BTreeSet<String> {
    if !partial {
        return BTreeSet::new();
    }
    let known: BTreeSet<String> = messages.iter().filter_map(|message| message.message_id.clone()).collect();
    let failed: BTreeSet<String> =
        answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    if failed.is_subset(&known) { failed } else { known }
}

/// An error with its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(ids: &[&str]) -> SqsBatchResponse {
        let failures: Vec<_> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        serde_json::from_value(json!({ "batchItemFailures": failures })).unwrap()
    }

    fn messages() -> Vec<Message> {
        ["a", "b"].iter().map(|id| Message::builder().message_id(*id).body("{}").receipt_handle("r").build()).collect()
    }

    #[test]
    fn only_what_failed_stays() {
        assert!(failed_ids(&messages(), answer(&[]), true).is_empty());
        assert_eq!(failed_ids(&messages(), answer(&["b"]), true), BTreeSet::from(["b".to_owned()]));
        assert!(failed_ids(&messages(), answer(&["b"]), false).is_empty());
    }

    #[test]
    fn an_unknown_id_fails_the_batch() {
        assert_eq!(failed_ids(&messages(), answer(&["a", "?"]), true).len(), 2);
        assert_eq!(failed_ids(&messages(), answer(&[""]), true).len(), 2);
    }

    #[test]
    fn a_record_reads_back_as_a_message() {
        let consumer = Consumer {
            mapping: QueueMapping {
                queue: "Q".to_owned(),
                function: "f".to_owned(),
                batch_size: 10,
                partial_failures: true,
            },
            queue_url: "http://127.0.0.1/q".to_owned(),
            queue_arn: "arn:aws:sqs:us-east-1:000000000000:q".to_owned(),
            handler: Handler::Queue(Arc::new(|_| Box::pin(async { SqsBatchResponse::default() }))),
            timeout: Duration::from_secs(1),
        };
        let records: Vec<_> = messages().iter().map(|message| consumer.record(message)).collect();
        let event: SqsEvent = serde_json::from_value(queue_batch(&records)).unwrap();
        assert_eq!(event.records[1].message_id.as_deref(), Some("b"));
        assert_eq!(event.records[0].body.as_deref(), Some("{}"));
        assert_eq!(event.records[0].event_source.as_deref(), Some("aws:sqs"));
    }
}
