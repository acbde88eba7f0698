//! What lay in the plugins' folder when it was last looked at, so that what was changed there by hand gets
//! into the audit log: once, whoever looks, and also when the hub did not run.

use std::collections::BTreeMap;

use super::audit::Audit;
use super::batch::{Batch, row};
use super::engine::Row;
use super::{Store, StoreError};

/// A file in the plugins' folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFile {
    /// Its name in the folder.
    pub file: String,
    /// The plugin it is, or the file's stem where it cannot be used.
    pub plugin: String,
    /// What it is.
    pub content: FileContent,
}

/// What a file in the plugins' folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// A plugin: its version, and the SHA-256 of the file in lower-case hex.
    Version {
        /// What it calls itself.
        version: String,
        /// The hash.
        hash: String,
    },
    /// No plugin, for that reason.
    Unusable(String),
    /// Perhaps not all of it yet: nothing is said of it.
    Arriving,
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    plugin: String,
    version: String,
    hash: String,
}

impl Known {
    fn of(file: &PluginFile) -> Option<Self> {
        let (version, hash) = match &file.content {
            FileContent::Version { version, hash } => (version.clone(), hash.clone()),
            FileContent::Unusable(_) => (String::new(), String::new()),
            FileContent::Arriving => return None,
        };
        Some(Self { plugin: file.plugin.clone(), version, hash })
    }

    fn words(&self) -> String {
        if self.hash.is_empty() {
            return "a file that cannot be used".to_owned();
        }
        format!("version {} ({})", self.version, self.hash)
    }
}

/// What was changed: the plugin it happened to, what happened, and the details.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    plugin: String,
    action: &'static str,
    detail: String,
}

const ALL: &str = "SELECT file, plugin, version, hash FROM plugin_files";

fn read(rows: &[Row]) -> BTreeMap<String, Known> {
    let known = |row: &Row| Known { plugin: row.get(1), version: row.get(2), hash: row.get(3) };
    rows.iter().map(|row| (row.get(0), known(row))).collect()
}

/// What is different now, in the order of the files' names.
fn differences(before: &BTreeMap<String, Known>, now: &[PluginFile]) -> Vec<Difference> {
    let mut all = Vec::new();
    for file in now {
        let Some(new) = Known::of(file) else { continue };
        let why = match &file.content {
            FileContent::Unusable(why) => format!(": {why}"),
            _ => String::new(),
        };
        let old = before.get(&file.file);
        let (action, detail) = match old {
            Some(old) if *old == new => continue,
            Some(old) if old.plugin == new.plugin => (
                "plugin-replaced",
                format!("{}: {} in place of {}{why}", file.file, new.words(), old.words()),
            ),
            Some(_) | None => ("plugin-found", format!("{}: {}{why}", file.file, new.words())),
        };
        all.extend(old.filter(|old| old.plugin != new.plugin).map(|old| gone(&file.file, old)));
        all.push(Difference { plugin: new.plugin, action, detail });
    }
    let left = before.iter().filter(|(name, _)| !now.iter().any(|file| file.file == **name));
    all.extend(left.map(|(name, old)| gone(name, old)));
    all
}

fn gone(file: &str, old: &Known) -> Difference {
    let detail = format!("{file}: {}", old.words());
    Difference { plugin: old.plugin.clone(), action: "plugin-gone", detail }
}

/// Keeps a file as it now is.
fn keep(batch: &mut Batch, file: &str, known: &Known) {
    batch.add(
        "INSERT INTO plugin_files VALUES (?,?,?,?) ON CONFLICT (file) DO UPDATE SET plugin = excluded.plugin, \
         version = excluded.version, hash = excluded.hash",
        row![file, known.plugin.as_str(), known.version.as_str(), known.hash.as_str()],
    );
}

