//! What is kept for visitors who come back: their latest messages and files, each under a key of its own, so that two
//! calls at once never overwrite each other.
//!
//! A key is `m/visitor/time/size/id` for a message and `f/visitor/time/size/id.piece` for a piece of a file: what there
//! is and how large is told by a list of keys, without reading any.

use serde::{Deserialize, Serialize};
use switchboard_sdk::{Result, Timestamp, key_value, realtime, time};

use crate::settings::Settings;
use crate::visitor::Visitor;

/// Messages kept for a visitor at most.
pub(crate) const MOST: usize = 100;

/// How often it is looked whether what is kept in all is still within the storage.
const TIDY: u64 = time::MINUTE;

/// How many keys are asked for at once.
const PAGE: u32 = 2_000;

/// A message as a visitor is shown it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    /// The browser's own id of what the visitor wrote, the hub's of what was answered.
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    /// Whether it was answered by the business.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) answer: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<File>,
    /// What the visitor may choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) options: Vec<Choice>,
    /// The site's id of the visitor, so that what is kept goes when the person is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
}

/// A file beside a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct File {
    pub(crate) url: String,
    pub(crate) mime: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What a key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    /// Of key and value together, in bytes.
    pub(crate) size: u64,
    pub(crate) id: String,
}

impl Slot {
    fn read(key: String) -> Option<Self> {
        let mut parts = key.split('/').skip(2);
        let (at, size, id) =
            (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.to_owned());
        Some(Self { at, size, id, key })
    }
}

/// The key for something of `length` bytes.
pub(crate) fn key(kind: char, visitor: &Visitor, at: Timestamp, length: usize, id: &str) -> String {
    let size = length + visitor.id().len() + id.len() + 28;
    format!("{kind}/{}/{at:013}/{size}/{id}", visitor.id())
}

/// The messages kept for a visitor, the oldest first, unread.
pub(crate) fn slots(visitor: &Visitor) -> Result<Vec<Slot>> {
    let keys = key_value::keys(&format!("m/{}/", visitor.id()), None, PAGE)?;
    Ok(keys.into_iter().filter_map(Slot::read).collect())
}

/// What a key leads to; `None` where its time is over.
pub(crate) fn row(slot: &Slot) -> Result<Option<Row>> {
    let row = key_value::get(&slot.key)?.and_then(|value| serde_json::from_slice::<Row>(&value).ok());
    Ok(row.map(|row| Row { user: None, ..row }))
}

