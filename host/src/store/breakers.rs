//! Which connections are left alone because their plugin failed again and again.

use super::batch::{Batch, row};
use super::{Store, StoreError};
use crate::model::connection::Resting;
use crate::model::id::{ConnectionId, DeliveryId};

impl Store {
    /// Why and until when a connection is left alone; `None` when it is not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn resting(&self, connection: &ConnectionId) -> Result<Option<Resting>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT since, until, openings, error FROM breakers WHERE connection = ?",
            row![connection.as_str()],
        );
        Ok(self.read(batch).await?.first().map(|row| Resting {
            since: row.get(0),
            until: row.get(1),
            openings: row.get(2),
            error: row.get(3),
        }))
    }

    /// Keeps why and until when a connection is left alone, or that it is so no more. The moment at which it
    /// first was stays.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn set_resting(
        &self,
        connection: &ConnectionId,
        resting: Option<&Resting>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        match resting {
            Some(resting) => batch.add(
                "INSERT INTO breakers VALUES (?,?,?,?,?) ON CONFLICT (connection) DO UPDATE SET \
                 until = excluded.until, openings = excluded.openings, error = excluded.error",
                row![
                    connection.as_str(),
                    resting.since,
                    resting.until,
                    resting.openings,
                    resting.error.as_str(),
                ],
            ),
            None => batch.add("DELETE FROM breakers WHERE connection = ?", row![connection.as_str()]),
        }
        self.write(batch).await.map(drop)
    }

    /// Takes a delivery that failed as a probe for one that was never run: the hub runs it again by itself.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn hold_again(&self, delivery: &DeliveryId) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE deliveries SET attempts = 0 WHERE id = ? AND state = 'parked'",
            row![delivery.as_str()],
        );
        self.write(batch).await.map(drop)
    }
}
