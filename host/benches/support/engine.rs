//! The database engines that a benchmark can run on: how a store on one is opened, what it takes on the disk, and
//! how fast the engine itself takes the rows that a store made, without a hub.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt;
use rusqlite::types::Value;
use rusqlite::{Connection as File, params_from_iter};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use switchboard::ambient::Ambient;
use switchboard::store::{Store, StoreOptions};

/// What events become. Rows that depend on nothing of these (settings, tokens) are left out.
const TABLES: &[&str] = &[
    "events",
    "identifiers",
    "later",
    "matters",
    "edges",
    "profiles",
    "attributes",
    "claims",
    "messages",
    "message_aliases",
    "records",
    "insights",
    "consents",
];

/// A database of one engine.
pub enum Engine {
    /// A file.
    Sqlite(PathBuf),
    /// The address of a database on a server, and a file beside which the store's key lies.
    Postgres(String, PathBuf),
}

impl Engine {
    /// An empty database called `name`: a file in `folder`, or on the server whose address `--engine` names on the
    /// command line (`postgres://user@host/database`, whose user may make others beside that database).
    pub async fn of(arguments: &[String], folder: &Path, name: &str) -> Self {
        let given = arguments.iter().skip_while(|argument| *argument != "--engine").nth(1);
        let path = folder.join(format!("{name}.db"));
        let Some(address) = given.filter(|given| *given != "sqlite") else { return Self::Sqlite(path) };
        let (before, rest) = address.rsplit_once('/').expect("an address with a database");
        let options = rest.split_once('?').map_or_else(String::new, |(_, options)| format!("?{options}"));
        let mut server = PgConnection::connect(address).await.expect("the server is there");
        let name = format!("scale_{name}");
        for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            server.execute(AssertSqlSafe(sql)).await.expect("a database of its own");
        }
        Self::Postgres(format!("{before}/{name}{options}"), path)
    }

    /// What it is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(..) => "PostgreSQL",
        }
    }

    /// How a store on it is opened when nothing is configured.
    pub fn options(&self) -> StoreOptions {
        match self {
            Self::Sqlite(path) => StoreOptions::at(path),
            Self::Postgres(address, path) => {
                let server = Some(address.parse().expect("an address"));
                StoreOptions { server, ..StoreOptions::at(path) }
            }
        }
    }

    /// Opens a store on it.
    pub async fn open(&self) -> Store {
        Store::open(&self.options(), Ambient::system()).await.expect("opens")
    }

    /// Writes the rows of the closed database `from` to `self`, an empty one of the same shape: table by table,
    /// with a commit for every `rows`, as safe as the store's. How long the writing took, and how many rows
    /// there were.
    pub async fn bulk(&self, from: &Self, rows: usize) -> (Duration, usize) {
        match (self, from) {
            (Self::Sqlite(to), Self::Sqlite(from)) => insert(to, from, rows),
            (Self::Postgres(to, _), Self::Postgres(from, _)) => copy(to, from, rows).await,
            _ => panic!("both are of one engine"),
        }
    }
}

/// SQLite: prepared statements, the writer's own settings.
fn insert(to: &Path, from: &Path, rows: usize) -> (Duration, usize) {
    let (from, to) = (File::open(from).expect("opens"), File::open(to).expect("opens"));
    let settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8192";
    to.execute_batch(settings).expect("settings");
    let (mut took, mut count) = (Duration::ZERO, 0);
    for table in TABLES {
        let mut read = from.prepare(&format!("SELECT * FROM {table}")).expect("prepares");
        let columns = read.column_count();
        let marks = vec!["?"; columns].join(",");
        let mut write = to.prepare(&format!("INSERT INTO {table} VALUES ({marks})")).expect("prepares");
        let mut all = read.query([]).expect("reads");
        loop {
            // Reading is not what is measured.
            let mut some: Vec<Vec<Value>> = Vec::with_capacity(rows);
            while some.len() < rows {
                let Some(row) = all.next().expect("reads") else { break };
                some.push((0..columns).map(|at| row.get(at).expect("a value")).collect());
            }
            if some.is_empty() {
                break;
            }
            count += some.len();
            let begun = crate::figure::now();
            to.execute_batch("BEGIN IMMEDIATE").expect("begins");
            for row in &some {
                write.execute(params_from_iter(row.iter())).expect("writes");
            }
            to.execute_batch("COMMIT").expect("commits");
            took += begun.elapsed();
        }
    }
    (took, count)
}

/// PostgreSQL: COPY, which is how it takes rows fastest.
async fn copy(to: &str, from: &str, rows: usize) -> (Duration, usize) {
    let mut from = PgConnection::connect(from).await.expect("the server is there");
    let mut to = PgConnection::connect(to).await.expect("the server is there");
    let (mut took, mut count) = (Duration::ZERO, 0);
    for table in TABLES {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut out = from.copy_out_raw(&format!("COPY {table} TO STDOUT")).await.expect("reads");
        while let Some(line) = out.try_next().await.expect("reads") {
            lines.push(line.to_vec());
        }
        drop(out);
        count += lines.len();
        for some in lines.chunks(rows) {
            let some = some.concat();
            let begun = crate::figure::now();
            let mut into = to.copy_in_raw(&format!("COPY {table} FROM STDIN")).await.expect("begins");
            into.send(some).await.expect("writes");
            into.finish().await.expect("commits");
            took += begun.elapsed();
        }
    }
    (took, count)
}
