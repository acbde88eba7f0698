//! What goes for its age, a few events at a time.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::batch::{Batch, row};
use super::decide::in_force;
use super::error::corrupt;
use super::profiles::profile_id;
use super::refold::{self, Seeds};
use super::{Erasure, LoggedEvent, Store, StoreError, events, follow};
use crate::model::event::Body;
use crate::model::fold::{Naming, project};
use crate::model::id::{EventId, IdKey, ProfileId};
use crate::model::retention::{Ages, Class};
use crate::store::engine::Database;

/// Events looked at in one step.
const CHUNK: u32 = 500;

/// People and messages of the hub's own that go in one step.
const AT_ONCE: u32 = 20;

/// What went, or would go, for its age.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Aged {
    /// Events, by class.
    pub events: BTreeMap<&'static str, u64>,
    /// Messages that the hub sent.
    pub sent: u64,
    /// People of whom nothing was heard.
    pub people: u64,
}

impl Aged {
    fn count(&mut self, class: Class) {
        *self.events.entry(class.as_str()).or_default() += 1;
    }
}

impl Store {
    /// Lets go what is too old among the events after a place in the log, and says where to go on; `None`:
    /// that was the end. With `only_tell` it counts what would go.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn age_events(
        &self,
        ages: &Ages,
        after: i64,
        only_tell: bool,
        aged: &mut Aged,
    ) -> Result<Option<i64>, StoreError> {
        let chunk = self.events_after(after, CHUNK).await?;
        let Some(last) = chunk.last().map(|logged| logged.seq) else { return Ok(None) };
        let mut old: Vec<(Class, LoggedEvent)> = Vec::new();
        for logged in chunk {
            if logged.event.said.is_erased() {
                continue;
            }
            if let Some(class) = ages.over(logged.kind, logged.event.said.occurred_at) {
                old.push((class, logged));
            }
        }
        for (class, _) in &old {
            aged.count(*class);
        }
        if only_tell || old.is_empty() {
            return Ok(Some(last));
        }
        let (key, at) = (self.inner.key.clone(), self.inner.ambient.now_ms());
        let old: Vec<EventId> = old.into_iter().map(|(_, logged)| logged.event.id).collect();
        self.inner
            .writer
            .transact(move |database| Box::pin(async move { let_go(database, &key, old, at).await }))
            .await?;
        Ok(Some(last))
    }

    /// Lets go a few of the messages that the hub sent before a moment; says whether there may be more. With
    /// `only_tell` it counts all that would go.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn age_sent(&self, before: i64, only_tell: bool, aged: &mut Aged) -> Result<bool, StoreError> {
        if only_tell {
            let mut batch = Batch::default();
            batch.add(
                "SELECT count(*) FROM outbox WHERE created_at < ? AND state IN ('sent', 'failed')",
                row![before],
            );
            let rows = self.read(batch).await?;
            aged.sent += rows.first().map_or(0, |row| row.get::<i64, _>(0).unsigned_abs());
            return Ok(false);
        }
        let key = self.inner.key.clone();
        let count = self
            .inner
            .writer
            .transact(move |database| {
                Box::pin(async move {
                    let mut look = Batch::default();
                    look.add(
                        "SELECT id, message, profile FROM outbox WHERE created_at < ? AND state IN ('sent', 'failed') LIMIT ?",
                        row![before, AT_ONCE],
                    );
                    let rows = look.fetch(database).await?;
                    let mut batch = Batch::default();
                    let mut people = BTreeSet::new();
                    for row in &rows {
                        batch.add("DELETE FROM outbox WHERE id = ?", row![row.get::<String, _>(0)]);
                        batch.add("DELETE FROM messages WHERE id = ?", row![row.get::<String, _>(1)]);
                        people.insert(profile_id(row, 2)?);
                    }
                    follow::moved(&mut batch, rows.iter().map(|row| row.get::<&str, _>(1)));
                    if !rows.is_empty() {
                        batch.execute(database).await?;
                        fold(database, &key, people).await?;
                    }
                    Ok(rows.len() as u64)
                })
            })
            .await?;
        aged.sent += count;
        Ok(count >= u64::from(AT_ONCE))
    }

    /// Erases a few of the people of whom nothing was heard since a moment; says whether there may be more.
    /// With `only_tell` it counts all that would go.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn age_people(
        &self,
        before: i64,
        by: &str,
        only_tell: bool,
        aged: &mut Aged,
    ) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        if only_tell {
            batch.add("SELECT count(*) FROM profiles WHERE active_at < ?", row![before]);
            let rows = self.read(batch).await?;
            aged.people += rows.first().map_or(0, |row| row.get::<i64, _>(0).unsigned_abs());
            return Ok(false);
        }
        batch.add(
            "SELECT id FROM profiles WHERE active_at < ? ORDER BY active_at LIMIT ?",
            row![before, AT_ONCE],
        );
        let ids: Vec<ProfileId> =
            self.read(batch).await?.iter().map(|row| profile_id(row, 0)).collect::<Result<_, _>>()?;
        for profile in &ids {
            let erasure = Erasure {
                profile: profile.clone(),
                connection: None,
                by: by.to_owned(),
                reason: "nothing was heard for longer than `retention.people`".to_owned(),
            };
            if self.erase(erasure).await?.is_ok() {
                aged.people += 1;
            }
        }
        Ok(ids.len() >= AT_ONCE as usize)
    }
}

