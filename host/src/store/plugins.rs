//! Plugins' versions, and what was granted.

use std::collections::BTreeMap;

use super::audit::Audit;
use super::batch::{Batch, Value, row};
use super::connections::count;
use super::engine::Row;
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::grant::Grants;
use crate::model::installation::{PluginRecord, PluginVersion, VersionState};

/// A file of a plugin, found in the folder.
#[derive(Debug, Clone)]
pub struct FoundVersion {
    /// The plugin's name.
    pub plugin: String,
    /// The SHA-256 of its content in lower-case hex.
    pub hash: String,
    /// What the file calls itself.
    pub version: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it asks for.
    pub asks: Grants,
}

const COLUMNS: &str = "plugin, hash, version, size, asks, state, reason, found_at, served_at";

fn read(row: &Row) -> Result<PluginVersion, StoreError> {
    let bad = corrupt("plugin_versions");
    Ok(PluginVersion {
        plugin: row.get(0),
        hash: row.get(1),
        version: row.get(2),
        size: u64::try_from(row.get::<i64, _>(3)).unwrap_or(0),
        asks: serde_json::from_str(row.get(4)).map_err(|e| bad(&e))?,
        state: VersionState::from_name(row.get(5)).ok_or_else(|| bad(&"an unknown state"))?,
        reason: row.get(6),
        found_at: row.get(7),
        served_at: row.get(8),
    })
}

fn grants_text(grants: &Grants) -> Result<String, StoreError> {
    serde_json::to_string(grants).map_err(|e| corrupt("grants")(&e))
}

impl Store {
    /// Every plugin that was ever found and not removed, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn plugin_records(&self) -> Result<BTreeMap<String, PluginRecord>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT name, serving, grants, rolled_back, NULL, NULL, NULL, NULL, NULL, 0 FROM plugins",
            row![],
        );
        batch.add(&format!("SELECT {COLUMNS}, 1 FROM plugin_versions ORDER BY found_at DESC, hash"), row![]);
        let mut records: BTreeMap<String, PluginRecord> = BTreeMap::new();
        for row in self.read(batch).await? {
            let record = records.entry(row.get(0)).or_default();
            if row.get::<i64, _>(9) == 0 {
                record.serving = row.get(1);
                record.grants = serde_json::from_str(row.get(2)).map_err(|e| corrupt("plugins")(&e))?;
                record.rolled_back_to = row.get(3);
            } else {
                record.versions.push(read(&row)?);
            }
        }
        Ok(records)
    }

    /// Notes that a version was found, or what else this hub reads out of one that is known. Says whether it was
    /// new.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn plugin_found(&self, found: &FoundVersion) -> Result<bool, StoreError> {
        let records = self.plugin_records().await?;
        if let Some(known) = records.get(&found.plugin).and_then(|record| record.version(&found.hash)) {
            // A hub that learned of another grant reads more out of the same file.
            if known.asks != found.asks {
                let mut batch = Batch::default();
                batch.add(
                    "UPDATE plugin_versions SET asks = ? WHERE plugin = ? AND hash = ?",
                    row![grants_text(&found.asks)?, found.plugin.as_str(), found.hash.as_str()],
                );
                self.write(batch).await?;
            }
            return Ok(false);
        }
        let now = self.inner.ambient.now_ms();
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "INSERT INTO plugin_versions ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"
            ),
            row![
                found.plugin.as_str(),
                found.hash.as_str(),
                found.version.as_str(),
                i64::try_from(found.size).unwrap_or(i64::MAX),
                grants_text(&found.asks)?,
                VersionState::Waiting.as_str(),
                Value::Null,
                now,
                Value::Null,
            ],
        );
        Ok(self.write(batch).await? > 0)
    }

    /// Lets a version serve, with these grants, in place of the one that serves now.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn serve_version(
        &self,
        plugin: &str,
        hash: &str,
        grants: &Grants,
        audit: Audit,
    ) -> Result<(), StoreError> {
        let now = self.inner.ambient.now_ms();
        let mut batch = Batch::default();
        batch.add(
            "INSERT INTO plugins (name, serving, grants) VALUES (?,?,?) ON CONFLICT (name) DO UPDATE SET \
             rolled_back = CASE WHEN plugins.rolled_back = 1 AND plugins.serving = excluded.serving THEN 1 ELSE 0 END, \
             serving = excluded.serving, grants = excluded.grants",
            row![plugin, hash, grants_text(grants)?],
        );
        batch.add(
            "UPDATE plugin_versions SET state = 'approved', reason = NULL, served_at = ? WHERE plugin = ? AND hash = ?",
            row![now, plugin, hash],
        );
        audit.write(&mut batch, now, plugin);
        count(&mut batch);
        self.write(batch).await.map(drop)
    }

    /// Takes the version that serves back and lets an earlier one serve, with what was granted.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn roll_version_back(
        &self,
        plugin: &str,
        bad: &str,
        good: &str,
        audit: Audit,
    ) -> Result<(), StoreError> {
        let now = self.inner.ambient.now_ms();
        let mut batch = Batch::default();
        batch.add(
            "UPDATE plugin_versions SET state = 'rolled-back', reason = ? WHERE plugin = ? AND hash = ?",
            row![audit.detail.as_str(), plugin, bad],
        );
        batch.add("UPDATE plugins SET serving = ?, rolled_back = 1 WHERE name = ?", row![good, plugin]);
        batch.add(
            "UPDATE plugin_versions SET served_at = ? WHERE plugin = ? AND hash = ?",
            row![now, plugin, good],
        );
        audit.write(&mut batch, now, plugin);
        count(&mut batch);
        self.write(batch).await.map(drop)
    }

    /// Takes grants back: `left` is what remains, `None` nothing at all; then no version serves.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn revoke_grants(
        &self,
        plugin: &str,
        left: Option<&Grants>,
        audit: Audit,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        match left {
            Some(left) => {
                batch.add("UPDATE plugins SET grants = ? WHERE name = ?", row![grants_text(left)?, plugin]);
            }
            None => {
                batch.add(
                    "UPDATE plugins SET serving = NULL, grants = '[]', rolled_back = 0 WHERE name = ?",
                    row![plugin],
                );
                batch.add(
                    "UPDATE plugin_versions SET state = 'revoked', reason = 'everything was revoked' \
                     WHERE plugin = ? AND state = 'approved'",
                    row![plugin],
                );
            }
        }
        audit.write(&mut batch, self.inner.ambient.now_ms(), plugin);
        count(&mut batch);
        self.write(batch).await.map(drop)
    }

    /// Forgets a plugin with its versions and its file of that name; its entries in the audit log stay.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn forget_plugin(&self, plugin: &str, file: &str, audit: Audit) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM plugin_files WHERE file = ?", row![file]);
        batch.add("DELETE FROM plugins WHERE name = ?", row![plugin]);
        batch.add("DELETE FROM plugin_versions WHERE plugin = ?", row![plugin]);
        audit.write(&mut batch, self.inner.ambient.now_ms(), plugin);
        count(&mut batch);
        self.write(batch).await.map(drop)
    }

    /// Forgets versions that are not kept any longer.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn forget_versions(&self, plugin: &str, hashes: &[String]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for hash in hashes {
            batch.add(
                "DELETE FROM plugin_versions WHERE plugin = ? AND hash = ?",
                row![plugin, hash.as_str()],
            );
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.write(batch).await.map(drop)
    }
}
