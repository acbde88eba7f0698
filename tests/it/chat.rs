//! Messages in: a delivery becomes a customer with timeline, conversation and message.

use serde_json::Value;
use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, echo, status, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_chat_message_becomes_a_customer_with_timeline_conversation_and_message() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    app.deliver(&chat, text("491701234567", "wamid.1", NOON, "Where is my order?"), &[]).await.expect(200);
    app.settled().await;
    let person = app.person("phone:+491701234567").await;
    assert_eq!(person["identifiers"][0]["evidence"], "verified", "{person}");
    let name = person["attributes"].as_array().expect("attributes").iter().find(|a| a["value"] == "Ada L.");
    assert_eq!(
        name.expect("the name")["source"]["connection"],
        chat.id.as_str(),
        "a value says where it came from"
    );
    let messages = app.messages(&person).await;
    assert_eq!((messages.len(), &messages[0]["text"]), (1, &Value::from("Where is my order?")));
    assert_eq!((&messages[0]["direction"], &messages[0]["vendor-id"]), (&"in".into(), &"wamid.1".into()));
    let timeline = app.timeline(&person).await;
    assert_eq!(
        timeline.iter().filter(|entry| entry["kind"] == "message-received").count(),
        1,
        "{timeline:?}"
    );
    assert!(
        timeline
            .iter()
            .any(|entry| entry["summary"].as_str().is_some_and(|s| s.contains("Where is my order?")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_delivery_twice_is_one_event() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    let body = text("491701234567", "wamid.1", NOON, "Hello");
    app.deliver(&chat, &body, &[]).await.expect(200);
    let once = app.events().await.len();
    app.deliver(&chat, &body, &[]).await.expect(200);
    let (left, right) = tokio::join!(app.deliver(&chat, &body, &[]), app.deliver(&chat, &body, &[]));
    assert_eq!((left.status, right.status), (200, 200));
    assert_eq!(app.events().await.len(), once);
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_deliveries_stand_where_the_vendors_clock_puts_them() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    for (id, at, words) in [("wamid.3", 20, "third"), ("wamid.1", 0, "first"), ("wamid.2", 10, "second")] {
        app.deliver(&chat, text("491701234567", id, NOON + at, words), &[]).await.expect(200);
    }
    let person = app.person("phone:+491701234567").await;
    let messages = app.messages(&person).await;
    let words: Vec<_> = messages.iter().filter_map(|message| message["text"].as_str()).collect();
    assert_eq!(words, ["third", "second", "first"]);
    let times: Vec<_> = app.timeline(&person).await.iter().map(|entry| entry["at"].to_string()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_out_of_order_and_before_their_message_move_it_forward_only() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    for (state, at) in [("read", 30), ("sent", 10)] {
        app.deliver(&chat, status("491701234567", "wamid.OUT", NOON + at, state), &[]).await.expect(200);
    }
    app.deliver(&chat, echo("491701234567", "wamid.OUT", NOON, "We are on it"), &[]).await.expect(200);
    app.deliver(&chat, status("491701234567", "wamid.OUT", NOON + 20, "delivered"), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    let messages = app.messages(&person).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (&messages[0]["text"], &messages[0]["status"]["state"]),
        (&"We are on it".into(), &"read".into())
    );
    let statuses =
        app.events().await.iter().filter(|logged| logged.kind.as_str() == "message-status").count();
    assert_eq!(statuses, 3, "each is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_is_answered_with_the_challenge_and_leaves_nothing() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    let query = |word: &str| format!("?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={word}");
    let good = app.hook(chat.id.as_str(), "GET", &query("the-word-made-up"), "", &[]).await.expect(200);
    assert_eq!(good.text, "1158201444");
    app.hook(chat.id.as_str(), "GET", &query("another-word"), "", &[]).await.expect(401);
    assert_eq!(app.get("/api/v1/deliveries").await["items"].as_array().map(Vec::len), Some(0));
}
