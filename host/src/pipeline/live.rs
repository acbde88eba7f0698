//! Live updates: a plugin publishes to a topic, browsers with a ticket listen.
//!
//! A ticket is `expiry.topic.proof`: until when it holds, in milliseconds since the epoch; the topic in
//! base64url; and an HMAC-SHA256 over connection, expiry and topic under a key of this installation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::broadcast;

use super::Hub;
use crate::ambient::Ambient;
use crate::config::Api;
use crate::model::id::{ConnectionId, IdKey, TokenId};

/// Why a ticket lets nobody listen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It was not made by this hub for this connection.
    #[error("this ticket is not one of this connection's; ask for a new one")]
    Forged,
    /// Its time is over.
    #[error("this ticket's time is over; ask for a new one")]
    Expired,
    /// Too many listen already.
    #[error("too many listen to this connection; try again later")]
    Full,
}

type Topics = HashMap<(String, String), broadcast::Sender<Arc<str>>>;

/// Who listens to what.
pub(super) struct Bus {
    key: Hmac<Sha256>,
    ambient: Ambient,
    queue: usize,
    listeners: usize,
    topics: Mutex<Topics>,
}

/// A listener to one topic. Dropping it ends the listening.
pub struct Listen {
    bus: Arc<Bus>,
    at: (String, String),
    updates: Option<broadcast::Receiver<Arc<str>>>,
}

impl Bus {
    pub(super) fn new(key: &IdKey, api: &Api, ambient: Ambient) -> Self {
        // Derived from the installation's key, so that a ticket outlives a restart and gives nothing away.
        let key = TokenId::derived(key, &["live tickets"]);
        let key = Hmac::new_from_slice(key.as_str().as_bytes())
            .unwrap_or_else(|_| unreachable!("HMAC takes any key"));
        Self { key, ambient, queue: api.live_queue, listeners: api.live_listeners, topics: Mutex::default() }
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn proof(&self, connection: &str, until: i64, topic: &str) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(connection.as_bytes());
        mac.update(&until.to_be_bytes());
        mac.update(topic.as_bytes());
        mac
    }

    /// A ticket to one topic for `valid_for` milliseconds.
    pub(super) fn ticket(&self, connection: &ConnectionId, topic: &str, valid_for: u64) -> String {
        let until = self.ambient.now_ms().saturating_add(i64::try_from(valid_for).unwrap_or(i64::MAX));
        let proof = self.proof(connection.as_str(), until, topic).finalize().into_bytes();
        format!("{until}.{}.{}", URL_SAFE_NO_PAD.encode(topic), URL_SAFE_NO_PAD.encode(proof))
    }

    /// The topic a ticket is for.
    fn admit(&self, connection: &str, ticket: &str) -> Result<String, TicketError> {
        let mut parts = ticket.split('.');
        let (until, topic, proof) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(until), Some(topic), Some(proof), None) => (until, topic, proof),
            _ => return Err(TicketError::Forged),
        };
        let until: i64 = until.parse().map_err(|_| TicketError::Forged)?;
        let decoded = |text| URL_SAFE_NO_PAD.decode(text).map_err(|_| TicketError::Forged);
        let topic = String::from_utf8(decoded(topic)?).map_err(|_| TicketError::Forged)?;
        // Takes the same time wherever two proofs differ.
        self.proof(connection, until, &topic)
            .verify_slice(&decoded(proof)?)
            .map_err(|_| TicketError::Forged)?;
        if self.ambient.now_ms() > until { Err(TicketError::Expired) } else { Ok(topic) }
    }

    /// Sends to everyone who listens now.
    pub(super) fn publish(&self, connection: &ConnectionId, topic: &str, payload: String) {
        let at = (connection.as_str().to_owned(), topic.to_owned());
        if let Some(listeners) = self.topics().get(&at) {
            // It fails when the last one just left.
            let _ = listeners.send(payload.into());
        }
    }

    fn listen(self: &Arc<Self>, connection: &str, ticket: &str) -> Result<Listen, TicketError> {
        self.join(connection, self.admit(connection, ticket)?)
    }

    /// Listens to a topic; the hub's own need no ticket.
    pub(super) fn join(self: &Arc<Self>, connection: &str, topic: String) -> Result<Listen, TicketError> {
        let mut topics = self.topics();
        let listening: usize = topics
            .iter()
            .filter(|((of, _), _)| of == connection)
            .map(|(_, listeners)| listeners.receiver_count())
            .sum();
        if listening >= self.listeners {
            return Err(TicketError::Full);
        }
        let at = (connection.to_owned(), topic);
        let sender = topics.entry(at.clone()).or_insert_with(|| broadcast::channel(self.queue).0);
        let updates = Some(sender.subscribe());
        drop(topics);
        Ok(Listen { bus: Arc::clone(self), at, updates })
    }
}

