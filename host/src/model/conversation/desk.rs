//! The short way: what comes at the end of a person's history.

use super::fold::Done;
use super::rule::{choose, heads};
use super::{Conversation, Place, Post};
use crate::model::event::Deed;
use crate::model::id::ConversationId;

/// How far what is known of a person's conversations reaches. Ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Upto {
    /// When the last of it happened: milliseconds since the epoch, UTC.
    pub at: i64,
    /// The message that it was; [`Upto::DEED`] where it was something that somebody did.
    pub id: String,
}

impl Upto {
    /// What stands in the place of a message for what somebody did: it comes after every message of its moment.
    pub const DEED: &str = "~";

    /// That far, and no further than a message.
    #[must_use]
    pub fn message(place: &Place) -> Self {
        Self { at: place.at, id: place.id.to_string() }
    }

    /// That far, something done at that time included.
    #[must_use]
    pub fn deed(at: i64) -> Self {
        Self { at, id: Self::DEED.to_owned() }
    }
}

/// The conversations of a person that what comes next can join.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desk {
    /// Those that are open or snoozed, or else the one that was resolved last: see [`heads`].
    pub conversations: Vec<Conversation>,
    /// The last that happened in any conversation of the person.
    pub upto: Option<Upto>,
}

impl Desk {
    /// Takes in the person's next message, which the hub may have been asked to send `within` a conversation: which
    /// one it belongs to now, by its place here. `None` where only the whole history can tell; nothing is changed
    /// then.
    pub fn take(&mut self, reopen: i64, post: &Post, within: Option<&ConversationId>) -> Option<usize> {
        let upto = Upto::message(&post.place);
        let asked = within.and_then(|id| self.conversations.iter().position(|one| one.id() == *id));
        // Of several that are open, it depends on what it answers which one it joins.
        let several = self.conversations.iter().filter(|one| one.status.is_live()).count() > 1;
        let unsure = asked.is_none() && (several || post.within.is_some());
        if unsure || self.upto.as_ref().is_some_and(|last| *last >= upto) {
            return None;
        }
        let all = self.conversations.iter().enumerate();
        let at = match asked.or_else(|| choose(all, None, post.place.at, reopen)) {
            Some(at) => {
                self.conversations[at].join(post);
                at
            }
            None => {
                self.conversations.push(Conversation::begin(post));
                self.conversations.len() - 1
            }
        };
        self.upto = Some(upto);
        Some(at)
    }

    /// Does what somebody did with one of these, having seen it up to a message: which one, by its place here.
    /// `None` where only the whole history can tell; nothing is changed then.
    pub fn handle(&mut self, id: &ConversationId, done: &Done, seen: &Place) -> Option<usize> {
        if matches!(done.handling.deed, Deed::Merge(_) | Deed::Split | Deed::Undo(_)) {
            return None;
        }
        let upto = Upto::deed(done.at.max(seen.at));
        if self.upto.as_ref().is_some_and(|last| *last >= upto) {
            return None;
        }
        let at = self.conversations.iter().position(|one| one.id() == *id)?;
        self.conversations[at].handle(&done.handling.deed, upto.at, seen);
        self.upto = Some(upto);
        Some(at)
    }

    /// Which of these what comes next can still join.
    #[must_use]
    pub fn heads(&self) -> Vec<bool> {
        heads(self.conversations.iter())
    }
}
