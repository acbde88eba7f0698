//! Who looked at whom, noted in the audit log without holding up whoever looks.
//!
//! Looks are gathered and written together, at most a second later, so a crash forgets that second. Looking
//! again at the same person in the same way within `privacy.audit_again` is the same look.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Hub;
use super::registry::with_sources;
use crate::model::id::ProfileId;
use crate::store::Look;

/// How often looks are written.
const ROUND: Duration = Duration::from_secs(1);

/// How many looks are remembered before those that are over are let go.
const REMEMBERED: usize = 10_000;

/// What was looked at lately, and what of it is still to be written.
#[derive(Default)]
pub(super) struct Views {
    lately: HashMap<(String, &'static str, ProfileId), i64>,
    fresh: Vec<Look>,
}

impl Hub {
    /// Notes that somebody looked at a person.
    pub fn looked(&self, who: &str, action: &'static str, profile: &ProfileId) {
        let privacy = &self.config().privacy;
        if !privacy.audit_reads {
            return;
        }
        let now = self.ambient().now_ms();
        let again = i64::try_from(privacy.audit_again.as_millis()).unwrap_or(i64::MAX);
        let mut looks = self.inner.views.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.lately.len() >= REMEMBERED {
            looks.lately.retain(|_, at| now.saturating_sub(*at) < again);
        }
        let place = (who.to_owned(), action, profile.clone());
        if looks.lately.get(&place).is_some_and(|at| now.saturating_sub(*at) < again) {
            return;
        }
        looks.lately.insert(place, now);
        looks.fresh.push(Look { at: now, who: who.to_owned(), action, profile: profile.clone() });
    }

    /// Writes what was looked at since.
    pub(super) async fn keep_views(&self) {
        let fresh = {
            let mut looks = self.inner.views.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut looks.fresh)
        };
        if fresh.is_empty() {
            return;
        }
        if let Err(error) = self.store().note_looks(&fresh).await {
            tracing::warn!(
                error = with_sources(&error),
                "who looked at whom cannot be noted now, and is tried again"
            );
            let mut looks = self.inner.views.lock().unwrap_or_else(PoisonError::into_inner);
            looks.fresh.splice(0..0, fresh);
        }
    }
}

/// Writes looks until the hub stops.
pub(super) async fn run(hub: Hub) {
    loop {
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        hub.keep_views().await;
    }
}

/// Where the hub keeps them.
pub(super) type Kept = Mutex<Views>;
