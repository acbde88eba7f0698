//! Who was found, and what fitted.

use serde::Serialize;

use crate::model::id::{ConnectionId, MessageId};
use crate::model::identifier::Evidence;
use crate::model::profile::Profile;

/// Where something fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a name, or in what stands for one.
    Name,
    /// In an identifier.
    Identifier,
    /// In the number of an order, or the id of something else of another system.
    Order,
    /// In the text of a message.
    Message,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 4] = [Self::Name, Self::Identifier, Self::Order, Self::Message];

    /// The word that the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Identifier => "identifier",
            Self::Order => "order",
            Self::Message => "message",
        }
    }
}

/// A record of another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordRef {
    /// Which connection's.
    pub connection: ConnectionId,
    /// Which kind: `order`, `ticket` …
    pub kind: String,
    /// The other system's id of it.
    pub vendor_id: String,
}

/// What fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Match {
    /// Where.
    pub place: Place,
    /// What stands there; of a message, the part that fitted.
    pub text: String,
    /// How well, up to 1000.
    pub score: u32,
    /// How surely an identifier is the person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Which order, or other record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRef>,
    /// When the message was written, or the record changed last: milliseconds since the epoch, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

impl Match {
    /// A match of text alone.
    #[must_use]
    pub fn new(place: Place, text: impl Into<String>, score: u32) -> Self {
        Self { place, text: text.into(), score, evidence: None, message: None, record: None, at: None }
    }
}

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hit {
    /// Who.
    pub profile: Profile,
    /// What fitted, the best first.
    pub matches: Vec<Match>,
}
