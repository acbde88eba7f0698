//! Which nodes are one person, where rules and decisions may keep apart what events join.
//!
//! Everything is taken in one order that only depends on the set of events: people's decisions, the latest
//! first; then edges in their turn. Each joins two groups unless that would break what was settled before.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bond, Edge, Node};
use crate::model::event::{Decision, Verdict};
use crate::model::id::{EventId, ProfileId};
use crate::model::rules::Rules;

/// A decision that is in force, and when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The event that holds it.
    pub event: EventId,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// What was decided, and by whom.
    pub decision: Decision,
}

/// Why two names that somebody calls one person's are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A person decided so.
    Apart(EventId),
    /// The person would have more values of a namespace than the rules allow.
    Limit {
        /// Which namespace.
        namespace: String,
        /// How many are allowed.
        limit: u32,
    },
    /// The person would have more identifiers than the rules allow.
    Total(u32),
    /// Many people use the one of them.
    Shared(Node),
}

/// The groups, and what was refused.
pub(super) struct Partition {
    /// The group of each node, as the index of one of its nodes.
    pub(super) group: Vec<usize>,
    /// Edges that were not followed, with why.
    pub(super) refused: Vec<((Node, Node), Refused)>,
}

/// What a group holds that a further one must fit.
#[derive(Clone, Default)]
struct Held {
    namespaces: BTreeMap<String, u32>,
    total: u32,
    /// Decisions on whose left or right side a node of the group stands.
    sides: [BTreeSet<usize>; 2],
}

struct Groups<'a> {
    parent: Vec<usize>,
    held: Vec<Held>,
    rules: &'a Rules,
    aparts: Vec<EventId>,
}

impl Groups<'_> {
    fn find(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    /// Why two groups must not become one; `limits` says whether the rules' limits count.
    fn conflict(&self, a: usize, b: usize, limits: bool) -> Option<Refused> {
        let (a, b) = (&self.held[a], &self.held[b]);
        let crossed = a.sides[0].intersection(&b.sides[1]).chain(a.sides[1].intersection(&b.sides[0])).min();
        if let Some(apart) = crossed {
            return Some(Refused::Apart(self.aparts[*apart].clone()));
        }
        if !limits {
            return None;
        }
        for (namespace, count) in &a.namespaces {
            let Some(limit) = self.rules.of(namespace).limit else { continue };
            if b.namespaces.get(namespace).is_some_and(|other| count + other > limit) {
                return Some(Refused::Limit { namespace: namespace.clone(), limit });
            }
        }
        (a.total + b.total > self.rules.total()).then(|| Refused::Total(self.rules.total()))
    }

    fn join(&mut self, a: usize, b: usize) {
        let (keep, gone) = (a.min(b), a.max(b));
        self.parent[gone] = keep;
        let Held { namespaces, total, sides } = std::mem::take(&mut self.held[gone]);
        let held = &mut self.held[keep];
        for (namespace, count) in namespaces {
            *held.namespaces.entry(namespace).or_default() += count;
        }
        held.total += total;
        for (have, more) in held.sides.iter_mut().zip(sides) {
            have.extend(more);
        }
    }

    fn try_join(&mut self, a: usize, b: usize, limits: bool) -> Option<Refused> {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return None;
        }
        let conflict = self.conflict(a, b, limits);
        if conflict.is_none() {
            self.join(a, b);
        }
        conflict
    }
}

/// Groups `nodes`. `keys` says which node a profile id was made from; `shared` are nodes that join nobody.
pub(super) fn partition(
    nodes: &BTreeMap<&Node, usize>,
    edges: &BTreeMap<(Node, Node), Edge>,
    decisions: &[Made],
    keys: &BTreeMap<ProfileId, usize>,
    shared: &BTreeSet<Node>,
    rules: &Rules,
) -> Partition {
    let mut held = vec![Held::default(); nodes.len()];
    for (node, at) in nodes {
        held[*at].namespaces.insert(node.identifier.namespace.clone(), 1);
        held[*at].total = 1;
    }
    let mut groups = Groups { parent: (0..nodes.len()).collect(), held, rules, aparts: Vec::new() };
    let mut latest: Vec<&Made> = decisions.iter().collect();
    latest.sort_by(|a, b| (b.at, &b.event).cmp(&(a.at, &a.event)));
    for made in latest {
        match &made.decision.verdict {
            Verdict::Merge { left, right } => {
                if let (Some(left), Some(right)) = (keys.get(left), keys.get(right)) {
                    // A later decision that keeps them apart holds; else nothing does.
                    let _ = groups.try_join(*left, *right, false);
                }
            }
            Verdict::Apart { left, right } => groups.keep_apart(made, left, right, keys),
            Verdict::Undo { .. } => {}
        }
    }
    let mut refused = Vec::new();
    let mut turns: Vec<(&(Node, Node), &Edge)> =
        edges.iter().filter(|(_, edge)| edge.bond != Bond::Used).collect();
    turns.sort_by(|a, b| a.1.turn(a.0, rules).cmp(&b.1.turn(b.0, rules)));
    for (ends, edge) in turns {
        let used_by_many = [&ends.0, &ends.1].into_iter().find(|node| shared.contains(*node));
        if let Some(node) = used_by_many.filter(|_| edge.bond != Bond::Replaced) {
            refused.push((ends.clone(), Refused::Shared(node.clone())));
            continue;
        }
        let (Some(a), Some(b)) = (nodes.get(&ends.0), nodes.get(&ends.1)) else { continue };
        // What the vendor replaced is one by its own word, however many values that makes.
        if let Some(why) = groups.try_join(*a, *b, edge.bond != Bond::Replaced) {
            refused.push((ends.clone(), why));
        }
    }
    // What was refused in its turn may have come together by another way since.
    refused.retain(|(ends, _)| {
        let (a, b) = (nodes[&ends.0], nodes[&ends.1]);
        groups.find(a) != groups.find(b)
    });
    Partition { group: (0..nodes.len()).map(|node| groups.find(node)).collect(), refused }
}

impl Groups<'_> {
    /// Settles that no group ever holds nodes of both sides, unless a later decision joined two of them.
    fn keep_apart(
        &mut self,
        made: &Made,
        left: &[ProfileId],
        right: &[ProfileId],
        keys: &BTreeMap<ProfileId, usize>,
    ) {
        let sides = [left, right].map(|side| side.iter().filter_map(|id| keys.get(id).copied()));
        let [left, right] = sides.map(|side| side.collect::<Vec<_>>());
        let left: BTreeSet<usize> = left.into_iter().map(|node| self.find(node)).collect();
        let right: BTreeSet<usize> = right.into_iter().map(|node| self.find(node)).collect();
        if !left.is_disjoint(&right) {
            return;
        }
        let apart = self.aparts.len();
        self.aparts.push(made.event.clone());
        for (side, groups) in [left, right].into_iter().enumerate() {
            for group in groups {
                self.held[group].sides[side].insert(apart);
            }
        }
    }
}
