//! A message as it stands after everything that was said of it, in whatever order.

use serde::{Deserialize, Serialize};

use super::event::{DeliveryState, Message};
use super::id::{ConnectionId, EventId, MessageId};

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the person to the business.
    In,
    /// From the business to the person.
    Out,
}

/// Something said at a time by an event. The greater one wins, ties by event id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dated {
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// By which event.
    pub event: EventId,
    /// What.
    pub text: String,
}

/// A message's way to the person. Ordered as the hub lets it move: a failure is final unless the
/// message arrived after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendState {
    /// It waits in the outbox.
    Queued,
    /// The vendor has it.
    Accepted,
    /// It is on its way.
    Sent,
    /// It will not arrive.
    Failed,
    /// It reached the person.
    Delivered,
    /// The person saw it.
    Read,
}

impl From<DeliveryState> for SendState {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Accepted => Self::Accepted,
            DeliveryState::Sent => Self::Sent,
            DeliveryState::Failed => Self::Failed,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Read => Self::Read,
        }
    }
}

/// The message's own content, once it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageContent {
    /// Which way it went.
    pub direction: Direction,
    /// When it was written: milliseconds since the epoch, UTC.
    pub at: i64,
    /// The event that brought it; `None` for one that the hub was asked to send.
    pub event: Option<EventId>,
    /// What it says.
    pub message: Message,
    /// A message of the conversation in which the hub was asked to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<MessageId>,
}

/// What one event says of one message.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageFact {
    /// The message itself.
    Content(Box<MessageContent>),
    /// How far it has come; the text is the reason.
    State(SendState, Dated),
    /// Its text from now on.
    Edit(Dated),
    /// It was taken back at that time.
    Deleted(i64),
    /// A reaction; empty text takes it back.
    Reaction(Dated),
}

/// A message as far as it is known. Without `content` it only waits for it, and is not shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageState {
    /// Its id.
    pub id: MessageId,
    /// Which connection carried it.
    pub connection: ConnectionId,
    /// The vendor's id of it; empty while the vendor has given none.
    pub vendor_id: String,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<MessageContent>,
    /// How far it has come; outbound only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<(SendState, Dated)>,
    /// The text that replaced its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Dated>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// The reaction it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Dated>,
}

impl MessageState {
    /// A message of which nothing is known yet.
    #[must_use]
    pub fn new(id: MessageId, connection: ConnectionId, vendor_id: &str) -> Self {
        Self {
            id,
            connection,
            vendor_id: vendor_id.to_owned(),
            content: None,
            state: None,
            edit: None,
            deleted_at: None,
            reaction: None,
        }
    }

    /// The events that what is known of it rests on, its own included.
    pub fn said_by(&self) -> impl Iterator<Item = &EventId> {
        let dated = [self.state.as_ref().map(|(_, dated)| dated), self.edit.as_ref(), self.reaction.as_ref()];
        let own = self.content.as_ref().and_then(|content| content.event.as_ref());
        dated.into_iter().flatten().map(|dated| &dated.event).chain(own)
    }

    /// Drops what rests on events that are erased; the content stays. Says whether that changed anything.
    pub fn forget(&mut self, erased: impl Fn(&EventId) -> bool) -> bool {
        let before = self.clone();
        self.state.take_if(|(_, dated)| erased(&dated.event));
        self.edit.take_if(|dated| erased(&dated.event));
        self.reaction.take_if(|dated| erased(&dated.event));
        *self != before
    }

    /// Takes in what an event says. Commutative, associative and idempotent.
    pub fn apply(&mut self, fact: MessageFact) {
        match fact {
            MessageFact::Content(content) => {
                // What the hub was asked to send is known best by the hub, whatever a vendor echoes of it.
                // Two events may carry one message (a webhook and a poll): the earlier, then smaller, wins.
                let key = |c: &MessageContent| (c.event.is_some(), c.at, c.event.clone());
                if self.content.as_ref().is_none_or(|have| key(&content) < key(have)) {
                    self.content = Some(*content);
                }
            }
            MessageFact::State(state, dated) => {
                if self.state.as_ref().is_none_or(|have| (state, &dated) > (have.0, &have.1)) {
                    self.state = Some((state, dated));
                }
            }
            MessageFact::Edit(dated) => latest(&mut self.edit, dated),
            MessageFact::Deleted(at) => {
                self.deleted_at = Some(self.deleted_at.map_or(at, |have| have.min(at)));
            }
            MessageFact::Reaction(dated) => latest(&mut self.reaction, dated),
        }
    }

    /// Takes in everything that is known of the same message under another id: what a vendor said of it
    /// before the hub knew the vendor's id for it.
    pub fn absorb(&mut self, other: Self) {
        if !other.vendor_id.is_empty() {
            self.vendor_id = other.vendor_id;
        }
        if let Some(content) = other.content {
            self.apply(MessageFact::Content(Box::new(content)));
        }
        if let Some((state, dated)) = other.state {
            self.apply(MessageFact::State(state, dated));
        }
        if let Some(edit) = other.edit {
            self.apply(MessageFact::Edit(edit));
        }
        if let Some(at) = other.deleted_at {
            self.apply(MessageFact::Deleted(at));
        }
        if let Some(reaction) = other.reaction {
            self.apply(MessageFact::Reaction(reaction));
        }
    }

    /// The text that is shown: the edited one, or its own; empty when it was taken back.
    #[must_use]
    pub fn text(&self) -> &str {
        match (&self.deleted_at, &self.edit, &self.content) {
            (Some(_), _, _) | (None, None, None) => "",
            (None, Some(edit), _) => &edit.text,
            (None, None, Some(content)) => &content.message.text,
        }
    }
}

fn latest(have: &mut Option<Dated>, new: Dated) {
    if have.as_ref().is_none_or(|have| new > *have) {
        *have = Some(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(at: i64) -> Dated {
        Dated { at, event: EventId::random([at as u8; 16]), text: format!("at {at}") }
    }

    fn message() -> MessageState {
        MessageState::new(MessageId::random([1; 16]), ConnectionId::random([2; 16]), "v")
    }

    #[test]
    fn a_late_delivered_never_undoes_read() {
        let mut message = message();
        message.apply(MessageFact::State(SendState::Read, dated(1)));
        message.apply(MessageFact::State(SendState::Delivered, dated(9)));
        assert_eq!(message.state.map(|(state, _)| state), Some(SendState::Read));
    }

    #[test]
    fn a_failure_stays_unless_the_message_arrived_after_all() {
        let mut message = message();
        message.apply(MessageFact::State(SendState::Failed, dated(1)));
        message.apply(MessageFact::State(SendState::Sent, dated(2)));
        assert_eq!(message.state.as_ref().map(|(state, _)| *state), Some(SendState::Failed));
        message.apply(MessageFact::State(SendState::Delivered, dated(0)));
        assert_eq!(message.state.map(|(state, _)| state), Some(SendState::Delivered));
    }

    #[test]
    fn an_edit_that_comes_before_its_message_waits_for_it() {
        let mut message = message();
        message.apply(MessageFact::Edit(dated(5)));
        message.apply(MessageFact::Edit(dated(3)));
        assert_eq!(message.text(), "at 5");
    }
}
