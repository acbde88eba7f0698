//! The inbox: conversations, and what is done with them.

use axum::Router;
use axum::routing::{get, post};

use crate::http::Http;

mod act;
mod list;
mod page;
mod reply;
mod side;
mod talk;

/// The pages of the inbox.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/inbox", get(page::list))
        .route("/inbox/actions", post(act::many))
        .route("/conversations/{conversation}", get(page::show))
        .route("/conversations/{conversation}/reply", post(reply::send))
        .route("/conversations/{conversation}/note", post(reply::note))
        .route("/conversations/{conversation}/actions", post(act::one))
        .route("/conversations/{conversation}/take-back/{item}", post(reply::take_back))
        .route("/conversations/{conversation}/retry/{item}", post(reply::retry))
}

/// Every page, rendered.
#[cfg(test)]
pub(super) fn samples(frame: &super::frame::Frame) -> Vec<(&'static str, String)> {
    super::tests::all(page::InboxPage::samples(frame)).collect()
}
