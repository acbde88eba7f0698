//! A connection is paused, resumed, set otherwise, removed.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use zeroize::Zeroizing;

use super::show::{Back, ConnectionPage, find};
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::{Field, Fields, Input, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::inbox::usage::Span;
use crate::model::connection::ConnectionState;
use crate::model::id::ConnectionId;
use crate::model::limit::{Change, Limit};
use crate::model::manifest::Period;
use crate::model::schedule::OwnSchedule;
use crate::pipeline::{LimitError, ReplaceSecret, ScheduleError, SecretError};

/// Where a change of a connection leads.
fn done(id: &ConnectionId, done: &str) -> Response {
    Redirect::to(&format!("/connections/{id}?done={done}")).into_response()
}

/// The page with a form that comes back.
async fn again(http: &Http, frame: Frame, id: &ConnectionId, back: Back<'_>) -> Result<Response, Problem> {
    let connection = find(http, id).await?;
    let page = ConnectionPage::load(http, frame, connection, Span::Day, Some(back)).await?;
    Ok(Again(page).into_response())
}

async fn turn(http: &Http, id: &ConnectionId, state: ConnectionState) -> Result<(), Problem> {
    if !http.store().set_connection_state(id, state).await? {
        return Err(Problem::not_found(format!("there is no connection {id}")));
    }
    http.hub.reload().await?;
    Ok(())
}

pub(super) async fn pause(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
) -> Result<Response, Problem> {
    turn(&http, &id, ConnectionState::Paused).await?;
    Ok(done(&id, "paused"))
}

pub(super) async fn resume(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
) -> Result<Response, Problem> {
    turn(&http, &id, ConnectionState::Active).await?;
    Ok(done(&id, "resumed"))
}

/// Sets budgets; one that is left empty is the configuration's.
pub(super) async fn limits(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ConnectionId>,
    typed: Fields,
) -> Result<Response, Problem> {
    let (mut changes, mut wrong) = (Vec::new(), Wrong::none());
    for limit in Limit::all() {
        let name = format!("limit:{limit}");
        match Change::new(limit.as_str(), typed.given(&name).as_deref().unwrap_or("default")) {
            Ok(change) => changes.push(change),
            Err(error) => wrong.add(&name, error.to_string()),
        }
    }
    if wrong.is_empty() {
        match http.hub.change_limits(&id, &changes).await {
            Ok(()) => return Ok(done(&id, "changed")),
            Err(LimitError::TooMuch { name, most, key }) => {
                let error = LimitError::TooMuch { name, most, key };
                wrong.add(&format!("limit:{name}"), error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
    }
    again(&http, frame, &id, Back { typed: &typed, wrong: &wrong, secret: None }).await
}

/// Sets when it asks; an empty schedule is the plugin's.
pub(super) async fn schedule(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ConnectionId>,
    typed: Fields,
) -> Result<Response, Problem> {
    let own = typed.given("schedule").map(|text| text.parse::<OwnSchedule>()).transpose();
    let wrong = match own {
        Err(error) => Wrong::one("schedule", error.to_string()),
        Ok(own) => match http.hub.set_schedule(&id, own, frame.who()).await {
            Ok(()) => return Ok(done(&id, "changed")),
            Err(error @ ScheduleError::TooOften { .. }) => Wrong::one("schedule", error.to_string()),
            Err(error) => return Err(error.into()),
        },
    };
    again(&http, frame, &id, Back { typed: &typed, wrong: &wrong, secret: None }).await
}

/// Says where phone numbers without a country are dialled; nothing is as the configuration says.
pub(super) async fn region(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ConnectionId>,
    typed: Fields,
) -> Result<Response, Problem> {
    let mut wrong = Wrong::none();
    let region = super::add::region(&typed, &mut wrong);
    if !wrong.is_empty() {
        return again(&http, frame, &id, Back { typed: &typed, wrong: &wrong, secret: None }).await;
    }
    if !http.store().set_region(&id, region).await? {
        return Err(Problem::not_found(format!("there is no connection {id}")));
    }
    http.hub.reload().await?;
    Ok(done(&id, "changed"))
}

/// Gives a secret a new value.
pub(super) async fn secret(
    State(http): State<Http>,
    frame: Frame,
    Path((id, name)): Path<(ConnectionId, String)>,
    typed: Fields,
) -> Result<Response, Problem> {
    let keep_old_for = typed.given("keep").map(|text| text.parse::<Period>()).transpose();
    let wrong = match keep_old_for {
        Err(error) => Wrong::one("keep", error.to_string()),
        Ok(keep_old_for) => {
            let value = typed.all("value").next().unwrap_or_default();
            let new = ReplaceSecret {
                name: name.clone(),
                value: Zeroizing::new(value.as_bytes().to_vec()),
                keep_old_for: keep_old_for.map(Period::duration),
            };
            match http.hub.replace_secret(&id, new, frame.who()).await {
                Ok(_) => return Ok(done(&id, "replaced")),
                Err(error @ (SecretError::Empty(_) | SecretError::Key(_))) => {
                    Wrong::one("value", error.to_string())
                }
                Err(error @ SecretError::NotVerifying(_)) => Wrong::one("keep", error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
    };
    again(&http, frame, &id, Back { typed: &typed, wrong: &wrong, secret: Some(&name) }).await
}

/// Whether a connection is to be removed.
#[derive(Template)]
#[template(path = "connections/remove.html")]
pub(in crate::inbox) struct RemovePage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) field: Field,
}

impl RemovePage {
    /// Of a connection.
    pub(in crate::inbox) fn new(frame: Frame, id: &ConnectionId, title: &str) -> Self {
        let label = frame.words.say1("connection-remove-name", "name", title);
        Self {
            path: format!("/connections/{id}"),
            title: title.to_owned(),
            field: Field::new("title", label, Input::Text).required(),
            frame,
        }
    }
}

pub(super) async fn ask_remove(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ConnectionId>,
) -> Result<impl IntoResponse, Problem> {
    let connection = find(&http, &id).await?;
    Ok(Page(RemovePage::new(frame, &id, &connection.title)))
}

pub(super) async fn remove(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ConnectionId>,
    typed: Fields,
) -> Result<Response, Problem> {
    let connection = find(&http, &id).await?;
    if typed.text("title") != connection.title.trim() {
        let message = frame.words.say1("connection-remove-wrong", "name", &connection.title);
        let mut page = RemovePage::new(frame, &id, &connection.title);
        page.field = page.field.typed(&typed, &Wrong::one("title", message));
        return Ok(Again(page).into_response());
    }
    http.store().remove_connection(&id).await?;
    http.hub.reload().await?;
    Ok(Redirect::to("/connections?done=removed").into_response())
}

#[cfg(test)]
impl RemovePage {
    /// The page as it may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        vec![Self::new(frame.clone(), &ConnectionId::random([0; 16]), "Support")]
    }
}
