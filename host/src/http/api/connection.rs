//! Connections: added, paused, resumed, removed, and asked to act.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::super::extract::{Json, Path};
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::Paged;
use super::time::Timestamp;
use crate::model::connection::{self, ConnectionState};
use crate::model::event::RawJson;
use crate::model::id::ConnectionId;
use crate::model::limit::Change;
use crate::model::mask;
use crate::model::normal::Region;
use crate::pipeline::AddConnection;

/// An installed plugin with settings and secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Connection {
    /// Its id.
    #[schema(example = "conn_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// The plugin's name.
    #[schema(example = "echo-channel")]
    pub plugin: String,
    /// What people call it.
    pub title: String,
    /// `active`, or `paused`: what comes in is parked and nothing goes out.
    #[schema(example = "active")]
    pub state: String,
    /// Why it does not work or takes no requests, where it does not.
    pub problem: Option<String>,
    /// Its settings.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// The names of the secrets it holds; their values are never shown.
    pub secrets: Vec<String>,
    /// Secrets that were replaced while the value before still verifies what comes in.
    pub former_secrets: Vec<FormerSecret>,
    /// What it says of a person outranks what connections of lower priority say.
    pub priority: i32,
    /// The country where phone numbers are dialled that it says without one, where it names one of its own.
    #[schema(example = "DE")]
    pub region: Option<String>,
    /// Set while its plugin is left alone because it failed again and again: deliveries are kept, and the rest
    /// of its work waits.
    pub resting: Option<Resting>,
    /// The budgets that are set for it, by name; the others are the configuration's.
    #[schema(example = json!({"memory": "32 MiB"}))]
    pub limits: BTreeMap<String, String>,
    /// The address to give to the vendor.
    #[schema(example = "https://hub.example.com/hooks/conn_0123456789abcdefghjkmnpqrs")]
    pub hook: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it asks the other system, where it does.
    pub polls: Option<Polls>,
}

/// Why and until when a plugin is left alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Resting {
    /// Since when.
    pub since: Timestamp,
    /// When it is tried again; what was kept is caught up on when it works.
    pub until: Timestamp,
    /// How it failed last.
    #[schema(example = "the plugin crashed: wasm `unreachable` instruction executed")]
    pub error: String,
}

/// A secret whose value before the present one still verifies what comes in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FormerSecret {
    /// Its name.
    #[schema(example = "app_secret")]
    pub name: String,
    /// Until when.
    pub until: Timestamp,
}

/// When a connection asks the other system what is new.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Polls {
    /// Its schedule: a time such as `5m`, or a cron expression, with a time zone where it is not UTC; `off` where
    /// that was set.
    #[schema(example = "0 3 * * 1-5 Europe/Berlin")]
    pub schedule: String,
    /// The same in words.
    #[schema(example = "every 5m")]
    pub words: String,
    /// Whether it was set for this connection.
    pub own: bool,
    /// The plugin's own schedule, which holds where none was set.
    #[schema(example = "5m")]
    pub default: String,
    /// When the last one began that came to an end.
    pub last_at: Option<Timestamp>,
    /// When the next one is due; a time that has passed means now. Nothing while it is paused.
    pub next_at: Option<Timestamp>,
    /// How many failed in a row.
    pub failures: u32,
    /// Why the last one failed, where it did; what looks like an address or a number of somebody's is covered.
    pub error: Option<String>,
}

impl Polls {
    async fn show(http: &Http, id: &ConnectionId) -> Result<Option<Self>, Problem> {
        let polled = http.hub.polled(id).await?;
        Ok(polled.map(|polled| Self {
            schedule: polled.written(),
            words: polled.words(),
            own: polled.own.is_some(),
            default: polled.theirs.to_string(),
            last_at: polled.polls.as_ref().map(|polls| Timestamp(polls.began_at)),
            next_at: polled.next_at.map(Timestamp),
            failures: polled.polls.as_ref().map_or(0, |polls| polls.failures),
            error: polled.polls.and_then(|polls| polls.error).as_deref().map(mask::words),
        }))
    }
}

