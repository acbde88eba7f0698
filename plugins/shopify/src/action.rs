//! What an agent can have done in the shop.

use switchboard_sdk::actions::Outcome;
use switchboard_sdk::events::Order;
use switchboard_sdk::identifier;
use switchboard_sdk::json::{self, Raw};
use switchboard_sdk::{Body, Error, Event, Money, Result, lenient, record, time};

use crate::admin;
use crate::answer::{Object, list};
use crate::config::Shop;
use crate::poll;
use crate::query::{self, FEW_ITEMS};
use crate::text::{self, Text, bare_id};

/// Orders by their number on the receipt, their id, or the mail address they were placed with.
pub(crate) fn find_order(shop: &Shop, input: &str) -> Result<Outcome> {
    record! {
        struct Input {
            number: Text<'a>,
            id: Text<'a>,
            email: Text<'a>,
            limit: Text<'a>,
        }
    }
    let input: Input<'_> = lenient::read(input)?;
    if let Some(id) = input.id.get() {
        let answer = poll::ask_order(shop, &global("Order", id))?;
        return Ok(orders(shop, poll::single(&answer)?.into_iter(), None));
    }
    let number = input.number.get().map(|number| number.trim_start_matches('#'));
    let query = match (number, input.email.get()) {
        (Some(number), _) => format!("name:'{}'", plain(number)),
        (None, Some(email)) => format!("email:'{}'", plain(email)),
        (None, None) => return Err(Error::reject("give a number, an id or a mail address")),
    };
    let limit = input.limit.get().and_then(|limit| limit.parse().ok());
    let variables = format!(
        r#"{{"first":{},"query":{},"items":{FEW_ITEMS}}}"#,
        limit.unwrap_or(5_u8).clamp(1, 10),
        json::quote(&query)
    );
    let answer = admin::ask(shop, &query::orders(), &variables)?;
    Ok(orders(shop, poll::nodes(&answer)?.into_iter(), number))
}

