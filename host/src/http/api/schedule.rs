//! When a connection asks, set by an operator.

use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::connection::{self, Connection};
use crate::model::id::ConnectionId;
use crate::model::schedule::OwnSchedule;

/// When a connection is to ask.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewSchedule {
    /// A time such as `5m`; a cron expression, with a time zone where it is not UTC; `off`; or null to have the
    /// plugin's own hold again.
    #[schema(example = "0 3 * * 1-5 Europe/Berlin")]
    schedule: Option<String>,
}

/// Sets when a connection asks the other system, at most as often as its plugin was granted.
#[utoipa::path(put, path = "/api/v1/connections/{connection}/schedule", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id")),
    request_body = NewSchedule,
    responses((status = 200, body = Connection), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn set(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConnectionId>,
    Json(new): Json<NewSchedule>,
) -> Result<axum::Json<Connection>, Problem> {
    let own = new.schedule.map(|text| text.parse::<OwnSchedule>()).transpose();
    let own = own.map_err(|why| {
        let message = why.to_string();
        Problem::invalid(message.clone(), vec![Invalid { at: "/schedule".to_owned(), message }])
    })?;
    http.hub.set_schedule(&id, own, &caller.who).await?;
    connection::one(State(http), Path(id)).await
}
