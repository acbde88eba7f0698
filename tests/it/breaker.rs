//! A plugin that fails again and again is left alone, tried again, and caught up on; nobody else notices.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, Vendor, plugins};

use crate::vendors::{NOON, chat, courier, text, wrote};

const SETS: [&str; 4] =
    ["breaker.failures=3", "breaker.first_wait=700ms", "breaker.longest_wait=900ms", "breaker.probes=2"];

async fn misdeeds(app: &TestApp) -> Connection {
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "entry-nobody-may-see")];
    app.connect("misdeeds", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await
}

async fn parked(app: &TestApp) -> Vec<Value> {
    app.get("/api/v1/deliveries?state=parked").await["items"].as_array().cloned().unwrap_or_default()
}

async fn calls(app: &TestApp, connection: &Connection) -> u64 {
    let usage = app.get(&format!("/api/v1/connections/{}/usage", connection.id)).await;
    usage["total"]["calls"].as_u64().unwrap_or_default()
}

async fn resting(app: &TestApp, connection: &Connection) -> Value {
    app.get(&format!("/api/v1/connections/{}", connection.id)).await["resting"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_kept_unrun_while_a_plugin_is_left_alone_and_caught_up_on_in_order() {
    let app = TestApp::with(&["misdeeds", "whatsapp"], &SETS).await;
    app.may_leave_work();
    let (bad, good) = (misdeeds(&app).await, chat(&app).await);
    for _ in 0..3 {
        app.deliver_at(&bad, "/trap", "{}", &[]).await.expect(200);
    }
    let shown = resting(&app, &bad).await;
    assert!(shown["error"].as_str().is_some_and(|why| why.contains("crashed")), "{shown}");
    let metrics = app.api("GET", "/metrics").await.text;
    assert!(metrics.contains("switchboard_breaker_turns_total{plugin=\"misdeeds\",turn=\"opened\"}"));
    for _ in 0..4 {
        app.deliver_at(&bad, "/events/good", "{}", &[]).await.expect(200);
        app.deliver(&good, text("491701234567", "wamid.1", NOON, "still there?"), &[]).await.expect(200);
    }
    assert_eq!(calls(&app, &bad).await, 3, "the plugin was not run");
    let kept = parked(&app).await;
    assert_eq!(kept.len(), 7);
    assert!(kept[0]["error"].as_str().is_some_and(|why| why.contains("by itself")), "{}", kept[0]);
    assert_eq!(calls(&app, &good).await, 4, "another connection did not notice");

    app.until("what was kept is caught up on", || async { parked(&app).await.len() == 3 }).await;
    assert_eq!(resting(&app, &bad).await, Value::Null);
    assert_eq!(calls(&app, &bad).await, 7);
    let left = parked(&app).await;
    assert!(left.iter().all(|delivery| delivery["attempts"] == 1), "what failed waits for a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_poisonous_delivery_does_not_keep_the_others_back_for_ever() {
    let app = TestApp::with(&["misdeeds"], &SETS).await;
    app.may_leave_work();
    let bad = misdeeds(&app).await;
    for _ in 0..4 {
        app.deliver_at(&bad, "/trap", "{}", &[]).await.expect(200);
    }
    for _ in 0..2 {
        app.deliver_at(&bad, "/events/good", "{}", &[]).await.expect(200);
    }
    assert_eq!(parked(&app).await.len(), 6);
    app.until("the good ones are done", || async { parked(&app).await.len() == 4 }).await;
    app.until("all is as usual", || async { resting(&app, &bad).await == Value::Null }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mended_plugin_is_tried_at_once_and_a_restart_forgets_nothing() {
    let app =
        TestApp::with(&["misdeeds"], &["breaker.failures=2", "breaker.first_wait=10m", "breaker.probes=1"])
            .await;
    app.may_leave_work();
    let bad = misdeeds(&app).await;
    // The last one finds the plugin left alone; whatever is tried first with the mended one must be able to work.
    for path in ["/trap", "/trap", "/events/good"] {
        app.deliver_at(&bad, path, "{}", &[]).await.expect(200);
    }
    let since = resting(&app, &bad).await["since"].clone();
    let app = app.restart().await;
    app.may_leave_work();
    let before = resting(&app, &bad).await;
    assert_eq!(before["since"], since);
    // The state is read a moment after the start; what comes before that is run as usual.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let ran = calls(&app, &bad).await;
    app.deliver_at(&bad, "/events/good", "{}", &[]).await.expect(200);
    assert_eq!((calls(&app, &bad).await, parked(&app).await.len()), (ran, 4), "still left alone");

    let manifest = plugins::manifest("misdeeds").replace("version = \"1.0.0\"", "version = \"1.0.1\"");
    app.replace("misdeeds", &plugins::guest("misdeeds", &manifest)).await;
    app.deliver_at(&bad, "/events/good", "{}", &[]).await.expect(200);
    app.until("the new version caught up", || async { resting(&app, &bad).await == Value::Null }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_without_spending_their_attempts() {
    let vendor = Vendor::start().await;
    let sets = [&vendor.allowed(), "breaker.failures=1", "breaker.first_wait=1500ms", "breaker.probes=1"];
    let app = TestApp::with(&["courier"], &sets).await;
    app.may_leave_work();
    let courier = courier(&app, &vendor.url()).await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&courier, json!([wrote("m1", 1_000, "hello?", &ada)]).to_string(), &[]).await.expect(200);
    // The contract allows no such namespace: the plugin broke a rule, and is left alone.
    let illegal = [("Not Legal", "x", "verified")];
    app.deliver(&courier, json!([wrote("m2", 2_000, "again", &illegal)]).to_string(), &[]).await.expect(200);
    assert_ne!(resting(&app, &courier).await, Value::Null);
    let person = app.person("phone:+491701234567").await;
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    let item = app.post(&path, &json!({"content": {"text": "Hi"}})).await.expect(202).json();
    let item = format!("/api/v1/outbox/{}", item["id"].as_str().expect("an id"));
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!((&app.get(&item).await["state"], vendor.sent().len()), (&"queued".into(), 0), "it waits");
    app.until("it is sent", || async { app.get(&item).await["state"] == "sent" }).await;
    assert_eq!(app.get(&item).await["attempts"], 1, "waiting cost no attempt");
    assert_eq!(resting(&app, &courier).await, Value::Null, "and sending was the probe");
}
