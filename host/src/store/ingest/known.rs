//! What the database knows of what a group names, read in one call.

use std::collections::{HashMap, HashSet};

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Said;
use crate::model::event::Body;
use crate::model::fold::{Graph, Node, Root, identity};
use crate::model::id::{IdKey, MessageId, OutboxId, ProfileId};
use crate::model::identifier::{Evidence, Identifier};
use crate::model::message::{MessageFact, MessageState};
use crate::store::StoreError;
use crate::store::batch::{Batch, row};
use crate::store::error::corrupt;

/// A person's row.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) root: Root,
    pub(super) active_at: i64,
    pub(super) message_at: Option<i64>,
    pub(super) received: Option<(i64, String)>,
}

impl Person {
    pub(super) fn absorb(&mut self, other: &Self) {
        self.active_at = self.active_at.max(other.active_at);
        self.message_at = self.message_at.max(other.message_at);
        self.received = self.received.clone().max(other.received.clone());
    }
}

/// What the database knows of what a group names.
#[derive(Default)]
pub(super) struct Known {
    pub(super) last_seq: i64,
    pub(super) events: HashSet<String>,
    pub(super) people: HashMap<ProfileId, Person>,
    pub(super) graph: Graph,
    pub(super) messages: HashMap<MessageId, (MessageState, Option<ProfileId>)>,
    pub(super) aliases: HashMap<MessageId, MessageId>,
    pub(super) correlated: HashMap<OutboxId, MessageId>,
    pub(super) records: HashMap<(String, String, String), (i64, String)>,
}

/// Begins the transaction and reads what the events name.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    key: &IdKey,
    said: &[Said],
    size: usize,
) -> Result<Known, StoreError> {
    let (mut keys, mut messages, mut correlations, mut records) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    let (mut refers, mut events) = (HashSet::new(), HashSet::new());
    for Said { event, stated, .. } in said {
        events.insert(event.id.as_str());
        for (identifier, _) in identity::nodes_of(key, event) {
            keys.insert(identity::profile_of(key, &identifier));
        }
        if let Some((id, _, fact)) = &stated.message {
            // Only what is said of the business's messages can be about one that the hub sent.
            if !matches!((fact, &event.said.body), (MessageFact::Content(_), Body::MessageReceived(_))) {
                refers.insert(id);
            }
            messages.insert(id);
        }
        if let Some(correlation) = stated.correlation.as_ref().and_then(|text| text.parse::<OutboxId>().ok())
        {
            correlations.insert(correlation);
        }
        if let Some(record) = &stated.record {
            records.insert((record.connection.as_str(), record.kind, record.vendor_id.as_str()));
        }
    }
    let mut batch = Batch::for_group(size);
    batch.add("BEGIN IMMEDIATE", row![]);
    batch.add("SELECT 0, coalesce(max(seq), 0) FROM events", row![]);
    batch.keyed("SELECT 1, id FROM events WHERE id IN", events.into_iter().map(|id| row![id]).collect());
    batch.keyed(
        "SELECT 2, i.namespace, i.value, i.evidence, i.seen, i.profile, p.root_seen, p.root_name, p.active_at, \
         p.message_at, p.received_at, p.received_on FROM identifiers i JOIN profiles p ON p.id = i.profile \
         WHERE i.key IN",
        keys.iter().map(|key| row![key.as_str()]).collect(),
    );
    // What a vendor says of a message that the hub sent names it by the vendor's id: look for both.
    batch.keyed(
        "SELECT 3, a.id, m.state, m.profile FROM message_aliases a JOIN messages m ON m.id = a.message WHERE a.id IN",
        refers.into_iter().map(|id: &MessageId| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 4, state, profile FROM messages WHERE id IN",
        messages.into_iter().map(|id: &MessageId| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 5, o.id, m.state, m.profile FROM outbox o JOIN messages m ON m.id = o.message WHERE o.id IN",
        correlations.iter().map(|id| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 6, connection, kind, vendor_id, changed_at, event FROM records WHERE (connection, kind, vendor_id) IN",
        records.into_iter().map(|(connection, kind, vendor)| row![connection, kind, vendor]).collect(),
    );
    let mut known = Known::default();
    for row in batch.fetch(connection).await? {
        known.take(&row)?;
    }
    Ok(known)
}

impl Known {
    fn take(&mut self, row: &SqliteRow) -> Result<(), StoreError> {
        match row.get::<i64, _>(0) {
            0 => self.last_seq = row.get(1),
            1 => {
                self.events.insert(row.get(1));
            }
            2 => {
                let bad = corrupt("identifiers");
                let node = Node {
                    identifier: Identifier { namespace: row.get(1), value: row.get(2) },
                    evidence: evidence(row.get(3))?,
                    seen: row.get(4),
                };
                let profile: ProfileId = row.get::<String, _>(5).parse().map_err(|e| bad(&e))?;
                let root = Root { seen: row.get(6), name: row.get(7) };
                let received = row.get::<Option<i64>, _>(10).zip(row.get::<Option<String>, _>(11));
                let person =
                    Person { root: root.clone(), active_at: row.get(8), message_at: row.get(9), received };
                self.people.insert(profile.clone(), person);
                self.graph.know(node, profile, root);
            }
            3 => {
                let alias: MessageId =
                    row.get::<String, _>(1).parse().map_err(|e| corrupt("message_aliases")(&e))?;
                let (message, profile) = message(row, 2)?;
                self.aliases.insert(alias, message.id.clone());
                self.messages.insert(message.id.clone(), (message, profile));
            }
            4 => {
                let (message, profile) = message(row, 1)?;
                self.messages.insert(message.id.clone(), (message, profile));
            }
            5 => {
                let outbox: OutboxId = row.get::<String, _>(1).parse().map_err(|e| corrupt("outbox")(&e))?;
                let (message, profile) = message(row, 2)?;
                self.correlated.insert(outbox, message.id.clone());
                self.messages.insert(message.id.clone(), (message, profile));
            }
            _ => {
                self.records.insert((row.get(1), row.get(2), row.get(3)), (row.get(4), row.get(5)));
            }
        }
        Ok(())
    }
}

/// Reads a message's state and person from two columns that stand side by side.
fn message(row: &SqliteRow, at: usize) -> Result<(MessageState, Option<ProfileId>), StoreError> {
    let bad = corrupt("messages");
    let state = serde_json::from_str(row.get::<&str, _>(at)).map_err(|e| bad(&e))?;
    let profile =
        row.get::<Option<String>, _>(at + 1).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?;
    Ok((state, profile))
}

pub(in crate::store) fn evidence(text: &str) -> Result<Evidence, StoreError> {
    [Evidence::Claimed, Evidence::Recorded, Evidence::Verified]
        .into_iter()
        .find(|evidence| evidence.as_str() == text)
        .ok_or_else(|| corrupt("identifiers")(&text))
}
