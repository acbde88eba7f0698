//! What the hub does by itself: assistants' work, the outbox, polls, catching up after a pause, and keeping
//! indexes.
//!
//! Each worker sleeps until something was committed, something is due, or a second has passed, whichever
//! comes first; what is due lives in the store, so a crash loses nothing.

mod assistants;
mod held;
mod index;
mod outbox;
mod poller;
mod privacy;
mod snooze;

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Hub;
use super::connection::Live;
use crate::ambient::Ambient;
use crate::model::id::ConnectionId;

use crate::plugin::{CallError, PluginSaid};

/// The longest sleep: work that another process committed is found after that.
const TICK: Duration = Duration::from_secs(1);

/// Starts all of them.
pub(super) fn spawn(hub: &Hub) {
    let tasks = &hub.inner.tasks;
    tasks.spawn(assistants::run(hub.clone()));
    tasks.spawn(index::run(hub.clone()));
    tasks.spawn(privacy::run(hub.clone()));
    tasks.spawn(snooze::run(hub.clone()));
    tasks.spawn(each_connection(hub.clone(), |live| live.plugin.capabilities.sender, outbox::run));
    tasks.spawn(each_connection(hub.clone(), |live| live.schedule().is_some(), poller::run));
    tasks.spawn(each_connection(hub.clone(), |_| true, held::run));
}

/// Keeps a task going for every connection that `fits`. A task ends when its connection is gone.
async fn each_connection<F>(hub: Hub, fits: fn(&Live) -> bool, run: fn(Hub, ConnectionId) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut changes = hub.inner.changes.subscribe();
    let mut running: HashMap<ConnectionId, JoinHandle<()>> = HashMap::new();
    loop {
        changes.mark_unchanged();
        running.retain(|_, task| !task.is_finished());
        for live in hub.snapshot().lives().filter(|live| fits(live)) {
            let id = &live.connection.id;
            running.entry(id.clone()).or_insert_with(|| hub.inner.tasks.spawn(run(hub.clone(), id.clone())));
        }
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            // A task that ended while its connection came back is started again.
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// How long to sleep until `due`, at most [`TICK`].
fn until(ambient: &Ambient, due: Option<i64>) -> Duration {
    due.map_or(TICK, |due| {
        let wait = u64::try_from(due.saturating_sub(ambient.now_ms())).unwrap_or(0);
        Duration::from_millis(wait).min(TICK)
    })
}

/// The longest wait that a plugin can name, in milliseconds: a day. Whoever says more made a mistake in the
/// unit, or the work would never be seen again.
const LONGEST_NAMED_WAIT: u64 = 24 * 60 * 60 * 1_000;

/// Milliseconds to wait after `attempts` failures, unless the plugin named a time; that is at most
/// [`LONGEST_NAMED_WAIT`].
fn wait_ms(error: &CallError, attempts: u32, first: Duration, longest: Duration, ambient: &Ambient) -> i64 {
    match error {
        CallError::Plugin(PluginSaid::Retry(Some(ms))) => {
            i64::try_from(*ms.min(&LONGEST_NAMED_WAIT)).unwrap_or(i64::MAX)
        }
        _ => back_off(attempts, first, longest, ambient),
    }
}

/// Milliseconds to wait after `attempts` failures.
fn back_off(attempts: u32, first: Duration, longest: Duration, ambient: &Ambient) -> i64 {
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    crate::model::outbox::back_off(attempts.max(1), ms(first), ms(longest), ambient.random16()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_names_an_absurd_wait_is_tried_again_within_a_day() {
        let wait = |said| {
            let error = CallError::Plugin(PluginSaid::Retry(said));
            wait_ms(&error, 1, Duration::from_secs(2), Duration::from_secs(600), &Ambient::system())
        };
        assert_eq!((wait(Some(1_500)), wait(Some(u64::MAX))), (1_500, 86_400_000));
        assert!(wait(None) <= 600_000);
    }
}
