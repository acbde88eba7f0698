//! The configuration as it now is, replaced as a whole while others read it.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::Config;

/// The configuration that counts now. Whoever holds a reference to an earlier one goes on with that: every
/// one that ever counted is kept, a few kilobytes for each reload, for as long as the hub runs.
#[derive(Debug)]
pub struct Current {
    config: Arc<Config>,
    next: OnceLock<Box<Self>>,
}

impl Current {
    /// Begins with one.
    #[must_use]
    pub fn new(config: Arc<Config>) -> Self {
        Self { config, next: OnceLock::new() }
    }

    /// From now on `config` counts.
    pub fn replace(&self, config: Config) {
        let mut last = self;
        let mut new = Box::new(Self::new(Arc::new(config)));
        loop {
            while let Some(next) = last.next.get() {
                last = next;
            }
            match last.next.set(new) {
                Ok(()) => return,
                // Somebody else was quicker; behind theirs then.
                Err(again) => new = again,
            }
        }
    }
}

impl Deref for Current {
    type Target = Config;

    fn deref(&self) -> &Config {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        &last.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_counts_and_an_earlier_one_can_still_be_read() {
        let with = |rate: &str| Config::load(None, [], &[format!("receive.rate={rate}")]).expect("loads");
        let current = Current::new(Arc::new(with("1")));
        let first = &current.receive;
        std::thread::scope(|scope| {
            for rate in 2..10 {
                let current = &current;
                scope.spawn(move || current.replace(with(&rate.to_string())));
            }
        });
        current.replace(with("99"));
        assert_eq!((first.rate, current.receive.rate), (1, 99));
    }
}
