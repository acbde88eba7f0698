//! Asks other systems what is new, each on its plugin's schedule.

use std::sync::Arc;
use std::time::Duration;

use super::{back_off, wait_ms};
use crate::model::id::ConnectionId;
use crate::pipeline::Hub;
use crate::pipeline::connection::Live;
use crate::pipeline::registry::with_sources;
use crate::plugin::CallError;
use crate::store::{Ingest, StoreError};

/// Why a poll did not come to its end. What was read before is committed with its cursor.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Polls for one connection until it is gone or the hub stops. The first poll is at the start.
pub(super) async fn run(hub: Hub, connection: ConnectionId) {
    let mut changes = hub.inner.changes.subscribe();
    let mut failures = 0;
    loop {
        changes.mark_unchanged();
        let Some(live) = hub.connection(&connection) else { return };
        let Some(every) = live.plugin.manifest.poller.as_ref().map(|poller| poller.every.duration()) else {
            return;
        };
        if !live.active() {
            // Whatever resumes it changes the connections.
            tokio::select! {
                () = hub.inner.stop.cancelled() => return,
                changed = changes.changed() => if changed.is_err() { return } else { continue },
            }
        }
        let options = &hub.config().poller;
        let wait = match poll(&hub, &live).await {
            Ok(()) => {
                failures = 0;
                every
            }
            Err(error) => {
                failures += 1;
                let ms = match &error {
                    PollError::Call(call) => {
                        wait_ms(call, failures, options.first_wait, options.longest_wait, hub.ambient())
                    }
                    PollError::Store(_) => {
                        back_off(failures, options.first_wait, options.longest_wait, hub.ambient())
                    }
                };
                tracing::warn!(%connection, error = with_sources(&error), failures, wait_ms = ms, "a poll failed");
                metrics::counter!("switchboard_poll_failures_total", "plugin" => live.plugin.manifest.name.to_string())
                    .increment(1);
                Duration::from_millis(u64::try_from(ms).unwrap_or(0))
            }
        };
        if sleep(&hub, &connection, wait).await.is_none() {
            return;
        }
    }
}

/// Sleeps; `None` when the hub stops or the connection is gone meanwhile.
async fn sleep(hub: &Hub, connection: &ConnectionId, wait: Duration) -> Option<()> {
    let mut changes = hub.inner.changes.subscribe();
    let over = tokio::time::sleep(wait);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = hub.inner.stop.cancelled() => return None,
            () = &mut over => return Some(()),
            changed = changes.changed() => {
                changed.ok()?;
                hub.connection(connection)?;
            }
        }
    }
}

/// Reads page after page; events and cursor of each are committed together.
async fn poll(hub: &Hub, live: &Arc<Live>) -> Result<(), PollError> {
    for _ in 0..hub.config().poller.pages {
        let cursor = hub.store().cursor(&live.connection.id).await?;
        let page = live.plugin.poll(&live.binding, cursor.as_deref()).await?;
        let moved = cursor.as_deref() != Some(page.cursor.get());
        if moved || !page.events.is_empty() {
            hub.store()
                .ingest(Ingest {
                    connection: live.connection.id.clone(),
                    delivery: None,
                    events: page.events,
                    cursor: Some(page.cursor.get().to_owned()),
                    finishes: None,
                    assistants: Arc::clone(&hub.snapshot().assistants),
                })
                .await?;
            hub.wake();
        }
        // A plugin that says there is more and goes nowhere would be asked for ever.
        if !page.more || !moved || hub.inner.stop.is_cancelled() {
            return Ok(());
        }
    }
    Ok(())
}
