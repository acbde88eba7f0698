//! Messages of every kind, in either direction.

use switchboard_sdk::events::{Choice, Consent, IdentifierChange, MessageEdit, MessageRef, Reaction};
use switchboard_sdk::json::Raw;
use switchboard_sdk::lenient::{self, Record, members, words};
use switchboard_sdk::{Attachment, Body, Content, Event, Evidence, Place};

use crate::events::Scene;
use crate::field::Text;
use crate::payload::{Message, Thread, Words};
use crate::person::{self, Person};

/// Translates a message among those that people sent. One from the business's own number is an echo all the
/// same.
pub(crate) fn received<'a>(scene: &Scene<'a>, item: &'a Message<'a>, events: &mut Vec<Event>) {
    let value = &*scene.change.value;
    let ours = [&value.metadata.display_phone_number, &value.metadata.phone_number_id];
    if ours.into_iter().any(|number| !number.is_empty() && *number == item.from) {
        return echo(scene, item, events);
    }
    let (user, parent) = (&item.from_user_id, &item.from_parent_user_id);
    let person = Person::find(&item.from, user, parent, &value.contacts, scene.alone);
    message(scene, item, &person, Way::In, events);
}

/// Translates a message that the business sent outside the hub.
pub(crate) fn echo<'a>(scene: &Scene<'a>, item: &'a Message<'a>, events: &mut Vec<Event>) {
    let (user, parent) = (&item.to_user_id, &item.to_parent_user_id);
    let person = Person::find(&item.to, user, parent, &scene.change.value.contacts, scene.alone);
    message(scene, item, &person, Way::Out, events);
}

/// Translates a message of the time before the number was connected.
pub(crate) fn historic<'a>(scene: &Scene<'a>, thread: &'a Thread<'a>, events: &mut Vec<Event>) {
    let Some(item) = thread.messages.first() else { return };
    let card = &*thread.context;
    let theirs =
        item.from.is_empty() || item.from == thread.id || card.user_id.some() == Some(&item.from_user_id);
    let user = [&card.user_id, if theirs { &item.from_user_id } else { &item.to_user_id }];
    let user = user.into_iter().find_map(Text::some).unwrap_or("");
    let person = Person::find(&thread.id, user, &card.parent_user_id, &[], false).called("", &card.username);
    message(scene, item, &person, if theirs { Way::In } else { Way::Out }, events);
}

/// Who wrote to whom.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// The person to the business.
    In,
    /// The business to the person.
    Out,
}

fn message(scene: &Scene<'_>, item: &Message<'_>, person: &Person<'_>, way: Way, events: &mut Vec<Event>) {
    let evidence = if way == Way::In { Evidence::Verified } else { Evidence::Recorded };
    let body = match &*item.kind {
        "system" => return system(scene, item, person, events),
        "reaction" => {
            let said = read(item.reaction);
            let emoji = said.emoji.to_string();
            said.message_id.some().map(|id| Body::Reaction(Reaction { message: id.to_owned(), emoji }))
        }
        "edit" => {
            let edit = read(item.edit);
            let now: Message<'_> = part(edit.message);
            let text = content(&now).map(|(text, _)| text);
            edit.original_message_id
                .some()
                .zip(text)
                .map(|(id, text)| MessageEdit { id: id.to_owned(), text }.into())
        }
        "revoke" => {
            let id = read(item.revoke).original_message_id;
            id.some().map(|id| MessageRef { id: id.to_owned() }).map(Body::MessageDeleted)
        }
        _ => match content(item) {
            Some((text, content)) => {
                let message = switchboard_sdk::Message {
                    id: key(scene, item),
                    thread: item.group_id.some().map(str::to_owned),
                    reply_to: item.context.id.some().map(str::to_owned),
                    text,
                    html: None,
                    subject: None,
                    content,
                    referral: item.referral.or(item.context.referred_product).map(|raw| raw.get().to_owned()),
                };
                Some(if way == Way::In { Body::MessageReceived(message) } else { Body::MessageSent(message) })
            }
            None => call_permission(&read(item.interactive)),
        },
    };
    // An unknown kind, or one whose pieces are missing.
    let body = body.unwrap_or_else(|| scene.other(&format!("message/{}", &*item.kind)));
    events.push(scene.about(key(scene, item), &item.timestamp, person, evidence, body));
}

