//! Messages: read, and written.

use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::conversation;
use super::outbox::OutboxItem;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::model::consent::SERVICE;
use crate::model::event::RawJson;
use crate::model::id::{ConnectionId, ConversationId, MessageId};
use crate::model::message::{Direction, SendState};
use crate::model::outbox::OutboundContent;
use crate::model::{event, profile};
use crate::pipeline::ToSend;

/// Which way a message went.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the person to the business.
    In,
    /// From the business to the person.
    Out,
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::In => Self::In,
            Direction::Out => Self::Out,
        }
    }
}

/// A message as it stands after everything that was said of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Message {
    /// Its id.
    #[schema(example = "msg_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// Over which connection it went.
    pub connection: String,
    /// With whom.
    pub profile: Option<String>,
    /// In which conversation.
    pub conversation: Option<String>,
    /// The vendor's id of it; empty until the vendor has given one.
    pub vendor_id: String,
    /// Which way it went; `null` while the message itself is still awaited and only news of it came.
    pub direction: Option<Way>,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// What it says now; empty once it was taken back.
    pub text: String,
    /// The message as it was first said, in the contract's JSON form; `null` once it was taken back.
    #[schema(value_type = Option<Object>)]
    pub content: Option<event::Message>,
    /// How far it has come on its way to the person.
    pub status: Option<Status>,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was taken back.
    pub deleted_at: Option<Timestamp>,
    /// The reaction that stands.
    pub reaction: Option<Reaction>,
    /// What assistants said of it.
    pub insights: Vec<Insight>,
}

/// How far a message has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// `queued`, `accepted`, `sent`, `delivered`, `read` or `failed`.
    #[schema(value_type = String, example = "delivered")]
    pub state: SendState,
    /// Since when.
    pub at: Timestamp,
    /// Why it failed.
    pub reason: Option<String>,
}

/// A reaction to a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// When.
    pub at: Timestamp,
}

/// What an assistant said of a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Insight {
    /// Which connection.
    pub connection: String,
    /// What it is about.
    #[schema(example = "sentiment")]
    pub kind: String,
    /// The short form that is shown and filtered by.
    #[schema(example = "negative")]
    pub label: String,
    /// The number behind it on the kind's own scale.
    pub score: Option<f64>,
    /// How sure the assistant is, 0 to 1.
    pub confidence: Option<f64>,
    /// Everything else.
    #[schema(value_type = Option<Object>)]
    pub details: Option<RawJson>,
}

impl From<profile::MessageView> for Message {
    fn from(view: profile::MessageView) -> Self {
        let (state, profile, conversation) = (view.message, view.profile, view.conversation);
        let text = state.text().to_owned();
        let gone = state.deleted_at.is_some();
        Self {
            id: state.id.into(),
            connection: state.connection.into(),
            profile: profile.map(Into::into),
            conversation: conversation.map(Into::into),
            vendor_id: state.vendor_id,
            direction: state.content.as_ref().map(|content| content.direction.into()),
            at: state.content.as_ref().map(|content| Timestamp(content.at)),
            text,
            content: state.content.filter(|_| !gone).map(|content| content.message),
            status: state.state.map(|(state, said)| Status {
                state,
                at: Timestamp(said.at),
                reason: Some(said.text).filter(|text| !text.is_empty()),
            }),
            edited_at: state.edit.map(|edit| Timestamp(edit.at)),
            deleted_at: state.deleted_at.map(Timestamp),
            reaction: state
                .reaction
                .filter(|reaction| !reaction.text.is_empty())
                .map(|reaction| Reaction { emoji: reaction.text, at: Timestamp(reaction.at) }),
            insights: view.insights.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<profile::InsightView> for Insight {
    fn from(view: profile::InsightView) -> Self {
        Self {
            connection: view.connection.into(),
            kind: view.insight.kind,
            label: view.insight.label,
            score: view.insight.score,
            confidence: view.insight.confidence,
            details: view.insight.details,
        }
    }
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewMessage {
    /// What to send, in the contract's JSON form (`wit/sender.wit`): one of `text`, `media`, `buttons`,
    /// `menu`, `template`, `reaction`, `read-receipt`.
    #[schema(value_type = Object, example = json!({"text": "Your order is on its way."}))]
    content: OutboundContent,
    /// Over which connection; without it the one on which the person last wrote and can be reached.
    #[schema(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// The vendor's id of the message it answers.
    reply_to: Option<String>,
    /// The subject line; mail only.
    subject: Option<String>,
    /// What it is for: one of the configuration's `[consent]` purposes, `service` unless told. What a purpose
    /// needs the person to have agreed to is checked now and again when the message goes out.
    #[serde(default = "service")]
    #[schema(example = "service", default = "service")]
    purpose: String,
}

fn service() -> String {
    SERVICE.to_owned()
}

/// A conversation's messages, the newest first, with what assistants said of them.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/messages", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id"), PageQuery),
    responses((status = 200, body = Paged<Message>), (status = 404, body = Problem)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Paged<Message>>, Problem> {
    let page = page.request(http.pages())?;
    let conversation = conversation::find(&http, &caller, &id).await?;
    http.hub.looked(&caller.who, "conversation-viewed", &conversation.profile);
    Ok(axum::Json(Paged::of(http.store().conversation_messages(&conversation, &page).await?)))
}

/// Sends a message: it is kept at once, can be taken back for a while (`conversation.undo_send`), and then goes out
/// as soon as the connection's rate allows. The answer
/// is the item in the outbox; news of it is in the item and in the message.
#[utoipa::path(post, path = "/api/v1/conversations/{conversation}/messages", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")),
    request_body = NewMessage,
    responses((status = 202, body = OutboxItem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The person cannot be reached, or has not agreed to it"),
        (status = 422, body = Problem)))]
pub(in super::super) async fn send(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Json(new): Json<NewMessage>,
) -> Result<(StatusCode, axum::Json<OutboxItem>), Problem> {
    let conversation = conversation::find(&http, &caller, &id).await?;
    let item = http
        .hub
        .send(ToSend {
            profile: conversation.profile,
            connection: new.connection,
            content: new.content,
            reply_to: new.reply_to,
            subject: new.subject,
            purpose: new.purpose,
            within: Some(conversation.id),
            by: Some(caller.name),
        })
        .await?;
    Ok((StatusCode::ACCEPTED, axum::Json(item.into())))
}

/// One message.
#[utoipa::path(get, path = "/api/v1/messages/{message}", tag = "conversations",
    params(("message" = String, Path, description = "The message's id")),
    responses((status = 200, body = Message), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(id): Path<MessageId>,
) -> Result<axum::Json<Message>, Problem> {
    let found = http.store().message(&id).await?;
    let message = found.ok_or_else(|| Problem::not_found(format!("there is no message {id}")))?;
    Ok(axum::Json(message.into()))
}
