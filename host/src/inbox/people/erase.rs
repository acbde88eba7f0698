//! A person is erased: what that means is shown, and whoever does it types whom.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::person::{Face, load};
use crate::http::api::privacy::{LONGEST_REASON, gone};
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::{Field, Fields, Input, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::id::ProfileId;
use crate::model::profile::Profile;
use crate::store::{Erasure, Unerasable};

/// What would be erased, and the question whether it is meant.
#[derive(Template)]
#[template(path = "people/erase.html")]
pub(super) struct ErasePage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) fields: Vec<Field>,
}

impl ErasePage {
    fn new(frame: Frame, profile: &Profile, typed: Option<&Fields>, wrong: &Wrong) -> Self {
        let face = Face::of(profile, frame.words);
        let fields = [
            Field::new("reason", frame.say("erase-reason"), Input::Text)
                .hint(frame.say("erase-reason-hint"))
                .required(),
            Field::new("name", frame.words.say1("erase-name", "name", &face.name), Input::Text)
                .hint(frame.say("erase-name-hint"))
                .required(),
        ];
        let fields: Vec<Field> = match typed {
            Some(typed) => fields.into_iter().map(|field| field.typed(typed, wrong)).collect(),
            None => fields.into(),
        };
        Self { path: format!("/people/{}", profile.id), face, fields, frame }
    }
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
) -> Result<impl IntoResponse, Problem> {
    let profile = load(&http, &id).await?;
    Ok(Page(ErasePage::new(frame, &profile, None, &Wrong::none())))
}

pub(super) async fn erase(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
    fields: Fields,
) -> Result<Response, Problem> {
    let profile = load(&http, &id).await?;
    let mut wrong = Wrong::none();
    let reason = fields.text("reason");
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        wrong.add("reason", frame.words.say1("erase-reason-wrong", "most", &LONGEST_REASON));
    }
    let name = Face::of(&profile, frame.words).name;
    if fields.text("name") != name.trim() {
        wrong.add("name", frame.words.say1("erase-name-wrong", "name", &name));
    }
    if !wrong.is_empty() {
        return Ok(Again(ErasePage::new(frame, &profile, Some(&fields), &wrong)).into_response());
    }
    let by = frame.who().to_owned();
    let erasure = Erasure { profile: profile.id, connection: None, by, reason: reason.to_owned() };
    match http.store().erase(erasure).await? {
        Ok(_) => Ok(Redirect::to("/people?done=erased").into_response()),
        Err(Unerasable::Already { at, .. }) => Err(gone(at)),
        Err(Unerasable::Nobody(_)) => Err(Problem::not_found(frame.say("person-nobody"))),
    }
}

#[cfg(test)]
impl ErasePage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let profile = Profile {
            id: ProfileId::random([0; 16]),
            conversation: None,
            active_at: 0,
            identifiers: Vec::new(),
            claims: Vec::new(),
            attributes: Vec::new(),
            consents: Vec::new(),
        };
        let wrong = Wrong::one("name", "Type it.");
        vec![
            Self::new(frame.clone(), &profile, None, &Wrong::none()),
            Self::new(frame.clone(), &profile, Some(&Fields::default()), &wrong),
        ]
    }
}
