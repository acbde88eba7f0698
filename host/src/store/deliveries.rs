//! Deliveries: inbound requests, kept.

use serde::Serialize;

use super::audit::Audit;
use super::batch::{Batch, Filtered, containing, row};
use super::engine::{Engine, Row};
use super::error::corrupt;
use super::outcome::no_longer_parked;
use super::{Page, PageRequest, Store, StoreError};
use crate::ambient::Ambient;
use crate::model::delivery::{Delivery, DeliveryState, Discarded, RecordedRequest};
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
    /// Only those of connections with this plugin, removed ones included.
    pub plugin: Option<String>,
    /// Only those that came then or later: milliseconds since the epoch, UTC.
    pub since: Option<i64>,
    /// Only those that came before then: milliseconds since the epoch, UTC.
    pub until: Option<i64>,
    /// Only those whose error contains this text, whatever its case.
    pub error: Option<String>,
}

/// How much is parked for one connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ParkedSize {
    /// How many deliveries.
    pub deliveries: u64,
    /// Their bodies together, in bytes.
    pub bytes: u64,
}

/// A delivery that is not parked, as far as is needed to decide how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handled {
    /// Its place in the order of arrival.
    pub n: i64,
    /// When it came: milliseconds since the epoch, UTC.
    pub received_at: i64,
    /// Its body, in bytes.
    pub size: u64,
}

const COLUMNS: &str = "n, id, connection, received_at, state, error, attempts, events, length(body), \
    discarded_at, discarded_by, discarded_why";

fn read(row: &Row) -> Result<(i64, Delivery), StoreError> {
    let bad = corrupt("deliveries");
    let state = DeliveryState::from_name(row.get(4)).ok_or_else(|| bad(&"an unknown state"))?;
    let discarded = (state == DeliveryState::Discarded).then(|| Discarded {
        at: row.get(9),
        by: row.get(10),
        why: row.get(11),
    });
    let delivery = Delivery {
        id: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
        connection: row.get::<String, _>(2).parse().map_err(|e| bad(&e))?,
        received_at: row.get(3),
        state,
        error: row.get(5),
        attempts: row.get(6),
        events: row.get(7),
        size: row.get::<i64, _>(8).unsigned_abs(),
        discarded,
    };
    Ok((row.get(0), delivery))
}

fn ids(rows: &[Row]) -> Result<Vec<DeliveryId>, StoreError> {
    rows.iter().map(|row| row.get::<String, _>(0).parse().map_err(|e| corrupt("deliveries")(&e))).collect()
}

impl Store {
    /// Gives a parked delivery up: its request is emptied, the rest stays, and the audit log says so. Says
    /// whether it was parked.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn discard(&self, id: &DeliveryId, discarded: &Discarded) -> Result<bool, StoreError> {
        let (id, discarded) = (id.clone(), discarded.clone());
        self.inner
            .writer
            .transact(move |database| {
                Box::pin(async move {
                    let mut found = Batch::default();
                    found
                        .add("SELECT 1 FROM deliveries WHERE id = ? AND state = 'parked'", row![id.as_str()]);
                    if found.fetch(database).await?.is_empty() {
                        return Ok(false);
                    }
                    let mut batch = Batch::default();
                    no_longer_parked(&mut batch, &id);
                    batch.add(
                        "UPDATE deliveries SET state = 'discarded', path = '', query = '', headers = '[]', \
                         body = ?, discarded_at = ?, discarded_by = ?, discarded_why = ? WHERE id = ?",
                        row![
                            Vec::new(),
                            discarded.at,
                            discarded.by.as_str(),
                            discarded.why.as_str(),
                            id.as_str()
                        ],
                    );
                    let audit = Audit {
                        who: discarded.by.clone(),
                        action: "delivery-discarded",
                        detail: discarded.why.clone(),
                    };
                    audit.write(&mut batch, discarded.at, id.as_str());
                    batch.execute(database).await?;
                    Ok(true)
                })
            })
            .await
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

