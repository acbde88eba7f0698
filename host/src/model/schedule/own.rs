//! A schedule that an operator sets for one connection, and how it compares with the one that was granted.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::{BadSchedule, CronSchedule, Schedule};
use crate::model::manifest::Period;

/// What holds for a connection in place of its plugin's schedule. Written `off`, or as a schedule is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnSchedule {
    /// It asks nothing.
    Off,
    /// It asks then.
    At(Schedule),
}

impl FromStr for OwnSchedule {
    type Err = BadSchedule;

    fn from_str(text: &str) -> Result<Self, BadSchedule> {
        if text.trim() == "off" { Ok(Self::Off) } else { text.parse().map(Self::At) }
    }
}

impl fmt::Display for OwnSchedule {
    /// As it reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(schedule) => schedule.fmt(f),
        }
    }
}

/// Eight years that begin with a leap year's January: no two moments of a cron expression lie further apart.
/// Milliseconds since the epoch, UTC.
const CALENDAR: std::ops::Range<i64> = 1_704_067_200_000..1_956_528_000_000;

/// How many moments of a cron expression are looked at: a day has at most 1440, and no two of another day lie
/// closer together.
const LOOKS: usize = 1_500;

impl Schedule {
    /// How close together two polls come at the closest. A cron expression is read without its time zone: the
    /// nights in which a clock jumps do not count.
    #[must_use]
    pub fn closest(&self) -> Period {
        match self {
            Self::Every(period) => *period,
            Self::Cron(cron) => cron.closest(),
        }
    }

    /// Whether whoever may ask by `granted` may ask by this: by the same, or by one of which no two polls come
    /// closer together.
    #[must_use]
    pub fn is_within(&self, granted: &Self) -> bool {
        self == granted || self.closest() >= granted.closest()
    }
}

impl CronSchedule {
    fn closest(&self) -> Period {
        let everywhere = Self { zone: TimeZone::UTC, ..self.clone() };
        let mut closest = CALENDAR.end - CALENDAR.start;
        let mut before = everywhere.after(CALENDAR.start);
        for _ in 0..LOOKS {
            let next = before.and_then(|before| everywhere.after(before));
            let Some((before_ms, next_ms)) = before.zip(next).filter(|(_, next)| CALENDAR.contains(next))
            else {
                break;
            };
            closest = closest.min(next_ms - before_ms);
            before = next;
        }
        Period::from_millis(closest.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn an_own_schedule_reads_back_as_it_is_written() {
        for text in ["off", "5m", "0 3 * * 1-5", "0 3 * * 1-5 Europe/Berlin"] {
            assert_eq!(text.parse::<OwnSchedule>().map(|own| own.to_string()).as_deref(), Ok(text));
        }
        assert!("of".parse::<OwnSchedule>().is_err_and(|why| why.to_string().contains("`0 3 * * *`")));
    }

    #[test]
    fn how_close_polls_come_is_read_from_the_calendar() {
        for (text, closest) in [
            ("5m", "5m"),
            ("* * * * *", "1m"),
            ("*/7 * * * *", "4m"),
            ("0 9-17 * * mon-fri", "1h"),
            ("0,1 3 29 2 *", "1m"),
            ("0 3 * * * Europe/Berlin", "1d"),
            ("0 3 * * 1,2", "1d"),
            ("59 23 * * *", "1d"),
        ] {
            assert_eq!(schedule(text).closest().to_string(), closest, "{text}");
        }
        assert!(schedule("0 3 29 2 *").closest() > schedule("@monthly").closest());
    }

    #[test]
    fn who_may_ask_by_one_schedule_may_ask_by_every_slower_one() {
        for (granted, wanted, within) in [
            ("5m", "5m", true),
            ("5m", "1h", true),
            ("5m", "4m", false),
            ("5m", "0 3 * * *", true),
            ("1h", "*/5 * * * *", false),
            ("0 3 * * *", "1d", true),
            ("0 3 * * *", "1h", false),
            ("0 3 * * *", "30 4 * * * Europe/Berlin", true),
        ] {
            assert_eq!(schedule(wanted).is_within(&schedule(granted)), within, "{wanted} by {granted}");
        }
    }
}
