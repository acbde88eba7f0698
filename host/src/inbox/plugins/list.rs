//! Every plugin that is installed.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::http::{Http, Problem};
use crate::inbox::frame::{Frame, Page};
use crate::pipeline::Installed;

/// The plugins.
#[derive(Template)]
#[template(path = "plugins/list.html")]
pub(in crate::inbox) struct PluginsPage {
    pub(in crate::inbox) frame: Frame,
    /// Where files of plugins are put by hand.
    pub(in crate::inbox) folder: String,
    pub(in crate::inbox) plugins: Vec<Line>,
}

/// A plugin in the list.
pub(in crate::inbox) struct Line {
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) name: String,
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) description: String,
    /// The version that serves.
    pub(in crate::inbox) version: String,
    /// The version that waits for approval.
    pub(in crate::inbox) waiting: Option<String>,
    pub(in crate::inbox) problem: Option<String>,
    /// How many connections use it.
    pub(in crate::inbox) connections: usize,
}

impl Line {
    fn of(installed: &Installed, connections: usize) -> Self {
        let manifest = installed.plugin().map(|plugin| &plugin.manifest);
        let waiting = installed.waiting.as_ref().map(|waiting| waiting.version.clone());
        Self {
            path: format!("/plugins/{}", installed.name),
            name: installed.name.clone(),
            title: manifest.map_or_else(|| installed.name.clone(), |manifest| manifest.title.clone()),
            description: manifest.map(|manifest| manifest.description.clone()).unwrap_or_default(),
            version: manifest.map(|manifest| manifest.version.to_string()).unwrap_or_default(),
            // What waits is told beside, with what to do about it.
            problem: if waiting.is_some() { installed.problem.clone() } else { installed.problem() },
            waiting,
            connections,
        }
    }
}

pub(super) async fn show(State(http): State<Http>, frame: Frame) -> Result<impl IntoResponse, Problem> {
    let connections = http.store().connections().await?;
    let used = |name: &str| connections.iter().filter(|connection| connection.plugin == name).count();
    let plugins = http.hub.plugins();
    let plugins = plugins.iter().map(|installed| Line::of(installed, used(&installed.name))).collect();
    let folder = http.hub.config().plugin.directory.display().to_string();
    Ok(Page(PluginsPage { frame, folder, plugins }))
}

#[cfg(test)]
impl PluginsPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let line = |waiting: Option<&str>, problem: Option<&str>| Line {
            path: "/plugins/echo-channel".to_owned(),
            name: "echo-channel".to_owned(),
            title: "Echo".to_owned(),
            description: "Says everything again.".to_owned(),
            version: "0.1.0".to_owned(),
            waiting: waiting.map(str::to_owned),
            problem: problem.map(str::to_owned),
            connections: 1,
        };
        let page = |plugins| Self { frame: frame.clone(), folder: "/plugins".to_owned(), plugins };
        let all = vec![line(None, None), line(Some("0.2.0"), None), line(None, Some("it does not load"))];
        vec![page(all), page(Vec::new())]
    }
}
