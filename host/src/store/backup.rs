//! A whole copy of a database in one file, made while the hub serves, and read back.
//!
//! A backup is itself a database: what the hub keeps, as of one moment, without the room that deleted rows
//! left behind, and in two tables of its own what the backup is and the plugins' files. The key that secrets
//! are sealed with is no part of it.

use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

use super::batch::{Batch, row};
use super::engine::Database;
use super::vault::Vault;
use super::{StoreError, health, schema};
use crate::model::id::ConnectionId;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Backup {
    /// When it was made: milliseconds since the epoch, UTC.
    pub made_at: i64,
    /// By which version of the program.
    pub version: String,
    /// Events in its log.
    pub events: i64,
    /// Deliveries it keeps.
    pub deliveries: i64,
    /// Connections.
    pub connections: i64,
    /// Secrets, sealed.
    pub secrets: i64,
    /// The plugins' files, by their folder and name.
    pub plugins: Vec<String>,
}

/// A plugin's file: its folder and name, with `/` between them, and what it holds.
pub type PluginFile = (String, Vec<u8>);

/// Copies the database at `source` into `target`, an empty file or none, with the plugins' `files`.
///
/// # Errors
/// When the database cannot be read, or the copy cannot be written or is not sound.
pub async fn make(
    source: &Path,
    target: &Path,
    made_at: i64,
    files: Vec<PluginFile>,
) -> Result<Backup, StoreError> {
    let mut database = Database::sqlite(options(source).connect().await?);
    let mut copy = Batch::default();
    copy.add("VACUUM INTO ?", row![text(target)?]);
    copy.execute(&mut database).await?;
    database.close().await?;

    let backup = options(target).journal_mode(SqliteJournalMode::Delete).connect().await?;
    let mut backup = Database::sqlite(backup);
    let mut batch = Batch::default();
    batch.add("CREATE TABLE backup_about (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID", row![]);
    batch.add("CREATE TABLE backup_plugins (path TEXT PRIMARY KEY, bytes BLOB NOT NULL)", row![]);
    batch.execute(&mut backup).await?;
    let mut batch = Batch::default();
    batch.add("INSERT INTO backup_about VALUES ('made_at', ?)", row![made_at]);
    batch.add("INSERT INTO backup_about VALUES ('version', ?)", row![env!("CARGO_PKG_VERSION")]);
    batch.execute(&mut backup).await?;
    for (path, bytes) in files {
        let mut batch = Batch::default();
        batch.add("INSERT INTO backup_plugins VALUES (?, ?)", row![path, bytes]);
        batch.execute(&mut backup).await?;
    }
    let made = about(&mut backup, target).await;
    backup.close().await?;
    made
}

/// Reads what a backup holds, after checking every page of it.
///
/// # Errors
/// [`StoreError::Backup`] when the file is damaged or no backup, [`StoreError::Newer`] when a newer program
/// made it.
pub async fn inspect(path: &Path) -> Result<Backup, StoreError> {
    if !path.is_file() {
        return Err(refused(path, "there is no such file"));
    }
    let checkup = health::examine(path, true).await.map_err(|error| match error {
        StoreError::Database(_) => refused(path, "it is no backup made by `switchboard backup`, or damaged"),
        error => error,
    })?;
    if let Some(problem) = checkup.problems.first() {
        return Err(refused(path, &format!("it is damaged ({problem}); use another backup")));
    }
    let mut backup = Database::sqlite(options(path).read_only(true).connect().await?);
    let about = about(&mut backup, path).await;
    backup.close().await?;
    let about = about?;
    match checkup.shape {
        Some(shape) if shape > schema::newest() => {
            Err(StoreError::Newer(format!("version {}, its shape {shape}", about.version)))
        }
        _ => Ok(about),
    }
}

/// Whether the key in the file `key` opens what the database at `path` has sealed; also when nothing is.
///
/// # Errors
/// When either cannot be read.
pub async fn fits(path: &Path, key: &Path) -> Result<bool, StoreError> {
    let mut database = Database::sqlite(options(path).read_only(true).connect().await?);
    let mut batch = Batch::default();
    batch.add("SELECT connection, name, sealed FROM secrets LIMIT 1", row![]);
    let rows = batch.fetch(&mut database).await?;
    database.close().await?;
    let Some(row) = rows.first() else { return Ok(true) };
    let Some(vault) = Vault::existing(key)? else { return Ok(false) };
    let Ok(connection) = row.get::<String, _>(0).parse::<ConnectionId>() else { return Ok(false) };
    Ok(vault.unseal(&connection, row.get(1), row.get(2)).is_ok())
}

/// Turns a copy of a backup into a database to serve: takes the plugins' files out of it and forgets that it
/// was a backup.
///
/// # Errors
/// When it cannot be written.
pub async fn unpack(copy: &Path) -> Result<Vec<PluginFile>, StoreError> {
    let database = options(copy).journal_mode(SqliteJournalMode::Delete).connect().await?;
    let mut database = Database::sqlite(database);
    let mut batch = Batch::default();
    batch.add("SELECT path, bytes FROM backup_plugins ORDER BY path", row![]);
    let files = batch.fetch(&mut database).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut batch = Batch::default();
    batch.add("DROP TABLE backup_plugins", row![]);
    batch.add("DROP TABLE backup_about", row![]);
    batch.execute(&mut database).await?;
    database.close().await?;
    Ok(files)
}

async fn about(backup: &mut Database, path: &Path) -> Result<Backup, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "SELECT (SELECT value FROM backup_about WHERE name = 'made_at'), \
         (SELECT value FROM backup_about WHERE name = 'version'), (SELECT count(*) FROM events), \
         (SELECT count(*) FROM deliveries), (SELECT count(*) FROM connections WHERE removed_at IS NULL), \
         (SELECT count(*) FROM secrets)",
        row![],
    );
    let no_backup = |_| refused(path, "it is no backup made by `switchboard backup`");
    let rows = batch.fetch(backup).await.map_err(no_backup)?;
    let mut batch = Batch::default();
    batch.add("SELECT path FROM backup_plugins ORDER BY path", row![]);
    let plugins = batch.fetch(backup).await?.iter().map(|row| row.get(0)).collect();
    let row = rows.first().ok_or_else(|| refused(path, "it is empty"))?;
    Ok(Backup {
        made_at: row.get(0),
        version: row.get(1),
        events: row.get(2),
        deliveries: row.get(3),
        connections: row.get(4),
        secrets: row.get(5),
        plugins,
    })
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(std::time::Duration::from_secs(5))
        .disable_statement_logging()
}

fn refused(path: &Path, why: &str) -> StoreError {
    StoreError::Backup { path: path.to_owned(), why: why.to_owned() }
}

fn text(path: &Path) -> Result<&str, StoreError> {
    path.to_str().ok_or_else(|| refused(path, "its path must be readable text"))
}
