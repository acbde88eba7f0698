//! Messages, with what assistants said of them.

use std::collections::{BTreeSet, HashMap};

use super::batch::{Batch, Filtered, row};
use super::engine::Row;
use super::error::corrupt;
use super::{LoggedEvent, Page, PageRequest, Store, StoreError};
use crate::model::conversation::ConversationView;
use crate::model::event::{Body, Event};
use crate::model::id::{ConnectionId, ConversationId, IdKey, MessageId, ProfileId};
use crate::model::profile::{InsightView, MessageView};

impl Store {
    /// All messages with a person, the latest first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn messages(
        &self,
        profile: &ProfileId,
        page: &PageRequest,
    ) -> Result<Page<MessageView>, StoreError> {
        let Some(profile) = self.current(profile.as_str()).await? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        self.messages_of(&profile, None, page).await
    }

    /// The messages of one conversation, the latest first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn conversation_messages(
        &self,
        conversation: &ConversationView,
        page: &PageRequest,
    ) -> Result<Page<MessageView>, StoreError> {
        self.messages_of(&conversation.profile, Some(conversation), page).await
    }

    async fn messages_of(
        &self,
        profile: &ProfileId,
        conversation: Option<&ConversationView>,
        page: &PageRequest,
    ) -> Result<Page<MessageView>, StoreError> {
        let (at, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let mut question = Filtered::new(
            "SELECT m.state, m.profile, m.conversation FROM messages m WHERE m.profile = ? AND m.at IS NOT NULL \
             AND (m.at, m.id) < (?, ?)",
            row![profile.as_str(), at, id],
        );
        question.and("AND m.conversation = ?", conversation.map(|view| view.id.as_str()));
        question.and("AND m.at >= ?", conversation.map(|view| view.conversation.first.at));
        question.and("ORDER BY m.at DESC, m.id DESC LIMIT ?", Some(page.rows()));
        let batch = question.batch();
        let found = self.read(batch).await?.iter().map(message).collect::<Result<Vec<_>, _>>()?;
        let key = |view: &MessageView| {
            let at = view.message.content.as_ref().map_or(0, |content| content.at);
            (at, view.message.id.to_string())
        };
        let mut page = Page::of(found, page, key);
        self.add_insights(&mut page.items).await?;
        Ok(page)
    }

    /// One message, by the hub's id of it, whichever the vendor knows it by; also one of which only news came
    /// yet, without content.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn message(&self, id: &MessageId) -> Result<Option<MessageView>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT m.state, m.profile, m.conversation FROM messages m WHERE m.id = \
             coalesce((SELECT a.message FROM message_aliases a WHERE a.id = ?), ?)",
            row![id.as_str(), id.as_str()],
        );
        let mut found = self.read(batch).await?.iter().map(message).collect::<Result<Vec<_>, _>>()?;
        self.add_insights(&mut found).await?;
        Ok(found.pop())
    }

    /// The conversation of the message that each of these events is about, if it is about one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversations_of_events(
        &self,
        logged: &[LoggedEvent],
    ) -> Result<Vec<Option<ConversationId>>, StoreError> {
        let messages: Vec<Option<MessageId>> =
            logged.iter().map(|logged| about(&self.inner.key, &logged.event)).collect();
        let known: BTreeSet<&MessageId> = messages.iter().flatten().collect();
        let keys = || known.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
        let mut batch = Batch::default();
        batch.keyed("SELECT id, conversation FROM messages WHERE conversation IS NOT NULL AND id IN", keys());
        batch.keyed(
            "SELECT a.id, m.conversation FROM message_aliases a JOIN messages m ON m.id = a.message \
             WHERE m.conversation IS NOT NULL AND a.id IN",
            keys(),
        );
        let rows = self.read(batch).await?;
        let found: HashMap<&str, &str> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let of = |message: Option<MessageId>| {
            let id = found.get(message?.as_str())?;
            Some(id.parse().map_err(|e| corrupt("messages")(&e)))
        };
        messages.into_iter().map(|message| of(message).transpose()).collect()
    }

    async fn add_insights(&self, messages: &mut [MessageView]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let keys = messages.iter().map(|view| row![view.message.id.as_str()]).collect();
        batch.keyed("SELECT message, connection, insight, kind FROM insights WHERE message IN", keys);
        let mut insights: HashMap<String, Vec<InsightView>> = HashMap::new();
        let mut rows = self.read(batch).await?;
        rows.sort_by(|a, b| {
            let place = |row: &Row| (row.get::<String, _>(1), row.get::<String, _>(3));
            place(a).cmp(&place(b))
        });
        for row in rows {
            let bad = corrupt("insights");
            let connection = row.get::<String, _>(1).parse().map_err(|e| bad(&e))?;
            let insight = serde_json::from_str(row.get(2)).map_err(|e| bad(&e))?;
            insights.entry(row.get(0)).or_default().push(InsightView { connection, insight });
        }
        for view in messages {
            view.insights = insights.remove(view.message.id.as_str()).unwrap_or_default();
        }
        Ok(())
    }

    /// When a person last wrote on a connection: milliseconds since the epoch.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_received(
        &self,
        profile: &ProfileId,
        connection: &ConnectionId,
    ) -> Result<Option<i64>, StoreError> {
        let Some(profile) = self.current(profile.as_str()).await? else { return Ok(None) };
        let mut batch = Batch::default();
        batch.add(
            "SELECT e.occurred_at FROM events e WHERE e.profile = ? AND e.kind = 'message-received' \
             AND e.connection = ? ORDER BY e.occurred_at DESC LIMIT 1",
            row![profile.as_str(), connection.as_str()],
        );
        Ok(self.read(batch).await?.first().map(|row| row.get(0)))
    }
}

fn message(row: &Row) -> Result<MessageView, StoreError> {
    let bad = corrupt("messages");
    let (profile, conversation): (Option<String>, Option<String>) = (row.get(1), row.get(2));
    Ok(MessageView {
        message: serde_json::from_str(row.get(0)).map_err(|e| bad(&e))?,
        profile: profile.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        conversation: conversation.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        insights: Vec::new(),
    })
}

/// The message that an event is about.
fn about(key: &IdKey, event: &Event) -> Option<MessageId> {
    let vendor_id = match &event.said.body {
        Body::MessageReceived(message) | Body::MessageSent(message) => &message.id,
        Body::MessageEdited(edit) => &edit.id,
        Body::MessageDeleted(deleted) => &deleted.id,
        Body::Reaction(reaction) => &reaction.message,
        Body::MessageStatus(status) => &status.message,
        Body::Insight(insight) => return Some(insight.message.clone()),
        Body::Conversation(handling) => return Some(handling.message.clone()),
        Body::Note(note) => return Some(note.message.clone()),
        _ => return None,
    };
    Some(MessageId::derived(key, &[event.connection.as_str(), vendor_id]))
}
