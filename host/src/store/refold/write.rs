//! What the fold says of people, in place of what was stored.

use std::collections::{BTreeMap, HashMap};

use super::closure::Closure;
use crate::model::event::EventKind;
use crate::model::fold::{Identity, Known, Node, Person, Root, project};
use crate::model::id::{ConnectionId, IdKey, MessageId, ProfileId};
use crate::model::identifier::{Evidence, Identifier};
use crate::model::message::MessageFact;
use crate::model::rules::Rules;
use crate::store::StoreError;
use crate::store::batch::{Batch, row};
use crate::store::consents;
use crate::store::conversations;
use crate::store::engine::{Database, Engine};
use crate::store::error::corrupt;
use crate::store::follow::moved;
use crate::store::ingest::{CLAIMS, PROFILES, again};
use crate::store::nodes::{self, Keys};

/// Replaces what is stored of the closure's people by what the fold says.
pub(in crate::store) async fn replace(
    connection: &mut Database,
    key: &IdKey,
    rules: &Rules,
    closure: &Closure,
    identity: &Identity,
) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let old = || closure.people.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
    for (table, column) in [
        ("attributes", "profile"),
        ("claims", "profile"),
        ("consents", "profile"),
        ("profiles", "id"),
        ("identifiers", "profile"),
        ("matters", "profile"),
    ] {
        batch.keyed(&format!("DELETE FROM {table} WHERE {column} IN"), old());
    }
    let mut ids = Keys::new(key);
    let names = names(closure, identity, &mut ids);
    nodes::write(&mut batch, &mut ids, names.iter().map(|(known, profile)| (known, profile)));
    let own = closure
        .names
        .iter()
        .filter(|(_, (known, _))| closure.through_shared || !known.shared)
        .map(|(id, _)| id);
    let own: Vec<_> = own.map(|id| row![id.as_str()]).collect();
    for end in ["a", "b"] {
        batch.keyed(&format!("DELETE FROM edges WHERE {end} IN"), own.clone());
    }
    nodes::write_edges(&mut batch, &mut ids, &identity.edges);
    let beside = |profile: &ProfileId| closure.left_out(profile);
    let people: BTreeMap<&ProfileId, &Root> =
        identity.roots.iter().filter(|(profile, _)| !beside(profile)).collect();
    let sums = states(&mut batch, connection.engine(), key, rules, closure, identity, &people);
    let rows = people.iter().map(|(id, root)| {
        row![id.as_str(), root.seen, &*root.name, sums[*id], identity.contested.contains(*id)]
    });
    batch.replace("profiles", "id", PROFILES, rows.collect());
    homes(&mut batch, connection.engine(), key, rules, closure, identity);
    // Also whose a name was, and whose it is: a name that many use may change hands beside these people.
    let before = closure.people.iter().chain(closure.names.values().map(|(_, owner)| owner));
    let after = people.keys().copied().chain(names.iter().map(|(_, owner)| owner));
    moved(&mut batch, before.chain(after).map(ProfileId::as_str));
    batch.execute(connection).await?;
    follow(connection, closure, identity, &mut ids).await?;
    let concerned = closure.people.iter().chain(people.keys().copied()).cloned().collect();
    conversations::refold(connection, rules.reopen(), &concerned).await
}

/// Every name with its person. What many people use is only touched by what names it more surely or earlier.
fn names(closure: &Closure, identity: &Identity, ids: &mut Keys<'_>) -> Vec<(Known, ProfileId)> {
    let mut names = Vec::new();
    for (node, standing) in &identity.nodes {
        let mut known = Known {
            node: node.clone(),
            evidence: standing.evidence,
            seen: standing.seen,
            shared: standing.shared,
            held_since: standing.held_since,
            starts: Vec::new(),
        };
        if node.since.is_none() {
            known.starts = identity.starts.get(&node.identifier).into_iter().flatten().copied().collect();
        }
        let stored =
            closure.names.get(&ids.of(node)).filter(|(stored, _)| stored.shared && !closure.through_shared);
        if let Some((stored, _)) = stored {
            known.seen = known.seen.min(stored.seen);
            known.evidence = known.evidence.max(stored.evidence);
        }
        names.push((known, standing.profile.clone()));
    }
    for (matter, (seen, profile)) in &identity.matters {
        let node = Node::first(Identifier::clone(matter));
        // Somebody else may have named it before.
        let stored = closure.names.get(&ids.of(&node)).filter(|_| !closure.through_shared);
        let known = Known {
            node,
            evidence: Evidence::Recorded,
            seen: stored.map_or(*seen, |(stored, _)| stored.seen.min(*seen)),
            shared: false,
            held_since: None,
            starts: Vec::new(),
        };
        names.push((known, profile.clone()));
    }
    names
}

