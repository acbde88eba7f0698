//! When connections ask, for whoever wants to see it.

use super::Hub;
use crate::model::id::ConnectionId;
use crate::model::schedule::{Polls, Schedule};
use crate::store::StoreError;

/// A connection's schedule and where it stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// When it asks.
    pub schedule: Schedule,
    /// How its polls went; `None` before the first one came to an end.
    pub polls: Option<Polls>,
    /// When the next one is due: milliseconds since the epoch, UTC. What has passed means now; `None` while
    /// the connection is paused.
    pub next_at: Option<i64>,
}

impl Hub {
    /// When a connection asks; `None` when it asks nothing or does not work.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn polled(&self, connection: &ConnectionId) -> Result<Option<Polled>, StoreError> {
        let Some(live) = self.connection(connection) else { return Ok(None) };
        let Some(schedule) = live.schedule() else { return Ok(None) };
        let polls = self.store().polls(connection).await?;
        let next_at = schedule.due(connection, live.connection.created_at, polls.as_ref());
        let next_at = next_at.filter(|_| live.active());
        Ok(Some(Polled { schedule: schedule.clone(), polls, next_at }))
    }
}
