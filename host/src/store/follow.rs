//! Indexes that follow the log: each is brought up to what was committed, after it was committed, so that
//! whoever commits does not wait for them.
//!
//! An index has a place in the log (`followers.seq`). [`Store::follow`] reads the next events, and with them
//! the people and messages of which something changed without an event that says so ([`moved`]): those whom a
//! merge, a split or other rules moved, and what the hub sent. For all of these the index works out, from one
//! snapshot, what is to be written, and the writer commits that together with the index's new place, if nobody
//! changed the index meanwhile (`followers.turn`): two processes may follow at once, and what was erased is not
//! written back by one that had read it before.
//!
//! An index that is new, or of another version than the program's, is emptied and filled from the beginning of
//! the log.

use std::collections::{BTreeSet, HashMap};

use super::batch::{Batch, Value, row};
use super::engine::Database;
use super::error::corrupt;
use super::events::LoggedEvent;
use super::locks::Stand;
use super::{Store, StoreError, search, suggest};
use crate::model::event::{Body, EventKind};
use crate::model::id::{IdKey, MessageId, ProfileId};

/// How many events, and how many of those that moved, are looked at in one step: what the writer then commits
/// for them holds nobody up for long.
const STEP: u32 = 512;

/// The version of an index that is being emptied, and of one that is empty and to be filled.
const EMPTYING: i64 = 0;
const EMPTY: i64 = -1;

/// An index that follows the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Index {
    /// What people are searched by.
    Search,
    /// Who may be one person.
    Suggestions,
}

impl Index {
    /// Every index.
    pub(super) const ALL: [Self; 2] = [Self::Search, Self::Suggestions];

    /// Its name in the database.
    fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Suggestions => suggest::NAME,
        }
    }

    /// Which version of it this program keeps, from 1; a greater one has it built anew.
    fn version(self, store: &Store) -> i64 {
        match self {
            Self::Search => 2,
            Self::Suggestions => suggest::version(store.inner.people_per_key),
        }
    }

    /// How its changes stand to those of other processes.
    fn stand(self) -> Stand {
        match self {
            // All that it writes is its own, and `followers.turn` lets one at a time.
            Self::Search => Stand::Beside,
            Self::Suggestions => Stand::Alone,
        }
    }

    /// What is to be written so that the index says of `touched` what the database says now.
    async fn plan(
        self,
        store: &Store,
        database: &mut Database,
        touched: &Touched,
    ) -> Result<Batch, StoreError> {
        match self {
            Self::Search => search::plan(database, touched).await,
            Self::Suggestions => suggest::plan(store, database, &touched.people).await,
        }
    }

    /// Deletes what it holds of a person, in the transaction that is open.
    async fn forget(self, database: &mut Database, profile: &ProfileId) -> Result<(), StoreError> {
        match self {
            Self::Search => search::forget(database, profile).await,
            Self::Suggestions => suggest::forget(database, profile).await,
        }
    }

    /// Deletes a part of it, in the transaction that is open; whether there may be more.
    async fn clear(self, database: &mut Database) -> Result<bool, StoreError> {
        match self {
            Self::Search => search::clear(database).await,
            Self::Suggestions => suggest::clear(database).await,
        }
    }
}

/// Of whom and of what something may have changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// People, under the ids that they had; some may be nobody's any more.
    pub(super) people: BTreeSet<ProfileId>,
    /// Messages; some may be part of others by now, or gone.
    pub(super) messages: BTreeSet<MessageId>,
}

impl Touched {
    /// Takes in whom an event is about, and which message.
    fn event(&mut self, key: &IdKey, logged: &LoggedEvent) {
        // What an assistant says of a message changes nobody whom it does not name.
        if logged.kind == EventKind::Insight && logged.event.said.subject.is_empty() {
            return;
        }
        // Nor what was done with conversations, or noted in them.
        if matches!(logged.kind, EventKind::Conversation | EventKind::Note) {
            return;
        }
        self.people.extend(logged.profile.clone());
        let vendor_id = match &logged.event.said.body {
            Body::MessageReceived(message) | Body::MessageSent(message) => &message.id,
            Body::MessageEdited(edit) => &edit.id,
            Body::MessageDeleted(deleted) => &deleted.id,
            // It may have shown that two messages are one.
            Body::MessageStatus(status) => &status.message,
            _ => return,
        };
        self.messages.insert(MessageId::derived(key, &[logged.event.connection.as_str(), vendor_id]));
    }

