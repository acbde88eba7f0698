//! What a plugin hands back, drawn from bytes: for the fuzz target `conversion` and the test beside it.
//!
//! A plugin is a stranger's code. Whatever it says is refused with a rule's name, or becomes events that
//! nothing behind this module has to doubt: they are written and read back, folded in any order to the same
//! people, and told in words. Most of what is drawn is right, so that what is wrong is met deep inside.

use std::sync::OnceLock;

use super::{Checked, Checker, action_outcome, findings, poll_page, receipt, webhook_outcome};
use crate::model::event::{Event, NewEvent};
use crate::model::fold::World;
use crate::model::id::{ConnectionId, EventId, IdKey};
use crate::model::manifest::Manifest;
use crate::model::rules::Rules;
use crate::model::timeline;
use crate::plugin::Limits;
use crate::plugin::bindings::{actions, assistant, events as e, poller, sender, types as t, webhook};

/// A manifest that grants everything but notices.
const MANIFEST: &str = "name = \"acme\"\nversion = \"1.0.0\"\ncontract = \"0.1\"\ntitle = \"Acme\"\n\
    [[actions]]\nname = \"find\"\ntitle = \"Find\"\ninput = { type = \"object\" }\n\
    output = { type = \"object\", required = [\"a\"] }\n\
    [assistant]\non = [\"message-received\"]\n[events]\nemit = [\"message-received\", \"message-sent\", \
    \"message-edited\", \"message-deleted\", \"reaction\", \"message-status\", \"call\", \"customer-updated\", \
    \"customer-merged\", \"customer-deleted\", \"identifier-changed\", \"order\", \"fulfilment\", \"refund\", \"cart\", \
    \"ticket\", \"payment\", \"subscription\", \"consent\", \"page-viewed\", \"article-viewed\", \"survey-answer\", \
    \"privacy-request\", \"other\", \"insight\"]\n";

/// Converts what the bytes say, and checks what comes of it. Says whether it was taken.
///
/// # Panics
/// When what was taken breaks a rule: that is a fault of the conversion.
pub(in crate::plugin) fn holds(data: &[u8]) -> bool {
    static READ: OnceLock<Manifest> = OnceLock::new();
    let manifest =
        READ.get_or_init(|| Manifest::parse(MANIFEST, "plugin.toml").unwrap_or_else(|e| panic!("{e}")));
    let limits = Limits { events: 6, json_depth: 4, ..Limits::default() };
    let mut check = Checker::new(manifest, manifest, &limits);
    let mut draw = Draw(data);
    let events = match draw.byte() % 5 {
        0 | 1 => events_of(webhook_outcome(&mut check, draw.outcome()), |done| {
            assert!((200..=599).contains(&done.reply.status));
            for (name, value) in &done.reply.headers {
                http::HeaderName::from_bytes(name.as_bytes()).expect("a name that was checked");
                http::HeaderValue::from_str(value).expect("a value that was checked");
            }
            done.events
        }),
        2 => events_of(poll_page(&mut check, draw.page()), |done| done.events),
        3 => events_of(action_outcome(&mut check, draw.action(), "find"), |done| done.events),
        _ if draw.flag() => events_of(receipt(&mut check, draw.receipt()), |done| {
            assert!(!done.id.is_empty());
            Vec::new()
        }),
        _ => events_of(findings(&mut check, draw.list(Draw::insight)), |found| {
            for one in &found {
                let text = serde_json::to_string(one).expect("it is written");
                let back: crate::plugin::Finding = serde_json::from_str(&text).expect("it reads back");
                assert_eq!(&back, one);
            }
            Vec::new()
        }),
    };
    let Some(events) = events else { return false };
    assert!(events.len() <= limits.events);
    assert!(events.iter().map(|event| event.external_id.len()).sum::<usize>() <= check.bytes);
    for event in &events {
        assert!((1..=512).contains(&event.external_id.len()));
        assert!(manifest.may_emit(event.body.kind()));
        reads_back(event);
        assert!(!timeline::summary(&event.body).is_empty(), "{:?}", event.body);
    }
    fold_the_same(events);
    true
}

fn events_of<T>(converted: Checked<T>, events: impl FnOnce(T) -> Vec<NewEvent>) -> Option<Vec<NewEvent>> {
    match converted {
        Ok(done) => Some(events(done)),
        Err(garbage) => {
            assert!(!garbage.0.is_empty(), "a rule has a name");
            None
        }
    }
}

