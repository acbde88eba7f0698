//! The outbox: the intent to send is committed with the message that shows it, and carried out after.

use super::batch::{Batch, row};
use super::conversations::{log, own_event};
use super::decide::in_force;
use super::engine::{Database, Row};
use super::error::corrupt;
use super::follow::moved;
use super::ingest::{MESSAGES, message_row};
use super::locks::{Locks, Stand};
use super::profiles::current;
use super::{Store, StoreError, conversations};
use crate::model::conversation::{Post, message_of};
use crate::model::event::{Body, Content, Deed, Erased, EventKind, Handling, Message, NewEvent};
use crate::model::id::{ConnectionId, ConversationId, EventId, IdKey, MessageId, OutboxId, ProfileId};
use crate::model::message::{Dated, Direction, MessageContent, MessageFact, MessageState, SendState};
use crate::model::outbox::{OutboundContent, OutboxItem, OutboxState};

/// A message to send.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutbound {
    /// Which connection carries it.
    pub connection: ConnectionId,
    /// To whom.
    pub profile: ProfileId,
    /// What.
    pub content: OutboundContent,
    /// The vendor's id of the message it answers.
    pub reply_to: Option<String>,
    /// The subject line; mail only.
    pub subject: Option<String>,
    /// What it is for: `service` …
    pub purpose: String,
    /// In which conversation; `None`: the one that it joins by itself.
    pub within: Option<ConversationId>,
    /// How long it can be taken back before it is due, in milliseconds.
    pub wait: i64,
    /// Who wrote it, where somebody did: then it is in the log.
    pub by: Option<String>,
}

impl NewOutbound {
    /// Text that is due at once.
    #[must_use]
    pub fn text(connection: ConnectionId, profile: ProfileId, text: &str) -> Self {
        Self {
            connection,
            profile,
            content: OutboundContent::Text(text.to_owned()),
            reply_to: None,
            subject: None,
            purpose: crate::model::consent::SERVICE.to_owned(),
            within: None,
            wait: 0,
            by: None,
        }
    }
}

const COLUMNS: &str = "id, connection, profile, message, content, reply_to, subject, state, attempts, due_at, error, created_at, purpose";

fn read(row: &Row) -> Result<OutboxItem, StoreError> {
    let bad = corrupt("outbox");
    Ok(OutboxItem {
        id: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        connection: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
        profile: row.get::<String, _>(2).parse().map_err(|e| bad(&e))?,
        message: row.get::<String, _>(3).parse().map_err(|e| bad(&e))?,
        content: serde_json::from_str(row.get(4)).map_err(|e| bad(&e))?,
        reply_to: row.get(5),
        subject: row.get(6),
        state: OutboxState::from_name(row.get(7)).ok_or_else(|| bad(&"an unknown state"))?,
        attempts: row.get(8),
        due_at: row.get(9),
        error: row.get(10),
        created_at: row.get(11),
        purpose: row.get(12),
    })
}

/// The hub's own word on a message's way: it is no event, so it is dated by the outbox's id.
fn own_word(key: &IdKey, item: &OutboxId, at: i64, text: &str) -> Dated {
    Dated { at, event: EventId::derived(key, &["outbox", item.as_str()]), text: text.to_owned() }
}