impl Listen {
    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.at.1
    }

    /// The next update, a JSON document; `None` when the hub stops or this listener fell too far behind.
    pub async fn next(&mut self) -> Option<Arc<str>> {
        self.updates.as_mut()?.recv().await.ok()
    }
}

impl Drop for Listen {
    fn drop(&mut self) {
        self.updates = None;
        let mut topics = self.bus.topics();
        if topics.get(&self.at).is_some_and(|listeners| listeners.receiver_count() == 0) {
            topics.remove(&self.at);
        }
    }
}

impl std::fmt::Debug for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listen({})", self.at.0)
    }
}

impl Hub {
    /// Listens to the topic that a ticket of this connection is for.
    ///
    /// # Errors
    /// When the ticket is not right, or too many listen already.
    pub fn subscribe(&self, connection: &str, ticket: &str) -> Result<Listen, TicketError> {
        self.inner.bus.listen(connection, ticket)
    }

    /// A ticket that lets its holder listen to `topic` of a connection for `valid_for` milliseconds.
    #[must_use]
    pub fn ticket(&self, connection: &ConnectionId, topic: &str, valid_for: u64) -> String {
        self.inner.bus.ticket(connection, topic, valid_for)
    }

    /// Sends a JSON document to everyone who listens to `topic` of a connection now.
    pub fn publish(&self, connection: &ConnectionId, topic: &str, payload: String) {
        self.inner.bus.publish(connection, topic, payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{ManualClock, SystemEntropy};

    fn bus(clock: &ManualClock, listeners: usize) -> Arc<Bus> {
        let ambient = Ambient { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        let api = Api { page: 1, page_most: 1, live_queue: 2, live_listeners: listeners };
        Arc::new(Bus::new(&IdKey::new(&[1; 32]), &api, ambient))
    }

    #[test]
    fn a_ticket_lets_in_to_its_topic_of_its_connection_until_its_time_is_over() {
        let clock = ManualClock::at(1_000);
        let bus = bus(&clock, 9);
        let (a, b) = (ConnectionId::random([1; 16]), ConnectionId::random([2; 16]));
        let ticket = bus.ticket(&a, "visitor:7", 100);
        assert_eq!(bus.admit(a.as_str(), &ticket), Ok("visitor:7".to_owned()));
        assert_eq!(bus.admit(b.as_str(), &ticket), Err(TicketError::Forged));
        let other =
            ticket.replace(&URL_SAFE_NO_PAD.encode("visitor:7"), &URL_SAFE_NO_PAD.encode("visitor:8"));
        assert_eq!(bus.admit(a.as_str(), &other), Err(TicketError::Forged));
        let longer = ticket.replacen("1100", "9100", 1);
        assert_eq!(bus.admit(a.as_str(), &longer), Err(TicketError::Forged));
        for junk in ["", "1", "1.2.3", "1.2.3.4", "x.y.z"] {
            assert_eq!(bus.admit(a.as_str(), junk), Err(TicketError::Forged), "{junk}");
        }
        clock.advance(101);
        assert_eq!(bus.admit(a.as_str(), &ticket), Err(TicketError::Expired));
    }

    #[tokio::test]
    async fn only_who_listens_to_a_topic_hears_it_and_nothing_is_kept_of_who_left() {
        let bus = bus(&ManualClock::at(0), 2);
        let a = ConnectionId::random([1; 16]);
        let mut seven = bus.listen(a.as_str(), &bus.ticket(&a, "visitor:7", 9)).expect("admitted");
        let eight = bus.listen(a.as_str(), &bus.ticket(&a, "visitor:8", 9)).expect("admitted");
        let third = bus.listen(a.as_str(), &bus.ticket(&a, "visitor:9", 9));
        assert_eq!(third.err(), Some(TicketError::Full));
        bus.publish(&a, "visitor:8", "8".into());
        bus.publish(&a, "visitor:7", "7".into());
        assert_eq!(seven.next().await.as_deref(), Some("7"));
        for n in 0..3 {
            bus.publish(&a, "visitor:7", n.to_string());
        }
        assert_eq!(seven.next().await, None, "it fell behind by more than the queue");
        drop((seven, eight));
        assert!(bus.topics().is_empty());
    }
}