/// Writes what the events state of people; when each was last heard of.
fn states(
    batch: &mut Batch,
    engine: Engine,
    key: &IdKey,
    rules: &Rules,
    closure: &Closure,
    identity: &Identity,
    people: &BTreeMap<&ProfileId, &Root>,
) -> HashMap<ProfileId, i64> {
    let mut sums: HashMap<ProfileId, i64> = HashMap::new();
    let mut states: BTreeMap<&ProfileId, Person> = BTreeMap::new();
    for (id, root) in people {
        sums.insert((*id).clone(), 0);
        states.insert(id, Person::new((*root).clone()));
    }
    for (id, (event, _)) in &closure.events {
        let Some(home) = identity.homes.get(id) else { continue };
        let (Some(state), Some(sum)) = (states.get_mut(home), sums.get_mut(home)) else { continue };
        if !matches!(event.said.body.kind(), EventKind::Insight | EventKind::Decision) {
            *sum = event.said.occurred_at.max(*sum);
        }
        let projection = project(key, rules, event);
        projection.attributes.into_iter().for_each(|candidate| state.stated(candidate));
        projection.claims.into_iter().for_each(|claim| state.claimed(claim));
        state.consents.extend(projection.consent);
    }
    let (mut attributes, mut claims, mut consents) = (Vec::new(), Vec::new(), Vec::new());
    for (id, state) in states {
        for candidate in state.attributes.into_values() {
            attributes.push(row![
                id.as_str(),
                candidate.field,
                candidate.connection.as_str(),
                candidate.value,
                candidate.first.0,
                candidate.first.1.as_str(),
                candidate.last.0,
                candidate.last.1.as_str(),
                candidate.place,
            ]);
        }
        for claim in state.claims.into_values() {
            let Identifier { namespace, value } = claim.identifier;
            let (connection, event) = (claim.connection.as_str(), claim.event.as_str());
            claims.push(row![id.as_str(), namespace, value, connection, event, claim.at]);
        }
        consents.extend(state.consents.into_iter().map(|said| consents::row_of(id, said)));
    }
    batch.rows("INSERT INTO attributes", attributes, &again(engine));
    batch.rows("INSERT INTO claims", claims, CLAIMS);
    consents::write(batch, consents);
    sums
}

/// Gives events, and the messages and records that they brought, to whomever they are about.
fn homes(
    batch: &mut Batch,
    engine: Engine,
    key: &IdKey,
    rules: &Rules,
    closure: &Closure,
    identity: &Identity,
) {
    let mut moved: BTreeMap<Option<&ProfileId>, Vec<&str>> = BTreeMap::new();
    for (id, (event, before)) in &closure.events {
        let home = identity.homes.get(id);
        // What was done with conversations goes where their messages go.
        let handled = matches!(event.said.body.kind(), EventKind::Conversation | EventKind::Note);
        if home == before.as_ref() || handled {
            continue;
        }
        moved.entry(home).or_default().push(id.as_str());
        let projection = project(key, rules, event);
        let profile = home.map(ProfileId::as_str);
        if let Some((derived, _, MessageFact::Content(_))) = projection.message {
            batch.add(
                &format!(
                    "UPDATE messages SET profile = ?, conversation = NULL WHERE id IN (?, (SELECT message FROM message_aliases WHERE id = ?)) \
                     AND {} = ?",
                    engine.content_event()
                ),
                row![profile, derived.as_str(), derived.as_str(), id.as_str()],
            );
        }
        if let Some(record) = projection.record {
            batch.add(
                "UPDATE records SET profile = ? WHERE connection = ? AND kind = ? AND vendor_id = ? AND event = ?",
                row![profile, record.connection.as_str(), record.kind, record.vendor_id, id.as_str()],
            );
        }
    }
    for (home, events) in moved {
        batch.keyed_after(
            "UPDATE events SET profile = ? WHERE id IN",
            row![home.map(ProfileId::as_str)],
            events.into_iter().map(|id| row![id]).collect(),
        );
    }
}

/// What the hub sent, or is to send, goes where the conversation that it belongs to goes: to whoever wrote
/// last on that connection; else to whoever has the person's first identifier now.
async fn follow(
    connection: &mut Database,
    closure: &Closure,
    identity: &Identity,
    ids: &mut Keys<'_>,
) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.keyed(
        "SELECT id, message, connection, profile FROM outbox WHERE profile IN",
        closure.people.iter().map(|id| row![id.as_str()]).collect(),
    );
    let rows = batch.fetch(connection).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let moved = closure.moved(&identity.homes);
    let by_id: HashMap<ProfileId, &ProfileId> =
        identity.nodes.iter().map(|(node, standing)| (ids.of(node), &standing.profile)).collect();
    let mut batch = Batch::default();
    for row in rows {
        let bad = corrupt("outbox");
        let message: MessageId = row.get::<String, _>(1).parse().map_err(|e| bad(&e))?;
        let carrier: ConnectionId = row.get::<String, _>(2).parse().map_err(|e| bad(&e))?;
        let before: ProfileId = row.get::<String, _>(3).parse().map_err(|e| bad(&e))?;
        let written = moved.get(&(before.clone(), carrier.to_string())).map(|(_, home)| *home);
        let Some(home) = written.or_else(|| by_id.get(&before).copied()) else { continue };
        let home = home.as_str();
        batch.add("UPDATE outbox SET profile = ? WHERE id = ?", row![home, row.get::<String, _>(0)]);
        batch.add(
            &format!(
                "UPDATE messages SET profile = ? WHERE id = ? AND {} IS NULL",
                connection.engine().content_event()
            ),
            row![home, message.as_str()],
        );
    }
    if !batch.is_empty() {
        batch.execute(connection).await?;
    }
    Ok(())
}
