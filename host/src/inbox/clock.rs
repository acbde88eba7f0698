//! Times as the reader's clock and language have them.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::Words;

/// A reader's clock.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// Where the reader is.
    pub(crate) zone: TimeZone,
    /// Now: milliseconds since the epoch, UTC.
    pub(crate) now: i64,
    /// The reader's language.
    pub(crate) words: Words,
}

/// A point in time on a page: `<time>` with what programs read, in short, and in full for whoever points at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// As programs read it: RFC 3339, UTC.
    pub(crate) machine: String,
    /// In short: what of it the reader cannot guess.
    pub(crate) short: String,
    /// In full, with the time zone.
    pub(crate) full: String,
}

impl Clock {
    /// A point in time: milliseconds since the epoch, UTC. One beyond the calendar is shown as its nearest end.
    pub(crate) fn moment(&self, at: i64) -> Moment {
        let stamp =
            Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX });
        let then = stamp.to_zoned(self.zone.clone());
        let now = Timestamp::from_millisecond(self.now).unwrap_or_default().to_zoned(self.zone.clone());
        let clock = then.strftime("%H:%M").to_string();
        let day = self.day(&then);
        let with_year = self.words.say2("time-year", ("day", &day), ("year", &then.year().to_string()));
        let short = if then.date() == now.date() {
            clock.clone()
        } else if then.year() == now.year() {
            self.words.say2("time-at", ("day", &day), ("clock", &clock))
        } else {
            with_year.clone()
        };
        let zone = then.strftime("%H:%M:%S %Z").to_string();
        Moment {
            machine: format!("{stamp:.3}"),
            short,
            full: self.words.say2("time-at", ("day", &with_year), ("clock", &zone)),
        }
    }

    fn day(&self, then: &jiff::Zoned) -> String {
        let month = self.words.of("month", &then.month().to_string());
        self.words.say2("time-day", ("day", &then.day()), ("month", &month))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Made of digits and our own words, none of which is markup.
        write!(f, "<time datetime=\"{}\" title=\"{}\">{}</time>", self.machine, self.full, self.short)
    }
}

impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::super::words::Language;
    use super::*;

    fn clock(language: Language, zone: &str) -> Clock {
        let zone = TimeZone::get(zone).expect("a zone");
        // 2026-11-22T14:00:00Z
        Clock { zone, now: 1_795_356_000_000, words: Words { language } }
    }

    #[test]
    fn today_is_told_by_the_clock_this_year_by_the_day_and_earlier_by_the_year() {
        let clock = clock(Language::English, "Europe/Berlin");
        let hour = 3_600_000;
        assert_eq!(clock.moment(clock.now - hour).short, "14:00");
        assert_eq!(clock.moment(clock.now - 24 * hour).short, "21 Nov, 15:00");
        assert_eq!(clock.moment(clock.now - 365 * 24 * hour).short, "22 Nov 2025");
        assert_eq!(clock.moment(clock.now).full, "22 Nov 2026, 15:00:00 CET");
        assert_eq!(clock.moment(clock.now).machine, "2026-11-22T14:00:00.000Z");
    }

    #[test]
    fn german_months_are_german() {
        let clock = clock(Language::German, "UTC");
        assert_eq!(clock.moment(clock.now - 24 * 3_600_000).short, "21. Nov., 14:00");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_still_shown() {
        let clock = clock(Language::English, "UTC");
        assert!(clock.moment(i64::MAX).machine.starts_with("9999-"));
        assert!(clock.moment(i64::MIN).machine.starts_with('-'));
    }
}
