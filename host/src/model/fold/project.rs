//! What one event states, besides who is who: a list of facts, each of which some state takes in.

use std::cmp::Ordering;

use crate::model::consent::Statement;
use crate::model::event::{Body, Event, Money};
use crate::model::id::{ConnectionId, EventId, IdKey, MessageId};
use crate::model::identifier::{Evident, Identifier};
use crate::model::message::{Dated, Direction, MessageContent, MessageFact, SendState};
use crate::model::normal::{EMAIL, PHONE};
use crate::model::rules::Rules;

/// A value that somebody states for a field of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The field.
    pub field: String,
    /// Who states it.
    pub connection: ConnectionId,
    /// The value; empty states that there is none.
    pub value: String,
    /// When it was said first, and by which event.
    pub first: (i64, EventId),
    /// When it was said last, and by which event.
    pub last: (i64, EventId),
    /// Where it stood among what that event states, from 0.
    pub place: u32,
}

impl Candidate {
    /// Takes in the same statement said at another time.
    pub fn absorb(&mut self, other: &Self) {
        self.first = self.first.clone().min(other.first.clone());
        self.place = match other.last.cmp(&self.last) {
            Ordering::Less => self.place,
            Ordering::Equal => self.place.min(other.place),
            Ordering::Greater => other.place,
        };
        self.last = self.last.clone().max(other.last.clone());
    }
}

/// An identifier that somebody typed: kept beside the person, joining nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The identifier.
    pub identifier: Identifier,
    /// Which connection says that it was typed.
    pub connection: ConnectionId,
    /// In which event.
    pub event: EventId,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
}

/// A record of another system as it stood at a time. The latest `(changed_at, event)` wins.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Whose record it is.
    pub connection: ConnectionId,
    /// `order`, `fulfilment`, `refund`, `cart`, `ticket`, `payment` or `subscription`.
    pub kind: &'static str,
    /// The vendor's id of it.
    pub vendor_id: String,
    /// The vendor's id of the order it belongs to.
    pub order: Option<String>,
    /// When it last changed, by the vendor's clock: milliseconds since the epoch, UTC.
    pub changed_at: i64,
    /// The event that says so.
    pub event: EventId,
    /// What people call it: an order's number, a ticket's subject.
    pub name: String,
    /// Its state.
    pub state: String,
    /// What it comes to.
    pub total: Option<Money>,
}

/// Everything one event states.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    /// Values for the person's fields.
    pub attributes: Vec<Candidate>,
    /// Identifiers that were typed.
    pub claims: Vec<Claim>,
    /// What is said of a message, and the vendor's id of it.
    pub message: Option<(MessageId, String, MessageFact)>,
    /// The correlation that a status echoes, to find the message by when the vendor's id is new.
    pub correlation: Option<String>,
    /// A record of another system.
    pub record: Option<Record>,
    /// What is said of leave to contact the person.
    pub consent: Option<Statement>,
}

/// What `event` states.
#[must_use]
pub fn project(key: &IdKey, rules: &Rules, event: &Event) -> Projection {
    let said = &event.said;
    let (at, when) = (said.occurred_at, (said.occurred_at, event.id.clone()));
    let mut out = Projection::default();
    // What surely names the person is known of them as well, with who says so. The hub and assistants only repeat
    // what somebody else said.
    let repeats = match &said.body {
        Body::Insight(_) => true,
        Body::Consent(consent) => consent.recorded_by.is_some(),
        _ => false,
    };
    let named = said.subject.iter().filter(|evident| {
        !repeats
            && matches!(&*evident.identifier.namespace, EMAIL | PHONE)
            && rules.joins(&evident.identifier, evident.evidence)
    });
    let named = named.map(|evident| (&evident.identifier.namespace, &evident.identifier.value));
    let stated = said.attributes.iter().map(|attribute| (&attribute.field, &attribute.value));
    for ((field, value), place) in named.chain(stated).zip(0..) {
        out.attributes.push(Candidate {
            field: field.clone(),
            connection: event.connection.clone(),
            value: value.clone(),
            first: when.clone(),
            last: when.clone(),
            place,
        });
    }
    let typed = |evident: &&Evident| {
        !rules.joins(&evident.identifier, evident.evidence) && !rules.blocks(&evident.identifier)
    };
    for evident in said.subject.iter().filter(typed) {
        out.claims.push(Claim {
            identifier: evident.identifier.clone(),
            connection: event.connection.clone(),
            event: event.id.clone(),
            at,
        });
    }
    let dated = |text: &str| Dated { at, event: event.id.clone(), text: text.to_owned() };
    let mut message = |vendor_id: &str, fact: MessageFact| {
        let id = MessageId::derived(key, &[event.connection.as_str(), vendor_id]);
        out.message = Some((id, vendor_id.to_owned(), fact));
    };
    match &said.body {
        Body::MessageReceived(content) | Body::MessageSent(content) => {
            let direction =
                if matches!(said.body, Body::MessageReceived(_)) { Direction::In } else { Direction::Out };
            let content = MessageContent {
                direction,
                at,
                event: Some(event.id.clone()),
                message: content.clone(),
                within: None,
            };
            message(&content.message.id.clone(), MessageFact::Content(Box::new(content)));
        }
        Body::MessageEdited(edit) => message(&edit.id, MessageFact::Edit(dated(&edit.text))),
        Body::MessageDeleted(deleted) => message(&deleted.id, MessageFact::Deleted(at)),
        Body::Reaction(reaction) => message(&reaction.message, MessageFact::Reaction(dated(&reaction.emoji))),
        Body::MessageStatus(status) => {
            let reason = dated(status.reason.as_deref().unwrap_or_default());
            message(&status.message, MessageFact::State(SendState::from(status.state), reason));
            out.correlation.clone_from(&status.correlation);
        }
        Body::Consent(consent) => {
            out.consent = Some(Statement::of(consent, at, &event.id, &event.connection));
        }
        _ => {}
    }
    out.record = record(event);
    out
}

fn record(event: &Event) -> Option<Record> {
    let at = event.said.occurred_at;
    let make = |kind,
                vendor_id: &str,
                order: Option<&str>,
                changed_at,
                name: &str,
                state: &str,
                total: Option<&Money>| {
        Some(Record {
            connection: event.connection.clone(),
            kind,
            vendor_id: vendor_id.to_owned(),
            order: order.map(str::to_owned),
            changed_at,
            event: event.id.clone(),
            name: name.to_owned(),
            state: state.to_owned(),
            total: total.cloned(),
        })
    };
    match &event.said.body {
        Body::Order(o) => make("order", &o.id, None, o.updated_at, &o.number, &o.state, o.total.as_ref()),
        Body::Fulfilment(f) => make("fulfilment", &f.id, Some(&f.order), f.updated_at, "", &f.state, None),
        Body::Refund(r) => make("refund", &r.id, Some(&r.order), at, "", "refunded", r.amount.as_ref()),
        Body::Cart(c) => make("cart", &c.id, None, c.updated_at, "", &c.state, c.total.as_ref()),
        Body::Ticket(t) => make("ticket", &t.id, None, t.updated_at, &t.subject, &t.state, None),
        Body::Payment(p) => make("payment", &p.id, p.order.as_deref(), at, "", &p.state, p.amount.as_ref()),
        Body::Subscription(s) => make("subscription", &s.id, None, at, &s.plan, &s.state, None),
        _ => None,
    }
}
