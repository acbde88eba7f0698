//! Budgets that an operator set for one connection.

use super::batch::{Batch, row};
use super::connections::count;
use super::{Store, StoreError};
use crate::model::id::ConnectionId;
use crate::model::limit::{Change, Limit, Overrides};

impl Store {
    /// The budgets that are set for a connection. One that this program does not know any more is left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn limits(&self, connection: &ConnectionId) -> Result<Overrides, StoreError> {
        let mut batch = Batch::default();
        batch
            .add("SELECT name, value FROM connection_limits WHERE connection = ?", row![connection.as_str()]);
        let mut overrides = Overrides::default();
        for row in self.read(batch).await? {
            if let Some(limit) = Limit::from_name(row.get(0)) {
                overrides.set(limit, row.get::<i64, _>(1).unsigned_abs());
            }
        }
        Ok(overrides)
    }

    /// Sets budgets of a connection, or takes them back. A running hub notices within a second.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn change_limits(
        &self,
        connection: &ConnectionId,
        changes: &[Change],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for change in changes {
            let name = change.limit.as_str();
            match change.value {
                Some(value) => batch.replace(
                    "connection_limits",
                    "connection, name",
                    "value",
                    vec![row![connection.as_str(), name, i64::try_from(value).unwrap_or(i64::MAX)]],
                ),
                None => batch.add(
                    "DELETE FROM connection_limits WHERE connection = ? AND name = ?",
                    row![connection.as_str(), name],
                ),
            }
        }
        count(&mut batch);
        self.write(batch).await.map(|_| ())
    }
}