fn reads_back(event: &NewEvent) {
    let text = serde_json::to_string(event).expect("an event is written");
    let back: NewEvent = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert_eq!(serde_json::to_string(&back).expect("it is written"), text);
    assert_eq!(back.body, event.body);
}

/// Invariant I3, for whatever a plugin may say.
fn fold_the_same(said: Vec<NewEvent>) {
    let (key, connection) = (IdKey::new(&[7; 32]), ConnectionId::random([1; 16]));
    let mut events: Vec<Event> = Vec::new();
    for said in said {
        let id = EventId::derived(&key, &[connection.as_str(), &said.external_id]);
        if !events.iter().any(|event| event.id == id) {
            let connection = connection.clone();
            events.push(Event { id, connection, delivery: None, received_at: 1, said });
        }
    }
    let together = World::of(&key, &Rules::default(), &events);
    let twice: Vec<Event> = events.iter().rev().chain(&events).cloned().collect();
    assert_eq!(together, World::of(&key, &Rules::default(), &twice));
}

/// Takes values off the front of some bytes; zeros when they are used up.
struct Draw<'a>(&'a [u8]);

impl Draw<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Whether to draw something that is wrong, or may be.
    fn odd(&mut self) -> bool {
        self.byte() >= 0xf4
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()].clone()
    }

    fn any_text(&mut self) -> String {
        let length = usize::from(self.byte() % 64).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(piece).into_owned()
    }

    fn text(&mut self) -> String {
        if self.odd() {
            self.any_text()
        } else {
            self.of(&["", "a", "Guten Tag, hier ist Ada", "👋\u{0}\n\"", "<b>x</b>"]).to_owned()
        }
    }

    fn id(&mut self) -> String {
        if self.odd() {
            let long = usize::from(self.byte()) * 8;
            return if self.flag() { "i".repeat(long) } else { self.any_text() };
        }
        format!("id-{}", self.byte() % 4)
    }

    fn json(&mut self) -> String {
        let good = ["{}", "{\"a\": 9007199254740993}", "[1, 2.50, null]", "\"text\"", " 1 "];
        let bad = ["", "{", "[[[[[1]]]]]", "{\"a\":1}x", "NaN", "\"\\ud800\"", "\u{feff}1"];
        if self.odd() { self.of(&bad).to_owned() } else { self.of(&good).to_owned() }
    }

    fn time(&mut self) -> i64 {
        if self.odd() {
            return self.of(&[i64::MIN, i64::MAX, -1, 253_402_300_800_000, -253_402_300_799_999]);
        }
        1_700_000_000_000 + i64::from(self.byte() % 8)
    }

    fn number(&mut self) -> f64 {
        if self.odd() {
            self.of(&[f64::NAN, f64::INFINITY, -0.0, f64::MAX])
        } else {
            self.of(&[0.0, 0.5, 1.0, -1.0])
        }
    }

    fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| draw(self))
    }

    fn list<T>(&mut self, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = if self.odd() { 7 } else { self.byte() % 4 };
        (0..count).map(|_| draw(self)).collect()
    }

    fn identifier(&mut self) -> t::Identifier {
        let (namespace, value) = match self.byte() % 4 {
            0 => ("phone".to_owned(), format!("+4917000000{}", self.byte() % 3)),
            1 => ("email".to_owned(), format!("ada{}@example.com", self.byte() % 3)),
            2 => ("acme:customer".to_owned(), (self.byte() % 3).to_string()),
            _ if self.odd() => (self.any_text(), self.any_text()),
            _ => ("visitor".to_owned(), self.id()),
        };
        let evidence = self.of(&[t::Evidence::Verified, t::Evidence::Recorded, t::Evidence::Claimed]);
        t::Identifier { namespace, value, evidence }
    }

    fn attribute(&mut self) -> t::Attribute {
        let odd = self.odd();
        let field =
            if odd { self.any_text() } else { self.of(&["name", "language", "acme.tier"]).to_owned() };
        t::Attribute { field, value: self.text() }
    }

    fn money(&mut self) -> t::Money {
        let (amount, currency) = if self.odd() {
            (self.any_text(), self.any_text())
        } else {
            (self.of(&["12.50", "-3", "0.001"]).to_owned(), self.of(&["EUR", "USD"]).to_owned())
        };
        t::Money { amount, currency }
    }

    fn pair(&mut self) -> t::Pair {
        let odd = self.odd();
        let name =
            if odd { self.any_text() } else { self.of(&["Content-Type", "x-a", "connection"]).to_owned() };
        let value = if odd { self.text() } else { "text/plain; a=ü".to_owned() };
        t::Pair { name, value }
    }

    fn outcome(&mut self) -> webhook::Outcome {
        let odd = self.odd();
        let status = if odd { u16::from(self.byte()) * 3 } else { self.of(&[200, 202, 599]) };
        let reply =
            webhook::Reply { status, headers: self.list(Self::pair), body: self.any_text().into_bytes() };
        webhook::Outcome { reply, events: self.list(Self::event) }
    }

    fn page(&mut self) -> poller::Page {
        poller::Page { cursor: self.json(), more: self.flag(), events: self.list(Self::event) }
    }

    fn action(&mut self) -> actions::Outcome {
        let output = if self.flag() { "{\"a\": 1}".to_owned() } else { self.json() };
        actions::Outcome { output, events: self.list(Self::event) }
    }

    fn receipt(&mut self) -> sender::Receipt {
        sender::Receipt { id: self.id(), details: self.list(Self::pair) }
    }

    fn insight(&mut self) -> assistant::Insight {
        let odd = self.odd();
        assistant::Insight {
            kind: if odd {
                self.any_text()
            } else {
                self.of(&["sentiment", "urgency", "acme.topic"]).to_owned()
            },
            label: self.text(),
            score: self.maybe(Self::number),
            confidence: self.maybe(Self::number),
            details: self.maybe(Self::json),
        }
    }

    fn event(&mut self) -> e::Event {
        e::Event {
            external_id: self.id(),
            occurred_at: self.time(),
            subject: self.list(Self::identifier),
            attributes: self.list(Self::attribute),
            body: self.body(),
            source: self.maybe(Self::json),
        }
    }

    fn message(&mut self) -> e::Message {
        e::Message {
            id: self.id(),
            thread: self.maybe(Self::id),
            reply_to: self.maybe(Self::id),
            text: self.text(),
            html: self.maybe(Self::text),
            subject: self.maybe(Self::text),
            content: self.content(),
            referral: self.maybe(Self::json),
        }
    }

    fn content(&mut self) -> e::Content {
        match self.byte() % 7 {
            0 => e::Content::Text,
            1 => e::Content::Media(self.list(|draw| t::Attachment {
                id: draw.maybe(Self::id),
                url: draw.maybe(Self::text),
                mime: draw.text(),
                name: draw.maybe(Self::text),
                size: draw.maybe(|draw| u64::from(draw.byte())),
                caption: draw.maybe(Self::text),
                checksum: draw.maybe(Self::text),
            })),
            2 => e::Content::Location(t::Place {
                latitude: self.number(),
                longitude: self.number(),
                name: self.maybe(Self::text),
                address: self.maybe(Self::text),
            }),
            3 => e::Content::Contacts(self.json()),
            4 => e::Content::Choice(e::Choice { id: self.text(), title: self.text() }),
            5 => e::Content::Products(self.json()),
            _ => e::Content::Unsupported(self.text()),
        }
    }

    fn items(&mut self) -> Vec<e::LineItem> {
        self.list(|draw| e::LineItem {
            id: draw.text(),
            title: draw.text(),
            quantity: u64::from(draw.byte()),
            price: draw.maybe(Self::money),
            sku: draw.maybe(Self::text),
        })
    }

    fn seen(&mut self) -> e::Page {
        e::Page { url: self.text(), title: self.maybe(Self::text), referrer: self.maybe(Self::text) }
    }

    fn body(&mut self) -> e::Body {
        use e::Body as G;
        match self.byte() % 25 {
            0 | 1 => G::MessageReceived(self.message()),
            2 => G::MessageSent(self.message()),
            3 => G::MessageEdited(e::MessageEdit { id: self.id(), text: self.text() }),
            4 => G::MessageDeleted(e::MessageRef { id: self.id() }),
            5 => G::Reaction(e::Reaction { message: self.id(), emoji: self.text() }),
            6 => G::MessageStatus(e::MessageStatus {
                message: if self.flag() { self.id() } else { String::new() },
                state: self.of(&[
                    e::DeliveryState::Accepted,
                    e::DeliveryState::Sent,
                    e::DeliveryState::Delivered,
                    e::DeliveryState::Read,
                    e::DeliveryState::Failed,
                ]),
                correlation: self.maybe(Self::text),
                reason: self.maybe(Self::text),
            }),
            7 => G::Call(e::Call {
                id: self.id(),
                inbound: self.flag(),
                state: self.text(),
                duration: self.maybe(|draw| u64::from(draw.byte())),
                recording_url: self.maybe(Self::text),
            }),
            8 => G::CustomerUpdated(e::Customer {
                id: self.id(),
                state: self.maybe(Self::text),
                updated_at: self.maybe(Self::time),
            }),
            9 => G::CustomerMerged(e::CustomerMerge { kept: self.id(), merged: self.list(Self::identifier) }),
            10 => G::CustomerDeleted(e::CustomerRef { id: self.id() }),
            11 => G::IdentifierChanged(e::IdentifierChange {
                previous: self.identifier(),
                current: self.identifier(),
            }),
            12 => G::Consent(e::Consent {
                channel: self.id(),
                purpose: self.id(),
                granted: self.flag(),
                proof: self.maybe(Self::text),
            }),
            13 => G::PageViewed(self.seen()),
            14 => G::ArticleViewed(self.seen()),
            15 => G::SurveyAnswer(e::SurveyAnswer {
                survey: self.id(),
                score: self.maybe(Self::number),
                comment: self.maybe(Self::text),
            }),
            16 => G::PrivacyRequest(e::PrivacyRequest {
                id: self.id(),
                right: self.of(&[
                    e::PrivacyRight::Access,
                    e::PrivacyRight::Erase,
                    e::PrivacyRight::EraseConnection,
                ]),
                orders: self.list(Self::id),
            }),
            17 => G::Other(e::Other { kind: self.id(), data: self.json() }),
            18 if self.odd() => G::Notice(e::Notice {
                severity: self.of(&["info", "loud"]).to_owned(),
                title: self.text(),
                detail: self.maybe(Self::text),
            }),
            _ => self.business(),
        }
    }

    fn business(&mut self) -> e::Body {
        use e::Body as G;
        match self.byte() % 7 {
            0 => G::Order(e::Order {
                id: self.id(),
                number: self.text(),
                state: self.text(),
                payment_state: self.maybe(Self::text),
                fulfilment_state: self.maybe(Self::text),
                total: self.maybe(Self::money),
                placed_at: self.maybe(Self::time),
                updated_at: self.time(),
                items: self.items(),
                url: self.maybe(Self::text),
            }),
            1 => G::Fulfilment(e::Fulfilment {
                id: self.id(),
                order: self.id(),
                state: self.text(),
                carrier: self.maybe(Self::text),
                tracking_numbers: self.list(Self::text),
                tracking_urls: self.list(Self::text),
                updated_at: self.time(),
            }),
            2 => G::Refund(e::Refund {
                id: self.id(),
                order: self.id(),
                amount: self.maybe(Self::money),
                reason: self.maybe(Self::text),
            }),
            3 => G::Cart(e::Cart {
                id: self.id(),
                state: self.text(),
                total: self.maybe(Self::money),
                items: self.items(),
                url: self.maybe(Self::text),
                updated_at: self.time(),
            }),
            4 => G::Ticket(e::Ticket {
                id: self.id(),
                subject: self.text(),
                state: self.text(),
                updated_at: self.time(),
                url: self.maybe(Self::text),
            }),
            5 => G::Payment(e::Payment {
                id: self.id(),
                order: self.maybe(Self::id),
                state: self.text(),
                amount: self.maybe(Self::money),
            }),
            _ => G::Subscription(e::Subscription {
                id: self.id(),
                plan: self.text(),
                state: self.text(),
                renews_at: self.maybe(Self::time),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whatever_a_plugin_hands_back_is_refused_or_can_be_relied_on() {
        let (taken, tried) = (AtomicU32::new(0), AtomicU32::new(0));
        proptest!(ProptestConfig::with_cases(3_000), |(data in proptest::collection::vec(any::<u8>(), 0..700))| {
            tried.fetch_add(1, Ordering::Relaxed);
            if holds(&data) {
                taken.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (taken, tried) = (taken.into_inner(), tried.into_inner());
        assert!(
            taken > tried / 10 && taken < tried,
            "{taken} of {tried} were taken: both ways should be met"
        );
    }
}
