//! Messages of every kind, in either direction.

use switchboard_sdk::events::{Choice, Consent, IdentifierChange, MessageEdit, MessageRef, Reaction};
use switchboard_sdk::json::{self, Raw};
use switchboard_sdk::{Attachment, Body, Content, Event, Evidence, Place};

use crate::events::Scene;
use crate::lenient::{Record, Text, parse};
use crate::payload::{Message, Thread, Words};
use crate::person::{self, Person};

/// Translates one message. `sent_to` is the person when the business wrote it, outside the hub.
pub(crate) fn message<'a>(scene: &Scene<'a>, item: &'a Message<'a>, sent_to: Option<Person<'a>>, events: &mut Vec<Event>) {
    let value = &*scene.change.value;
    let metadata = &*value.metadata;
    let business = |name: &Text<'_>| !name.is_empty() && *name == item.from;
    let from_business = business(&metadata.display_phone_number) || business(&metadata.phone_number_id);
    let (person, evidence, outward) = match sent_to {
        Some(person) => (person, Evidence::Recorded, true),
        None if from_business => {
            let person = Person::find(&item.to, &item.to_user_id, &item.to_parent_user_id, &value.contacts, scene.alone);
            (person, Evidence::Recorded, true)
        }
        None => {
            let person = Person::find(&item.from, &item.from_user_id, &item.from_parent_user_id, &value.contacts, scene.alone);
            (person, Evidence::Verified, false)
        }
    };
    let body = match &*item.kind {
        "reaction" => {
            let said = read(item.reaction);
            Body::Reaction(Reaction { message: said.message_id.0.into_owned(), emoji: said.emoji.0.into_owned() })
        }
        "edit" => {
            let edit = read(item.edit);
            let now: Message<'_> = part(edit.message);
            let text = content(&now).map(|(text, _)| text).unwrap_or_default();
            Body::MessageEdited(MessageEdit { id: edit.original_message_id.0.into_owned(), text })
        }
        "revoke" => Body::MessageDeleted(MessageRef { id: read(item.revoke).original_message_id.0.into_owned() }),
        "system" => return system(scene, item, &person, events),
        kind => match content(item) {
            Some((text, content)) => {
                let message = switchboard_sdk::Message {
                    id: if item.id.is_empty() { scene.hashed() } else { item.id.to_string() },
                    thread: item.group_id.some().map(str::to_owned),
                    reply_to: item.context.id.some().map(str::to_owned),
                    text,
                    html: None,
                    subject: None,
                    content,
                    referral: item.referral.or(item.context.referred_product).map(|raw| raw.get().to_owned()),
                };
                if outward { Body::MessageSent(message) } else { Body::MessageReceived(message) }
            }
            None => {
                let permission = call_permission(&read(item.interactive));
                permission.unwrap_or_else(|| scene.other(&format!("message/{kind}")))
            }
        },
    };
    events.push(scene.about(key(scene, item), &item.timestamp, &person, evidence, body));
}

/// Translates a message of the time before the number was connected.
pub(crate) fn historic<'a>(scene: &Scene<'a>, thread: &'a Thread<'a>, events: &mut Vec<Event>) {
    let Some(item) = thread.messages.first() else { return };
    let card = &*thread.context;
    let theirs = item.from.is_empty() || item.from == thread.id || (item.from_user_id == card.user_id && !card.user_id.is_empty());
    if theirs {
        return message(scene, item, None, events);
    }
    let user = if item.to_user_id.is_empty() { &card.user_id } else { &item.to_user_id };
    let person = Person::find(&thread.id, user, &card.parent_user_id, &[], false).called("", &card.username);
    message(scene, item, Some(person), events);
}

/// The text of a message and what it carries besides; `None` for a kind this plugin does not know.
fn content(item: &Message<'_>) -> Option<(String, Content)> {
    let media = |part: Option<Raw<'_>>| {
        let said = read(part);
        let some = |text: &Text<'_>| text.some().map(str::to_owned);
        let attachment = Attachment {
            id: some(&said.id),
            url: some(&said.url),
            name: some(&said.filename),
            size: said.file_size.parse().ok(),
            caption: some(&said.caption),
            checksum: some(&said.sha256),
            ..Attachment::new(&*said.mime_type)
        };
        Some((said.caption.0.into_owned(), Content::Media(vec![attachment])))
    };
    match &*item.kind {
        "text" => Some((item.text.body.to_string(), Content::Text)),
        "image" => media(item.image),
        "audio" => media(item.audio),
        "voice" => media(item.voice.or(item.audio)),
        "video" => media(item.video),
        "document" => media(item.document),
        "sticker" => media(item.sticker),
        "location" => Some((String::new(), location(&read(item.location)))),
        "contacts" => Some((String::new(), Content::Contacts(verbatim(item.contacts)))),
        "order" => Some((read(item.order).text.0.into_owned(), Content::Products(verbatim(item.order)))),
        "button" => {
            let said = read(item.button);
            Some(choice(&said.payload, &said.text))
        }
        "interactive" => interactive(&read(item.interactive)),
        "unsupported" | "unknown" => {
            let kind = read(item.unsupported).kind;
            let kind = kind.some().unwrap_or(&item.kind);
            Some((String::new(), Content::Unsupported(kind.to_owned())))
        }
        _ => None,
    }
}

