//! A date of birth, and how two of them may be one.

use super::level::Level;

/// Dates that systems fill in where they know none.
const PLACEHOLDERS: [(u16, u8, u8); 3] = [(1900, 1, 1), (1901, 1, 1), (1970, 1, 1)];

/// The most days between two dates of birth that still count as close: a wrong month and a wrong year.
const CLOSE: u32 = 400;

/// A date of birth. Mistyped ones are kept as they are: 1980-02-31 is still near 1980-02-13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Birthday {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
}

impl Birthday {
    /// Reads `1980-05-12` (the contract's form; a time of day after it is passed over), `19800512`,
    /// `1980/05/12` and `12.05.1980`. `05/12/1980` is not read, because nobody knows which is the month.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let date = text.split(['T', ' ']).next().unwrap_or(text);
        let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
        let (year, month, day) = match parts[..] {
            [all] if all.len() == 8 && all.is_ascii() => (&all[..4], &all[4..6], &all[6..]),
            [year, month, day] if year.len() == 4 => (year, month, day),
            [day, month, year] if year.len() == 4 && date.contains('.') => (year, month, day),
            _ => return None,
        };
        let digits = |text: &str| text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
        if ![year, month, day].into_iter().all(digits) {
            return None;
        }
        let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let read = Self { year, month, day };
        let plausible = (1800..2200).contains(&year) && (1..=31).contains(&month) && (1..=31).contains(&day);
        (plausible && !PLACEHOLDERS.contains(&(year, month, day))).then_some(read)
    }

    pub(super) fn compare(self, other: Self) -> Level {
        let same = [self.year == other.year, self.month == other.month, self.day == other.day];
        let swapped = self.year == other.year && self.month == other.day && self.day == other.month;
        match same.into_iter().filter(|same| *same).count() {
            3 => Level::BirthdayEqual,
            2 => Level::BirthdayNear,
            _ if swapped => Level::BirthdayNear,
            _ if self.ordinal().abs_diff(other.ordinal()) <= CLOSE => Level::BirthdayClose,
            _ if strsim::osa_distance(&self.digits(), &other.digits()) <= 2 => Level::BirthdayClose,
            _ => Level::BirthdayDifferent,
        }
    }

    /// A number that grows with the date by about one a day.
    fn ordinal(self) -> u32 {
        u32::from(self.year) * 365 + u32::from(self.month) * 30 + u32::from(self.day)
    }

    /// `19800512`.
    pub(super) fn digits(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// `12 May 1980`; a date that the calendar does not have stays in digits.
    pub(super) fn words(self) -> String {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        match MONTHS.get(usize::from(self.month).wrapping_sub(1)) {
            Some(month) => format!("{} {month} {}", self.day, self.year),
            None => format!("{:04}-{:02}-{:02}", self.year, self.month, self.day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(a: &str, b: &str) -> Level {
        Birthday::read(a).expect("a date").compare(Birthday::read(b).expect("a date"))
    }

    #[test]
    fn dates_read_in_every_clear_form() {
        let may = Birthday { year: 1980, month: 5, day: 12 };
        for text in ["1980-05-12", "19800512", "1980/5/12", "12.05.1980", "1980-05-12T00:00:00Z"] {
            assert_eq!(Birthday::read(text), Some(may), "{text}");
        }
        assert_eq!(may.words(), "12 May 1980");
        for text in ["05/12/1980", "1900-01-01", "1980", "", "ünïcödé!", "1980-xx-01", "+980-01-01"] {
            assert_eq!(Birthday::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_wrong_part_is_near_and_a_wrong_year_and_month_are_close() {
        assert_eq!(level("1980-05-12", "1980-05-12"), Level::BirthdayEqual);
        assert_eq!(level("1980-05-12", "1980-12-05"), Level::BirthdayNear);
        assert_eq!(level("1980-05-12", "1990-05-12"), Level::BirthdayNear);
        assert_eq!(level("1980-05-12", "1981-06-12"), Level::BirthdayClose);
        assert_eq!(level("1980-05-12", "1962-11-30"), Level::BirthdayDifferent);
    }
}
