//! People: found by a name, searched, listed, shown.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::auth::Caller;
use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::consent::Consent;
use super::page::{PageQuery, Paged};
use super::privacy::missing;
use super::search::read;
use super::time::Timestamp;
use crate::model::id::ProfileId;
use crate::model::identifier::Identifier;
use crate::model::normal::asked;
use crate::model::profile;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Profile {
    /// The person's id now; any former id finds the same person.
    #[schema(example = "prof_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// What the person is called, where anybody said.
    pub name: Option<String>,
    /// The conversation with the person, once there is a message.
    pub conversation: Option<String>,
    /// When the person was last heard of.
    pub active_at: Timestamp,
    /// Under which names the person is known, the one seen first standing first.
    pub identifiers: Vec<KnownIdentifier>,
    /// What somebody typed and nobody checked: it tells nothing of who the person is.
    pub claims: Vec<ClaimedIdentifier>,
    /// What is stated of the person, by field.
    pub attributes: Vec<Attribute>,
    /// What the person agreed to and withdrew, by channel and purpose.
    pub consents: Vec<Consent>,
}

/// A name under which a person is known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct KnownIdentifier {
    /// The name, as `?identifier=` takes it.
    #[schema(example = "phone:+491701234567")]
    pub identifier: String,
    /// How surely it is theirs: `verified` or `recorded`.
    #[schema(example = "verified")]
    pub evidence: String,
    /// When the earliest event names it.
    pub first_seen: Timestamp,
    /// From when on it means somebody else, because it was replaced.
    pub until: Option<Timestamp>,
}

/// A name that somebody typed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ClaimedIdentifier {
    /// The name.
    #[schema(example = "email:ada@example.com")]
    pub identifier: String,
    /// On which connection it was typed.
    pub connection: String,
    /// In which event.
    pub event: String,
    /// When.
    pub at: Timestamp,
}

/// The values that hold for a field, and the ones that do not.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Attribute {
    /// The field.
    #[schema(example = "name")]
    pub field: String,
    /// The first of the values that hold.
    pub value: String,
    /// Who says so.
    pub source: Source,
    /// Every value that holds, the best first: one, or of `email`, `phone` and `address`, which people have several
    /// of, as many as there are.
    pub values: Vec<HeldValue>,
    /// Every other value that was stated, the next best first.
    pub others: Vec<OtherValue>,
}

/// A value that holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct HeldValue {
    /// The value, as its best source spells it.
    pub value: String,
    /// Everybody who says so, the best first.
    pub sources: Vec<Source>,
    /// The value that held before the best source said it last.
    pub replaced: Option<String>,
}

/// A value that was stated and does not hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OtherValue {
    /// The value; empty where it was stated that there is none.
    pub value: String,
    /// Who says so.
    pub source: Source,
    /// The value that held before; `null` too where this one never held.
    pub replaced: Option<String>,
}

/// Where a value came from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// Which connection.
    pub connection: String,
    /// What people call it.
    pub title: String,
    /// In which event it was said last.
    pub event: String,
    /// When it was said last.
    pub at: Timestamp,
    /// When it was said first.
    pub since: Timestamp,
}

