//! Erasing people: from the log and from everything that was made of it, in one transaction.
//!
//! The person's events are emptied and stay where they are, so that what says the same again is still
//! recognised; tombstones keep late news from bringing the person back; everybody else whom the person's
//! events, names or decisions may concern is folded anew. A rebuild from the log then finds nothing to mend.

mod beside;
mod connection;
mod scope;

use std::collections::BTreeSet;

use serde::Serialize;

use super::audit::Audit;
use super::batch::{Batch, row};
use super::decide::in_force;
use super::profiles::current;
use super::refold::{self, Seeds};
use super::tombstones::{self, NewStone};
use super::{Store, StoreError, follow};
use crate::model::fold::{Node, is_inner};
use crate::model::id::{ConnectionId, IdKey, ProfileId};
use crate::model::identifier::Identifier;
use crate::store::engine::Database;
use scope::Scope;

/// Whom to erase, and who says so.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The person; any id that ever stood for them.
    pub profile: ProfileId,
    /// Only what this connection said of the person and did for them; `None` erases the person.
    pub connection: Option<ConnectionId>,
    /// Who says so, by the name that the audit log uses.
    pub by: String,
    /// Why, for the audit log, which keeps it.
    pub reason: String,
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Erased {
    /// Every id that stood for the person.
    pub profiles: Vec<ProfileId>,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Whether something of the person is left, which other connections said.
    pub remains: bool,
    /// Names of the person, typed ones not counted.
    pub identifiers: u64,
    /// Events that were emptied.
    pub events: u64,
    /// Events of other people out of which the person's names were taken.
    pub others: u64,
    /// Messages, those included that the hub sent.
    pub messages: u64,
    /// Orders, parcels and other records.
    pub records: u64,
    /// Requests of vendors that were kept, and held something of the person; what others said in the same
    /// request went with it.
    pub deliveries: u64,
    /// Entries that plugins kept.
    pub key_values: u64,
    /// Messages to send, those sent already included.
    pub outbox: u64,
}

/// Why nobody was erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unerasable {
    /// Nobody has, or ever had, the id.
    #[error("nobody has, or ever had, the id {0}")]
    Nobody(ProfileId),
    /// The person was erased already.
    #[error("whoever had the id {id} was erased already")]
    Already {
        /// The id.
        id: ProfileId,
        /// When: milliseconds since the epoch, UTC.
        at: i64,
    },
}

impl Store {
    /// Erases a person, or what one connection said of them. Nothing of it can be brought back.
    ///
    /// # Errors
    /// `Ok(Err(…))` when there is nobody; [`StoreError`] when it cannot be committed now, and nothing was
    /// changed then.
    pub async fn erase(&self, erasure: Erasure) -> Result<Result<Erased, Unerasable>, StoreError> {
        let (key, at) = (self.inner.key.clone(), self.inner.ambient.now_ms());
        let done = self
            .inner
            .writer
            .transact(move |database| Box::pin(async move { run(database, &key, &erasure, at).await }))
            .await?;
        if done.is_ok() {
            self.scrub().await;
        }
        Ok(done)
    }

    /// When whoever had this id was erased, in milliseconds since the epoch, UTC; `None` where nobody was. The
    /// same id can be somebody's again who came back since.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn erased_at(&self, id: &ProfileId) -> Result<Option<i64>, StoreError> {
        let mut database = self.inner.readers.acquire().await?;
        erased_at(&mut database, id).await
    }

    /// Empties the log of changes that the database keeps beside its file: what was overwritten in the file
    /// still stands there. While somebody reads an older state it waits for the next time. A server has its own
    /// ways: what is replaced there goes with its next vacuum.
    async fn scrub(&self) {
        if self.is_shared() {
            return;
        }
        let mut batch = Batch::default();
        batch.add("PRAGMA wal_checkpoint(TRUNCATE)", row![]);
        let busy = match self.read(batch).await {
            Ok(rows) => rows.first().is_none_or(|row| row.get::<i64, _>(0) != 0),
            Err(_) => true,
        };
        if busy {
            tracing::warn!(
                "the database's log of changes could not be emptied after an erasure; it is as soon as nobody reads an \
                 older state, at the latest when the hub stops"
            );
        }
    }
}

async fn erased_at(database: &mut Database, id: &ProfileId) -> Result<Option<i64>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT at FROM erased WHERE id = ?", row![id.as_str()]);
    Ok(batch.fetch(database).await?.first().map(|row| row.get(0)))
}

/// Erases in the transaction that is open. `at` is now.
async fn run(
    database: &mut Database,
    key: &IdKey,
    erasure: &Erasure,
    at: i64,
) -> Result<Result<Erased, Unerasable>, StoreError> {
    let Some(person) = current(database, erasure.profile.as_str()).await? else {
        let id = erasure.profile.clone();
        return Ok(Err(match erased_at(database, &id).await? {
            Some(at) => Unerasable::Already { id, at },
            None => Unerasable::Nobody(id),
        }));
    };
    let rules = in_force(database).await?;
    let scope = Scope::of(database, key, &rules, &person, erasure.connection.as_ref()).await?;
    // While what is stored of the person is still there to go by.
    follow::forget(database, &person).await?;
    let mut done = Erased { at, ..Erased::default() };
    scope.empty_events(database, at, &mut done).await?;
    scope.take_messages(database, &mut done).await?;
    scope.take_records(database, &mut done).await?;
    beside::take(database, &scope, &mut done).await?;
    let mut batch = Batch::default();
    bury(&mut batch, &scope, at);
    batch.execute(database).await?;
    let seeds =
        Seeds { people: scope.concerned.clone(), events: Vec::new(), through_shared: scope.through_shared };
    refold::refold(database, key, &rules, seeds).await?;
    finish(database, erasure, &scope, &mut done).await?;
    Ok(Ok(done))
}

