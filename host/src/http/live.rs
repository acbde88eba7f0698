//! A plugin's live updates to browsers: `/hooks/{connection}/live?ticket=…`.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use serde::Deserialize;

use super::extract::{Path, Query};
use super::hooks::no_connection;
use super::problem::Problem;
use super::state::Http;
use crate::model::id::ConnectionId;

/// How often a stream says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What the address carries.
#[derive(Deserialize)]
pub(super) struct LiveQuery {
    /// The ticket that the plugin gave.
    ticket: String,
}

/// Listens to the topic that the ticket is for. The ticket is the proof, so any page may listen.
pub(super) async fn listen(
    State(http): State<Http>,
    Path(connection): Path<ConnectionId>,
    Query(query): Query<LiveQuery>,
) -> Result<Response, Problem> {
    if http.hub.connection(&connection).is_none() {
        return Err(no_connection());
    }
    let updates = http.hub.subscribe(connection.as_str(), &query.ticket)?;
    let shutdown = http.options.shutdown.clone();
    let stream = futures_util::stream::unfold((updates, shutdown), |(mut updates, shutdown)| async move {
        let payload = tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            payload = updates.next() => payload,
        }?;
        Some((Ok::<_, Infallible>(update(&payload)), (updates, shutdown)))
    });
    let keep_alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// A line of the stream. In a JSON document a carriage return can only stand between values, and an event
/// stream cannot carry one.
fn update(payload: &str) -> Event {
    Event::default().data(payload.replace('\r', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_with_carriage_returns_is_sent_all_the_same() {
        let _ = update("{\r\n\"a\": 1\r\n}");
    }
}
