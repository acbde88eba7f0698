//! Pages go from SQLite's log of changes into the database beside the writer.
//!
//! What is in the log (`NAME-wal`) is committed. Copying it into the database costs as much as committing it did,
//! and more the larger the database is; SQLite lets another connection do that while one writes on
//! (`PASSIVE`, <https://sqlite.org/c3ref/wal_checkpoint_v2.html>). The writer itself copies only once the log has
//! grown to `CHECKPOINT` all the same, and then finds little left to do; a log that is copied wholly begins anew.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::StoreError;
use super::batch::{Batch, row};
use super::engine::Database;

/// How many pages are copied at once, about: 16 MiB. Pages that every group changes are then copied once for many.
const PAGES: i64 = 4096;

/// The longest and the shortest wait between two copies.
const LONGEST: Duration = Duration::from_secs(2);
const SHORTEST: Duration = Duration::from_millis(50);

/// Copies until it is stopped or dropped.
pub(super) struct Checkpoints {
    committed: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// Begins, on a connection of its own.
    pub(super) fn start(database: Database) -> Self {
        let (committed, commits) = watch::channel(());
        Self { committed, task: tokio::spawn(run(database, commits)) }
    }

    /// Something was committed.
    pub(super) fn committed(&self) {
        self.committed.send_replace(());
    }

    /// Ends it, and waits until its connection is closed.
    pub(super) async fn stop(self) {
        drop(self.committed);
        // A panic in it was reported.
        let _ = self.task.await;
    }
}

async fn run(mut database: Database, mut commits: watch::Receiver<()>) {
    let (mut wait, mut before) = (LONGEST, 0);
    while commits.changed().await.is_ok() {
        let over =
            tokio::time::timeout(wait, async { while commits.changed().await.is_ok() {} }).await.is_ok();
        if over {
            break;
        }
        match copy(&mut database).await {
            Ok(copied) => {
                // The count begins anew with the log.
                let fresh = if copied < before { copied } else { copied - before };
                (wait, before) = (next(wait, fresh), copied);
            }
            // What cannot be copied now, for want of room say, stays in the log; the writer tells of such a disk.
            Err(error) => {
                tracing::debug!(%error, "the log of changes cannot be copied into the database now")
            }
        }
    }
    if let Err(error) = database.close().await {
        tracing::debug!(%error, "the connection that copies the log of changes did not close cleanly");
    }
}

/// Copies what is committed and nobody reads an older version of; how many pages of the log are copied by now.
async fn copy(database: &mut Database) -> Result<i64, StoreError> {
    let mut batch = Batch::default();
    batch.add("PRAGMA wal_checkpoint(PASSIVE)", row![]);
    Ok(batch.fetch(database).await?.first().map_or(0, |row| row.get::<i64, _>(2).max(0)))
}

/// How long to wait until there are about [`PAGES`] to copy, where `copied` came together in `wait`.
fn next(wait: Duration, copied: i64) -> Duration {
    let ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1);
    let ms = ms.saturating_mul(PAGES) / copied.max(1);
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Ambient;
    use crate::store::{Store, StoreOptions};

    #[test]
    fn the_wait_is_as_long_as_enough_takes_to_come_together() {
        let ms = Duration::from_millis;
        assert_eq!(next(ms(400), PAGES), ms(400));
        assert_eq!(next(ms(400), 2 * PAGES), ms(200));
        assert_eq!(next(ms(400), PAGES / 2), ms(800));
        assert_eq!((next(ms(400), 0), next(ms(400), i64::MAX)), (LONGEST, SHORTEST));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_committed_comes_into_the_database_while_the_hub_runs_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = StoreOptions::at(folder.path().join("hub.db"));
        let store = Store::open(&options, Ambient::system()).await.expect("opened");
        let mut batch = Batch::default();
        batch.replace("meta", "name", "value", vec![row!["much", "x".repeat(1 << 20)]]);
        store.write(batch).await.expect("committed");
        // Far less than what the writer would copy itself; it is there once it is there, or this never ends.
        while std::fs::metadata(&options.path).expect("there").len() < 1 << 20 {
            tokio::time::sleep(SHORTEST).await;
        }
        store.close().await;
        let store = Store::open(&options, Ambient::system()).await.expect("opened again");
        let mut batch = Batch::default();
        batch.add("SELECT length(value) FROM meta WHERE name = 'much'", row![]);
        assert_eq!(store.read(batch).await.expect("read")[0].get::<i64, _>(0), 1 << 20);
    }
}
