//! Roles, and API tokens with what their holders may do.

use serde::{Deserialize, Serialize};

use super::id::TokenId;
use super::scope::Scope;

/// What an account, or a token's holder, may do. Ordered: a greater role may all that a lesser one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Look, and change nothing.
    ReadOnly,
    /// Customers and conversations, and sending.
    Agent,
    /// What a whole team answers: its shared macros, views and figures.
    Supervisor,
    /// Connections, plugins and deliveries besides.
    Operator,
    /// Everything, accounts and tokens included.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 5] = [Self::ReadOnly, Self::Agent, Self::Supervisor, Self::Operator, Self::Owner];

    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// A token as the store keeps it: only its hash can be told from it, and that stays in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its public part.
    pub id: TokenId,
    /// What people call it.
    pub title: String,
    /// What its holder may do.
    pub role: Role,
    /// What it is confined to; nothing here is everything that its role may.
    pub scopes: Vec<Scope>,
    /// When it was made: milliseconds since the epoch, UTC.
    pub created_at: i64,
    /// Until when it works: milliseconds since the epoch, UTC. `None` is for good.
    pub expires_at: Option<i64>,
}

impl Token {
    /// Whether it does not work any more at `now`, in milliseconds since the epoch, UTC.
    #[must_use]
    pub fn expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|until| until <= now)
    }

    /// Whether its scopes allow what needs `needed`. Its role must, too.
    #[must_use]
    pub fn reaches(&self, needed: Scope) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|scope| scope.covers(needed))
    }

    /// Its scopes in words, with commas between; nothing where it has none.
    #[must_use]
    pub fn scopes_text(&self) -> String {
        self.scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
