//! People's conversations, worked out anew from their messages and from what was done with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::row::{self, Row};
use super::{COLUMNS, read};
use crate::model::conversation::{Done, Folded, Post, fold, heads, message_of};
use crate::model::event::{Body, Deed, Event};
use crate::model::id::{ConversationId, EventId, MessageId, ProfileId};
use crate::model::message::{Direction, MessageState};
use crate::store::batch::{Batch, Value, row as values};
use crate::store::engine::Database;
use crate::store::error::corrupt;
use crate::store::profiles::{current, profile_id};
use crate::store::{StoreError, events};

/// A message as it is stored.
struct Held {
    owner: ProfileId,
    conversation: Option<ConversationId>,
    inbound: Option<bool>,
    post: Post,
}

/// What was done or noted, with whose it is stored as.
struct Said {
    event: Event,
    before: Option<ProfileId>,
    /// The message that it names, by the id that this has now; `None` where it is not known any more.
    message: Option<MessageId>,
    /// Whose it is now.
    home: Option<ProfileId>,
}

/// What is stored of people.
#[derive(Default)]
struct Stored {
    messages: BTreeMap<MessageId, Held>,
    said: BTreeMap<EventId, Said>,
    rows: BTreeMap<ConversationId, Row>,
    people: BTreeSet<ProfileId>,
    aliases: HashMap<MessageId, MessageId>,
}

/// Works out anew the conversations of `people`, those who are nobody any more included: everybody who had any of
/// the messages, and everybody who has. `reopen` is the rule in force. In the transaction that is open.
pub(in crate::store) async fn refold(
    database: &mut Database,
    reopen: i64,
    people: &BTreeSet<ProfileId>,
) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let mut stored = look(database, people).await?;
    if stored.messages.is_empty() && stored.said.is_empty() && stored.rows.is_empty() {
        return Ok(());
    }
    settle(database, &mut stored).await?;
    let folded = stored.folded(reopen);
    let mut batch = Batch::default();
    stored.write_rows(&mut batch, &folded);
    stored.write_messages(&mut batch, &folded);
    stored.write_events(&mut batch, people, &folded);
    if batch.is_empty() {
        return Ok(());
    }
    batch.execute(database).await.map(drop)
}

async fn look(database: &mut Database, people: &BTreeSet<ProfileId>) -> Result<Stored, StoreError> {
    let keys = || people.iter().map(|id| values![id.as_str()]).collect::<Vec<_>>();
    let mut batch = Batch::default();
    batch.keyed(
        "SELECT 0, profile, conversation, inbound, state FROM messages WHERE at IS NOT NULL AND profile IN",
        keys(),
    );
    batch.keyed(
        &format!(
            "SELECT 1, {} FROM events e WHERE e.kind IN ('conversation', 'note') AND e.profile IN",
            events::COLUMNS
        ),
        keys(),
    );
    batch.keyed(&format!("SELECT 2, {COLUMNS} FROM conversations c WHERE c.profile IN"), keys());
    batch.keyed("SELECT 3, id FROM profiles WHERE id IN", keys());
    let mut stored = Stored::default();
    let bad = corrupt("messages");
    for row in batch.fetch(database).await? {
        match row.get::<i64, _>(0) {
            0 => {
                let state: MessageState = serde_json::from_str(row.get(4)).map_err(|e| bad(&e))?;
                let Some(post) = Post::of(&state) else { continue };
                let conversation: Option<String> = row.get(2);
                let held = Held {
                    owner: profile_id(&row, 1)?,
                    conversation: conversation.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
                    inbound: row.get::<Option<i64>, _>(3).map(|inbound| inbound != 0),
                    post,
                };
                stored.messages.insert(state.id, held);
            }
            1 => {
                let logged = events::read(&row, 1)?;
                let message = named(&logged.event).cloned();
                let home = logged.profile.clone();
                let said = Said { event: logged.event, before: logged.profile, message, home };
                stored.said.insert(said.event.id.clone(), said);
            }
            2 => {
                let row = read(&row, 1)?;
                stored.rows.insert(row.conversation.id(), row);
            }
            _ => drop(stored.people.insert(profile_id(&row, 1)?)),
        }
    }
    Ok(stored)
}

/// The message that an event names, if it is one of what people do with conversations.
fn named(event: &Event) -> Option<&MessageId> {
    match &event.said.body {
        Body::Conversation(handling) => Some(&handling.message),
        Body::Note(note) => Some(&note.message),
        _ => None,
    }
}

