//! Schedules that an operator set for one connection.

use super::batch::{Batch, row};
use super::connections::count;
use super::engine::Row;
use super::error::corrupt;
use super::{Audit, Store, StoreError};
use crate::model::id::ConnectionId;
use crate::model::schedule::OwnSchedule;

impl Store {
    /// The schedule that is set for a connection; `None` where its plugin's holds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schedule(&self, connection: &ConnectionId) -> Result<Option<OwnSchedule>, StoreError> {
        let mut batch = Batch::default();
        batch
            .add("SELECT schedule FROM connection_schedules WHERE connection = ?", row![connection.as_str()]);
        let rows = self.read(batch).await?;
        let read = |row: &Row| row.get::<&str, _>(0).parse::<OwnSchedule>();
        rows.first().map(read).transpose().map_err(|why| corrupt("connection_schedules")(&why))
    }

    /// Sets a connection's schedule, or takes it back, with who did it in the same commit. A running hub
    /// notices within a second.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn set_schedule(
        &self,
        connection: &ConnectionId,
        schedule: Option<&OwnSchedule>,
        audit: Audit,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        match schedule {
            Some(schedule) => batch.replace(
                "connection_schedules",
                "connection",
                "schedule",
                vec![row![connection.as_str(), schedule.to_string()]],
            ),
            None => {
                batch.add("DELETE FROM connection_schedules WHERE connection = ?", row![connection.as_str()])
            }
        }
        audit.write(&mut batch, self.inner.ambient.now_ms(), connection.as_str());
        count(&mut batch);
        self.write(batch).await.map(drop)
    }
}
