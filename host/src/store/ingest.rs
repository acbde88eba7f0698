//! The hot path: a group of deliveries becomes one commit.
//!
//! One call reads what the fold needs to know, the fold decides in memory, one call writes everything and
//! commits (see [`super::batch`]). The rules are `model::fold`'s; this file only carries rows to and from it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::batch::{Batch, Value, row};
use super::deliveries::{self, NewDelivery};
use super::error::corrupt;
use super::{Store, StoreError};
use crate::ambient::Ambient;
use crate::model::event::{Body, Event, EventKind, NewEvent};
use crate::model::fold::{
    Candidate, Claim, Graph, Node, Projection, Record, Resolution, Root, identity, project,
};
use crate::model::id::{ConnectionId, DeliveryId, EventId, IdKey, JobId, MessageId, OutboxId, ProfileId};
use crate::model::identifier::{Evidence, Identifier};
use crate::model::message::{Direction, MessageFact, MessageState, SendState};
use crate::model::outbox::OutboxState;

/// An assistant's connection and the kinds of events it is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The connection.
    pub connection: ConnectionId,
    /// The kinds.
    pub kinds: Vec<EventKind>,
}

/// What is to be committed together: what one delivery, poll, action or assistant yielded.
#[derive(Debug, Clone)]
pub struct Ingest {
    /// Who says so.
    pub connection: ConnectionId,
    /// The delivery that brought it, to be kept.
    pub delivery: Option<NewDelivery>,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// Where the connection's poller goes on.
    pub cursor: Option<String>,
    /// The piece of work that is done with this.
    pub finishes: Option<JobId>,
    /// Which assistants are to be shown what.
    pub assistants: Arc<[Subscription]>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Ingested {
    /// The delivery as it is kept.
    pub delivery: Option<DeliveryId>,
    /// The events that are new.
    pub appended: Vec<Appended>,
    /// How many were in the log already.
    pub duplicates: usize,
}

/// An event that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the log.
    pub seq: i64,
    /// Its id.
    pub event: EventId,
    /// Who said so.
    pub connection: ConnectionId,
    /// Which kind.
    pub kind: EventKind,
    /// Whom it is about.
    pub profile: Option<ProfileId>,
}

impl Store {
    /// Commits what happened, with the delivery that brought it and the work that follows from it.
    ///
    /// Resolves after the commit is on the disk. An event whose `(connection, external id)` is in the log
    /// already is counted and skipped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be committed now; nothing was changed then.
    pub async fn ingest(&self, ingest: Ingest) -> Result<Ingested, StoreError> {
        self.inner.writer.ingest(ingest).await
    }
}

/// A person's row.
#[derive(Debug, Clone)]
struct Person {
    root: Root,
    active_at: i64,
    message_at: Option<i64>,
    received: Option<(i64, String)>,
}

impl Person {
    fn absorb(&mut self, other: &Self) {
        self.active_at = self.active_at.max(other.active_at);
        self.message_at = self.message_at.max(other.message_at);
        self.received = self.received.clone().max(other.received.clone());
    }
}

/// One event of a group.
struct Said {
    /// Which of the group said it.
    at: usize,
    event: Event,
    /// What it states.
    stated: Projection,
}

/// What the database knows of what a group names.
#[derive(Default)]
struct Known {
    last_seq: i64,
    events: HashSet<String>,
    people: HashMap<ProfileId, Person>,
    graph: Graph,
    messages: HashMap<MessageId, (MessageState, Option<ProfileId>)>,
    aliases: HashMap<MessageId, MessageId>,
    correlated: HashMap<OutboxId, MessageId>,
    records: HashMap<(String, String, String), (i64, String)>,
}

/// What news with the correlation says of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Settled {
    Sent,
    Failed(String),
}