impl Connection {
    async fn show(http: &Http, connection: connection::Connection) -> Result<Self, Problem> {
        let secrets = http.store().secret_names(&connection.id).await?;
        let now = http.hub.ambient().now_ms();
        let former = http.store().former_secrets(&connection.id).await?;
        let former = former.into_iter().filter_map(|former| {
            let until = former.verify_until.filter(|until| now < *until)?;
            Some(FormerSecret { name: former.name, until: Timestamp(until) })
        });
        let limits = http.store().limits(&connection.id).await?;
        let resting = http.store().resting(&connection.id).await?;
        Ok(Self {
            polls: Polls::show(http, &connection.id).await?,
            problem: http.hub.problem(&connection.id),
            hook: http.hub.hook_url(&connection.id),
            resting: resting.map(|resting| Resting {
                since: Timestamp(resting.since),
                until: Timestamp(resting.until),
                error: resting.error,
            }),
            limits: limits.iter().map(|(limit, value)| (limit.to_string(), limit.show(value))).collect(),
            secrets,
            former_secrets: former.collect(),
            id: connection.id.into(),
            plugin: connection.plugin,
            title: connection.title,
            state: connection.state.as_str().to_owned(),
            settings: connection.settings,
            priority: connection.priority,
            region: connection.region.map(String::from),
            created_at: Timestamp(connection.created_at),
        })
    }
}

/// A connection to be added.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewConnection {
    /// The plugin's name.
    #[schema(example = "echo-channel")]
    plugin: String,
    /// What people shall call it; without it the plugin's title.
    title: Option<String>,
    /// Its settings, as the plugin's schema asks for them.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    settings: serde_json::Value,
    /// Its secrets by name. They are sealed at once and never shown again.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"token": "…"}))]
    secrets: BTreeMap<String, String>,
    /// What it says of a person outranks what connections of lower priority say; 0 unless told.
    #[serde(default)]
    priority: i32,
    /// The country (ISO 3166-1, two letters) where phone numbers are dialled that it says without one; as
    /// `identity.region` of the configuration unless told.
    #[schema(value_type = Option<String>, example = "DE")]
    region: Option<Region>,
}

fn empty() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// Every connection.
#[utoipa::path(get, path = "/api/v1/connections", tag = "connections",
    responses((status = 200, body = Paged<Connection>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
) -> Result<axum::Json<Paged<Connection>>, Problem> {
    let mut shown = Vec::new();
    for connection in http.store().connections().await? {
        shown.push(Connection::show(&http, connection).await?);
    }
    Ok(axum::Json(Paged::whole(shown)))
}

/// One connection.
#[utoipa::path(get, path = "/api/v1/connections/{connection}", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")),
    responses((status = 200, body = Connection), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
) -> Result<axum::Json<Connection>, Problem> {
    let found = http.store().connection(&id).await?.ok_or_else(|| unknown(&id))?;
    Ok(axum::Json(Connection::show(&http, found).await?))
}

/// Adds a connection: settings are checked against the plugin's schema, and secrets it needs must be there.
#[utoipa::path(post, path = "/api/v1/connections", tag = "connections", request_body = NewConnection,
    responses((status = 201, body = Connection), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn create(
    State(http): State<Http>,
    Json(new): Json<NewConnection>,
) -> Result<(StatusCode, axum::Json<Connection>), Problem> {
    let secrets = new.secrets.into_iter().map(|(name, value)| (name, Zeroizing::new(value.into_bytes())));
    let add = AddConnection {
        plugin: new.plugin,
        title: new.title,
        settings: new.settings,
        secrets: secrets.collect(),
        priority: new.priority,
        region: new.region,
    };
    let added = http.hub.add_connection(add).await?;
    Ok((StatusCode::CREATED, axum::Json(Connection::show(&http, added).await?)))
}

/// Pauses a connection: what comes in is parked, and nothing is polled or sent.
#[utoipa::path(post, path = "/api/v1/connections/{connection}/pause", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")),
    responses((status = 200, body = Connection), (status = 404, body = Problem)))]
pub(in super::super) async fn pause(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
) -> Result<axum::Json<Connection>, Problem> {
    turn(http, id, ConnectionState::Paused).await
}

