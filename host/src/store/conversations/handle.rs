//! What people do with conversations: an event like any other, and what follows from it.

use std::collections::BTreeSet;

use super::refold::MENTIONED;
use super::{desk, refold, row};
use crate::model::conversation::{Done, Place};
use crate::model::event::{Body, Deed, Event, Handling, NewEvent, Note};
use crate::model::id::{AccountId, ConnectionId, ConversationId, EventId, IdKey, MessageId, ProfileId};
use crate::store::batch::{Batch, row as values};
use crate::store::decide::in_force;
use crate::store::engine::{Database, Row};
use crate::store::error::corrupt;
use crate::store::locks::{Locks, Stand};
use crate::store::{Appended, Store, StoreError, events, order};

/// What somebody does with a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHandling {
    /// Which; any id that ever stood for it.
    pub conversation: ConversationId,
    /// Who does it, by the name that the audit log uses.
    pub by: String,
    /// The last message that was seen of it; `None`: the last one that there is.
    pub seen: Option<MessageId>,
    /// What.
    pub deed: Deed,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandledConversation {
    /// The event that holds it; undoing names it.
    pub event: EventId,
    /// The conversation now.
    pub conversation: ConversationId,
}

/// Why it cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unhandled {
    /// There is no such conversation.
    #[error("there is no conversation {0}")]
    NoConversation(ConversationId),
    /// There is no such message in a conversation.
    #[error("there is no message {0} in a conversation")]
    NoMessage(MessageId),
    /// The message is another conversation's.
    #[error("the message {0} is not one of this conversation's")]
    Foreign(MessageId),
    /// Both are one already.
    #[error("these are one conversation already: {0}")]
    Same(ConversationId),
    /// Conversations of two people are not merged by hand.
    #[error(
        "{0} is another person's conversation; merge the two people if they are one, and their conversations follow"
    )]
    Stranger(ConversationId),
    /// Nothing would be left.
    #[error("{0} is the conversation's first message; name a later one, from which on it is to be split")]
    Whole(MessageId),
    /// There is nothing to undo.
    #[error("{0} is no merge, split or undoing of this conversation, so there is nothing to undo")]
    NotDone(EventId),
}

/// A message as it is looked up.
struct Found {
    owner: ProfileId,
    conversation: ConversationId,
    place: Place,
}

impl Store {
    /// Does something with a conversation, from now on.
    ///
    /// # Errors
    /// `Ok(Err(…))` when it makes no sense; [`StoreError`] when it cannot be committed now.
    pub async fn handle(
        &self,
        new: NewHandling,
    ) -> Result<Result<HandledConversation, Unhandled>, StoreError> {
        let Some(found) = self.conversation(&new.conversation).await? else {
            return Ok(Err(Unhandled::NoConversation(new.conversation)));
        };
        let message = match (&new.deed, new.seen) {
            (_, Some(seen)) => match self.message(&seen).await? {
                Some(view) if view.conversation.as_ref() == Some(&found.id) => view.message.id,
                _ => return Ok(Err(Unhandled::Foreign(seen))),
            },
            (Deed::Split, None) => return Ok(Err(Unhandled::Whole(found.conversation.first.id))),
            (_, None) => found.conversation.last.id,
        };
        let external_id = format!("handling:{}", hex::encode(self.inner.ambient.random16()));
        let handling = Handling { by: new.by, message, deed: new.deed };
        self.handle_at(handling, external_id, self.inner.ambient.now_ms()).await
    }

    /// Notes something in a conversation, from now on.
    ///
    /// # Errors
    /// `Ok(Err(…))` when there is no such conversation; [`StoreError`] when it cannot be committed now.
    pub async fn note_in(
        &self,
        conversation: &ConversationId,
        by: String,
        text: String,
        mentions: Vec<AccountId>,
    ) -> Result<Result<HandledConversation, Unhandled>, StoreError> {
        let Some(found) = self.conversation(conversation).await? else {
            return Ok(Err(Unhandled::NoConversation(conversation.clone())));
        };
        let external_id = format!("note:{}", hex::encode(self.inner.ambient.random16()));
        let note = Note { by, message: found.conversation.last.id, text, mentions };
        self.note_at(note, external_id, self.inner.ambient.now_ms()).await
    }

