//! The pages: what people see in a browser.
//!
//! A page is a handler, a typed context and a template. The handler asks the pipeline or the store, as the API's
//! handlers do; the context is all that the template knows; the template says everything by a message's key. A form
//! leads to an address of its own by POST, does what it is for and sends the browser on; one with a mistake in it
//! comes back with what was typed and what is wrong beside each field.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;

use crate::http::{Http, Problem};
use crate::model::id::ConnectionId;

mod account;
pub(crate) mod address;
mod assets;
mod audit;
mod chart;
pub(crate) mod clock;
mod connections;
mod conversations;
mod deliveries;
pub(crate) mod form;
pub(crate) mod frame;
mod grants;
mod orders;
mod people;
mod plugins;
mod problem;
pub(crate) mod section;
mod settings;
mod start;
mod suggestions;
#[cfg(test)]
mod tests;
mod usage;
pub(crate) mod words;

pub use problem::problem;

/// What a page may say was just done, as the keys of messages.
const DONE: &[&str] = &[
    "done-approved",
    "done-changed",
    "done-connected",
    "done-decided-already",
    "done-disabled",
    "done-discarded",
    "done-enabled",
    "done-erased",
    "done-factor-removed",
    "done-kept-apart",
    "done-merged",
    "done-parted",
    "done-password",
    "done-paused",
    "done-recorded",
    "done-removed",
    "done-replaced",
    "done-replayed",
    "done-resumed",
    "done-revoked",
    "done-role",
    "done-rolled-back",
    "done-same",
    "done-saved",
    "done-signed-out",
    "done-still-parked",
    "done-taken-back",
    "done-team",
    "done-token-revoked",
    "done-too-late",
    "done-undone",
    "done-upgraded",
];

/// Every page.
pub fn routes() -> Router<Http> {
    Router::new()
        .route("/assets/{hash}/{file}", get(assets::one))
        .merge(conversations::routes())
        .merge(people::routes())
        .merge(suggestions::routes())
        .merge(orders::routes())
        .merge(account::routes())
        .merge(plugins::routes())
        .merge(connections::routes())
        .merge(deliveries::routes())
        .merge(audit::routes())
        .merge(settings::routes())
        .merge(start::routes())
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
