//! Who is who: identifiers are nodes, an event that names several joins them, and a group of nodes is one
//! person. A pure function of the set of events and the rules.

use std::collections::{BTreeMap, BTreeSet};

use super::edge::ends;
use super::naming::Named;
use super::naming::is_inner;
use super::partition::{Made, Refused, partition};
use super::{Bond, Edge, Naming, Node};
use crate::model::event::{Body, Event, EventKind, Verdict};
use crate::model::id::{EventId, IdKey, ProfileId};
use crate::model::identifier::{Evidence, Identifier};
use crate::model::rules::Rules;

/// The identifier that gives a person the profile id: the one seen first, ties by its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// When the earliest event names it: milliseconds since the epoch, UTC.
    pub seen: i64,
    /// Its text.
    pub name: String,
}

/// What is known of an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The strongest evidence given for it.
    pub evidence: Evidence,
    /// When the earliest event names it: milliseconds since the epoch, UTC.
    pub seen: i64,
    /// Whether many people use it, so that it joins nobody.
    pub shared: bool,
    /// Of a device: since when its present holder is known to use it.
    pub held_since: Option<i64>,
    /// Whose it is.
    pub profile: ProfileId,
}

/// Who is who.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The identifiers.
    pub nodes: BTreeMap<Node, Standing>,
    /// When identifiers began to mean somebody else.
    pub starts: BTreeMap<Identifier, BTreeSet<i64>>,
    /// When each matter that holds events together was first heard of, and whose it is.
    pub matters: BTreeMap<Identifier, (i64, ProfileId)>,
    /// Who every event is about.
    pub homes: BTreeMap<EventId, ProfileId>,
    /// Every person, with what gives the person the id.
    pub roots: BTreeMap<ProfileId, Root>,
    /// What says that two identifiers are one person's.
    pub edges: BTreeMap<(Node, Node), Edge>,
    /// What was said and not followed, with why.
    pub refused: Vec<((Node, Node), Refused)>,
    /// The decisions in force.
    pub decisions: Vec<Made>,
    /// People of whom something was decided, or refused for another reason than that many use a name.
    pub contested: BTreeSet<ProfileId>,
}

/// One event with the nodes that it names at its time.
struct Told<'a> {
    event: &'a Event,
    /// In the order in which they say who it is.
    people: Vec<(Node, Evidence)>,
    devices: Vec<(Node, Evidence)>,
    matter: Option<Node>,
    bond: Bond,
}

type Starts = BTreeMap<Identifier, BTreeSet<i64>>;
/// Whose a device was from when on.
type Holders = BTreeMap<Node, Vec<(i64, ProfileId)>>;

impl<'a> Told<'a> {
    fn new(event: &'a Event, naming: Naming, starts: &Starts) -> Self {
        let at = event.said.occurred_at;
        let place = |named: Named| {
            let until = if named.before { at.saturating_sub(1) } else { at };
            let since = starts.get(&named.identifier).and_then(|starts| starts.range(..=until).next_back());
            (Node { since: since.copied(), identifier: named.identifier }, named.evidence)
        };
        Self {
            event,
            people: naming.people.into_iter().map(place).collect(),
            devices: naming.devices.into_iter().map(place).collect(),
            matter: naming.matter.map(Node::first),
            bond: if naming.replaces { Bond::Replaced } else { Bond::Stated },
        }
    }

    fn at(&self) -> i64 {
        self.event.said.occurred_at
    }

    fn nodes(&self) -> impl Iterator<Item = (&Node, Evidence)> {
        let named = self.people.iter().chain(&self.devices).map(|(node, evidence)| (node, *evidence));
        named.chain(self.matter.iter().map(|matter| (matter, Evidence::Recorded)))
    }

    /// The node that says who it is: the first that only one person uses.
    fn decider(&self, shared: &BTreeSet<Node>) -> Option<&Node> {
        let mut nodes = self.people.iter().map(|(node, _)| node);
        nodes.find(|node| !shared.contains(*node)).or_else(|| self.people.first().map(|(node, _)| node))
    }
}