impl Store {
    /// Commits the intent to send, with the message that shows it as queued.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn enqueue(&self, new: NewOutbound) -> Result<OutboxItem, StoreError> {
        let (ambient, key) = (&self.inner.ambient, &self.inner.key);
        let now = ambient.now_ms();
        let id = OutboxId::random(ambient.random16());
        let message = MessageId::derived(key, &[new.connection.as_str(), "outbox", id.as_str()]);
        let item = OutboxItem {
            id,
            connection: new.connection,
            profile: new.profile,
            message,
            content: new.content,
            reply_to: new.reply_to,
            subject: new.subject,
            purpose: new.purpose,
            state: OutboxState::Queued,
            attempts: 0,
            due_at: now.saturating_add(new.wait),
            error: None,
            created_at: now,
        };
        let queued = own_word(key, &item.id, now, "");
        let (key, own) = (key.clone(), self.own_connection());
        let (item, appended) = self
            .inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let item = to_today(database, item).await?;
                    queue(database, &item, queued, new.within).await?;
                    let Some(by) = new.by.filter(|_| item.content.is_message()) else {
                        return Ok((item, None));
                    };
                    // The message itself is no event; that somebody wrote it is, for those who follow the log.
                    let handling = Handling { by, message: item.message.clone(), deed: Deed::Send };
                    let (id, body) = (format!("sent:{}", item.id), Body::Conversation(handling));
                    let event = own_event(&key, own, id, now, now, body);
                    let appended = log(database, &event, &item.profile).await?;
                    Ok((item, Some(appended)))
                })
            })
            .await?;
        self.inner.tells.tell(appended.iter());
        Ok(item)
    }

    /// Takes a message back that nobody has begun to send; `None` when there is no such message, or it is too
    /// late. The text that it had is handed back in its item.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn take_back(&self, id: &OutboxId) -> Result<Option<OutboxItem>, StoreError> {
        let id = id.clone();
        let (key, own, now) = (self.inner.key.clone(), self.own_connection(), self.inner.ambient.now_ms());
        let done = self
            .inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let Some(item) = item_of(database, &id).await? else { return Ok(None) };
                    let item = to_today(database, item).await?;
                    let mut batch = Batch::default();
                    batch.add(
                        "DELETE FROM outbox WHERE id = ? AND state = 'queued' AND attempts = 0",
                        row![id.as_str()],
                    );
                    if batch.execute(database).await? == 0 {
                        return Ok(None);
                    }
                    let mut batch = Batch::default();
                    batch.add("DELETE FROM messages WHERE id = ?", row![item.message.as_str()]);
                    let sent = format!("sent:{id}");
                    let sent = EventId::derived(&key, &[own.as_str(), &sent]);
                    let event = NewEvent {
                        external_id: String::new(),
                        occurred_at: item.created_at,
                        subject: Vec::new(),
                        attributes: Vec::new(),
                        body: Body::Erased(Erased { at: now, of: EventKind::Conversation, matter: None }),
                        source: None,
                    };
                    let said = serde_json::to_string(&event).map_err(|e| corrupt("events")(&e))?;
                    batch.add("UPDATE events SET said = ? WHERE id = ?", row![said, sent.as_str()]);
                    moved(&mut batch, [item.message.as_str()]);
                    batch.execute(database).await?;
                    let reopen = in_force(database).await?.reopen();
                    conversations::refold(database, reopen, &[item.profile.clone()].into()).await?;
                    Ok(Some(item))
                })
            })
            .await?;
        Ok(done)
    }

    /// Has a message that failed go out once more; `None` when there is no such message, or it did not fail.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn try_again(&self, id: &OutboxId) -> Result<Option<OutboxItem>, StoreError> {
        let (id, now) = (id.clone(), self.inner.ambient.now_ms());
        let key = self.inner.key.clone();
        self.inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let Some(mut item) = item_of(database, &id).await? else { return Ok(None) };
                    let mut locks = Locks::default();
                    locks.name("message", item.message.as_str());
                    locks.take(database).await?;
                    let mut batch = Batch::default();
                    batch.add(
                        "UPDATE outbox SET state = 'queued', attempts = 0, due_at = ?, error = NULL \
                         WHERE id = ? AND state = 'failed'",
                        row![now, id.as_str()],
                    );
                    if batch.execute(database).await? == 0 {
                        return Ok(None);
                    }
                    let Some(mut message) = state_of(database, &item.message).await? else { return Ok(None) };
                    message.state = Some((SendState::Queued, own_word(&key, &item.id, now, "")));
                    let text = serde_json::to_string(&message).map_err(|e| corrupt("messages")(&e))?;
                    let mut batch = Batch::default();
                    batch
                        .add("UPDATE messages SET state = ? WHERE id = ?", row![text, item.message.as_str()]);
                    batch.execute(database).await?;
                    (item.state, item.attempts, item.due_at, item.error) =
                        (OutboxState::Queued, 0, now, None);
                    Ok(Some(item))
                })
            })
            .await
    }

    /// Claims up to `limit` intents of a connection that are due; to one person only the oldest, so that a
    /// message that was put off is not overtaken by the next. Whatever is not settled within `lease`
    /// milliseconds, by a crash say, counts as ambiguous and is due again.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn claim_outbound(
        &self,
        connection: &ConnectionId,
        limit: u32,
        lease: i64,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let now = self.inner.ambient.now_ms();
        let connection = connection.clone();
        self.inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let mut batch = Batch::default();
                    batch.add(
                        &format!(
                            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, due_at = ? WHERE id IN \
                             (SELECT o.id FROM outbox o WHERE o.state IN ('queued', 'sending', 'ambiguous') \
                             AND o.due_at <= ? AND o.connection = ? AND NOT EXISTS (SELECT 1 FROM outbox p \
                             WHERE p.connection = o.connection AND p.profile = o.profile AND \
                             p.state IN ('queued', 'sending') AND (p.created_at, p.id) < (o.created_at, o.id)) \
                             ORDER BY o.due_at, o.created_at LIMIT ?{}) RETURNING {COLUMNS}",
                            database.engine().taking("o")
                        ),
                        row![now + lease, now, connection.as_str(), limit],
                    );
                    let mut items =
                        batch.fetch(database).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                    items.sort_by_key(|item| item.created_at);
                    Ok(items)
                })
            })
            .await
    }

    /// The vendor took it, under that id: the message is known by it from now on, and what was said under
    /// it before is the message's.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn outbound_sent(&self, id: &OutboxId, vendor_id: &str) -> Result<(), StoreError> {
        let (id, vendor_id) = (id.clone(), vendor_id.to_owned());
        self.settle(id, move |key, now, item, message, waiting| {
            message.vendor_id.clone_from(&vendor_id);
            if let Some(waiting) = waiting {
                message.absorb(waiting);
            }
            message.apply(MessageFact::State(SendState::Accepted, own_word(key, &item.id, now, "")));
            item.state = OutboxState::Sent;
            item.error = None;
            (!vendor_id.is_empty()).then(|| vendor_id.clone())
        })
        .await
    }

    /// It will not be sent.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn outbound_failed(&self, id: &OutboxId, why: &str) -> Result<(), StoreError> {
        let why = why.to_owned();
        self.settle(id.clone(), move |key, now, item, message, _| {
            // News that it arrived may have come while the call was still under way; that stays.
            if item.state == OutboxState::Sent {
                return None;
            }
            message.apply(MessageFact::State(SendState::Failed, own_word(key, &item.id, now, &why)));
            item.state = OutboxState::Failed;
            item.error = Some(why.clone());
            None
        })
        .await
    }

    /// Fails, `limit` at most, what waits to go out over connections that were removed: nobody would ever send it.
    /// What is being sent at this moment is left to whoever sends it until its lease is over. Tells how many.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn fail_outbound_of_removed(&self, limit: u32) -> Result<usize, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT o.id FROM outbox o JOIN connections c ON c.id = o.connection WHERE c.removed_at IS NOT NULL \
             AND (o.state IN ('queued', 'ambiguous') OR (o.state = 'sending' AND o.due_at <= ?)) LIMIT ?",
            row![self.inner.ambient.now_ms(), limit],
        );
        let found = self.read(batch).await?;
        for row in &found {
            let id = row.get::<String, _>(0).parse().map_err(|e| corrupt("outbox")(&e))?;
            self.outbound_failed(&id, "its connection was removed before it went out").await?;
        }
        Ok(found.len())
    }

    /// The vendor did not take it and may at `at`, milliseconds since the epoch.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn outbound_retry(&self, id: &OutboxId, at: i64, why: &str) -> Result<(), StoreError> {
        self.put_off(id, OutboxState::Queued, at, why).await
    }

    /// It was not tried after all, and is due again at `at`, milliseconds since the epoch: that counts as no
    /// attempt.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn outbound_rest(&self, id: &OutboxId, at: i64) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE outbox SET state = ?, due_at = ?, attempts = attempts - 1 WHERE id = ? AND state = 'sending'",
            row![OutboxState::Queued.as_str(), at, id.as_str()],
        );
        self.write(batch).await.map(drop)
    }

    /// Nobody knows whether the vendor took it: it waits until `until` for news, then it is due again.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn outbound_ambiguous(&self, id: &OutboxId, until: i64, why: &str) -> Result<(), StoreError> {
        self.put_off(id, OutboxState::Ambiguous, until, why).await
    }

    async fn put_off(&self, id: &OutboxId, state: OutboxState, at: i64, why: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        // A status may have settled it meanwhile; that stays.
        batch.add(
            "UPDATE outbox SET state = ?, due_at = ?, error = ? WHERE id = ? AND state = 'sending'",
            row![state.as_str(), at, why, id.as_str()],
        );
        self.write(batch).await.map(|_| ())
    }

    /// One intent.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn outbound(&self, id: &OutboxId) -> Result<Option<OutboxItem>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM outbox WHERE id = ?"), row![id.as_str()]);
        self.read(batch).await?.first().map(read).transpose()
    }

    /// When the next intent of a connection is due: milliseconds since the epoch; `None` when there is none.
    /// What is due on another one, paused or left alone perhaps, is no reason to ask the writer.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next_outbound_at(&self, connection: &ConnectionId) -> Result<Option<i64>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT min(due_at) FROM outbox WHERE state IN ('queued', 'sending', 'ambiguous') AND connection = ?",
            row![connection.as_str()],
        );
        Ok(self.read(batch).await?.first().and_then(|row| row.get(0)))
    }

    /// Changes an intent together with its message. `change` answers the vendor's id that the message has
    /// from now on, if it got one; what waited under that id is handed to it.
    async fn settle<F>(&self, id: OutboxId, change: F) -> Result<(), StoreError>
    where
        F: Fn(&IdKey, i64, &mut OutboxItem, &mut MessageState, Option<MessageState>) -> Option<String>
            + Send
            + Sync
            + 'static,
    {
        let (key, now) = (self.inner.key.clone(), self.inner.ambient.now_ms());
        self.inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let Some(item) = item_of(database, &id).await? else { return Ok(()) };
                    let mut locks = Locks::default();
                    locks.name("message", item.message.as_str());
                    locks.take(database).await?;
                    let Some(mut item) = item_of(database, &id).await? else { return Ok(()) };
                    let Some(mut message) = state_of(database, &item.message).await? else { return Ok(()) };
                    // Once without what waits, to learn the vendor's id; then with it.
                    let vendor_id = change(&key, now, &mut item, &mut message, None);
                    let mut batch = Batch::default();
                    if let Some(vendor_id) = vendor_id {
                        let derived = MessageId::derived(&key, &[item.connection.as_str(), &vendor_id]);
                        if derived != item.message {
                            locks.name("message", derived.as_str());
                            locks.take(database).await?;
                            let waiting = state_of(database, &derived).await?;
                            change(&key, now, &mut item, &mut message, waiting);
                            batch.add("DELETE FROM messages WHERE id = ?", row![derived.as_str()]);
                            moved(&mut batch, [derived.as_str()]);
                            let alias = row![derived.as_str(), item.message.as_str()];
                            batch.replace("message_aliases", "id", "message", vec![alias]);
                        }
                    }
                    batch.add(
                        "UPDATE outbox SET state = ?, error = ? WHERE id = ?",
                        row![item.state.as_str(), item.error.as_deref(), item.id.as_str()],
                    );
                    let text = serde_json::to_string(&message).map_err(|e| corrupt("messages")(&e))?;
                    batch
                        .add("UPDATE messages SET state = ? WHERE id = ?", row![text, item.message.as_str()]);
                    batch.execute(database).await?;
                    named(database, &item.profile).await
                })
            })
            .await
    }
}

