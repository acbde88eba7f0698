//! Secrets are replaced, and what they were before.

use zeroize::Zeroizing;

use super::batch::{Batch, row};
use super::connections::count;
use super::engine::Row;
use super::{Audit, Store, StoreError};
use crate::model::id::ConnectionId;

/// How many earlier values of one secret are kept.
const FORMER: i64 = 4;

/// A secret's new value, and what becomes of the one before.
#[derive(Clone)]
pub struct NewSecret {
    /// Its name.
    pub name: String,
    /// The value in clear; it is sealed before it is written.
    pub value: Zeroizing<Vec<u8>>,
    /// Whether the value before is kept sealed, so that an answer that repeats it can be recognized.
    pub remember: bool,
    /// Until when the value before goes on verifying what comes in: milliseconds since the epoch, UTC.
    /// `None`: from now on neither that nor any earlier one does. Where it is set, the value is kept too.
    pub verify_until: Option<i64>,
    /// The access tokens that were made of the value before and are kept no more.
    pub tokens: Vec<String>,
}

/// A value that a secret had before.
pub struct FormerSecret {
    /// The secret's name.
    pub name: String,
    /// The value in clear.
    pub value: Zeroizing<Vec<u8>>,
    /// Until when it verifies what comes in, where it does at all: milliseconds since the epoch, UTC.
    pub verify_until: Option<i64>,
}

impl Store {
    /// Sets a secret of a connection, with who did it in the same commit. A running hub notices within a
    /// second.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn replace_secret(
        &self,
        connection: &ConnectionId,
        new: &NewSecret,
        audit: Audit,
    ) -> Result<(), StoreError> {
        let ambient = &self.inner.ambient;
        let sealed = self.inner.vault.seal(ambient, connection, &new.name, &new.value)?;
        let (id, name) = (connection.as_str(), new.name.as_str());
        let mut batch = Batch::default();
        if new.verify_until.is_none() {
            batch.add(
                "UPDATE former_secrets SET verify_until = NULL WHERE connection = ? AND name = ?",
                row![id, name],
            );
        }
        if new.remember || new.verify_until.is_some() {
            // Sealed in its place, it opens in that place.
            batch.add(
                "INSERT INTO former_secrets (connection, name, sealed, verify_until) \
                 SELECT connection, name, sealed, ? FROM secrets WHERE connection = ? AND name = ?",
                row![new.verify_until, id, name],
            );
            batch.add(
                "DELETE FROM former_secrets WHERE connection = ? AND name = ? AND n NOT IN (SELECT n \
                 FROM former_secrets WHERE connection = ? AND name = ? ORDER BY n DESC LIMIT ?)",
                row![id, name, id, name, FORMER],
            );
        } else {
            batch.add("DELETE FROM former_secrets WHERE connection = ? AND name = ?", row![id, name]);
        }
        batch.replace("secrets", "connection, name", "sealed", vec![row![id, name, sealed]]);
        for token in &new.tokens {
            batch
                .add("DELETE FROM access_tokens WHERE connection = ? AND name = ?", row![id, token.as_str()]);
        }
        audit.write(&mut batch, ambient.now_ms(), id);
        count(&mut batch);
        self.write(batch).await.map(drop)
    }

    /// The values that secrets of a connection had before, the oldest first. One that does not open with the
    /// present key is left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn former_secrets(&self, connection: &ConnectionId) -> Result<Vec<FormerSecret>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT name, sealed, verify_until FROM former_secrets WHERE connection = ? ORDER BY n",
            row![connection.as_str()],
        );
        let rows = self.read(batch).await?;
        let open = |row: &Row| {
            let name: String = row.get(0);
            let value = self.inner.vault.unseal(connection, &name, row.get(1)).ok()?;
            Some(FormerSecret { name, value, verify_until: row.get(2) })
        };
        Ok(rows.iter().filter_map(open).collect())
    }
}

impl std::fmt::Debug for NewSecret {
    /// Names it, and does not tell it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSecret({})", self.name)
    }
}

impl std::fmt::Debug for FormerSecret {
    /// Names it, and does not tell it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FormerSecret({} until {:?})", self.name, self.verify_until)
    }
}
