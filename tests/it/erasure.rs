//! People's rights: vendors' requests are answered and carried out, a person is handed over or erased.

use std::sync::Arc;

use serde_json::{Value, json};
use switchboard::ambient::Ambient;
use switchboard::model::connection::Connection;
use switchboard::model::event::{Body, NewEvent, PrivacyRequest, PrivacyRight};
use switchboard::model::token::Role;
use switchboard::store::{Ingest, Store, StoreOptions};
use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, deliver_shop, order, shop, text};

/// The customer of `vendors::order`.
const CUSTOMER: i64 = 7_064_055_069_303_700_841;

/// Ada wrote on WhatsApp and bought in the shop under the same number.
async fn ada(app: &TestApp) -> (Connection, Connection) {
    let (chat, shop) = (chat(app).await, shop(app).await);
    let said = text("491701234567", "wamid.1", NOON, "Where is my kettle?");
    app.deliver(&chat, &said, &[]).await.expect(200);
    let bought = order("5001", 1001, "+491701234567", "ada@example.com");
    deliver_shop(app, &shop, "orders/create", "w1", &bought).await.expect(200);
    app.settled().await;
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.person("email:ada@example.com").await["id"], person["id"], "one person");
    (chat, shop)
}

fn asked(more: &Value) -> String {
    let mut body = json!({"shop_id": 954_889, "shop_domain": "acme.myshopify.com",
        "customer": {"id": CUSTOMER, "email": "ada@example.com", "phone": "+491701234567"}});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body.to_string()
}

/// The latest request, once the hub has come to it.
async fn carried_out(app: &TestApp) -> Value {
    app.until("the request to be carried out", || async {
        let found = app.get("/api/v1/privacy/requests").await;
        found["items"][0]["state"].as_str().is_some_and(|state| state != "queued")
    })
    .await;
    app.get("/api/v1/privacy/requests").await["items"][0].clone()
}

