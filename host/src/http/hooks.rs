//! Where vendors' requests come in: `/hooks/{connection}` and everything below it.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use http_body_util::LengthLimitError;

use super::problem::Problem;
use super::state::Http;
use crate::pipeline::{Answer, Incoming};

/// What a plugin serves is a stranger's page on the hub's address: it gets an origin of its own, so that
/// it can reach nothing of the hub's (an operator's session least of all).
pub(super) const STRANGER: HeaderValue =
    HeaderValue::from_static("sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads");

/// Takes a request with any method.
pub(super) async fn receive(State(http): State<Http>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let uri = parts.uri;
    let (connection, path) = split(uri.path());
    if !http.hub.knows(connection).await {
        return Err(no_connection());
    }
    let limit = http.hub.body_limit(connection).ok_or_else(no_connection)?;
    let announced =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Problem::too_large(Some(limit)));
    }
    let body = to_bytes(body, limit).await.map_err(|error| unread(error, limit))?;
    let incoming = Incoming {
        method: parts.method,
        path: path.to_owned(),
        raw_query: uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    Ok(response(http.hub.receive(connection, incoming).await))
}

/// The connection's part of a path below `/hooks/`, and what follows it.
fn split(path: &str) -> (&str, &str) {
    let below = path.strip_prefix("/hooks/").unwrap_or_default();
    below.split_at(below.find('/').unwrap_or(below.len()))
}

pub(super) fn no_connection() -> Problem {
    Problem::not_found("there is no connection at this address")
}

fn unread(error: axum::Error, limit: usize) -> Problem {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Problem::too_large(Some(limit));
        }
        cause = error.source();
    }
    Problem::bad_request("the body ended before it was whole")
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    let headers = response.headers_mut();
    headers.remove(SET_COOKIE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, STRANGER);
    if answer.status == StatusCode::NO_CONTENT {
        headers.remove(CONTENT_LENGTH);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;

    #[test]
    fn a_path_is_split_after_the_connection_and_not_decoded() {
        assert_eq!(split("/hooks/conn_1"), ("conn_1", ""));
        assert_eq!(split("/hooks/conn_1/"), ("conn_1", "/"));
        assert_eq!(split("/hooks/conn_1/a%2Fb/c"), ("conn_1", "/a%2Fb/c"));
    }

    #[test]
    fn a_plugins_page_gets_no_cookie_and_an_origin_of_its_own() {
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, HeaderValue::from_static("session=1"));
        headers.insert("content-type", HeaderValue::from_static("text/html"));
        let answer = Answer { status: StatusCode::OK, headers, body: Bytes::from_static(b"<p>") };
        let response = response(answer);
        assert!(!response.headers().contains_key(SET_COOKIE));
        assert_eq!(response.headers()["content-type"], "text/html");
        assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], STRANGER);
    }

    #[tokio::test]
    async fn a_body_that_grows_beyond_the_limit_is_too_large() {
        let error = to_bytes(Body::from(vec![0; 11]), 10).await.expect_err("eleven bytes");
        assert_eq!(unread(error, 10).status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