/// Finds messages that are known by another id by now.
async fn settle(database: &mut Database, stored: &mut Stored) -> Result<(), StoreError> {
    let named = stored.said.values().flat_map(|said| {
        let other = match &said.event.said.body {
            Body::Conversation(handling) => match &handling.deed {
                Deed::Merge(other) => Some(other),
                _ => None,
            },
            _ => None,
        };
        said.message.iter().chain(other)
    });
    let unknown: BTreeSet<&MessageId> = named.filter(|id| !stored.messages.contains_key(id)).collect();
    let mut batch = Batch::default();
    batch.keyed(
        "SELECT id, message FROM message_aliases WHERE id IN",
        unknown.into_iter().map(|id| values![id.as_str()]).collect(),
    );
    if !batch.is_empty() {
        let bad = corrupt("message_aliases");
        for row in batch.fetch(database).await? {
            let [alias, id] = [0, 1].map(|column| row.get::<String, _>(column).parse::<MessageId>());
            stored.aliases.insert(alias.map_err(|e| bad(&e))?, id.map_err(|e| bad(&e))?);
        }
    }
    for said in stored.said.values_mut() {
        if let Some(message) = &said.message {
            let id = stored.aliases.get(message).unwrap_or(message);
            said.message = stored.messages.contains_key(id).then(|| id.clone());
        }
        if let Some(held) = said.message.as_ref().and_then(|id| stored.messages.get(id)) {
            said.home = Some(held.owner.clone());
        } else if let Some(before) = said.before.as_ref().filter(|before| !stored.people.contains(*before)) {
            // What names nothing that is known any more stays with the person, whoever that is now.
            said.home = current(database, before.as_str()).await?;
        }
    }
    Ok(())
}

