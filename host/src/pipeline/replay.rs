//! Parked deliveries: run again, one or many in the order they came, or given up with a reason.

use std::time::Duration;

use super::Hub;
use super::receive::{pairs, webhook_request};
use super::registry::Entry;
use crate::model::delivery::{DeliveryState, Discarded};
use crate::model::id::{ConnectionId, DeliveryId};
use crate::plugin::CallError;
use crate::store::{Audit, Ingest, NewDelivery, StoreError};

/// How many ids are read at once while many are replayed.
const CHUNK: u32 = 200;

/// The longest reason for giving a delivery up, in characters: it is read in a list.
const LONGEST_REASON: usize = 500;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Replayed {
    /// Its events are in the log.
    Done {
        /// How many, those that were there already included.
        events: usize,
    },
    /// The plugin failed again.
    StillParked {
        /// Why.
        error: String,
    },
    /// It could not be run now, and is parked as it was.
    NotRun {
        /// Why, and what to do.
        why: String,
    },
}

/// Which parked deliveries to replay.
#[derive(Debug, Clone, Default)]
pub struct ReplayMany {
    /// Those of one connection; `None` for all.
    pub connection: Option<ConnectionId>,
    /// Those that came after this one.
    pub after: Option<DeliveryId>,
    /// How many at most; `None` for no end.
    pub limit: Option<u32>,
    /// How long at most: no further one is begun after that. `None` for no end.
    pub within: Option<Duration>,
}

/// What came of replaying many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayedMany {
    /// Every one that was tried, in the order they came.
    pub tried: Vec<(DeliveryId, Replayed)>,
    /// The last one tried, when there may be more: where to go on.
    pub next: Option<DeliveryId>,
}

/// Why a delivery was not run again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such delivery.
    #[error("there is no delivery {0}")]
    Unknown(DeliveryId),
    /// It is done, or was given up.
    #[error("the delivery {0} is not parked: its state is `{state}`", state = .1.as_str())]
    NotParked(DeliveryId, DeliveryState),
    /// Its connection was removed or does not work.
    #[error("the delivery's connection does not work: {0}")]
    Connection(String),
    /// Its connection is paused.
    #[error("the delivery's connection is paused; resume it first")]
    Paused,
    /// No plugin could be run now.
    #[error("the delivery cannot be run now: {0}")]
    Busy(String),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a delivery was not given up.
#[derive(Debug, thiserror::Error)]
pub enum DiscardError {
    /// There is no such delivery.
    #[error("there is no delivery {0}")]
    Unknown(DeliveryId),
    /// It is done, or was given up already.
    #[error("the delivery {0} is not parked: its state is `{state}`", state = .1.as_str())]
    NotParked(DeliveryId, DeliveryState),
    /// The reason says nothing, or too much.
    #[error("say in 1 to {LONGEST_REASON} characters why the delivery is given up")]
    Reason,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the audit log says of it.
pub(crate) fn revealed(who: &str) -> Audit {
    let detail = "the request was shown as it came in".to_owned();
    Audit { who: who.to_owned(), action: "delivery-revealed", detail }
}

impl Hub {
    /// Runs a parked delivery's plugin again. Safe to repeat: an event is in the log once.
    ///
    /// # Errors
    /// When it cannot be run; when it was run and failed again, that is [`Replayed::StillParked`].
    pub async fn replay(&self, id: &DeliveryId) -> Result<Replayed, ReplayError> {
        // A person who asks for it need not wait until the plugin is tried again by itself.
        self.run_again(id, i64::MAX).await
    }

