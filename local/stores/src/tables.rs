//! DynamoDB: the embedded database, called in process, and the reader of its streams.
//!
//! Stream records are rows of the same database file, written in the transaction of the change they tell of, and never removed: a reader that
//! keeps its position loses none, whatever happens to the process.

use crate::answer::Refusal;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::{Database, DynoxideError, streams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What one read of a stream brings: the records, and the position after them.
pub type StreamRecords = (Vec<Value>, Option<String>);

/// The tables. Cloning gives another handle on the same ones.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    /// Goes up after whatever may have written.
    writes: Arc<AtomicU64>,
    /// Per table, the position after which there was nothing, and `writes` before that was found out.
    quiet: Arc<Mutex<BTreeMap<String, (Option<String>, u64)>>>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tables").finish_non_exhaustive()
    }
}

impl Tables {
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, DynoxideError> {
        let database = match file {
            Some(file) => {
                let database = Database::new(&file.to_string_lossy())?;
                // This sets synchronous=NORMAL: in WAL mode a killed process loses nothing by it, and a write needs no disk flush.
                database.disable_bulk_loading()?;
                database
            }
            None => Database::memory()?,
        };
        Ok(Self { database, writes: Arc::default(), quiet: Arc::default() })
    }

    /// Carries out one operation of the JSON protocol, and gives the answer's status and body. Blocks.
    pub(crate) fn call(&self, operation: &str, body: &str) -> (u16, String) {
        let result = self.dispatch(operation, body);
        let reads = ["Get", "Query", "Scan", "Describe", "List", "BatchGet", "TransactGet"];
        if !reads.iter().any(|read| operation.starts_with(read)) {
            self.writes.fetch_add(1, Ordering::AcqRel);
        }
        match result {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    fn dispatch(&self, operation: &str, body: &str) -> Result<String, DynoxideError> {
        let db = &self.database;
        match operation {
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DeleteTable" => run(body, |request| db.delete_table(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "ListTables" => run(body, |request| db.list_tables(request)),
            "UpdateTable" => run(body, |request| db.update_table(request)),
            "PutItem" => run(body, |request| db.put_item(request)),
            "GetItem" => run(body, |request| db.get_item(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "Query" => run(body, |request| db.query(request)),
            "Scan" => run(body, |request| db.scan(request)),
            "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
            "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
            "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
            "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
            "ListStreams" => run(body, |request| db.list_streams(request)),
            "DescribeStream" => run(body, |request| db.describe_stream(request)),
            "GetShardIterator" => run(body, |request| db.get_shard_iterator(request)),
            "GetRecords" => run(body, |request| db.get_records(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
            "TagResource" => run(body, |request| db.tag_resource(request)),
            "UntagResource" => run(body, |request| db.untag_resource(request)),
            "ListTagsOfResource" => run(body, |request| db.list_tags_of_resource(request)),
            _ => Err(DynoxideError::ValidationException(format!("The local endpoint does not offer {operation}."))),
        }
    }

    /// Deletes what has outlived its time to live. Blocks.
    pub(crate) fn sweep(&self) {
        match self.database.sweep_ttl() {
            Ok(0) => {}
            Ok(_) => {
                self.writes.fetch_add(1, Ordering::AcqRel);
            }
            Err(error) => tracing::warn!("items past their time to live cannot be deleted: {error}"),
        }
    }

    /// Creates a table unless there is one of that name.
    pub(crate) fn create(&self, definition: &Value) -> Result<(), Refusal> {
        match self.dispatch("CreateTable", &definition.to_string()) {
            Ok(_) | Err(DynoxideError::ResourceInUseException(_)) => Ok(()),
            Err(error) => Err(refusal(&error)),
        }
    }

    /// Reads the records of a table's stream after a position, or from the oldest one on. See [`crate::Stores::stream_records`].
    ///
    /// # Errors
    ///
    /// When there is no such table, it has no stream, or the position is none that was given before.
    pub fn stream_records(&self, table: &str, after: Option<&str>, most: usize) -> Result<StreamRecords, Refusal> {
        // A follower asks again and again, and a stream that is long takes long to read to its end: nothing written, nothing new.
        let writes = self.writes.load(Ordering::Acquire);
        let known = self.quiet.lock().unwrap_or_else(PoisonError::into_inner).get(table).cloned();
        if known.is_some_and(|(position, at)| position.as_deref() == after && at == writes) {
            return Ok((Vec::new(), after.map(str::to_owned)));
        }
        let iterator = self.database.get_shard_iterator(GetShardIteratorRequest {
            stream_arn: streams::stream_arn(table, "local"),
            shard_id: streams::shard_id(table),
            shard_iterator_type: if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
            sequence_number: after.map(str::to_owned),
        });
        let shard_iterator = iterator.map_err(|error| refusal(&error))?.shard_iterator.unwrap_or_default();
        let request = GetRecordsRequest { shard_iterator, limit: Some(most.clamp(1, 1000)) };
        let records = self.database.get_records(request).map_err(|error| refusal(&error))?.records;
        let Some(last) = records.last() else {
            let quiet = (after.map(str::to_owned), writes);
            self.quiet.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned(), quiet);
            return Ok((Vec::new(), after.map(str::to_owned)));
        };
        let position = last.dynamodb.sequence_number.clone();
        let records = records
            .iter()
            .map(|record| serde_json::to_value(record).map_err(|error| Refusal::internal(error.to_string())))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((records, Some(position)))
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &str,
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request =
        serde_json::from_str(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    let answer = operation(request)?;
    serde_json::to_string(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn refusal(error: &DynoxideError) -> Refusal {
    let body: Value = serde_json::from_str(&error.to_json()).unwrap_or_else(|_| json!({}));
    let kind = body.get("__type").and_then(Value::as_str).unwrap_or("InternalServerError");
    let code = kind.rsplit('#').next().unwrap_or(kind).to_owned();
    Refusal { status: error.status_code(), code, message: error.to_string() }
}
