//! Mail addresses, phone numbers and numbers that an authority gives.

use super::level::Level;
use super::text::{fold, jumbled};

/// The digits at a number's end that are compared: a national number, whatever stands before it.
const NATIONAL_DIGITS: usize = 9;
/// A number with fewer digits is an extension or a short code and nobody's own.
const MIN_DIGITS: usize = 7;

/// A mail address, folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mail {
    /// Before the last `@`.
    pub(super) local: String,
    /// After it; empty where a slip lost the `@`.
    pub(super) domain: String,
    /// As it is shown.
    pub(super) shown: String,
}

impl Mail {
    /// Reads an address, leniently: one that lost its `@` is still near the one that has it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let shown = text.trim().to_owned();
        let folded = fold(&shown);
        let (local, domain) = folded.rsplit_once('@').unwrap_or((&folded, ""));
        (folded.chars().count() >= 5).then(|| Self {
            local: local.to_owned(),
            domain: domain.to_owned(),
            shown,
        })
    }

    pub(super) fn compare(&self, other: &Self) -> Level {
        if (&self.local, &self.domain) == (&other.local, &other.domain) {
            return Level::MailEqual;
        }
        if self.local == other.local && self.local.chars().count() >= 5 {
            return Level::MailNear;
        }
        // With one provider, `ada1` and `ada2` are two people: there a digit is no slip.
        if self.domain == other.domain && letters(&self.local) == letters(&other.local) {
            return Level::MailDifferent;
        }
        // Two short names at one provider are two people, so there only the local parts count.
        let (a, b) = if self.domain == other.domain {
            (self.local.clone(), other.local.clone())
        } else {
            (format!("{}@{}", self.local, self.domain), format!("{}@{}", other.local, other.domain))
        };
        let short = a.chars().count().min(b.chars().count());
        // A slip in five characters, three at most.
        if jumbled(&a, &b) || strsim::osa_distance(&a, &b) <= (short / 5).min(3) {
            return Level::MailNear;
        }
        Level::MailDifferent
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// A phone number: its digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Phone {
    pub(super) digits: String,
    pub(super) shown: String,
}

impl Phone {
    /// Reads a number in any spelling; nothing if it is too short to be anybody's own.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (digits.len() >= MIN_DIGITS).then(|| Self { digits, shown: text.trim().to_owned() })
    }

    /// The number without what is dialled from elsewhere.
    pub(super) fn national(&self) -> &str {
        &self.digits[self.digits.len().saturating_sub(NATIONAL_DIGITS)..]
    }

    pub(super) fn compare(&self, other: &Self) -> Level {
        let (a, b) = (self.national(), other.national());
        // One may lack the area.
        if a.ends_with(b) || b.ends_with(a) {
            return Level::PhoneEqual;
        }
        if a.len() == b.len() && strsim::osa_distance(a, b) == 1 {
            return Level::PhoneNear;
        }
        Level::PhoneDifferent
    }
}

/// A number that an authority gives a person once: of social security, of a passport.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NationalId(pub(super) String);

impl NationalId {
    /// Reads a number; nothing if it is too short, or one character over and over.
    pub(super) fn read(text: &str) -> Option<Self> {
        let kept: String = fold(text).chars().filter(|c| c.is_alphanumeric()).collect();
        let first = kept.chars().next()?;
        let some = kept.chars().count() >= 5 && kept.chars().any(|c| c != first);
        some.then_some(Self(kept))
    }

    pub(super) fn compare(&self, other: &Self) -> Level {
        if self == other {
            Level::NationalIdEqual
        } else if strsim::osa_distance(&self.0, &other.0) <= 1 {
            Level::NationalIdNear
        } else {
            Level::NationalIdDifferent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mails(a: &str, b: &str) -> Level {
        Mail::read(a).expect("an address").compare(&Mail::read(b).expect("an address"))
    }

    #[test]
    fn a_slip_in_an_address_is_near_but_another_number_at_one_provider_is_another_person() {
        assert_eq!(mails("Ada@Example.com", "ada@example.com"), Level::MailEqual);
        assert_eq!(mails("ada@exmaple.com", "ada@example.com"), Level::MailNear);
        assert_eq!(mails("ada.lovelace@a.example", "ada.lovelace@b.example"), Level::MailNear);
        assert_eq!(mails("ada.love1@a.example", "ada.love2@a.example"), Level::MailDifferent);
        assert_eq!(mails("ada@example.com", "bob@example.com"), Level::MailDifferent);
    }

    #[test]
    fn phones_are_compared_by_their_national_digits() {
        let level = |a, b| Phone::read(a).expect("a number").compare(&Phone::read(b).expect("a number"));
        assert_eq!(level("+49 170 1234567", "0170/1234567"), Level::PhoneEqual);
        assert_eq!(level("+49 170 1234567", "0170/1234576"), Level::PhoneNear);
        assert_eq!(level("+49 170 1234567", "+1 415 5550100"), Level::PhoneDifferent);
        assert!(Phone::read("110").is_none());
    }

    #[test]
    fn a_number_that_says_nothing_is_none() {
        assert!(NationalId::read("0000000").is_none() && NationalId::read("12").is_none());
    }
}
