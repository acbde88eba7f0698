//! Outgoing requests of plugins: only to granted hosts, with credentials written in on the way out, and
//! under limits.

mod address;
mod ask;
mod client;
mod count;
mod grant;
mod redact;
mod secret;
mod sign;
mod spelling;
mod token;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HOST, HeaderName};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, Full, Limited};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks,
};

pub(super) use client::HttpClient;
pub(super) use count::Exchanged;
pub(super) use token::Tokens;

use self::count::Counted;
use self::grant::Destination;
use self::redact::{Guarded, Redactor};
use self::secret::Wanted;
use self::spelling::Used;
use self::write::Credentials;
use super::binding::SigningGrant;
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

async fn send(
    call: &Arc<Call>,
    request: http::Request<WasiBody>,
    asked: RequestOptions,
    place: Place,
) -> Result<Sent, Error> {
    let limits = &call.shared.options.http;
    let destination = grant::allowed(call, request.method(), request.uri())?;
    let (parts, body) = request.into_parts();
    let wanted = grant::wanted(call, &destination, &parts)?;
    call.exchanged.requests.fetch_add(1, Ordering::Relaxed);
    call.exchanged.send(count::head(&parts), call.limits().http_out)?;
    let body = Limited::new(Counted { inner: body, call: Arc::clone(call) }, limits.max_request);
    if let Some(recordings) = call.shared.services.recordings() {
        let answer = replayed(&parts, body, limits.max_request).await?;
        let answer = recordings.answer(&answer).map_err(|why| {
            tracing::warn!(plugin = call.core.name(), %why, "no recorded answer to an outgoing request");
            Error::InternalError(Some(why))
        })?;
        return Ok((
            recorded(call, answer, limits.max_response, limits.response_timeout, place)?,
            Box::new(async { Ok(()) }),
        ));
    }

    let place = (place, seat(call).await?);
    let mut credentials = Credentials::fetch(call, &destination, &wanted).await?;
    let tokens = wanted.iter().any(|wanted| matches!(wanted, Wanted::OAuth(_)));
    let mut body = Outgoing::of(call, body, &wanted, limits.max_request).await?;
    let times = Times {
        head: shorter(limits.connect_timeout, asked.connect_timeout)
            + shorter(limits.response_timeout, asked.first_byte_timeout),
        between: shorter(limits.response_timeout, asked.between_bytes_timeout),
    };
    let (first, used) = attempt(call, &destination, &credentials, &parts, &mut body, &times).await?;
    let refused = tokens && first.status() == http::StatusCode::UNAUTHORIZED;
    let (response, used) = if refused && credentials.renew(call).await? {
        // Of the first answer nothing is told: it was about a token that is no more.
        drop(first);
        attempt(call, &destination, &credentials, &parts, &mut body, &times).await?
    } else {
        (first, used)
    };
    let response = received(call, response);
    Ok((guarded(response, used, limits.max_response, times.between, place)?, Box::new(async { Ok(()) })))
}

/// How long the other side may take.
struct Times {
    /// Until the head of its answer.
    head: Duration,
    /// Between two pieces of its body.
    between: Duration,
}

/// The body of a request.
enum Outgoing {
    /// As the plugin writes it.
    Stream(Option<WasiBody>),
    /// Read to its end, because it is signed or may have to be sent twice.
    Whole(Bytes),
}

impl Outgoing {
    async fn of(call: &Call, body: Limited<Counted>, wanted: &[Wanted], limit: usize) -> Result<Self, Error> {
        let whole = wanted.iter().any(|wanted| match wanted {
            Wanted::OAuth(_) => true,
            Wanted::Hmac(name) => {
                let signing = call.binding.signing.iter().find(|signing| signing.name == *name);
                signing.is_some_and(SigningGrant::covers_body)
            }
            Wanted::Secret(_) | Wanted::Basic(..) | Wanted::Time(_) => false,
        });
        if whole {
            let body = body.collect().await.map_err(|_| Error::HttpRequestBodySize(Some(limit as u64)))?;
            return Ok(Self::Whole(body.to_bytes()));
        }
        let body = body.map_err(|error| match error.downcast::<Error>() {
            Ok(own) => *own,
            Err(_) => Error::HttpRequestBodySize(None),
        });
        Ok(Self::Stream(Some(body.boxed_unsync())))
    }

    /// What signatures cover of it.
    fn signed(&self) -> &[u8] {
        match self {
            Self::Stream(_) => &[],
            Self::Whole(bytes) => bytes,
        }
    }

    /// The body to send; that of a stream once.
    fn take(&mut self) -> WasiBody {
        match self {
            Self::Stream(body) => body.take().unwrap_or_else(|| whole(Bytes::new())),
            Self::Whole(bytes) => whole(bytes.clone()),
        }
    }
}

fn whole(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Sends a request once, with its credentials written in.
async fn attempt(
    call: &Call,
    to: &Destination,
    credentials: &Credentials,
    parts: &http::request::Parts,
    body: &mut Outgoing,
    times: &Times,
) -> Result<(http::Response<hyper::body::Incoming>, Used), Error> {
    let mut parts = parts.clone();
    let mut used = credentials.write(call, &mut parts, body.signed())?;
    token::note(call, to, &mut used).await?;
    if !used.is_empty() {
        // What is compressed cannot be looked through for an echo.
        parts.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    parts.version = http::Version::HTTP_11;
    let response = call.shared.http.send(http::Request::from_parts(parts, body.take()), to.private);
    let response =
        tokio::time::timeout(times.head, response).await.map_err(|_| Error::ConnectionReadTimeout)??;
    Ok((response, used))
}

/// One of the places that the connection has for requests under way.
async fn seat(call: &Call) -> Result<OwnedSemaphorePermit, Error> {
    let limits = &call.shared.options.http;
    let seats = Arc::clone(&call.binding.ledger.requests);
    match tokio::time::timeout(limits.response_timeout, seats.acquire_owned()).await {
        Ok(Ok(seat)) => Ok(seat),
        _ => {
            call.deny(&format!(
                "more than {} requests of the connection at once (`plugin.http.connection_concurrent`)",
                limits.connection_concurrent
            ));
            Err(Error::ConnectionLimitReached)
        }
    }
}

/// Counts what is received.
fn received<B>(
    call: &Arc<Call>,
    response: http::Response<B>,
) -> http::Response<impl http_body::Body<Data = Bytes, Error = B::Error> + Send + Unpin + use<B>>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
{
    let call = Arc::clone(call);
    response.map(|body| {
        body.map_frame(move |frame| {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            call.exchanged.received.fetch_add(bytes as u64, Ordering::Relaxed);
            frame
        })
    })
}

fn shorter(limit: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(limit, |asked| asked.min(limit))
}

/// A request as recordings see it, with placeholders where secrets would stand.
async fn replayed(
    parts: &http::request::Parts,
    body: Limited<Counted>,
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
    call: &Arc<Call>,
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
    guarded(received(call, response), Used::default(), limit, patience, place)
}

/// Puts a response under guard: size, time, echoes of credentials.
fn guarded<B, T>(
    response: http::Response<B>,
    used: Used,
    limit: usize,
    between: Duration,
    place: T,
) -> Result<http::Response<WasiBody>, Error>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Error>,
    T: Send + Unpin + 'static,
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
