//! Captured deliveries that nobody here wrote: each is taken, tells something, and loses nothing.
//!
//! The folder is named by `SWITCHBOARD_CORPUS`; without it this test says so and passes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shopify::Shopify;
use switchboard_sdk::testing::{Host, pairs, request};
use switchboard_sdk::{Body, Event, Webhook};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("SWITCHBOARD_CORPUS").map(|path| PathBuf::from(path).join("shopify"));
    if folder.is_none() {
        eprintln!("SKIPPED: SWITCHBOARD_CORPUS is not set, so no captured delivery was read");
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus has this folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Delivers a body and gives what it tells.
fn deliver(topic: &str, shop: &str, body: &str) -> Vec<Event> {
    let mut request = request("POST", body);
    request.headers = pairs(&[
        ("x-shopify-topic", topic),
        ("x-shopify-shop-domain", shop),
        ("x-shopify-webhook-id", "w-1"),
    ]);
    let outcome = Shopify::handle(request).unwrap_or_else(|error| panic!("{topic}: {error:?}"));
    assert_eq!(outcome.reply.status, 200, "{topic}");
    outcome.events
}

/// Every value that stands in a document, `null` aside.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, out)),
        leaf => out.push(leaf.to_string()),
    }
}

fn assert_nothing_is_lost(what: &str, body: &str, events: &[Event]) {
    assert!(!events.is_empty(), "{what} tells nothing");
    let mut kept = Vec::new();
    let mut keys = Vec::new();
    for event in events {
        let source = match (&event.source, &event.body) {
            (Some(source), _) => source,
            (None, Body::Other(other)) => &other.data,
            (None, _) => body,
        };
        assert!(event.source.is_some() || events.len() == 1, "{what}: of several events each has a source");
        let source: Value = serde_json::from_str(source).expect("a source is JSON");
        leaves(&source, &mut kept);
        assert!(!event.external_id.is_empty() && event.external_id.len() <= 512, "{what}");
        keys.push(event.external_id.clone());
        for name in &event.subject {
            assert!(!name.value.is_empty() && !name.namespace.contains('{'), "{what}: {name:?}");
        }
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), events.len(), "{what}: two events have one key");
    let mut wanted = Vec::new();
    leaves(&serde_json::from_str(body).expect("a body is JSON"), &mut wanted);
    for leaf in wanted {
        assert!(kept.contains(&leaf), "{what} lost {leaf}");
    }
}

#[test]
fn every_captured_delivery_is_taken_and_loses_nothing() {
    let Some(corpus) = corpus() else { return };
    let _host = Host::with_settings(r#"{"shop":"acme","default_region":"US"}"#);
    let mut others = 0;
    let files = files(&corpus.join("hookdeck"));
    assert!(files.len() > 90, "{} files", files.len());
    for path in &files {
        let text = fs::read_to_string(path).expect("a readable file");
        let capture: Value = serde_json::from_str(&text).expect("a capture is JSON");
        let topic = capture["topic"].as_str().expect("a topic");
        let shop = capture["headers"]["x-shopify-shop-domain"].as_str().unwrap_or("");
        let body = capture["body"].to_string();
        let events = deliver(topic, shop, &body);
        assert_nothing_is_lost(topic, &body, &events);
        others += usize::from(matches!(events[0].body, Body::Other(_)));
        let again = deliver(topic, shop, &body);
        assert!(
            events.iter().map(|e| &e.external_id).eq(again.iter().map(|e| &e.external_id)),
            "{topic}: a repeated delivery has other keys"
        );
    }
    println!("{} deliveries, {others} of them of a kind the contract has no case for", files.len());
}

#[test]
fn every_privacy_webhook_is_a_privacy_request() {
    let Some(corpus) = corpus() else { return };
    let _host = Host::with_settings(r#"{"shop":"acme","default_region":"US"}"#);
    for name in ["customers/data_request", "customers/redact", "shop/redact"] {
        let path = corpus.join("gdpr").join(format!("{}.json", name.replace('/', "_")));
        let body = fs::read_to_string(path).expect("a readable file");
        let events = deliver(name, "acme.myshopify.com", &body);
        assert_nothing_is_lost(name, &body, &events);
        let Body::PrivacyRequest(request) = &events[0].body else { panic!("{name}: {events:?}") };
        assert_eq!(request.orders.is_empty(), name == "shop/redact");
    }
}

/// REST resources are what webhook bodies are made of: `{"order": {…}}` or a list of them.
#[test]
fn every_rest_resource_is_taken_as_a_webhooks_body() {
    let Some(corpus) = corpus() else { return };
    let _host = Host::with_settings(r#"{"shop":"acme","default_region":"US"}"#);
    let mut seen = 0;
    for folder in ["rest-go-shopify", "rest-python-api"] {
        for path in files(&corpus.join(folder)) {
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("").to_owned();
            let text = fs::read_to_string(&path).expect("a readable file");
            let document: Value = serde_json::from_str(&text).expect("a resource is JSON");
            let topic = match &*stem {
                "order" | "orders" | "order_with_transaction" => "orders/updated",
                "customer" | "customers_search" => "customers/update",
                "draft_order" => "draft_orders/update",
                "fulfillment" => "fulfillments/update",
                "fulfillment_event" => "fulfillment_events/create",
                "checkouts" => "checkouts/update",
                "refund" | "refund_calculate" => "refunds/create",
                "transaction" | "transactions" => "order_transactions/create",
                "shop" => "shop/update",
                _ => "products/update",
            };
            let inner = match &document {
                Value::Object(members) if members.len() == 1 => {
                    members.values().next().cloned().unwrap_or_default()
                }
                other => other.clone(),
            };
            let resources = match inner {
                Value::Array(items) => items,
                one => vec![one],
            };
            for resource in resources {
                let body = resource.to_string();
                let events = deliver(topic, "acme.myshopify.com", &body);
                assert_nothing_is_lost(&format!("{}: {topic}", path.display()), &body, &events);
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} resources");
}
