//! A connection that works again catches up: what was parked while it rested is replayed in order, and the
//! work that was put off goes on.
//!
//! What is to be done is read from the store (parked, and never run), so that neither a crash nor a resume
//! from another process leaves anything behind.

use std::time::Duration;

use crate::model::id::ConnectionId;
use crate::pipeline::registry::with_sources;
use crate::pipeline::{Hub, ReplayError};
use crate::store::StoreError;

/// How often it is looked for what came in at the moment of the resume.
const LOOK: Duration = Duration::from_secs(5);

/// How many ids are read at once.
const CHUNK: u32 = 100;

/// Catches up for one connection, whenever there is something, until it is gone or the hub stops.
pub(super) async fn run(hub: Hub, connection: ConnectionId) {
    let mut changes = hub.inner.changes.subscribe();
    let mut rested = true;
    loop {
        changes.mark_unchanged();
        let Some(live) = hub.connection(&connection) else { return };
        if live.active() {
            if std::mem::take(&mut rested) {
                match hub.store().resume_jobs(&connection).await {
                    Ok(()) => hub.wake(),
                    Err(error) => {
                        rested = true;
                        tracing::error!(%connection, error = with_sources(&error), "work that was put off cannot be taken up");
                    }
                }
            }
            match catch_up(&hub, &connection).await {
                Ok(0) => {}
                Ok(count) => {
                    tracing::info!(%connection, count, "what was parked while the connection rested was replayed")
                }
                Err(error) => {
                    tracing::error!(%connection, error = with_sources(&error), "what was parked while the connection rested cannot be replayed now");
                }
            }
        } else {
            rested = true;
        }
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Replays what was never run; how many were. One that fails is parked like any other, and not tried again.
async fn catch_up(hub: &Hub, connection: &ConnectionId) -> Result<usize, StoreError> {
    let mut count = 0;
    loop {
        let held = hub.store().held(connection, CHUNK).await?;
        if held.is_empty() {
            return Ok(count);
        }
        for id in held {
            if hub.inner.stop.is_cancelled() {
                return Ok(count);
            }
            match hub.replay(&id).await {
                Ok(_) => count += 1,
                Err(ReplayError::Store(error)) => return Err(error),
                Err(ReplayError::Unknown(_) | ReplayError::NotParked(..)) => {}
                // Paused again, or no place to run it: later.
                Err(ReplayError::Paused | ReplayError::Connection(_) | ReplayError::Busy(_)) => {
                    return Ok(count);
                }
            }
        }
    }
}
