//! What ties a plugin to one connection: settings, address, and what it is granted.

use std::sync::Arc;

use super::Plugin;
use crate::model::id::ConnectionId;

/// Why a connection cannot be bound to a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// A granted host is made from a setting that is not there or does not make a host name.
    #[error("the host `{host}` cannot be made from the settings: {why}")]
    Host {
        /// As the manifest spells it.
        host: String,
        /// What is wrong.
        why: String,
    },
}

/// A connection as a plugin's calls see it. Made once per connection and shared by its calls.
#[derive(Debug)]
pub struct Binding {
    /// The connection.
    pub(super) connection: ConnectionId,
    /// All settings, defaults filled in, as JSON.
    pub(super) settings: Arc<str>,
    /// `https://hub.example/hooks/{connection}`.
    pub(super) public_url: Arc<str>,
}

impl Binding {
    /// Binds a connection. `settings` must match the manifest's schema, defaults filled in;
    /// `public_url` is where the vendor reaches this connection.
    ///
    /// # Errors
    /// When a granted host cannot be made from the settings.
    pub fn new(
        _plugin: &Plugin,
        connection: ConnectionId,
        settings: &serde_json::Value,
        public_url: &str,
    ) -> Result<Arc<Self>, BindingError> {
        Ok(Arc::new(Self {
            connection,
            settings: settings.to_string().into(),
            public_url: public_url.into(),
        }))
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &ConnectionId {
        &self.connection
    }
}
