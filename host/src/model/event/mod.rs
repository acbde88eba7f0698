//! Events: what plugins tell the hub, in the hub's own types.
//!
//! They mirror `wit/events.wit` case by case, so their documentation is the contract's; the JSON form
//! (kebab-case, a variant as `{"case": …}`) is what the log, the API and recorded requests hold.

use serde::{Deserialize, Serialize};

use super::id::{ConnectionId, DeliveryId, EventId};
use super::identifier::Evident;

mod commerce;
mod decision;
mod erased;
mod handling;
mod message;
mod person;

pub use commerce::*;
pub use decision::*;
pub use erased::*;
pub use handling::*;
pub use message::*;
pub use person::*;

/// A JSON document as text, verbatim.
pub type Json = Box<serde_json::value::RawValue>;

/// An event as a plugin said it, before the hub gave it a place in the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NewEvent {
    /// The key of this happening within the connection.
    pub external_id: String,
    /// When it happened: milliseconds since the epoch, UTC.
    pub occurred_at: i64,
    /// Every identifier the payload gives for the one person it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject: Vec<Evident>,
    /// What it says about that person besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// What happened.
    pub body: Body,
    /// The vendor's own words; `None` when the whole request body of the delivery is the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Json>,
}

/// An event in the log. It is appended once and never changed (invariant I2).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// Its id, derived from `(connection, external id)`.
    pub id: EventId,
    /// Who said it.
    pub connection: ConnectionId,
    /// The delivery that brought it; `None` when it was polled, said by an assistant or an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryId>,
    /// When the hub took it: milliseconds since the epoch, UTC.
    pub received_at: i64,
    /// What was said.
    #[serde(flatten)]
    pub said: NewEvent,
}

/// A JSON document kept digit by digit, compared by its text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(pub Json);

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// The person sent the business a message.
    MessageReceived(Message),
    /// The business sent the person a message outside the hub: from a phone, from another tool.
    MessageSent(Message),
    /// A message was changed afterwards.
    MessageEdited(MessageEdit),
    /// A message was taken back.
    MessageDeleted(MessageRef),
    /// Somebody reacted to a message.
    Reaction(Reaction),
    /// News of a message on its way to the person.
    MessageStatus(MessageStatus),
    /// A call began, ended or was missed.
    Call(Call),
    /// What a business system says of a person: see the event's subject and attributes.
    CustomerUpdated(Customer),
    /// The vendor merged two of its records of people.
    CustomerMerged(CustomerMerge),
    /// The vendor deleted its record of the person.
    CustomerDeleted(CustomerRef),
    /// One name of the person was replaced by another: a new phone number, a new vendor id.
    IdentifierChanged(IdentifierChange),
    /// An order as it now stands.
    Order(Order),
    /// A parcel, or another way of handing over what was ordered, as it now stands.
    Fulfilment(Fulfilment),
    /// Money went back for an order.
    Refund(Refund),
    /// A cart or checkout as it now stands.
    Cart(Cart),
    /// A ticket in another help desk as it now stands.
    Ticket(Ticket),
    /// A payment as it now stands.
    Payment(Payment),
    /// A subscription as it now stands.
    Subscription(Subscription),
    /// The person gave or withdrew leave to be contacted.
    Consent(Consent),
    /// The person looked at a page.
    PageViewed(Page),
    /// The person read a help article.
    ArticleViewed(Page),
    /// The person answered a survey.
    SurveyAnswer(SurveyAnswer),
    /// The person, or a system on their behalf, uses a right of privacy law.
    PrivacyRequest(PrivacyRequest),
    /// The other system said something of itself that an operator should see: an account limit, a
    /// template refused, the app uninstalled.
    Notice(Notice),
    /// Anything this list has no case for, kept as it is.
    Other(Other),
    /// What an assistant said of a message; made by the hub from an assistant's answer.
    Insight(Insight),
    /// What a person decided of who is who; made by the hub.
    Decision(Decision),
    /// What somebody did with a conversation; made by the hub.
    Conversation(Handling),
    /// What somebody noted in a conversation; made by the hub.
    Note(Note),
    /// That what was said here was erased; made by the hub.
    Erased(Erased),
}

/// The case of a [`Body`] without its content: what a manifest's `events.emit` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// [`Body::MessageReceived`].
    MessageReceived,
    /// [`Body::MessageSent`].
    MessageSent,
    /// [`Body::MessageEdited`].
    MessageEdited,
    /// [`Body::MessageDeleted`].
    MessageDeleted,
    /// [`Body::Reaction`].
    Reaction,
    /// [`Body::MessageStatus`].
    MessageStatus,
    /// [`Body::Call`].
    Call,
    /// [`Body::CustomerUpdated`].
    CustomerUpdated,
    /// [`Body::CustomerMerged`].
    CustomerMerged,
    /// [`Body::CustomerDeleted`].
    CustomerDeleted,
    /// [`Body::IdentifierChanged`].
    IdentifierChanged,
    /// [`Body::Order`].
    Order,
    /// [`Body::Fulfilment`].
    Fulfilment,
    /// [`Body::Refund`].
    Refund,
    /// [`Body::Cart`].
    Cart,
    /// [`Body::Ticket`].
    Ticket,
    /// [`Body::Payment`].
    Payment,
    /// [`Body::Subscription`].
    Subscription,
    /// [`Body::Consent`].
    Consent,
    /// [`Body::PageViewed`].
    PageViewed,
    /// [`Body::ArticleViewed`].
    ArticleViewed,
    /// [`Body::SurveyAnswer`].
    SurveyAnswer,
    /// [`Body::PrivacyRequest`].
    PrivacyRequest,
    /// [`Body::Notice`].
    Notice,
    /// [`Body::Other`].
    Other,
    /// [`Body::Insight`].
    Insight,
    /// [`Body::Decision`].
    Decision,
    /// [`Body::Conversation`].
    Conversation,
    /// [`Body::Note`].
    Note,
}

