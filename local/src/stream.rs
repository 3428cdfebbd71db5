//! The consumer of the table's stream: what Lambda's event source mapping for DynamoDB Streams does.
//!
//! Records are delivered in their order, in batches, each batch until it succeeds: the place in the stream moves on, and is kept in the data folder,
//! only after success. So after any crash a record is delivered again rather than lost.

use crate::folder::Folder;
use crate::functions::{Handler, InFlight, Running, run};
use crate::wiring::StreamMapping;
use aws_lambda_events::dynamodb;
use aws_lambda_events::streams::DynamoDbEventResponse;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The file that holds the place in the stream.
const PLACE_FILE: &str = "stream-place";
/// The pauses between attempts at a batch that fails: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// The pause after the stream had nothing new.
const IDLE: Duration = Duration::from_millis(1);

/// Reads the records after a sequence number, or from the oldest one on: `(after, at most how many)`. The records are as DynamoDB Streams writes them.
pub type Source = Arc<dyn Fn(Option<String>, usize) -> Running<Result<Vec<Value>, String>> + Send + Sync>;

/// One stream and the function that reads it.
pub struct Follower {
    /// What the template says.
    pub mapping: StreamMapping,
    /// The stream.
    pub source: Source,
    /// The stream's ARN.
    pub stream_arn: String,
    /// The function.
    pub handler: Handler,
    /// The longest an invocation may take.
    pub timeout: Duration,
    /// Where the place in the stream is kept.
    pub folder: Folder,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Follower").field("mapping", &self.mapping).finish_non_exhaustive()
    }
}

impl Follower {
    /// Follows the stream until `stop` changes; the batch at hand is finished first.
    pub async fn follow(self, in_flight: InFlight, mut stop: watch::Receiver<bool>) {
        let _in_flight = in_flight;
        let mut place = match self.folder.read(PLACE_FILE) {
            Ok(place) => place.filter(|place| !place.is_empty()),
            Err(error) => {
                // From the oldest record on: what was delivered before is delivered again, which consumers are made for.
                tracing::error!("the place in the stream cannot be read: {error}");
                None
            }
        };
        let mut pause = IDLE;
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = match self.step(&mut place).await {
                Ok(Step::Nothing) => IDLE,
                Ok(Step::Delivered) => Duration::ZERO,
                Err(error) => {
                    tracing::error!("{}: {error}", self.mapping.function);
                    (pause * 2).clamp(PAUSES.0, PAUSES.1)
                }
            };
        }
    }

    /// Reads one batch, delivers what the filters let pass, and moves the place on.
    async fn step(&self, place: &mut Option<String>) -> Result<Step, String> {
        let records = (self.source)(place.clone(), self.mapping.batch_size).await?;
        let Some(last) = records.last().and_then(sequence_number) else { return Ok(Step::Nothing) };
        let passing: Vec<&Value> = records.iter().filter(|record| self.mapping.filters.pass(record)).collect();
        if passing.is_empty() {
            *place = Some(last);
            return self.keep(place.as_deref()).map(|()| Step::Delivered);
        }
        match self.deliver(&passing).await? {
            None => {
                tracing::info!("{} {} from the table's stream", self.mapping.function, passing.len());
                *place = Some(last);
                self.keep(place.as_deref()).map(|()| Step::Delivered)
            }
            Some(failed) => {
                // Everything before the first failed record is done; the batch begins there the next time.
                let before = records.iter().take_while(|record| sequence_number(record).as_ref() != Some(&failed));
                if let Some(done) = before.last().and_then(sequence_number) {
                    *place = Some(done);
                    self.keep(place.as_deref())?;
                }
                Err("a record of the stream could not be dealt with and is tried again".to_owned())
            }
        }
    }

    /// The sequence number of the first record that failed, or `None` when all are done.
    async fn deliver(&self, records: &[&Value]) -> Result<Option<String>, String> {
        let Handler::Stream(handler) = self.handler.clone() else {
            return Err("this function takes no stream records".to_owned());
        };
        let event = json!({ "Records": records.iter().map(|record| self.complete(record)).collect::<Vec<_>>() });
        let event = serde_json::from_value::<dynamodb::Event>(event)
            .map_err(|error| format!("the event cannot be read back: {error}"))?;
        let answer =
            run(async move { handler(event).await }, self.timeout).await.map_err(|failure| failure.to_string())?;
        Ok(first_failure(records, &answer, self.mapping.partial_failures))
    }

    /// The record with what the mapping adds to it.
    fn complete(&self, record: &Value) -> Value {
        let mut record = record.clone();
        if let Some(fields) = record.as_object_mut() {
            fields.insert("eventSourceARN".to_owned(), self.stream_arn.as_str().into());
        }
        record
    }

    fn keep(&self, place: Option<&str>) -> Result<(), String> {
        self.folder.write(PLACE_FILE, place.unwrap_or_default()).map_err(|error| error.to_string())
    }
}

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    Delivered,
}

fn sequence_number(record: &Value) -> Option<String> {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).map(str::to_owned)
}

