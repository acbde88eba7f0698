//! Names, and what says that two are one person's, as rows.

use std::collections::HashMap;

use super::StoreError;
use super::batch::{Batch, Value, row};
use super::engine::Row;
use super::error::corrupt;
use super::profiles::profile_id;
use crate::model::fold::{Bond, Edge, Known, Node, Owner, Root, is_inner};
use crate::model::id::{IdKey, ProfileId};
use crate::model::identifier::{Evidence, Identifier};

/// The beginning of an identifier that never meant anybody else.
const EVER: i64 = i64::MIN;

/// The columns of a name that [`known`] reads, of `identifiers i`.
pub(super) const IDENTIFIER: &str =
    "i.namespace, i.value, i.since, i.evidence, i.seen, i.shared, i.held_since, i.starts, i.profile";
/// The same of `matters m`.
pub(super) const MATTER: &str = "m.namespace, m.value, CAST('-9223372036854775808' AS BIGINT), 'recorded', m.seen, 0, NULL, NULL, m.profile";
/// The columns of a person that [`owner`] reads, of `profiles p`.
pub(super) const OWNER: &str = "p.root_seen, p.root_name, p.contested";

/// Reads [`IDENTIFIER`] or [`MATTER`], and whose it is, beginning at column `at`.
pub(super) fn known(row: &Row, at: usize) -> Result<(Known, ProfileId), StoreError> {
    let since: i64 = row.get(at + 2);
    let known = Known {
        node: Node {
            identifier: Identifier { namespace: row.get(at), value: row.get(at + 1) },
            since: (since != EVER).then_some(since),
        },
        evidence: evidence(row.get(at + 3))?,
        seen: row.get(at + 4),
        shared: row.get(at + 5),
        held_since: row.get(at + 6),
        starts: starts(row.get(at + 7))?,
    };
    Ok((known, profile_id(row, at + 8)?))
}

/// Reads when a name began to mean somebody else.
pub(super) fn starts(text: Option<&str>) -> Result<Vec<i64>, StoreError> {
    let read = |text| serde_json::from_str(text).map_err(|e| corrupt("identifiers")(&e));
    text.map_or_else(|| Ok(Vec::new()), read)
}

/// Reads [`OWNER`] beginning at column `at`.
pub(super) fn owner(row: &Row, at: usize, profile: ProfileId) -> Owner {
    let root = Root { seen: row.get(at), name: row.get(at + 1) };
    Owner { profile, root, contested: row.get(at + 2) }
}

/// Reads the word for evidence.
pub(super) fn evidence(text: &str) -> Result<Evidence, StoreError> {
    [Evidence::Claimed, Evidence::Recorded, Evidence::Verified]
        .into_iter()
        .find(|evidence| evidence.as_str() == text)
        .ok_or_else(|| corrupt("identifiers")(&text))
}

/// Reads `a, b, bond, evidence, at, event` beginning at column `at`: the ids of the two nodes and the edge.
pub(super) fn edge(row: &Row, at: usize) -> Result<((String, String), Edge), StoreError> {
    let bad = corrupt("edges");
    let bond: &str = row.get(at + 2);
    let edge = Edge {
        bond: Bond::ALL.into_iter().find(|known| known.as_str() == bond).ok_or_else(|| bad(&bond))?,
        evidence: evidence(row.get(at + 3))?,
        at: row.get(at + 4),
        event: row.get::<String, _>(at + 5).parse().map_err(|e| bad(&e))?,
    };
    Ok(((row.get(at), row.get(at + 1)), edge))
}

/// The ids of nodes, each worked out once.
pub(super) struct Keys<'a> {
    key: &'a IdKey,
    known: HashMap<Node, ProfileId>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(key: &'a IdKey) -> Self {
        Self { key, known: HashMap::new() }
    }

    pub(super) fn of(&mut self, node: &Node) -> ProfileId {
        if let Some(id) = self.known.get(node) {
            return id.clone();
        }
        let id = node.key(self.key);
        self.known.insert(node.clone(), id.clone());
        id
    }

    /// The ids of an edge's ends, as they are stored.
    pub(super) fn ends(&mut self, ends: &(Node, Node)) -> (ProfileId, ProfileId) {
        (self.of(&ends.0), self.of(&ends.1))
    }
}

/// Writes names with their people; those that are there already are replaced.
pub(super) fn write<'a>(
    batch: &mut Batch,
    keys: &mut Keys<'_>,
    names: impl IntoIterator<Item = (&'a Known, &'a ProfileId)>,
) {
    let (mut identifiers, mut matters, mut later) = (Vec::new(), Vec::new(), Vec::new());
    for (known, profile) in names {
        let Known { node, evidence, seen, shared, held_since, starts } = known;
        let Identifier { namespace, value } = &node.identifier;
        let id = keys.of(node);
        if is_inner(&node.identifier) {
            matters.push(row![id.as_str(), &**namespace, &**value, *seen, profile.as_str()]);
            continue;
        }
        let base = match node.since {
            None => id,
            Some(since) => {
                let base = keys.of(&Node::first(node.identifier.clone()));
                later.push(row![id.as_str(), base.as_str(), since]);
                base
            }
        };
        identifiers.push(row![
            base.as_str(),
            node.since.unwrap_or(EVER),
            &**namespace,
            &**value,
            evidence.as_str(),
            *seen,
            *shared,
            *held_since,
            (!starts.is_empty()).then(|| serde_json::json!(starts).to_string()),
            profile.as_str()
        ]);
    }
    let others = "namespace, value, evidence, seen, shared, held_since, starts, profile";
    batch.replace("identifiers", "key, since", others, identifiers);
    batch.replace("matters", "key", "namespace, value, seen, profile", matters);
    batch.replace("later", "id", "key, since", later);
}

/// Writes edges; those that are there already are replaced.
pub(super) fn write_edges<'a>(
    batch: &mut Batch,
    keys: &mut Keys<'_>,
    edges: impl IntoIterator<Item = (&'a (Node, Node), &'a Edge)>,
) {
    let mut rows: Vec<[Value; 6]> = Vec::new();
    for (ends, edge) in edges {
        let (a, b) = keys.ends(ends);
        let (bond, evidence) = (edge.bond.as_str(), edge.evidence.as_str());
        rows.push(row![a.as_str(), b.as_str(), bond, evidence, edge.at, edge.event.as_str()]);
    }
    batch.replace("edges", "a, b", "bond, evidence, at, event", rows);
}
