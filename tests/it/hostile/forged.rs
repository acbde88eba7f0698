//! A guest that speaks in the name of other connections, or says what it was not granted.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, Vendor};

use super::{connect, hub, others_work, parks, says};
use crate::vendors::{courier, deliver_shop, order, shop, wrote};

/// What the forger knows of the others.
fn known(message: &str, intent: &str, namespace: &str, value: &str) -> String {
    json!({"message": message, "intent": intent, "namespace": namespace, "value": value}).to_string()
}

/// Ada's words on an honest connection, and the conversation with her.
async fn ada(app: &TestApp, honest: &Connection) -> Value {
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(honest, json!([wrote("m1", 1_000, "hello", &ada)]).to_string(), &[]).await.expect(200);
    app.person("phone:+491701234567").await
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_another_plugins_people_are_refused() {
    let app = TestApp::start(&["forger", "shopify", "courier"]).await;
    app.may_leave_work();
    let (bad, shop) = (connect(&app, "forger").await, shop(&app).await);
    let body = order("1", 1001, "+491701234567", "ada@example.com");
    deliver_shop(&app, &shop, "orders/create", "w-1", &body).await.expect(200);
    let customer = "shopify:acme:customer:7064055069303700841";
    let before = app.person(customer).await;
    assert!(before["id"].is_string(), "the shop's own customer is known: {before}");
    let (namespace, value) = customer.rsplit_once(':').expect("an identifier");
    let told = parks(&app, &bad, "/person", &known("m", "", namespace, value)).await;
    assert!(
        told.contains("`shopify:acme:customer` is another plugin's") && told.contains("`forger:`"),
        "{told}"
    );
    assert_eq!(app.person(customer).await, before, "nobody was joined to the customer");
    assert!(app.person("forger:person:mallory").await.is_null());
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hubs_own_names_are_nobodys_to_say() {
    let app = hub("forger", &[]).await;
    let bad = connect(&app, "forger").await;
    for namespace in ["inner:order:conn_0123456789abcdefghjkmnpqrs", "inner:message", "inner:event"] {
        let told = parks(&app, &bad, "/person", &known("m", "", namespace, "1")).await;
        assert!(told.contains("not begin with `inner:`"), "{told}");
    }
    assert!(app.events().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_external_id_is_another_event_on_another_connection() {
    let app = hub("forger", &[]).await;
    let (bad, honest) = (connect(&app, "forger").await, courier(&app, "http://127.0.0.1:9").await);
    let before = ada(&app, &honest).await;
    // The forger is first with the next id, and second with the last one.
    app.deliver_at(&bad, "/message", known("m1", "", "phone", "+1"), &[]).await.expect(200);
    app.deliver_at(&bad, "/message", known("m2", "", "phone", "+1"), &[]).await.expect(200);
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&honest, json!([wrote("m2", 2_000, "and more", &ada)]).to_string(), &[]).await.expect(200);
    let texts: Vec<_> = app.messages(&before).await.iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, ["and more", "hello"], "hers are hers alone, and none is missing");
    assert_eq!(app.events().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_connections_messages_and_orders_cannot_be_changed() {
    let app = hub("forger", &[]).await;
    let (bad, honest) = (connect(&app, "forger").await, courier(&app, "http://127.0.0.1:9").await);
    let person = ada(&app, &honest).await;
    let before = (app.messages(&person).await, app.timeline(&person).await);
    for path in ["/edit", "/delete", "/order"] {
        app.deliver_at(&bad, path, known("m1", "", "phone", "+1"), &[]).await.expect(200);
    }
    assert_eq!((app.messages(&person).await, app.timeline(&person).await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_what_another_connection_sent_is_not_believed() {
    let vendor = Vendor::start().await;
    vendor.replies([(500, vec![], String::new())]);
    let app = hub("forger", &[&vendor.allowed()]).await;
    let (bad, honest) = (connect(&app, "forger").await, courier(&app, &vendor.url()).await);
    let person = ada(&app, &honest).await;
    let conversation = person["conversation"].as_str().expect("a conversation");
    let sent = json!({"content": {"text": "Hi"}});
    let item =
        app.post(&format!("/api/v1/conversations/{conversation}/messages"), &sent).await.expect(202).json();
    let id = item["id"].as_str().expect("an id");
    let path = format!("/api/v1/outbox/{id}");
    app.until("it to be unknown what became of it", || async {
        app.get(&path).await["state"] == "ambiguous"
    })
    .await;
    app.deliver_at(&bad, "/status", known("m1", id, "phone", "+1"), &[]).await.expect(200);
    assert_eq!(app.get(&path).await["state"], "ambiguous", "the forger's news changes nothing");
    app.until("it to be sent after all", || async { app.get(&path).await["state"] == "sent" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_event_that_was_not_granted_is_refused_by_name() {
    let app = hub("forger", &[]).await;
    let bad = connect(&app, "forger").await;
    let told = parks(&app, &bad, "/kind", &known("m", "", "phone", "+1")).await;
    assert!(told.contains("does not ask for events of the kind `notice`: add it to `events.emit`"), "{told}");
    let told = parks(&app, &bad, "/statement", &known("m", "", "phone", "+1")).await;
    assert!(told.contains("one of the plugin's own begins with `forger.`"), "{told}");
    assert!(app.events().await.is_empty());
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_own_names_are_its_own() {
    let app = hub("forger", &[]).await;
    let bad = connect(&app, "forger").await;
    says(&app, &bad, "/person", &known("m", "", "forger:alias", "1")).await;
    assert_eq!(app.person("forger:alias:1").await["id"], app.person("forger:person:mallory").await["id"]);
}
