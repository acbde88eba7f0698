//! What other processes commit, on PostgreSQL: a process is told of it and reads the log on.
//!
//! Whoever committed says so by `NOTIFY`, apart from the commit itself, for one that notifies keeps other
//! commits waiting. So it may be lost where a process is killed between the two; everybody looks once a second
//! anyway. What is told comes from the log, in its order, so that all processes tell the same.

use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;

use super::batch::{Batch, row};
use super::engine::Readers;
use super::error::corrupt;
use super::ingest::Appended;
use super::{Inner, StoreError, order};
use crate::model::event::EventKind;

/// What is listened to.
const CHANNEL: &str = "switchboard";

/// How often is looked at least.
const LOOK: Duration = Duration::from_secs(1);

/// Events read at a time.
const CHUNK: i64 = 1_000;

/// Follows the log for as long as the store is open. `told` says that this process committed something.
pub(super) fn start(inner: &Arc<Inner>, told: Arc<Notify>, from: i64) {
    if let Readers::Postgres(pool) = &inner.readers {
        tokio::spawn(run(Arc::downgrade(inner), pool.clone(), told, from));
    }
}

async fn run(inner: Weak<Inner>, pool: PgPool, told: Arc<Notify>, mut seen: i64) {
    let mut listener: Option<PgListener> = None;
    loop {
        if listener.is_none() {
            listener = listen(&pool).await.ok();
        }
        let own = tokio::select! {
            () = told.notified() => true,
            () = pool.close_event() => return,
            heard = hear(&mut listener) => {
                if heard.is_err() {
                    listener = None;
                }
                false
            }
            () = tokio::time::sleep(LOOK) => false,
        };
        if own {
            // Lost, it is found within a second.
            let _ = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(&pool).await;
        }
        let Some(inner) = inner.upgrade() else { return };
        match tell(&inner, seen).await {
            Ok(last) => seen = last,
            Err(error) if error.passes() => {}
            Err(error) => tracing::warn!(%error, "what other processes append cannot be followed now"),
        }
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Waits for a word; for ever where nobody listens.
async fn hear(listener: &mut Option<PgListener>) -> Result<(), sqlx::Error> {
    match listener {
        Some(listener) => listener.recv().await.map(drop),
        None => std::future::pending().await,
    }
}

/// Tells of what is new in the log; the last place of it.
async fn tell(inner: &Inner, mut seen: i64) -> Result<i64, StoreError> {
    let mut database = inner.readers.acquire().await?;
    let settled = order::settled(&mut database).await?;
    loop {
        let mut batch = Batch::default();
        batch.add(
            "SELECT seq, id, connection, kind, profile FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            row![seen, settled, CHUNK],
        );
        let rows = batch.fetch(&mut database).await?;
        let Some(last) = rows.last() else { return Ok(seen.max(settled)) };
        seen = last.get(0);
        let bad = corrupt("events");
        for row in &rows {
            let profile: Option<String> = row.get(4);
            let appended = Appended {
                seq: row.get(0),
                event: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
                connection: row.get::<String, _>(2).parse().map_err(|e| bad(&e))?,
                kind: EventKind::logged(row.get(3)).ok_or_else(|| bad(&"an unknown kind"))?,
                profile: profile.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
            };
            // Nobody listening is no error.
            let _ = inner.appended.send(appended);
        }
    }
}
