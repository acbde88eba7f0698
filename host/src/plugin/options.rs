//! Every limit a plugin runs under, each with its default and the configuration key that changes it.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::limit::{Limit, Overrides};

/// How the runtime is set up: `[plugin]` in the configuration.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// Where compiled code is kept; `None` compiles at every start. `plugin.cache_dir`.
    pub cache_dir: Option<PathBuf>,
    /// How many instances can live at once; further calls wait. `plugin.instances`, default 256.
    pub instances: u32,
    /// How many of them one connection may take. `plugin.per_connection`, default 32.
    pub per_connection: u32,
    /// Bytes of linear memory that all calls of one connection may hold together.
    /// `plugin.connection_memory`, default 512 MiB.
    pub connection_memory: usize,
    /// Events a second that one connection may say in the long run, those beyond ten in one answer
    /// counted. `plugin.event_rate`, default 1,000.
    pub event_rate: u32,
    /// Writes to the key-value store a second that one connection may have done in the long run, those beyond
    /// the first of a call counted, and 16 KiB of a value as one more. `plugin.kv_rate`, default 200.
    pub kv_rate: u32,
    /// Lines a second that one connection may bring into the log in the long run: its plugin's, and the hub's
    /// about its requests. `plugin.log_rate`, default 50.
    pub log_rate: u32,
    /// Bytes of linear memory that a connection's own limit can allow a call. `plugin.max_memory`, default
    /// 256 MiB.
    pub max_memory: usize,
    /// How long a call waits for a place before it is unavailable. `plugin.queue_wait`, default 5 s.
    pub queue_wait: Duration,
    /// The largest component file. `plugin.max_file`, default 64 MiB.
    pub max_file: usize,
    /// How often running plugins are checked against their CPU budget. `plugin.tick`, default 2 ms.
    pub tick: Duration,
    /// What one call may use. `[plugin.limits]`.
    pub limits: Limits,
    /// Outgoing requests. `[plugin.http]`.
    pub http: HttpOptions,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self {
            cache_dir: None,
            instances: 256,
            per_connection: 32,
            connection_memory: 512 << 20,
            event_rate: 1_000,
            kv_rate: 200,
            log_rate: 50,
            max_memory: 256 << 20,
            queue_wait: Duration::from_secs(5),
            max_file: 64 << 20,
            tick: Duration::from_millis(2),
            limits: Limits::default(),
            http: HttpOptions::default(),
        }
    }
}

/// What one call of a plugin may use. A manifest's `[budget]` can lower memory and wall time, never
/// raise them; what the operator sets for a connection outranks both.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of all linear memories together. `plugin.limits.memory`, default 64 MiB.
    pub memory: usize,
    /// Elements of all tables together. `plugin.limits.table_elements`, default 50,000.
    pub table_elements: usize,
    /// Time spent computing; waiting for the hub or a vendor does not count. `plugin.limits.cpu`,
    /// default 1 s.
    pub cpu: Duration,
    /// Time that all calls of a connection together compute in a minute. `plugin.limits.cpu_per_minute`,
    /// default 60 s: one core.
    pub cpu_per_minute: Duration,
    /// Computing time after which a call makes way: while other calls come in, it goes on with a tenth of
    /// a core. `plugin.limits.burst`, default 20 ms.
    pub burst: Duration,
    /// Time from start to end. `plugin.limits.wall`, default 15 s.
    pub wall: Duration,
    /// Bytes a plugin may hand to the hub in one piece: its answer, or the arguments of one call to
    /// the hub. `plugin.limits.hand_back`, default 8 MiB.
    pub hand_back: usize,
    /// Events in one answer. `plugin.limits.events`, default 10,000.
    pub events: usize,
    /// Identifiers in one event. `plugin.limits.identifiers`, default 50.
    pub identifiers: usize,
    /// How deep JSON may nest. `plugin.limits.json_depth`, default 100.
    pub json_depth: usize,
    /// Calls to the hub in one call. `plugin.limits.host_calls`, default 10,000.
    pub host_calls: u64,
    /// Things of the hub that one call may hold at once: requests, bodies, streams, headers.
    /// `plugin.limits.handles`, default 2,000.
    pub handles: usize,
    /// Bytes of the headers of one request. `plugin.limits.headers`, default 16 KiB.
    pub headers: usize,
    /// Log lines of one call, and denials that are told in the log. `plugin.limits.log_lines`, default 100.
    pub log_lines: u32,
    /// Bytes of one log line; a longer one is cut. `plugin.limits.log_line`, default 2 KiB.
    pub log_line: usize,
    /// Bytes of standard output and error kept from one call. `plugin.limits.stdio`, default 16 KiB.
    pub stdio: usize,
    /// Bytes of one key. `plugin.limits.kv_key`, default 512.
    pub kv_key: usize,
    /// Bytes of one value. `plugin.limits.kv_value`, default 256 KiB.
    pub kv_value: usize,
    /// Bytes of all keys and values of a connection. `plugin.limits.kv_total`, default 8 MiB.
    pub kv_total: u64,
    /// Bytes of one realtime payload. `plugin.limits.publish`, default 64 KiB.
    pub publish: usize,
    /// Bytes that one call may send over HTTP: addresses, headers and bodies. `plugin.limits.http_out`,
    /// default 16 MiB.
    pub http_out: u64,
}

