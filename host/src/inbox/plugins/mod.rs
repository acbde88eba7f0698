//! Plugins: what is installed, what it asks for and may do, how it fares.

use axum::Router;
use axum::routing::{get, post};

use crate::http::Http;

mod change;
mod list;
mod show;

/// The pages of plugins.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/plugins", get(list::show))
        .route("/plugins/{plugin}", get(show::show))
        .route("/plugins/{plugin}/approve", post(change::approve))
        .route("/plugins/{plugin}/upgrade", post(change::upgrade))
        .route("/plugins/{plugin}/rollback", post(change::roll_back))
        .route("/plugins/{plugin}/revoke", post(change::revoke))
        .route("/plugins/{plugin}/remove", get(change::ask_remove).post(change::remove))
}

/// Every page, rendered.
#[cfg(test)]
pub(super) fn samples(frame: &super::frame::Frame) -> Vec<(&'static str, String)> {
    use super::tests::all;

    let mut pages = Vec::new();
    pages.extend(all(list::PluginsPage::samples(frame)));
    pages.extend(all(show::PluginPage::samples(frame)));
    pages.extend(all(change::RemovePage::samples(frame)));
    pages
}
