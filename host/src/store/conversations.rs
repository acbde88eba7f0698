//! Conversations and their messages.

use std::collections::HashMap;

use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::profiles::{conversation_id, profile_id};
use super::{Page, PageRequest, Store, StoreError};
use crate::model::id::{ConnectionId, ConversationId, MessageId, ProfileId};
use crate::model::message::MessageState;
use crate::model::profile::{Conversation, InsightView, LastMessage, MessageView, Source, Stated, choose};

/// A conversation with its last message and what the person is called.
const LIST: &str = "SELECT p.id, p.message_at, p.received_at, p.received_on, \
    (SELECT m.state FROM messages m WHERE m.profile = p.id AND m.at IS NOT NULL ORDER BY m.at DESC, m.id DESC LIMIT 1), \
    p.id FROM profiles p WHERE p.message_at IS NOT NULL";

fn read(row: &Row) -> Result<Conversation, StoreError> {
    let bad = corrupt("messages");
    let profile = profile_id(row, 0)?;
    let last: Option<MessageState> =
        row.get::<Option<&str>, _>(4).map(serde_json::from_str).transpose().map_err(|e| bad(&e))?;
    let last = last.and_then(|message| {
        let direction = message.content.as_ref()?.direction;
        Some(LastMessage { id: message.id.clone(), direction, text: message.text().to_owned() })
    });
    let received_on: Option<String> = row.get(3);
    Ok(Conversation {
        id: conversation_id(&profile)?,
        profile,
        name: None,
        message_at: row.get(1),
        received_at: row.get(2),
        received_on: received_on.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        last,
    })
}

impl Store {
    /// Conversations, those with the latest message first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn conversations(&self, page: &PageRequest) -> Result<Page<Conversation>, StoreError> {
        let (at, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "{LIST} AND (p.message_at, p.id) < (?, ?) ORDER BY p.message_at DESC, p.id DESC LIMIT ?"
            ),
            row![at, id, page.rows()],
        );
        let found = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut page = Page::of(found, page, |one| (one.message_at, one.profile.to_string()));
        self.call_by_name(&mut page.items).await?;
        Ok(page)
    }

    /// One conversation; a former id finds the one it became part of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        let suffix = id.as_str().trim_start_matches("conv_");
        match self.current(&format!("prof_{suffix}")).await? {
            Some(profile) => self.conversation_of(&profile).await,
            None => Ok(None),
        }
    }

    /// The conversation with a person; `None` before the first message.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_of(&self, profile: &ProfileId) -> Result<Option<Conversation>, StoreError> {
        let Some(profile) = self.current(profile.as_str()).await? else { return Ok(None) };
        let mut batch = Batch::default();
        batch.add(&format!("{LIST} AND p.id = ?"), row![profile.as_str()]);
        let mut found = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.call_by_name(&mut found).await?;
        Ok(found.pop())
    }

    async fn call_by_name(&self, conversations: &mut [Conversation]) -> Result<(), StoreError> {
        let keys = conversations.iter().map(|one| row![one.profile.as_str()]).collect();
        let mut batch = Batch::default();
        batch.keyed(
            "SELECT a.profile, a.value, coalesce(c.priority, 0), a.connection, a.last_event, a.last_at, a.first_at, a.last_place \
             FROM attributes a LEFT JOIN connections c ON c.id = a.connection WHERE a.field = 'name' AND a.profile IN",
            keys,
        );
        let mut stated: HashMap<String, Vec<Stated>> = HashMap::new();
        for row in self.read(batch).await? {
            let bad = corrupt("attributes");
            let source = Source {
                connection: row.get::<String, _>(3).parse().map_err(|e| bad(&e))?,
                title: String::new(),
                event: row.get::<String, _>(4).parse().map_err(|e| bad(&e))?,
                at: row.get(5),
                since: row.get(6),
            };
            let statement = Stated {
                field: "name".to_owned(),
                value: row.get(1),
                priority: row.get(2),
                place: row.get(7),
                source,
            };
            stated.entry(row.get(0)).or_default().push(statement);
        }
        for conversation in conversations {
            let names = stated.remove(conversation.profile.as_str()).unwrap_or_default();
            conversation.name = choose(names, &[]).into_iter().next().map(|view| view.value);
        }
        Ok(())
    }

    /// The messages of the conversation with a person, the latest first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn messages(
        &self,
        profile: &ProfileId,
        page: &PageRequest,
    ) -> Result<Page<MessageView>, StoreError> {
        let (at, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let Some(profile) = self.current(profile.as_str()).await? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut batch = Batch::default();
        batch.add(
            "SELECT m.state, m.profile FROM messages m WHERE m.profile = ? AND m.at IS NOT NULL \
             AND (m.at, m.id) < (?, ?) ORDER BY m.at DESC, m.id DESC LIMIT ?",
            row![profile.as_str(), at, id, page.rows()],
        );
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
            "SELECT m.state, m.profile FROM messages m WHERE m.id = \
             coalesce((SELECT a.message FROM message_aliases a WHERE a.id = ?), ?)",
            row![id.as_str(), id.as_str()],
        );
        let mut found = self.read(batch).await?.iter().map(message).collect::<Result<Vec<_>, _>>()?;
        self.add_insights(&mut found).await?;
        Ok(found.pop())
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
    let profile: Option<String> = row.get(1);
    Ok(MessageView {
        message: serde_json::from_str(row.get(0)).map_err(|e| bad(&e))?,
        profile: profile.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        insights: Vec::new(),
    })
}
