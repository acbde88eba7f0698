//! What plugins use.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::time::Timestamp;
use crate::model::id::ConnectionId;
use crate::model::usage::{self, BOUNDS_US, HOUR_MS, Hour};
use crate::store::UsageFilter;

/// The most hours that can be asked for: a year.
const MOST: u32 = 366 * 24;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Since {
    /// How many hours, the current one included; 24 unless told.
    #[serde(default = "a_day")]
    #[param(minimum = 1, maximum = 8784, default = 24)]
    hours: u32,
}

fn a_day() -> u32 {
    24
}

/// Sums over calls.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// How many calls.
    pub calls: u64,
    /// How many did not do what was asked, by kind: `trap`, `budget`, `garbage`, `retry`, `reject`,
    /// `misconfigured`, `access-denied`, `error`, `unavailable`.
    pub failures: BTreeMap<String, u64>,
    /// Seconds from start to end.
    pub wall_seconds: f64,
    /// Seconds spent computing, without waiting for the hub or a vendor.
    pub cpu_seconds: f64,
    /// The most bytes of memory that one call held at once.
    pub peak_memory: u64,
    /// Bytes handed to the plugin.
    pub bytes_in: u64,
    /// Bytes that it handed back.
    pub bytes_out: u64,
    /// Calls to the hub.
    pub host_calls: u64,
    /// Outgoing requests.
    pub requests: u64,
    /// Bytes of outgoing requests: addresses, headers and bodies.
    pub sent: u64,
    /// Bytes of the bodies of their answers.
    pub received: u64,
    /// How often it was denied something: a host, a secret, a topic.
    pub denied: u64,
    /// How long calls took.
    pub times: Vec<TimeClass>,
}

/// Calls that took about as long.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TimeClass {
    /// At most so many seconds; null for those that took longer than every bound.
    pub at_most_seconds: Option<f64>,
    /// How many, those of the shorter classes not among them.
    pub calls: u64,
}

/// Usage of one hour.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct UsageHour {
    /// When the hour began.
    pub at: Timestamp,
    /// What was used in it.
    pub usage: Usage,
}

/// What a connection used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ConnectionUsage {
    /// The connection's id.
    pub connection: String,
    /// All hours together.
    pub total: Usage,
    /// Hour by hour, the oldest first; an hour without a call is left out.
    pub hours: Vec<UsageHour>,
}

/// What a plugin used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginUsage {
    /// The plugin's name.
    pub plugin: String,
    /// All hours of all connections together.
    pub total: Usage,
    /// By connection, in the order of their ids, those removed since included.
    pub connections: Vec<OneConnection>,
    /// Hour by hour over all connections, the oldest first.
    pub hours: Vec<UsageHour>,
}

/// A connection's part of what its plugin used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OneConnection {
    /// The connection's id.
    pub connection: String,
    /// All hours together.
    pub total: Usage,
}

impl From<usage::Usage> for Usage {
    fn from(usage: usage::Usage) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a year are far below 2^52")]
        let seconds = |us: u64| us as f64 / 1e6;
        let bounds = BOUNDS_US.iter().map(|bound| Some(seconds(*bound))).chain([None]);
        let times = bounds.zip(&usage.times);
        Self {
            times: times
                .map(|(at_most_seconds, calls)| TimeClass { at_most_seconds, calls: *calls })
                .collect(),
            calls: usage.calls,
            wall_seconds: seconds(usage.wall_us),
            cpu_seconds: seconds(usage.cpu_us),
            peak_memory: usage.peak_memory,
            bytes_in: usage.bytes_in,
            bytes_out: usage.bytes_out,
            host_calls: usage.host_calls,
            requests: usage.requests,
            sent: usage.sent,
            received: usage.received,
            denied: usage.denied,
            failures: usage.failures,
        }
    }
}

/// Sums hours by what `key` says.
fn sums<K: Ord>(
    hours: &[(String, Hour<ConnectionId>)],
    key: impl Fn(&Hour<ConnectionId>) -> K,
) -> BTreeMap<K, usage::Usage> {
    let mut sums: BTreeMap<K, usage::Usage> = BTreeMap::new();
    hours.iter().for_each(|(_, hour)| sums.entry(key(hour)).or_default().merge(&hour.usage));
    sums
}

fn by_hour(hours: &[(String, Hour<ConnectionId>)]) -> Vec<UsageHour> {
    let sums = sums(hours, |hour| hour.at).into_iter();
    sums.map(|(at, usage)| UsageHour { at: Timestamp(at), usage: usage.into() }).collect()
}

fn total(hours: &[(String, Hour<ConnectionId>)]) -> Usage {
    sums(hours, |_| ()).remove(&()).unwrap_or_default().into()
}

impl Since {
    /// When the first of the hours began.
    fn at(&self, http: &Http) -> Result<i64, Problem> {
        if self.hours == 0 || self.hours > MOST {
            return Err(Problem::bad_request(format!("`hours` is from 1 to {MOST}")));
        }
        let now = http.hub.ambient().now_ms();
        Ok(now - now.rem_euclid(HOUR_MS) - i64::from(self.hours - 1) * HOUR_MS)
    }
}

/// What a connection's calls used.
#[utoipa::path(get, path = "/api/v1/connections/{connection}/usage", tag = "connections",
    params(("connection" = String, Path, description = "The connection's id"), Since),
    responses((status = 200, body = ConnectionUsage), (status = 404, body = Problem)))]
pub(in super::super) async fn connection(
    State(http): State<Http>,
    Path(id): Path<ConnectionId>,
    Query(since): Query<Since>,
) -> Result<axum::Json<ConnectionUsage>, Problem> {
    if http.store().connection(&id).await?.is_none() {
        return Err(Problem::not_found(format!("there is no connection {id}")));
    }
    let filter = UsageFilter { connection: Some(id.clone()), plugin: None, since: since.at(&http)? };
    let hours = http.hub.usage(&filter).await?;
    let shown = ConnectionUsage { connection: id.into(), total: total(&hours), hours: by_hour(&hours) };
    Ok(axum::Json(shown))
}

/// What the calls of a plugin used, over all its connections.
#[utoipa::path(get, path = "/api/v1/plugins/{plugin}/usage", tag = "plugins",
    params(("plugin" = String, Path, description = "The plugin's name"), Since),
    responses((status = 200, body = PluginUsage), (status = 404, body = Problem)))]
pub(in super::super) async fn plugin(
    State(http): State<Http>,
    Path(name): Path<String>,
    Query(since): Query<Since>,
) -> Result<axum::Json<PluginUsage>, Problem> {
    let filter = UsageFilter { connection: None, plugin: Some(name.clone()), since: since.at(&http)? };
    let hours = http.hub.usage(&filter).await?;
    if hours.is_empty() && !http.hub.plugins().iter().any(|plugin| plugin.name == name) {
        return Err(Problem::not_found(format!("no plugin `{name}` is installed")));
    }
    let connections = sums(&hours, |hour| hour.of.to_string()).into_iter();
    let connections =
        connections.map(|(connection, usage)| OneConnection { connection, total: usage.into() }).collect();
    Ok(axum::Json(PluginUsage { plugin: name, total: total(&hours), connections, hours: by_hour(&hours) }))
}
