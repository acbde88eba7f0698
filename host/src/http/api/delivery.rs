//! Deliveries: what came in, what became of it, and trying again.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::auth::Caller;
use super::super::extract::{Json, Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::model::delivery::{self, DeliveryState, RecordedRequest};
use crate::model::id::{ConnectionId, DeliveryId};
use crate::model::mask;
use crate::pipeline::{ReplayMany, Replayed};
use crate::store::DeliveryFilter;

/// A request that came in, without the request itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Delivery {
    /// Its id; later deliveries have greater ones.
    #[schema(example = "dlv_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// Whom it was for.
    pub connection: String,
    /// When it came.
    pub received_at: Timestamp,
    /// `done`: its events are in the log. `parked`: it waits to be replayed. `discarded`: it was given up,
    /// and its request is gone.
    #[schema(example = "parked")]
    pub state: String,
    /// Why it is parked, or was the last time it failed; what looks like an address or a number of somebody's
    /// is covered, unless it was asked for.
    pub error: Option<String>,
    /// How often its plugin was run on it; 0 when it came while the connection was paused.
    pub attempts: u32,
    /// How many events it yielded, repeated ones included.
    pub events: u32,
    /// The size of its body in bytes.
    pub size: u64,
    /// How it was given up, when it was.
    pub discarded: Option<Discarded>,
}

/// How a delivery was given up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Discarded {
    /// When.
    pub at: Timestamp,
    /// By whom: a token's id, a user of the command line, or `the hub` for a limit.
    #[schema(example = "tok_0123456789abcdefghjkmnpqrs")]
    pub by: String,
    /// Why.
    #[schema(example = "sent by a test")]
    pub why: String,
}

/// A delivery with its request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WholeDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The request; nothing is left of a discarded one's.
    pub request: Option<Request>,
    /// Whether the request is shown as it came in. Otherwise every letter and digit of a value is covered.
    pub revealed: bool,
}

/// A request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    /// The method, in capitals.
    #[schema(example = "POST")]
    pub method: String,
    /// What followed `/hooks/{connection}`.
    pub path: String,
    /// The query as it was written, without the `?`.
    pub query: String,
    /// Name and value of the headers in order, without those that carry a credential.
    pub headers: Vec<(String, String)>,
    /// Whether its signature was checked.
    pub verified: bool,
    /// The body, where it is text.
    pub text: Option<String>,
    /// The body in base64, where it is not text.
    pub base64: Option<String>,
}

impl From<delivery::Delivery> for Delivery {
    fn from(delivery: delivery::Delivery) -> Self {
        Self {
            id: delivery.id.into(),
            connection: delivery.connection.into(),
            received_at: Timestamp(delivery.received_at),
            state: delivery.state.as_str().to_owned(),
            error: delivery.error.as_deref().map(mask::words),
            attempts: delivery.attempts,
            events: delivery.events,
            size: delivery.size,
            discarded: delivery.discarded.map(|gone| Discarded {
                at: Timestamp(gone.at),
                by: gone.by,
                why: gone.why,
            }),
        }
    }
}

impl From<RecordedRequest> for Request {
    fn from(request: RecordedRequest) -> Self {
        let (text, base64) = match String::from_utf8(request.body) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(STANDARD.encode(error.as_bytes()))),
        };
        Self {
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers,
            verified: request.verified,
            text,
            base64,
        }
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Those of one connection.
    #[param(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// Those of connections with this plugin.
    plugin: Option<String>,
    /// Those in one state: `done`, `parked` or `discarded`.
    #[param(value_type = Option<String>, example = "parked")]
    state: Option<DeliveryState>,
    /// Those that came then or later.
    #[param(example = "2026-11-22T00:00:00Z")]
    since: Option<String>,
    /// Those that came before then.
    #[param(example = "2026-11-23T00:00:00Z")]
    until: Option<String>,
    /// Those whose error contains this text, whatever its case.
    error: Option<String>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// How many at most; 50 unless told.
    limit: Option<u32>,
}

