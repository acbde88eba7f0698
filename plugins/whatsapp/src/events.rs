//! From a body to events.
//!
//! Nearly every delivery tells of one thing: it is parsed once, and its one event names no source, because
//! the host keeps the body. All others are [cut](crate::split) into bodies of one thing, each of which is
//! the source of its events.

use switchboard_sdk::events::{Notice, Other};
use switchboard_sdk::lenient::{members, read};
use switchboard_sdk::{Body as Happening, Error, Event, Evidence, Result, Timestamp, time};

use crate::field::Text;
use crate::payload::{Body, Change, Value};
use crate::person::Person;
use crate::{message, notice, split, status, sundry};

/// Everything a body says. Only what is no JSON object is refused.
pub(crate) fn translate(body: &str) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(1);
    if !quick(body, &mut events) {
        if members(body).is_none() {
            return Err(Error::reject("The body is no JSON object, and Meta sends nothing else."));
        }
        let pieces = split::pieces(body);
        let alone = pieces.len() == 1;
        for piece in pieces {
            let before = events.len();
            thing(&piece, alone, &mut events);
            events[before..].iter_mut().for_each(|event| event.source = Some(piece.clone()));
        }
    }
    match &mut events[..] {
        [only] => only.source = None,
        several => {
            let bare = several.iter_mut().filter(|event| event.source.is_none());
            bare.for_each(|event| event.source = Some(body.to_owned()));
        }
    }
    Ok(events)
}

/// Translates a body of exactly one message or status, the common case, in one parse. Says whether it did.
fn quick(body: &str, events: &mut Vec<Event>) -> bool {
    let Ok(parsed) = read::<Body<'_>>(body) else { return false };
    let [entry] = &*parsed.entry else { return false };
    let [change] = &*entry.changes else { return false };
    if change.value.things() != 1 {
        return false;
    }
    one(&Scene { body, change, time: &entry.time, alone: true }, events);
    true
}

/// Translates a body of one thing, whatever it is.
fn thing(body: &str, alone: bool, events: &mut Vec<Event>) {
    // What does not parse here holds half a surrogate pair in a text, which is JSON but no Unicode.
    let parsed = read::<Body<'_>>(body).unwrap_or_default();
    match &*parsed.entry {
        [entry] => match &*entry.changes {
            [change] => one(&Scene { body, change, time: &entry.time, alone }, events),
            _ => events.push(other(body, &parsed.object, &entry.time)),
        },
        _ => events.push(other(body, &parsed.object, "")),
    }
}

fn one(scene: &Scene<'_>, events: &mut Vec<Event>) {
    let before = events.len();
    let value = &*scene.change.value;
    if let Some(item) = value.messages.first() {
        message::received(scene, item, events);
    } else if let Some(item) = value.message_echoes.first() {
        message::echo(scene, item, events);
    } else if let Some(item) = value.statuses.first() {
        status::status(scene, item, events);
    } else if let Some(thread) = value.history.first().and_then(|chunk| chunk.threads.first()) {
        message::historic(scene, thread, events);
    } else if let Some(item) = value.user_id_update.first() {
        sundry::user_id_update(scene, item, events);
    } else if let Some(item) = value.user_preferences.first() {
        sundry::preference(scene, item, events);
    } else if let Some(item) = value.calls.first() {
        sundry::call(scene, item, events);
    } else if let Some(item) = value.groups.first() {
        sundry::group(scene, item, events);
    } else if let Some(item) = value.state_sync.first() {
        sundry::address_book(scene, item, events);
    } else if let Some(fault) = value.errors.first().or_else(|| value.history.first()?.errors.first()) {
        let notice = Notice {
            severity: "error".to_owned(),
            title: fault.describe(),
            detail: fault.more().map(str::to_owned),
        };
        events.push(scene.event(scene.hashed(), "", notice));
    } else if let Some(notice) = notice::notice(&scene.change.field, scene.thing()) {
        events.push(scene.event(scene.hashed(), "", notice));
    }
    if events.len() == before {
        events.push(scene.event(scene.hashed(), "", scene.other(&scene.change.field)));
    }
}

impl Value<'_> {
    /// How many messages and statuses it holds; 0 when it holds anything else besides.
    fn things(&self) -> usize {
        let rare = self.history.len()
            + self.user_id_update.len()
            + self.user_preferences.len()
            + self.calls.len()
            + self.groups.len()
            + self.state_sync.len()
            + self.errors.len();
        if rare > 0 { 0 } else { self.messages.len() + self.message_echoes.len() + self.statuses.len() }
    }
}

