//! Whether the hub lives, whether it is ready, and what it counted.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::problem::Problem;
use super::state::Http;

/// It lives: the process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// It is ready: what comes in can be kept. A load balancer sends nothing while this is 503.
pub(super) async fn ready(State(http): State<Http>) -> Result<&'static str, Problem> {
    if http.hub.ready().await && http.store().writable().await.is_ok() {
        Ok("ok\n")
    } else {
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The hub cannot do this right now")
            .detail("the hub is stopping, or its database cannot be used"))
    }
}

/// The metrics in Prometheus' text form. They hold counts by connection, plugin and kind, no person.
pub(super) async fn metrics(State(http): State<Http>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], http.options.metrics.render())
        .into_response()
}
