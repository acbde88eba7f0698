//! Indexes follow the log: what was committed is in them a moment later.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::{TICK, back_off};
use crate::pipeline::Hub;
use crate::pipeline::registry::with_sources;
use crate::store::{Following, StoreError};

/// How long it is waited for more after something was committed, so that what comes at once is indexed at once.
const GATHER: Duration = Duration::from_millis(50);

/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(60);

/// Keeps every index until the hub stops.
pub(super) async fn run(hub: Hub) {
    let mut appended = hub.store().subscribe();
    let mut work = hub.inner.work.subscribe();
    let mut following = Following::default();
    let mut failures = 0;
    loop {
        // What is committed from here on wakes this again.
        appended = appended.resubscribe();
        work.mark_unchanged();
        // Of all hubs that serve the database, one keeps them.
        if !hub.store().leads("indexes").await {
            tokio::select! {
                () = hub.inner.stop.cancelled() => return,
                () = tokio::time::sleep(TICK) => {}
            }
            continue;
        }
        let wait = match hub.store().follow(&mut following).await {
            Ok(true) if hub.inner.stop.is_cancelled() => return,
            Ok(true) => continue,
            Ok(false) => {
                failures = 0;
                TICK
            }
            Err(error) => {
                failures += 1;
                let (told, what) = (
                    with_sources(&error),
                    "the search cannot be brought up to date now; it goes on where it stood",
                );
                // That the database takes no changes is said once, by whoever writes.
                if matches!(error, StoreError::Unavailable(_)) {
                    tracing::warn!(error = told, failures, "{what}");
                } else {
                    tracing::error!(error = told, failures, "{what}");
                }
                let wait = back_off(failures, TICK, LONGEST, hub.ambient());
                Duration::from_millis(u64::try_from(wait).unwrap_or(0))
            }
        };
        let more = async {
            if failures > 0 {
                return std::future::pending().await;
            }
            tokio::select! {
                said = appended.recv() => if matches!(said, Err(RecvError::Closed)) { std::future::pending().await },
                changed = work.changed() => if changed.is_err() { std::future::pending().await },
            }
            tokio::time::sleep(GATHER).await;
        };
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            () = more => {}
            // What another process committed is found after that.
            () = tokio::time::sleep(wait) => {}
        }
    }
}