/// What stands around the one thing that is being translated.
pub(crate) struct Scene<'a> {
    /// The body, or the piece of it.
    pub(crate) body: &'a str,
    /// The change that holds the thing.
    pub(crate) change: &'a Change<'a>,
    /// When the delivery was made, for things without a time of their own.
    pub(crate) time: &'a Text<'a>,
    /// Whether the delivery told of this thing only.
    pub(crate) alone: bool,
}

impl<'a> Scene<'a> {
    /// An event about nobody yet. `at` is the thing's own time stamp, or empty.
    pub(crate) fn event(&self, key: String, at: &str, body: impl Into<Happening>) -> Event {
        Event::new(short(key), moment(at).unwrap_or_else(|| self.moment()), body)
    }

    /// An event about a person.
    pub(crate) fn about(
        &self,
        key: String,
        at: &str,
        person: &Person<'_>,
        evidence: Evidence,
        body: impl Into<Happening>,
    ) -> Event {
        let mut event = self.event(key, at, body);
        event.subject = person.identifiers(evidence);
        event.attributes = person.attributes();
        event
    }

    /// What this plugin has no case for: the thing as it is.
    pub(crate) fn other(&self, kind: &str) -> Happening {
        Happening::Other(Other { kind: named(kind), data: self.thing().to_owned() })
    }

    /// The thing's own JSON.
    pub(crate) fn thing(&self) -> &'a str {
        split::thing(self.body)
    }

    /// A key for a thing without an id: the same for the same text, field and time.
    pub(crate) fn hashed(&self) -> String {
        key_of(&self.change.field, self.time, self.thing())
    }

    fn moment(&self) -> Timestamp {
        moment(self.time).unwrap_or_else(time::now)
    }
}

/// The event for a body without any change this plugin knows.
fn other(body: &str, object: &str, at: &str) -> Event {
    let key = short(key_of(object, at, body));
    Event::other(key, moment(at).unwrap_or_else(time::now), named(object), body)
}

fn named(kind: &str) -> String {
    if kind.is_empty() { "unknown".to_owned() } else { kind.to_owned() }
}

fn key_of(field: &str, at: &str, json: &str) -> String {
    format!("{}:{at}:{:016x}", named(field), hash(json))
}

/// A key that fits the contract's 512 bytes: a longer one keeps its beginning and gets its hash.
fn short(key: String) -> String {
    if key.len() <= 512 {
        return key;
    }
    let end = (0..=480).rev().find(|at| key.is_char_boundary(*at)).unwrap_or(0);
    format!("{}:{:016x}", &key[..end], hash(&key))
}

/// FNV-1a: tells two texts of one vendor apart, the same in every version and on every machine.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Meta writes seconds; milliseconds have been seen, and are told by their size.
fn moment(text: &str) -> Option<Timestamp> {
    let at = time::unix_seconds(text)?;
    Some(if at.abs() >= 100_000_000_000_000 { at / 1_000 } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_no_json_object_is_refused() {
        for body in ["", "{", "[]", "\"x\"", "3", "null", r#"{"entry":[}"#, "{}x"] {
            assert!(matches!(translate(body), Err(Error::Reject(_))), "{body}");
        }
        for body in [
            "{}",
            r#"{"entry":null}"#,
            r#"{"entry":[]}"#,
            r#"{"entry":[{}]}"#,
            r#"{"entry":[{"changes":[{}]}]}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"object":"x","object":"y"}"#,
        ] {
            let events = translate(body).unwrap();
            assert!(matches!(&events[..], [Event { body: Happening::Other(_), source: None, .. }]), "{body}");
        }
    }

    #[test]
    fn the_same_body_makes_the_same_keys() {
        let body = r#"{"entry":[{"time":1,"changes":[{"field":"x","value":{"a":1}},{"field":"x","value":{"a":2}}]}]}"#;
        let keys = || translate(body).unwrap().into_iter().map(|event| event.external_id).collect::<Vec<_>>();
        assert_eq!(keys(), keys());
        assert_ne!(keys()[0], keys()[1]);
    }

    #[test]
    fn a_key_never_exceeds_its_limit() {
        let long = short("ü".repeat(600));
        assert!(long.len() <= 512 && long != short("ü".repeat(601)));
    }

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        assert_eq!(moment("1749416383"), Some(1_749_416_383_000));
        assert_eq!(moment("1749416383123"), Some(1_749_416_383_123));
        assert_eq!(moment("TIMESTAMP"), None);
    }
}
