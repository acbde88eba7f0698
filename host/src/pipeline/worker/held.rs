//! A connection that works again catches up: what was parked while it was paused, or its plugin was left
//! alone, is replayed in order, and the work that was put off goes on. What was parked also probes whether the
//! plugin works again.
//!
//! What is to be done is read from the store (parked, and never run), so that neither a crash nor a resume
//! from another process leaves anything behind.

use std::time::Duration;

use crate::model::breaker::Admission;
use crate::model::id::ConnectionId;
use crate::pipeline::connection::Live;
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
    let (mut rested, mut unread) = (true, true);
    loop {
        changes.mark_unchanged();
        let Some(live) = hub.connection(&connection) else { return };
        if std::mem::take(&mut unread) {
            unread = restore(&hub, &live).await.is_err();
        }
        if live.active() {
            rested |= !live.guard.is_closed();
            if live.guard.is_closed() && std::mem::take(&mut rested) {
                match hub.store().resume_jobs(&connection).await {
                    Ok(()) => hub.wake(),
                    Err(error) => {
                        rested = true;
                        tracing::error!(%connection, error = with_sources(&error), "work that was put off cannot be taken up");
                    }
                }
            }
            let duty = format!("catch up {connection}");
            let caught_up = match hub.store().leads(&duty).await {
                true => catch_up(&hub, &connection).await,
                // Another hub does.
                false => Ok(0),
            };
            match caught_up {
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
            () = tokio::time::sleep(until_next(&hub, &live)) => {}
        }
    }
}

/// How long until there may be something to do: at most [`LOOK`], and not after the plugin is to be tried.
fn until_next(hub: &Hub, live: &Live) -> Duration {
    let now = hub.ambient().now_ms();
    match live.guard.look(now) {
        Admission::Wait(until) => {
            let wait = u64::try_from(until.saturating_sub(now)).unwrap_or(0);
            Duration::from_millis(wait).clamp(Duration::from_millis(10), LOOK)
        }
        Admission::Run | Admission::Probe => LOOK,
    }
}

/// Leaves a plugin alone that was left alone when the hub stopped.
async fn restore(hub: &Hub, live: &Live) -> Result<(), StoreError> {
    let id = &live.connection.id;
    let resting = hub.store().resting(id).await.inspect_err(|error| {
        tracing::error!(connection = %id, error = with_sources(error), "whether a plugin is left alone cannot be read");
    })?;
    if let Some(resting) = resting {
        live.guard.restore(hub.config(), &resting, live.plugin.manifest.name.as_str());
    }
    Ok(())
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
            match hub.run_again(&id, hub.ambient().now_ms()).await {
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
