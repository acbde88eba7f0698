//! The log, read back.

use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::{Store, StoreError, order};
use crate::model::event::{Event, EventKind};
use crate::model::id::{EventId, ProfileId};

/// An event with its place in the log.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// Its place; places grow and are never used twice.
    pub seq: i64,
    /// Which kind.
    pub kind: EventKind,
    /// Whom it is about now.
    pub profile: Option<ProfileId>,
    /// The event.
    pub event: Event,
}

/// How much there is of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// The place of the last event.
    pub last_seq: i64,
    /// Deliveries that wait to be replayed.
    pub parked: i64,
    /// Pieces of work for assistants that wait.
    pub jobs: i64,
    /// Intents to send that wait, those included whose outcome is not known.
    pub outbox: i64,
    /// Changes that wait for the writer.
    pub writer_queue: usize,
}

pub(super) const COLUMNS: &str =
    "e.seq, e.id, e.connection, e.delivery, e.kind, e.received_at, e.profile, e.said";

/// The columns of a new event.
pub(super) const INSERT: &str =
    "seq, id, connection, delivery, kind, occurred_at, received_at, profile, said";

/// Reads an event from [`COLUMNS`] beginning at column `at`.
pub(super) fn read(row: &Row, at: usize) -> Result<LoggedEvent, StoreError> {
    let bad = corrupt("events");
    let optional = |column: usize| row.get::<Option<String>, _>(column);
    Ok(LoggedEvent {
        seq: row.get(at),
        kind: EventKind::logged(row.get(at + 4)).ok_or_else(|| bad(&"an unknown kind"))?,
        profile: optional(at + 6).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        event: Event {
            id: row.get::<String, _>(at + 1).parse().map_err(|e| bad(&e))?,
            connection: row.get::<String, _>(at + 2).parse().map_err(|e| bad(&e))?,
            delivery: optional(at + 3).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
            received_at: row.get(at + 5),
            said: serde_json::from_str(row.get(at + 7)).map_err(|e| bad(&e))?,
        },
    })
}

impl Store {
    /// The events after a place in the log, at most `limit`. Where several processes write, an event is read
    /// only once none of an earlier place can come any more: whoever reads on from the last one misses none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events_after(&self, seq: i64, limit: u32) -> Result<Vec<LoggedEvent>, StoreError> {
        let mut database = self.inner.readers.acquire().await?;
        let settled = order::settled(&mut database).await?;
        let mut batch = Batch::default();
        batch.add(
            &format!("SELECT {COLUMNS} FROM events e WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?"),
            row![seq, settled, limit],
        );
        batch.fetch(&mut database).await?.iter().map(|row| read(row, 0)).collect()
    }

    /// One event.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn event(&self, id: &EventId) -> Result<Option<LoggedEvent>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM events e WHERE e.id = ?"), row![id.as_str()]);
        self.read(batch).await?.first().map(|row| read(row, 0)).transpose()
    }

    /// The place of the last event; 0 when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        let mut database = self.inner.readers.acquire().await?;
        let settled = order::settled(&mut database).await?;
        let mut batch = Batch::default();
        batch.add("SELECT coalesce(max(seq), 0) FROM events WHERE seq <= ?", row![settled]);
        Ok(batch.fetch(&mut database).await?.first().map_or(0, |row| row.get(0)))
    }

    /// How many bytes the database takes on its disk, without what was not yet copied back into it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn bytes(&self) -> Result<u64, StoreError> {
        let mut batch = Batch::default();
        batch.add(self.engine().bytes(), row![]);
        let rows = self.read(batch).await?;
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>(0).unsigned_abs()))
    }

    /// How much there is of what; cheap enough to ask often.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT (SELECT coalesce(max(seq), 0) FROM events), \
             (SELECT count(*) FROM deliveries WHERE state = 'parked'), \
             (SELECT count(*) FROM jobs WHERE state = 'queued'), \
             (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'ambiguous'))",
            row![],
        );
        let rows = self.read(batch).await?;
        let writer_queue = self.inner.writer.depth();
        Ok(rows.first().map_or(Stats::default(), |row| Stats {
            last_seq: row.get(0),
            parked: row.get(1),
            jobs: row.get(2),
            outbox: row.get(3),
            writer_queue,
        }))
    }
}
