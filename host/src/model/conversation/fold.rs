//! All of a person's conversations, from all their messages and all that was done.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desk::Upto;
use super::rule::choose;
use super::{Conversation, Post};
use crate::model::event::{Deed, Handling};
use crate::model::id::{EventId, MessageId};

/// What somebody did, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The event that says so.
    pub event: EventId,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// What.
    pub handling: Handling,
}

/// A person's conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// The conversations in the order of their first messages, each with its messages in their order.
    pub conversations: Vec<(Conversation, Vec<MessageId>)>,
    /// The last that happened in any of them.
    pub upto: Option<Upto>,
}

impl Folded {
    /// Which conversation holds each message.
    #[must_use]
    pub fn holders(&self) -> HashMap<&MessageId, usize> {
        let all = self.conversations.iter().enumerate();
        all.flat_map(|(at, (_, messages))| messages.iter().map(move |id| (id, at))).collect()
    }
}

/// A conversation with its messages, by their place among all.
struct Slot {
    conversation: Conversation,
    members: Vec<usize>,
}

struct Desks<'a> {
    posts: &'a [Post],
    index: &'a HashMap<&'a MessageId, usize>,
    slots: Vec<Option<Slot>>,
    /// Which slot each message is in.
    place: Vec<Option<usize>>,
    /// Messages by the vendor's id of them.
    named: HashMap<(&'a str, &'a str), usize>,
    /// The last message of each thread.
    threads: HashMap<(&'a str, &'a str), usize>,
    reopen: i64,
}

/// A person's conversations, from their messages, from what was done with them and from the messages that notes
/// name, in whatever order and however often each is given. `reopen` is how long after its resolution a message
/// joins a conversation, in milliseconds.
#[must_use]
pub fn fold<'n>(
    reopen: i64,
    posts: impl IntoIterator<Item = Post>,
    done: impl IntoIterator<Item = Done>,
    notes: impl IntoIterator<Item = &'n MessageId>,
) -> Folded {
    let posts: BTreeMap<_, Post> = posts.into_iter().map(|post| (post.place.clone(), post)).collect();
    let posts: Vec<Post> = posts.into_values().collect();
    let index: HashMap<&MessageId, usize> =
        posts.iter().enumerate().map(|(at, post)| (&post.place.id, at)).collect();
    let done: BTreeMap<EventId, Done> = done.into_iter().map(|done| (done.event.clone(), done)).collect();
    let mut deeds: Vec<(i64, usize, &Done)> = Vec::new();
    for done in in_force(done.values()) {
        let other = match &done.handling.deed {
            Deed::Merge(other) => other,
            _ => &done.handling.message,
        };
        // What is not known, or not any more, is nobody's to handle.
        let (Some(named), Some(other)) = (index.get(&done.handling.message), index.get(other)) else {
            continue;
        };
        let at = done.at.max(posts[*named.max(other)].place.at);
        deeds.push((at, *named, done));
    }
    deeds.sort_by(|a, b| (a.0, a.2.at, &a.2.event).cmp(&(b.0, b.2.at, &b.2.event)));
    let mut desks = Desks {
        slots: Vec::new(),
        place: vec![None; posts.len()],
        named: posts
            .iter()
            .enumerate()
            .filter(|(_, post)| !post.vendor_id.is_empty())
            .map(|(at, post)| ((post.connection.as_str(), &*post.vendor_id), at))
            .collect(),
        threads: HashMap::new(),
        posts: &posts,
        index: &index,
        reopen,
    };
    let last = posts.last().map(|post| Upto::message(&post.place));
    let upto = last.max(deeds.last().map(|(at, ..)| Upto::deed(*at)));
    let mut deeds = deeds.into_iter().peekable();
    for (at, post) in posts.iter().enumerate() {
        while let Some((when, named, done)) = deeds.next_if(|(when, ..)| *when < post.place.at) {
            desks.handle(when, named, done);
        }
        desks.take(at);
    }
    for (when, named, done) in deeds {
        desks.handle(when, named, done);
    }
    for note in notes {
        if let Some(slot) = index.get(note).and_then(|at| desks.place[*at])
            && let Some(slot) = &mut desks.slots[slot]
        {
            slot.conversation.notes += 1;
        }
    }
    let mut slots: Vec<Slot> = desks.slots.into_iter().flatten().collect();
    slots.sort_by(|a, b| a.conversation.first.cmp(&b.conversation.first));
    let ids = |members: Vec<usize>| members.into_iter().map(|at| posts[at].place.id.clone()).collect();
    let conversations = slots.into_iter().map(|slot| (slot.conversation, ids(slot.members))).collect();
    Folded { conversations, upto }
}

