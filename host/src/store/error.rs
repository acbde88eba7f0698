//! Why the store could not do what was asked.

use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It may work in a moment: the queue is full, the disk is full or read-only, the store is closing.
    /// Nothing was changed.
    #[error("the store cannot take changes now: {0}")]
    Unavailable(String),
    /// Another process changed the same at the same time: the store itself tries again, and then says
    /// [`StoreError::Unavailable`].
    #[error("another process changed the same at the same time ({0})")]
    Contended(String),
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
    /// What is given as a database's address is none.
    #[error(
        "`{0}` is no address of a database: give a file, `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`"
    )]
    Address(String),
    /// The PostgreSQL server is none that will do.
    #[error("the PostgreSQL server {0}")]
    Server(String),
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
    /// A database cannot be copied to another one.
    #[error("nothing was copied: {0}")]
    Copy(String),
    /// The database library's own account.
    #[error("the database refused")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether it passes by itself, and the store tells of it once for everybody: whoever meets it need not.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended(_))
    }

    /// As whoever asked hears of it.
    pub(super) fn outward(self) -> Self {
        match self {
            Self::Contended(why) => Self::Unavailable(format!("another process changes the same: {why}")),
            other => other,
        }
    }
}

/// SQLSTATEs of PostgreSQL that mean that another process changed the same at the same time: a serialization
/// failure, a deadlock, a key that another added meanwhile
/// (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
const CONTENDED: [&str; 3] = ["40001", "40P01", "23505"];

/// SQLSTATEs and classes of PostgreSQL that pass by themselves: connection exceptions, a server that only
/// reads, too few resources, locks, and a server that goes down or comes up.
const PASSING_STATES: [&str; 5] = ["08", "25006", "53", "55P03", "57P"];

/// SQLite's primary result codes that pass by themselves: busy, locked, read-only, I/O error, full,
/// cannot open (<https://sqlite.org/rescode.html>).
const PASSING: [i64; 6] = [5, 6, 8, 10, 13, 14];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let said = error.as_database_error();
        let state = said
            .filter(|said| said.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some())
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned);
        if let Some(state) = state {
            return if CONTENDED.contains(&&*state) {
                Self::Contended(error.to_string())
            } else if PASSING_STATES.iter().any(|passing| state.starts_with(passing)) {
                Self::Unavailable(error.to_string())
            } else {
                Self::Database(error.into())
            };
        }
        let code = said
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<i64>().ok())
            .map(|code| code & 0xff);
        match error {
            _ if code.is_some_and(|code| PASSING.contains(&code)) => Self::Unavailable(error.to_string()),
            sqlx::Error::PoolClosed
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_) => Self::Unavailable(error.to_string()),
            error => Self::Database(error.into()),
        }
    }
}

/// Makes an error of a value that does not read as what was written there.
pub(super) fn corrupt(place: &'static str) -> impl Fn(&dyn std::fmt::Display) -> StoreError {
    move |why| StoreError::Corrupt { place, why: why.to_string() }
}
