//! What calls of a plugin used, as figures and charts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::chart::{Chart, Measure, draw};
use super::frame::Frame;
use crate::http::{Http, Problem};
use crate::model::id::ConnectionId;
use crate::model::usage::{HOUR_MS, Usage};
use crate::store::UsageFilter;

/// How far back a page looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Span {
    /// The last 24 hours.
    #[default]
    Day,
    /// The last seven days.
    Week,
}

impl Span {
    fn hours(self) -> u32 {
        match self {
            Self::Day => 24,
            Self::Week => 168,
        }
    }
}

/// What was used, drawn.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    /// Whether it is a week rather than a day.
    pub(crate) week: bool,
    /// What each figure is, and the figure.
    pub(crate) figures: Vec<(String, String)>,
    /// Failures by kind, in words.
    pub(crate) failures: Vec<(String, String)>,
    /// The charts.
    pub(crate) charts: Vec<Chart>,
}

impl Used {
    /// What a plugin or one connection used.
    pub(crate) async fn read(
        http: &Http,
        plugin: Option<&str>,
        connection: Option<&ConnectionId>,
        span: Span,
        frame: &Frame,
    ) -> Result<Self, Problem> {
        let now = frame.clock.now;
        let since = now - now.rem_euclid(HOUR_MS) - i64::from(span.hours() - 1) * HOUR_MS;
        let filter =
            UsageFilter { connection: connection.cloned(), plugin: plugin.map(str::to_owned), since };
        let mut hours: BTreeMap<i64, Usage> = BTreeMap::new();
        for (_, hour) in http.hub.usage(&filter).await? {
            hours.entry(hour.at).or_default().merge(&hour.usage);
        }
        Ok(Self::of(&hours, span, frame))
    }

    /// The same of hours that are known.
    pub(crate) fn of(hours: &BTreeMap<i64, Usage>, span: Span, frame: &Frame) -> Self {
        let words = frame.words;
        let mut total = Usage::default();
        hours.values().for_each(|hour| total.merge(hour));
        let within = |percent: u64| {
            total.percentile(percent).map_or_else(
                || "–".to_owned(),
                |us| {
                    if us < 1000 { format!("{us} µs") } else { format!("{} ms", words.number(&(us / 1000))) }
                },
            )
        };
        let figure = |key: &str, value: String| (frame.say(key), value);
        let figures = vec![
            figure("usage-calls", words.number(&total.calls)),
            figure("usage-failed", words.number(&total.failed())),
            figure("usage-half", within(50)),
            figure("usage-most", within(95)),
            figure("usage-memory", Measure::Memory.show(total.peak_memory, words)),
            figure("usage-requests", words.number(&total.requests)),
            figure("usage-denied", words.number(&total.denied)),
        ];
        let failures = total.failures.iter();
        let failures = failures.map(|(kind, count)| (words.of("failure", kind), words.number(count)));
        let measures = [Measure::Calls, Measure::Computing, Measure::Memory];
        Self {
            week: span == Span::Week,
            figures,
            failures: failures.collect(),
            charts: measures.map(|measure| draw(measure, hours, span.hours(), &frame.clock)).into(),
        }
    }
}

#[cfg(test)]
impl Used {
    /// Of an hour with failures and one without.
    pub(crate) fn sample(frame: &Frame) -> Self {
        let failures = [("trap".to_owned(), 2)].into_iter().collect();
        let hour = Usage { calls: 10, failures, cpu_us: 12_000, peak_memory: 3 << 20, ..Usage::default() };
        let calm = Usage { calls: 4, cpu_us: 2_000, peak_memory: 1 << 20, ..Usage::default() };
        let now = frame.clock.now - frame.clock.now.rem_euclid(HOUR_MS);
        Self::of(&[(now, hour), (now - 3 * HOUR_MS, calm)].into_iter().collect(), Span::Day, frame)
    }
}
