//! Who may be one person: found by the hub, decided by people.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::identity::{Decision, decided};
use super::page::{PageQuery, Paged};
use super::profile::unknown;
use super::time::Timestamp;
use crate::model::id::{ProfileId, SuggestionId};
use crate::model::suggest::Said;
use crate::store;

/// That two people may be one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Suggestion {
    /// Its id; the same two people always have the same.
    #[schema(example = "sug_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// How likely the two are one person, 0 to 1, among as many people as there are.
    #[schema(example = 0.997)]
    pub score: f64,
    /// The same in a word: `almost certain` from 0.99 on, `likely` from 0.9 on, else `possible`.
    #[schema(example = "almost certain")]
    pub sure: String,
    /// The two people.
    pub people: [Suggested; 2],
    /// Why, the strongest reason first; those that speak against stand among them.
    pub reasons: Vec<Reason>,
    /// When it was found.
    pub found_at: Timestamp,
}

/// One of the two.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Suggested {
    /// The person's id.
    #[schema(example = "prof_0123456789abcdefghjkmnpqrs")]
    pub profile: String,
    /// What the person is called, where anybody said.
    pub name: Option<String>,
}

/// Why, and where both values come from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Reason {
    /// What was compared: `name`, `birthday`, `mail`, `phone`, `street`, `place`, `company`, `claim` (an identifier
    /// that one typed and the other is known by) or `household` (what people of one household share).
    #[schema(example = "birthday")]
    pub field: String,
    /// The reason in words.
    #[schema(example = "same date of birth, 4 May 1987")]
    pub text: String,
    /// What it is worth, in bits: each doubles the odds that the two are one person, or halves them where below
    /// zero.
    #[schema(example = 14.0)]
    pub bits: f64,
    /// Who says so of each of the two, in the order of `people`; the latest first.
    pub sources: [Vec<Mention>; 2],
}

/// Who says something, and when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Mention {
    /// What people call the connection, where it is known.
    pub title: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Whether somebody typed it and nobody checked.
    pub typed: bool,
}

/// What is decided of a suggestion.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Choice {
    /// Why, for whoever looks at it afterwards.
    reason: Option<String>,
}

impl From<store::Suggestion> for Suggestion {
    fn from(found: store::Suggestion) -> Self {
        Self {
            id: found.id.into(),
            score: found.score,
            sure: found.sure.to_owned(),
            people: found
                .people
                .map(|person| Suggested { profile: person.profile.into(), name: person.name }),
            reasons: found.reasons.into_iter().map(Into::into).collect(),
            found_at: Timestamp(found.found_at),
        }
    }
}

impl From<store::Grounds> for Reason {
    fn from(grounds: store::Grounds) -> Self {
        let mention = |said: Said| Mention { title: said.title, at: Timestamp(said.at), typed: said.typed };
        Self {
            field: grounds.field.as_str().to_owned(),
            text: grounds.text,
            bits: grounds.bits,
            sources: grounds.said.map(|said| said.into_iter().map(mention).collect()),
        }
    }
}

/// Who may be one person, the surest first.
#[utoipa::path(get, path = "/api/v1/suggestions", tag = "profiles", params(PageQuery),
    responses((status = 200, body = Paged<Suggestion>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Paged<Suggestion>>, Problem> {
    let page = query.request(http.pages())?;
    Ok(axum::Json(Paged::of(http.store().suggestions(&page).await?)))
}

/// Who may be the same person as this one, the surest first.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/suggestions", tag = "profiles",
    params(("profile" = String, Path, description = "The person's id, or a former one"), PageQuery),
    responses((status = 200, body = Paged<Suggestion>), (status = 404, body = Problem)))]
pub(in super::super) async fn of_one(
    State(http): State<Http>,
    Path(id): Path<ProfileId>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Paged<Suggestion>>, Problem> {
    let page = query.request(http.pages())?;
    let profile = http.store().profile(&id).await?.ok_or_else(|| unknown(&id))?;
    Ok(axum::Json(Paged::of(http.store().suggestions_of(&profile.id, &page).await?)))
}

/// Makes the two of a suggestion one person. Both ids lead to the one person from then on; it can be undone.
#[utoipa::path(post, path = "/api/v1/suggestions/{suggestion}/confirm", tag = "profiles", request_body = Choice,
    params(("suggestion" = String, Path, description = "The suggestion's id")),
    responses((status = 200, body = Decision), (status = 404, body = Problem)))]
pub(in super::super) async fn confirm(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<SuggestionId>,
    Json(choice): Json<Choice>,
) -> Result<axum::Json<Decision>, Problem> {
    decided(http.store().confirm_suggestion(&id, &caller.who, choice.reason).await?)
}

/// Decides that the two of a suggestion are two people: that is remembered, and holds also of whomever they are
/// merged with later. Undoing the decision lets them be suggested again.
#[utoipa::path(post, path = "/api/v1/suggestions/{suggestion}/reject", tag = "profiles", request_body = Choice,
    params(("suggestion" = String, Path, description = "The suggestion's id")),
    responses((status = 200, body = Decision), (status = 404, body = Problem)))]
pub(in super::super) async fn reject(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<SuggestionId>,
    Json(choice): Json<Choice>,
) -> Result<axum::Json<Decision>, Problem> {
    decided(http.store().reject_suggestion(&id, &caller.who, choice.reason).await?)
}
