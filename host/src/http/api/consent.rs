//! What people agreed to, on which channel and for what.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::profile::unknown;
use super::time::Timestamp;
use crate::model::consent::{ConsentEntry, ConsentView, check};
use crate::model::id::ProfileId;
use crate::model::identifier::Identifier;
use crate::model::normal::asked;
use crate::store::{NewConsent, Unrecorded};

/// How leave for one purpose on one channel stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Consent {
    /// On which channel; `all` is every one.
    #[schema(example = "email")]
    pub channel: String,
    /// For what; `all` is everything.
    #[schema(example = "marketing")]
    pub purpose: String,
    /// Whether it holds.
    pub granted: bool,
    /// What decides it: the latest that was said of it.
    pub decisive: ConsentStatement,
    /// What else was said of it, the latest first: the last 20, in an export everything.
    pub earlier: Vec<ConsentStatement>,
}

/// One time that leave was given or withdrawn.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ConsentStatement {
    /// Given, or withdrawn.
    pub given: bool,
    /// How it was given.
    #[schema(example = "single_opt_in")]
    pub proof: Option<String>,
    /// Which connection says so; the hub's own for what was recorded by hand.
    pub connection: String,
    /// What people call it.
    pub title: String,
    /// Who recorded it by hand.
    pub recorded_by: Option<String>,
    /// In which event.
    pub event: String,
    /// When. What is recorded by hand counts as said after everything before it.
    pub at: Timestamp,
}

impl From<ConsentView> for Consent {
    fn from(view: ConsentView) -> Self {
        Self {
            channel: view.channel,
            purpose: view.purpose,
            granted: view.granted,
            decisive: view.decisive.into(),
            earlier: view.earlier.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ConsentEntry> for ConsentStatement {
    fn from(entry: ConsentEntry) -> Self {
        Self {
            given: entry.given,
            proof: entry.proof,
            connection: entry.connection.into(),
            title: entry.title,
            recorded_by: entry.recorded_by,
            event: entry.event.into(),
            at: Timestamp(entry.at),
        }
    }
}

/// Leave that somebody records by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RecordConsent {
    /// On which channel: the `channel.name` of a plugin, or `all`.
    #[schema(example = "email")]
    channel: String,
    /// For what, or `all`.
    #[schema(example = "marketing")]
    purpose: String,
    /// Given, or withdrawn.
    granted: bool,
    /// How it was given, such as where the signed form lies; a grant needs it.
    #[schema(example = "form 17, signed on 12 May")]
    proof: Option<String>,
    /// By which of the person's names it is kept, as `namespace:value`: when people are parted, it goes with that
    /// name. Without it the one that fits the channel best.
    #[schema(example = "email:ada@example.com")]
    identifier: Option<String>,
}

/// Records by hand what a person agreed to or withdrew. Recording the opposite undoes it.
#[utoipa::path(post, path = "/api/v1/profiles/{profile}/consents", tag = "profiles", request_body = RecordConsent,
    params(("profile" = String, Path, description = "The person's id")),
    responses((status = 200, body = Consent), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Nothing surely names the person, to keep it by"),
        (status = 422, body = Problem)))]
pub(in super::super) async fn record(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ProfileId>,
    Json(new): Json<RecordConsent>,
) -> Result<axum::Json<Consent>, Problem> {
    let invalid = |at: &str, message: String| {
        Problem::invalid(message.clone(), vec![Invalid { at: at.to_owned(), message }])
    };
    check(&new.channel, &new.purpose, new.granted, new.proof.as_deref())
        .map_err(|error| invalid(error.pointer(), error.to_string()))?;
    let region = http.hub.config().identity.region;
    let identifier = match new.identifier.map(|text| text.parse::<Identifier>()).transpose() {
        Ok(identifier) => identifier.map(|name| asked(name, region)),
        Err(error) => return Err(invalid("/identifier", format!("{error}"))),
    };
    let done = http
        .store()
        .record_consent(NewConsent {
            profile: id.clone(),
            channel: new.channel.clone(),
            purpose: new.purpose.clone(),
            granted: new.granted,
            proof: new.proof,
            identifier,
            by: caller.who,
        })
        .await?;
    done.map_err(|error| match error {
        Unrecorded::Nobody(_) => Problem::not_found(error.to_string()),
        Unrecorded::Nameless => Problem::conflict(error.to_string()),
        Unrecorded::NotTheirs(..) => invalid("/identifier", error.to_string()),
    })?;
    let person = http.store().profile(&id).await?.ok_or_else(|| unknown(&id))?;
    let recorded = person.consents.into_iter();
    let mut recorded = recorded.filter(|one| one.channel == new.channel && one.purpose == new.purpose);
    recorded.next().map(|consent| axum::Json(consent.into())).ok_or_else(|| unknown(&id))
}
