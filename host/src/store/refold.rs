//! Folding anew everybody whom something may concern, from all that was said of them.
//!
//! The people whom edges hold together are looked at as one: all their events are read from the log, the
//! fold decides who is who, and what is stored of them is replaced by what it says. That is the slow way,
//! for what the short one (`model::fold::Graph`) leaves unsettled, for decisions, for erasing and for
//! rebuilding.

mod closure;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use super::StoreError;
use super::engine::Database;
use crate::model::fold::Identity;
use crate::model::id::{EventId, IdKey, ProfileId};
use crate::model::rules::Rules;

pub(super) use closure::Closure;
pub(super) use write::replace;

/// Where to begin.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    /// People as they are stored.
    pub(super) people: BTreeSet<ProfileId>,
    /// Events in the log that belong to nobody yet.
    pub(super) events: Vec<EventId>,
    /// Whether to look at everybody who uses what many use, too: where that may have changed.
    pub(super) through_shared: bool,
}

/// Folds anew whomever the seeds concern; who every event of theirs is about now. In the transaction that
/// is open.
pub(super) async fn refold(
    connection: &mut Database,
    key: &IdKey,
    rules: &Rules,
    seeds: Seeds,
) -> Result<BTreeMap<EventId, ProfileId>, StoreError> {
    let (closure, identity) = look(connection, key, rules, seeds).await?;
    replace(connection, key, rules, &closure, &identity).await?;
    Ok(identity.homes)
}

/// Who is who among whomever the seeds concern, without changing anything.
pub(super) async fn look(
    connection: &mut Database,
    key: &IdKey,
    rules: &Rules,
    seeds: Seeds,
) -> Result<(Closure, Identity), StoreError> {
    let mut closure = Closure::new(seeds);
    loop {
        closure.grow(connection, key, rules).await?;
        let events = closure.events.values().map(|(event, _)| event);
        let identity = Identity::of(key, rules, events, &closure.shared_nodes());
        // What only names a value that many use is that value's own, with what else only names it.
        let more: BTreeSet<ProfileId> =
            identity.homes.values().filter(|home| closure.left_out(home)).cloned().collect();
        if more.is_empty() {
            return Ok((closure, identity));
        }
        closure.add(more);
    }
}
