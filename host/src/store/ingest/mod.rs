//! The hot path: a group of deliveries becomes one commit.
//!
//! One call reads what the fold needs to know ([`known`]), the fold decides in memory ([`changes`]), one
//! call writes everything and commits ([`write`], and [`super::batch`] for how). The rules are
//! `model::fold`'s; this module only carries rows to and from it.

mod changes;
mod known;
mod write;

use std::collections::HashSet;
use std::sync::Arc;

use super::batch::row;
use super::deliveries::NewDelivery;
use super::nodes::Keys;
use super::outcome::{self, Kept, Parked};
use super::refold::{self, Seeds};
use super::rules::InForce;
use super::tombstones::{self, Tombstones};
use super::{Store, StoreError, conversations};
use crate::ambient::Ambient;
use crate::model::event::{Event, EventKind, NewEvent};
use crate::model::fold::{Naming, Projection, project};
use crate::model::id::{ConnectionId, DeliveryId, EventId, IdKey, JobId, ProfileId};
use crate::model::rules::Rules;
use crate::store::engine::{Database, Engine};
use crate::store::error::corrupt;
use crate::store::locks::Stand;
use crate::store::order;

use changes::Changes;
pub(super) use write::{CLAIMS, MESSAGES, PROFILES, again, message_row};

/// An assistant's connection and the kinds of events it is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The connection.
    pub connection: ConnectionId,
    /// The kinds.
    pub kinds: Vec<EventKind>,
}

/// What is to be committed together: what one delivery, poll, action or assistant yielded.
#[derive(Debug, Clone)]
pub struct Ingest {
    /// Who says so.
    pub connection: ConnectionId,
    /// The delivery that brought it, to be kept.
    pub delivery: Option<NewDelivery>,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// Where the connection's poller goes on.
    pub cursor: Option<String>,
    /// The piece of work that is done with this.
    pub finishes: Option<JobId>,
    /// Which assistants are to be shown what.
    pub assistants: Arc<[Subscription]>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Ingested {
    /// The delivery as it is kept.
    pub delivery: Option<DeliveryId>,
    /// The events that are new.
    pub appended: Vec<Appended>,
    /// How many were in the log already.
    pub duplicates: usize,
    /// How many pieces of work for assistants were queued with it.
    pub work: usize,
    /// How many of the new events are of what was erased: nothing but a mark was kept of them.
    pub erased: usize,
}

/// An event that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the log.
    pub seq: i64,
    /// Its id.
    pub event: EventId,
    /// Who said so.
    pub connection: ConnectionId,
    /// Which kind.
    pub kind: EventKind,
    /// Whom it is about.
    pub profile: Option<ProfileId>,
}

impl Store {
    /// Commits what happened, with the delivery that brought it and the work that follows from it.
    ///
    /// Resolves after the commit is on the disk. An event whose `(connection, external id)` is in the log
    /// already is counted and skipped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be committed now; nothing was changed then.
    pub async fn ingest(&self, ingest: Ingest) -> Result<Ingested, StoreError> {
        self.inner.writer.ingest(ingest, None).await
    }
}

/// One of a group.
pub(super) struct Member {
    pub(super) ingest: Ingest,
    /// That its delivery was not handled.
    pub(super) parked: Option<Parked>,
}

/// One event of a group.
struct Said {
    /// Which of the group said it.
    at: usize,
    event: Event,
    /// What it states.
    stated: Projection,
    /// Whom it names.
    naming: Naming,
}

/// Commits a group. The connection is in no transaction before, and in none after success.
pub(super) async fn commit(
    connection: &mut Database,
    key: &IdKey,
    rules: &mut InForce,
    ambient: &Ambient,
    group: &[Member],
) -> Result<Vec<Ingested>, StoreError> {
    let mut stand = Stand::Beside;
    loop {
        match attempt(connection, stand, key, rules, ambient, group).await? {
            Attempt::Done(results) => return Ok(results),
            // It reaches further than to those whom the events name.
            Attempt::Wide => {
                connection.run("ROLLBACK").await?;
                stand = Stand::Alone;
            }
            // Other rules were put into force, or somebody was erased for the first time: everything is said
            // once more in their light.
            Attempt::Outdated(text, erased) => {
                connection.run("ROLLBACK").await?;
                *rules = InForce { erased, ..InForce::read(&text)? };
            }
        }
    }
}

/// What came of trying to commit a group.
enum Attempt {
    Done(Vec<Ingested>),
    /// It can only be committed alone.
    Wide,
    /// These are the rules in force, and whether anybody was ever erased.
    Outdated(String, bool),
}

/// Takes what is of somebody who was erased as erased. Tells of each of the group whether it held any.
fn bury(
    key: &IdKey,
    rules: &Rules,
    tombstones: &Tombstones,
    now: i64,
    said: &mut [Said],
    size: usize,
) -> Vec<bool> {
    let mut ids = Keys::new(key);
    let mut held = vec![false; size];
    if tombstones.is_empty() {
        return held;
    }
    for one in said {
        let keys = tombstones::keys(&mut ids, rules, &one.event, &one.stated, &one.naming);
        if tombstones.cover(keys, &one.event) {
            one.event.said = one.event.said.erased(now);
            (one.stated, one.naming) = Default::default();
            held[one.at] = true;
        }
    }
    held
}

