//! A hub that stops in the middle goes on where it was.

use serde_json::json;
use switchboard_tests::{TestApp, Vendor, plugins};

use crate::vendors::{courier, wrote};

#[tokio::test(flavor = "multi_thread")]
async fn parked_deliveries_jobs_and_outbox_survive_a_restart() {
    let vendor = Vendor::start().await;
    vendor.replies([(429, vec![("retry-after", "2")], String::new())]);
    let app = TestApp::with(&["courier", "honest"], &[&vendor.allowed()]).await;
    let courier = courier(&app, &vendor.url()).await;
    let assistant = app.connect("honest", json!({}), &[]).await;
    let pause = format!("/api/v1/connections/{}", assistant.id);
    app.post(&format!("{pause}/pause"), &json!({})).await.expect(200);

    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&courier, json!([wrote("m1", 1_000, "two words", &ada)]).to_string(), &[]).await.expect(200);
    let _ = app.deliver(&courier, "[{\"kind\": \"unheard-of\"}]", &[]).await;
    let person = app.person("phone:+491701234567").await;
    let conversation = person["conversation"].as_str().expect("a conversation").to_owned();
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let item = app.post(&path, &json!({"content": {"text": "On its way"}, "connection": courier.id})).await.expect(202);
    let item = item.json()["id"].as_str().expect("an id").to_owned();
    app.until("the vendor to be asked", || async { !vendor.sent().is_empty() }).await;

    let app = app.restart().await;
    let stats = app.running().store.stats().await.expect("the store answers");
    assert_eq!(stats.outbox, 1, "the message still waits");
    assert_eq!(app.events().await.len(), 1);
    app.post(&format!("{pause}/resume"), &json!({})).await.expect(200);
    app.until("the message to be sent", || async {
        app.get(&format!("/api/v1/outbox/{item}")).await["state"] == "sent"
    })
    .await;
    assert_eq!(vendor.sent().len(), 2);
    assert_eq!(vendor.sent()[0].body["correlation"], vendor.sent()[1].body["correlation"]);
    // The job was put off while the assistant was paused; what is due is found after a restart.
    app.may_leave_work();
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
