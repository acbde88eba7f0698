//! What an agent can have done in the shop.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use switchboard_sdk::actions::Outcome;
use switchboard_sdk::identifier;
use switchboard_sdk::{Body, Error, Event, Money, Result};

use crate::admin;
use crate::config::Shop;
use crate::poll::{self, One, Single};
use crate::query::{self, ALL_ITEMS, FEW_ITEMS};
use crate::text::{Text, bare_id};

/// Orders by their number on the receipt, their id, or the mail address they were placed with.
pub(crate) fn find_order(shop: &Shop, input: &str) -> Result<Outcome> {
    #[derive(Deserialize)]
    struct Input {
        number: Option<String>,
        id: Option<String>,
        email: Option<String>,
        limit: Option<u32>,
    }
    let input: Input = wanted(input)?;
    if let Some(id) = &input.id {
        let answer = order(shop, id)?;
        let node = answer.read::<Single<'_>>()?.record;
        return Ok(orders(shop, node.into_iter().collect(), None));
    }
    let number = input
        .number
        .as_deref()
        .map(|n| n.trim().trim_start_matches('#'));
    let query = match (number, &input.email) {
        (Some(number), _) => format!("name:'{}'", plain(number)),
        (None, Some(email)) => format!("email:'{}'", plain(email)),
        (None, None) => return Err(Error::reject("give a number, an id or a mail address")),
    };
    let variables = json!({
        "first": input.limit.unwrap_or(5).clamp(1, 10),
        "query": query,
        "items": FEW_ITEMS,
    });
    let answer = admin::ask(shop, &query::orders(), &variables)?;
    Ok(orders(shop, poll::nodes(&answer)?, number))
}

/// A customer by mail address, phone or id.
pub(crate) fn find_customer(shop: &Shop, input: &str) -> Result<Outcome> {
    #[derive(Deserialize)]
    struct Input {
        email: Option<String>,
        phone: Option<String>,
        id: Option<String>,
    }
    let input: Input = wanted(input)?;
    let identifier = if let Some(id) = &input.id {
        json!({ "id": global("Customer", id) })
    } else if let Some(email) = &input.email {
        json!({ "emailAddress": email.trim() })
    } else if let Some(phone) = &input.phone {
        json!({ "phoneNumber": number(shop, phone)? })
    } else {
        return Err(Error::reject(
            "give a mail address, a phone number or an id",
        ));
    };
    let variables = json!({ "identifier": identifier });
    let answer = admin::ask(shop, &query::customer(), &variables)?;
    let record = answer.read::<Single<'_>>()?.record;
    let found: Vec<Value> = record.into_iter().map(customer).collect();
    let mut outcome = Outcome::new(json!({ "customers": found }).to_string());
    outcome.events = record.map_or_else(Vec::new, |node| poll::customer_events(shop, node));
    Ok(outcome)
}

/// Changes what the shop's record says of a customer.
pub(crate) fn update_customer(shop: &Shop, input: &str) -> Result<Outcome> {
    #[derive(Deserialize)]
    struct Input {
        id: String,
        first_name: Option<String>,
        last_name: Option<String>,
        email: Option<String>,
        phone: Option<String>,
        note: Option<String>,
        tags: Option<Vec<String>>,
    }
    let input: Input = wanted(input)?;
    let phone = match input.phone.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(Value::Null),
        Some(phone) => Some(Value::String(number(shop, phone)?)),
    };
    let email = input.email.map(|email| match email.trim() {
        "" => Value::Null,
        email => Value::String(email.to_owned()),
    });
    let fields = [
        ("firstName", input.first_name.map(Value::String)),
        ("lastName", input.last_name.map(Value::String)),
        ("email", email),
        ("phone", phone),
        ("note", input.note.map(Value::String)),
        ("tags", input.tags.map(Value::from)),
    ];
    let mut change = serde_json::Map::new();
    for (name, value) in fields {
        if let Some(value) = value {
            change.insert(name.to_owned(), value);
        }
    }
    if change.is_empty() {
        return Err(Error::reject("nothing to change was given"));
    }
    change.insert("id".to_owned(), global("Customer", &input.id).into());
    let answer = admin::ask(shop, &query::customer_update(), &json!({ "input": change }))?;
    let done = done(&answer)?;
    let record = done
        .record
        .ok_or_else(|| Error::reject("the shop has no customer with that id"))?;
    let mut outcome = Outcome::new(json!({ "customer": customer(record) }).to_string());
    outcome.events = poll::customer_events(shop, record);
    Ok(outcome)
}

