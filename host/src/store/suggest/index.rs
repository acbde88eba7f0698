//! The index of keys, and the suggestions that it yields, brought up to date for people who changed.
//!
//! What stands in the three tables follows from what is stored of people and from what was decided, whatever
//! the order in which it came about: two people are suggested when they share a key that few enough have,
//! nobody decided that they are two, and comparing them gives enough. So a key that becomes common takes back
//! what was found by it alone, and one that becomes rare again is looked at anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::keys::{self, Entry, Members, Rows};
use super::people::Person;
use super::{apart, people};
use crate::model::id::{IdKey, ProfileId, SuggestionId};
use crate::model::suggest::{Facts, Weights, compare};
use crate::store::StoreError;
use crate::store::batch::{Batch, Value, row};
use crate::store::engine::Database;
use crate::store::profiles::profile_id;

/// How many people are compared with everybody who shares a key, before what was read for it is let go.
const AT_ONCE: usize = 16;
/// Rows that are deleted at once when the index is emptied.
const EMPTIED: i64 = 20_000;

/// What the index needs to know besides the database.
#[derive(Debug, Clone)]
pub(in crate::store) struct Rule {
    /// What keys are hidden with.
    pub(in crate::store) key: IdKey,
    /// The most people that a key may have before it is passed over (`suggestions.people_per_key`).
    pub(in crate::store) people_per_key: u32,
    /// Milliseconds since the epoch, UTC.
    pub(in crate::store) now: i64,
}

/// What is to be written, and what finding it out took.
#[derive(Default)]
pub(in crate::store) struct Plan {
    /// The statements.
    pub(in crate::store) batch: Batch,
    /// People of whom something that is compared had changed, or whom somebody else's change concerned.
    pub(in crate::store) people: usize,
    /// Pairs that were compared.
    pub(in crate::store) compared: usize,
}

/// Somebody whose suggestions are found anew.
struct Fresh {
    n: i64,
    keys: BTreeSet<i64>,
    /// Whom people decided to be somebody else, where that was read.
    apart: Option<BTreeSet<ProfileId>>,
}

/// What is to be written so that index and suggestions say of `touched` what the database says now; who is gone
/// is taken out. From one snapshot.
pub(in crate::store) async fn plan(
    database: &mut Database,
    rule: &Rule,
    touched: &BTreeSet<ProfileId>,
) -> Result<Plan, StoreError> {
    let loaded = people::load(database, touched).await?;
    let mut entries = keys::entries(database, touched).await?;
    let before = keys::highest(database).await?;
    let mut last = before;
    let mut members = Members::new(rule.people_per_key);
    let mut rows = Rows::default();
    let mut changed: BTreeSet<&ProfileId> = BTreeSet::new();
    let mut fresh: BTreeMap<ProfileId, Fresh> = BTreeMap::new();
    let mut numbers: HashMap<i64, ProfileId> = HashMap::new();
    for id in touched {
        let old = entries.remove(id);
        let mut new = None;
        if let Some(person) = loaded.get(id) {
            let apart = apart_from(database, person).await?;
            let digest = person.digest(&rule.key, &apart);
            if old.as_ref().is_some_and(|old| old.digest == digest) {
                continue;
            }
            let keys = hidden(rule, &person.facts());
            if !keys.is_empty() {
                last += i64::from(old.is_none());
                let n = old.as_ref().map_or(last, |old| old.n);
                numbers.insert(n, id.clone());
                fresh.insert(id.clone(), Fresh { n, keys: keys.clone(), apart: Some(apart) });
                new = Some(Entry { n, digest, keys });
            }
        }
        changed.insert(id);
        members.plan(old.as_ref(), new.as_ref());
        keys::write(&mut rows, id, old.as_ref(), new.as_ref());
    }
    members.read(database).await?;
    let concerned = concerned(database, &members, &changed).await?;
    let more: BTreeSet<i64> = concerned.values().flat_map(|entry| &entry.keys).copied().collect();
    members.read_more(database, more).await?;
    for (id, entry) in concerned {
        fresh.insert(id, Fresh { n: entry.n, keys: entry.keys, apart: None });
    }
    let mut plan = Plan { people: fresh.len(), ..Plan::default() };
    rows.add_to(&mut plan.batch);
    // The more people there are, the more it takes; what no longer does is no suggestion any more.
    let weights = weights(last);
    if weights != self::weights(before) {
        let least = thousandths(weights.asked());
        plan.batch.add("DELETE FROM suggestions WHERE bits < ? AND claimed = 0", row![least]);
    }
    let found = Pairs { rule, weights, members, numbers };
    let fresh: Vec<(ProfileId, Fresh)> = fresh.into_iter().collect();
    for some in fresh.chunks(AT_ONCE) {
        plan.compared += found.plan(database, some, &mut plan.batch).await?;
    }
    Ok(plan)
}

