//! The page: views and conversations, one of them, and whom it is with.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::list::{Link, Row, Which, views};
use super::side::Side;
use super::talk::Talk;
use crate::http::api::conversation::find;
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::form::Fields;
use crate::inbox::frame::{Frame, Page};
use crate::model::id::ConversationId;
use crate::store::PageRequest;

/// The inbox.
#[derive(Template)]
#[template(path = "inbox/page.html")]
pub(super) struct InboxPage {
    pub(super) frame: Frame,
    /// Which conversations are listed, as what follows an address.
    pub(super) query: String,
    pub(super) views: Vec<Link>,
    pub(super) sorts: Vec<Link>,
    /// What is listed.
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
    /// The one that is open.
    pub(super) talk: Option<Talk>,
    pub(super) side: Option<Side>,
}

pub(super) async fn list(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    Ok(Page(load(&http, frame, &caller, which, None, None, "").await?))
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let view = find(&http, &caller, &id).await?;
    if view.id != id {
        return Ok(Redirect::to(&format!("/conversations/{}{}", view.id, which.query())).into_response());
    }
    Ok(Page(load(&http, frame, &caller, which, Some(id), None, "").await?).into_response())
}

/// The page with what was typed into the form of an answer, and what is wrong with it.
pub(super) async fn load(
    http: &Http,
    frame: Frame,
    caller: &Caller,
    which: Which,
    open: Option<ConversationId>,
    typed: Option<&Fields>,
    wrong: &str,
) -> Result<InboxPage, Problem> {
    let (filter, sort) = which.filter(caller);
    let page = PageRequest { cursor: which.cursor.clone(), limit: http.pages().usual };
    let found = http.store().conversations(&filter, sort, &page).await?;
    let counts = http.store().conversation_counts(caller.account.as_ref()).await?;
    let query = which.query();
    let rows = found.items.iter().map(|view| Row::new(view, &query, open.as_ref(), &frame)).collect();
    let (mut talk, mut side) = (None, None);
    if let Some(id) = open {
        let view = find(http, caller, &id).await?;
        http.hub.looked(&caller.who, "conversation-viewed", &view.profile);
        if let Some(account) = &caller.account {
            http.store().mark_read(&view, account, &view.conversation.last).await?;
        }
        talk = Some(Talk::load(http, &frame, caller, &view, typed, wrong).await?);
        side = Some(Side::load(http, &frame, &view).await?);
    }
    let next = found.next.map(|next| {
        let join = if query.is_empty() { "?" } else { "&" };
        format!("/inbox{query}{join}{}", address::with("", &[("cursor", &next)]).trim_start_matches('?'))
    });
    Ok(InboxPage {
        views: views(&which, &counts, caller, &frame),
        sorts: which.sorts(&frame),
        title: which.title(&frame),
        rows,
        next,
        first: which.cursor.is_some().then(|| format!("/inbox{query}")),
        query,
        talk,
        side,
        frame,
    })
}

#[cfg(test)]
impl InboxPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let page = |rows, talk, side| Self {
            frame: frame.clone(),
            query: "?view=open".to_owned(),
            views: Link::samples(),
            sorts: Link::samples(),
            title: "Open".to_owned(),
            rows,
            next: Some("/inbox?cursor=x".to_owned()),
            first: None,
            talk,
            side,
        };
        let rows = || Row::samples(frame);
        let mut pages = vec![page(Vec::new(), None, None), page(rows(), None, None)];
        pages.extend(
            Talk::samples(frame).into_iter().map(|talk| page(rows(), Some(talk), Some(Side::sample(frame)))),
        );
        pages
    }
}
