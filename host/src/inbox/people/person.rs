//! One person: what is known of them, who says so, and what happened.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::happened::{Happened, amount};
use crate::http::api::privacy::missing;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::clock::Moment;
use crate::inbox::frame::{Frame, Page};
use crate::inbox::suggestions::Card;
use crate::inbox::words::Words;
use crate::model::attribute::{AttributeView, Source};
use crate::model::consent::ConsentView;
use crate::model::event::EventKind;
use crate::model::id::ProfileId;
use crate::model::identifier::{Evidence, Identifier};
use crate::model::profile::{Profile, RecordView, TimelineEntry};
use crate::store::{PageRequest, RecordFilter};

/// How many orders and suggestions stand beside a person; the rest has pages of its own.
const BESIDE: u32 = 5;

/// What a person is called, and the letters that stand for a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) name: String,
    pub(crate) initials: String,
}

impl Face {
    /// Of a person.
    pub(crate) fn of(profile: &Profile, words: Words) -> Self {
        Self::named(&called(profile, words))
    }

    /// Of a name.
    pub(crate) fn named(name: &str) -> Self {
        let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
        let letters: Vec<char> = letters.collect();
        let initials = match letters.as_slice() {
            [] => "?".to_owned(),
            [one] => one.to_uppercase().collect(),
            [first, .., last] => first.to_uppercase().chain(last.to_uppercase()).collect(),
        };
        Self { name: name.to_owned(), initials }
    }
}

/// What to call a person: the name, else what they are known by.
pub(crate) fn called(profile: &Profile, words: Words) -> String {
    if let Some(name) = profile.attribute("name").filter(|name| !name.trim().is_empty()) {
        return name.to_owned();
    }
    let known = profile.identifiers.iter().find(|known| known.until.is_none());
    known.map_or_else(|| words.say("person-nobody"), |known| known.identifier.value.clone())
}

/// What kind of name it is.
pub(crate) fn namespace(identifier: &Identifier, words: Words) -> String {
    words.of("namespace", &identifier.namespace)
}

/// The look of a badge for how sure something is.
pub(super) fn look(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Verified => "good",
        Evidence::Recorded => "",
        Evidence::Claimed => "warn",
    }
}

/// One person.
#[derive(Template)]
#[template(path = "people/person.html")]
pub(super) struct PersonPage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) active: Moment,
    pub(super) conversation: Option<String>,
    pub(super) values: Vec<Value>,
    pub(super) names: Vec<Name>,
    pub(super) consents: Vec<Leave>,
    pub(super) orders: Vec<OrderLine>,
    pub(super) all_orders: String,
    pub(super) suggestions: Vec<Card>,
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
}

/// A field of a person and what is said of it.
pub(super) struct Value {
    pub(super) field: String,
    pub(super) held: Vec<Held>,
    pub(super) others: Vec<Said>,
}

/// A value that holds.
pub(super) struct Held {
    pub(super) value: String,
    pub(super) sources: Vec<Said>,
    pub(super) replaced: Option<String>,
}

/// Who says something, and when.
pub(super) struct Said {
    /// What was said; empty where that stands beside.
    pub(super) value: String,
    pub(super) title: String,
    pub(super) at: Moment,
}

impl Said {
    fn by(value: &str, source: &Source, frame: &Frame) -> Self {
        let title = Some(source.title.clone()).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| frame.say("person-source-gone"));
        Self { value: value.to_owned(), title, at: frame.time(source.at) }
    }
}

impl Value {
    fn of(view: &AttributeView, frame: &Frame) -> Self {
        let others = view.others.iter().map(|other| {
            let none = || frame.say("person-no-value");
            let value = if other.value.is_empty() { none() } else { other.value.clone() };
            Said::by(&value, &other.source, frame)
        });
        let held = view.values.iter().map(|held| Held {
            value: held.value.clone(),
            sources: held.sources.iter().map(|source| Said::by("", source, frame)).collect(),
            replaced: held.replaced.clone(),
        });
        Self { field: frame.words.of("field", &view.field), held: held.collect(), others: others.collect() }
    }
}

