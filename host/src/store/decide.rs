//! What people decide of who is who: an event like any other, whose people are folded anew at once.

use std::collections::BTreeSet;

use super::audit::Audit;
use super::batch::{Batch, row};
use super::engine::Database;
use super::error::corrupt;
use super::ingest::Appended;
use super::profiles::current;
use super::refold::{self, Seeds};
use super::rules::InForce;
use super::{Store, StoreError, events, order};
use crate::model::event::{Body, Decision, Event, NewEvent, Verdict};
use crate::model::id::{ConnectionId, EventId, IdKey, ProfileId, SuggestionId};
use crate::model::identifier::Identifier;
use crate::model::rules::Rules;

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
    /// There is no such suggestion.
    #[error(
        "{0} is no open suggestion: it was decided already, or what is known of the two has changed; \
         `profile suggestions` lists those that are"
    )]
    NoSuggestion(SuggestionId),
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

    /// Decides that two people are one.
    ///
    /// # Errors
    /// `Ok(Err(…))` when it makes no sense; [`StoreError`] when it cannot be committed now.
    pub async fn merge_people(
        &self,
        left: &ProfileId,
        right: &ProfileId,
        by: &str,
        reason: Option<String>,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        let mut now = Vec::new();
        for id in [left, right] {
            match self.current(id.as_str()).await? {
                Some(current) => now.push(current),
                None => return Ok(Err(Undecidable::Nobody(id.clone()))),
            }
        }
        let [left, right] = [now[0].clone(), now[1].clone()];
        self.decide(by, reason, Verdict::Merge { left, right }).await
    }

    /// Decides that some of a person's identifiers are somebody else's: with them go the conversations and
    /// orders that name them.
    ///
    /// # Errors
    /// `Ok(Err(…))` when it makes no sense; [`StoreError`] when it cannot be committed now.
    pub async fn split_person(
        &self,
        id: &ProfileId,
        out: &[Identifier],
        by: &str,
        reason: Option<String>,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        if self.current(id.as_str()).await?.is_none() {
            return Ok(Err(Undecidable::Nobody(id.clone())));
        }
        let names = self.names_of(id).await?;
        if let Some(foreign) = out.iter().find(|one| !names.iter().any(|(name, _)| name == *one)) {
            let have: Vec<String> = names.iter().map(|(name, _)| name.to_string()).collect();
            return Ok(Err(Undecidable::Split(format!(
                "{foreign}, which is not the person's; theirs are {}",
                have.join(", ")
            ))));
        }
        let (left, right): (Vec<_>, Vec<_>) = names.into_iter().partition(|(name, _)| out.contains(name));
        if left.is_empty() || right.is_empty() {
            let what = if left.is_empty() { "no identifier" } else { "every identifier of the person" };
            return Ok(Err(Undecidable::Split(format!("{what}: name those that are somebody else's"))));
        }
        let ids = |side: Vec<(Identifier, ProfileId)>| side.into_iter().map(|(_, id)| id).collect();
        self.decide(by, reason, Verdict::Apart { left: ids(left), right: ids(right) }).await
    }

    /// Takes a decision back; taking that back makes it hold again.
    ///
    /// # Errors
    /// `Ok(Err(…))` when there is no such decision; [`StoreError`] when it cannot be committed now.
    pub async fn undo_decision(
        &self,
        event: &EventId,
        by: &str,
        reason: Option<String>,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        let Some(made) = self.decision(event).await? else {
            return Ok(Err(Undecidable::NoDecision(event.clone())));
        };
        let people = made.verdict.names().cloned().collect();
        self.decide(by, reason, Verdict::Undo { decision: event.clone(), people }).await
    }

    /// Makes a decision, from now on.
    pub(super) async fn decide(
        &self,
        by: &str,
        reason: Option<String>,
        verdict: Verdict,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        let external_id = format!("decision:{}", hex::encode(self.inner.ambient.random16()));
        let decision = Decision { by: by.to_owned(), reason, verdict };
        self.decide_at(decision, external_id, self.inner.ambient.now_ms()).await
    }

    /// Makes a decision at a time (milliseconds since the epoch, UTC) and under a key of its own: saying it
    /// again changes nothing.
    ///
    /// # Errors
    /// `Ok(Err(…))` when it makes no sense; [`StoreError`] when it cannot be committed now.
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
            self.inner.tells.tell(appended.iter());
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
    database: &mut Database,
    key: &IdKey,
    event: &Event,
    decision: Decision,
) -> Result<Result<(Decided, Option<Appended>), Undecidable>, StoreError> {
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
        match current(database, name.as_str()).await? {
            Some(person) => people.insert(person),
            None => return Ok(Err(Undecidable::Nobody(name.clone()))),
        };
    }
    if let (Verdict::Merge { .. }, [only]) = (&decision.verdict, &*people.iter().collect::<Vec<_>>()) {
        return Ok(Err(Undecidable::Same((*only).clone())));
    }
    let mut look = Batch::default();
    look.add("SELECT count(*) FROM events WHERE id = ?", row![event.id.as_str()]);
    let known = look.fetch(database).await?.first().is_some_and(|row| row.get::<i64, _>(0) > 0);
    let mut appended = None;
    if !known {
        let action = match &decision.verdict {
            Verdict::Merge { .. } => "profiles-merged",
            Verdict::Apart { .. } => "profiles-parted",
            Verdict::Undo { .. } => "decision-undone",
        };
        let all = names.iter().map(ProfileId::as_str).collect::<Vec<_>>().join(", ");
        let why = decision.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let audit = Audit { who: decision.by.clone(), action, detail: format!("{} {all}{why}", event.id) };
        let mut batch = Batch::default();
        for person in &people {
            audit.write(&mut batch, event.received_at, person.as_str());
        }
        // What is decided is not suggested any more, before the index has followed, too.
        for (a, b) in people.iter().flat_map(|a| people.iter().map(move |b| (a, b))) {
            batch.add("DELETE FROM suggestions WHERE a = ? AND b = ?", row![a.as_str(), b.as_str()]);
        }
        for name in &names {
            batch.add("INSERT INTO decided VALUES (?, ?)", row![name.as_str(), event.id.as_str()]);
        }
        let rules = in_force(database).await?;
        appended = Some(append_own(database, key, &rules, event, batch, people).await?);
    }
    let mut now = BTreeSet::new();
    for name in &names {
        now.extend(current(database, name.as_str()).await?);
    }
    let decided = Decided { event: event.id.clone(), people: now.into_iter().collect() };
    Ok(Ok((decided, appended)))
}

