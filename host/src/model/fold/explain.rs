//! Why a person is one person, and why somebody else is not.

use std::collections::BTreeMap;

use super::{Bond, Edge, Identity, Made, Node, Refused};
use crate::model::id::ProfileId;
use crate::model::rules::Rules;

/// Two names with what says that they are one person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The two names.
    pub ends: (Node, Node),
    /// What says so.
    pub edge: Edge,
}

/// Two names that somebody says are one person's, and are not held to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The two names, the person's own first.
    pub ends: (Node, Node),
    /// What says so.
    pub edge: Edge,
    /// Why it is not followed.
    pub why: Refused,
    /// Whose the other name is.
    pub other: ProfileId,
}

/// Why a person is one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What joins the names: as few reasons as hold all together, the strongest.
    pub reasons: Vec<Reason>,
    /// What was not followed.
    pub doubts: Vec<Doubt>,
    /// The decisions in force that name the person, the latest first.
    pub decisions: Vec<Made>,
}

impl Identity {
    /// Why `profile` is one person. `person` says whose a name in a decision is.
    #[must_use]
    pub fn explain(
        &self,
        rules: &Rules,
        profile: &ProfileId,
        person: impl Fn(&ProfileId) -> Option<ProfileId>,
    ) -> Explanation {
        let own = |node: &Node| self.nodes.get(node).is_some_and(|known| known.profile == *profile);
        let mut within: Vec<(&(Node, Node), &Edge)> =
            self.edges.iter().filter(|(ends, _)| own(&ends.0) && own(&ends.1)).collect();
        // What a person uses comes last: it joins nothing else.
        within.sort_by(|a, b| a.1.turn(a.0, rules).cmp(&b.1.turn(b.0, rules)));
        let mut group: BTreeMap<&Node, &Node> = BTreeMap::new();
        fn find<'a>(group: &BTreeMap<&'a Node, &'a Node>, node: &'a Node) -> &'a Node {
            match group.get(node) {
                Some(next) if *next != node => find(group, next),
                _ => node,
            }
        }
        let mut reasons = Vec::new();
        for (ends, edge) in within {
            let shared = [&ends.0, &ends.1].iter().any(|node| self.nodes[*node].shared);
            let (a, b) = (find(&group, &ends.0), find(&group, &ends.1));
            if a != b && (edge.bond == Bond::Replaced || !shared) {
                group.insert(a, b);
                reasons.push(Reason { ends: ends.clone(), edge: edge.clone() });
            }
        }
        let mut doubts = Vec::new();
        for (ends, why) in &self.refused {
            let (a, b) = ends;
            let (mine, other) = match (own(a), own(b)) {
                (true, false) => (a, b),
                (false, true) => (b, a),
                _ => continue,
            };
            let Some(known) = self.nodes.get(other) else { continue };
            doubts.push(Doubt {
                ends: (mine.clone(), other.clone()),
                edge: self.edges[ends].clone(),
                why: why.clone(),
                other: known.profile.clone(),
            });
        }
        let named =
            |made: &&Made| made.decision.verdict.names().any(|name| person(name).as_ref() == Some(profile));
        Explanation { reasons, doubts, decisions: self.decisions.iter().filter(named).cloned().collect() }
    }
}
