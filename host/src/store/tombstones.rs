//! What was erased and must not come back.
//!
//! A tombstone is an id that the installation's key derives from a name, a matter, a message or an intent, so
//! it tells nobody whose it is. An event that names one and happened before the erasure is taken as erased;
//! what happens afterwards begins somebody new.

use std::collections::HashMap;

use super::batch::{Batch, Value, row};
use super::nodes::Keys;
use crate::model::erase;
use crate::model::event::{Body, Event};
use crate::model::fold::{Naming, Node, Projection};
use crate::model::rules::Rules;
use crate::store::engine::Row;

/// Reads those of some keys.
pub(super) const SELECT: &str = "SELECT 10, key, connection, since, until FROM tombstones WHERE key IN";

struct Stone {
    /// Who must say it; empty for everybody.
    connection: String,
    since: i64,
    until: i64,
}

/// Tombstones, by their keys.
#[derive(Default)]
pub(super) struct Tombstones(HashMap<String, Vec<Stone>>);

impl Tombstones {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a row of [`SELECT`], beginning with the key at column `at`.
    pub(super) fn take(&mut self, row: &Row, at: usize) {
        let stone = Stone { connection: row.get(at + 1), since: row.get(at + 2), until: row.get(at + 3) };
        self.0.entry(row.get(at)).or_default().push(stone);
    }

    /// Whether an event that names these keys is one of what was erased.
    pub(super) fn cover(&self, keys: impl IntoIterator<Item = String>, event: &Event) -> bool {
        let at = event.said.occurred_at;
        let stands = |stone: &Stone| {
            (stone.since..=stone.until).contains(&at)
                && (stone.connection.is_empty() || stone.connection == event.connection.as_str())
        };
        keys.into_iter().filter_map(|key| self.0.get(&key)).flatten().any(stands)
    }
}

/// What an event is looked for under: its names, also those that somebody typed; its devices where it names
/// nobody else; its matter, the message and the intent that it is about; its connection.
pub(super) fn keys(
    ids: &mut Keys<'_>,
    rules: &Rules,
    event: &Event,
    stated: &Projection,
    naming: &Naming,
) -> Vec<String> {
    let (devices, names): (Vec<_>, Vec<_>) =
        erase::names(&event.said).partition(|name| rules.of(&name.namespace).device);
    let names = if names.is_empty() { devices } else { names };
    let nodes = names.into_iter().chain(&naming.matter).map(|name| Node::first(name.clone()));
    let mut keys: Vec<String> = nodes.map(|node| ids.of(&node).into()).collect();
    keys.extend(stated.message.as_ref().map(|(id, ..)| id.to_string()));
    keys.extend(stated.correlation.clone());
    if let Body::Insight(insight) = &event.said.body {
        keys.push(insight.message.to_string());
    }
    keys.push(event.connection.to_string());
    keys
}

/// A tombstone to set.
pub(super) struct NewStone<'a> {
    /// The derived id.
    pub(super) key: &'a str,
    /// Who must say it; empty for everybody.
    pub(super) connection: &'a str,
    /// From when on it was the person's: milliseconds since the epoch, UTC.
    pub(super) since: i64,
    /// Until when what is said of it is erased: milliseconds since the epoch, UTC.
    pub(super) until: i64,
}

/// Sets tombstones; one that stands already is only ever made longer.
pub(super) fn set<'a>(batch: &mut Batch, stones: impl IntoIterator<Item = NewStone<'a>>) {
    let rows: Vec<[Value; 4]> =
        stones.into_iter().map(|stone| row![stone.key, stone.connection, stone.since, stone.until]).collect();
    batch.rows(
        "INSERT INTO tombstones",
        rows,
        "ON CONFLICT (key, connection, since) DO UPDATE SET until = CASE WHEN excluded.until > tombstones.until \
         THEN excluded.until ELSE tombstones.until END",
    );
}