impl Stored {
    /// Everybody's conversations.
    fn folded(&self, reopen: i64) -> BTreeMap<&ProfileId, Folded> {
        type Parts<'a> = (Vec<Post>, Vec<Done>, Vec<&'a MessageId>);
        let mut parts: BTreeMap<&ProfileId, Parts<'_>> = BTreeMap::new();
        for held in self.messages.values() {
            parts.entry(&held.owner).or_default().0.push(held.post.clone());
        }
        let known = |id: &MessageId| self.aliases.get(id).unwrap_or(id).clone();
        for said in self.said.values() {
            let (Some(message), Some(home)) = (&said.message, &said.home) else { continue };
            let (_, done, notes) = parts.entry(home).or_default();
            if let Body::Conversation(handling) = &said.event.said.body {
                let mut handling = handling.clone();
                handling.message.clone_from(message);
                if let Deed::Merge(other) = &mut handling.deed {
                    *other = known(other);
                }
                done.push(Done { event: said.event.id.clone(), at: said.event.said.occurred_at, handling });
            } else {
                notes.push(message);
            }
        }
        let each = parts.into_iter();
        each.map(|(person, (posts, done, notes))| (person, fold(reopen, posts, done, notes))).collect()
    }

    /// Writes the rows that are not as they should be, and lets go those of conversations that are no more.
    fn write_rows(&self, batch: &mut Batch, folded: &BTreeMap<&ProfileId, Folded>) {
        let mut rows: Vec<[Value; 23]> = Vec::new();
        let (mut kept, mut tagged) = (BTreeSet::new(), Vec::new());
        for (person, folded) in folded {
            let Some(upto) = &folded.upto else { continue };
            let reached = self.rows.values().filter(|row| row.profile == **person && row.head);
            let reached = reached.map(|row| &row.upto).max() == Some(upto);
            let heads = heads(folded.conversations.iter().map(|(one, _)| one));
            for ((one, _), head) in folded.conversations.iter().zip(heads) {
                let id = one.id();
                let stored = self.rows.get(&id);
                let same = stored.is_some_and(|row| {
                    row.profile == **person && row.conversation == *one && row.head == head
                });
                if !same || (head && !reached) {
                    rows.push(row::values(person, one, head, upto));
                }
                if stored.is_none_or(|row| row.conversation.tags != one.tags) {
                    tagged.push((id.clone(), &one.tags));
                }
                kept.insert(id);
            }
        }
        let gone: Vec<&ConversationId> = self.rows.keys().filter(|id| !kept.contains(*id)).collect();
        let keys = || gone.iter().map(|id| values![id.as_str()]).collect::<Vec<_>>();
        batch.keyed("DELETE FROM conversations WHERE id IN", keys());
        batch.keyed("DELETE FROM conversation_tags WHERE conversation IN", keys());
        row::write(batch, rows);
        row::write_tags(batch, &tagged);
        self.move_beside(batch, folded, &gone);
    }

    /// Has what accounts keep of a conversation follow its messages.
    fn move_beside(
        &self,
        batch: &mut Batch,
        folded: &BTreeMap<&ProfileId, Folded>,
        gone: &[&ConversationId],
    ) {
        let mut moved: BTreeSet<(&ConversationId, ConversationId)> = BTreeSet::new();
        let mut homes: HashMap<&MessageId, ConversationId> = HashMap::new();
        for (one, messages) in folded.values().flat_map(|folded| &folded.conversations) {
            for id in messages {
                let before = self.messages.get(id).and_then(|held| held.conversation.as_ref());
                if let Some(before) = before.filter(|before| **before != one.id()) {
                    moved.insert((before, one.id()));
                }
                homes.insert(id, one.id());
            }
        }
        for (before, now) in moved {
            batch.add(
                "INSERT INTO reading SELECT ?, account, at, message FROM reading WHERE conversation = ? \
                 ON CONFLICT (conversation, account) DO UPDATE SET at = excluded.at, message = excluded.message \
                 WHERE (excluded.at, excluded.message) > (reading.at, reading.message)",
                values![now.as_str(), before.as_str()],
            );
        }
        for gone in gone {
            if let Some(now) = homes.get(&message_of(gone)) {
                batch.add(
                    "INSERT INTO drafts SELECT ?, account, connection, text, changed_at FROM drafts \
                     WHERE conversation = ? ON CONFLICT (conversation, account) DO NOTHING",
                    values![now.as_str(), gone.as_str()],
                );
            }
        }
        for table in ["reading", "drafts"] {
            batch.keyed(
                &format!("DELETE FROM {table} WHERE conversation IN"),
                gone.iter().map(|id| values![id.as_str()]).collect(),
            );
        }
    }

    /// Has every message say which conversation it belongs to.
    fn write_messages(&self, batch: &mut Batch, folded: &BTreeMap<&ProfileId, Folded>) {
        for (one, messages) in folded.values().flat_map(|folded| &folded.conversations) {
            let id = one.id();
            for inbound in [true, false] {
                let wrong = messages.iter().filter(|message| {
                    let held = &self.messages[*message];
                    (held.post.direction == Direction::In) == inbound
                        && (held.conversation.as_ref() != Some(&id) || held.inbound != Some(inbound))
                });
                batch.keyed_after(
                    "UPDATE messages SET conversation = ?, inbound = ? WHERE id IN",
                    values![id.as_str(), inbound],
                    wrong.map(|message| values![message.as_str()]).collect(),
                );
            }
        }
    }

    /// Has what was done and noted be whose the messages are.
    fn write_events(
        &self,
        batch: &mut Batch,
        people: &BTreeSet<ProfileId>,
        folded: &BTreeMap<&ProfileId, Folded>,
    ) {
        let holders: BTreeMap<&ProfileId, _> =
            folded.iter().map(|(person, folded)| (*person, folded.holders())).collect();
        let mut mentions = Vec::new();
        for (id, said) in &self.said {
            if said.home != said.before {
                batch.add(
                    "UPDATE events SET profile = ? WHERE id = ?",
                    values![said.home.as_ref().map(ProfileId::as_str), id.as_str()],
                );
            }
            let (Body::Note(note), Some(home), Some(message)) =
                (&said.event.said.body, &said.home, &said.message)
            else {
                continue;
            };
            let Some(held) = holders.get(home).and_then(|holders| holders.get(message)) else { continue };
            let conversation = folded[home].conversations[*held].0.id();
            let accounts: BTreeSet<_> = note.mentions.iter().collect();
            for account in accounts {
                let at = said.event.said.occurred_at;
                mentions.push(values![
                    id.as_str(),
                    account.as_str(),
                    home.as_str(),
                    conversation.as_str(),
                    at
                ]);
            }
        }
        let people = people.iter().chain(folded.keys().copied()).collect::<BTreeSet<_>>();
        batch.keyed(
            "DELETE FROM mentions WHERE profile IN",
            people.into_iter().map(|id| values![id.as_str()]).collect(),
        );
        batch.rows("INSERT INTO mentions (event, account, profile, conversation, at)", mentions, MENTIONED);
    }
}

/// A mention that is there already belongs to whom the row says.
pub(super) const MENTIONED: &str = "ON CONFLICT (event, account) DO UPDATE SET profile = excluded.profile, \
    conversation = excluded.conversation";
