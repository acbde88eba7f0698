//! Messages out: through the outbox to a vendor's server on this machine.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, Vendor};

use crate::vendors::{courier, news, wrote};

/// A hub with a courier on which Ada has written, and the address to answer her at.
async fn rig(vendor: &Vendor) -> (TestApp, Connection, String) {
    let app = TestApp::with(&["courier"], &[&vendor.allowed(), "outbox.first_wait=100ms"]).await;
    let courier = courier(&app, &vendor.url()).await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&courier, json!([wrote("m1", 1_000, "hello?", &ada)]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    (app, courier, path)
}

async fn send(app: &TestApp, path: &str, text: &str) -> Value {
    app.post(path, &json!({"content": {"text": text}})).await.expect(202).json()
}

async fn reaches(app: &TestApp, item: &Value, state: &str) -> Value {
    let path = format!("/api/v1/outbox/{}", item["id"].as_str().expect("an id"));
    app.until(&format!("{path} to be {state}"), || async { app.get(&path).await["state"] == state }).await;
    app.get(&path).await
}

async fn message(app: &TestApp, item: &Value) -> Value {
    app.get(&format!("/api/v1/messages/{}", item["message"].as_str().expect("a message"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_through_the_echo_channel_with_the_token_that_the_plugin_never_sees() {
    let vendor = Vendor::start().await;
    let app = TestApp::with(&["echo-channel"], &[&vendor.allowed()]).await;
    let secrets = [("signing_key", "echo-signing-nobody-may-see"), ("token", "echo-token-nobody-may-see")];
    let echo = app.connect("echo-channel", json!({"url": format!("{}/in", vendor.url())}), &secrets).await;
    let body = json!({"id": "m1", "at": 1_767_225_600_000_i64, "from": "ada", "text": "Hello"});
    app.deliver(&echo, body.to_string(), &[]).await.expect(200);
    let person = app.person("echo:user:ada").await;
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    let item = send(&app, &path, "Hi Ada").await;
    assert_eq!(message(&app, &item).await["text"], "Hi Ada", "it is shown at once");
    reaches(&app, &item, "sent").await;
    app.settled().await;
    let sent = vendor.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].authorization, "Bearer echo-token-nobody-may-see");
    assert_eq!(sent[0].body, json!({"id": item["id"], "to": "ada", "text": "Hi Ada"}));
    let shown = message(&app, &item).await;
    assert_eq!(
        (&shown["status"]["state"], &shown["direction"]),
        (&"accepted".into(), &"out".into()),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_vendor_is_asked_again_when_it_said() {
    let vendor = Vendor::start().await;
    vendor.replies([(429, vec![("retry-after", "1")], String::new())]);
    let (app, _, path) = rig(&vendor).await;
    let item = send(&app, &path, "Hi").await;
    let done = reaches(&app, &item, "sent").await;
    assert_eq!(done["attempts"], 2);
    let sent = vendor.sent();
    assert_eq!(sent.len(), 2);
    let waited = sent[1].at - sent[0].at;
    assert!(waited >= Duration::from_millis(950), "{waited:?}");
    assert_eq!(sent[0].body["correlation"], sent[1].body["correlation"], "the same correlation each time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_fails_at_once_and_shows_why() {
    let vendor = Vendor::start().await;
    vendor.replies([(400, vec![], "the window is closed".to_owned())]);
    let (app, _, path) = rig(&vendor).await;
    let item = send(&app, &path, "Hi").await;
    let failed = reaches(&app, &item, "failed").await;
    assert!(failed["error"].as_str().is_some_and(|why| why.contains("the window is closed")), "{failed}");
    let shown = message(&app, &item).await;
    assert_eq!(shown["status"]["state"], "failed");
    assert!(
        shown["status"]["reason"].as_str().is_some_and(|why| why.contains("the window is closed")),
        "{shown}"
    );
    assert_eq!(vendor.sent().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_outcome_is_unknown_waits_before_it_is_tried_again() {
    let vendor = Vendor::start().await;
    vendor.replies([(500, vec![], String::new())]);
    let (app, _, path) = rig(&vendor).await;
    let item = send(&app, &path, "Hi").await;
    reaches(&app, &item, "ambiguous").await;
    assert_eq!(vendor.sent().len(), 1);
    let done = reaches(&app, &item, "sent").await;
    assert_eq!(done["attempts"], 2);
    let sent = vendor.sent();
    let waited = sent[1].at - sent[0].at;
    assert!(waited >= Duration::from_millis(1_900), "its manifest says two seconds, it waited {waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_with_the_correlation_settles_a_message_whose_outcome_is_unknown() {
    let vendor = Vendor::start().await;
    vendor.replies([(500, vec![], String::new())]);
    let (app, courier, path) = rig(&vendor).await;
    let item = send(&app, &path, "Hi").await;
    reaches(&app, &item, "ambiguous").await;
    let correlation = item["id"].as_str().expect("an id");
    let delivered = json!([news("v-9", 5_000, "delivered", Some(correlation))]);
    app.deliver(&courier, delivered.to_string(), &[]).await.expect(200);
    reaches(&app, &item, "sent").await;
    let shown = message(&app, &item).await;
    assert_eq!(
        (&shown["status"]["state"], &shown["vendor-id"]),
        (&"delivered".into(), &"v-9".into()),
        "{shown}"
    );
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(vendor.sent().len(), 1, "it is not sent twice");
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await.len(), 2, "and shown once");
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_of_a_sent_message_move_it_forward_whatever_their_order() {
    let vendor = Vendor::start().await;
    let (app, courier, path) = rig(&vendor).await;
    let item = send(&app, &path, "Hi").await;
    reaches(&app, &item, "sent").await;
    for (state, at) in [("read", 9_000), ("delivered", 8_000), ("sent", 7_000)] {
        app.deliver(&courier, json!([news("vendor-1", at, state, None)]).to_string(), &[]).await.expect(200);
        assert_eq!(message(&app, &item).await["status"]["state"], "read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_of_the_manifest_is_kept() {
    let vendor = Vendor::start().await;
    let (app, _, path) = rig(&vendor).await;
    for number in 0..15 {
        send(&app, &path, &format!("number {number}")).await;
    }
    app.settled().await;
    let sent = vendor.sent();
    let texts: Vec<_> =
        sent.iter().map(|sent| sent.body["text"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(texts, (0..15).map(|number| format!("number {number}")).collect::<Vec<_>>(), "in their order");
    // Five a second, five at once: the last ten need two seconds.
    let took = sent[14].at - sent[0].at;
    assert!(took >= Duration::from_millis(1_700), "15 messages in {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reached_by_a_name_that_somebody_only_typed() {
    let vendor = Vendor::start().await;
    let (app, courier, _) = rig(&vendor).await;
    let typed = [("email", "grace@example.com", "verified"), ("phone", "+447700900123", "claimed")];
    app.deliver(&courier, json!([wrote("m2", 2_000, "call me", &typed)]).to_string(), &[]).await.expect(200);
    let person = app.person("email:grace@example.com").await;
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    let refused = app.post(&path, &json!({"content": {"text": "Hi"}})).await.expect(409);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    assert!(vendor.sent().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_to_the_number_that_the_network_knows_not_to_the_one_it_is_compared_by() {
    let vendor = Vendor::start().await;
    let (app, courier, _) = rig(&vendor).await;
    let eve = [("phone", "+5215512345678", "verified")];
    app.deliver(&courier, json!([wrote("m2", 2_000, "¿hola?", &eve)]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+525512345678").await;
    assert_eq!(person["identifiers"][0]["identifier"], "phone:+525512345678");
    let path = format!("/api/v1/conversations/{}/messages", person["conversation"].as_str().expect("one"));
    let item = send(&app, &path, "Hola").await;
    reaches(&app, &item, "sent").await;
    let sent = vendor.sent();
    assert_eq!(sent[0].body["to"], "+5215512345678");
}
