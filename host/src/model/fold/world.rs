//! The whole fold in memory: what the store must always agree with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Claim, Graph, Node, Record, Root, project};
use crate::model::event::Event;
use crate::model::id::{ConnectionId, EventId, IdKey, MessageId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::message::MessageState;

/// One person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Person {
    /// The identifier that gives the person the id; `None` only while nothing is known.
    pub root: Option<Root>,
    /// Stated values by (field, connection, value).
    pub attributes: BTreeMap<(String, ConnectionId, String), Candidate>,
    /// Typed identifiers by (identifier, connection): the first time each was typed.
    pub claims: BTreeMap<(Identifier, ConnectionId), Claim>,
    /// The person's events.
    pub events: BTreeSet<EventId>,
}

/// Everything that events say, folded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    /// Who an identifier belongs to.
    pub identifiers: BTreeMap<Identifier, (Node, ProfileId)>,
    /// The people.
    pub people: BTreeMap<ProfileId, Person>,
    /// The messages, those included that only wait for their content, with their person.
    pub messages: BTreeMap<MessageId, (MessageState, Option<ProfileId>)>,
    /// Records of other systems by (connection, kind, vendor's id), with their person.
    pub records: BTreeMap<(ConnectionId, &'static str, String), (Record, Option<ProfileId>)>,
    /// Which events were taken in.
    pub events: BTreeSet<EventId>,
}

impl World {
    /// Takes in a group of events. However a history is cut into groups, ordered and repeated, the same
    /// world comes out.
    pub fn absorb(&mut self, key: &IdKey, events: &[Event]) {
        let mut fresh: Vec<&Event> = Vec::new();
        for event in events {
            if self.events.insert(event.id.clone()) {
                fresh.push(event);
            }
        }
        let mut graph = Graph::default();
        for (node, profile) in self.identifiers.values() {
            let root = self.people.get(profile).and_then(|person| person.root.clone());
            if let Some(root) = root {
                graph.know(node.clone(), profile.clone(), root);
            }
        }
        let people: Vec<Option<usize>> = fresh.iter().map(|event| graph.add(key, event)).collect();
        let resolution = graph.resolve(key);
        for (old, new) in &resolution.moved {
            self.rename(old, new);
        }
        for (profile, root) in &resolution.roots {
            self.people.entry(profile.clone()).or_default().root = Some(root.clone());
        }
        for (node, profile) in &resolution.changed {
            self.identifiers.insert(node.identifier.clone(), (node.clone(), profile.clone()));
        }
        for (event, person) in fresh.into_iter().zip(people) {
            let profile = person.map(|person| resolution.profile(person).clone());
            self.state(key, event, profile);
        }
    }

    fn rename(&mut self, old: &ProfileId, new: &ProfileId) {
        let Some(person) = self.people.remove(old) else { return };
        let target = self.people.entry(new.clone()).or_default();
        for candidate in person.attributes.into_values() {
            insert_attribute(target, candidate);
        }
        for claim in person.claims.into_values() {
            insert_claim(target, claim);
        }
        target.events.extend(person.events);
        let belongs = |profile: &mut ProfileId| {
            if profile == old {
                *profile = new.clone();
            }
        };
        self.identifiers.values_mut().for_each(|(_, profile)| belongs(profile));
        self.messages.values_mut().filter_map(|(_, profile)| profile.as_mut()).for_each(belongs);
        self.records.values_mut().filter_map(|(_, profile)| profile.as_mut()).for_each(belongs);
    }

    fn state(&mut self, key: &IdKey, event: &Event, profile: Option<ProfileId>) {
        let projection = project(key, event);
        if let Some(profile) = &profile {
            let person = self.people.entry(profile.clone()).or_default();
            person.events.insert(event.id.clone());
            projection.attributes.into_iter().for_each(|candidate| insert_attribute(person, candidate));
            projection.claims.into_iter().for_each(|claim| insert_claim(person, claim));
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

fn insert_attribute(person: &mut Person, candidate: Candidate) {
    let place = (candidate.field.clone(), candidate.connection.clone(), candidate.value.clone());
    match person.attributes.get_mut(&place) {
        Some(have) => have.absorb(&candidate),
        None => {
            person.attributes.insert(place, candidate);
        }
    }
}

fn insert_claim(person: &mut Person, claim: Claim) {
    let place = (claim.identifier.clone(), claim.connection.clone());
    let earlier = |have: &Claim| (claim.at, &claim.event) < (have.at, &have.event);
    if person.claims.get(&place).is_none_or(earlier) {
        person.claims.insert(place, claim);
    }
}
