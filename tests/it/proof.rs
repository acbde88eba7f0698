//! Where only the plugin can find the proof (`scheme = "plugin"`), nothing is kept before it was found.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use switchboard::model::connection::Connection;
use switchboard_tests::TestApp;

/// What the vendor and the connection share.
const KEY: &str = "entry-key";

fn body(text: &str, key: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    let proof = hex::encode(mac.finalize().into_bytes());
    json!({"id": text, "at": 1_790_000_000_000_i64, "from": "+491701234567", "text": text, "proof": proof})
        .to_string()
}

async fn post(app: &TestApp, to: &Connection, body: &str) -> u16 {
    app.hook(to.id.as_str(), "POST", "", body, &[("content-type", "application/json")]).await.status
}

async fn deliveries(app: &TestApp) -> Vec<Value> {
    app.get("/api/v1/deliveries").await["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_inside_the_body_is_the_plugins_to_check_and_nothing_is_kept_without_it() {
    let app = TestApp::start(&["prover"]).await;
    let prover = app.connect("prover", json!({}), &[("entry", KEY)]).await;
    assert_eq!(post(&app, &prover, &body("hello", "another key")).await, 400);
    assert_eq!(post(&app, &prover, "not JSON").await, 400);
    assert_eq!(post(&app, &prover, &body("break down", "another key")).await, 400);
    assert!(deliveries(&app).await.is_empty() && app.events().await.is_empty());

    assert_eq!(post(&app, &prover, &body("hello", KEY)).await, 200);
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await.len(), 1);
    let kept = deliveries(&app).await;
    assert_eq!((kept.len(), &kept[0]["state"]), (1, &"done".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_must_check_the_proof_and_fails_has_the_vendor_try_again() {
    let app = TestApp::start(&["prover"]).await;
    let prover = app.connect("prover", json!({}), &[("entry", KEY)]).await;
    // Whether the proof was right nobody can know: keeping it would let strangers fill the disk.
    assert_eq!(post(&app, &prover, &body("break down", KEY)).await, 503);
    app.post(&format!("/api/v1/connections/{}/pause", prover.id), &json!({})).await.expect(200);
    assert_eq!(post(&app, &prover, &body("hello", KEY)).await, 503);
    assert!(deliveries(&app).await.is_empty() && app.events().await.is_empty());
    app.post(&format!("/api/v1/connections/{}/resume", prover.id), &json!({})).await.expect(200);
    assert_eq!(post(&app, &prover, &body("hello", KEY)).await, 200);
}
