//! Everything the sandbox remembers, in one SQLite database.
//!
//! A request is one transaction, committed before its answer is sent: what a caller was told is on disk, what it was not told
//! left no trace. The database is written ahead (WAL), so that killing the process at any moment loses nothing that was committed.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::Refusal;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS records (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS bytes (kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS flows (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status INTEGER NOT NULL, expires INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS flows_by_deadline ON flows (status, expires);
CREATE TABLE IF NOT EXISTS callbacks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, action TEXT NOT NULL, url TEXT NOT NULL, body BLOB NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS callbacks_by_due ON callbacks (state, due);
CREATE INDEX IF NOT EXISTS callbacks_by_flow ON callbacks (flow);
";

/// The kinds of small records.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// An uploaded file's description.
    File,
    /// A link to the signing page.
    Link,
    /// A short address that leads to a link.
    ShortLink,
    /// A permission to put or get bytes for a while.
    Grant,
    /// A person or organisation that has been verified.
    Verified,
    /// The keys of the certificate authority.
    Authority,
    /// What goes wrong on purpose.
    Faults,
    /// As which program documents are signed.
    Style,
}

/// The kinds of stored bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bytes {
    /// A file as it was uploaded.
    Uploaded,
    /// A flow's document as it stands, with the signatures made so far.
    Document,
}

/// The database.
pub(crate) struct State {
    connection: Mutex<Connection>,
}

impl State {
    /// Opens the database in this folder, or an empty one in memory.
    ///
    /// # Errors
    ///
    /// When the database cannot be opened or is not the sandbox's.
    pub(crate) fn open(data: Option<&Path>) -> Result<State, rusqlite::Error> {
        let connection = match data {
            Some(folder) => Connection::open(folder.join("sandbox.sqlite"))?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(TABLES)?;
        Ok(State { connection: Mutex::new(connection) })
    }

    /// Runs one transaction: committed when the act succeeds, as if it had never been when it does not.
    pub(crate) fn transact<T>(&self, act: impl FnOnce(&Records<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        // A panic inside an act dropped its transaction, which rolled it back: the connection is sound.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let done = act(&Records { connection: &transaction })?;
        transaction.commit()?;
        Ok(done)
    }
}

/// The records, inside one transaction.
pub(crate) struct Records<'a> {
    pub(crate) connection: &'a Connection,
}

impl Records<'_> {
    pub(crate) fn get<T: DeserializeOwned>(&self, kind: Kind, id: &str) -> Result<Option<T>, Refusal> {
        let body: Option<String> = self
            .connection
            .prepare_cached("SELECT body FROM records WHERE kind = ?1 AND id = ?2")?
            .query_row(params![format!("{kind:?}"), id], |row| row.get(0))
            .optional()?;
        Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
    }

    pub(crate) fn put<T: Serialize>(&self, kind: Kind, id: &str, record: &T) -> Result<(), Refusal> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO records (kind, id, body) VALUES (?1, ?2, ?3)")?
            .execute(params![format!("{kind:?}"), id, serde_json::to_string(record)?])?;
        Ok(())
    }

    pub(crate) fn get_bytes(&self, kind: Bytes, id: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let body = self
            .connection
            .prepare_cached("SELECT body FROM bytes WHERE kind = ?1 AND id = ?2")?
            .query_row(params![format!("{kind:?}"), id], |row| row.get(0))
            .optional()?;
        Ok(body)
    }

    pub(crate) fn put_bytes(&self, kind: Bytes, id: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO bytes (kind, id, body) VALUES (?1, ?2, ?3)")?
            .execute(params![format!("{kind:?}"), id, bytes])?;
        Ok(())
    }
}

/// A new identifier as e签宝 forms them: 32 hexadecimal digits.
pub(crate) fn new_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