/// Sets the tombstones.
fn bury(batch: &mut Batch, scope: &Scope, at: i64) {
    let connection = scope.connection.as_ref().map_or("", ConnectionId::as_str);
    let names = scope.names.iter().map(|name| NewStone {
        key: name.base.as_str(),
        connection,
        since: name.since(),
        until: name.until.map_or(at, |until| until.min(at)),
    });
    // A message does not come back, whatever becomes of it afterwards.
    let ever = |key| NewStone { key, connection, since: i64::MIN, until: i64::MAX };
    let messages = scope.messages.iter().map(|id| ever(id.as_str()));
    let intents = scope.intents.iter().map(|id| ever(id.as_str()));
    tombstones::set(batch, names.chain(messages).chain(intents));
}

/// What remains to be done once everybody else was folded anew.
async fn finish(
    database: &mut Database,
    erasure: &Erasure,
    scope: &Scope,
    done: &mut Erased,
) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let at = done.at;
    let person = scope.person.as_str();
    done.remains = scope.remains;
    done.identifiers = scope.names.iter().filter(|name| !is_inner(&name.identifier)).count() as u64;
    let left = names_left(database, scope).await?;
    let gone = scope.names.iter().filter(|name| !left.contains(&(name.base.to_string(), name.since())));
    let mut ids: BTreeSet<ProfileId> = gone.map(|name| name.id.clone()).collect();
    if !done.remains {
        ids.insert(scope.person.clone());
    }
    let keyed = || ids.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
    batch.keyed("DELETE FROM later WHERE id IN", keyed());
    // Where a number meant somebody else afterwards, it means them from its beginning now.
    batch.keyed(
        "UPDATE later SET since = -9223372036854775808 WHERE NOT EXISTS (SELECT 1 FROM identifiers i \
         WHERE i.key = later.key AND i.since = later.since) AND key IN",
        keyed(),
    );
    match left.first().filter(|_| done.remains) {
        // Every id of the person goes on leading to what is left.
        Some((base, since)) => batch.rows(
            "INSERT INTO later (id, key, since)",
            ids.iter().map(|id| row![id.as_str(), base.as_str(), *since]).collect(),
            "ON CONFLICT (id) DO UPDATE SET key = excluded.key, since = excluded.since",
        ),
        None => batch.rows(
            "INSERT INTO erased",
            ids.iter().map(|id| row![id.as_str(), at]).collect(),
            "ON CONFLICT (id) DO UPDATE SET at = excluded.at",
        ),
    }
    if !done.remains {
        // What the audit log says of them in words may name them; that something was done stays.
        batch.keyed("UPDATE audit SET detail = '' WHERE subject IN", keyed());
        batch.keyed("UPDATE privacy_requests SET profile = NULL WHERE profile IN", keyed());
        done.profiles = ids.iter().cloned().collect();
    }
    let what = match &scope.connection {
        None => String::new(),
        Some(connection) => format!("what {connection} said; "),
    };
    let audit = Audit {
        who: erasure.by.clone(),
        action: "profile-erased",
        detail: format!("{what}{} events, {} messages: {}", done.events, done.messages, erasure.reason),
    };
    audit.write(&mut batch, at, person);
    batch.execute(database).await?;
    Ok(())
}

/// Which of the person's names are still somebody's, each by the id of the identifier and since when.
async fn names_left(database: &mut Database, scope: &Scope) -> Result<BTreeSet<(String, i64)>, StoreError> {
    let mut batch = Batch::default();
    let keys: BTreeSet<&str> = scope.bases.iter().map(|(base, _)| base.as_str()).collect();
    let keys = keys.into_iter().map(|base| row![base]).collect();
    batch.keyed("SELECT key, since FROM identifiers WHERE key IN", keys);
    if batch.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = batch.fetch(database).await?;
    let found: BTreeSet<(String, i64)> = found.iter().map(|row| (row.get(0), row.get(1))).collect();
    let own = scope.bases.iter().map(|(base, since)| (base.to_string(), *since));
    Ok(own.filter(|name| found.contains(name)).collect())
}

/// A name of the person.
#[derive(Debug, Clone)]
struct Name {
    /// The id of the node, which also stood for a person.
    id: ProfileId,
    /// The id of the identifier from its beginning.
    base: ProfileId,
    identifier: Identifier,
    since: Option<i64>,
    /// Until when it was the person's, where it means somebody else since.
    until: Option<i64>,
}

impl Name {
    fn new(key: &IdKey, id: ProfileId, node: &Node, starts: &[i64]) -> Self {
        let next = starts.iter().copied().filter(|start| node.since.is_none_or(|since| *start > since)).min();
        Self {
            id,
            base: Node::first(node.identifier.clone()).key(key),
            identifier: node.identifier.clone(),
            since: node.since,
            until: next.map(|next| next.saturating_sub(1)),
        }
    }

    /// Since when it is the person's, as it is stored.
    fn since(&self) -> i64 {
        self.since.unwrap_or(i64::MIN)
    }

    /// Whether an identifier was this name at a time.
    fn is(&self, identifier: &Identifier, at: i64) -> bool {
        self.identifier == *identifier && (self.since()..=self.until.unwrap_or(i64::MAX)).contains(&at)
    }
}
