//! What is around every answer: the request's id, the access log, the headers of the API.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue};

use super::problem::Problem;
use super::state::Http;

/// The header that carries a request's id.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around everything: names the request, tells failures, logs the access. The log has the route's
/// pattern instead of the path, and neither query nor body: a path or query may hold a phone number.
pub(super) async fn wrap(State(http): State<Http>, request: Request, next: Next) -> Response {
    let id = http.request_id();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = http.hub.ambient().now_ms();

    // An event stream answers at once; what it says later is not part of this.
    let limit = http.hub.config().http.request_timeout;
    let mut response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::too_slow(limit).into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let told = problem.told(&id);
        let written = told.render();
        let (parts, body) = written.into_parts();
        response.headers_mut().extend(parts.headers);
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        *response.body_mut() = body;
    }
    tracing::debug!(
        request = id,
        %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        ms = http.hub.ambient().now_ms() - began,
        "answered"
    );
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Around the API and the hub's own pages: nothing is kept by caches, guessed, framed or passed on.
/// A plugin's answers and assets keep the headers they were given.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let page = request.uri().path().starts_with("/api/docs");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(if page { PAGE } else { NOTHING }));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// An answer of the API is data, never a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// The page that shows the API carries its own script; its style is written into its elements.
const PAGE: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
