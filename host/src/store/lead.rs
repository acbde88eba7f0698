//! What one process does for all that serve a database on a server: polls, catching up, tidying.
//!
//! Whoever is first has the duty, by a lock of the database's that ends with the process that holds it, and
//! with its connection. On SQLite the one hub has every duty.

use std::collections::HashSet;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::Mutex;

use super::batch::{Batch, row};
use super::engine::Database;
use super::locks::{DUTY, number};
use super::{Store, StoreError};

/// The duties that this process has.
pub(super) struct Duties {
    connect: Option<PgConnectOptions>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    connection: Option<Database>,
    duties: HashSet<i64>,
}

impl Duties {
    /// None yet. `connect` is how a server is reached.
    pub(super) fn new(connect: Option<PgConnectOptions>) -> Self {
        Self { connect, held: Mutex::default() }
    }

    async fn has(&self, duty: i64) -> Result<bool, StoreError> {
        let Some(connect) = &self.connect else { return Ok(true) };
        let mut held = self.held.lock().await;
        if held.connection.is_none() {
            let fresh = PgConnection::connect_with(connect).await?;
            held.connection = Some(Database::postgres(fresh, connect.clone()));
        }
        let Held { connection, duties } = &mut *held;
        let Some(database) = connection.as_mut() else { return Ok(false) };
        let mut batch = Batch::default();
        let have = duties.contains(&duty);
        if have {
            // Whether the connection that holds it still stands.
            batch.add("SELECT 1", row![]);
        } else {
            batch.add("SELECT CASE WHEN pg_try_advisory_lock(?) THEN 1 ELSE 0 END", row![duty]);
        }
        match batch.fetch(database).await {
            Ok(rows) => {
                let has = rows.first().is_some_and(|row| row.get::<i64, _>(0) == 1);
                if has {
                    duties.insert(duty);
                }
                Ok(has)
            }
            Err(error) => {
                // With the connection every duty is lost.
                *held = Held::default();
                Err(error)
            }
        }
    }

    async fn drop(&self, duty: i64) {
        let mut held = self.held.lock().await;
        let Held { connection, duties } = &mut *held;
        if let (Some(database), true) = (connection.as_mut(), duties.remove(&duty)) {
            let mut batch = Batch::default();
            batch.add("SELECT CASE WHEN pg_advisory_unlock(?) THEN 1 ELSE 0 END", row![duty]);
            if batch.fetch(database).await.is_err() {
                *held = Held::default();
            }
        }
    }

    /// Gives all of them up.
    pub(super) async fn close(&self) {
        if let Some(database) = std::mem::take(&mut *self.held.lock().await).connection {
            // Its end gives them up in any case.
            let _ = database.close().await;
        }
    }
}

impl Store {
    /// Whether this process is the one that does `what` for all that serve the database, from now on until
    /// [`Store::leave`] or its end.
    pub async fn leads(&self, what: &str) -> bool {
        match self.inner.duties.has(number(DUTY, "", what)).await {
            Ok(has) => has,
            Err(error) => {
                tracing::warn!(%error, what, "it cannot be seen who does this now; nobody does it here meanwhile");
                false
            }
        }
    }

    /// Leaves `what` to another process.
    pub async fn leave(&self, what: &str) {
        self.inner.duties.drop(number(DUTY, "", what)).await;
    }
}
