//! The data folder: made when it is not there, and held by one process at a time.
//!
//! It is held by a lock on a file in it, which the operating system lets go however the process ends.

use std::fmt::Display;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const LOCK_FILE: &str = "lock";

/// Why stores did not start, in one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the port.
    #[error("Port {0} is in use.")]
    PortInUse(u16),
    /// The port cannot be listened on for another reason.
    #[error("Port {0} cannot be listened on: {1}.")]
    Port(u16, std::io::Error),
    /// A file is where the data folder should be.
    #[error("{} is not a folder, so no data can be kept in it.", .0.display())]
    NotAFolder(PathBuf),
    /// The data folder cannot be made, read or written.
    #[error("The data folder {} cannot be used: {cause}.", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// Another process, or other stores in this one, hold the data folder.
    #[error("The data folder {} is in use by another process.", .0.display())]
    InUse(PathBuf),
    /// A file of the data folder is not what was written to it.
    #[error("The file {} cannot be read back ({cause}); take it away to begin anew, or take another data folder.", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// A fault in the stores themselves.
    #[error("The local stores do not start: {0}.")]
    Broken(String),
}

impl StartError {
    pub(crate) fn port(port: u16, error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::AddrInUse => Self::PortInUse(port),
            _ => Self::Port(port, error),
        }
    }
}

/// The folder, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The locked file of a kept folder. A temporary folder has none, and goes away.
    lock: Option<File>,
}

impl Folder {
    /// Takes the folder that data is kept in.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => StartError::NotAFolder(path.to_owned()),
            _ => StartError::Folder { path: path.to_owned(), cause: error.to_string() },
        };
        make(path).map_err(unusable)?;
        let file = path.join(LOCK_FILE);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(file).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StartError::InUse(path.to_owned()),
            TryLockError::Error(error) => unusable(error),
        })?;
        Ok(Self { path: path.to_owned(), lock: Some(lock) })
    }

    /// Makes a folder for as long as the stores are.
    pub(crate) fn temporary() -> Result<Self, StartError> {
        let id = crate::ids::random().map_err(|refusal| StartError::Broken(refusal.message))?;
        let path = std::env::temp_dir().join(format!("countersign-{id}"));
        make(&path).map_err(|error| StartError::Folder { path: path.clone(), cause: error.to_string() })?;
        Ok(Self { path, lock: None })
    }

    /// Where a database is kept; none when it is in memory.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.lock.is_some().then(|| self.path.join(name))
    }

    /// A folder in this one, made when it is not there.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf, StartError> {
        let path = self.path.join(name);
        make(&path).map_err(|error| self.unusable(&error))?;
        Ok(path)
    }

    pub(crate) fn unusable(&self, cause: &impl Display) -> StartError {
        StartError::Folder { path: self.path.clone(), cause: sentence_part(cause) }
    }

    pub(crate) fn damaged(&self, name: &str, cause: &impl Display) -> StartError {
        StartError::Damaged { file: self.path.join(name), cause: sentence_part(cause) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.lock.is_none()
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::debug!("the temporary folder {} stays behind: {error}", self.path.display());
        }
    }
}

/// A cause as it stands within a sentence: its first sentence, on one line, without the full stop.
fn sentence_part(cause: &impl Display) -> String {
    let cause = cause.to_string();
    let line = cause.split_whitespace().collect::<Vec<_>>().join(" ");
    line.split(". ").next().unwrap_or(&line).trim_end_matches('.').to_owned()
}

/// Makes a folder that only its owner may enter: drafts and keys lie in it.
fn make(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
