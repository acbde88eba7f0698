//! What a person agreed to or withdrew, recorded by hand.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::person::{Face, load};
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::form::{Field, Fields, Input, Offer, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::consent::check;
use crate::model::id::ProfileId;
use crate::model::profile::Profile;
use crate::store::{NewConsent, Unrecorded};

/// What was agreed to, on which channel and for what.
#[derive(Template)]
#[template(path = "people/leave.html")]
pub(super) struct LeavePage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) fields: Vec<Field>,
    pub(super) wrong: Vec<String>,
}

impl LeavePage {
    fn new(frame: Frame, profile: &Profile, typed: Option<&Fields>, wrong: &Wrong) -> Self {
        let answers = vec![
            Offer::new("yes", frame.say("leave-yes"), false),
            Offer::new("no", frame.say("leave-no"), false),
        ];
        let fields = [
            Field::new("channel", frame.say("leave-channel"), Input::Text)
                .hint(frame.say("leave-channel-hint"))
                .required(),
            Field::new("purpose", frame.say("leave-purpose"), Input::Text)
                .hint(frame.say("leave-purpose-hint"))
                .required(),
            Field::new("granted", frame.say("leave-answer"), Input::Choice).offers(answers).required(),
            Field::new("proof", frame.say("leave-proof"), Input::Text).hint(frame.say("leave-proof-hint")),
        ];
        let fields: Vec<Field> = match typed {
            Some(typed) => fields.into_iter().map(|field| field.typed(typed, wrong)).collect(),
            None => fields.into(),
        };
        Self {
            path: format!("/people/{}", profile.id),
            face: Face::of(profile, frame.words),
            wrong: wrong.beside(&fields),
            fields,
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
    Ok(Page(LeavePage::new(frame, &profile, None, &Wrong::none())))
}

pub(super) async fn record(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
    fields: Fields,
) -> Result<Response, Problem> {
    let profile = load(&http, &id).await?;
    let granted = fields.text("granted") == "yes";
    let (channel, purpose) = (fields.text("channel").to_lowercase(), fields.text("purpose").to_lowercase());
    let proof = fields.given("proof");
    let wrong = match check(&channel, &purpose, granted, proof.as_deref()) {
        Err(error) => Wrong::one(error.pointer().trim_start_matches('/'), error.to_string()),
        Ok(()) if fields.text("granted").is_empty() => Wrong::one("granted", frame.say("leave-which")),
        Ok(()) => {
            let by = frame.who().to_owned();
            let profile = profile.id.clone();
            let new = NewConsent { profile, channel, purpose, granted, proof, identifier: None, by };
            match http.store().record_consent(new).await? {
                Ok(_) => return Ok(Redirect::to(&format!("/people/{id}?done=recorded")).into_response()),
                Err(Unrecorded::Nobody(_)) => return Err(Problem::not_found(frame.say("person-nobody"))),
                Err(error) => Wrong::one("", error.to_string()),
            }
        }
    };
    Ok(Again(LeavePage::new(frame, &profile, Some(&fields), &wrong)).into_response())
}

#[cfg(test)]
impl LeavePage {
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
        let mut wrong = Wrong::one("granted", "Choose one of the two.");
        wrong.add("", "It cannot be kept.");
        vec![
            Self::new(frame.clone(), &profile, None, &Wrong::none()),
            Self::new(frame.clone(), &profile, Some(&Fields::default()), &wrong),
        ]
    }
}