/// A name under which a person is known, or which somebody typed.
pub(super) struct Name {
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) evidence: String,
    pub(super) hint: String,
    pub(super) look: &'static str,
    pub(super) since: Moment,
    pub(super) until: Option<Moment>,
}

impl Name {
    pub(super) fn all(profile: &Profile, frame: &Frame) -> Vec<Self> {
        let name = |identifier: &Identifier, evidence: Evidence, since: i64, until: Option<i64>| Self {
            kind: namespace(identifier, frame.words),
            value: identifier.value.clone(),
            evidence: frame.words.of("evidence", evidence.as_str()),
            hint: frame.words.of("evidence-means", evidence.as_str()),
            look: look(evidence),
            since: frame.time(since),
            until: until.map(|until| frame.time(until)),
        };
        let known = profile.identifiers.iter();
        let known = known.map(|one| name(&one.identifier, one.evidence, one.seen, one.until));
        let claims = profile.claims.iter();
        known.chain(claims.map(|one| name(&one.identifier, Evidence::Claimed, one.at, None))).collect()
    }
}

/// How leave for one purpose on one channel stands.
pub(super) struct Leave {
    pub(super) channel: String,
    pub(super) purpose: String,
    pub(super) granted: bool,
    pub(super) source: String,
    pub(super) proof: String,
    pub(super) at: Moment,
}

impl Leave {
    fn of(view: &ConsentView, frame: &Frame) -> Self {
        Self {
            channel: frame.words.of("channel", &view.channel),
            purpose: frame.words.of("purpose", &view.purpose),
            granted: view.granted,
            source: view.decisive.source().to_owned(),
            proof: view.decisive.proof.clone().unwrap_or_default(),
            at: frame.time(view.decisive.at),
        }
    }
}

/// An order in a list.
pub(crate) struct OrderLine {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) total: String,
    pub(crate) changed: Moment,
}

impl OrderLine {
    /// Of a record.
    pub(crate) fn of(record: &RecordView, frame: &Frame) -> Self {
        Self {
            path: format!("/orders/{}/{}", record.connection, address::part(&record.vendor_id)),
            name: if record.name.is_empty() { record.vendor_id.clone() } else { record.name.clone() },
            state: frame.words.of("state", &record.state),
            total: amount(record.total.as_ref(), frame.words).unwrap_or_default(),
            changed: frame.time(record.changed_at),
        }
    }
}

/// A line of the time line.
pub(super) struct Entry {
    pub(super) happened: Happened,
    pub(super) source: String,
    pub(super) at: Moment,
    pub(super) event: String,
}

/// Which page of the time line.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    cursor: Option<String>,
}

/// The person of an id, and their address; one that was erased or never was is a problem.
pub(super) async fn load(http: &Http, id: &ProfileId) -> Result<Profile, Problem> {
    match http.store().profile(id).await? {
        Some(profile) => Ok(profile),
        None => Err(missing(http, id).await),
    }
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let profile = load(&http, &id).await?;
    let path = format!("/people/{}", profile.id);
    if profile.id != id {
        return Ok(Redirect::to(&path).into_response());
    }
    let titles = crate::inbox::titles(&http).await?;
    let few = PageRequest::first(BESIDE);
    let suggested = http.store().suggestions_of(&profile.id, &few).await?;
    let filter = RecordFilter {
        profile: Some(profile.id.clone()),
        kind: Some(EventKind::Order.as_str().to_owned()),
        connection: None,
    };
    let orders = http.store().records(&filter, &few).await?;
    let first = which.cursor.as_ref().map(|_| path.clone());
    let request = PageRequest { cursor: which.cursor, limit: http.pages().usual };
    let timeline = http.store().timeline(&profile.id, &request).await?;
    let entry = |entry: &TimelineEntry| Entry {
        happened: Happened::of(entry, frame.words),
        source: titles.of(&entry.connection, frame.words),
        at: frame.time(entry.at),
        event: entry.event.to_string(),
    };
    let page = PersonPage {
        face: Face::of(&profile, frame.words),
        active: frame.time(profile.active_at),
        conversation: profile.conversation.as_ref().map(|id| format!("/conversations/{id}")),
        values: profile.attributes.iter().map(|view| Value::of(view, &frame)).collect(),
        names: Name::all(&profile, &frame),
        consents: profile.consents.iter().map(|view| Leave::of(view, &frame)).collect(),
        orders: orders.items.iter().map(|record| OrderLine::of(record, &frame)).collect(),
        all_orders: address::with("/orders", &[("person", profile.id.as_str())]),
        suggestions: suggested.items.iter().map(|one| Card::of(one, &frame)).collect(),
        entries: timeline.items.iter().map(entry).collect(),
        next: timeline.next.map(|next| address::with(&path, &[("cursor", &next)])),
        first,
        path,
        frame,
    };
    Ok(Page(page).into_response())
}

