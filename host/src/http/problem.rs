//! The one error type of the HTTP surface: RFC 9457 problem details.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::model::scope::{Area, Scope};
use crate::model::token::{Role, Token};

/// Why a request was not carried out, as RFC 9457 (`application/problem+json`) writes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind of problem, for programs: `urn:switchboard:problem:…`.
    #[serde(rename = "type", serialize_with = "urn")]
    #[schema(value_type = String, example = "urn:switchboard:problem:not-found")]
    kind: &'static str,
    /// Which kind of problem, for people: the same for every problem of the kind.
    #[schema(example = "There is no such thing")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What is wrong this time and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Every value that breaks a rule, where that is the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Invalid>,
    /// The request's id, under which the hub's log says more; failures of the hub only.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip)]
    beside: Box<Beside>,
}

/// What belongs to a problem and does not stand in its body.
#[derive(Debug, Clone, Default)]
struct Beside {
    /// What the log says and the answer does not.
    cause: Option<String>,
    /// The header that belongs to the status.
    header: Option<(http::HeaderName, HeaderValue)>,
}

fn urn<S: Serializer>(kind: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:switchboard:problem:{kind}"))
}

/// A value that breaks a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invalid {
    /// Where it stands: a JSON pointer (RFC 6901) into the body.
    #[schema(example = "/settings/phone-number-id")]
    pub at: String,
    /// What is wrong with it.
    pub message: String,
}

