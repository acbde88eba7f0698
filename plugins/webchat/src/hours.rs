//! Business hours as an operator writes them: `Mon-Fri 09:00-17:30; Sat 10:00-14:00`.
//!
//! Whether it is open now, and when again, the visitor's browser reckons: it has the time zones of the world, up to
//! date, and words for days and times in every language.

use serde::Serialize;
use switchboard_sdk::{Error, Result};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// One stretch of one day: the day, 1 for Monday to 7 for Sunday, and two times in minutes since midnight, of which
/// the first is open and the second is not any more. A stretch over midnight is two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Span(pub(crate) u8, pub(crate) u16, pub(crate) u16);

/// The stretches, in order. An empty text has none, and means always.
pub(crate) fn read(text: &str) -> Result<Vec<Span>> {
    let mut spans = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let wrong =
            || Error::misconfigured(format!("business hours: `{part}` is not like `Mon-Fri 09:00-17:30`"));
        let (days, times) = part.split_once(' ').ok_or_else(wrong)?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (first, last) = (day(first).ok_or_else(wrong)?, day(last).ok_or_else(wrong)?);
        let (from, to) = times.trim().split_once('-').ok_or_else(wrong)?;
        let (from, to) = (minutes(from).ok_or_else(wrong)?, minutes(to).ok_or_else(wrong)?);
        let count = (last + 7 - first) % 7;
        for day in (0..=count).map(|step| (first + step) % 7) {
            if from < to {
                spans.push(Span(day + 1, from, to));
            } else {
                spans.push(Span(day + 1, from, 24 * 60));
                spans.push(Span((day + 1) % 7 + 1, 0, to));
            }
        }
    }
    spans.retain(|span| span.1 < span.2);
    spans.sort_unstable();
    spans.dedup();
    Ok(spans)
}

/// Monday is 0.
fn day(name: &str) -> Option<u8> {
    DAYS.iter().position(|day| *day == name).and_then(|at| u8::try_from(at).ok())
}

/// `09:30` in minutes; `24:00` is the day's end.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let all = hours * 60 + minutes;
    (hours <= 24 && minutes < 60 && all <= 24 * 60).then_some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_and_times_are_read_and_a_night_is_two_days() {
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("Mon-Tue 09:00-17:30").unwrap(), [Span(1, 540, 1050), Span(2, 540, 1050)]);
        assert_eq!(read("Sun 22:00-02:00").unwrap(), [Span(1, 0, 120), Span(7, 1320, 1440)]);
        assert_eq!(
            read("Sat-Mon 00:00-24:00").unwrap(),
            [Span(1, 0, 1440), Span(6, 0, 1440), Span(7, 0, 1440)]
        );
        for wrong in ["Mon", "Mo 09:00-10:00", "Mon 9-10", "Mon 25:00-26:00", "Mon 09:70-10:00"] {
            assert!(matches!(read(wrong), Err(Error::Misconfigured(_))), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_never_panics_and_what_is_read_lies_within_a_week(text in "[A-Za-z0-9:; -]{0,60}") {
            for Span(day, from, to) in read(&text).unwrap_or_default() {
                prop_assert!((1..=7).contains(&day) && from < to && to <= 1440);
            }
        }

        #[test]
        fn as_many_minutes_are_open_as_were_written(first in 0..7u8, count in 0..6u8, from in 0..1440u16, to in 0..1440u16) {
            prop_assume!(from != to);
            let name = |day: u8| DAYS[usize::from(day % 7)];
            let clock = |at: u16| format!("{:02}:{:02}", at / 60, at % 60);
            let text = format!("{}-{} {}-{}", name(first), name(first + count), clock(from), clock(to));
            let each = i64::from((to + 1440 - from) % 1440);
            let open: i64 = read(&text).unwrap().iter().map(|span| i64::from(span.2 - span.1)).sum();
            prop_assert_eq!(open, each * (i64::from(count) + 1));
        }
    }
}
