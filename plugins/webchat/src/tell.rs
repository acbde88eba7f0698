//! What a browser tells besides messages: what was seen, pages viewed, the wish for a person, the end.

use serde::Deserialize;
use switchboard_sdk::events::{DeliveryState, Message, MessageStatus, Page};
use switchboard_sdk::webhook::{Outcome, Reply, Request};
use switchboard_sdk::{Body, Error, Event, Result, key_value, realtime, time};

use crate::chat::{self, state};
use crate::history::{self, Row};
use crate::message::{self, Incoming, before, is_id, read, take, without_query};
use crate::settings::Settings;
use crate::visitor::{Visitor, cut};
use crate::words;

/// Pages and messages that one request may tell of.
const AT_ONCE: usize = 50;

/// About how many requests of a visitor may tell of pages in a minute.
const A_MINUTE: u32 = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Seen {
    delivered: Vec<String>,
    read: Vec<String>,
}

/// `POST /seen`: which answers reached the browser, and which were read. Only of the visitor's own is anything believed.
pub(crate) fn seen(request: &Request, settings: &Settings, visitor: &Visitor) -> Result<Outcome> {
    let seen: Seen = read(request)?;
    let slots = history::slots(visitor)?;
    let own = |id: &&String| slots.iter().any(|slot| slot.id == **id);
    let status = |id: &String, state| {
        let status = MessageStatus::new(format!("{}/{id}", visitor.id()), state).correlation(id.clone());
        Event::message_status(time::now(), status).from(visitor.identifier())
    };
    let last = slots.iter().filter(|slot| seen.read.contains(&slot.id)).map(|slot| slot.at).max();
    if last > chat::number(&chat::read(visitor))? {
        key_value::set(
            &chat::read(visitor),
            last.unwrap_or_default().to_string(),
            Some(settings.keep_for()),
        )?;
    }
    let delivered =
        seen.delivered.iter().take(AT_ONCE).filter(own).map(|id| status(id, DeliveryState::Delivered));
    let read = seen.read.iter().take(AT_ONCE).filter(own).map(|id| status(id, DeliveryState::Read));
    Ok(Outcome { reply: Reply::status(204), events: delivered.chain(read).collect() })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pages {
    pages: Vec<Viewed>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Viewed {
    id: String,
    url: String,
    title: String,
    referrer: String,
    ago: i64,
}

/// `POST /pages`: which pages of the allowed sites were looked at. Of visitors who never wrote, and for whom no site
/// vouches, nothing is taken.
pub(crate) fn pages(request: &Request, settings: &Settings, visitor: &Visitor) -> Result<Outcome> {
    let told: Pages = read(request)?;
    if !settings.pages || (visitor.user().is_none() && history::slots(visitor)?.is_empty()) {
        return Err(Error::reject("pages of this visitor are not taken"));
    }
    pace(visitor)?;
    let now = time::now();
    let site = |page: &&Viewed| origin(&page.url).is_some_and(|origin| settings.allows(origin));
    let fits = |page: &&Viewed| is_id(&page.id) && page.url.len() <= 2_000;
    let event = |page: &Viewed| {
        let text = |text: &str, most| Some(cut(text.trim(), most).to_owned()).filter(|text| !text.is_empty());
        let body = Body::PageViewed(Page {
            url: without_query(&page.url).to_owned(),
            title: text(&page.title, 300),
            referrer: text(without_query(&page.referrer), 1_000),
        });
        Event::new(format!("page:{}/{}", visitor.id(), page.id), before(now, page.ago), body)
            .from(visitor.identifier())
    };
    let events = told.pages.iter().take(AT_ONCE).filter(fits).filter(site).map(event).collect();
    Ok(Outcome { reply: Reply::status(204), events })
}

/// Counts the requests of a minute. Two at the same moment may count as one: it stops floods, it is no book-keeping.
fn pace(visitor: &Visitor) -> Result<()> {
    let (key, now) = (format!("p/{}", visitor.id()), time::now());
    let counted = key_value::get_text(&key)?;
    let counted = counted.as_deref().and_then(|text| text.split_once(' '));
    let counted =
        counted.and_then(|(count, since)| Some((count.parse::<u32>().ok()?, since.parse::<i64>().ok()?)));
    let (count, since) = counted.filter(|(_, since)| now - since < time::MINUTE as i64).unwrap_or((0, now));
    if count >= A_MINUTE {
        return Err(Error::retry());
    }
    key_value::set(&key, format!("{} {since}", count + 1), Some(time::MINUTE))
}

/// Scheme and host of an address.
fn origin(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Some(&url[..url.len() - rest.len() + host])
}

/// `GET /typing`: shown in every window that listens to the visitor, and kept nowhere.
pub(crate) fn typing(request: &Request, visitor: &Visitor) -> Result<Reply> {
    let on = request.query("on") == Some("1");
    realtime::publish(&visitor.topic(), &format!("{{\"typing\":{on},\"of\":\"visitor\"}}"))?;
    Ok(Reply::status(204))
}

/// `POST /person`: the visitor wants a person and no bot. It is a message that agents cannot overlook, with a choice
/// that a bot knows, and an event of its own; from then on the chat says that a person will answer.
pub(crate) fn person(request: &Request, settings: &Settings, visitor: &Visitor) -> Result<Outcome> {
    let incoming: Incoming = read(request)?;
    let wish = words::of(&incoming.lang, settings).text("person");
    let row = Row { text: wish.to_owned(), ..Row::default() };
    let id = incoming.id.clone();
    let mut outcome = take(settings, visitor, incoming, row, |row| {
        Ok(Message::new(format!("{}/{}", visitor.id(), row.id)).choice("hand-over", wish))
    })?;
    let at = outcome.events[0].occurred_at;
    let event = Event::other(
        format!("hand-over:{}/{id}", visitor.id()),
        at,
        "hand-over",
        r#"{"by":"visitor","to":"person"}"#,
    );
    outcome.events.push(event.from(visitor.identifier()));
    key_value::set(&state(visitor), at.to_string(), Some(settings.keep_for()))?;
    realtime::publish(&visitor.topic(), &format!("{{\"handed\":{at}}}"))?;
    Ok(outcome)
}

/// `POST /end`: the visitor is done. What was kept for coming back is forgotten.
pub(crate) fn end(request: &Request, visitor: &Visitor) -> Result<Outcome> {
    let incoming: Incoming = read(request)?;
    if !message::is_id(&incoming.id) {
        return Err(Error::reject("an end has an id of 8 to 64 letters, digits, `-` and `_`"));
    }
    history::forget(visitor)?;
    key_value::delete(&state(visitor))?;
    realtime::publish(&visitor.topic(), "{\"ended\":true}")?;
    let at = before(time::now(), incoming.ago);
    let key = format!("end:{}/{}", visitor.id(), incoming.id);
    let event = Event::other(key, at, "chat-ended", r#"{"by":"visitor"}"#).from(visitor.identifier());
    Ok(Outcome { reply: Reply::status(204), events: vec![event] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_and_host_and_nothing_that_follows() {
        for (url, found) in [
            ("https://a.example/b?c", Some("https://a.example")),
            ("https://a.example?b=https://c.example/", Some("https://a.example")),
            ("https://a.example:8443", Some("https://a.example:8443")),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(origin(url), found, "{url}");
        }
    }
}
