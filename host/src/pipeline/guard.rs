//! The circuit breaker of one connection: whoever is about to run its plugin asks here first, and says how
//! it went.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Hub;
use super::connection::Live;
use super::registry::with_sources;
use crate::config::Config;
use crate::model::breaker::{Admission, Breaker, Ended, Thresholds, Turn};
use crate::model::connection::Resting;
use crate::model::id::DeliveryId;
use crate::plugin::CallError;

/// One connection's. It goes on over a reload.
pub(super) struct Guard {
    breaker: Mutex<Breaker>,
    /// The delivery with which the last probe failed.
    failed_with: Mutex<Option<DeliveryId>>,
}

/// The right to run the plugin once. Dropped without a word, nothing is known of how it went.
pub(super) struct Permit<'a> {
    guard: &'a Guard,
    probe: bool,
    said: bool,
}

impl Guard {
    pub(super) fn new(config: &Config) -> Self {
        Self { breaker: Mutex::new(Breaker::new(thresholds(config))), failed_with: Mutex::default() }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call would hear now.
    pub(super) fn look(&self, now: i64) -> Admission {
        self.breaker().look(now)
    }

    /// Whether every call runs.
    pub(super) fn is_closed(&self) -> bool {
        self.breaker().is_closed()
    }

    /// The right to run the plugin now; or when it may be worth asking again.
    pub(super) fn enter(&self, now: i64) -> Result<Permit<'_>, i64> {
        match self.breaker().admit(now) {
            Admission::Run => Ok(Permit { guard: self, probe: false, said: false }),
            Admission::Probe => Ok(Permit { guard: self, probe: true, said: false }),
            Admission::Wait(until) => Err(until),
        }
    }

    /// Goes on where the last start of the hub stopped.
    pub(super) fn restore(&self, config: &Config, resting: &Resting, plugin: &str) {
        let mut breaker = self.breaker();
        if breaker.is_closed() {
            *breaker = Breaker::open(thresholds(config), resting.until, resting.openings);
            metrics::gauge!("switchboard_breakers_open", "plugin" => plugin.to_owned()).increment(1.0);
        }
    }

    /// Another version of the plugin was put to use: it is tried at once.
    pub(super) fn retry(&self) {
        self.breaker().retry();
    }

    /// Whether a probe failed with this delivery for the first time: it may have been the plugin and not the
    /// delivery, so that the hub tries it again. The second time it is the delivery's own failure.
    pub(super) fn blameless(&self, delivery: &DeliveryId) -> bool {
        let mut failed_with = self.failed_with.lock().unwrap_or_else(PoisonError::into_inner);
        if failed_with.as_ref() == Some(delivery) {
            *failed_with = None;
            return false;
        }
        *failed_with = Some(delivery.clone());
        true
    }
}

fn thresholds(config: &Config) -> Thresholds {
    let ms = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let breaker = &config.breaker;
    Thresholds {
        failures: breaker.failures,
        first_wait: ms(breaker.first_wait),
        longest_wait: ms(breaker.longest_wait),
        probes: breaker.probes,
    }
}

impl Permit<'_> {
    /// Whether this call decides what comes next.
    pub(super) fn is_probe(&self) -> bool {
        self.probe
    }

    /// Says how it went. What changes by it is logged, counted and kept.
    pub(super) async fn ended<T>(mut self, hub: &Hub, live: &Live, result: &Result<T, CallError>) {
        self.said = true;
        let ended = match result {
            Err(CallError::Unavailable(_)) => Ended::Unknown,
            Err(error) if error.is_failure() => Ended::Failed,
            _ => Ended::Worked,
        };
        let now = hub.ambient().now_ms();
        let (turn, openings) = {
            let mut breaker = self.guard.breaker();
            (breaker.ended(now, self.probe, ended), breaker.openings())
        };
        let Some(turn) = turn else { return };
        let (id, plugin) = (&live.connection.id, live.plugin.manifest.name.as_str());
        let resting = match turn {
            Turn::Opened(until) => {
                let why = result.as_ref().err();
                tracing::error!(
                    connection = %id, plugin, openings, until, why = why.map(CallError::logged),
                    "a plugin failed again and again: it is left alone, its deliveries are kept"
                );
                let error = why.map(CallError::logged).unwrap_or_default();
                Some(Resting { since: now, until, openings, error })
            }
            Turn::Closed => {
                tracing::info!(connection = %id, plugin, "a plugin works again: what was kept meanwhile is caught up on");
                None
            }
        };
        count(plugin, resting.as_ref());
        if let Err(error) = hub.store().set_resting(id, resting.as_ref()).await {
            tracing::error!(connection = %id, error = with_sources(&error), "whether a plugin is left alone could not be kept");
        }
        if resting.is_none() {
            // Those who wait for it look again.
            hub.inner.changes.send_modify(|count| *count = count.wrapping_add(1));
            hub.wake();
        }
    }
}

fn count(plugin: &str, resting: Option<&Resting>) {
    let turn = if resting.is_some() { "opened" } else { "closed" };
    metrics::counter!("switchboard_breaker_turns_total", "plugin" => plugin.to_owned(), "turn" => turn)
        .increment(1);
    let open = metrics::gauge!("switchboard_breakers_open", "plugin" => plugin.to_owned());
    match resting {
        Some(Resting { openings: 1, .. }) => open.increment(1.0),
        Some(_) => {}
        None => open.decrement(1.0),
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.said {
            // The time does not matter where nothing is known.
            let _ = self.guard.breaker().ended(0, self.probe, Ended::Unknown);
        }
    }
}
