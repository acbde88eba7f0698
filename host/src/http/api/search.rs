//! The search: people by name, identifier, order and what was written.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::extract::Query;
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::PageQuery;
use super::profile::Profile;
use super::time::Timestamp;
use crate::model::identifier::Evidence;
use crate::model::normal::Region;
use crate::model::search;

/// Where something fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a name.
    Name,
    /// In an identifier.
    Identifier,
    /// In the number of an order, or the id of another record.
    Order,
    /// In the text of a message.
    Message,
}

impl From<search::Place> for Place {
    fn from(place: search::Place) -> Self {
        match place {
            search::Place::Name => Self::Name,
            search::Place::Identifier => Self::Identifier,
            search::Place::Order => Self::Order,
            search::Place::Message => Self::Message,
        }
    }
}

/// What fitted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Match {
    /// Where.
    pub place: Place,
    /// What stands there; of a message, the part that fitted.
    #[schema(example = "Ada Lovelace")]
    pub text: String,
    /// How well, up to 1000.
    pub score: u32,
    /// How surely the identifier is the person's: `verified`, `recorded` or `claimed`.
    pub evidence: Option<String>,
    /// Which message.
    pub message: Option<String>,
    /// Which order, or other record.
    pub record: Option<Record>,
    /// When the message was written, or the record changed last.
    pub at: Option<Timestamp>,
}

/// A record of another system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// Which connection's.
    pub connection: String,
    /// Which kind.
    #[schema(example = "order")]
    pub kind: String,
    /// The other system's id of it.
    pub vendor_id: String,
}

impl From<search::Match> for Match {
    fn from(fit: search::Match) -> Self {
        let record = |record: search::RecordRef| Record {
            connection: record.connection.into(),
            kind: record.kind,
            vendor_id: record.vendor_id,
        };
        Self {
            place: fit.place.into(),
            text: fit.text,
            score: fit.score,
            evidence: fit.evidence.map(|evidence: Evidence| evidence.as_str().to_owned()),
            message: fit.message.map(Into::into),
            record: fit.record.map(record),
            at: fit.at.map(Timestamp),
        }
    }
}

/// Somebody who was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hit {
    /// Who.
    pub profile: Profile,
    /// What fitted, the best first.
    pub matches: Vec<Match>,
}

/// A page of those who were found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hits {
    /// The people, the best first.
    pub items: Vec<Hit>,
    /// The `cursor` of the page after this; `null` on the last.
    pub next: Option<String>,
    /// How many of the last events are not searched yet: few, and for a moment, unless the search is being
    /// built anew.
    pub behind: u64,
}

/// What to look for, and where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// What was typed.
    #[param(example = "lovelace")]
    q: String,
    /// Where to look, any of `name`, `identifier`, `order`, `message` with commas between; everywhere without it.
    #[param(example = "name,identifier")]
    r#in: Option<String>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// How many at most; 50 unless told.
    limit: Option<u32>,
}

/// People who are meant by what was typed, the best first, with what fitted: a name, also with a slip of the
/// keyboard or while it is typed; an identifier, its beginning, or the end of a telephone number; the number of an
/// order; all words of a message.
#[utoipa::path(get, path = "/api/v1/search", tag = "profiles", params(SearchQuery),
    responses((status = 200, body = Hits), (status = 400, body = Problem)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Query(asked): Query<SearchQuery>,
) -> Result<axum::Json<Hits>, Problem> {
    let places = asked.r#in.as_deref().map(places).transpose()?.unwrap_or_default();
    let query = read(&asked.q, http.hub.config().identity.region)?;
    let page = PageQuery { cursor: asked.cursor, limit: asked.limit }.request(http.pages())?;
    let found = http.store().search(&query, &places, &page).await?;
    let hit = |hit: search::Hit| Hit {
        profile: hit.profile.into(),
        matches: hit.matches.into_iter().map(Into::into).collect(),
    };
    Ok(axum::Json(Hits {
        items: found.page.items.into_iter().map(hit).collect(),
        next: found.page.next,
        behind: found.behind,
    }))
}

/// Reads what was typed.
pub(crate) fn read(text: &str, region: Option<Region>) -> Result<search::Query, Problem> {
    search::Query::read(text, region).ok_or_else(|| {
        Problem::bad_request("there is nothing to look for: type a name, an identifier, an order or words")
    })
}

/// Reads where to look.
fn places(text: &str) -> Result<Vec<search::Place>, Problem> {
    let place = |name: &str| {
        search::Place::ALL.into_iter().find(|place| place.as_str() == name).ok_or_else(|| {
            let name: String = name.chars().take(20).collect();
            Problem::bad_request(format!(
                "`in` names `{name}`; it takes `name`, `identifier`, `order`, `message`"
            ))
        })
    };
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(place).collect()
}
