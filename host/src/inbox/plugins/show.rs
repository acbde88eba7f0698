//! One plugin: what it asks for, what it may do, how it fares, its versions.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::clock::Moment;
use crate::inbox::frame::{Frame, Page};
use crate::inbox::grants::sentence;
use crate::inbox::usage::{Span, Used};
use crate::model::grant::Ask;
use crate::model::installation::PluginVersion;
use crate::pipeline::Installed;

/// One plugin.
#[derive(Template)]
#[template(path = "plugins/show.html")]
pub(in crate::inbox) struct PluginPage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) name: String,
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) description: String,
    /// The version that serves.
    pub(in crate::inbox) version: String,
    pub(in crate::inbox) problem: Option<String>,
    pub(in crate::inbox) waiting: Option<Offered>,
    /// The version in the folder that was rolled back, and could take over again.
    pub(in crate::inbox) taken_back: Option<String>,
    pub(in crate::inbox) granted: Vec<Grant>,
    pub(in crate::inbox) withheld: Vec<Grant>,
    pub(in crate::inbox) used: Used,
    pub(in crate::inbox) versions: Vec<Version>,
    pub(in crate::inbox) connections: Vec<(String, String)>,
}

/// A version that waits for approval.
pub(in crate::inbox) struct Offered {
    pub(in crate::inbox) version: String,
    /// What it is and wants, in sentences.
    pub(in crate::inbox) about: Vec<String>,
    pub(in crate::inbox) signed: String,
    /// What it asks for, what of it is new.
    pub(in crate::inbox) asks: Vec<Grant>,
    /// What the version that serves may do, and this one does not ask for any more.
    pub(in crate::inbox) gone: Vec<Grant>,
    /// Whether another version serves meanwhile.
    pub(in crate::inbox) upgrade: bool,
}

/// A grant.
pub(in crate::inbox) struct Grant {
    /// Its name, by which it is granted and taken back.
    pub(in crate::inbox) name: String,
    /// What it lets the plugin do.
    pub(in crate::inbox) words: String,
    /// Whether nobody was asked about it before.
    pub(in crate::inbox) new: bool,
    /// Whether it is to be granted unless told otherwise.
    pub(in crate::inbox) given: bool,
}

impl Grant {
    fn of(ask: &Ask, new: bool, given: bool, frame: &Frame) -> Self {
        Self { name: ask.to_string(), words: sentence(ask, frame.words), new, given }
    }
}

/// A version that is kept.
pub(in crate::inbox) struct Version {
    pub(in crate::inbox) version: String,
    pub(in crate::inbox) hash: String,
    pub(in crate::inbox) state: String,
    pub(in crate::inbox) serving: bool,
    pub(in crate::inbox) reason: String,
    pub(in crate::inbox) found: Moment,
    pub(in crate::inbox) served: Option<Moment>,
    /// Whether one can go back to it.
    pub(in crate::inbox) back: bool,
}

impl Version {
    fn of(version: &PluginVersion, installed: &Installed, frame: &Frame) -> Self {
        let serving = installed.record.serving.as_ref() == Some(&version.hash);
        Self {
            version: version.version.clone(),
            hash: version.hash.chars().take(12).collect(),
            state: frame.words.of("version", version.state.as_str()),
            serving,
            reason: version.reason.clone().unwrap_or_default(),
            found: frame.time(version.found_at),
            served: version.served_at.map(|at| frame.time(at)),
            back: !serving && version.served_at.is_some() && installed.record.serving.is_some(),
        }
    }
}

impl Offered {
    fn of(installed: &Installed, frame: &Frame) -> Option<Self> {
        let waiting = installed.waiting.as_ref()?;
        let record = &installed.record;
        let next = record.version(&waiting.hash)?;
        let kept_back = record.withheld_before(next);
        let asks = next
            .asks
            .iter()
            .map(|ask| Grant::of(ask, waiting.news.contains(ask), !kept_back.contains(ask), frame));
        let gone = record.grants.lacks(&next.asks);
        let lost = record.grants.iter().filter(|ask| !next.asks.covers(ask) && !gone.contains(ask));
        Some(Self {
            version: waiting.version.clone(),
            about: waiting.about.clone(),
            signed: waiting.signed.clone(),
            asks: asks.collect(),
            gone: lost.map(|ask| Grant::of(ask, false, false, frame)).collect(),
            upgrade: record.serving.is_some(),
        })
    }
}

