//! A budget that a call went over: what its guest is stopped with, and what the operator reads of it.

use super::amount;
use super::{Binding, CallError};

/// The budget of `[plugin.limits]` that a call went over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a budget is used up")]
pub(super) enum Over {
    /// Its memories.
    Memory,
    /// Its tables.
    Tables,
    /// What it computed.
    Cpu,
    /// What all calls of the connection computed in this minute.
    Minute,
    /// Its time from start to end.
    Wall,
    /// What it wrote to its key-value store, which may be so many writes a second: it waited until its time was over.
    Writes(u32),
    /// What it handed over in one piece.
    HandBack,
    /// How often it called the hub.
    HostCalls,
    /// How much of the hub it held at once.
    Handles,
    /// The headers of one of its requests.
    Headers,
    /// What it wrote to the log.
    LogLines,
    /// A key of its key-value store.
    Key,
    /// A value of its key-value store.
    Value,
    /// All keys and values of the connection.
    KeyValue,
    /// A live update.
    Update,
    /// What it sent over HTTP.
    Sent,
}

impl Over {
    /// How the call ended: the budget, its value for this connection, and how to raise it.
    pub(super) fn error(self, binding: &Binding) -> CallError {
        let limits = binding.limits();
        let bytes = amount::bytes;
        let large = |bytes: u64| amount::bytes(usize::try_from(bytes).unwrap_or(usize::MAX));
        let (budget, value, key) = match self {
            Self::Memory => ("memory", bytes(limits.memory), "plugin.limits.memory"),
            Self::Tables => {
                ("table elements", amount::count(limits.table_elements), "plugin.limits.table_elements")
            }
            Self::Cpu => ("computing time", format!("{:?}", limits.cpu), "plugin.limits.cpu"),
            Self::Minute => (
                "computing time a minute",
                format!("{:?}", limits.cpu_per_minute),
                "plugin.limits.cpu_per_minute",
            ),
            Self::Wall => ("wall-clock time", format!("{:?}", limits.wall), "plugin.limits.wall"),
            Self::Writes(rate) => (
                "writes to the key-value store a second",
                amount::count(usize::try_from(rate).unwrap_or(usize::MAX)),
                "plugin.kv_rate",
            ),
            Self::HandBack => ("data handed back", bytes(limits.hand_back), "plugin.limits.hand_back"),
            Self::HostCalls => (
                "calls to the hub",
                amount::count(usize::try_from(limits.host_calls).unwrap_or(usize::MAX)),
                "plugin.limits.host_calls",
            ),
            Self::Handles => {
                ("things of the hub held at once", amount::count(limits.handles), "plugin.limits.handles")
            }
            Self::Headers => ("headers of one request", bytes(limits.headers), "plugin.limits.headers"),
            Self::LogLines => {
                let lines = usize::try_from(limits.log_lines).unwrap_or(usize::MAX);
                ("log lines", amount::count(lines), "plugin.limits.log_lines")
            }
            Self::Key => ("in one key-value key", bytes(limits.kv_key), "plugin.limits.kv_key"),
            Self::Value => ("in one key-value value", bytes(limits.kv_value), "plugin.limits.kv_value"),
            Self::KeyValue => ("key-value data", large(limits.kv_total), "plugin.limits.kv_total"),
            Self::Update => ("in one live update", bytes(limits.publish), "plugin.limits.publish"),
            Self::Sent => ("data sent over HTTP", large(limits.http_out), "plugin.limits.http_out"),
        };
        CallError::Budget { budget, value, key, connection: binding.connection().clone() }
    }
}
