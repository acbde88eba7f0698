//! A hub's whole database is moved to another one, of either engine.
//!
//! Everything is written in one transaction, which is committed only once what was written reads the same as
//! what was to be copied: as many rows of every table, with the same digest. Both are read in the order of
//! their keys, which both engines compare byte by byte.

use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection as _, PgConnection};

use super::alone::Alone;
use super::batch::{Batch, Value, row};
use super::engine::{Database, Engine, Row};
use super::error::corrupt;
use super::locks::{self, Stand};
use super::schema::{self, Opened, Table};
use super::vault::{self, Vault};
use super::{Location, StoreError, StoreOptions};
use crate::ambient::Ambient;

/// Rows read and written at a time.
const CHUNK: usize = 512;

/// Rows of `meta` that belong to a database and not to what it holds.
const OWN: [&str; 2] = ["key-check", "probe"];

/// Tables, or the beginning of their names, that the hub works out again by itself: what triggers count, and the
/// indexes that follow the log.
const DERIVED: [&str; 5] = ["kept", "followers", "moved", "search_", "suggest"];

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The SHA-256 of all of them in the order of their keys, in lower-case hex: the same in both databases.
    pub digest: String,
}

/// How far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyProgress<'a> {
    /// The table that is being copied.
    pub table: &'a str,
    /// Rows of it so far.
    pub rows: u64,
}

/// One side.
struct Side {
    database: Database,
    /// No hub serves it meanwhile.
    _alone: Option<Alone>,
}

/// Copies everything from one database to another, an empty one or none, with the key that secrets are sealed
/// with. Neither may be served meanwhile.
///
/// # Errors
/// [`StoreError::Copy`] when the target holds something, its key is another one, or what was written does not
/// read the same; [`StoreError::Served`] while a hub serves either. Nothing is written then.
pub async fn copy(
    from: &StoreOptions,
    to: &StoreOptions,
    ambient: &Ambient,
    mut progress: impl FnMut(CopyProgress<'_>),
) -> Result<Vec<Copied>, StoreError> {
    if from.location() == to.location() {
        return Err(StoreError::Copy("both are the same database".to_owned()));
    }
    if let Location::File(path) = from.location()
        && !path.is_file()
    {
        return Err(StoreError::Copy(format!("there is no database {}", path.display())));
    }
    let tables = schema::shape().await?;
    let mut source = Side::open(from).await?;
    let mut target = Side::open(to).await?;
    let (from_key, to_key) = (from.path.with_extension("key"), to.path.with_extension("key"));
    let copies_key = vault::may_copy(&from_key, &to_key)?;
    locks::begin(&mut target.database, Stand::Alone).await?;
    for table in &tables {
        if table.name != "meta" && count(&mut target.database, table).await? > 0 {
            return Err(StoreError::Copy(format!(
                "{} holds something already (in `{}`); name an empty database, or a file that is not there",
                to.location(),
                table.name
            )));
        }
    }
    let mut batch = Batch::default();
    batch.add("DELETE FROM meta", row![]);
    batch.execute(&mut target.database).await?;
    source.database.run("BEGIN").await?;
    let mut all = Vec::with_capacity(tables.len());
    for table in &tables {
        let mut written = 0;
        let copied = read(&mut source.database, table, async |rows: &[Vec<Value>]| {
            write(&mut target.database, table, rows).await?;
            written += rows.len() as u64;
            progress(CopyProgress { table: &table.name, rows: written });
            Ok(())
        })
        .await?;
        all.push(copied);
    }
    // It may take its time to read everything once more, and a server ends what is idle for long.
    source.database.run("ROLLBACK").await?;
    source.database.close().await?;
    for (table, copied) in tables.iter().zip(&all) {
        let again = read(&mut target.database, table, async |_: &[Vec<Value>]| Ok(())).await?;
        if again != *copied {
            return Err(StoreError::Copy(format!(
                "`{}` reads otherwise in {} than in {} ({} rows, {} there); nothing was written",
                table.name,
                to.location(),
                from.location(),
                copied.rows,
                again.rows
            )));
        }
    }
    if target.database.engine() == Engine::Postgres {
        count_on(&mut target.database, &tables).await?;
    }
    if copies_key {
        vault::copy(&from_key, &to_key)?;
    }
    if to.server.is_some() && Vault::existing(&to_key)?.is_some() {
        vault::shared(&mut target.database, &to_key, ambient).await?;
    }
    target.database.run("COMMIT").await?;
    target.database.close().await?;
    Ok(all)
}

impl Side {
    async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let server = match options.location() {
            Location::File(path) => {
                let alone = Alone::take(&path)?;
                let Opened { readers, writer: database, .. } = schema::open(options).await?;
                readers.close().await;
                return Ok(Self { database, _alone: Some(alone) });
            }
            Location::Server(server) => server,
        };
        let Opened { readers, writer: database, .. } = schema::open(options).await?;
        readers.close().await;
        database.close().await?;
        // Others are told from this one by its name.
        let connect = schema::connect(&server).application_name("switchboard db copy");
        let mut database = Database::postgres(PgConnection::connect_with(&connect).await?, connect);
        let mut batch = Batch::default();
        batch.add(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'switchboard'",
            row![],
        );
        let others: i64 = batch.fetch(&mut database).await?.first().map_or(0, |row| row.get(0));
        if others > 0 {
            return Err(StoreError::Copy(format!(
                "a hub serves {server} ({others} connections); stop it first"
            )));
        }
        Ok(Self { database, _alone: None })
    }
}

