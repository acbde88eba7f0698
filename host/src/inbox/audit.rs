//! Who did what, and when.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;

use super::address;
use super::clock::Moment;
use super::frame::{Frame, Page};
use crate::http::extract::Query;
use crate::http::{Http, Problem};
use crate::model::id::{ConnectionId, DeliveryId, ProfileId};
use crate::store::AuditFilter;

/// The page of the audit log.
pub(super) fn routes() -> Router<Http> {
    Router::new().route("/audit", get(show))
}

/// The audit log, the newest first.
#[derive(Template)]
#[template(path = "audit.html")]
pub(super) struct AuditPage {
    pub(super) frame: Frame,
    pub(super) subject: String,
    pub(super) who: String,
    pub(super) action: String,
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
}

/// One thing that somebody did.
pub(super) struct Entry {
    pub(super) at: Moment,
    /// Who, as people call them, and where everything is that they did.
    pub(super) who: String,
    pub(super) all_of: String,
    /// What, in words, and where everything of the kind is.
    pub(super) action: String,
    pub(super) all_such: String,
    pub(super) subject: String,
    /// Where the subject is shown, where it has a page.
    pub(super) path: Option<String>,
    pub(super) detail: String,
}

/// Which entries.
#[derive(Debug, Default, Deserialize)]
struct Which {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    action: String,
    cursor: Option<String>,
}

/// Where a subject is shown, where it has a page.
fn page(subject: &str) -> Option<String> {
    let shown = [
        ("/people", subject.parse::<ProfileId>().is_ok()),
        ("/connections", subject.parse::<ConnectionId>().is_ok()),
        ("/deliveries", subject.parse::<DeliveryId>().is_ok()),
    ];
    let (folder, _) = shown.into_iter().find(|(_, fits)| *fits)?;
    Some(format!("{folder}/{subject}"))
}

async fn show(
    State(http): State<Http>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let before = which.cursor.as_deref().map(str::parse::<i64>).transpose().map_err(|_| Problem::cursor())?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter =
        AuditFilter { subject: given(&which.subject), who: given(&which.who), action: given(&which.action) };
    let limit = http.pages().usual;
    let mut found = http.store().audit(&filter, before, limit.saturating_add(1)).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let at = |cursor: &str| {
        address::with(
            "/audit",
            &[
                ("subject", &which.subject),
                ("who", &which.who),
                ("action", &which.action),
                ("cursor", cursor),
            ],
        )
    };
    let next = found.last().filter(|_| more).map(|entry| at(&entry.n.to_string()));
    let tokens = http.store().tokens().await?.into_iter();
    let names: HashMap<String, String> = tokens.map(|token| (token.id.to_string(), token.title)).collect();
    let entries = found.into_iter().map(|entry| Entry {
        at: frame.time(entry.at),
        all_of: address::with("/audit", &[("who", &entry.who)]),
        who: names.get(&entry.who).cloned().unwrap_or(entry.who),
        all_such: address::with("/audit", &[("action", &entry.action)]),
        action: frame.words.of("action", &entry.action),
        path: page(&entry.subject),
        subject: entry.subject,
        detail: entry.detail,
    });
    Ok(Page(AuditPage {
        entries: entries.collect(),
        next,
        first: which.cursor.as_ref().map(|_| at("")),
        subject: which.subject.clone(),
        who: which.who.clone(),
        action: which.action.clone(),
        frame,
    }))
}

#[cfg(test)]
impl AuditPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let entry = |path: Option<&str>| Entry {
            at: frame.time(0),
            who: "Kim".to_owned(),
            all_of: "/audit?who=x".to_owned(),
            action: frame.words.of("action", "plugin-approved"),
            all_such: "/audit?action=plugin-approved".to_owned(),
            subject: "echo-channel".to_owned(),
            path: path.map(str::to_owned),
            detail: "version 0.1.0".to_owned(),
        };
        let page = |who: &str, entries| Self {
            frame: frame.clone(),
            subject: String::new(),
            who: who.to_owned(),
            action: String::new(),
            entries,
            next: Some("/audit?cursor=1".to_owned()),
            first: None,
        };
        vec![page("", vec![entry(None), entry(Some("/people/prof_1"))]), page("kim", Vec::new())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_with_a_page_leads_there() {
        let id = "prof_00000000000000000000000000";
        assert_eq!(page(id), Some(format!("/people/{id}")));
        assert_eq!(page("echo-channel"), None);
    }
}
