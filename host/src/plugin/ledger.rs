//! What the runtime keeps of a connection from call to call, whichever version of its plugin runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::allowance::Allowance;
use super::http::Tokens;
use crate::model::id::ConnectionId;
use crate::model::usage::{Cost, Usage};

/// One connection's.
pub(super) struct Ledger {
    /// Its access tokens.
    pub(super) tokens: Tokens,
    /// Its computing time.
    pub(super) cpu: Allowance,
    /// Outgoing requests that may still be under way at once.
    pub(super) requests: Arc<Semaphore>,
    /// What its calls used since it was last taken.
    usage: Mutex<Usage>,
}

impl Ledger {
    /// Adds a call. `failure` is the word for how it failed.
    pub(super) fn add(&self, cost: &Cost, failure: Option<&str>) {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner).add(cost, failure);
    }
}

/// Every connection's. One that is removed leaves a few bytes until the hub stops.
pub(super) struct Ledgers {
    known: Mutex<HashMap<ConnectionId, Arc<Ledger>>>,
    requests: usize,
}

impl Ledgers {
    /// For connections that may have so many requests under way at once.
    pub(super) fn new(requests: u32) -> Self {
        Self { known: Mutex::default(), requests: requests.max(1) as usize }
    }

    /// What was used since the last time, of the connections that were called.
    pub(super) fn take_usage(&self) -> Vec<(ConnectionId, Usage)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = known.iter().filter_map(|(connection, ledger)| {
            let mut usage = ledger.usage.lock().unwrap_or_else(PoisonError::into_inner);
            (usage.calls > 0).then(|| (connection.clone(), std::mem::take(&mut *usage)))
        });
        taken.collect()
    }

    /// That connection's.
    pub(super) fn of(&self, connection: &ConnectionId) -> Arc<Ledger> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let ledger = known.entry(connection.clone()).or_insert_with(|| {
            Arc::new(Ledger {
                tokens: Tokens::default(),
                cpu: Allowance::default(),
                requests: Arc::new(Semaphore::new(self.requests)),
                usage: Mutex::default(),
            })
        });
        Arc::clone(ledger)
    }
}
