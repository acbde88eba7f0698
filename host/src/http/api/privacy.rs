//! People's rights: erasing a person, and what vendors ask on behalf of people.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::auth::Caller;
use super::super::extract::{Json, Path, Query};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::page::PageQuery;
use super::time::Timestamp;
use crate::model::id::{ConnectionId, EventId, ProfileId};
use crate::store::{self, AskedRight, Erasure, RequestState, Unerasable};

/// The longest reason for an erasure, in characters: it is read in a list.
pub(crate) const LONGEST_REASON: usize = 500;

/// A person is to be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Erase {
    /// Why, for the audit log, which keeps it: do not name the person.
    #[schema(example = "asked for it by mail on 2026-11-22")]
    reason: String,
    /// Only what this connection said of the person.
    #[schema(value_type = Option<String>)]
    connection: Option<ConnectionId>,
}

/// What was erased. It cannot be brought back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Erased {
    /// Every id that stood for the person: each answers 410 from now on.
    pub profiles: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// Whether something of the person is left, which other connections said.
    pub remains: bool,
    /// Names of the person.
    pub identifiers: u64,
    /// Events that were emptied. Each keeps its place, its time and its kind in the log.
    pub events: u64,
    /// Events of other people out of which the person's names were taken.
    pub others: u64,
    /// Messages.
    pub messages: u64,
    /// Orders, parcels and other records.
    pub records: u64,
    /// Requests of vendors that held something of the person, and were emptied.
    pub deliveries: u64,
    /// Entries that plugins kept.
    pub key_values: u64,
    /// Messages to send, those sent already included.
    pub outbox: u64,
}

impl From<store::Erased> for Erased {
    fn from(done: store::Erased) -> Self {
        Self {
            profiles: done.profiles.into_iter().map(Into::into).collect(),
            at: Timestamp(done.at),
            remains: done.remains,
            identifiers: done.identifiers,
            events: done.events,
            others: done.others,
            messages: done.messages,
            records: done.records,
            deliveries: done.deliveries,
            key_values: done.key_values,
            outbox: done.outbox,
        }
    }
}

/// What a vendor asks on behalf of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PrivacyRequest {
    /// The event that asks: `POST /api/v1/privacy/requests/{event}/answer` notes that it is answered.
    pub event: String,
    /// Who asks.
    pub connection: String,
    /// Which right: `access`, `erase` or `erase-connection`.
    #[schema(example = "access")]
    pub asks: String,
    /// `queued`, `waiting` for a person to answer it, or `done`.
    #[schema(example = "waiting")]
    pub state: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Of whom; none where nobody is left.
    pub profile: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    /// When it was answered.
    pub done_at: Option<Timestamp>,
}

impl From<AskedRight> for PrivacyRequest {
    fn from(request: AskedRight) -> Self {
        Self {
            event: request.event.into(),
            connection: request.connection.into(),
            asks: request.asks.as_str().to_owned(),
            state: request.state.as_str().to_owned(),
            received_at: Timestamp(request.received_at),
            profile: request.profile.map(Into::into),
            outcome: request.outcome,
            done_at: request.done_at.map(Timestamp),
        }
    }
}

/// Requests, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivacyRequests {
    /// The requests.
    pub items: Vec<PrivacyRequest>,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those that wait for a person to answer them.
    #[serde(default)]
    waiting: bool,
    /// How many.
    limit: Option<u32>,
}

/// Says that nobody has this id, or that whoever had it was erased.
pub(crate) async fn missing(http: &Http, id: &ProfileId) -> Problem {
    match http.store().erased_at(id).await {
        Ok(Some(at)) => gone(at),
        Ok(None) => super::profile::unknown(id),
        Err(error) => error.into(),
    }
}

/// Says that whoever had an id was erased then.
pub(crate) fn gone(at: i64) -> Problem {
    let at = jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| format!(" at {at}"));
    Problem::gone(format!("whoever had this id was erased{at}; nothing of them is left"))
}

/// Erases a person from everything that the hub keeps. It cannot be undone.
#[utoipa::path(post, path = "/api/v1/profiles/{profile}/erase", tag = "profiles", request_body = Erase,
    params(("profile" = String, Path, description = "The person's id, or a former one")),
    responses((status = 200, body = Erased), (status = 404, body = Problem), (status = 410, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn erase(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(profile): Path<ProfileId>,
    Json(erase): Json<Erase>,
) -> Result<axum::Json<Erased>, Problem> {
    let reason = erase.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let why = format!("say in 1 to {LONGEST_REASON} characters why the person is erased");
        let wrong = Invalid { at: "/reason".to_owned(), message: why.clone() };
        return Err(Problem::invalid(why, vec![wrong]));
    }
    let erasure =
        Erasure { profile, connection: erase.connection, by: caller.who.clone(), reason: reason.to_owned() };
    match http.store().erase(erasure).await? {
        Ok(done) => Ok(axum::Json(done.into())),
        Err(Unerasable::Already { at, .. }) => Err(gone(at)),
        Err(Unerasable::Nobody(id)) => Err(super::profile::unknown(&id)),
    }
}

/// What vendors ask on behalf of people, the newest first.
#[utoipa::path(get, path = "/api/v1/privacy/requests", tag = "audit", params(Asked),
    responses((status = 200, body = PrivacyRequests)))]
pub(in super::super) async fn requests(
    State(http): State<Http>,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<PrivacyRequests>, Problem> {
    let limit = PageQuery { cursor: None, limit: asked.limit }.request(http.pages())?.limit;
    let state = asked.waiting.then_some(RequestState::Waiting);
    let found = http.store().privacy_requests(state, limit).await?;
    Ok(axum::Json(PrivacyRequests { items: found.into_iter().map(Into::into).collect() }))
}

/// Notes that a request that waited is answered.
#[utoipa::path(post, path = "/api/v1/privacy/requests/{event}/answer", tag = "audit",
    params(("event" = String, Path, description = "The event that asks")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in super::super) async fn answer(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(event): Path<EventId>,
) -> Result<::http::StatusCode, Problem> {
    if http.store().answer_request(&event, &caller.who).await? {
        Ok(::http::StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("no request waits under {event}")))
    }
}
