//! What an account keeps of a conversation: how far it has read, and what it has begun to write.

use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::Problem;
use super::super::state::Http;
use super::conversation::find;
use super::time::Timestamp;
use crate::model::conversation::Place;
use crate::model::id::{AccountId, ConnectionId, ConversationId, MessageId};

/// The account that asks.
fn account(caller: &Caller) -> Result<&AccountId, Problem> {
    let own = caller.account.as_ref();
    own.ok_or_else(|| {
        Problem::conflict("a token is no account: only somebody who signed in reads and drafts")
    })
}

/// How far a conversation was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reading {
    /// The last message that was read; the last one that there is, unless told.
    #[schema(value_type = Option<String>)]
    message: Option<MessageId>,
}

/// Notes that the account that asks has read a conversation up to a message.
#[utoipa::path(put, path = "/api/v1/conversations/{conversation}/read", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")), request_body = Reading,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn read(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Json(reading): Json<Reading>,
) -> Result<StatusCode, Problem> {
    let account = account(&caller)?;
    let found = find(&http, &caller, &id).await?;
    let upto = match reading.message {
        None => found.conversation.last.clone(),
        Some(id) => {
            let view = http.store().message(&id).await?;
            let own = view.filter(|view| view.conversation.as_ref() == Some(&found.id));
            let at = own.and_then(|view| view.message.content.map(|content| content.at));
            let at =
                at.ok_or_else(|| Problem::not_found(format!("{id} is no message of this conversation")))?;
            Place { at, id }
        }
    };
    http.store().mark_read(&found, account, &upto).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets the account that asks find a conversation unread again.
#[utoipa::path(delete, path = "/api/v1/conversations/{conversation}/read", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn unread(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
) -> Result<StatusCode, Problem> {
    let account = account(&caller)?;
    let found = find(&http, &caller, &id).await?;
    http.store().mark_unread(&found, account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an account has begun to write.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Draft {
    /// Over which connection it is to go, where that was chosen.
    pub connection: Option<String>,
    /// The text; empty where nothing was begun.
    pub text: String,
    /// When it was changed.
    pub changed_at: Option<Timestamp>,
}

/// What is to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewDraft {
    /// Over which connection it is to go.
    #[schema(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// The text; empty lets the draft go.
    text: String,
}

/// What the account that asks has begun to write in a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/draft", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")),
    responses((status = 200, body = Draft), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn draft(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
) -> Result<axum::Json<Draft>, Problem> {
    let account = account(&caller)?;
    let found = find(&http, &caller, &id).await?;
    let draft = http.store().draft(&found.id, account).await?;
    Ok(axum::Json(match draft {
        None => Draft { connection: None, text: String::new(), changed_at: None },
        Some(draft) => Draft {
            connection: draft.connection.map(Into::into),
            text: draft.text,
            changed_at: Some(Timestamp(draft.changed_at)),
        },
    }))
}

/// Keeps what the account that asks has begun to write in a conversation.
#[utoipa::path(put, path = "/api/v1/conversations/{conversation}/draft", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")), request_body = NewDraft,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn keep_draft(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Json(new): Json<NewDraft>,
) -> Result<StatusCode, Problem> {
    let account = account(&caller)?;
    let most = http.hub.config().conversation.text;
    if new.text.len() > most {
        let why = format!("the draft has {} bytes; at most {most} (`conversation.text`)", new.text.len());
        return Err(Problem::invalid(why, Vec::new()));
    }
    let found = find(&http, &caller, &id).await?;
    http.store().keep_draft(&found.id, account, new.connection.as_ref(), &new.text).await?;
    Ok(StatusCode::NO_CONTENT)
}
