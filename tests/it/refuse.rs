//! What the hub refuses at its door, and that nothing of it is kept.

use serde_json::json;
use switchboard_tests::{Program, TestApp, plugins};

use crate::courier::Courier;
use crate::vendors::{NOON, chat, courier, text, wrote};

async fn kept(app: &TestApp) -> (usize, usize) {
    let deliveries = app.get("/api/v1/deliveries").await["items"].as_array().map_or(0, Vec::len);
    (deliveries, app.events().await.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_signature_is_401_and_nothing_is_kept() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    let body = text("491701234567", "wamid.1", NOON, "Hello");
    let zeros = format!("sha256={}", "0".repeat(64));
    for headers in [&[][..], &[("x-hub-signature-256", &*zeros)], &[("x-hub-signature-256", "sha256=zz")]] {
        app.hook(chat.id.as_str(), "POST", "", &body, headers).await.expect(401);
    }
    assert_eq!(kept(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_405_with_those_that_fit() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = app.hook(chat.id.as_str(), method, "", "{}", &[]).await.expect(405);
        let allow = answer.headers["allow"].to_str().unwrap_or_default().to_owned();
        assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    }
    assert_eq!(kept(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_body_is_413_whether_or_not_it_is_signed() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let large = "x".repeat(17 * 1024);
    app.deliver(&courier, &large, &[]).await.expect(413);
    app.hook(courier.id.as_str(), "POST", "", &large, &[]).await.expect(413);
    assert_eq!(kept(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_json_is_400_and_is_not_parked() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    for body in ["{\"entry\": [", "hello", "\u{0}"] {
        app.deliver(&chat, body, &[]).await.expect(400);
    }
    assert_eq!(kept(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_connection_is_404() {
    let app = TestApp::start(&[]).await;
    for name in ["conn_0123456789abcdefghjkmnpqrs", "nonsense", "%00"] {
        app.hook(name, "POST", "", "{}", &[]).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_request_that_nobody_signed_are_refused() {
    let app = TestApp::start(&["honest"]).await;
    let open = app.connect("honest", json!({}), &[]).await;
    app.hook(open.id.as_str(), "POST", "", text("491701234567", "w", NOON, "Hello"), &[]).await.expect(401);
    assert_eq!(app.person("phone:+491701234567").await, serde_json::Value::Null);
    assert!(!app.events().await.iter().any(|logged| logged.kind.as_str() == "message-received"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_delivery_to_a_connection_that_was_just_added_beside_the_hub_is_taken() {
    let wasm = plugins::wasm("courier");
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    program.serve();
    let addr = program.address().await;
    for _ in 0..3 {
        let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
        let body = json!([wrote("m1", 1_000, "hi", &[("phone", "+491701234567", "verified")])]).to_string();
        assert_eq!(courier.deliver(addr, &body).await, Some(200));
    }
    program.stop().await;
}
