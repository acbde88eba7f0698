//! What calls cost: summed for each plugin, and as metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, Histogram, counter, histogram};

use super::CallError;
use crate::model::manifest::Capability;
use crate::model::usage::Cost;

/// What the calls of a plugin cost since it was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct UsageTotals {
    /// How many calls.
    pub calls: u64,
    /// How many of them failed other than by an error of the contract: traps, budgets, garbage.
    pub failures: u64,
    /// How often it was denied something: a host, a secret, a topic.
    pub denied: u64,
    /// Microseconds from start to end, of all calls together.
    pub wall_us: u64,
    /// Microseconds spent computing, without the time that calls waited for the hub or a vendor.
    pub cpu_us: u64,
    /// The most bytes of linear memory that one call held at once.
    pub peak_memory: u64,
    /// Bytes handed back.
    pub bytes_out: u64,
    /// Calls to the hub, outgoing requests not among them.
    pub host_calls: u64,
}

/// The same, as calls add to it.
#[derive(Debug, Default)]
pub(super) struct Totals {
    calls: AtomicU64,
    failures: AtomicU64,
    pub(super) denied: AtomicU64,
    wall_us: AtomicU64,
    cpu_us: AtomicU64,
    peak_memory: AtomicU64,
    bytes_out: AtomicU64,
    host_calls: AtomicU64,
}

impl Totals {
    pub(super) fn add(&self, usage: &Cost, failed: bool) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
        self.wall_us.fetch_add(usage.wall_us, Ordering::Relaxed);
        self.cpu_us.fetch_add(usage.cpu_us, Ordering::Relaxed);
        self.peak_memory.fetch_max(usage.memory, Ordering::Relaxed);
        self.bytes_out.fetch_add(usage.bytes_out, Ordering::Relaxed);
        self.host_calls.fetch_add(usage.host_calls, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> UsageTotals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        UsageTotals {
            calls: read(&self.calls),
            failures: read(&self.failures),
            denied: read(&self.denied),
            wall_us: read(&self.wall_us),
            cpu_us: read(&self.cpu_us),
            peak_memory: read(&self.peak_memory),
            bytes_out: read(&self.bytes_out),
            host_calls: read(&self.host_calls),
        }
    }
}

/// The metrics of one capability of a plugin, looked up once. Install the recorder before plugins are
/// loaded.
pub(super) struct Meters {
    plugin: String,
    capability: &'static str,
    ok: Counter,
    wall: Histogram,
    cpu: Histogram,
}

impl Meters {
    pub(super) fn new(plugin: &str, capability: Capability) -> Self {
        let capability = capability.as_str();
        let plugin = plugin.to_owned();
        let labels = [("plugin", plugin.clone()), ("capability", capability.to_owned())];
        Self {
            ok: counter!("switchboard_plugin_calls_total", "plugin" => plugin.clone(), "capability" => capability, "outcome" => "ok"),
            wall: histogram!("switchboard_plugin_call_seconds", &labels),
            cpu: histogram!("switchboard_plugin_cpu_seconds", &labels),
            plugin,
            capability,
        }
    }

    /// Counts a call that was not begun.
    pub(super) fn refuse(&self, error: &CallError) {
        counter!(
            "switchboard_plugin_calls_total",
            "plugin" => self.plugin.clone(), "capability" => self.capability, "outcome" => error.outcome()
        )
        .increment(1);
    }

    /// Counts a call; `failure` is the word for how it failed.
    pub(super) fn count(&self, usage: &Cost, failure: Option<&'static str>) {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a call are far below 2^52")]
        let seconds = |us: u64| us as f64 / 1e6;
        self.wall.record(seconds(usage.wall_us));
        self.cpu.record(seconds(usage.cpu_us));
        match failure {
            None => self.ok.increment(1),
            Some(outcome) => counter!(
                "switchboard_plugin_calls_total",
                "plugin" => self.plugin.clone(), "capability" => self.capability, "outcome" => outcome
            )
            .increment(1),
        }
    }
}
