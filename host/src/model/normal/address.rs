//! How a connection writes a name that the hub compares in another form.

use super::super::identifier::Identifier;

/// What to write on a connection for a name, where its own spelling differs from the one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The name in its one form.
    pub identifier: Identifier,
    /// As the connection writes it.
    pub address: String,
}