    /// Does something with a conversation at a time (milliseconds since the epoch, UTC) and under a key of its
    /// own: saying it again changes nothing.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    pub async fn handle_at(
        &self,
        handling: Handling,
        external_id: String,
        at: i64,
    ) -> Result<Result<HandledConversation, Unhandled>, StoreError> {
        self.say(Body::Conversation(handling), external_id, at).await
    }

    /// Notes something at a time and under a key of its own.
    ///
    /// # Errors
    /// As [`note_in`](Self::note_in).
    pub async fn note_at(
        &self,
        note: Note,
        external_id: String,
        at: i64,
    ) -> Result<Result<HandledConversation, Unhandled>, StoreError> {
        self.say(Body::Note(note), external_id, at).await
    }

    async fn say(
        &self,
        body: Body,
        external_id: String,
        at: i64,
    ) -> Result<Result<HandledConversation, Unhandled>, StoreError> {
        let own = self.own_connection();
        let event = own_event(&self.inner.key, own, external_id, at, self.inner.ambient.now_ms(), body);
        let done = self
            .inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move { append(database, event).await })
            })
            .await?;
        Ok(done.map(|(handled, appended)| {
            self.inner.tells.tell(appended.iter());
            handled
        }))
    }
}

/// An event that the hub itself says.
pub(in crate::store) fn own_event(
    key: &IdKey,
    own: ConnectionId,
    external_id: String,
    at: i64,
    now: i64,
    body: Body,
) -> Event {
    let id = EventId::derived(key, &[own.as_str(), &external_id]);
    let (subject, attributes) = (Vec::new(), Vec::new());
    let said = NewEvent { external_id, occurred_at: at, subject, attributes, body, source: None };
    Event { id, connection: own, delivery: None, received_at: now, said }
}

/// Appends what was done or noted, and does it.
async fn append(
    database: &mut Database,
    event: Event,
) -> Result<Result<(HandledConversation, Option<Appended>), Unhandled>, StoreError> {
    let (message, deed) = match &event.said.body {
        Body::Conversation(handling) => (&handling.message, Some(&handling.deed)),
        Body::Note(note) => (&note.message, None),
        _ => return Err(corrupt("an event")(&"it is nothing that is done with a conversation")),
    };
    let mut locks = Locks::default();
    let found = loop {
        let Some(found) = find(database, message).await? else {
            return Ok(Err(Unhandled::NoMessage(message.clone())));
        };
        locks.person(found.owner.as_str());
        if !locks.take(database).await? {
            break found;
        }
    };
    if let Some(conversation) = known(database, &event).await?.then(|| found.conversation.clone()) {
        return Ok(Ok((HandledConversation { event: event.id, conversation }, None)));
    }
    if let Some(why) = refusal(database, deed, &found).await? {
        return Ok(Err(why));
    }
    let appended = log(database, &event, &found.owner).await?;
    let reopen = in_force(database).await?.reopen();
    let mut short = desk(database, &found.owner).await?;
    let quick = match &event.said.body {
        Body::Conversation(handling) => {
            let done =
                Done { event: event.id.clone(), at: event.said.occurred_at, handling: handling.clone() };
            let before = short.conversations.iter().map(|one| one.tags.clone()).collect::<Vec<_>>();
            short.handle(&found.conversation, &done, &found.place).map(|at| {
                let one = &short.conversations[at];
                let mut batch = Batch::default();
                row::write(&mut batch, row::rows(&found.owner, &short));
                if before[at] != one.tags {
                    row::write_tags(&mut batch, &[(one.id(), &one.tags)]);
                }
                batch
            })
        }
        Body::Note(note) => {
            let mut batch = Batch::default();
            batch.add(
                "UPDATE conversations SET notes = notes + 1 WHERE id = ?",
                values![found.conversation.as_str()],
            );
            let (id, at) = (event.id.as_str(), event.said.occurred_at);
            let (person, conversation) = (found.owner.as_str(), found.conversation.as_str());
            let mentioned: BTreeSet<&AccountId> = note.mentions.iter().collect();
            let row = |who: &&AccountId| values![id, who.as_str(), person, conversation, at];
            let rows = mentioned.iter().map(row).collect();
            batch.rows("INSERT INTO mentions (event, account, profile, conversation, at)", rows, MENTIONED);
            Some(batch)
        }
        _ => None,
    };
    match quick {
        Some(batch) => drop(batch.execute(database).await?),
        None => refold(database, reopen, &[found.owner.clone()].into()).await?,
    }
    let now = find(database, message).await?.map_or(found.conversation, |found| found.conversation);
    Ok(Ok((HandledConversation { event: event.id, conversation: now }, Some(appended))))
}

