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

/// Every connection's.
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

    /// Lets go of those of connections that are gone, once what they used was taken and no call of theirs is
    /// under way any more.
    pub(super) fn keep(&self, exists: impl Fn(&ConnectionId) -> bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|connection, ledger| {
            exists(connection)
                || Arc::strong_count(ledger) > 1
                || ledger.usage.lock().unwrap_or_else(PoisonError::into_inner).calls > 0
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_connection_leaves_nothing_once_its_last_call_ended_and_was_counted() {
        let ledgers = Ledgers::new(1);
        let [stays, goes] = [1, 2].map(|n| ConnectionId::random([n; 16]));
        let known = || ledgers.known.lock().expect("nobody panicked with it").len();
        ledgers.of(&stays);
        let under_way = ledgers.of(&goes);
        let keep = || ledgers.keep(|connection| *connection == stays);
        keep();
        assert_eq!(known(), 2, "a call is under way");
        under_way.add(&Cost::default(), None);
        drop(under_way);
        keep();
        assert_eq!(known(), 2, "what it used was not taken");
        assert_eq!(ledgers.take_usage().len(), 1);
        keep();
        assert_eq!(known(), 1);
    }
}
