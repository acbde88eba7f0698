//! Time stamps of requests, and how far off they may be.

use jiff::Timestamp;

use super::error::Refusal;
use crate::model::manifest::{Period, TimeUnit};

/// Reads a time stamp as milliseconds since the epoch.
pub(super) fn read(text: &[u8], unit: TimeUnit, what: &str) -> Result<i64, Refusal> {
    let number = || {
        let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        digits.then(|| std::str::from_utf8(text).ok()?.parse::<i64>().ok()).flatten()
    };
    let (read, why) = match unit {
        TimeUnit::Seconds => {
            (number().and_then(|s| s.checked_mul(1_000)), "is not a whole number of seconds")
        }
        TimeUnit::Milliseconds => (number(), "is not a whole number of milliseconds"),
        TimeUnit::Rfc3339 => {
            let text = std::str::from_utf8(text).ok();
            let time = text.and_then(|text| text.parse::<Timestamp>().ok());
            (time.map(Timestamp::as_millisecond), "is not a date and time such as `2026-01-31T12:00:00Z`")
        }
    };
    read.ok_or_else(|| Refusal::Malformed { what: what.to_owned(), why })
}

/// Writes a time, in milliseconds since the epoch, as a signature covers it.
#[must_use]
pub fn write(now_ms: i64, unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Seconds => now_ms.div_euclid(1_000).to_string(),
        TimeUnit::Milliseconds => now_ms.to_string(),
        TimeUnit::Rfc3339 => {
            let time = Timestamp::from_second(now_ms.div_euclid(1_000)).unwrap_or(Timestamp::UNIX_EPOCH);
            time.to_string()
        }
    }
}

/// Whether a time stamp is near enough to now, before or after.
pub(super) fn within(stamp_ms: i64, now_ms: i64, tolerance: Period) -> Result<(), Refusal> {
    let excess = stamp_ms.abs_diff(now_ms).saturating_sub(tolerance.millis());
    match excess {
        0 => Ok(()),
        excess if stamp_ms < now_ms => Err(Refusal::TooOld(excess)),
        excess => Err(Refusal::TooNew(excess)),
    }
}
