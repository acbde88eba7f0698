//! Budgets that an operator sets for one connection, over those of the configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::manifest::{Malformed, Period, Size};

/// A budget of `[plugin.limits]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Bytes of all linear memories of a call together.
    Memory,
    /// Elements of all tables of a call together.
    TableElements,
    /// Milliseconds that a call computes.
    Cpu,
    /// Milliseconds that all calls of the connection compute in a minute.
    CpuPerMinute,
    /// Milliseconds from start to end of a call.
    Wall,
    /// Bytes handed to the hub in one piece.
    HandBack,
    /// Events in one answer.
    Events,
    /// Calls to the hub in one call.
    HostCalls,
    /// Log lines of one call.
    LogLines,
    /// Bytes of one value that the plugin stores.
    KvValue,
    /// Bytes of everything that the connection stores.
    KvTotal,
    /// Bytes of one live update.
    Publish,
    /// Bytes that one call sends over HTTP.
    HttpOut,
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Millis,
    Count,
}

/// Every budget with its name.
const ALL: [(Limit, &str, Unit); 13] = [
    (Limit::Memory, "memory", Unit::Bytes),
    (Limit::TableElements, "table-elements", Unit::Count),
    (Limit::Cpu, "cpu", Unit::Millis),
    (Limit::CpuPerMinute, "cpu-per-minute", Unit::Millis),
    (Limit::Wall, "wall", Unit::Millis),
    (Limit::HandBack, "hand-back", Unit::Bytes),
    (Limit::Events, "events", Unit::Count),
    (Limit::HostCalls, "host-calls", Unit::Count),
    (Limit::LogLines, "log-lines", Unit::Count),
    (Limit::KvValue, "kv-value", Unit::Bytes),
    (Limit::KvTotal, "kv-total", Unit::Bytes),
    (Limit::Publish, "publish", Unit::Bytes),
    (Limit::HttpOut, "http-out", Unit::Bytes),
];

impl Limit {
    /// Every one, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter().map(|(limit, ..)| limit)
    }

    /// The name that commands, the API and the database use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ALL[self as usize].1
    }

    /// The budget of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|(_, known, _)| *known == name).map(|(limit, ..)| limit)
    }

    /// Reads a value: `32 MiB` where bytes are meant, `10s` where time is, else a whole number.
    ///
    /// # Errors
    /// When it is none, or nothing at all; the message says what would be right.
    pub fn parse(self, text: &str) -> Result<u64, Malformed> {
        let value = match ALL[self as usize].2 {
            Unit::Bytes => text.parse::<Size>()?.bytes(),
            Unit::Millis => text.parse::<Period>()?.millis(),
            Unit::Count => text.trim().parse().map_err(|_| {
                Malformed::new(format!("`{}` must be a whole number, and `{text}` is not", self.as_str()))
            })?,
        };
        if value == 0 {
            return Err(Malformed::new(format!(
                "`{}` must be more than nothing; `switchboard connection pause` stops a connection",
                self.as_str()
            )));
        }
        Ok(value)
    }

    /// A value with its unit, so that it reads back as the same.
    #[must_use]
    pub fn show(self, value: u64) -> String {
        match ALL[self as usize].2 {
            Unit::Bytes => Size::from_bytes(value).to_string(),
            Unit::Millis => Period::from_millis(value).to_string(),
            Unit::Count => value.to_string(),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The budgets that are set for one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides(BTreeMap<Limit, u64>);

impl Overrides {
    /// The value that is set, if one is: bytes, milliseconds or a number.
    #[must_use]
    pub fn get(&self, limit: Limit) -> Option<u64> {
        self.0.get(&limit).copied()
    }

    /// Sets a value.
    pub fn set(&mut self, limit: Limit, value: u64) {
        self.0.insert(limit, value);
    }

    /// All that are set, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Limit, u64)> {
        self.0.iter().map(|(limit, value)| (*limit, *value))
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A change of one budget: `memory=32MiB`, or `memory=default` to take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub limit: Limit,
    /// To what; `None` is what the configuration says.
    pub value: Option<u64>,
}

impl Change {
    /// Reads a change of the budget of that name.
    ///
    /// # Errors
    /// When there is no such budget, or the value is none.
    pub fn new(name: &str, value: &str) -> Result<Self, Malformed> {
        let folded = name.trim().replace('_', "-");
        let limit = Limit::from_name(&folded).ok_or_else(|| {
            let near = ALL
                .into_iter()
                .map(|(_, known, _)| known)
                .max_by(|a, b| strsim::jaro_winkler(a, &folded).total_cmp(&strsim::jaro_winkler(b, &folded)));
            let near = near.filter(|near| strsim::jaro_winkler(near, &folded) > 0.75);
            let names: Vec<_> = ALL.iter().map(|(_, known, _)| *known).collect();
            let help = near.map_or_else(
                || format!("there are {}", names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            Malformed::new(format!("there is no budget `{name}`: {help}"))
        })?;
        let value = if value.trim() == "default" { None } else { Some(limit.parse(value)?) };
        Ok(Self { limit, value })
    }
}

impl FromStr for Change {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Malformed::new(format!("`{text}` says no value: write NAME=VALUE, such as `memory=32MiB`"))
        })?;
        Self::new(name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_budget_stands_where_its_number_says_and_reads_back() {
        for (at, (limit, name, _)) in ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, at, "{name}");
            assert_eq!(Limit::from_name(name), Some(limit));
            assert_eq!(limit.parse(&limit.show(7_200)).ok(), Some(7_200), "{name}");
        }
    }

    #[test]
    fn a_change_is_read_with_its_unit() {
        let read = |text: &str| text.parse::<Change>().map(|change| (change.limit, change.value));
        assert_eq!(read("memory=32MiB"), Ok((Limit::Memory, Some(32 << 20))));
        assert_eq!(read("cpu_per_minute = 10s"), Ok((Limit::CpuPerMinute, Some(10_000))));
        assert_eq!(read("wall=default"), Ok((Limit::Wall, None)));
        for (text, why) in [
            ("memory", "write NAME=VALUE"),
            ("memroy=1", "did you mean `memory`?"),
            ("zzz=1", "there are memory"),
            ("memory=0", "more than nothing"),
            ("events=10s", "must be a whole number"),
            ("cpu=32MiB", "is not a duration"),
        ] {
            assert!(read(text).is_err_and(|error| error.to_string().contains(why)), "{text}");
        }
    }
}
