//! What is set, and who set it; and how pages look in this browser.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::HeaderValue;
use http::header::SET_COOKIE;

use super::form::{Fields, Offer};
use super::frame::{Frame, Page, THEME};
use crate::config::Setting;
use crate::http::{Http, Problem};

/// The page of settings.
pub(super) fn routes() -> Router<Http> {
    Router::new().route("/settings", get(show)).route("/settings/appearance", post(appearance))
}

/// What is set.
#[derive(Template)]
#[template(path = "settings.html")]
pub(super) struct SettingsPage {
    pub(super) frame: Frame,
    pub(super) themes: Vec<Offer>,
    /// The sections of the configuration; none for readers who do not run the hub.
    pub(super) sections: Vec<(String, Vec<Line>)>,
    /// How many of them somebody set.
    pub(super) changed: usize,
}

/// One setting.
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: String,
    /// Who set it; nobody where the default holds.
    pub(super) from: Option<String>,
    pub(super) about: String,
}

impl SettingsPage {
    /// Of the settings that an operator may see.
    pub(super) fn new(frame: Frame, settings: Vec<Setting>) -> Self {
        let mut sections: Vec<(String, Vec<Line>)> = Vec::new();
        let mut changed = 0;
        for setting in settings {
            let section = setting.key.split('.').next().unwrap_or_default();
            if sections.last().is_none_or(|(name, _)| name != section) {
                sections.push((section.to_owned(), Vec::new()));
            }
            changed += usize::from(setting.from.is_some());
            if let Some((_, lines)) = sections.last_mut() {
                lines.push(Line {
                    key: setting.key,
                    value: setting.value,
                    from: setting.from,
                    about: setting.about,
                });
            }
        }
        let theme = |value: &str, key: &str| {
            Offer::new(value, frame.say(key), frame.theme.unwrap_or_default() == value)
        };
        let themes =
            vec![theme("", "theme-system"), theme("light", "theme-light"), theme("dark", "theme-dark")];
        Self { themes, sections, changed, frame }
    }
}

async fn show(State(http): State<Http>, frame: Frame) -> impl IntoResponse {
    let settings = if frame.operator() { http.hub.config().settings() } else { Vec::new() };
    Page(SettingsPage::new(frame, settings))
}

/// Keeps how pages look in a cookie of this browser, for a year.
async fn appearance(fields: Fields) -> Result<Response, Problem> {
    let theme = ["light", "dark"].into_iter().find(|known| *known == fields.text("theme"));
    let age = if theme.is_some() { 31_536_000 } else { 0 };
    let theme = theme.unwrap_or_default();
    let cookie = format!("{THEME}={theme}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly");
    let mut response = Redirect::to("/settings?done=changed").into_response();
    let cookie = HeaderValue::try_from(cookie).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
impl SettingsPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let config = crate::config::Config::load(None, [], &["api.page=7".to_owned()]).expect("loads");
        vec![Self::new(frame.clone(), config.settings()), Self::new(frame.clone(), Vec::new())]
    }
}