fn choice(id: &str, title: &str) -> (String, Content) {
    (title.to_owned(), Content::Choice(Choice { id: id.to_owned(), title: title.to_owned() }))
}

fn interactive(said: &Words<'_>) -> Option<(String, Content)> {
    let reply = |part| {
        let reply = read(part);
        Some(choice(&reply.id, &reply.title))
    };
    match &*said.kind {
        "button_reply" => reply(said.button_reply),
        "list_reply" => reply(said.list_reply),
        "nfm_reply" => Some((form(&read(said.nfm_reply)), Content::Text)),
        _ => None,
    }
}

/// The answers a person gave in a form (a "flow"), a line each after the form's own words.
fn form(reply: &Words<'_>) -> String {
    let mut text = reply.body.to_string();
    for (name, answer) in json::members(&reply.response_json).unwrap_or_default() {
        if name != "flow_token" {
            let words: Option<String> = serde_json::from_str(answer.get()).ok();
            text.push_str(&format!("\n{name}: {}", words.as_deref().unwrap_or(answer.get())));
        }
    }
    text.trim_start().to_owned()
}

fn location(said: &Words<'_>) -> Content {
    let degrees = |raw: Option<Raw<'_>>, most: f64| {
        let degrees = raw?.get().trim_matches('"').parse::<f64>().ok()?;
        (degrees.abs() <= most).then_some(degrees)
    };
    match (degrees(said.latitude, 90.0), degrees(said.longitude, 180.0)) {
        (Some(latitude), Some(longitude)) => Content::Location(Place {
            latitude,
            longitude,
            name: said.name.some().map(str::to_owned),
            address: said.address.some().map(str::to_owned),
        }),
        _ => Content::Unsupported("location".to_owned()),
    }
}

/// Whether the person lets the business call them.
fn call_permission(said: &Words<'_>) -> Option<Body> {
    let reply = read(Some(said.call_permission_reply?));
    let granted = match &*reply.response {
        "accept" => true,
        "reject" => false,
        _ => return None,
    };
    Some(consent("calls", granted, "call_permission_reply"))
}

/// Leave to be contacted on WhatsApp.
pub(crate) fn consent(purpose: &str, granted: bool, proof: &str) -> Body {
    let proof = (!proof.is_empty()).then(|| proof.to_owned());
    Body::Consent(Consent { channel: "whatsapp".to_owned(), purpose: purpose.to_owned(), granted, proof })
}

/// What WhatsApp itself says in a chat: a new number, a new id, a changed preference.
fn system(scene: &Scene<'_>, item: &Message<'_>, person: &Person<'_>, events: &mut Vec<Event>) {
    let said = read(item.system);
    let at = &item.timestamp;
    let known = Evidence::Verified;
    let changed = match &*said.kind {
        "user_changed_number" | "customer_changed_number" => {
            let previous = person::number(&item.from, known).or_else(|| person::number(&said.customer, known));
            previous.zip(person::number(&said.new_wa_id, known).or_else(|| person::number(&said.wa_id, known)))
        }
        "user_changed_user_id" => {
            // Where the old id has no member of its own, it stands in the sentence.
            let from = item.from_user_id.some().or_else(|| said.body.split("changed from ").nth(1)?.split(' ').next());
            from.and_then(|from| person::number(from, known)).zip(person::number(&said.user_id, known))
        }
        _ => None,
    };
    if let Some((previous, current)) = changed.filter(|(previous, current)| previous != current) {
        let now = Person::find("", &said.user_id, &said.parent_user_id, &[], false);
        let mut event = scene.about(key(scene, item), at, &now, known, IdentifierChange { previous, current: current.clone() });
        if !event.subject.contains(&current) {
            event.subject.insert(0, current);
        }
        return events.push(event);
    }
    let preference = match &*said.marketing {
        "stop" => Some(false),
        "resume" => Some(true),
        _ => None,
    };
    if let Some(granted) = preference {
        let body = consent("marketing", granted, &said.body);
        return events.push(scene.about(key(scene, item), at, person, known, body));
    }
    let kind = format!("system/{}", said.kind.some().unwrap_or("unknown"));
    events.push(scene.about(key(scene, item), at, person, known, scene.other(&kind)));
}

fn key(scene: &Scene<'_>, item: &Message<'_>) -> String {
    if item.id.is_empty() { scene.hashed() } else { item.id.to_string() }
}

fn read(part: Option<Raw<'_>>) -> Words<'_> {
    self::part(part)
}

fn part<'a, T: Record<'a> + Default>(part: Option<Raw<'a>>) -> T {
    part.and_then(|raw| parse(raw.get())).unwrap_or_default()
}

fn verbatim(part: Option<Raw<'_>>) -> String {
    part.map_or("null", |raw| raw.get()).to_owned()
}