/// What is to be written of one group.
#[derive(Default)]
struct Changes {
    events: Vec<[Value; 9]>,
    jobs: Vec<[Value; 7]>,
    attributes: BTreeMap<(ProfileId, String, ConnectionId, String), Candidate>,
    claims: BTreeMap<(ProfileId, Identifier, ConnectionId), Claim>,
    insights: Vec<[Value; 6]>,
    records: BTreeMap<(ConnectionId, &'static str, String), (Record, Option<ProfileId>)>,
    messages: HashMap<MessageId, (MessageState, Option<ProfileId>)>,
    aliases: BTreeMap<MessageId, MessageId>,
    gone: Vec<MessageId>,
    settled: Vec<(OutboxId, Settled)>,
    people: HashMap<ProfileId, Person>,
}

/// Commits a group. The connection is in no transaction before, and in none after success.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    key: &IdKey,
    ambient: &Ambient,
    group: &[Ingest],
) -> Result<Vec<Ingested>, StoreError> {
    let now = ambient.now_ms();
    let mut results: Vec<Ingested> = Vec::with_capacity(group.len());
    let mut said: Vec<Said> = Vec::new();
    for (at, ingest) in group.iter().enumerate() {
        let delivery = ingest.delivery.as_ref().map(|delivery| delivery.id(ambient));
        for event in &ingest.events {
            let id = EventId::derived(key, &[ingest.connection.as_str(), &event.external_id]);
            let event = Event {
                id,
                connection: ingest.connection.clone(),
                delivery: delivery.clone(),
                received_at: now,
                said: event.clone(),
            };
            said.push(Said { at, stated: project(key, &event), event });
        }
        results.push(Ingested { delivery, ..Ingested::default() });
    }
    // Rows of this group come in blocks of this size, so that groups of about a size are the same text.
    let size = said.len().max(group.len());
    let mut known = read(connection, key, &said, size).await?;
    let mut seen: HashSet<EventId> = HashSet::with_capacity(said.len());
    let mut people = Vec::with_capacity(said.len());
    said.retain(|Said { at, event, .. }| {
        let fresh = !known.events.contains(event.id.as_str()) && seen.insert(event.id.clone());
        results[*at].duplicates += usize::from(!fresh);
        fresh
    });
    for one in &said {
        people.push(known.graph.add(key, &one.event));
    }
    let resolution = std::mem::take(&mut known.graph).resolve(key);
    let mut changes = Changes::default();
    changes.people(&mut known, &resolution);
    for (Said { at, event, stated }, person) in said.into_iter().zip(people) {
        known.last_seq += 1;
        let profile = person.map(|person| resolution.profile(person).clone());
        changes.event(&event, known.last_seq, profile.as_ref())?;
        changes.work(key, &event, now, &group[at].assistants);
        changes.project(&event, stated, profile.as_ref(), &mut known)?;
        results[at].appended.push(Appended {
            seq: known.last_seq,
            kind: event.said.body.kind(),
            event: event.id,
            connection: event.connection,
            profile,
        });
    }
    let mut batch = changes.batch(key, &resolution, size)?;
    let handled = group.iter().zip(&results).filter_map(|(ingest, result)| {
        Some((result.delivery.as_ref()?, &ingest.connection, ingest.delivery.as_ref()?, ingest.events.len()))
    });
    deliveries::keep(&mut batch, handled)?;
    for ingest in group {
        if let Some(cursor) = &ingest.cursor {
            batch.add(
                "INSERT OR REPLACE INTO cursors VALUES (?, ?)",
                row![ingest.connection.as_str(), cursor.as_str()],
            );
        }
        if let Some(job) = &ingest.finishes {
            batch.add("DELETE FROM jobs WHERE id = ?", row![job.as_str()]);
        }
    }
    batch.add("COMMIT", row![]);
    batch.execute(connection).await?;
    Ok(results)
}