/// The rules in force, as the transaction that is open sees them.
pub(super) async fn in_force(database: &mut Database) -> Result<Rules, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT value FROM meta WHERE name = 'rules'", row![]);
    let rows = batch.fetch(database).await?;
    let row = rows.first().ok_or_else(|| corrupt("meta")(&"it holds no rules"))?;
    Ok(InForce::read(row.get(0))?.rules)
}

/// Appends what the hub itself says, with the statements `beside` it, and folds anew the people it concerns.
pub(super) async fn append_own(
    database: &mut Database,
    key: &IdKey,
    rules: &Rules,
    event: &Event,
    beside: Batch,
    people: BTreeSet<ProfileId>,
) -> Result<Appended, StoreError> {
    let mut look = Batch::default();
    look.add("SELECT coalesce(max(seq), 0) FROM events", row![]);
    let last = look.fetch(database).await?.first().map_or(0, |row| row.get(0));
    let seq = order::take(database, 1, last).await?.first().copied();
    let seq = seq.ok_or_else(|| corrupt("events")(&"there is no place for an event"))?;
    let said = serde_json::to_string(&event.said).map_err(|e| corrupt("events")(&e))?;
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
    batch.execute(database).await?;
    if !beside.is_empty() {
        beside.execute(database).await?;
    }
    let seeds = Seeds { people, events: vec![event.id.clone()], through_shared: false };
    let homes = refold::refold(database, key, rules, seeds).await?;
    Ok(Appended {
        seq,
        event: event.id.clone(),
        connection: event.connection.clone(),
        kind: event.said.body.kind(),
        profile: homes.get(&event.id).cloned(),
    })
}
