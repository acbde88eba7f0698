//! When connections ask, for whoever wants to see it.

use super::Hub;
use crate::model::id::ConnectionId;
use crate::model::schedule::{OwnSchedule, Polls, Schedule};
use crate::store::StoreError;

/// A connection's schedule and where it stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// When its plugin asks unless told otherwise.
    pub theirs: Schedule,
    /// What an operator set for the connection.
    pub own: Option<OwnSchedule>,
    /// How its polls went; `None` before the first one came to an end.
    pub polls: Option<Polls>,
    /// When the next one is due: milliseconds since the epoch, UTC. What has passed means now; `None` while
    /// the connection is paused or its polls are off.
    pub next_at: Option<i64>,
}

impl Polled {
    /// The schedule that holds, as it is written; `off` where there is none.
    #[must_use]
    pub fn written(&self) -> String {
        self.own.as_ref().map_or_else(|| self.theirs.to_string(), OwnSchedule::to_string)
    }

    /// The same in words, as the end of a sentence that begins `It asks`.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.own {
            None => self.theirs.words(),
            Some(OwnSchedule::At(own)) => {
                format!("{} (set for this connection; the plugin's is {})", own.words(), self.theirs.words())
            }
            Some(OwnSchedule::Off) => {
                format!("nothing: switched off for this connection (the plugin's is {})", self.theirs.words())
            }
        }
    }
}

impl Hub {
    /// When a connection asks; `None` when its plugin asks nothing or it does not work.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn polled(&self, connection: &ConnectionId) -> Result<Option<Polled>, StoreError> {
        let Some(live) = self.connection(connection) else { return Ok(None) };
        let Some(theirs) = live.plugin_schedule().cloned() else { return Ok(None) };
        let polls = self.store().polls(connection).await?;
        let next_at = live
            .schedule()
            .and_then(|schedule| schedule.due(connection, live.connection.created_at, polls.as_ref()));
        let next_at = next_at.filter(|_| live.active());
        Ok(Some(Polled { theirs, own: live.own_schedule().cloned(), polls, next_at }))
    }
}
