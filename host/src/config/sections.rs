//! The sections of the configuration, as the rest of the hub reads them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::model::normal::Region;
use crate::model::package::Policy;
use crate::model::retention::{Ages, Class};
use crate::model::rules::Rules;
use crate::plugin::RuntimeOptions;
use crate::store::Server;

/// Where the hub listens.
#[derive(Debug, Clone)]
pub struct Http {
    /// Address and port.
    pub listen: SocketAddr,
    /// How vendors reach the hub, without a slash at its end; `None` is made from where it listens.
    pub public_url: Option<String>,
    /// Whether `/metrics` answers without a token.
    pub open_metrics: bool,
    /// Reverse proxies whose word on where a request comes from is believed.
    pub proxies: Vec<IpAddr>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long to wait for what is under way when stopping.
    pub stop_wait: Duration,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Its file, or what lies beside it where the database is on a server.
    pub path: PathBuf,
    /// The PostgreSQL database in place of the file.
    pub server: Option<Server>,
    /// Changes that may wait.
    pub queue: usize,
    /// Changes in one commit.
    pub group: usize,
    /// Connections that read.
    pub readers: u32,
    /// Page cache of each, in KiB.
    pub cache_kib: u32,
}

/// Plugins and what they may use.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// The folder of installed plugins.
    pub directory: PathBuf,
    /// Where versions are kept; `None` is beside the database.
    pub kept_dir: Option<PathBuf>,
    /// Who decides what a plugin may do.
    pub approval: Approval,
    /// When a new version is taken back.
    pub rollback: Rollback,
    /// How they are run.
    pub runtime: RuntimeOptions,
    /// `[plugin.trust]`
    pub trust: Trust,
    /// `[plugin.registry]`
    pub registry: Registry,
}

/// Whose plugins may run. The keys themselves are read by the module `package`.
#[derive(Debug, Clone)]
pub struct Trust {
    /// What is asked of a file.
    pub policy: Policy,
    /// Folders of `.pub` files, such files, or lines of them.
    pub keys: Vec<String>,
}

/// Where plugins are fetched from.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Registries spoken to without TLS, as `host` or `host:port`.
    pub plain_http: Vec<String>,
    /// How long fetching one plugin may take.
    pub timeout: Duration,
    /// How much of an answer is read that is no plugin's file, in bytes.
    pub max_answer: usize,
}

/// Who decides what a plugin may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// A person approves what a plugin asks for before it runs.
    Manual,
    /// Whoever can write into the plugins' folder is trusted: everything asked for is granted.
    Automatic,
}

/// When a new version is taken back by itself.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// How long after it took over.
    pub within: Duration,
    /// How many of its calls must have failed.
    pub failures: u64,
    /// How many more of a hundred calls must fail than with the version before.
    pub percent: u64,
}

/// Requests from outside.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The largest body where a manifest names no limit, in bytes.
    pub max_body: usize,
    /// Requests a second for one connection.
    pub rate: u32,
    /// How many at once beyond that.
    pub burst: u32,
    /// What a request refused for load is told to wait.
    pub retry_after: Duration,
}

/// Who is who.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Where phone numbers are dialled that say no country, on connections that name no region of their own.
    pub region: Option<Region>,
    /// The rules that a new database gets, and that `profile rules --apply` puts into force.
    pub rules: Rules,
    /// How many people may share what suggestions are found by.
    pub people_per_key: u32,
}

/// Assistants' work.
#[derive(Debug, Clone)]
pub struct Assistant {
    /// Messages looked at at once.
    pub at_once: usize,
    /// Attempts before giving up.
    pub attempts: u32,
    /// The wait after the first failure.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// After how long unfinished work is done again.
    pub lease: Duration,
    /// Earlier messages shown at most.
    pub history: u32,
}

/// Sending.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// Messages of one connection under way at once.
    pub at_once: usize,
    /// Attempts before giving up.
    pub attempts: u32,
    /// The wait after the first failure.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// After how long an unfinished send counts as ambiguous.
    pub lease: Duration,
    /// Messages a second where a manifest names no rate.
    pub rate: u32,
}

/// Polling.
#[derive(Debug, Clone)]
pub struct Poller {
    /// The wait after the first failure.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Pages read in a row.
    pub pages: u32,
}

/// When a plugin that fails is left alone.
#[derive(Debug, Clone)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: u32,
    /// The wait before it is tried.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Calls in a row that must work.
    pub probes: u32,
}

/// What plugins used.
#[derive(Debug, Clone)]
pub struct Usage {
    /// How often it is written down.
    pub flush: Duration,
    /// How long it is kept.
    pub keep: Duration,
}

/// Deliveries that wait to be replayed.
#[derive(Debug, Clone)]
pub struct Parked {
    /// How long one waits before it is discarded.
    pub max_age: Duration,
    /// The bodies of one connection's together, in bytes; beyond that the vendor is to keep them.
    pub max_bytes: usize,
}

/// Deliveries that were handled.
#[derive(Debug, Clone)]
pub struct Deliveries {
    /// How long they are kept.
    pub keep: Duration,
    /// Their bodies together, in bytes; beyond that the oldest go.
    pub max_bytes: usize,
}

/// How long what is kept; `None` is for good.
#[derive(Debug, Clone)]
pub struct Retention {
    /// The content of events, by class.
    pub classes: Vec<(Class, Duration)>,
    /// People of whom nothing is heard.
    pub people: Option<Duration>,
}

impl Retention {
    /// What is too old at `now`, in milliseconds since the epoch, UTC.
    #[must_use]
    pub fn ages(&self, now: i64) -> Ages {
        let before =
            |keep: &Duration| now.saturating_sub(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX));
        Ages {
            classes: self.classes.iter().map(|(class, keep)| (*class, before(keep))).collect(),
            people: self.people.as_ref().map(before),
        }
    }
}

/// What becomes of people's rights.
#[derive(Debug, Clone)]
pub struct Privacy {
    /// How much of a person goes when a vendor asks for it.
    pub redact: Redact,
    /// Whether the audit log says who looked at whom.
    pub audit_reads: bool,
    /// In which time looking again makes no further entry.
    pub audit_again: Duration,
}

/// How much of a person goes when a vendor asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redact {
    /// The whole person.
    Person,
    /// What that connection said of the person.
    Connection,
}

/// The API.
#[derive(Debug, Clone)]
pub struct Api {
    /// Entries of a page when nobody says.
    pub page: u32,
    /// Entries of a page at most.
    pub page_most: u32,
    /// Live updates kept for a slow listener.
    pub live_queue: usize,
    /// Listeners to one connection's live updates at most.
    pub live_listeners: usize,
}

/// Logging.
#[derive(Debug, Clone)]
pub struct Log {
    /// What is logged.
    pub filter: String,
    /// How it is written.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[conversation]`, without `reopen`, which is one of the rules that are in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// How long a message that somebody wrote can be taken back before it goes out.
    pub undo_send: Duration,
    /// How many conversations one call changes at most.
    pub bulk: usize,
    /// How many bytes a note, a draft or a template has at most.
    pub text: usize,
    /// How many macros, templates and saved views there are at most, each account's own and everybody's.
    pub shortcuts: usize,
}
