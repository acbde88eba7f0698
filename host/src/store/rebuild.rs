//! Folding everything anew from the log, while the hub serves.
//!
//! The log is read once to see which events may concern the same people. Each such lot is then folded anew
//! in a transaction of its own, so that whatever goes on meanwhile waits for one lot at most, and what came
//! meanwhile is part of it. A lot that is stored as the fold has it is left as it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::batch::{Batch, Value, row};
use super::engine::{Database, Row};
use super::refold::{self, Seeds};
use super::{Store, StoreError, events};
use crate::model::event::Body;
use crate::model::fold::{Naming, Node};
use crate::model::id::{EventId, IdKey, ProfileId};
use crate::model::rules::Rules;

/// Events read at a time.
const CHUNK: u32 = 5_000;
/// Events of the lots that are folded in one transaction, beyond the first.
const TOGETHER: usize = 2_000;

/// How far it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events read.
    pub read: u64,
    /// Events folded.
    pub folded: u64,
    /// Events in all.
    pub of: u64,
}

/// People who would be, or were, joined or parted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Who they were.
    pub before: Vec<ProfileId>,
    /// Who they are.
    pub after: Vec<ProfileId>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rebuilt {
    /// Events in the log.
    pub events: u64,
    /// People who were looked at.
    pub people: u64,
    /// People of whom something was stored otherwise than the fold has it.
    pub differed: u64,
    /// People who were one and are several, or the other way round.
    pub changes: Vec<Change>,
}

/// What to do with what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Tell,
    Mend,
}

