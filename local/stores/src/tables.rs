//! DynamoDB: the embedded database, called in process, and the reader of its streams.
//!
//! Stream records are rows of the same database file, written in the transaction of the change they tell of, and never removed: a reader that
//! keeps its position loses none, whatever happens to the process.

use crate::REGION;
use crate::answer::Refusal;
use crate::stream::StreamRecords;
use contract::Clock;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::{Database, DynoxideError, streams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Where a stream was read to its end: the position, and `writes` before that was found out.
type Quiet = (Option<String>, u64);

/// The tables. Cloning gives another handle on the same ones.
#[derive(Clone)]
pub(crate) struct Tables {
    database: Database,
    /// Goes up after whatever may have written.
    writes: Arc<watch::Sender<u64>>,
    /// By table.
    quiet: Arc<Mutex<BTreeMap<String, Quiet>>>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tables").finish_non_exhaustive()
    }
}

impl Tables {
    /// Opens the database in a file, or one in memory. A clock counts in memory only.
    pub(crate) fn open(file: Option<&Path>, clock: Option<&Clock>) -> Result<Self, OpenError> {
        let database = match (file, clock) {
            (None, Some(clock)) => Database::memory_with_clock(Arc::new(Time(Arc::clone(clock))))?,
            (None, None) => {
                // A database in memory that has a name, so that a second connection can give it its index.
                let name = crate::ids::random().map_err(|refusal| OpenError::Name(refusal.message))?;
                indexed(&format!("file:/{name}?vfs=memdb"))?
            }
            (Some(file), _) => {
                let database = indexed(&file.to_string_lossy())?;
                // This sets synchronous=NORMAL: in WAL mode a killed process loses nothing by it, and a write needs no disk flush.
                database.disable_bulk_loading()?;
                database
            }
        };
        Ok(Self { database, writes: Arc::new(watch::Sender::new(0)), quiet: Arc::default() })
    }

    /// Tells of every call that may have written.
    pub(crate) fn writes(&self) -> watch::Receiver<u64> {
        self.writes.subscribe()
    }

    fn wrote(&self) {
        self.writes.send_modify(|writes| *writes += 1);
    }

    /// Carries out one operation of the JSON protocol, and gives the answer's status and body. Blocks.
    pub(crate) fn call(&self, operation: &str, body: &str) -> (u16, String) {
        let result = self.dispatch(operation, body);
        let reads = ["Get", "Query", "Scan", "Describe", "List", "BatchGet", "TransactGet"];
        if !reads.iter().any(|read| operation.starts_with(read)) {
            self.wrote();
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
            Ok(_) => self.wrote(),
            Err(error) => tracing::warn!("items past their time to live cannot be deleted: {error}"),
        }
    }

    /// Creates a table unless there is one of that name. See [`crate::Stores::create_table`].
    pub(crate) fn create(&self, definition: &Value, time_to_live: Option<&str>) -> Result<(), Refusal> {
        match self.dispatch("CreateTable", &definition.to_string()) {
            Ok(_) | Err(DynoxideError::ResourceInUseException(_)) => {}
            Err(error) => return Err(refusal(&error)),
        }
        let Some(attribute) = time_to_live else { return Ok(()) };
        let table = json!({ "TableName": definition.get("TableName") });
        let told = self.dispatch("DescribeTimeToLive", &table.to_string()).map_err(|error| refusal(&error))?;
        let told: Value = serde_json::from_str(&told).unwrap_or_default();
        if told.pointer("/TimeToLiveDescription/AttributeName").and_then(Value::as_str) == Some(attribute) {
            return Ok(());
        }
        let specification = json!({ "AttributeName": attribute, "Enabled": true });
        let request = json!({ "TableName": definition.get("TableName"), "TimeToLiveSpecification": specification });
        self.dispatch("UpdateTimeToLive", &request.to_string()).map(|_| ()).map_err(|error| refusal(&error))
    }

    /// Reads the records of a table's stream. Blocks. See [`crate::Stream::read`].
    pub(crate) fn stream_records(
        &self,
        table: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<StreamRecords, Refusal> {
        // A follower may ask again and again: nothing written, nothing new. What counts as written is noted before the database is asked, so
        // that a write in between is found the next time.
        let writes = *self.writes.borrow();
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
        let mut records = self.database.get_records(request).map_err(|error| refusal(&error))?.records;
        let Some(last) = records.last() else {
            let quiet = (after.map(str::to_owned), writes);
            self.quiet.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned(), quiet);
            return Ok((Vec::new(), after.map(str::to_owned)));
        };
        let position = last.dynamodb.sequence_number.clone();
        let records = records
            .iter_mut()
            .map(|record| {
                record.aws_region = REGION.to_owned();
                serde_json::to_value(record).map_err(|error| Refusal::internal(error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok((records, Some(position)))
    }
}

/// Why the tables cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error(transparent)]
    Database(#[from] DynoxideError),
    #[error(transparent)]
    Index(#[from] rusqlite::Error),
    #[error("{0}")]
    Name(String),
}

/// Opens the database and gives its stream an index by sequence number. Without one, every write and every read of the stream would go through the
/// whole of it.
fn indexed(path: &str) -> Result<Database, OpenError> {
    let database = Database::new(path)?;
    rusqlite::Connection::open(path)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS stream_by_sequence_number
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )?;
    Ok(database)
}

/// The project's clock, as the database asks for it.
struct Time(Clock);

impl dynoxide::storage_backend::Clock for Time {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from((self.0)().as_second()).unwrap_or(0)
    }

    fn now_unix_secs_f64(&self) -> f64 {
        (self.0)().as_duration().as_secs_f64()
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &str,
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_str(body).map_err(|error| unreadable(&error.to_string()))?;
    let answer = operation(request)?;
    serde_json::to_string(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// What a request is refused with that does not read as one: the database marks in its message which of the two errors DynamoDB gives.
fn unreadable(message: &str) -> DynoxideError {
    let message = message.rfind(" at line ").and_then(|end| message.get(..end)).unwrap_or(message);
    for mark in ["VALIDATION:", "VALIDATION_REQUEST:"] {
        if let Some(rest) = message.strip_prefix(mark) {
            return DynoxideError::ValidationException(rest.to_owned());
        }
    }
    let told = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if told.iter().any(|part| message.contains(part)) {
        return DynoxideError::ValidationException(message.to_owned());
    }
    DynoxideError::SerializationException(message.trim_start_matches("SERIALIZATION:").to_owned())
}

fn refusal(error: &DynoxideError) -> Refusal {
    let body: Value = serde_json::from_str(&error.to_json()).unwrap_or_else(|_| json!({}));
    let kind = body.get("__type").and_then(Value::as_str).unwrap_or("InternalServerError");
    let code = kind.rsplit('#').next().unwrap_or(kind).to_owned();
    Refusal { status: error.status_code(), code, message: error.to_string() }
}