impl Problem {
    /// A problem of a kind, which is one word or a few with hyphens.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            request: None,
            beside: Box::default(),
        }
    }

    /// Says what is wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What is wrong, in words.
    #[must_use]
    pub fn words(&self) -> String {
        self.detail.clone().unwrap_or_else(|| self.title.to_owned())
    }

    /// Says which values break a rule.
    #[must_use]
    pub fn errors(mut self, errors: Vec<Invalid>) -> Self {
        self.errors = errors;
        self
    }

    /// 400: the request cannot be understood.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be understood").detail(detail)
    }

    /// 400: the cursor is not one that this list handed out.
    #[must_use]
    pub fn cursor() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-cursor", "The cursor cannot be used")
            .detail("take `cursor` from the `next` of an earlier page of the same list, or leave it out")
    }

    /// 422: it can be read, but values break rules.
    #[must_use]
    pub fn invalid(detail: impl Into<String>, errors: Vec<Invalid>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Values break rules")
            .detail(detail)
            .errors(errors)
    }

    /// 401: there is no token, or none that is known.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        let mut problem =
            Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is needed").detail(detail);
        problem.beside.header =
            Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"switchboard\"")));
        problem
    }

    /// 403: the token's role may not do this.
    #[must_use]
    pub fn forbidden(has: Role, needs: Role) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The role may not do this").detail(format!(
            "this needs the role `{}`, and yours is `{}`; an owner can give you another, or make another token",
            needs.as_str(),
            has.as_str()
        ))
    }

    /// 403: the token is confined to other things.
    #[must_use]
    pub fn out_of_scope(token: &Token, needs: Scope) -> Self {
        let has = token.scopes_text();
        let needs = match needs.area {
            Area::Pages => "pages are for tokens without scopes".to_owned(),
            _ => format!("this needs the scope `{needs}`"),
        };
        Self::new(StatusCode::FORBIDDEN, "out-of-scope", "The token is confined to other things")
            .detail(format!("{needs}, and the token has {has}; an owner can make another"))
    }

    /// 403: it is about somebody's own account, and a token is nobody's.
    #[must_use]
    pub fn not_for_tokens() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-for-tokens", "A token has no account")
            .detail("this is about the account of whoever is signed in; sign in with a browser")
    }

    /// 403: a form or a request that a browser sent, and that no page of this hub asked it to.
    #[must_use]
    pub fn forged() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forged", "This did not come from a page of this hub")
            .detail("load the page again and send it anew; scripts send the header `x-csrf-token`")
    }

    /// 403: a second factor comes first.
    #[must_use]
    pub fn factor_first() -> Self {
        Self::new(StatusCode::FORBIDDEN, "second-factor", "A second factor comes first").detail(
            "this hub asks for one (`accounts.second_factor`): set it up under /account/second-factor",
        )
    }

    /// 404: `what` is not there.
    #[must_use]
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing").detail(what)
    }

    /// 410: it was there, and is gone for good.
    #[must_use]
    pub fn gone(what: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", "It is gone for good").detail(what)
    }

    /// 405: the path is right, the method is not.
    #[must_use]
    pub fn method_not_allowed(allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        let mut problem =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The method does not fit")
                .detail(format!("this path takes {allowed}"));
        problem.beside.header = HeaderValue::try_from(allowed).ok().map(|value| (ALLOW, value));
        problem
    }

    /// 409: it does not fit what there is now.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It does not fit what there is now").detail(detail)
    }

    /// 413: the body is larger than `limit` bytes.
    #[must_use]
    pub fn too_large(limit: Option<usize>) -> Self {
        let problem = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large");
        match limit {
            Some(limit) => problem.detail(format!("at most {limit} bytes are taken here")),
            None => problem,
        }
    }

    /// 429: too much at once. `after_ms` says when to come back.
    #[must_use]
    pub fn too_many(after_ms: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests").retry_after(after_ms)
    }

    /// 502: what the hub asked of another system, through a plugin, went wrong there.
    #[must_use]
    pub fn upstream(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "upstream", "The other system did not do it").detail(detail)
    }

    /// 503: the hub cannot do it now. The cause goes to the log.
    #[must_use]
    pub fn unavailable(cause: &(dyn Error + 'static)) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The hub cannot do this right now")
            .caused_by(cause)
            .retry_after(1_000)
    }

    /// 503: it did not arrive or was not done in time.
    #[must_use]
    pub fn too_slow(limit: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", "The request took too long")
            .detail(format!("it has {limit:?} to arrive and be answered (`http.request_timeout`)"))
            .retry_after(1_000)
    }

    /// 500: the hub failed. The cause goes to the log.
    #[must_use]
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The hub failed to do this").caused_by(cause)
    }

    /// Keeps `cause` for the log; the answer names the request under which it stands there.
    #[must_use]
    pub fn caused_by(mut self, cause: &(dyn Error + 'static)) -> Self {
        self.beside.cause = Some(chain(cause));
        self
    }

    /// Says when to come back, in whole seconds of `after_ms`, rounded up.
    #[must_use]
    pub fn retry_after(mut self, after_ms: u64) -> Self {
        self.beside.header = Some((RETRY_AFTER, HeaderValue::from(after_ms.div_ceil(1_000).max(1))));
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is wrong this time and what to do about it.
    #[must_use]
    pub fn told_detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Every value that breaks a rule.
    #[must_use]
    pub fn invalid_values(&self) -> &[Invalid] {
        &self.errors
    }

    /// Logs a failure of the hub under the request's id and names the id in the answer; leaves every
    /// other problem as it is. The outermost layer calls this, once a request.
    #[must_use]
    pub(super) fn told(mut self, request: &str) -> Self {
        if let Some(cause) = self.beside.cause.take() {
            if self.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() {
                // It passes, and whatever is behind it is told once by whoever met it first.
                tracing::warn!(request, status = self.status, cause, "a request failed");
            } else {
                tracing::error!(request, status = self.status, cause, "a request failed");
            }
            self.request = Some(request.to_owned());
            self.detail = Some(format!("the hub's log says more under request {request}"));
        }
        self
    }

    pub(super) fn render(&self) -> Response {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = &self.beside.header {
            headers.insert(name, value.clone());
        }
        response
    }
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(line, ": {cause}");
        source = cause.source();
    }
    line
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render();
        // The outermost layer knows the request's id and writes the answer anew with it.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => Self::invalid(error.body_text(), Vec::new()),
            JsonRejection::MissingJsonContentType(_) => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "The body is not said to be JSON")
                    .detail("send the header `Content-Type: application/json`")
            }
            JsonRejection::BytesRejection(error) => error.into(),
            error => Self::bad_request(error.body_text()),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::too_large(None)
        } else {
            Self::bad_request("the body ended before it was whole")
        }
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::not_found(rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}
