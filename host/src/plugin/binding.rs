//! What ties a plugin to one connection: settings, address, and what it is granted.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Plugin;
use super::share::Share;
use crate::model::grant::Ask;
use crate::model::id::ConnectionId;
use crate::model::manifest::{AllowedHost, Host, HostPattern, Manifest, Secret};

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
    /// As the manifest writes it.
    pub(super) pattern: String,
    pub(super) host: AllowedHost,
    pub(super) methods: Vec<String>,
}

/// Where a secret of this connection may be sent.
#[derive(Debug, Clone)]
pub(super) struct SecretGrant {
    pub(super) name: String,
    /// As the manifest writes them, and filled in.
    pub(super) hosts: Vec<(String, AllowedHost)>,
}

/// A connection as a plugin's calls see it. Made once per connection, when it is loaded or changed, and
/// shared by its calls. Secrets are not in it: they are asked for when they are used.
pub struct Binding {
    connection: ConnectionId,
    pub(super) settings: Arc<str>,
    pub(super) public_url: Arc<str>,
    pub(super) hosts: Vec<HostGrant>,
    pub(super) secrets: Vec<SecretGrant>,
    /// What the manifest asks for, granted or not: so that a refusal can say which of the two it is.
    asked: Vec<HostGrant>,
    asked_secrets: Vec<SecretGrant>,
    pub(super) share: Arc<Share>,
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
        let share = plugin.shared.shares.of(&connection);
        Self::of_manifest(&plugin.manifest, plugin.asks(), connection, settings, public_url, share)
    }

    fn of_manifest(
        manifest: &Manifest,
        asks: &Manifest,
        connection: ConnectionId,
        settings: &Value,
        public_url: &str,
        share: Arc<Share>,
    ) -> Result<Arc<Self>, BindingError> {
        let resolve = |host: &HostPattern| {
            host.resolve(settings)
                .map_err(|why| BindingError::Host { host: host.to_string(), why: why.to_string() })
        };
        let hosts = |manifest: &Manifest| {
            let grant = |host: &Host| {
                Ok(HostGrant {
                    pattern: host.host.to_string(),
                    host: resolve(&host.host)?,
                    methods: host.methods.clone(),
                })
            };
            manifest.hosts.iter().map(grant).collect::<Result<Vec<_>, _>>()
        };
        let secrets = |manifest: &Manifest| {
            let grant = |secret: &Secret| {
                let host = |host: &HostPattern| Ok((host.to_string(), resolve(host)?));
                let hosts = secret.hosts.iter().map(host).collect::<Result<_, _>>()?;
                Ok(SecretGrant { name: secret.name.as_str().to_owned(), hosts })
            };
            manifest.secrets.iter().map(grant).collect::<Result<Vec<_>, _>>()
        };
        Ok(Arc::new(Self {
            hosts: hosts(manifest)?,
            asked: hosts(asks)?,
            secrets: secrets(manifest)?,
            asked_secrets: secrets(asks)?,
            connection,
            settings: settings.to_string().into(),
            public_url: public_url.into(),
            share,
        }))
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The grant that a request needs, when its manifest asks for one that covers it.
    pub(super) fn needed(&self, scheme: &str, host: &str, port: Option<u16>, method: &str) -> Option<Ask> {
        let fits = |asked: &&HostGrant| {
            asked.host.allows(scheme, host, port) && asked.methods.iter().any(|one| one == method)
        };
        self.asked.iter().find(fits).map(|asked| Ask::Host(method.to_owned(), asked.pattern.clone()))
    }

    /// The grant to send a secret there, when its manifest asks for one that covers it.
    pub(super) fn asked_for(&self, name: &str, scheme: &str, host: &str, port: Option<u16>) -> Option<Ask> {
        let secret = self.asked_secrets.iter().find(|secret| secret.name == name)?;
        let (pattern, _) = secret.hosts.iter().find(|(_, allowed)| allowed.allows(scheme, host, port))?;
        Some(Ask::Secret(name.to_owned(), pattern.clone()))
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
