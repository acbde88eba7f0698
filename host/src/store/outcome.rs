//! What becomes of a delivery in the store: handled or parked, as a part of a group's commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::{Batch, Value, row};
use super::deliveries::NewDelivery;
use super::error::corrupt;
use super::{Ingest, Store, StoreError};
use crate::model::delivery::DeliveryState;
use crate::model::id::{ConnectionId, DeliveryId};

/// That a delivery is kept to be run (again), and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parked {
    why: String,
    /// Whether its plugin ran and failed.
    ran: bool,
}

/// A delivery of a group, and what came of it.
pub(super) struct Kept<'a> {
    pub(super) id: &'a DeliveryId,
    pub(super) connection: &'a ConnectionId,
    pub(super) delivery: &'a NewDelivery,
    /// How many events it yielded.
    pub(super) events: usize,
    /// That it was not handled.
    pub(super) parked: Option<&'a Parked>,
    /// That it told of somebody who was erased: nothing of its request is kept.
    pub(super) erased: bool,
}

/// What stands in place of the request of a delivery that held data of a person who was erased.
pub(super) const ERASED: &[u8] = b"erased: it held data of a person who was erased";

const INSERT: &str = "INSERT INTO deliveries (id, connection, received_at, method, path, query, headers, body, \
    verified, state, error, attempts, events)";

impl Kept<'_> {
    /// Its row.
    fn row(&self) -> Result<[Value; 13], StoreError> {
        let request = &self.delivery.request;
        let headers =
            serde_json::to_string(&request.headers).map_err(|e| corrupt("a delivery's headers")(&e))?;
        let headers = if self.erased { "[]".to_owned() } else { headers };
        let shown = |text: &'_ str| if self.erased { String::new() } else { text.to_owned() };
        let body = if self.erased { ERASED.to_vec() } else { request.body.clone() };
        let state = if self.parked.is_some() { DeliveryState::Parked } else { DeliveryState::Done };
        Ok(row![
            self.id.as_str(),
            self.connection.as_str(),
            self.delivery.received_at,
            request.method.as_str(),
            shown(&request.path),
            shown(&request.query),
            headers,
            body,
            request.verified,
            state.as_str(),
            self.parked.map(|parked| parked.why.as_str()),
            u32::from(self.parked.is_none_or(|parked| parked.ran)),
            u32::try_from(self.events).unwrap_or(u32::MAX),
        ])
    }

    /// Brings the row of a delivery that was run again up to date.
    fn update(&self, batch: &mut Batch) {
        let id = self.id.as_str();
        let Some(parked) = self.parked else {
            let events = u32::try_from(self.events).unwrap_or(u32::MAX);
            no_longer_parked(batch, self.id);
            if self.erased {
                empty(batch, self.id.as_str());
            }
            return batch.add(
                "UPDATE deliveries SET state = 'done', error = NULL, attempts = attempts + 1, events = ? WHERE id = ?",
                row![events, id],
            );
        };
        // Whoever gave it up meanwhile has the last word.
        batch.add(
            "UPDATE deliveries SET error = ?, attempts = attempts + 1 WHERE id = ? AND state = 'parked'",
            row![parked.why.as_str(), id],
        );
    }
}

/// Empties the request of a delivery that held data of a person who was erased. A parked one must be taken
/// out of what is counted as parked before, and out of that state with it.
pub(super) fn empty(batch: &mut Batch, id: &str) {
    batch.add(
        "UPDATE deliveries SET path = '', query = '', headers = '[]', body = ?, error = NULL WHERE id = ?",
        row![ERASED.to_vec(), id],
    );
}

/// Keeps deliveries as part of a group's commit.
pub(super) fn keep<'a>(
    batch: &mut Batch,
    deliveries: impl Iterator<Item = Kept<'a>>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    let mut sizes = BTreeMap::<&str, [i64; 2]>::new();
    for kept in deliveries {
        if kept.delivery.replay_of.is_some() {
            kept.update(batch);
            continue;
        }
        rows.push(kept.row()?);
        if kept.parked.is_some() {
            let size = sizes.entry(kept.connection.as_str()).or_default();
            size[0] += 1;
            size[1] += i64::try_from(kept.delivery.request.body.len()).unwrap_or(i64::MAX);
        }
    }
    batch.rows(INSERT, rows, "");
    batch.rows(
        "INSERT INTO parked",
        sizes
            .into_iter()
            .map(|(connection, [deliveries, bytes])| row![connection, deliveries, bytes])
            .collect(),
        "ON CONFLICT (connection) DO UPDATE SET deliveries = parked.deliveries + excluded.deliveries, \
         bytes = parked.bytes + excluded.bytes",
    );
    Ok(())
}

/// Takes a delivery out of what is counted as parked; to be said before its state changes.
pub(super) fn no_longer_parked(batch: &mut Batch, id: &DeliveryId) {
    batch.add(
        "UPDATE parked SET deliveries = deliveries - 1, \
         bytes = bytes - (SELECT length(body) FROM deliveries WHERE id = ?) \
         WHERE connection = (SELECT connection FROM deliveries WHERE id = ? AND state = 'parked')",
        row![id.as_str(), id.as_str()],
    );
}

impl Store {
    /// Keeps a delivery that its plugin failed on, to be replayed; a replay that failed again stays parked
    /// with its new reason.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn park(
        &self,
        connection: &ConnectionId,
        delivery: NewDelivery,
        error: &str,
    ) -> Result<DeliveryId, StoreError> {
        self.keep_parked(connection, delivery, Parked { why: error.to_owned(), ran: true }).await
    }

    /// Keeps a delivery that its plugin was not run on, because its connection rests: it is replayed by the
    /// hub itself once the connection works again.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn hold(
        &self,
        connection: &ConnectionId,
        delivery: NewDelivery,
        why: &str,
    ) -> Result<DeliveryId, StoreError> {
        self.keep_parked(connection, delivery, Parked { why: why.to_owned(), ran: false }).await
    }

    /// In a group with whatever else waits: a connection whose plugin fails costs the one writer what an
    /// ordinary delivery does, and not a commit of its own.
    async fn keep_parked(
        &self,
        connection: &ConnectionId,
        delivery: NewDelivery,
        parked: Parked,
    ) -> Result<DeliveryId, StoreError> {
        let ingest = Ingest {
            connection: connection.clone(),
            delivery: Some(delivery),
            events: Vec::new(),
            cursor: None,
            finishes: None,
            assistants: Arc::new([]),
        };
        let ingested = self.inner.writer.ingest(ingest, Some(parked)).await?;
        ingested.delivery.ok_or_else(|| corrupt("deliveries")(&"a delivery was kept without an id"))
    }
}