    /// The request of a delivery, as it came in.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recorded(&self, id: &DeliveryId) -> Result<Option<RecordedRequest>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT method, path, query, headers, body, verified FROM deliveries WHERE id = ?",
            row![id.as_str()],
        );
        let rows = self.read(batch).await?;
        let read = |row: &Row| {
            Ok(RecordedRequest {
                method: row.get(0),
                path: row.get(1),
                query: row.get(2),
                headers: serde_json::from_str(row.get(3)).map_err(|e| corrupt("deliveries")(&e))?,
                body: row.get(4),
                verified: row.get(5),
            })
        };
        rows.first().map(read).transpose()
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
        let batch = listed(filter, page)?;
        let rows = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, page, |(n, _)| (*n, String::new())).map(|(_, delivery)| delivery))
    }

    /// Up to `limit` parked deliveries that came after the delivery `after`, of one connection or of all,
    /// the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parked(
        &self,
        connection: Option<&ConnectionId>,
        after: Option<&DeliveryId>,
        limit: u32,
    ) -> Result<Vec<DeliveryId>, StoreError> {
        let mut batch = Batch::default();
        let parked = "SELECT id FROM deliveries WHERE state = 'parked'";
        let beyond = "AND n > coalesce((SELECT n FROM deliveries WHERE id = ?), 0) ORDER BY n LIMIT ?";
        let after = after.map_or("", DeliveryId::as_str);
        match connection {
            Some(connection) => batch.add(
                &format!("{parked} AND connection = ? {beyond}"),
                row![connection.as_str(), after, limit],
            ),
            None => batch.add(&format!("{parked} {beyond}"), row![after, limit]),
        }
        ids(&self.read(batch).await?)
    }

    /// Up to `limit` deliveries of a connection that were parked without having been run, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn held(&self, connection: &ConnectionId, limit: u32) -> Result<Vec<DeliveryId>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id FROM deliveries WHERE connection = ? AND state = 'parked' AND attempts = 0 ORDER BY n LIMIT ?",
            row![connection.as_str(), limit],
        );
        ids(&self.read(batch).await?)
    }

    /// How much is parked for each connection for which anything is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parked_sizes(&self) -> Result<Vec<(ConnectionId, ParkedSize)>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT connection, deliveries, bytes FROM parked WHERE deliveries > 0 ORDER BY connection",
            row![],
        );
        let rows = self.read(batch).await?;
        let read = |row: &Row| {
            let connection = row.get::<String, _>(0).parse().map_err(|e| corrupt("parked")(&e))?;
            Ok((connection, parked_size(row, 1)))
        };
        rows.iter().map(read).collect()
    }

    /// How much is parked for a connection.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parked_size(&self, connection: &ConnectionId) -> Result<ParkedSize, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT deliveries, bytes FROM parked WHERE connection = ?", row![connection.as_str()]);
        Ok(self.read(batch).await?.first().map(|row| parked_size(row, 0)).unwrap_or_default())
    }

    /// Up to `limit` parked deliveries that came before a moment (milliseconds since the epoch), the oldest
    /// first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parked_before(
        &self,
        moment: i64,
        limit: u32,
    ) -> Result<Vec<(DeliveryId, ConnectionId)>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id, connection, received_at FROM deliveries WHERE state = 'parked' ORDER BY n LIMIT ?",
            row![limit],
        );
        let rows = self.read(batch).await?;
        let bad = corrupt("deliveries");
        let old = rows.iter().take_while(|row| row.get::<i64, _>(2) < moment);
        old.map(|row| {
            let id = row.get::<String, _>(0).parse().map_err(|e| bad(&e))?;
            Ok((id, row.get::<String, _>(1).parse().map_err(|e| bad(&e))?))
        })
        .collect()
    }

    /// Up to `limit` deliveries after the place `after` that are not parked, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn handled(&self, after: i64, limit: u32) -> Result<Vec<Handled>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&handled(self.engine()), row![after, limit]);
        let rows = self.read(batch).await?;
        let read = |row: &Row| Handled {
            n: row.get(0),
            received_at: row.get(1),
            size: row.get::<i64, _>(2).unsigned_abs(),
        };
        Ok(rows.iter().map(read).collect())
    }

    /// Deletes the deliveries between two places (`after` excluded, `to` included), except parked ones and
    /// those discarded at `since` or later (milliseconds since the epoch). Says how many. Their events stay.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn forget_deliveries(&self, after: i64, to: i64, since: i64) -> Result<u64, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "DELETE FROM deliveries WHERE n > ? AND n <= ? AND state <> 'parked' AND coalesce(discarded_at, ?) <= ?",
            row![after, to, since.saturating_sub(1), since.saturating_sub(1)],
        );
        self.write(batch).await
    }
}

