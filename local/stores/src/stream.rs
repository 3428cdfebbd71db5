//! A table's stream, as a follower reads it: records in order after a position that the follower keeps.
//!
//! Positions are texts to be kept as they are; they stay good across restarts, and nothing of a stream is ever removed.

use crate::answer::Refusal;
use crate::tables::Tables;
use serde_json::Value;
use tokio::sync::watch;

/// What one read brings: the records, as DynamoDB Streams writes them, and the position after them.
pub type StreamRecords = (Vec<Value>, Option<String>);

/// One table's stream. Cloning gives an independent follower of the same stream.
#[derive(Debug, Clone)]
pub struct Stream {
    tables: Tables,
    table: String,
    writes: watch::Receiver<u64>,
}

impl Stream {
    pub(crate) fn new(tables: Tables, table: &str) -> Self {
        let mut writes = tables.writes();
        // A new follower has not read anything yet, so that there may be something.
        writes.mark_changed();
        Self { tables, table: table.to_owned(), writes }
    }

    /// Reads at most `most` (1 to 1000) records after a position, or from the oldest one on. When there are none the position is the one given.
    ///
    /// The last record's `SequenceNumber` is the new position; that of an earlier record is a position as well.
    ///
    /// # Errors
    ///
    /// When there is no such table, it has no stream, or the position is none that was given before.
    pub async fn read(&self, after: Option<&str>, most: usize) -> Result<StreamRecords, Refusal> {
        let (tables, table, after) = (self.tables.clone(), self.table.clone(), after.map(str::to_owned));
        tokio::task::spawn_blocking(move || tables.stream_records(&table, after.as_deref(), most))
            .await
            .map_err(|error| Refusal::internal(format!("The stream cannot be read: {error}.")))?
    }

    /// Waits until something may have been written since the last call; the first call of a follower returns at once. Read to the end after each.
    pub async fn changed(&mut self) {
        // The sender lives in the tables, which this holds as well.
        let _ = self.writes.changed().await;
    }
}