    /// Takes in what [`moved`] noted.
    fn moved(&mut self, id: &str) -> Result<(), StoreError> {
        if let Ok(message) = id.parse::<MessageId>() {
            self.messages.insert(message);
        } else {
            self.people.insert(id.parse().map_err(|e| corrupt("moved")(&e))?);
        }
        Ok(())
    }
}

/// Notes people or messages of which something changes without an event that says so, in the transaction that
/// changes it: under the ids that they had, and those that they have.
pub(super) fn moved<'a>(batch: &mut Batch, ids: impl IntoIterator<Item = &'a str>) {
    let again = "ON CONFLICT (follower, id) DO UPDATE SET n = moved.n + 1";
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    for index in Index::ALL {
        let mut rows: Vec<[Value; 3]> = ids.iter().map(|id| row![index.name(), *id, 1_i64]).collect();
        match rows.len() {
            // Among the changes of a group of deliveries, a block would be of the group's size.
            1 => batch.add(&format!("INSERT INTO moved VALUES (?, ?, ?) {again}"), rows.remove(0)),
            _ => batch.rows("INSERT INTO moved", rows, again),
        }
    }
}

/// Takes a person out of every index, in the transaction that is open. To be called before what is stored of the
/// person is deleted, their messages above all, and by the id that they have now.
pub(super) async fn forget(database: &mut Database, profile: &ProfileId) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    // What was read of the person before this is not written back. First, as whoever follows does.
    batch.add("UPDATE followers SET turn = turn + 1", row![]);
    batch.execute(database).await?;
    for index in Index::ALL {
        index.forget(database, profile).await?;
    }
    let mut batch = Batch::default();
    // Whatever is left of the person afterwards is looked at once more.
    moved(&mut batch, [profile.as_str()]);
    for index in Index::ALL {
        batch.add(
            "INSERT INTO moved SELECT ?, id, 1 FROM messages WHERE profile = ? \
             ON CONFLICT (follower, id) DO UPDATE SET n = moved.n + 1",
            row![index.name(), profile.as_str()],
        );
    }
    batch.execute(database).await.map(drop)
}

/// What whoever follows remembers between steps.
#[derive(Debug, Default)]
pub struct Following {
    /// The turn and the place of an index for whom the last events meant nothing, so that nothing was written.
    passed: HashMap<Index, (i64, i64)>,
}

/// Where an index is.
struct Place {
    version: i64,
    seq: i64,
    turn: i64,
}

impl Store {
    /// Brings every index a step nearer to the log; whether there may be more to do at once.
    ///
    /// # Errors
    /// When the database cannot be read, or a change cannot be committed now. Nothing is lost: the next call
    /// goes on where this one stood.
    pub async fn follow(&self, following: &mut Following) -> Result<bool, StoreError> {
        let mut more = false;
        for index in Index::ALL {
            more |= self.follow_one(index, following).await?;
        }
        Ok(more)
    }

    /// Brings every index up to what is committed now. `progress` hears how many events the one that is
    /// furthest behind has, and how many there are.
    ///
    /// # Errors
    /// As [`follow`](Self::follow).
    pub async fn follow_to_end(&self, mut progress: impl FnMut(u64, u64) + Send) -> Result<(), StoreError> {
        let mut following = Following::default();
        while self.follow(&mut following).await? {
            let (behind, all) = (self.behind().await?, u64::try_from(self.last_seq().await?).unwrap_or(0));
            progress(all.saturating_sub(behind), all);
        }
        Ok(())
    }