/// What is looked at to decide how long it is kept. A row's size stands at its beginning: of a large body
/// nothing is read.
const HANDLED: &str = "SELECT n, received_at, length(body) FROM deliveries d WHERE n > ? AND NOT EXISTS \
    (SELECT 1 FROM deliveries p{BY} WHERE p.state = 'parked' AND p.n = d.n) ORDER BY n LIMIT ?";

/// [`HANDLED`] for an engine. SQLite is told which index to use; PostgreSQL finds it.
fn handled(engine: Engine) -> String {
    let by = match engine {
        Engine::Sqlite => " INDEXED BY deliveries_waiting",
        Engine::Postgres => "",
    };
    HANDLED.replace("{BY}", by)
}

fn parked_size(row: &Row, from: usize) -> ParkedSize {
    ParkedSize {
        deliveries: row.get::<i64, _>(from).max(0).unsigned_abs(),
        bytes: row.get::<i64, _>(from + 1).max(0).unsigned_abs(),
    }
}

/// The question for a list. The state stands in the text itself, so that the index of what is parked fits.
fn listed(filter: &DeliveryFilter, page: &PageRequest) -> Result<Batch, StoreError> {
    let after = page.after()?.map_or(i64::MAX, |(n, _)| n);
    let state = filter.state.map_or_else(String::new, |state| format!("AND state = '{}' ", state.as_str()));
    let mut asked =
        Filtered::new(&format!("SELECT {COLUMNS} FROM deliveries WHERE n < ? {state}"), row![after]);
    asked.and("AND connection = ?", filter.connection.as_ref().map(ConnectionId::as_str));
    asked.and("AND connection IN (SELECT id FROM connections WHERE plugin = ?)", filter.plugin.as_deref());
    asked.and("AND received_at >= ?", filter.since);
    asked.and("AND received_at < ?", filter.until);
    asked.and("AND lower(error) LIKE lower(?) ESCAPE '\\'", filter.error.as_deref().map(containing));
    asked.and("ORDER BY n DESC LIMIT ?", Some(page.rows()));
    Ok(asked.batch())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{StoreOptions, schema};

    #[tokio::test]
    async fn what_is_parked_is_found_without_reading_what_was_handled() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = StoreOptions::at(folder.path().join("hub.db"));
        let mut database = schema::open(&options).await.expect("opened").writer;
        let filter = DeliveryFilter { state: Some(DeliveryState::Parked), ..DeliveryFilter::default() };
        let list = listed(&filter, &PageRequest::first(10)).expect("a question");
        let listed = list.text().trim_end_matches(';').to_owned();
        let handled = handled(Engine::Sqlite);
        for (question, index) in [(&listed, "deliveries_waiting"), (&handled, "deliveries_waiting")] {
            let mut explain = Batch::default();
            explain.add(&format!("EXPLAIN QUERY PLAN {question}"), row![]);
            let steps = explain.fetch(&mut database).await.expect("planned");
            let steps: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
            assert!(steps.iter().any(|step| step.contains(index)), "{question}: {steps:?}");
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{question}: {steps:?}");
        }
    }
}
