//! What came in: what is parked and waits to be run again, and what became of the rest.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::Titles;
use super::address;
use super::chart::bytes;
use super::clock::Moment;
use super::form::{Field, Fields, Input, Offer, Wrong};
use super::frame::{Again, Frame, Page};
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::model::delivery::{Delivery, DeliveryState, RecordedRequest};
use crate::model::id::{ConnectionId, DeliveryId};
use crate::model::mask;
use crate::pipeline::{DiscardError, ReplayMany, Replayed};
use crate::store::{DeliveryFilter, PageRequest};

/// The pages of deliveries.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/deliveries", get(list))
        .route("/deliveries/replay", post(replay_all))
        .route("/deliveries/{delivery}", get(show))
        .route("/deliveries/{delivery}/replay", post(replay))
        .route("/deliveries/{delivery}/discard", post(discard))
}

/// Deliveries, the newest first.
#[derive(Template)]
#[template(path = "deliveries/list.html")]
pub(super) struct DeliveriesPage {
    pub(super) frame: Frame,
    pub(super) states: Vec<Offer>,
    pub(super) connections: Vec<Offer>,
    pub(super) error: String,
    pub(super) deliveries: Vec<Line>,
    /// Whether only parked ones are listed, which is what an operator looks for.
    pub(super) parked: bool,
    /// Those connections for which something is parked: the id, the title, and how much.
    pub(super) waiting: Vec<(String, String, String)>,
    /// How many were run again just now, and how many of them failed again.
    pub(super) ran: Option<String>,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
}

/// A delivery as lists and its page show it.
pub(super) struct Line {
    pub(super) path: String,
    pub(super) id: String,
    pub(super) received: Moment,
    pub(super) connection: String,
    pub(super) state: String,
    pub(super) look: &'static str,
    pub(super) error: String,
    pub(super) attempts: u32,
    pub(super) events: u32,
    pub(super) size: String,
}

impl Line {
    fn of(delivery: &Delivery, titles: &Titles, frame: &Frame) -> Self {
        let look = match delivery.state {
            DeliveryState::Done => "good",
            DeliveryState::Parked => "warn",
            DeliveryState::Discarded => "",
        };
        Self {
            path: format!("/deliveries/{}", delivery.id),
            id: delivery.id.to_string(),
            received: frame.time(delivery.received_at),
            connection: titles.of(&delivery.connection, frame.words),
            state: frame.words.of("delivery", delivery.state.as_str()),
            look,
            error: delivery.error.as_deref().map(mask::words).unwrap_or_default(),
            attempts: delivery.attempts,
            events: delivery.events,
            size: bytes(delivery.size, frame.words),
        }
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize)]
struct Which {
    #[serde(default = "parked")]
    state: String,
    #[serde(default)]
    connection: String,
    #[serde(default)]
    error: String,
    cursor: Option<String>,
    /// How many were run again just now, and how many of them failed again.
    ran: Option<u32>,
    failed: Option<u32>,
}

fn parked() -> String {
    DeliveryState::Parked.as_str().to_owned()
}

async fn list(
    State(http): State<Http>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let titles = super::titles(&http).await?;
    let filter = DeliveryFilter {
        connection: which.connection.parse::<ConnectionId>().ok(),
        state: DeliveryState::from_name(&which.state),
        error: Some(which.error.trim().to_owned()).filter(|error| !error.is_empty()),
        ..DeliveryFilter::default()
    };
    let at = |cursor: &str| {
        let (state, connection) = (which.state.as_str(), which.connection.as_str());
        address::with(
            "/deliveries",
            &[("state", state), ("connection", connection), ("error", &which.error), ("cursor", cursor)],
        )
    };
    let page = PageRequest { cursor: which.cursor.clone(), limit: http.pages().usual };
    let found = http.store().deliveries(&filter, &page).await?;
    let states = [DeliveryState::Parked, DeliveryState::Done, DeliveryState::Discarded];
    let states = states.map(|state| {
        let word = frame.words.of("delivery", state.as_str());
        Offer::new(state.as_str(), word, state.as_str() == which.state)
    });
    let sizes = http.store().parked_sizes().await?;
    let waiting = sizes
        .iter()
        .map(|(id, size)| (id.to_string(), titles.of(id, frame.words), frame.words.number(&size.deliveries)));
    Ok(Page(DeliveriesPage {
        states: states.into(),
        connections: titles.offers(&which.connection),
        deliveries: found.items.iter().map(|one| Line::of(one, &titles, &frame)).collect(),
        parked: filter.state == Some(DeliveryState::Parked),
        waiting: waiting.collect(),
        ran: which.ran.map(|ran| {
            let failed = which.failed.unwrap_or(0);
            frame.words.say2("deliveries-ran", ("count", &ran), ("failed", &failed))
        }),
        next: found.next.map(|next| at(&next)),
        first: which.cursor.as_ref().map(|_| at("")),
        error: which.error.clone(),
        frame,
    }))
}

