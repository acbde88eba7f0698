//! By which names a channel reaches people is a grant: shown, withheld and taken back like any other.

use serde_json::{Value, json};
use switchboard_tests::{TestApp, Vendor};

use crate::install::{by_hand, changed, plugin};
use crate::vendors::{courier, wrote};

const ADA: (&str, &str, &str) = ("phone", "+491701234567", "verified");
const GUEST: (&str, &str, &str) = ("hotel:guest", "7", "verified");

/// The approval of everything but `withheld`.
async fn approve(app: &TestApp, withheld: &[&str]) {
    app.post("/api/v1/plugins/courier/approve", &json!({"grants": withheld})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_channel_reaches_is_asked_shown_and_told_at_an_upgrade() {
    let app = by_hand(&["courier"]).await;
    let waits = plugin(&app, "courier").await;
    let asks = waits["waiting"]["asks"].as_array().expect("what it asks for");
    let reach = json!({"grant": "reach:phone", "words": "It writes to people by `phone`."});
    assert!(asks.contains(&reach), "{waits}");
    approve(&app, &[]).await;
    let wider = changed(
        "courier",
        &[("version = \"1.0.0\"", "version = \"1.1.0\""), ("[\"phone\"]", "[\"phone\", \"hotel:*\"]")],
    );
    let installed = app.install_over_http(&wider).await.expect(201).json();
    assert_eq!(installed["about"]["version"], "1.0.0", "the old version serves: {installed}");
    assert_eq!(
        installed["waiting"]["asks"],
        json!([{"grant": "reach:hotel:*", "words": "It writes to people by `hotel:*`, and may call them by such names."}])
    );
    approve(&app, &["reach:hotel:*"]).await;
    let serves = plugin(&app, "courier").await;
    assert_eq!(
        (&serves["about"]["version"], &serves["withheld"]),
        (&json!("1.1.0"), &json!(["reach:hotel:*"]))
    );

    let connection = courier(&app, "http://127.0.0.1:9").await;
    app.may_leave_work();
    let said = json!([wrote("m1", 1_000, "hello", &[ADA, GUEST])]).to_string();
    app.deliver(&connection, &said, &[]).await.expect(200);
    let parked = app.get("/api/v1/deliveries?state=parked").await;
    let why = parked["items"][0]["error"].as_str().expect("why");
    assert!(
        why.contains("`reach:hotel:*` was not granted") && why.contains("plugin approve courier"),
        "{why}"
    );
    assert!(app.events().await.is_empty());

    approve(&app, &[]).await;
    let id = parked["items"][0]["id"].as_str().expect("an id");
    app.post(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await.expect(200);
    assert_eq!(app.person("hotel:guest:7").await["id"], app.person("phone:+491701234567").await["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_whose_reach_was_taken_back_writes_to_nobody_and_names_the_grant() {
    let vendor = Vendor::start().await;
    let app = TestApp::with(&["courier"], &[&vendor.allowed()]).await;
    let connection = courier(&app, &vendor.url()).await;
    app.deliver(&connection, json!([wrote("m1", 1_000, "hello", &[ADA])]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    let path = format!("/api/v1/conversations/{}/messages", person["conversation"].as_str().expect("one"));
    app.post("/api/v1/plugins/courier/revoke", &json!({"grants": ["reach:phone"]})).await.expect(200);
    let withheld = plugin(&app, "courier").await["withheld"].clone();
    assert_eq!(withheld, json!(["reach:phone"]));
    let hi = json!({"content": {"text": "Hi"}});
    for message in [hi.clone(), json!({"content": {"text": "Hi"}, "connection": connection.id})] {
        let refused = app.post(&path, &message).await.expect(409).json();
        let why = refused["detail"].as_str().expect("why");
        assert!(
            why.contains("`reach:phone` was not granted") && why.contains("plugin approve courier"),
            "{why}"
        );
    }
    // Of a number it may still tell: everybody may.
    app.deliver(&connection, json!([wrote("m2", 2_000, "there?", &[ADA])]).to_string(), &[])
        .await
        .expect(200);
    assert_eq!(app.messages(&person).await.len(), 2);
    assert!(vendor.sent().is_empty(), "nothing went out");

    approve(&app, &[]).await;
    let item: Value = app.post(&path, &hi).await.expect(202).json();
    let item = format!("/api/v1/outbox/{}", item["id"].as_str().expect("an id"));
    app.until("it to be sent", || async { app.get(&item).await["state"] == "sent" }).await;
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_to_send_a_channel_still_calls_people_by_the_names_that_it_was_granted() {
    let app = by_hand(&["courier"]).await;
    app.replace("courier", &changed("courier", &[("[\"phone\"]", "[\"phone\", \"hotel:*\"]")])).await;
    approve(&app, &["send"]).await;
    let serves = plugin(&app, "courier").await;
    assert_eq!(serves["withheld"], json!(["send"]), "{serves}");
    let connection = courier(&app, "http://127.0.0.1:9").await;
    app.deliver(&connection, json!([wrote("m1", 1_000, "hello", &[ADA, GUEST])]).to_string(), &[])
        .await
        .expect(200);
    assert_eq!(app.person("hotel:guest:7").await["id"], app.person("phone:+491701234567").await["id"]);
}
