//! Bar charts over hours, drawn on the server: an SVG of rectangles, without a script.

use std::collections::BTreeMap;

use super::clock::Clock;
use super::words::Words;
use crate::model::usage::{HOUR_MS, Usage};

/// The width of a chart in its own units; the page scales it.
const WIDTH: u32 = 360;
/// The height of the tallest bar.
const HEIGHT: u32 = 80;

/// A bar chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chart {
    /// What it shows.
    pub(crate) title: String,
    /// What it shows, for whoever cannot see it.
    pub(crate) told: String,
    /// The greatest value in words, or that there was none.
    pub(crate) peak: String,
    /// When the first and the last hour began.
    pub(crate) from: String,
    pub(crate) to: String,
    /// The bars.
    pub(crate) bars: Vec<Bar>,
}

/// A bar and the part of it that failed, in the chart's units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) x: u32,
    pub(crate) width: u32,
    pub(crate) y: u32,
    pub(crate) height: u32,
    pub(crate) failed_y: u32,
    pub(crate) failed: u32,
    /// What it stands for, in words.
    pub(crate) told: String,
}

/// What a chart shows of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Calls, and how many of them failed.
    Calls,
    /// Milliseconds spent computing.
    Computing,
    /// The most bytes of memory held at once.
    Memory,
}

impl Measure {
    fn key(self) -> &'static str {
        match self {
            Self::Calls => "chart-calls",
            Self::Computing => "chart-computing",
            Self::Memory => "chart-memory",
        }
    }

    fn of(self, usage: &Usage) -> u64 {
        match self {
            Self::Calls => usage.calls,
            Self::Computing => usage.cpu_us / 1000,
            Self::Memory => usage.peak_memory,
        }
    }

    /// A value with its unit.
    pub(crate) fn show(self, value: u64, words: Words) -> String {
        match self {
            Self::Calls => words.number(&value),
            Self::Computing if value >= 10_000 => format!("{} s", words.number(&(value / 1000))),
            Self::Computing => format!("{} ms", words.number(&value)),
            Self::Memory => bytes(value, words),
        }
    }
}

/// A number of bytes in its largest unit.
pub(crate) fn bytes(value: u64, words: Words) -> String {
    let (unit, size) = match value {
        0..1024 => ("B", 1),
        1024..1_048_576 => ("KiB", 1024),
        1_048_576..1_073_741_824 => ("MiB", 1_048_576),
        _ => ("GiB", 1_073_741_824),
    };
    let tenths = value * 10 / size;
    let text = if size == 1 || tenths >= 100 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    format!("{} {unit}", words.number(&text))
}

/// Draws a measure over `hours` hours that end with the present one.
pub(crate) fn draw(measure: Measure, usage: &BTreeMap<i64, Usage>, hours: u32, clock: &Clock) -> Chart {
    let words = clock.words;
    let last = clock.now - clock.now.rem_euclid(HOUR_MS);
    let starts: Vec<i64> = (0..i64::from(hours)).rev().map(|back| last - back * HOUR_MS).collect();
    let none = Usage::default();
    let of = |at: &i64| usage.get(at).unwrap_or(&none);
    let most = starts.iter().map(|at| measure.of(of(at))).max().unwrap_or(0);
    // A bar of something is never of no height.
    let high = |value: u64| match value {
        0 => 0,
        value => u32::try_from(value * u64::from(HEIGHT) / most.max(1)).unwrap_or(HEIGHT).max(1),
    };
    let slot = WIDTH / hours.max(1);
    let gap = u32::from(slot > 2);
    let bars = starts.iter().zip(0u32..).map(|(at, place)| {
        let hour = of(at);
        let value = measure.of(hour);
        let failed = if measure == Measure::Calls { high(hour.failed().min(value)) } else { 0 };
        let height = high(value);
        let when = clock.moment(*at).short;
        Bar {
            x: place * slot,
            width: slot - gap,
            y: HEIGHT - height,
            height,
            failed_y: HEIGHT - failed,
            failed,
            told: words.say2("chart-bar", ("when", &when), ("value", &measure.show(value, words))),
        }
    });
    let title = words.say(measure.key());
    let peak = match most {
        0 => words.say("chart-empty"),
        most => words.say1("chart-peak", "most", &measure.show(most, words)),
    };
    Chart {
        told: words.say2("chart-told", ("title", &title), ("peak", &peak)),
        bars: bars.filter(|bar| bar.height > 0).collect(),
        from: starts.first().map(|at| clock.moment(*at).short).unwrap_or_default(),
        to: starts.last().map(|at| clock.moment(*at).short).unwrap_or_default(),
        title,
        peak,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::words::Language;
    use super::*;

    const NOW: i64 = 1_795_356_000_000;

    fn calls(calls: u64, failed: u64) -> Usage {
        let failures = [("trap".to_owned(), failed)].into_iter().filter(|(_, count)| *count > 0);
        Usage { calls, failures: failures.collect(), ..Usage::default() }
    }

    fn drawn(hours: &[(i64, Usage)], count: u32) -> Chart {
        let words = Words { language: Language::English };
        let clock = Clock { zone: TimeZone::UTC, now: NOW + 5, words };
        draw(Measure::Calls, &hours.iter().cloned().collect(), count, &clock)
    }

    #[test]
    fn the_tallest_bar_is_the_greatest_hour_and_the_last_stands_at_the_end() {
        let chart = drawn(&[(NOW, calls(10, 5)), (NOW - HOUR_MS, calls(1000, 0))], 24);
        let [before, now] = chart.bars.as_slice() else { panic!("{:?}", chart.bars) };
        assert_eq!((before.height, before.y, before.failed), (HEIGHT, 0, 0));
        assert_eq!((now.x, now.height, now.failed), (23 * (WIDTH / 24), 1, 1));
        assert_eq!((chart.peak.as_str(), now.told.as_str()), ("at most 1000", "14:00: 10"));
    }

    #[test]
    fn a_week_still_fits_and_nothing_draws_nothing() {
        let chart = drawn(&[(NOW, calls(1, 0))], 168);
        assert!(chart.bars.iter().all(|bar| bar.width > 0 && bar.x + bar.width <= WIDTH));
        assert_eq!(drawn(&[], 24).bars, []);
    }

    #[test]
    fn bytes_are_told_in_their_largest_unit() {
        let words = Words { language: Language::German };
        assert_eq!(bytes(512, words), "512 B");
        assert_eq!(bytes(1_600_000, words), "1,5 MiB");
        assert_eq!(bytes(64 << 20, words), "64 MiB");
    }
}
