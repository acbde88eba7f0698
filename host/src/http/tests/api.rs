//! The API's shapes, pages and refusals.

use super::Rig;
use crate::model::connection::Connection;
use crate::model::delivery::RecordedRequest;
use crate::model::event::NewEvent;
use crate::model::token::Role;
use crate::store::{Ingest, NewDelivery};

/// Events in the contract's JSON form: a customer wrote, and ordered.
pub(super) fn events(number: u32) -> Vec<NewEvent> {
    let phone = format!("+4917012345{number:02}");
    let subject = serde_json::json!([{"namespace": "phone", "value": phone, "evidence": "verified"}]);
    let message = serde_json::json!({
        "external-id": format!("m{number}"), "occurred-at": 1_772_357_400_000_i64 + i64::from(number),
        "subject": subject, "attributes": [{"field": "name", "value": "Ada"}],
        "body": {"message-received": {"id": format!("m{number}"), "text": "Where is it?", "content": "text"}},
    });
    let order = serde_json::json!({
        "external-id": format!("o{number}"), "occurred-at": 1_772_357_300_000_i64,
        "subject": subject,
        "body": {"order": {
            "id": format!("56789012345678901{number:02}"), "number": format!("#10{number:02}"), "state": "open",
            "total": {"amount": "49.90", "currency": "EUR"}, "updated-at": 1_772_357_300_000_i64,
            "created-at": 1_772_357_300_000_i64, "items": [],
        }},
    });
    [message, order]
        .into_iter()
        .map(|event| serde_json::from_value(event).unwrap_or_else(|error| panic!("an event: {error}")))
        .collect()
}

pub(super) async fn ingest(rig: &Rig, connection: &Connection, number: u32) {
    let request = RecordedRequest {
        method: "POST".into(),
        path: String::new(),
        query: String::new(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: b"{\"n\":1}".to_vec(),
        verified: true,
    };
    let ingest = Ingest {
        connection: connection.id.clone(),
        delivery: Some(NewDelivery { received_at: 1_772_357_400_500, request, replay_of: None }),
        events: events(number),
        cursor: None,
        finishes: None,
        assistants: [].into(),
    };
    rig.store.ingest(ingest).await.expect("it is committed");
}

#[tokio::test]
async fn a_customer_is_found_by_a_name_and_read_with_timeline_conversation_and_order() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::ReadOnly).await);
    ingest(&rig, &connection, 1).await;

    let found = rig.get("/api/v1/profiles?identifier=phone:%2B491701234501", &token).await.json();
    let person = &found["items"][0];
    assert_eq!(
        (found["items"].as_array().map(Vec::len), &found["next"]),
        (Some(1), &serde_json::Value::Null)
    );
    assert_eq!(person["name"], "Ada");
    assert_eq!(person["identifiers"][0]["identifier"], "phone:+491701234501");
    assert_eq!(person["identifiers"][0]["evidence"], "verified");
    assert_eq!(person["attributes"][0]["source"]["title"], "Absent");
    assert_eq!(person["active-at"], "2026-03-01T09:30:00.001Z");
    let nobody = rig.get("/api/v1/profiles?identifier=phone:%2B4900000", &token).await.json();
    assert_eq!(nobody["items"], serde_json::json!([]));

    let id = person["id"].as_str().expect("an id");
    assert_eq!(rig.get(&format!("/api/v1/profiles/{id}"), &token).await.json()["id"], id);
    let timeline = rig.get(&format!("/api/v1/profiles/{id}/timeline"), &token).await.json();
    assert_eq!(timeline["items"][0]["summary"], "wrote: Where is it?");
    assert_eq!(timeline["items"][0]["said"]["body"]["message-received"]["text"], "Where is it?");

    let conversation = person["conversation"].as_str().expect("a conversation");
    let one = rig.get(&format!("/api/v1/conversations/{conversation}"), &token).await.json();
    assert_eq!((&one["name"], &one["last"]["direction"]), (&"Ada".into(), &"in".into()));
    let messages = rig.get(&format!("/api/v1/conversations/{conversation}/messages"), &token).await.json();
    let message = &messages["items"][0];
    assert_eq!((&message["text"], &message["direction"]), (&"Where is it?".into(), &"in".into()));
    let id = message["id"].as_str().expect("an id");
    assert_eq!(rig.get(&format!("/api/v1/messages/{id}"), &token).await.json()["id"], id);

    let orders =
        rig.get(&format!("/api/v1/orders?profile={}", person["id"].as_str().expect("an id")), &token).await;
    let order = &orders.json()["items"][0];
    assert_eq!((&order["name"], &order["total"]["amount"]), (&"#1001".into(), &"49.90".into()));
    let path = format!("/api/v1/orders/{}/5678901234567890101", connection.id);
    assert_eq!(rig.get(&path, &token).await.json()["vendor-id"], "5678901234567890101");
}

