//! Assistants: what they say stands beside the message, once.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, text};

async fn keywords(app: &TestApp) -> Connection {
    let topics = json!({"topics": {"refund": ["refund", "money back"], "shipping": ["where is", "parcel"]}});
    app.connect("keyword-assistant", topics, &[]).await
}

async fn insights(app: &TestApp, person: &str) -> Vec<Value> {
    let person = app.person(person).await;
    app.messages(&person).await[0]["insights"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_assistant_says_stands_beside_the_message() {
    let app = TestApp::start(&["whatsapp", "keyword-assistant"]).await;
    let (chat, keywords) = (chat(&app).await, keywords(&app).await);
    app.deliver(&chat, text("491701234567", "wamid.1", NOON, "Where is my parcel?"), &[]).await.expect(200);
    app.settled().await;
    app.until("the insight", || async { !insights(&app, "phone:+491701234567").await.is_empty() }).await;
    let said = &insights(&app, "phone:+491701234567").await[0];
    assert_eq!((&said["kind"], &said["label"]), (&"intent".into(), &"shipping".into()), "{said}");
    assert_eq!(said["connection"], keywords.id.as_str());
    assert!(app.events().await.iter().any(|logged| logged.kind.as_str() == "insight"), "it is an event too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_delivered_again_is_commented_once() {
    let app = TestApp::start(&["whatsapp", "keyword-assistant"]).await;
    let (chat, _) = (chat(&app).await, keywords(&app).await);
    let body = text("491701234567", "wamid.1", NOON, "I want a refund");
    for _ in 0..3 {
        app.deliver(&chat, &body, &[]).await.expect(200);
        app.settled().await;
    }
    app.until("the insight", || async { !insights(&app, "phone:+491701234567").await.is_empty() }).await;
    let said = app.events().await.iter().filter(|logged| logged.kind.as_str() == "insight").count();
    assert_eq!((said, insights(&app, "phone:+491701234567").await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mood_of_a_message_stands_beside_it() {
    let app = TestApp::start(&["whatsapp", "sentiment"]).await;
    let (chat, _) = (chat(&app).await, app.connect("sentiment", json!({}), &[]).await);
    let words = "I am REALLY disappointed, this is the worst service!!";
    app.deliver(&chat, text("491701234567", "wamid.1", NOON, words), &[]).await.expect(200);
    app.settled().await;
    app.until("the insight", || async { !insights(&app, "phone:+491701234567").await.is_empty() }).await;
    let said = insights(&app, "phone:+491701234567").await;
    let mood = said.iter().find(|insight| insight["kind"] == "sentiment").expect("a mood");
    assert_eq!(mood["label"], "negative", "{mood}");
    assert!(mood["score"].as_f64().is_some_and(|score| (-1.0..0.0).contains(&score)), "{mood}");
}
