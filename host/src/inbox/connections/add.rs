//! A connection is added: a plugin is chosen, its form filled in, and what is wrong told beside its field.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use zeroize::Zeroizing;

use super::settings::{self, fields, read};
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::{Field, Fields, Input, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::manifest::Manifest;
use crate::model::normal::Region;
use crate::pipeline::{AddConnection, AddError, Misfit};
use crate::plugin::Plugin;

/// Which plugin the connection is to be of.
#[derive(Template)]
#[template(path = "connections/choose.html")]
pub(in crate::inbox) struct ChoosePage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) plugins: Vec<Choice>,
}

/// A plugin to choose.
pub(in crate::inbox) struct Choice {
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) description: String,
    /// Where its form is, or where it is approved first.
    pub(in crate::inbox) path: String,
    /// Whether it runs, and so can be connected.
    pub(in crate::inbox) runs: bool,
}

pub(super) async fn choose(State(http): State<Http>, frame: Frame) -> Result<impl IntoResponse, Problem> {
    let plugins = http.hub.plugins();
    let choice = |installed: &crate::pipeline::Installed| match installed.plugin() {
        Some(plugin) => Choice {
            title: plugin.manifest.title.clone(),
            description: plugin.manifest.description.clone(),
            path: format!("/connections/new/{}", installed.name),
            runs: true,
        },
        None => Choice {
            title: installed.name.clone(),
            description: String::new(),
            path: format!("/plugins/{}", installed.name),
            runs: false,
        },
    };
    Ok(Page(ChoosePage { plugins: plugins.iter().map(choice).collect(), frame }))
}

/// The form of a new connection.
#[derive(Template)]
#[template(path = "connections/add.html")]
pub(in crate::inbox) struct AddPage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) description: String,
    /// What is wrong with the connection as a whole.
    pub(in crate::inbox) wrong: Vec<String>,
    pub(in crate::inbox) name: Field,
    pub(in crate::inbox) settings: Vec<Field>,
    pub(in crate::inbox) secrets: Vec<Field>,
    pub(in crate::inbox) more: Vec<Field>,
    /// Whether one of `more` is wrong, so that it is shown open.
    pub(in crate::inbox) more_open: bool,
}

impl AddPage {
    /// The form, with what was typed and what is wrong with it where it comes back.
    pub(in crate::inbox) fn new(
        frame: Frame,
        manifest: &Manifest,
        typed: Option<&Fields>,
        wrong: &Wrong,
    ) -> Self {
        let filled = |field: Field| match typed {
            Some(typed) => field.typed(typed, wrong),
            None => field,
        };
        let words = frame.words;
        let name = Field::new("title", words.say("connection-title"), Input::Text).hint(words.say1(
            "connection-title-hint",
            "title",
            &manifest.title,
        ));
        let more = [
            Field::new("priority", words.say("connection-priority"), Input::Number { decimals: false })
                .hint(words.say("connection-priority-hint")),
            Field::new("region", words.say("connection-region"), Input::Text)
                .hint(words.say("connection-region-hint")),
        ];
        let all: Vec<Field> = fields(manifest, words).into_iter().map(filled).collect();
        let more: Vec<Field> = more.into_iter().map(filled).collect();
        let name = filled(name);
        let beside: Vec<Field> = all.iter().chain(&more).chain([&name]).cloned().collect();
        let (settings, secrets) = all.into_iter().partition(|field| field.input != Input::Secret);
        Self {
            path: format!("/connections/new/{}", manifest.name),
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            wrong: wrong.beside(&beside),
            more_open: more.iter().any(|field| field.wrong.is_some()),
            name,
            settings,
            secrets,
            more,
            frame,
        }
    }
}

/// The plugin that a connection is to be of, where it runs.
fn running(http: &Http, name: &str, frame: &Frame) -> Result<Plugin, Problem> {
    let installed = http.hub.installed(name);
    let installed =
        installed.ok_or_else(|| Problem::not_found(format!("no plugin `{name}` is installed")))?;
    installed
        .running
        .ok_or_else(|| Problem::conflict(frame.words.say1("connection-not-running", "name", name)))
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let plugin = running(&http, &name, &frame)?;
    Ok(Page(AddPage::new(frame, &plugin.manifest, None, &Wrong::none())))
}

pub(super) async fn add(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let plugin = running(&http, &name, &frame)?;
    let manifest = &plugin.manifest;
    let (settings, mut wrong) = read(manifest, &typed, frame.words);
    let priority = typed.given("priority").map(|text| text.parse::<i32>()).transpose();
    let priority = priority.unwrap_or_else(|_| {
        wrong.add("priority", frame.say("settings-no-number"));
        None
    });
    let region = region(&typed, &mut wrong);
    if wrong.is_empty() {
        let secrets = manifest.secrets.iter().filter_map(|one| {
            // A secret is taken as it was typed: a space may belong to it.
            let value = typed.0.iter().find(|(name, _)| *name == settings::secret(one.name.as_str()))?;
            let value = Zeroizing::new(value.1.clone().into_bytes());
            (!value.is_empty()).then(|| (one.name.as_str().to_owned(), value))
        });
        let new = AddConnection {
            plugin: name,
            title: typed.given("title"),
            settings,
            priority: priority.unwrap_or(0),
            region,
            secrets: secrets.collect(),
        };
        match http.hub.add_connection(new).await {
            Ok(added) => {
                let to = format!("/connections/{}?done=connected", added.id);
                return Ok(Redirect::to(&to).into_response());
            }
            Err(AddError::Problems(problems)) => problems.iter().for_each(|one| place(one, &mut wrong)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Again(AddPage::new(frame, manifest, Some(&typed), &wrong)).into_response())
}

/// Tells what is wrong of the field that it is about.
fn place(misfit: &Misfit, wrong: &mut Wrong) {
    let field = match misfit.at.split('/').skip(1).collect::<Vec<_>>().as_slice() {
        ["settings", name] => settings::setting(name),
        ["secrets", name] => settings::secret(name),
        _ => String::new(),
    };
    wrong.add(&field, &misfit.message);
}

/// The country that was typed, if one was.
pub(super) fn region(typed: &Fields, wrong: &mut Wrong) -> Option<Region> {
    let region = typed.given("region").map(|text| text.to_uppercase().parse::<Region>()).transpose();
    region.unwrap_or_else(|error| {
        wrong.add("region", error.to_string());
        None
    })
}

#[cfg(test)]
impl ChoosePage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let choice = |runs| Choice {
            title: "Echo".to_owned(),
            description: "Says everything again.".to_owned(),
            path: "/connections/new/echo-channel".to_owned(),
            runs,
        };
        let page = |plugins| Self { frame: frame.clone(), plugins };
        vec![page(vec![choice(true), choice(false)]), page(Vec::new())]
    }
}

#[cfg(test)]
impl AddPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let manifest = settings::tests::manifest();
        let mut wrong = Wrong::one("", "It cannot work.");
        for name in ["setting:count", "setting:days", "setting:loud", "secret:token", "region"] {
            wrong.add(name, "Look again.");
        }
        vec![
            Self::new(frame.clone(), &manifest, None, &Wrong::none()),
            Self::new(frame.clone(), &manifest, Some(&Fields::default()), &wrong),
        ]
    }
}
