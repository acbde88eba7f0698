//! What people decide of who is who: an event like any other, whose people are folded anew at once.

use std::collections::BTreeSet;

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::batch::{Batch, row};
use super::error::corrupt;
use super::ingest::Appended;
use super::profiles::{CURRENT, profile_id};
use super::refold::{self, Seeds};
use super::rules::InForce;
use super::{Store, StoreError, events};
use crate::model::event::{Body, Decision, Event, NewEvent, Verdict};
use crate::model::id::{ConnectionId, EventId, IdKey, ProfileId};

/// Why a decision cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecidable {
    /// Nobody has, or ever had, the id.
    #[error("nobody has, or ever had, the id {0}")]
    Nobody(ProfileId),
    /// Both are the same person already.
    #[error("these are one person already: {0}")]
    Same(ProfileId),
    /// An identifier of one side is not the person's, or none would be left.
    #[error("the split names {0}")]
    Split(String),
    /// There is no such decision.
    #[error("{0} is no decision; `profile explain` lists those that hold of a person")]
    NoDecision(EventId),
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The event that holds it; undoing names it.
    pub event: EventId,
    /// The people that it names, as they are now, each once.
    pub people: Vec<ProfileId>,
}

impl Store {
    /// The connection in whose name the hub itself says something.
    #[must_use]
    pub fn own_connection(&self) -> ConnectionId {
        ConnectionId::derived(&self.inner.key, &["hub"])
    }

    /// Makes a decision, from now on.
    ///
    /// # Errors
    /// `Ok(Err(…))` when it makes no sense; [`StoreError`] when it cannot be committed now.
    pub async fn decide(&self, decision: Decision) -> Result<Result<Decided, Undecidable>, StoreError> {
        let external_id = format!("decision:{}", hex::encode(self.inner.ambient.random16()));
        self.decide_at(decision, external_id, self.inner.ambient.now_ms()).await
    }

    /// The same, at a time (milliseconds since the epoch, UTC) and under a key of its own: saying it again
    /// changes nothing.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub async fn decide_at(
        &self,
        decision: Decision,
        external_id: String,
        at: i64,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        let (key, connection) = (self.inner.key.clone(), self.own_connection());
        let now = self.inner.ambient.now_ms();
        let id = EventId::derived(&key, &[connection.as_str(), &external_id]);
        let said = NewEvent {
            external_id,
            occurred_at: at,
            subject: Vec::new(),
            attributes: Vec::new(),
            body: Body::Decision(decision.clone()),
            source: None,
        };
        let event = Event { id: id.clone(), connection, delivery: None, received_at: now, said };
        let made = event.clone();
        let done = self
            .inner
            .writer
            .transact(move |database| Box::pin(async move { append(database, &key, &made, decision).await }))
            .await?;
        Ok(done.map(|(decided, appended)| {
            if let Some(appended) = appended {
                // Nobody listening is no error.
                let _ = self.inner.appended.send(appended);
            }
            decided
        }))
    }

    /// The decision that an event holds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decision(&self, id: &EventId) -> Result<Option<Decision>, StoreError> {
        Ok(self.event(id).await?.and_then(|logged| match logged.event.said.body {
            Body::Decision(decision) => Some(decision),
            _ => None,
        }))
    }
}

/// Appends the event and folds anew whomever it names.
async fn append(
    database: &mut SqliteConnection,
    key: &IdKey,
    event: &Event,
    decision: Decision,
) -> Result<Result<(Decided, Option<Appended>), Undecidable>, StoreError> {
    let bad = corrupt("events");
    if let Verdict::Undo { decision, .. } = &decision.verdict {
        let mut look = Batch::default();
        look.add("SELECT count(*) FROM events WHERE id = ? AND kind = 'decision'", row![decision.as_str()]);
        if look.fetch(database).await?.first().is_none_or(|row| row.get::<i64, _>(0) == 0) {
            return Ok(Err(Undecidable::NoDecision(decision.clone())));
        }
    }
    let names: BTreeSet<ProfileId> = decision.verdict.names().cloned().collect();
    let mut people = BTreeSet::new();
    for name in &names {
        match current(database, name).await? {
            Some(person) => people.insert(person),
            None => return Ok(Err(Undecidable::Nobody(name.clone()))),
        };
    }
    if let (Verdict::Merge { .. }, [only]) = (&decision.verdict, &*people.iter().collect::<Vec<_>>()) {
        return Ok(Err(Undecidable::Same((*only).clone())));
    }
    let mut batch = Batch::default();
    batch.add("SELECT 0, coalesce(max(seq), 0) FROM events", row![]);
    batch.add("SELECT 1, count(*) FROM events WHERE id = ?", row![event.id.as_str()]);
    batch.add("SELECT 2, value FROM meta WHERE name = 'rules'", row![]);
    let (mut seq, mut known, mut rules) = (0, false, None);
    for row in batch.fetch(database).await? {
        match row.get::<i64, _>(0) {
            0 => seq = row.get::<i64, _>(1) + 1,
            1 => known = row.get::<i64, _>(1) > 0,
            _ => rules = Some(InForce::read(row.get(1))?),
        }
    }
    let rules = rules.ok_or_else(|| corrupt("meta")(&"it holds no rules"))?;
    let mut appended = None;
    if !known {
        let said = serde_json::to_string(&event.said).map_err(|e| bad(&e))?;
        let mut batch = Batch::default();
        batch.add(
            &format!("INSERT INTO events ({}) VALUES (?,?,?,NULL,?,?,?,NULL,?)", events::INSERT),
            row![
                seq,
                event.id.as_str(),
                event.connection.as_str(),
                event.said.body.kind().as_str(),
                event.said.occurred_at,
                event.received_at,
                said
            ],
        );
        for name in &names {
            batch.add("INSERT INTO decided VALUES (?, ?)", row![name.as_str(), event.id.as_str()]);
        }
        batch.execute(database).await?;
        let seeds = Seeds { people, events: vec![event.id.clone()], through_shared: false };
        let homes = refold::refold(database, key, &rules.rules, seeds).await?;
        appended = Some(Appended {
            seq,
            event: event.id.clone(),
            connection: event.connection.clone(),
            kind: event.said.body.kind(),
            profile: homes.get(&event.id).cloned(),
        });
    }
    let mut now = BTreeSet::new();
    for name in &names {
        now.extend(current(database, name).await?);
    }
    let decided = Decided { event: event.id.clone(), people: now.into_iter().collect() };
    Ok(Ok((decided, appended)))
}

async fn current(database: &mut SqliteConnection, id: &ProfileId) -> Result<Option<ProfileId>, StoreError> {
    let mut look = Batch::default();
    look.add(CURRENT, row![id.as_str(), id.as_str(), id.as_str()]);
    look.fetch(database).await?.first().map(|row| profile_id(row, 0)).transpose()
}