/// Begins the transaction and reads what the events name.
async fn read(
    connection: &mut SqliteConnection,
    key: &IdKey,
    said: &[Said],
    size: usize,
) -> Result<Known, StoreError> {
    let (mut keys, mut messages, mut correlations, mut records) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    let (mut refers, mut events) = (HashSet::new(), HashSet::new());
    for Said { event, stated, .. } in said {
        events.insert(event.id.as_str());
        for (identifier, _) in identity::nodes_of(key, event) {
            keys.insert(identity::profile_of(key, &identifier));
        }
        if let Some((id, _, fact)) = &stated.message {
            // Only what is said of the business's messages can be about one that the hub sent.
            if !matches!((fact, &event.said.body), (MessageFact::Content(_), Body::MessageReceived(_))) {
                refers.insert(id);
            }
            messages.insert(id);
        }
        if let Some(correlation) = stated.correlation.as_ref().and_then(|text| text.parse::<OutboxId>().ok())
        {
            correlations.insert(correlation);
        }
        if let Some(record) = &stated.record {
            records.insert((record.connection.as_str(), record.kind, record.vendor_id.as_str()));
        }
    }
    let mut batch = Batch::for_group(size);
    batch.add("BEGIN IMMEDIATE", row![]);
    batch.add("SELECT 0, coalesce(max(seq), 0) FROM events", row![]);
    batch.keyed("SELECT 1, id FROM events WHERE id IN", events.into_iter().map(|id| row![id]).collect());
    batch.keyed(
        "SELECT 2, i.namespace, i.value, i.evidence, i.seen, i.profile, p.root_seen, p.root_name, p.active_at, \
         p.message_at, p.received_at, p.received_on FROM identifiers i JOIN profiles p ON p.id = i.profile \
         WHERE i.key IN",
        keys.iter().map(|key| row![key.as_str()]).collect(),
    );
    // What a vendor says of a message that the hub sent names it by the vendor's id: look for both.
    batch.keyed(
        "SELECT 3, a.id, m.state, m.profile FROM message_aliases a JOIN messages m ON m.id = a.message WHERE a.id IN",
        refers.into_iter().map(|id: &MessageId| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 4, state, profile FROM messages WHERE id IN",
        messages.into_iter().map(|id: &MessageId| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 5, o.id, m.state, m.profile FROM outbox o JOIN messages m ON m.id = o.message WHERE o.id IN",
        correlations.iter().map(|id| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 6, connection, kind, vendor_id, changed_at, event FROM records WHERE (connection, kind, vendor_id) IN",
        records.into_iter().map(|(connection, kind, vendor)| row![connection, kind, vendor]).collect(),
    );
    let mut known = Known::default();
    for row in batch.fetch(connection).await? {
        known.take(&row)?;
    }
    Ok(known)
}

impl Known {
    fn take(&mut self, row: &SqliteRow) -> Result<(), StoreError> {
        match row.get::<i64, _>(0) {
            0 => self.last_seq = row.get(1),
            1 => {
                self.events.insert(row.get(1));
            }
            2 => {
                let bad = corrupt("identifiers");
                let node = Node {
                    identifier: Identifier { namespace: row.get(1), value: row.get(2) },
                    evidence: evidence(row.get(3))?,
                    seen: row.get(4),
                };
                let profile: ProfileId = row.get::<String, _>(5).parse().map_err(|e| bad(&e))?;
                let root = Root { seen: row.get(6), name: row.get(7) };
                let received = row.get::<Option<i64>, _>(10).zip(row.get::<Option<String>, _>(11));
                let person =
                    Person { root: root.clone(), active_at: row.get(8), message_at: row.get(9), received };
                self.people.insert(profile.clone(), person);
                self.graph.know(node, profile, root);
            }
            3 => {
                let alias: MessageId =
                    row.get::<String, _>(1).parse().map_err(|e| corrupt("message_aliases")(&e))?;
                let (message, profile) = message(row, 2)?;
                self.aliases.insert(alias, message.id.clone());
                self.messages.insert(message.id.clone(), (message, profile));
            }
            4 => {
                let (message, profile) = message(row, 1)?;
                self.messages.insert(message.id.clone(), (message, profile));
            }
            5 => {
                let outbox: OutboxId = row.get::<String, _>(1).parse().map_err(|e| corrupt("outbox")(&e))?;
                let (message, profile) = message(row, 2)?;
                self.correlated.insert(outbox, message.id.clone());
                self.messages.insert(message.id.clone(), (message, profile));
            }
            _ => {
                self.records.insert((row.get(1), row.get(2), row.get(3)), (row.get(4), row.get(5)));
            }
        }
        Ok(())
    }
}

/// Reads a message's state and person from two columns that stand side by side.
fn message(row: &SqliteRow, at: usize) -> Result<(MessageState, Option<ProfileId>), StoreError> {
    let bad = corrupt("messages");
    let state = serde_json::from_str(row.get::<&str, _>(at)).map_err(|e| bad(&e))?;
    let profile =
        row.get::<Option<String>, _>(at + 1).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?;
    Ok((state, profile))
}

pub(super) fn evidence(text: &str) -> Result<Evidence, StoreError> {
    [Evidence::Claimed, Evidence::Recorded, Evidence::Verified]
        .into_iter()
        .find(|evidence| evidence.as_str() == text)
        .ok_or_else(|| corrupt("identifiers")(&text))
}

impl Changes {
    /// The people that were touched, under their names after the fold.
    fn people(&mut self, known: &mut Known, resolution: &Resolution) {
        let mut moved: HashMap<&ProfileId, Vec<&ProfileId>> = HashMap::new();
        for (old, new) in &resolution.moved {
            moved.entry(new).or_default().push(old);
        }
        for (id, root) in &resolution.roots {
            let mut person = known.people.get(id).cloned().unwrap_or_else(|| Person {
                root: root.clone(),
                active_at: root.seen,
                message_at: None,
                received: None,
            });
            for old in moved.get(id).into_iter().flatten() {
                if let Some(old) = known.people.get(*old) {
                    person.absorb(old);
                }
            }
            person.root = root.clone();
            self.people.insert(id.clone(), person);
        }
        for (_, profile) in known.messages.values_mut() {
            if let Some((_, new)) = resolution.moved.iter().find(|(old, _)| Some(old) == profile.as_ref()) {
                *profile = Some(new.clone());
            }
        }
    }

    fn event(&mut self, event: &Event, seq: i64, profile: Option<&ProfileId>) -> Result<(), StoreError> {
        let said = serde_json::to_string(&event.said).map_err(|e| corrupt("an event")(&e))?;
        self.events.push(row![
            seq,
            event.id.as_str(),
            event.connection.as_str(),
            event.delivery.as_ref().map(DeliveryId::as_str),
            event.said.body.kind().as_str(),
            event.said.occurred_at,
            event.received_at,
            profile.map(ProfileId::as_str),
            said,
        ]);
        let person = profile.and_then(|profile| self.people.get_mut(profile));
        if let Some(person) = person.filter(|_| !matches!(event.said.body, Body::Insight(_))) {
            person.active_at = person.active_at.max(event.said.occurred_at);
        }
        Ok(())
    }

    fn work(&mut self, key: &IdKey, event: &Event, now: i64, assistants: &[Subscription]) {
        let kind = event.said.body.kind();
        for assistant in assistants.iter().filter(|assistant| assistant.kinds.contains(&kind)) {
            let id = JobId::derived(key, &[event.id.as_str(), assistant.connection.as_str()]);
            let connection = assistant.connection.as_str();
            self.jobs.push(row![
                id.as_str(),
                connection,
                event.id.as_str(),
                "queued",
                now,
                0_i64,
                Value::Null
            ]);
        }
    }

    fn project(
        &mut self,
        event: &Event,
        projection: Projection,
        profile: Option<&ProfileId>,
        known: &mut Known,
    ) -> Result<(), StoreError> {
        if let Some(profile) = profile {
            for candidate in projection.attributes {
                let place = (
                    profile.clone(),
                    candidate.field.clone(),
                    candidate.connection.clone(),
                    candidate.value.clone(),
                );
                self.attributes.entry(place).and_modify(|have| have.absorb(&candidate)).or_insert(candidate);
            }
            for claim in projection.claims {
                let place = (profile.clone(), claim.identifier.clone(), claim.connection.clone());
                let have = self.claims.entry(place).or_insert_with(|| claim.clone());
                if (claim.at, &claim.event) < (have.at, &have.event) {
                    *have = claim;
                }
            }
        }
        if let Body::Insight(insight) = &event.said.body {
            let text = serde_json::to_string(insight).map_err(|e| corrupt("an insight")(&e))?;
            let (message, connection) = (insight.message.as_str(), event.connection.as_str());
            self.insights.push(row![
                message,
                connection,
                insight.kind.as_str(),
                event.said.occurred_at,
                event.id.as_str(),
                text
            ]);
        }
        if let Some((derived, vendor_id, fact)) = projection.message {
            let correlation = projection.correlation.and_then(|text| text.parse::<OutboxId>().ok());
            let news = match &fact {
                MessageFact::State(SendState::Failed, dated) => Settled::Failed(dated.text.clone()),
                _ => Settled::Sent,
            };
            let id = self.home(derived, event, correlation.map(|id| (id, news)), known);
            let entry = match self.messages.remove(&id).or_else(|| known.messages.remove(&id)) {
                Some(entry) => entry,
                None => (MessageState::new(id.clone(), event.connection.clone(), &vendor_id), None),
            };
            let (mut message, mut owner) = entry;
            if message.vendor_id.is_empty() {
                message.vendor_id = vendor_id;
            }
            message.apply(fact);
            if message.content.as_ref().is_some_and(|content| content.event.as_ref() == Some(&event.id)) {
                owner = profile.cloned();
                if let Some(person) = profile.and_then(|profile| self.people.get_mut(profile)) {
                    let at = event.said.occurred_at;
                    person.message_at = person.message_at.max(Some(at));
                    if message.content.as_ref().is_some_and(|content| content.direction == Direction::In) {
                        person.received =
                            person.received.take().max(Some((at, event.connection.to_string())));
                    }
                }
            }
            self.messages.insert(id, (message, owner));
        }
        if let Some(record) = projection.record {
            self.record(record, profile, known);
        }
        Ok(())
    }

    /// Where what is said of a message goes: to the hub's own message where the vendor's id, or the
    /// correlation that a status echoes, is known to mean it.
    fn home(
        &mut self,
        derived: MessageId,
        event: &Event,
        correlation: Option<(OutboxId, Settled)>,
        known: &mut Known,
    ) -> MessageId {
        if let Some(home) = self.aliases.get(&derived).or_else(|| known.aliases.get(&derived)) {
            return home.clone();
        }
        let Some((outbox, news)) = correlation else { return derived };
        let Some(home) = known.correlated.get(&outbox) else { return derived };
        // A connection speaks only of what it was given to send.
        let own = self.messages.get(home).or_else(|| known.messages.get(home));
        if own.is_none_or(|(message, _)| message.connection != event.connection) {
            return derived;
        }
        self.settled.push((outbox, news));
        let home = home.clone();
        self.aliases.insert(derived.clone(), home.clone());
        // What came under the vendor's id before is the same message's.
        let waiting = self.messages.remove(&derived).or_else(|| known.messages.remove(&derived));
        if let Some((waiting, _)) = waiting {
            if let Some((mut message, owner)) =
                self.messages.remove(&home).or_else(|| known.messages.remove(&home))
            {
                message.absorb(waiting);
                self.messages.insert(home.clone(), (message, owner));
            }
            self.gone.push(derived);
        }
        home
    }

    fn record(&mut self, record: Record, profile: Option<&ProfileId>, known: &Known) {
        let stored = (record.connection.to_string(), record.kind.to_owned(), record.vendor_id.clone());
        let newer_than = |at: i64, event: &str| (record.changed_at, record.event.as_str()) > (at, event);
        if known.records.get(&stored).is_some_and(|(at, event)| !newer_than(*at, event)) {
            return;
        }
        let place = (record.connection.clone(), record.kind, record.vendor_id.clone());
        let beaten =
            |(have, _): &(Record, Option<ProfileId>)| newer_than(have.changed_at, have.event.as_str());
        if self.records.get(&place).is_none_or(beaten) {
            self.records.insert(place, (record, profile.cloned()));
        }
    }

    /// Everything as statements, the transaction still open.
    fn batch(self, key: &IdKey, resolution: &Resolution, size: usize) -> Result<Batch, StoreError> {
        let mut batch = Batch::for_group(size);
        for (old, new) in &resolution.moved {
            rename(&mut batch, old, new);
        }
        batch.rows("INSERT INTO events", self.events, "");
        let identifiers = resolution.changed.iter().map(|(node, profile)| {
            let Node { identifier: Identifier { namespace, value }, evidence, seen } = node;
            let own = identity::profile_of(key, &node.identifier);
            row![own.as_str(), namespace.as_str(), value.as_str(), evidence.as_str(), *seen, profile.as_str()]
        });
        batch.rows("INSERT OR REPLACE INTO identifiers", identifiers.collect(), "");
        let people = self.people.into_iter().map(|(id, person)| {
            let (received_at, received_on) = person.received.unzip();
            row![
                id.as_str(),
                person.root.seen,
                person.root.name,
                person.active_at,
                person.message_at,
                received_at,
                received_on
            ]
        });
        batch.rows("INSERT OR REPLACE INTO profiles", people.collect(), "");
        let attributes = self.attributes.into_iter().map(|((profile, ..), candidate)| {
            row![
                profile.as_str(),
                candidate.field,
                candidate.connection.as_str(),
                candidate.value,
                candidate.first.0,
                candidate.first.1.as_str(),
                candidate.last.0,
                candidate.last.1.as_str(),
            ]
        });
        batch.rows("INSERT INTO attributes", attributes.collect(), ATTRIBUTES);
        let claims = self.claims.into_iter().map(|((profile, ..), claim)| {
            let Identifier { namespace, value } = claim.identifier;
            row![
                profile.as_str(),
                namespace,
                value,
                claim.connection.as_str(),
                claim.event.as_str(),
                claim.at
            ]
        });
        batch.rows("INSERT INTO claims", claims.collect(), CLAIMS);
        for id in self.gone {
            batch.add("DELETE FROM messages WHERE id = ?", row![id.as_str()]);
        }
        let mut messages = Vec::with_capacity(self.messages.len());
        for (id, (message, owner)) in self.messages {
            messages.push(message_row(&id, &message, owner.as_ref())?);
        }
        batch.rows("INSERT OR REPLACE INTO messages", messages, "");
        let aliases = self.aliases.into_iter().map(|(alias, message)| row![alias.as_str(), message.as_str()]);
        batch.rows("INSERT OR REPLACE INTO message_aliases", aliases.collect(), "");
        for (outbox, news) in self.settled {
            let (state, error) = match news {
                Settled::Sent => (OutboxState::Sent, None),
                Settled::Failed(why) => (OutboxState::Failed, Some(why)),
            };
            batch.add(
                "UPDATE outbox SET state = ?, error = ? WHERE id = ? AND state <> 'sent'",
                row![state.as_str(), error, outbox.as_str()],
            );
        }
        let records = self.records.into_values().map(|(record, profile)| {
            let total = record.total.as_ref().map(|money| format!("{} {}", money.amount, money.currency));
            row![
                record.connection.as_str(),
                record.kind,
                record.vendor_id,
                profile.as_ref().map(ProfileId::as_str),
                record.order,
                record.changed_at,
                record.event.as_str(),
                record.name,
                record.state,
                total,
            ]
        });
        batch.rows("INSERT OR REPLACE INTO records", records.collect(), "");
        batch.rows("INSERT INTO insights", self.insights, INSIGHTS);
        batch.rows(
            "INSERT INTO jobs (id, connection, event, state, due_at, attempts, error)",
            self.jobs,
            "ON CONFLICT DO NOTHING",
        );
        Ok(batch)
    }
}

/// The row of a message.
pub(super) fn message_row(
    id: &MessageId,
    message: &MessageState,
    owner: Option<&ProfileId>,
) -> Result<[Value; 4], StoreError> {
    let state = serde_json::to_string(message).map_err(|e| corrupt("a message")(&e))?;
    let at = message.content.as_ref().map(|content| content.at);
    Ok(row![id.as_str(), owner.map(ProfileId::as_str), at, state])
}

/// The same statement said again: the earliest and the latest time of it stay.
const ATTRIBUTES: &str = "ON CONFLICT DO UPDATE SET \
    first_event = iif((excluded.first_at, excluded.first_event) < (first_at, first_event), excluded.first_event, first_event), \
    first_at = min(first_at, excluded.first_at), \
    last_event = iif((excluded.last_at, excluded.last_event) > (last_at, last_event), excluded.last_event, last_event), \
    last_at = max(last_at, excluded.last_at)";

/// The same identifier typed again: the first time stays.
const CLAIMS: &str = "ON CONFLICT DO UPDATE SET event = excluded.event, at = excluded.at \
    WHERE (excluded.at, excluded.event) < (at, event)";

/// An assistant's newer answer replaces its older one.
const INSIGHTS: &str = "ON CONFLICT DO UPDATE SET at = excluded.at, event = excluded.event, insight = excluded.insight \
    WHERE (excluded.at, excluded.event) > (at, event)";

/// One profile became part of another: everything that is the one's is the other's.
fn rename(batch: &mut Batch, old: &ProfileId, new: &ProfileId) {
    let (old, new) = (old.as_str(), new.as_str());
    for table in ["events", "identifiers", "messages", "records", "outbox"] {
        batch.add(&format!("UPDATE {table} SET profile = ? WHERE profile = ?"), row![new, old]);
    }
    batch.add(
        &format!(
            "INSERT INTO attributes SELECT ?, field, connection, value, first_at, first_event, last_at, last_event \
             FROM attributes WHERE profile = ? {ATTRIBUTES}"
        ),
        row![new, old],
    );
    batch.add(
        &format!(
            "INSERT INTO claims SELECT ?, namespace, value, connection, event, at FROM claims WHERE profile = ? {CLAIMS}"
        ),
        row![new, old],
    );
    for table in ["attributes", "claims"] {
        batch.add(&format!("DELETE FROM {table} WHERE profile = ?"), row![old]);
    }
    batch.add("DELETE FROM profiles WHERE id = ?", row![old]);
}
