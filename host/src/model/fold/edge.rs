//! What says that two names are one person's.

use std::cmp::Reverse;

use super::{Bond, Node};
use crate::model::id::EventId;
use crate::model::identifier::Evidence;
use crate::model::rules::Rules;

/// Two names that somebody says are one person's, and the best of those who say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// How they came to be one's.
    pub bond: Bond,
    /// The weaker evidence of the two.
    pub evidence: Evidence,
    /// When it was said: milliseconds since the epoch, UTC.
    pub at: i64,
    /// In which event.
    pub event: EventId,
}

impl Edge {
    /// Whether it is a better reason for the same two than another: the stronger bond, then the stronger
    /// evidence, then what was said first.
    #[must_use]
    pub fn beats(&self, other: &Self) -> bool {
        let rank = |edge: &Self| (Reverse(edge.bond), Reverse(edge.evidence), edge.at, edge.event.clone());
        rank(self) < rank(other)
    }

    /// What is decided before what, where two cannot both be followed: what the vendor replaced, then the
    /// stronger evidence, then what names a single-valued namespace, then what was said first.
    pub(super) fn turn<'a>(&self, ends: &'a (Node, Node), rules: &Rules) -> impl Ord + use<'a> {
        let limit = |node: &Node| rules.of(&node.identifier.namespace).limit.unwrap_or(u32::MAX);
        let limits = (limit(&ends.0).min(limit(&ends.1)), limit(&ends.0).max(limit(&ends.1)));
        (Reverse(self.bond), Reverse(self.evidence), limits, self.at, ends)
    }
}

/// Two nodes in the one order in which they are written.
#[must_use]
pub fn ends(a: Node, b: Node) -> (Node, Node) {
    if a <= b { (a, b) } else { (b, a) }
}
