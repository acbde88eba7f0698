//! Signing in and out.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;

use super::{come_in, told};
use crate::access::{Entrance, SignInError};
use crate::http::auth::Caller;
use crate::http::client::Client;
use crate::http::session::{Cookie, safe, usable};
use crate::http::{Http, Problem};
use crate::inbox::address::with;
use crate::inbox::form::Fields;
use crate::inbox::frame::{Frame, Page};
use crate::model::account::Account;
use crate::store::Stage;

/// Mail address and password, and the way to sign in elsewhere.
#[derive(Template)]
#[template(path = "account/sign-in.html")]
pub(super) struct SignInPage {
    pub(super) frame: Frame,
    pub(super) next: String,
    pub(super) login: String,
    pub(super) wrong: Option<String>,
    /// What the button of the identity provider says.
    pub(super) elsewhere: Option<String>,
    /// Whether nobody can sign in, because the hub is reached without TLS.
    pub(super) unusable: bool,
    /// Whether there is an owner; without one, the set-up link comes first.
    pub(super) owned: bool,
}

/// A code of the authenticator.
#[derive(Template)]
#[template(path = "account/second-factor-asked.html")]
pub(super) struct FactorPage {
    pub(super) frame: Frame,
    pub(super) next: String,
    pub(super) wrong: Option<String>,
}

/// Where somebody wants to go.
#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) next: String,
}

impl SignInPage {
    pub(super) async fn new(
        http: &Http,
        frame: Frame,
        next: &str,
        login: &str,
        wrong: Option<String>,
    ) -> Result<Self, Problem> {
        let oidc = http.hub.config().accounts.oidc.as_ref();
        Ok(Self {
            next: safe(next).to_owned(),
            login: login.to_owned(),
            wrong,
            elsewhere: oidc.map(|oidc| frame.words.say1("sign-in-elsewhere", "label", &oidc.label)),
            unusable: !usable(http),
            owned: http.store().has_owner().await?,
            frame,
        })
    }

    /// The way to the identity provider.
    pub(super) fn provider(&self) -> String {
        with("/sign-in/oidc", &[("next", &self.next)])
    }
}

/// The status that goes with why somebody is not let in.
fn refused(error: &SignInError) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    let SignInError::Wait(ms) = error else { return (StatusCode::UNPROCESSABLE_ENTITY, headers) };
    headers.insert(RETRY_AFTER, HeaderValue::from(ms.max(&1).unsigned_abs().div_ceil(1_000)));
    (StatusCode::TOO_MANY_REQUESTS, headers)
}

/// The session of this browser that waits for its second factor, and whose it is.
async fn half(http: &Http, headers: &HeaderMap) -> Result<Option<(String, Account)>, Problem> {
    let Some(secret) = Cookie::Session.read(http, headers) else { return Ok(None) };
    let limits = http.hub.config().accounts.sessions();
    let found = http.store().session_by_secret(secret, limits).await?;
    Ok(found
        .filter(|(session, _)| session.stage == Stage::Factor)
        .map(|(_, account)| (secret.to_owned(), account)))
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if let Some(secret) = Cookie::Session.read(&http, &headers) {
        let limits = http.hub.config().accounts.sessions();
        let found = http.store().session_by_secret(secret, limits).await?;
        if found.is_some_and(|(session, _)| session.stage != Stage::Factor) {
            return Ok(Redirect::to(safe(&wanted.next)).into_response());
        }
    }
    Ok(Page(SignInPage::new(&http, frame, &wanted.next, "", None).await?).into_response())
}

pub(super) async fn enter(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    Client(from): Client,
    fields: Fields,
) -> Result<Response, Problem> {
    let (login, next) = (fields.text("login"), fields.text("next"));
    if !usable(&http) {
        let page = SignInPage::new(&http, frame, next, login, None).await?;
        return Ok((StatusCode::FORBIDDEN, Page(page)).into_response());
    }
    // A password is taken as it was typed, with spaces around it.
    let password = fields.all("password").next().unwrap_or_default();
    match http.gate().sign_in(login, password, from, &http.hub.config().accounts).await {
        Ok(entrance) => come_in(&http, &headers, &entrance, "with a password", next).await,
        Err(error) => {
            let refused = refused(&error);
            let wrong = told(&frame, error, "sign-in-wrong")?;
            let page = SignInPage::new(&http, frame, next, login, Some(wrong)).await?;
            Ok((refused.0, refused.1, Page(page)).into_response())
        }
    }
}

pub(super) async fn show_factor(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if half(&http, &headers).await?.is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    Ok(Page(FactorPage { frame, next: safe(&wanted.next).to_owned(), wrong: None }).into_response())
}

pub(super) async fn enter_factor(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let Some((_, account)) = half(&http, &headers).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let next = fields.text("next").to_owned();
    match http.gate().show_factor(&account, fields.text("code"), &http.hub.config().accounts).await {
        Ok(()) => {
            let entrance = Entrance { account, stage: Stage::Whole };
            come_in(&http, &headers, &entrance, "with a second factor", &next).await
        }
        Err(error) => {
            let refused = refused(&error);
            let wrong = Some(told(&frame, error, "factor-wrong")?);
            let page = FactorPage { frame, next: safe(&next).to_owned(), wrong };
            Ok((refused.0, refused.1, Page(page)).into_response())
        }
    }
}

pub(super) async fn leave(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let (Some(account), Some(session)) = (&caller.account, &caller.session) {
        http.store().end_session(account, session).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    if Cookie::Session.read(&http, &headers).is_some() {
        Cookie::Session.write(&http, response.headers_mut(), "", 0);
    }
    Ok(response)
}
