//! Who may come in, and what is somebody's own: signing in, joining, the account, the team, tokens.

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::HeaderMap;
use http::header::USER_AGENT;

use super::address::with;
use super::form::Offer;
use super::frame::Frame;
use crate::access::{Entrance, SignInError};
use crate::http::auth::Caller;
use crate::http::session::{Cookie, safe};
use crate::http::{Http, Problem};
use crate::model::account::Account;
use crate::model::token::Role;
use crate::store::Stage;

mod factor;
mod oidc;
mod own;
#[cfg(test)]
pub(super) mod samples;
mod set_up;
mod sign_in;
mod team;
mod teams;
mod tokens;

/// The pages of accounts.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-in/second-factor", get(sign_in::show_factor).post(sign_in::enter_factor))
        .route("/sign-in/oidc", get(oidc::start))
        .route("/sign-in/oidc/callback", get(oidc::finish))
        .route("/sign-out", post(sign_in::leave))
        .route("/setup/{token}", get(set_up::show).post(set_up::join))
        .route("/account", get(own::show).post(own::describe))
        .route("/account/password", post(own::change_password))
        .route("/account/sessions/{session}/end", post(own::end_session))
        .route("/account/sessions/end", post(own::end_sessions))
        .route("/account/second-factor", get(factor::show).post(factor::confirm))
        .route("/account/second-factor/code.svg", get(factor::picture))
        .route("/account/second-factor/remove", post(factor::remove))
        .route("/account/second-factor/codes", post(factor::renew))
        .route("/settings/team", get(team::show))
        .route("/settings/team/invite", post(team::invite))
        .route("/settings/team/members/{account}/role", post(team::change_role))
        .route("/settings/team/members/{account}/disable", post(team::disable))
        .route("/settings/team/members/{account}/enable", post(team::enable))
        .route("/settings/team/members/{account}/link", post(team::link))
        .route("/settings/teams", post(teams::create))
        .route("/settings/teams/{team}", post(teams::change))
        .route("/settings/teams/{team}/remove", post(teams::remove))
        .route("/settings/tokens", get(tokens::show).post(tokens::create))
        .route("/settings/tokens/{token}/revoke", post(tokens::revoke))
}

/// Signs somebody in with this browser, or leads on to what is left to be done. `how` is for the audit log.
async fn come_in(
    http: &Http,
    headers: &HeaderMap,
    entrance: &Entrance,
    how: &str,
    next: &str,
) -> Result<Response, Problem> {
    let to = match entrance.stage {
        Stage::Whole => safe(next).to_owned(),
        Stage::Factor => with("/sign-in/second-factor", &[("next", safe(next))]),
        Stage::Enrol => "/account/second-factor".to_owned(),
    };
    let mut response = Redirect::to(&to).into_response();
    keep(http, headers, entrance, how, &mut response).await?;
    Ok(response)
}

/// Begins a session and has the browser keep it, in place of the one before.
async fn keep(
    http: &Http,
    headers: &HeaderMap,
    entrance: &Entrance,
    how: &str,
    response: &mut Response,
) -> Result<(), Problem> {
    if let Some(before) = Cookie::Session.read(http, headers) {
        http.store().end_session_by_secret(before).await?;
    }
    let limits = http.hub.config().accounts.sessions();
    let browser = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let begun = http.store().begin_session(&entrance.account.id, entrance.stage, browser, limits, how);
    let seconds = limits.most.max(0).unsigned_abs() / 1_000;
    Cookie::Session.write(http, response.headers_mut(), &begun.await?, seconds);
    Ok(())
}

/// The account of whoever is signed in.
async fn account(http: &Http, caller: &Caller) -> Result<Account, Problem> {
    let found = match &caller.account {
        Some(id) => http.store().account(id).await?,
        None => None,
    };
    found.ok_or_else(Problem::not_for_tokens)
}

/// Why a proof was not taken, in the reader's language; a failure of the hub is a problem.
fn told(frame: &Frame, error: SignInError, wrong: &str) -> Result<String, Problem> {
    match error {
        SignInError::Wrong => Ok(frame.say(wrong)),
        SignInError::Wait(ms) => {
            // Rounded up, so that whoever waits as told is let try.
            let unit = if ms < 60_000 { 1_000 } else { 60_000 };
            let wait = frame.words.length(((ms + unit - 1) / unit * unit).unsigned_abs());
            Ok(frame.words.say1("sign-in-wait", "wait", &wait))
        }
        SignInError::Password(error) => Err(Problem::internal(&error)),
        SignInError::Store(error) => Err(error.into()),
    }
}

/// Every role, to choose one.
fn roles(frame: &Frame, chosen: Role) -> Vec<Offer> {
    let offer = |role: Role| Offer::new(role.as_str(), frame.words.of("role", role.as_str()), role == chosen);
    Role::ALL.map(offer).into()
}