    /// Has every index emptied and filled anew, by whoever follows.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn follow_anew(&self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("UPDATE followers SET version = ?, seq = 0, turn = turn + 1", row![EMPTYING]);
        self.write(batch).await.map(drop)
    }

    /// How many events the index that is furthest behind has not seen.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn behind(&self) -> Result<u64, StoreError> {
        let mut least = i64::MAX;
        for index in Index::ALL {
            least = least.min(self.place(index).await?.map_or(0, |place| place.seq));
        }
        Ok(u64::try_from(self.last_seq().await?.saturating_sub(least)).unwrap_or(0))
    }

    /// Takes a person out of every index at once, in a transaction of its own: everything that names them, and
    /// the words that nobody else bears. Whatever is still stored of them is indexed again by whoever follows.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn unindex(&self, profile: &ProfileId) -> Result<(), StoreError> {
        let profile = profile.clone();
        self.inner
            .writer
            .transact(move |database| Box::pin(async move { forget(database, &profile).await }))
            .await
    }

    async fn place(&self, index: Index) -> Result<Option<Place>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT version, seq, turn FROM followers WHERE name = ?", row![index.name()]);
        let rows = self.read(batch).await?;
        Ok(rows.first().map(|row| Place { version: row.get(0), seq: row.get(1), turn: row.get(2) }))
    }

    async fn follow_one(&self, index: Index, following: &mut Following) -> Result<bool, StoreError> {
        let version = index.version(self);
        let place = match self.place(index).await? {
            Some(place) if place.version == version => place,
            other => return self.empty(index, other).await,
        };
        let passed = following.passed.get(&index).filter(|(turn, _)| *turn == place.turn);
        let from = passed.map_or(place.seq, |(_, seq)| place.seq.max(*seq));
        let logged = self.events_after(from, STEP).await?;
        let mut look = Batch::default();
        look.add("SELECT id, n FROM moved WHERE follower = ? ORDER BY id LIMIT ?", row![index.name(), STEP]);
        let noted = self.read(look).await?;
        let Some(to) = logged.last().map(|last| last.seq).or((!noted.is_empty()).then_some(from)) else {
            return Ok(false);
        };
        let mut touched = Touched::default();
        logged.iter().for_each(|event| touched.event(&self.inner.key, event));
        let mut done: Vec<[Value; 3]> = Vec::with_capacity(noted.len());
        for note in &noted {
            touched.moved(note.get(0))?;
            done.push(row![index.name(), note.get::<&str, _>(0), note.get::<i64, _>(1)]);
        }
        let full = |count: usize| count >= STEP as usize;
        let more = full(logged.len()) || full(noted.len());
        // Everything from one snapshot: what changes after it has an event, or is noted, and comes again.
        let mut snapshot = self.inner.readers.begin().await?;
        let mut plan = index.plan(self, &mut snapshot, &touched).await?;
        drop(snapshot);
        if plan.is_empty() && done.is_empty() && !full(logged.len()) {
            following.passed.insert(index, (place.turn, to));
            return Ok(more);
        }
        plan.keyed("DELETE FROM moved WHERE (follower, id, n) IN", done);
        self.inner
            .writer
            .transact_as(index.stand(), move |database| {
                Box::pin(async move {
                    if step(database, index, &place, version, to).await? && !plan.is_empty() {
                        plan.execute_once(database).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(more)
    }

    /// Empties an index a part at a time, and has it begin at the beginning of the log. There is always more.
    async fn empty(&self, index: Index, place: Option<Place>) -> Result<bool, StoreError> {
        let version = index.version(self);
        let Some(place) = place else {
            let mut batch = Batch::default();
            batch.add(
                "INSERT INTO followers VALUES (?, ?, 0, 0) ON CONFLICT (name) DO NOTHING",
                row![index.name(), EMPTY],
            );
            return self.write(batch).await.map(|_| true);
        };
        // No event leads to whoever only has a name that other people's events brought.
        let mut look = Batch::default();
        if place.version == EMPTY {
            look.add(
                "SELECT DISTINCT i.profile FROM identifiers i \
                 WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.profile = i.profile)",
                row![],
            );
        }
        let lone = self.read(look).await?;
        let lone: Vec<String> = lone.iter().map(|row| row.get(0)).collect();
        self.inner
            .writer
            .transact_as(index.stand(), move |database| {
                Box::pin(async move {
                    if place.version == EMPTY {
                        if step(database, index, &place, version, 0).await? && !lone.is_empty() {
                            let mut batch = Batch::default();
                            moved(&mut batch, lone.iter().map(String::as_str));
                            batch.execute(database).await?;
                        }
                    } else if step(database, index, &place, EMPTYING, 0).await?
                        && !index.clear(database).await?
                    {
                        let mut batch = Batch::default();
                        batch.add(
                            "UPDATE followers SET version = ? WHERE name = ?",
                            row![EMPTY, index.name()],
                        );
                        batch.execute(database).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(true)
    }
}

/// Moves an index on, in the transaction that is open; whether nobody else did meanwhile.
async fn step(
    database: &mut Database,
    index: Index,
    from: &Place,
    version: i64,
    seq: i64,
) -> Result<bool, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "UPDATE followers SET version = ?, seq = ?, turn = turn + 1 WHERE name = ? AND turn = ?",
        row![version, seq, index.name(), from.turn],
    );
    Ok(batch.execute(database).await? > 0)
}