/// The first failed record by place in the batch. An answer that names an unknown record fails the whole batch, as Lambda treats it.
fn first_failure(records: &[&Value], answer: &DynamoDbEventResponse, partial: bool) -> Option<String> {
    if !partial || answer.batch_item_failures.is_empty() {
        return None;
    }
    let numbers: Vec<String> = records.iter().filter_map(|record| sequence_number(record)).collect();
    let failed: Vec<&str> = answer
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_deref().unwrap_or_default())
        .collect();
    if failed.iter().any(|id| !numbers.iter().any(|number| number == id)) {
        return numbers.into_iter().next();
    }
    numbers.into_iter().find(|number| failed.contains(&number.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filters;
    use std::sync::Mutex;

    fn record(number: u32, pk: &str) -> Value {
        json!({
            "eventID": number.to_string(), "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": "x",
            "dynamodb": {
                "Keys": { "pk": { "S": pk }, "sk": { "S": "EVENT#1" } }, "SequenceNumber": number.to_string(), "SizeBytes": 1,
                "StreamViewType": "NEW_IMAGE", "ApproximateCreationDateTime": 1.0
            }
        })
    }

    /// A stream of five records, the third of which the filters hold back, and a function that fails as told.
    fn follower(folder: Folder, failures: Vec<Option<&'static str>>) -> (Follower, Arc<Mutex<Vec<Vec<String>>>>) {
        let records: Vec<Value> =
            (1..=5).map(|number| record(number, if number == 3 { "CUSTOMER#1" } else { "CONTRACT#1" })).collect();
        let source: Source = Arc::new(move |after, limit| {
            let after = after.map_or(0, |after| after.parse::<usize>().unwrap());
            let found = records.iter().skip(after).take(limit).cloned().collect();
            Box::pin(async move { Ok(found) })
        });
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, failures) = (Arc::clone(&seen), Arc::new(Mutex::new(failures)));
        let handler = Handler::Stream(Arc::new(move |event| {
            let numbers = event.records.iter().map(|record| record.change.sequence_number.clone().unwrap()).collect();
            log.lock().unwrap().push(numbers);
            let mut failures = failures.lock().unwrap();
            let failed = if failures.is_empty() { None } else { failures.remove(0) };
            let failed: Vec<_> = failed.iter().map(|id| json!({ "itemIdentifier": id })).collect();
            let answer = serde_json::from_value(json!({ "batchItemFailures": failed })).unwrap();
            Box::pin(async move { answer })
        }));
        let pattern = r#"{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"CONTRACT#"}]}}}}"#;
        let mapping = StreamMapping {
            table: "Table".to_owned(),
            function: "f".to_owned(),
            batch_size: 4,
            partial_failures: true,
            filters: Filters::read("Here", &json!({ "Filters": [{ "Pattern": pattern }] })).unwrap(),
        };
        let follower = Follower {
            mapping,
            source,
            stream_arn: "arn".to_owned(),
            handler,
            timeout: Duration::from_secs(1),
            folder,
        };
        (follower, seen)
    }

    #[tokio::test]
    async fn records_arrive_in_order_filtered_and_once() {
        let (follower, seen) = follower(Folder::none(), vec![]);
        let mut place = None;
        while follower.step(&mut place).await.unwrap() == Step::Delivered {}
        assert_eq!(*seen.lock().unwrap(), [vec!["1", "2", "4"], vec!["5"]]);
        assert_eq!(place.as_deref(), Some("5"));
    }

    #[tokio::test]
    async fn a_failed_record_is_tried_again_and_those_before_it_are_not() {
        let (follower, seen) = follower(Folder::none(), vec![Some("2"), Some("nobody"), None]);
        let mut place = None;
        assert!(follower.step(&mut place).await.is_err());
        assert_eq!(place.as_deref(), Some("1"));
        assert!(follower.step(&mut place).await.is_err());
        assert_eq!(place.as_deref(), Some("1"), "an unknown id fails the whole batch");
        assert_eq!(follower.step(&mut place).await, Ok(Step::Delivered));
        assert_eq!(*seen.lock().unwrap(), [vec!["1", "2", "4"], vec!["2", "4", "5"], vec!["2", "4", "5"]]);
    }

    #[tokio::test]
    async fn the_place_outlives_the_process() {
        let path = std::env::temp_dir().join(format!("countersign-stream-{}", rand::random::<u64>()));
        let folder = Folder::open(&path).unwrap();
        let (first, _) = follower(folder.clone(), vec![]);
        let mut place = None;
        first.step(&mut place).await.unwrap();
        assert_eq!(folder.read(PLACE_FILE).unwrap().as_deref(), Some("4"));
        let (second, seen) = follower(folder, vec![]);
        let (stop, stopped) = watch::channel(false);
        let (in_flight, done) = InFlight::new();
        let following = tokio::spawn(second.follow(in_flight, stopped));
        while seen.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send(true).unwrap();
        done.wait(Duration::from_secs(5)).await;
        following.await.unwrap();
        assert_eq!(*seen.lock().unwrap(), [vec!["5"]]);
        std::fs::remove_dir_all(path).unwrap();
    }
}
