//! Where a database is: in a file, or on a server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::StoreError;

/// The address of a PostgreSQL database. Its password is shown nowhere.
#[derive(Clone)]
pub struct Server {
    options: PgConnectOptions,
}

impl Server {
    /// How to connect to it.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }
}

impl FromStr for Server {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        // What the library says of a bad address may repeat its password.
        let bad = || {
            StoreError::Address(text.split_once("://").map_or("", |(scheme, _)| scheme).to_owned() + "://…")
        };
        Ok(Self { options: text.parse().map_err(|_| bad())? })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        write!(f, "postgres://{}@", options.get_username())?;
        match options.get_socket() {
            Some(socket) => write!(f, "{}", socket.display())?,
            None => write!(f, "{}", options.get_host())?,
        }
        write!(f, ":{}/{database}", options.get_port())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a program has one or two of them")]
pub enum Location {
    /// An SQLite database in a file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server(Server),
}

impl Location {
    /// What helps where the database cannot be opened, or takes no changes, for a reason that passes.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::File(_) => "make room on its disk, or its folder writable",
            Self::Server(_) => {
                "its server's log says why: start it, make room on its disk, or have it take changes again"
            }
        }
    }
}

impl FromStr for Location {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Server(text.parse()?));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err(StoreError::Address(text.split('@').next_back().unwrap_or_default().to_owned()));
        }
        Ok(Self::File(path.into()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => write!(f, "{server}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_on_a_server_and_its_password_is_not_shown() {
        for file in ["hub.db", "sqlite:hub.db", "sqlite://hub.db"] {
            assert_eq!(file.parse::<Location>().expect("a file"), Location::File("hub.db".into()));
        }
        let server: Location = "postgres://hub:s3cret@db.example:5433/switchboard".parse().expect("a server");
        assert_eq!(server.to_string(), "postgres://hub@db.example:5433/switchboard");
        assert!(!format!("{server:?}").contains("s3cret"));
        for wrong in ["", "mysql://a:s3cret@b/c", "postgres://hub:s3cret@:::/x"] {
            let refused = wrong.parse::<Location>().expect_err(wrong).to_string();
            assert!(refused.contains("no address") && !refused.contains("s3cret"), "{refused}");
        }
    }
}
