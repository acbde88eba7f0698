//! Who is who: identifiers are nodes, an event that names several with evidence that joins is an edge,
//! and a connected component is one person.

use std::collections::{BTreeMap, HashMap};

use crate::model::event::{Body, Event};
use crate::model::id::{IdKey, MessageId, ProfileId};
use crate::model::identifier::{Evidence, Identifier};

/// Namespaces that the hub makes itself to hold events of one matter together. They are never shown as
/// a person's identifiers.
const INNER: [&str; 3] = ["inner:event", "inner:message", "inner:order"];

/// Whether an identifier is one of the hub's own making.
#[must_use]
pub fn is_inner(identifier: &Identifier) -> bool {
    INNER.iter().any(|inner| identifier.namespace.starts_with(inner))
}

/// The id that a person has whose first-seen identifier is this one. It also redirects for ever.
#[must_use]
pub fn profile_of(key: &IdKey, identifier: &Identifier) -> ProfileId {
    ProfileId::derived(key, &[&identifier.namespace, &identifier.value])
}

/// The nodes that an event connects: its identifiers that join; the order it belongs to; and where it
/// has neither, itself or its message, so that it is a person of its own.
#[must_use]
pub fn nodes_of(key: &IdKey, event: &Event) -> Vec<(Identifier, Evidence)> {
    let said = &event.said;
    let mut nodes: Vec<(Identifier, Evidence)> = said
        .subject
        .iter()
        .filter(|evident| evident.evidence.joins())
        .map(|evident| (evident.identifier.clone(), evident.evidence))
        .collect();
    match &said.body {
        Body::IdentifierChanged(change) => {
            for evident in [&change.previous, &change.current] {
                if evident.evidence.joins() {
                    nodes.push((evident.identifier.clone(), evident.evidence));
                }
            }
        }
        Body::CustomerMerged(merge) => {
            let merged = merge.merged.iter().filter(|evident| evident.evidence.joins());
            nodes.extend(merged.map(|evident| (evident.identifier.clone(), evident.evidence)));
        }
        _ => {}
    }
    let inner = |kind: &str, value: &str| {
        (Identifier { namespace: kind.to_owned(), value: value.to_owned() }, Evidence::Recorded)
    };
    if let Some(order) = order_of(&said.body) {
        nodes.push(inner(&format!("inner:order:{}", event.connection), order));
    }
    if nodes.is_empty() {
        match &said.body {
            Body::MessageReceived(message) | Body::MessageSent(message) if !said.subject.is_empty() => {
                let id = MessageId::derived(key, &[event.connection.as_str(), &message.id]);
                nodes.push(inner("inner:message", id.as_str()));
            }
            Body::Insight(insight) => nodes.push(inner("inner:message", insight.message.as_str())),
            _ if !said.subject.is_empty() => nodes.push(inner("inner:event", event.id.as_str())),
            _ => {}
        }
    }
    nodes
}

/// The order that an event belongs to: what happens to an order happens to whoever placed it.
fn order_of(body: &Body) -> Option<&str> {
    match body {
        Body::Order(order) => Some(order.id.as_str()),
        Body::Fulfilment(fulfilment) => Some(fulfilment.order.as_str()),
        Body::Refund(refund) => Some(refund.order.as_str()),
        Body::Payment(payment) => payment.order.as_deref(),
        _ => None,
    }
    .filter(|id| !id.is_empty())
}

/// The identifier that gives a person the profile id: the one seen first, ties by its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// When the earliest event names it: milliseconds since the epoch, UTC.
    pub seen: i64,
    /// Its text.
    pub name: String,
}

/// An identifier and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The identifier.
    pub identifier: Identifier,
    /// The strongest evidence given for it.
    pub evidence: Evidence,
    /// When the earliest event names it: milliseconds since the epoch, UTC.
    pub seen: i64,
}

enum Slot {
    Identifier { node: Node, dirty: bool },
    Profile { id: ProfileId, root: Root },
}

/// Finds the components. Seed it with what is known of the identifiers that some events name, add the
/// events, then [`resolve`](Graph::resolve).
#[derive(Default)]
pub struct Graph {
    slots: Vec<Slot>,
    parent: Vec<usize>,
    identifiers: HashMap<Identifier, usize>,
    profiles: HashMap<ProfileId, usize>,
}

