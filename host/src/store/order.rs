//! The places of events in the log, where several processes append to it.
//!
//! On SQLite the one writer counts. On PostgreSQL places come from a sequence, and two groups may commit in
//! another order than they took theirs: a reader that has seen place 12 could miss place 11, which commits a
//! moment later. So whoever takes places first holds, until its transaction ends, a lock that names the last
//! place taken before; and the log is read only up to the least of them. What is read is then followed by
//! nothing earlier, ever. Nobody waits for anybody: the locks are shared, and a reader only looks who holds any.

use super::StoreError;
use super::batch::{Batch, row};
use super::engine::{Database, Engine};
use super::locks::PLACES;

/// The last place that was taken.
const TAKEN: &str = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM places";

/// Takes `count` places in the transaction that is open, in order. `last` is the last that is in the log.
pub(super) async fn take(database: &mut Database, count: usize, last: i64) -> Result<Vec<i64>, StoreError> {
    if database.engine() == Engine::Sqlite {
        return Ok((last + 1..).take(count).collect());
    }
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut batch = Batch::default();
    batch.add(&format!("SELECT count(pg_advisory_xact_lock_shared(? + ({TAKEN})))"), row![PLACES]);
    batch.execute(database).await?;
    let mut batch = Batch::default();
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    batch.add("SELECT nextval('places') FROM generate_series(1, ?)", row![count]);
    Ok(batch.fetch(database).await?.iter().map(|row| row.get(0)).collect())
}

/// The last place that the log can be read to: none up to it is still to come.
pub(super) async fn settled(database: &mut Database) -> Result<i64, StoreError> {
    if database.engine() == Engine::Sqlite {
        return Ok(i64::MAX);
    }
    // First what is taken, then who is still at it: whoever took a place before the first question is seen by
    // the second, unless it is committed, and then its events are seen.
    let mut batch = Batch::default();
    batch.add(TAKEN, row![]);
    let taken = number(batch, database).await?;
    let mut batch = Batch::default();
    batch.add(
        "SELECT coalesce(min(((CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT)) - ?), ?) FROM pg_locks \
         WHERE locktype = 'advisory' AND objsubid = 1 AND (CAST(classid AS BIGINT) >> 16) = ? \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        row![PLACES, taken, PLACES >> 48],
    );
    Ok(number(batch, database).await?.min(taken))
}

async fn number(batch: Batch, database: &mut Database) -> Result<i64, StoreError> {
    Ok(batch.fetch(database).await?.first().map_or(0, |row| row.get(0)))
}