impl From<profile::Profile> for Profile {
    fn from(profile: profile::Profile) -> Self {
        Self {
            name: profile.attribute("name").map(str::to_owned),
            id: profile.id.into(),
            conversation: profile.conversation.map(Into::into),
            active_at: Timestamp(profile.active_at),
            identifiers: profile.identifiers.into_iter().map(Into::into).collect(),
            claims: profile.claims.into_iter().map(Into::into).collect(),
            attributes: profile.attributes.into_iter().map(Into::into).collect(),
            consents: profile.consents.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<profile::KnownIdentifier> for KnownIdentifier {
    fn from(known: profile::KnownIdentifier) -> Self {
        Self {
            identifier: known.identifier.to_string(),
            evidence: known.evidence.as_str().to_owned(),
            first_seen: Timestamp(known.seen),
            until: known.until.map(Timestamp),
        }
    }
}

impl From<profile::ClaimedIdentifier> for ClaimedIdentifier {
    fn from(claim: profile::ClaimedIdentifier) -> Self {
        Self {
            identifier: claim.identifier.to_string(),
            connection: claim.connection.into(),
            event: claim.event.into(),
            at: Timestamp(claim.at),
        }
    }
}

impl From<profile::AttributeView> for Attribute {
    fn from(view: profile::AttributeView) -> Self {
        let other = |other: profile::OtherValue| OtherValue {
            value: other.value,
            source: other.source.into(),
            replaced: other.replaced,
        };
        let held = |held: profile::HeldValue| HeldValue {
            value: held.value,
            sources: held.sources.into_iter().map(Into::into).collect(),
            replaced: held.replaced,
        };
        Self {
            field: view.field,
            value: view.value,
            source: view.source.into(),
            values: view.values.into_iter().map(held).collect(),
            others: view.others.into_iter().map(other).collect(),
        }
    }
}

impl From<profile::Source> for Source {
    fn from(source: profile::Source) -> Self {
        Self {
            connection: source.connection.into(),
            title: source.title,
            event: source.event.into(),
            at: Timestamp(source.at),
            since: Timestamp(source.since),
        }
    }
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProfileQuery {
    /// The one person who is surely known by this name, `namespace:value`: a list of one or none.
    #[param(example = "phone:+491701234567")]
    identifier: Option<String>,
    /// People who are meant by this, the best first: by name, also with a slip of the keyboard; by an identifier,
    /// its beginning, or the end of a telephone number; by the number of an order. `/api/v1/search` looks into
    /// messages too, and says what fitted.
    search: Option<String>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// How many at most; 50 unless told.
    limit: Option<u32>,
}

/// People, the ones last heard of first; with `search`, the best first.
#[utoipa::path(get, path = "/api/v1/profiles", tag = "profiles", params(ProfileQuery),
    responses((status = 200, body = Paged<Profile>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ProfileQuery>,
) -> Result<axum::Json<Paged<Profile>>, Problem> {
    if let Some(text) = query.identifier {
        if query.search.is_some() || query.cursor.is_some() {
            return Err(Problem::bad_request(
                "`identifier` names one person: leave out `search` and `cursor`, or leave out `identifier`",
            ));
        }
        let identifier = asked(identifier(&text)?, http.hub.config().identity.region);
        let found = http.store().profile_by(&identifier).await?;
        if let Some(profile) = &found {
            http.hub.looked(&caller.who, "profile-viewed", &profile.id);
        }
        return Ok(axum::Json(Paged::whole(found.into_iter().map(Into::into).collect())));
    }
    let page = PageQuery { cursor: query.cursor, limit: query.limit }.request(http.pages())?;
    let words = query.search.filter(|words| !words.trim().is_empty());
    let search = words.as_deref().map(|words| read(words, http.hub.config().identity.region)).transpose()?;
    Ok(axum::Json(Paged::of(http.store().profiles(search.as_ref(), &page).await?)))
}

/// Reads an identifier from a query, where a `+` that was not escaped arrives as a space.
fn identifier(text: &str) -> Result<Identifier, Problem> {
    let unescaped = text.strip_prefix("phone: ").map(|digits| format!("phone:+{digits}"));
    unescaped.as_deref().unwrap_or(text).parse().map_err(|error| Problem::bad_request(format!("{error}")))
}

/// One person, by any id that ever stood for them.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}", tag = "profiles",
    params(("profile" = String, Path, description = "The person's id")),
    responses((status = 200, body = Profile), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(id): Path<ProfileId>,
) -> Result<axum::Json<Profile>, Problem> {
    match http.store().profile(&id).await? {
        Some(profile) => Ok(axum::Json(profile.into())),
        None => Err(missing(&http, &id).await),
    }
}

/// Says that nobody has this id.
pub(super) fn unknown(id: &ProfileId) -> Problem {
    Problem::not_found(format!("nobody has the id {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_that_was_not_escaped_is_still_a_plus() {
        for text in ["phone:+491701234567", "phone: 491701234567"] {
            assert_eq!(identifier(text).expect("an identifier").to_string(), "phone:+491701234567");
        }
    }

    #[test]
    fn what_is_no_identifier_is_a_bad_request() {
        assert_eq!(identifier("nonsense").expect_err("no colon").status(), 400);
    }
}
