//! Erasing all that one connection said.

use std::collections::BTreeSet;

use super::{Erased, Erasure};
use crate::model::fold::project;
use crate::model::id::{ConnectionId, ProfileId};
use crate::store::audit::Audit;
use crate::store::batch::{Batch, row};
use crate::store::error::corrupt;
use crate::store::outcome::ERASED;
use crate::store::profiles::profile_id;
use crate::store::tombstones::{self, NewStone};
use crate::store::{Store, StoreError, events};

/// Events looked through at a time.
const CHUNK: u32 = 2_000;

/// An event of nobody: its id, what it is once emptied, and the message that it is about.
struct Nobodys {
    event: String,
    said: String,
    message: Option<String>,
}

impl Store {
    /// Erases all that one connection said, person by person, and what was kept for it. When it is cut short,
    /// doing it again finishes it.
    ///
    /// # Errors
    /// When something cannot be committed now; what was erased until then stays so.
    pub async fn erase_connection(
        &self,
        connection: &ConnectionId,
        by: &str,
        reason: &str,
    ) -> Result<Erased, StoreError> {
        let at = self.inner.ambient.now_ms();
        let mut done = Erased { at, ..Erased::default() };
        // First, so that nothing late comes behind.
        let mut batch = Batch::default();
        let own = connection.as_str();
        tombstones::set(&mut batch, [NewStone { key: own, connection: own, since: i64::MIN, until: at }]);
        self.write(batch).await?;
        let mut seq = 0;
        loop {
            let (last, people, nobodys) = self.said_by(connection, seq).await?;
            let Some(last) = last else { break };
            seq = last;
            for person in people {
                let erasure = Erasure {
                    profile: person,
                    connection: Some(connection.clone()),
                    by: by.to_owned(),
                    reason: reason.to_owned(),
                };
                // Whoever is gone meanwhile needs no erasing.
                if let Ok(one) = self.erase(erasure).await? {
                    done.add(one);
                }
            }
            done.events += nobodys.len() as u64;
            let mut batch = Batch::default();
            for Nobodys { event, said, message } in nobodys {
                batch.add("UPDATE events SET said = ? WHERE id = ? AND profile IS NULL", row![said, event]);
                if let Some(message) = message {
                    batch.add("DELETE FROM messages WHERE id = ? AND profile IS NULL", row![message]);
                }
            }
            if !batch.is_empty() {
                self.write(batch).await?;
            }
        }
        self.clear(connection, at, by, reason).await?;
        self.scrub().await;
        Ok(done)
    }

    /// What a connection said after a place in the log: the last place looked at, the people of whom it
    /// said something, and its events of nobody as they are once emptied.
    async fn said_by(
        &self,
        connection: &ConnectionId,
        seq: i64,
    ) -> Result<(Option<i64>, BTreeSet<ProfileId>, Vec<Nobodys>), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!("SELECT {} FROM events e WHERE e.seq > ? ORDER BY e.seq LIMIT ?", events::COLUMNS),
            row![seq, CHUNK],
        );
        let rows = self.read(batch).await?;
        let (mut people, mut nobodys) = (BTreeSet::new(), Vec::new());
        let (now, rules) = (self.inner.ambient.now_ms(), self.rules().await?);
        for row in rows.iter().filter(|row| row.get::<&str, _>(2) == connection.as_str()) {
            if row.get::<Option<&str>, _>(6).is_some() {
                people.insert(profile_id(row, 6)?);
                continue;
            }
            let logged = events::read(row, 0)?;
            if !logged.event.said.is_erased() {
                let said = serde_json::to_string(&logged.event.said.erased(now));
                nobodys.push(Nobodys {
                    event: logged.event.id.to_string(),
                    said: said.map_err(|e| corrupt("an event")(&e))?,
                    message: project(&self.inner.key, &rules, &logged.event)
                        .message
                        .map(|(id, ..)| id.to_string()),
                });
            }
        }
        Ok((rows.last().map(|row| row.get(0)), people, nobodys))
    }

    /// Clears what is left of a connection beside the log, and says in the audit log that it was erased.
    async fn clear(
        &self,
        connection: &ConnectionId,
        at: i64,
        by: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let own = connection.as_str();
        let mut batch = Batch::default();
        for table in ["key_values", "addresses", "records", "insights", "jobs", "outbox", "parked"] {
            batch.add(&format!("DELETE FROM {table} WHERE connection = ?"), row![own]);
        }
        batch.add(
            "UPDATE deliveries SET state = 'discarded', discarded_at = ?, discarded_by = 'the hub', \
             discarded_why = 'everything of its connection was erased' WHERE connection = ? AND state = 'parked'",
            row![at, own],
        );
        batch.add(
            "UPDATE deliveries SET path = '', query = '', headers = '[]', body = ?, error = NULL \
             WHERE connection = ? AND received_at <= ?",
            row![ERASED.to_vec(), own, at],
        );
        let audit = Audit { who: by.to_owned(), action: "connection-erased", detail: reason.to_owned() };
        audit.write(&mut batch, at, own);
        self.write(batch).await.map(drop)
    }
}

impl Erased {
    /// Counts what else was erased.
    fn add(&mut self, other: Self) {
        self.profiles.extend(other.profiles);
        self.identifiers += other.identifiers;
        self.events += other.events;
        self.others += other.others;
        self.messages += other.messages;
        self.records += other.records;
        self.deliveries += other.deliveries;
        self.key_values += other.key_values;
        self.outbox += other.outbox;
    }
}
