//! What the baseline understands of the two vendors: just what the deliveries sent here hold, straight into
//! the hub's events. The events are the plugins' own, field by field; the rows written are compared.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use serde::Deserialize;
use switchboard::model::event::{Attribute, Body, Content, LineItem, Message, Money, NewEvent, Order};
use switchboard::model::identifier::{Evidence, Evident, Identifier};

type Wrong = Box<dyn std::error::Error + Send + Sync>;

/// The one message of a delivery of texts.
pub fn text(body: &[u8]) -> Result<NewEvent, Wrong> {
    let message = switchboard_guests::read(std::str::from_utf8(body)?)?.pop().ok_or("no message")?;
    Ok(NewEvent {
        external_id: message.id.to_owned(),
        occurred_at: message.at,
        subject: vec![known("phone", format!("+{}", message.from), Evidence::Verified)?],
        attributes: vec![stated("name", message.name.as_deref().ok_or("no name")?)],
        body: Body::MessageReceived(Message {
            id: message.id.to_owned(),
            thread: None,
            reply_to: None,
            text: message.text.into_owned(),
            html: None,
            subject: None,
            content: Content::Text,
            referral: None,
        }),
        source: None,
    })
}

#[derive(Deserialize)]
struct Shop<'a> {
    id: u64,
    name: &'a str,
    financial_status: &'a str,
    fulfillment_status: Option<&'a str>,
    cancelled_at: Option<&'a str>,
    closed_at: Option<&'a str>,
    total_price: &'a str,
    currency: &'a str,
    processed_at: &'a str,
    updated_at: &'a str,
    order_status_url: &'a str,
    customer_locale: &'a str,
    #[serde(borrow)]
    customer: Customer<'a>,
    #[serde(borrow)]
    line_items: Vec<Line<'a>>,
}

#[derive(Deserialize)]
struct Customer<'a> {
    id: u64,
    email: &'a str,
    verified_email: bool,
    phone: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    #[serde(borrow)]
    default_address: Address<'a>,
}

#[derive(Deserialize)]
struct Address<'a> {
    address1: &'a str,
    address2: &'a str,
    company: &'a str,
    zip: &'a str,
    city: &'a str,
    country_code: &'a str,
    phone: &'a str,
}

#[derive(Deserialize)]
struct Line<'a> {
    id: u64,
    name: &'a str,
    quantity: u64,
    price: &'a str,
    sku: &'a str,
}

/// An order.
pub fn order(body: &[u8]) -> Result<NewEvent, Wrong> {
    let shop: Shop<'_> = serde_json::from_slice(body)?;
    let (customer, address) = (&shop.customer, &shop.customer.default_address);
    let updated_at = time(shop.updated_at)?;
    let state = match (shop.cancelled_at, shop.closed_at) {
        (Some(_), _) => "cancelled",
        (_, Some(_)) => "closed",
        _ => "open",
    };
    let delivered = shop.fulfillment_status.unwrap_or("unfulfilled");
    let money = |amount: &str| Money { amount: amount.to_owned(), currency: shop.currency.to_owned() };
    let mail = if customer.verified_email { Evidence::Verified } else { Evidence::Recorded };
    let Address { address1, address2, zip, city, country_code, .. } = address;
    let line = |line: &Line<'_>| LineItem {
        id: line.id.to_string(),
        title: line.name.to_owned(),
        quantity: line.quantity,
        price: Some(money(line.price)),
        sku: Some(line.sku.to_owned()),
    };
    Ok(NewEvent {
        external_id: format!("order:{}:{updated_at}:{state}/{}/{delivered}", shop.id, shop.financial_status),
        occurred_at: updated_at,
        subject: vec![
            known("shopify:acme:customer", customer.id.to_string(), Evidence::Recorded)?,
            known("email", customer.email.to_ascii_lowercase(), mail)?,
            known("phone", customer.phone.to_owned(), Evidence::Recorded)?,
            known("phone", national(address.phone), Evidence::Claimed)?,
        ],
        attributes: vec![
            stated("language", shop.customer_locale),
            stated("name", &format!("{} {}", customer.first_name, customer.last_name)),
            stated("first-name", customer.first_name),
            stated("last-name", customer.last_name),
            stated("company", address.company),
            stated("country", country_code),
            stated("address", &format!("{address1}, {address2}, {zip} {city}, {country_code}")),
        ],
        body: Body::Order(Order {
            id: shop.id.to_string(),
            number: shop.name.to_owned(),
            state: state.to_owned(),
            payment_state: Some(shop.financial_status.to_owned()),
            fulfilment_state: Some(delivered.to_owned()),
            total: Some(money(shop.total_price)),
            placed_at: Some(time(shop.processed_at)?),
            updated_at,
            items: shop.line_items.iter().map(line).collect(),
            url: Some(shop.order_status_url.to_owned()),
        }),
        source: None,
    })
}

/// A number as people in Germany write it, with its country.
fn national(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0');
    "+49".chars().chain(digits).collect()
}

fn time(text: &str) -> Result<i64, Wrong> {
    Ok(text.parse::<jiff::Timestamp>()?.as_millisecond())
}

fn known(namespace: &str, value: String, evidence: Evidence) -> Result<Evident, Wrong> {
    Ok(Evident { identifier: Identifier::new(namespace, value)?, evidence })
}

fn stated(field: &str, value: &str) -> Attribute {
    Attribute { field: field.to_owned(), value: value.to_owned() }
}
