//! What plugins use: taken from the sandbox every few seconds, kept by the hour, counted for metrics.

use std::collections::HashSet;

use tokio::sync::Mutex;

use super::Hub;
use super::registry::with_sources;
use crate::model::id::ConnectionId;
use crate::model::usage::{HOUR_MS, Hour, Usage};
use crate::store::{StoreError, UsageFilter};

/// How many connections have numbers of their own in the metrics; all others share `other`. Whoever watches
/// more reads them from the API.
const LABELLED: usize = 200;

/// What was taken and is not kept yet, and which connections have numbers of their own.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The store did not take it: it goes with the next.
    unkept: Vec<Hour<ConnectionId>>,
    labelled: HashSet<ConnectionId>,
}

impl Kept {
    fn label(&mut self, connection: &ConnectionId) -> String {
        if self.labelled.len() < LABELLED {
            self.labelled.insert(connection.clone());
        }
        if self.labelled.contains(connection) { connection.to_string() } else { "other".to_owned() }
    }

    fn count(&mut self, plugin: &str, connection: &ConnectionId, usage: &Usage) {
        let label = self.label(connection);
        let labels = [("plugin", plugin.to_owned()), ("connection", label)];
        metrics::counter!("switchboard_connection_calls_total", &labels).increment(usage.calls);
        metrics::counter!("switchboard_connection_failures_total", &labels).increment(usage.failed());
        metrics::counter!("switchboard_connection_cpu_milliseconds_total", &labels)
            .increment(usage.cpu_us / 1_000);
        let of_plugin = |direction: &'static str, bytes: u64| {
            metrics::counter!("switchboard_plugin_bytes_total", "plugin" => plugin.to_owned(), "direction" => direction)
                .increment(bytes);
        };
        of_plugin("in", usage.bytes_in);
        of_plugin("out", usage.bytes_out);
        of_plugin("http-sent", usage.sent);
        of_plugin("http-received", usage.received);
        #[expect(clippy::cast_precision_loss, reason = "a plugin's memory is far below 2^52 bytes")]
        metrics::gauge!("switchboard_plugin_memory_peak_bytes", "plugin" => plugin.to_owned())
            .set(usage.peak_memory as f64);
    }
}

impl Hub {
    /// Takes what plugins used since the last time, and has the store keep it.
    ///
    /// # Errors
    /// When the store does not take it: nothing is lost, the next time takes it along.
    pub async fn keep_usage(&self) -> Result<(), StoreError> {
        let mut kept = self.inner.usage.0.lock().await;
        let now = self.ambient().now_ms();
        let at = now - now.rem_euclid(HOUR_MS);
        let snapshot = self.snapshot();
        for (connection, usage) in self.inner.runtime.take_usage() {
            let live = snapshot.live(&connection);
            let plugin = live.map_or("removed", |live| live.plugin.manifest.name.as_str());
            kept.count(plugin, &connection, &usage);
            match kept.unkept.iter_mut().find(|hour| hour.of == connection && hour.at == at) {
                Some(hour) => hour.usage.merge(&usage),
                None => kept.unkept.push(Hour { of: connection, at, usage }),
            }
        }
        let exists = |connection: &ConnectionId| snapshot.connections.contains_key(connection.as_str());
        self.inner.runtime.forget_gone(exists);
        // Its place among the labelled is another's.
        kept.labelled.retain(exists);
        if kept.unkept.is_empty() {
            return Ok(());
        }
        let keep = i64::try_from(self.config().usage.keep.as_millis()).unwrap_or(i64::MAX);
        self.store().add_usage(kept.unkept.clone(), now.saturating_sub(keep)).await?;
        kept.unkept.clear();
        Ok(())
    }

    /// What was used, hour by hour, the oldest first, with the plugin of each connection; all of it up to now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<(String, Hour<ConnectionId>)>, StoreError> {
        self.keep_usage().await?;
        self.store().usage(filter).await
    }
}

/// Keeps usage every few seconds until the hub stops.
pub(super) async fn run(hub: Hub) {
    loop {
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            () = tokio::time::sleep(hub.config().usage.flush) => {}
        }
        if let Err(error) = hub.keep_usage().await {
            tracing::warn!(
                error = with_sources(&error),
                "what plugins used cannot be kept now; it is kept later"
            );
        }
    }
}
