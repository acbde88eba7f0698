//! Connections and their sealed secrets.

use zeroize::Zeroizing;

use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::connection::{Connection, ConnectionState};
use crate::model::id::ConnectionId;
use crate::model::normal::Region;

/// A connection to add.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// The plugin's name.
    pub plugin: String,
    /// What people call it.
    pub title: String,
    /// Its settings, already checked against the manifest.
    pub settings: serde_json::Value,
    /// How far it outranks other sources.
    pub priority: i32,
    /// Where its phone numbers are dialled when they say no country.
    pub region: Option<Region>,
    /// Its secrets in clear; they are sealed before they are written.
    pub secrets: Vec<(String, Zeroizing<Vec<u8>>)>,
}

const COLUMNS: &str = "id, plugin, title, state, settings, priority, created_at, region";

fn read(row: &Row) -> Result<Connection, StoreError> {
    let bad = corrupt("connections");
    Ok(Connection {
        id: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        plugin: row.get(1),
        title: row.get(2),
        state: ConnectionState::from_name(row.get(3)).ok_or_else(|| bad(&"an unknown state"))?,
        settings: serde_json::from_str(row.get(4)).map_err(|e| bad(&e))?,
        priority: row.get(5),
        created_at: row.get(6),
        region: row.get::<Option<String>, _>(7).map(Region::try_from).transpose().map_err(|e| bad(&e))?,
    })
}

/// Makes the change visible to whoever looks at the revision, in this process or another.
pub(super) fn count(batch: &mut Batch) {
    batch.add(
        "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'revision'",
        row![],
    );
}

impl Store {
    /// Adds a connection.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn add_connection(&self, new: NewConnection) -> Result<Connection, StoreError> {
        let ambient = &self.inner.ambient;
        let connection = Connection {
            id: ConnectionId::random(ambient.random16()),
            plugin: new.plugin,
            title: new.title,
            state: ConnectionState::Active,
            settings: new.settings,
            priority: new.priority,
            created_at: ambient.now_ms(),
            region: new.region,
        };
        let mut batch = Batch::default();
        batch.add(
            &format!("INSERT INTO connections ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)"),
            row![
                connection.id.as_str(),
                connection.plugin.as_str(),
                connection.title.as_str(),
                connection.state.as_str(),
                connection.settings.to_string(),
                i64::from(connection.priority),
                connection.created_at,
                connection.region.map(String::from),
            ],
        );
        for (name, value) in &new.secrets {
            let sealed = self.inner.vault.seal(ambient, &connection.id, name, value)?;
            batch.add(
                "INSERT INTO secrets VALUES (?,?,?)",
                row![connection.id.as_str(), name.as_str(), sealed],
            );
        }
        count(&mut batch);
        self.write(batch).await?;
        Ok(connection)
    }

    /// One connection.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!("SELECT {COLUMNS} FROM connections WHERE id = ? AND removed_at IS NULL"),
            row![id.as_str()],
        );
        self.read(batch).await?.first().map(read).transpose()
    }

    /// Every connection, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        let mut batch = Batch::default();
        let sql =
            format!("SELECT {COLUMNS} FROM connections WHERE removed_at IS NULL ORDER BY created_at, id");
        batch.add(&sql, row![]);
        self.read(batch).await?.iter().map(read).collect()
    }

    /// Pauses or resumes a connection; says whether there is one.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn set_connection_state(
        &self,
        id: &ConnectionId,
        state: ConnectionState,
    ) -> Result<bool, StoreError> {
        if self.connection(id).await?.is_none() {
            return Ok(false);
        }
        let mut batch = Batch::default();
        batch.add("UPDATE connections SET state = ? WHERE id = ?", row![state.as_str(), id.as_str()]);
        count(&mut batch);
        self.write(batch).await?;
        Ok(true)
    }

    /// Sets where a connection's phone numbers are dialled when they say no country, for what comes from now on; says
    /// whether there is such a connection.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn set_region(&self, id: &ConnectionId, region: Option<Region>) -> Result<bool, StoreError> {
        if self.connection(id).await?.is_none() {
            return Ok(false);
        }
        let mut batch = Batch::default();
        batch.add(
            "UPDATE connections SET region = ? WHERE id = ?",
            row![region.map(String::from), id.as_str()],
        );
        count(&mut batch);
        self.write(batch).await?;
        Ok(true)
    }

    /// Removes a connection with its secrets, its cursor and what its plugin kept; says whether there was
    /// one. What it told the hub stays, and so does its title, which says where values came from.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn remove_connection(&self, id: &ConnectionId) -> Result<bool, StoreError> {
        if self.connection(id).await?.is_none() {
            return Ok(false);
        }
        let mut batch = Batch::default();
        batch.add(
            "UPDATE connections SET removed_at = ? WHERE id = ?",
            row![self.inner.ambient.now_ms(), id.as_str()],
        );
        let tables = [
            "secrets",
            "cursors",
            "key_values",
            "jobs",
            "access_tokens",
            "connection_limits",
            "breakers",
            "polls",
            "former_secrets",
            "connection_schedules",
            "addresses",
        ];
        for table in tables {
            batch.add(&format!("DELETE FROM {table} WHERE connection = ?"), row![id.as_str()]);
        }
        count(&mut batch);
        self.write(batch).await?;
        Ok(true)
    }

    /// A number that grows with every change of a connection, whichever process made it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'revision'", row![]);
        Ok(self.read(batch).await?.first().map_or(0, |row| row.get(0)))
    }

    /// A secret in clear; `None` when it was not set.
    ///
    /// # Errors
    /// When it does not open, or the database cannot be read.
    pub async fn secret(
        &self,
        id: &ConnectionId,
        name: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT sealed FROM secrets WHERE connection = ? AND name = ?", row![id.as_str(), name]);
        let rows = self.read(batch).await?;
        rows.first().map(|row| self.inner.vault.unseal(id, name, row.get(0))).transpose()
    }

    /// Every secret of a connection in clear.
    ///
    /// # Errors
    /// When one does not open, or the database cannot be read.
    pub async fn secrets(&self, id: &ConnectionId) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT name, sealed FROM secrets WHERE connection = ? ORDER BY name", row![id.as_str()]);
        let rows = self.read(batch).await?;
        let open = |row: &Row| {
            let name: String = row.get(0);
            let value = self.inner.vault.unseal(id, &name, row.get(1))?;
            Ok((name, value))
        };
        rows.iter().map(open).collect()
    }

    /// The names of the secrets that are set.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn secret_names(&self, id: &ConnectionId) -> Result<Vec<String>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT name FROM secrets WHERE connection = ? ORDER BY name", row![id.as_str()]);
        Ok(self.read(batch).await?.iter().map(|row| row.get(0)).collect())
    }

    /// Where a connection's poller goes on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cursor(&self, id: &ConnectionId) -> Result<Option<String>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT cursor FROM cursors WHERE connection = ?", row![id.as_str()]);
        Ok(self.read(batch).await?.first().map(|row| row.get(0)))
    }
}
