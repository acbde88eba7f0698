//! Writes credentials into an outgoing request, and says what must then be hidden in what comes back.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderValue, Uri};
use wasmtime_wasi_http::Error;
use zeroize::Zeroizing;

use super::grant::Destination;
use super::secret::{self, Wanted};
use super::sign::Canonical;
use super::spelling::Used;
use super::token;
use crate::plugin::services::ServiceError;
use crate::plugin::state::Call;

type Value = Zeroizing<Vec<u8>>;

/// What a request is given.
#[derive(Default)]
pub(super) struct Credentials {
    secrets: Vec<(String, Value)>,
    /// What secrets that this host may have been sent were before.
    former: Vec<Value>,
    tokens: Vec<(String, Zeroizing<String>)>,
    /// Milliseconds since the epoch: the time that signatures cover.
    now: i64,
}

impl Credentials {
    /// Fetches what `wanted` asks for, and everything else that this host may have been sent before: it may
    /// echo that as well.
    pub(super) async fn fetch(call: &Arc<Call>, to: &Destination, wanted: &[Wanted]) -> Result<Self, Error> {
        let mut credentials = Self { now: call.shared.ambient.now_ms(), ..Self::default() };
        for one in wanted {
            match one {
                Wanted::Secret(name) | Wanted::Basic(_, name) => credentials.secret(call, name).await?,
                Wanted::Hmac(name) => {
                    let signing = call.binding.signing.iter().find(|signing| signing.name == *name);
                    let key =
                        signing.map(|signing| signing.secret.clone()).ok_or(Error::HttpRequestDenied)?;
                    credentials.secret(call, &key).await?;
                }
                Wanted::OAuth(name) => {
                    let token = token::access(call, name, None).await?;
                    credentials.tokens.push((name.clone(), token));
                }
                Wanted::Time(_) => {}
            }
        }
        for name in may_have(call, to) {
            if let Some(value) = read(call, name).await? {
                credentials.keep(name, value);
            }
            credentials.former.extend(former(call, name).await?);
        }
        Ok(credentials)
    }

    /// Fetches new access tokens for those that the other side refused, and says whether any is another now.
    pub(super) async fn renew(&mut self, call: &Arc<Call>) -> Result<bool, Error> {
        let mut changed = false;
        for (name, token) in &mut self.tokens {
            let new = token::access(call, name, Some(token)).await?;
            changed |= new != *token;
            *token = new;
        }
        self.now = call.shared.ambient.now_ms();
        Ok(changed)
    }

    async fn secret(&mut self, call: &Call, name: &str) -> Result<(), Error> {
        if self.secrets.iter().any(|(known, _)| known == name) {
            return Ok(());
        }
        match read(call, name).await? {
            Some(value) => self.keep(name, value),
            None => {
                call.deny(&format!("the secret `{name}` is not set for this connection"));
                return Err(Error::ConfigurationError);
            }
        }
        Ok(())
    }

    fn keep(&mut self, name: &str, value: Value) {
        if !self.secrets.iter().any(|(known, _)| known == name) {
            self.secrets.push((name.to_owned(), value));
        }
    }

    /// The value of what is wanted, except of signatures, which cover the rest.
    fn value(&self, call: &Call, wanted: &Wanted) -> Result<Option<Value>, Error> {
        let secret =
            |name: &str| self.secrets.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let value = match wanted {
            Wanted::Secret(name) => secret(name).cloned(),
            Wanted::Basic(user, name) => {
                secret(name).map(|value| Zeroizing::new(secret::pair(user, value).as_bytes().to_vec()))
            }
            Wanted::OAuth(name) => {
                let token = self.tokens.iter().find(|(known, _)| known == name);
                token.map(|(_, token)| Zeroizing::new(token.as_bytes().to_vec()))
            }
            Wanted::Time(name) => {
                let signing = call.binding.signing.iter().find(|signing| signing.name == *name);
                signing.map(|signing| Zeroizing::new(signing.time(self.now).into_bytes()))
            }
            Wanted::Hmac(_) => return Ok(None),
        };
        value.map(Some).ok_or(Error::HttpRequestDenied)
    }

