//! What the database knows of what a group names, read in one call.

use std::collections::{HashMap, HashSet};

use super::{Member, Said};
use crate::model::conversation::Desk;
use crate::model::event::Body;
use crate::model::fold::{Depth, Edge, Graph, Node, Root, ends};
use crate::model::id::{ConversationId, IdKey, MessageId, OutboxId, ProfileId};
use crate::model::message::{MessageFact, MessageState};
use crate::model::rules::Rules;
use crate::store::StoreError;
use crate::store::batch::{Batch, row};
use crate::store::conversations;
use crate::store::engine::{Database, Engine, Row};
use crate::store::error::corrupt;
use crate::store::locks::{self, Locks, Stand};
use crate::store::nodes::{self, Keys};
use crate::store::profiles::profile_id;
use crate::store::rules::InForce;
use crate::store::tombstones::{self, Tombstones};

/// A person's row.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) root: Root,
    pub(super) active_at: i64,
    /// Whether anything was refused or decided of the person that another event can turn.
    pub(super) contested: bool,
}

impl Person {
    pub(super) fn absorb(&mut self, other: &Self) {
        self.active_at = self.active_at.max(other.active_at);
        self.contested |= other.contested;
    }
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: MessageState,
    pub(super) owner: Option<ProfileId>,
    /// Which conversation it belongs to, where that is known.
    pub(super) conversation: Option<ConversationId>,
}

/// What the database knows of what a group names.
#[derive(Default)]
pub(super) struct Known {
    /// The rules in force.
    pub(super) rules: String,
    pub(super) last_seq: i64,
    pub(super) events: HashSet<String>,
    pub(super) people: HashMap<ProfileId, Person>,
    pub(super) graph: Graph,
    pub(super) messages: HashMap<MessageId, Entry>,
    /// The conversations of these people that what comes next can join.
    pub(super) desks: HashMap<ProfileId, Desk>,
    pub(super) aliases: HashMap<MessageId, MessageId>,
    pub(super) correlated: HashMap<OutboxId, MessageId>,
    pub(super) records: HashMap<(String, String, String), (i64, String)>,
    /// Whether anybody was ever erased.
    pub(super) erased: bool,
    /// What of these names was.
    pub(super) tombstones: Tombstones,
}

