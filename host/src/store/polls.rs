//! How a connection's polls went.

use super::batch::{Batch, row};
use super::{Store, StoreError};
use crate::model::id::ConnectionId;
use crate::model::schedule::Polls;

impl Store {
    /// How a connection's polls went; `None` when there was none yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn polls(&self, connection: &ConnectionId) -> Result<Option<Polls>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT began_at, failures, retry_at, error FROM polls WHERE connection = ?",
            row![connection.as_str()],
        );
        let rows = self.read(batch).await?;
        Ok(rows.first().map(|row| Polls {
            began_at: row.get(0),
            failures: row.get(1),
            retry_at: row.get(2),
            error: row.get(3),
        }))
    }

    /// Keeps how a connection's last poll went.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn set_polls(&self, connection: &ConnectionId, polls: &Polls) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let went =
            row![connection.as_str(), polls.began_at, polls.failures, polls.retry_at, polls.error.as_deref()];
        batch.replace("polls", "connection", "began_at, failures, retry_at, error", vec![went]);
        self.write(batch).await.map(drop)
    }
}
