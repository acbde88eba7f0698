//! When a poller asks: every so often, or by a cron expression in a time zone.
//!
//! Moments are computed from the schedule, the connection and when the last poll began, and from nothing
//! else: after a downtime one poll is overdue, however many were missed. Connections are spread by a part
//! that is derived from their ids, so that many with one schedule do not ask at the same moment.

mod own;

use std::fmt;
use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Serialize;

pub use own::OwnSchedule;

use super::id::ConnectionId;
use super::manifest::Period;

/// The shortest time between two polls: an external system is asked, and every poll is a commit.
pub const SHORTEST: Period = Period::from_millis(1_000);

/// Over how long connections with the same cron expression are spread, in milliseconds: less than the
/// minute between two moments of any expression.
const SPREAD: u64 = 59_000;

/// When a poller asks. Written `5m`, or `0 3 * * 1-5`, or `0 3 * * 1-5 Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Every so often, day and night.
    Every(Period),
    /// Whenever a clock on a wall fits.
    Cron(CronSchedule),
}

/// A cron expression and the time zone it is read in.
#[derive(Debug, Clone)]
pub struct CronSchedule {
    expression: String,
    zone_name: String,
    cron: Box<Cron>,
    zone: TimeZone,
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression && self.zone_name == other.zone_name
    }
}

impl Eq for CronSchedule {}

/// Why a text is no schedule; says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSchedule(String);

/// How a connection's polls went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Polls {
    /// When the last one that came to an end had begun: milliseconds since the epoch, UTC.
    pub began_at: i64,
    /// How many failed in a row.
    pub failures: u32,
    /// When a failed one is tried again: milliseconds since the epoch, UTC.
    pub retry_at: Option<i64>,
    /// Why the last one failed, in the words of whoever knew; possibly personal.
    pub error: Option<String>,
}

impl CronSchedule {
    /// Reads an expression of five fields (minute, hour, day of the month, month, day of the week; names
    /// such as `mon`, `@daily` and its siblings too) in a time zone such as `Europe/Berlin`.
    ///
    /// # Errors
    /// When it is none, when no moment ever fits it, or when there is no such zone.
    pub fn new(expression: &str, zone_name: &str) -> Result<Self, BadSchedule> {
        let expression = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        let excerpt: String = expression.chars().take(60).collect();
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let wrong = |why: &dyn fmt::Display| {
            BadSchedule(format!(
                "`{excerpt}` is not a cron expression: {why}; write minute, hour, day, month and weekday, such as \
                 `0 3 * * *` for three o'clock every night"
            ))
        };
        if !expression.is_ascii() {
            return Err(wrong(&"it holds characters that none has"));
        }
        let cron = parser.parse(&expression).map_err(|why| wrong(&why.to_string().trim_end_matches('.')))?;
        let zone = zone(zone_name)?;
        let schedule = Self { expression, zone_name: zone_name.to_owned(), cron: Box::new(cron), zone };
        if schedule.after(0).is_none() {
            return Err(BadSchedule(format!("`{excerpt}` never comes: there is no such day")));
        }
        Ok(schedule)
    }

    /// The first moment after `ms`; `None` where no calendar has one.
    fn after(&self, ms: i64) -> Option<i64> {
        let from = Timestamp::from_millisecond(ms).ok()?.to_zoned(self.zone.clone());
        self.cron.find_next_occurrence(&from, false).ok().map(|at| at.timestamp().as_millisecond())
    }
}

/// The time zone of that name, from the tables inside the program: the same on every machine.
fn zone(name: &str) -> Result<TimeZone, BadSchedule> {
    if name.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        let name: String = name.chars().take(60).collect();
        BadSchedule(format!("there is no time zone `{name}`: write `UTC`, or a name such as `Europe/Berlin`"))
    })
}

impl Schedule {
    /// The first moment at which a connection is to ask after it began to at `began_at`. All moments are
    /// milliseconds since the epoch, UTC. `None` when the calendar ends before.
    ///
    /// Every so often: a grid that is the connection's own, the first point of it that is at least half of
    /// the time away, so that a poll that came late or by hand does not shift the others.
    #[must_use]
    pub fn next(&self, connection: &ConnectionId, began_at: i64) -> Option<i64> {
        match self {
            Self::Every(period) => {
                let every = i64::try_from(period.millis()).unwrap_or(i64::MAX).max(1);
                let phase = i64::try_from(spread(connection, every.unsigned_abs())).unwrap_or(0);
                let least = began_at.checked_add((every / 2).max(1))?;
                let past = least.checked_sub(phase)?.rem_euclid(every);
                if past == 0 { Some(least) } else { least.checked_add(every - past) }
            }
            Self::Cron(cron) => {
                let late = i64::try_from(spread(connection, SPREAD)).unwrap_or(0);
                cron.after(began_at.checked_sub(late)?)?.checked_add(late)
            }
        }
    }