/// Lets a paused connection work again. What was parked meanwhile is replayed by the hub, in order.
#[utoipa::path(post, path = "/api/v1/connections/{connection}/resume", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")),
    responses((status = 200, body = Connection), (status = 404, body = Problem)))]
pub(in super::super) async fn resume(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
) -> Result<axum::Json<Connection>, Problem> {
    turn(http, id, ConnectionState::Active).await
}

async fn turn(
    http: Http,
    id: ConnectionId,
    state: ConnectionState,
) -> Result<axum::Json<Connection>, Problem> {
    if !http.store().set_connection_state(&id, state).await? {
        return Err(unknown(&id));
    }
    http.hub.reload().await?;
    one(State(http), Path(id)).await
}

/// Changes budgets of a connection: what its calls may use. A value is written `32MiB`, `10s` or `100`;
/// null takes a change back.
#[utoipa::path(patch, path = "/api/v1/connections/{connection}/limits", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")),
    request_body(content = Object, example = json!({"memory": "32MiB", "cpu-per-minute": null})),
    responses((status = 200, body = Connection), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn limit(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
    Json(changes): Json<BTreeMap<String, Option<String>>>,
) -> Result<axum::Json<Connection>, Problem> {
    let changes =
        changes.iter().map(|(name, value)| Change::new(name, value.as_deref().unwrap_or("default")));
    let changes = changes
        .collect::<Result<Vec<_>, _>>()
        .map_err(|why| Problem::invalid(why.to_string(), Vec::new()))?;
    http.hub.change_limits(&id, &changes).await?;
    one(State(http), Path(id)).await
}

/// A connection's region.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConnectionRegion {
    /// The country (ISO 3166-1, two letters); null for the configuration's.
    #[schema(value_type = Option<String>, example = "DE")]
    region: Option<Region>,
}

/// Says in which country a connection's phone numbers are dialled when they name none, for what comes from now on.
#[utoipa::path(put, path = "/api/v1/connections/{connection}/region", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")), request_body = ConnectionRegion,
    responses((status = 200, body = Connection), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn region(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
    Json(change): Json<ConnectionRegion>,
) -> Result<axum::Json<Connection>, Problem> {
    if !http.store().set_region(&id, change.region).await? {
        return Err(unknown(&id));
    }
    http.hub.reload().await?;
    one(State(http), Path(id)).await
}

/// Removes a connection with its secrets. What it said stays in the log.
#[utoipa::path(delete, path = "/api/v1/connections/{connection}", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in super::super) async fn remove(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
) -> Result<StatusCode, Problem> {
    if !http.store().remove_connection(&id).await? {
        return Err(unknown(&id));
    }
    http.hub.reload().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an action is asked to do.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActionRequest {
    /// What it takes, as its schema says.
    #[schema(value_type = Object)]
    input: RawJson,
    /// Handed to the other system as idempotency key: give the same again when the answer to a request did
    /// not arrive. One is made up where it is left out.
    key: Option<String>,
}

/// What an action answered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ActionAnswer {
    /// What it answered, as its schema says.
    #[schema(value_type = Object)]
    output: crate::model::event::Json,
}

/// Has the plugin do something in the other system: the names are in the plugin's `actions`.
#[utoipa::path(post, path = "/api/v1/connections/{connection}/actions/{name}", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id"),
        ("name" = String, Path, description = "The action's name")),
    request_body = ActionRequest,
    responses((status = 200, body = ActionAnswer), (status = 404, body = Problem),
        (status = 422, body = Problem), (status = 502, body = Problem)))]
pub(in super::super) async fn act(
    State(http): State<Http>,
    Path((id, name)): Path<(ConnectionId, String)>,
    Json(request): Json<ActionRequest>,
) -> Result<axum::Json<ActionAnswer>, Problem> {
    let key = request.key.unwrap_or_else(|| hex::encode(http.hub.ambient().random16()));
    let output = http.hub.act(&id, &name, &request.input.0, &key).await?;
    Ok(axum::Json(ActionAnswer { output }))
}

fn unknown(id: &ConnectionId) -> Problem {
    Problem::not_found(format!("there is no connection {id}"))
}