impl Limits {
    /// The value of a budget, in the unit that [`Limit`] says.
    #[must_use]
    pub fn get(&self, limit: Limit) -> u64 {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match limit {
            Limit::Memory => self.memory as u64,
            Limit::TableElements => self.table_elements as u64,
            Limit::Cpu => millis(self.cpu),
            Limit::CpuPerMinute => millis(self.cpu_per_minute),
            Limit::Wall => millis(self.wall),
            Limit::HandBack => self.hand_back as u64,
            Limit::Events => self.events as u64,
            Limit::HostCalls => self.host_calls,
            Limit::LogLines => self.log_lines.into(),
            Limit::KvValue => self.kv_value as u64,
            Limit::KvTotal => self.kv_total,
            Limit::Publish => self.publish as u64,
            Limit::HttpOut => self.http_out,
        }
    }

    /// The same with what the operator set for a connection.
    #[must_use]
    pub fn with(&self, overrides: &Overrides) -> Self {
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let mut limits = self.clone();
        for (limit, value) in overrides.iter() {
            match limit {
                Limit::Memory => limits.memory = size(value),
                Limit::TableElements => limits.table_elements = size(value),
                Limit::Cpu => limits.cpu = Duration::from_millis(value),
                Limit::CpuPerMinute => limits.cpu_per_minute = Duration::from_millis(value),
                Limit::Wall => limits.wall = Duration::from_millis(value),
                Limit::HandBack => limits.hand_back = size(value),
                Limit::Events => limits.events = size(value),
                Limit::HostCalls => limits.host_calls = value,
                Limit::LogLines => limits.log_lines = u32::try_from(value).unwrap_or(u32::MAX),
                Limit::KvValue => limits.kv_value = size(value),
                Limit::KvTotal => limits.kv_total = value,
                Limit::Publish => limits.publish = size(value),
                Limit::HttpOut => limits.http_out = value,
            }
        }
        limits
    }
}

impl RuntimeOptions {
    /// The most that a connection's own limit can be, and the key that raises it, where the sandbox is made
    /// for no more.
    #[must_use]
    pub fn most(&self, limit: Limit) -> Option<(u64, &'static str)> {
        match limit {
            Limit::Memory => Some((self.max_memory.max(self.limits.memory) as u64, "plugin.max_memory")),
            Limit::TableElements => Some((self.limits.table_elements as u64, "plugin.limits.table_elements")),
            _ => None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            table_elements: 50_000,
            cpu: Duration::from_secs(1),
            cpu_per_minute: Duration::from_secs(60),
            burst: Duration::from_millis(20),
            wall: Duration::from_secs(15),
            hand_back: 8 << 20,
            events: 10_000,
            identifiers: 50,
            json_depth: 100,
            host_calls: 10_000,
            handles: 2_000,
            headers: 16 << 10,
            log_lines: 100,
            log_line: 2 << 10,
            stdio: 16 << 10,
            kv_key: 512,
            kv_value: 256 << 10,
            kv_total: 8 << 20,
            publish: 64 << 10,
            http_out: 16 << 20,
        }
    }
}

/// How plugins' outgoing requests are carried.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Hosts (as `host` or `host:port`) that may resolve to private, loopback or link-local addresses
    /// and may be spoken to without TLS. `plugin.http.allow_private_hosts`, default none.
    pub allow_private_hosts: Vec<String>,
    /// A PEM file of further certificate authorities. `plugin.http.extra_ca`, default none.
    pub extra_ca: Option<PathBuf>,
    /// Time to connect, TLS included. `plugin.http.connect_timeout`, default 5 s.
    pub connect_timeout: Duration,
    /// Time from the request to the response's head, and between two pieces of its body.
    /// `plugin.http.response_timeout`, default 10 s.
    pub response_timeout: Duration,
    /// Bytes of a response's body. `plugin.http.max_response`, default 8 MiB.
    pub max_response: usize,
    /// Bytes of a request's body. `plugin.http.max_request`, default 8 MiB.
    pub max_request: usize,
    /// Requests in one call of a plugin. `plugin.http.requests`, default 100.
    pub requests: u32,
    /// Requests under way at once in one call of a plugin. `plugin.http.concurrent`, default 8.
    pub concurrent: u32,
    /// Requests under way at once in all calls of a connection; further ones wait as long as an answer may
    /// take. `plugin.http.connection_concurrent`, default 32.
    pub connection_concurrent: u32,
    /// Idle connections kept per host for the next call. `plugin.http.idle_per_host`, default 8.
    pub idle_per_host: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            allow_private_hosts: Vec::new(),
            extra_ca: None,
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(10),
            max_response: 8 << 20,
            max_request: 8 << 20,
            requests: 100,
            concurrent: 8,
            connection_concurrent: 32,
            idle_per_host: 8,
        }
    }
}
