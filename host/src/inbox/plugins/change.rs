//! A plugin is approved, upgraded, rolled back, restricted, removed.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::show::find;
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::{Field, Fields, Input, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::grant::Ask;

/// Where a change of a plugin leads.
fn done(name: &str, done: &str) -> Redirect {
    Redirect::to(&format!("/plugins/{name}?done={done}"))
}

/// The grants that a form names.
fn named(fields: &Fields) -> Result<Vec<Ask>, Problem> {
    let grants = fields.all("grant").map(str::parse::<Ask>);
    grants.collect::<Result<_, _>>().map_err(|error| Problem::bad_request(error.to_string()))
}

/// Lets the version serve that waits, with what is ticked of what it asks for. The form names the version that it
/// showed: another one that arrived meanwhile is looked at first.
pub(super) async fn approve(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let installed = find(&http, &name)?;
    let next = installed.next().filter(|next| next.version == fields.text("version"));
    let next = next.ok_or_else(|| Problem::conflict(frame.say("plugin-other-version")))?;
    let given = named(&fields)?;
    let without: Vec<Ask> = next.asks.iter().filter(|ask| !given.contains(ask)).cloned().collect();
    http.hub.approve_plugin(&name, &without, frame.who()).await?;
    Ok(done(&name, "approved"))
}

pub(super) async fn upgrade(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    http.hub.upgrade_plugin(&name, frame.who()).await?;
    Ok(done(&name, "upgraded"))
}

pub(super) async fn roll_back(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let why = fields.given("reason").unwrap_or_else(|| "no reason was given".to_owned());
    http.hub.roll_plugin_back(&name, Some(fields.text("to")), &why, frame.who()).await?;
    Ok(done(&name, "rolled-back"))
}

/// Takes back what is ticked; nothing ticked takes nothing back.
pub(super) async fn revoke(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let grants = named(&fields)?;
    if grants.is_empty() {
        return Ok(Redirect::to(&format!("/plugins/{name}")));
    }
    http.hub.revoke_plugin(&name, &grants, frame.who()).await?;
    Ok(done(&name, "revoked"))
}

/// Whether a plugin is to be removed.
#[derive(Template)]
#[template(path = "plugins/remove.html")]
pub(in crate::inbox) struct RemovePage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) name: String,
    /// How many connections use it: with any it stays.
    pub(in crate::inbox) connections: usize,
    pub(in crate::inbox) field: Field,
}

impl RemovePage {
    /// Of a plugin that so many connections use.
    pub(in crate::inbox) fn new(frame: Frame, name: &str, connections: usize) -> Self {
        let label = frame.words.say1("plugin-remove-name", "name", name);
        Self {
            path: format!("/plugins/{name}"),
            name: name.to_owned(),
            connections,
            field: Field::new("name", label, Input::Text).required(),
            frame,
        }
    }
}

async fn users(http: &Http, name: &str) -> Result<usize, Problem> {
    let connections = http.store().connections().await?;
    Ok(connections.iter().filter(|connection| connection.plugin == name).count())
}

pub(super) async fn ask_remove(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    find(&http, &name)?;
    let connections = users(&http, &name).await?;
    Ok(Page(RemovePage::new(frame, &name, connections)))
}

pub(super) async fn remove(
    State(http): State<Http>,
    frame: Frame,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    find(&http, &name)?;
    if fields.text("name") != name {
        let wrong = Wrong::one("name", frame.words.say1("plugin-remove-wrong", "name", &name));
        let mut page = RemovePage::new(frame, &name, users(&http, &name).await?);
        page.field = page.field.typed(&fields, &wrong);
        return Ok(Again(page).into_response());
    }
    http.hub.remove_plugin(&name, frame.who()).await?;
    Ok(Redirect::to("/plugins?done=removed").into_response())
}

#[cfg(test)]
impl RemovePage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let mut wrong = Self::new(frame.clone(), "echo-channel", 0);
        wrong.field.wrong = Some("Type it.".to_owned());
        vec![Self::new(frame.clone(), "echo-channel", 2), wrong]
    }
}