/// Begins the transaction and reads what the events name; what of it was erased only where `rules` know that
/// anybody was.
pub(super) async fn read(
    connection: &mut Database,
    stand: Stand,
    key: &IdKey,
    group: &[Member],
    rules: &InForce,
    said: &[Said],
    size: usize,
) -> Result<Known, StoreError> {
    let (mut messages, mut correlations, mut records) = (HashSet::new(), HashSet::new(), HashSet::new());
    let (mut refers, mut events) = (HashSet::new(), HashSet::new());
    let (mut identifiers, mut matters, mut pairs) = (HashSet::new(), HashSet::new(), HashMap::new());
    let mut ids = Keys::new(key);
    for Said { event, stated, naming, .. } in said {
        events.insert(event.id.as_str());
        for named in naming.people.iter().chain(&naming.devices) {
            identifiers.insert(ids.of(&Node::first(named.identifier.clone())));
        }
        if let Some(matter) = &naming.matter {
            matters.insert(ids.of(&Node::first(matter.clone())));
        }
        for (a, b) in naming.pairs() {
            let ends = ends(Node::first(a.clone()), Node::first(b.clone()));
            pairs.entry(ids.ends(&ends)).or_insert(ends);
        }
        if let Some((id, _, fact)) = &stated.message {
            // Only what is said of the business's messages can be about one that the hub sent.
            if !matches!((fact, &event.said.body), (MessageFact::Content(_), Body::MessageReceived(_))) {
                refers.insert(id);
            }
            messages.insert(id);
        }
        if let Some(correlation) = stated.correlation.as_ref().and_then(|text| text.parse::<OutboxId>().ok())
        {
            correlations.insert(correlation);
        }
        if let Some(record) = &stated.record {
            records.insert((record.connection.as_str(), record.kind, record.vendor_id.as_str()));
        }
    }
    let mut batch = Batch::for_group(size);
    if connection.engine() == Engine::Sqlite {
        batch.begin();
    } else {
        locks::begin(connection, stand).await?;
    }
    if connection.engine() == Engine::Postgres && stand == Stand::Beside {
        let mut locks = Locks::default();
        for node in identifiers.iter().chain(&matters) {
            locks.name("node", node.as_str());
        }
        for id in &messages {
            locks.name("message", id.as_str());
        }
        for (connection, kind, vendor) in &records {
            locks.name("record", &format!("{connection} {kind} {vendor}"));
        }
        for Member { ingest, .. } in group {
            let replay = ingest.delivery.as_ref().and_then(|delivery| delivery.replay_of.as_ref());
            replay.into_iter().for_each(|id| locks.name("delivery", id.as_str()));
        }
        hold(connection, locks, &identifiers, &matters, &messages, &refers, &correlations).await?;
    }
    batch.add("SELECT 0, coalesce(max(seq), 0) FROM events", row![]);
    batch.add("SELECT 8, value FROM meta WHERE name = 'rules'", row![]);
    batch.keyed("SELECT 1, id FROM events WHERE id IN", events.into_iter().map(|id| row![id]).collect());
    for (columns, table, letter, keys) in
        [(nodes::IDENTIFIER, "identifiers", "i", &identifiers), (nodes::MATTER, "matters", "m", &matters)]
    {
        let select = format!(
            "SELECT 2, {columns}, {}, p.active_at FROM {table} {letter} \
             JOIN profiles p ON p.id = {letter}.profile WHERE {letter}.key IN",
            nodes::OWNER
        );
        let keys = || keys.iter().map(|key| row![key.as_str()]).collect();
        batch.keyed(&select, keys());
        let select = format!(
            "SELECT 11, {} FROM {table} {letter} JOIN conversations c ON c.profile = {letter}.profile AND c.head = 1 \
             WHERE {letter}.key IN",
            conversations::COLUMNS
        );
        batch.keyed(&select, keys());
    }
    let edges = "SELECT 7, a, b, bond, evidence, at, event FROM edges WHERE (a, b) IN";
    batch.keyed(edges, pairs.keys().map(|(a, b)| row![a.as_str(), b.as_str()]).collect());
    // What a vendor says of a message that the hub sent names it by the vendor's id: look for both.
    batch.keyed(
        "SELECT 3, a.id, m.state, m.profile, m.conversation FROM message_aliases a JOIN messages m ON m.id = a.message WHERE a.id IN",
        refers.into_iter().map(|id: &MessageId| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 4, state, profile, conversation FROM messages WHERE id IN",
        messages.into_iter().map(|id: &MessageId| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 5, o.id, m.state, m.profile, m.conversation FROM outbox o JOIN messages m ON m.id = o.message WHERE o.id IN",
        correlations.iter().map(|id| row![id.as_str()]).collect(),
    );
    batch.keyed(
        "SELECT 6, connection, kind, vendor_id, changed_at, event FROM records WHERE (connection, kind, vendor_id) IN",
        records.into_iter().map(|(connection, kind, vendor)| row![connection, kind, vendor]).collect(),
    );
    batch.add("SELECT 9, count(*) FROM (SELECT 1 FROM tombstones LIMIT 1) t", row![]);
    if rules.erased {
        let keys = said
            .iter()
            .flat_map(|one| tombstones::keys(&mut ids, &rules.rules, &one.event, &one.stated, &one.naming));
        let keys: HashSet<String> = keys.collect();
        batch.keyed(tombstones::SELECT, keys.into_iter().map(|key| row![key]).collect());
    }
    let mut known = Known::default();
    let mut found: HashMap<(String, String), Edge> = HashMap::new();
    let mut talks = Vec::new();
    for row in batch.fetch(connection).await? {
        match row.get::<i64, _>(0) {
            7 => found.extend([nodes::edge(&row, 1)?]),
            8 => known.rules = row.get(1),
            9 => known.erased = row.get::<i64, _>(1) > 0,
            10 => known.tombstones.take(&row, 1),
            11 => talks.push(conversations::read(&row, 1)?),
            _ => known.take(&row)?,
        }
    }
    known.desks = conversations::desks(talks);
    // Where a name means somebody else by now, other nodes are named than those that were looked for.
    if known.graph.has_spans() {
        pairs.clear();
        for Said { event, naming, .. } in said {
            let at = event.said.occurred_at;
            for (a, b) in naming.pairs() {
                let ends = ends(known.graph.place(a, at), known.graph.place(b, at));
                pairs.entry(ids.ends(&ends)).or_insert(ends);
            }
        }
        let mut batch = Batch::default();
        batch.keyed(edges, pairs.keys().map(|(a, b)| row![a.as_str(), b.as_str()]).collect());
        for row in batch.fetch(connection).await? {
            found.extend([nodes::edge(&row, 1)?]);
        }
    }
    for ((a, b), ends) in pairs {
        if let Some(edge) = found.remove(&(a.to_string(), b.to_string())) {
            known.graph.know_edge(ends, edge);
        }
    }
    Ok(known)
}

/// Locks what the events name, and whoever has it by then: until nobody else has.
async fn hold(
    database: &mut Database,
    mut locks: Locks,
    identifiers: &HashSet<ProfileId>,
    matters: &HashSet<ProfileId>,
    messages: &HashSet<&MessageId>,
    refers: &HashSet<&MessageId>,
    correlations: &HashSet<OutboxId>,
) -> Result<(), StoreError> {
    locks.take(database).await?;
    loop {
        let keys = |ids: &HashSet<ProfileId>| ids.iter().map(|id| row![id.as_str()]).collect();
        let mut batch = Batch::default();
        batch.keyed("SELECT DISTINCT 0, profile FROM identifiers WHERE key IN", keys(identifiers));
        batch.keyed("SELECT DISTINCT 0, profile FROM matters WHERE key IN", keys(matters));
        let messages = messages.iter().map(|id: &&MessageId| row![id.as_str()]).collect();
        batch.keyed("SELECT 0, profile FROM messages WHERE profile IS NOT NULL AND id IN", messages);
        batch.keyed(
            "SELECT 1, m.profile, m.id FROM message_aliases a JOIN messages m ON m.id = a.message WHERE a.id IN",
            refers.iter().map(|id| row![id.as_str()]).collect(),
        );
        batch.keyed(
            "SELECT 1, m.profile, m.id FROM outbox o JOIN messages m ON m.id = o.message WHERE o.id IN",
            correlations.iter().map(|id| row![id.as_str()]).collect(),
        );
        for row in batch.fetch(database).await? {
            if let Some(person) = row.get::<Option<&str>, _>(1) {
                locks.person(person);
            }
            if row.get::<i64, _>(0) == 1 {
                locks.name("message", row.get(2));
            }
        }
        if !locks.take(database).await? {
            return Ok(());
        }
    }
}

/// Reads what the rules ask about people who get another name.
pub(super) async fn depth(
    connection: &mut Database,
    key: &IdKey,
    rules: &Rules,
    graph: &mut Graph,
) -> Result<Depth, StoreError> {
    let wants = graph.wants(rules);
    let mut depth = Depth::default();
    if wants.people.is_empty() && wants.nodes.is_empty() {
        return Ok(depth);
    }
    let mut batch = Batch::default();
    for id in &wants.people {
        let count = "SELECT 0, profile, namespace, count(*) FROM identifiers WHERE profile = ? GROUP BY profile, namespace";
        batch.add(count, row![id.as_str()]);
    }
    let mut ids = Keys::new(key);
    let mut named: HashMap<String, Node> = HashMap::new();
    for node in wants.nodes {
        let id = ids.of(&node).to_string();
        let count = "SELECT 1, ?, (SELECT count(*) FROM edges WHERE a = ?) + (SELECT count(*) FROM edges WHERE b = ?)";
        batch.add(count, row![&*id, &*id, &*id]);
        named.insert(id, node);
    }
    for row in batch.fetch(connection).await? {
        if row.get::<i64, _>(0) == 0 {
            let names = depth.names.entry(profile_id(&row, 1)?).or_default();
            names.insert(row.get(2), row.get(3));
        } else if let Some(node) = named.remove(row.get::<&str, _>(1)) {
            depth.degrees.insert(node, row.get(2));
        }
    }
    Ok(depth)
}

impl Known {
    fn take(&mut self, row: &Row) -> Result<(), StoreError> {
        match row.get::<i64, _>(0) {
            0 => self.last_seq = row.get(1),
            1 => {
                self.events.insert(row.get(1));
            }
            2 => {
                let (name, profile) = nodes::known(row, 1)?;
                let owner = nodes::owner(row, 10, profile.clone());
                let person =
                    Person { root: owner.root.clone(), active_at: row.get(13), contested: owner.contested };
                self.people.insert(profile, person);
                self.graph.know(name, owner);
            }
            3 => {
                let alias: MessageId =
                    row.get::<String, _>(1).parse().map_err(|e| corrupt("message_aliases")(&e))?;
                let entry = entry(row, 2)?;
                self.aliases.insert(alias, entry.message.id.clone());
                self.messages.insert(entry.message.id.clone(), entry);
            }
            4 => {
                let entry = entry(row, 1)?;
                self.messages.insert(entry.message.id.clone(), entry);
            }
            5 => {
                let outbox: OutboxId = row.get::<String, _>(1).parse().map_err(|e| corrupt("outbox")(&e))?;
                let entry = entry(row, 2)?;
                self.correlated.insert(outbox, entry.message.id.clone());
                self.messages.insert(entry.message.id.clone(), entry);
            }
            _ => {
                self.records.insert((row.get(1), row.get(2), row.get(3)), (row.get(4), row.get(5)));
            }
        }
        Ok(())
    }
}

/// Reads a message's state, person and conversation from three columns that stand side by side.
fn entry(row: &Row, at: usize) -> Result<Entry, StoreError> {
    let bad = corrupt("messages");
    let text = |column: usize| row.get::<Option<String>, _>(at + column);
    Ok(Entry {
        message: serde_json::from_str(row.get::<&str, _>(at)).map_err(|e| bad(&e))?,
        owner: text(1).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        conversation: text(2).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
    })
}
