//! How a database is doing, without changing it.

use std::collections::HashMap;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, PgConnection};

use super::batch::{Batch, row};
use super::engine::{Database, Row};
use super::{Server, Store, StoreError, schema};

/// What a look at a database file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// The last step that brought it to its shape; `None` where it has none yet.
    pub shape: Option<i64>,
    /// The last step that this program knows.
    pub known: i64,
    /// What is damaged, in the database's own words.
    pub problems: Vec<String>,
    /// When the last delivery came in, by the clock of then: milliseconds since the epoch.
    pub last_received_at: Option<i64>,
}

/// What is known of a connection's deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// When the last one came that was verified: milliseconds since the epoch.
    pub last_at: Option<i64>,
    /// How many wait to be replayed.
    pub parked: i64,
}

/// Messages of a connection that were due and are not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The connection's id.
    pub connection: String,
    /// How many. Those that only wait for an earlier one to the same person are not counted.
    pub messages: i64,
    /// When the first of them was due: milliseconds since the epoch, UTC.
    pub since: i64,
}

/// How many problems are told at most: a damaged file has thousands.
const PROBLEMS: i64 = 10;

/// Looks at the database at `path` and neither makes it nor brings its shape up to date. `whole` checks every
/// index against its table too, which takes several times as long.
///
/// # Errors
/// When it cannot be opened or is no database.
pub async fn examine(path: &Path, whole: bool) -> Result<Checkup, StoreError> {
    let mut database = look(path).await?;
    let mut batch = Batch::default();
    let check = if whole { "integrity_check" } else { "quick_check" };
    batch.add(&format!("PRAGMA {check}({PROBLEMS})"), row![]);
    let said = batch.fetch(&mut database).await?;
    let problems = said.iter().map(|row| row.get::<String, _>(0)).filter(|said| said != "ok").collect();
    let mut checkup = Checkup { shape: None, known: schema::newest(), problems, last_received_at: None };
    checkup.shape = steps(&mut database).await?;
    if checkup.shape.is_some() {
        checkup.last_received_at = last_received(&mut database).await?;
    }
    database.close().await?;
    Ok(checkup)
}

/// Looks at a database on a server and does not change it. Whether it is damaged is the server's to say.
///
/// # Errors
/// When it cannot be reached.
pub async fn reach(server: &Server) -> Result<Checkup, StoreError> {
    let connect = schema::connect(server);
    let mut database = Database::postgres(PgConnection::connect_with(&connect).await?, connect);
    let mut checkup = Checkup {
        shape: None,
        known: schema::newest_on_server(),
        problems: Vec::new(),
        last_received_at: None,
    };
    let mut batch = Batch::default();
    batch.add("SELECT 1 FROM information_schema.tables WHERE table_name = '_sqlx_migrations'", row![]);
    if !batch.fetch(&mut database).await?.is_empty() {
        checkup.shape = newest_step(&mut database).await?;
        checkup.last_received_at = last_received(&mut database).await?;
    }
    database.close().await?;
    Ok(checkup)
}

/// Whether the database at `path` is of an older shape than this program's, so that opening it changes it.
///
/// # Errors
/// When it cannot be opened or is no database.
pub async fn outdated(path: &Path) -> Result<bool, StoreError> {
    let mut database = look(path).await?;
    let shape = steps(&mut database).await?;
    database.close().await?;
    Ok(shape.is_some_and(|shape| shape < schema::newest()))
}

/// Opens a database to look at it: neither made nor changed.
async fn look(path: &Path) -> Result<Database, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false);
    let options = options.busy_timeout(std::time::Duration::from_secs(5)).pragma("query_only", "1");
    Ok(Database::sqlite(options.disable_statement_logging().connect().await?))
}

/// The last step that brought a database to its shape; `None` where it has none yet.
async fn steps(database: &mut Database) -> Result<Option<i64>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'", row![]);
    if batch.fetch(database).await?.is_empty() {
        return Ok(None);
    }
    newest_step(database).await
}

async fn last_received(database: &mut Database) -> Result<Option<i64>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT received_at FROM deliveries ORDER BY n DESC LIMIT 1", row![]);
    Ok(batch.fetch(database).await?.first().map(|row| row.get(0)))
}

async fn newest_step(database: &mut Database) -> Result<Option<i64>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT max(version) FROM _sqlx_migrations WHERE success", row![]);
    Ok(batch.fetch(database).await?.first().and_then(|row| row.get(0)))
}

impl Store {
    /// The messages that were due before `before` (milliseconds since the epoch) and are not sent, by connection.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn overdue(&self, before: i64) -> Result<Vec<Overdue>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT o.connection, count(*), min(o.due_at) FROM outbox o \
             WHERE o.state IN ('queued', 'sending', 'ambiguous') AND o.due_at < ? AND NOT EXISTS \
             (SELECT 1 FROM outbox p WHERE p.connection = o.connection AND p.profile = o.profile AND \
             p.state IN ('queued', 'sending') AND (p.created_at, p.id) < (o.created_at, o.id)) \
             GROUP BY o.connection ORDER BY o.connection",
            row![before],
        );
        let overdue = |row: &Row| Overdue { connection: row.get(0), messages: row.get(1), since: row.get(2) };
        Ok(self.read(batch).await?.iter().map(overdue).collect())
    }

    /// What is known of every connection's deliveries, by the connection's id. It reads the whole table: not
    /// for a request.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn heard(&self) -> Result<HashMap<String, Heard>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT l.connection, d.received_at, \
             (SELECT count(*) FROM deliveries p WHERE p.connection = l.connection AND p.state = 'parked') \
             FROM (SELECT connection, max(n) AS n FROM deliveries GROUP BY connection) AS l JOIN deliveries d ON d.n = l.n",
            row![],
        );
        let rows = self.read(batch).await?;
        let heard = |row: &Row| (row.get(0), Heard { last_at: row.get(1), parked: row.get(2) });
        Ok(rows.iter().map(heard).collect())
    }
}
