//! A secret of a connection is replaced: one that was rotated, withdrawn, or set wrongly.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{Hub, HubError};
use crate::model::id::ConnectionId;
use crate::model::manifest::{Grant, Manifest, VerifyRule};
use crate::model::signature::{CompileError, Verifier};
use crate::store::{Audit, NewSecret, StoreError};

/// A new value for a secret.
#[derive(Clone)]
pub struct ReplaceSecret {
    /// Which secret, by its name in the manifest.
    pub name: String,
    /// The value.
    pub value: Zeroizing<Vec<u8>>,
    /// How long what comes in may still be signed with the value before; `None`: not at all.
    pub keep_old_for: Option<Duration>,
}

/// Why a secret was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such connection.
    #[error("there is no connection {0}")]
    UnknownConnection(ConnectionId),
    /// The plugin does not run, so that nothing can be checked.
    #[error(
        "the plugin `{0}` of this connection does not run, so the secret cannot be checked: `switchboard plugin show {0}` tells why"
    )]
    BrokenPlugin(String),
    /// The plugin takes no secret of that name.
    #[error("there is no secret `{name}`: {help}")]
    UnknownSecret {
        /// What was asked for.
        name: String,
        /// Those there are.
        help: String,
    },
    /// Nothing was given.
    #[error("the new value of `{0}` is empty; to do without the connection, pause or remove it")]
    Empty(String),
    /// The value cannot be what it should.
    #[error(transparent)]
    Key(CompileError),
    /// Nothing that comes in is verified with it.
    #[error(
        "no request that comes in is verified with the secret `{0}`, so there is nothing to keep the value before for"
    )]
    NotVerifying(String),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is replaced, and the hub could not put it to use yet.
    #[error("the secret is replaced, and the hub could not put it to use")]
    Reload(#[source] HubError),
}

impl Hub {
    /// Gives a secret of a connection a new value, and puts it to use: for what comes in and goes out from now
    /// on. Access tokens that were made of the value before are dropped. Answers until when the value before
    /// still verifies what comes in, in milliseconds since the epoch, where it does.
    ///
    /// # Errors
    /// When there is no such connection or secret, or the value cannot be one; nothing was changed then.
    pub async fn replace_secret(
        &self,
        id: &ConnectionId,
        new: ReplaceSecret,
        who: &str,
    ) -> Result<Option<i64>, SecretError> {
        let found = self.store().connection(id).await?;
        let connection = found.ok_or_else(|| SecretError::UnknownConnection(id.clone()))?;
        let plugin = self.plugin(&connection.plugin).ok_or(SecretError::BrokenPlugin(connection.plugin))?;
        let manifest = &plugin.manifest;
        check(manifest, &new)?;
        // One that does not open any more is there, and is nothing to be kept.
        let before = match self.store().secret(id, &new.name).await {
            Ok(before) => before,
            Err(StoreError::Sealed { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let changes = before.as_ref() != Some(&new.value);
        let until =
            new.keep_old_for.filter(|keep| !keep.is_zero() && before.is_some() && changes).map(|keep| {
                let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
                self.ambient().now_ms().saturating_add(keep)
            });
        let detail = match until.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
            Some(until) => format!("`{}`; the value before verifies until {until:.0}", new.name),
            None => format!("`{}`", new.name),
        };
        let audit = Audit { who: who.to_owned(), action: "secret-replaced", detail };
        let new = NewSecret {
            remember: changes && before.is_some() && is_sent(manifest, &new.name),
            verify_until: until,
            tokens: if changes { tokens_of(manifest, &new.name) } else { Vec::new() },
            name: new.name,
            value: new.value,
        };
        self.store().replace_secret(id, &new, audit).await?;
        tracing::info!(connection = %id, secret = new.name, who, "a secret was replaced");
        self.reload().await.map_err(SecretError::Reload)?;
        Ok(until)
    }
}

/// Whether a value may be that of a secret.
fn check(manifest: &Manifest, new: &ReplaceSecret) -> Result<(), SecretError> {
    let name = new.name.as_str();
    if manifest.secret(name).is_none() {
        let names: Vec<_> = manifest.secrets.iter().map(|secret| format!("`{}`", secret.name)).collect();
        let help = match names.as_slice() {
            [] => "this plugin takes none".to_owned(),
            names => format!("this plugin takes {}", names.join(", ")),
        };
        return Err(SecretError::UnknownSecret { name: new.name.clone(), help });
    }
    if new.value.is_empty() {
        return Err(SecretError::Empty(new.name.clone()));
    }
    let rules = verifying(manifest, name);
    if rules.is_empty() && new.keep_old_for.is_some() {
        return Err(SecretError::NotVerifying(new.name.clone()));
    }
    // Rule by rule and by this secret alone: another one that is amiss is no reason to refuse this one.
    for rule in rules {
        let mut alone = manifest.clone();
        if let Some(webhook) = &mut alone.webhook {
            webhook.verify = vec![rule.clone()];
        }
        Verifier::compile(&alone, |wanted| (wanted == name).then(|| new.value.clone()))
            .map_err(SecretError::Key)?;
    }
    Ok(())
}

/// The rules that check what comes in with a secret.
fn verifying<'a>(manifest: &'a Manifest, name: &str) -> Vec<&'a VerifyRule> {
    let rules = manifest.webhook.iter().flat_map(|webhook| &webhook.verify);
    rules.filter(|rule| rule.scheme.secrets().iter().any(|secret| secret.as_str() == name)).collect()
}