impl Identity {
    /// Who is who according to `events`, in whatever order and however often each is among them.
    /// `known_shared` are nodes that events which are not among these make shared.
    #[must_use]
    pub fn of<'a>(
        key: &IdKey,
        rules: &Rules,
        events: impl IntoIterator<Item = &'a Event>,
        known_shared: &BTreeSet<Node>,
    ) -> Self {
        let events: BTreeMap<&EventId, &Event> = events.into_iter().map(|event| (&event.id, event)).collect();
        let namings: Vec<(&Event, Naming)> =
            events.values().map(|event| (*event, Naming::of(key, rules, event))).collect();
        let starts = starts(&namings);
        let mut told: Vec<Told<'_>> =
            namings.into_iter().map(|(event, naming)| Told::new(event, naming, &starts)).collect();
        told.sort_by(|a, b| (a.at(), &a.event.id).cmp(&(b.at(), &b.event.id)));
        let edges = edges(&told);
        let mut shared = shared(rules, &edges);
        shared.extend(known_shared.iter().cloned());
        let seen = seen(&told);
        let index: BTreeMap<&Node, usize> = seen.keys().enumerate().map(|(at, node)| (node, at)).collect();
        let keys: BTreeMap<ProfileId, usize> = index.iter().map(|(node, at)| (node.key(key), *at)).collect();
        let decisions = in_force(events.values().copied());
        let parted = partition(&index, &edges, &decisions, &keys, &shared, rules);
        let roots = roots(key, &seen, &parted.group);
        let own = |node: &Node| roots[&parted.group[index[node]]].1.clone();
        let by_key = |id: &ProfileId| keys.get(id).map(|at| roots[&parted.group[*at]].1.clone());

        let mut holders = Holders::new();
        for one in &told {
            let Some(decider) = one.decider(&shared) else { continue };
            for (device, _) in &one.devices {
                holders.entry(device.clone()).or_default().push((one.at(), own(decider)));
            }
        }
        let holder = |device: &Node, at: i64| match holders.get(device) {
            Some(held) => held.iter().rev().find(|(since, _)| *since <= at).unwrap_or(&held[0]).1.clone(),
            None => own(device),
        };
        let named = |one: &Told<'_>| {
            let device = || one.devices.first().map(|(device, _)| holder(device, one.at()));
            one.decider(&shared).map(own).or_else(device)
        };
        // The order itself says more surely whose it is than what became of it; the latest word holds.
        let mut owners: BTreeMap<&Node, (bool, ProfileId)> = BTreeMap::new();
        for one in &told {
            let Some((matter, home)) = one.matter.as_ref().zip(named(one)) else { continue };
            let itself = one.event.said.body.kind() == EventKind::Order;
            if owners.get(matter).is_none_or(|(best, _)| itself >= *best) {
                owners.insert(matter, (itself, home));
            }
        }
        let mut identity = Self { refused: parted.refused, ..Self::default() };
        for (node, (at, evidence)) in &seen {
            if is_inner(&node.identifier) {
                let owner = owners.get(node).map_or_else(|| own(node), |(_, owner)| owner.clone());
                identity.matters.insert(node.identifier.clone(), (*at, owner));
                continue;
            }
            let held = holders.get(node).and_then(|held| last_run(held));
            let standing = Standing {
                evidence: *evidence,
                seen: *at,
                shared: shared.contains(node),
                held_since: held.map(|(since, _)| since),
                profile: held.map_or_else(|| own(node), |(_, holder)| holder.clone()),
            };
            identity.nodes.insert(node.clone(), standing);
        }
        for one in &told {
            let home = match &one.event.said.body {
                Body::Decision(decision) => decision.verdict.names().find_map(by_key),
                _ => {
                    named(one).or_else(|| Some(identity.matters[&one.matter.as_ref()?.identifier].1.clone()))
                }
            };
            if let Some(home) = home {
                identity.homes.insert(one.event.id.clone(), home);
            }
        }
        // What many use joins nobody whatever else is said, so what is refused for that can turn nobody.
        let turnable = identity.refused.iter().filter(|(_, why)| !matches!(why, Refused::Shared(_)));
        for (a, b) in turnable.map(|(ends, _)| ends) {
            identity.contested.extend([own(a), own(b)]);
        }
        for made in &decisions {
            identity.contested.extend(made.decision.verdict.names().filter_map(by_key));
        }
        let known = identity.nodes.values().map(|standing| &standing.profile);
        let known: BTreeSet<&ProfileId> = known
            .chain(identity.matters.values().map(|(_, owner)| owner))
            .chain(identity.homes.values())
            .collect();
        let roots = roots.into_values().filter(|(_, id)| known.contains(id));
        identity.roots = roots.map(|(root, id)| (id, root)).collect();
        identity.edges = edges;
        identity.starts = starts;
        identity.decisions = decisions;
        identity
    }
}

