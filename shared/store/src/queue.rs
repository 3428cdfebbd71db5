//! A queue of things to do. Messages carry ids only.

use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use serde::Serialize;

use crate::{Failure, failure::unavailable};

/// SQS takes so many messages in one call.
const BATCH: usize = 10;

/// One SQS queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Queue({})", self.url)
    }
}

impl Queue {
    #[must_use]
    pub fn new(aws: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(aws), url }
    }

    /// Queues one message.
    pub async fn send(&self, message: &impl Serialize) -> Result<(), Failure> {
        let body = serde_json::to_string(message).map_err(|_| Failure::Unreadable { what: "a message" })?;
        let sent = self.client.send_message().queue_url(&self.url).message_body(body).send().await;
        sent.map(|_| ()).map_err(unavailable("queueing"))
    }

    /// Queues messages, ten a call, and gives the positions of those that were not taken.
    pub async fn send_all(&self, messages: &[impl Serialize]) -> Result<Vec<usize>, Failure> {
        let mut refused = Vec::new();
        for (batch, chunk) in messages.chunks(BATCH).enumerate() {
            let entries = chunk
                .iter()
                .enumerate()
                .map(|(at, message)| {
                    let body = serde_json::to_string(message).ok()?;
                    SendMessageBatchRequestEntry::builder().id(at.to_string()).message_body(body).build().ok()
                })
                .collect::<Option<Vec<_>>>()
                .ok_or(Failure::Unreadable { what: "a message" })?;
            let answer = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
            let failed = answer.map_err(unavailable("queueing"))?.failed;
            refused.extend(
                failed.iter().filter_map(|entry| entry.id().parse::<usize>().ok()).map(|at| batch * BATCH + at),
            );
        }
        Ok(refused)
    }
}