async fn nobody(app: &TestApp, identifier: &str) -> bool {
    let identifier = identifier.replace('+', "%2B");
    let found = app.get(&format!("/api/v1/profiles?identifier={identifier}")).await;
    found["items"].as_array().is_some_and(Vec::is_empty)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_has_a_customer_redacted_takes_along_what_it_said_and_asks_about_the_rest() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (_, shop) = ada(&app).await;
    let before = app.person("phone:+491701234567").await["id"].clone();
    let body = asked(&json!({"orders_to_redact": [5001]}));
    deliver_shop(&app, &shop, "customers/redact", "w2", &body).await.expect(200);
    let request = carried_out(&app).await;
    assert_eq!((&request["asks"], &request["state"]), (&json!("erase"), &json!("waiting")), "{request}");
    assert!(nobody(&app, "email:ada@example.com").await);
    let left = app.person("phone:+491701234567").await;
    assert_eq!(request["profile"], left["id"]);
    let former = app.get(&format!("/api/v1/profiles/{}", before.as_str().expect("an id"))).await;
    assert_eq!(former["id"], left["id"], "the former id leads to what is left");
    assert_eq!(app.messages(&left).await.len(), 1, "what was written on the other channel stays");
    assert!(app.get("/api/v1/orders").await["items"].as_array().is_some_and(Vec::is_empty));
    let path = format!("/api/v1/privacy/requests/{}/answer", request["event"].as_str().expect("an event"));
    app.api("POST", &path).await.expect(204);
    app.api("POST", &path).await.expect(404);
    let rebuilt = app.running().store.rebuild(true, |_| {}).await.expect("folded anew");
    assert_eq!(rebuilt.differed, 0, "{rebuilt:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redaction_can_erase_the_whole_person_who_stays_gone() {
    let app = TestApp::with(&["whatsapp", "shopify"], &["privacy.redact=person"]).await;
    let (chat, shop) = ada(&app).await;
    let id = app.person("phone:+491701234567").await["id"].as_str().expect("an id").to_owned();
    deliver_shop(&app, &shop, "customers/redact", "w2", &asked(&json!({}))).await.expect(200);
    let request = carried_out(&app).await;
    assert_eq!((&request["state"], &request["profile"]), (&json!("done"), &Value::Null), "{request}");
    // The same webhooks once more, and one that was late.
    let said = text("491701234567", "wamid.1", NOON, "Where is my kettle?");
    app.deliver(&chat, &said, &[]).await.expect(200);
    let late = text("491701234567", "wamid.0", NOON - 60, "Ada Lovelace here");
    app.deliver(&chat, &late, &[]).await.expect(200);
    let bought = order("5001", 1001, "+491701234567", "ada@example.com");
    deliver_shop(&app, &shop, "orders/updated", "w3", &bought).await.expect(200);
    app.settled().await;
    for name in ["phone:+491701234567", "email:ada@example.com"] {
        assert!(nobody(&app, name).await, "{name}");
    }
    for path in ["", "/timeline", "/explain", "/export"] {
        let gone = app.api("GET", &format!("/api/v1/profiles/{id}{path}")).await.expect(410).json();
        assert_eq!(gone["type"], "urn:switchboard:problem:gone");
        assert!(gone["detail"].as_str().is_some_and(|detail| detail.contains("erased at 20")), "{gone}");
    }
    let log = app.get("/api/v1/audit").await.to_string();
    assert!(log.contains("profile-erased") && log.contains("privacy-erase-requested"), "{log}");
    for private in ["Lovelace", "491701234567", "ada@example.com", "my kettle"] {
        assert!(!log.contains(private), "{log}");
        let events = app.events().await;
        assert!(
            !serde_json::to_string(&events.iter().map(|e| &e.event).collect::<Vec<_>>())
                .expect("written")
                .contains(private),
            "{private}"
        );
    }
    let back = text("491701234567", "wamid.9", 4_102_444_800, "me again");
    app.deliver(&chat, &back, &[]).await.expect(200);
    app.settled().await;
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.timeline(&person).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_request_waits_for_somebody_to_hand_the_export_over() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (chat, shop) = ada(&app).await;
    let evil = text("491701234567", "wamid.2", NOON - 1, "<script src=//evil.example></script>");
    app.deliver(&chat, &evil, &[]).await.expect(200);
    let body = asked(&json!({"orders_requested": [5001], "data_request": {"id": 9999}}));
    deliver_shop(&app, &shop, "customers/data_request", "w2", &body).await.expect(200);
    let request = carried_out(&app).await;
    assert_eq!((&request["asks"], &request["state"]), (&json!("access"), &json!("waiting")), "{request}");
    let id = request["profile"].as_str().expect("a person").to_owned();
    let person = app.person("phone:+491701234567").await;
    assert_eq!(person["id"], id);
    let timeline = app.timeline(&person).await;
    assert!(timeline.iter().any(|entry| entry["kind"] == "privacy-request"), "{timeline:?}");

    let export = app.get(&format!("/api/v1/profiles/{id}/export")).await;
    assert_eq!(export["messages"][0]["text"], "Where is my kettle?");
    assert_eq!(export["records"][0]["name"], "#1001");
    assert_eq!(export["sources"].as_array().map(Vec::len), Some(2), "{export}");
    assert!(export["deliveries"].as_array().is_some_and(|list| list.len() == 4), "{export}");
    let page = app.api("GET", &format!("/api/v1/profiles/{id}/export?format=html")).await.expect(200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.text.contains("Where is my kettle?") && page.text.contains("#1001"), "{}", page.text);
    assert!(page.text.contains("&lt;script src=//evil.example&gt;") && !page.text.contains("<script"));

    let log = app.get(&format!("/api/v1/audit?subject={id}")).await.to_string();
    assert!(log.contains("profile-exported") && log.contains("privacy-export-requested"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_leaves_takes_all_that_it_said_along() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (_, shop) = ada(&app).await;
    let body = json!({"shop_id": 954_889, "shop_domain": "acme.myshopify.com"}).to_string();
    deliver_shop(&app, &shop, "shop/redact", "w2", &body).await.expect(200);
    let request = carried_out(&app).await;
    assert_eq!((&request["asks"], &request["state"]), (&json!("erase-connection"), &json!("done")));
    assert!(nobody(&app, "email:ada@example.com").await);
    assert_eq!(app.messages(&app.person("phone:+491701234567").await).await.len(), 1);
    for logged in app.events().await {
        assert!(logged.event.connection != shop.id || logged.event.said.is_erased(), "{logged:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_plugins_request_is_carried_out_also_when_the_hub_was_killed_before() {
    let mut app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (chat, _) = ada(&app).await;
    app.set("privacy.redact=person");
    app.stop().await;
    // A hub that was killed between the commit, which the vendor was answered for, and the work.
    let database = std::fs::read_dir(app.path()).expect("read").flatten().map(|file| file.path());
    let path = database
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "db"))
        .expect("a database");
    let store = Store::open(&StoreOptions::at(&path), Ambient::system()).await.expect("opened");
    let request = PrivacyRequest { id: "1".into(), right: PrivacyRight::Erase, orders: Vec::new() };
    let asks = NewEvent {
        external_id: "deletion:1".into(),
        occurred_at: NOON * 1_000,
        subject: vec![
            serde_json::from_value(json!(
                {"namespace": "phone", "value": "+491701234567", "evidence": "recorded"}
            ))
            .expect("a name"),
        ],
        attributes: Vec::new(),
        body: Body::PrivacyRequest(request),
        source: None,
    };
    let ingest = Ingest {
        connection: chat.id.clone(),
        delivery: None,
        events: vec![asks],
        cursor: None,
        finishes: None,
        assistants: Arc::from([]),
    };
    store.ingest(ingest).await.expect("committed");
    store.close().await;
    let app = app.restart().await;
    assert_eq!(carried_out(&app).await["state"], "done");
    assert!(nobody(&app, "phone:+491701234567").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_erases_a_person_over_the_api_and_the_audit_log_says_who_looked_and_who_did_it() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    ada(&app).await;
    let id = app.person("phone:+491701234567").await["id"].as_str().expect("an id").to_owned();
    let agent = app.token(Role::Agent).await;
    for _ in 0..3 {
        app.api_as(Some(&agent), "GET", &format!("/api/v1/profiles/{id}"), None).await.expect(200);
        app.api_as(Some(&agent), "GET", &format!("/api/v1/profiles/{id}/timeline"), None).await.expect(200);
    }
    let path = format!("/api/v1/profiles/{id}/erase");
    let reason = json!({"reason": "asked for it"});
    app.api_as(Some(&agent), "POST", &path, Some(&reason)).await.expect(403);
    app.post(&path, &json!({"reason": " "})).await.expect(422);
    let looks = async |action: &str| {
        let log = app.get(&format!("/api/v1/audit?subject={id}")).await;
        let items = log["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().filter(|entry| entry["action"] == action).collect::<Vec<_>>()
    };
    app.until("the looks to be written", || async { !looks("timeline-viewed").await.is_empty() }).await;
    let viewed = looks("profile-viewed").await;
    let by: Vec<_> = viewed.iter().map(|entry| entry["who"].clone()).collect();
    assert_eq!(viewed.len(), 2, "the owner's and the agent's, each once: {by:?}");

    let done = app.post(&path, &reason).await.expect(200).json();
    assert_eq!(
        (&done["remains"], &done["messages"], &done["records"]),
        (&json!(false), &json!(1), &json!(1))
    );
    app.post(&path, &reason).await.expect(410);
    assert_eq!(looks("profile-erased").await.len(), 1);
    assert_eq!(looks("profile-viewed").await.len(), 2, "who looked is still known");
}
