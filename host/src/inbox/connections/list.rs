//! Every connection, and how it fares.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::frame::{Frame, Page};
use crate::model::connection::ConnectionState;
use crate::model::id::ConnectionId;
use crate::model::usage::HOUR_MS;
use crate::store::UsageFilter;

/// The connections.
#[derive(Template)]
#[template(path = "connections/list.html")]
pub(in crate::inbox) struct ConnectionsPage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) connections: Vec<Line>,
}

/// A connection in the list.
pub(in crate::inbox) struct Line {
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) plugin: String,
    pub(in crate::inbox) standing: Standing,
    pub(in crate::inbox) problem: Option<String>,
    /// How often its plugin was called in the last 24 hours, and how many calls failed, in words.
    pub(in crate::inbox) calls: String,
    /// Where its parked deliveries are, and how many; none where nothing is parked.
    pub(in crate::inbox) parked: Option<(String, String)>,
}

/// How a connection stands, in a word and its look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::inbox) struct Standing {
    pub(in crate::inbox) word: String,
    pub(in crate::inbox) look: &'static str,
}

impl Standing {
    /// What is wrong outranks that it rests, and that that it is paused.
    pub(super) fn of(state: ConnectionState, resting: bool, broken: bool, frame: &Frame) -> Self {
        let (key, look) = match state {
            ConnectionState::Active if broken => ("standing-broken", "bad"),
            ConnectionState::Active if resting => ("standing-resting", "warn"),
            ConnectionState::Active => ("standing-active", "good"),
            ConnectionState::Paused => ("standing-paused", "warn"),
        };
        Self { word: frame.say(key), look }
    }
}

pub(super) async fn show(State(http): State<Http>, frame: Frame) -> Result<impl IntoResponse, Problem> {
    let sizes = http.store().parked_sizes().await?;
    let filter = UsageFilter { connection: None, plugin: None, since: frame.clock.now - 24 * HOUR_MS };
    let mut calls: HashMap<ConnectionId, (u64, u64)> = HashMap::new();
    for (_, hour) in http.hub.usage(&filter).await? {
        let sum = calls.entry(hour.of).or_default();
        sum.0 += hour.usage.calls;
        sum.1 += hour.usage.failed();
    }
    let mut connections = Vec::new();
    for connection in http.store().connections().await? {
        let problem = http.hub.problem(&connection.id);
        let resting = http.store().resting(&connection.id).await?.is_some();
        let waiting =
            sizes.iter().find(|(id, _)| *id == connection.id).map_or(0, |(_, size)| size.deliveries);
        let parked = address::with("/deliveries", &[("connection", connection.id.as_str())]);
        connections.push(Line {
            path: format!("/connections/{}", connection.id),
            standing: Standing::of(connection.state, resting, problem.is_some(), &frame),
            calls: calls.get(&connection.id).map_or_else(
                || frame.say("connections-quiet"),
                |(calls, failed)| frame.words.say2("connections-calls", ("count", calls), ("failed", failed)),
            ),
            parked: (waiting > 0).then(|| (parked, frame.words.number(&waiting))),
            title: connection.title,
            plugin: connection.plugin,
            problem,
        });
    }
    Ok(Page(ConnectionsPage { frame, connections }))
}

#[cfg(test)]
impl Standing {
    /// Every way to stand.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        vec![
            Self::of(ConnectionState::Active, false, false, frame),
            Self::of(ConnectionState::Active, true, false, frame),
            Self::of(ConnectionState::Active, true, true, frame),
            Self::of(ConnectionState::Paused, true, true, frame),
        ]
    }
}

#[cfg(test)]
impl ConnectionsPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let line = |standing| Line {
            path: "/connections/conn_0123456789abcdefghjkmnpqrs".to_owned(),
            title: "Support".to_owned(),
            plugin: "echo-channel".to_owned(),
            standing,
            problem: Some("its plugin does not run".to_owned()),
            calls: frame.say("connections-quiet"),
            parked: Some(("/deliveries".to_owned(), "3".to_owned())),
        };
        let all = Standing::samples(frame).into_iter().map(line).collect();
        vec![
            Self { frame: frame.clone(), connections: all },
            Self { frame: frame.clone(), connections: Vec::new() },
        ]
    }
}
