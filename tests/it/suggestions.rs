//! Who may be one person: suggested by a hub that serves, decided once by a person, and remembered.

use std::sync::Arc;

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard::model::event::{Attribute, Body, Customer, NewEvent};
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::model::token::Role;
use switchboard::store::Ingest;
use switchboard_tests::{Program, TestApp, plugins};

use crate::courier::Courier;
use crate::vendors::{courier, wrote};

/// What a shop says of a customer. (The guests of these tests state no dates of birth.)
async fn customer(app: &TestApp, shop: &Connection, n: &str, at: i64, stated: &[(&str, &str)]) {
    let identifier = Identifier::new("courier:shop:customer", n).expect("an identifier");
    let attribute =
        |(field, value): &(&str, &str)| Attribute { field: (*field).to_owned(), value: (*value).to_owned() };
    let event = NewEvent {
        external_id: format!("{n}:{at}"),
        occurred_at: at,
        subject: vec![Evident { identifier, evidence: Evidence::Recorded }],
        attributes: stated.iter().map(attribute).collect(),
        body: Body::CustomerUpdated(Customer { id: n.to_owned(), state: None, updated_at: None }),
        source: None,
    };
    let ingest = Ingest {
        connection: shop.id.clone(),
        delivery: None,
        events: vec![event],
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    };
    app.running().store.ingest(ingest).await.expect("taken");
}

/// The suggestions, once the index has followed and there are so many.
async fn suggestions(app: &TestApp, count: usize) -> Vec<Value> {
    let list =
        || async { app.get("/api/v1/suggestions").await["items"].as_array().cloned().unwrap_or_default() };
    app.until(&format!("{count} suggestions"), || async {
        app.running().store.behind().await.expect("read") == 0 && list().await.len() == count
    })
    .await;
    list().await
}

fn path(what: &Value, verb: &str) -> String {
    format!("/api/v1/suggestions/{}/{verb}", what["id"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_customers_with_close_names_born_on_one_day_are_suggested_rejected_for_ever_or_confirmed() {
    let app = TestApp::start(&["courier"]).await;
    let (acme, other) =
        (courier(&app, "http://127.0.0.1:9").await, courier(&app, "http://127.0.0.1:9").await);
    let anna = [("name", "Anna Meier"), ("birthday", "1987-05-04")];
    let anne = [("first-name", "Anne"), ("last-name", "Maier"), ("birthday", "1987-05-04")];
    customer(&app, &acme, "a", 1_000, &anna).await;
    customer(&app, &other, "b", 2_000, &anne).await;
    let found = suggestions(&app, 1).await;
    let reasons: Vec<&str> =
        found[0]["reasons"].as_array().into_iter().flatten().filter_map(|one| one["text"].as_str()).collect();
    assert!(reasons.contains(&"same date of birth, 4 May 1987"), "{found:#?}");
    assert!(reasons.contains(&"names nearly alike: Anna Meier and Anne Maier"), "{found:#?}");
    for source in found[0]["reasons"][0]["sources"].as_array().into_iter().flatten() {
        assert!(source[0]["title"].as_str().is_some_and(|title| title.starts_with("Courier")), "{found:#?}");
    }
    assert_eq!(found[0]["sure"], "almost certain");
    let (a, b) = (app.person("courier:shop:customer:a").await, app.person("courier:shop:customer:b").await);
    for person in [&a, &b] {
        let id = person["id"].as_str().unwrap_or_default();
        let own = app.get(&format!("/api/v1/profiles/{id}/suggestions")).await;
        assert_eq!(own["items"], json!(found));
        let told = app.get(&format!("/api/v1/profiles/{id}/explain")).await;
        assert_eq!(told["suggestions"], json!(found));
    }
    // Whoever may only read may not decide.
    let reader = app.token(Role::ReadOnly).await;
    let refused = app.api_as(Some(&reader), "POST", &path(&found[0], "reject"), Some(&json!({}))).await;
    assert_eq!(refused.status, 403, "{}", refused.text);

    let why = json!({"reason": "mother and daughter"});
    let rejected = app.post(&path(&found[0], "reject"), &why).await.expect(200).json();
    assert_eq!(suggestions(&app, 0).await, Vec::<Value>::new());
    app.post(&path(&found[0], "reject"), &json!({})).await.expect(404);
    // More is said of both, and nothing is suggested.
    customer(&app, &other, "b", 3_000, &anna).await;
    customer(&app, &acme, "a", 4_000, &[("address", "Hauptstr. 12, 10115 Berlin")]).await;
    customer(&app, &other, "b", 5_000, &[("address", "Hauptstr. 12, 10115 Berlin")]).await;
    suggestions(&app, 0).await;
    let undo = format!("/api/v1/decisions/{}/undo", rejected["event"].as_str().unwrap_or_default());
    app.post(&undo, &json!({})).await.expect(200);
    let found = suggestions(&app, 1).await;

    let confirmed = app.post(&path(&found[0], "confirm"), &json!({})).await.expect(200).json();
    assert_eq!(confirmed["profiles"].as_array().map(Vec::len), Some(1));
    suggestions(&app, 0).await;
    let both = app.person("courier:shop:customer:a").await;
    assert_eq!(both["id"], app.person("courier:shop:customer:b").await["id"]);
    let undo = format!("/api/v1/decisions/{}/undo", confirmed["event"].as_str().unwrap_or_default());
    app.post(&undo, &json!({})).await.expect(200);
    assert_eq!(app.person("courier:shop:customer:a").await["id"], a["id"]);
    assert_eq!(app.person("courier:shop:customer:b").await["id"], b["id"]);
    suggestions(&app, 1).await;
    let audit = app.get("/api/v1/audit").await.to_string();
    assert!(audit.contains("profiles-parted") && audit.contains("mother and daughter"), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_command_line_a_typed_mail_address_is_suggested_explained_and_decided() {
    let wasm = plugins::guest("courier", &plugins::manifest("courier"));
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    program.serve();
    let addr = program.address().await;
    let mail = |evidence| ("email", "anna@example.com", evidence);
    let anna = [("courier:shop:customer", "42", "recorded"), mail("recorded")];
    let visitor = [("courier:user", "v1", "verified"), mail("claimed")];
    for (id, who) in [("1", &anna), ("2", &visitor)] {
        let body = json!([wrote(id, 1_000, "hello", who)]).to_string();
        assert_eq!(courier.deliver(addr, &body).await, Some(200));
    }
    let mut found = json!([]);
    for _ in 0..600 {
        found = program.told(&["profile", "suggestions"]);
        if found.as_array().is_some_and(|found| !found.is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let text = found[0]["reasons"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("the mail address anna@example.com"), "{found:#}");
    assert_eq!(program.told(&["profile", "suggestions", "courier:user:v1"]), found);
    let told = program.told(&["profile", "explain", "courier:user:v1"]);
    assert_eq!(told["suggestions"], found);
    let words = program.run(&["profile", "suggestions"]);
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(words.contains("“Courier”") && words.contains("profile confirm"), "{words}");
    let id = found[0]["id"].as_str().unwrap_or_default().to_owned();
    let decided = program.told(&["profile", "confirm", &id, "--reason", "she said so"]);
    assert_eq!(decided["profiles"].as_array().map(Vec::len), Some(1), "{decided}");
    let refused = program.refused(&["profile", "reject", &id]);
    assert!(refused.contains("no open suggestion"), "{refused}");
    program.stop().await;
}
