//! Moments and spans, in milliseconds: reading the forms vendors write, and the clock.

pub use crate::bindings::imports::switchboard::plugin::types::{Duration, Timestamp};

/// Milliseconds in a second, minute, hour and day.
pub const SECOND: u64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: u64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: u64 = 60 * MINUTE;
/// Milliseconds in a day.
pub const DAY: u64 = 24 * HOUR;

/// The moment that an RFC 3339 text names: `2026-01-31T12:00:00Z`, `2026-01-31T07:00:00.123-05:00`. A
/// space instead of `T` and an offset without colon are taken too; without an offset it is UTC.
/// Digits beyond milliseconds are cut. A leap second counts as the second before it. `None` for
/// anything else, such as 30 February.
pub fn rfc3339(text: &str) -> Option<Timestamp> {
    let b = text.trim().as_bytes();
    if b.len() < 19
        || b[4] != b'-'
        || b[7] != b'-'
        || !matches!(b[10], b'T' | b't' | b' ')
        || b[13] != b':'
        || b[16] != b':'
    {
        return None;
    }
    let (year, month, day) = (number(&b[..4])?, number(&b[5..7])?, number(&b[8..10])?);
    let (hour, minute, second) = (number(&b[11..13])?, number(&b[14..16])?, number(&b[17..19])?);
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let mut rest = &b[19..];
    let mut millis = 0;
    if let Some((b'.' | b',', after)) = rest.split_first() {
        let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..3 {
            millis = millis * 10 + after[..digits].get(place).map_or(0, |b| i64::from(b - b'0'));
        }
        rest = &after[digits..];
    }
    let offset = match rest {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), hours @ .., m1, m2] if hours.len() >= 2 => {
            let hours = match hours {
                [h1, h2] | [h1, h2, b':'] => number(&[*h1, *h2])?,
                _ => return None,
            };
            let minutes = number(&[*m1, *m2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let seconds =
        days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second.min(59);
    Some(seconds * 1_000 + millis)
}

/// The moment of a text of seconds since 1970, with or without a fraction: `1767225600`.
pub fn unix_seconds(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis = fraction.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, b| sum * 10 + i64::from(b - b'0'));
    let seconds = whole.parse::<i64>().ok()?.checked_mul(1_000)?;
    seconds.checked_add(if whole.starts_with('-') { -millis } else { millis })
}

/// The moment of a text of milliseconds since 1970.
pub fn unix_millis(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// Writes a moment as RFC 3339 in UTC: `2026-01-31T12:00:00.123Z`. Without a fraction when it is a full
/// second.
pub fn to_rfc3339(at: Timestamp) -> String {
    let (seconds, millis) = (at.div_euclid(1_000), at.rem_euclid(1_000));
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date_of(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if millis != 0 {
        text.push_str(&format!(".{millis:03}"));
    }
    text.push('Z');
    text
}

/// What the clock says now. Prefer the vendor's own time for events: a replayed delivery must make the
/// same event.
#[cfg(target_arch = "wasm32")]
pub fn now() -> Timestamp {
    let now = wasip2::clocks::wall_clock::now();
    now.seconds as i64 * 1_000 + i64::from(now.nanoseconds / 1_000_000)
}

/// What the clock says now: off wasm, what the test set.
#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> Timestamp {
    crate::testing::with(|host| host.now)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_read_exactly() {
        for (text, at) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-31T12:00:00Z", 1_769_860_800_000),
            ("2026-01-31T07:00:00-05:00", 1_769_860_800_000),
            ("2026-01-31 17:30:00.5+05:30", 1_769_860_800_500),
            ("2026-01-31T12:00:00.123456789z", 1_769_860_800_123),
            ("2026-01-31T12:00:00+0000", 1_769_860_800_000),
            ("2026-01-31T12:00:00", 1_769_860_800_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2016-12-31T23:59:60Z", 1_483_228_799_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] {
            assert_eq!(rfc3339(text), Some(at), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "2026-01-31",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1",
            "2026-01-01T00:00:00+25:00",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00+00:000",
            "١٢٣٤-01-01T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "2026-01-00T00:00:00Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn writing_and_reading_are_inverse() {
        let mut at = -62_135_596_800_000;
        while at < 253_402_300_799_000 {
            assert_eq!(rfc3339(&to_rfc3339(at)), Some(at), "{at}");
            at += 86_400_000 * 97 + 3_723_007;
        }
        assert_eq!(to_rfc3339(1_769_860_800_000), "2026-01-31T12:00:00Z");
    }

    #[test]
    fn seconds_as_text_become_milliseconds() {
        assert_eq!(unix_seconds("1767225600"), Some(1_767_225_600_000));
        assert_eq!(unix_seconds(" 1767225600.5 "), Some(1_767_225_600_500));
        assert_eq!(unix_seconds("-1.25"), Some(-1_250));
        for text in ["", "x", "1.", "1e9", "99999999999999999999"] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
        assert_eq!(unix_millis("1767225600123"), Some(1_767_225_600_123));
    }
}
