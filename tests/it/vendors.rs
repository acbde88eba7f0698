//! Deliveries in the shape their vendors document, and the connections they go to.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{Answer, TestApp};

/// A secret that must turn up nowhere but in signatures and in what is sent.
pub(crate) const SECRET: &str = "an-app-secret-that-nobody-may-see";

/// A second's beginning in January 2026, in seconds since the epoch.
pub(crate) const NOON: i64 = 1_769_860_800;

pub(crate) async fn chat(app: &TestApp) -> Connection {
    let secrets = [
        ("app_secret", SECRET),
        ("verify_token", "the-word-made-up"),
        ("access_token", "EAA-nobody-may-see"),
    ];
    app.connect("whatsapp", json!({"phone_number_id": "106540352242922"}), &secrets).await
}

pub(crate) async fn shop(app: &TestApp) -> Connection {
    let settings = json!({"shop": "acme", "default_region": "DE", "poll": false, "unconfirmed": "recorded"});
    app.connect("shopify", settings, &[("client_secret", "a-client-secret-nobody-may-see")]).await
}

pub(crate) async fn courier(app: &TestApp, url: &str) -> Connection {
    let secrets = [("entry", "courier-entry-nobody-may-see"), ("token", "courier-token-nobody-may-see")];
    app.connect("courier", json!({"base_url": url}), &secrets).await
}

fn value(inside: Value) -> String {
    change("messages", inside)
}

fn change(field: &str, inside: Value) -> String {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "49301234567", "phone_number_id": "106540352242922"}
    });
    value.as_object_mut().expect("an object").extend(inside.as_object().expect("an object").clone());
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": field, "value": value}]}]})
    .to_string()
}

/// A text message from a number without `+`.
pub(crate) fn text(from: &str, id: &str, at: i64, text: &str) -> String {
    value(json!({
        "contacts": [{"profile": {"name": "Ada L."}, "wa_id": from}],
        "messages": [{"from": from, "id": id, "timestamp": at.to_string(), "type": "text", "text": {"body": text}}]
    }))
}

/// A text message that was written to a number on the business's own phone.
pub(crate) fn echo(to: &str, id: &str, at: i64, text: &str) -> String {
    let echo = json!({"from": "49301234567", "to": to, "id": id, "timestamp": at.to_string(), "type": "text",
        "text": {"body": text}});
    change("smb_message_echoes", json!({"message_echoes": [echo]}))
}

/// A number's wish about marketing messages: `stop` or `resume`.
pub(crate) fn preference(who: &str, at: i64, verb: &str) -> String {
    let said = json!({"wa_id": who, "detail": format!("User requested to {verb} marketing messages"),
        "category": "marketing_messages", "value": verb, "timestamp": at});
    change(
        "user_preferences",
        json!({"user_preferences": [said],
        "contacts": [{"profile": {"name": "Ada L."}, "wa_id": who}]}),
    )
}

/// News of a message to a number.
pub(crate) fn status(to: &str, id: &str, at: i64, status: &str) -> String {
    value(
        json!({"statuses": [{"id": id, "status": status, "timestamp": at.to_string(), "recipient_id": to}]}),
    )
}

/// An order of a customer with a phone number and a confirmed mail address.
pub(crate) fn order(id: &str, number: u32, phone: &str, mail: &str) -> String {
    let order = json!({
        "id": "ORDER", "name": format!("#{number}"), "order_number": number, "currency": "EUR",
        "created_at": "2026-01-30T12:00:00Z", "updated_at": "2026-01-30T12:00:00Z",
        "processed_at": "2026-01-30T12:00:00Z", "cancelled_at": null, "closed_at": null,
        "total_price": "89.70", "financial_status": "paid", "fulfillment_status": null,
        "email": mail, "phone": null,
        "customer": {"id": 7_064_055_069_303_700_841_i64, "email": mail, "first_name": "Ada",
            "last_name": "Lovelace", "verified_email": true, "phone": phone},
        "line_items": [{"id": 1, "title": "Copper kettle", "quantity": 1, "price": "64.90"}]
    });
    order.to_string().replace("\"ORDER\"", id)
}

pub(crate) async fn deliver_shop(
    app: &TestApp,
    shop: &Connection,
    topic: &str,
    id: &str,
    body: &str,
) -> Answer {
    let headers = [
        ("x-shopify-topic", topic),
        ("x-shopify-shop-domain", "acme.myshopify.com"),
        ("x-shopify-webhook-id", id),
        ("x-shopify-api-version", "2026-10"),
    ];
    app.deliver(shop, body, &headers).await
}

/// What a courier's delivery says when a person wrote.
pub(crate) fn wrote(id: &str, at: i64, text: &str, who: &[(&str, &str, &str)]) -> Value {
    let name = |(namespace, value, evidence): &(&str, &str, &str)| json!({"namespace": namespace, "value": value, "evidence": evidence});
    json!({"kind": "message", "id": id, "at": at, "text": text, "who": who.iter().map(name).collect::<Vec<_>>()})
}

/// What a courier's delivery says of a message's way.
pub(crate) fn news(id: &str, at: i64, state: &str, correlation: Option<&str>) -> Value {
    json!({"kind": "status", "id": id, "at": at, "state": state, "correlation": correlation, "reason": null})
}
