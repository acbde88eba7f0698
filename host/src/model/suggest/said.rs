//! Where what was compared comes from.

use serde::Serialize;

/// Who says something of a person, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Said {
    /// What people call the connection; `None` where it was removed.
    pub title: Option<String>,
    /// When it was said last: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Whether somebody typed it and nobody checked.
    pub typed: bool,
}