impl Store {
    /// Folds everybody anew from the log and mends what is stored otherwise; with `only_tell`, tells what
    /// would be mended and changes nothing.
    ///
    /// # Errors
    /// When the log cannot be read or a change cannot be committed now; everything before stands.
    pub async fn rebuild(
        &self,
        only_tell: bool,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Rebuilt, StoreError> {
        let mode = if only_tell { Mode::Tell } else { Mode::Mend };
        let rules = self.rules().await?;
        self.fold_anew(&rules, &rules, mode, progress).await
    }

    /// Whom other rules would join or part. Changes nothing.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn try_rules(
        &self,
        rules: &Rules,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Rebuilt, StoreError> {
        let before = self.rules().await?;
        self.fold_anew(rules, &before, Mode::Tell, progress).await
    }

    /// Puts other rules into force and folds everybody anew by them. What comes meanwhile is folded by the
    /// new ones, too. When it is cut short, [`rebuild`](Self::rebuild) finishes it.
    ///
    /// # Errors
    /// When the log cannot be read or a change cannot be committed now.
    pub async fn set_rules(
        &self,
        rules: &Rules,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Rebuilt, StoreError> {
        let before = self.rules().await?;
        let mut batch = Batch::default();
        batch.replace("meta", "name", "value", vec![row!["rules", rules.to_string()]]);
        // Whatever was folded by the old ones is in the log before it is read.
        self.inner.writer.transact(|database| Box::pin(batch.execute(database))).await?;
        self.fold_anew(rules, &before, Mode::Mend, progress).await
    }

    async fn fold_anew(
        &self,
        rules: &Rules,
        before: &Rules,
        mode: Mode,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Rebuilt, StoreError> {
        let mut lots = Lots::new(self.inner.key.clone());
        let mut at =
            Progress { of: u64::try_from(self.last_seq().await?).unwrap_or(0), ..Progress::default() };
        let mut seq = 0;
        let both = [rules, before];
        let by = &both[..if rules.to_string() == before.to_string() { 1 } else { 2 }];
        loop {
            let chunk = self.events_after(seq, CHUNK).await?;
            let Some(last) = chunk.last() else { break };
            seq = last.seq;
            at.read += chunk.len() as u64;
            for logged in &chunk {
                // What is stored was joined by the rules that were in force.
                lots.take(by, logged);
            }
            progress(at);
        }
        at.of = at.read;
        let mut rebuilt = Rebuilt { events: at.read, ..Rebuilt::default() };
        let mut lots = lots.finish().into_iter().peekable();
        while lots.peek().is_some() {
            let (mut together, mut size) = (Vec::new(), 0);
            while let Some(lot) = lots.next_if(|lot| size == 0 || size + lot.len() <= TOGETHER) {
                size += lot.len();
                together.push(lot);
            }
            let (key, rules) = (self.inner.key.clone(), rules.clone());
            let done = self
                .inner
                .writer
                .transact(move |database| {
                    Box::pin(async move {
                        let mut done = Rebuilt::default();
                        for lot in together {
                            one(database, &key, &rules, mode, lot, &mut done).await?;
                        }
                        Ok(done)
                    })
                })
                .await?;
            rebuilt.people += done.people;
            rebuilt.differed += done.differed;
            rebuilt.changes.extend(done.changes);
            at.folded += size as u64;
            progress(at);
        }
        Ok(rebuilt)
    }
}

/// Folds one lot anew, in the transaction that is open.
async fn one(
    database: &mut Database,
    key: &IdKey,
    rules: &Rules,
    mode: Mode,
    seqs: Vec<i64>,
    done: &mut Rebuilt,
) -> Result<(), StoreError> {
    let mut look = Batch::default();
    look.keyed(
        "SELECT id, profile FROM events WHERE seq IN",
        seqs.into_iter().map(|seq| row![seq]).collect(),
    );
    let mut seeds = Seeds { through_shared: true, ..Seeds::default() };
    for row in look.fetch(database).await? {
        let bad = super::error::corrupt("events");
        seeds.events.push(row.get::<String, _>(0).parse().map_err(|e| bad(&e))?);
        let profile = row.get::<Option<String>, _>(1).map(|id| id.parse()).transpose();
        seeds.people.extend(profile.map_err(|e| bad(&e))?);
    }
    let (closure, identity) = refold::look(database, key, rules, seeds).await?;
    let homes = closure.homes();
    let people: BTreeSet<&ProfileId> = homes.values().copied().chain(identity.homes.values()).collect();
    done.people += identity.roots.len() as u64;
    database.run("SAVEPOINT lot").await?;
    let before = dump(database, &people).await?;
    refold::replace(database, key, rules, &closure, &identity).await?;
    let after = dump(database, &people).await?;
    if before != after {
        done.differed += differing(&before, &after);
        done.changes.extend(changes(&homes, &identity.homes));
    }
    if mode == Mode::Tell || before == after {
        database.run("ROLLBACK TO lot").await?;
    }
    database.run("RELEASE lot").await?;
    Ok(())
}

/// Who was joined or parted, from whose every event was and is.
fn changes(before: &BTreeMap<&EventId, &ProfileId>, after: &BTreeMap<EventId, ProfileId>) -> Vec<Change> {
    let mut went: BTreeMap<&ProfileId, BTreeSet<&ProfileId>> = BTreeMap::new();
    let mut came: BTreeMap<&ProfileId, BTreeSet<&ProfileId>> = BTreeMap::new();
    for (event, old) in before {
        if let Some(new) = after.get(*event) {
            went.entry(old).or_default().insert(new);
            came.entry(new).or_default().insert(old);
        }
    }
    let owned = |ids: &BTreeSet<&ProfileId>| ids.iter().map(|id| (*id).clone()).collect::<Vec<_>>();
    let parted = went.iter().filter(|(_, new)| new.len() > 1);
    let parted = parted.map(|(old, new)| Change { before: vec![(*old).clone()], after: owned(new) });
    let joined = came.iter().filter(|(_, old)| old.len() > 1);
    let joined = joined.map(|(new, old)| Change { before: owned(old), after: vec![(*new).clone()] });
    parted.chain(joined).collect()
}

/// Everything that is stored of people, a text for each row, by whom it is of.
async fn dump(
    database: &mut Database,
    people: &BTreeSet<&ProfileId>,
) -> Result<BTreeSet<(String, String)>, StoreError> {
    let mut rows = BTreeSet::new();
    for (table, columns, owner) in [
        ("profiles", "*", "id"),
        // Without `held_since`: of several times from which on a device is somebody's each is right.
        ("identifiers", "key, since, namespace, value, evidence, seen, shared, starts", "profile"),
        ("matters", "*", "profile"),
        ("attributes", "*", "profile"),
        ("claims", "*", "profile"),
        ("consents", "*", "profile"),
        ("events", "id", "profile"),
        ("messages", "id, conversation, inbound", "profile"),
        // Without how far they reached: of several that are written at different times each is right.
        (
            "conversations",
            "id, state, first_at, message_at, message, received_at, received, received_on, sent_at, waiting_since, \
             assignee, team, priority, tags, snoozed_until, resolved_at, messages, inbound, notes, head",
            "profile",
        ),
        ("mentions", "*", "profile"),
        ("records", "connection, kind, vendor_id", "profile"),
    ] {
        let mut look = Batch::default();
        look.keyed(
            &format!("SELECT {owner}, {columns} FROM {table} WHERE {owner} IN"),
            people.iter().map(|id| row![id.as_str()]).collect(),
        );
        for row in look.fetch(database).await? {
            rows.insert((row.get::<String, _>(0), format!("{table} {}", text(&row))));
        }
    }
    Ok(rows)
}

/// A row as text.
fn text(row: &Row) -> String {
    let mut out = String::new();
    for column in 0..row.len() {
        match row.value(column) {
            Value::Null => out.push('-'),
            Value::Int(int) => out.push_str(&int.to_string()),
            Value::Text(text) => out.push_str(&text),
            Value::Blob(bytes) => out.push_str(&hex::encode(bytes)),
        }
        out.push('\u{1f}');
    }
    out
}

fn differing(before: &BTreeSet<(String, String)>, after: &BTreeSet<(String, String)>) -> u64 {
    let who: BTreeSet<&String> = before.symmetric_difference(after).map(|(who, _)| who).collect();
    who.len() as u64
}

/// Which events may concern the same people: whatever names the same, is part of the same matter, was
/// decided of together, or is stored as one person's.
struct Lots {
    key: IdKey,
    places: HashMap<[u8; 16], u32>,
    parent: Vec<u32>,
    events: Vec<(u32, i64)>,
}

impl Lots {
    fn new(key: IdKey) -> Self {
        Self { key, places: HashMap::new(), parent: Vec::new(), events: Vec::new() }
    }

    fn place(&mut self, id: &ProfileId) -> u32 {
        let mut short = [0_u8; 16];
        // Ids are 26 letters that hold 128 bits; the last 16 of them are more than enough to tell two apart.
        for (to, from) in short.iter_mut().zip(id.as_str().bytes().rev()) {
            *to = from;
        }
        let next = u32::try_from(self.parent.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(short).or_insert(next);
        if place == next {
            self.parent.push(next);
        }
        place
    }

    fn find(&mut self, mut place: u32) -> u32 {
        while self.parent[place as usize] != place {
            self.parent[place as usize] = self.parent[self.parent[place as usize] as usize];
            place = self.parent[place as usize];
        }
        place
    }

    fn take(&mut self, rules: &[&Rules], logged: &events::LoggedEvent) {
        let mut names: Vec<ProfileId> = Vec::new();
        for rules in rules {
            let naming = Naming::of(&self.key, rules, &logged.event);
            for named in naming.people.iter().chain(&naming.devices) {
                names.push(Node::first(named.identifier.clone()).key(&self.key));
                if named.before {
                    let since = Some(logged.event.said.occurred_at);
                    names.push(Node { identifier: named.identifier.clone(), since }.key(&self.key));
                }
            }
            names.extend(naming.matter.map(|matter| Node::first(matter).key(&self.key)));
        }
        if let Body::Decision(decision) = &logged.event.said.body {
            names.extend(decision.verdict.names().cloned());
        }
        names.extend(logged.profile.clone());
        let mut names = names.iter();
        let Some(first) = names.next() else { return };
        let first = self.place(first);
        for name in names {
            let (a, b) = (self.place(name), first);
            let (a, b) = (self.find(a), self.find(b));
            self.parent[a.max(b) as usize] = a.min(b);
        }
        self.events.push((first, logged.seq));
    }

    /// The events of each lot.
    fn finish(mut self) -> Vec<Vec<i64>> {
        let mut lots: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
        for (place, seq) in std::mem::take(&mut self.events) {
            lots.entry(self.find(place)).or_default().push(seq);
        }
        lots.into_values().collect()
    }
}
