//! Who is who after a few more events, from what is known of the names in them alone.
//!
//! Nearly every event names somebody known, or somebody new, or adds a name to one person. That needs no
//! other event to be looked at. Whatever may be different in the light of other events (a rule that keeps
//! people apart, a value that many use, a replaced number, a decision) is *unsettled*: whoever stores
//! people then asks [`super::Identity`], which looks at all events of everybody it may concern.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::edge::ends;
use super::naming::is_inner;
use super::{Bond, Edge, Naming, Node, Root};
use crate::model::event::Event;
use crate::model::id::{IdKey, ProfileId};
use crate::model::identifier::{Evidence, Identifier};
use crate::model::rules::Rules;

/// A node, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The node.
    pub node: Node,
    /// The strongest evidence given for it.
    pub evidence: Evidence,
    /// When the earliest event names it: milliseconds since the epoch, UTC.
    pub seen: i64,
    /// Whether many people use it.
    pub shared: bool,
    /// Of a device that somebody uses: a time from which on it is its present holder's.
    pub held_since: Option<i64>,
    /// Of an identifier from its beginning: when it began to mean somebody else.
    pub starts: Vec<i64>,
}

/// A person who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The person.
    pub profile: ProfileId,
    /// What gives the person the id.
    pub root: Root,
    /// Whether anything was refused or decided of the person that another event can turn.
    pub contested: bool,
}

/// What a further name may break: how much there is already.
#[derive(Debug, Default)]
pub struct Depth {
    /// How many identifiers of each namespace a person has.
    pub names: HashMap<ProfileId, BTreeMap<String, u32>>,
    /// With how many others a node is named.
    pub degrees: HashMap<Node, u32>,
}

enum Slot {
    Node { known: Known, fresh: bool, dirty: bool },
    Person { owner: Owner },
}

/// Finds who is who. Seed it with what is known of the names in some events, add the events, look at what
/// it [`wants`](Graph::wants) to know besides, then [`resolve`](Graph::resolve).
#[derive(Default)]
pub struct Graph {
    slots: Vec<Slot>,
    parent: Vec<usize>,
    nodes: HashMap<Node, usize>,
    starts: HashMap<Identifier, BTreeSet<i64>>,
    people: HashMap<ProfileId, usize>,
    edges: HashMap<(Node, Node), Edge>,
    /// Edges that are new or better than what was known, with whether they are new.
    better: HashMap<(Node, Node), bool>,
    /// Nodes whose person needs a look at other events.
    unsettled: BTreeSet<usize>,
}

/// Whom an event is about.
#[derive(Debug, Clone, Copy)]
pub struct Handle(usize);

/// What the graph must know to see whether the rules stop anything.
#[derive(Debug, Default)]
pub struct Wants {
    /// Of whom the number of identifiers by namespace.
    pub people: BTreeSet<ProfileId>,
    /// Of what the number of others that it is named with.
    pub nodes: BTreeSet<Node>,
}

/// Who is who after the events.
#[derive(Debug, Default)]
pub struct Resolution {
    homes: Vec<Option<ProfileId>>,
    /// Nodes that are new, or of which something changed, with their person.
    pub changed: Vec<(Known, ProfileId)>,
    /// The root of every person that was touched.
    pub roots: BTreeMap<ProfileId, Root>,
    /// People who became part of another, or took another id: `(old, new)`.
    pub moved: Vec<(ProfileId, ProfileId)>,
    /// Edges that are new or better.
    pub edges: Vec<((Node, Node), Edge)>,
    /// People who cannot be told from the events alone.
    pub unsettled: BTreeSet<ProfileId>,
}

