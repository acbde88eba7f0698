//! A hub that stops in the middle goes on where it was.

use serde_json::json;
use switchboard_tests::{TestApp, Vendor, plugins};

use crate::vendors::{courier, wrote};

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_goes_on_after_a_restart() {
    let vendor = Vendor::start().await;
    vendor.replies([(429, vec![("retry-after", "2")], String::new())]);
    let app = TestApp::with(&["courier"], &[&vendor.allowed()]).await;
    let courier = courier(&app, &vendor.url()).await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&courier, json!([wrote("m1", 1_000, "two words", &ada)]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    let conversation = person["conversation"].as_str().expect("a conversation").to_owned();
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let item = app.post(&path, &json!({"content": {"text": "On its way"}})).await.expect(202);
    let item = item.json()["id"].as_str().expect("an id").to_owned();
    app.until("the vendor to be asked", || async { !vendor.sent().is_empty() }).await;

    let app = app.restart().await;
    let stats = app.running().store.stats().await.expect("the store answers");
    assert_eq!(stats.outbox, 1, "the message still waits");
    app.until("the message to be sent", || async {
        app.get(&format!("/api/v1/outbox/{item}")).await["state"] == "sent"
    })
    .await;
    assert_eq!(vendor.sent().len(), 2);
    assert_eq!(vendor.sent()[0].body["correlation"], vendor.sent()[1].body["correlation"]);
    assert_eq!(app.messages(&app.person("phone:+491701234567").await).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn assistants_go_on_after_a_restart_where_they_were() {
    let app = TestApp::start(&["courier", "honest"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    app.connect("honest", json!({}), &[]).await;
    let ada = [("phone", "+491701234567", "verified")];
    let many: Vec<_> = (0..40).map(|n| wrote(&format!("m{n}"), n * 1_000, "two words", &ada)).collect();
    app.deliver(&courier, json!(many).to_string(), &[]).await.expect(200);

    // At once, with most of the work still to do.
    let app = app.restart().await;
    app.settled().await;
    app.until("every message to be commented", || async {
        app.events().await.iter().filter(|logged| logged.kind.as_str() == "insight").count() >= 40
    })
    .await;
    let person = app.person("phone:+491701234567").await;
    for message in app.messages(&person).await {
        assert_eq!(message["insights"].as_array().map(Vec::len), Some(1), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_parked_before_a_restart_is_replayed_after_it() {
    let app = TestApp::start(&["misdeeds"]).await;
    let manifest = plugins::manifest("misdeeds");
    let broken = manifest.replace("emit = [\"message-received\", \"order\"]", "emit = [\"order\"]");
    app.replace("misdeeds", &plugins::guest("misdeeds", &broken)).await;
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "e")];
    let connection = app.connect("misdeeds", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await;
    app.deliver_at(&connection, "/events/good", "{}", &[]).await.expect(200);

    let app = app.restart().await;
    app.replace("misdeeds", &plugins::guest("misdeeds", &manifest)).await;
    let parked = app.get("/api/v1/deliveries?state=parked").await;
    let id = parked["items"][0]["id"].as_str().expect("it is parked still").to_owned();
    let done = app.post(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await.expect(200).json();
    assert_eq!((&done["state"], app.events().await.len()), (&"done".into(), 1));
    // The connection's secrets are still good: a request signed with them is let in.
    app.deliver_at(&connection, "/see", "{}", &[]).await.expect(200);
}
