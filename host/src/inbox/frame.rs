//! What every page knows: who looks at it, in which language and time zone, where it stands in the navigation.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Response};
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use jiff::tz::TimeZone;

use super::assets;
use super::clock::{Clock, Moment};
use super::section::{Counts, Link, Section};
use super::words::{Language, Words};
use crate::http::auth::Caller;
use crate::http::{Http, Problem};
use crate::model::token::Role;

/// The cookie that says how a browser wants pages to look.
pub(crate) const THEME: &str = "theme";

/// What every page knows.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// What it says, in the reader's language.
    pub(crate) words: Words,
    /// The reader's clock.
    pub(crate) clock: Clock,
    /// Who reads it; nobody before they signed in.
    pub(crate) viewer: Option<Viewer>,
    /// What each form of the page carries, so that no other site can send it.
    pub(crate) csrf: String,
    /// Where it stands.
    pub(crate) section: Section,
    /// What waits, beside the names of the sections.
    pub(crate) counts: Counts,
    /// `light` or `dark`, where this browser chose.
    pub(crate) theme: Option<&'static str>,
    /// What was just done, as a message's key.
    pub(crate) done: Option<&'static str>,
}

/// Who reads a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// Their id, for the audit log.
    pub(crate) who: String,
    /// What people call them.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
}

impl Frame {
    /// The frame of a page without what has to be asked of the store.
    pub(crate) fn bare(http: &Http, headers: &HeaderMap, caller: Option<&Caller>, section: Section) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let chosen = caller.and_then(|caller| caller.locale.as_deref()).and_then(Language::of_tag);
        let language =
            chosen.unwrap_or_else(|| Language::accepted(header(ACCEPT_LANGUAGE).unwrap_or_default()));
        let words = Words { language };
        let viewer = caller.map(|caller| Viewer {
            who: caller.who.clone(),
            name: caller.name.clone(),
            role: caller.role,
        });
        Self {
            words,
            clock: Clock { zone: zone(caller), now: http.hub.ambient().now_ms(), words },
            viewer,
            csrf: caller.map_or_else(String::new, |caller| caller.csrf().to_owned()),
            section,
            counts: Counts::default(),
            theme: theme(headers),
            done: None,
        }
    }

    /// Whether the reader may do what takes this role.
    pub(crate) fn may(&self, role: Role) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.role >= role)
    }

    /// Whether the reader may change people and conversations.
    pub(crate) fn agent(&self) -> bool {
        self.may(Role::Agent)
    }

    /// Whether the reader may change plugins and connections.
    pub(crate) fn operator(&self) -> bool {
        self.may(Role::Operator)
    }

    /// Whether the reader may do everything.
    pub(crate) fn owner(&self) -> bool {
        self.may(Role::Owner)
    }

    /// Who reads it, for the audit log.
    pub(crate) fn who(&self) -> &str {
        self.viewer.as_ref().map_or("", |viewer| &viewer.who)
    }

    /// The role of whoever reads it, in words.
    pub(crate) fn role(&self) -> String {
        self.viewer.as_ref().map_or_else(String::new, |viewer| self.words.of("role", viewer.role.as_str()))
    }

    /// The navigation: what the reader may open.
    pub(crate) fn links(&self) -> Vec<Link> {
        let role = self.viewer.as_ref().map(|viewer| viewer.role);
        role.map_or_else(Vec::new, |role| Link::all(role, self.section, self.counts, self.words))
    }

    /// A message.
    pub(crate) fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// A point in time: milliseconds since the epoch, UTC.
    pub(crate) fn time(&self, at: i64) -> Moment {
        self.clock.moment(at)
    }

    /// The address of one of the hub's own files.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// Where somebody lives, as far as they said.
fn zone(caller: Option<&Caller>) -> TimeZone {
    let name = caller.and_then(|caller| caller.zone.as_deref());
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// How this browser wants pages to look.
fn theme(headers: &HeaderMap) -> Option<&'static str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookie| cookie.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == THEME)?;
    ["light", "dark"].into_iter().find(|known| *known == value)
}

impl FromRequestParts<Http> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let section = Section::of(parts.uri.path());
        let mut frame = Self::bare(http, &parts.headers, caller.as_ref(), section);
        frame.counts = Counts::read(http, frame.operator()).await?;
        frame.done = parts.uri.query().and_then(done);
        Ok(frame)
    }
}

/// What was just done, as the address that a form leads to says it: `?done=merged`.
fn done(query: &str) -> Option<&'static str> {
    let word = query.split('&').find_map(|pair| pair.strip_prefix("done="))?;
    super::DONE.iter().copied().find(|known| known.strip_prefix("done-") == Some(word))
}

/// A page that is shown.
pub(crate) struct Page<T>(pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// A form that comes back with what is wrong in it: 422.
pub(crate) struct Again<T>(pub(crate) T);

impl<T: Template> IntoResponse for Again<T> {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Page(self.0)).into_response()
    }
}

#[cfg(test)]
impl Frame {
    /// A frame of somebody who may do everything, for samples of pages.
    pub(crate) fn sample(language: Language) -> Self {
        let words = Words { language };
        Self {
            words,
            clock: Clock { zone: TimeZone::UTC, now: 1_795_356_000_000, words },
            viewer: Some(Viewer {
                who: "acc_0123456789abcdefghjkmnpqrs".to_owned(),
                name: "Kim <script>".to_owned(),
                role: Role::Owner,
            }),
            csrf: "a-token".to_owned(),
            section: Section::People,
            counts: Counts { parked: 12_345, waiting: 1 },
            theme: Some("dark"),
            done: Some("done-merged"),
        }
    }
}
