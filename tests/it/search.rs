//! The search over the API and on the command line: what is committed can be searched a moment later, and names
//! whoever has it today.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, courier, deliver_shop, order, shop, text, wrote};

/// The people that a search finds, once it finds `count` of them.
async fn find(app: &TestApp, query: &str, count: usize) -> Vec<Value> {
    let mut last = Value::Null;
    for _ in 0..200 {
        last = app.get(&format!("/api/v1/search?{query}")).await;
        let items = last["items"].as_array().cloned().unwrap_or_default();
        if items.len() == count {
            return items;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("`{query}` does not find {count}: {last}");
}

fn best(hit: &Value) -> (&str, &str) {
    let fit = &hit["matches"][0];
    (fit["place"].as_str().unwrap_or_default(), fit["text"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_found_by_name_identifier_order_and_message_a_moment_after_it_came() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (chat, shop) = (chat(&app).await, shop(&app).await);
    let order = order("6012345678901234567", 1001, "+491701234567", "ada@example.com");
    deliver_shop(&app, &shop, "orders/create", "w-1", &order).await.expect(200);
    let message = text("491701234567", "wamid.1", NOON, "Wo bleibt mein Päckchen?");
    app.deliver(&chat, &message, &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    for (query, place, fits) in [
        ("q=packchen%20bleibt", "message", "Wo bleibt mein Päckchen?"),
        ("q=ada%40example.com", "identifier", "email:ada@example.com"),
        ("q=ada%40ex&in=identifier", "identifier", "email:ada@example.com"),
        ("q=234567", "identifier", "phone:+491701234567"),
        ("q=%231001", "order", "#1001"),
        ("q=6012345678901234567", "order", "#1001"),
    ] {
        let found = find(&app, query, 1).await;
        assert_eq!(found[0]["profile"]["id"], person["id"], "{query}");
        assert_eq!(best(&found[0]), (place, fits), "{query}: {}", found[0]);
    }
    for typed in ["lovelace", "LOVELCAE", "lov", "ada%20lovelac"] {
        let found = find(&app, &format!("q={typed}"), 1).await;
        assert_eq!(found[0]["profile"]["id"], person["id"], "{typed}");
        assert!(
            best(&found[0]).0 == "name" && best(&found[0]).1.contains("Lovelace"),
            "{typed}: {}",
            found[0]
        );
    }
    find(&app, "q=lovelace&in=order,message", 0).await;
    let list = app.get("/api/v1/profiles?search=lovelace").await;
    assert_eq!(list["items"][0]["id"], person["id"], "{list}");
    assert_eq!(app.get("/api/v1/profiles?search=packchen").await["items"], json!([]), "people alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_found_is_who_has_it_today() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let say =
        |id: &str, at, what: &str, who: &[(&str, &str, &str)]| json!([wrote(id, at, what, who)]).to_string();
    let phone = ("phone", "+491701234567", "verified");
    let mail = ("email", "grace@example.com", "recorded");
    app.deliver(&courier, say("1", 1_000, "the red parcel", &[phone]), &[]).await.expect(200);
    app.deliver(&courier, say("2", 2_000, "the blue parcel", &[mail]), &[]).await.expect(200);
    assert_eq!(find(&app, "q=parcel", 2).await.len(), 2);
    app.deliver(&courier, say("3", 3_000, "both are mine", &[phone, mail]), &[]).await.expect(200);
    let both = app.person("email:grace@example.com").await;
    let found = find(&app, "q=parcel", 1).await;
    assert_eq!(found[0]["profile"]["id"], both["id"]);
    assert_eq!(found[0]["matches"].as_array().map(Vec::len), Some(2), "each message: {}", found[0]);
    assert_eq!(find(&app, "q=grace%40", 1).await[0]["profile"]["id"], both["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_for_is_refused() {
    let app = TestApp::start(&[]).await;
    for (query, word) in
        [("q=%20", "nothing to look for"), ("q=a&in=nowhere", "nowhere"), ("q=a&limit=0", "limit")]
    {
        let said = app.api("GET", &format!("/api/v1/search?{query}")).await.expect(400);
        assert!(said.text.contains(word), "{query}: {}", said.text);
    }
    find(&app, "q=nobody", 0).await;
}