/// What no later undoing takes back.
fn in_force<'a>(done: impl Iterator<Item = &'a Done>) -> Vec<&'a Done> {
    let mut done: Vec<&Done> = done.collect();
    done.sort_by(|a, b| (b.at, &b.event).cmp(&(a.at, &a.event)));
    let mut undone: BTreeSet<&EventId> = BTreeSet::new();
    done.retain(|done| {
        let counts = !undone.contains(&done.event);
        if let (true, Deed::Undo(event)) = (counts, &done.handling.deed) {
            undone.insert(event);
        }
        counts
    });
    done
}

impl<'a> Desks<'a> {
    fn live(&self) -> impl Iterator<Item = (usize, &Conversation)> + Clone {
        self.slots.iter().enumerate().filter_map(|(at, slot)| Some((at, &slot.as_ref()?.conversation)))
    }

    /// Puts the next message where it belongs.
    fn take(&mut self, at: usize) {
        let posts: &'a [Post] = self.posts;
        let post = &posts[at];
        let connection = post.connection.as_str();
        let thread = post.thread.as_deref().map(|thread| (connection, thread));
        let reply = post.reply_to.as_deref().and_then(|reply| self.named.get(&(connection, reply)));
        let last = thread.and_then(|thread| self.threads.get(&thread));
        let is_live =
            |slot: &usize| self.slots[*slot].as_ref().is_some_and(|slot| slot.conversation.status.is_live());
        let mut answered = reply.into_iter().chain(last).filter_map(|other| self.place[*other]);
        let answered = answered.find(is_live);
        let within = post.within.as_ref().and_then(|within| self.place[*self.index.get(within)?]);
        let chosen = within.or_else(|| choose(self.live(), answered, post.place.at, self.reopen));
        let slot = match chosen {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                self.slots.len() - 1
            }
        };
        match &mut self.slots[slot] {
            Some(slot) => {
                slot.conversation.join(post);
                slot.members.push(at);
            }
            begun => *begun = Some(Slot { conversation: Conversation::begin(post), members: vec![at] }),
        }
        self.place[at] = Some(slot);
        if let Some(thread) = thread {
            self.threads.insert(thread, at);
        }
    }

    /// Does what somebody did at a time with the conversation that holds the message `named`.
    fn handle(&mut self, when: i64, named: usize, done: &Done) {
        let Some(slot) = self.place[named] else { return };
        match &done.handling.deed {
            Deed::Merge(other) => {
                let other = self.index.get(other).and_then(|other| self.place[*other]);
                if let Some(other) = other.filter(|other| *other != slot) {
                    self.merge(slot.min(other), slot.max(other));
                }
            }
            Deed::Split => self.split(slot, named),
            deed => {
                if let Some(slot) = &mut self.slots[slot] {
                    slot.conversation.handle(deed, when, &self.posts[named].place);
                }
            }
        }
    }

    fn merge(&mut self, kept: usize, gone: usize) {
        let (Some(a), Some(b)) = (self.slots[kept].take(), self.slots[gone].take()) else { return };
        b.members.iter().for_each(|at| self.place[*at] = Some(kept));
        let mut members = [a.members, b.members].concat();
        members.sort_unstable();
        self.slots[kept] = Some(Slot { conversation: a.conversation.with(b.conversation), members });
    }

    fn split(&mut self, slot: usize, from: usize) {
        let next = self.slots.len();
        let posts = self.posts;
        let Some(one) = &mut self.slots[slot] else { return };
        let (rest, gone): (Vec<usize>, Vec<usize>) = one.members.iter().partition(|at| **at < from);
        let part = |members: &[usize]| one.conversation.part(members.iter().map(|at| &posts[*at]));
        let (Some(kept), Some(parted)) = (part(&rest), part(&gone)) else { return };
        gone.iter().for_each(|at| self.place[*at] = Some(next));
        *one = Slot { conversation: kept, members: rest };
        self.slots.push(Some(Slot { conversation: parted, members: gone }));
    }
}
