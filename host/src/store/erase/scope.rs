//! What is to be erased, collected before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Erased, Name};
use crate::model::erase;
use crate::model::event::{Body, Decision, Event, NewEvent};
use crate::model::fold::{Known, Naming, Node, is_inner, project};
use crate::model::id::{ConnectionId, EventId, IdKey, MessageId, OutboxId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::message::MessageState;
use crate::model::rules::Rules;
use crate::store::batch::{Batch, row};
use crate::store::engine::Database;
use crate::store::error::corrupt;
use crate::store::refold::{self, Seeds};
use crate::store::{StoreError, events};

/// How many rows one call changes.
const CHUNK: usize = 64;

/// What is to be erased.
pub(super) struct Scope {
    pub(super) person: ProfileId,
    pub(super) connection: Option<ConnectionId>,
    /// The person's names and matters; none that many people use.
    pub(super) names: Vec<Name>,
    /// The names themselves, what the person typed of nobody else's included: what is looked for.
    pub(super) written: BTreeSet<Identifier>,
    /// Events of the person.
    pub(super) events: BTreeMap<EventId, Event>,
    /// What other people's events become without the person's names.
    others: BTreeMap<EventId, NewEvent>,
    /// Decisions that name the person.
    decisions: BTreeMap<EventId, Event>,
    /// The deliveries that brought any of these.
    pub(super) deliveries: BTreeSet<String>,
    /// Messages, by every id that means them.
    pub(super) messages: BTreeSet<MessageId>,
    /// Messages of others of which the person's events say something.
    touched: Vec<(MessageId, MessageState)>,
    /// Orders and other records: connection, kind and the vendor's id.
    records: BTreeSet<(String, String, String)>,
    /// What was to be sent.
    pub(super) intents: BTreeSet<OutboxId>,
    /// All the person's identifiers, whoever said them: the id from their beginning, and since when they are theirs.
    pub(super) bases: BTreeSet<(ProfileId, i64)>,
    /// Whether others than the connection said something of the person.
    pub(super) remains: bool,
    /// Everybody to be folded anew.
    pub(super) concerned: BTreeSet<ProfileId>,
    pub(super) through_shared: bool,
}

impl Scope {
    /// Collects what is to be erased of a person who is there.
    pub(super) async fn of(
        database: &mut Database,
        key: &IdKey,
        rules: &Rules,
        person: &ProfileId,
        connection: Option<&ConnectionId>,
    ) -> Result<Self, StoreError> {
        let mut people = BTreeSet::from([person.clone()]);
        if connection.is_none() {
            people.extend(typed_by(database, person).await?);
        }
        let seeds = |through_shared| Seeds { people: people.clone(), through_shared, ..Seeds::default() };
        let (mut closure, _) = refold::look(database, key, rules, seeds(false)).await?;
        // Without the person a value may no longer be one that many use.
        let through_shared = closure.any_shared();
        if through_shared {
            closure = refold::look(database, key, rules, seeds(true)).await?.0;
        }
        let from = |event: &Event| connection.is_none_or(|connection| event.connection == *connection);
        let mut scope = Self {
            person: person.clone(),
            connection: connection.cloned(),
            names: Vec::new(),
            written: BTreeSet::new(),
            events: BTreeMap::new(),
            others: BTreeMap::new(),
            decisions: BTreeMap::new(),
            deliveries: BTreeSet::new(),
            messages: BTreeSet::new(),
            touched: Vec::new(),
            records: BTreeSet::new(),
            intents: BTreeSet::new(),
            bases: BTreeSet::new(),
            remains: false,
            concerned: closure.people().clone(),
            through_shared,
        };
        let mut said: BTreeSet<Identifier> = BTreeSet::new();
        for (event, home) in closure.events() {
            let own = home == Some(person) && from(event);
            if own && !matches!(event.said.body, Body::Decision(_)) {
                said.extend(erase::names(&event.said).cloned());
                said.extend(Naming::of(key, rules, event).matter);
                scope.own(key, rules, event);
            }
        }
        let starts: BTreeMap<Identifier, Vec<i64>> = closure
            .names_of(person)
            .map(|(_, known)| (known.node.identifier.clone(), known.starts.clone()))
            .collect();
        for (id, known) in closure.names_of(person).filter(|(_, known)| !known.shared) {
            let identifier = &known.node.identifier;
            if connection.is_none() || said.contains(identifier) {
                let starts = starts.get(identifier).map_or(&[][..], Vec::as_slice);
                scope.names.push(Name::new(key, id.clone(), &known.node, starts));
            }
        }
        let bases = closure.names_of(person).filter(|(_, known)| !is_inner(&known.node.identifier));
        scope.bases = bases
            .map(|(_, Known { node, .. })| {
                (Node::first(node.identifier.clone()).key(key), node.since.unwrap_or(i64::MIN))
            })
            .collect();
        scope.remains = closure
            .events()
            .any(|(event, home)| home == Some(person) && !from(event) && !event.said.is_erased());
        // A number that is somebody else's by now is not looked for: it would be found in what is theirs.
        let own = scope.names.iter().filter(|name| !is_inner(&name.identifier) && name.until.is_none());
        scope.written = own.map(|name| name.identifier.clone()).collect();
        scope.claims(database, key).await?;
        if connection.is_none() {
            let ids: BTreeSet<ProfileId> = scope.names.iter().map(|name| name.id.clone()).collect();
            for (event, home) in closure.events() {
                if let Body::Decision(decision) = &event.said.body {
                    if decision.verdict.names().any(|name| ids.contains(name)) {
                        scope.decisions.insert(event.id.clone(), event.clone());
                    }
                } else if home != Some(person)
                    && let Some(rest) = erase::without(
                        &event.said,
                        |identifier| {
                            scope.names.iter().any(|name| name.is(identifier, event.said.occurred_at))
                        },
                        event.received_at,
                    )
                {
                    scope.others.insert(event.id.clone(), rest);
                    scope.deliveries.extend(event.delivery.as_ref().map(ToString::to_string));
                }
            }
        }
        scope.messages(database, key).await?;
        scope.intents(database).await?;
        // What assistants said of these messages, whatever connection they are.
        for (event, home) in closure.events() {
            if let Body::Insight(insight) = &event.said.body
                && home == Some(person)
                && scope.messages.contains(&insight.message)
            {
                scope.own(key, rules, event);
            }
        }
        Ok(scope)
    }

    /// Takes one of the person's events.
    fn own(&mut self, key: &IdKey, rules: &Rules, event: &Event) {
        let stated = project(key, rules, event);
        self.messages.extend(stated.message.map(|(id, ..)| id));
        if let Body::Insight(insight) = &event.said.body {
            self.messages.insert(insight.message.clone());
        }
        if let Some(record) = stated.record {
            let place = (record.connection.to_string(), record.kind.to_owned(), record.vendor_id);
            self.records.insert(place);
        }
        self.deliveries.extend(event.delivery.as_ref().map(ToString::to_string));
        self.events.insert(event.id.clone(), event.clone());
    }

    /// What the person typed and is nobody else's name.
    async fn claims(&mut self, database: &mut Database, key: &IdKey) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT namespace, value, connection FROM claims WHERE profile = ?",
            row![self.person.as_str()],
        );
        let mut typed: BTreeMap<String, Identifier> = BTreeMap::new();
        for row in batch.fetch(database).await? {
            let by: String = row.get(2);
            if self.connection.as_ref().is_none_or(|connection| connection.as_str() == by) {
                let identifier = Identifier { namespace: row.get(0), value: row.get(1) };
                typed.insert(Node::first(identifier.clone()).key(key).into(), identifier);
            }
        }
        let mut batch = Batch::default();
        batch.keyed(
            "SELECT key, profile FROM identifiers WHERE key IN",
            typed.keys().map(|key| row![key.as_str()]).collect(),
        );
        if !batch.is_empty() {
            for row in batch.fetch(database).await? {
                if row.get::<&str, _>(1) != self.person.as_str() {
                    typed.remove(row.get::<&str, _>(0));
                }
            }
        }
        self.written.extend(typed.into_values());
        Ok(())
    }

    /// The person's messages, with what is said of them by events that name nobody.
    async fn messages(&mut self, database: &mut Database, key: &IdKey) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id, state, profile FROM messages WHERE profile = ? AND at IS NOT NULL",
            row![self.person.as_str()],
        );
        batch.keyed(
            "SELECT id, state, profile FROM messages WHERE id IN",
            self.messages.iter().map(|id| row![id.as_str()]).collect(),
        );
        let bad = corrupt("messages");
        let mut beside: BTreeSet<EventId> = BTreeSet::new();
        let mut kept: BTreeSet<MessageId> = BTreeSet::new();
        for row in batch.fetch(database).await? {
            let id: MessageId = row.get::<String, _>(0).parse().map_err(|e| bad(&e))?;
            let state: MessageState = serde_json::from_str(row.get(1)).map_err(|e| bad(&e))?;
            let owner: Option<String> = row.get(2);
            if owner.is_some_and(|owner| owner != self.person.as_str()) {
                kept.insert(id.clone());
                self.touched.push((id, state));
                continue;
            }
            if self.connection.as_ref().is_some_and(|connection| state.connection != *connection) {
                continue;
            }
            if !state.vendor_id.is_empty() {
                let parts = [state.connection.as_str(), &state.vendor_id];
                self.messages.insert(MessageId::derived(key, &parts));
            }
            beside.extend(state.said_by().cloned());
            self.messages.insert(id);
        }
        self.messages.retain(|id| !kept.contains(id));
        let mut batch = Batch::default();
        let beside: Vec<_> = beside.into_iter().filter(|id| !self.events.contains_key(id)).collect();
        batch.keyed(
            &format!("SELECT {} FROM events e WHERE e.profile IS NULL AND e.id IN", events::COLUMNS),
            beside.iter().map(|id| row![id.as_str()]).collect(),
        );
        if batch.is_empty() {
            return Ok(());
        }
        for row in batch.fetch(database).await? {
            let logged = events::read(&row, 0)?;
            self.deliveries.extend(logged.event.delivery.as_ref().map(ToString::to_string));
            self.events.insert(logged.event.id.clone(), logged.event);
        }
        Ok(())
    }

    /// What was, or is, to be sent.
    async fn intents(&mut self, database: &mut Database) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT id, message, connection FROM outbox WHERE profile = ?", row![self.person.as_str()]);
        let bad = corrupt("outbox");
        for row in batch.fetch(database).await? {
            let by: String = row.get(2);
            if self.connection.as_ref().is_none_or(|connection| connection.as_str() == by) {
                self.intents.insert(row.get::<String, _>(0).parse().map_err(|e| bad(&e))?);
                self.messages.insert(row.get::<String, _>(1).parse().map_err(|e| bad(&e))?);
            }
        }
        Ok(())
    }

    /// Empties the person's events, and takes the person out of other people's and out of decisions.
    pub(super) async fn empty_events(
        &self,
        database: &mut Database,
        at: i64,
        done: &mut Erased,
    ) -> Result<(), StoreError> {
        let bad = corrupt("an event");
        let mut said: Vec<(&EventId, String, bool)> = Vec::new();
        for (id, event) in &self.events {
            if !event.said.is_erased() {
                done.events += 1;
            }
            said.push((id, serde_json::to_string(&event.said.erased(at)).map_err(|e| bad(&e))?, true));
        }
        for (id, rest) in &self.others {
            done.others += 1;
            said.push((id, serde_json::to_string(rest).map_err(|e| bad(&e))?, false));
        }
        let gone: BTreeSet<ProfileId> = self.names.iter().map(|name| name.id.clone()).collect();
        let mut batch = Batch::default();
        for (id, event) in &self.decisions {
            let Body::Decision(decision) = &event.said.body else { continue };
            let rest = erase::decision_without(decision, &gone);
            unname(&mut batch, id, decision, rest.as_ref());
            let nobody = rest.is_none();
            let left = match rest {
                Some(rest) => NewEvent { body: Body::Decision(rest), ..event.said.clone() },
                None => event.said.erased(at),
            };
            said.push((id, serde_json::to_string(&left).map_err(|e| bad(&e))?, nobody));
        }
        for chunk in said.chunks(CHUNK) {
            let mut batch = Batch::default();
            for (id, text, nobody) in chunk {
                let whose = if *nobody { ", profile = NULL" } else { "" };
                batch.add(
                    &format!("UPDATE events SET said = ?{whose} WHERE id = ?"),
                    row![text.as_str(), id.as_str()],
                );
            }
            batch.execute(database).await?;
        }
        let keys = || self.events.keys().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        batch.keyed("DELETE FROM jobs WHERE event IN", keys());
        if !batch.is_empty() {
            batch.execute(database).await?;
        }
        Ok(())
    }

    /// Deletes the person's messages, what assistants said of them and what was to be sent.
    pub(super) async fn take_messages(
        &self,
        database: &mut Database,
        done: &mut Erased,
    ) -> Result<(), StoreError> {
        let keys = || self.messages.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        let intents = || self.intents.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        let mut count = Batch::default();
        count.keyed("SELECT count(*) FROM messages WHERE at IS NOT NULL AND id IN", keys());
        if !count.is_empty() {
            let counts = count.fetch(database).await?;
            done.messages = counts.iter().map(|row| row.get::<i64, _>(0).unsigned_abs()).sum();
        }
        done.outbox = self.intents.len() as u64;
        let mut batch = Batch::default();
        batch.keyed("DELETE FROM messages WHERE id IN", keys());
        batch.keyed("DELETE FROM message_aliases WHERE id IN", keys());
        batch.keyed("DELETE FROM insights WHERE message IN", keys());
        batch.keyed("DELETE FROM outbox WHERE id IN", intents());
        for (id, state) in &self.touched {
            let mut state = state.clone();
            if state.forget(|event| self.events.contains_key(event)) {
                let text = serde_json::to_string(&state).map_err(|e| corrupt("a message")(&e))?;
                batch.add("UPDATE messages SET state = ? WHERE id = ?", row![text, id.as_str()]);
            }
        }
        if !batch.is_empty() {
            batch.execute(database).await?;
        }
        Ok(())
    }

    /// Deletes the person's orders, parcels and other records.
    pub(super) async fn take_records(
        &self,
        database: &mut Database,
        done: &mut Erased,
    ) -> Result<(), StoreError> {
        let keys = || {
            let places = self.records.iter();
            places.map(|(connection, kind, id)| row![&**connection, &**kind, &**id]).collect::<Vec<_>>()
        };
        let own = "(profile IS NULL OR profile = ?)";
        let mut count = 0;
        for chunk in keys().chunks(CHUNK) {
            let mut batch = Batch::default();
            for place in chunk {
                let [connection, kind, id] = place.clone();
                batch.add(
                    &format!(
                        "SELECT count(*) FROM records WHERE connection = ? AND kind = ? AND vendor_id = ? AND {own}"
                    ),
                    [connection.clone(), kind.clone(), id.clone(), self.person.as_str().into()],
                );
                batch.add(
                    &format!(
                        "DELETE FROM records WHERE connection = ? AND kind = ? AND vendor_id = ? AND {own}"
                    ),
                    [connection, kind, id, self.person.as_str().into()],
                );
            }
            let counts = batch.fetch(database).await?;
            count += counts.iter().map(|row| row.get::<i64, _>(0).unsigned_abs()).sum::<u64>();
        }
        done.records = count;
        Ok(())
    }
}

/// Who typed a name of this person's.
async fn typed_by(database: &mut Database, person: &ProfileId) -> Result<Vec<ProfileId>, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "SELECT DISTINCT c.profile FROM identifiers i JOIN claims c ON c.namespace = i.namespace AND c.value = i.value \
         WHERE i.profile = ? AND i.shared = 0",
        row![person.as_str()],
    );
    let rows = batch.fetch(database).await?;
    rows.iter().map(|row| crate::store::profiles::profile_id(row, 0)).collect()
}

/// Takes the people out of what is known to be decided of whom.
fn unname(batch: &mut Batch, event: &EventId, before: &Decision, after: Option<&Decision>) {
    let left: BTreeSet<&ProfileId> = after.iter().flat_map(|decision| decision.verdict.names()).collect();
    for name in before.verdict.names().filter(|name| !left.contains(name)) {
        batch.add("DELETE FROM decided WHERE name = ? AND event = ?", row![name.as_str(), event.as_str()]);
    }
}
