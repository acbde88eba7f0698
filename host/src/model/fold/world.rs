//! The whole fold in memory: what the store must always agree with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Claim, Identity, Record, Root, project};
use crate::model::consent::Statement;
use crate::model::conversation::{self, Done, Folded, Post};
use crate::model::event::{Body, Event};
use crate::model::id::{ConnectionId, EventId, IdKey, MessageId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::message::MessageState;
use crate::model::rules::Rules;

/// One person.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The identifier that gives the person the id.
    pub root: Root,
    /// Stated values by (field, connection, value).
    pub attributes: BTreeMap<(String, ConnectionId, String), Candidate>,
    /// Typed identifiers by (identifier, connection): the first time each was typed.
    pub claims: BTreeMap<(Identifier, ConnectionId), Claim>,
    /// What was said of leave to contact the person.
    pub consents: BTreeSet<Statement>,
    /// The person's events.
    pub events: BTreeSet<EventId>,
}

/// Everything that events say, folded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    /// Who is who.
    pub identity: Identity,
    /// The people.
    pub people: BTreeMap<ProfileId, Person>,
    /// The messages, those included that only wait for their content, with their person.
    pub messages: BTreeMap<MessageId, (MessageState, Option<ProfileId>)>,
    /// People's conversations.
    pub conversations: BTreeMap<ProfileId, Folded>,
    /// Records of other systems by (connection, kind, vendor's id), with their person.
    pub records: BTreeMap<(ConnectionId, &'static str, String), (Record, Option<ProfileId>)>,
}

impl World {
    /// Folds a set of events: their order and repetition make no difference.
    #[must_use]
    pub fn of(key: &IdKey, rules: &Rules, events: &[Event]) -> Self {
        let identity = Identity::of(key, rules, events, &BTreeSet::new());
        let mut world = Self::default();
        for (id, root) in &identity.roots {
            world.people.insert(id.clone(), Person::new(root.clone()));
        }
        let distinct: BTreeMap<&EventId, &Event> = events.iter().map(|event| (&event.id, event)).collect();
        for event in distinct.into_values() {
            let home = identity.homes.get(&event.id).cloned();
            world.state(key, rules, event, home);
        }
        world.identity = identity;
        world.converse(rules, events);
        world
    }

    /// Which messages are one conversation, and whose is what was done with them.
    fn converse(&mut self, rules: &Rules, events: &[Event]) {
        type Parts<'a> = (Vec<Post>, Vec<Done>, Vec<&'a MessageId>);
        let mut parts: BTreeMap<ProfileId, Parts<'_>> = BTreeMap::new();
        for (message, owner) in self.messages.values() {
            if let (Some(post), Some(owner)) = (Post::of(message), owner) {
                parts.entry(owner.clone()).or_default().0.push(post);
            }
        }
        let handled: BTreeMap<&EventId, &Event> = events.iter().map(|event| (&event.id, event)).collect();
        for (id, event) in handled {
            let named = match &event.said.body {
                Body::Conversation(handling) => &handling.message,
                Body::Note(note) => &note.message,
                _ => continue,
            };
            let Some((_, Some(owner))) = self.messages.get(named) else { continue };
            let (_, done, notes) = parts.entry(owner.clone()).or_default();
            match &event.said.body {
                Body::Conversation(handling) => {
                    let (event, at) = (id.clone(), event.said.occurred_at);
                    done.push(Done { event, at, handling: handling.clone() });
                }
                _ => notes.push(named),
            }
            if let Some(person) = self.people.get_mut(owner) {
                person.events.insert(id.clone());
            }
            self.identity.homes.insert(id.clone(), owner.clone());
        }
        let folded = parts.into_iter().map(|(person, (posts, done, notes))| {
            (person, conversation::fold(rules.reopen(), posts, done, notes))
        });
        self.conversations = folded.collect();
    }

    fn state(&mut self, key: &IdKey, rules: &Rules, event: &Event, profile: Option<ProfileId>) {
        let projection = project(key, rules, event);
        if let Some(person) = profile.as_ref().and_then(|profile| self.people.get_mut(profile)) {
            person.events.insert(event.id.clone());
            projection.attributes.into_iter().for_each(|candidate| person.stated(candidate));
            projection.claims.into_iter().for_each(|claim| person.claimed(claim));
            person.consents.extend(projection.consent);
        }
        if let Some((id, vendor_id, fact)) = projection.message {
            let fresh = || (MessageState::new(id.clone(), event.connection.clone(), &vendor_id), None);
            let (message, owner) = self.messages.entry(id.clone()).or_insert_with(fresh);
            message.apply(fact);
            // A message belongs to whoever its own event is about; a status or reaction only refers to it.
            if message.content.as_ref().is_some_and(|content| content.event.as_ref() == Some(&event.id)) {
                *owner = profile.clone();
            }
        }
        if let Some(record) = projection.record {
            let place = (record.connection.clone(), record.kind, record.vendor_id.clone());
            let newer = |have: &Record| (record.changed_at, &record.event) > (have.changed_at, &have.event);
            if self.records.get(&place).is_none_or(|(have, _)| newer(have)) {
                self.records.insert(place, (record, profile));
            }
        }
    }
}

impl Person {
    /// Somebody of whom nothing is known yet.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self {
            root,
            attributes: BTreeMap::new(),
            claims: BTreeMap::new(),
            consents: BTreeSet::new(),
            events: BTreeSet::new(),
        }
    }

    /// Takes in a value that somebody stated.
    pub fn stated(&mut self, candidate: Candidate) {
        let place = (candidate.field.clone(), candidate.connection.clone(), candidate.value.clone());
        match self.attributes.get_mut(&place) {
            Some(have) => have.absorb(&candidate),
            None => {
                self.attributes.insert(place, candidate);
            }
        }
    }

    /// Takes in an identifier that was typed.
    pub fn claimed(&mut self, claim: Claim) {
        let place = (claim.identifier.clone(), claim.connection.clone());
        let earlier = |have: &Claim| (claim.at, &claim.event) < (have.at, &have.event);
        if self.claims.get(&place).is_none_or(earlier) {
            self.claims.insert(place, claim);
        }
    }
}