#[tokio::test]
async fn pages_follow_each_other_without_loss_or_repetition() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::ReadOnly).await);
    for number in 0..5 {
        ingest(&rig, &connection, number).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/profiles?limit=2".to_owned());
    loop {
        let page = rig.get(&path, &token).await.json();
        seen.extend(page["items"].as_array().expect("items").iter().map(|one| one["id"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/profiles?limit=2&cursor={next}");
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (5, 5));
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_with_what_would_be_right() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(Role::Owner).await;
    for (path, status, word) in [
        ("/api/v1/profiles?cursor=nonsense", 400, "next"),
        ("/api/v1/profiles?limit=100000", 400, "api.page_most"),
        ("/api/v1/profiles?limit=many", 400, "limit"),
        ("/api/v1/profiles?identifier=nonsense", 400, "namespace:value"),
        ("/api/v1/profiles?identifier=phone:1&search=x", 400, "leave out"),
        ("/api/v1/deliveries?state=lost", 400, "parked"),
        ("/api/v1/profiles/nonsense", 404, "profile id"),
        ("/api/v1/events?after=-1", 400, "after"),
    ] {
        let said = rig.get(path, &token).await;
        said.problem();
        assert_eq!(said.status, status, "{path}: {}", said.text);
        assert!(said.text.contains(word), "{path}: {}", said.text);
    }
    let tokens = "/api/v1/tokens";
    for (body, status, kind) in [
        ("{", 400, "bad-request"),
        ("{\"title\":\"x\",\"role\":\"king\"}", 422, "invalid"),
        ("{\"title\":\"x\",\"role\":\"owner\",\"more\":1}", 422, "invalid"),
        ("{\"title\":\"  \",\"role\":\"owner\"}", 422, "invalid"),
    ] {
        let said = rig.ask("POST", tokens, Some(&token), Some(body)).await;
        assert_eq!((said.status.as_u16(), said.problem().as_str()), (status, kind), "{body}: {}", said.text);
    }
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(rig.ask("POST", tokens, Some(&token), Some(&large)).await.problem(), "too-large");
}

#[tokio::test]
async fn a_token_is_shown_once_opens_what_its_role_may_and_nothing_once_it_is_revoked() {
    let rig = Rig::new(&[]).await;
    let owner = rig.token(Role::Owner).await;
    let body = r#"{"title":"Reporting","role":"read-only"}"#;
    let made = rig.ask("POST", "/api/v1/tokens", Some(&owner), Some(body)).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let secret = made["secret"].as_str().expect("a secret");
    assert_eq!(rig.get("/api/v1/profiles", secret).await.status, 200);
    assert_eq!(rig.get("/api/v1/tokens", secret).await.status, 403);
    let listed = rig.get("/api/v1/tokens", &owner).await;
    assert!(listed.text.contains("Reporting") && !listed.text.contains(secret));
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().expect("an id"));
    assert_eq!(rig.ask("DELETE", &path, Some(&owner), None).await.status, 204);
    assert_eq!(rig.ask("DELETE", &path, Some(&owner), None).await.status, 404);
    assert_eq!(rig.get("/api/v1/profiles", secret).await.status, 401);
}

#[tokio::test]
async fn a_connection_is_listed_paused_resumed_and_removed() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::Operator).await);
    let path = format!("/api/v1/connections/{}", connection.id);
    let listed = rig.get("/api/v1/connections", &token).await.json();
    assert_eq!(listed["items"][0]["hook"], format!("http://hub.test/hooks/{}", connection.id));
    for (turn, state) in [("pause", "paused"), ("resume", "active")] {
        let said = rig.ask("POST", &format!("{path}/{turn}"), Some(&token), None).await.json();
        assert_eq!(said["state"], state);
        assert!(said["problem"].as_str().is_some_and(|problem| problem.contains("not installed")), "{said}");
    }
    assert_eq!(rig.ask("DELETE", &path, Some(&token), None).await.status, 204);
    assert_eq!(rig.get(&path, &token).await.status, 404);
}

#[tokio::test]
async fn a_connection_of_no_plugin_is_refused_and_its_secrets_are_not_repeated() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(Role::Operator).await;
    let body = r#"{"plugin":"nonsense","secrets":{"key":"hush-hush"}}"#;
    let said = rig.ask("POST", "/api/v1/connections", Some(&token), Some(body)).await;
    assert_eq!(said.problem(), "invalid");
    assert_eq!(said.json()["errors"][0]["at"], "/plugin");
    assert!(!said.text.contains("hush-hush"));
}

#[tokio::test]
async fn a_delivery_is_shown_with_its_request_and_one_that_is_done_is_not_replayed() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::Operator).await);
    ingest(&rig, &connection, 1).await;
    let listed =
        rig.get(&format!("/api/v1/deliveries?state=done&connection={}", connection.id), &token).await.json();
    assert_eq!(listed["items"][0]["received-at"], "2026-03-01T09:30:00.500Z");
    assert_eq!(
        rig.get("/api/v1/deliveries?state=parked", &token).await.json()["items"],
        serde_json::json!([])
    );
    let path = format!("/api/v1/deliveries/{}", listed["items"][0]["id"].as_str().expect("an id"));
    let one = rig.get(&path, &token).await.json();
    assert_eq!(
        (&one["request"]["text"], &one["delivery"]["state"]),
        (&"{\"n\":0}".into(), &"done".into()),
        "covered"
    );
    let revealed = rig.get(&format!("{path}?reveal=true"), &token).await.json();
    assert_eq!(revealed["request"]["text"], "{\"n\":1}");
    assert_eq!(rig.ask("POST", &format!("{path}/replay"), Some(&token), None).await.problem(), "conflict");
}

#[tokio::test]
async fn a_message_to_somebody_whom_no_channel_reaches_is_refused_and_says_why() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::Agent).await);
    ingest(&rig, &connection, 1).await;
    let conversations = rig.get("/api/v1/conversations", &token).await.json();
    let path = format!(
        "/api/v1/conversations/{}/messages",
        conversations["items"][0]["id"].as_str().expect("an id")
    );
    let template = r#"{"content":{"template":{"name":"a","language":"en","components":[{"x":1.10}]}}}"#;
    for body in [r#"{"content":{"text":"On its way."}}"#, template] {
        let said = rig.ask("POST", &path, Some(&token), Some(body)).await;
        assert_eq!(said.problem(), "conflict", "{}", said.text);
    }
    let said = rig.ask("POST", &path, Some(&token), Some(r#"{"content":{"song":"la"}}"#)).await;
    assert_eq!(said.problem(), "invalid");
}
