//! What is shown of a person: values with where each came from.

use serde::Serialize;

pub use super::attribute::{AttributeView, HeldValue, OtherValue, Source, Stated, choose};
use super::consent::ConsentView;
use super::event::{Insight, Json, Money};
use super::id::{ConnectionId, ConversationId, EventId, ProfileId};
use super::identifier::{Evidence, Identifier};
use super::message::MessageState;

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// The person's id now; any former id finds the same person.
    pub id: ProfileId,
    /// The conversation that what comes next would join, or the last one; `None` before the first message.
    pub conversation: Option<ConversationId>,
    /// When the person was last heard of: milliseconds since the epoch, UTC.
    pub active_at: i64,
    /// Under which names the person is known, the one seen first standing first.
    pub identifiers: Vec<KnownIdentifier>,
    /// What somebody typed and nobody checked.
    pub claims: Vec<ClaimedIdentifier>,
    /// What is stated of the person, by field.
    pub attributes: Vec<AttributeView>,
    /// What the person agreed to and withdrew, by channel and purpose.
    pub consents: Vec<ConsentView>,
}

impl Profile {
    /// The value that holds for a field.
    #[must_use]
    pub fn attribute(&self, field: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.field == field).map(|a| a.value.as_str())
    }
}

/// A name under which a person is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownIdentifier {
    /// The name.
    #[serde(flatten)]
    pub identifier: Identifier,
    /// The strongest evidence given for it.
    pub evidence: Evidence,
    /// When the earliest event names it: milliseconds since the epoch, UTC.
    pub seen: i64,
    /// From when on it means somebody else, because it was replaced: milliseconds since the epoch, UTC.
    pub until: Option<i64>,
}

/// A name that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimedIdentifier {
    /// The name.
    #[serde(flatten)]
    pub identifier: Identifier,
    /// On which connection it was typed.
    pub connection: ConnectionId,
    /// In which event.
    pub event: EventId,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
}

/// One line of a timeline.
#[derive(Debug, Clone, Serialize)]
pub struct TimelineEntry {
    /// The event.
    pub event: EventId,
    /// Its place in the log.
    pub seq: i64,
    /// Which kind.
    pub kind: String,
    /// When it happened: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Who said so.
    pub connection: ConnectionId,
    /// What happened, in words.
    pub summary: String,
    /// What was said, in the contract's JSON form.
    pub said: Json,
}

/// A message with what assistants said of it.
#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// The message.
    pub message: MessageState,
    /// With whom.
    pub profile: Option<ProfileId>,
    /// Which conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// What assistants said.
    pub insights: Vec<InsightView>,
}

/// What an assistant said, and which.
#[derive(Debug, Clone, Serialize)]
pub struct InsightView {
    /// Which connection.
    pub connection: ConnectionId,
    /// What it said.
    #[serde(flatten)]
    pub insight: Insight,
}

/// A record of another system as it now stands: an order, a parcel, a cart.
#[derive(Debug, Clone, Serialize)]
pub struct RecordView {
    /// Whose record it is.
    pub connection: ConnectionId,
    /// `order`, `fulfilment`, `refund`, `cart`, `ticket`, `payment` or `subscription`.
    pub kind: String,
    /// The vendor's id of it.
    pub vendor_id: String,
    /// Whose it is.
    pub profile: Option<ProfileId>,
    /// What people call it.
    pub name: String,
    /// Its state.
    pub state: String,
    /// What it comes to.
    pub total: Option<Money>,
    /// When it last changed: milliseconds since the epoch, UTC.
    pub changed_at: i64,
    /// The event that says so.
    pub event: EventId,
    /// What was said, in the contract's JSON form.
    pub said: Json,
    /// What belongs to an order: its parcels, refunds and payments.
    pub parts: Vec<RecordView>,
}
