//! Outgoing requests of plugins: only to granted hosts, with credentials written in on the way out, and
//! under limits.

mod address;
mod client;
mod redact;
mod secret;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HOST, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks,
};
use zeroize::Zeroizing;

pub(super) use client::HttpClient;

use self::address::is_public;
use self::redact::{Guarded, Redactor};
use self::secret::Used;
use super::services::ReplayedRequest;
use super::state::Call;

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// The policy of one call of a plugin.
pub(super) struct Hooks {
    /// The call it belongs to.
    pub(super) call: Arc<Call>,
    /// How many requests were made.
    requests: u32,
    /// How many are under way.
    under_way: Arc<AtomicU32>,
}

impl Hooks {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self { call, requests: 0, under_way: Arc::default() }
    }
}

/// A request's place among those under way; free again when it is dropped.
struct Place(Arc<AtomicU32>);

impl Place {
    fn take(under_way: &Arc<AtomicU32>, limit: u32) -> Option<Self> {
        under_way
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then_some(n + 1))
            .ok()
            .map(|_| Self(Arc::clone(under_way)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|name: &HeaderName| DEFAULT_FORBIDDEN_HEADERS.contains(name))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        // What waits in the hub for each request's body, of which a call may begin many.
        64 << 10
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _fut: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let call = Arc::clone(&self.call);
        self.requests += 1;
        let limits = &call.shared.options.http;
        let place = match Place::take(&self.under_way, limits.concurrent) {
            Some(place) if self.requests <= limits.requests => Ok(place),
            Some(_) => {
                Err(format!("more than {} requests in one call (`plugin.http.requests`)", limits.requests))
            }
            None => {
                Err(format!("more than {} requests at once (`plugin.http.concurrent`)", limits.concurrent))
            }
        };
        Box::new(async move {
            match place {
                Ok(place) => send(&call, request, options.unwrap_or_default(), place).await,
                Err(why) => {
                    call.deny(&why);
                    Err(Error::ConnectionLimitReached)
                }
            }
        })
    }
}

/// Where a request goes, once it is allowed to.
struct Destination {
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    /// Whether the operator lets this host stand on a private address.
    private: bool,
}

