//! The data folder: what the local stack itself keeps from one run to the next.
//!
//! A file is replaced whole or not at all, so a killed process never leaves half a file. One process holds the folder at a time. Without a
//! folder (`--memory`) nothing is kept.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The data folder, or none.
#[derive(Debug, Clone)]
pub struct Folder(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    path: PathBuf,
    /// Held open, because the lock lasts as long as the file is open.
    _lock: File,
}

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made, read or written.
    #[error("The data folder {path} cannot be used: {cause}.")]
    Unusable {
        /// The folder as it was given.
        path: String,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Another stack works in it.
    #[error("The data folder {0} is in use by another local stack.")]
    InUse(String),
}

impl Folder {
    /// Nothing is kept.
    pub fn none() -> Self {
        Self(None)
    }

    /// Opens the folder, making it where it is missing, and locks it for this process.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let unusable = |cause| FolderError::Unusable { path: path.display().to_string(), cause };
        if path.is_file() {
            return Err(unusable(io::Error::new(io::ErrorKind::NotADirectory, "it is a file, not a folder")));
        }
        fs::create_dir_all(path).map_err(unusable)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self(Some(Arc::new(Held { path: path.to_owned(), _lock: lock })))),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.display().to_string())),
            Err(TryLockError::Error(cause)) => Err(unusable(cause)),
        }
    }

    /// Where the folder is, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_deref().map(|held| held.path.as_path())
    }

    /// What a file holds; `None` where there is no such file or no folder.
    pub fn read(&self, name: &str) -> Result<Option<String>, FolderError> {
        let Some(path) = self.path() else { return Ok(None) };
        match fs::read_to_string(path.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(self.unusable(cause)),
        }
    }

    /// Replaces a file.
    pub fn write(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let Some(path) = self.path() else { return Ok(()) };
        let fresh = path.join(format!("{name}.new"));
        fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, path.join(name))).map_err(|cause| self.unusable(cause))
    }

    /// Adds a line to a file.
    pub fn append(&self, name: &str, line: &str) -> Result<(), FolderError> {
        let Some(path) = self.path() else { return Ok(()) };
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path.join(name))
            .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
            .map_err(|cause| self.unusable(cause))
    }

    /// The error for a file whose content makes no sense.
    pub fn damaged(&self, name: &str) -> FolderError {
        self.unusable(io::Error::new(io::ErrorKind::InvalidData, format!("{name} is damaged")))
    }

    fn unusable(&self, cause: io::Error) -> FolderError {
        FolderError::Unusable { path: self.path().map(|path| path.display().to_string()).unwrap_or_default(), cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> PathBuf {
        std::env::temp_dir().join(format!("countersign-folder-{}", rand::random::<u64>()))
    }

    #[test]
    fn files_outlive_the_folder_value() {
        let path = fresh();
        let folder = Folder::open(&path).unwrap();
        assert_eq!(folder.read("a").unwrap(), None);
        folder.write("a", "1").unwrap();
        folder.write("a", "2").unwrap();
        folder.append("b", "x").unwrap();
        folder.append("b", "y").unwrap();
        drop(folder);
        let folder = Folder::open(&path).unwrap();
        assert_eq!(folder.read("a").unwrap().as_deref(), Some("2"));
        assert_eq!(folder.read("b").unwrap().as_deref(), Some("x\ny\n"));
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn one_stack_at_a_time() {
        let path = fresh();
        let _first = Folder::open(&path).unwrap();
        let error = Folder::open(&path).unwrap_err();
        assert!(matches!(error, FolderError::InUse(_)), "{error}");
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_file_in_the_way_is_one_clear_sentence() {
        let path = fresh();
        fs::write(&path, "").unwrap();
        let error = Folder::open(&path).unwrap_err().to_string();
        assert!(error.starts_with("The data folder") && !error.contains('\n'), "{error}");
        fs::remove_file(path).unwrap();
    }
}
