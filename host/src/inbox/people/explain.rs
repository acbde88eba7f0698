//! Why a person is one person, and taking decisions back.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use super::person::{Face, load};
use crate::http::api::identity::settled;
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::clock::Moment;
use crate::inbox::form::Fields;
use crate::inbox::frame::{Frame, Page};
use crate::inbox::suggestions::Card;
use crate::model::explain::Sentence;
use crate::model::id::{EventId, ProfileId};

/// Why the names are one person's.
#[derive(Template)]
#[template(path = "people/explain.html")]
pub(super) struct ExplainPage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) reasons: Vec<Told>,
    pub(super) doubts: Vec<Told>,
    pub(super) decisions: Vec<Told>,
    pub(super) suggestions: Vec<Card>,
}

/// A sentence and when it was said.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) event: String,
    pub(super) at: Moment,
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
) -> Result<impl IntoResponse, Problem> {
    let profile = load(&http, &id).await?;
    let told = http.store().told_why(&profile.id).await?;
    let (reasons, doubts, decisions, suggestions) =
        told.map(|told| (told.reasons, told.doubts, told.decisions, told.suggestions)).unwrap_or_default();
    let list = |sentences: Vec<Sentence>| -> Vec<Told> {
        let told = |one: Sentence| Told { text: one.text, event: one.event, at: frame.time(one.at) };
        sentences.into_iter().map(told).collect()
    };
    Ok(Page(ExplainPage {
        path: format!("/people/{}", profile.id),
        face: Face::of(&profile, frame.words),
        reasons: list(reasons),
        doubts: list(doubts),
        decisions: list(decisions),
        suggestions: suggestions.iter().map(|one| Card::of(one, &frame)).collect(),
        frame,
    }))
}

/// Takes a decision back, and shows whom it leaves.
pub(super) async fn undo(
    State(http): State<Http>,
    frame: Frame,
    Path(event): Path<EventId>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let done = settled(http.store().undo_decision(&event, frame.who(), fields.given("reason")).await?)?;
    let person = done.people.first().map_or_else(|| "/people".to_owned(), |id| format!("/people/{id}"));
    Ok(Redirect::to(&format!("{person}?done=undone")))
}

#[cfg(test)]
impl ExplainPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let told = || Told {
            text: "“Shop” names them together, as a record of theirs".to_owned(),
            event: "evt_0123456789abcdefghjkmnpqrs".to_owned(),
            at: frame.time(frame.clock.now),
        };
        let page = |some: bool| Self {
            frame: frame.clone(),
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named("Ada Lovelace"),
            reasons: some.then(told).into_iter().collect(),
            doubts: some.then(told).into_iter().collect(),
            decisions: some.then(told).into_iter().collect(),
            suggestions: some.then(|| Card::sample(frame)).into_iter().collect(),
        };
        vec![page(true), page(false)]
    }
}
