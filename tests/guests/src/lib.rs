//! What the guests share with the tests and benchmarks that run them: a translation of one kind of
//! delivery, so that the same parse can be measured inside the sandbox and outside.

#[cfg(not(target_family = "wasm"))]
mod written;

#[cfg(not(target_family = "wasm"))]
pub use written::{WRITTEN, component, manifest};

use serde::Deserialize;
use switchboard_sdk::{Event, Evidence, Identifier, Message, Result};

/// A chat vendor's delivery, as far as it is read.
#[derive(Deserialize)]
struct Delivery<'a> {
    #[serde(borrow)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    value: Value<'a>,
}

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow, default)]
    contacts: Vec<Contact<'a>>,
    #[serde(borrow, default)]
    messages: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Contact<'a> {
    #[serde(borrow)]
    profile: Profile<'a>,
}

#[derive(Deserialize)]
struct Profile<'a> {
    name: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
struct Text<'a> {
    id: &'a str,
    from: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    text: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    body: std::borrow::Cow<'a, str>,
}

/// Translates a delivery of text messages.
///
/// # Errors
/// When it is not JSON of that shape.
pub fn translate(body: &str) -> Result<Vec<Event>> {
    let delivery: Delivery<'_> = serde_json::from_str(body)?;
    let mut events = Vec::new();
    for value in delivery.entry.into_iter().flat_map(|entry| entry.changes).map(|change| change.value) {
        let name = value.contacts.first().map(|contact| contact.profile.name.as_ref());
        for message in value.messages {
            let at = message.timestamp.parse().unwrap_or(0) * 1_000;
            let said = Message::new(message.id).text(message.text.body);
            events.push(
                Event::message_received(at, said)
                    .about(Identifier::phone_digits(message.from, Evidence::Verified))
                    .attribute_if("name", name),
            );
        }
    }
    Ok(events)
}

/// A delivery of one text message, 1.1 KB, in the shape that vendors of chat send.
pub const DELIVERY: &str = include_str!("delivery.json");
