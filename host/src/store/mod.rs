//! Everything that lasts, and all SQL.
//!
//! One writer groups what is queued into commits ([`Store::ingest`]); everything else reads from a pool or
//! goes through the same writer. Nothing of the database library leaves this module.

mod access;
mod accounts;
mod addresses;
mod age;
mod alone;
mod audit;
pub mod backup;
mod batch;
mod breakers;
mod checkpoint;
mod connections;
mod consents;
mod conversations;
mod copy;
mod decide;
mod deliveries;
mod engine;
mod erase;
mod error;
mod events;
mod explain;
mod export;
mod factors;
mod follow;
pub mod health;
mod identities;
mod ingest;
mod jobs;
mod kept;
mod keyvalue;
mod lead;
mod limits;
mod links;
mod location;
mod locks;
mod messages;
mod news;
mod nodes;
mod order;
mod outbox;
mod outcome;
mod page;
mod plugin_files;
mod plugins;
mod polls;
mod profiles;
mod reading;
mod rebuild;
mod records;
mod refold;
mod requests;
mod rules;
mod schedules;
mod schema;
mod search;
mod secrets;
mod sessions;
mod shortcuts;
mod snoozes;
mod suggest;
mod taking;
mod teams;
mod tokens;
mod tombstones;
mod usage;
mod vault;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Notify, broadcast};

pub use accounts::{AccountError, NewAccount};
pub use age::Aged;
pub use alone::Alone;
pub use audit::{Audit, AuditFilter, Look};
pub use connections::NewConnection;
pub use consents::{NewConsent, Unrecorded};
pub use conversations::{Counts, Filter, HandledConversation, NewHandling, Sort, Unhandled, View};
pub use copy::{Copied, CopyProgress, copy};
pub use decide::{Decided, Undecidable};
pub use deliveries::{DeliveryFilter, Handled, NewDelivery, ParkedSize};
pub use erase::{Erased, Erasure, Unerasable};
pub use error::StoreError;
pub use events::{LoggedEvent, Stats};
pub use explain::Explained;
pub use export::{Held, HeldDelivery};
pub use factors::{Factor, RECOVERY_CODES};
pub use follow::Following;
pub use ingest::{Appended, Ingest, Ingested, Subscription};
pub use jobs::Job;
pub use links::{Joining, Link, NewLink};
pub use location::{Location, Server};
pub use outbox::NewOutbound;
pub use page::{Page, PageRequest};
pub use plugin_files::{FileContent, PluginFile};
pub use plugins::FoundVersion;
pub use reading::Draft;
pub use rebuild::{Change, Progress, Rebuilt};
pub use records::RecordFilter;
pub use requests::{AskedRight, RequestState};
pub use search::Found;
pub use secrets::{FormerSecret, NewSecret};
pub use sessions::{Session, SessionLimits, Stage};
pub use shortcuts::{Shortcut, ShortcutKind};
pub use suggest::{Grounds, Suggested, Suggestion};
pub use tokens::{NewToken, TokenAsk};
pub use usage::UsageFilter;
pub(crate) use vault::private;

use crate::ambient::Ambient;
use crate::model::id::IdKey;
use crate::model::rules::Rules;
use crate::model::suggest::MAX_PEOPLE_PER_KEY;
use checkpoint::Checkpoints;
use engine::{Engine, Readers};
use lead::Duties;
use locks::Stand;
use schema::Opened;
use vault::Vault;
use writer::{Begin, Writer};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The database file. Beside it lies the key that secrets are sealed with, as `NAME.key`; also where the
    /// database itself is on a server.
    pub path: PathBuf,
    /// The PostgreSQL database to use in place of the file (`storage.url`).
    pub server: Option<Server>,
    /// How many changes may wait for the writer before new ones are refused (`storage.queue`).
    pub queue: usize,
    /// How many changes one commit takes at most (`storage.group`).
    pub group: usize,
    /// How many connections read at once (`storage.readers`).
    pub readers: u32,
    /// Under how much memory the database caches its pages, per connection, in KiB (`storage.cache`).
    pub cache_kib: u32,
    /// The rules of identity that a new database gets (`[identity]`). One that is there keeps its own until
    /// [`Store::set_rules`].
    pub rules: Rules,
    /// The most people who may share what suggestions are found by before it is passed over
    /// (`identity.people_per_key`).
    pub people_per_key: u32,
}

impl StoreOptions {
    /// The defaults of `config.default.toml`, for a database at `path`.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            server: None,
            queue: 4096,
            group: 256,
            readers: 4,
            cache_kib: 4096,
            rules: Rules::default(),
            people_per_key: MAX_PEOPLE_PER_KEY as u32,
        }
    }
}

impl StoreOptions {
    /// Where the database is.
    #[must_use]
    pub fn location(&self) -> Location {
        match &self.server {
            Some(server) => Location::Server(server.clone()),
            None => Location::File(self.path.clone()),
        }
    }
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Readers,
    writer: Writer,
    vault: Vault,
    key: IdKey,
    ambient: Ambient,
    appended: broadcast::Sender<Appended>,
    tells: Tells,
    duties: Duties,
    people_per_key: u32,
}

