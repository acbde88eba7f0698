//! Conversations, the one with the newest message first.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::message::Way;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::model::id::ConversationId;
use crate::model::profile;

/// The conversation with a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Conversation {
    /// Its id.
    #[schema(example = "conv_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// With whom.
    pub profile: String,
    /// What the person is called, where anybody said.
    pub name: Option<String>,
    /// When the last message was written.
    pub message_at: Timestamp,
    /// When the person last wrote.
    pub received_at: Option<Timestamp>,
    /// On which connection the person last wrote.
    pub received_on: Option<String>,
    /// The last message.
    pub last: Option<LastMessage>,
}

/// The last message of a conversation, as a list shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LastMessage {
    /// Its id.
    pub id: String,
    /// Which way it went.
    pub direction: Way,
    /// What it says.
    pub text: String,
}

impl From<profile::Conversation> for Conversation {
    fn from(conversation: profile::Conversation) -> Self {
        let last = |last: profile::LastMessage| LastMessage {
            id: last.id.into(),
            direction: last.direction.into(),
            text: last.text,
        };
        Self {
            id: conversation.id.into(),
            profile: conversation.profile.into(),
            name: conversation.name,
            message_at: Timestamp(conversation.message_at),
            received_at: conversation.received_at.map(Timestamp),
            received_on: conversation.received_on.map(Into::into),
            last: conversation.last.map(last),
        }
    }
}

/// Conversations, the one with the newest message first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(PageQuery),
    responses((status = 200, body = Paged<Conversation>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Paged<Conversation>>, Problem> {
    let page = page.request(http.pages())?;
    Ok(axum::Json(Paged::of(http.store().conversations(&page).await?)))
}

/// One conversation, by any id that ever stood for it.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")),
    responses((status = 200, body = Conversation), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(id): Path<ConversationId>,
) -> Result<axum::Json<Conversation>, Problem> {
    Ok(axum::Json(find(&http, &id).await?.into()))
}

/// The conversation of that id.
pub(super) async fn find(http: &Http, id: &ConversationId) -> Result<profile::Conversation, Problem> {
    let found = http.store().conversation(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no conversation {id}")))
}
