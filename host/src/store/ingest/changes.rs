//! What a group changes, decided in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Subscription;
use super::known::{Entry, Known, Person};
use crate::model::conversation::{Desk, Post};
use crate::model::event::{Body, Event};
use crate::model::fold::{Candidate, Claim, Projection, Record, Resolution};
use crate::model::id::{ConnectionId, DeliveryId, EventId, IdKey, JobId, MessageId, OutboxId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::message::{MessageFact, MessageState, SendState};
use crate::store::StoreError;
use crate::store::batch::{Value, row};
use crate::store::consents;
use crate::store::error::corrupt;

/// What news with the correlation says of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    Sent,
    Failed(String),
}

/// What an assistant said, and when.
pub(super) struct Insighted {
    pub(super) at: i64,
    pub(super) event: EventId,
    pub(super) text: String,
}

/// What is to be written of one group.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) events: Vec<[Value; 9]>,
    pub(super) jobs: Vec<[Value; 7]>,
    pub(super) requests: Vec<[Value; 9]>,
    pub(super) attributes: BTreeMap<(ProfileId, String, ConnectionId, String), Candidate>,
    pub(super) claims: BTreeMap<(ProfileId, Identifier, ConnectionId), Claim>,
    pub(super) consents: Vec<[Value; 9]>,
    pub(super) insights: BTreeMap<(MessageId, ConnectionId, String), Insighted>,
    pub(super) records: BTreeMap<(ConnectionId, &'static str, String), (Record, Option<ProfileId>)>,
    pub(super) messages: HashMap<MessageId, Entry>,
    /// People's conversations after this.
    pub(super) desks: HashMap<ProfileId, Desk>,
    /// People whose conversations only the whole history can tell.
    pub(super) unclear: BTreeSet<ProfileId>,
    pub(super) aliases: BTreeMap<MessageId, MessageId>,
    pub(super) gone: Vec<MessageId>,
    pub(super) settled: Vec<(OutboxId, Settled)>,
    pub(super) people: HashMap<ProfileId, Person>,
}

impl Changes {
    /// The people that were touched, under their names after the fold.
    pub(super) fn people(&mut self, known: &mut Known, resolution: &Resolution) {
        let mut moved: HashMap<&ProfileId, Vec<&ProfileId>> = HashMap::new();
        for (old, new) in &resolution.moved {
            moved.entry(new).or_default().push(old);
        }
        for (id, root) in &resolution.roots {
            let mut person = known.people.get(id).cloned().unwrap_or_else(|| Person {
                root: root.clone(),
                // Not `root.seen`: an insight may have named the person first, and that is no activity.
                active_at: 0,
                contested: false,
            });
            for old in moved.get(id).into_iter().flatten() {
                // What was two people's conversations may be one.
                self.unclear.insert(id.clone());
                if let Some(old) = known.people.get(*old) {
                    person.absorb(old);
                }
            }
            person.root = root.clone();
            self.people.insert(id.clone(), person);
        }
        for entry in known.messages.values_mut() {
            if let Some((_, new)) = resolution.moved.iter().find(|(old, _)| Some(old) == entry.owner.as_ref())
            {
                entry.owner = Some(new.clone());
            }
        }
    }

