//! The one writer. What queues while a commit is being synced is the next group; it never waits for more.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::batch::{Batch, row};
use super::checkpoint::Checkpoints;
use super::engine::Database;
use super::ingest::{self, Ingest, Ingested, Member};
use super::locks::{self, Stand};
use super::outcome::Parked;
use super::rules::InForce;
use super::taking::Taking;
use super::{StoreError, StoreOptions, Tells};
use crate::ambient::Ambient;
use crate::model::id::IdKey;

/// How long nothing may come, after changes were refused, before the writer tries by itself.
const PROBE: Duration = Duration::from_secs(1);

/// How often a group is tried again that other processes got in the way of.
const TRIES: u32 = 8;

/// A change that is a transaction of its own. Answers why the database did not take it, where it did not.
type Work = Box<
    dyn for<'c> FnOnce(&'c mut Database) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'c>> + Send,
>;

enum Change {
    Ingest(Box<Member>, oneshot::Sender<Result<Ingested, StoreError>>),
    Work(Work),
}

/// What the writer begins with.
pub(super) struct Begin {
    pub(super) connection: Database,
    pub(super) checkpoints: Option<Checkpoints>,
    pub(super) key: IdKey,
    pub(super) rules: InForce,
    pub(super) ambient: Ambient,
    pub(super) tells: Tells,
}

/// The way to the writer.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Change>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    capacity: usize,
    refusing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(begin: Begin, options: &StoreOptions) -> Self {
        let Begin { connection, checkpoints, key, rules, ambient, tells } = begin;
        let (queue, changes) = mpsc::channel(options.queue);
        let refusing = Arc::<AtomicBool>::default();
        let taking = Taking::new(options.location(), Arc::clone(&refusing), ambient.clone());
        let group = options.group.max(1);
        let state = State { connection, checkpoints, key, rules, ambient, tells, group, taking };
        let task = tokio::spawn(state.run(changes));
        Self {
            queue: Mutex::new(Some(queue)),
            task: Mutex::new(Some(task)),
            capacity: options.queue,
            refusing,
        }
    }

    /// Whether the database lately refused changes.
    pub(super) fn refusing(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    /// How many changes wait.
    pub(super) fn depth(&self) -> usize {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().map_or(0, |queue| self.capacity - queue.capacity())
    }

    fn push(&self, change: Change) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = || StoreError::Unavailable("it is closing".into());
        queue.as_ref().ok_or_else(closed)?.try_send(change).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Unavailable(format!(
                "{} changes wait already; raise `storage.queue` if the machine can take more",
                self.capacity
            )),
            mpsc::error::TrySendError::Closed(_) => closed(),
        })
    }

    /// Commits it in a group with whatever else waits. `parked` where its delivery was not handled.
    pub(super) async fn ingest(
        &self,
        ingest: Ingest,
        parked: Option<Parked>,
    ) -> Result<Ingested, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.push(Change::Ingest(Box::new(Member { ingest, parked }), reply))?;
        answer.await.map_err(|_| StoreError::Unavailable("the writer stopped".into()))?
    }

    /// Runs `work` in a transaction of its own, committed when it answers `Ok`, while nobody else changes
    /// anything, in whichever process.
    pub(super) async fn transact<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(
                &'c mut Database,
            ) -> Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>
            + Send
            + 'static,
    {
        self.transact_as(Stand::Alone, work).await
    }

    /// The same beside changes of other processes, which `work` is to keep away from its rows itself.
    pub(super) async fn transact_as<T, F>(&self, stand: Stand, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(
                &'c mut Database,
            ) -> Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>
            + Send
            + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.push(Change::Work(Box::new(move |connection| {
            Box::pin(async move {
                let result = transaction(connection, stand, work).await;
                let refused = match &result {
                    Err(StoreError::Unavailable(why)) => Some(why.clone()),
                    _ => None,
                };
                // Whoever asked may have gone away; the change stands all the same.
                let _ = reply.send(result.map_err(StoreError::outward));
                refused
            })
        })))?;
        answer.await.map_err(|_| StoreError::Unavailable("the writer stopped".into()))?
    }

    /// Takes no further change and waits until the queued ones are committed.
    pub(super) async fn stop(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // The task ends by itself when the queue is closed and empty; a panic in it was reported.
            let _ = task.await;
        }
    }
}

async fn transaction<T, F>(connection: &mut Database, stand: Stand, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut Database) -> Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>,
{
    connection.mend().await?;
    let result = match begun(connection, stand, work).await {
        Ok(value) => connection.run("COMMIT").await.map(|()| value),
        Err(error) => Err(error),
    };
    if result.is_err() {
        roll_back(connection).await;
    }
    result
}

/// Begins a transaction and does the work in it.
async fn begun<T, F>(connection: &mut Database, stand: Stand, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut Database) -> Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>,
{
    locks::begin(connection, stand).await?;
    work(connection).await
}