impl EventKind {
    /// The hub's own kinds, which are not among those of the contract: what people decide, do and note.
    const OWN: &[Self] = &[Self::Decision, Self::Conversation, Self::Note];

    /// Every kind of the contract, in its order.
    pub const ALL: &[Self] = &[
        Self::MessageReceived,
        Self::MessageSent,
        Self::MessageEdited,
        Self::MessageDeleted,
        Self::Reaction,
        Self::MessageStatus,
        Self::Call,
        Self::CustomerUpdated,
        Self::CustomerMerged,
        Self::CustomerDeleted,
        Self::IdentifierChanged,
        Self::Order,
        Self::Fulfilment,
        Self::Refund,
        Self::Cart,
        Self::Ticket,
        Self::Payment,
        Self::Subscription,
        Self::Consent,
        Self::PageViewed,
        Self::ArticleViewed,
        Self::SurveyAnswer,
        Self::PrivacyRequest,
        Self::Notice,
        Self::Other,
        Self::Insight,
    ];

    /// The word the contract, the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageReceived => "message-received",
            Self::MessageSent => "message-sent",
            Self::MessageEdited => "message-edited",
            Self::MessageDeleted => "message-deleted",
            Self::Reaction => "reaction",
            Self::MessageStatus => "message-status",
            Self::Call => "call",
            Self::CustomerUpdated => "customer-updated",
            Self::CustomerMerged => "customer-merged",
            Self::CustomerDeleted => "customer-deleted",
            Self::IdentifierChanged => "identifier-changed",
            Self::Order => "order",
            Self::Fulfilment => "fulfilment",
            Self::Refund => "refund",
            Self::Cart => "cart",
            Self::Ticket => "ticket",
            Self::Payment => "payment",
            Self::Subscription => "subscription",
            Self::Consent => "consent",
            Self::PageViewed => "page-viewed",
            Self::ArticleViewed => "article-viewed",
            Self::SurveyAnswer => "survey-answer",
            Self::PrivacyRequest => "privacy-request",
            Self::Notice => "notice",
            Self::Other => "other",
            Self::Insight => "insight",
            Self::Decision => "decision",
            Self::Conversation => "conversation",
            Self::Note => "note",
        }
    }

    /// The kind of that name in the contract.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The kind of that name in the log, which holds the hub's own besides the contract's.
    #[must_use]
    pub fn logged(name: &str) -> Option<Self> {
        Self::from_name(name).or_else(|| Self::OWN.iter().copied().find(|kind| kind.as_str() == name))
    }
}

impl Body {
    /// Which kind it is, or was.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::MessageReceived(_) => EventKind::MessageReceived,
            Self::MessageSent(_) => EventKind::MessageSent,
            Self::MessageEdited(_) => EventKind::MessageEdited,
            Self::MessageDeleted(_) => EventKind::MessageDeleted,
            Self::Reaction(_) => EventKind::Reaction,
            Self::MessageStatus(_) => EventKind::MessageStatus,
            Self::Call(_) => EventKind::Call,
            Self::CustomerUpdated(_) => EventKind::CustomerUpdated,
            Self::CustomerMerged(_) => EventKind::CustomerMerged,
            Self::CustomerDeleted(_) => EventKind::CustomerDeleted,
            Self::IdentifierChanged(_) => EventKind::IdentifierChanged,
            Self::Order(_) => EventKind::Order,
            Self::Fulfilment(_) => EventKind::Fulfilment,
            Self::Refund(_) => EventKind::Refund,
            Self::Cart(_) => EventKind::Cart,
            Self::Ticket(_) => EventKind::Ticket,
            Self::Payment(_) => EventKind::Payment,
            Self::Subscription(_) => EventKind::Subscription,
            Self::Consent(_) => EventKind::Consent,
            Self::PageViewed(_) => EventKind::PageViewed,
            Self::ArticleViewed(_) => EventKind::ArticleViewed,
            Self::SurveyAnswer(_) => EventKind::SurveyAnswer,
            Self::PrivacyRequest(_) => EventKind::PrivacyRequest,
            Self::Notice(_) => EventKind::Notice,
            Self::Other(_) => EventKind::Other,
            Self::Insight(_) => EventKind::Insight,
            Self::Decision(_) => EventKind::Decision,
            Self::Conversation(_) => EventKind::Conversation,
            Self::Note(_) => EventKind::Note,
            Self::Erased(erased) => erased.of,
        }
    }
}
