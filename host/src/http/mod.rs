//! The hub over HTTP: vendors' hooks, the API, live updates, health and metrics; around them the guard, which
//! the pages of [`inbox`](crate::inbox) stand behind, too.
//!
//! Handlers translate: they read a request, ask the pipeline or the store, and write the answer. Which
//! token may do what is one table, in [`roles`].

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};

pub mod api;
mod assets;
pub(crate) mod auth;
pub(crate) mod client;
mod docs;
mod envelope;
mod export_page;
pub(crate) mod extract;
mod health;
mod hooks;
mod live;
mod looks;
mod problem;
mod refusal;
pub mod roles;
pub(crate) mod session;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub use api::page::Pages;
pub(crate) use export_page::render as export_page;
pub use problem::{Invalid, Problem};
pub use state::{Http, HttpOptions, PageOfProblem};

use crate::pipeline::Hub;

/// How many bytes the body of a call of the API, or a form of a page, may have: a message with a template and its parameters
/// needs a hundredth of it.
const API_BODY: usize = 1024 * 1024;

/// The router of a whole hub. `pages` are what people see in a browser; each has a row in [`roles`].
pub fn router(hub: Hub, options: HttpOptions, pages: Router<Http>) -> Router {
    let largest = hub.config().plugin.runtime.max_file;
    let http = Http::new(hub, options);
    let (api, openapi) = api::routes(largest).split_for_parts();
    let own = api
        .merge(docs::routes(openapi))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(API_BODY))
        .layer(from_fn(envelope::protect));
    let pages = pages.layer(DefaultBodyLimit::max(API_BODY)).layer(from_fn(envelope::protect_page));
    // What a plugin serves keeps the headers that `hooks` and `assets` give it.
    Router::new()
        .route("/hooks/{connection}", any(hooks::receive))
        .route("/hooks/{connection}/", any(hooks::receive))
        .route("/hooks/{connection}/{*rest}", any(hooks::receive))
        .route("/hooks/{connection}/assets/{*path}", get(assets::one))
        .route("/hooks/{connection}/live", get(live::listen))
        .merge(own)
        .merge(pages)
        .layer(from_fn_with_state(http.clone(), auth::check))
        .layer(from_fn_with_state(http.clone(), envelope::wrap))
        .with_state(http)
}

async fn nothing() -> Problem {
    Problem::not_found("there is nothing at this path; `/api/docs` shows what the API has")
}
