//! Asks other systems what is new, each on its connection's schedule.
//!
//! One task for each connection, one poll after another: no two of a connection overlap. When the next one
//! is due follows from what the store holds of the last, so that a restart neither repeats a poll nor
//! forgets one; what was missed meanwhile is one poll.

use std::sync::Arc;
use std::time::Duration;

use super::{back_off, wait_ms};
use crate::model::breaker::Admission;
use crate::model::id::ConnectionId;
use crate::model::schedule::Polls;
use crate::pipeline::Hub;
use crate::pipeline::connection::Live;
use crate::pipeline::registry::with_sources;
use crate::plugin::CallError;
use crate::store::{Ingest, StoreError};

/// The longest sleep: the machine's clock may be set, or the machine itself may sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// How often is looked whether the hub that polls is gone.
const OTHERS: Duration = Duration::from_secs(1);

/// Why a poll did not come to its end. What was read before is committed with its cursor.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the hub itself failed at it; its log says more")]
    Panicked,
}

impl PollError {
    /// In words fit for a log: without those of the plugin, which may repeat what a person wrote.
    fn logged(&self) -> String {
        match self {
            Self::Call(error) => error.logged(),
            other => with_sources(other),
        }
    }
}

/// Polls for one connection until it is gone or the hub stops.
pub(super) async fn run(hub: Hub, connection: ConnectionId) {
    let mut changes = hub.inner.changes.subscribe();
    let duty = format!("poll {connection}");
    // What could not be written down is known at least until the next start.
    let mut unwritten: Option<Polls> = None;
    loop {
        changes.mark_unchanged();
        let Some(live) = hub.connection(&connection).filter(|live| live.schedule().is_some()) else {
            return hub.store().leave(&duty).await;
        };
        // Of all hubs that serve the database, one polls.
        if !hub.store().leads(&duty).await {
            tokio::select! {
                () = hub.inner.stop.cancelled() => return,
                () = tokio::time::sleep(OTHERS) => {}
            }
            continue;
        }
        let due = match due(&hub, &live, unwritten.as_ref()).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%connection, error = with_sources(&error), "it cannot be read when to poll");
                Some(hub.ambient().now_ms().saturating_add(1_000))
            }
        };
        let now = hub.ambient().now_ms();
        let due = match live.guard.look(now) {
            Admission::Wait(until) => due.map(|due| due.max(until)),
            Admission::Run | Admission::Probe => due,
        };
        if let Some(due) = due.filter(|due| live.active() && *due <= now) {
            tracing::debug!(%connection, due, "polls");
            let polls = turn(&hub, &live, now, unwritten.take()).await;
            if let Err(error) = hub.store().set_polls(&connection, &polls).await {
                tracing::error!(%connection, error = with_sources(&error), "how a poll went could not be committed");
                unwritten = Some(polls);
            }
            continue;
        }
        let wait = due.map_or(LONGEST_SLEEP, |due| {
            Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or(0))
                .clamp(Duration::from_millis(1), LONGEST_SLEEP)
        });
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            // Resumed, paused, another plugin or another schedule.
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(if live.active() { wait } else { LONGEST_SLEEP }) => {}
        }
    }
}

/// When the next poll is due: milliseconds since the epoch, UTC.
async fn due(hub: &Hub, live: &Live, unwritten: Option<&Polls>) -> Result<Option<i64>, StoreError> {
    let id = &live.connection.id;
    let polls = match unwritten {
        Some(polls) => Some(polls.clone()),
        None => hub.store().polls(id).await?,
    };
    Ok(live.schedule().and_then(|schedule| schedule.due(id, live.connection.created_at, polls.as_ref())))
}

/// One poll, from its beginning at `began_at` to what is to be kept of it.
async fn turn(hub: &Hub, live: &Arc<Live>, began_at: i64, before: Option<Polls>) -> Polls {
    let id = &live.connection.id;
    let before = match before {
        Some(before) => Some(before),
        None => hub.store().polls(id).await.ok().flatten(),
    };
    // In a task of its own, so that a panic ends this poll and not the poller.
    let polling = {
        let (hub, live) = (hub.clone(), Arc::clone(live));
        hub.inner.tasks.clone().spawn(async move { poll(&hub, &live).await })
    };
    let Err(error) = polling.await.unwrap_or(Err(PollError::Panicked)) else {
        return Polls { began_at, ..Polls::default() };
    };
    let failures = before.map_or(0, |before| before.failures).saturating_add(1);
    let options = &hub.config().poller;
    let wait = match &error {
        PollError::Call(call) => {
            wait_ms(call, failures, options.first_wait, options.longest_wait, hub.ambient())
        }
        _ => back_off(failures, options.first_wait, options.longest_wait, hub.ambient()),
    };
    tracing::warn!(connection = %id, error = error.logged(), failures, wait_ms = wait, "a poll failed");
    metrics::counter!("switchboard_poll_failures_total", "plugin" => live.plugin.manifest.name.to_string())
        .increment(1);
    let retry_at = Some(hub.ambient().now_ms().saturating_add(wait));
    Polls { began_at, failures, retry_at, error: Some(error.to_string()) }
}

/// Reads page after page; events and cursor of each are committed together.
async fn poll(hub: &Hub, live: &Arc<Live>) -> Result<(), PollError> {
    for _ in 0..hub.config().poller.pages {
        let cursor = hub.store().cursor(&live.connection.id).await?;
        let Ok(permit) = live.guard.enter(hub.ambient().now_ms()) else {
            let why = "the plugin failed again and again and is left alone for a while";
            return Err(CallError::Unavailable(why.to_owned()).into());
        };
        let page = live.plugin.poll(&live.binding, cursor.as_deref()).await;
        permit.ended(hub, live, &page).await;
        let page = page?;
        let moved = cursor.as_deref() != Some(page.cursor.get());
        if moved || !page.events.is_empty() {
            let ingest = Ingest {
                connection: live.connection.id.clone(),
                delivery: None,
                events: page.events,
                cursor: Some(page.cursor.get().to_owned()),
                finishes: None,
                assistants: Arc::clone(&hub.snapshot().assistants),
            };
            hub.append(live, ingest).await?;
            hub.wake();
        }
        // A plugin that says there is more and goes nowhere would be asked for ever.
        if !page.more || !moved || hub.inner.stop.is_cancelled() {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::PluginSaid;

    #[test]
    fn what_a_plugin_says_of_a_failed_poll_stays_out_of_the_log() {
        let said = |said| PollError::Call(CallError::Plugin(said));
        let words = said(PluginSaid::Other("Ada's order cannot be read".into()));
        assert_eq!((words.logged().as_str(), words.to_string().contains("Ada")), ("the plugin failed", true));
        assert_eq!(said(PluginSaid::Retry(Some(5))).logged(), "try again in 5 ms");
    }
}
