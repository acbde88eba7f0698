//! Whom an event names, and what that says of who is who.

use std::cmp::Reverse;
use std::fmt;

use crate::model::event::{Body, Event};
use crate::model::id::{IdKey, MessageId, ProfileId};
use crate::model::identifier::{Evidence, Evident, Identifier};
use crate::model::rules::Rules;

/// Namespaces that the hub makes itself to hold events of one matter together. They are never shown as
/// a person's identifiers.
const INNER: &str = "inner:";

/// Whether an identifier is one of the hub's own making.
#[must_use]
pub fn is_inner(identifier: &Identifier) -> bool {
    identifier.namespace.starts_with(INNER)
}

/// An identifier for as long as it means one person. A vendor that replaces a number says that whoever has
/// it afterwards is somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The identifier.
    pub identifier: Identifier,
    /// From when on, where it meant somebody else before: milliseconds since the epoch, UTC.
    pub since: Option<i64>,
}

impl Node {
    /// The identifier from its beginning.
    #[must_use]
    pub fn first(identifier: Identifier) -> Self {
        Self { identifier, since: None }
    }

    /// The id that a person has whose first-seen identifier this is. It also redirects for ever.
    #[must_use]
    pub fn key(&self, key: &IdKey) -> ProfileId {
        let Identifier { namespace, value } = &self.identifier;
        match self.since {
            None => ProfileId::derived(key, &[namespace, value]),
            Some(since) => ProfileId::derived(key, &[namespace, value, &since.to_string()]),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.since {
            None => self.identifier.fmt(f),
            Some(since) => write!(f, "{}@{since}", self.identifier),
        }
    }
}

/// How two names came to be one person's. Ordered: stronger is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bond {
    /// The one is a device that the other's person used; it joins nobody.
    Used,
    /// One event names both.
    Stated,
    /// The vendor says that the one replaced, or became part of, the other.
    Replaced,
}

impl Bond {
    /// Every bond.
    pub const ALL: [Self; 3] = [Self::Used, Self::Stated, Self::Replaced];

    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Stated => "stated",
            Self::Replaced => "replaced",
        }
    }
}

/// An identifier that an event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The identifier.
    pub identifier: Identifier,
    /// How surely.
    pub evidence: Evidence,
    /// Whether it is named as what was replaced: as it was before the event.
    pub before: bool,
}

/// Whom an event names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// The identifiers that say who it is, whoever decides most first: a single-valued namespace, then the
    /// stronger evidence.
    pub people: Vec<Named>,
    /// Devices, which say it only where nobody is named.
    pub devices: Vec<Named>,
    /// The matter that the event is part of, which says it where neither is: an order, a message, or itself.
    pub matter: Option<Identifier>,
    /// Whether a vendor says that one name replaced another.
    pub replaces: bool,
}

impl Naming {
    /// Whom `event` names under these rules.
    #[must_use]
    pub fn of(key: &IdKey, rules: &Rules, event: &Event) -> Self {
        let said = &event.said;
        let mut naming = Self::default();
        let mut name = |evident: &Evident, before: bool| {
            let Evident { identifier, evidence } = evident;
            if !rules.joins(identifier, *evidence) {
                return;
            }
            let named = Named { identifier: identifier.clone(), evidence: *evidence, before };
            let list =
                if rules.of(&identifier.namespace).device { &mut naming.devices } else { &mut naming.people };
            match list.iter_mut().find(|have| have.identifier == *identifier && have.before == before) {
                Some(have) => have.evidence = have.evidence.max(*evidence),
                None => list.push(named),
            }
        };
        said.subject.iter().for_each(|evident| name(evident, false));
        match &said.body {
            Body::IdentifierChanged(change) if change.previous.identifier != change.current.identifier => {
                name(&change.previous, true);
                name(&change.current, false);
                // Whoever has the replaced name now is somebody else, whatever the subject says.
                naming.people.retain(|named| named.before || named.identifier != change.previous.identifier);
                naming.replaces = true;
            }
            Body::CustomerMerged(merge) => {
                merge.merged.iter().for_each(|evident| name(evident, false));
                naming.replaces = true;
            }
            _ => {}
        }
        naming.people.sort_by_cached_key(|named| {
            let limit = rules.of(&named.identifier.namespace).limit.unwrap_or(u32::MAX);
            (named.before, limit, Reverse(named.evidence), named.identifier.clone())
        });
        naming.devices.sort_by_cached_key(|named| (Reverse(named.evidence), named.identifier.clone()));
        naming.matter = naming.matter_of(key, event);
        naming
    }

    fn matter_of(&self, key: &IdKey, event: &Event) -> Option<Identifier> {
        let said = &event.said;
        let inner = |kind: &str, value: &str| {
            Some(Identifier { namespace: format!("{INNER}{kind}"), value: value.to_owned() })
        };
        if let Body::Erased(erased) = &said.body {
            return erased.matter.clone();
        }
        if let Some(order) = order_of(&said.body) {
            return inner(&format!("order:{}", event.connection), order);
        }
        if !self.people.is_empty() || !self.devices.is_empty() {
            return None;
        }
        match &said.body {
            Body::MessageReceived(message) | Body::MessageSent(message) if !said.subject.is_empty() => {
                let id = MessageId::derived(key, &[event.connection.as_str(), &message.id]);
                inner("message", id.as_str())
            }
            Body::Insight(insight) => inner("message", insight.message.as_str()),
            _ if !said.subject.is_empty() => inner("event", event.id.as_str()),
            _ => None,
        }
    }

    /// Every two identifiers that the event says are one person's, a device with each of the others last.
    pub fn pairs(&self) -> impl Iterator<Item = (&Identifier, &Identifier)> {
        self.people.iter().enumerate().flat_map(move |(at, a)| {
            let others = self.people[at + 1..].iter().chain(&self.devices);
            others.map(move |b| (&a.identifier, &b.identifier))
        })
    }
}

/// The order that an event belongs to: what happens to an order happens to whoever placed it.
fn order_of(body: &Body) -> Option<&str> {
    match body {
        Body::Order(order) => Some(order.id.as_str()),
        Body::Fulfilment(fulfilment) => Some(fulfilment.order.as_str()),
        Body::Refund(refund) => Some(refund.order.as_str()),
        Body::Payment(payment) => payment.order.as_deref(),
        _ => None,
    }
    .filter(|id| !id.is_empty())
}
