//! The pages: what people see in a browser.
//!
//! A page is a handler, a typed context and a template. The handler asks the pipeline or the store, as the API's
//! handlers do; the context is all that the template knows; the template says everything by a message's key. A form
//! leads to an address of its own by POST, does what it is for and sends the browser on; one with a mistake in it
//! comes back with what was typed and what is wrong beside each field.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::http::Http;

mod assets;
pub(crate) mod clock;
pub(crate) mod frame;
mod problem;
pub(crate) mod section;
#[cfg(test)]
mod tests;
pub(crate) mod words;

pub use problem::problem;

/// What a page may say was just done, as the keys of messages.
const DONE: &[&str] = &[];

/// Every page.
pub fn routes() -> Router<Http> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/inbox") }))
        .route("/assets/{hash}/{file}", get(assets::one))
}
