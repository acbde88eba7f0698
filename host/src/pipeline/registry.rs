//! Which plugins are installed and which connections there are, as one picture that requests share.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::join_all;

use super::connection::Live;
use crate::config::Config;
use crate::model::event::EventKind;
use crate::model::id::ConnectionId;
use crate::plugin::{Plugin, Runtime};
use crate::store::{Store, StoreError, Subscription};

/// A file in the folder of plugins.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The plugin's name; the file's where it cannot be read.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What came of it.
    pub state: Installation,
}

/// What came of loading a plugin's file.
#[derive(Debug, Clone)]
pub enum Installation {
    /// It runs.
    Ready(Plugin),
    /// The file was replaced by one that does not load; the one before still runs. The text says what is
    /// wrong with the new one.
    Outdated(Plugin, String),
    /// It does not load; the text says why and what to do.
    Broken(String),
}

impl Installed {
    /// The plugin, when one runs.
    #[must_use]
    pub fn plugin(&self) -> Option<&Plugin> {
        match &self.state {
            Installation::Ready(plugin) | Installation::Outdated(plugin, _) => Some(plugin),
            Installation::Broken(_) => None,
        }
    }

    /// What is wrong with the file, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        match &self.state {
            Installation::Ready(_) => None,
            Installation::Outdated(_, problem) | Installation::Broken(problem) => Some(problem),
        }
    }
}

/// A connection in the picture.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// It works, or is paused.
    Live(Arc<Live>),
    /// It cannot work; the text says why and what to do.
    Broken(String),
}

/// How the file of a plugin looked when it was read.
type Stamp = (PathBuf, u64, Option<SystemTime>);

/// Everything requests need to know, replaced as a whole.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// The store's revision it was made from.
    pub(super) revision: i64,
    /// The files it was made from.
    pub(super) stamps: Vec<Stamp>,
    /// By name.
    pub(super) plugins: BTreeMap<String, Installed>,
    /// By id.
    pub(super) connections: HashMap<String, Entry>,
    /// Which assistants are to be given work.
    pub(super) assistants: Arc<[Subscription]>,
}

impl Snapshot {
    pub(super) fn live(&self, connection: &ConnectionId) -> Option<&Arc<Live>> {
        match self.connections.get(connection.as_str()) {
            Some(Entry::Live(live)) => Some(live),
            _ => None,
        }
    }

    /// Every connection that works or is paused.
    pub(super) fn lives(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.connections.values().filter_map(|entry| match entry {
            Entry::Live(live) => Some(live),
            Entry::Broken(_) => None,
        })
    }
}

/// The plugin files in a folder, sorted by name; none when there is no such folder.
pub(super) fn stamps(directory: &Path) -> Vec<Stamp> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut stamps: Vec<Stamp> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .filter_map(|path| {
            let about = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
            Some((path, about.len(), about.modified().ok()))
        })
        .collect();
    stamps.sort();
    stamps
}

/// Loads every file of a folder, all at once. What did not change since `before` is kept.
pub(super) async fn load(
    runtime: &Runtime,
    directory: &Path,
    before: &Snapshot,
) -> (Vec<Stamp>, BTreeMap<String, Installed>) {
    let stamps = stamps(directory);
    let unchanged = |stamp: &Stamp| before.stamps.contains(stamp);
    let loading = stamps.iter().map(|stamp| async move {
        let old = before.plugins.values().find(|installed| installed.path == stamp.0);
        match old {
            Some(old) if unchanged(stamp) => old.clone(),
            _ => load_file(runtime, &stamp.0, old).await,
        }
    });
    let mut plugins = BTreeMap::new();
    for mut installed in join_all(loading).await {
        if let Some(other) = plugins.get(&installed.name).map(|other: &Installed| other.path.clone()) {
            let file = file_name(&installed.path);
            installed.state = Installation::Broken(format!(
                "the plugin `{}` is installed twice, as {} and {file}: remove one of them",
                installed.name,
                file_name(&other),
            ));
            installed.name = file;
        }
        if let Some(problem) =
            installed.problem().filter(|_| !stamps_contain(before, &stamps, &installed.path))
        {
            tracing::error!(file = %installed.path.display(), problem, "a plugin's file does not load");
        }
        plugins.insert(installed.name.clone(), installed);
    }
    (stamps, plugins)
}