/// How this process's own commits are told of.
#[derive(Clone)]
enum Tells {
    /// At once: nobody else writes.
    Itself(broadcast::Sender<Appended>),
    /// With those of the others, in the order of the log.
    Log(Arc<Notify>),
}

impl Tells {
    fn tell<'a>(&self, appended: impl Iterator<Item = &'a Appended>) {
        match self {
            Self::Itself(news) => {
                for appended in appended {
                    // Nobody listening is no error.
                    let _ = news.send(appended.clone());
                }
            }
            Self::Log(told) => told.notify_one(),
        }
    }
}

impl Store {
    /// Opens a database, making it and its key where there is none, and brings its shape up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is of a newer shape than this program knows, or its key is missing.
    pub async fn open(options: &StoreOptions, ambient: Ambient) -> Result<Self, StoreError> {
        let file = options.path.with_extension("key");
        // Beside a file the key is made first: a database without one is none.
        let beside = match &options.server {
            None => Some(Vault::open(&file, &ambient)?),
            Some(_) => None,
        };
        let Opened { readers, writer: mut write, copier } = schema::open(options).await?;
        let checkpoints = copier.map(Checkpoints::start);
        let key = schema::id_key(&mut write, &ambient).await?;
        let vault = match beside {
            Some(vault) => vault,
            None => vault::shared(&mut write, &file, &ambient).await?,
        };
        let (rules, new) = rules::in_force(&mut write, &options.rules).await?;
        let settled = order::settled(&mut write).await?;
        let (appended, _) = broadcast::channel(1024);
        let told = Arc::<Notify>::default();
        let tells = match readers.engine() {
            Engine::Sqlite => Tells::Itself(appended.clone()),
            Engine::Postgres => Tells::Log(Arc::clone(&told)),
        };
        let duties = Duties::new(options.server.as_ref().map(schema::connect));
        let begin = Begin {
            connection: write,
            checkpoints,
            key: key.clone(),
            rules,
            ambient: ambient.clone(),
            tells: tells.clone(),
        };
        let writer = Writer::start(begin, options);
        let people_per_key = options.people_per_key;
        let inner = Inner { readers, writer, vault, key, ambient, appended, tells, duties, people_per_key };
        let inner = Arc::new(inner);
        news::start(&inner, told, settled);
        let store = Self { inner };
        // A database from before its rules were kept in it was folded by others, without their reasons; and a step
        // may ask for it, because the fold says more than it did.
        let (events, asked) = (store.last_seq().await?, rules::fold_anew(&store).await?);
        if (new || asked) && events > 0 {
            tracing::info!(
                events,
                "everybody is folded anew by the rules of identity before the database is used"
            );
            let rebuilt = store.rebuild(false, |_| {}).await?;
            tracing::info!(profiles = rebuilt.people, "everybody was folded anew");
        }
        if asked {
            rules::folded_anew(&store).await?;
        }
        Ok(store)
    }

    /// What this installation derives ids with.
    #[must_use]
    pub fn id_key(&self) -> &IdKey {
        &self.inner.key
    }

    /// Events as they are committed, on a server by whichever process. A subscriber that falls behind by 1024 is told so and reads the log.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Appended> {
        self.inner.appended.subscribe()
    }

    /// Waits until everything queued is committed, and closes the database. Calls after this fail.
    pub async fn close(&self) {
        self.inner.writer.stop().await;
        self.inner.duties.close().await;
        self.inner.readers.close().await;
    }

    /// Asks the writer whether it takes changes: one of nothing waits its turn and needs the right to write.
    ///
    /// # Errors
    /// When the queue is full, the database is read-only or locked or lately refused a change, for want of
    /// room say, or the store is closed.
    pub async fn writable(&self) -> Result<(), StoreError> {
        let mut batch = batch::Batch::default();
        batch.add("UPDATE meta SET value = value WHERE name = ''", batch::row![]);
        self.write(batch).await?;
        if self.inner.writer.refusing() {
            return Err(StoreError::Unavailable("it lately refused a change".to_owned()));
        }
        Ok(())
    }

    /// Reads from the pool. A batch without statements reads nothing.
    async fn read(&self, batch: batch::Batch) -> Result<Vec<engine::Row>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.inner.readers.acquire().await?;
        batch.fetch(&mut connection).await
    }

    /// Whether other processes may serve the database at the same time.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.engine() == Engine::Postgres
    }

    /// Writes in a transaction of its own, what does not depend on what was read before; the number of rows
    /// that the last statement changed.
    async fn write(&self, batch: batch::Batch) -> Result<u64, StoreError> {
        self.inner.writer.transact_as(Stand::Beside, |database| Box::pin(batch.execute(database))).await
    }

    /// Which database it is on.
    fn engine(&self) -> Engine {
        self.inner.readers.engine()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
