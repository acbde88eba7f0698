//! Points in time as the API writes them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// 0000-01-01T00:00:00Z in milliseconds since the epoch.
const YEAR_0: i64 = -62_167_219_200_000;

/// A point in time: RFC 3339, UTC, with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
pub struct Timestamp(pub i64);

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // RFC 3339 writes the years 0 to 9999: a time beyond them, a vendor's mistake, is shown as the
        // nearest end.
        let time = jiff::Timestamp::from_millisecond(self.0.max(YEAR_0));
        let time = time.unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{time:.3}")
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time: jiff::Timestamp = text.parse().map_err(|_| {
            D::Error::custom(format!("`{text}` is no time; write it as in 2026-03-01T09:30:00Z"))
        })?;
        Ok(Self(time.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_with_milliseconds() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(1_772_357_400_120).to_string(), "2026-03-01T09:30:00.120Z");
    }

    #[test]
    fn a_time_reads_back_and_what_is_none_is_told_how_one_is_written() {
        let read = |text: &str| serde_json::from_value::<Timestamp>(serde_json::json!(text));
        assert_eq!(read("2026-03-01T10:30:00.120+01:00").ok(), Some(Timestamp(1_772_357_400_120)));
        assert!(read("soon").is_err_and(|why| why.to_string().contains("2026-03-01T09:30:00Z")));
    }

    #[test]
    fn a_time_beyond_the_calendar_is_still_written() {
        assert!(Timestamp(i64::MAX).to_string().starts_with("9999-"));
        assert_eq!(Timestamp(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
    }
}
