//! People, found by what is known of them.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::person::{Face, namespace};
use crate::http::api::search::read;
use crate::http::extract::Query;
use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::clock::Moment;
use crate::inbox::frame::{Frame, Page};
use crate::model::profile::Profile;
use crate::model::search::Match;
use crate::store::PageRequest;

/// People, the ones last heard of first; of those searched the best first.
#[derive(Template)]
#[template(path = "people/list.html")]
pub(super) struct PeoplePage {
    pub(super) frame: Frame,
    pub(super) search: String,
    pub(super) people: Vec<Found>,
    /// How many of the last events are not searched yet.
    pub(super) behind: u64,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
}

/// Somebody in the list.
pub(super) struct Found {
    pub(super) path: String,
    pub(super) face: Face,
    /// Under which names.
    pub(super) names: Vec<(String, String)>,
    /// How many names more.
    pub(super) more: usize,
    /// What fitted the search, where that is not seen anyway: where, and what.
    pub(super) fits: Vec<(String, String)>,
    pub(super) active: Moment,
}

impl Found {
    pub(super) fn new(profile: &Profile, matches: &[Match], frame: &Frame) -> Self {
        const SHOWN: usize = 2;
        let names = profile.identifiers.iter().filter(|known| known.until.is_none());
        let names: Vec<_> = names
            .map(|known| (namespace(&known.identifier, frame.words), known.identifier.value.clone()))
            .collect();
        let seen = |text: &str| {
            profile.attribute("name") == Some(text) || names.iter().take(SHOWN).any(|(_, name)| name == text)
        };
        let fits = matches.iter().filter(|fit| !seen(&fit.text)).take(2);
        Self {
            path: format!("/people/{}", profile.id),
            face: Face::of(profile, frame.words),
            fits: fits.map(|fit| (frame.words.of("place", fit.place.as_str()), fit.text.clone())).collect(),
            more: names.len().saturating_sub(SHOWN),
            names: names.into_iter().take(SHOWN).collect(),
            active: frame.time(profile.active_at),
        }
    }
}

/// Which people.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    search: String,
    cursor: Option<String>,
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let search = which.search.trim().to_owned();
    let first = which.cursor.as_ref().map(|_| address::with("/people", &[("search", &search)]));
    let (people, next, behind) = find(&http, &frame, &search, which.cursor).await?;
    let next = next.map(|next| address::with("/people", &[("search", &search), ("cursor", &next)]));
    Ok(Page(PeoplePage { frame, search, people, behind, next, first }))
}

/// A page of the people whom a search means, or of everybody; the cursor of the next one, and how many events are
/// not searched yet.
pub(super) async fn find(
    http: &Http,
    frame: &Frame,
    search: &str,
    cursor: Option<String>,
) -> Result<(Vec<Found>, Option<String>, u64), Problem> {
    let page = PageRequest { cursor, limit: http.pages().usual };
    // What holds nothing to look for, such as a lone comma, finds everybody.
    let Ok(query) = read(search, http.hub.config().identity.region) else {
        let found = http.store().profiles(None, &page).await?;
        let people = found.items.iter().map(|profile| Found::new(profile, &[], frame)).collect();
        return Ok((people, found.next, 0));
    };
    let found = http.store().search(&query, &[], &page).await?;
    let people = found.page.items.iter().map(|hit| Found::new(&hit.profile, &hit.matches, frame)).collect();
    Ok((people, found.page.next, found.behind))
}

#[cfg(test)]
impl Found {
    /// Somebody with a name, and somebody without.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let found = |name: &str, more, fits| Self {
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named(name),
            names: vec![("E-mail".to_owned(), "ada@example.com".to_owned())],
            more,
            fits,
            active: frame.time(frame.clock.now),
        };
        let fits = vec![("Message".to_owned(), "Where is my <kettle>?".to_owned())];
        vec![found("Ada Lovelace", 3, fits), found("+491701234567", 0, Vec::new())]
    }
}

#[cfg(test)]
impl PeoplePage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let page = |search: &str, people, behind, more: bool| Self {
            frame: frame.clone(),
            search: search.to_owned(),
            people,
            behind,
            next: more.then(|| "/people?cursor=x".to_owned()),
            first: more.then(|| "/people".to_owned()),
        };
        vec![
            page("ada", Found::samples(frame), 3, true),
            page("", Vec::new(), 0, false),
            page("nobody", Vec::new(), 0, false),
        ]
    }
}