/// The messages kept for a visitor, the oldest first.
pub(crate) fn rows(visitor: &Visitor) -> Result<Vec<Row>> {
    let slots = slots(visitor)?;
    let mut rows: Vec<Row> = Vec::new();
    for slot in slots.iter().skip(slots.len().saturating_sub(MOST)) {
        let Some(row) = row(slot)? else { continue };
        // An answer that was tried twice stands twice.
        if rows.iter().all(|other| other.id != row.id) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Keeps a message for its visitor and shows it in every window that they have open.
pub(crate) fn keep(settings: &Settings, visitor: &Visitor, row: &Row, before: &[Slot]) -> Result<()> {
    let shown = serde_json::to_string(row)?;
    let kept = serde_json::to_vec(&Row { user: visitor.user(), ..row.clone() })?;
    make_room(settings, 0)?;
    for old in before.iter().take((before.len() + 1).saturating_sub(MOST)) {
        key_value::delete(&old.key)?;
    }
    // By our own clock: what a browser says of its time decides neither who may write nor what goes.
    key_value::set(&key('m', visitor, time::now(), kept.len(), &row.id), &kept, Some(settings.keep_for()))?;
    realtime::publish(&visitor.topic(), &format!("{{\"message\":{shown}}}"))
}

/// Forgets what a visitor wrote and was answered. Files stay until their time is over: agents may not have seen them.
pub(crate) fn forget(visitor: &Visitor) -> Result<()> {
    for slot in slots(visitor)? {
        key_value::delete(&slot.key)?;
    }
    Ok(())
}

/// Lets the oldest go where less than `wanted` bytes are left. For a message it is looked now and then, for a file each
/// time.
pub(crate) fn make_room(settings: &Settings, wanted: u64) -> Result<()> {
    if wanted == 0 {
        if key_value::get("tidy")?.is_some() {
            return Ok(());
        }
        key_value::set("tidy", "", Some(TIDY))?;
    }
    let mut slots = Vec::new();
    for kind in ["m/", "f/"] {
        let mut after: Option<String> = None;
        loop {
            let keys = key_value::keys(kind, after.as_deref(), PAGE)?;
            let last = keys.last().cloned();
            let whole = keys.len() < PAGE as usize;
            slots.extend(keys.into_iter().filter_map(Slot::read));
            if whole {
                break;
            }
            after = last;
        }
    }
    for key in surplus(slots, (settings.storage_mib << 20).saturating_sub(wanted)) {
        key_value::delete(&key)?;
    }
    Ok(())
}

/// The keys of the oldest, so that the rest is within `limit` bytes.
fn surplus(mut slots: Vec<Slot>, limit: u64) -> Vec<String> {
    slots.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.key.cmp(&b.key)));
    let mut all: u64 = slots.iter().map(|slot| slot.size).sum();
    let mut gone = Vec::new();
    for slot in slots {
        if all <= limit {
            break;
        }
        all -= slot.size;
        gone.push(slot.key);
    }
    gone
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use switchboard_sdk::testing::{self, Host};

    use super::*;

    proptest! {
        #[test]
        fn a_key_says_when_how_large_and_which(at in 0..9_999_999_999_999_i64, length in 0..300_000usize, id in "[A-Za-z0-9_-]{1,64}", user in "\\PC{1,30}") {
            let visitor = Visitor::of(&user);
            let key = key('m', &visitor, at, length, &id);
            let slot = Slot::read(key.clone()).unwrap();
            prop_assert_eq!((slot.at, slot.id), (at, id));
            prop_assert!(slot.size as usize >= key.len() + length, "no less than what the store counts");
            prop_assert!(key.len() <= 512);
        }

        #[test]
        fn the_oldest_go_and_no_more_than_must(sizes in prop::collection::vec((0..50i64, 1..100u64), 0..30), limit in 0..1_500u64) {
            let slots: Vec<_> = sizes.iter().enumerate().map(|(n, (at, size))| Slot {
                key: format!("{n:02}"), at: *at, size: *size, id: String::new(),
            }).collect();
            let gone = surplus(slots.clone(), limit);
            let (out, left): (Vec<_>, Vec<_>) = slots.iter().partition(|slot| gone.contains(&slot.key));
            let sum = |slots: &[&Slot]| slots.iter().map(|slot| slot.size).sum::<u64>();
            prop_assert!(sum(&left) <= limit || left.is_empty());
            let newest_out = out.iter().max_by_key(|slot| (slot.at, slot.key.clone()));
            if let Some(newest) = newest_out {
                prop_assert!(left.iter().all(|slot| (slot.at, &slot.key) > (newest.at, &newest.key)));
                prop_assert!(sum(&left) + newest.size > limit, "one fewer would not have been enough");
            }
        }
    }

    #[test]
    fn a_visitor_is_shown_their_latest_messages_once_and_nobody_elses() {
        let host = Host::with_settings("{}");
        let settings = Settings::default();
        let keep = |visitor: &Visitor, row: &Row| {
            host.at(row.at);
            keep(&settings, visitor, row, &slots(visitor).unwrap()).unwrap();
        };
        let (ada, bo) = (Visitor::of("a"), Visitor::of("ab"));
        for n in 0..(MOST as i64 + 20) {
            keep(&ada, &Row { id: format!("row-{n}"), at: n, ..Row::default() });
        }
        keep(&bo, &Row { id: "b".to_owned(), at: 5, ..Row::default() });
        keep(&bo, &Row { id: "b".to_owned(), at: 6, ..Row::default() });
        let rows_of =
            |visitor: &Visitor| rows(visitor).unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(rows_of(&ada).len(), MOST);
        assert_eq!(rows_of(&ada)[0], "row-20");
        assert_eq!(rows_of(&bo), ["b"]);
        assert!(host.published().iter().all(|(_, payload)| !payload.contains("user")));
        forget(&ada).unwrap();
        assert!(rows_of(&ada).is_empty() && !rows_of(&bo).is_empty());
        assert!(testing::with(|host| host.values.keys().all(|key| !key.contains("u:a/"))));
    }
}