/// Whether a file was there before just as it is now, so that its problem was told already.
fn stamps_contain(before: &Snapshot, now: &[Stamp], path: &Path) -> bool {
    now.iter().find(|stamp| stamp.0 == path).is_some_and(|stamp| before.stamps.contains(stamp))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

async fn load_file(runtime: &Runtime, path: &Path, old: Option<&Installed>) -> Installed {
    let wasm = tokio::fs::read(path).await.map_err(|error| format!("it cannot be read: {error}"));
    let loaded = match wasm {
        Ok(wasm) => runtime.load(&wasm).await.map_err(|error| with_sources(&error)),
        Err(problem) => Err(problem),
    };
    let stem = || path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let (name, state) = match (loaded, old.and_then(Installed::plugin)) {
        (Ok(plugin), _) => (plugin.manifest.name.to_string(), Installation::Ready(plugin)),
        (Err(problem), Some(old)) => {
            (old.manifest.name.to_string(), Installation::Outdated(old.clone(), problem))
        }
        (Err(problem), None) => (stem(), Installation::Broken(problem)),
    };
    Installed { name, path: path.to_owned(), state }
}

/// An error with what it came from, in one line.
pub(super) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

/// Prepares every connection of the store.
pub(super) async fn connect(
    store: &Store,
    config: &Config,
    public_url: &str,
    plugins: &BTreeMap<String, Installed>,
    before: &Snapshot,
) -> Result<HashMap<String, Entry>, StoreError> {
    let mut connections = HashMap::new();
    for connection in store.connections().await? {
        let id = connection.id.clone();
        let plugin = match plugins
            .get(&connection.plugin)
            .map(|installed| (installed.plugin(), installed.problem()))
        {
            Some((Some(plugin), _)) => Ok(plugin.clone()),
            Some((None, problem)) => {
                Err(format!("its plugin does not load: {}", problem.unwrap_or_default()))
            }
            None => Err(format!(
                "its plugin `{}` is not installed: put {}.wasm into {}",
                connection.plugin,
                connection.plugin,
                config.plugin.directory.display()
            )),
        };
        let prepared = match plugin {
            Ok(plugin) => match store.secrets(&id).await {
                Ok(secrets) => {
                    let before = before.live(&id).map(Arc::as_ref);
                    Live::prepare(connection.clone(), plugin, &secrets, config, public_url, before)
                }
                Err(error) => Err(with_sources(&error)),
            },
            Err(problem) => Err(problem),
        };
        let entry = match prepared {
            Ok(live) => {
                if let Some(problem) = live.problem() {
                    tracing::error!(connection = %id, problem, "requests to this connection cannot be verified");
                }
                Entry::Live(Arc::new(live))
            }
            Err(problem) => {
                tracing::error!(connection = %id, problem, "this connection does not work");
                Entry::Broken(problem)
            }
        };
        connections.insert(id.as_str().to_owned(), entry);
    }
    Ok(connections)
}

/// The kinds of events that have words for an assistant to look at.
const WITH_WORDS: [EventKind; 3] =
    [EventKind::MessageReceived, EventKind::MessageSent, EventKind::MessageEdited];

/// The assistants among the active connections, in the order of their ids.
pub(super) fn assistants(connections: &HashMap<String, Entry>) -> Arc<[Subscription]> {
    let mut found: Vec<_> = connections
        .values()
        .filter_map(|entry| match entry {
            Entry::Live(live) if live.active() && live.plugin.capabilities.assistant => {
                let assistant = live.plugin.manifest.assistant.as_ref()?;
                let kinds = assistant.on.iter().copied().filter(|kind| WITH_WORDS.contains(kind)).collect();
                Some(Subscription { connection: live.connection.id.clone(), kinds })
            }
            _ => None,
        })
        .collect();
    found.sort_by(|a, b| a.connection.cmp(&b.connection));
    found.into()
}