/// The text of a message and what it carries besides; `None` for a kind this plugin does not know.
fn content(item: &Message<'_>) -> Option<(String, Content)> {
    let media = |part: Option<Raw<'_>>| {
        let said = read(Some(part?));
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
        "text" => Some((item.text.body.some()?.to_owned(), Content::Text)),
        "image" => media(item.image),
        "audio" => media(item.audio),
        "voice" => media(item.voice.or(item.audio)),
        "video" => media(item.video),
        "document" => media(item.document),
        "sticker" => media(item.sticker),
        "location" => Some((String::new(), location(&read(item.location))?)),
        "contacts" => Some((String::new(), Content::Contacts(item.contacts?.get().to_owned()))),
        "order" => {
            Some((read(item.order).text.0.into_owned(), Content::Products(item.order?.get().to_owned())))
        }
        "button" => {
            let said = read(Some(item.button?));
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
    let reply = |part: Option<Raw<'_>>| {
        let reply = read(Some(part?));
        Some(choice(&reply.id, &reply.title))
    };
    match &*said.kind {
        "button_reply" => reply(said.button_reply),
        "list_reply" => reply(said.list_reply),
        "nfm_reply" => Some((form(&read(Some(said.nfm_reply?))), Content::Text)),
        _ => None,
    }
}

/// The answers a person gave in a form (a "flow"), a line each after the form's own words.
fn form(reply: &Words<'_>) -> String {
    let mut text = reply.body.to_string();
    for (name, answer) in members(&reply.response_json).unwrap_or_default() {
        if name != "flow_token" {
            text.push_str(&format!("\n{name}: {}", words(answer.get())));
        }
    }
    text.trim_start().to_owned()
}

fn location(said: &Words<'_>) -> Option<Content> {
    let within = |degrees: Option<f64>, most: f64| degrees.filter(|degrees| degrees.abs() <= most);
    Some(Content::Location(Place {
        latitude: within(said.latitude, 90.0)?,
        longitude: within(said.longitude, 180.0)?,
        name: said.name.some().map(str::to_owned),
        address: said.address.some().map(str::to_owned),
    }))
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
            let previous =
                person::number(&item.from, known).or_else(|| person::number(&said.customer, known));
            previous
                .zip(person::number(&said.new_wa_id, known).or_else(|| person::number(&said.wa_id, known)))
        }
        "user_changed_user_id" => {
            // Where the old id has no member of its own, it stands in the sentence.
            let from = item
                .from_user_id
                .some()
                .or_else(|| said.body.split("changed from ").nth(1)?.split(' ').next());
            from.and_then(|from| person::number(from, known)).zip(person::number(&said.user_id, known))
        }
        _ => None,
    };
    if let Some((previous, current)) = changed.filter(|(previous, current)| previous != current) {
        let now = Person::find("", &said.user_id, &said.parent_user_id, &[], false);
        let mut event = scene.about(
            key(scene, item),
            at,
            &now,
            known,
            IdentifierChange { previous, current: current.clone() },
        );
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
    part.map(lenient::part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use switchboard_sdk::Body;

    fn body(item: &str) -> Body {
        let text = format!(
            r#"{{"entry":[{{"changes":[{{"field":"messages","value":{{"metadata":{{"phone_number_id":"5"}},"messages":[{item}]}}}}]}}]}}"#
        );
        crate::events::translate(&text).unwrap().remove(0).body
    }

    #[test]
    fn a_known_kind_whose_pieces_are_missing_is_kept_as_other() {
        for item in [
            r#"{"id":"1","type":"text"}"#,
            r#"{"id":"1","type":"image"}"#,
            r#"{"id":"1","type":"location","location":{"latitude":91,"longitude":0}}"#,
            r#"{"id":"1","type":"reaction","reaction":{"emoji":"x"}}"#,
            r#"{"id":"1","type":"edit","edit":{"original_message_id":"0"}}"#,
            r#"{"id":"1","type":"revoke"}"#,
            r#"{"id":"1","type":"interactive","interactive":{"type":"list_reply"}}"#,
            r#"{"id":"1","type":"system","system":{"type":"user_changed_number","wa_id":"49"}}"#,
            r#"{"id":"1"}"#,
        ] {
            assert!(matches!(body(item), Body::Other(other) if other.data == item), "{item}");
        }
    }

    #[test]
    fn a_message_from_the_businesss_own_number_was_sent_not_received() {
        let item = r#"{"id":"1","from":"5","to":"491701234567","type":"text","text":{"body":"Hi"}}"#;
        assert!(matches!(body(item), Body::MessageSent(_)));
    }
}
