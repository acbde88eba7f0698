//! Somebody's own account: name, language, time zone, password, and the browsers they are signed in with.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;

use super::{account, keep, told};
use crate::access::{Entrance, PasswordError, acceptable};
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::clock::Moment;
use crate::inbox::form::{Field, Fields, Input, Offer, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::inbox::words::Language;
use crate::model::account::{Account, name};
use crate::model::id::SessionId;
use crate::store::{Session, Stage};

/// Everything that somebody may change of their own.
#[derive(Template)]
#[template(path = "account/own.html")]
pub(super) struct OwnPage {
    pub(super) frame: Frame,
    pub(super) login: String,
    /// Mail address and role, in words.
    pub(super) intro: String,
    pub(super) fields: Vec<Field>,
    pub(super) zones: Vec<String>,
    pub(super) has_password: bool,
    pub(super) least: usize,
    pub(super) has_factor: bool,
    pub(super) wrong: Wrong,
    pub(super) browsers: Vec<Browser>,
}

/// A browser that somebody is signed in with.
pub(super) struct Browser {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) began: Moment,
    pub(super) seen: Moment,
    pub(super) here: bool,
}

impl OwnPage {
    pub(super) fn new(
        frame: Frame,
        account: &Account,
        sessions: Vec<Session>,
        here: Option<&SessionId>,
        least: usize,
    ) -> Self {
        let own = |language: &Language| account.locale.as_deref() == Some(language.tag());
        let mut languages =
            vec![Offer::new("", frame.say("account-language-browser"), account.locale.is_none())];
        languages.extend(Language::ALL.iter().map(|language| {
            Offer::new(language.tag(), frame.words.of("language", language.tag()), own(language))
        }));
        let fields = vec![
            Field::new("name", frame.say("account-name"), Input::Text).value(&account.name).required(),
            Field::new("locale", frame.say("account-language"), Input::Choice).offers(languages).required(),
        ];
        let browser = |session: Session| Browser {
            name: browser(&session.browser).unwrap_or_else(|| frame.say("account-browser-unknown")),
            began: frame.time(session.created_at),
            seen: frame.time(session.seen_at),
            here: here == Some(&session.id),
            id: session.id.to_string(),
        };
        Self {
            login: account.login.to_string(),
            intro: frame.words.say1("account-intro", "role", &frame.role()),
            fields,
            zones: zones(),
            has_password: account.has_password,
            least,
            has_factor: account.has_factor,
            wrong: Wrong::none(),
            browsers: sessions.into_iter().map(browser).collect(),
            frame,
        }
    }

    async fn load(http: &Http, frame: Frame, caller: &Caller) -> Result<(Self, Account), Problem> {
        let account = account(http, caller).await?;
        let config = &http.hub.config().accounts;
        let sessions = http.store().sessions(&account.id, config.sessions()).await?;
        let here = caller.session.as_ref();
        Ok((Self::new(frame, &account, sessions, here, config.password_least), account))
    }

    /// The time zone as it is shown in its field.
    pub(super) fn zone(&self) -> &str {
        self.frame.clock.zone.iana_name().unwrap_or("UTC")
    }
}

/// The names of time zones that are places.
fn zones() -> Vec<String> {
    let known = jiff::tz::db().available().map(|name| name.to_string());
    known.filter(|name| name.contains('/') && !name.starts_with("Etc/")).collect()
}

/// What a browser and its machine are called, as far as they say so.
fn browser(text: &str) -> Option<String> {
    // Each claims to be those before it, too.
    let program = [
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    let machine = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&program), named(&machine)) {
        (Some(program), Some(machine)) => Some(format!("{program}, {machine}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

/// Why a password cannot be chosen, in the reader's language.
pub(super) fn unacceptable(frame: &Frame, error: &PasswordError) -> String {
    match error {
        PasswordError::Short(least) => frame.words.say1("password-short", "least", least),
        PasswordError::Long => frame.say("password-long"),
        PasswordError::Easy => frame.say("password-easy"),
        PasswordError::Failed(_) => frame.say("problem-failed"),
    }
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    Ok(Page(OwnPage::load(&http, frame, &caller).await?.0).into_response())
}

pub(super) async fn describe(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut wrong = Wrong::none();
    let called = name(fields.text("name"));
    if called.is_err() {
        wrong.add("name", frame.say("account-name-wrong"));
    }
    let locale =
        fields.given("locale").and_then(|tag| Language::of_tag(&tag)).map(|one| one.tag().to_owned());
    let zone = fields.given("zone");
    if zone.as_ref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        wrong.add("zone", frame.say("account-zone-wrong"));
    }
    let (mut page, account) = OwnPage::load(&http, frame, &caller).await?;
    let Some(called) = called.ok().filter(|_| wrong.is_empty()) else {
        page.fields = page.fields.into_iter().map(|field| field.typed(&fields, &wrong)).collect();
        page.wrong = wrong;
        return Ok(Again(page).into_response());
    };
    let done = http.store().describe_account(&account.id, called, locale, zone, &caller.who).await;
    done.map_err(|error| Problem::conflict(error.to_string()))?;
    Ok(Redirect::to("/account?done=saved").into_response())
}

pub(super) async fn change_password(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let config = &http.hub.config().accounts;
    let (mut page, account) = OwnPage::load(&http, frame, &caller).await?;
    // Whoever signs in elsewhere has none to be changed.
    if !account.has_password {
        return Err(Problem::conflict("this account signs in without a password"));
    }
    let typed = |field| fields.all(field).next().unwrap_or_default().to_owned();
    let (now, new) = (typed("password"), typed("new-password"));
    if let Err(error) = acceptable(&new, &account.login, config) {
        page.wrong.add("new-password", unacceptable(&page.frame, &error));
    } else if let Err(error) = http.gate().password_again(&account, &now, config).await {
        let wrong = told(&page.frame, error, "password-wrong")?;
        page.wrong.add("password", wrong);
    }
    if !page.wrong.is_empty() {
        return Ok(Again(page).into_response());
    }
    let hash = http.gate().hash(&new, config).await.map_err(|error| Problem::internal(&error))?;
    let done = http.store().set_password(&account.id, hash, &caller.who).await;
    done.map_err(|error| Problem::conflict(error.to_string()))?;
    // Every browser is signed out; this one comes in again.
    let mut response = Redirect::to("/account?done=password").into_response();
    let entrance = Entrance { account, stage: Stage::Whole };
    keep(&http, &headers, &entrance, "with a new password", &mut response).await?;
    Ok(response)
}

pub(super) async fn end_session(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(session): Path<SessionId>,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    http.store().end_session(&account.id, &session).await?;
    Ok(Redirect::to("/account?done=signed-out").into_response())
}

pub(super) async fn end_sessions(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    http.store().end_sessions(&account.id, &caller.who).await?;
    Ok(Redirect::to("/sign-in").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_as_people_call_it() {
        for (text, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox, Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0.0.0",
                Some("Edge, Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                Some("Safari, iPhone"),
            ),
            ("curl/8.0", None),
            ("", None),
        ] {
            assert_eq!(browser(text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn the_time_zones_that_are_offered_are_places() {
        let zones = zones();
        assert!(zones.contains(&"Europe/Berlin".to_owned()) && zones.contains(&"Asia/Kolkata".to_owned()));
        assert!(!zones.iter().any(|zone| zone == "UTC" || zone.starts_with("Etc/")));
    }
}
