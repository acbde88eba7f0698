//! One webhook delivery: its headers under either spelling, its body, and the key it is known by.

use std::borrow::Cow;

use switchboard_sdk::webhook::Request;
use switchboard_sdk::{Error, Event, Result, Timestamp, time};

use crate::config::Shop;

/// Says when something happened: the document's own time where it has one.
pub(crate) type Clock<'a> = &'a dyn Fn(Option<Timestamp>) -> Timestamp;

/// A delivery whose signature the host has checked.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    /// The topic: `orders/create`. Of the Events preview, `Order/update`.
    pub(crate) topic: Cow<'a, str>,
    /// The shop it comes from.
    pub(crate) shop: Shop,
    /// The body, verbatim.
    pub(crate) body: &'a str,
    id: Option<&'a str>,
    triggered_at: Option<Timestamp>,
}

impl<'a> Delivery<'a> {
    /// Reads the headers. A delivery without a topic can never mean anything.
    pub(crate) fn of(request: &'a Request) -> Result<Self> {
        let topic = header(request, "x-shopify-topic")
            .ok_or_else(|| Error::reject("no X-Shopify-Topic header: not a Shopify webhook"))?;
        let topic = match request.header("shopify-action") {
            Some(action) if !topic.contains('/') => Cow::Owned(format!("{topic}/{action}")),
            _ => Cow::Borrowed(topic),
        };
        Ok(Self {
            topic,
            shop: Shop::of_header(header(request, "x-shopify-shop-domain"))?,
            body: request.text()?,
            id: header(request, "x-shopify-webhook-id"),
            triggered_at: header(request, "x-shopify-triggered-at").and_then(time::rfc3339),
        })
    }

    /// When it happened: the document's own time, else when the shop sent it, else now.
    pub(crate) fn at(&self, own: Option<Timestamp>) -> Timestamp {
        own.or(self.triggered_at).unwrap_or_else(time::now)
    }

    /// When the shop sent it, where it says so.
    pub(crate) fn triggered_at(&self) -> Option<Timestamp> {
        self.triggered_at
    }

    /// When a record vanished: later than anything it said of itself, for the vanished record may still
    /// carry the time of its last change.
    pub(crate) fn gone_at(&self, own: Option<Timestamp>) -> Timestamp {
        let after = own.map(|at| at + 1);
        match (self.triggered_at, after) {
            (Some(triggered), Some(after)) => triggered.max(after),
            (triggered, after) => triggered.or(after).unwrap_or_else(time::now),
        }
    }

    /// The key of what has no version of its own: the id of the delivery, the same at every retry; where
    /// there is none, a checksum of topic and body.
    pub(crate) fn key(&self) -> String {
        match self.id {
            Some(id) => format!("delivery:{id}"),
            None => format!("body:{:016x}", checksum(&self.topic, self.body)),
        }
    }

    /// The whole delivery as it is, of a kind the contract has no case for.
    pub(crate) fn other(&self, own: Option<Timestamp>) -> Event {
        Event::other(self.key(), self.at(own), &*self.topic, self.body)
    }
}

/// A header under its name or, as the Events preview writes it, without the `x-` before it.
fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let value = request.header(name).or_else(|| request.header(name.strip_prefix("x-")?));
    value.map(str::trim).filter(|value| !value.is_empty())
}

/// FNV-1a, 64 bit: names a body, protects nothing.
fn checksum(topic: &str, body: &str) -> u64 {
    let bytes = topic.bytes().chain([0]).chain(body.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_sdk::testing::{pairs, request};

    #[test]
    fn headers_are_read_with_and_without_their_x() {
        for prefix in ["x-", ""] {
            let mut request = request("POST", "{}");
            let name = |header: &str| format!("{prefix}shopify-{header}");
            request.headers = pairs(&[
                (&name("topic"), "orders/create"),
                (&name("shop-domain"), "acme.myshopify.com"),
                (&name("webhook-id"), "w1"),
                (&name("triggered-at"), "2026-01-31T12:00:00.000000Z"),
            ]);
            let delivery = Delivery::of(&request).unwrap();
            assert_eq!(delivery.topic, "orders/create");
            assert_eq!(delivery.key(), "delivery:w1");
            assert_eq!(delivery.at(None), 1_769_860_800_000);
        }
    }

    #[test]
    fn a_repeated_body_without_an_id_has_the_same_key() {
        let mut request = request("POST", "{\"a\":1}");
        request.headers = pairs(&[
            ("shopify-topic", "Order"),
            ("shopify-action", "update"),
            ("shopify-shop-domain", "acme.myshopify.com"),
        ]);
        let delivery = Delivery::of(&request).unwrap();
        assert_eq!(delivery.topic, "Order/update");
        assert_eq!(delivery.key(), Delivery::of(&request).unwrap().key());
        assert_ne!(delivery.key(), format!("body:{:016x}", checksum("x", "{\"a\":1}")));
    }

    #[test]
    fn a_request_without_a_topic_is_refused() {
        assert!(matches!(Delivery::of(&request("POST", "{}")), Err(Error::Reject(_))));
    }
}