/// Works out a person's conversations anew where the vendor's id of a message may have changed which one another
/// message answers: where there is more than one.
async fn named(database: &mut Database, person: &ProfileId) -> Result<(), StoreError> {
    let mut locks = Locks::default();
    let person = loop {
        let Some(person) = current(database, person.as_str()).await? else { return Ok(()) };
        locks.person(person.as_str());
        if !locks.take(database).await? {
            break person;
        }
    };
    let mut look = Batch::default();
    look.add("SELECT count(*) FROM conversations WHERE profile = ?", row![person.as_str()]);
    if look.fetch(database).await?.first().is_none_or(|row| row.get::<i64, _>(0) < 2) {
        return Ok(());
    }
    let reopen = in_force(database).await?.reopen();
    conversations::refold(database, reopen, &[person].into()).await
}

async fn item_of(database: &mut Database, id: &OutboxId) -> Result<Option<OutboxItem>, StoreError> {
    let mut look = Batch::default();
    look.add(&format!("SELECT {COLUMNS} FROM outbox WHERE id = ?"), row![id.as_str()]);
    look.fetch(database).await?.first().map(read).transpose()
}

/// The intent, for whoever the person is by now: a merge may have come since the caller looked.
async fn to_today(database: &mut Database, mut item: OutboxItem) -> Result<OutboxItem, StoreError> {
    let mut locks = Locks::default();
    loop {
        let Some(now) = current(database, item.profile.as_str()).await? else { return Ok(item) };
        locks.person(now.as_str());
        item.profile = now;
        if !locks.take(database).await? {
            return Ok(item);
        }
    }
}