async fn attempt(
    connection: &mut Database,
    stand: Stand,
    key: &IdKey,
    rules: &InForce,
    ambient: &Ambient,
    group: &[Member],
) -> Result<Attempt, StoreError> {
    let now = ambient.now_ms();
    let mut results: Vec<Ingested> = Vec::with_capacity(group.len());
    let mut said: Vec<Said> = Vec::new();
    for (at, Member { ingest, .. }) in group.iter().enumerate() {
        let delivery = ingest.delivery.as_ref().map(|delivery| delivery.id(ambient));
        for event in &ingest.events {
            let id = EventId::derived(key, &[ingest.connection.as_str(), &event.external_id]);
            let event = Event {
                id,
                connection: ingest.connection.clone(),
                delivery: delivery.clone(),
                received_at: now,
                said: event.clone(),
            };
            said.push(Said {
                at,
                stated: project(key, &rules.rules, &event),
                naming: Naming::of(key, &rules.rules, &event),
                event,
            });
        }
        results.push(Ingested { delivery, ..Ingested::default() });
    }
    // Rows of this group come in blocks of this size, so that groups of about a size are the same text.
    let size = said.len().max(group.len());
    let mut known = known::read(connection, stand, key, group, rules, &said, size).await?;
    if known.rules != rules.text || (known.erased && !rules.erased) {
        return Ok(Attempt::Outdated(known.rules, known.erased));
    }
    // Before what is in the log already is left out: a request that is repeated is not kept either.
    let held = bury(key, &rules.rules, &known.tombstones, now, &mut said, group.len());
    let mut seen: HashSet<EventId> = HashSet::with_capacity(said.len());
    let mut people = Vec::with_capacity(said.len());
    said.retain(|Said { at, event, .. }| {
        let fresh = !known.events.contains(event.id.as_str()) && seen.insert(event.id.clone());
        results[*at].duplicates += usize::from(!fresh);
        fresh
    });
    for one in &said {
        people.push(known.graph.add(&one.event, &one.naming));
    }
    let depth = known::depth(connection, key, &rules.rules, &mut known.graph).await?;
    let resolution = std::mem::take(&mut known.graph).resolve(key, &rules.rules, &depth);
    if !resolution.unsettled.is_empty() && stand == Stand::Beside && connection.engine() == Engine::Postgres {
        return Ok(Attempt::Wide);
    }
    let mut places = order::take(connection, said.len(), known.last_seq).await?.into_iter();
    let mut changes = Changes::default();
    changes.people(&mut known, &resolution);
    let mut unsettled = Vec::new();
    for (Said { at, event, stated, .. }, person) in said.into_iter().zip(people) {
        let seq = places.next().ok_or_else(|| corrupt("events")(&"there is no place for an event"))?;
        let profile = person.and_then(|person| resolution.home(person).cloned());
        if person.is_some() && profile.is_none() {
            unsettled.push(event.id.clone());
        }
        changes.event(&event, seq, profile.as_ref())?;
        if event.said.is_erased() {
            results[at].erased += 1;
        } else {
            results[at].work += changes.work(key, &event, now, &group[at].ingest.assistants);
            changes.request(&event, now, profile.as_ref());
        }
        changes.project(rules.rules.reopen(), &event, stated, profile.as_ref(), &mut known)?;
        results[at].appended.push(Appended {
            seq,
            kind: event.said.body.kind(),
            event: event.id,
            connection: event.connection,
            profile,
        });
    }
    let unclear = changes.unclear.clone();
    let mut batch = changes.batch(connection.engine(), key, &resolution, size)?;
    let each = group.iter().zip(&results).zip(held);
    let deliveries = each.filter_map(|((Member { ingest, parked }, result), erased)| {
        Some(Kept {
            id: result.delivery.as_ref()?,
            connection: &ingest.connection,
            delivery: ingest.delivery.as_ref()?,
            events: ingest.events.len(),
            parked: parked.as_ref(),
            erased,
        })
    });
    outcome::keep(&mut batch, deliveries)?;
    for Member { ingest, .. } in group {
        if let Some(cursor) = &ingest.cursor {
            let at = row![ingest.connection.as_str(), cursor.as_str()];
            batch.replace("cursors", "connection", "cursor", vec![at]);
        }
        if let Some(job) = &ingest.finishes {
            batch.add("DELETE FROM jobs WHERE id = ?", row![job.as_str()]);
        }
    }
    if unsettled.is_empty() && unclear.is_empty() {
        batch.add("COMMIT", row![]);
        batch.execute(connection).await?;
        return Ok(Attempt::Done(results));
    }
    batch.execute(connection).await?;
    conversations::refold(connection, rules.rules.reopen(), &unclear).await?;
    if unsettled.is_empty() {
        connection.run("COMMIT").await?;
        return Ok(Attempt::Done(results));
    }
    let seeds = Seeds { people: resolution.unsettled, events: unsettled, through_shared: false };
    let homes = refold::refold(connection, key, &rules.rules, seeds).await?;
    for appended in results.iter_mut().flat_map(|result| &mut result.appended) {
        if let Some(home) = homes.get(&appended.event) {
            appended.profile = Some(home.clone());
        }
    }
    connection.run("COMMIT").await?;
    Ok(Attempt::Done(results))
}
