//! The database engines that a benchmark can run on: how a store on one is opened, what it takes on the disk, and
//! how fast the engine itself takes the rows that a store made, without a hub.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
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
];

/// A database of one engine.
pub enum Engine {
    /// A file.
    Sqlite(PathBuf),
}

impl Engine {
    /// The engine that `--engine NAME` on the command line names: another database of it for every `name`.
    pub fn of(arguments: &[String], folder: &Path, name: &str) -> Self {
        let engine = arguments.iter().skip_while(|argument| *argument != "--engine").nth(1);
        match engine.map_or("sqlite", String::as_str) {
            "sqlite" => Self::Sqlite(folder.join(format!("{name}.db"))),
            other => panic!("`{other}` is no engine: write `--engine sqlite`"),
        }
    }

    /// What it is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
        }
    }

    /// How a store on it is opened when nothing is configured.
    pub fn options(&self) -> StoreOptions {
        match self {
            Self::Sqlite(path) => StoreOptions::at(path),
        }
    }

    /// Opens a store on it.
    pub async fn open(&self) -> Store {
        Store::open(&self.options(), Ambient::system()).await.expect("opens")
    }

    /// What it takes on the disk, in bytes.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Sqlite(path) => {
                let of = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
                of(path) + of(&path.with_extension("db-wal"))
            }
        }
    }

    /// Writes the rows of the closed database `from` to `self`, an empty one of the same shape: table by table,
    /// with a commit for every `rows`, as safe as the store's. How long the writing took, and how many rows
    /// there were.
    pub fn bulk(&self, from: &Self, rows: usize) -> (Duration, usize) {
        let (Self::Sqlite(to), Self::Sqlite(from)) = (self, from);
        let (from, to) = (Connection::open(from).expect("opens"), Connection::open(to).expect("opens"));
        let settings =
            format!("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-{}", 65_536);
        to.execute_batch(&settings).expect("settings");
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
                let begun = super::figure::now();
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
}