    /// The same where it is its turn `now`, in milliseconds since the epoch.
    pub(super) async fn run_again(&self, id: &DeliveryId, now: i64) -> Result<Replayed, ReplayError> {
        let store = self.store();
        let delivery = store.delivery(id).await?.ok_or_else(|| ReplayError::Unknown(id.clone()))?;
        if delivery.state != DeliveryState::Parked {
            return Err(ReplayError::NotParked(id.clone(), delivery.state));
        }
        let snapshot = self.snapshot();
        let live = match snapshot.connections.get(delivery.connection.as_str()) {
            Some(Entry::Live(live)) => live,
            Some(Entry::Broken(problem)) => return Err(ReplayError::Connection(problem.clone())),
            None => return Err(ReplayError::Connection("it was removed".to_owned())),
        };
        if !live.active() {
            return Err(ReplayError::Paused);
        }
        let request = store.recorded(id).await?.ok_or_else(|| ReplayError::Unknown(id.clone()))?;
        let query = pairs(&request.query);
        let Ok(permit) = live.guard.enter(now) else {
            let why = "the plugin failed again and again and is left alone; the hub tries it by itself, or see \
                       `switchboard connection show`";
            return Err(ReplayError::Busy(why.to_owned()));
        };
        let probe = permit.is_probe();
        let outcome = live.plugin.webhook(&live.binding, webhook_request(&request, &query)).await;
        permit.ended(self, live, &outcome).await;
        let again = NewDelivery { received_at: delivery.received_at, request, replay_of: Some(id.clone()) };
        match outcome {
            Ok(outcome) => {
                let ingest = Ingest {
                    connection: delivery.connection,
                    delivery: Some(again),
                    events: outcome.events,
                    cursor: None,
                    finishes: None,
                    assistants: std::sync::Arc::clone(&snapshot.assistants),
                };
                let ingested = self.append(live, ingest).await?;
                self.wake();
                Ok(Replayed::Done { events: ingested.appended.len() + ingested.duplicates })
            }
            Err(CallError::Unavailable(why)) => Err(ReplayError::Busy(why)),
            Err(error) => {
                let blameless =
                    probe && delivery.attempts == 0 && error.is_failure() && live.guard.blameless(id);
                let error = error.to_string();
                store.park(&delivery.connection, again, &error).await?;
                if blameless {
                    store.hold_again(id).await?;
                }
                Ok(Replayed::StillParked { error })
            }
        }
    }

    /// Runs parked deliveries again, one after another in the order they came. `told` hears of each as it
    /// is done. One that fails again does not hold up the others, and neither does one whose connection is
    /// paused.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn replay_many(
        &self,
        which: ReplayMany,
        mut told: impl FnMut(&DeliveryId, &Replayed),
    ) -> Result<ReplayedMany, StoreError> {
        let began = self.ambient().now_ms();
        let most = which.limit.map_or(usize::MAX, |limit| limit as usize);
        let within =
            which.within.map_or(i64::MAX, |within| i64::try_from(within.as_millis()).unwrap_or(i64::MAX));
        let mut done = ReplayedMany::default();
        let mut after = which.after;
        loop {
            let ids = self.store().parked(which.connection.as_ref(), after.as_ref(), CHUNK).await?;
            if ids.is_empty() {
                return Ok(done);
            }
            for id in ids {
                if done.tried.len() >= most || self.ambient().now_ms() - began >= within {
                    done.next = after;
                    return Ok(done);
                }
                after = Some(id.clone());
                let replayed = match self.replay(&id).await {
                    Ok(replayed) => replayed,
                    Err(ReplayError::Store(error)) => return Err(error),
                    // Somebody else replayed or discarded it meanwhile.
                    Err(ReplayError::Unknown(_) | ReplayError::NotParked(..)) => continue,
                    Err(error) => Replayed::NotRun { why: error.to_string() },
                };
                told(&id, &replayed);
                done.tried.push((id, replayed));
            }
        }
    }

    /// Notes in the audit log that somebody looks at a delivery's request as it came in, with what it says of
    /// people. To be called before it is shown.
    ///
    /// # Errors
    /// When it cannot be committed now: then it is not to be shown.
    pub async fn note_revealed(&self, id: &DeliveryId, who: &str) -> Result<(), StoreError> {
        self.store().note(revealed(who), id.as_str()).await
    }

    /// Gives a parked delivery up. Its request is emptied; that it came, and who gave it up when and why, is
    /// kept as long as handled deliveries are.
    ///
    /// # Errors
    /// When it is not parked, or the reason says nothing.
    pub async fn discard(&self, id: &DeliveryId, by: &str, why: &str) -> Result<(), DiscardError> {
        let why = why.trim();
        if why.is_empty() || why.chars().count() > LONGEST_REASON {
            return Err(DiscardError::Reason);
        }
        let discarded = Discarded { at: self.ambient().now_ms(), by: by.to_owned(), why: why.to_owned() };
        if self.store().discard(id, &discarded).await? {
            metrics::counter!("switchboard_deliveries_discarded_total", "cause" => "person").increment(1);
            tracing::warn!(delivery = %id, by, "a parked delivery was discarded");
            return Ok(());
        }
        match self.store().delivery(id).await? {
            Some(delivery) => Err(DiscardError::NotParked(id.clone(), delivery.state)),
            None => Err(DiscardError::Unknown(id.clone())),
        }
    }
}
