//! What is asked of a registry: the requests that a pull needs, each answer read up to its limit.
//!
//! It is a small protocol (OCI distribution specification, "pull"): a request; where that is answered 401, a
//! login as the answer says; the request again. `oci-client` does the same and reads descriptions, tokens and
//! errors into memory whatever their size, so only its words for references and descriptions are used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_auth::ChallengeRef;
use oci_client::Reference;
use oci_client::errors::{OciEnvelope, OciErrorCode};
use oci_client::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Certificate, Client, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::oci::{PullError, PullOptions, short, use_ring, words};

/// The answer to a login. A token goes by either name, in some registries by both.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// A registry, asked for one image.
pub(super) struct Registry {
    http: Client,
    image: Arc<Reference>,
    plain_http: Vec<String>,
    login: RegistryAuth,
    /// As whom, in words.
    used: String,
    authorization: Option<HeaderValue>,
    /// How much of an answer is read that is no plugin's file, in bytes.
    max_answer: usize,
}

impl Registry {
    pub(super) async fn new(image: Arc<Reference>, options: &PullOptions) -> Result<Self, PullError> {
        use_ring();
        let http = Client::builder()
            .tls_certs_only(certificates(options)?)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.timeout)
            .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| PullError::Registry {
                registry: image.registry().to_owned(),
                why: words(&error),
            })?;
        let (login, used) = options.login.resolve(image.registry()).await;
        Ok(Self {
            http,
            image,
            plain_http: options.plain_http.clone(),
            login,
            used,
            authorization: None,
            max_answer: options.max_answer,
        })
    }

    fn name(&self) -> String {
        self.image.registry().to_owned()
    }

    fn url(&self, rest: &str) -> String {
        let host = self.image.resolve_registry();
        let scheme = if self.is_plain(host) { "http" } else { "https" };
        format!("{scheme}://{host}/v2/{rest}")
    }

    fn is_plain(&self, host: &str) -> bool {
        self.plain_http.iter().any(|plain| plain == host)
    }

    fn unreachable(&self, error: &reqwest::Error) -> PullError {
        PullError::Unreachable { registry: self.name(), why: words(error) }
    }

    fn odd(&self, why: impl Into<String>) -> PullError {
        PullError::Registry { registry: self.name(), why: why.into() }
    }

    fn denied(&self) -> PullError {
        PullError::Denied {
            registry: self.name(),
            repository: self.image.repository().to_owned(),
            used: self.used.clone(),
        }
    }

    fn missing(&self) -> PullError {
        PullError::Missing { registry: self.name(), what: self.image.whole() }
    }

    /// The description that `reference` (a tag or digest) names.
    pub(super) async fn description(&mut self, reference: &str, accept: &str) -> Result<Vec<u8>, PullError> {
        let url = self.url(&format!("{}/manifests/{reference}", self.image.repository()));
        let answer = self.get(&url, accept).await?;
        let what = "what it says an image is";
        self.read(answer, self.max_answer).await?.ok_or_else(|| self.too_much(what))
    }

    /// A file, at most `limit` bytes of it; `None` when there is more.
    pub(super) async fn file(&mut self, digest: &str, limit: usize) -> Result<Option<Vec<u8>>, PullError> {
        let url = self.url(&format!("{}/blobs/{digest}", self.image.repository()));
        let answer = self.get(&url, "*/*").await?;
        self.read(answer, limit).await
    }

    fn too_much(&self, what: &'static str) -> PullError {
        PullError::TooMuch { registry: self.name(), what, limit: self.max_answer }
    }

    async fn get(&mut self, url: &str, accept: &str) -> Result<Response, PullError> {
        let mut answer = self.send(url, accept).await?;
        if answer.status() == StatusCode::UNAUTHORIZED && self.authorization.is_none() {
            self.authorization = self.authorize(&answer).await?;
            if self.authorization.is_some() {
                answer = self.send(url, accept).await?;
            }
        }
        if answer.status() == StatusCode::OK { Ok(answer) } else { Err(self.refused(answer).await) }
    }

    async fn send(&self, url: &str, accept: &str) -> Result<Response, PullError> {
        let mut request = self.http.get(url).header(ACCEPT, accept);
        if let Some(authorization) = &self.authorization {
            // A redirect to another host leaves it behind.
            request = request.header(AUTHORIZATION, authorization);
        }
        request.send().await.map_err(|error| self.unreachable(&error))
    }

    /// Up to `limit` bytes; `None` when there are more, of which nothing is waited for.
    async fn read(&self, mut answer: Response, limit: usize) -> Result<Option<Vec<u8>>, PullError> {
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Ok(None);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.unreachable(&error))? {
            if body.len() + piece.len() > limit {
                return Ok(None);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Some(body))
    }

    /// What to send along, as the answer or the registry's root demands it; `None` where this login has
    /// nothing for that.
    async fn authorize(&self, answer: &Response) -> Result<Option<HeaderValue>, PullError> {
        let demand = match demand(answer) {
            Some(demand) => Some(demand),
            None => demand(&self.send(&self.url(""), "*/*").await?),
        };
        let Some(demand) = demand else { return Ok(None) };
        let challenges = http_auth::parse_challenges(&demand)
            .map_err(|_| self.odd("its demand for a login is damaged"))?;
        let of = |scheme: &str| challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case(scheme));
        if let Some(bearer) = of("Bearer") {
            return self.token(bearer).await.map(Some);
        }
        match (of("Basic"), &self.login) {
            (Some(_), RegistryAuth::Basic(name, password)) => {
                use base64::Engine as _;
                let pair = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
                self.secret(format!("Basic {pair}")).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn secret(&self, text: String) -> Result<HeaderValue, PullError> {
        let mut value = HeaderValue::try_from(text).map_err(|_| self.odd("its token is damaged"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Fetches a token where the registry says.
    async fn token(&self, bearer: &ChallengeRef<'_>) -> Result<HeaderValue, PullError> {
        let parameter = |name: &str| {
            let found = bearer.params.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        let realm = parameter("realm").ok_or_else(|| self.odd("it does not say where to log in"))?;
        let url: url::Url = realm.parse().map_err(|_| self.odd("it does not say where to log in"))?;
        let host = url.host_str().unwrap_or_default();
        let place = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if url.scheme() != "https" && !self.is_plain(&place) {
            return Err(self.odd(format!("a login would be sent to {} without TLS", short(&place))));
        }
        let mut request =
            self.http.get(url).query(&[("scope", format!("repository:{}:pull", self.image.repository()))]);
        if let Some(service) = parameter("service") {
            request = request.query(&[("service", service)]);
        }
        if let RegistryAuth::Basic(name, password) = &self.login {
            request = request.basic_auth(name, Some(password));
        }
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(self.denied()),
            other => return Err(self.odd(format!("status {} where a login is given", other.as_u16()))),
        }
        let body = self.read(answer, self.max_answer).await?;
        let body = body.ok_or_else(|| self.too_much("a token"))?;
        let answer: Token = serde_json::from_slice(&body).map_err(|_| self.odd("its token is damaged"))?;
        let token = answer.token.or(answer.access_token).ok_or_else(|| self.odd("it gives no token"))?;
        self.secret(format!("Bearer {token}"))
    }

    /// What an answer other than 200 means.
    async fn refused(&self, answer: Response) -> PullError {
        let status = answer.status().as_u16();
        let body = self.read(answer, self.max_answer).await.ok().flatten().unwrap_or_default();
        let envelope = serde_json::from_slice::<OciEnvelope>(&body).ok();
        let code = envelope.as_ref().and_then(|envelope| envelope.errors.first()).map(|error| &error.code);
        match (status, code) {
            (401 | 403, _) | (_, Some(OciErrorCode::Unauthorized | OciErrorCode::Denied)) => self.denied(),
            (404, _)
            | (
                _,
                Some(
                    OciErrorCode::ManifestUnknown
                    | OciErrorCode::NameUnknown
                    | OciErrorCode::NotFound
                    | OciErrorCode::BlobUnknown
                    | OciErrorCode::ManifestBlobUnknown,
                ),
            ) => self.missing(),
            _ => match envelope {
                Some(envelope) => self.odd(short(&envelope.to_string())),
                None => self.odd(format!("status {status}")),
            },
        }
    }
}

/// What an answer demands of whoever asks.
fn demand(answer: &Response) -> Option<String> {
    let header = answer.headers().get(WWW_AUTHENTICATE)?;
    header.to_str().ok().map(str::to_owned)
}

fn certificates(options: &PullOptions) -> Result<Vec<Certificate>, PullError> {
    roots(options.extra_ca.as_deref()).map_err(|(path, why)| PullError::Certificates { path, why })
}

/// The authorities that plugins' own requests trust too, so that the hub has one answer to whom it trusts,
/// also in a container without any; with those of a file.
///
/// # Errors
/// When the file cannot be used: which one, and what is wrong with it.
pub(crate) fn roots(extra_ca: Option<&Path>) -> Result<Vec<Certificate>, (PathBuf, String)> {
    let known = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    // Those that are built in are well-formed.
    let mut all: Vec<Certificate> = known.filter_map(|root| Certificate::from_der(root).ok()).collect();
    if let Some(path) = extra_ca {
        let wrong = |why: String| (path.to_owned(), why);
        let extra = CertificateDer::pem_file_iter(path)
            .map_err(|error| wrong(format!("cannot be read ({error})")))?;
        for certificate in extra {
            let der = certificate.map_err(|error| wrong(format!("is damaged ({error})")))?;
            all.push(Certificate::from_der(&der).map_err(|error| wrong(format!("is damaged ({error})")))?);
        }
    }
    Ok(all)
}
