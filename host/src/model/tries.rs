//! How often something may be tried: so many times at once, and then one after each wait.

use std::collections::HashMap;
use std::hash::Hash;

/// How many names are remembered before those that would be let in anyway are forgotten.
const REMEMBERED: usize = 10_000;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// So many times at once.
    pub at_once: u32,
    /// Then one after each of these, in milliseconds.
    pub every_ms: i64,
}

/// Who tried lately. Only times are kept, one for each name: when all its tries will have been earned again.
#[derive(Debug)]
pub struct Tries<K> {
    earned: HashMap<K, i64>,
}

impl<K> Default for Tries<K> {
    fn default() -> Self {
        Self { earned: HashMap::new() }
    }
}

impl<K: Hash + Eq> Tries<K> {
    /// Takes one try of a name's.
    ///
    /// # Errors
    /// When there is none; then, in how many milliseconds there will be one.
    pub fn take(&mut self, name: K, pace: Pace, now: i64) -> Result<(), i64> {
        if self.earned.len() >= REMEMBERED {
            self.earned.retain(|_, earned| *earned > now);
        }
        let earned = self.earned.entry(name).or_insert(now);
        let next = (*earned).max(now) + pace.every_ms;
        let most = now + pace.every_ms * i64::from(pace.at_once);
        if next > most {
            return Err(next - most);
        }
        *earned = next;
        Ok(())
    }

    /// Gives back what a name took: it did nothing wrong.
    pub fn give_back(&mut self, name: &K, pace: Pace) {
        if let Some(earned) = self.earned.get_mut(name) {
            *earned -= pace.every_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { at_once: 3, every_ms: 1_000 };

    #[test]
    fn so_many_at_once_then_one_after_each_wait_and_the_wait_is_told() {
        let mut tries = Tries::default();
        for _ in 0..3 {
            assert_eq!(tries.take("ada", PACE, 0), Ok(()));
        }
        assert_eq!(tries.take("ada", PACE, 0), Err(1_000));
        assert_eq!(tries.take("ada", PACE, 400), Err(600), "asking too early costs nothing");
        assert_eq!(tries.take("bob", PACE, 400), Ok(()), "each has their own");
        assert_eq!(tries.take("ada", PACE, 1_000), Ok(()));
        assert_eq!(tries.take("ada", PACE, 1_000), Err(1_000));
        for _ in 0..3 {
            assert_eq!(tries.take("ada", PACE, 100_000), Ok(()), "all are earned again");
        }
    }

    #[test]
    fn what_was_given_back_can_be_taken_again() {
        let mut tries = Tries::default();
        for _ in 0..100 {
            assert_eq!(tries.take("ada", PACE, 0), Ok(()));
            tries.give_back(&"ada", PACE);
        }
    }

    #[test]
    fn those_who_would_be_let_in_anyway_are_forgotten() {
        let mut tries = Tries::default();
        for n in 0..2 * REMEMBERED {
            assert_eq!(tries.take(n, PACE, n as i64), Ok(()));
        }
        assert!(tries.earned.len() <= REMEMBERED + 1, "{}", tries.earned.len());
    }
}
