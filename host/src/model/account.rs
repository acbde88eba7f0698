//! People who work with the hub: accounts, and teams of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::{AccountId, TeamId};
use super::token::Role;

/// The longest name of an account or a team, in characters.
pub const MAX_NAME: usize = 100;

/// The longest mail address, in bytes: 64 before the `@` and 255 after it (RFC 5321, 4.5.3.1).
const MAX_LOGIN: usize = 320;

/// Somebody who works with the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The mail address that signs in.
    pub login: Login,
    /// What colleagues call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language that they read (`de`), where they chose one.
    pub locale: Option<String>,
    /// The IANA time zone that they live in, where they chose one.
    pub zone: Option<String>,
    /// When the account was made: milliseconds since the epoch, UTC.
    pub created_at: i64,
    /// Since when they have been able to sign in: milliseconds since the epoch, UTC. `None` while they are invited.
    pub joined_at: Option<i64>,
    /// Since when they may not sign in any more: milliseconds since the epoch, UTC.
    pub disabled_at: Option<i64>,
    /// When they were last heard of, to the minute: milliseconds since the epoch, UTC.
    pub seen_at: Option<i64>,
    /// Whether there is a password; without one they sign in elsewhere.
    pub has_password: bool,
    /// Whether a second factor is asked for.
    pub has_factor: bool,
}

impl Account {
    /// Whether they are invited, in, or out.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.disabled_at, self.joined_at) {
            (Some(_), _) => State::Disabled,
            (None, Some(_)) => State::Active,
            (None, None) => State::Invited,
        }
    }
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Has a link to join with, and has not used it yet.
    Invited,
    /// May sign in.
    Active,
    /// May not sign in.
    Disabled,
}

impl State {
    /// The word that the API and the command line use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// Accounts that share work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What people call it.
    pub name: String,
    /// Who is in it.
    pub members: Vec<AccountId>,
    /// When it was made: milliseconds since the epoch, UTC.
    pub created_at: i64,
}

/// What a one-time link does for whoever opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Makes the first owner.
    SetUp,
    /// Lets an invited account choose its name and password.
    Invitation,
    /// Lets an account choose a new password, and takes its second factor away.
    Reset,
    /// Signs an account in.
    SignIn,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::SetUp, Self::Invitation, Self::Reset, Self::SignIn];

    /// The word that the database uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::SignIn => "sign-in",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A mail address that signs in, in lower case and with its domain in ASCII, so that however it is typed the same
/// account is meant. Unlike a customer's address it keeps dots and tags: it is shown to whoever chose it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

/// A text that is no mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a mail address, such as `ada@example.com`")]
pub struct LoginError;

impl Login {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// What stands before the `@`: a name for somebody who has not said one yet.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl FromStr for Login {
    type Err = LoginError;

    fn from_str(text: &str) -> Result<Self, LoginError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(LoginError)?;
        let stray = |c: char| c.is_whitespace() || c.is_control() || "@<>,;:\"\\()[]".contains(c);
        if local.is_empty() || local.contains(stray) {
            return Err(LoginError);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| LoginError)?;
        let login = format!("{}@{domain}", local.to_lowercase());
        if domain.is_empty() || login.len() > MAX_LOGIN {
            return Err(LoginError);
        }
        Ok(Self(login))
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Login {
    type Error = LoginError;

    fn try_from(text: String) -> Result<Self, LoginError> {
        text.parse()
    }
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        login.0
    }
}

/// A name as it is kept: without space around it, 1 to [`MAX_NAME`] characters on one line.
///
/// # Errors
/// What is wrong, to be shown beside the field.
pub fn name(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(NameError);
    }
    Ok(text.to_owned())
}

/// A text that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a name of 1 to {MAX_NAME} characters")]
pub struct NameError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_a_login_is_typed_the_same_account_is_meant() {
        let read = |text: &str| text.parse::<Login>().map(String::from);
        assert_eq!(read(" Ada.Lovelace+hub@Example.COM ").as_deref(), Ok("ada.lovelace+hub@example.com"));
        assert_eq!(read("ada@bücher.example").as_deref(), Ok("ada@xn--bcher-kva.example"));
        assert_eq!(read("ada@localhost").as_deref(), Ok("ada@localhost"));
        for wrong in
            ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@exa mple.com", "a@b@c.example"]
        {
            assert_eq!(read(wrong), Err(LoginError), "{wrong}");
        }
        assert!(format!("{}@example.com", "a".repeat(400)).parse::<Login>().is_err());
    }

    #[test]
    fn a_name_is_one_line_with_something_in_it() {
        assert_eq!(name(" Ada "), Ok("Ada".to_owned()));
        for wrong in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert_eq!(name(wrong), Err(NameError), "{wrong}");
        }
    }

    #[test]
    fn every_kind_of_link_reads_back() {
        for kind in LinkKind::ALL {
            assert_eq!(LinkKind::from_name(kind.as_str()), Some(kind));
        }
    }
}
