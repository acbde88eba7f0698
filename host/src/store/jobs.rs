//! Work for assistants: queued with the message, done with the insight, at least once in between.

use super::batch::{Batch, row};
use super::error::corrupt;
use super::events::{self, LoggedEvent};
use super::locks::Stand;
use super::{Store, StoreError};
use crate::model::id::{ConnectionId, JobId};

/// Why work waits that was not tried.
const RESTS: &str = "the connection is paused or does not work";

/// A piece of work that was claimed.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The assistant's connection.
    pub connection: ConnectionId,
    /// What it is to be shown.
    pub event: LoggedEvent,
    /// How often it was claimed, this time included.
    pub attempts: u32,
}

impl Store {
    /// Claims up to `limit` pieces of work that are due. Each is due again after `lease` milliseconds unless
    /// it was finished, put off or given up by then: a crash loses none.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn claim_jobs(&self, limit: u32, lease: i64) -> Result<Vec<Job>, StoreError> {
        let now = self.inner.ambient.now_ms();
        self.inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let mut batch = Batch::default();
                    batch.add(
                        &format!(
                            "SELECT j.id, j.connection, j.attempts + 1, {} FROM jobs j JOIN events e ON e.id = j.event \
                             WHERE j.state = 'queued' AND j.due_at <= ? ORDER BY j.due_at, j.n LIMIT ?{}",
                            events::COLUMNS,
                            database.engine().taking("j")
                        ),
                        row![now, limit],
                    );
                    let mut jobs = Vec::new();
                    let mut claim = Batch::default();
                    for row in batch.fetch(database).await? {
                        let bad = corrupt("jobs");
                        let id: JobId = row.get::<String, _>(0).parse().map_err(|e| bad(&e))?;
                        claim.add(
                            "UPDATE jobs SET attempts = attempts + 1, due_at = ? WHERE id = ?",
                            row![now + lease, id.as_str()],
                        );
                        jobs.push(Job {
                            id,
                            connection: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
                            attempts: row.get(2),
                            event: events::read(&row, 3)?,
                        });
                    }
                    if !jobs.is_empty() {
                        claim.execute(database).await?;
                    }
                    Ok(jobs)
                })
            })
            .await
    }

    /// Says that a piece of work is done and yielded nothing to commit.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn finish_job(&self, id: &JobId) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM jobs WHERE id = ?", row![id.as_str()]);
        self.write(batch).await.map(|_| ())
    }

    /// Puts a piece of work off until `at`, milliseconds since the epoch.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn retry_job(&self, id: &JobId, at: i64, why: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("UPDATE jobs SET due_at = ?, error = ? WHERE id = ?", row![at, why, id.as_str()]);
        self.write(batch).await.map(|_| ())
    }

    /// Puts a piece of work off until `at`, milliseconds since the epoch, because its connection rests: it
    /// was not tried, and [`Store::resume_jobs`] brings it back sooner.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn rest_job(&self, id: &JobId, at: i64) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE jobs SET due_at = ?, error = ?, attempts = attempts - 1 WHERE id = ?",
            row![at, RESTS, id.as_str()],
        );
        self.write(batch).await.map(drop)
    }

    /// Makes the work due that waits for a connection that works again.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn resume_jobs(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE jobs SET due_at = ? WHERE connection = ? AND state = 'queued' AND error = ?",
            row![self.inner.ambient.now_ms(), connection.as_str(), RESTS],
        );
        self.write(batch).await.map(drop)
    }

    /// Gives a piece of work up; it stays with its reason, and is not claimed again.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn abandon_job(&self, id: &JobId, why: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("UPDATE jobs SET state = 'abandoned', error = ? WHERE id = ?", row![why, id.as_str()]);
        self.write(batch).await.map(|_| ())
    }

    /// When the next piece of work is due: milliseconds since the epoch; `None` when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next_job_at(&self) -> Result<Option<i64>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT min(due_at) FROM jobs WHERE state = 'queued'", row![]);
        Ok(self.read(batch).await?.first().and_then(|row| row.get(0)))
    }
}