    /// When a connection is to ask, given how its polls went: at once when it never did and the schedule is
    /// an interval, when a failed poll is to be tried again, else when the schedule says. A moment that has
    /// passed means now: one poll makes up for all that were missed.
    #[must_use]
    pub fn due(&self, connection: &ConnectionId, created_at: i64, polls: Option<&Polls>) -> Option<i64> {
        match (self, polls) {
            (Self::Every(_), None) => Some(created_at),
            (Self::Cron(_), None) => self.next(connection, created_at),
            (_, Some(Polls { retry_at: Some(at), .. })) => Some(*at),
            (_, Some(polls)) => self.next(connection, polls.began_at),
        }
    }

    /// In words, as the end of a sentence: `every 5m`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Every(period) => format!("every {period}"),
            Self::Cron(cron) => {
                let words = cron.cron.describe();
                let mut words = words.trim_end_matches('.').to_owned();
                if let Some(first) = words.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                format!("{words}, {} time (`{}`)", cron.zone_name, cron.expression)
            }
        }
    }
}

/// A number below `below` that a connection always gets and that says nothing of its id (FNV-1a, with its
/// bits mixed so that the low ones are as good as the high ones).
fn spread(connection: &ConnectionId, below: u64) -> u64 {
    let hash = connection.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)) % below.max(1)
}

impl FromStr for Schedule {
    type Err = BadSchedule;

    fn from_str(text: &str) -> Result<Self, BadSchedule> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [nick] if nick.starts_with('@') => Ok(Self::Cron(CronSchedule::new(nick, "UTC")?)),
            [nick, zone] if nick.starts_with('@') => Ok(Self::Cron(CronSchedule::new(nick, zone)?)),
            [] | [_] | [_, _] => {
                let period: Period = text.parse().map_err(|why: super::manifest::Malformed| {
                    BadSchedule(format!("{why}; or a cron expression, such as `0 3 * * *`"))
                })?;
                if period < SHORTEST {
                    return Err(BadSchedule(format!(
                        "a poll every {period} is too often: at most every {SHORTEST}"
                    )));
                }
                Ok(Self::Every(period))
            }
            [fields @ .., zone] if fields.len() == 5 => {
                Ok(Self::Cron(CronSchedule::new(&fields.join(" "), zone)?))
            }
            fields => Ok(Self::Cron(CronSchedule::new(&fields.join(" "), "UTC")?)),
        }
    }
}

