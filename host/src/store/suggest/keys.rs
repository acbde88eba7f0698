//! The rows of the index: which keys a person has, and who has a key.

use std::collections::hash_map::Entry as Place;
use std::collections::{BTreeSet, HashMap};

use crate::model::id::ProfileId;
use crate::store::StoreError;
use crate::store::batch::{Batch, Value, row};
use crate::store::engine::Database;
use crate::store::profiles::profile_id;

/// Bytes of a key as it is kept beside its person.
const BYTES: usize = 6;
/// Keys that are looked up by one statement: most people have fewer.
const TOGETHER: usize = 32;

/// A person's row in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The person's number in the index.
    pub(super) n: i64,
    /// What [`Person::digest`](super::people::Person::digest) was.
    pub(super) digest: i64,
    /// The keys.
    pub(super) keys: BTreeSet<i64>,
}

impl Entry {
    fn bytes(&self) -> Vec<u8> {
        self.keys.iter().flat_map(|key| key.to_be_bytes().into_iter().skip(8 - BYTES)).collect()
    }
}

/// The rows of people, by their ids.
pub(super) async fn entries(
    database: &mut Database,
    ids: &BTreeSet<ProfileId>,
) -> Result<HashMap<ProfileId, Entry>, StoreError> {
    let mut batch = Batch::default();
    let keys = ids.iter().map(|id| row![id.as_str()]).collect();
    batch.keyed("SELECT profile, n, digest, keys FROM suggest_people WHERE profile IN", keys);
    let mut entries = HashMap::new();
    if batch.is_empty() {
        return Ok(entries);
    }
    for row in batch.fetch(database).await? {
        let bytes: Vec<u8> = row.get(3);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte));
        let keys = bytes.chunks_exact(BYTES).map(number).collect();
        entries.insert(profile_id(&row, 0)?, Entry { n: row.get(1), digest: row.get(2), keys });
    }
    Ok(entries)
}

/// Whose the numbers are.
pub(super) async fn named(
    database: &mut Database,
    people: &BTreeSet<i64>,
) -> Result<HashMap<i64, ProfileId>, StoreError> {
    let mut batch = Batch::default();
    batch
        .keyed("SELECT n, profile FROM suggest_people WHERE n IN", people.iter().map(|n| row![*n]).collect());
    if batch.is_empty() {
        return Ok(HashMap::new());
    }
    batch.fetch(database).await?.iter().map(|row| Ok((row.get(0), profile_id(row, 1)?))).collect()
}

/// The highest number of a person: how many are in the index, or were.
pub(super) async fn highest(database: &mut Database) -> Result<i64, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT coalesce(max(n), 0) FROM suggest_people", row![]);
    Ok(batch.fetch(database).await?.first().map_or(0, |row| row.get(0)))
}

/// Who has a key, before what is planned and after it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sharers {
    before: Vec<i64>,
    /// Whether there are more than `before` lists.
    cut: bool,
    come: Vec<i64>,
    gone: Vec<i64>,
}

impl Sharers {
    /// Everybody before; `None` where it is more than `most`.
    pub(super) fn before(&self, most: usize) -> Option<&[i64]> {
        (!self.cut && self.before.len() <= most).then_some(&*self.before)
    }

    /// Everybody after; `None` where it is more than `most`.
    pub(super) fn after(&self, most: usize) -> Option<Vec<i64>> {
        if self.cut {
            return None;
        }
        let stayed = self.before.iter().filter(|person| !self.gone.contains(person));
        let after: Vec<i64> = stayed.chain(&self.come).copied().collect();
        (after.len() <= most).then_some(after)
    }
}

/// Who has which key.
#[derive(Debug, Default)]
pub(super) struct Members {
    most: usize,
    keys: HashMap<i64, Sharers>,
}

impl Members {
    /// Nobody, where keys of more than `most` people are passed over.
    pub(super) fn new(most: u32) -> Self {
        Self { most: most as usize, keys: HashMap::new() }
    }

    /// Plans one row in place of another.
    pub(super) fn plan(&mut self, old: Option<&Entry>, new: Option<&Entry>) {
        let none = BTreeSet::new();
        let (before, after) = (old.map_or(&none, |old| &old.keys), new.map_or(&none, |new| &new.keys));
        for entry in [old, new].into_iter().flatten() {
            for key in &entry.keys {
                let sharers = self.keys.entry(*key).or_default();
                match (before.contains(key), after.contains(key)) {
                    (true, false) => sharers.gone.push(entry.n),
                    (false, true) => sharers.come.push(entry.n),
                    _ => {}
                }
            }
        }
    }

