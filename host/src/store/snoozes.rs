//! Conversations that were left alone until a moment that has come.

use super::batch::{Batch, row};
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::event::{Deed, Handling};
use crate::model::id::MessageId;

impl Store {
    /// Wakes up to `limit` conversations whose moment has come, in the name of `by`: how many there were. Several
    /// processes may do so at once, it happens once.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn wake_conversations(&self, by: &str, limit: u32) -> Result<usize, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT message, snoozed_until FROM conversations WHERE state = 'snoozed' AND snoozed_until <= ? \
             ORDER BY snoozed_until, id LIMIT ?",
            row![self.inner.ambient.now_ms(), limit],
        );
        let due = self.read(batch).await?;
        for row in &due {
            let bad = corrupt("conversations");
            let message: MessageId = row.get::<String, _>(0).parse().map_err(|e| bad(&e))?;
            let until: i64 = row.get(1);
            let external_id = format!("wake:{message}:{until}");
            let handling = Handling { by: by.to_owned(), message, deed: Deed::Wake(until) };
            // Whoever is gone meanwhile needs no waking.
            let _ = self.handle_at(handling, external_id, until).await?;
        }
        Ok(due.len())
    }
}
