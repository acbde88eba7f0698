//! An answer, and a note.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::list::Which;
use super::page::load;
use crate::http::api::conversation::find;
use crate::http::api::handling::{Action, carry_out, checked};
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::form::Fields;
use crate::inbox::frame::{Again, Frame};
use crate::model::consent::SERVICE;
use crate::model::id::{ConversationId, OutboxId};
use crate::model::outbox::OutboundContent;
use crate::pipeline::ToSend;

/// Sends an answer, and shows the conversation again.
pub(super) async fn send(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Query(which): Query<Which>,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = find(&http, &caller, &id).await?;
    let text = fields.text("text").to_owned();
    let gap = text.contains("{{").then(|| frame.say("inbox-gap"));
    let sent = match gap {
        Some(gap) => Err(Problem::invalid(gap, Vec::new())),
        None => {
            let send = ToSend {
                profile: view.profile,
                connection: fields.text("connection").parse().ok(),
                content: OutboundContent::Text(text),
                reply_to: None,
                subject: None,
                purpose: SERVICE.to_owned(),
                within: Some(view.id.clone()),
                by: Some(caller.name.clone()),
            };
            http.hub.send(send).await.map_err(Problem::from)
        }
    };
    match sent {
        Ok(_) => {
            if let Some(account) = &caller.account {
                http.store().keep_draft(&view.id, account, None, "").await?;
            }
            Ok(Redirect::to(&format!("/conversations/{}{}", view.id, which.query())).into_response())
        }
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let page = load(&http, frame, &caller, which, Some(id), Some(&fields), &problem.words()).await?;
            Ok(Again(page).into_response())
        }
    }
}

/// Notes something, and shows the conversation again.
pub(super) async fn note(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Query(which): Query<Which>,
    fields: Fields,
) -> Result<Response, Problem> {
    let text = fields.text("note").to_owned();
    let noted = match checked(&http, &[Action::Note { text, mentions: Vec::new() }]) {
        Ok(steps) => carry_out(&http, &caller, id.clone(), steps, None).await,
        Err(problem) => Err(problem),
    };
    match noted {
        Ok((_, id)) => Ok(Redirect::to(&format!("/conversations/{id}{}", which.query())).into_response()),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let page = load(&http, frame, &caller, which, Some(id), None, &problem.words()).await?;
            Ok(Again(page).into_response())
        }
    }
}

/// Takes an answer back that did not go out yet; its text is what the answer begins with again.
pub(super) async fn take_back(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path((id, item)): Path<(ConversationId, OutboxId)>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let taken = http.store().take_back(&item).await?;
    if let (Some(item), Some(account)) = (&taken, &caller.account) {
        http.store().keep_draft(&id, account, Some(&item.connection), &item.content.text()).await?;
    }
    let done = if taken.is_some() { "taken-back" } else { "too-late" };
    let query = which.query();
    let join = if query.is_empty() { "?" } else { "&" };
    Ok(Redirect::to(&format!("/conversations/{id}{query}{join}done={done}")).into_response())
}

/// Has an answer that failed go out once more.
pub(super) async fn retry(
    State(http): State<Http>,
    Path((id, item)): Path<(ConversationId, OutboxId)>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    http.store().try_again(&item).await?;
    http.hub.wake();
    Ok(Redirect::to(&format!("/conversations/{id}{}", which.query())).into_response())
}