/// Runs everything again that is parked for a connection, for as long as a request may take; the page says how far
/// it came.
async fn replay_all(State(http): State<Http>, fields: Fields) -> Result<Redirect, Problem> {
    let id = fields.text("connection").parse::<ConnectionId>();
    let id = id.map_err(|error| Problem::bad_request(error.to_string()))?;
    let (mut ran, mut failed) = (0u32, 0u32);
    let which = ReplayMany {
        connection: Some(id.clone()),
        after: None,
        limit: None,
        within: Some(http.hub.config().http.request_timeout / 2),
    };
    http.hub
        .replay_many(which, |_, replayed| {
            ran += 1;
            failed += u32::from(!matches!(replayed, Replayed::Done { .. }));
        })
        .await?;
    let (ran, failed) = (ran.to_string(), failed.to_string());
    let to = address::with(
        "/deliveries",
        &[("connection", id.as_str()), ("ran", ran.as_str()), ("failed", failed.as_str())],
    );
    Ok(Redirect::to(&to))
}

/// One delivery with its request.
#[derive(Template)]
#[template(path = "deliveries/show.html")]
pub(super) struct DeliveryPage {
    pub(super) frame: Frame,
    pub(super) line: Line,
    pub(super) parked: bool,
    /// How it was given up: by whom, when, and why.
    pub(super) discarded: Option<(String, Moment, String)>,
    pub(super) request: Option<Request>,
    /// Whether the request is shown as it came in.
    pub(super) revealed: bool,
    pub(super) reason: Field,
}

