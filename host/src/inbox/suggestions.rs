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

#[cfg(test)]
impl Card {
    /// A suggestion with a reason for and one against.
    pub(crate) fn sample(frame: &Frame) -> Self {
        let side = |name: &str| Side {
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named(name),
        };
        let reason = |text: &str, speaks_for, typed| Reason {
            text: text.to_owned(),
            speaks_for,
            said: vec![("Web shop".to_owned(), frame.time(frame.clock.now - 90_000_000), typed)],
        };
        Self {
            id: "sug_0123456789abcdefghjkmnpqrs".to_owned(),
            label: "Ada Lovelace and A. Lovelace".to_owned(),
            sure: frame.words.of("sure", "almost-certain"),
            look: "good",
            percent: percent(0.9971, frame),
            people: [side("Ada Lovelace"), side("A. Lovelace")],
            reasons: vec![
                reason("same date of birth, 4 May 1987", true, false),
                reason("other city", false, true),
            ],
        }
    }
}

#[cfg(test)]
impl SuggestionsPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let page = |suggestions, next| Self { frame: frame.clone(), suggestions, next, first: None };
        let card = Card::sample(frame);
        vec![page(vec![card.clone(), card], Some("/suggestions?cursor=x".to_owned())), page(Vec::new(), None)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::words::Language;

    #[test]
    fn nothing_is_ever_quite_certain() {
        let frame = Frame::sample(Language::German);
        let told = [0.5, 0.949, 0.9971, 1.0].map(|share| percent(share, &frame));
        assert_eq!(told, ["50 %", "95 %", "99,7 %", "99,9 %"]);
    }
}
