//! Some of a person's names are somebody else's.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::merge::why;
use super::person::{Face, load, look, namespace};
use crate::http::api::identity::settled;
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::{Field, Fields, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::id::ProfileId;
use crate::model::identifier::Identifier;
use crate::model::profile::Profile;
use crate::store::Undecidable;

/// Which names are somebody else's.
#[derive(Template)]
#[template(path = "people/split.html")]
pub(super) struct SplitPage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) names: Vec<Part>,
    pub(super) wrong: Option<String>,
    pub(super) reason: Field,
}

/// A name that may go.
pub(super) struct Part {
    pub(super) identifier: String,
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) evidence: String,
    pub(super) look: &'static str,
    pub(super) goes: bool,
}

impl SplitPage {
    fn new(frame: Frame, profile: &Profile, fields: &Fields, wrong: &Wrong) -> Self {
        let part = |known: &crate::model::profile::KnownIdentifier| Part {
            identifier: known.identifier.to_string(),
            kind: namespace(&known.identifier, frame.words),
            value: known.identifier.value.clone(),
            evidence: frame.words.of("evidence", known.evidence.as_str()),
            look: look(known.evidence),
            goes: fields.all("name").any(|name| name == known.identifier.to_string()),
        };
        Self {
            path: format!("/people/{}", profile.id),
            face: Face::of(profile, frame.words),
            names: profile.identifiers.iter().map(part).collect(),
            wrong: wrong.with("name"),
            reason: why(&frame).typed(fields, wrong),
            frame,
        }
    }
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
) -> Result<impl IntoResponse, Problem> {
    let profile = load(&http, &id).await?;
    Ok(Page(SplitPage::new(frame, &profile, &Fields::default(), &Wrong::none())))
}

pub(super) async fn split(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
    fields: Fields,
) -> Result<Response, Problem> {
    let profile = load(&http, &id).await?;
    let names: Vec<Identifier> = fields.all("name").filter_map(|name| name.parse().ok()).collect();
    let wrong = if names.is_empty() {
        "split-none"
    } else if names.len() >= profile.identifiers.len() {
        "split-all"
    } else {
        let done =
            http.store().split_person(&profile.id, &names, frame.who(), fields.given("reason")).await?;
        match done {
            Err(Undecidable::Split(_)) => "split-changed",
            done => {
                settled(done)?;
                let to = format!("/people/{}?done=parted", profile.id);
                return Ok(Redirect::to(&to).into_response());
            }
        }
    };
    let wrong = Wrong::one("name", frame.say(wrong));
    Ok(Again(SplitPage::new(frame, &profile, &fields, &wrong)).into_response())
}

#[cfg(test)]
impl SplitPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let part = |goes| Part {
            identifier: "email:ada@example.com".to_owned(),
            kind: "E-mail".to_owned(),
            value: "ada@example.com".to_owned(),
            evidence: "verified".to_owned(),
            look: "good",
            goes,
        };
        let page = |names, wrong| Self {
            frame: frame.clone(),
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named("Ada Lovelace"),
            names,
            wrong,
            reason: why(frame),
        };
        vec![
            page(vec![part(true), part(false)], Some(frame.say("split-none"))),
            page(vec![part(false)], None),
        ]
    }
}
