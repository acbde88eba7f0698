//! Deliveries: inbound requests, kept.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::batch::{Batch, Value, row};
use super::error::corrupt;
use super::{Page, PageRequest, Store, StoreError};
use crate::ambient::Ambient;
use crate::model::delivery::{Delivery, DeliveryState, RecordedRequest};
use crate::model::id::{ConnectionId, DeliveryId};

/// A delivery to keep.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// When it came: milliseconds since the epoch, UTC.
    pub received_at: i64,
    /// What came.
    pub request: RecordedRequest,
    /// The delivery that this is a replay of: its row is brought up to date instead of adding one.
    pub replay_of: Option<DeliveryId>,
}

impl NewDelivery {
    /// The id it is kept under. New ones grow with time, so that the newest come first in a list and rows
    /// are appended to the index.
    pub(super) fn id(&self, ambient: &Ambient) -> DeliveryId {
        self.replay_of.clone().unwrap_or_else(|| {
            let mut bytes = ambient.random16();
            bytes[..6].copy_from_slice(&self.received_at.max(0).to_be_bytes()[2..]);
            DeliveryId::random(bytes)
        })
    }
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those of one connection.
    pub connection: Option<ConnectionId>,
    /// Only those in a state.
    pub state: Option<DeliveryState>,
}

const INSERT: &str = "INSERT INTO deliveries (id, connection, received_at, method, path, query, headers, body, \
    verified, state, error, attempts, events)";

/// The row of a delivery.
fn insert(
    id: &DeliveryId,
    connection: &ConnectionId,
    delivery: &NewDelivery,
    state: DeliveryState,
    error: Option<&str>,
    events: u32,
) -> Result<[Value; 13], StoreError> {
    let request = &delivery.request;
    let headers = serde_json::to_string(&request.headers).map_err(|e| corrupt("a delivery's headers")(&e))?;
    Ok(row![
        id.as_str(),
        connection.as_str(),
        delivery.received_at,
        request.method.as_str(),
        request.path.as_str(),
        request.query.as_str(),
        headers,
        request.body.clone(),
        request.verified,
        state.as_str(),
        error,
        1_i64,
        events,
    ])
}

/// Keeps deliveries that were handled, with how many events each yielded, as part of a group's commit.
pub(super) fn keep<'a>(
    batch: &mut Batch,
    handled: impl Iterator<Item = (&'a DeliveryId, &'a ConnectionId, &'a NewDelivery, usize)>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (id, connection, delivery, events) in handled {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        if delivery.replay_of.is_some() {
            batch.add(
                "UPDATE deliveries SET state = 'done', error = NULL, attempts = attempts + 1, events = ? WHERE id = ?",
                row![events, id.as_str()],
            );
        } else {
            rows.push(insert(id, connection, delivery, DeliveryState::Done, None, events)?);
        }
    }
    batch.rows(INSERT, rows, "");
    Ok(())
}

const COLUMNS: &str = "n, id, connection, received_at, method, path, query, headers, body, verified, state, error, \
    attempts, events";

fn read(row: &SqliteRow) -> Result<(i64, Delivery), StoreError> {
    let bad = corrupt("deliveries");
    let delivery = Delivery {
        id: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
        connection: row.get::<String, _>(2).parse().map_err(|e| bad(&e))?,
        received_at: row.get(3),
        request: RecordedRequest {
            method: row.get(4),
            path: row.get(5),
            query: row.get(6),
            headers: serde_json::from_str(row.get(7)).map_err(|e| bad(&e))?,
            body: row.get(8),
            verified: row.get(9),
        },
        state: DeliveryState::from_name(row.get(10)).ok_or_else(|| bad(&"an unknown state"))?,
        error: row.get(11),
        attempts: row.get(12),
        events: row.get(13),
    };
    Ok((row.get(0), delivery))
}

impl Store {
    /// Keeps a delivery that could not be handled, to be replayed; a replay that failed again stays parked
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
        let id = delivery.id(&self.inner.ambient);
        let mut batch = Batch::default();
        if delivery.replay_of.is_some() {
            batch.add(
                "UPDATE deliveries SET state = 'parked', error = ?, attempts = attempts + 1 WHERE id = ?",
                row![error, id.as_str()],
            );
        } else {
            batch.rows(
                INSERT,
                vec![insert(&id, connection, &delivery, DeliveryState::Parked, Some(error), 0)?],
                "",
            );
        }
        self.write(batch).await?;
        Ok(id)
    }

    /// One delivery.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM deliveries WHERE id = ?"), row![id.as_str()]);
        self.read(batch).await?.first().map(|row| read(row).map(|(_, delivery)| delivery)).transpose()
    }

    /// Deliveries, the newest first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let after = page.after()?.map_or(i64::MAX, |(n, _)| n);
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {COLUMNS} FROM deliveries WHERE n < ? AND (?2 IS NULL OR connection = ?2) AND \
                 (?3 IS NULL OR state = ?3) ORDER BY n DESC LIMIT ?4"
            ),
            row![
                after,
                filter.connection.as_ref().map(ConnectionId::as_str),
                filter.state.map(DeliveryState::as_str),
                page.rows(),
            ],
        );
        let rows = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, page, |(n, _)| (*n, String::new())).map(|(_, delivery)| delivery))
    }

    /// The parked deliveries, of one connection or of all, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parked(&self, connection: Option<&ConnectionId>) -> Result<Vec<DeliveryId>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id FROM deliveries WHERE state = 'parked' AND (?1 IS NULL OR connection = ?1) ORDER BY n",
            row![connection.map(ConnectionId::as_str)],
        );
        let rows = self.read(batch).await?;
        rows.iter()
            .map(|row| row.get::<String, _>(0).parse().map_err(|e| corrupt("deliveries")(&e)))
            .collect()
    }
}
