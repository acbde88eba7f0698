//! What calls of plugins cost, as sums that can be added up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Upper bounds of the classes that a call's time falls into, in microseconds; what took longer is in one
/// more class.
pub const BOUNDS_US: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    15_000_000,
];

/// An hour in milliseconds: how long one bucket of the store covers.
pub const HOUR_MS: i64 = 3_600_000;

/// What one call cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Microseconds from start to end.
    pub wall_us: u64,
    /// Microseconds spent computing.
    pub cpu_us: u64,
    /// The most bytes of linear memory held at once.
    pub memory: u64,
    /// Bytes handed to the plugin.
    pub bytes_in: u64,
    /// Bytes that it handed back.
    pub bytes_out: u64,
    /// Calls to the hub.
    pub host_calls: u64,
    /// Outgoing requests.
    pub requests: u64,
    /// Bytes of outgoing requests.
    pub sent: u64,
    /// Bytes of the bodies of their answers.
    pub received: u64,
    /// How often it was denied something.
    pub denied: u64,
}

/// What many calls cost together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Usage {
    /// How many calls.
    pub calls: u64,
    /// How many of them did not do what was asked, by kind: `trap`, `budget`, `garbage`, `retry`, `reject`,
    /// `misconfigured`, `access-denied`, `error`, `unavailable`.
    pub failures: BTreeMap<String, u64>,
    /// Microseconds from start to end.
    pub wall_us: u64,
    /// Microseconds spent computing, without waiting for the hub or a vendor.
    pub cpu_us: u64,
    /// The most bytes of linear memory that one call held at once.
    pub peak_memory: u64,
    /// Bytes handed to the plugin.
    pub bytes_in: u64,
    /// Bytes that it handed back.
    pub bytes_out: u64,
    /// Calls to the hub.
    pub host_calls: u64,
    /// Outgoing requests.
    pub requests: u64,
    /// Bytes of outgoing requests: addresses, headers and bodies.
    pub sent: u64,
    /// Bytes of the bodies of their answers.
    pub received: u64,
    /// How often it was denied something: a host, a secret, a topic.
    pub denied: u64,
    /// How many calls took at most as long as each of [`BOUNDS_US`], and longer than the one before; the last
    /// class is what took longer than all.
    pub times: Vec<u64>,
}

impl Usage {
    /// Adds a call. `failure` is the word for how it failed.
    pub fn add(&mut self, cost: &Cost, failure: Option<&str>) {
        self.calls += 1;
        if let Some(failure) = failure {
            match self.failures.get_mut(failure) {
                Some(count) => *count += 1,
                None => drop(self.failures.insert(failure.to_owned(), 1)),
            }
        }
        self.wall_us = self.wall_us.saturating_add(cost.wall_us);
        self.cpu_us = self.cpu_us.saturating_add(cost.cpu_us);
        self.peak_memory = self.peak_memory.max(cost.memory);
        self.bytes_in = self.bytes_in.saturating_add(cost.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(cost.bytes_out);
        self.host_calls = self.host_calls.saturating_add(cost.host_calls);
        self.requests = self.requests.saturating_add(cost.requests);
        self.sent = self.sent.saturating_add(cost.sent);
        self.received = self.received.saturating_add(cost.received);
        self.denied = self.denied.saturating_add(cost.denied);
        self.times.resize(BOUNDS_US.len() + 1, 0);
        self.times[BOUNDS_US.partition_point(|bound| *bound < cost.wall_us)] += 1;
    }

    /// Adds other calls. The order in which sums are added does not matter.
    pub fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        for (kind, count) in &other.failures {
            let own = self.failures.entry(kind.clone()).or_default();
            *own = own.saturating_add(*count);
        }
        self.wall_us = self.wall_us.saturating_add(other.wall_us);
        self.cpu_us = self.cpu_us.saturating_add(other.cpu_us);
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.host_calls = self.host_calls.saturating_add(other.host_calls);
        self.requests = self.requests.saturating_add(other.requests);
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        self.denied = self.denied.saturating_add(other.denied);
        if self.times.len() < other.times.len() {
            self.times.resize(other.times.len(), 0);
        }
        for (own, other) in self.times.iter_mut().zip(&other.times) {
            *own = own.saturating_add(*other);
        }
    }

    /// How many calls failed, of whatever kind.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The time that so many of a hundred calls did not exceed, in microseconds, rounded up to a bound;
    /// `None` when it is beyond all bounds, or there was no call.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.times.iter().sum();
        let wanted = (all * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (count, bound) in self.times.iter().zip(BOUNDS_US) {
            seen += count;
            if seen >= wanted {
                return Some(bound);
            }
        }
        None
    }
}

/// Usage of one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hour<C> {
    /// Whose.
    pub of: C,
    /// When the hour began: milliseconds since the epoch, UTC.
    pub at: i64,
    /// What was used.
    pub usage: Usage,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(wall_us: u64) -> Cost {
        Cost { wall_us, cpu_us: wall_us / 2, memory: wall_us * 3, bytes_in: 1, ..Cost::default() }
    }

    #[test]
    fn times_fall_into_classes_and_give_percentiles() {
        let mut usage = Usage::default();
        assert_eq!(usage.percentile(50), None);
        for wall in [50, 100, 101, 400, 900, 20_000_000] {
            usage.add(&cost(wall), (wall > 1_000).then_some("budget"));
        }
        assert_eq!(&usage.times[..4], [2, 1, 1, 1]);
        assert_eq!((usage.times[14], usage.failed()), (1, 1));
        assert_eq!((usage.percentile(50), usage.percentile(80)), (Some(250), Some(1_000)));
        assert_eq!(usage.percentile(99), None, "beyond all bounds");
    }

    proptest! {
        #[test]
        fn sums_are_the_same_however_calls_are_grouped(
            walls in proptest::collection::vec((0..30_000_000_u64, 0..4_u8), 0..40),
            cut in any::<proptest::sample::Index>(),
        ) {
            let kinds = [None, Some("trap"), Some("budget"), Some("retry")];
            let sum = |calls: &[(u64, u8)]| {
                let mut usage = Usage::default();
                calls.iter().for_each(|(wall, kind)| usage.add(&cost(*wall), kinds[usize::from(*kind)]));
                usage
            };
            let at = if walls.is_empty() { 0 } else { cut.index(walls.len()) };
            let (mut one, mut other) = (sum(&walls[..at]), sum(&walls[at..]));
            let swapped = { let mut swapped = other.clone(); swapped.merge(&one); swapped };
            one.merge(&other);
            other = sum(&walls);
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(swapped, other);
        }

        #[test]
        fn it_reads_back_as_it_was_written(walls in proptest::collection::vec(0..30_000_000_u64, 1..9)) {
            let mut usage = Usage::default();
            walls.iter().for_each(|wall| usage.add(&cost(*wall), Some("trap")));
            let text = serde_json::to_string(&usage).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Usage>(&text).expect("reads"), usage);
        }
    }
}