/// Who is who after the events.
#[derive(Debug, Default)]
pub struct Resolution {
    /// The profile that each slot belongs to.
    profile_of_slot: Vec<ProfileId>,
    /// Identifiers that are new or whose evidence, first sight or person changed, each with its profile.
    pub changed: Vec<(Node, ProfileId)>,
    /// The root of every profile that was touched.
    pub roots: BTreeMap<ProfileId, Root>,
    /// Profiles that became part of another, or took another id: `(old, new)`.
    pub moved: Vec<(ProfileId, ProfileId)>,
}

impl Resolution {
    /// The profile of the person that [`Graph::add`] returned.
    #[must_use]
    pub fn profile(&self, person: usize) -> &ProfileId {
        &self.profile_of_slot[person]
    }
}

impl Graph {
    fn push(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
        self.parent.push(self.parent.len());
        self.parent.len() - 1
    }

    fn find(&mut self, mut slot: usize) -> usize {
        while self.parent[slot] != slot {
            self.parent[slot] = self.parent[self.parent[slot]];
            slot = self.parent[slot];
        }
        slot
    }

    fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// Seeds an identifier that is known to belong to a profile with that root.
    pub fn know(&mut self, node: Node, profile: ProfileId, root: Root) {
        let home = match self.profiles.get(&profile) {
            Some(home) => *home,
            None => {
                let home = self.push(Slot::Profile { id: profile.clone(), root });
                self.profiles.insert(profile, home);
                home
            }
        };
        if !self.identifiers.contains_key(&node.identifier) {
            let identifier = node.identifier.clone();
            let slot = self.push(Slot::Identifier { node, dirty: false });
            self.identifiers.insert(identifier, slot);
            self.union(slot, home);
        }
    }

    /// Adds what an event says of who is who; returns a handle on the person it is about, if any.
    pub fn add(&mut self, key: &IdKey, event: &Event) -> Option<usize> {
        let at = event.said.occurred_at;
        let mut person = None;
        for (identifier, evidence) in nodes_of(key, event) {
            let slot = match self.identifiers.get(&identifier) {
                Some(slot) => *slot,
                None => {
                    let node = Node { identifier: identifier.clone(), evidence, seen: at };
                    let slot = self.push(Slot::Identifier { node, dirty: true });
                    self.identifiers.insert(identifier, slot);
                    slot
                }
            };
            if let Slot::Identifier { node, dirty } = &mut self.slots[slot]
                && (at < node.seen || evidence > node.evidence)
            {
                node.seen = node.seen.min(at);
                node.evidence = node.evidence.max(evidence);
                *dirty = true;
            }
            match person {
                None => person = Some(slot),
                Some(first) => self.union(first, slot),
            }
        }
        person
    }

    /// Names every component.
    #[must_use]
    pub fn resolve(mut self, key: &IdKey) -> Resolution {
        let homes: Vec<usize> = (0..self.slots.len()).map(|slot| self.find(slot)).collect();
        let mut roots: HashMap<usize, (Root, ProfileId)> = HashMap::new();
        for (slot, home) in self.slots.iter().zip(&homes) {
            let (root, id) = match slot {
                Slot::Identifier { node, .. } => (
                    Root { seen: node.seen, name: node.identifier.to_string() },
                    profile_of(key, &node.identifier),
                ),
                Slot::Profile { id, root } => (root.clone(), id.clone()),
            };
            match roots.get_mut(home) {
                // An identifier whose first sight moved stands beside its profile's older root; both
                // spell the same id, and the smaller is the true one.
                Some(best) if (&root.seen, &root.name) < (&best.0.seen, &best.0.name) => *best = (root, id),
                Some(_) => {}
                None => {
                    roots.insert(*home, (root, id));
                }
            }
        }
        let mut resolution = Resolution {
            profile_of_slot: homes.iter().map(|home| roots[home].1.clone()).collect(),
            ..Resolution::default()
        };
        for (slot, home) in self.slots.into_iter().zip(&homes) {
            let (root, profile) = &roots[home];
            resolution.roots.insert(profile.clone(), root.clone());
            match slot {
                Slot::Identifier { node, dirty: true } => resolution.changed.push((node, profile.clone())),
                Slot::Profile { id, .. } if id != *profile => resolution.moved.push((id, profile.clone())),
                _ => {}
            }
        }
        resolution
    }
}
