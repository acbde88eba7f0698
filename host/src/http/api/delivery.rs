//! Deliveries: what came in, what became of it, and trying again.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::model::delivery::{self, DeliveryState, RecordedRequest};
use crate::model::id::{ConnectionId, DeliveryId};
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
    /// `done`: its events are in the log. `parked`: it waits to be replayed.
    #[schema(example = "parked")]
    pub state: String,
    /// Why it is parked, or was the last time it failed.
    pub error: Option<String>,
    /// How often its plugin was run on it.
    pub attempts: u32,
    /// How many events it yielded, repeated ones included.
    pub events: u32,
}

/// A delivery with the request as it came in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WholeDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The request.
    pub request: Request,
}

/// A request as it came in.
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
            error: delivery.error,
            attempts: delivery.attempts,
            events: delivery.events,
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
    /// Those in one state: `done` or `parked`.
    #[param(value_type = Option<String>, example = "parked")]
    state: Option<DeliveryState>,
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
    let filter = DeliveryFilter { connection: query.connection, state: query.state };
    Ok(axum::Json(Paged::of(http.store().deliveries(&filter, &page).await?)))
}

/// One delivery with the request as it came in.
#[utoipa::path(get, path = "/api/v1/deliveries/{delivery}", tag = "deliveries",
    params(("delivery" = String, Path, description = "The delivery's id")),
    responses((status = 200, body = WholeDelivery), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(id): Path<DeliveryId>,
) -> Result<axum::Json<WholeDelivery>, Problem> {
    let delivery = find(&http, &id).await?;
    let request = delivery.request.clone().into();
    Ok(axum::Json(WholeDelivery { delivery: delivery.into(), request }))
}

/// Runs the plugin on a delivery again. Events that are in the log already change nothing. The answer is
/// the delivery as it stands then: where the plugin failed again, it is parked still and `error` says why.
#[utoipa::path(post, path = "/api/v1/deliveries/{delivery}/replay", tag = "deliveries",
    params(("delivery" = String, Path, description = "The delivery's id")),
    responses((status = 200, body = Delivery), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Its connection is gone or paused")))]
pub(in super::super) async fn replay(
    State(http): State<Http>,
    Path(id): Path<DeliveryId>,
) -> Result<axum::Json<Delivery>, Problem> {
    http.hub.replay(&id).await?;
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
