//! Access tokens that must outlast a restart, sealed like secrets.

use zeroize::Zeroizing;

use super::batch::{Batch, row};
use super::{Store, StoreError};
use crate::model::id::ConnectionId;

/// What a sealed token is bound to besides its connection: no secret has a colon in its name.
fn place(name: &str) -> String {
    format!("oauth:{name}")
}

impl Store {
    /// What was last kept of a connection's access token; `None` when nothing was.
    ///
    /// # Errors
    /// When it does not open, or the database cannot be read.
    pub async fn access_token(
        &self,
        connection: &ConnectionId,
        name: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT sealed FROM access_tokens WHERE connection = ? AND name = ?",
            row![connection.as_str(), name],
        );
        let rows = self.read(batch).await?;
        rows.first().map(|row| self.inner.vault.unseal(connection, &place(name), row.get(0))).transpose()
    }

    /// Keeps what must not be lost of a connection's access token.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn keep_access_token(
        &self,
        connection: &ConnectionId,
        name: &str,
        value: &[u8],
    ) -> Result<(), StoreError> {
        let sealed = self.inner.vault.seal(&self.inner.ambient, connection, &place(name), value)?;
        let mut batch = Batch::default();
        batch.replace(
            "access_tokens",
            "connection, name",
            "sealed",
            vec![row![connection.as_str(), name, sealed]],
        );
        self.write(batch).await.map(|_| ())
    }
}