/// Deliveries, the newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "deliveries", params(DeliveryQuery),
    responses((status = 200, body = Paged<Delivery>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Query(query): Query<DeliveryQuery>,
) -> Result<axum::Json<Paged<Delivery>>, Problem> {
    let page = PageQuery { cursor: query.cursor, limit: query.limit }.request(http.pages())?;
    let filter = DeliveryFilter {
        connection: query.connection,
        state: query.state,
        plugin: query.plugin,
        since: query.since.map(|text| moment("since", &text)).transpose()?,
        until: query.until.map(|text| moment("until", &text)).transpose()?,
        error: query.error,
    };
    Ok(axum::Json(Paged::of(http.store().deliveries(&filter, &page).await?)))
}

/// A moment of a query: milliseconds since the epoch, UTC.
fn moment(name: &str, text: &str) -> Result<i64, Problem> {
    let at = text.parse::<jiff::Timestamp>().map_err(|_| {
        Problem::bad_request(format!(
            "`{name}` is no time: write it as RFC 3339 has it, such as `2026-11-22T00:00:00Z`"
        ))
    })?;
    Ok(at.as_millisecond())
}

/// How a delivery is shown.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShowQuery {
    /// Whether to show the request as it came in, with what it says of people.
    #[serde(default)]
    reveal: bool,
}

/// One delivery with its request. What may say something of a person is covered unless `reveal` asks for it;
/// that it was asked for stands in the audit log.
#[utoipa::path(get, path = "/api/v1/deliveries/{delivery}", tag = "deliveries",
    params(("delivery" = String, Path, description = "The delivery's id"), ShowQuery),
    responses((status = 200, body = WholeDelivery), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    axum::Extension(caller): axum::Extension<Caller>,
    Path(id): Path<DeliveryId>,
    Query(query): Query<ShowQuery>,
) -> Result<axum::Json<WholeDelivery>, Problem> {
    let delivery = find(&http, &id).await?;
    if query.reveal {
        http.hub.note_revealed(&id, &caller.who).await?;
    }
    let kept = http.store().recorded(&id).await?.filter(|_| delivery.discarded.is_none());
    let error = delivery.error.clone().filter(|_| query.reveal);
    let mut shown = Delivery::from(delivery);
    shown.error = error.or(shown.error);
    let request = kept.map(|kept| if query.reveal { kept } else { mask::request(&kept) }.into());
    Ok(axum::Json(WholeDelivery { delivery: shown, request, revealed: query.reveal }))
}

/// Runs the plugin on a delivery again. Events that are in the log already change nothing. The answer is
/// the delivery as it stands then: where the plugin failed again, it is parked still and `error` says why.
#[utoipa::path(post, path = "/api/v1/deliveries/{delivery}/replay", tag = "deliveries",
    params(("delivery" = String, Path, description = "The delivery's id")),
    responses((status = 200, body = Delivery), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is not parked, or its connection is gone or paused")))]
pub(in super::super) async fn replay(
    State(http): State<Http>,
    Path(id): Path<DeliveryId>,
) -> Result<axum::Json<Delivery>, Problem> {
    http.hub.replay(&id).await?;
    Ok(axum::Json(find(&http, &id).await?.into()))
}

/// Which parked deliveries to replay.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReplayQuery {
    /// Whose.
    #[param(value_type = String)]
    connection: ConnectionId,
    /// Where to go on: `next` of the answer before. The oldest ones without it.
    #[param(value_type = Option<String>)]
    cursor: Option<DeliveryId>,
    /// How many at most; 50 unless told.
    limit: Option<u32>,
}

/// What came of replaying many.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReplayedMany {
    /// Every delivery that was tried, in the order they came.
    pub items: Vec<ReplayedOne>,
    /// Where to go on, when there may be more.
    pub next: Option<String>,
}

