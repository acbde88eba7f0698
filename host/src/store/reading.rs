//! What accounts keep of conversations: how far each has read, and what it has begun to write.

use super::batch::{Batch, row};
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::conversation::{ConversationView, Place};
use crate::model::id::{AccountId, ConnectionId, ConversationId};

/// What an account has begun to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Over which connection it is to go, where that was chosen.
    pub connection: Option<ConnectionId>,
    /// The text.
    pub text: String,
    /// When it was changed: milliseconds since the epoch, UTC.
    pub changed_at: i64,
}

impl Store {
    /// An account has read a conversation up to a message, and no less than before.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn mark_read(
        &self,
        conversation: &ConversationView,
        account: &AccountId,
        upto: &Place,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "INSERT INTO reading VALUES (?, ?, ?, ?) ON CONFLICT (conversation, account) DO UPDATE \
             SET at = excluded.at, message = excluded.message \
             WHERE (excluded.at, excluded.message) > (reading.at, reading.message)",
            row![conversation.id.as_str(), account.as_str(), upto.at, upto.id.as_str()],
        );
        self.write(batch).await.map(drop)
    }

    /// Lets an account find a conversation unread again.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn mark_unread(
        &self,
        conversation: &ConversationView,
        account: &AccountId,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "DELETE FROM reading WHERE conversation = ? AND account = ?",
            row![conversation.id.as_str(), account.as_str()],
        );
        self.write(batch).await.map(drop)
    }

    /// What an account has begun to write in a conversation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn draft(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
    ) -> Result<Option<Draft>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT connection, text, changed_at FROM drafts WHERE conversation = ? AND account = ?",
            row![conversation.as_str(), account.as_str()],
        );
        let rows = self.read(batch).await?;
        let read = |row: &super::engine::Row| {
            let connection: Option<String> = row.get(0);
            let connection = connection.map(|id| id.parse()).transpose();
            let connection = connection.map_err(|e| corrupt("drafts")(&e))?;
            Ok(Draft { connection, text: row.get(1), changed_at: row.get(2) })
        };
        rows.first().map(read).transpose()
    }

    /// Keeps what an account has begun to write; nothing is kept of an empty text.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn keep_draft(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
        connection: Option<&ConnectionId>,
        text: &str,
    ) -> Result<(), StoreError> {
        let (own, who) = (conversation.as_str(), account.as_str());
        let mut batch = Batch::default();
        if text.trim().is_empty() {
            batch.add("DELETE FROM drafts WHERE conversation = ? AND account = ?", row![own, who]);
        } else {
            let now = self.inner.ambient.now_ms();
            let connection = connection.map(ConnectionId::as_str);
            let row = row![own, who, connection, text, now];
            batch.replace("drafts", "conversation, account", "connection, text, changed_at", vec![row]);
        }
        self.write(batch).await.map(drop)
    }
}
