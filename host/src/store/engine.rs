//! The two databases that the store runs on, behind one face: SQLite in the hub's own process, and PostgreSQL
//! for several processes.
//!
//! Statements are written once, for both ([`super::batch`]); what cannot be is spelled by [`Engine`].

mod field;
mod postgres;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgRow};
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, ColumnIndex, Connection as _, Executor as _, Row as _, Transaction};
use sqlx::{PgConnection, Postgres, Sqlite};

pub(super) use field::Field;
pub(super) use postgres::{arguments, marks};

use super::StoreError;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The event that brought a message's content, read out of `messages.state`.
    pub(super) fn content_event(self) -> &'static str {
        match self {
            Self::Sqlite => "state ->> '$.content.event'",
            // Not `jsonb`: it refuses text with U+0000 wherever that stands.
            Self::Postgres => "state::json #>> '{content,event}'",
        }
    }

    /// How many bytes the database takes.
    pub(super) fn bytes(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Self::Postgres => "SELECT pg_database_size(current_database())",
        }
    }

    /// What ends a question for rows of `table` that only one process may take: the others pass them over.
    pub(super) fn taking(self, table: &str) -> String {
        match self {
            Self::Sqlite => String::new(),
            Self::Postgres => format!(" FOR UPDATE OF {table} SKIP LOCKED"),
        }
    }
}

/// A connection to a database: of its own, of a pool, or one of a pool in a transaction that only reads.
pub(super) enum Held<DB: sqlx::Database> {
    Own(Box<DB::Connection>),
    Pooled(PoolConnection<DB>),
    Reading(Transaction<'static, DB>),
}

impl<DB: sqlx::Database> Held<DB> {
    fn get(&mut self) -> &mut DB::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
            Self::Reading(transaction) => transaction,
        }
    }
}

/// A connection to a PostgreSQL server.
pub(super) struct Server {
    held: Held<Postgres>,
    /// How it is made anew once it is lost.
    connect: PgConnectOptions,
    lost: bool,
}

/// A connection to either database.
pub(super) enum Database {
    Sqlite(Held<Sqlite>),
    Postgres(Box<Server>),
}

impl Database {
    /// One to SQLite that nobody else uses.
    pub(super) fn sqlite(connection: SqliteConnection) -> Self {
        Self::Sqlite(Held::Own(Box::new(connection)))
    }

    /// One to PostgreSQL that nobody else uses.
    pub(super) fn postgres(connection: PgConnection, connect: PgConnectOptions) -> Self {
        let held = Held::Own(Box::new(connection));
        Self::Postgres(Box::new(Server { held, connect, lost: false }))
    }

    /// Which database it is.
    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs one statement of this crate's own that binds nothing.
    pub(super) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(held) => held.get().execute(sql).await.map(drop).map_err(StoreError::from),
            Self::Postgres(server) => {
                let done = server.held.get().execute(sql).await.map(drop);
                server.noted(done)
            }
        }
    }

    /// Connects anew where the connection was lost.
    pub(super) async fn mend(&mut self) -> Result<(), StoreError> {
        if let Self::Postgres(server) = self
            && server.lost
        {
            let fresh = PgConnection::connect_with(&server.connect).await?;
            server.held = Held::Own(Box::new(fresh));
            server.lost = false;
        }
        Ok(())
    }

    /// Closes it. Of a pool, it goes back.
    pub(super) async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(Held::Own(connection)) => connection.close().await?,
            Self::Postgres(server) => match server.held {
                Held::Own(connection) if !server.lost => connection.close().await?,
                _ => {}
            },
            Self::Sqlite(_) => {}
        }
        Ok(())
    }

    /// Runs a text of several statements with what binds to them, in order, on SQLite. `keep` has it stay prepared.
    pub(super) async fn whole(
        &mut self,
        sql: String,
        values: sqlx::sqlite::SqliteArguments,
        fetch: bool,
        keep: bool,
    ) -> Result<(Vec<Row>, u64), StoreError> {
        let Self::Sqlite(held) = self else {
            return Err(StoreError::Corrupt { place: "the engine", why: "this is not SQLite".to_owned() });
        };
        // Only this crate's own texts come here; what varies is bound.
        let query = sqlx::query_with(AssertSqlSafe(sql), values).persistent(keep);
        if fetch {
            let rows = query.fetch_all(held.get()).await?;
            return Ok((rows.into_iter().map(Row::Sqlite).collect(), 0));
        }
        Ok((Vec::new(), query.execute(held.get()).await?.rows_affected()))
    }

    /// Runs one statement on PostgreSQL.
    pub(super) async fn one(
        &mut self,
        sql: String,
        values: sqlx::postgres::PgArguments,
        fetch: bool,
    ) -> Result<(Vec<Row>, u64), StoreError> {
        let Self::Postgres(server) = self else {
            return Err(StoreError::Corrupt {
                place: "the engine",
                why: "this is not PostgreSQL".to_owned(),
            });
        };
        let query = sqlx::query_with(AssertSqlSafe(sql), values);
        let done = if fetch {
            let rows = query.fetch_all(server.held.get()).await;
            rows.map(|rows| (rows.into_iter().map(Row::Postgres).collect(), 0))
        } else {
            query.execute(server.held.get()).await.map(|done| (Vec::new(), done.rows_affected()))
        };
        server.noted(done)
    }
}

impl Server {
    /// Notes whether the connection was lost over it.
    fn noted<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        done.map_err(|error| {
            self.lost |= postgres::lost(&error);
            StoreError::from(error)
        })
    }
}

/// The connections that read.
pub(super) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Readers {
    /// One of them.
    pub(super) async fn acquire(&self) -> Result<Database, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Database::Sqlite(Held::Pooled(pool.acquire().await?)),
            Self::Postgres(pool) => server(pool, Held::Pooled(pool.acquire().await?)),
        })
    }

    /// One of them, reading the database as it is at one moment until dropped.
    pub(super) async fn begin(&self) -> Result<Database, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Database::Sqlite(Held::Reading(pool.begin().await?)),
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                server(pool, Held::Reading(pool.begin_with(begin).await?))
            }
        })
    }

    /// Which database they read.
    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Closes them.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

fn server(pool: &PgPool, held: Held<Postgres>) -> Database {
    Database::Postgres(Box::new(Server { held, connect: (*pool.connect_options()).clone(), lost: false }))
}

/// A row of either database.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, by its place or name.
    ///
    /// # Panics
    /// Where the statement yields no such column, or another type: a mistake in this module.
    pub(super) fn get<'r, T, I>(&'r self, column: I) -> T
    where
        T: Field<'r>,
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        match self {
            Self::Sqlite(row) => T::of_sqlite(row, column),
            Self::Postgres(row) => T::of_postgres(row, column),
        }
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Sqlite(row) => row.len(),
            Self::Postgres(row) => row.len(),
        }
    }

    /// A column as it is, whatever it holds.
    pub(super) fn value(&self, column: usize) -> super::batch::Value {
        match self {
            Self::Sqlite(row) => field::sqlite_value(row, column),
            Self::Postgres(row) => field::postgres_value(row, column),
        }
    }
}
