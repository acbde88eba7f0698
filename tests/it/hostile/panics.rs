//! A guest that panics in every one of its exports: each is a failure of that one call.

use serde_json::json;
use switchboard::model::connection::Connection;
use switchboard_tests::TestApp;

use super::{connect, hub, others_work, parks};
use crate::vendors::{courier, wrote};

/// The person Ada, who wrote; with the connection that she wrote on, and her conversation.
pub(super) async fn ada(app: &TestApp) -> (Connection, String) {
    let honest = courier(app, "http://127.0.0.1:9").await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&honest, json!([wrote("m1", 1_000, "hello", &ada)]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    (honest, person["conversation"].as_str().expect("a conversation").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_webhook_parks_the_delivery() {
    let app = hub("panics", &[]).await;
    let bad = connect(&app, "panics").await;
    let told = parks(&app, &bad, "", "{}").await;
    assert!(told.contains("the plugin crashed"), "{told}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_sender_leaves_the_message_to_be_looked_into() {
    let app = hub("panics", &[]).await;
    let bad = connect(&app, "panics").await;
    let (_, conversation) = ada(&app).await;
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let sent = json!({"content": {"text": "Hi"}, "connection": bad.id});
    let item = app.post(&path, &sent).await.expect(202).json();
    let item = format!("/api/v1/outbox/{}", item["id"].as_str().expect("an id"));
    app.until("the attempt", || async { app.get(&item).await["state"] == "ambiguous" }).await;
    let shown = app.get(&item).await;
    assert!(shown["error"].as_str().is_some_and(|why| why.contains("the plugin crashed")), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_poller_is_counted_and_polled_again() {
    let app = hub("panics", &["poller.first_wait=100ms", "poller.longest_wait=100ms"]).await;
    let bad = connect(&app, "panics").await;
    let failures = || async {
        let metrics = app.api_as(None, "GET", "/metrics", None).await.expect(200).text;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("switchboard_poll_failures_total{plugin=\"panics\"}"));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    let before = failures().await;
    app.until("two more failed polls", || async { failures().await >= before + 2 }).await;
    let logs = switchboard_tests::log::text();
    let told = |line: &&str| line.contains(bad.id.as_str()) && line.contains("a poll failed");
    assert!(logs.lines().find(told).is_some_and(|line| line.contains("the plugin crashed")));
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_an_action_is_told_to_whoever_asked() {
    let app = hub("panics", &[]).await;
    let bad = connect(&app, "panics").await;
    let path = format!("/api/v1/connections/{}/actions/anything", bad.id);
    let answer = app.post(&path, &json!({"input": {}})).await.expect(502);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let usage = app.get(&format!("/api/v1/connections/{}/usage", bad.id)).await;
    assert!(usage["total"]["failures"]["trap"].as_u64() >= Some(1), "it is counted: {usage}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_an_assistant_leaves_the_message_without_its_comment() {
    let app = hub("panics", &["assistant.attempts=2", "assistant.first_wait=50ms"]).await;
    let bad = connect(&app, "panics").await;
    let (_, conversation) = ada(&app).await;
    app.until("the comment to be given up", || async {
        let logs = switchboard_tests::log::text();
        logs.lines()
            .any(|line| line.contains(bad.id.as_str()) && line.contains("comment on a message is given up"))
    })
    .await;
    let page = app.get(&format!("/api/v1/conversations/{conversation}/messages")).await;
    assert_eq!(
        (&page["items"][0]["text"], &page["items"][0]["insights"]),
        (&"hello".into(), &json!([])),
        "{page}"
    );
}