/// How far back usage is shown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    span: Span,
}

/// The plugin of a name.
pub(super) fn find(http: &Http, name: &str) -> Result<Installed, Problem> {
    let found = http.hub.installed(name);
    found.ok_or_else(|| Problem::not_found(format!("no plugin `{name}` is installed")))
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let installed = find(&http, &name)?;
    let used = Used::read(&http, Some(&name), None, which.span, &frame).await?;
    let connections = http.store().connections().await?;
    let connections = connections.into_iter().filter(|connection| connection.plugin == name);
    let connections = connections.map(|one| (format!("/connections/{}", one.id), one.title)).collect();
    Ok(Page(PluginPage::of(frame, &installed, used, connections)))
}

impl PluginPage {
    /// Of a plugin, with what it used and who uses it.
    pub(in crate::inbox) fn of(
        frame: Frame,
        installed: &Installed,
        used: Used,
        connections: Vec<(String, String)>,
    ) -> Self {
        let manifest = installed.plugin().map(|plugin| &plugin.manifest);
        let waiting = Offered::of(installed, &frame);
        let versions = installed.record.versions.iter();
        Self {
            path: format!("/plugins/{}", installed.name),
            name: installed.name.clone(),
            title: manifest.map_or_else(|| installed.name.clone(), |manifest| manifest.title.clone()),
            description: manifest.map(|manifest| manifest.description.clone()).unwrap_or_default(),
            version: manifest.map(|manifest| manifest.version.to_string()).unwrap_or_default(),
            problem: if waiting.is_some() { installed.problem.clone() } else { installed.problem() },
            waiting,
            taken_back: installed.taken_back().map(|version| version.version.clone()),
            granted: installed.granted().iter().map(|ask| Grant::of(ask, false, true, &frame)).collect(),
            withheld: installed.withheld().iter().map(|ask| Grant::of(ask, false, false, &frame)).collect(),
            used,
            versions: versions.map(|version| Version::of(version, installed, &frame)).collect(),
            connections,
            frame,
        }
    }
}

#[cfg(test)]
impl PluginPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let grant = |text: &str, new, given| Grant::of(&text.parse().expect("a grant"), new, given, frame);
        let offered = |upgrade| Offered {
            version: "0.2.0".to_owned(),
            about: vec!["Echo (`echo-channel`, version 0.2.0).".to_owned()],
            signed: "signed by nobody".to_owned(),
            asks: vec![grant("send", false, true), grant("host:GET:api.example.com", true, true)],
            gone: vec![grant("assets", false, false)],
            upgrade,
        };
        let version = |serving, back| Version {
            version: "0.1.0".to_owned(),
            hash: "0123456789ab".to_owned(),
            state: frame.words.of("version", "approved"),
            serving,
            reason: "it failed".to_owned(),
            found: frame.time(0),
            served: Some(frame.time(0)),
            back,
        };
        let page = |version: &str, waiting, taken_back: Option<&str>, granted, withheld, versions| Self {
            frame: frame.clone(),
            path: "/plugins/echo-channel".to_owned(),
            name: "echo-channel".to_owned(),
            title: "Echo".to_owned(),
            description: "Says everything again.".to_owned(),
            version: version.to_owned(),
            problem: version.is_empty().then(|| "it does not load".to_owned()),
            waiting,
            taken_back: taken_back.map(str::to_owned),
            granted,
            withheld,
            used: Used::sample(frame),
            versions,
            connections: vec![("/connections/conn_1".to_owned(), "Echo".to_owned())],
        };
        vec![
            page(
                "0.1.0",
                Some(offered(true)),
                None,
                vec![grant("send", false, true)],
                vec![grant("history:10", false, false)],
                vec![version(true, false), version(false, true)],
            ),
            page("", Some(offered(false)), None, Vec::new(), Vec::new(), Vec::new()),
            page("0.1.0", None, Some("0.2.0"), Vec::new(), Vec::new(), vec![version(true, false)]),
        ]
    }
}
