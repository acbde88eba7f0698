//! The rules of identity that are in force. They stand in the database, so that every process that writes
//! folds by the same ones, and so that changing the configuration alone changes nobody.

use super::batch::{Batch, row};
use super::engine::Database;
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::rules::Rules;

/// Rules as they stand in the database.
#[derive(Debug, Clone)]
pub(super) struct InForce {
    pub(super) text: String,
    pub(super) rules: Rules,
    /// Whether anybody was ever erased, so that events are held against tombstones.
    pub(super) erased: bool,
}

impl InForce {
    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        let rules = text.parse().map_err(|e| corrupt("meta")(&e))?;
        Ok(Self { text: text.to_owned(), rules, erased: false })
    }
}

/// Reads the rules in force, and whether they are new: a database that has none gets `wanted`.
pub(super) async fn in_force(write: &mut Database, wanted: &Rules) -> Result<(InForce, bool), StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT count(*) FROM meta WHERE name = 'rules'", row![]);
    batch.add("INSERT INTO meta VALUES ('rules', ?) ON CONFLICT DO NOTHING", row![wanted.to_string()]);
    batch.add("SELECT value FROM meta WHERE name = 'rules'", row![]);
    let rows = batch.fetch(write).await?;
    let new = rows.first().is_none_or(|row| row.get::<i64, _>(0) == 0);
    Ok((InForce::read(rows.last().map(|row| row.get::<&str, _>(0)).unwrap_or_default())?, new))
}

/// Whether a step of the database's shape asks for everybody to be folded anew.
pub(super) async fn fold_anew(store: &Store) -> Result<bool, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT count(*) FROM meta WHERE name = 'fold-anew'", row![]);
    Ok(store.read(batch).await?.first().is_some_and(|row| row.get::<i64, _>(0) > 0))
}

/// It was done.
pub(super) async fn folded_anew(store: &Store) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.add("DELETE FROM meta WHERE name = 'fold-anew'", row![]);
    store.write(batch).await.map(drop)
}

impl Store {
    /// The rules of identity that are in force.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn rules(&self) -> Result<Rules, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT value FROM meta WHERE name = 'rules'", row![]);
        let rows = self.read(batch).await?;
        Ok(InForce::read(rows.first().map(|row| row.get::<&str, _>(0)).unwrap_or_default())?.rules)
    }
}
