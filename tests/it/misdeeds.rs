//! A plugin that fails hurts one delivery: it is parked, the vendor hears 2xx, the hub goes on.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, plugins};

use crate::vendors::{NOON, chat, text};

async fn misdeeds(app: &TestApp) -> Connection {
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "entry-nobody-may-see")];
    app.connect("misdeeds", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await
}

async fn parked(app: &TestApp) -> Vec<Value> {
    app.get("/api/v1/deliveries?state=parked").await["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_breaks_down_parks_the_delivery_and_the_hub_goes_on() {
    let app =
        TestApp::with(&["misdeeds", "whatsapp"], &["plugin.limits.cpu=300ms", "plugin.limits.wall=2s"]).await;
    app.may_leave_work();
    let (bad, good) = (misdeeds(&app).await, chat(&app).await);
    let deeds = [
        "/trap",
        "/panic",
        "/exit",
        "/loop",
        "/memory",
        "/recursion",
        "/sleep?size=5000",
        "/huge?size=20000000",
        "/status",
        "/header",
        "/events/kind",
        "/events/namespace",
        "/events/external-id",
        "/events/source",
        "/events/deep?size=5000",
        "/events/money",
        "/events/many?size=20000",
    ];
    for (number, deed) in deeds.iter().enumerate() {
        let before = parked(&app).await.len();
        let answer = app.deliver_at(&bad, deed, "{}", &[]).await;
        assert_eq!((*deed, answer.status), (*deed, 200), "{}", answer.text);
        let all = parked(&app).await;
        assert_eq!((*deed, all.len()), (*deed, before + 1));
        assert!(all[0]["error"].as_str().is_some_and(|why| !why.is_empty()), "{deed}: {}", all[0]);
        let id = format!("wamid.{number}");
        app.deliver(&good, text("491701234567", &id, NOON, "still there?"), &[]).await.expect(200);
    }
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await.len(), deeds.len(), "the other connection never noticed");
    app.api("GET", "/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_on_one_connection_does_not_hold_up_another() {
    let app = TestApp::with(&["misdeeds", "whatsapp"], &["plugin.limits.cpu=1s"]).await;
    app.may_leave_work();
    let (bad, good) = (misdeeds(&app).await, chat(&app).await);
    app.deliver(&good, text("491701234567", "wamid.0", NOON, "first"), &[]).await.expect(200);
    let loops = async {
        tokio::join!(app.deliver_at(&bad, "/loop", "{}", &[]), app.deliver_at(&bad, "/loop", "{}", &[]))
    };
    let other = async {
        for number in 1..=20 {
            let id = format!("wamid.{number}");
            app.deliver(&good, text("491701234567", &id, NOON + number, "hello"), &[]).await.expect(200);
        }
    };
    let ((one, two), ()) = tokio::join!(loops, other);
    assert_eq!((one.status, two.status), (200, 200));
    assert_eq!(parked(&app).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_delivery_is_replayed_once_the_guest_is_mended() {
    let app = TestApp::start(&["misdeeds"]).await;
    let manifest = plugins::manifest("misdeeds");
    // Its first version says what its manifest does not name.
    let broken = manifest.replace("emit = [\"message-received\", \"order\"]", "emit = [\"order\"]");
    assert_ne!(broken, manifest);
    app.replace("misdeeds", &plugins::guest("misdeeds", &broken)).await;
    let connection = misdeeds(&app).await;
    app.deliver_at(&connection, "/events/good", "{\"a\": 1}", &[]).await.expect(200);
    assert_eq!(app.events().await.len(), 0);
    let id = parked(&app).await[0]["id"].as_str().expect("an id").to_owned();
    let shown = app.get(&format!("/api/v1/deliveries/{id}?reveal=true")).await;
    assert_eq!(shown["request"]["text"], "{\"a\": 1}", "the raw request is kept");
    assert!(!shown.to_string().contains("entry-nobody-may-see"), "and no credential: {shown}");

    let still = app.post(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await.expect(200).json();
    assert_eq!((&still["state"], &still["attempts"]), (&"parked".into(), &2.into()), "{still}");

    let mended = manifest.replace("version = \"1.0.0\"", "version = \"1.0.1\"");
    app.replace("misdeeds", &plugins::guest("misdeeds", &mended)).await;
    let done = app.post(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await.expect(200).json();
    assert_eq!((&done["state"], &done["events"]), (&"done".into(), &1.into()), "{done}");
    assert_eq!(app.events().await.len(), 1);
    app.post(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await.expect(409);
    assert_eq!(app.events().await.len(), 1);
}
