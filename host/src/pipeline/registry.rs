//! Which plugins are installed and which connections there are, as one picture that requests share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::connection::{Held, Live};
use super::installed::{Installed, Seen};
use crate::config::Config;
use crate::model::event::EventKind;
use crate::model::id::ConnectionId;
use crate::store::{Store, StoreError, Subscription};

/// A connection in the picture.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// It works, or is paused.
    Live(Arc<Live>),
    /// It cannot work; the text says why and what to do.
    Broken(String),
}

/// Everything requests need to know, replaced as a whole.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// The store's revision it was made from.
    pub(super) revision: i64,
    /// The files it was made from.
    pub(super) files: Vec<Seen>,
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
        let installed = plugins.get(&connection.plugin);
        let plugin = match installed.map(|installed| (installed, installed.plugin())) {
            Some((installed, Some(plugin))) => Ok((installed, plugin.clone())),
            Some((installed, None)) => {
                Err(format!("its plugin does not run: {}", installed.problem().unwrap_or_default()))
            }
            None => Err(format!(
                "its plugin `{}` is not installed: put {}.wasm into {}",
                connection.plugin,
                connection.plugin,
                config.plugin.directory.display()
            )),
        };
        let prepared = match plugin {
            Ok((installed, plugin)) => match Held::read(store, &connection, installed).await {
                Ok(held) => {
                    let before = before.live(&id).map(Arc::as_ref);
                    Live::prepare(connection.clone(), plugin, held, config, public_url, before)
                }
                // It is this connection's own trouble; whatever else the store says is everybody's.
                Err(error @ (StoreError::Sealed { .. } | StoreError::Corrupt { .. })) => {
                    Err(with_sources(&error))
                }
                Err(error) => return Err(error),
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
