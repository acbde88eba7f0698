//! Whom people decided to be somebody else: they are not suggested again.

use std::collections::{BTreeSet, HashMap};

use crate::model::event::{Event, Verdict};
use crate::model::fold::in_force;
use crate::model::id::ProfileId;
use crate::store::batch::{Batch, row};
use crate::store::engine::Database;
use crate::store::profiles::profile_id;
use crate::store::{StoreError, events};

/// The people who, by a decision that holds, are not `person`, as they are now.
pub(super) async fn from(
    database: &mut Database,
    person: &ProfileId,
) -> Result<BTreeSet<ProfileId>, StoreError> {
    // A decision that takes another back names the same names, so whatever concerns the person is found.
    let id = person.as_str();
    let mut batch = Batch::default();
    batch.add(
        &format!(
            "SELECT {} FROM events e WHERE e.kind = 'decision' AND e.id IN (SELECT d.event FROM decided d \
             WHERE d.name IN (SELECT i.key FROM identifiers i WHERE i.profile = ? UNION SELECT l.id FROM later l \
             JOIN identifiers i ON i.key = l.key AND i.since = l.since WHERE i.profile = ? \
             UNION SELECT m.key FROM matters m WHERE m.profile = ?))",
            events::COLUMNS
        ),
        row![id, id, id],
    );
    let mut made: Vec<Event> = Vec::new();
    for row in batch.fetch(database).await? {
        made.push(events::read(&row, 0)?.event);
    }
    let mut sides: Vec<(Vec<ProfileId>, Vec<ProfileId>)> = Vec::new();
    for one in in_force(made.iter()) {
        if let Verdict::Apart { left, right } = one.decision.verdict {
            sides.push((left, right));
        }
    }
    let names = sides.iter().flat_map(|(left, right)| left.iter().chain(right)).cloned().collect();
    let now = now(database, &names).await?;
    let mut apart = BTreeSet::new();
    for (left, right) in &sides {
        for (own, others) in [(left, right), (right, left)] {
            if own.iter().any(|name| now.get(name) == Some(person)) {
                apart.extend(others.iter().filter_map(|name| now.get(name)).cloned());
            }
        }
    }
    apart.remove(person);
    Ok(apart)
}

/// Whom each name leads to.
async fn now(
    database: &mut Database,
    names: &BTreeSet<ProfileId>,
) -> Result<HashMap<ProfileId, ProfileId>, StoreError> {
    let keys = || names.iter().map(|name| row![name.as_str()]).collect::<Vec<_>>();
    let mut batch = Batch::default();
    // Whoever is found twice is found last by what counts most.
    batch.keyed("SELECT key, profile FROM matters WHERE key IN", keys());
    batch.keyed(
        "SELECT l.id, i.profile FROM later l JOIN identifiers i ON i.key = l.key AND i.since = l.since \
         WHERE l.id IN",
        keys(),
    );
    batch.keyed("SELECT key, profile FROM identifiers WHERE since = CAST('-9223372036854775808' AS BIGINT) AND key IN", keys());
    let mut found = HashMap::new();
    if batch.is_empty() {
        return Ok(found);
    }
    for row in batch.fetch(database).await? {
        found.insert(profile_id(&row, 0)?, profile_id(&row, 1)?);
    }
    Ok(found)
}
