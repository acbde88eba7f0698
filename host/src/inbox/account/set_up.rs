//! What a one-time link opens: making the first owner, joining, a new password, signing in.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::come_in;
use crate::access::{Gate, acceptable};
use crate::http::extract::Path;
use crate::http::session::usable;
use crate::http::{Http, Problem};
use crate::inbox::form::{Fields, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::account::{Account, LinkKind, Login, name};
use crate::store::{AccountError, Joining, Link};

/// What somebody is asked who opened a link.
#[derive(Template)]
#[template(path = "account/set-up.html")]
pub(super) struct SetUpPage {
    pub(super) frame: Frame,
    pub(super) token: String,
    /// What the link does; `None` where it works no more.
    pub(super) kind: Option<LinkKind>,
    /// For whom.
    pub(super) account: Option<Account>,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) wrong: Wrong,
    /// The fewest characters of a password.
    pub(super) least: usize,
    pub(super) unusable: bool,
}

impl SetUpPage {
    fn new(http: &Http, frame: Frame, token: &str, link: Option<Link>, typed: &Fields, wrong: Wrong) -> Self {
        let kind = link.as_ref().map(|link| link.kind);
        let account = link.and_then(|link| link.account);
        let known = account.as_ref().filter(|account| account.name != account.login.local());
        Self {
            token: token.to_owned(),
            kind,
            login: typed.text("login").to_owned(),
            name: typed.given("name").or_else(|| known.map(|known| known.name.clone())).unwrap_or_default(),
            account,
            wrong,
            least: http.hub.config().accounts.password_least,
            unusable: !usable(http),
            frame,
        }
    }

    /// Whether the link does this, for the template.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.is_some_and(|own| own.as_str() == kind)
    }

    /// The mail address that signs in afterwards.
    pub(super) fn address(&self) -> &str {
        self.account.as_ref().map_or("", |account| account.login.as_str())
    }
}

/// A link that works no more, or never did.
fn dead(http: &Http, frame: Frame) -> Response {
    let page = SetUpPage::new(http, frame, "", None, &Fields::default(), Wrong::none());
    (StatusCode::NOT_FOUND, Page(page)).into_response()
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let Some(link) = http.store().link(&token).await? else { return Ok(dead(&http, frame)) };
    let page = SetUpPage::new(&http, frame, &token, Some(link), &Fields::default(), Wrong::none());
    Ok(Page(page).into_response())
}

pub(super) async fn join(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let Some(link) = http.store().link(&token).await? else { return Ok(dead(&http, frame)) };
    if !usable(&http) {
        let page = SetUpPage::new(&http, frame, &token, Some(link), &fields, Wrong::none());
        return Ok((StatusCode::FORBIDDEN, Page(page)).into_response());
    }
    let config = &http.hub.config().accounts;
    let account = if link.kind == LinkKind::SignIn {
        http.store().sign_in_by_link(&token).await
    } else {
        let (joining, password) = match asked(&http, &frame, &link, &fields) {
            Ok(joining) => joining,
            Err(wrong) => {
                let page = SetUpPage::new(&http, frame, &token, Some(link), &fields, wrong);
                return Ok(Again(page).into_response());
            }
        };
        let hash = http.gate().hash(&password, config).await.map_err(|error| Problem::internal(&error))?;
        http.store().join(&token, Joining { password: hash, ..joining }).await
    };
    match account {
        Ok(account) => {
            let entrance = Gate::entrance(account, config);
            come_in(&http, &headers, &entrance, "with a one-time link", "/").await
        }
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(_) => Ok(dead(&http, frame)),
    }
}

/// What somebody says, without the password's hash, and the password; or what is wrong with it.
fn asked(http: &Http, frame: &Frame, link: &Link, fields: &Fields) -> Result<(Joining, String), Wrong> {
    let mut wrong = Wrong::none();
    let login = match (&link.account, fields.text("login").parse::<Login>()) {
        (Some(account), _) => Some(account.login.clone()),
        (None, Ok(login)) => Some(login),
        (None, Err(_)) => {
            wrong.add("login", frame.say("setup-login-wrong"));
            None
        }
    };
    let called = match link.kind {
        LinkKind::Reset => None,
        _ => name(fields.text("name")).map_err(|_| wrong.add("name", frame.say("account-name-wrong"))).ok(),
    };
    let password = fields.all("password").next().unwrap_or_default();
    if let Some(login) = &login
        && let Err(error) = acceptable(password, login, &http.hub.config().accounts)
    {
        wrong.add("password", super::own::unacceptable(frame, &error));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let login = login.filter(|_| link.account.is_none());
    Ok((Joining { login, name: called, password: String::new() }, password.to_owned()))
}
