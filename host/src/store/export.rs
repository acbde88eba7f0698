//! Everything that is held of one person, read back to be handed over.

use std::collections::BTreeSet;

use super::batch::{Batch, row};
use super::error::corrupt;
use super::explain::Explained;
use super::{Page, PageRequest, RecordFilter, Store, StoreError};
use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, DeliveryId, ProfileId};
use crate::model::profile::{MessageView, Profile, RecordView, TimelineEntry};

/// Entries read at a time.
const CHUNK: u32 = 500;

/// Everything that is held of one person.
#[derive(Debug)]
pub struct Held {
    /// Who, with names, values and where each came from.
    pub profile: Profile,
    /// Why the names are one person's.
    pub explained: Explained,
    /// All that happened, the latest first.
    pub timeline: Vec<TimelineEntry>,
    /// All messages, the latest first.
    pub messages: Vec<MessageView>,
    /// Orders, parcels and other records, the latest first; what belongs to an order stands with it.
    pub records: Vec<RecordView>,
    /// Who said any of it.
    pub connections: Vec<Connection>,
    /// The vendors' requests that are still kept as they came in.
    pub deliveries: Vec<HeldDelivery>,
}

/// A vendor's request that brought something of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Whom it was for.
    pub connection: ConnectionId,
    /// When it came: milliseconds since the epoch, UTC.
    pub received_at: i64,
}

impl Store {
    /// Everything that is held of a person; a former id finds the person it became part of. `None`: there is
    /// nobody.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn everything(&self, id: &ProfileId) -> Result<Option<Held>, StoreError> {
        let Some(profile) = self.profile_with(id, i64::MAX).await? else { return Ok(None) };
        let Some(explained) = self.told_why(&profile.id).await? else { return Ok(None) };
        let of = RecordFilter { profile: Some(profile.id.clone()), kind: None, connection: None };
        let first = PageRequest::first(CHUNK);
        let (mut timeline, mut page) = (Vec::new(), first.clone());
        while more(&mut timeline, self.timeline(&profile.id, &page).await?, &mut page) {}
        let (mut messages, mut page) = (Vec::new(), first.clone());
        while more(&mut messages, self.messages(&profile.id, &page).await?, &mut page) {}
        let (mut records, mut page) = (Vec::new(), first);
        while more(&mut records, self.records(&of, &page).await?, &mut page) {}
        let parts: BTreeSet<(String, String)> = records
            .iter()
            .flat_map(|record| &record.parts)
            .map(|part| (part.kind.clone(), part.vendor_id.clone()))
            .collect();
        records.retain(|record| !parts.contains(&(record.kind.clone(), record.vendor_id.clone())));
        let deliveries = self.deliveries_of(&profile.id).await?;
        let said: BTreeSet<&ConnectionId> = timeline
            .iter()
            .map(|entry| &entry.connection)
            .chain(messages.iter().map(|view| &view.message.connection))
            .chain(deliveries.iter().map(|delivery| &delivery.connection))
            .collect();
        let mut connections = self.connections().await?;
        connections.retain(|connection| said.contains(&connection.id));
        Ok(Some(Held { profile, explained, timeline, messages, records, connections, deliveries }))
    }

    /// The requests that brought something of a person, and still are what they were.
    async fn deliveries_of(&self, profile: &ProfileId) -> Result<Vec<HeldDelivery>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT DISTINCT d.n, d.id, d.connection, d.received_at FROM events e JOIN deliveries d ON d.id = e.delivery \
             WHERE e.profile = ? AND d.state <> 'discarded' ORDER BY d.n DESC",
            row![profile.as_str()],
        );
        let bad = corrupt("deliveries");
        let rows = self.read(batch).await?;
        rows.iter()
            .map(|row| {
                Ok(HeldDelivery {
                    id: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
                    connection: row.get::<String, _>(2).parse().map_err(|e| bad(&e))?,
                    received_at: row.get(3),
                })
            })
            .collect()
    }
}

/// Adds a page to a list; says whether there is a next one, and moves on to it.
fn more<T>(all: &mut Vec<T>, found: Page<T>, page: &mut PageRequest) -> bool {
    all.extend(found.items);
    page.cursor = found.next;
    page.cursor.is_some()
}