/// Deletes a part of index and suggestions; whether there may be more. In the transaction that is open.
pub(in crate::store) async fn clear(database: &mut Database) -> Result<bool, StoreError> {
    let mut deleted = 0;
    for sql in [
        "DELETE FROM suggest_keys WHERE (key, person) IN (SELECT key, person FROM suggest_keys LIMIT ?)",
        "DELETE FROM suggestions WHERE id IN (SELECT id FROM suggestions LIMIT ?)",
        "DELETE FROM suggest_people WHERE n IN (SELECT n FROM suggest_people LIMIT ?)",
    ] {
        let mut batch = Batch::default();
        batch.add(sql, row![EMPTIED]);
        deleted += batch.execute(database).await?;
    }
    Ok(deleted > 0)
}

/// The weights for so many people. They change when the number doubles, so that a score stays what it was for
/// as long as it can.
pub(super) fn weights(people: i64) -> Weights {
    Weights::for_people(u64::try_from(people).unwrap_or(0).next_power_of_two())
}

fn thousandths(bits: f64) -> i64 {
    (bits * 1000.0).round() as i64
}

fn hidden(rule: &Rule, facts: &Facts) -> BTreeSet<i64> {
    facts.keys().iter().map(|key| rule.key.number("suggest-key", key)).collect()
}

async fn apart_from(database: &mut Database, person: &Person) -> Result<BTreeSet<ProfileId>, StoreError> {
    // A decision makes whomever it names contested.
    if person.contested { apart::from(database, &person.id).await } else { Ok(BTreeSet::new()) }
}

/// Whom the changes concern beside those who changed: of a key that becomes common, one of each two who are
/// suggested and share it; of one that becomes rare, everybody who has it.
async fn concerned(
    database: &mut Database,
    members: &Members,
    changed: &BTreeSet<&ProfileId>,
) -> Result<HashMap<ProfileId, Entry>, StoreError> {
    let rare: BTreeSet<i64> = members.become_rare().flatten().collect();
    let mut ids: BTreeSet<ProfileId> = keys::named(database, &rare).await?.into_values().collect();
    let common: BTreeSet<i64> = members.become_common().flatten().copied().collect();
    let common: BTreeSet<ProfileId> = keys::named(database, &common).await?.into_values().collect();
    let mut batch = Batch::default();
    let sharing = common.iter().map(|id| row![id.as_str()]).collect();
    batch.keyed("SELECT a, b FROM suggestions WHERE a IN", sharing);
    if !batch.is_empty() {
        for row in batch.fetch(database).await? {
            let (a, b) = (profile_id(&row, 0)?, profile_id(&row, 1)?);
            // Whoever changed is compared anew in any case.
            if common.contains(&b) && !changed.contains(&b) {
                ids.insert(a);
            }
        }
    }
    ids.retain(|id| !changed.contains(id));
    keys::entries(database, &ids).await
}

/// What finding suggestions anew needs.
struct Pairs<'a> {
    rule: &'a Rule,
    weights: Weights,
    members: Members,
    /// Whose the numbers are of those who changed.
    numbers: HashMap<i64, ProfileId>,
}

