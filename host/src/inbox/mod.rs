//! The pages: what people see in a browser.
//!
//! A page is a handler, a typed context and a template. The handler asks the pipeline or the store, as the API's
//! handlers do; the context is all that the template knows; the template says everything by a message's key. A form
//! leads to an address of its own by POST, does what it is for and sends the browser on; one with a mistake in it
//! comes back with what was typed and what is wrong beside each field.

use std::collections::BTreeMap;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::http::{Http, Problem};
use crate::model::id::ConnectionId;

pub(crate) mod address;
mod assets;
pub(crate) mod clock;
pub(crate) mod form;
pub(crate) mod frame;
mod orders;
mod people;
mod problem;
pub(crate) mod section;
mod suggestions;
#[cfg(test)]
mod tests;
pub(crate) mod words;

pub use problem::problem;

/// What a page may say was just done, as the keys of messages.
const DONE: &[&str] = &[
    "done-decided-already",
    "done-erased",
    "done-kept-apart",
    "done-merged",
    "done-parted",
    "done-recorded",
    "done-same",
    "done-undone",
];

/// Every page.
pub fn routes() -> Router<Http> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/inbox") }))
        .route("/assets/{hash}/{file}", get(assets::one))
        .merge(people::routes())
        .merge(suggestions::routes())
        .merge(orders::routes())
}

/// What people call the connections.
pub(crate) struct Titles {
    titles: BTreeMap<ConnectionId, String>,
    own: ConnectionId,
}

impl Titles {
    /// What people call one; the hub itself is one, too, and some were removed.
    pub(crate) fn of(&self, id: &ConnectionId, words: words::Words) -> String {
        match self.titles.get(id) {
            Some(title) => title.clone(),
            None if *id == self.own => words.say("source-hub"),
            None => words.say("person-source-gone"),
        }
    }

    /// Each, to choose one; `chosen` is the id of the one that is.
    pub(crate) fn offers(&self, chosen: &str) -> Vec<form::Offer> {
        let offer = |(id, title): (&ConnectionId, &String)| {
            form::Offer::new(id.as_str(), title.as_str(), id.as_str() == chosen)
        };
        self.titles.iter().map(offer).collect()
    }
}

/// What people call the connections that there are now.
pub(crate) async fn titles(http: &Http) -> Result<Titles, Problem> {
    let titles = http.store().connections().await?.into_iter().map(|one| (one.id, one.title)).collect();
    Ok(Titles { titles, own: http.store().own_connection() })
}
