//! Who did what, and when.

use serde::Serialize;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its place in the log.
    pub n: i64,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Who: an account's or token's id, `command line (USER)`, or `the hub`.
    pub who: String,
    /// What: `plugin-approved`, `plugin-rolled-back` …
    pub action: String,
    /// To what: a plugin's name, a connection's id …
    pub subject: String,
    /// The details in words.
    pub detail: String,
}
