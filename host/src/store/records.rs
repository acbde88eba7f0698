//! Records of other systems: orders with their parcels and refunds, carts, tickets.

use super::batch::{Batch, Filtered, row};
use super::engine::Row;
use super::error::corrupt;
use super::{Page, PageRequest, Store, StoreError};
use crate::model::event::{Money, NewEvent};
use crate::model::id::{ConnectionId, ProfileId};
use crate::model::profile::RecordView;

/// Which records to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only those of one person.
    pub profile: Option<ProfileId>,
    /// Only those of one kind: `order`, `cart`, …
    pub kind: Option<String>,
    /// Only those of one connection.
    pub connection: Option<ConnectionId>,
}

const COLUMNS: &str = "r.connection, r.kind, r.vendor_id, r.profile, r.changed_at, r.event, r.name, r.state, r.total, \
    e.said, r.of_order";

fn read(row: &Row) -> Result<RecordView, StoreError> {
    let bad = corrupt("records");
    let said: NewEvent = serde_json::from_str(row.get(9)).map_err(|e| bad(&e))?;
    let total: Option<String> = row.get(8);
    let total = total.as_deref().and_then(|total| total.split_once(' '));
    Ok(RecordView {
        connection: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        kind: row.get(1),
        vendor_id: row.get(2),
        profile: row.get::<Option<String>, _>(3).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        changed_at: row.get(4),
        event: row.get::<String, _>(5).parse().map_err(|e| bad(&e))?,
        name: row.get(6),
        state: row.get(7),
        total: total
            .map(|(amount, currency)| Money { amount: amount.to_owned(), currency: currency.to_owned() }),
        said: serde_json::value::to_raw_value(&said.body).map_err(|e| bad(&e))?,
        parts: Vec::new(),
    })
}

impl Store {
    /// Records, those that changed last first, each order with what belongs to it.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn records(
        &self,
        filter: &RecordFilter,
        page: &PageRequest,
    ) -> Result<Page<RecordView>, StoreError> {
        let (at, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let profile = match &filter.profile {
            Some(id) => match self.current(id.as_str()).await? {
                Some(id) => Some(id),
                None => return Ok(Page { items: Vec::new(), next: None }),
            },
            None => None,
        };
        let mut asked = Filtered::new(
            &format!(
                "SELECT {COLUMNS} FROM records r JOIN events e ON e.id = r.event WHERE (r.changed_at, r.vendor_id) < (?, ?)"
            ),
            row![at, id],
        );
        asked.and("AND r.profile = ?", profile.as_ref().map(ProfileId::as_str));
        asked.and("AND r.kind = ?", filter.kind.as_deref());
        asked.and("AND r.connection = ?", filter.connection.as_ref().map(ConnectionId::as_str));
        asked.and("ORDER BY r.changed_at DESC, r.vendor_id DESC LIMIT ?", Some(page.rows()));
        let batch = asked.batch();
        let found = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut page = Page::of(found, page, |record| (record.changed_at, record.vendor_id.clone()));
        self.add_parts(&mut page.items).await?;
        Ok(page)
    }

    /// One record with what belongs to it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn record(
        &self,
        connection: &ConnectionId,
        kind: &str,
        vendor_id: &str,
    ) -> Result<Option<RecordView>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {COLUMNS} FROM records r JOIN events e ON e.id = r.event \
                 WHERE r.connection = ? AND r.kind = ? AND r.vendor_id = ?"
            ),
            row![connection.as_str(), kind, vendor_id],
        );
        let mut found = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.add_parts(&mut found).await?;
        Ok(found.pop())
    }

    async fn add_parts(&self, records: &mut [RecordView]) -> Result<(), StoreError> {
        let orders = records.iter().filter(|record| record.kind == "order");
        let keys = orders.map(|order| row![order.connection.as_str(), order.vendor_id.as_str()]).collect();
        let mut batch = Batch::default();
        batch.keyed(
            &format!(
                "SELECT {COLUMNS} FROM records r JOIN events e ON e.id = r.event WHERE r.of_order IS NOT NULL AND \
                 (r.connection, r.of_order) IN"
            ),
            keys,
        );
        for row in self.read(batch).await? {
            let (part, order): (RecordView, String) = (read(&row)?, row.get(10));
            let whole = |record: &&mut RecordView| {
                record.kind == "order" && record.connection == part.connection && record.vendor_id == order
            };
            if let Some(record) = records.iter_mut().find(whole) {
                record.parts.push(part);
            }
        }
        for record in records {
            record.parts.sort_by(|a, b| {
                let place = |part: &RecordView| (part.changed_at, part.kind.clone(), part.vendor_id.clone());
                place(a).cmp(&place(b))
            });
        }
        Ok(())
    }
}