/// Why something makes no sense.
async fn refusal(
    database: &mut Database,
    deed: Option<&Deed>,
    found: &Found,
) -> Result<Option<Unhandled>, StoreError> {
    match deed {
        Some(Deed::Merge(other)) => Ok(match find(database, other).await? {
            None => Some(Unhandled::NoMessage(other.clone())),
            Some(other) if other.owner != found.owner => Some(Unhandled::Stranger(other.conversation)),
            Some(other) if other.conversation == found.conversation => {
                Some(Unhandled::Same(other.conversation))
            }
            Some(_) => None,
        }),
        Some(Deed::Split) if crate::model::conversation::id_of(&found.place.id) == found.conversation => {
            Ok(Some(Unhandled::Whole(found.place.id.clone())))
        }
        Some(Deed::Undo(done)) => {
            let mut batch = Batch::default();
            batch.add(
                &format!(
                    "SELECT {} FROM events e WHERE e.id = ? AND e.kind = 'conversation'",
                    events::COLUMNS
                ),
                values![done.as_str()],
            );
            let logged = batch.fetch(database).await?.first().map(|row| events::read(row, 0)).transpose()?;
            let undoes = logged.is_some_and(|logged| match &logged.event.said.body {
                Body::Conversation(handling) => {
                    logged.profile.as_ref() == Some(&found.owner)
                        && matches!(handling.deed, Deed::Merge(_) | Deed::Split | Deed::Undo(_))
                }
                _ => false,
            });
            Ok((!undoes).then(|| Unhandled::NotDone(done.clone())))
        }
        _ => Ok(None),
    }
}

async fn known(database: &mut Database, event: &Event) -> Result<bool, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT count(*) FROM events WHERE id = ?", values![event.id.as_str()]);
    Ok(batch.fetch(database).await?.first().is_some_and(|row| row.get::<i64, _>(0) > 0))
}

/// Where a message is, by any id of it.
async fn find(database: &mut Database, message: &MessageId) -> Result<Option<Found>, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "SELECT m.profile, m.conversation, m.at, m.id FROM messages m WHERE m.id = \
         coalesce((SELECT a.message FROM message_aliases a WHERE a.id = ?), ?) \
         AND m.profile IS NOT NULL AND m.conversation IS NOT NULL AND m.at IS NOT NULL",
        values![message.as_str(), message.as_str()],
    );
    let bad = corrupt("messages");
    let read = |row: &Row| {
        Ok(Found {
            owner: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
            conversation: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
            place: Place { at: row.get(2), id: row.get::<String, _>(3).parse().map_err(|e| bad(&e))? },
        })
    };
    batch.fetch(database).await?.first().map(read).transpose()
}

/// Appends an event of a person's to the log, in the transaction that is open.
pub(in crate::store) async fn log(
    database: &mut Database,
    event: &Event,
    person: &ProfileId,
) -> Result<Appended, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT coalesce(max(seq), 0) FROM events", values![]);
    let last = batch.fetch(database).await?.first().map_or(0, |row| row.get(0));
    let seq = order::take(database, 1, last).await?.first().copied();
    let seq = seq.ok_or_else(|| corrupt("events")(&"there is no place for an event"))?;
    let said = serde_json::to_string(&event.said).map_err(|e| corrupt("events")(&e))?;
    let kind = event.said.body.kind();
    let mut batch = Batch::default();
    batch.add(
        &format!("INSERT INTO events ({}) VALUES (?,?,?,NULL,?,?,?,?,?)", events::INSERT),
        values![
            seq,
            event.id.as_str(),
            event.connection.as_str(),
            kind.as_str(),
            event.said.occurred_at,
            event.received_at,
            person.as_str(),
            said
        ],
    );
    batch.execute(database).await?;
    let (id, connection) = (event.id.clone(), event.connection.clone());
    Ok(Appended { seq, event: id, connection, kind, profile: Some(person.clone()) })
}