/// Takes the content out of events, and what was made of it out of the rest.
async fn let_go(database: &mut Database, key: &IdKey, old: Vec<EventId>, at: i64) -> Result<(), StoreError> {
    let rules = in_force(database).await?;
    // As they are now: somebody may have been erased since they were looked at.
    let mut look = Batch::default();
    look.keyed(
        &format!("SELECT {} FROM events e WHERE e.id IN", events::COLUMNS),
        old.iter().map(|id| row![id.as_str()]).collect(),
    );
    let mut batch = Batch::default();
    let mut people = BTreeSet::new();
    for row in look.fetch(database).await? {
        let logged = events::read(&row, 0)?;
        if logged.event.said.is_erased() {
            continue;
        }
        let (event, id) = (&logged.event, logged.event.id.as_str());
        let matter = Naming::of(key, &rules, event).matter;
        let said = event.said.without_content(at, matter);
        let said = serde_json::to_string(&said).map_err(|e| corrupt("an event")(&e))?;
        batch.add("UPDATE events SET said = ? WHERE id = ?", row![said, id]);
        batch.add("DELETE FROM jobs WHERE event = ?", row![id]);
        let stated = project(key, &rules, event);
        if let Body::MessageReceived(_) | Body::MessageSent(_) = &event.said.body
            && let Some((message, ..)) = &stated.message
        {
            // What the hub was asked to send goes by its own age.
            batch.add(
                "DELETE FROM messages WHERE id = ? AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = messages.id)",
                row![message.as_str()],
            );
            batch.add("DELETE FROM insights WHERE message = ?", row![message.as_str()]);
            follow::moved(&mut batch, [message.as_str()]);
            people.extend(logged.profile.clone());
        }
        if let Body::Note(_) = &event.said.body {
            people.extend(logged.profile.clone());
        }
        if let Body::Insight(insight) = &event.said.body {
            batch.add(
                "DELETE FROM insights WHERE message = ? AND event = ?",
                row![insight.message.as_str(), id],
            );
        }
        if let Some(record) = &stated.record {
            batch.add(
                "DELETE FROM records WHERE connection = ? AND kind = ? AND vendor_id = ? AND event = ?",
                row![record.connection.as_str(), record.kind, record.vendor_id.as_str(), id],
            );
        }
    }
    if !batch.is_empty() {
        batch.execute(database).await?;
    }
    fold(database, key, people).await
}

/// Folds people anew whose messages went.
async fn fold(database: &mut Database, key: &IdKey, people: BTreeSet<ProfileId>) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let rules = in_force(database).await?;
    refold::refold(database, key, &rules, Seeds { people, ..Seeds::default() }).await.map(drop)
}
