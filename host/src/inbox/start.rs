//! The first steps: from an empty hub to a first connected channel.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

use super::frame::{Frame, Page};
use crate::http::{Http, Problem};
use crate::store::UsageFilter;

/// The guide, and where the site begins.
pub(super) fn routes() -> Router<Http> {
    Router::new().route("/", get(home)).route("/start", get(show))
}

/// The site begins with the inbox; before anything is connected, whoever can connect something is led there.
async fn home(State(http): State<Http>, frame: Frame) -> Result<Redirect, Problem> {
    let first = frame.operator() && http.store().connections().await?.is_empty();
    Ok(Redirect::to(if first { "/start" } else { "/inbox" }))
}

/// The steps, and how far one has come.
#[derive(Template)]
#[template(path = "start.html")]
pub(super) struct StartPage {
    pub(super) frame: Frame,
    /// Where files of plugins are put by hand.
    pub(super) folder: String,
    /// Plugins that wait for approval: where, and what they are called.
    pub(super) waiting: Vec<(String, String)>,
    /// Plugins that can be connected: where, and what they are called.
    pub(super) ready: Vec<(String, String)>,
    /// The first connection: where, what it is called, and its address for the vendor.
    pub(super) connection: Option<(String, String, String)>,
    /// The step that comes next, from 1; one more than there are when all is done.
    pub(super) step: u8,
}

async fn show(State(http): State<Http>, frame: Frame) -> Result<impl IntoResponse, Problem> {
    let plugins = http.hub.plugins();
    let running = |one: &&crate::pipeline::Installed| one.plugin().is_some();
    let waiting: Vec<_> = plugins
        .iter()
        .filter(|one| one.waiting.is_some() && one.plugin().is_none())
        .map(|one| (format!("/plugins/{}", one.name), one.name.clone()))
        .collect();
    let ready: Vec<_> = plugins
        .iter()
        .filter(running)
        .filter_map(|one| {
            Some((format!("/connections/new/{}", one.name), one.plugin()?.manifest.title.clone()))
        })
        .collect();
    let connections = http.store().connections().await?;
    let connection = connections
        .first()
        .map(|one| (format!("/connections/{}", one.id), one.title.clone(), http.hub.hook_url(&one.id)));
    let filter = UsageFilter { connection: None, plugin: None, since: 0 };
    let spoke = !http.hub.usage(&filter).await?.is_empty();
    let step = match (plugins.is_empty(), ready.is_empty(), connections.is_empty(), spoke) {
        (true, ..) => 1,
        (_, true, ..) => 2,
        (_, _, true, _) => 3,
        (.., false) => 4,
        (.., true) => 5,
    };
    let folder = http.hub.config().plugin.directory.display().to_string();
    Ok(Page(StartPage { frame, folder, waiting, ready, connection, step }))
}

#[cfg(test)]
impl StartPage {
    /// The page at every step.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let page = |step| Self {
            frame: frame.clone(),
            folder: "/plugins".to_owned(),
            waiting: vec![("/plugins/echo-channel".to_owned(), "echo-channel".to_owned())],
            ready: vec![("/connections/new/echo-channel".to_owned(), "Echo".to_owned())],
            connection: (step > 3).then(|| {
                let hook = "https://hub.example/hooks/conn_1".to_owned();
                ("/connections/conn_1".to_owned(), "Echo".to_owned(), hook)
            }),
            step,
        };
        (1..=5).map(page).collect()
    }
}
