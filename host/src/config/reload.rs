//! What of a new configuration a running hub takes on, and what waits for the next start.

use super::{Config, Http, Log};

/// What waits for the next start: it was used up when the hub began. Whole sections and single keys.
const AT_START: &[&str] = &[
    "http.listen",
    "http.public_url",
    "storage",
    "plugin",
    "assistant.at_once",
    "breaker",
    "identity.namespaces",
    "identity.blocked",
    "identity.identifiers",
    "identity.people_per_key",
    "accounts.hash_at_once",
    "conversation.reopen",
    "api.live_queue",
    "api.live_listeners",
    "log.format",
];

/// Which keys of a new configuration differ, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Changes {
    /// In force from now on.
    pub applied: Vec<String>,
    /// In force from the next start.
    pub waiting: Vec<String>,
}

impl Config {
    /// This configuration with everything of `new` that can change while the hub runs, and what differs.
    #[must_use]
    pub fn adopt(&self, new: &Self) -> (Self, Changes) {
        let differs = |key: &&String| self.written.get(*key) != new.written.get(*key);
        let (waiting, applied) = new.written.keys().filter(differs).cloned().partition(|key| at_start(key));
        let mut merged = new.clone();
        merged.http =
            Http { listen: self.http.listen, public_url: self.http.public_url.clone(), ..new.http.clone() };
        merged.storage = self.storage.clone();
        merged.plugin = self.plugin.clone();
        merged.assistant.at_once = self.assistant.at_once;
        merged.breaker = self.breaker.clone();
        merged.identity.rules = self.identity.rules.clone();
        merged.identity.people_per_key = self.identity.people_per_key;
        merged.accounts.hash_at_once = self.accounts.hash_at_once;
        merged.api.live_queue = self.api.live_queue;
        merged.api.live_listeners = self.api.live_listeners;
        merged.log = Log { format: self.log.format, ..new.log.clone() };
        // Still told at the next reload, until the hub is started again.
        let mut written = (*new.written).clone();
        for (key, value) in &*self.written {
            if at_start(key) {
                written.insert(key.clone(), value.clone());
            }
        }
        merged.written = written.into();
        (merged, Changes { applied, waiting })
    }
}

fn at_start(key: &str) -> bool {
    AT_START
        .iter()
        .any(|fixed| key.strip_prefix(fixed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(sets: &[&str]) -> Config {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        Config::load(None, [], &sets).expect("loads")
    }

    /// Sections of which every key, but for those that wait, is read anew whenever it is used.
    const READ_ANEW: &[&str] = &[
        "http",
        "receive",
        "identity",
        "consent",
        "conversation",
        "assistant",
        "outbox",
        "poller",
        "usage",
        "parked",
        "deliveries",
        "privacy",
        "retention",
        "accounts",
        "api",
        "log",
    ];

    #[test]
    fn every_key_says_whether_it_is_applied_while_the_hub_runs() {
        for key in with(&[]).written.keys() {
            let section = key.split('.').next().unwrap_or_default();
            assert!(
                at_start(key) || READ_ANEW.contains(&section),
                "`{key}`: have it read anew wherever it is used and name its section here, or name it in AT_START \
                 and keep it in `adopt`"
            );
        }
    }

    #[test]
    fn what_can_change_is_taken_on_and_the_rest_waits_and_is_told_again() {
        let old = with(&["receive.rate=1"]);
        let new = with(&[
            "receive.rate=2",
            "http.listen=127.0.0.1:1",
            "http.stop_wait=1s",
            "storage.queue=7",
            "plugin.limits.memory=1 MiB",
            "log.filter=debug",
            "log.format=json",
        ]);
        let (merged, changes) = old.adopt(&new);
        assert_eq!(changes.applied, ["http.stop_wait", "log.filter", "receive.rate"]);
        assert_eq!(changes.waiting, ["http.listen", "log.format", "plugin.limits.memory", "storage.queue"]);
        assert_eq!((merged.receive.rate, &*merged.log.filter), (2, "debug"));
        assert_eq!(merged.http.listen, old.http.listen);
        assert_eq!(merged.storage.queue, old.storage.queue);
        assert_eq!(merged.plugin.runtime.limits.memory, old.plugin.runtime.limits.memory);
        assert_eq!(merged.log.format, old.log.format);
        let (_, again) = merged.adopt(&new);
        assert_eq!((again.applied.len(), again.waiting.len()), (0, 4));
        assert_eq!(old.adopt(&old.clone()).1, Changes::default());
    }
}
