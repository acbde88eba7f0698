//! How connections write the names that are compared in another form.

use std::collections::HashMap;

use super::batch::{Batch, row};
use super::engine::Row;
use super::{Store, StoreError};
use crate::model::id::ConnectionId;
use crate::model::identifier::Identifier;
use crate::model::normal::Written;

impl Store {
    /// Keeps how a connection writes names; what is kept already costs a look.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn keep_written(&self, id: &ConnectionId, written: &[Written]) -> Result<(), StoreError> {
        let names: Vec<&Identifier> = written.iter().map(|written| &written.identifier).collect();
        let known = self.written(id, &names).await?;
        let mut batch = Batch::default();
        let mut news = false;
        for Written { identifier, address } in written {
            if known.get(identifier) == Some(address) {
                continue;
            }
            news = true;
            let Identifier { namespace, value } = identifier;
            batch.replace(
                "addresses",
                "connection, namespace, value",
                "address",
                vec![row![id.as_str(), namespace.as_str(), value.as_str(), address.as_str()]],
            );
        }
        if news { self.write(batch).await.map(|_| ()) } else { Ok(()) }
    }

    /// How a connection writes names, where it writes them otherwise than they are compared.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn written(
        &self,
        id: &ConnectionId,
        names: &[&Identifier],
    ) -> Result<HashMap<Identifier, String>, StoreError> {
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let mut batch = Batch::default();
        for name in names {
            batch.add(
                "SELECT namespace, value, address FROM addresses WHERE connection = ? AND namespace = ? AND value = ?",
                row![id.as_str(), name.namespace.as_str(), name.value.as_str()],
            );
        }
        let rows = self.read(batch).await?;
        let read = |row: &Row| (Identifier { namespace: row.get(0), value: row.get(1) }, row.get(2));
        Ok(rows.iter().map(read).collect())
    }
}
