//! What plugins keep for themselves, each connection for its own.

use super::batch::{Batch, Filtered, row};
use super::locks::{Locks, Stand};
use super::{Store, StoreError};
use crate::model::id::ConnectionId;

impl Store {
    /// The value under a key; `None` when there is none or its time is over.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kv_get(&self, connection: &ConnectionId, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let now = self.inner.ambient.now_ms();
        let mut batch = Batch::default();
        batch.add(
            "SELECT value FROM key_values WHERE connection = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)",
            row![connection.as_str(), key, now],
        );
        Ok(self.read(batch).await?.first().map(|row| row.get(0)))
    }

    /// Sets a value, for ever or for `keep_for` milliseconds; with `if_absent` only where there is none.
    /// Says whether it was set.
    ///
    /// # Errors
    /// [`StoreError::Quota`] when keys and values would come to more than `quota` bytes.
    pub async fn kv_set(
        &self,
        connection: &ConnectionId,
        key: &str,
        value: Vec<u8>,
        keep_for: Option<u64>,
        if_absent: bool,
        quota: u64,
    ) -> Result<bool, StoreError> {
        let now = self.inner.ambient.now_ms();
        let expires = keep_for.map(|ms| now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
        let (connection, key) = (connection.clone(), key.to_owned());
        self.inner
            .writer
            .transact_as(Stand::Beside, move |database| {
                Box::pin(async move {
                    let own = connection.as_str();
                    let mut locks = Locks::default();
                    locks.name("key-values", own);
                    locks.take(database).await?;
                    let mut look = Batch::default();
                    look.add("DELETE FROM key_values WHERE connection = ? AND expires_at <= ?", row![own, now]);
                    look.add(
                        "SELECT CAST(coalesce(sum(CASE WHEN key = ? THEN 0 ELSE octet_length(key) + octet_length(value) END), 0) \
                         AS BIGINT), count(CASE WHEN key = ? THEN 1 END) FROM key_values WHERE connection = ?",
                        row![key.as_str(), key.as_str(), own],
                    );
                    let rows = look.fetch(database).await?;
                    let (others, present) = rows.first().map_or((0_i64, 0_i64), |row| (row.get(0), row.get(1)));
                    if if_absent && present != 0 {
                        return Ok(false);
                    }
                    let size = u64::try_from(others).unwrap_or(0) + (key.len() + value.len()) as u64;
                    if size > quota {
                        return Err(StoreError::Quota { quota });
                    }
                    let mut set = Batch::default();
                    let kept = row![own, key, value, expires];
                    set.replace("key_values", "connection, key", "value, expires_at", vec![kept]);
                    set.execute(database).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Removes a key; no error when there is none.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn kv_delete(&self, connection: &ConnectionId, key: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM key_values WHERE connection = ? AND key = ?", row![connection.as_str(), key]);
        self.write(batch).await.map(|_| ())
    }

    /// The keys that begin with `prefix`, sorted, at most `limit`, those after `after`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kv_keys(
        &self,
        connection: &ConnectionId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let now = self.inner.ambient.now_ms();
        let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        let mut asked = Filtered::new(
            "SELECT key FROM key_values WHERE connection = ? AND substr(key, 1, CAST(? AS INTEGER)) = ? AND key >= ? \
             AND (expires_at IS NULL OR expires_at > ?)",
            row![connection.as_str(), length, prefix, prefix, now],
        );
        asked.and("AND key > ?", after);
        asked.and("ORDER BY key LIMIT ?", Some(limit));
        let batch = asked.batch();
        Ok(self.read(batch).await?.iter().map(|row| row.get(0)).collect())
    }
}
