//! The same on a PostgreSQL server.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _, Executor as _};

use super::{PREPARED, refused, steps};
use crate::store::engine::{Database, Readers};
use crate::store::location::Server;
use crate::store::{StoreError, StoreOptions};

/// Every step from nothing to now, in order; a published step never changes. The first is the whole shape that
/// SQLite had by then.
const STEPS: [(i64, &str, &str); 8] = [
    (8, "first", include_str!("../../../migrations/postgres/0008_first.sql")),
    (9, "people", include_str!("../../../migrations/postgres/0009_people.sql")),
    (10, "privacy", include_str!("../../../migrations/postgres/0010_privacy.sql")),
    (11, "search", include_str!("../../../migrations/postgres/0011_search.sql")),
    (12, "suggest", include_str!("../../../migrations/postgres/0012_suggest.sql")),
    (14, "scale", include_str!("../../../migrations/postgres/0014_scale.sql")),
    (15, "accounts", include_str!("../../../migrations/postgres/0015_accounts.sql")),
    (16, "conversations", include_str!("../../../migrations/postgres/0016_conversations.sql")),
];

/// The oldest server that is known to do: 15, in the server's own numbering.
const OLDEST: i64 = 150_000;

/// The last step that this program knows.
pub(in crate::store) fn newest() -> i64 {
    STEPS.iter().map(|(version, ..)| *version).max().unwrap_or(0)
}

/// How connections are made.
pub(in crate::store) fn connect(server: &Server) -> PgConnectOptions {
    server
        .options()
        .application_name("switchboard")
        .statement_cache_capacity(PREPARED)
        // Whatever a server's own settings are: an answer means that it is on the disk, a statement sees what was
        // committed before it began, and nothing waits for ever.
        .options([
            ("synchronous_commit", "on"),
            ("default_transaction_isolation", "read committed"),
            ("idle_in_transaction_session_timeout", "60s"),
            ("lock_timeout", "30s"),
            ("client_min_messages", "warning"),
        ])
        .disable_statement_logging()
}

/// The pool that reads, and the connection that writes.
pub(super) async fn open(server: &Server, options: &StoreOptions) -> Result<(Readers, Database), StoreError> {
    let connect = connect(server);
    let mut write = PgConnection::connect_with(&connect).await?;
    let version: i64 = sqlx::query_scalar("SELECT current_setting('server_version_num')::bigint")
        .fetch_one(&mut write)
        .await?;
    if version < OLDEST {
        return Err(StoreError::Server(format!(
            "is version {}; use PostgreSQL 15 or later",
            version / 10_000
        )));
    }
    let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut write).await?;
    if encoding != "UTF8" {
        return Err(StoreError::Server(format!(
            "keeps this database's text as {encoding}; make it with ENCODING 'UTF8'"
        )));
    }
    steps(&STEPS).run(&mut write).await.map_err(refused)?;
    let readers = PgPoolOptions::new()
        // One of them listens.
        .max_connections(options.readers.saturating_add(1))
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(true)
        .after_connect(|connection, _| {
            Box::pin(
                async move { connection.execute("SET default_transaction_read_only = on").await.map(drop) },
            )
        })
        .connect_with(connect.clone())
        .await?;
    Ok((Readers::Postgres(readers), Database::postgres(write, connect)))
}