/// A customer by mail address, phone or id.
pub(crate) fn find_customer(shop: &Shop, input: &str) -> Result<Outcome> {
    record! {
        struct Input {
            email: Text<'a>,
            phone: Text<'a>,
            id: Text<'a>,
        }
    }
    let input: Input<'_> = lenient::read(input)?;
    let (field, value) = match (input.id.get(), input.email.get(), input.phone.get()) {
        (Some(id), ..) => ("id", global("Customer", id)),
        (None, Some(email), _) => ("emailAddress", email.to_owned()),
        (None, None, Some(phone)) => ("phoneNumber", number(shop, phone)?),
        _ => {
            return Err(Error::reject("give a mail address, a phone number or an id"));
        }
    };
    let variables = format!(r#"{{"identifier":{{"{field}":{}}}}}"#, json::quote(&value));
    let answer = admin::ask(shop, &query::customer(), &variables)?;
    let record = poll::single(&answer)?;
    let found = list(record.into_iter().map(customer));
    let mut outcome = Outcome::new(Object::new().raw("customers", &found).end());
    outcome.events = record.map_or_else(Vec::new, |node| poll::customer_events(shop, node));
    Ok(outcome)
}

/// Changes what the shop's record says of a customer.
pub(crate) fn update_customer(shop: &Shop, input: &str) -> Result<Outcome> {
    record! {
        struct Input {
            id: Text<'a>,
            first_name: Text<'a>,
            last_name: Text<'a>,
            email: Text<'a>,
            phone: Text<'a>,
            note: Text<'a>,
            tags: Option<Raw<'a>>,
        }
    }
    let input: Input<'_> = lenient::read(input)?;
    let Some(id) = input.id.get() else {
        return Err(Error::reject("the id of the customer is missing"));
    };
    let mut change = Object::new();
    let names = [("firstName", &input.first_name), ("lastName", &input.last_name), ("note", &input.note)];
    for (field, text) in names {
        if text.is_given() {
            change = change.text(field, Some(text.get().unwrap_or("")));
        }
    }
    // An empty address or phone takes it away.
    if input.email.is_given() {
        change = change.text("email", input.email.get());
    }
    if input.phone.is_given() {
        let phone = input.phone.get().map(|phone| number(shop, phone)).transpose()?;
        change = change.text("phone", phone.as_deref());
    }
    if let Some(tags) = input.tags {
        change = change.raw("tags", tags.get());
    }
    if change.is_empty() {
        return Err(Error::reject("nothing to change was given"));
    }
    let change = change.text("id", Some(&global("Customer", id))).end();
    let variables = Object::new().raw("input", &change).end();
    let answer = admin::ask(shop, &query::customer_update(), &variables)?;
    let record = done(&answer)?.record.filter(|raw| raw.get() != "null");
    let record = record.ok_or_else(|| Error::reject("the shop has no customer with that id"))?;
    let mut outcome = Outcome::new(Object::new().raw("customer", &customer(record)).end());
    outcome.events = poll::customer_events(shop, record);
    Ok(outcome)
}

/// Cancels an order. One that is cancelled already is answered as such, so that a repeated call does no
/// harm and tells no failure.
pub(crate) fn cancel_order(shop: &Shop, input: &str) -> Result<Outcome> {
    record! {
        struct Input {
            id: Text<'a>,
            reason: Text<'a>,
            refund: Text<'a>,
            restock: Text<'a>,
            notify: Text<'a>,
            note: Text<'a>,
        }

        struct State {
            cancelled_at: Text<'a>,
        }
    }
    let input: Input<'_> = lenient::read(input)?;
    let Some(id) = input.id.get() else {
        return Err(Error::reject("the id of the order is missing"));
    };
    let before = poll::ask_order(shop, &global("Order", id))?;
    let Some(node) = poll::single(&before)? else {
        return Err(Error::reject("the shop has no order with that id"));
    };
    let state: State<'_> = lenient::part(node);
    if let Some(at) = state.cancelled_at.get() {
        let output = Object::new().text("state", Some("cancelled"));
        let mut outcome = Outcome::new(output.text("cancelled_at", Some(at)).end());
        outcome.events = poll::order_events(shop, node);
        return Ok(outcome);
    }
    let refund = format!(r#"{{"originalPaymentMethodsRefund":{}}}"#, input.refund.is_true());
    let variables = Object::new()
        .text("orderId", Some(&global("Order", id)))
        .text("reason", Some(&input.reason.get().unwrap_or("other").to_ascii_uppercase()))
        .raw("refundMethod", &refund)
        .flag("restock", input.restock.get() != Some("false"))
        .flag("notifyCustomer", input.notify.is_true())
        .text("staffNote", input.note.get())
        .end();
    let answer = admin::ask(shop, query::ORDER_CANCEL, &variables)?;
    let job = done(&answer)?.job;
    let output = Object::new().text("state", Some("cancelling"));
    let job = job.as_ref().and_then(|job| job.id.get());
    Ok(Outcome::new(output.text("job", job).end()))
}

record! {
    struct Data {
        done: Option<Done<'a>>,
    }

    /// What a mutation did.
    struct Done {
        record: Option<Raw<'a>>,
        job: Option<Job<'a>>,
        errors: Vec<UserError<'a>>,
    }

    struct Job {
        id: Text<'a>,
    }

    struct UserError {
        field: Vec<Raw<'a>>,
        message: Text<'a>,
    }
}

/// The outcome of a mutation; the shop's objections to the input are a refusal.
fn done(answer: &str) -> Result<Done<'_>> {
    let done = lenient::read::<Data<'_>>(answer)?.done;
    let done = done.ok_or_else(|| Error::other("the shop did nothing and did not say why"))?;
    if done.errors.is_empty() {
        return Ok(done);
    }
    let said = done.errors.iter().map(|error| {
        let path = error.field.iter().filter_map(|raw| Text::of(raw).owned());
        let path = path.collect::<Vec<_>>().join(".");
        let colon = if path.is_empty() { "" } else { ": " };
        format!("{path}{colon}{}", error.message.get().unwrap_or("refused"))
    });
    Err(Error::reject(said.collect::<Vec<_>>().join("; ")))
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
fn orders<'a>(shop: &Shop, nodes: impl Iterator<Item = Raw<'a>>, number: Option<&str>) -> Outcome {
    let mut told: Vec<Vec<Event>> = nodes.map(|node| poll::order_events(shop, node)).collect();
    let is_it = |events: &Vec<Event>| match (order(events), number) {
        (Some(order), Some(number)) => order.number.trim_start_matches('#').eq_ignore_ascii_case(number),
        _ => false,
    };
    if told.iter().any(is_it) {
        told.retain(is_it);
    }
    let found = list(told.iter().filter_map(|events| view(events)));
    let mut outcome = Outcome::new(Object::new().raw("orders", &found).end());
    outcome.events = told.into_iter().flatten().collect();
    outcome
}

fn order(events: &[Event]) -> Option<&Order> {
    match &events.first()?.body {
        Body::Order(order) => Some(order),
        _ => None,
    }
}

fn view(events: &[Event]) -> Option<String> {
    let order = order(events)?;
    let items = order.items.iter().map(|item| {
        Object::new()
            .text("title", Some(&item.title))
            .raw("quantity", &item.quantity.to_string())
            .text("sku", item.sku.as_deref())
            .raw("price", &amount(item.price.as_ref()))
            .end()
    });
    let parcels = events.iter().filter_map(|event| match &event.body {
        Body::Fulfilment(parcel) => {
            let quoted = |texts: &[String]| list(texts.iter().map(|text| json::quote(text)));
            let object = Object::new().text("state", Some(&parcel.state));
            let object = object.text("carrier", parcel.carrier.as_deref());
            let object = object.raw("tracking_numbers", &quoted(&parcel.tracking_numbers));
            Some(object.raw("tracking_urls", &quoted(&parcel.tracking_urls)).end())
        }
        _ => None,
    });
    let said = &events.first()?.attributes;
    let name = said.iter().find(|said| said.field == "name");
    let object = Object::new()
        .text("id", Some(&order.id))
        .text("number", Some(&order.number))
        .text("state", Some(&order.state))
        .text("payment_state", order.payment_state.as_deref())
        .text("fulfilment_state", order.fulfilment_state.as_deref())
        .raw("total", &amount(order.total.as_ref()))
        .text("customer", name.map(|said| &*said.value))
        .text("placed_at", order.placed_at.map(time::to_rfc3339).as_deref())
        .text("updated_at", Some(&time::to_rfc3339(order.updated_at)))
        .text("url", order.url.as_deref())
        .raw("items", &list(items))
        .raw("fulfilments", &list(parcels));
    Some(object.end())
}

fn amount(money: Option<&Money>) -> String {
    let Some(money) = money else {
        return "null".to_owned();
    };
    let object = Object::new().text("amount", Some(&money.amount));
    object.text("currency", Some(&money.currency)).end()
}

fn customer(node: Raw<'_>) -> String {
    record! {
        struct Record {
            id: Text<'a>,
            first_name: Text<'a>,
            last_name: Text<'a>,
            state: Text<'a>,
            note: Text<'a>,
            tags: Option<Raw<'a>>,
            orders_count: Text<'a>,
            default_email: Option<Reach<'a>>,
            default_phone: Option<Reach<'a>>,
        }

        struct Reach {
            email: Text<'a>,
            phone: Text<'a>,
        }
    }
    let record: Record<'_> = lenient::part(node);
    let email = record.default_email.as_ref().and_then(|reach| reach.email.get());
    let phone = record.default_phone.as_ref().and_then(|reach| reach.phone.get());
    Object::new()
        .text("id", record.id.id())
        .text("first_name", record.first_name.get())
        .text("last_name", record.last_name.get())
        .text("email", email)
        .text("phone", phone)
        .text("state", record.state.word().as_deref())
        .text("note", record.note.get())
        .text("tags", Some(&record.tags.map(text::tags).unwrap_or_default()))
        .text("orders", record.orders_count.get())
        .end()
}
