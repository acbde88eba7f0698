//! Teams: made, changed and removed on the page of the team.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::team::{TeamPage, refused};
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::Fields;
use crate::inbox::frame::{Again, Frame};
use crate::model::account::name;
use crate::model::id::{AccountId, TeamId};
use crate::store::AccountError;

/// The page again with what is wrong with a team's name, or the way on.
async fn settled(
    http: &Http,
    frame: Frame,
    done: Result<(), AccountError>,
    typed: &str,
) -> Result<Response, Problem> {
    let Err(error) = done else { return Ok(Redirect::to("/settings/team?done=team").into_response()) };
    let wrong = refused(&frame, error)?;
    again(http, frame, wrong, typed).await
}

async fn again(http: &Http, frame: Frame, wrong: String, typed: &str) -> Result<Response, Problem> {
    let mut page = TeamPage::load(http, frame).await?;
    page.team_wrong = Some(wrong);
    page.team_name = typed.to_owned();
    Ok(Again(page).into_response())
}

pub(super) async fn create(
    State(http): State<Http>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    let typed = fields.text("name");
    let Ok(called) = name(typed) else {
        let wrong = frame.say("account-name-wrong");
        return again(&http, frame, wrong, typed).await;
    };
    let done = http.store().create_team(&called, frame.who()).await.map(drop);
    settled(&http, frame, done, typed).await
}

pub(super) async fn change(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<TeamId>,
    fields: Fields,
) -> Result<Response, Problem> {
    let Ok(called) = name(fields.text("name")) else {
        let wrong = frame.say("account-name-wrong");
        return again(&http, frame, wrong, "").await;
    };
    let members: Vec<AccountId> = fields.all("member").filter_map(|id| id.parse().ok()).collect();
    let done = http.store().change_team(&id, &called, &members, frame.who()).await;
    settled(&http, frame, done, "").await
}

pub(super) async fn remove(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<TeamId>,
) -> Result<Response, Problem> {
    let done = http.store().remove_team(&id, frame.who()).await;
    settled(&http, frame, done, "").await
}