/// Cancels an order. One that is cancelled already is answered as such, so that a repeated call does no
/// harm and tells no failure.
pub(crate) fn cancel_order(shop: &Shop, input: &str) -> Result<Outcome> {
    #[derive(Deserialize)]
    struct Input {
        id: String,
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        refund: bool,
        #[serde(default = "yes")]
        restock: bool,
        #[serde(default)]
        notify: bool,
        note: Option<String>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct State<'a> {
        #[serde(borrow)]
        cancelled_at: Text<'a>,
    }
    let input: Input = wanted(input)?;
    let before = order(shop, &input.id)?;
    let Some(node) = before.read::<Single<'_>>()?.record else {
        return Err(Error::reject("the shop has no order with that id"));
    };
    let state: State<'_> = serde_json::from_str(node.get()).unwrap_or_default();
    if let Some(at) = state.cancelled_at.get() {
        let output = json!({ "state": "cancelled", "cancelled_at": at });
        let mut outcome = Outcome::new(output.to_string());
        outcome.events = poll::order_events(shop, node);
        return Ok(outcome);
    }
    let reason = input
        .reason
        .as_deref()
        .unwrap_or("other")
        .to_ascii_uppercase();
    let variables = json!({
        "orderId": global("Order", &input.id),
        "reason": reason,
        "refundMethod": { "originalPaymentMethodsRefund": input.refund },
        "restock": input.restock,
        "notifyCustomer": input.notify,
        "staffNote": input.note,
    });
    let answer = admin::ask(shop, query::ORDER_CANCEL, &variables)?;
    let job = done(&answer)?.job;
    let id = job.as_ref().and_then(|job| job.id.owned());
    Ok(Outcome::new(
        json!({ "state": "cancelling", "job": id }).to_string(),
    ))
}

fn yes() -> bool {
    true
}

/// What a mutation did.
#[derive(Deserialize)]
struct Done<'a> {
    #[serde(borrow, default)]
    record: Option<&'a RawValue>,
    #[serde(borrow, default)]
    job: Option<Job<'a>>,
    #[serde(default)]
    errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct Job<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

#[derive(Deserialize)]
struct UserError {
    #[serde(default)]
    field: Option<Vec<String>>,
    message: String,
}

/// The outcome of a mutation; the shop's objections to the input are a refusal.
fn done(answer: &admin::Answer) -> Result<Done<'_>> {
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(borrow)]
        done: Option<Done<'a>>,
    }
    let done = answer.read::<Data<'_>>()?.done;
    let done = done.ok_or_else(|| Error::other("the shop did nothing and did not say why"))?;
    if done.errors.is_empty() {
        return Ok(done);
    }
    let said = done.errors.iter().map(|error| match &error.field {
        Some(field) if !field.is_empty() => format!("{}: {}", field.join("."), error.message),
        _ => error.message.clone(),
    });
    Err(Error::reject(said.collect::<Vec<_>>().join("; ")))
}

fn wanted<'a, T: Deserialize<'a>>(input: &'a str) -> Result<T> {
    serde_json::from_str(input).map_err(|error| Error::reject(format!("input: {error}")))
}

fn order(shop: &Shop, id: &str) -> Result<admin::Answer> {
    let id = global("Order", id);
    let one = One {
        id: &id,
        items: ALL_ITEMS,
    };
    admin::ask(shop, &query::order(), &one)
}