/// Who used a device last, and from when on nobody else did.
fn last_run(held: &[(i64, ProfileId)]) -> Option<(i64, &ProfileId)> {
    let (_, holder) = held.last()?;
    let run = held.iter().rev().take_while(|(_, whose)| whose == holder);
    run.last().map(|(since, _)| (*since, holder))
}

/// A number that was replaced means somebody else from then on.
fn starts(namings: &[(&Event, Naming)]) -> Starts {
    let mut starts = Starts::new();
    for (event, naming) in namings {
        for named in naming.people.iter().chain(&naming.devices).filter(|named| named.before) {
            starts.entry(named.identifier.clone()).or_default().insert(event.said.occurred_at);
        }
    }
    starts
}

/// The best reason for every two nodes that an event names together.
fn edges(told: &[Told<'_>]) -> BTreeMap<(Node, Node), Edge> {
    let mut edges: BTreeMap<(Node, Node), Edge> = BTreeMap::new();
    for one in told {
        for (at, (a, strength)) in one.people.iter().enumerate() {
            let people = one.people[at + 1..].iter().map(|other| (other, one.bond));
            let devices = one.devices.iter().map(|other| (other, Bond::Used));
            for ((b, other), bond) in people.chain(devices) {
                let edge = Edge {
                    bond,
                    evidence: (*strength).min(*other),
                    at: one.at(),
                    event: one.event.id.clone(),
                };
                let place = ends(a.clone(), b.clone());
                if edges.get(&place).is_none_or(|have| edge.beats(have)) {
                    edges.insert(place, edge);
                }
            }
        }
    }
    edges
}

/// Nodes that are named together with more values of one namespace than one person has.
fn shared(rules: &Rules, edges: &BTreeMap<(Node, Node), Edge>) -> BTreeSet<Node> {
    let mut counts: BTreeMap<(&Node, &str), u32> = BTreeMap::new();
    for ((a, b), _) in edges.iter().filter(|(_, edge)| edge.bond == Bond::Stated) {
        for (node, other) in [(a, b), (b, a)] {
            if rules.of(&node.identifier.namespace).shared_by.is_some() {
                *counts.entry((node, &other.identifier.namespace)).or_default() += 1;
            }
        }
    }
    let many = counts.into_iter().filter(|((node, _), count)| {
        rules.of(&node.identifier.namespace).shared_by.is_some_and(|limit| *count > limit)
    });
    many.map(|((node, _), _)| node.clone()).collect()
}

/// When each node was seen first, and the strongest evidence for it.
fn seen(told: &[Told<'_>]) -> BTreeMap<Node, (i64, Evidence)> {
    let mut seen: BTreeMap<Node, (i64, Evidence)> = BTreeMap::new();
    for one in told {
        for (node, evidence) in one.nodes() {
            match seen.get_mut(node) {
                Some(have) => *have = (have.0.min(one.at()), have.1.max(evidence)),
                None => {
                    seen.insert(node.clone(), (one.at(), evidence));
                }
            }
        }
    }
    seen
}

/// Decisions among `events` that no later decision undid, the latest first.
#[must_use]
pub fn in_force<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Made> {
    let mut made: Vec<Made> = events
        .filter_map(|event| match &event.said.body {
            Body::Decision(decision) => {
                Some(Made { event: event.id.clone(), at: event.said.occurred_at, decision: decision.clone() })
            }
            _ => None,
        })
        .collect();
    made.sort_by(|a, b| (b.at, &b.event).cmp(&(a.at, &a.event)));
    let mut undone: BTreeSet<EventId> = BTreeSet::new();
    made.retain(|made| {
        let holds = !undone.contains(&made.event);
        if let (true, Verdict::Undo { decision, .. }) = (holds, &made.decision.verdict) {
            undone.insert(decision.clone());
        }
        holds
    });
    made
}

/// What names each group: the identifier seen first; a matter only where there is no identifier.
fn roots(
    key: &IdKey,
    seen: &BTreeMap<Node, (i64, Evidence)>,
    group: &[usize],
) -> BTreeMap<usize, (Root, ProfileId)> {
    let mut best: BTreeMap<usize, (bool, i64, String, &Node)> = BTreeMap::new();
    for ((node, (at, _)), group) in seen.iter().zip(group) {
        let candidate = (is_inner(&node.identifier), *at, node.to_string(), node);
        match best.get_mut(group) {
            Some(have) if candidate < *have => *have = candidate,
            Some(_) => {}
            None => {
                best.insert(*group, candidate);
            }
        }
    }
    best.into_iter()
        .map(|(group, (_, seen, name, node))| (group, (Root { seen, name }, node.key(key))))
        .collect()
}
