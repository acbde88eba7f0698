//! Two people are one: somebody is found, what would become of both is shown, and it is done.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::list::{Found, find};
use super::person::{Face, Name, load};
use crate::http::api::identity::settled;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::form::{Field, Fields, Input};
use crate::inbox::frame::{Frame, Page};
use crate::model::id::ProfileId;
use crate::model::profile::Profile;
use crate::store::Undecidable;

/// Whom to join a person with.
#[derive(Template)]
#[template(path = "people/merge.html")]
pub(super) struct MergePage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) search: String,
    pub(super) found: Vec<Candidate>,
    /// How many of the last events are not searched yet.
    pub(super) behind: u64,
    pub(super) preview: Option<Preview>,
}

/// Somebody to choose.
pub(super) struct Candidate {
    pub(super) person: Found,
    pub(super) choose: String,
}

/// What would become of both.
pub(super) struct Preview {
    pub(super) sides: [Side; 2],
    pub(super) with: String,
    pub(super) back: String,
    pub(super) reason: Field,
}

/// One of the two.
pub(super) struct Side {
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) names: Vec<Name>,
    pub(super) values: usize,
}

impl Side {
    fn of(profile: &Profile, frame: &Frame) -> Self {
        Self {
            path: format!("/people/{}", profile.id),
            face: Face::of(profile, frame.words),
            names: Name::all(profile, frame),
            values: profile.attributes.len(),
        }
    }
}

/// What was searched, and who was chosen.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    search: String,
    with: Option<ProfileId>,
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let profile = load(&http, &id).await?;
    let path = format!("/people/{}", profile.id);
    let merge = format!("{path}/merge");
    let search = which.search.trim().to_owned();
    let preview = match which.with {
        None => None,
        Some(with) => {
            let other = load(&http, &with).await?;
            if other.id == profile.id {
                return Ok(Redirect::to(&format!("{path}?done=same")).into_response());
            }
            Some(Preview {
                sides: [Side::of(&profile, &frame), Side::of(&other, &frame)],
                with: other.id.to_string(),
                back: address::with(&merge, &[("search", &search)]),
                reason: why(&frame),
            })
        }
    };
    let (mut found, mut behind) = (Vec::new(), 0);
    if preview.is_none() && !search.is_empty() {
        let (people, _, unsearched) = find(&http, &frame, &search, None).await?;
        behind = unsearched;
        let others = people.into_iter().filter(|person| person.path != path);
        found.extend(others.map(|person| {
            let id = person.path.trim_start_matches("/people/").to_owned();
            Candidate { choose: address::with(&merge, &[("with", &id), ("search", &search)]), person }
        }));
    }
    let face = Face::of(&profile, frame.words);
    Ok(Page(MergePage { frame, path, face, search, found, behind, preview }).into_response())
}

/// Why, for whoever looks at it afterwards.
pub(crate) fn why(frame: &Frame) -> Field {
    Field::new("reason", frame.say("reason"), Input::Text).hint(frame.say("reason-hint"))
}

pub(super) async fn merge(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let with = fields.text("with").parse::<ProfileId>();
    let with = with.map_err(|_| Problem::bad_request(frame.say("merge-nobody")))?;
    let done = http.store().merge_people(&id, &with, frame.who(), fields.given("reason")).await?;
    if matches!(done, Err(Undecidable::Same(_))) {
        return Ok(Redirect::to(&format!("/people/{id}?done=same")));
    }
    settled(done)?;
    Ok(Redirect::to(&format!("/people/{id}?done=merged")))
}

#[cfg(test)]
impl MergePage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let side = |name: &str| Side {
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named(name),
            names: Name::samples(frame),
            values: 1,
        };
        let candidate = |person| Candidate { person, choose: "/people/prof_1/merge?with=prof_2".to_owned() };
        let page = |search: &str, found: Vec<Candidate>, preview| Self {
            frame: frame.clone(),
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named("Ada Lovelace"),
            search: search.to_owned(),
            behind: found.len() as u64,
            found,
            preview,
        };
        let preview = Preview {
            sides: [side("Ada Lovelace"), side("A. Lovelace")],
            with: "prof_2".to_owned(),
            back: "/people/prof_1/merge".to_owned(),
            reason: why(frame),
        };
        vec![
            page("", Vec::new(), None),
            page("ada", Found::samples(frame).into_iter().map(candidate).collect(), None),
            page("nobody", Vec::new(), None),
            page("ada", Vec::new(), Some(preview)),
        ]
    }
}
