//! A parked delivery is run again.

use super::Hub;
use super::receive::{pairs, webhook_request};
use super::registry::Entry;
use crate::model::delivery::DeliveryState;
use crate::model::id::DeliveryId;
use crate::store::{Ingest, NewDelivery, StoreError};

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
}

/// Why a delivery was not run again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such delivery.
    #[error("there is no delivery {0}")]
    Unknown(DeliveryId),
    /// It is done.
    #[error("the delivery {0} is not parked: its events are in the log")]
    NotParked(DeliveryId),
    /// Its connection was removed or does not work.
    #[error("the delivery's connection does not work: {0}")]
    Connection(String),
    /// Its connection is paused.
    #[error("the delivery's connection is paused; resume it first")]
    Paused,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Runs a parked delivery's plugin again. Safe to repeat: an event is in the log once.
    ///
    /// # Errors
    /// When it cannot be run; when it was run and failed again, that is [`Replayed::StillParked`].
    pub async fn replay(&self, id: &DeliveryId) -> Result<Replayed, ReplayError> {
        let store = self.store();
        let delivery = store.delivery(id).await?.ok_or_else(|| ReplayError::Unknown(id.clone()))?;
        if delivery.state != DeliveryState::Parked {
            return Err(ReplayError::NotParked(id.clone()));
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
        let query = pairs(&delivery.request.query);
        let outcome = live.plugin.webhook(&live.binding, webhook_request(&delivery.request, &query)).await;
        let again = NewDelivery {
            received_at: delivery.received_at,
            request: delivery.request,
            replay_of: Some(id.clone()),
        };
        match outcome {
            Ok(outcome) => {
                let ingested = store
                    .ingest(Ingest {
                        connection: delivery.connection,
                        delivery: Some(again),
                        events: outcome.events,
                        cursor: None,
                        finishes: None,
                        assistants: std::sync::Arc::clone(&snapshot.assistants),
                    })
                    .await?;
                self.wake();
                Ok(Replayed::Done { events: ingested.appended.len() + ingested.duplicates })
            }
            Err(error) => {
                let error = error.to_string();
                store.park(&delivery.connection, again, &error).await?;
                Ok(Replayed::StillParked { error })
            }
        }
    }
}
