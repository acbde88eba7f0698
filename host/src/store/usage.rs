//! What plugins used, in hourly buckets for each connection.

use super::batch::{Batch, Filtered, row};
use super::engine::Row;
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::id::ConnectionId;
use crate::model::usage::{Hour, Usage};

/// Whose usage, and since when.
#[derive(Debug, Clone, Default)]
pub struct UsageFilter {
    /// Only that of one connection.
    pub connection: Option<ConnectionId>,
    /// Only that of connections of one plugin, those removed since included.
    pub plugin: Option<String>,
    /// Only hours that began then or later: milliseconds since the epoch, UTC.
    pub since: i64,
}

impl Store {
    /// Adds what was used since the last time, and forgets hours that began before `keep_since`.
    ///
    /// # Errors
    /// When it cannot be committed now; nothing was added then.
    pub async fn add_usage(&self, hours: Vec<Hour<ConnectionId>>, keep_since: i64) -> Result<(), StoreError> {
        self.inner
            .writer
            .transact(move |database| {
                Box::pin(async move {
                    let mut write = Batch::default();
                    for hour in hours {
                        let mut look = Batch::default();
                        look.add(
                            "SELECT sums FROM usage WHERE connection = ? AND hour = ?",
                            row![hour.of.as_str(), hour.at],
                        );
                        let mut sums = hour.usage;
                        if let Some(row) = look.fetch(database).await?.first() {
                            sums.merge(&read(row.get(0))?);
                        }
                        let text = serde_json::to_string(&sums).map_err(|e| corrupt("usage")(&e))?;
                        let sums = row![hour.of.as_str(), hour.at, text];
                        write.replace("usage", "connection, hour", "sums", vec![sums]);
                    }
                    write.add("DELETE FROM usage WHERE hour < ?", row![keep_since]);
                    write.execute(database).await?;
                    Ok(())
                })
            })
            .await
    }

    /// What was used, hour by hour, the oldest first, with the plugin of each connection.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<(String, Hour<ConnectionId>)>, StoreError> {
        let mut asked = Filtered::new(
            "SELECT c.plugin, u.connection, u.hour, u.sums FROM usage u JOIN connections c ON c.id = u.connection \
             WHERE u.hour >= ?",
            row![filter.since],
        );
        asked.and("AND u.connection = ?", filter.connection.as_ref().map(ConnectionId::as_str));
        asked.and("AND c.plugin = ?", filter.plugin.as_deref());
        asked.also("ORDER BY u.hour, u.connection");
        let batch = asked.batch();
        let rows = self.read(batch).await?;
        let hour = |row: &Row| {
            let of = row.get::<String, _>(1).parse().map_err(|e| corrupt("usage")(&e))?;
            Ok((row.get(0), Hour { of, at: row.get(2), usage: read(row.get(3))? }))
        };
        rows.iter().map(hour).collect()
    }
}

fn read(text: &str) -> Result<Usage, StoreError> {
    serde_json::from_str(text).map_err(|e| corrupt("usage")(&e))
}
