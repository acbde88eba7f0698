//! The names a manifest gives: of the plugin, of its secrets and actions, of what it reaches.

use std::fmt;
use std::str::FromStr;

use super::problem::Malformed;

/// The name of a plugin, a channel or an action: `find-order`.
///
/// A lower-case letter, then 1 to 63 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.starts_with(|c: char| c.is_ascii_lowercase())
            && (2..=64).contains(&text.len())
            && text.bytes().all(legal)
        {
            return Ok(Self(text.to_owned()));
        }
        Err(Malformed::new(format!(
            "`{}` is not a name: write a lower-case letter, then 1 to 63 of a-z, 0-9 and `-`",
            Malformed::excerpt(text)
        )))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a secret, or of what the hub makes of one: `app_secret`. A lower-case letter, then at most 63 of `a-z`, `0-9`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 64 && text.bytes().all(legal) {
            return Ok(Self(text.to_owned()));
        }
        Err(Malformed::new(format!(
            "`{}` cannot name a secret: write a lower-case letter, then at most 63 of a-z, 0-9, `_` and `-`",
            Malformed::excerpt(text)
        )))
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The version of the contract a plugin is written against: `0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractVersion {
    /// Before the point.
    pub major: u32,
    /// After it.
    pub minor: u32,
}

impl ContractVersion {
    /// The version that this hub serves: `switchboard:plugin@0.1.0`.
    pub const CURRENT: Self = Self { major: 0, minor: 1 };
}

impl FromStr for ContractVersion {
    type Err = Malformed;

    /// Reads `0.1`. A patch number is refused: it never matters to a plugin.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let number =
            |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self { major: number(major)?, minor: number(minor)? }))
            .ok_or_else(|| {
                Malformed::new(format!(
                    "`{}` is not a contract version: write two numbers, such as `{}`",
                    Malformed::excerpt(text),
                    Self::CURRENT
                ))
            })
    }
}

impl fmt::Display for ContractVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// An exact text, or everything that begins with a text: `phone`, `shop:*`.
///
/// Used for the identifier namespaces a sender can reach and for the topics of live updates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    start: String,
    open: bool,
}

impl Pattern {
    /// Whether it covers `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if self.open { text.starts_with(&self.start) } else { text == self.start }
    }

    /// What stands before its first `:`, in the patterns that have one: `shop` of `shop:customer`.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.start.split_once(':').map(|(scope, _)| scope)
    }

    /// Whether it covers everything that `other` covers.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        self == other || (self.open && other.start.starts_with(&self.start))
    }
}

impl FromStr for Pattern {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-:".contains(&b);
        let (start, open) = match text.strip_suffix('*') {
            Some(start) => (start, true),
            None => (text, false),
        };
        let wrong = |why: &str| Err(Malformed::new(format!("`{}` {why}", Malformed::excerpt(text))));
        if start.is_empty() || start.len() > 128 || !start.bytes().all(legal) {
            return wrong(
                "must be 1 to 128 of a-z, 0-9, `.`, `_`, `-` and `:`; `:*` at its end means all below it",
            );
        }
        if open && !start.ends_with(':') {
            return wrong("may have a `*` only after a `:` at its end");
        }
        Ok(Self { start: start.to_owned(), open })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.start, if self.open { "*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_their_alphabet() {
        for right in ["ab", "find-order", "a2"] {
            assert!(right.parse::<Name>().is_ok(), "{right}");
        }
        for wrong in ["", "a", "Ab", "2a", "a_b", "ä-b", &"a".repeat(65)] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
        assert!("app_secret".parse::<SecretName>().is_ok());
        assert!("App secret".parse::<SecretName>().is_err());
    }

    #[test]
    fn a_contract_version_is_two_numbers() {
        assert_eq!("0.1".parse(), Ok(ContractVersion::CURRENT));
        for wrong in ["", "1", "0.1.0", "v0.1", "0.", "0.+1"] {
            assert!(wrong.parse::<ContractVersion>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_open_pattern_covers_what_is_below_it_and_a_closed_one_itself() -> Result<(), Malformed> {
        let open: Pattern = "visitor:*".parse()?;
        assert!(open.matches("visitor:7") && !open.matches("visitors") && !open.matches("visitor"));
        let closed: Pattern = "phone".parse()?;
        assert!(closed.matches("phone") && !closed.matches("phone:1"));
        for wrong in ["", "*", "a*", "A", "a:**"] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
        Ok(())
    }
}
