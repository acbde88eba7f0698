//! A delivery: one inbound request, kept.

use serde::{Deserialize, Serialize};

use super::id::{ConnectionId, DeliveryId};

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// `GET`, `POST`, … in capitals.
    pub method: String,
    /// What followed `/hooks/{connection}`.
    pub path: String,
    /// The query as it was written, without the `?`.
    pub query: String,
    /// The headers in order, names in lower case, without those that carry a credential.
    pub headers: Vec<(String, String)>,
    /// The body, byte by byte.
    pub body: Vec<u8>,
    /// Whether its signature was checked.
    pub verified: bool,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// Its events are in the log.
    Done,
    /// Its plugin failed or was not run: it waits to be replayed.
    Parked,
    /// It was given up, by a person or a limit. Its request is gone; that it came, and who gave it up when
    /// and why, is kept.
    Discarded,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Done, Self::Parked, Self::Discarded];

    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Parked => "parked",
            Self::Discarded => "discarded",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// How a delivery was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Discarded {
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// By whom: a token's id, `command line (USER)`, or `the hub` for a limit.
    pub by: String,
    /// Why, in that one's words.
    pub why: String,
}

/// A delivery as the store keeps it, without the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; later deliveries have greater ones.
    pub id: DeliveryId,
    /// Whom it was for.
    pub connection: ConnectionId,
    /// When it came: milliseconds since the epoch, UTC.
    pub received_at: i64,
    /// What became of it.
    pub state: DeliveryState,
    /// Why it is parked, or was the last time it failed.
    pub error: Option<String>,
    /// How often its plugin was run on it; 0 when it came while the connection was paused.
    pub attempts: u32,
    /// How many events it yielded, repeated ones included.
    pub events: u32,
    /// How it was given up, when it was.
    pub discarded: Option<Discarded>,
    /// The body's size in bytes; nothing of it is left of a discarded one.
    pub size: u64,
}
