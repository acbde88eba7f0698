//! What ties a plugin to one connection: settings, address, and what it is granted.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::ledger::Ledger;
use super::share::Share;
use super::{Limits, Plugin};
use crate::model::grant::Ask;
use crate::model::id::ConnectionId;
use crate::model::limit::Overrides;
use crate::model::manifest::{
    Algorithm, AllowedHost, ClientAuth, ClientId, Encoding, Grant, Host, HostPattern, Manifest, Secret,
    Template, TimeUnit,
};

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

/// An access token of this connection, and where it may be sent.
#[derive(Debug, Clone)]
pub(super) struct OAuthGrant {
    pub(super) name: String,
    pub(super) token_url: String,
    pub(super) token_host: AllowedHost,
    pub(super) grant: Grant,
    pub(super) client: Client,
    pub(super) client_secret: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) auth: ClientAuth,
    pub(super) hosts: Vec<AllowedHost>,
}

impl OAuthGrant {
    /// The secrets that are sent where the token comes from.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let refresh = match &self.grant {
            Grant::RefreshToken(name) => Some(name.as_str()),
            Grant::ClientCredentials => None,
        };
        let client = match &self.client {
            Client::Secret(name) => Some(name.as_str()),
            Client::Text(_) | Client::Unset(_) => None,
        };
        self.client_secret.as_deref().into_iter().chain(refresh).chain(client)
    }
}

/// Who asks for an access token.
#[derive(Debug, Clone)]
pub(super) enum Client {
    /// This one.
    Text(String),
    /// The one in the secret of that name.
    Secret(String),
    /// Nobody: the setting of that name has no value.
    Unset(String),
}

/// A signature of this connection, and where it may be sent.
#[derive(Debug, Clone)]
pub(super) struct SigningGrant {
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) algorithm: Algorithm,
    pub(super) encoding: Encoding,
    pub(super) signed: Template,
    pub(super) timestamp: TimeUnit,
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
    /// What the manifest asks for, granted or not: so that a refusal can say which of the two it is.
    asked: Vec<HostGrant>,
    asked_secrets: Vec<SecretGrant>,
    /// What its calls may use.
    pub(super) limits: Limits,
    pub(super) share: Arc<Share>,
    pub(super) oauth: Vec<OAuthGrant>,
    pub(super) signing: Vec<SigningGrant>,
    pub(super) ledger: Arc<Ledger>,
}

impl Binding {
    /// Whether one more line about this connection may go into the log now: what its plugin says, and what the
    /// hub says of its requests. Counts it; how many may not is told with the next that may.
    #[must_use]
    pub fn may_log(&self) -> bool {
        let untold = self.share.lines.one_more();
        if let Some(untold @ 1..) = untold {
            tracing::warn!(connection = %self.connection, untold, "lines about this connection over `plugin.log_rate` were left out");
        }
        untold.is_some()
    }

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
        Self::with_limits(plugin, connection, settings, public_url, &Overrides::default())
    }

    /// The same with the budgets that the operator set for this connection.
    ///
    /// # Errors
    /// As [`Binding::new`].
    pub fn with_limits(
        plugin: &Plugin,
        connection: ConnectionId,
        settings: &Value,
        public_url: &str,
        overrides: &Overrides,
    ) -> Result<Arc<Self>, BindingError> {
        let (manifest, asks) = (&*plugin.manifest, plugin.asks());
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
        let oauth = manifest.oauth.iter().map(|oauth| {
            let address = oauth.token_url.resolve(settings).map_err(|why| BindingError::Host {
                host: oauth.token_url.to_string(),
                why: why.to_string(),
            })?;
            let client = match &oauth.client_id {
                ClientId::Text(text) => Client::Text(text.clone()),
                ClientId::Secret(name) => Client::Secret(name.to_string()),
                ClientId::Setting(name) => {
                    let value = settings.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
                    value.map_or_else(|| Client::Unset(name.clone()), |value| Client::Text(value.to_owned()))
                }
            };
            Ok(OAuthGrant {
                name: oauth.name.to_string(),
                token_url: address.url,
                token_host: address.host,
                grant: oauth.grant.clone(),
                client,
                client_secret: oauth.client_secret.as_ref().map(ToString::to_string),
                scope: oauth.scope.clone(),
                auth: oauth.auth,
                hosts: oauth.hosts.iter().map(resolve).collect::<Result<_, _>>()?,
            })
        });
        let signing = manifest.signing.iter().map(|signing| {
            Ok(SigningGrant {
                name: signing.name.to_string(),
                secret: signing.secret.to_string(),
                algorithm: signing.algorithm,
                encoding: signing.encoding,
                signed: signing.signed.clone(),
                timestamp: signing.timestamp,
                hosts: signing.hosts.iter().map(resolve).collect::<Result<_, _>>()?,
            })
        });
        Ok(Arc::new(Self {
            oauth: oauth.collect::<Result<_, BindingError>>()?,
            signing: signing.collect::<Result<_, BindingError>>()?,
            ledger: plugin.shared.ledgers.of(&connection),
            share: plugin.shared.shares.of(&connection),
            hosts: hosts(manifest)?,
            asked: hosts(asks)?,
            secrets: secrets(manifest)?,
            asked_secrets: secrets(asks)?,
            connection,
            settings: settings.to_string().into(),
            public_url: public_url.into(),
            limits: plugin.core.limits.with(overrides),
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

    /// What its calls may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
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