async fn send(
    call: &Call,
    request: http::Request<WasiBody>,
    asked: RequestOptions,
    place: Place,
) -> Result<Sent, Error> {
    let limits = &call.shared.options.http;
    let destination = allowed(call, request.method(), request.uri())?;
    let (mut parts, body) = request.into_parts();
    let body = Limited::new(body, limits.max_request);
    if let Some(recordings) = call.shared.services.recordings() {
        check_names(call, &destination, &parts)?;
        let answer = replayed(&parts, body, limits.max_request).await?;
        let answer = recordings.answer(&answer).map_err(|why| {
            tracing::warn!(plugin = call.core.name(), %why, "no recorded answer to an outgoing request");
            Error::InternalError(Some(why))
        })?;
        return Ok((
            recorded(answer, limits.max_response, limits.response_timeout, place)?,
            Box::new(async { Ok(()) }),
        ));
    }

    let used = write_secrets(call, &destination, &mut parts).await?;
    if !used.is_empty() {
        // What is compressed cannot be looked through for an echo.
        parts.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    parts.version = http::Version::HTTP_11;
    let body: WasiBody = body
        .map_err(|error| match error.downcast::<Error>() {
            Ok(own) => *own,
            Err(_) => Error::HttpRequestBodySize(None),
        })
        .boxed_unsync();
    let patience = shorter(limits.response_timeout, asked.first_byte_timeout);
    let connect = shorter(limits.connect_timeout, asked.connect_timeout);
    let response = call.shared.http.send(http::Request::from_parts(parts, body), destination.private);
    let response = tokio::time::timeout(connect + patience, response)
        .await
        .map_err(|_| Error::ConnectionReadTimeout)??;
    let between = shorter(limits.response_timeout, asked.between_bytes_timeout);
    Ok((guarded(response, used, limits.max_response, between, place)?, Box::new(async { Ok(()) })))
}

fn shorter(limit: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(limit, |asked| asked.min(limit))
}

/// Checks a request against what the connection was granted.
fn allowed(call: &Call, method: &Method, uri: &Uri) -> Result<Destination, Error> {
    let deny = |why: String| {
        call.deny(&why);
        Err(Error::HttpRequestDenied)
    };
    let Some(authority) = uri.authority() else { return deny("a request without a host".to_owned()) };
    // A user name in an address only ever hides where it goes.
    if authority.as_str().contains('@') {
        return deny("a request with a user name in its address".to_owned());
    }
    let scheme = match uri.scheme_str() {
        Some("https") => "https",
        Some("http") => "http",
        _ => return deny("a request that is neither http nor https".to_owned()),
    };
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let port = authority.port_u16();
    let granted = call.binding.hosts.iter().filter(|grant| grant.host.allows(scheme, &host, port));
    let methods: Vec<&str> = granted.flat_map(|grant| grant.methods.iter().map(String::as_str)).collect();
    if !methods.contains(&method.as_str())
        && let Some(ask) = call.binding.needed(scheme, &host, port, method.as_str())
    {
        return deny(call.core.refusal(&ask, || format!("`{ask}` was not granted")));
    }
    if methods.is_empty() {
        return deny(format!(
            "{scheme}://{} is not among the hosts of its manifest: add it to [[hosts]]",
            authority.as_str()
        ));
    }
    if !methods.contains(&method.as_str()) {
        return deny(format!("{method} {host}: its manifest allows {} there", methods.join(", ")));
    }
    let named = |entry: &String| {
        entry.eq_ignore_ascii_case(&host)
            || entry.rsplit_once(':').is_some_and(|(entry_host, entry_port)| {
                let own = if scheme == "http" { 80 } else { 443 };
                entry_host.eq_ignore_ascii_case(&host) && entry_port.parse() == Ok(port.unwrap_or(own))
            })
    };
    let private = call.shared.options.http.allow_private_hosts.iter().any(named);
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if !private && scheme == "http" {
        return deny(format!(
            "http://{host} is not encrypted: list it in `plugin.http.allow-private-hosts` if it is yours"
        ));
    }
    if !private && literal.is_ok_and(|address| !is_public(address)) {
        call.deny(&format!(
            "{host} is a private address: list it in `plugin.http.allow-private-hosts` if it is yours"
        ));
        return Err(Error::DestinationIpProhibited);
    }
    Ok(Destination { scheme, host, port, private })
}

impl Destination {
    /// Refuses a secret that was not granted for this host.
    fn check(&self, call: &Call, name: &str) -> Result<(), Error> {
        let granted = call.binding.secrets.iter().find(|secret| secret.name == name);
        let why = match granted {
            Some(secret)
                if secret.hosts.iter().any(|(_, host)| host.allows(self.scheme, &self.host, self.port)) =>
            {
                return Ok(());
            }
            Some(_) => {
                let ask = call.binding.asked_for(name, self.scheme, &self.host, self.port);
                ask.map_or_else(
                    || {
                        format!(
                            "the secret `{name}` may not be sent to {}: add the host to the secret's `hosts`",
                            self.host
                        )
                    },
                    |ask| call.core.refusal(&ask, || format!("`{ask}` was not granted")),
                )
            }
            None => format!("its manifest declares no secret `{name}`"),
        };
        call.deny(&why);
        Err(Error::HttpRequestDenied)
    }
}

/// The names of all secrets that a request wants written in, each granted for where it goes.
fn check_names(call: &Call, to: &Destination, parts: &http::request::Parts) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let path = secret::decode_braces(path);
    let headers = parts.headers.values().filter_map(|value| value.to_str().ok());
    for text in headers.chain([&*path]) {
        for place in secret::placeholders(text) {
            if !names.iter().any(|name| name == place.name) {
                to.check(call, place.name)?;
                names.push(place.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// Writes the secrets a request asks for into it.
async fn write_secrets(
    call: &Call,
    to: &Destination,
    parts: &mut http::request::Parts,
) -> Result<Used, Error> {
    let mut used = Used::default();
    let mut values: Vec<(String, Zeroizing<Vec<u8>>)> = Vec::new();
    for name in check_names(call, to, parts)? {
        let value = call.shared.services.secret(call.binding.connection(), &name).await;
        match value {
            Ok(Some(value)) => values.push((name, value)),
            Ok(None) => {
                call.deny(&format!("the secret `{name}` is not set for this connection"));
                return Err(Error::ConfigurationError);
            }
            Err(error) => {
                tracing::error!(plugin = call.core.name(), connection = %call.binding.connection(), %error, "a secret could not be read");
                return Err(Error::InternalError(None));
            }
        }
    }
    if values.is_empty() {
        return Ok(used);
    }
    let value_of = |name: &str| {
        let value = values.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        value.ok_or(Error::HttpRequestDenied)
    };
    for value in parts.headers.values_mut() {
        let Ok(text) = value.to_str() else { continue };
        if text.contains("{{") {
            let filled = secret::fill(text, &mut used, value_of)?;
            let mut filled = HeaderValue::from_bytes(&filled).map_err(|_| {
                call.deny("a secret holds characters that a header cannot: set it again without line breaks");
                Error::ConfigurationError
            })?;
            filled.set_sensitive(true);
            *value = filled;
        }
    }
    if let Some(path) = parts.uri.path_and_query().map(|path| path.as_str())
        && secret::names_secret(path)
    {
        let filled = secret::fill_path(path, &mut used, value_of)?;
        let mut uri = std::mem::take(&mut parts.uri).into_parts();
        uri.path_and_query = Some(filled.parse().map_err(|_| Error::HttpRequestUriInvalid)?);
        parts.uri = Uri::from_parts(uri).map_err(|_| Error::HttpRequestUriInvalid)?;
    }
    Ok(used)
}

/// A request as recordings see it, with placeholders where secrets would stand.
async fn replayed(
    parts: &http::request::Parts,
    body: Limited<WasiBody>,
    limit: usize,
) -> Result<ReplayedRequest, Error> {
    let body = body.collect().await.map_err(|_| Error::HttpRequestBodySize(Some(limit as u64)))?.to_bytes();
    let headers = parts.headers.iter().filter(|(name, _)| *name != HOST);
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let place = parts.uri.scheme_str().zip(parts.uri.authority());
    let place = place.map(|(scheme, authority)| format!("{scheme}://{authority}")).unwrap_or_default();
    Ok(ReplayedRequest {
        method: parts.method.to_string(),
        url: place + &secret::decode_braces(path),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_vec(),
    })
}

fn recorded(
    answer: super::services::ReplayedResponse,
    limit: usize,
    patience: Duration,
    place: Place,
) -> Result<http::Response<WasiBody>, Error> {
    let broken = |what: String| Error::InternalError(Some(format!("the recorded answer {what}")));
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from(answer.body));
    let response = response.body(body).map_err(|error| broken(format!("cannot be sent: {error}")))?;
    guarded(response, Used::default(), limit, patience, place)
}

/// Puts a response under guard: size, time, echoes of credentials.
fn guarded<B>(
    response: http::Response<B>,
    used: Used,
    limit: usize,
    between: Duration,
    place: Place,
) -> Result<http::Response<WasiBody>, Error>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Error>,
{
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact()
        && length > limit as u64
    {
        return Err(Error::HttpResponseBodySize(Some(limit as u64)));
    }
    if !used.is_empty() {
        let coding =
            parts.headers.get(CONTENT_ENCODING).map(|coding| String::from_utf8_lossy(coding.as_bytes()));
        if let Some(coding) = coding.filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(Error::HttpResponseContentCoding(Some(coding.into_owned())));
        }
    }
    let written = !used.is_empty();
    let mut redactor = Redactor::new(used.into_spellings());
    if written {
        hide_in_headers(&mut parts.headers, &mut redactor);
    }
    let body = Guarded::new(body, limit, redactor, between, place).boxed_unsync();
    Ok(http::Response::from_parts(parts, body))
}

fn hide_in_headers(headers: &mut HeaderMap, redactor: &mut Redactor) {
    for value in headers.values_mut() {
        let hidden = redactor.hide_in(value.as_bytes());
        if hidden != value.as_bytes()
            && let Ok(hidden) = HeaderValue::from_bytes(&hidden)
        {
            *value = hidden;
        }
    }
}
