//! Who did what, and when.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::extract::Query;
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::store::AuditFilter;

/// One thing that somebody did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: an account's or token's id, `command line (USER)`, or `the hub`.
    #[schema(example = "tok_0123456789abcdefghjkmnpqrs")]
    pub who: String,
    /// What.
    #[schema(example = "plugin-approved")]
    pub action: String,
    /// To what.
    #[schema(example = "echo-channel")]
    pub subject: String,
    /// The details in words.
    pub detail: String,
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those of one subject: a plugin's name, a connection's id …
    subject: Option<String>,
    /// Only what this account or token did, by its id.
    who: Option<String>,
    /// Only this.
    #[param(example = "plugin-approved")]
    action: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many.
    limit: Option<u32>,
}

/// The audit log, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Which),
    responses((status = 200, body = Paged<AuditEntry>), (status = 400, body = Problem)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Query(which): Query<Which>,
) -> Result<axum::Json<Paged<AuditEntry>>, Problem> {
    let before =
        which.cursor.map(|cursor| cursor.parse::<i64>()).transpose().map_err(|_| Problem::cursor())?;
    let filter = AuditFilter { subject: which.subject, who: which.who, action: which.action };
    let limit = PageQuery { cursor: None, limit: which.limit }.request(http.pages())?.limit;
    let mut entries = http.store().audit(&filter, before, limit.saturating_add(1)).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.n.to_string());
    let items = entries.into_iter().map(|entry| AuditEntry {
        at: Timestamp(entry.at),
        who: entry.who,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
    });
    Ok(axum::Json(Paged { items: items.collect(), next }))
}
