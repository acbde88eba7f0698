//! A circuit breaker: when a plugin that fails again and again is left alone, and when it is tried.
//!
//! Closed, every call runs. So many failures in a row open it: nothing runs until a wait is over. Then it is
//! probed, one call at a time: so many that work close it, one that fails opens it again for twice as long.

/// When to open, how long to wait, how often to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Failures in a row that open it; at least one.
    pub failures: u32,
    /// The wait before the first probe, in milliseconds.
    pub first_wait: i64,
    /// The longest wait, in milliseconds; each is twice the one before.
    pub longest_wait: i64,
    /// Probes in a row that must work before it closes; at least one.
    pub probes: u32,
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many failures in a row.
    Closed { failures: u32 },
    /// Until then, after so many openings in a row.
    Open { until: i64, openings: u32 },
    /// So many probes worked; whether one is under way.
    Probing { worked: u32, under_way: bool, openings: u32 },
}

/// One breaker. Times are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    thresholds: Thresholds,
    state: State,
}

/// Whether a call may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It runs like any other.
    Run,
    /// It runs, and decides what comes next.
    Probe,
    /// Not before then, and then perhaps.
    Wait(i64),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The plugin did its work, or said properly why it could not.
    Worked,
    /// It broke down or broke a rule.
    Failed,
    /// Nothing can be said of it: it was not run, or nobody waited for its end.
    Unknown,
}