impl Store {
    /// Compares the folder with what it was, and notes in the audit log what `who` changed meanwhile. Says
    /// how much that was.
    ///
    /// # Errors
    /// When the database cannot be read, or what is different cannot be committed now.
    pub async fn plugin_files_seen(&self, now: Vec<PluginFile>, who: &str) -> Result<usize, StoreError> {
        let mut batch = Batch::default();
        batch.add(ALL, row![]);
        if differences(&read(&self.read(batch).await?), &now).is_empty() {
            return Ok(0);
        }
        let (who, at) = (who.to_owned(), self.inner.ambient.now_ms());
        self.inner
            .writer
            .transact(move |database| {
                Box::pin(async move {
                    // Once more: another process may have noted it meanwhile.
                    let mut batch = Batch::default();
                    batch.add(ALL, row![]);
                    let before = read(&batch.fetch(database).await?);
                    let different = differences(&before, &now);
                    let count = different.len();
                    let mut batch = Batch::default();
                    for Difference { plugin, action, detail } in different {
                        Audit { who: who.clone(), action, detail }.write(&mut batch, at, &plugin);
                    }
                    for file in &now {
                        if let Some(known) = Known::of(file) {
                            keep(&mut batch, &file.file, &known);
                        }
                    }
                    for name in before.keys().filter(|name| !now.iter().any(|file| file.file == **name)) {
                        batch.add("DELETE FROM plugin_files WHERE file = ?", row![name.as_str()]);
                    }
                    if !batch.is_empty() {
                        batch.execute(database).await?;
                    }
                    Ok(count)
                })
            })
            .await
    }

    /// Notes that somebody put a plugin's file into the folder; that it is there is then no news.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn plugin_installed(&self, file: &PluginFile, audit: Audit) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        if let Some(known) = Known::of(file) {
            keep(&mut batch, &file.file, &known);
        }
        audit.write(&mut batch, self.inner.ambient.now_ms(), &file.plugin);
        self.write(batch).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Ambient;
    use crate::store::StoreOptions;

    fn version(file: &str, plugin: &str, version: &str) -> PluginFile {
        let content = FileContent::Version { version: version.to_owned(), hash: format!("hash-{version}") };
        PluginFile { file: file.to_owned(), plugin: plugin.to_owned(), content }
    }

    #[tokio::test]
    async fn what_is_changed_in_the_folder_is_noted_once_and_never_what_is_still_arriving() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&StoreOptions::at(folder.path().join("hub.db")), Ambient::system())
            .await
            .expect("opened");
        let unusable = |content| PluginFile { file: "a.wasm".to_owned(), plugin: "a".to_owned(), content };
        let steps = [
            (vec![version("a.wasm", "a", "1")], vec!["a plugin-found a.wasm: version 1 (hash-1)"]),
            (vec![version("a.wasm", "a", "1")], vec![]),
            (
                vec![version("a.wasm", "a", "2")],
                vec!["a plugin-replaced a.wasm: version 2 (hash-2) in place of version 1 (hash-1)"],
            ),
            (vec![unusable(FileContent::Arriving)], vec![]),
            (
                vec![unusable(FileContent::Unusable("it is empty".to_owned()))],
                vec![
                    "a plugin-replaced a.wasm: a file that cannot be used in place of version 2 (hash-2): it is \
                     empty",
                ],
            ),
            (
                vec![version("a.wasm", "b", "3")],
                vec![
                    "a plugin-gone a.wasm: a file that cannot be used",
                    "b plugin-found a.wasm: version 3 (hash-3)",
                ],
            ),
            (vec![], vec!["b plugin-gone a.wasm: version 3 (hash-3)"]),
            (vec![], vec![]),
        ];
        let mut noted = 0;
        for (now, expected) in steps {
            let count = store.plugin_files_seen(now, "somebody").await.expect("compared");
            assert_eq!(count, expected.len());
            noted += count;
            let mut log = store.audit(&crate::store::AuditFilter::default(), None, 100).await.expect("read");
            assert_eq!(log.len(), noted);
            log.truncate(count);
            let said: Vec<String> =
                log.iter().rev().map(|e| format!("{} {} {}", e.subject, e.action, e.detail)).collect();
            assert_eq!(said, expected);
        }
        let audit = Audit { who: "somebody".to_owned(), action: "plugin-installed", detail: String::new() };
        store.plugin_installed(&version("a.wasm", "a", "1"), audit).await.expect("noted");
        let count = store.plugin_files_seen(vec![version("a.wasm", "a", "1")], "x").await.expect("compared");
        assert_eq!(count, 0, "what was installed is no news");
        store.close().await;
    }
}
