//! How much handled deliveries take. Triggers of the database keep count, so that a replay, a discard and
//! whatever else changes a delivery are counted in the commit that does it, by whichever process.

use super::batch::{Batch, row};
use super::{Store, StoreError};

/// So many changes are summed up to one. On SQLite there is only ever one.
const CHANGES: i64 = 1_000;

impl Store {
    /// The bodies of all deliveries that are not parked together, in bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept_bytes(&self) -> Result<u64, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT), count(*) FROM kept", row![]);
        let rows = self.read(batch).await?;
        if rows.first().is_some_and(|row| row.get::<i64, _>(1) > CHANGES) {
            let mut batch = Batch::default();
            batch.add(
                "WITH gone AS (DELETE FROM kept RETURNING bytes) \
                 INSERT INTO kept SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM gone",
                row![],
            );
            self.write(batch).await?;
        }
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>(0).max(0).unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Ambient;
    use crate::model::delivery::{Discarded, RecordedRequest};
    use crate::model::id::ConnectionId;
    use crate::store::{Ingest, NewDelivery, StoreOptions};

    fn delivery(size: usize) -> NewDelivery {
        let request = RecordedRequest {
            method: "POST".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            body: vec![b'x'; size],
            verified: true,
        };
        NewDelivery { received_at: 1, request, replay_of: None }
    }

    #[tokio::test]
    async fn a_parked_delivery_counts_as_kept_from_the_moment_that_it_was_replayed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&StoreOptions::at(folder.path().join("hub.db")), Ambient::system())
            .await
            .expect("opened");
        let connection = ConnectionId::random([1; 16]);
        let handle = async |delivery: NewDelivery| {
            let ingest = Ingest {
                connection: connection.clone(),
                delivery: Some(delivery),
                events: Vec::new(),
                cursor: None,
                finishes: None,
                assistants: [].into(),
            };
            store.ingest(ingest).await.expect("committed");
        };
        handle(delivery(100)).await;
        assert_eq!(store.kept_bytes().await.expect("read"), 100);
        let parked = store.park(&connection, delivery(30), "why").await.expect("parked");
        let other = store.park(&connection, delivery(7), "why").await.expect("parked");
        assert_eq!(store.kept_bytes().await.expect("read"), 100, "what is parked has a limit of its own");
        handle(NewDelivery { replay_of: Some(parked), ..delivery(30) }).await;
        assert_eq!(store.kept_bytes().await.expect("read"), 130);
        let gone = Discarded { at: 1, by: "somebody".to_owned(), why: "a test".to_owned() };
        assert!(store.discard(&other, &gone).await.expect("discarded"));
        assert_eq!(store.kept_bytes().await.expect("read"), 130, "nothing is left of it");
        assert_eq!(store.forget_deliveries(0, i64::MAX, 2).await.expect("deleted"), 3);
        assert_eq!(store.kept_bytes().await.expect("read"), 0);
        store.close().await;
    }
}