/// What a call's end changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It opened, until then.
    Opened(i64),
    /// It closed.
    Closed,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, state: State::Closed { failures: 0 } }
    }

    /// One that was open before a restart: until then, for the `openings`th time in a row.
    #[must_use]
    pub fn open(thresholds: Thresholds, until: i64, openings: u32) -> Self {
        Self { thresholds, state: State::Open { until, openings: openings.max(1) } }
    }

    /// Whether every call runs.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// How often it opened in a row; 0 while it is closed.
    #[must_use]
    pub fn openings(&self) -> u32 {
        match self.state {
            State::Closed { .. } => 0,
            State::Open { openings, .. } | State::Probing { openings, .. } => openings,
        }
    }

    /// What [`Breaker::admit`] would say, without taking the place of a probe.
    #[must_use]
    pub fn look(&self, now: i64) -> Admission {
        match self.state {
            State::Closed { .. } => Admission::Run,
            State::Open { until, .. } if now < until => Admission::Wait(until),
            State::Open { .. } | State::Probing { under_way: false, .. } => Admission::Probe,
            State::Probing { under_way: true, .. } => {
                Admission::Wait(now.saturating_add(self.thresholds.first_wait))
            }
        }
    }

    /// Whether a call may run now. Whoever is admitted says afterwards how it ended.
    pub fn admit(&mut self, now: i64) -> Admission {
        let admission = self.look(now);
        if admission == Admission::Probe {
            let (worked, openings) = match self.state {
                State::Probing { worked, openings, .. } => (worked, openings),
                _ => (0, self.openings()),
            };
            self.state = State::Probing { worked, under_way: true, openings };
        }
        admission
    }

    /// Takes note of how a call ended that was admitted; `probe` when it was admitted as one.
    pub fn ended(&mut self, now: i64, probe: bool, ended: Ended) -> Option<Turn> {
        match (self.state, probe, ended) {
            (State::Closed { failures }, false, Ended::Failed) => {
                let failures = failures.saturating_add(1);
                if failures >= self.thresholds.failures.max(1) {
                    return Some(self.opened(now, 1));
                }
                self.state = State::Closed { failures };
                None
            }
            (State::Closed { .. }, false, Ended::Worked) => {
                self.state = State::Closed { failures: 0 };
                None
            }
            (State::Probing { openings, .. }, true, Ended::Failed) => {
                Some(self.opened(now, openings.saturating_add(1)))
            }
            (State::Probing { worked, openings, .. }, true, Ended::Worked) => {
                let worked = worked.saturating_add(1);
                if worked >= self.thresholds.probes.max(1) {
                    self.state = State::Closed { failures: 0 };
                    return Some(Turn::Closed);
                }
                self.state = State::Probing { worked, under_way: false, openings };
                None
            }
            (State::Probing { worked, openings, .. }, true, Ended::Unknown) => {
                self.state = State::Probing { worked, under_way: false, openings };
                None
            }
            // A call from before it opened says nothing of now; what is not known says nothing at all.
            _ => None,
        }
    }

    /// Another plugin, or another version: the wait is over.
    pub fn retry(&mut self) {
        if let State::Open { openings, .. } = self.state {
            self.state = State::Probing { worked: 0, under_way: false, openings };
        }
    }

    fn opened(&mut self, now: i64, openings: u32) -> Turn {
        let longest = self.thresholds.longest_wait.max(self.thresholds.first_wait);
        let doubled = 2_i64.saturating_pow(openings.saturating_sub(1).min(62));
        let wait = self.thresholds.first_wait.saturating_mul(doubled).clamp(0, longest.max(0));
        let until = now.saturating_add(wait);
        self.state = State::Open { until, openings };
        Turn::Opened(until)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const THRESHOLDS: Thresholds = Thresholds { failures: 3, first_wait: 10, longest_wait: 35, probes: 2 };

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(THRESHOLDS);
        for now in 0..3 {
            assert_eq!(breaker.admit(now), Admission::Run);
            breaker.ended(now, false, Ended::Failed);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let mut breaker = Breaker::new(THRESHOLDS);
        for ended in [Ended::Failed, Ended::Failed, Ended::Worked, Ended::Failed, Ended::Failed] {
            assert_eq!(breaker.ended(0, false, ended), None);
        }
        assert_eq!(breaker.ended(5, false, Ended::Failed), Some(Turn::Opened(15)));
        assert_eq!(breaker.admit(14), Admission::Wait(15));
    }

    #[test]
    fn probes_one_at_a_time_close_it() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(12), Admission::Probe);
        assert!(matches!(breaker.admit(12), Admission::Wait(_)), "one at a time");
        assert_eq!(breaker.ended(13, true, Ended::Worked), None);
        assert_eq!(breaker.admit(13), Admission::Probe);
        assert_eq!(breaker.ended(14, true, Ended::Worked), Some(Turn::Closed));
        assert!(breaker.is_closed());
    }

    #[test]
    fn a_probe_that_fails_doubles_the_wait_up_to_the_longest() {
        let mut breaker = opened();
        let mut now = 12;
        for wait in [20, 35, 35] {
            assert_eq!(breaker.admit(now), Admission::Probe);
            assert_eq!(breaker.ended(now, true, Ended::Failed), Some(Turn::Opened(now + wait)));
            now += wait;
        }
        assert_eq!(breaker.openings(), 4);
    }

    #[test]
    fn a_probe_whose_end_nobody_knows_leaves_room_for_another() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(12), Admission::Probe);
        assert_eq!(breaker.ended(12, true, Ended::Unknown), None);
        assert_eq!(breaker.admit(12), Admission::Probe);
    }

    #[test]
    fn another_version_is_tried_at_once_and_must_prove_itself() {
        let mut breaker = opened();
        breaker.retry();
        assert_eq!(breaker.admit(3), Admission::Probe);
        assert_eq!(breaker.ended(3, true, Ended::Failed), Some(Turn::Opened(23)));
    }

    fn ended() -> impl Strategy<Value = Ended> {
        prop_oneof![Just(Ended::Worked), Just(Ended::Failed), Just(Ended::Unknown)]
    }

    proptest! {
        /// Calls begin and end in any order, at any time.
        #[test]
        fn at_most_one_probe_is_under_way_and_nothing_else_while_it_is_not_closed(
            steps in proptest::collection::vec((0..50_i64, any::<bool>(), ended()), 1..200),
        ) {
            let mut breaker = Breaker::new(THRESHOLDS);
            let (mut now, mut running) = (0, Vec::new());
            for (pass, begin, ended) in steps {
                now += pass;
                if begin || running.is_empty() {
                    let closed = breaker.is_closed();
                    match breaker.admit(now) {
                        Admission::Run => { prop_assert!(closed); running.push(false); }
                        Admission::Probe => { prop_assert!(!closed && !running.contains(&true)); running.push(true); }
                        Admission::Wait(until) => prop_assert!(until > now && !closed),
                    }
                } else {
                    let probe = running.remove(0);
                    let turn = breaker.ended(now, probe, ended);
                    if let Some(Turn::Opened(until)) = turn {
                        prop_assert!(ended == Ended::Failed && until > now && until - now <= THRESHOLDS.longest_wait);
                    }
                    if turn == Some(Turn::Closed) {
                        prop_assert!(probe && ended == Ended::Worked && breaker.is_closed());
                    }
                }
            }
        }

        /// Whatever happened, it closes by itself once the plugin works.
        #[test]
        fn a_plugin_that_works_again_is_found_to(
            before in proptest::collection::vec((0..50_i64, ended()), 0..60),
        ) {
            let mut breaker = Breaker::new(THRESHOLDS);
            let mut now = 0;
            for (pass, ended) in before {
                now += pass;
                let admission = breaker.admit(now);
                if !matches!(admission, Admission::Wait(_)) {
                    breaker.ended(now, admission == Admission::Probe, ended);
                }
            }
            for _ in 0..=THRESHOLDS.probes {
                if let Admission::Wait(until) = breaker.look(now) {
                    prop_assert!(until - now <= THRESHOLDS.longest_wait);
                    now = until;
                }
                let admission = breaker.admit(now);
                prop_assert!(!matches!(admission, Admission::Wait(_)));
                breaker.ended(now, admission == Admission::Probe, Ended::Worked);
            }
            prop_assert!(breaker.is_closed());
        }
    }
}
