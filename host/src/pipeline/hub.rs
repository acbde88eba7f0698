//! The hub: what everything else of the pipeline hangs on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{self, Live};
use super::installed::{self, Installed};
use super::live::Bus;
use super::look::Looks;
use super::registry::{self, Entry, Snapshot};
use super::services::Services;
use super::shelf::Shelf;
use super::{HubError, retention, usage, views, worker};
use crate::ambient::Ambient;
use crate::config::{Changes, Config, Current};
use crate::model::id::ConnectionId;
use crate::plugin::{Asset, Plugin, Runtime};
use crate::store::Store;

/// How often the hub looks whether connections or plugin files were changed from outside.
const LOOK: Duration = Duration::from_secs(1);

/// Plugins, connections and the work on them. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) config: Current,
    pub(super) public_url: String,
    pub(super) store: Store,
    pub(super) ambient: Ambient,
    pub(super) bus: Arc<Bus>,
    pub(super) runtime: Runtime,
    pub(super) shelf: Shelf,
    pub(super) usage: usage::Ledger,
    pub(super) looks: Looks,
    pub(super) views: views::Kept,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Held while the plugins' folder is read, or changed by the hub itself.
    pub(super) reloading: tokio::sync::Mutex<()>,
    running: AtomicBool,
    /// Counts commits that may have brought work.
    pub(super) work: watch::Sender<u64>,
    /// Counts reloads.
    pub(super) changes: watch::Sender<u64>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

/// What a reload found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct ReloadReport {
    /// Plugins that run.
    pub plugins: usize,
    /// Versions that wait for approval.
    pub waiting_plugins: usize,
    /// Plugin files that do not load.
    pub broken_plugins: usize,
    /// Connections that work or are paused.
    pub connections: usize,
    /// Connections that cannot work.
    pub broken_connections: usize,
}

impl Hub {
    /// Sets the sandbox up and reads plugins and connections. `public_url` is how vendors reach the hub,
    /// without a slash at its end. Nothing works by itself until [`Hub::run`].
    ///
    /// # Errors
    /// When the sandbox cannot be set up or the store does not answer. A plugin that does not load is no
    /// error: it is logged and listed.
    pub async fn start(
        config: Arc<Config>,
        public_url: &str,
        store: Store,
        ambient: Ambient,
    ) -> Result<Self, HubError> {
        let bus = Arc::new(Bus::new(store.id_key(), &config.api, ambient.clone()));
        let services = Arc::new(Services { store: store.clone(), bus: Arc::clone(&bus) });
        let runtime = Runtime::new(&config.plugin_runtime(), services, ambient.clone())?;
        let shelf = Shelf::at(config.kept_plugins());
        let hub = Self {
            inner: Arc::new(Inner {
                shelf,
                config: Current::new(config),
                public_url: public_url.trim_end_matches('/').to_owned(),
                store,
                ambient,
                bus,
                runtime,
                usage: usage::Ledger::default(),
                looks: Looks::default(),
                views: views::Kept::default(),
                snapshot: RwLock::default(),
                reloading: tokio::sync::Mutex::default(),
                running: AtomicBool::new(false),
                work: watch::Sender::new(0),
                changes: watch::Sender::new(0),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
            }),
        };
        hub.reload().await?;
        Ok(hub)
    }

    /// Begins to work: assistants, outbox, pollers, and the watch over connections and plugin files. A second
    /// call changes nothing.
    pub fn run(&self) {
        if self.inner.running.swap(true, Ordering::AcqRel) {
            return;
        }
        worker::spawn(self);
        self.inner.tasks.spawn(usage::run(self.clone()));
        self.inner.tasks.spawn(views::run(self.clone()));
        self.inner.tasks.spawn(retention::run(self.clone()));
        let hub = self.clone();
        self.inner.tasks.spawn(async move { hub.watch().await });
        if self.store().is_shared() {
            let hub = self.clone();
            self.inner.tasks.spawn(async move { hub.listen().await });
        }
    }

