//! A secret of a connection is replaced.

use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::connection::{self, Connection};
use crate::model::id::ConnectionId;
use crate::model::manifest::Period;
use crate::pipeline::ReplaceSecret;

/// A new value for a secret.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewSecret {
    /// The value. It is sealed at once and never shown again.
    #[schema(example = "…")]
    value: String,
    /// How long what comes in may still be signed with the value before, for a vendor that goes on doing so for a
    /// while; left out, not at all.
    #[schema(example = "24h")]
    keep_old_for: Option<String>,
}

/// Replaces a secret, for what comes in and goes out from now on. Access tokens that were made of the value before
/// are dropped.
#[utoipa::path(put, path = "/api/v1/connections/{connection}/secrets/{name}", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id"),
        ("name" = String, Path, description = "The secret's name, as the plugin's manifest has it")),
    request_body = NewSecret,
    responses((status = 200, body = Connection), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn replace(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path((id, name)): Path<(ConnectionId, String)>,
    Json(new): Json<NewSecret>,
) -> Result<axum::Json<Connection>, Problem> {
    let value = Zeroizing::new(new.value.into_bytes());
    let keep_old_for = new.keep_old_for.map(|text| text.parse::<Period>()).transpose();
    let keep_old_for = keep_old_for.map_err(|why| {
        let message = why.to_string();
        Problem::invalid(message.clone(), vec![Invalid { at: "/keep-old-for".to_owned(), message }])
    })?;
    let new = ReplaceSecret { name, value, keep_old_for: keep_old_for.map(Period::duration) };
    http.hub.replace_secret(&id, new, &caller.who).await?;
    connection::one(State(http), Path(id)).await
}
