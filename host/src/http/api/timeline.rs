//! What happened with a person, the newest first.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::{PageQuery, Paged};
use super::privacy::missing;
use super::time::Timestamp;
use crate::model::event::Json;
use crate::model::id::ProfileId;
use crate::model::profile;

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TimelineEntry {
    /// The event.
    #[schema(example = "evt_0123456789abcdefghjkmnpqrs")]
    pub event: String,
    /// Which kind of event (`wit/events.wit`).
    #[schema(example = "message-received")]
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// Which connection said so.
    pub connection: String,
    /// What happened, in words.
    #[schema(example = "wrote: Where is my order?")]
    pub summary: String,
    /// What was said, in the contract's JSON form.
    #[schema(value_type = Object)]
    pub said: Json,
}

impl From<profile::TimelineEntry> for TimelineEntry {
    fn from(entry: profile::TimelineEntry) -> Self {
        Self {
            event: entry.event.into(),
            kind: entry.kind,
            at: Timestamp(entry.at),
            connection: entry.connection.into(),
            summary: entry.summary,
            said: entry.said,
        }
    }
}

/// What happened with a person, the newest first.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/timeline", tag = "profiles",
    params(("profile" = String, Path, description = "The person's id"), PageQuery),
    responses((status = 200, body = Paged<TimelineEntry>), (status = 404, body = Problem),
        (status = 410, body = Problem)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Path(id): Path<ProfileId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Paged<TimelineEntry>>, Problem> {
    let page = page.request(http.pages())?;
    let found = http.store().timeline(&id, &page).await?;
    if found.items.is_empty() && page.cursor.is_none() && http.store().profile(&id).await?.is_none() {
        return Err(missing(&http, &id).await);
    }
    Ok(axum::Json(Paged::of(found)))
}
