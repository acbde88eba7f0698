//! The audit log.

use std::collections::BTreeSet;

use super::batch::{Batch, Filtered, row};
use super::engine::Row;
use super::{Store, StoreError};
use crate::model::audit::AuditEntry;
use crate::model::id::ProfileId;

/// What somebody did, to be committed with the change itself.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Who: a token's id, `command line (USER)`, `the hub`, or `the folder` for what was done by hand in the
    /// plugins' folder.
    pub who: String,
    /// What: `plugin-approved` …
    pub action: &'static str,
    /// The details in words.
    pub detail: String,
}

impl Audit {
    /// Adds the entry to the statements of the change that it tells of.
    pub(super) fn write(&self, batch: &mut Batch, at: i64, subject: &str) {
        batch.add(
            "INSERT INTO audit (at, who, action, subject, detail) VALUES (?,?,?,?,?)",
            row![at, self.who.as_str(), self.action, subject, self.detail.as_str()],
        );
    }
}

/// Which entries to list: those that fit all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those of one subject: a plugin's name, a connection's or a person's id …
    pub subject: Option<String>,
    /// What one account, token or other actor did, as [`Audit::who`] names them.
    pub who: Option<String>,
    /// Those of one kind: `plugin-approved` …
    pub action: Option<String>,
}

/// That somebody looked at a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Who, as in [`Audit`].
    pub who: String,
    /// What: `profile-viewed` …
    pub action: &'static str,
    /// At whom, by the id that was asked for.
    pub profile: ProfileId,
}

impl Store {
    /// Notes who looked at whom, each as a line of the audit log.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn note_looks(&self, looks: &[Look]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let rows =
            looks.iter().map(|look| row![look.at, look.who.as_str(), look.action, look.profile.as_str(), ""]);
        batch.rows("INSERT INTO audit (at, who, action, subject, detail)", rows.collect(), "");
        if batch.is_empty() { Ok(()) } else { self.write(batch).await.map(drop) }
    }

    /// Every id that stands for a person, to find what was done to them: the one given, the present one, and
    /// those of the person's names.
    async fn ids_of(&self, subject: &str) -> Result<Vec<String>, StoreError> {
        let mut ids = vec![subject.to_owned()];
        if let Ok(id) = subject.parse::<ProfileId>()
            && let Some(now) = self.current(id.as_str()).await?
        {
            ids.extend(self.names_of(&now).await?.into_iter().map(|(_, id)| id.into()));
            ids.push(now.into());
        }
        Ok(ids)
    }

    /// Notes what somebody did that changes nothing in the store.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn note(&self, audit: Audit, subject: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        audit.write(&mut batch, self.inner.ambient.now_ms(), subject);
        self.write(batch).await.map(drop)
    }

    /// The newest entries before `before` (all where `None`), at most `limit`. A person is found by any id that
    /// stands for them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        // Of a person under whichever id it was done: a list of each, of which the newest count.
        let subjects: Vec<Option<String>> = match &filter.subject {
            Some(subject) => {
                let ids: BTreeSet<String> = self.ids_of(subject).await?.into_iter().collect();
                ids.into_iter().map(Some).collect()
            }
            None => vec![None],
        };
        let mut batch = Batch::default();
        for subject in subjects {
            let mut asked = Filtered::new(
                "SELECT n, at, who, action, subject, detail FROM audit WHERE n < ?",
                row![before.unwrap_or(i64::MAX)],
            );
            asked.and("AND subject = ?", subject);
            asked.and("AND who = ?", filter.who.as_deref());
            asked.and("AND action = ?", filter.action.as_deref());
            asked.and("ORDER BY n DESC LIMIT ?", Some(limit));
            let (sql, values) = asked.parts();
            batch.add_all(&sql, values);
        }
        let entry = |row: &Row| AuditEntry {
            n: row.get(0),
            at: row.get(1),
            who: row.get(2),
            action: row.get(3),
            subject: row.get(4),
            detail: row.get(5),
        };
        let mut entries: Vec<AuditEntry> = self.read(batch).await?.iter().map(entry).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.n));
        entries.truncate(limit as usize);
        Ok(entries)
    }
}