/// Whether a secret is sent anywhere, from where it may come back.
fn is_sent(manifest: &Manifest, name: &str) -> bool {
    let written = manifest.secret(name).is_some_and(|secret| !secret.hosts.is_empty());
    written || manifest.oauth.iter().any(|oauth| oauth.secrets().any(|secret| secret.as_str() == name))
}

/// The access tokens of which nothing is left when a secret is replaced. One that is renewed by a refresh token
/// is not among them where only its client's secret changes: the refresh token that the other side gave last
/// must not be lost.
fn tokens_of(manifest: &Manifest, name: &str) -> Vec<String> {
    let made_of = manifest.oauth.iter().filter(|oauth| match &oauth.grant {
        Grant::RefreshToken(refresh) => refresh.as_str() == name,
        Grant::ClientCredentials => oauth.secrets().any(|secret| secret.as_str() == name),
    });
    made_of.map(|oauth| oauth.name.to_string()).collect()
}

impl std::fmt::Debug for ReplaceSecret {
    /// Names it, and does not tell it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplaceSecret({} keep {:?})", self.name, self.keep_old_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
name = "example"
version = "1.0.0"
contract = "0.1"
title = "Example"
[[secrets]]
name = "key"
title = "Key of the other side"
[[secrets]]
name = "client_secret"
title = "Client's secret"
[[secrets]]
name = "refresh_token"
title = "Refresh token"
[[hosts]]
host = "*.example.com"
methods = ["POST"]
reason = "to ask"
[[oauth]]
name = "app"
token_url = "https://auth.example.com/token"
grant = "client-credentials"
client_id = "c"
client_secret = "client_secret"
hosts = ["api.example.com"]
[[oauth]]
name = "person"
token_url = "https://auth.example.com/token"
grant = "refresh-token"
refresh_token = "refresh_token"
client_id = "c"
client_secret = "client_secret"
hosts = ["api.example.com"]
[[webhook.verify]]
scheme = "ed25519"
encoding = "hex"
header = "x-signature"
signed = "{body}"
secret = "key"
[events]
emit = ["other"]
"#;

    fn manifest() -> Manifest {
        Manifest::parse(MANIFEST, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn refused(name: &str, value: &str, keep_old_for: Option<Duration>) -> Option<String> {
        let value = Zeroizing::new(value.as_bytes().to_vec());
        let new = ReplaceSecret { name: name.to_owned(), value, keep_old_for };
        check(&manifest(), &new).err().map(|error| error.to_string())
    }

    #[test]
    fn a_value_is_checked_before_it_takes_the_place_of_one_that_works() {
        let refusal = refused("kye", "x", None).expect("unknown");
        assert!(refusal.contains("takes `key`, `client_secret`, `refresh_token`"), "{refusal}");
        assert!(refused("key", "", None).is_some_and(|why| why.contains("empty")));
        assert!(refused("key", "no key", None).is_some_and(|why| why.contains("no Ed25519 public key")));
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(refused("key", public, Some(Duration::from_secs(60))), None);
        let refusal = refused("client_secret", "x", Some(Duration::from_secs(60))).expect("of no use");
        assert!(refusal.contains("no request that comes in is verified"), "{refusal}");
        assert_eq!(refused("client_secret", "x", None), None);
    }

    #[test]
    fn what_is_made_of_a_secret_goes_with_it_and_a_refresh_token_that_was_given_since_stays() {
        assert_eq!(tokens_of(&manifest(), "client_secret"), ["app"]);
        assert_eq!(tokens_of(&manifest(), "refresh_token"), ["person"]);
        assert!(tokens_of(&manifest(), "key").is_empty());
        assert!(is_sent(&manifest(), "refresh_token") && !is_sent(&manifest(), "key"));
    }
}
