//! Amounts as a manifest writes them: `5m`, `3 MiB`, 80 per second.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::problem::Malformed;

/// A span of time in whole milliseconds, written `500ms`, `30s`, `5m`, `2h` or `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u64);

impl Period {
    /// That many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// How many milliseconds it is.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The same as the standard library says it.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

const TIME_UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for Period {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = || {
            Malformed::new(format!(
                "`{}` is not a duration: write a whole number and a unit, such as `500ms`, `30s`, `5m`, `2h` or `30d`",
                Malformed::excerpt(text)
            ))
        };
        let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
        let (_, factor) = TIME_UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        number.checked_mul(factor).filter(|&ms| ms <= i64::MAX as u64).map(Self).ok_or_else(|| {
            Malformed::new(format!("`{}` is longer than the hub can count", Malformed::excerpt(text)))
        })
    }
}

impl fmt::Display for Period {
    /// The largest unit that divides it, so that what is printed reads back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TIME_UNITS.into_iter().find(|(_, factor)| self.0 != 0 && self.0.is_multiple_of(*factor)) {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A number of bytes, written `64 KiB`, `3 MiB`, `1 GiB` or as a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

impl Size {
    /// That many bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// How many bytes it is.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl FromStr for Size {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = |hint: &str| {
            Malformed::new(format!(
                "`{}` is not a size: write `64 KiB`, `3 MiB`, or a number of bytes{hint}",
                Malformed::excerpt(text)
            ))
        };
        let (number, unit) = number_and_unit(text).ok_or_else(|| wrong(""))?;
        let factor = SIZE_UNITS.into_iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor);
        let factor = match (unit, factor) {
            ("", _) => 1,
            (_, Some(factor)) => factor,
            ("KB" | "kB" | "kb" | "K" | "k", None) => return Err(wrong("; the unit here is `KiB`")),
            ("MB" | "mb" | "M", None) => return Err(wrong("; the unit here is `MiB`")),
            ("GB" | "gb" | "G", None) => return Err(wrong("; the unit here is `GiB`")),
            _ => return Err(wrong("")),
        };
        number
            .checked_mul(factor)
            .map(Self)
            .ok_or_else(|| Malformed::new(format!("`{}` is more than fits", Malformed::excerpt(text))))
    }
}

impl fmt::Display for Size {
    /// The largest unit that divides it, so that what is printed reads back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SIZE_UNITS.into_iter().find(|(_, factor)| self.0 != 0 && self.0.is_multiple_of(*factor)) {
            Some((unit, factor)) => write!(f, "{} {unit}", self.0 / factor),
            None => write!(f, "{} B", self.0),
        }
    }
}

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least one.
    pub count: u32,
    /// In how long; more than nothing.
    pub per: Period,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.count, self.per)
    }
}

/// Splits `64 KiB` into 64 and `KiB`; the blank between them may be missing.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_and_sizes_mean_what_they_say() {
        let ms = |text: &str| text.parse::<Period>().map(Period::millis).ok();
        assert_eq!(ms("500ms"), Some(500));
        assert_eq!(ms("30s"), Some(30_000));
        assert_eq!(ms("5m"), Some(300_000));
        assert_eq!(ms("2h"), Some(7_200_000));
        assert_eq!(ms("30d"), Some(30 * 86_400_000));
        for wrong in ["", "5", "m", "5 minutes", "-5s", "1.5s", "99999999999999999999s", "9999999999999999h"]
        {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
        let bytes = |text: &str| text.parse::<Size>().map(Size::bytes).ok();
        assert_eq!(bytes("64 KiB"), Some(65_536));
        assert_eq!(bytes("3MiB"), Some(3 << 20));
        assert_eq!(bytes("17"), Some(17));
        for wrong in ["", "KiB", "3 MB", "3 mib", "99999999999 GiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        assert!("3 MB".parse::<Size>().is_err_and(|e| e.to_string().ends_with("the unit here is `MiB`")));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back_as_the_same(n in 0..=i64::MAX as u64) {
            prop_assert_eq!(Period(n).to_string().parse::<Period>(), Ok(Period(n)));
            prop_assert_eq!(Size(n).to_string().parse::<Size>(), Ok(Size(n)));
        }
    }
}
