//! What a message or a deed does to a conversation.

use super::{Conversation, Heard, Place, Post, Status};
use crate::model::event::{Deed, Priority};
use crate::model::message::Direction;

/// Which of a person's conversations a message joins that is later than all that happened in them; `None`: it
/// begins one. `answered` is the one of the message that it answers, or of its thread; `reopen` is how long after
/// its resolution one is joined, in milliseconds.
#[must_use]
pub fn choose<'a, K: Copy + PartialEq>(
    conversations: impl Iterator<Item = (K, &'a Conversation)> + Clone,
    answered: Option<K>,
    at: i64,
    reopen: i64,
) -> Option<K> {
    let live = conversations.clone().filter(|(_, one)| one.status.is_live());
    if let Some(answered) = answered.filter(|answered| live.clone().any(|(key, _)| key == *answered)) {
        return Some(answered);
    }
    let latest = live.max_by(|(_, a), (_, b)| a.last.cmp(&b.last));
    let resolved = |one: &Conversation| match one.status {
        Status::Resolved(at) => Some(at),
        Status::Open | Status::Snoozed(_) => None,
    };
    let last_resolved = || {
        let resolved = conversations.clone().filter_map(|(key, one)| Some((resolved(one)?, &one.last, key)));
        let last = resolved.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)))?;
        (at.saturating_sub(last.0) <= reopen).then_some(last.2)
    };
    latest.map(|(key, _)| key).or_else(last_resolved)
}

/// Which of a person's conversations what comes next can join: those that are open or snoozed; where there is none,
/// the one that was resolved last.
#[must_use]
pub fn heads<'a>(conversations: impl Iterator<Item = &'a Conversation> + Clone) -> Vec<bool> {
    let live = conversations.clone().any(|one| one.status.is_live());
    let resolved = conversations.clone().enumerate().filter_map(|(at, one)| match one.status {
        Status::Resolved(since) => Some((since, &one.last, at)),
        Status::Open | Status::Snoozed(_) => None,
    });
    let last = resolved.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1))).filter(|_| !live).map(|(.., at)| at);
    conversations.enumerate().map(|(at, one)| one.status.is_live() || Some(at) == last).collect()
}

impl Conversation {
    /// The one that a message begins.
    #[must_use]
    pub fn begin(post: &Post) -> Self {
        let mut conversation = Self {
            first: post.place.clone(),
            last: post.place.clone(),
            received: None,
            sent_at: None,
            waiting_since: None,
            status: Status::Open,
            assignee: None,
            team: None,
            priority: Priority::Normal,
            tags: std::collections::BTreeSet::new(),
            messages: 0,
            inbound: 0,
            notes: 0,
        };
        conversation.count(post);
        conversation
    }

    /// Takes in a message that is later than all that happened in it.
    pub fn join(&mut self, post: &Post) {
        self.count(post);
        if post.direction == Direction::In {
            self.status = Status::Open;
        }
    }

    fn count(&mut self, post: &Post) {
        self.first = self.first.clone().min(post.place.clone());
        self.last = self.last.clone().max(post.place.clone());
        self.messages += 1;
        match post.direction {
            Direction::In => {
                self.inbound += 1;
                self.waiting_since.get_or_insert(post.place.at);
                let heard = Heard { place: post.place.clone(), connection: post.connection.clone() };
                if self.received.as_ref().is_none_or(|have| have.place < heard.place) {
                    self.received = Some(heard);
                }
            }
            Direction::Out => {
                self.sent_at = self.sent_at.max(Some(post.place.at));
                self.waiting_since = None;
            }
        }
    }

    /// Does what somebody did at a time that is no earlier than all that happened in it, having seen it up to the
    /// message `seen`. Merging, splitting and undoing concern more than one conversation: [`super::fold`].
    pub fn handle(&mut self, deed: &Deed, at: i64, seen: &Place) {
        // Whoever put it aside did not know of what the person wrote since.
        let wrote_since = self.received.as_ref().is_some_and(|heard| heard.place > *seen);
        match deed {
            Deed::Resolve if !wrote_since => {
                self.status = Status::Resolved(at);
                self.waiting_since = None;
            }
            Deed::Snooze(until) if !wrote_since => self.status = Status::Snoozed(*until),
            Deed::Resolve | Deed::Snooze(_) => {}
            Deed::Reopen => self.status = Status::Open,
            Deed::Wake(until) => {
                if self.status == Status::Snoozed(*until) {
                    self.status = Status::Open;
                }
            }
            Deed::Assign(account) => self.assignee.clone_from(account),
            Deed::Team(team) => self.team.clone_from(team),
            Deed::Priority(priority) => self.priority = *priority,
            Deed::Tag(tag) => drop(self.tags.insert(tag.clone())),
            Deed::Untag(tag) => drop(self.tags.remove(tag)),
            Deed::Merge(_) | Deed::Split | Deed::Send | Deed::Undo(_) => {}
        }
    }

    /// This and another one as one: what is the less done with, the more urgent, and everything that either has.
    #[must_use]
    pub(super) fn with(self, other: Self) -> Self {
        let (later, earlier) = if self.last < other.last { (other, self) } else { (self, other) };
        let status = match (later.status, earlier.status) {
            (Status::Open, _) | (_, Status::Open) => Status::Open,
            (Status::Snoozed(a), Status::Snoozed(b)) => Status::Snoozed(a.min(b)),
            (snoozed @ Status::Snoozed(_), _) | (_, snoozed @ Status::Snoozed(_)) => snoozed,
            (Status::Resolved(a), Status::Resolved(b)) => Status::Resolved(a.max(b)),
        };
        let received = match (later.received, earlier.received) {
            (Some(a), Some(b)) => Some(if a.place < b.place { b } else { a }),
            (a, b) => a.or(b),
        };
        let waits = [later.waiting_since, earlier.waiting_since];
        Self {
            first: later.first.min(earlier.first),
            last: later.last,
            received,
            sent_at: later.sent_at.max(earlier.sent_at),
            waiting_since: waits.into_iter().flatten().min(),
            status,
            assignee: later.assignee.or(earlier.assignee),
            team: later.team.or(earlier.team),
            priority: later.priority.max(earlier.priority),
            tags: later.tags.into_iter().chain(earlier.tags).collect(),
            messages: later.messages + earlier.messages,
            inbound: later.inbound + earlier.inbound,
            notes: later.notes + earlier.notes,
        }
    }

    /// What of it holds for a part of its messages, in their order; `None` without any.
    #[must_use]
    pub(super) fn part<'a>(&self, posts: impl Iterator<Item = &'a Post>) -> Option<Self> {
        let mut part: Option<Self> = None;
        let mut waiting_since = None;
        for post in posts {
            let waits = self.waiting_since.is_some_and(|since| post.place.at >= since);
            if post.direction == Direction::In && waits {
                waiting_since = waiting_since.or(Some(post.place.at));
            }
            match &mut part {
                Some(part) => part.count(post),
                None => part = Some(Self::begin(post)),
            }
        }
        let part = part?;
        Some(Self {
            waiting_since,
            status: self.status,
            assignee: self.assignee.clone(),
            team: self.team.clone(),
            priority: self.priority,
            tags: self.tags.clone(),
            ..part
        })
    }
}
