//! What ties a plugin to one connection: settings, address, and what it is granted.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Plugin;
use crate::model::id::ConnectionId;
use crate::model::manifest::{AllowedHost, Manifest};

/// Why a connection cannot be bound to a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// A granted host cannot be made from the settings.
    #[error("the host `{host}` cannot be made: {why}")]
    Host {
        /// As the manifest spells it.
        host: String,
        /// What is wrong.
        why: String,
    },
}

/// A host that this connection may call.
#[derive(Debug, Clone)]
pub(super) struct HostGrant {
    pub(super) host: AllowedHost,
    pub(super) methods: Vec<String>,
}

/// Where a secret of this connection may be sent.
#[derive(Debug, Clone)]
pub(super) struct SecretGrant {
    pub(super) name: String,
    pub(super) hosts: Vec<AllowedHost>,
}

/// A connection as a plugin's calls see it. Made once per connection, when it is loaded or changed, and
/// shared by its calls. Secrets are not in it: they are asked for when they are used.
pub struct Binding {
    connection: ConnectionId,
    pub(super) settings: Arc<str>,
    pub(super) public_url: Arc<str>,
    pub(super) hosts: Vec<HostGrant>,
    pub(super) secrets: Vec<SecretGrant>,
}

impl Binding {
    /// Binds a connection. `settings` must match the manifest's schema, defaults filled in
    /// ([`Manifest::check_settings`]); `public_url` is where the vendor reaches this connection.
    ///
    /// # Errors
    /// When a granted host cannot be made from the settings.
    pub fn new(
        plugin: &Plugin,
        connection: ConnectionId,
        settings: &Value,
        public_url: &str,
    ) -> Result<Arc<Self>, BindingError> {
        Self::of_manifest(&plugin.manifest, connection, settings, public_url)
    }

    fn of_manifest(
        manifest: &Manifest,
        connection: ConnectionId,
        settings: &Value,
        public_url: &str,
    ) -> Result<Arc<Self>, BindingError> {
        let resolve = |host: &crate::model::manifest::HostPattern| {
            host.resolve(settings)
                .map_err(|why| BindingError::Host { host: host.to_string(), why: why.to_string() })
        };
        let hosts = manifest
            .hosts
            .iter()
            .map(|host| Ok(HostGrant { host: resolve(&host.host)?, methods: host.methods.clone() }));
        let secrets = manifest.secrets.iter().map(|secret| {
            let hosts = secret.hosts.iter().map(resolve).collect::<Result<_, _>>()?;
            Ok(SecretGrant { name: secret.name.as_str().to_owned(), hosts })
        });
        Ok(Arc::new(Self {
            hosts: hosts.collect::<Result<_, _>>()?,
            secrets: secrets.collect::<Result<_, _>>()?,
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

    /// All settings as JSON, defaults filled in.
    #[must_use]
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// Where the vendor reaches this connection.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binding({})", self.connection)
    }
}