    pub(super) fn event(
        &mut self,
        event: &Event,
        seq: i64,
        profile: Option<&ProfileId>,
    ) -> Result<(), StoreError> {
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

    /// Queues what a vendor asks on behalf of a person.
    pub(super) fn request(&mut self, event: &Event, now: i64, profile: Option<&ProfileId>) {
        if let Body::PrivacyRequest(request) = &event.said.body {
            self.requests.push(row![
                event.id.as_str(),
                event.connection.as_str(),
                request.right.as_str(),
                "queued",
                now,
                now,
                0_i64,
                profile.map(ProfileId::as_str),
                Value::Null
            ]);
        }
    }

    /// Queues what assistants are to be shown of an event: how many pieces of work that is.
    pub(super) fn work(
        &mut self,
        key: &IdKey,
        event: &Event,
        now: i64,
        assistants: &[Subscription],
    ) -> usize {
        let before = self.jobs.len();
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
        self.jobs.len() - before
    }

    pub(super) fn project(
        &mut self,
        reopen: i64,
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
            self.consents.extend(projection.consent.map(|said| consents::row_of(profile, said)));
        }
        if let Body::Insight(insight) = &event.said.body {
            let text = serde_json::to_string(insight).map_err(|e| corrupt("an insight")(&e))?;
            let place = (insight.message.clone(), event.connection.clone(), insight.kind.as_str().to_owned());
            let said = Insighted { at: event.said.occurred_at, event: event.id.clone(), text };
            match self.insights.get(&place) {
                Some(have) if (have.at, &have.event) > (said.at, &said.event) => {}
                _ => drop(self.insights.insert(place, said)),
            }
        }
        if let Some((derived, vendor_id, fact)) = projection.message {
            let correlation = projection.correlation.and_then(|text| text.parse::<OutboxId>().ok());
            let news = match &fact {
                MessageFact::State(SendState::Failed, dated) => Settled::Failed(dated.text.clone()),
                _ => Settled::Sent,
            };
            let id = self.home(derived, event, correlation.map(|id| (id, news)), known);
            let mut entry = match self.messages.remove(&id).or_else(|| known.messages.remove(&id)) {
                Some(entry) => entry,
                None => Entry {
                    message: MessageState::new(id.clone(), event.connection.clone(), &vendor_id),
                    owner: None,
                    conversation: None,
                },
            };
            let before = (Post::of(&entry.message), entry.owner.clone());
            if entry.message.vendor_id.is_empty() {
                entry.message.vendor_id = vendor_id;
            }
            entry.message.apply(fact);
            let content = entry.message.content.as_ref();
            if content.is_some_and(|content| content.event.as_ref() == Some(&event.id)) {
                entry.owner = profile.cloned();
            }
            self.place(reopen, &mut entry, before, known);
            self.messages.insert(id, entry);
        }
        if let Some(record) = projection.record {
            self.record(record, profile, known);
        }
        Ok(())
    }

    /// Finds the conversation of a message after what was said of it.
    fn place(
        &mut self,
        reopen: i64,
        entry: &mut Entry,
        before: (Option<Post>, Option<ProfileId>),
        known: &mut Known,
    ) {
        let after = Post::of(&entry.message);
        if (&after, &entry.owner) == (&before.0, &before.1) {
            return;
        }
        if let (Some(post), Some(owner), None) = (&after, &entry.owner, &before.0)
            && !self.unclear.contains(owner)
        {
            let desk = self.desks.entry(owner.clone());
            let desk = desk.or_insert_with(|| known.desks.remove(owner).unwrap_or_default());
            if let Some(at) = desk.take(reopen, post, None) {
                entry.conversation = Some(desk.conversations[at].id());
                return;
            }
        }
        // What was known of it already is different now, or it is not the last of the person's history.
        entry.conversation = None;
        self.unclear.extend(before.1.into_iter().chain(entry.owner.clone()));
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
        if own.is_none_or(|own| own.message.connection != event.connection) {
            return derived;
        }
        self.settled.push((outbox, news));
        let home = home.clone();
        self.aliases.insert(derived.clone(), home.clone());
        // What came under the vendor's id before is the same message's.
        let waiting = self.messages.remove(&derived).or_else(|| known.messages.remove(&derived));
        if let Some(waiting) = waiting {
            if let Some(mut entry) = self.messages.remove(&home).or_else(|| known.messages.remove(&home)) {
                entry.message.absorb(waiting.message);
                self.unclear.extend(waiting.owner.into_iter().chain(entry.owner.clone()));
                self.messages.insert(home.clone(), entry);
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
}
