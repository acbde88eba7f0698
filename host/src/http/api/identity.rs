//! Who is who: why a person is one person, and what people decide of it.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::privacy::missing;
use super::suggestion::Suggestion;
use super::time::Timestamp;
use crate::model::explain;
use crate::model::id::{EventId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::normal::asked;
use crate::store::{Decided, Undecidable};

/// Why a person is one person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// The person's id now.
    pub profile: String,
    /// What joins the names, the strongest reason first. One name needs none.
    pub reasons: Vec<Sentence>,
    /// What somebody says of further names, and why it is not followed.
    pub doubts: Vec<Sentence>,
    /// What people decided of the person, the latest first. `event` is what undoing names.
    pub decisions: Vec<Sentence>,
    /// Who else may be the same person: the first few of `GET /api/v1/profiles/{profile}/suggestions`.
    pub suggestions: Vec<Suggestion>,
}

/// One sentence, and the event that it rests on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// The event that says so.
    pub event: String,
    /// When it was said.
    pub at: Timestamp,
}

impl From<explain::Sentence> for Sentence {
    fn from(sentence: explain::Sentence) -> Self {
        Self { text: sentence.text, event: sentence.event, at: Timestamp(sentence.at) }
    }
}

/// Two people are one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Merge {
    /// The other's id.
    #[schema(value_type = String, example = "prof_0123456789abcdefghjkmnpqrs")]
    with: ProfileId,
    /// Why, for whoever looks at it afterwards.
    reason: Option<String>,
}

/// Some of a person's names are somebody else's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Split {
    /// The names that are somebody else's, as `namespace:value`; some of the person's, not all.
    #[schema(example = json!(["phone:+491701234567"]))]
    identifiers: Vec<String>,
    /// Why, for whoever looks at it afterwards.
    reason: Option<String>,
}

/// A decision holds no longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Undo {
    /// Why, for whoever looks at it afterwards.
    reason: Option<String>,
}

/// A decision that was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// The event that holds it: `POST /api/v1/decisions/{event}/undo` takes it back.
    pub event: String,
    /// The people whom it names, as they are now.
    pub profiles: Vec<String>,
}

impl From<Decided> for Decision {
    fn from(decided: Decided) -> Self {
        let profiles = decided.people.into_iter().map(Into::into).collect();
        Self { event: decided.event.into(), profiles }
    }
}

pub(super) fn decided(done: Result<Decided, Undecidable>) -> Result<axum::Json<Decision>, Problem> {
    settled(done).map(|decided| axum::Json(decided.into()))
}

/// What was decided, or why it makes no sense.
pub(crate) fn settled(done: Result<Decided, Undecidable>) -> Result<Decided, Problem> {
    done.map_err(|error| match error {
        Undecidable::Nobody(_) | Undecidable::NoDecision(_) | Undecidable::NoSuggestion(_) => {
            Problem::not_found(error.to_string())
        }
        Undecidable::Same(_) => Problem::conflict(error.to_string()),
        Undecidable::Split(_) => Problem::invalid(
            error.to_string(),
            vec![Invalid { at: "/identifiers".to_owned(), message: error.to_string() }],
        ),
    })
}

/// Why a person is one person: what joins the names, what is in doubt, and what people decided.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/explain", tag = "profiles",
    params(("profile" = String, Path, description = "The person's id, or a former one")),
    responses((status = 200, body = Explanation), (status = 404, body = Problem)))]
pub(in super::super) async fn explain(
    State(http): State<Http>,
    Path(id): Path<ProfileId>,
) -> Result<axum::Json<Explanation>, Problem> {
    let Some(told) = http.store().told_why(&id).await? else { return Err(missing(&http, &id).await) };
    let list = |sentences: Vec<explain::Sentence>| sentences.into_iter().map(Into::into).collect();
    Ok(axum::Json(Explanation {
        profile: told.profile.into(),
        reasons: list(told.reasons),
        doubts: list(told.doubts),
        decisions: list(told.decisions),
        suggestions: told.suggestions.into_iter().map(Into::into).collect(),
    }))
}

/// Makes two people one. Both ids lead to the one person from then on; it can be undone.
#[utoipa::path(post, path = "/api/v1/profiles/{profile}/merge", tag = "profiles", request_body = Merge,
    params(("profile" = String, Path, description = "The person's id")),
    responses((status = 200, body = Decision), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn merge(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ProfileId>,
    Json(merge): Json<Merge>,
) -> Result<axum::Json<Decision>, Problem> {
    decided(http.store().merge_people(&id, &merge.with, &caller.who, merge.reason).await?)
}

/// Makes some of a person's names somebody else's, with the conversations and orders that name them.
#[utoipa::path(post, path = "/api/v1/profiles/{profile}/split", tag = "profiles", request_body = Split,
    params(("profile" = String, Path, description = "The person's id")),
    responses((status = 200, body = Decision), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn split(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ProfileId>,
    Json(split): Json<Split>,
) -> Result<axum::Json<Decision>, Problem> {
    let region = http.hub.config().identity.region;
    let read = |(at, text): (usize, &String)| {
        text.parse::<Identifier>().map(|name| asked(name, region)).map_err(|error| {
            let wrong = Invalid { at: format!("/identifiers/{at}"), message: error.to_string() };
            Problem::invalid(error.to_string(), vec![wrong])
        })
    };
    let names = split.identifiers.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    decided(http.store().split_person(&id, &names, &caller.who, split.reason).await?)
}

/// Takes a decision back. Taking that back makes it hold again.
#[utoipa::path(post, path = "/api/v1/decisions/{event}/undo", tag = "profiles", request_body = Undo,
    params(("event" = String, Path, description = "The decision's event")),
    responses((status = 200, body = Decision), (status = 404, body = Problem)))]
pub(in super::super) async fn undo(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(event): Path<EventId>,
    Json(undo): Json<Undo>,
) -> Result<axum::Json<Decision>, Problem> {
    decided(http.store().undo_decision(&event, &caller.who, undo.reason).await?)
}
