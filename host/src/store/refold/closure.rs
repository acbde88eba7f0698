//! Everybody whom edges hold together with the seeds, and all that was said of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Seeds;
use crate::model::event::{Body, Event};
use crate::model::fold::{Known, Naming, Node};
use crate::model::id::{EventId, IdKey, ProfileId};
use crate::model::rules::Rules;
use crate::store::batch::{Batch, row};
use crate::store::engine::{Database, Row};
use crate::store::nodes::{self, Keys};
use crate::store::{StoreError, events};

/// People, and all that is known of them.
#[derive(Default)]
pub(in crate::store) struct Closure {
    /// The people as they are stored.
    pub(super) people: BTreeSet<ProfileId>,
    /// Their events, each with whose it is stored as.
    pub(super) events: BTreeMap<EventId, (Event, Option<ProfileId>)>,
    /// Their names as they are stored, by the node's id, and those that many people use beside them.
    pub(super) names: BTreeMap<ProfileId, (Known, ProfileId)>,
    /// What is still to be looked at.
    fresh_people: BTreeSet<ProfileId>,
    fresh_events: BTreeSet<EventId>,
    /// Whether what many use is looked at like anything else.
    pub(super) through_shared: bool,
    /// Ids of nodes that were looked up.
    looked: BTreeSet<ProfileId>,
}

impl Closure {
    pub(super) fn new(seeds: Seeds) -> Self {
        let mut closure = Self {
            fresh_events: seeds.events.into_iter().collect(),
            through_shared: seeds.through_shared,
            ..Self::default()
        };
        closure.add(seeds.people);
        closure
    }

    /// Adds people as they are stored.
    pub(super) fn add(&mut self, people: impl IntoIterator<Item = ProfileId>) {
        for person in people {
            if self.people.insert(person.clone()) {
                self.fresh_people.insert(person);
            }
        }
    }

    /// Nodes that events beyond these make shared.
    pub(super) fn shared_nodes(&self) -> BTreeSet<Node> {
        let shared = self.names.values().filter(|(known, _)| known.shared && !self.through_shared);
        shared.map(|(known, _)| known.node.clone()).collect()
    }

    /// Whether somebody is stored, and only beside these people.
    pub(super) fn left_out(&self, person: &ProfileId) -> bool {
        !self.people.contains(person)
            && self.names.values().any(|(known, owner)| known.shared && owner == person)
    }

    /// Reads on until nobody is left whom the edges reach.
    pub(super) async fn grow(
        &mut self,
        connection: &mut Database,
        key: &IdKey,
        rules: &Rules,
    ) -> Result<(), StoreError> {
        let mut ids = Keys::new(key);
        while !self.fresh_people.is_empty() || !self.fresh_events.is_empty() {
            let mut wanted = self.read_people(connection, key, rules, &mut ids).await?;
            let reached = self.reach(connection).await?;
            wanted.extend(reached);
            wanted.retain(|id| self.looked.insert(id.clone()));
            self.look_up(connection, &mut ids, wanted).await?;
        }
        Ok(())
    }

    /// Reads what is new; the ids of the nodes that it names.
    async fn read_people(
        &mut self,
        connection: &mut Database,
        key: &IdKey,
        rules: &Rules,
        ids: &mut Keys<'_>,
    ) -> Result<BTreeSet<ProfileId>, StoreError> {
        let people: Vec<_> = std::mem::take(&mut self.fresh_people).into_iter().collect();
        let single: Vec<_> = std::mem::take(&mut self.fresh_events).into_iter().collect();
        let of = |ids: &[ProfileId]| ids.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        let mut batch = Batch::default();
        batch.keyed(&format!("SELECT 0, {} FROM events e WHERE e.profile IN", events::COLUMNS), of(&people));
        batch.keyed(
            &format!("SELECT 0, {} FROM events e WHERE e.id IN", events::COLUMNS),
            single.iter().map(|id| row![id.as_str()]).collect(),
        );
        batch.keyed(
            &format!("SELECT 1, {} FROM identifiers i WHERE i.profile IN", nodes::IDENTIFIER),
            of(&people),
        );
        batch.keyed(&format!("SELECT 1, {} FROM matters m WHERE m.profile IN", nodes::MATTER), of(&people));
        let mut wanted = BTreeSet::new();
        for row in batch.fetch(connection).await? {
            if row.get::<i64, _>(0) == 1 {
                self.take_name(&row, 1, ids)?;
                continue;
            }
            let logged = events::read(&row, 1)?;
            if self.events.contains_key(&logged.event.id) {
                continue;
            }
            let naming = Naming::of(key, rules, &logged.event);
            for named in naming.people.iter().chain(&naming.devices) {
                wanted.insert(ids.of(&Node::first(named.identifier.clone())));
            }
            wanted.extend(naming.matter.map(|matter| ids.of(&Node::first(matter))));
            if let Body::Decision(decision) = &logged.event.said.body {
                wanted.extend(decision.verdict.names().cloned());
            }
            self.events.insert(logged.event.id.clone(), (logged.event, logged.profile));
        }
        Ok(wanted)
    }

