//! Why a plugin could not be loaded, and how a call of one can end badly.

use std::path::PathBuf;

use crate::model::id::ConnectionId;
use crate::model::limit::Limit;

/// Why a plugin, or the runtime itself, could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The file is not a plugin this hub can run; the text says why and what to do.
    #[error(transparent)]
    File(#[from] super::file::FileError),
    /// The component could not be compiled.
    #[error("the plugin does not compile: {0}")]
    Compile(String),
    /// The component asks for something the hub does not offer.
    #[error("the plugin cannot be linked: {0}")]
    Link(String),
    /// The options cannot be met on this machine.
    #[error("{0}")]
    Options(String),
    /// A file could not be read or written.
    #[error("cannot read or write `{}`", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// What a plugin answered when it did not do what was asked: `types.error` of the contract.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PluginSaid {
    /// It may work later: milliseconds to wait where the other side named them.
    Retry(Option<u64>),
    /// It will never work as asked; the text tells a person why.
    Reject(String),
    /// Settings, secrets or the other system's set-up are wrong; the text says what and how to mend it.
    Misconfigured(String),
    /// The plugin asked for something it was not granted; the text names the grant.
    AccessDenied(String),
    /// Anything else; to be logged, never shown to a customer.
    Other(String),
}

/// How a call of a plugin ended when it did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The plugin ran and answered with an error of the contract.
    #[error("{0}")]
    Plugin(PluginSaid),
    /// The plugin crashed.
    #[error("the plugin crashed: {0}")]
    Trap(String),
    /// The plugin used more than it may.
    #[error(
        "the plugin exceeded its budget of {value} {budget}; if it needs more, {}",
        remedy(connection, key)
    )]
    Budget {
        /// Which budget: `memory`, `cpu time`, …
        budget: &'static str,
        /// The limit with its unit.
        value: String,
        /// The configuration key that raises it for every connection.
        key: &'static str,
        /// The connection.
        connection: ConnectionId,
    },
    /// What the plugin handed back broke the contract; the text names the rule.
    #[error("the plugin handed back something the contract forbids: {0}")]
    Garbage(String),
    /// The hub could not run it now: every place in the pool stayed taken, or the plugin lacks the
    /// capability.
    #[error("{0}")]
    Unavailable(String),
}

/// How a budget is raised.
fn remedy(connection: &ConnectionId, key: &str) -> String {
    let own = key.strip_prefix("plugin.limits.").and_then(|name| Limit::from_name(&name.replace('_', "-")));
    own.map_or_else(
        || format!("raise `{key}` in the configuration"),
        |limit| {
            format!(
                "raise it with `switchboard connection limit {connection} {limit}=…`, or for every connection with \
                 `{key}` in the configuration"
            )
        },
    )
}

impl std::fmt::Display for PluginSaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Retry(None) => f.write_str("try again later"),
            Self::Retry(Some(ms)) => write!(f, "try again in {ms} ms"),
            Self::Reject(why) => write!(f, "rejected: {why}"),
            Self::Misconfigured(what) => write!(f, "misconfigured: {what}"),
            Self::AccessDenied(what) => write!(f, "access denied: {what}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl CallError {
    /// Whether the plugin broke down or broke a rule, rather than answering with an error of the contract
    /// or not being run at all.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Trap(_) | Self::Budget { .. } | Self::Garbage(_))
    }

    /// The same in words fit for a log. What a plugin says of a failure may repeat what a person wrote, and
    /// what it handed back is a person's too: both stand with the delivery, message or job they are about.
    #[must_use]
    pub fn logged(&self) -> String {
        match self {
            Self::Plugin(PluginSaid::Reject(_)) => "rejected".to_owned(),
            Self::Plugin(PluginSaid::Other(_)) => "the plugin failed".to_owned(),
            Self::Garbage(_) => "the plugin handed back something the contract forbids".to_owned(),
            told => told.to_string(),
        }
    }

    /// One word for metrics and lists: `retry`, `reject`, `misconfigured`, `access-denied`, `error`,
    /// `trap`, `budget`, `garbage`, `unavailable`.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Plugin(PluginSaid::Retry(_)) => "retry",
            Self::Plugin(PluginSaid::Reject(_)) => "reject",
            Self::Plugin(PluginSaid::Misconfigured(_)) => "misconfigured",
            Self::Plugin(PluginSaid::AccessDenied(_)) => "access-denied",
            Self::Plugin(PluginSaid::Other(_)) => "error",
            Self::Trap(_) => "trap",
            Self::Budget { .. } => "budget",
            Self::Garbage(_) => "garbage",
            Self::Unavailable(_) => "unavailable",
        }
    }
}
