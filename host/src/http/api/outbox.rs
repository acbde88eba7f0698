//! What was asked to be sent, and how far it has come.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::extract::Path;
use super::super::problem::Problem;
use super::super::state::Http;
use super::time::Timestamp;
use crate::model::id::OutboxId;
use crate::model::outbox::{self, OutboundContent};

/// An intent to send.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OutboxItem {
    /// Its id, and the correlation handed to the vendor.
    #[schema(example = "out_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// Which connection carries it.
    pub connection: String,
    /// To whom.
    pub profile: String,
    /// The message it is shown as.
    pub message: String,
    /// What to send, in the contract's JSON form.
    #[schema(value_type = Object)]
    pub content: OutboundContent,
    /// The vendor's id of the message it answers.
    pub reply_to: Option<String>,
    /// The subject line; mail only.
    pub subject: Option<String>,
    /// What it is for.
    #[schema(example = "service")]
    pub purpose: String,
    /// `queued`, `sending`, `sent`, `ambiguous` (it is not known whether the vendor took it) or `failed`.
    #[schema(example = "queued")]
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, where it will be.
    pub due_at: Option<Timestamp>,
    /// Why it failed, or was put off the last time.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl From<outbox::OutboxItem> for OutboxItem {
    fn from(item: outbox::OutboxItem) -> Self {
        let over = matches!(item.state, outbox::OutboxState::Sent | outbox::OutboxState::Failed);
        Self {
            id: item.id.into(),
            connection: item.connection.into(),
            profile: item.profile.into(),
            message: item.message.into(),
            content: item.content,
            reply_to: item.reply_to,
            subject: item.subject,
            purpose: item.purpose,
            state: item.state.as_str().to_owned(),
            attempts: item.attempts,
            due_at: (!over).then_some(Timestamp(item.due_at)),
            error: item.error,
            created_at: Timestamp(item.created_at),
        }
    }
}

/// One intent to send.
#[utoipa::path(get, path = "/api/v1/outbox/{item}", tag = "conversations",
    params(("item" = String, Path, description = "The id that sending answered with")),
    responses((status = 200, body = OutboxItem), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(id): Path<OutboxId>,
) -> Result<axum::Json<OutboxItem>, Problem> {
    let found = http.store().outbound(&id).await?;
    let item = found.ok_or_else(|| Problem::not_found(format!("the outbox has no item {id}")))?;
    Ok(axum::Json(item.into()))
}

/// Takes a message back before it goes out: it is gone, as if it had never been written. The answer is what it was.
#[utoipa::path(post, path = "/api/v1/outbox/{item}/take-back", tag = "conversations",
    params(("item" = String, Path, description = "The id that sending answered with")),
    responses((status = 200, body = OutboxItem), (status = 409, body = Problem)))]
pub(in super::super) async fn take_back(
    State(http): State<Http>,
    Path(id): Path<OutboxId>,
) -> Result<axum::Json<OutboxItem>, Problem> {
    let taken = http.store().take_back(&id).await?;
    let late = || Problem::conflict(format!("{id} is on its way already, or there is no such message"));
    Ok(axum::Json(taken.ok_or_else(late)?.into()))
}

/// Has a message that failed go out once more.
#[utoipa::path(post, path = "/api/v1/outbox/{item}/retry", tag = "conversations",
    params(("item" = String, Path, description = "The id that sending answered with")),
    responses((status = 202, body = OutboxItem), (status = 409, body = Problem)))]
pub(in super::super) async fn try_again(
    State(http): State<Http>,
    Path(id): Path<OutboxId>,
) -> Result<(StatusCode, axum::Json<OutboxItem>), Problem> {
    let item = http.store().try_again(&id).await?;
    let other = || Problem::conflict(format!("{id} did not fail, or there is no such message"));
    let item = item.ok_or_else(other)?;
    http.hub.wake();
    Ok((StatusCode::ACCEPTED, axum::Json(item.into())))
}
