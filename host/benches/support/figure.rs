//! Figures: medians, spreads, and how they compare with what is to be reached.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use std::time::{Duration, Instant};

/// The middle of some values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// Milliseconds, as a number to calculate with.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub enum Target {
    /// At least that much.
    AtLeast(f64),
    /// At most that much.
    AtMost(f64),
}

impl Target {
    /// The target and whether a value reaches it, in words.
    pub fn judge(self, value: f64) -> String {
        let (word, limit, reached) = match self {
            Self::AtLeast(limit) => ("at least", limit, value >= limit),
            Self::AtMost(limit) => ("at most", limit, value <= limit),
        };
        format!("{word} {limit}: {}", if reached { "reached" } else { "MISSED" })
    }
}

/// The numbers given on the command line, in order; cargo's own flags are none.
pub fn arguments() -> Vec<usize> {
    std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect()
}

/// How long something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub fn now() -> Instant {
    Instant::now()
}
