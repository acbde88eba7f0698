//! What a visitor writes: `POST /messages`, and `POST /files` with a file.
//!
//! The browser makes the id of a message, and repeats it until it hears that it arrived: the hub takes an id once.

use serde::Deserialize;
use switchboard_sdk::events::{Consent, Message};
use switchboard_sdk::webhook::{Outcome, Reply, Request};
use switchboard_sdk::{Error, Event, Evidence, Identifier, Result, Timestamp, json, key_value, time};

use crate::file;
use crate::history::{self, Choice, Row, Slot};
use crate::proof;
use crate::settings::Settings;
use crate::visitor::{Signed, Visitor, cut};

/// The longest message, in characters.
const LONGEST: usize = 4_000;

/// How many messages a visitor may write in a minute.
const A_MINUTE: usize = 30;

/// What a browser sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Incoming {
    /// The browser's own id of it.
    pub(crate) id: String,
    text: String,
    /// The button that was pressed.
    choice: Option<Choice>,
    /// How long ago it was written, in milliseconds: the clocks of browsers are off, their stop-watches are not.
    pub(crate) ago: i64,
    /// The page's language.
    pub(crate) lang: String,
    /// What was typed into the form before the first message.
    form: Option<Form>,
    /// Where it was written.
    page: Option<Page>,
    /// Whom the site vouches for, and its signature.
    visitor: Option<String>,
    signature: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    name: String,
    email: String,
    phone: String,
    /// Whether the box was ticked.
    consent: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    url: String,
    title: String,
}

/// A time that was so long ago; a message waits for the network for a day at most.
pub(crate) fn before(now: Timestamp, ago: i64) -> Timestamp {
    now - ago.clamp(0, time::DAY as i64)
}

/// Whether a browser's id is one that we take: 8 to 64 letters, digits, `-` and `_`.
pub(crate) fn is_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// Reads what a browser sent, strictly: our own widget makes no mistakes.
pub(crate) fn read<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T> {
    serde_json::from_str(request.text()?)
        .map_err(|error| Error::reject(format!("not what the widget sends: {error}")))
}

/// A message in words, or a button that was pressed.
pub(crate) fn message(request: &Request, settings: &Settings, visitor: &Visitor) -> Result<Outcome> {
    let mut incoming: Incoming = read(request)?;
    if let Some(choice) = &mut incoming.choice {
        if choice.id.is_empty() || choice.id.len() > 256 || choice.title.chars().count() > 256 {
            return Err(Error::reject("this is no button of ours"));
        }
        incoming.text.clone_from(&choice.title);
    }
    if incoming.text.trim().is_empty() || incoming.text.chars().count() > LONGEST {
        return Err(Error::reject(format!("a message has 1 to {LONGEST} characters")));
    }
    let row = Row { text: incoming.text.clone(), ..Row::default() };
    let key = format!("{}/{}", visitor.id(), incoming.id);
    let mut message = Message::new(key).text(incoming.text.clone());
    if let Some(choice) = incoming.choice.take() {
        message = message.choice(choice.id, choice.title);
    }
    take(settings, visitor, incoming, row, |_| Ok(message))
}

/// A file, as the body alone; all else stands in the query.
pub(crate) fn upload(request: &Request, settings: &Settings, visitor: &Visitor) -> Result<Outcome> {
    let said = |name| request.query(name).unwrap_or_default().to_owned();
    let incoming = Incoming {
        id: said("id"),
        text: said("text"),
        ago: said("ago").parse().unwrap_or_default(),
        lang: said("lang"),
        ..Incoming::default()
    };
    if incoming.text.chars().count() > LONGEST {
        return Err(Error::reject(format!("a caption has at most {LONGEST} characters")));
    }
    let caption = incoming.text.clone();
    let row = Row { text: caption.clone(), ..Row::default() };
    take(settings, visitor, incoming, row, |row| {
        if row.file.is_none() {
            row.file = Some(file::keep(settings, visitor, &row.id, &said("name"), &request.body)?);
        }
        let message = Message::new(format!("{}/{}", visitor.id(), row.id)).text(caption.clone());
        let attachment = row.file.as_ref().map(|file| file::attachment(&row.id, file, &caption));
        Ok(match attachment {
            Some(attachment) => message.attach(attachment),
            None => message,
        })
    })
}

