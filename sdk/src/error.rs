//! Why a call did not do what was asked: the contract's [`Error`] and how others become one.
//!
//! `?` works on [`serde_json::Error`]. Text that is no JSON at all becomes [`Error::Reject`]: it can never
//! mean anything, so the vendor is told 400 and nothing is kept. JSON of an unexpected shape becomes
//! [`Error::Other`]: the delivery is parked, and can be replayed once the plugin understands it.

pub use crate::bindings::imports::switchboard::plugin::types::Error;

/// What a plugin's function answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// It may work later; the host backs off by itself.
    pub fn retry() -> Self {
        Self::Retry(None)
    }

    /// It may work after so many milliseconds, because the other side said so.
    pub fn retry_after(milliseconds: u64) -> Self {
        Self::Retry(Some(milliseconds))
    }

    /// It will never work as asked; `why` is read by a person.
    pub fn reject(why: impl Into<String>) -> Self {
        Self::Reject(why.into())
    }

    /// The set-up is wrong; `what` tells the operator what, and how to mend it.
    pub fn misconfigured(what: impl Into<String>) -> Self {
        Self::Misconfigured(what.into())
    }

    /// Anything else; `what` is logged, never shown to a customer. A delivery that ends so is parked.
    pub fn other(what: impl Into<String>) -> Self {
        Self::Other(what.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        match error.classify() {
            Category::Syntax | Category::Eof => Self::Reject(format!("not JSON: {error}")),
            Category::Data | Category::Io => Self::Other(format!("unexpected JSON: {error}")),
        }
    }
}

impl From<std::str::Utf8Error> for Error {
    fn from(error: std::str::Utf8Error) -> Self {
        Self::Reject(format!("not UTF-8: {error}"))
    }
}

impl From<std::string::FromUtf8Error> for Error {
    fn from(error: std::string::FromUtf8Error) -> Self {
        error.utf8_error().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_json_is_rejected_and_strange_json_is_kept() {
        let broken: Error = serde_json::from_str::<Vec<u8>>("[1,").unwrap_err().into();
        assert!(matches!(broken, Error::Reject(_)), "{broken:?}");
        let strange: Error = serde_json::from_str::<u8>("{}").unwrap_err().into();
        assert!(matches!(strange, Error::Other(_)), "{strange:?}");
    }
}
