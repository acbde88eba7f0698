//! Payloads that nobody here wrote, delivered through the whole hub: each is accepted and yields an event.
//!
//! They are in the folder that `SWITCHBOARD_CORPUS` names; without it the tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;
use switchboard_tests::TestApp;

use crate::vendors::{chat, deliver_shop, shop};

fn files(vendor: &str) -> Option<Vec<PathBuf>> {
    let Some(folder) = std::env::var_os("SWITCHBOARD_CORPUS") else {
        eprintln!(
            "SKIPPED: SWITCHBOARD_CORPUS is not set, so no captured {vendor} delivery went through the hub"
        );
        return None;
    };
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder).join(vendor)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the corpus has this folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "the corpus holds nothing of {vendor}");
    Some(found)
}

async fn count(app: &TestApp, before: &mut i64, path: &Path) {
    let now = app.running().store.last_seq().await.expect("the log");
    assert!(now > *before, "{} yields no event", path.display());
    *before = now;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_captured_chat_delivery_is_accepted_and_yields_an_event() {
    let Some(files) = files("whatsapp") else { return };
    let app = TestApp::start(&["whatsapp"]).await;
    for path in &files {
        // A connection each: several files repeat one vendor's id.
        let chat = chat(&app).await;
        let mut seq = app.running().store.last_seq().await.expect("the log");
        let answer = app.deliver(&chat, std::fs::read(path).expect("a file"), &[]).await;
        assert_eq!(answer.status, 200, "{}: {}", path.display(), answer.text);
        count(&app, &mut seq, path).await;
    }
    println!("{} captured chat deliveries were accepted", files.len());
}

/// The topic under which a captured file or a REST resource is delivered.
fn topic(path: &Path, document: &Value) -> String {
    if let Some(topic) = document["topic"].as_str() {
        return topic.to_owned();
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match stem {
        "order" | "orders" | "order_with_transaction" => "orders/updated",
        "customer" | "customers_search" => "customers/update",
        "draft_order" => "draft_orders/update",
        "fulfillment" => "fulfillments/update",
        "checkouts" => "checkouts/update",
        "refund" => "refunds/create",
        "transaction" => "order_transactions/create",
        "customers_data_request" => "customers/data_request",
        "customers_redact" => "customers/redact",
        "shop_redact" => "shop/redact",
        other => return format!("{other}/update"),
    }
    .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_captured_shop_delivery_is_accepted_and_yields_an_event() {
    let Some(files) = files("shopify") else { return };
    let app = TestApp::start(&["shopify"]).await;
    let mut shop_of_file = shop(&app).await;
    for (number, path) in files.iter().enumerate() {
        if number % 20 == 0 || path.to_string_lossy().contains("rest-") {
            // Resources of several sources repeat one vendor's id.
            shop_of_file = shop(&app).await;
        }
        let text = std::fs::read_to_string(path).expect("a file");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let body = if document["topic"].is_string() { document["body"].to_string() } else { text };
        let mut seq = app.running().store.last_seq().await.expect("the log");
        let answer =
            deliver_shop(&app, &shop_of_file, &topic(path, &document), &format!("w-{number}"), &body).await;
        assert_eq!(answer.status, 200, "{}: {}", path.display(), answer.text);
        count(&app, &mut seq, path).await;
    }
    println!("{} captured shop deliveries were accepted", files.len());
}
