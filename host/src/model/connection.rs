//! A connection: an installed plugin with settings, secrets and grants.

use serde::{Deserialize, Serialize};

use super::id::ConnectionId;
use super::normal::Region;

/// Whether a connection works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionState {
    /// Deliveries are handled, messages are sent, polls run.
    Active,
    /// Deliveries are kept as parked; nothing is run or sent.
    Paused,
}

impl ConnectionState {
    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Paused].into_iter().find(|state| state.as_str() == name)
    }
}

/// An installed plugin with settings. Its secrets are sealed in the store and not part of this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id; vendors call `/hooks/{id}`.
    pub id: ConnectionId,
    /// The plugin's name.
    pub plugin: String,
    /// What people call it.
    pub title: String,
    /// Whether it works.
    pub state: ConnectionState,
    /// Its settings, checked against the manifest's schema when they were set, defaults filled in.
    pub settings: serde_json::Value,
    /// What it says of a person outranks what sources of lower priority say, whenever it was said.
    pub priority: i32,
    /// Where phone numbers that it says without a country are dialled; `None` is as the configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// When it was added: milliseconds since the epoch, UTC.
    pub created_at: i64,
}

/// Why and until when a connection's plugin is left alone: it failed again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resting {
    /// When that began: milliseconds since the epoch, UTC.
    pub since: i64,
    /// When it is tried again: milliseconds since the epoch, UTC.
    pub until: i64,
    /// How often it was left alone in a row.
    pub openings: u32,
    /// How it failed last, without words of its own.
    pub error: String,
}