impl Resolution {
    /// The person of the event for which [`Graph::add`] answered this; `None` while that needs a look at
    /// other events.
    #[must_use]
    pub fn home(&self, event: Handle) -> Option<&ProfileId> {
        self.homes[event.0].as_ref()
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

    /// Seeds a node that is known.
    pub fn know(&mut self, known: Known, owner: Owner) {
        let home = match self.people.get(&owner.profile) {
            Some(home) => *home,
            None => {
                let profile = owner.profile.clone();
                let home = self.push(Slot::Person { owner });
                self.people.insert(profile, home);
                home
            }
        };
        if !known.starts.is_empty() {
            let starts = self.starts.entry(known.node.identifier.clone()).or_default();
            starts.extend(known.starts.iter().copied());
        }
        if !self.nodes.contains_key(&known.node) {
            let node = known.node.clone();
            let slot = self.push(Slot::Node { known, fresh: false, dirty: false });
            self.nodes.insert(node, slot);
            self.union(slot, home);
        }
    }

    /// Seeds what is known to say that two nodes are one person's.
    pub fn know_edge(&mut self, ends: (Node, Node), edge: Edge) {
        self.edges.insert(ends, edge);
    }

    /// Whether any of the names that are known meant somebody else before.
    #[must_use]
    pub fn has_spans(&self) -> bool {
        !self.starts.is_empty()
    }

    /// The node that an identifier is at a time, in milliseconds since the epoch, UTC.
    #[must_use]
    pub fn place(&self, identifier: &Identifier, at: i64) -> Node {
        let since = self.starts.get(identifier).and_then(|starts| starts.range(..=at).next_back().copied());
        Node { identifier: identifier.clone(), since }
    }

    fn slot(&mut self, identifier: &Identifier, evidence: Evidence, at: i64) -> usize {
        let node = self.place(identifier, at);
        let Some(slot) = self.nodes.get(&node).copied() else {
            let known = Known {
                node: node.clone(),
                evidence,
                seen: at,
                shared: false,
                held_since: None,
                starts: Vec::new(),
            };
            let slot = self.push(Slot::Node { known, fresh: true, dirty: true });
            self.nodes.insert(node, slot);
            return slot;
        };
        if let Slot::Node { known, dirty, .. } = &mut self.slots[slot]
            && (at < known.seen || evidence > known.evidence)
        {
            known.seen = known.seen.min(at);
            known.evidence = known.evidence.max(evidence);
            *dirty = true;
        }
        slot
    }

    fn node(&self, slot: usize) -> &Known {
        match &self.slots[slot] {
            Slot::Node { known, .. } => known,
            Slot::Person { .. } => unreachable!("only nodes are named"),
        }
    }

    /// Takes in an edge; joins what it is between where nothing was known of it.
    fn link(&mut self, a: usize, b: usize, edge: Edge) {
        let place = ends(self.node(a).node.clone(), self.node(b).node.clone());
        let new = match self.edges.get(&place) {
            Some(have) if !edge.beats(have) => return,
            have => have.is_none(),
        };
        let joins = edge.bond != Bond::Used && !self.node(a).shared && !self.node(b).shared;
        self.edges.insert(place.clone(), edge);
        *self.better.entry(place).or_default() |= new;
        if joins && new {
            self.union(a, b);
        } else if joins && self.find(a) != self.find(b) {
            // It was refused; a better reason may not be.
            self.unsettled.extend([a, b]);
        }
    }

    /// Adds what an event says of who is who; answers whom it is about, if anybody.
    pub fn add(&mut self, event: &Event, naming: &Naming) -> Option<Handle> {
        let at = event.said.occurred_at;
        let people: Vec<(usize, Evidence)> = naming
            .people
            .iter()
            .map(|named| (self.slot(&named.identifier, named.evidence, at), named.evidence))
            .collect();
        let devices: Vec<(usize, Evidence)> = naming
            .devices
            .iter()
            .map(|named| (self.slot(&named.identifier, named.evidence, at), named.evidence))
            .collect();
        if naming.replaces {
            self.unsettled.extend(people.iter().chain(&devices).map(|(slot, _)| *slot));
        }
        let edge = |bond, evidence| Edge { bond, evidence, at, event: event.id.clone() };
        for (index, (a, strength)) in people.iter().enumerate() {
            for (b, other) in &people[index + 1..] {
                self.link(*a, *b, edge(Bond::Stated, (*strength).min(*other)));
            }
        }
        let decider = people.iter().map(|(slot, _)| *slot).find(|slot| !self.node(*slot).shared);
        let decider = decider.or(people.first().map(|(slot, _)| *slot));
        for (device, evidence) in &devices {
            match decider {
                Some(person) => {
                    for (other, strength) in &people {
                        self.link(*other, *device, edge(Bond::Used, (*evidence).min(*strength)));
                    }
                    self.uses(person, *device, at);
                }
                // Before its present holder it may have been somebody else's.
                None if self.node(*device).held_since.is_some_and(|since| at < since) => {
                    self.unsettled.insert(*device);
                }
                None => {}
            }
        }
        let mut home = decider.or(devices.first().map(|(slot, _)| *slot));
        if let Some(matter) = &naming.matter {
            let known = self.nodes.contains_key(&Node::first(matter.clone()));
            let slot = self.slot(matter, Evidence::Recorded, at);
            match home {
                Some(person) if known && self.find(person) != self.find(slot) => {
                    self.unsettled.extend([person, slot]);
                    self.union(person, slot);
                }
                Some(person) => self.union(person, slot),
                None => home = Some(slot),
            }
        }
        home.map(Handle)
    }

    /// Somebody uses a device.
    fn uses(&mut self, person: usize, device: usize, at: i64) {
        let (home, other) = (self.find(person), self.find(device));
        let same = home == other;
        let Slot::Node { known, fresh, dirty } = &mut self.slots[device] else { return };
        match known.held_since {
            // New: it is whoever's is named first with it.
            None if *fresh => {
                known.held_since = Some(at);
                *dirty = true;
                self.union(person, device);
            }
            Some(since) if same && at >= since => {}
            _ => {
                self.unsettled.extend([person, device]);
                self.union(person, device);
            }
        }
    }

    /// What must be known to see whether the rules stop anything: something only where a person who is
    /// known gets another name.
    pub fn wants(&mut self, rules: &Rules) -> Wants {
        let mut wants = Wants::default();
        let new: Vec<(Node, Node)> =
            self.better.iter().filter(|(_, new)| **new).map(|(ends, _)| ends.clone()).collect();
        let mut touched = BTreeSet::new();
        for node in new.into_iter().flat_map(|(a, b)| [a, b]) {
            let slot = self.nodes[&node];
            touched.insert(self.find(slot));
            let known = matches!(self.slots[slot], Slot::Node { fresh: false, .. });
            if known && rules.of(&node.identifier.namespace).shared_by.is_some() {
                wants.nodes.insert(node);
            }
        }
        let people: Vec<(ProfileId, usize)> =
            self.people.iter().map(|(id, slot)| (id.clone(), *slot)).collect();
        for (id, slot) in people {
            if touched.contains(&self.find(slot)) {
                wants.people.insert(id);
            }
        }
        wants
    }

    /// Names everybody.
    #[must_use]
    pub fn resolve(mut self, key: &IdKey, rules: &Rules, depth: &Depth) -> Resolution {
        let homes: Vec<usize> = (0..self.slots.len()).map(|slot| self.find(slot)).collect();
        let unsettled = self.judge(&homes, rules, depth);
        let mut roots: HashMap<usize, (bool, Root, ProfileId)> = HashMap::new();
        for (slot, home) in self.slots.iter().zip(&homes) {
            let candidate = match slot {
                // A device is its holder's, whose name it does not change.
                Slot::Node { known, .. } if known.held_since.is_some() => continue,
                Slot::Node { known, .. } => (
                    is_inner(&known.node.identifier),
                    Root { seen: known.seen, name: known.node.to_string() },
                    known.node.key(key),
                ),
                Slot::Person { owner } => {
                    (owner.root.name.starts_with("inner:"), owner.root.clone(), owner.profile.clone())
                }
            };
            match roots.get_mut(home) {
                // An identifier whose first sight moved stands beside its person's older root; both spell
                // the same id, and the smaller is the true one.
                Some(best) if (candidate.0, &candidate.1) < (best.0, &best.1) => *best = candidate,
                Some(_) => {}
                None => {
                    roots.insert(*home, candidate);
                }
            }
        }
        let name = |home: &usize| match unsettled.contains(home) {
            true => None,
            false => roots.get(home).map(|(_, _, id)| id.clone()),
        };
        let mut resolution = Resolution { homes: homes.iter().map(name).collect(), ..Resolution::default() };
        for (slot, home) in self.slots.into_iter().zip(&homes) {
            let Some((_, root, profile)) = roots.get(home).filter(|_| !unsettled.contains(home)) else {
                if let Slot::Person { owner } = slot {
                    resolution.unsettled.insert(owner.profile);
                }
                continue;
            };
            resolution.roots.insert(profile.clone(), root.clone());
            match slot {
                Slot::Node { known, dirty: true, .. } => resolution.changed.push((known, profile.clone())),
                Slot::Person { owner } if owner.profile != *profile => {
                    resolution.moved.push((owner.profile, profile.clone()));
                }
                Slot::Node { .. } | Slot::Person { .. } => {}
            }
        }
        for place in self.better.into_keys() {
            let settled = [&place.0, &place.1]
                .iter()
                .all(|node| self.nodes.get(*node).is_some_and(|slot| !unsettled.contains(&homes[*slot])));
            if let Some(edge) = self.edges.remove(&place).filter(|_| settled) {
                resolution.edges.push((place, edge));
            }
        }
        resolution
    }

    /// The groups that cannot be told from these events alone.
    fn judge(&self, homes: &[usize], rules: &Rules, depth: &Depth) -> BTreeSet<usize> {
        let mut unsettled: BTreeSet<usize> = self.unsettled.iter().map(|slot| homes[*slot]).collect();
        let mut names: HashMap<usize, BTreeMap<&str, u32>> = HashMap::new();
        let mut contested = BTreeSet::new();
        for (slot, home) in self.slots.iter().zip(homes) {
            match slot {
                Slot::Node { known, fresh: true, .. } if !is_inner(&known.node.identifier) => {
                    *names.entry(*home).or_default().entry(&known.node.identifier.namespace).or_default() +=
                        1;
                }
                Slot::Node { .. } => {}
                Slot::Person { owner } => {
                    if owner.contested {
                        contested.insert(*home);
                    }
                    for (namespace, count) in depth.names.get(&owner.profile).into_iter().flatten() {
                        *names.entry(*home).or_default().entry(namespace).or_default() += count;
                    }
                }
            }
        }
        let mut degrees: HashMap<&Node, u32> = HashMap::new();
        for ((a, b), new) in &self.better {
            for node in [a, b] {
                let home = homes[self.nodes[node]];
                // A new or better reason can turn what was refused or decided before.
                if contested.contains(&home) {
                    unsettled.insert(home);
                }
                *degrees.entry(node).or_default() += u32::from(*new);
            }
            if *new {
                let home = homes[self.nodes[a]];
                let held = names.get(&home);
                let over = held.is_some_and(|held| {
                    let limit = |namespace: &str| rules.of(namespace).limit.unwrap_or(u32::MAX);
                    held.iter().any(|(namespace, count)| *count > limit(namespace))
                        || held.values().sum::<u32>() > rules.total()
                });
                if over {
                    unsettled.insert(home);
                }
            }
        }
        for (node, fresh) in degrees {
            let known = depth.degrees.get(node).copied().unwrap_or_default();
            let slot = self.nodes[node];
            if rules.of(&node.identifier.namespace).shared_by.is_some_and(|limit| known + fresh > limit)
                && !self.node(slot).shared
            {
                unsettled.insert(homes[slot]);
            }
        }
        unsettled
    }
}
