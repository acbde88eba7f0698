//! Scopes: the parts of the hub that a token can be confined to, beside what its role may.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A part of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Customers: who they are, their timelines, consents and suggestions, and searching all of it.
    People,
    /// Conversations and their messages.
    Conversations,
    /// Orders with what belongs to them.
    Orders,
    /// Everything that happens, as it happens.
    Events,
    /// Connections, their settings, secrets, budgets and actions.
    Connections,
    /// Plugins and their grants.
    Plugins,
    /// What came in, with the requests themselves.
    Deliveries,
    /// Exports, erasures, and what people ask for.
    Privacy,
    /// The audit log.
    Audit,
    /// API tokens.
    Tokens,
    /// Accounts and teams.
    Accounts,
    /// What the hub counts of itself.
    Metrics,
    /// The pages for people. They show several areas at once, so no scope opens them.
    Pages,
}

impl Area {
    /// Every area that a scope can name.
    pub const ALL: [Self; 12] = [
        Self::People,
        Self::Conversations,
        Self::Orders,
        Self::Events,
        Self::Connections,
        Self::Plugins,
        Self::Deliveries,
        Self::Privacy,
        Self::Audit,
        Self::Tokens,
        Self::Accounts,
        Self::Metrics,
    ];

    /// Its word in a scope.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Conversations => "conversations",
            Self::Orders => "orders",
            Self::Events => "events",
            Self::Connections => "connections",
            Self::Plugins => "plugins",
            Self::Deliveries => "deliveries",
            Self::Privacy => "privacy",
            Self::Audit => "audit",
            Self::Tokens => "tokens",
            Self::Accounts => "accounts",
            Self::Metrics => "metrics",
            Self::Pages => "pages",
        }
    }
}

/// What may be done in one area: `people:read`, `plugins:write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope {
    /// Where.
    pub area: Area,
    /// Whether things may be changed, too.
    pub write: bool,
}

/// A text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is no scope: write AREA:read, or AREA:write to change things too, with AREA one of {}",
    areas()
)]
pub struct ScopeError {
    given: String,
}

fn areas() -> String {
    Area::ALL.map(|area| format!("`{}`", area.as_str())).join(", ")
}

impl Scope {
    /// Whether it allows what needs `needed`.
    #[must_use]
    pub fn covers(self, needed: Self) -> bool {
        self.area == needed.area && (self.write || !needed.write)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.area.as_str(), if self.write { "write" } else { "read" })
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let area = |word: &str| Area::ALL.into_iter().find(|area| area.as_str() == word);
        let read = match text.trim().split_once(':') {
            Some((word, "read")) => area(word).map(|area| Self { area, write: false }),
            Some((word, "write")) => area(word).map(|area| Self { area, write: true }),
            _ => None,
        };
        read.ok_or_else(|| ScopeError { given: text.chars().take(80).collect() })
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_and_what_is_none_is_told_what_there_is() {
        for area in Area::ALL {
            for write in [false, true] {
                let scope = Scope { area, write };
                assert_eq!(scope.to_string().parse(), Ok(scope));
            }
        }
        for wrong in ["", "people", "people:", "people:delete", "nobody:read", "pages:read", "People:read"] {
            let why = wrong.parse::<Scope>().map_err(|why| why.to_string()).expect_err(wrong);
            assert!(why.contains("`conversations`"), "{why}");
        }
    }

    #[test]
    fn whoever_may_write_may_read_and_nobody_may_anything_elsewhere() {
        let scope = |text: &str| text.parse::<Scope>().expect("a scope");
        assert!(scope("people:write").covers(scope("people:read")));
        assert!(scope("people:read").covers(scope("people:read")));
        assert!(!scope("people:read").covers(scope("people:write")));
        assert!(!scope("people:write").covers(scope("orders:read")));
    }
}