    /// Ends the work: what is under way is finished, nothing new is begun. The store stays open.
    pub async fn stop(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.keep_views().await;
        if let Err(error) = self.keep_usage().await {
            tracing::warn!(error = registry::with_sources(&error), "what plugins used last is not kept");
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The configuration as it now is. What is asked again and again is to be read anew each time.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Clock and randomness.
    #[must_use]
    pub fn ambient(&self) -> &Ambient {
        &self.inner.ambient
    }

    /// How vendors reach the hub, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    /// Where vendors reach a connection.
    #[must_use]
    pub fn hook_url(&self, connection: &ConnectionId) -> String {
        connection::hook_url(&self.inner.public_url, connection.as_str())
    }

    /// Whether the hub does its work and the store answers.
    pub async fn ready(&self) -> bool {
        !self.inner.stop.is_cancelled() && self.inner.store.revision().await.is_ok()
    }

    /// The files in the folder of plugins, by name.
    #[must_use]
    pub fn plugins(&self) -> Vec<Installed> {
        self.snapshot().plugins.values().cloned().collect()
    }

    /// The plugin of that name, when it runs.
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<Plugin> {
        self.snapshot().plugins.get(name).and_then(|installed| installed.plugin().cloned())
    }

    /// The connection, ready to work or paused; `None` when there is none or it cannot work.
    #[must_use]
    pub fn connection(&self, connection: &ConnectionId) -> Option<Arc<Live>> {
        self.snapshot().live(connection).cloned()
    }

    /// Why a connection does not work, or takes no requests, when it does not.
    #[must_use]
    pub fn problem(&self, connection: &ConnectionId) -> Option<String> {
        match self.snapshot().connections.get(connection.as_str())? {
            Entry::Live(live) => live.problem().map(str::to_owned),
            Entry::Broken(problem) => Some(problem.clone()),
        }
    }

    /// The file that a connection's plugin carries under `path`.
    #[must_use]
    pub fn asset(&self, connection: &str, path: &str) -> Option<Asset> {
        match self.snapshot().connections.get(connection)? {
            Entry::Live(live) => live.plugin.asset(path).cloned(),
            Entry::Broken(_) => None,
        }
    }

    /// Reads the plugin folder and the connections again, and puts what is new to use at once. Files that did
    /// not change are not loaded again, and rates go on.
    ///
    /// # Errors
    /// When the store does not answer; everything then stays as it was.
    pub async fn reload(&self) -> Result<ReloadReport, HubError> {
        let _one_at_a_time = self.inner.reloading.lock().await;
        let inner = &self.inner;
        let before = self.snapshot();
        let revision = inner.store.revision().await?;
        let (files, plugins) = inner.load(&before).await?;
        let connections =
            registry::connect(&inner.store, &inner.config, &inner.public_url, &plugins, &before).await?;
        let assistants = registry::assistants(&connections);
        let running = plugins.values().filter(|installed| installed.running.is_some()).count();
        let waiting = plugins.values().filter(|installed| installed.waiting.is_some()).count();
        let broken = plugins.values().filter(|installed| installed.problem.is_some()).count();
        let live = connections.values().filter(|entry| matches!(entry, Entry::Live(_))).count();
        let report = ReloadReport {
            plugins: running,
            waiting_plugins: waiting,
            broken_plugins: broken,
            connections: live,
            broken_connections: connections.len() - live,
        };
        let snapshot = Snapshot { revision, files, plugins, connections, assistants };
        *inner.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        inner.changes.send_modify(|count| *count = count.wrapping_add(1));
        Ok(report)
    }

    /// Goes on with another configuration, as far as that can be changed while the hub runs: rates and limits
    /// of connections at once, the rest when it is next looked at. Plugins and connections are read again.
    ///
    /// # Errors
    /// When the store does not answer; connections then keep their rates until the next reload.
    pub async fn reconfigure(&self, new: &Config) -> Result<(Changes, ReloadReport), HubError> {
        let (merged, changes) = self.config().adopt(new);
        self.inner.config.replace(merged);
        Ok((changes, self.reload().await?))
    }

    /// The picture as it is now.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.inner.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the workers that something was committed.
    pub fn wake(&self) {
        self.inner.work.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Wakes the workers for what any process commits.
    async fn listen(&self) {
        let mut news = self.inner.store.subscribe();
        loop {
            let heard = tokio::select! {
                () = self.inner.stop.cancelled() => return,
                heard = news.recv() => heard,
            };
            if matches!(heard, Err(RecvError::Closed)) {
                return;
            }
            while news.try_recv().is_ok() {}
            self.wake();
        }
    }

    /// Reloads whenever connections or plugin files were changed, by this process or another.
    async fn watch(&self) {
        loop {
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            self.look_after_upgrades().await;
            let snapshot = self.snapshot();
            let directory = self.inner.config.plugin.directory.clone();
            let stamps = tokio::task::spawn_blocking(move || installed::stamps(&directory)).await;
            let files = stamps.is_ok_and(|stamps| !installed::unchanged(&snapshot.files, &stamps));
            let connections = match self.inner.store.revision().await {
                Ok(revision) => revision != snapshot.revision,
                Err(error) => {
                    tracing::warn!(
                        error = registry::with_sources(&error),
                        "cannot see whether connections changed"
                    );
                    false
                }
            };
            if files || connections {
                match self.reload().await {
                    Ok(report) => tracing::info!(
                        plugins = report.plugins,
                        waiting_plugins = report.waiting_plugins,
                        broken_plugins = report.broken_plugins,
                        connections = report.connections,
                        broken_connections = report.broken_connections,
                        "plugins and connections were read again"
                    ),
                    Err(error) => {
                        tracing::error!(
                            error = registry::with_sources(&error),
                            "plugins and connections stay as they were"
                        );
                    }
                }
            }
        }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hub({})", self.inner.public_url)
    }
}
