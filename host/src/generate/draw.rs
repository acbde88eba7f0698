//! Chance: every draw begins from the seed and what it is for, so nothing depends on what was drawn before.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// What a draw is for.
#[derive(Clone, Copy)]
pub(super) enum For {
    /// Who somebody is.
    Person = 1,
    /// What somebody does next.
    Event = 2,
    /// Who has how many events.
    Shares = 3,
    /// When somebody is first heard of.
    Begin = 4,
    /// What is ordered.
    Order = 5,
    /// How an event reaches the hub.
    Journey = 6,
    /// Where telephone numbers begin.
    Numbers = 7,
}

/// A generator of chance. Only whole numbers, sums and square roots are reckoned with, so that it gives the same
/// numbers on every machine.
pub(super) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    pub(super) fn new(seed: u64, purpose: For, number: u64, step: u64) -> Self {
        let mixed = [purpose as u64, number, step].iter().fold(seed, |mixed, part| mix(mixed ^ mix(*part)));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// A number below `end`, which is above 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    /// A number of at least 0 and below 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// Whether something happens that does so in that share of the cases.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// One of several.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len() as u64) as usize]
    }

    /// One of several, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> T {
        let mut left = self.below(of.iter().map(|(weight, _)| u64::from(*weight)).sum());
        for (weight, value) in of {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return *value,
            }
        }
        of[of.len() - 1].1
    }

    /// A time of at least `shortest` milliseconds and below `shortest` doubled so often; every doubling is as
    /// likely as the others, so that short ones come far more often.
    pub(super) fn wait(&mut self, shortest: u64, doublings: u64) -> i64 {
        let from = shortest << self.below(doublings);
        (from + self.below(from)) as i64
    }
}

/// Spreads a number over all 64 bits (the finaliser of SplitMix64).
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
