//! One hub at a time serves a database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The sole right to serve a database, until dropped. It ends with the process, however that ends.
///
/// Commands that work beside a hub need it not; a second hub, and whatever replaces the database, do.
#[derive(Debug)]
pub struct Alone {
    held: File,
}

impl Drop for Alone {
    /// Unlocks: closing alone would leave it locked for as long as a process that is just being started still
    /// holds a copy of the file.
    fn drop(&mut self) {
        // What cannot be unlocked ends with the file, or with the process.
        let _ = self.held.unlock();
    }
}

impl Alone {
    /// Takes the right to serve the database at `path`.
    ///
    /// # Errors
    /// [`StoreError::Served`] while somebody has it; [`StoreError::Folder`] when there is no folder for the
    /// database, [`StoreError::Unavailable`] when it cannot be written to.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        let lock = beside(path);
        let unavailable = |error: &dyn std::fmt::Display| {
            StoreError::Unavailable(format!("the file {} cannot be locked: {error}", lock.display()))
        };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
        let file = file.map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::Folder { path: path.to_owned() },
            _ => unavailable(&error),
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { held: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Served { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unavailable(&error)),
        }
    }
}

/// The file that is locked: never the database itself, whose own locks would be lost with it.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_serves_a_database_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.db");
        let first = Alone::take(&path).expect("nobody has it");
        assert!(matches!(Alone::take(&path), Err(StoreError::Served { .. })));
        assert!(Alone::take(&folder.path().join("other.db")).is_ok());
        drop(first);
        assert!(Alone::take(&path).is_ok());
        let nowhere = folder.path().join("missing/hub.db");
        assert!(matches!(Alone::take(&nowhere), Err(StoreError::Folder { .. })));
    }
}