fn global(kind: &str, id: &str) -> String {
    format!("gid://shopify/{kind}/{}", bare_id(id.trim()))
}

fn number(shop: &Shop, phone: &str) -> Result<String> {
    identifier::phone(phone, shop.region())
        .ok_or_else(|| Error::reject("write the phone number with its country: +49 170 1234567"))
}

/// Text that cannot end the quotes it is put into.
fn plain(text: &str) -> String {
    text.trim().replace(['\'', '"', '\\'], "")
}

/// The orders found; where one has exactly the number that was asked for, the others are left out.
fn orders(shop: &Shop, nodes: Vec<&RawValue>, number: Option<&str>) -> Outcome {
    let mut told: Vec<Vec<Event>> = nodes
        .iter()
        .map(|node| poll::order_events(shop, node))
        .collect();
    let is_it = |events: &Vec<Event>| match (events.first().map(|e| &e.body), number) {
        (Some(Body::Order(order)), Some(number)) => order
            .number
            .trim_start_matches('#')
            .eq_ignore_ascii_case(number),
        _ => false,
    };
    if told.iter().any(is_it) {
        told.retain(is_it);
    }
    let found: Vec<Value> = told.iter().filter_map(|events| view(events)).collect();
    let mut outcome = Outcome::new(json!({ "orders": found }).to_string());
    outcome.events = told.into_iter().flatten().collect();
    outcome
}

fn view(events: &[Event]) -> Option<Value> {
    let (first, parts) = events.split_first()?;
    let Body::Order(order) = &first.body else {
        return None;
    };
    let items = order.items.iter().map(|item| {
        json!({ "title": item.title, "quantity": item.quantity, "sku": item.sku, "price": amount(&item.price) })
    });
    let parcels = parts.iter().filter_map(|part| match &part.body {
        Body::Fulfilment(parcel) => Some(json!({
            "state": parcel.state,
            "carrier": parcel.carrier,
            "tracking_numbers": parcel.tracking_numbers,
            "tracking_urls": parcel.tracking_urls,
        })),
        _ => None,
    });
    let name = first.attributes.iter().find(|said| said.field == "name");
    let moment = switchboard_sdk::time::to_rfc3339;
    Some(json!({
        "id": order.id,
        "number": order.number,
        "state": order.state,
        "payment_state": order.payment_state,
        "fulfilment_state": order.fulfilment_state,
        "total": amount(&order.total),
        "customer": name.map(|said| &said.value),
        "placed_at": order.placed_at.map(moment),
        "updated_at": moment(order.updated_at),
        "url": order.url,
        "items": items.collect::<Vec<_>>(),
        "fulfilments": parcels.collect::<Vec<_>>(),
    }))
}

fn amount(money: &Option<Money>) -> Option<Value> {
    let money = money.as_ref()?;
    Some(json!({ "amount": money.amount, "currency": money.currency }))
}

fn customer(node: &RawValue) -> Value {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Record<'a> {
        #[serde(borrow)]
        id: Text<'a>,
        first_name: Text<'a>,
        last_name: Text<'a>,
        state: Text<'a>,
        note: Text<'a>,
        tags: Vec<String>,
        orders_count: Text<'a>,
        default_email: Option<Reach<'a>>,
        default_phone: Option<Reach<'a>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Reach<'a> {
        #[serde(borrow)]
        email: Text<'a>,
        phone: Text<'a>,
    }
    let record: Record<'_> = serde_json::from_str(node.get()).unwrap_or_default();
    json!({
        "id": record.id.get(),
        "first_name": record.first_name.get(),
        "last_name": record.last_name.get(),
        "email": record.default_email.as_ref().and_then(|reach| reach.email.get()),
        "phone": record.default_phone.as_ref().and_then(|reach| reach.phone.get()),
        "state": record.state.word(),
        "note": record.note.get(),
        "tags": record.tags,
        "orders": record.orders_count.get(),
    })
}
