//! How long all calls of a connection may compute in a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// What is left. It fills up evenly, within a minute from nothing to all of it, so that a minute never
/// begins anew at a moment that a plugin could wait for.
#[derive(Debug, Default)]
pub(super) struct Allowance(Mutex<Option<Left>>);

#[derive(Debug, Clone, Copy)]
struct Left {
    /// Nanoseconds; below nothing while calls that run at once overdraw it.
    nanos: i64,
    /// When that was so, in milliseconds since the epoch.
    at: i64,
}

impl Allowance {
    /// Takes `used` of what is left at `now`, in milliseconds since the epoch, and says whether there was
    /// anything left. A fresh allowance is whole.
    pub(super) fn take(&self, per_minute: Duration, now: i64, used: Duration) -> bool {
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        let whole = nanos(per_minute);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = kept.unwrap_or(Left { nanos: whole, at: now });
        let passed = now.saturating_sub(left.at).clamp(0, MINUTE);
        let filled = left.nanos.saturating_add(whole / MINUTE * passed).min(whole);
        // A debt never grows beyond a minute's worth: what follows should not wait for longer than that.
        let rest = filled.saturating_sub(nanos(used)).max(-whole);
        *kept = Some(Left { nanos: rest, at: now.max(left.at) });
        filled > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_OF: Duration = Duration::from_secs(6);

    #[test]
    fn what_is_used_comes_back_within_a_minute_and_no_sooner() {
        let allowance = Allowance::default();
        assert!(allowance.take(MINUTE_OF, 0, Duration::from_secs(6)));
        assert!(!allowance.take(MINUTE_OF, 0, Duration::ZERO));
        assert!(allowance.take(MINUTE_OF, 10_000, Duration::from_secs(1)), "a sixth of it after ten seconds");
        assert!(!allowance.take(MINUTE_OF, 10_000, Duration::ZERO));
        assert!(allowance.take(MINUTE_OF, 200_000, Duration::from_secs(6)));
        assert!(!allowance.take(MINUTE_OF, 200_000, Duration::ZERO), "it never holds more than all of it");
    }

    #[test]
    fn a_debt_is_paid_within_a_minute_and_a_clock_set_back_gives_nothing() {
        let allowance = Allowance::default();
        allowance.take(MINUTE_OF, 100_000, Duration::from_secs(600));
        assert!(!allowance.take(MINUTE_OF, 0, Duration::ZERO));
        assert!(!allowance.take(MINUTE_OF, 159_000, Duration::ZERO));
        assert!(allowance.take(MINUTE_OF, 161_000, Duration::ZERO));
    }
}
