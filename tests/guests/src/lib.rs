//! What the guests share with the tests and benchmarks that run them: how one kind of delivery is read, so
//! that the same parse can be measured inside the sandbox and outside.

#[cfg(not(target_family = "wasm"))]
mod written;

#[cfg(not(target_family = "wasm"))]
pub use written::{WRITTEN, component, manifest};

use std::borrow::Cow;

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
    name: Cow<'a, str>,
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
    body: Cow<'a, str>,
}

/// A text message, and who wrote it.
pub struct Written<'a> {
    /// The vendor's id of it.
    pub id: &'a str,
    /// The writer's phone number, digits alone.
    pub from: &'a str,
    /// The writer's name, where it is told.
    pub name: Option<Cow<'a, str>>,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// What.
    pub text: Cow<'a, str>,
}

/// The text messages of a delivery.
///
/// # Errors
/// When it is not JSON of that shape.
pub fn read(body: &str) -> serde_json::Result<Vec<Written<'_>>> {
    let delivery: Delivery<'_> = serde_json::from_str(body)?;
    let mut written = Vec::new();
    for value in delivery.entry.into_iter().flat_map(|entry| entry.changes).map(|change| change.value) {
        let name = value.contacts.into_iter().next().map(|contact| contact.profile.name);
        written.extend(value.messages.into_iter().map(|message| Written {
            id: message.id,
            from: message.from,
            name: name.clone(),
            at: message.timestamp.parse().unwrap_or(0) * 1_000,
            text: message.text.body,
        }));
    }
    Ok(written)
}

/// Translates a delivery of text messages.
///
/// # Errors
/// When it is not JSON of that shape.
pub fn translate(body: &str) -> Result<Vec<Event>> {
    let event = |message: Written<'_>| {
        let said = Message::new(message.id).text(message.text);
        Event::message_received(message.at, said)
            .about(Identifier::phone_digits(message.from, Evidence::Verified))
            .attribute_if("name", message.name.as_deref())
    };
    Ok(read(body)?.into_iter().map(event).collect())
}

/// A delivery of one text message, 1.1 KB, in the shape that vendors of chat send.
pub const DELIVERY: &str = include_str!("delivery.json");
