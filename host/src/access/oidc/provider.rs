//! A provider as it describes itself (OpenID Connect Discovery 1.0), its keys, and what it gives for a code.

use std::sync::Mutex;
use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::JwkSet;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::OidcError;
use crate::config::Oidc;
use crate::package::{roots, use_ring};

/// How much of an answer is read, in bytes: none of these documents has a tenth of it.
const MOST: usize = 1024 * 1024;

/// How long what a provider says of itself is believed, in milliseconds.
const BELIEVED: i64 = 60 * 60 * 1_000;

/// How soon its keys are read again where one is missing, in milliseconds.
const AGAIN: i64 = 60 * 1_000;

/// What the discovery document says, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What the token endpoint gives.
#[derive(Deserialize)]
struct Given {
    id_token: Option<String>,
    error: Option<String>,
}

/// A provider.
pub(super) struct Provider {
    described: Described,
    read_at: i64,
    http: Client,
    keys: Mutex<Option<(JwkSet, i64)>>,
}

fn odd(why: impl Into<String>) -> OidcError {
    OidcError::Provider(why.into())
}

/// Where a request may go: over TLS, or to this machine.
fn address(text: &str, what: &str) -> Result<Url, OidcError> {
    let url: Url = text.parse().map_err(|_| odd(format!("its {what} is no address")))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || url.scheme() == "http" && loopback {
        Ok(url)
    } else {
        Err(odd(format!("its {what} is not reached over https")))
    }
}

/// Sends a request and reads a JSON answer of a bounded size.
async fn json<T: DeserializeOwned>(request: RequestBuilder, what: &str) -> Result<T, OidcError> {
    let unreachable = |_| odd(format!("its {what} did not answer"));
    let mut answer = request.header(ACCEPT, "application/json").send().await.map_err(unreachable)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&piece);
        if body.len() > MOST {
            return Err(odd(format!("its {what} answered more than {MOST} bytes")));
        }
    }
    serde_json::from_slice(&body)
        .map_err(|_| odd(format!("its {what} answered {status}, and not as it should")))
}

impl Provider {
    /// Reads what the provider says of itself.
    pub(super) async fn discover(oidc: &Oidc, now: i64) -> Result<Self, OidcError> {
        use_ring();
        let roots = roots(None).map_err(|(_, why)| odd(why))?;
        let http = Client::builder()
            .tls_certs_only(roots)
            .timeout(oidc.timeout)
            // What is asked for is at the address that was given, or nowhere.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| odd("no request can be made"))?;
        let well_known = format!("{}/.well-known/openid-configuration", oidc.issuer.trim_end_matches('/'));
        let described: Described = json(http.get(address(&well_known, "issuer")?), "description").await?;
        if described.issuer != oidc.issuer {
            return Err(odd(format!(
                "it calls itself `{}`, and `accounts.oidc.issuer` is `{}`; they must be the same, to the last slash",
                described.issuer, oidc.issuer
            )));
        }
        address(&described.authorization_endpoint, "page")?;
        address(&described.token_endpoint, "token endpoint")?;
        address(&described.jwks_uri, "list of keys")?;
        Ok(Self { described, read_at: now, http, keys: Mutex::default() })
    }

    /// Whether it is the configured one and was read lately.
    pub(super) fn serves(&self, oidc: &Oidc, now: i64) -> bool {
        self.described.issuer == oidc.issuer && now < self.read_at.saturating_add(BELIEVED)
    }

    /// The address of its page with these parameters.
    pub(super) fn page(&self, parameters: &[(&str, &str)]) -> String {
        // It was read when the provider was.
        let Ok(mut url) = self.described.authorization_endpoint.parse::<Url>() else { return String::new() };
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }

    /// The ID token that a code is worth.
    pub(super) async fn exchange(
        &self,
        oidc: &Oidc,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<String, OidcError> {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        let mut request = self.http.post(address(&self.described.token_endpoint, "token endpoint")?);
        let methods = &self.described.token_endpoint_auth_methods_supported;
        let secret = secret(oidc)?;
        match &secret {
            // Without a word on it, the header is what every provider takes (OpenID Connect Discovery 1.0, 3).
            Some(secret) if methods.is_empty() || methods.iter().any(|one| one == "client_secret_basic") => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = Zeroizing::new(format!("{}:{}", encoded(&oidc.client_id), encoded(secret)));
                let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
                request = request.header(AUTHORIZATION, &**value);
            }
            Some(secret) => pairs.extend([("client_id", &*oidc.client_id), ("client_secret", secret)]),
            None => pairs.push(("client_id", &oidc.client_id)),
        }
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let given: Given = json(request, "token endpoint").await?;
        match (given.id_token, given.error) {
            (Some(token), None) => Ok(token),
            (_, Some(error)) => {
                Err(odd(format!("it refused the code: {}", error.chars().take(80).collect::<String>())))
            }
            (None, None) => Err(odd("it gave no ID token")),
        }
    }

    /// Its keys, as they were last read.
    pub(super) async fn keys(&self, now: i64) -> Result<JwkSet, OidcError> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((keys, _)) => Ok(keys),
            None => self.read_keys(now).await,
        }
    }

    /// Its keys as they are now, unless they were read a moment ago.
    pub(super) async fn keys_anew(&self, now: i64) -> Result<JwkSet, OidcError> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((keys, at)) if now < at.saturating_add(AGAIN) => Ok(keys),
            _ => self.read_keys(now).await,
        }
    }

    async fn read_keys(&self, now: i64) -> Result<JwkSet, OidcError> {
        let url = address(&self.described.jwks_uri, "list of keys")?;
        let keys: JwkSet = json(self.http.get(url), "list of keys").await?;
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((keys.clone(), now));
        Ok(keys)
    }
}

/// The hub's secret at the provider, read anew each time, so that it can be replaced.
fn secret(oidc: &Oidc) -> Result<Option<Zeroizing<String>>, OidcError> {
    let Some(path) = &oidc.client_secret_file else { return Ok(None) };
    let read = std::fs::read_to_string(path).map(Zeroizing::new);
    let read = read.map_err(|_| odd("the file of `accounts.oidc.client_secret_file` cannot be read"))?;
    Ok(Some(Zeroizing::new(read.trim().to_owned())))
}