/// A request, as far as it may be shown.
pub(super) struct Request {
    pub(super) line: String,
    pub(super) verified: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Request {
    fn of(kept: &RecordedRequest, frame: &Frame) -> Self {
        let query = if kept.query.is_empty() { String::new() } else { format!("?{}", kept.query) };
        let body = match std::str::from_utf8(&kept.body) {
            Ok(text) => serde_json::from_str::<serde_json::Value>(text)
                .and_then(|json| serde_json::to_string_pretty(&json))
                .unwrap_or_else(|_| text.to_owned()),
            Err(_) => {
                frame.words.say1("delivery-no-text", "size", &bytes(kept.body.len() as u64, frame.words))
            }
        };
        Self {
            line: format!("{} {}{query}", kept.method, if kept.path.is_empty() { "/" } else { &kept.path }),
            verified: kept.verified,
            headers: kept.headers.clone(),
            body,
        }
    }
}

/// How a delivery is shown.
#[derive(Debug, Default, Deserialize)]
struct How {
    #[serde(default)]
    reveal: bool,
}

async fn find(http: &Http, id: &DeliveryId) -> Result<Delivery, Problem> {
    let found = http.store().delivery(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no delivery {id}")))
}

async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<DeliveryId>,
    Query(how): Query<How>,
) -> Result<impl IntoResponse, Problem> {
    let delivery = find(&http, &id).await?;
    if how.reveal {
        http.hub.note_revealed(&id, frame.who()).await?;
    }
    Ok(Page(DeliveryPage::load(&http, frame, &delivery, how.reveal).await?))
}

impl DeliveryPage {
    async fn load(http: &Http, frame: Frame, delivery: &Delivery, reveal: bool) -> Result<Self, Problem> {
        let titles = super::titles(http).await?;
        let kept = http.store().recorded(&delivery.id).await?.filter(|_| delivery.discarded.is_none());
        let kept = kept.map(|kept| if reveal { kept } else { mask::request(&kept) });
        let mut line = Line::of(delivery, &titles, &frame);
        if let Some(error) = delivery.error.as_ref().filter(|_| reveal) {
            line.error.clone_from(error);
        }
        let discarded = delivery.discarded.as_ref();
        Ok(Self {
            line,
            parked: delivery.state == DeliveryState::Parked,
            discarded: discarded.map(|gone| (gone.by.clone(), frame.time(gone.at), gone.why.clone())),
            request: kept.map(|kept| Request::of(&kept, &frame)),
            revealed: reveal,
            reason: Field::new("reason", frame.say("delivery-reason"), Input::Text)
                .hint(frame.say("delivery-reason-hint"))
                .required(),
            frame,
        })
    }
}

async fn replay(State(http): State<Http>, Path(id): Path<DeliveryId>) -> Result<Redirect, Problem> {
    let done = match http.hub.replay(&id).await? {
        Replayed::Done { .. } => "replayed",
        Replayed::StillParked { .. } | Replayed::NotRun { .. } => "still-parked",
    };
    Ok(Redirect::to(&format!("/deliveries/{id}?done={done}")))
}

async fn discard(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<DeliveryId>,
    fields: Fields,
) -> Result<Response, Problem> {
    match http.hub.discard(&id, frame.who(), fields.text("reason")).await {
        Ok(()) => Ok(Redirect::to(&format!("/deliveries/{id}?done=discarded")).into_response()),
        Err(error @ DiscardError::Reason) => {
            let delivery = find(&http, &id).await?;
            let mut page = DeliveryPage::load(&http, frame, &delivery, false).await?;
            page.reason = page.reason.typed(&fields, &Wrong::one("reason", error.to_string()));
            Ok(Again(page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
impl Line {
    fn sample(frame: &Frame, error: &str) -> Self {
        Self {
            path: "/deliveries/dlv_0123456789abcdefghjkmnpqrs".to_owned(),
            id: "dlv_0123456789abcdefghjkmnpqrs".to_owned(),
            received: frame.time(frame.clock.now),
            connection: "Support".to_owned(),
            state: frame.words.of("delivery", "parked"),
            look: "warn",
            error: error.to_owned(),
            attempts: 2,
            events: 0,
            size: bytes(1234, frame.words),
        }
    }
}

#[cfg(test)]
impl DeliveriesPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let page = |deliveries: Vec<Line>, parked, ran| Self {
            frame: frame.clone(),
            states: vec![Offer::new("parked", "parked", true)],
            connections: vec![Offer::new("a", "Support", false)],
            error: "crash".to_owned(),
            waiting: deliveries
                .iter()
                .map(|_| ("a".to_owned(), "Support".to_owned(), "3".to_owned()))
                .collect(),
            deliveries,
            parked,
            ran,
            next: Some("/deliveries?cursor=x".to_owned()),
            first: None,
        };
        let ran = frame.words.say2("deliveries-ran", ("count", &3), ("failed", &1));
        vec![
            page(vec![Line::sample(frame, "the plugin crashed")], true, Some(ran)),
            page(Vec::new(), true, None),
            page(Vec::new(), false, None),
        ]
    }
}

#[cfg(test)]
impl DeliveryPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let request = |body: &[u8], verified| {
            let kept = RecordedRequest {
                method: "POST".to_owned(),
                path: String::new(),
                query: "a=b".to_owned(),
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_vec(),
                verified,
            };
            Request::of(&kept, frame)
        };
        let page = |request, parked: bool, revealed| Self {
            frame: frame.clone(),
            line: Line::sample(frame, if parked { "the plugin crashed" } else { "" }),
            parked,
            discarded: (!parked).then(|| ("Kim".to_owned(), frame.time(0), "a test".to_owned())),
            request,
            revealed,
            reason: Field::new("reason", frame.say("delivery-reason"), Input::Text),
        };
        vec![
            page(Some(request(b"{\"a\":\"</pre>\"}", true)), true, false),
            page(Some(request(&[0xff], false)), true, true),
            page(None, false, false),
        ]
    }
}
