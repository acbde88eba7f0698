//! Under which names a person is known, and how surely.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest namespace, in bytes; `wit/types.wit` promises it.
pub const MAX_NAMESPACE: usize = 128;
/// The longest value, in bytes; `wit/types.wit` promises it.
pub const MAX_VALUE: usize = 512;

/// How surely an identifier belongs to the person an event is about. Ordered: stronger is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Somebody typed it and nobody checked. Never joins two profiles (invariant I9).
    Claimed,
    /// A business system states it.
    Recorded,
    /// The person proved control of it.
    Verified,
}

impl Evidence {
    /// Whether this is enough to join two profiles.
    #[must_use]
    pub fn joins(self) -> bool {
        self >= Self::Recorded
    }

    /// The word the contract, the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Recorded => "recorded",
            Self::Verified => "verified",
        }
    }
}

/// One name under which a person is known in one place: `phone:+491701234567`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// What kind of name: `phone`, `email`, or scoped by vendor and account.
    pub namespace: String,
    /// The name itself, normalised.
    pub value: String,
}

/// An identifier together with how surely it belongs to an event's person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evident {
    /// The identifier.
    #[serde(flatten)]
    pub identifier: Identifier,
    /// How surely.
    pub evidence: Evidence,
}

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// There is no colon between namespace and value.
    #[error("`{0}` is not an identifier: write `namespace:value`, such as `phone:+491701234567`")]
    Shape(String),
    /// The namespace is empty, too long, or has a character it may not have.
    #[error(
        "the namespace `{0}` must be 1 to {MAX_NAMESPACE} of a-z, 0-9, `.`, `_`, `-` and `:`, and not begin with `inner:`"
    )]
    Namespace(String),
    /// The value is empty or too long.
    #[error(
        "the value of a `{0}` identifier must be 1 to {MAX_VALUE} bytes of text without control characters"
    )]
    Value(String),
}

impl Identifier {
    /// Checks the two parts against the contract's rules.
    ///
    /// # Errors
    /// When the namespace or the value breaks a rule; the message names it.
    pub fn new(namespace: impl Into<String>, value: impl Into<String>) -> Result<Self, IdentifierError> {
        let (namespace, value) = (namespace.into(), value.into());
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-:".contains(&b);
        // What the hub itself holds matters together by (see `model::fold::identity`) is nobody's to name.
        let inner = namespace.starts_with("inner:");
        if inner || namespace.is_empty() || namespace.len() > MAX_NAMESPACE || !namespace.bytes().all(legal) {
            return Err(IdentifierError::Namespace(namespace.chars().take(MAX_NAMESPACE).collect()));
        }
        if value.trim().is_empty() || value.len() > MAX_VALUE || value.chars().any(char::is_control) {
            return Err(IdentifierError::Value(namespace));
        }
        Ok(Self { namespace, value })
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.value)
    }
}

impl FromStr for Identifier {
    type Err = IdentifierError;

    /// Reads `namespace:value`. A namespace may hold colons (`shop:acme:customer:42`), a phone or mail
    /// value does not; so `phone` and `email` end at their first colon and every other namespace at
    /// the last.
    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let split = match text.split_once(':') {
            Some((ns @ ("phone" | "email"), value)) => Some((ns, value)),
            _ => text.rsplit_once(':'),
        };
        let (namespace, value) =
            split.ok_or_else(|| IdentifierError::Shape(text.chars().take(120).collect()))?;
        Self::new(namespace, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claimed_never_joins_and_the_stronger_evidence_is_greater() {
        assert!(!Evidence::Claimed.joins());
        assert!(Evidence::Recorded.joins() && Evidence::Verified.joins());
        assert!(Evidence::Claimed < Evidence::Recorded && Evidence::Recorded < Evidence::Verified);
    }

    #[test]
    fn an_identifier_reads_back_from_its_text() {
        for text in ["phone:+491701234567", "email:a@b.example", "shop:acme:customer:42"] {
            assert_eq!(text.parse::<Identifier>().map(|i| i.to_string()), Ok(text.to_owned()));
        }
        assert!("no-colon".parse::<Identifier>().is_err());
        assert!("Phone:+49".parse::<Identifier>().is_err());
        assert!("phone: ".parse::<Identifier>().is_err());
        assert!("inner:order:1".parse::<Identifier>().is_err(), "the hub's own are nobody's to name");
    }
}