impl Pairs<'_> {
    /// Compares people with everybody who shares a key that few enough have, and puts the suggestions in place
    /// of those before; how many pairs were compared.
    async fn plan(
        &self,
        database: &mut Database,
        some: &[(ProfileId, Fresh)],
        batch: &mut Batch,
    ) -> Result<usize, StoreError> {
        let near: Vec<BTreeSet<i64>> =
            some.iter().map(|(_, fresh)| self.members.sharing(&fresh.keys)).collect();
        let unknown: BTreeSet<i64> =
            near.iter().flatten().filter(|n| !self.numbers.contains_key(n)).copied().collect();
        let mut named = keys::named(database, &unknown).await?;
        for n in near.iter().flatten() {
            if let Some(id) = self.numbers.get(n) {
                named.insert(*n, id.clone());
            }
        }
        let all: BTreeSet<ProfileId> = named.values().chain(some.iter().map(|(id, _)| id)).cloned().collect();
        let loaded = people::load(database, &all).await?;
        let facts: HashMap<&ProfileId, Facts> =
            loaded.iter().map(|(id, person)| (id, person.facts())).collect();
        let mut compared = 0;
        let mut rows: BTreeMap<SuggestionId, [Value; 6]> = BTreeMap::new();
        for ((id, fresh), near) in some.iter().zip(&near) {
            let Some((person, own)) = loaded.get(id).zip(facts.get(id)) else { continue };
            let apart = match &fresh.apart {
                Some(apart) => apart.clone(),
                None => apart_from(database, person).await?,
            };
            for other in near.iter().filter(|n| **n != fresh.n).filter_map(|n| named.get(n)) {
                if apart.contains(other) {
                    continue;
                }
                let Some(others) = facts.get(other) else { continue };
                compared += 1;
                let found = compare(own, others, &self.weights);
                let claimed = found.is_claimed();
                if claimed || found.evidence >= self.weights.asked() {
                    let (a, b) = if id < other { (id, other) } else { (other, id) };
                    let id = SuggestionId::derived(&self.rule.key, &[a.as_str(), b.as_str()]);
                    let bits = thousandths(found.evidence);
                    let row = row![id.as_str(), a.as_str(), b.as_str(), bits, claimed, self.rule.now];
                    rows.insert(id, row);
                }
            }
        }
        let mut look = Batch::default();
        for side in ["a", "b"] {
            let ids = some.iter().map(|(id, _)| row![id.as_str()]).collect();
            look.keyed(&format!("SELECT id FROM suggestions WHERE {side} IN"), ids);
        }
        let mut gone: BTreeSet<String> = BTreeSet::new();
        for row in look.fetch(database).await? {
            gone.insert(row.get(0));
        }
        rows.keys().for_each(|id| {
            gone.remove(id.as_str());
        });
        batch.keyed("DELETE FROM suggestions WHERE id IN", gone.into_iter().map(|id| row![id]).collect());
        batch.rows(
            "INSERT INTO suggestions (id, a, b, bits, claimed, found_at)",
            rows.into_values().collect(),
            "ON CONFLICT (id) DO UPDATE SET bits = excluded.bits, claimed = excluded.claimed",
        );
        Ok(compared)
    }
}

/// Takes somebody out at once, in the transaction that is open. Whom that concerns is looked at anew by whoever
/// follows.
pub(in crate::store) async fn forget(
    database: &mut Database,
    people_per_key: u32,
    id: &ProfileId,
) -> Result<BTreeSet<ProfileId>, StoreError> {
    let old = keys::entries(database, &BTreeSet::from([id.clone()])).await?.remove(id);
    let mut members = Members::new(people_per_key);
    members.plan(old.as_ref(), None);
    members.read(database).await?;
    let rare: BTreeSet<i64> = members.become_rare().flatten().collect();
    let concerned = keys::named(database, &rare).await?.into_values().collect();
    let mut rows = Rows::default();
    keys::write(&mut rows, id, old.as_ref(), None);
    let mut batch = Batch::default();
    rows.add_to(&mut batch);
    // A digest that nobody has.
    batch.keyed(
        "UPDATE suggest_people SET digest = -1 WHERE n IN",
        rare.into_iter().map(|n| row![n]).collect(),
    );
    if !batch.is_empty() {
        batch.execute(database).await?;
    }
    Ok(concerned)
}