/// Writes an intent's row, and the message that shows it.
async fn queue(
    database: &mut Database,
    item: &OutboxItem,
    queued: Dated,
    within: Option<ConversationId>,
) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let content = serde_json::to_string(&item.content).map_err(|e| corrupt("outbox")(&e))?;
    batch.add(
        &format!("INSERT INTO outbox ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"),
        row![
            item.id.as_str(),
            item.connection.as_str(),
            item.profile.as_str(),
            item.message.as_str(),
            content,
            item.reply_to.as_deref(),
            item.subject.as_deref(),
            item.state.as_str(),
            item.attempts,
            item.due_at,
            item.error.as_deref(),
            item.created_at,
            item.purpose.as_str(),
        ],
    );
    let mut state = MessageState::new(item.message.clone(), item.connection.clone(), "");
    let (mut conversation, mut unclear) = (None, false);
    if item.content.is_message() {
        state.apply(MessageFact::Content(Box::new(MessageContent {
            direction: Direction::Out,
            at: item.created_at,
            event: None,
            message: shown(item),
            within: within.as_ref().map(message_of),
        })));
        let reopen = in_force(database).await?.reopen();
        let mut desk = conversations::desk(database, &item.profile).await?;
        let joined = Post::of(&state).and_then(|post| desk.take(reopen, &post, within.as_ref()));
        conversation = joined.map(|at| desk.conversations[at].id());
        unclear = joined.is_none();
        if !unclear {
            conversations::write(&mut batch, conversations::rows(&item.profile, &desk));
        }
    }
    state.apply(MessageFact::State(SendState::Queued, queued));
    let row = message_row(&item.message, &state, Some(&item.profile), conversation.as_ref())?;
    batch.replace("messages", "id", MESSAGES, vec![row]);
    // No event says what the hub itself sends.
    moved(&mut batch, [item.message.as_str()]);
    batch.execute(database).await?;
    if unclear {
        let reopen = in_force(database).await?.reopen();
        conversations::refold(database, reopen, &[item.profile.clone()].into()).await?;
    }
    Ok(())
}

async fn state_of(database: &mut Database, id: &MessageId) -> Result<Option<MessageState>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT state FROM messages WHERE id = ?", row![id.as_str()]);
    let rows = batch.fetch(database).await?;
    rows.first().map(|row| serde_json::from_str(row.get(0)).map_err(|e| corrupt("messages")(&e))).transpose()
}

/// The message that a conversation shows for an intent.
fn shown(item: &OutboxItem) -> Message {
    Message {
        id: item.id.to_string(),
        thread: None,
        reply_to: item.reply_to.clone(),
        text: item.content.text(),
        html: None,
        subject: item.subject.clone(),
        content: Content::Text,
        referral: None,
    }
}
