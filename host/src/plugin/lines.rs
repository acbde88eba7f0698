//! What one connection brings into the log: its plugin's own lines, and the hub's about its requests.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Lines a second in the long run.
const RATE: NonZeroU32 = whole(50);
/// How many may come at once: ten calls of a plugin that writes all it may.
const AT_ONCE: NonZeroU32 = whole(1_000);

const fn whole(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// A connection's lines. They are written by the thread that has something to say, one after another for the
/// whole hub, so that one who says much keeps the others waiting.
#[derive(Debug)]
pub(super) struct Lines {
    limiter: DefaultDirectRateLimiter,
    untold: AtomicU64,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            limiter: RateLimiter::direct(Quota::per_second(RATE).allow_burst(AT_ONCE)),
            untold: AtomicU64::new(0),
        }
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
        let lines = Lines::new();
        assert!((0..AT_ONCE.get()).all(|_| lines.one_more() == Some(0)), "a busy moment is told in full");
        let cut = (0..1_000_000).find(|_| lines.one_more().is_none());
        assert!(cut.is_some(), "they come faster than they are earned");
        assert_eq!(lines.untold.load(Ordering::Relaxed), 1);
        assert_eq!(Lines::new().one_more(), Some(0), "others have their own");
    }
}
