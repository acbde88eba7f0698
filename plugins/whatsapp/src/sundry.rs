//! The rarer news of people: new ids, preferences, calls, groups, the business's own address book.

use switchboard_sdk::events::{Call, Customer, IdentifierChange};
use switchboard_sdk::{Event, Evidence, Identifier};

use crate::events::Scene;
use crate::message::consent;
use crate::payload::{Sundry, Swap, UserIdUpdate};
use crate::person::{PARENT, Person, USER};

/// A person's business-scoped ids were replaced, as happens when they change their number.
pub(crate) fn user_id_update<'a>(scene: &Scene<'a>, item: &'a UserIdUpdate<'a>, events: &mut Vec<Event>) {
    let contacts = &scene.change.value.contacts;
    let person =
        Person::find(&item.wa_id, &item.user_id.current, &item.parent_user_id.current, contacts, scene.alone);
    let mut changed = |namespace, swap: &Swap<'_>| {
        let name = |id: &str| Identifier::vendor(namespace, id, Evidence::Verified);
        if let Some((previous, current)) = name(&swap.previous).zip(name(&swap.current)) {
            let key = format!("{namespace}:{}:{}:{}", previous.value, current.value, &*item.timestamp);
            let body = IdentifierChange { previous, current };
            events.push(scene.about(key, &item.timestamp, &person, Evidence::Verified, body));
        }
    };
    changed(USER, &item.user_id);
    changed(PARENT, &item.parent_user_id);
}

/// A person stopped or resumed marketing messages.
pub(crate) fn preference<'a>(scene: &Scene<'a>, item: &'a Sundry<'a>, events: &mut Vec<Event>) {
    let contacts = &scene.change.value.contacts;
    let person = Person::find(&item.wa_id, &item.user_id, &item.parent_user_id, contacts, scene.alone);
    let granted = match &*item.value {
        "stop" => Some(false),
        "resume" => Some(true),
        _ => None,
    };
    let purpose = item.category.strip_suffix("_messages").unwrap_or(&item.category);
    let body = granted
        .map_or_else(|| scene.other("user_preferences"), |granted| consent(purpose, granted, &item.detail));
    events.push(scene.about(scene.hashed(), &item.timestamp, &person, Evidence::Verified, body));
}

/// A call began or ended.
pub(crate) fn call<'a>(scene: &Scene<'a>, item: &'a Sundry<'a>, events: &mut Vec<Event>) {
    let inbound = &*item.direction != "BUSINESS_INITIATED";
    let (phone, user, parent, evidence) = if inbound {
        (&item.from, &item.from_user_id, &item.from_parent_user_id, Evidence::Verified)
    } else {
        (&item.to, &item.to_user_id, &item.to_parent_user_id, Evidence::Recorded)
    };
    let person = Person::find(phone, user, parent, &scene.change.value.contacts, scene.alone);
    let seconds: Option<u64> = item.duration.parse().ok();
    let state = match (&*item.event, &*item.status) {
        ("connect", _) => "ringing",
        ("terminate", "COMPLETED") => "ended",
        ("terminate", _) => "missed",
        (other, _) => other,
    };
    let call = Call {
        id: item.id.to_string(),
        inbound,
        state: state.to_owned(),
        duration: seconds.map(|seconds| seconds.saturating_mul(1_000)),
        recording_url: None,
    };
    let key = if item.id.is_empty() { scene.hashed() } else { format!("call:{}:{}", call.id, &*item.event) };
    events.push(scene.about(key, &item.timestamp, &person, evidence, call));
}

/// A group changed, or who is in it.
pub(crate) fn group<'a>(scene: &Scene<'a>, item: &'a Sundry<'a>, events: &mut Vec<Event>) {
    let person =
        Person::find(&item.wa_id, &item.user_id, &item.parent_user_id, &[], false).called("", &item.username);
    let body = scene.other(item.kind.some().unwrap_or(&scene.change.field));
    events.push(scene.about(scene.hashed(), &item.timestamp, &person, Evidence::Recorded, body));
}

/// The business changed a card in the address book of its own WhatsApp app.
pub(crate) fn address_book<'a>(scene: &Scene<'a>, item: &'a Sundry<'a>, events: &mut Vec<Event>) {
    let card = &*item.contact;
    let person = Person::find(&card.phone_number, &card.user_id, &card.parent_user_id, &[], false);
    let person = person.called(&card.full_name, &card.username);
    let Some(id) = card.phone_number.some().or(card.user_id.some()) else {
        return events.push(scene.event(scene.hashed(), &item.metadata.timestamp, scene.other("state_sync")));
    };
    let customer = Customer { state: item.action.some().map(str::to_owned), ..Customer::new(id) };
    let event = scene.about(scene.hashed(), &item.metadata.timestamp, &person, Evidence::Recorded, customer);
    events.push(event.attribute_if("first-name", card.first_name.some()));
}
