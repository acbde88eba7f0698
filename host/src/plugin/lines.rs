//! What one connection brings into the log: its plugin's own lines, and the hub's about its requests.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// How many may come at once, in seconds of the rate: at the default ten calls of a plugin that writes all it may.
const SECONDS_AT_ONCE: u32 = 20;

/// A connection's lines. They are written by the thread that has something to say, one after another for the
/// whole hub, so that one who says much keeps the others waiting.
#[derive(Debug)]
pub(super) struct Lines {
    limiter: DefaultDirectRateLimiter,
    untold: AtomicU64,
}

impl Lines {
    /// With that many a second in the long run.
    pub(super) fn new(rate: u32) -> Self {
        let whole = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(whole(rate)).allow_burst(whole(rate.saturating_mul(SECONDS_AT_ONCE)));
        Self { limiter: RateLimiter::direct(quota), untold: AtomicU64::new(0) }
    }

    /// Asks for one more. `None`: it is not to be written, and counts as untold. Else how many were untold
    /// since the last that was written.
    pub(super) fn one_more(&self) -> Option<u64> {
        if self.limiter.check().is_err() {
            self.untold.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.untold.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_is_cut_off_and_counted() {
        let lines = Lines::new(50);
        assert!((0..1_000).all(|_| lines.one_more() == Some(0)), "a busy moment is told in full");
        let cut = (0..1_000_000).find(|_| lines.one_more().is_none());
        assert!(cut.is_some(), "they come faster than they are earned");
        assert_eq!(lines.untold.load(Ordering::Relaxed), 1);
        assert_eq!(Lines::new(50).one_more(), Some(0), "others have their own");
    }
}
