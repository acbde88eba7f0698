//! Why the store could not do what was asked.

use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It may work in a moment: the queue is full, the disk is full or read-only, the store is closing.
    /// Nothing was changed.
    #[error("the store cannot take changes now: {0}")]
    Unavailable(String),
    /// A page's cursor is not one that was handed out.
    #[error("`{0}` is not a cursor of this list; begin again without one")]
    Cursor(String),
    /// A connection's key-value store is full.
    #[error("the connection's key-value quota of {quota} bytes is used up; raise `plugin.limits.kv_total`")]
    Quota {
        /// The quota in bytes.
        quota: u64,
    },
    /// The key that secrets are sealed with does not fit.
    #[error("cannot use the key file {path}: {why}")]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// A sealed secret does not open: the key file is not the one it was sealed with.
    #[error(
        "the secret `{name}` does not open with this key file; restore the key that belongs to the database, or \
         set the secret again: `switchboard connection secret CONNECTION {name}`"
    )]
    Sealed {
        /// Its name.
        name: String,
    },
    /// What is stored is not what was written.
    #[error("the database holds something unexpected in {place}: {why}")]
    Corrupt {
        /// Where.
        place: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The database is of a newer shape than this program knows.
    #[error("the database was written by a newer Switchboard ({0}); run that version, or restore a backup")]
    Newer(String),
    /// The database's folder is not there.
    #[error("there is no folder for the database {path}; make it, or set `storage.path` to another place")]
    Folder {
        /// Which database.
        path: PathBuf,
    },
    /// Another hub serves the database.
    #[error(
        "another hub serves the database {path}; stop it first (`systemctl stop switchboard`, or Ctrl-C where it runs)"
    )]
    Served {
        /// Which database.
        path: PathBuf,
    },
    /// The file is no backup that can be restored.
    #[error("{path} cannot be restored: {why}")]
    Backup {
        /// Which file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// The database library's own account.
    #[error("the database refused")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether it passes by itself, and the store tells of it once for everybody: whoever meets it need not.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// SQLite's primary result codes that pass by themselves: busy, locked, read-only, I/O error, full,
/// cannot open (<https://sqlite.org/rescode.html>).
const PASSING: [i64; 6] = [5, 6, 8, 10, 13, 14];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|database| database.code())
            .and_then(|code| code.parse::<i64>().ok())
            .map(|code| code & 0xff);
        match error {
            _ if code.is_some_and(|code| PASSING.contains(&code)) => Self::Unavailable(error.to_string()),
            sqlx::Error::PoolClosed | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            error => Self::Database(error.into()),
        }
    }
}

/// Makes an error of a value that does not read as what was written there.
pub(super) fn corrupt(place: &'static str) -> impl Fn(&dyn std::fmt::Display) -> StoreError {
    move |why| StoreError::Corrupt { place, why: why.to_string() }
}