    /// The other ends of the edges of these people's names, and the decisions that name them.
    async fn reach(&mut self, connection: &mut Database) -> Result<Vec<ProfileId>, StoreError> {
        let own: Vec<&ProfileId> = self
            .names
            .iter()
            .filter(|(_, (known, owner))| {
                (self.through_shared || !known.shared) && self.people.contains(owner)
            })
            .map(|(id, _)| id)
            .collect();
        let keys = || own.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        let mut batch = Batch::default();
        batch.keyed("SELECT 0, b FROM edges WHERE a IN", keys());
        batch.keyed("SELECT 0, a FROM edges WHERE b IN", keys());
        batch.keyed("SELECT 1, event FROM decided WHERE name IN", keys());
        let mut reached = Vec::new();
        if batch.is_empty() {
            return Ok(reached);
        }
        for row in batch.fetch(connection).await? {
            if row.get::<i64, _>(0) == 0 {
                reached.push(super::super::profiles::profile_id(&row, 1)?);
            } else {
                let bad = crate::store::error::corrupt("decided");
                let event: EventId = row.get::<String, _>(1).parse().map_err(|e| bad(&e))?;
                if !self.events.contains_key(&event) {
                    self.fresh_events.insert(event);
                }
            }
        }
        Ok(reached)
    }

    /// Reads whose nodes are, in all their spans.
    async fn look_up(
        &mut self,
        connection: &mut Database,
        ids: &mut Keys<'_>,
        wanted: BTreeSet<ProfileId>,
    ) -> Result<(), StoreError> {
        let keys = || wanted.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        let mut batch = Batch::default();
        batch.keyed(&format!("SELECT {} FROM identifiers i WHERE i.key IN", nodes::IDENTIFIER), keys());
        batch.keyed(
            &format!(
                "SELECT {} FROM later l JOIN identifiers i ON i.key = l.key WHERE l.id IN",
                nodes::IDENTIFIER
            ),
            keys(),
        );
        batch.keyed(&format!("SELECT {} FROM matters m WHERE m.key IN", nodes::MATTER), keys());
        if batch.is_empty() {
            return Ok(());
        }
        let mut people = Vec::new();
        for row in batch.fetch(connection).await? {
            let (shared, owner) = self.take_name(&row, 0, ids)?;
            if !shared {
                people.push(owner);
            }
        }
        self.add(people);
        Ok(())
    }

    fn take_name(
        &mut self,
        row: &Row,
        at: usize,
        ids: &mut Keys<'_>,
    ) -> Result<(bool, ProfileId), StoreError> {
        let (known, owner) = nodes::known(row, at)?;
        let shared = known.shared && !self.through_shared;
        self.names.insert(ids.of(&known.node), (known, owner.clone()));
        Ok((shared, owner))
    }

    /// The people as they are stored.
    pub(in crate::store) fn people(&self) -> &BTreeSet<ProfileId> {
        &self.people
    }

    /// The names of one of them, by the node's id.
    pub(in crate::store) fn names_of<'a>(
        &'a self,
        person: &'a ProfileId,
    ) -> impl Iterator<Item = (&'a ProfileId, &'a Known)> {
        let own = self.names.iter().filter(move |(_, (_, owner))| owner == person);
        own.map(|(id, (known, _))| (id, known))
    }

    /// Whether many people use any of the names.
    pub(in crate::store) fn any_shared(&self) -> bool {
        self.names.values().any(|(known, _)| known.shared)
    }

    /// The events, each with whose it is stored as.
    pub(in crate::store) fn events(&self) -> impl Iterator<Item = (&Event, Option<&ProfileId>)> {
        self.events.values().map(|(event, home)| (event, home.as_ref()))
    }

    /// One of the events.
    pub(in crate::store) fn event(&self, id: &EventId) -> Option<&Event> {
        self.events.get(id).map(|(event, _)| event)
    }

    /// Whose every event is stored as.
    pub(in crate::store) fn homes(&self) -> BTreeMap<&EventId, &ProfileId> {
        self.events.iter().filter_map(|(id, (_, home))| Some((id, home.as_ref()?))).collect()
    }

    /// Where a stored person's names went: for what follows a person rather than an event.
    pub(super) fn moved<'a>(
        &self,
        homes: &'a BTreeMap<EventId, ProfileId>,
    ) -> HashMap<(ProfileId, String), (i64, &'a ProfileId)> {
        let mut moved: HashMap<(ProfileId, String), (i64, &ProfileId)> = HashMap::new();
        for (id, (event, before)) in &self.events {
            let message = matches!(event.said.body, Body::MessageReceived(_) | Body::MessageSent(_));
            let (Some(before), Some(home), true) = (before, homes.get(id), message) else { continue };
            let place = (before.clone(), event.connection.to_string());
            let latest = (event.said.occurred_at, home);
            let have = moved.entry(place).or_insert(latest);
            *have = latest.max(*have);
        }
        moved
    }
}