/// Ends a transaction that failed; it may have ended by itself, and then this is refused.
async fn roll_back(connection: &mut Database) {
    let _ = connection.run("ROLLBACK").await;
}

struct State {
    connection: Database,
    checkpoints: Option<Checkpoints>,
    key: IdKey,
    rules: InForce,
    ambient: Ambient,
    tells: Tells,
    group: usize,
    taking: Taking,
}

impl State {
    async fn run(mut self, mut changes: mpsc::Receiver<Change>) {
        let mut queued = Vec::with_capacity(self.group);
        loop {
            let received = changes.recv_many(&mut queued, self.group);
            let count = if self.taking.refusing() {
                match tokio::time::timeout(PROBE, received).await {
                    Ok(count) => count,
                    Err(_) => {
                        self.probe().await;
                        continue;
                    }
                }
            } else {
                received.await
            };
            if count == 0 {
                break;
            }
            let (mut group, mut replies, mut work) = (Vec::new(), Vec::new(), Vec::new());
            for change in queued.drain(..) {
                match change {
                    Change::Ingest(member, reply) => {
                        group.push(*member);
                        replies.push(reply);
                    }
                    Change::Work(change) => work.push(change),
                }
            }
            if !group.is_empty() {
                metrics::histogram!("switchboard_store_group_size").record(group.len() as f64);
                for (reply, result) in replies.into_iter().zip(self.commit(group).await) {
                    let _ = reply.send(result);
                }
            }
            for change in work {
                let refused = change(&mut self.connection).await;
                self.taking.note(refused.as_deref());
            }
            if let Some(checkpoints) = &self.checkpoints {
                checkpoints.committed();
            }
        }
        if let Some(checkpoints) = self.checkpoints {
            checkpoints.stop().await;
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the database did not close cleanly; it recovers by itself at the next start");
        }
    }

    /// Tries whether there is room again for a change of the size of a delivery.
    async fn probe(&mut self) {
        let mut refused = None;
        let (mut put, mut take) = (Batch::default(), Batch::default());
        put.replace("meta", "name", "value", vec![row!["probe", "x".repeat(16_384)]]);
        take.add("DELETE FROM meta WHERE name = 'probe'", row![]);
        for batch in [put, take] {
            let done = transaction(&mut self.connection, Stand::Beside, |database| {
                Box::pin(batch.execute(database))
            })
            .await;
            if let Err(error) = done {
                refused.get_or_insert(error.to_string());
            }
        }
        self.taking.note(refused.as_deref());
    }

    /// Commits a group together. Where the group is refused for what one of them holds, each goes alone,
    /// so that one does not take the others with it.
    async fn commit(&mut self, group: Vec<Member>) -> Vec<Result<Ingested, StoreError>> {
        match self.attempt(&group).await {
            Ok(done) => {
                self.taking.note(None);
                done.into_iter().map(Ok).collect()
            }
            Err(StoreError::Unavailable(why)) => {
                self.taking.note(Some(&why));
                group.iter().map(|_| Err(StoreError::Unavailable(why.clone()))).collect()
            }
            Err(error) if group.len() == 1 => vec![Err(error.outward())],
            Err(error) => {
                tracing::warn!(error = %error, size = group.len(), "a group of changes was refused; trying each alone");
                let mut results = Vec::with_capacity(group.len());
                for member in group {
                    let alone = self.attempt(std::slice::from_ref(&member)).await;
                    results.push(alone.map(|mut done| done.remove(0)).map_err(StoreError::outward));
                }
                results
            }
        }
    }

    /// Tries to commit a group, and once more where another process changed the same meanwhile.
    async fn attempt(&mut self, group: &[Member]) -> Result<Vec<Ingested>, StoreError> {
        let mut tries = 0;
        loop {
            match self.once(group).await {
                Err(StoreError::Contended(why)) if tries < TRIES => {
                    tries += 1;
                    metrics::counter!("switchboard_store_contended").increment(1);
                    tracing::debug!(why, tries, "a group of changes is tried again");
                    let jitter = u64::from(self.ambient.random16()[0]);
                    tokio::time::sleep(Duration::from_millis((1 << tries) + jitter / 16)).await;
                }
                done => return done,
            }
        }
    }

    async fn once(&mut self, group: &[Member]) -> Result<Vec<Ingested>, StoreError> {
        self.connection.mend().await?;
        let result =
            ingest::commit(&mut self.connection, &self.key, &mut self.rules, &self.ambient, group).await;
        match result {
            Ok(done) => {
                let erased: usize = done.iter().map(|ingested| ingested.erased).sum();
                if erased > 0 {
                    metrics::counter!("switchboard_events_erased_total").increment(erased as u64);
                }
                self.tells.tell(done.iter().flat_map(|ingested| &ingested.appended));
                Ok(done)
            }
            Err(error) => {
                roll_back(&mut self.connection).await;
                Err(error)
            }
        }
    }
}