async fn count(database: &mut Database, table: &Table) -> Result<i64, StoreError> {
    let mut batch = Batch::default();
    batch.add(&format!("SELECT count(*) FROM {}", table.name), row![]);
    Ok(batch.fetch(database).await?.first().map_or(0, |row| row.get(0)))
}

/// Reads a table in the order of its keys, handing on what it reads.
async fn read(
    database: &mut Database,
    table: &Table,
    mut each: impl AsyncFnMut(&[Vec<Value>]) -> Result<(), StoreError>,
) -> Result<Copied, StoreError> {
    let (columns, keys) = (table.columns.join(", "), table.keys.join(", "));
    let marks = vec!["?"; table.keys.len()].join(", ");
    let (mut hash, mut rows) = (Sha256::new(), 0);
    let mut after: Option<Vec<Value>> = None;
    loop {
        let beyond = after.as_ref().map_or_else(String::new, |_| format!(" WHERE ({keys}) > ({marks})"));
        let mut batch = Batch::default();
        batch.add_all(
            &format!("SELECT {columns} FROM {}{beyond} ORDER BY {keys} LIMIT {CHUNK}", table.name),
            after.take().unwrap_or_default(),
        );
        let found: Vec<Vec<Value>> = batch.fetch(database).await?.iter().map(values).collect();
        let Some(last) = found.last() else { break };
        after = Some(table.keys.iter().filter_map(|key| Some(last[table.column(key)?].clone())).collect());
        let kept: Vec<Vec<Value>> = found
            .into_iter()
            .filter(|row| table.name != "meta" || !OWN.iter().any(|own| row[0] == Value::from(*own)))
            .collect();
        rows += kept.len() as u64;
        kept.iter().flatten().for_each(|value| value.digest(&mut hash));
        each(&kept).await?;
    }
    Ok(Copied { table: table.name.clone(), rows, digest: hex::encode(hash.finalize()) })
}

fn values(row: &Row) -> Vec<Value> {
    (0..row.len()).map(|column| row.value(column)).collect()
}

async fn write(database: &mut Database, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
    let marks = vec!["?"; table.columns.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", table.name, table.columns.join(", "));
    let mut batch = Batch::default();
    for row in rows {
        batch.add_all(&sql, row.clone());
    }
    if !batch.is_empty() {
        batch.execute(database).await?;
    }
    Ok(())
}

/// Has what PostgreSQL counts go on after what was copied.
async fn count_on(database: &mut Database, tables: &[Table]) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT setval('places', greatest((SELECT coalesce(max(seq), 0) FROM events), 1))", row![]);
    for table in tables.iter().filter(|table| table.keys == ["n"]) {
        let name = &table.name;
        batch.add(
            &format!(
                "SELECT setval(pg_get_serial_sequence('{name}', 'n'), \
                 greatest((SELECT coalesce(max(n), 0) FROM {name}), 1))"
            ),
            row![],
        );
    }
    batch.fetch(database).await.map(drop)
}

impl Value {
    /// Adds it to a digest, the same for either engine.
    fn digest(&self, hash: &mut Sha256) {
        let mut add = |tag: u8, bytes: &[u8]| {
            hash.update([tag]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        match self {
            Self::Null => add(0, &[]),
            Self::Int(int) => add(1, &int.to_be_bytes()),
            // As PostgreSQL stores it.
            Self::Text(text) => add(2, text.replace('\0', "\u{fffd}").as_bytes()),
            Self::Blob(bytes) => add(3, bytes),
        }
    }
}

/// The tables of a database, read from an empty one.
pub(super) async fn tables(database: &mut Database) -> Result<Vec<Table>, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT LIKE '\\_sqlx\\_%' ESCAPE '\\' ORDER BY name",
        row![],
    );
    let mut tables = Vec::new();
    for row in batch.fetch(database).await? {
        let name: String = row.get(0);
        if DERIVED.iter().any(|derived| name.starts_with(derived)) {
            continue;
        }
        let mut batch = Batch::default();
        batch.add("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", row![&*name]);
        let mut table = Table { name, columns: Vec::new(), keys: Vec::new() };
        let mut keys: Vec<(i64, String)> = Vec::new();
        for row in batch.fetch(database).await? {
            let (column, place): (String, i64) = (row.get(0), row.get(1));
            if place > 0 {
                keys.push((place, column.clone()));
            }
            table.columns.push(column);
        }
        keys.sort();
        table.keys = keys.into_iter().map(|(_, column)| column).collect();
        if table.keys.is_empty() {
            return Err(corrupt("the shape")(&format!("`{}` has no key to copy it by", table.name)));
        }
        tables.push(table);
    }
    Ok(tables)
}

/// Opens nothing on a disk: for looking at the shape.
pub(super) async fn in_memory() -> Result<sqlx::SqliteConnection, StoreError> {
    Ok(sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await?)
}