/// Limits, event and history of whatever a visitor sends. `make` is told the row with its time, as it was
/// kept if it arrived before.
pub(crate) fn take(
    settings: &Settings,
    visitor: &Visitor,
    incoming: Incoming,
    mut row: Row,
    make: impl FnOnce(&mut Row) -> Result<Message>,
) -> Result<Outcome> {
    if !is_id(&incoming.id) {
        return Err(Error::reject("a message has an id of 8 to 64 letters, digits, `-` and `_`"));
    }
    let now = time::now();
    let slots = history::slots(visitor)?;
    row.at = before(now, incoming.ago);
    row.id.clone_from(&incoming.id);
    let seen = slots.iter().find(|slot| slot.id == incoming.id);
    match seen {
        // It came before, and may not have been committed then: it is the same again.
        Some(slot) => row = history::row(slot)?.unwrap_or(row),
        None => admit(settings, visitor, &slots, now)?,
    }
    let known = seen.is_some();
    let said = match (&incoming.visitor, &incoming.signature) {
        (Some(payload), Some(signature)) => Some(vouched(payload, signature, visitor, now)?),
        _ => None,
    };
    let mut message = make(&mut row)?;
    if let Some(page) = incoming.page.as_ref().filter(|page| page.url.len() <= 2_000) {
        let page = [("url", without_query(&page.url)), ("title", cut(&page.title, 300))];
        let members = page.map(|(name, value)| format!("{}:{}", json::quote(name), json::quote(value)));
        message = message.referral(format!("{{\"page\":{{{}}}}}", members.join(",")));
    }
    let mut event = Event::message_received(row.at, message).from(visitor.identifier());
    event = match &said {
        Some(signed) => signed.say(event),
        None => event,
    };
    if slots.is_empty() && !incoming.lang.is_empty() && incoming.lang.len() <= 35 {
        event = event.attribute("language", incoming.lang.clone());
    }
    let mut events = Vec::new();
    if let Some(form) = &incoming.form {
        events.extend(agreed(settings, visitor, form, &incoming.id, row.at));
        event = claimed(form, event);
    }
    events.insert(0, event);
    if !known {
        history::keep(settings, visitor, &row, &slots)?;
    }
    let told = serde_json::to_string(&row)?;
    Ok(Outcome { reply: Reply::json(told), events })
}

/// Stops floods: a visitor's, and one of visitors who are all new.
fn admit(settings: &Settings, visitor: &Visitor, slots: &[Slot], now: Timestamp) -> Result<()> {
    let minute_ago = now - time::MINUTE as i64;
    if slots.iter().filter(|slot| slot.at > minute_ago).count() >= A_MINUTE {
        return Err(Error::retry());
    }
    if slots.is_empty() {
        let new = key_value::keys("n/", None, settings.new_per_minute)?;
        if new.len() >= settings.new_per_minute as usize {
            return Err(Error::retry());
        }
        key_value::set(&format!("n/{}", visitor.id()), "", Some(time::MINUTE))?;
    }
    Ok(())
}

/// Whom the site vouches for, who must be the one that writes.
fn vouched(payload: &str, signature: &str, visitor: &Visitor, now: Timestamp) -> Result<Signed> {
    let signed = proof::signed(payload, signature, now)?;
    if Visitor::of(&signed.id) != *visitor {
        return Err(Error::reject("the signature is for another visitor"));
    }
    Ok(signed)
}

/// Adds what was typed: claims, which join nobody and show nobody's history.
fn claimed(form: &Form, event: Event) -> Event {
    let email = Identifier::email(&form.email, Evidence::Claimed);
    let phone = form.phone.trim();
    let phone =
        (!phone.is_empty() && phone.len() <= 64).then(|| Identifier::new("phone", phone, Evidence::Claimed));
    let name = Some(form.name.trim()).filter(|name| !name.is_empty());
    event.about(email).about(phone).attribute_if("name", name.map(|name| cut(name, 200)))
}

/// The consent that was given in the form, with the words that stood beside the box.
fn agreed(settings: &Settings, visitor: &Visitor, form: &Form, id: &str, at: Timestamp) -> Option<Event> {
    if !form.consent || settings.consent.is_empty() {
        return None;
    }
    let consent = Consent {
        channel: "email".to_owned(),
        purpose: "marketing".to_owned(),
        granted: true,
        proof: Some(format!("ticked in the chat: {}", settings.consent)),
    };
    let event = Event::new(format!("consent:{}/{id}", visitor.id()), at, consent).from(visitor.identifier());
    Some(event.about(Identifier::email(&form.email, Evidence::Claimed)))
}

/// An address without what stands behind `?` and `#`: one-time links and search words are nobody's business.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