    /// Writes everything into a request. `body` is what signatures cover of it.
    pub(super) fn write(&self, call: &Call, parts: &mut Parts, body: &[u8]) -> Result<Used, Error> {
        let mut used = Used::default();
        self.secrets.iter().for_each(|(_, value)| used.note(value));
        self.former.iter().for_each(|value| used.note(value));
        self.tokens.iter().for_each(|(_, token)| used.note(token.as_bytes()));
        fill(call, parts, |wanted| self.value(call, wanted))?;
        let mut signatures = Vec::new();
        let canonical = Canonical { parts, body, now: self.now };
        for signing in &call.binding.signing {
            let key = self.secrets.iter().find(|(name, _)| *name == signing.secret);
            if let Some((_, key)) = key.filter(|_| canonical.asks_for(&signing.name)) {
                let signature = canonical.sign(signing, key).map_err(|why| {
                    call.deny(&why);
                    Error::HttpRequestDenied
                })?;
                used.note(signature.as_bytes());
                signatures.push((signing.name.clone(), signature));
            }
        }
        if !signatures.is_empty() {
            fill(call, parts, |wanted| {
                let Wanted::Hmac(name) = wanted else { return Ok(None) };
                let signature = signatures.iter().find(|(known, _)| known == name);
                Ok(signature.map(|(_, signature)| Zeroizing::new(signature.as_bytes().to_vec())))
            })?;
        }
        Ok(used)
    }
}

/// The names of the secrets that a host may have been sent: in requests, and where access tokens come from.
fn may_have<'a>(call: &'a Call, to: &Destination) -> Vec<&'a str> {
    let binding = &call.binding;
    let sent = binding.secrets.iter().filter(|secret| secret.hosts.iter().any(|(_, host)| to.is(host)));
    let buying = binding.oauth.iter().filter(|oauth| to.is_among(std::slice::from_ref(&oauth.token_host)));
    sent.map(|secret| secret.name.as_str()).chain(buying.flat_map(|oauth| oauth.secrets())).collect()
}

async fn read(call: &Call, name: &str) -> Result<Option<Value>, Error> {
    let value = call.shared.services.secret(call.binding.connection(), name).await;
    value.map_err(|error| unreadable(call, &error))
}

async fn former(call: &Call, name: &str) -> Result<Vec<Value>, Error> {
    let values = call.shared.services.former_secrets(call.binding.connection(), name).await;
    values.map_err(|error| unreadable(call, &error))
}

fn unreadable(call: &Call, error: &ServiceError) -> Error {
    tracing::error!(plugin = call.core.name(), connection = %call.binding.connection(), %error, "a secret could not be read");
    Error::InternalError(None)
}

/// Fills headers, path and query.
fn fill(
    call: &Call,
    parts: &mut Parts,
    mut value_of: impl FnMut(&Wanted) -> Result<Option<Value>, Error>,
) -> Result<(), Error> {
    for value in parts.headers.values_mut() {
        let Ok(text) = value.to_str() else { continue };
        if text.contains("{{") {
            let filled = Zeroizing::new(secret::fill(text, &mut value_of)?.into_owned());
            let mut filled = HeaderValue::from_bytes(&filled).map_err(|_| {
                call.deny("a secret holds characters that a header cannot: set it again without line breaks");
                Error::ConfigurationError
            })?;
            filled.set_sensitive(true);
            *value = filled;
        }
    }
    if let Some(path) = parts.uri.path_and_query().map(|path| path.as_str())
        && !secret::wanted_in_path(path).is_empty()
    {
        let filled = secret::fill_path(path, &mut value_of)?;
        let mut uri = std::mem::take(&mut parts.uri).into_parts();
        uri.path_and_query = Some(filled.parse().map_err(|_| Error::HttpRequestUriInvalid)?);
        parts.uri = Uri::from_parts(uri).map_err(|_| Error::HttpRequestUriInvalid)?;
    }
    Ok(())
}
