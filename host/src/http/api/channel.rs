//! On which channels a person can be answered.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::extract::Path;
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::Paged;
use super::time::Timestamp;
use crate::model::id::ProfileId;
use crate::pipeline;

/// A connection that carries messages, and whether it reaches a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Channel {
    /// The connection.
    pub connection: String,
    /// What people call it.
    pub title: String,
    /// The plugin's word for the channel, by which consents are kept.
    pub channel: Option<String>,
    /// When the person last wrote on it.
    pub received_at: Option<Timestamp>,
    /// The names by which it reaches the person, the surest first.
    pub reaches: Vec<String>,
    /// Why no answer can go out over it now, in words; `null`: it can.
    pub obstacle: Option<String>,
}

impl From<pipeline::Channel> for Channel {
    fn from(channel: pipeline::Channel) -> Self {
        Self {
            connection: channel.connection.into(),
            title: channel.title,
            channel: channel.channel,
            received_at: channel.received_at.map(Timestamp),
            reaches: channel.reaches,
            obstacle: channel.obstacle,
        }
    }
}

/// The channels on which a person can be answered, the one that was used last first, and why others cannot be used.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/channels", tag = "conversations",
    params(("profile" = String, Path, description = "The person's id, or a former one")),
    responses((status = 200, body = Paged<Channel>), (status = 404, body = Problem)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Path(id): Path<ProfileId>,
) -> Result<axum::Json<Paged<Channel>>, Problem> {
    let channels = http.hub.channels(&id).await?;
    Ok(axum::Json(Paged::whole(channels.into_iter().map(Into::into).collect())))
}
