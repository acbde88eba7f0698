//! Parked deliveries: found, looked at, replayed, given up, limited; handled ones go in time.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard::model::token::Role;
use switchboard_tests::{TestApp, plugins};

use crate::vendors::{NOON, chat, text};

async fn misdeeds(app: &TestApp) -> Connection {
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "e")];
    app.connect("misdeeds", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await
}

async fn list(app: &TestApp, query: &str) -> Vec<Value> {
    app.get(&format!("/api/v1/deliveries?{query}")).await["items"].as_array().cloned().unwrap_or_default()
}

fn id(delivery: &Value) -> String {
    delivery["id"].as_str().expect("an id").to_owned()
}

/// A guest whose manifest does not name what it says: it fails on every delivery until it is mended.
async fn break_it(app: &TestApp) -> String {
    let manifest = plugins::manifest("misdeeds");
    let broken = manifest.replace("emit = [\"message-received\", \"order\"]", "emit = [\"order\"]");
    assert_ne!(broken, manifest);
    app.replace("misdeeds", &plugins::guest("misdeeds", &broken)).await;
    manifest
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_of_a_delivery_is_covered_unless_somebody_asks() {
    let app = TestApp::start(&["misdeeds"]).await;
    app.may_leave_work();
    let connection = misdeeds(&app).await;
    let body = json!({"from": "+491701234567", "text": {"body": "Call me, Ada"}, "n": 3}).to_string();
    let headers = [("x-customer", "Ada Lovelace"), ("content-type", "application/json")];
    app.deliver_at(&connection, "/trap/ada@example.com?phone=491701234567", "{}", &[]).await.expect(200);
    app.deliver_at(&connection, "/trap", body.clone(), &headers).await.expect(200);
    let parked = list(&app, "state=parked").await;
    let path = format!("/api/v1/deliveries/{}", id(&parked[0]));

    let covered = app.get(&path).await;
    let words = covered.to_string();
    for said in ["Ada", "Lovelace", "4917", "Call me", "ada@"] {
        assert!(!words.contains(said), "{said} in {words}");
    }
    assert_eq!(covered["revealed"], false);
    let shape: Value =
        serde_json::from_str(covered["request"]["text"].as_str().expect("text")).expect("still JSON");
    assert_eq!(shape, json!({"from": "+000000000000", "text": {"body": "Xxxx xx, Xxx"}, "n": 0}));

    let shown = app.get(&format!("{path}?reveal=true")).await;
    assert_eq!((&shown["revealed"], &shown["request"]["text"]), (&true.into(), &body.into()));
    assert!(shown["request"]["headers"].to_string().contains("Ada Lovelace"));
    let audit = app.get(&format!("/api/v1/audit?subject={}", id(&parked[0]))).await;
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(1), "who looked is known: {audit}");
    assert_eq!(audit["items"][0]["action"], "delivery-revealed");
    let agent = app.token(Role::Agent).await;
    app.api_as(Some(&agent), "GET", &format!("{path}?reveal=true"), None).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_deliveries_are_found_by_plugin_time_and_words_of_the_error() {
    let app = TestApp::start(&["misdeeds", "whatsapp"]).await;
    app.may_leave_work();
    let (bad, good) = (misdeeds(&app).await, chat(&app).await);
    app.deliver_at(&bad, "/panic", "{}", &[]).await.expect(200);
    app.deliver_at(&bad, "/status", "{}", &[]).await.expect(200);
    app.deliver(&good, text("491701234567", "wamid.1", NOON, "hello"), &[]).await.expect(200);
    assert_eq!(list(&app, "").await.len(), 3);
    assert_eq!(list(&app, "plugin=misdeeds").await.len(), 2);
    assert_eq!(list(&app, "plugin=whatsapp&state=parked").await.len(), 0);
    assert_eq!(list(&app, "error=CRASHED").await.len(), 1);
    assert_eq!(list(&app, &format!("connection={}&error=crashed", good.id)).await.len(), 0);
    assert_eq!(list(&app, "since=2000-01-01T00:00:00Z&until=2001-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(list(&app, "since=2001-01-01T00:00:00%2B02:00").await.len(), 3);
    let problem = app.api("GET", "/api/v1/deliveries?since=yesterday").await.expect(400);
    assert!(problem.text.contains("RFC 3339"), "{}", problem.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_connection_are_replayed_in_order_and_no_further_than_asked() {
    let app = TestApp::start(&["misdeeds"]).await;
    let (one, other) = (misdeeds(&app).await, misdeeds(&app).await);
    let manifest = break_it(&app).await;
    for _ in 0..5 {
        app.deliver_at(&one, "/events/good", "{}", &[]).await.expect(200);
    }
    app.deliver_at(&other, "/events/good", "{}", &[]).await.expect(200);
    let mut wanted: Vec<String> =
        list(&app, &format!("connection={}", one.id)).await.iter().map(id).collect();
    wanted.reverse();

    let still =
        app.post(&format!("/api/v1/deliveries/replay?connection={}&limit=1", one.id), &json!({})).await;
    let still = still.expect(200).json();
    assert_eq!(
        (&still["items"][0]["state"], still["items"].as_array().map(Vec::len)),
        (&"parked".into(), Some(1))
    );
    assert!(
        still["items"][0]["error"].as_str().is_some_and(|why| why.contains("message-received")),
        "{still}"
    );

    app.replace("misdeeds", &plugins::guest("misdeeds", &manifest)).await;
    let mut path = format!("/api/v1/deliveries/replay?connection={}&limit=2", one.id);
    let mut done = Vec::new();
    loop {
        let page = app.post(&path, &json!({})).await.expect(200).json();
        done.extend(page["items"].as_array().expect("a list").iter().map(id));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/deliveries/replay?connection={}&limit=2&cursor={next}", one.id);
    }
    assert_eq!(done, wanted);
    let left = list(&app, "state=parked").await;
    assert_eq!((left.len(), &left[0]["connection"]), (1, &other.id.to_string().into()));
    app.post(&format!("/api/v1/deliveries/{}/replay", id(&left[0])), &json!({})).await.expect(200);
    app.post("/api/v1/deliveries/replay", &json!({})).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_delivery_says_who_and_why_and_nothing_of_the_request() {
    let app = TestApp::start(&["misdeeds"]).await;
    let connection = misdeeds(&app).await;
    app.deliver_at(&connection, "/trap", "{\"name\": \"Ada\"}", &[]).await.expect(200);
    let id = id(&list(&app, "state=parked").await[0]);
    let path = format!("/api/v1/deliveries/{id}");
    app.post(&format!("{path}/discard"), &json!({"reason": "  "})).await.expect(422);
    app.post(&format!("{path}/discard"), &json!({})).await.expect(422);
    let gone =
        app.post(&format!("{path}/discard"), &json!({"reason": "sent by a test"})).await.expect(200).json();
    assert_eq!((&gone["state"], &gone["discarded"]["why"]), (&"discarded".into(), &"sent by a test".into()));
    assert!(gone["discarded"]["by"].as_str().is_some_and(|by| by.starts_with("tok_")), "{gone}");
    let shown = app.get(&format!("{path}?reveal=true")).await;
    assert_eq!((&shown["request"], &shown["delivery"]["size"]), (&Value::Null, &0.into()));
    app.post(&format!("{path}/discard"), &json!({"reason": "again"})).await.expect(409);
    app.post(&format!("{path}/replay"), &json!({})).await.expect(409);
    assert_eq!(list(&app, "state=discarded").await.len(), 1);
    assert!(list(&app, "state=parked").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_connection_catches_up_by_itself_and_in_order() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    let turn = |what: &str| format!("/api/v1/connections/{}/{what}", chat.id);
    assert_eq!(app.post(&turn("pause"), &json!({})).await.expect(200).json()["state"], "paused");
    for number in 1..=3 {
        let wamid = format!("wamid.{number}");
        app.deliver(&chat, text("491701234567", &wamid, NOON + number, "anybody?"), &[]).await.expect(200);
    }
    assert_eq!(app.person("phone:+491701234567").await, Value::Null);
    let held = list(&app, "state=parked").await;
    assert_eq!((held.len(), &held[0]["attempts"]), (3, &0.into()), "no plugin was run: {held:?}");
    app.post(&format!("/api/v1/deliveries/{}/replay", id(&held[0])), &json!({})).await.expect(409);

    assert_eq!(app.post(&turn("resume"), &json!({})).await.expect(200).json()["state"], "active");
    app.until("the hub to catch up", || async { list(&app, "state=parked").await.is_empty() }).await;
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await.len(), 3);
    let logged: Vec<String> =
        app.events().await.iter().map(|logged| logged.event.said.external_id.clone()).collect();
    let mut sorted = logged.clone();
    sorted.sort();
    assert_eq!(logged, sorted, "in the order they came");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_when_the_hub_stopped_is_caught_up_after_the_resume_of_another_process() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    app.post(&format!("/api/v1/connections/{}/pause", chat.id), &json!({})).await.expect(200);
    app.deliver(&chat, text("491701234567", "wamid.1", NOON, "anybody?"), &[]).await.expect(200);
    let app = app.restart().await;
    assert_eq!(list(&app, "state=parked").await.len(), 1, "it is paused still");
    // As the command line does it: beside the hub.
    let active = switchboard::model::connection::ConnectionState::Active;
    app.running().store.set_connection_state(&chat.id, active).await.expect("written");
    app.until("the hub to catch up", || async { list(&app, "state=parked").await.is_empty() }).await;
    assert_eq!(app.events().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_no_more_may_be_parked_the_vendor_is_asked_to_keep_it() {
    let app = TestApp::with(&["misdeeds"], &["parked.max_bytes=100"]).await;
    let (full, other) = (misdeeds(&app).await, misdeeds(&app).await);
    let body = "x".repeat(60);
    app.deliver_at(&full, "/trap", body.clone(), &[]).await.expect(200);
    let refused = app.deliver_at(&full, "/trap", body.clone(), &[]).await.expect(503);
    assert!(refused.headers.contains_key("retry-after"));
    app.deliver_at(&other, "/trap", body.clone(), &[]).await.expect(200);
    app.deliver_at(&full, "/see", body.clone(), &[]).await.expect(200);
    let metrics = app.api("GET", "/metrics").await.expect(200).text;
    assert!(metrics.contains("switchboard_parked_refused_total{plugin=\"misdeeds\"}"), "{metrics}");

    let parked = list(&app, "state=parked").await;
    assert_eq!(parked.len(), 2, "what was kept stays");
    for delivery in &parked {
        let path = format!("/api/v1/deliveries/{}/discard", id(delivery));
        app.post(&path, &json!({"reason": "room"})).await.expect(200);
    }
    app.deliver_at(&full, "/trap", body, &[]).await.expect(200);
    let last = id(&list(&app, "state=parked").await[0]);
    app.post(&format!("/api/v1/deliveries/{last}/discard"), &json!({"reason": "room"})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_too_long_is_discarded_with_the_limit_as_its_reason() {
    let app = TestApp::with(&["misdeeds"], &["parked.max_age=1ms"]).await;
    let connection = misdeeds(&app).await;
    app.deliver_at(&connection, "/trap", "{}", &[]).await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let tidied = app.running().hub.tidy().await.expect("tidied");
    assert_eq!((tidied.discarded, tidied.forgotten), (1, 0), "its line is as young as its discard");
    let gone = &list(&app, "state=discarded").await[0];
    assert_eq!(gone["discarded"]["by"], "the hub");
    assert!(gone["discarded"]["why"].as_str().is_some_and(|why| why.contains("`parked.max_age`")), "{gone}");
    let metrics = app.api("GET", "/metrics").await.expect(200).text;
    assert!(metrics.contains("switchboard_deliveries_discarded_total{cause=\"age\"}"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn handled_deliveries_go_by_age_and_size_and_their_events_stay() {
    let app = TestApp::with(&["misdeeds"], &["deliveries.max_bytes=250"]).await;
    let connection = misdeeds(&app).await;
    app.deliver_at(&connection, "/trap", "p".repeat(200), &[]).await.expect(200);
    for _ in 0..6 {
        app.deliver_at(&connection, "/events/good", "x".repeat(100), &[]).await.expect(200);
    }
    let events = app.events().await.len();
    assert_eq!(app.running().hub.tidy().await.expect("tidied").forgotten, 4);
    assert_eq!(list(&app, "state=done").await.len(), 2, "the newest are kept");
    assert_eq!(app.running().hub.tidy().await.expect("tidied").forgotten, 0);
    assert_eq!(app.events().await.len(), events);
    let parked = list(&app, "state=parked").await;
    assert_eq!(parked.len(), 1);
    app.post(&format!("/api/v1/deliveries/{}/discard", id(&parked[0])), &json!({"reason": "test"}))
        .await
        .expect(200);

    let mut app = app;
    app.set("deliveries.keep=1ms");
    let app = app.restart().await;
    assert_eq!(
        app.running().hub.tidy().await.expect("tidied").forgotten,
        3,
        "the discarded one is old by now too"
    );
    assert!(list(&app, "").await.is_empty());
}
