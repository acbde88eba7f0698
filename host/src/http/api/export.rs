//! Everything that is held of a person, to be handed over.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::auth::Caller;
use super::super::export_page;
use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::identity::Sentence;
use super::message::Message;
use super::order::Order;
use super::privacy::missing;
use super::profile::Profile;
use super::time::Timestamp;
use super::timeline::TimelineEntry;
use crate::model::id::ProfileId;
use crate::store::{Audit, Held};

/// Everything that is held of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Export {
    /// When it was put together.
    pub made_at: Timestamp,
    /// Names, typed names, consents, and values with where each came from.
    pub profile: Profile,
    /// Why the names are taken for one person's.
    pub reasons: Vec<Sentence>,
    /// What somebody says of further names, and why it is not followed.
    pub doubts: Vec<Sentence>,
    /// What people decided of who the person is.
    pub decisions: Vec<Sentence>,
    /// All messages, the latest first, with what assistants said of them.
    pub messages: Vec<Message>,
    /// Orders, parcels and other records, those that changed last first.
    pub records: Vec<Order>,
    /// All that happened, the latest first.
    pub timeline: Vec<TimelineEntry>,
    /// Who said any of it.
    pub sources: Vec<Source>,
    /// Requests of these sources that are still kept as they came in.
    pub deliveries: Vec<Delivery>,
}

/// Who said something of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// The connection.
    pub connection: String,
    /// Its plugin.
    #[schema(example = "echo-channel")]
    pub plugin: String,
    /// What people call it.
    pub title: String,
}

/// A request that is still kept as it came in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// Whom it was for.
    pub connection: String,
    /// When it came.
    pub received_at: Timestamp,
}

impl Export {
    /// What is held, as it is handed over at `now` (milliseconds since the epoch, UTC).
    #[must_use]
    pub fn new(held: Held, now: i64) -> Self {
        let sentences =
            |list: Vec<crate::model::explain::Sentence>| list.into_iter().map(Into::into).collect();
        Self {
            made_at: Timestamp(now),
            profile: held.profile.into(),
            reasons: sentences(held.explained.reasons),
            doubts: sentences(held.explained.doubts),
            decisions: sentences(held.explained.decisions),
            messages: held.messages.into_iter().map(Into::into).collect(),
            records: held.records.into_iter().map(Into::into).collect(),
            timeline: held.timeline.into_iter().map(Into::into).collect(),
            sources: held
                .connections
                .into_iter()
                .map(|one| Source {
                    connection: one.id.into(),
                    plugin: one.plugin.to_string(),
                    title: one.title,
                })
                .collect(),
            deliveries: held
                .deliveries
                .into_iter()
                .map(|one| Delivery {
                    id: one.id.into(),
                    connection: one.connection.into(),
                    received_at: Timestamp(one.received_at),
                })
                .collect(),
        }
    }
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// For programs, as described here.
    #[default]
    Json,
    /// One page to read, print or hand over.
    Html,
}

/// How to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `json` or `html`.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// What the audit log says of an export.
pub(crate) fn exported(who: &str, format: Format) -> Audit {
    let detail = format!("as {format:?}").to_lowercase();
    Audit { who: who.to_owned(), action: "profile-exported", detail }
}

/// Everything that is held of a person, as JSON or as one page to hand over.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/export", tag = "profiles",
    params(("profile" = String, Path, description = "The person's id, or a former one"), How),
    responses((status = 200, content((Export = "application/json"), (String = "text/html"))),
        (status = 404, body = Problem), (status = 410, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ProfileId>,
    Query(how): Query<How>,
) -> Result<Response, Problem> {
    let Some(held) = http.store().everything(&id).await? else { return Err(missing(&http, &id).await) };
    http.store().note(exported(&caller.who, how.format), held.profile.id.as_str()).await?;
    let export = Export::new(held, http.hub.ambient().now_ms());
    let name = format!("{}.{}", export.profile.id, if how.format == Format::Html { "html" } else { "json" });
    let mut response = match how.format {
        Format::Json => axum::Json(&export).into_response(),
        Format::Html => export_page::render(&export).into_response(),
    };
    let headers = response.headers_mut();
    if how.format == Format::Html {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
