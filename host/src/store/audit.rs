//! The audit log.

use super::batch::{Batch, row};
use super::engine::Row;
use super::{Store, StoreError};
use crate::model::audit::AuditEntry;

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

impl Store {
    /// Notes what somebody did that changes nothing in the store.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn note(&self, audit: Audit, subject: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        audit.write(&mut batch, self.inner.ambient.now_ms(), subject);
        self.write(batch).await.map(drop)
    }

    /// The newest entries before `before` (all where `None`), at most `limit`, of one subject or of all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit(
        &self,
        subject: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut batch = Batch::default();
        let before = before.unwrap_or(i64::MAX);
        let columns = "SELECT n, at, who, action, subject, detail FROM audit WHERE n < ?";
        match subject {
            Some(subject) => batch.add(
                &format!("{columns} AND subject = ? ORDER BY n DESC LIMIT ?"),
                row![before, subject, limit],
            ),
            None => batch.add(&format!("{columns} ORDER BY n DESC LIMIT ?"), row![before, limit]),
        }
        let entry = |row: &Row| AuditEntry {
            n: row.get(0),
            at: row.get(1),
            who: row.get(2),
            action: row.get(3),
            subject: row.get(4),
            detail: row.get(5),
        };
        Ok(self.read(batch).await?.iter().map(entry).collect())
    }
}
