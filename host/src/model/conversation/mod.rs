//! Conversations: one for each matter with a person, over any channels.
//!
//! Which message belongs to which conversation follows from the *set* of a person's messages and of what people
//! did, never from the order in which the hub heard of them (invariant I3). [`fold`] takes all of it in one
//! order, that of the times: messages by (time, message id), and after those of the same moment what people did,
//! by (time, event id), though never before the messages that it names.
//!
//! | a message joins | |
//! |---|---|
//! | the conversation in which the hub was asked to send it | however far it has come |
//! | the conversation of the message that it answers, or of the last one of its thread | where that is open or snoozed |
//! | else the open or snoozed one with the latest message | |
//! | else the one that was resolved last | if that is no longer ago than `conversation.reopen`; a received message reopens it |
//! | else none: it begins one | |
//!
//! A conversation has the id of its first message under its own prefix. So the id of every message, and with it
//! every id that a conversation ever had, leads to the conversation that holds that message now.
//!
//! [`Desk`] is the short way for what comes at the end of a person's history; it knows only the conversations
//! that what comes next can join.

mod desk;
mod fold;
mod rule;
pub mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

pub use desk::{Desk, Upto};
pub use fold::{Done, Folded, fold};
pub use rule::{choose, heads};

use super::event::Priority;
use super::id::{AccountId, ConnectionId, ConversationId, MessageId, ProfileId, TeamId};
use super::message::{Direction, MessageState};

/// How long after its resolution a message reopens a conversation where the configuration says nothing else
/// (`conversation.reopen`): 72 hours, in milliseconds.
pub const REOPEN: i64 = 72 * 60 * 60 * 1000;

/// Where a message stands among a person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// When it was written: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Which.
    pub id: MessageId,
}

/// A message, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Which, and when it was written.
    pub place: Place,
    /// Which way it went.
    pub direction: Direction,
    /// Which connection carried it.
    pub connection: ConnectionId,
    /// The vendor's id of it; empty while there is none.
    pub vendor_id: String,
    /// The vendor's id of the message that it answers.
    pub reply_to: Option<String>,
    /// The vendor's id of its thread.
    pub thread: Option<String>,
    /// A message of the conversation in which the hub was asked to send it: it joins that one, however far it has
    /// come.
    pub within: Option<MessageId>,
}

impl Post {
    /// The message as it stands; `None` while its content is not known.
    #[must_use]
    pub fn of(message: &MessageState) -> Option<Self> {
        let content = message.content.as_ref()?;
        Some(Self {
            place: Place { at: content.at, id: message.id.clone() },
            direction: content.direction,
            connection: message.connection.clone(),
            vendor_id: message.vendor_id.clone(),
            reply_to: content.message.reply_to.clone(),
            thread: content.message.thread.clone(),
            within: content.within.clone(),
        })
    }
}

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Somebody is to answer, or to wait.
    Open,
    /// It is left alone until then: milliseconds since the epoch, UTC.
    Snoozed(i64),
    /// It is done with, since then: milliseconds since the epoch, UTC.
    Resolved(i64),
}

impl Status {
    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed(_) => "snoozed",
            Self::Resolved(_) => "resolved",
        }
    }

    /// Whether messages still join it.
    #[must_use]
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Resolved(_))
    }
}

/// The last message that a person wrote in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Which, and when.
    pub place: Place,
    /// On which connection.
    pub connection: ConnectionId,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversation {
    /// Its first message.
    pub first: Place,
    /// Its last message.
    pub last: Place,
    /// The last one that the person wrote.
    pub received: Option<Heard>,
    /// When the business last wrote: milliseconds since the epoch, UTC.
    pub sent_at: Option<i64>,
    /// When the first of the person's messages was written that nobody answered yet: milliseconds since the epoch,
    /// UTC. What is resolved waits for nothing.
    pub waiting_since: Option<i64>,
    /// How far it has come.
    pub status: Status,
    /// Whose it is.
    pub assignee: Option<AccountId>,
    /// Which team's it is.
    pub team: Option<TeamId>,
    /// How much it matters.
    pub priority: Priority,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// How many messages it holds.
    pub messages: u32,
    /// How many of them the person wrote.
    pub inbound: u32,
    /// How many notes.
    pub notes: u32,
}

impl Conversation {
    /// Its id: that of its first message.
    #[must_use]
    pub fn id(&self) -> ConversationId {
        id_of(&self.first.id)
    }
}

/// The id of a conversation that begins with a message.
#[must_use]
pub fn id_of(message: &MessageId) -> ConversationId {
    let suffix = message.as_str().trim_start_matches("msg_");
    format!("conv_{suffix}").parse().unwrap_or_else(|_| unreachable!("ids differ in their prefix alone"))
}

/// The message that an id of a conversation was made from.
#[must_use]
pub fn message_of(id: &ConversationId) -> MessageId {
    let suffix = id.as_str().trim_start_matches("conv_");
    format!("msg_{suffix}").parse().unwrap_or_else(|_| unreachable!("ids differ in their prefix alone"))
}

/// A conversation as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConversationView {
    /// Its id; every id that ever stood for it finds it.
    pub id: ConversationId,
    /// With whom.
    pub profile: ProfileId,
    /// What the person is called, where anybody said.
    pub name: Option<String>,
    /// How it stands.
    pub conversation: Conversation,
    /// The last message.
    pub last: Option<LastMessage>,
    /// How many of the person's messages whoever asks has not read; `None` where nobody in particular asks.
    pub unread: Option<u32>,
}

/// The last message of a conversation, as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastMessage {
    /// Its id.
    pub id: MessageId,
    /// Which way it went.
    pub direction: Direction,
    /// What it says.
    pub text: String,
}