impl fmt::Display for Schedule {
    /// As it reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(period) => write!(f, "{period}"),
            Self::Cron(cron) if cron.zone_name.eq_ignore_ascii_case("utc") => f.write_str(&cron.expression),
            Self::Cron(cron) => write!(f, "{} {}", cron.expression, cron.zone_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    fn connection(n: u8) -> ConnectionId {
        ConnectionId::random([n; 16])
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_millisecond()
    }

    /// The moment without the connection's own part of it.
    fn on_the_clock(schedule: &Schedule, began: &str) -> String {
        let late = i64::try_from(spread(&connection(1), SPREAD)).expect("small");
        let at = schedule.next(&connection(1), ms(began) + late).expect("a moment") - late;
        Timestamp::from_millisecond(at).expect("a time").to_string()
    }

    #[test]
    fn a_cron_expression_is_read_on_the_clock_of_its_zone() {
        assert_eq!(on_the_clock(&schedule("0 3 * * *"), "2026-11-22T07:00:00Z"), "2026-11-23T03:00:00Z");
        let berlin = schedule("0 3 * * * Europe/Berlin");
        assert_eq!(on_the_clock(&berlin, "2026-11-22T07:00:00Z"), "2026-11-23T02:00:00Z");
        assert_eq!(on_the_clock(&berlin, "2026-07-01T07:00:00Z"), "2026-07-02T01:00:00Z");
        assert_eq!(
            on_the_clock(&schedule("*/15 9-17 * * mon-fri"), "2026-11-20T17:45:00Z"),
            "2026-11-23T09:00:00Z"
        );
        assert_eq!(on_the_clock(&schedule("@monthly"), "2026-11-22T07:00:00Z"), "2026-12-01T00:00:00Z");
    }

    #[test]
    fn a_night_whose_clock_jumps_has_its_poll_too() {
        // 2026-03-29: 02:00 is followed by 03:00. 2026-10-25: 02:00 to 03:00 comes twice.
        let night = schedule("30 2 * * * Europe/Berlin");
        let spring = on_the_clock(&night, "2026-03-28T12:00:00Z");
        assert!(spring.starts_with("2026-03-29T01:"), "{spring}");
        let autumn = on_the_clock(&night, "2026-10-24T12:00:00Z");
        assert_eq!(autumn, "2026-10-25T00:30:00Z");
        let after = on_the_clock(&night, &autumn);
        assert_eq!(after, "2026-10-26T01:30:00Z", "and not a second time in the same night");
    }

    #[test]
    fn what_is_no_schedule_is_answered_with_what_would_be_right() {
        for (text, wanted) in [
            ("", "`0 3 * * *`"),
            ("5", "`500ms`, `30s`, `5m`"),
            ("10ms", "at most every 1s"),
            ("61 * * * *", "not a cron expression"),
            ("* * * *", "not a cron expression"),
            ("0 0 30 2 *", "never comes"),
            ("0 3 * * * Mars/Olympus", "there is no time zone `Mars/Olympus`"),
            ("@often", "not a cron expression"),
            ("0 3 * * mañana", "not a cron expression"),
        ] {
            let why = text.parse::<Schedule>().expect_err(text).to_string();
            assert!(why.contains(wanted), "`{text}`: {why}");
        }
    }

    #[test]
    fn a_schedule_reads_as_a_sentence_ends() {
        assert_eq!(schedule("5m").words(), "every 5m");
        assert_eq!(schedule("0 3 * * *").words(), "at 03:00, UTC time (`0 3 * * *`)");
        assert_eq!(schedule("0 3 * * * Europe/Berlin").to_string(), "0 3 * * * Europe/Berlin");
    }

    #[test]
    fn a_new_connection_asks_at_once_or_when_the_clock_says() {
        let at = ms("2026-11-22T07:00:00Z");
        assert_eq!(schedule("5m").due(&connection(1), at, None), Some(at));
        let nightly = schedule("0 3 * * *").due(&connection(1), at, None).expect("a moment");
        assert!(nightly > at);
        let failed = Polls { began_at: at, failures: 1, retry_at: Some(at + 15_000), error: None };
        assert_eq!(schedule("5m").due(&connection(1), 0, Some(&failed)), Some(at + 15_000));
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        let zones =
            prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("America/St_Johns"), Just("Pacific/Apia")];
        let minutes = prop_oneof![
            Just("*".to_owned()),
            (0..60u8).prop_map(|m| m.to_string()),
            (1..30u8).prop_map(|m| format!("*/{m}"))
        ];
        let hours = prop_oneof![Just("*".to_owned()), (0..24u8).prop_map(|h| h.to_string())];
        let days = prop_oneof![Just("*".to_owned()), (1..29u8).prop_map(|d| d.to_string())];
        prop_oneof![
            (1_000..100_000_000_u64).prop_map(|ms| Schedule::Every(Period::from_millis(ms))),
            (minutes, hours, days, zones)
                .prop_map(|(m, h, d, zone)| schedule(&format!("{m} {h} {d} * * {zone}"))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn the_next_moment_lies_ahead_and_none_lies_between(
            schedule in any_schedule(), id in any::<u8>(), began in 1_500_000_000_000..2_000_000_000_000_i64, later in 0..86_400_000_i64,
        ) {
            let connection = connection(id);
            let next = schedule.next(&connection, began).expect("a moment");
            prop_assert!(next > began);
            if let Schedule::Every(period) = &schedule {
                let every = i64::try_from(period.millis()).expect("small");
                prop_assert!(next - began >= every / 2 && next - began <= every + every / 2 + 1, "{next} {began} {every}");
                let after = schedule.next(&connection, next).expect("a moment");
                prop_assert_eq!(after - next, every, "once on its grid it keeps to it");
            } else {
                // Whoever begins later, but before that moment, gets the same one.
                let between = (began + later).min(next - 1);
                prop_assert_eq!(schedule.next(&connection, between), Some(next));
            }
        }

        #[test]
        fn after_a_downtime_one_poll_is_due_and_then_the_schedule_goes_on(
            schedule in any_schedule(), id in any::<u8>(), began in 1_500_000_000_000..1_600_000_000_000_i64, down in 0..400_000_000_000_i64,
        ) {
            let connection = connection(id);
            let now = began + down;
            let polls = |began_at| Polls { began_at, ..Polls::default() };
            let due = schedule.due(&connection, 0, Some(&polls(began))).expect("a moment");
            if due <= now {
                let then = schedule.due(&connection, 0, Some(&polls(now))).expect("a moment");
                prop_assert!(then > now, "a second poll at once: {then} {now}");
            }
        }

        #[test]
        fn a_schedule_reads_back_as_itself(schedule in any_schedule()) {
            prop_assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule));
        }

        #[test]
        fn any_text_is_a_schedule_or_is_refused(text in "[\\PC]{0,40}") {
            let _ = text.parse::<Schedule>();
        }

        #[test]
        fn any_text_like_an_expression_is_a_schedule_or_is_refused(text in "[0-9*/,@LW#? a-zA-Z-]{0,30}") {
            if let Ok(schedule) = text.parse::<Schedule>() {
                let next = schedule.next(&connection(1), 1_700_000_000_000);
                prop_assert!(next.is_none_or(|next| next > 1_700_000_000_000));
            }
        }

        #[test]
        fn connections_are_spread(ids in proptest::collection::hash_set(any::<[u8; 16]>(), 32..40)) {
            let nightly = schedule("0 3 * * *");
            let moments: std::collections::HashSet<_> =
                ids.into_iter().map(|id| nightly.next(&ConnectionId::random(id), 0)).collect();
            prop_assert!(moments.len() > 25, "{}", moments.len());
        }
    }
}