#[cfg(test)]
impl Name {
    /// A name that is proved, one that was typed, and one that is somebody else's by now.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let name = |value: &str, evidence: Evidence, until| Self {
            kind: "E-mail".to_owned(),
            value: value.to_owned(),
            evidence: frame.words.of("evidence", evidence.as_str()),
            hint: frame.words.of("evidence-means", evidence.as_str()),
            look: look(evidence),
            since: frame.time(0),
            until,
        };
        vec![
            name("ada@example.com", Evidence::Verified, None),
            name("<b>bold@example.com", Evidence::Claimed, None),
            name("+491701234567", Evidence::Recorded, Some(frame.time(5))),
        ]
    }
}

#[cfg(test)]
impl OrderLine {
    /// An order.
    pub(crate) fn sample(frame: &Frame) -> Self {
        Self {
            path: "/orders/conn_0123456789abcdefghjkmnpqrs/6".to_owned(),
            name: "#1001".to_owned(),
            state: frame.words.of("state", "open"),
            total: "89.70 EUR".to_owned(),
            changed: frame.time(frame.clock.now),
        }
    }
}

#[cfg(test)]
impl PersonPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let said = |value: &str| Said {
            value: value.to_owned(),
            title: "Web shop".to_owned(),
            at: frame.time(frame.clock.now),
        };
        let held = Held {
            value: "Ada Lovelace".to_owned(),
            sources: vec![said("")],
            replaced: Some("A. Lovelace".to_owned()),
        };
        let leave = |granted| Leave {
            channel: "e-mail".to_owned(),
            purpose: "marketing".to_owned(),
            granted,
            source: "Web shop".to_owned(),
            proof: "form 17".to_owned(),
            at: frame.time(0),
        };
        let entry = |look, text: &str, decided| Entry {
            happened: Happened { look, what: "Wrote".to_owned(), text: text.to_owned(), decided },
            source: "Support".to_owned(),
            at: frame.time(frame.clock.now),
            event: "evt_0123456789abcdefghjkmnpqrs".to_owned(),
        };
        let full = Self {
            conversation: Some("/conversations/conv_1".to_owned()),
            values: vec![Value { field: "Name".to_owned(), held: vec![held], others: vec![said("Ada")] }],
            names: Name::samples(frame),
            consents: vec![leave(true), leave(false)],
            orders: vec![OrderLine::sample(frame)],
            suggestions: vec![Card::sample(frame)],
            entries: vec![
                entry("from", "Where is my kettle?", false),
                entry("ours", "", true),
                entry("", "", false),
            ],
            next: Some("/people/prof_1?cursor=x".to_owned()),
            first: Some("/people/prof_1".to_owned()),
            ..Self::empty(frame)
        };
        vec![full, Self::empty(frame)]
    }

    fn empty(frame: &Frame) -> Self {
        Self {
            frame: frame.clone(),
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named("Ada Lovelace"),
            active: frame.time(frame.clock.now),
            conversation: None,
            values: Vec::new(),
            names: Vec::new(),
            consents: Vec::new(),
            orders: Vec::new(),
            all_orders: "/orders?person=x".to_owned(),
            suggestions: Vec::new(),
            entries: Vec::new(),
            next: None,
            first: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, initials) in [
            ("Ada Lovelace", "AL"),
            ("Jean Luc Picard", "JP"),
            ("ada", "A"),
            ("+49170", "?"),
            ("élodie ø", "ÉØ"),
        ] {
            assert_eq!(Face::named(name).initials, initials, "{name}");
        }
    }
}
