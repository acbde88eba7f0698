//! Whom a conversation is with.

use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::clock::Moment;
use crate::inbox::frame::Frame;
use crate::inbox::people::{Face, OrderLine, namespace};
use crate::model::conversation::ConversationView;
use crate::model::identifier::Evidence;
use crate::model::profile::Profile;
use crate::store::{Filter, PageRequest, RecordFilter, Sort, View};

/// How many orders, suggestions, moods and other conversations stand beside a conversation.
const BESIDE: u32 = 5;

/// Whom a conversation is with, and what is known of them.
pub(super) struct Side {
    pub(super) path: String,
    pub(super) face: Face,
    /// Fields, their values and who says so.
    pub(super) values: Vec<(String, String, String)>,
    /// Names: their kind, the name, its evidence and the look of that.
    pub(super) names: Vec<(String, String, String, &'static str)>,
    pub(super) orders: Vec<OrderLine>,
    pub(super) all_orders: String,
    /// What assistants said of the last messages: what of, what, and when.
    pub(super) moods: Vec<(String, String, Moment)>,
    pub(super) suggestions: usize,
    /// Other conversations: the path, what it is about, its state and when.
    pub(super) others: Vec<(String, String, String, Moment)>,
    /// Leave to be contacted: channel, purpose, whether it was given.
    pub(super) consents: Vec<(String, String, bool)>,
}

impl Side {
    pub(super) async fn load(http: &Http, frame: &Frame, view: &ConversationView) -> Result<Self, Problem> {
        let store = http.store();
        let page = PageRequest::first(BESIDE);
        let person = store.profile(&view.profile).await?;
        let person = person.ok_or_else(|| Problem::not_found(frame.say("person-nobody")))?;
        let of =
            RecordFilter { profile: Some(person.id.clone()), kind: Some("order".into()), connection: None };
        let orders = store.records(&of, &page).await?;
        let suggestions = store.suggestions_of(&person.id, &page).await?.items.len();
        let filter = Filter { profile: Some(person.id.clone()), ..Filter::of(View::All) };
        let others = store.conversations(&filter, Sort::Latest, &PageRequest::first(BESIDE + 1)).await?.items;
        let messages = store.conversation_messages(view, &page).await?.items;
        let moods = messages.iter().flat_map(|message| {
            let at = message.message.content.as_ref().map_or(0, |content| content.at);
            let said = message.insights.iter().map(move |one| (one, at));
            said.map(|(one, at)| {
                (frame.words.of("insight", &one.insight.kind), one.insight.label.clone(), frame.time(at))
            })
        });
        let others = others.into_iter().filter(|other| other.id != view.id).map(|other| {
            let text = other.last.map(|last| last.text).unwrap_or_default();
            let state = frame.words.of("inbox-state", other.conversation.status.as_str());
            (format!("/conversations/{}", other.id), text, state, frame.time(other.conversation.last.at))
        });
        Ok(Self {
            path: format!("/people/{}", person.id),
            face: Face::of(&person, frame.words),
            values: values(&person, frame),
            names: names(&person, frame),
            orders: orders.items.iter().map(|order| OrderLine::of(order, frame)).collect(),
            all_orders: address::with("/orders", &[("person", person.id.as_str())]),
            moods: moods.take(BESIDE as usize).collect(),
            suggestions,
            others: others.collect(),
            consents: person
                .consents
                .iter()
                .map(|leave| {
                    let purpose = frame.words.of("purpose", &leave.purpose);
                    (frame.words.of("channel", &leave.channel), purpose, leave.granted)
                })
                .collect(),
        })
    }
}

fn values(person: &Profile, frame: &Frame) -> Vec<(String, String, String)> {
    let each = person.attributes.iter().flat_map(|view| {
        let field = frame.words.of("field", &view.field);
        view.values.iter().map(move |held| {
            let sources: Vec<&str> = held.sources.iter().map(|source| &*source.title).collect();
            (field.clone(), held.value.clone(), sources.join(", "))
        })
    });
    each.collect()
}

fn names(person: &Profile, frame: &Frame) -> Vec<(String, String, String, &'static str)> {
    let look = |evidence| match evidence {
        Evidence::Verified => "good",
        Evidence::Recorded => "",
        Evidence::Claimed => "warn",
    };
    let word = |evidence: Evidence| frame.words.of("evidence", evidence.as_str());
    let known = person.identifiers.iter().filter(|known| known.until.is_none());
    let known = known.map(|known| (&known.identifier, known.evidence));
    let typed = person.claims.iter().map(|claim| (&claim.identifier, Evidence::Claimed));
    let all = known.chain(typed).map(|(name, evidence)| {
        (namespace(name, frame.words), name.value.clone(), word(evidence), look(evidence))
    });
    all.collect()
}

#[cfg(test)]
impl Side {
    pub(super) fn sample(frame: &Frame) -> Self {
        let now = || frame.time(frame.clock.now);
        Self {
            path: "/people/prof_1".to_owned(),
            face: Face::named("Ada Lovelace"),
            values: vec![("Name".to_owned(), "Ada <b>bold".to_owned(), "Web shop".to_owned())],
            names: vec![("Phone".to_owned(), "+491701234567".to_owned(), "verified".to_owned(), "good")],
            orders: vec![OrderLine::sample(frame)],
            all_orders: "/orders?person=x".to_owned(),
            moods: vec![("Sentiment".to_owned(), "negative".to_owned(), now())],
            suggestions: 1,
            others: vec![(
                "/conversations/conv_2".to_owned(),
                "Hello".to_owned(),
                "resolved".to_owned(),
                now(),
            )],
            consents: vec![("mail".to_owned(), "marketing".to_owned(), false)],
        }
    }
}
