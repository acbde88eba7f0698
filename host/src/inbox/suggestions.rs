//! Who may be one person: looked at side by side, and decided.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use serde::Deserialize;

use super::address;
use super::clock::Moment;
use super::form::Fields;
use super::frame::{Frame, Page};
use super::people::Face;
use crate::http::api::identity::settled;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::model::id::SuggestionId;
use crate::store::{Grounds, PageRequest, Suggested, Suggestion, Undecidable};

/// The pages of suggestions.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/suggestions", get(show))
        .route("/suggestions/{suggestion}/confirm", post(confirm))
        .route("/suggestions/{suggestion}/reject", post(reject))
}

/// Suggestions, the surest first.
#[derive(Template)]
#[template(path = "suggestions.html")]
pub(super) struct SuggestionsPage {
    pub(super) frame: Frame,
    pub(super) suggestions: Vec<Card>,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
}

/// A suggestion as pages show it.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) id: String,
    /// Who the two are, for whoever cannot see it.
    pub(crate) label: String,
    /// How sure, in words, and the look of that.
    pub(crate) sure: String,
    pub(crate) look: &'static str,
    /// How likely, in percent.
    pub(crate) percent: String,
    pub(crate) people: [Side; 2],
    pub(crate) reasons: Vec<Reason>,
}

/// One of the two.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) path: String,
    pub(crate) face: Face,
}

/// A reason for or against.
#[derive(Debug, Clone)]
pub(crate) struct Reason {
    pub(crate) text: String,
    /// Whether it speaks for one person.
    pub(crate) speaks_for: bool,
    /// Who says so: what people call the source, when, and whether it was typed only.
    pub(crate) said: Vec<(String, Moment, bool)>,
}

impl Card {
    /// Of a suggestion.
    pub(crate) fn of(one: &Suggestion, frame: &Frame) -> Self {
        let side = |person: &Suggested| Side {
            path: format!("/people/{}", person.profile),
            face: Face::named(&person.name.clone().unwrap_or_else(|| frame.say("person-nobody"))),
        };
        let people = [side(&one.people[0]), side(&one.people[1])];
        let [a, b] = [&people[0].face.name, &people[1].face.name];
        Self {
            id: one.id.to_string(),
            label: frame.words.say2("suggestion-of", ("a", a), ("b", b)),
            sure: frame.words.of("sure", &one.sure.replace(' ', "-")),
            look: if one.sure == "possible" { "" } else { "good" },
            percent: percent(one.score, frame),
            people,
            reasons: one.reasons.iter().map(|grounds| Reason::of(grounds, frame)).collect(),
        }
    }
}

/// A share of one in percent, never rounded up to certainty.
fn percent(share: f64, frame: &Frame) -> String {
    let tenths = (share.clamp(0.0, 0.999) * 1000.0).floor() / 10.0;
    let text = if tenths >= 99.0 { format!("{tenths:.1}") } else { format!("{tenths:.0}") };
    frame.words.say1("percent", "share", &frame.words.number(&text))
}

impl Reason {
    fn of(grounds: &Grounds, frame: &Frame) -> Self {
        let said = grounds.said.iter().flatten().map(|said| {
            let title = said.title.clone().unwrap_or_else(|| frame.say("person-source-gone"));
            (title, frame.time(said.at), said.typed)
        });
        Self { text: grounds.text.clone(), speaks_for: grounds.bits > 0.0, said: said.collect() }
    }
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    cursor: Option<String>,
}

async fn show(
    State(http): State<Http>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let first = which.cursor.as_ref().map(|_| "/suggestions".to_owned());
    let page = PageRequest { cursor: which.cursor, limit: http.pages().usual };
    let found = http.store().suggestions(&page).await?;
    let suggestions = found.items.iter().map(|one| Card::of(one, &frame)).collect();
    let next = found.next.map(|next| address::with("/suggestions", &[("cursor", &next)]));
    Ok(Page(SuggestionsPage { frame, suggestions, next, first }))
}

/// Where a decision leads back to: the person whose page asked for it, else the list.
fn back(fields: &Fields, done: &str) -> Redirect {
    let to = fields.text("back");
    let to = if to.starts_with("/people/prof_") { to } else { "/suggestions" };
    Redirect::to(&address::with(to, &[("done", done)]))
}

async fn confirm(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<SuggestionId>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let done = http.store().confirm_suggestion(&id, frame.who(), fields.given("reason")).await?;
    if matches!(done, Err(Undecidable::NoSuggestion(_))) {
        return Ok(back(&fields, "decided-already"));
    }
    settled(done)?;
    Ok(back(&fields, "merged"))
}

async fn reject(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<SuggestionId>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let done = http.store().reject_suggestion(&id, frame.who(), fields.given("reason")).await?;
    if matches!(done, Err(Undecidable::NoSuggestion(_))) {
        return Ok(back(&fields, "decided-already"));
    }
    settled(done)?;
    Ok(back(&fields, "kept-apart"))
}