    /// Reads who has the keys that are planned.
    pub(super) async fn read(&mut self, database: &mut Database) -> Result<(), StoreError> {
        // Of a key that everybody has no more is read than tells whether it is too much, however many go.
        let limit = |sharers: &Sharers| (self.most + sharers.gone.len() + 1) as i64;
        let wanted = self.keys.iter().map(|(key, sharers)| (*key, limit(sharers))).collect();
        self.look_up(database, wanted).await
    }

    /// Reads who has further keys, of which nothing is planned.
    pub(super) async fn read_more(
        &mut self,
        database: &mut Database,
        keys: BTreeSet<i64>,
    ) -> Result<(), StoreError> {
        let limit = self.most as i64 + 1;
        let mut wanted = Vec::new();
        for key in keys {
            if let Place::Vacant(place) = self.keys.entry(key) {
                place.insert(Sharers::default());
                wanted.push((key, limit));
            }
        }
        self.look_up(database, wanted).await
    }

    async fn look_up(&mut self, database: &mut Database, wanted: Vec<(i64, i64)>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let one =
            "SELECT * FROM (SELECT key, person FROM suggest_keys WHERE key = ? ORDER BY person LIMIT ?) k";
        let many = vec![one; TOGETHER].join(" UNION ALL ");
        for some in wanted.chunks(TOGETHER) {
            // No key is below zero.
            let values: [Value; 2 * TOGETHER] = std::array::from_fn(|at| {
                let (key, limit) = some.get(at / 2).copied().unwrap_or((-1, 0));
                Value::Int(if at % 2 == 0 { key } else { limit })
            });
            batch.add(&many, values);
        }
        if batch.is_empty() {
            return Ok(());
        }
        for row in batch.fetch(database).await? {
            if let Some(sharers) = self.keys.get_mut(&row.get::<i64, _>(0)) {
                sharers.before.push(row.get(1));
            }
        }
        for (key, limit) in wanted {
            if let Some(sharers) = self.keys.get_mut(&key) {
                sharers.cut = sharers.before.len() as i64 >= limit;
            }
        }
        Ok(())
    }

    /// Keys that too many have from now on: who had each.
    pub(super) fn become_common(&self) -> impl Iterator<Item = &[i64]> {
        let common = self.keys.values().filter(move |key| key.after(self.most).is_none());
        common.filter_map(move |key| key.before(self.most))
    }

    /// Keys that few enough have from now on: who has each.
    pub(super) fn become_rare(&self) -> impl Iterator<Item = Vec<i64>> {
        let rare = self.keys.values().filter(move |key| key.before(self.most).is_none());
        rare.filter_map(move |key| key.after(self.most))
    }

    /// Everybody who shares one of these keys with few enough.
    pub(super) fn sharing<'a>(&self, keys: impl IntoIterator<Item = &'a i64>) -> BTreeSet<i64> {
        let few = keys.into_iter().filter_map(|key| self.keys.get(key)?.after(self.most));
        few.flatten().collect()
    }
}

/// Adds what makes the rows of a person `new` instead of `old`.
pub(super) fn write(batch: &mut Rows, id: &ProfileId, old: Option<&Entry>, new: Option<&Entry>) {
    let none = BTreeSet::new();
    let (before, after) = (old.map_or(&none, |old| &old.keys), new.map_or(&none, |new| &new.keys));
    if let Some(old) = old {
        batch.gone.extend(before.difference(after).map(|key| row![*key, old.n]));
        if new.is_none() {
            batch.left.push(row![id.as_str()]);
        }
    }
    if let Some(new) = new {
        batch.come.extend(after.difference(before).map(|key| row![*key, new.n]));
        batch.people.push(row![new.n, id.as_str(), new.digest, new.bytes()]);
    }
}

/// Rows of the index to be written.
#[derive(Default)]
pub(super) struct Rows {
    gone: Vec<[Value; 2]>,
    come: Vec<[Value; 2]>,
    left: Vec<[Value; 1]>,
    people: Vec<[Value; 4]>,
}

impl Rows {
    /// Adds the statements that write them.
    pub(super) fn add_to(self, batch: &mut Batch) {
        batch.keyed("DELETE FROM suggest_keys WHERE (key, person) IN", self.gone);
        for sql in [
            "DELETE FROM suggest_people WHERE profile IN",
            "DELETE FROM suggestions WHERE a IN",
            "DELETE FROM suggestions WHERE b IN",
        ] {
            batch.keyed(sql, self.left.clone());
        }
        batch.rows(
            "INSERT INTO suggest_people (n, profile, digest, keys)",
            self.people,
            "ON CONFLICT (profile) DO UPDATE SET digest = excluded.digest, keys = excluded.keys",
        );
        batch.rows(
            "INSERT INTO suggest_keys (key, person)",
            self.come,
            "ON CONFLICT (key, person) DO NOTHING",
        );
    }
}
