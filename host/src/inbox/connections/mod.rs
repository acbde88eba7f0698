//! Connections: added with a form that the plugin's schema draws, watched, changed and removed.

use axum::Router;
use axum::routing::{get, post};

use crate::http::Http;

mod add;
mod change;
mod list;
pub(super) mod settings;
mod show;

/// The pages of connections.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/connections", get(list::show))
        .route("/connections/new", get(add::choose))
        .route("/connections/new/{plugin}", get(add::show).post(add::add))
        .route("/connections/{connection}", get(show::show))
        .route("/connections/{connection}/pause", post(change::pause))
        .route("/connections/{connection}/resume", post(change::resume))
        .route("/connections/{connection}/limits", post(change::limits))
        .route("/connections/{connection}/schedule", post(change::schedule))
        .route("/connections/{connection}/region", post(change::region))
        .route("/connections/{connection}/secrets/{name}", post(change::secret))
        .route("/connections/{connection}/remove", get(change::ask_remove).post(change::remove))
}

/// Every page, rendered.
#[cfg(test)]
pub(super) fn samples(frame: &super::frame::Frame) -> Vec<(&'static str, String)> {
    use super::tests::all;

    let mut pages = Vec::new();
    pages.extend(all(list::ConnectionsPage::samples(frame)));
    pages.extend(all(add::ChoosePage::samples(frame)));
    pages.extend(all(add::AddPage::samples(frame)));
    pages.extend(all(show::ConnectionPage::samples(frame)));
    pages.extend(all(change::RemovePage::samples(frame)));
    pages
}