/// What came of replaying one of many.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReplayedOne {
    /// Its id.
    pub id: String,
    /// `done`, or still `parked`.
    #[schema(example = "done")]
    pub state: String,
    /// How many events it yielded, repeated ones included.
    pub events: usize,
    /// Why it is parked still.
    pub error: Option<String>,
}

impl From<(DeliveryId, Replayed)> for ReplayedOne {
    fn from((id, replayed): (DeliveryId, Replayed)) -> Self {
        let (state, events, error) = match replayed {
            Replayed::Done { events } => (DeliveryState::Done, events, None),
            Replayed::StillParked { error: why } | Replayed::NotRun { why } => {
                (DeliveryState::Parked, 0, Some(mask::words(&why)))
            }
        };
        Self { id: id.into(), state: state.as_str().to_owned(), events, error }
    }
}

/// Runs the plugin on the parked deliveries of a connection again, one after another in the order they came.
/// It stops at `limit`, or when half the time is over that a request may take: follow `next` for the rest.
#[utoipa::path(post, path = "/api/v1/deliveries/replay", tag = "deliveries", params(ReplayQuery),
    responses((status = 200, body = ReplayedMany), (status = 404, body = Problem)))]
pub(in super::super) async fn replay_many(
    State(http): State<Http>,
    Query(query): Query<ReplayQuery>,
) -> Result<axum::Json<ReplayedMany>, Problem> {
    let page = PageQuery { cursor: None, limit: query.limit }.request(http.pages())?;
    if http.store().connection(&query.connection).await?.is_none() {
        return Err(Problem::not_found(format!("there is no connection {}", query.connection)));
    }
    let which = ReplayMany {
        connection: Some(query.connection),
        after: query.cursor,
        limit: Some(page.limit),
        within: Some(http.hub.config().http.request_timeout / 2),
    };
    let done = http.hub.replay_many(which, |_, _| {}).await?;
    let items = done.tried.into_iter().map(Into::into).collect();
    Ok(axum::Json(ReplayedMany { items, next: done.next.map(Into::into) }))
}

/// Why a delivery is given up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiscardRequest {
    /// The reason, in 1 to 500 characters; it is kept.
    #[schema(example = "sent by a test")]
    reason: String,
}

/// Gives a parked delivery up, for good: its request is emptied. Who did it, when and why is kept as long as
/// handled deliveries are.
#[utoipa::path(post, path = "/api/v1/deliveries/{delivery}/discard", tag = "deliveries",
    params(("delivery" = String, Path, description = "The delivery's id")), request_body = DiscardRequest,
    responses((status = 200, body = Delivery), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is not parked"), (status = 422, body = Problem)))]
pub(in super::super) async fn discard(
    State(http): State<Http>,
    axum::Extension(caller): axum::Extension<Caller>,
    Path(id): Path<DeliveryId>,
    Json(request): Json<DiscardRequest>,
) -> Result<axum::Json<Delivery>, Problem> {
    http.hub.discard(&id, &caller.who, &request.reason).await?;
    Ok(axum::Json(find(&http, &id).await?.into()))
}

async fn find(http: &Http, id: &DeliveryId) -> Result<delivery::Delivery, Problem> {
    let found = http.store().delivery(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no delivery {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &[u8]) -> Request {
        RecordedRequest {
            method: "POST".into(),
            path: String::new(),
            query: String::new(),
            headers: vec![],
            body: body.to_vec(),
            verified: true,
        }
        .into()
    }

    #[test]
    fn a_body_that_is_text_is_shown_as_it_is_and_any_other_in_base64() {
        let text = request("{\"a\":\"ü\"}".as_bytes());
        assert_eq!((text.text.as_deref(), text.base64), (Some("{\"a\":\"ü\"}"), None));
        let bytes = request(&[0xff, 0]);
        assert_eq!((bytes.text, bytes.base64.as_deref()), (None, Some("/wA=")));
    }
}
