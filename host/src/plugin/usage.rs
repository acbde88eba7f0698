//! What calls cost.

/// What one call cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// Microseconds from start to end.
    pub wall_us: u64,
    /// Microseconds spent computing, without the time the hub or a vendor took.
    pub cpu_us: u64,
    /// The most bytes of linear memory held at once.
    pub memory: u64,
    /// Bytes handed back.
    pub bytes_out: u64,
    /// Calls to the hub.
    pub host_calls: u64,
}

/// What the calls of a plugin cost since it was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct UsageTotals {
    /// How many calls.
    pub calls: u64,
    /// How many of them failed other than by an error of the contract: traps, budgets, garbage.
    pub failures: u64,
    /// How many outgoing requests were denied.
    pub denied_requests: u64,
    /// Sum of [`Usage::wall_us`].
    pub wall_us: u64,
    /// Sum of [`Usage::cpu_us`].
    pub cpu_us: u64,
    /// The greatest [`Usage::memory`].
    pub peak_memory: u64,
    /// Sum of [`Usage::bytes_out`].
    pub bytes_out: u64,
    /// Sum of [`Usage::host_calls`].
    pub host_calls: u64,
}
