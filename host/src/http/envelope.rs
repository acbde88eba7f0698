//! What is around every answer: the request's id, the access log, the headers of the API and of the pages.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::auth::Caller;
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
    let browser = browser(&request);

    // An event stream answers at once; what it says later is not part of this.
    let limit = http.hub.config().http.request_timeout;
    let mut response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::too_slow(limit).into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let told = problem.told(&id);
        let mut written = told.render();
        if let (Some(asked), Some(page)) = (browser, http.options.problem_page) {
            let caller = response.extensions_mut().remove::<Caller>();
            *written.body_mut() = page(&http, &told, &asked, caller.as_ref()).into();
            written.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            guard_page(written.headers_mut());
        }
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

/// The headers of a request that a browser makes for a page: what it is answered is read by a person, so a problem
/// is a page, too.
fn browser(request: &Request) -> Option<HeaderMap> {
    let path = request.uri().path();
    let page = !path.starts_with("/api/") && !path.starts_with("/hooks/");
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accepts.filter(|kinds| page && kinds.contains("text/html")).map(|_| request.headers().clone())
}

/// Around the API and what describes it: nothing is kept by caches, guessed, framed or passed on.
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

/// Around the pages: whatever a page is made of comes from the hub, and no script or style stands in it.
pub(super) async fn protect_page(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    guard_page(response.headers_mut());
    response
}

/// The headers of a page. What the page set itself stays.
fn guard_page(headers: &mut HeaderMap) {
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CONTENT_SECURITY_POLICY, STRICT),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// What a page may load, and from where.
const STRICT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// An answer of the API is data, never a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// The page that shows the API carries its own script; its style is written into its elements.
const PAGE: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
