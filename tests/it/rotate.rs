//! Secrets are replaced while the hub serves, through the API and by a command beside it.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{Answer, Program, TestApp, Vendor, log, plugins};

use crate::courier::Courier;
use crate::vendors::{courier, wrote};

const ADA: [(&str, &str, &str); 1] = [("phone", "+491701234567", "verified")];
/// What a courier's requests are signed with at first, and what it sends with.
const OLD: [(&str, &str); 2] =
    [("entry", "courier-entry-nobody-may-see"), ("token", "courier-token-nobody-may-see")];
const NEW: [(&str, &str); 2] =
    [("entry", "another-entry-nobody-may-see"), ("token", "another-token-nobody-may-see")];

async fn replace(app: &TestApp, of: &Connection, name: &str, body: Value) -> Answer {
    app.put(&format!("/api/v1/connections/{}/secrets/{name}", of.id), &body).await
}

/// The status with which a delivery is answered that is signed with these.
async fn delivers(app: &TestApp, to: &Connection, id: &str, secrets: &[(&str, &str)]) -> u16 {
    app.knows(to, secrets);
    app.deliver(to, json!([wrote(id, 1_000, "hello?", &ADA)]).to_string(), &[]).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_secret_counts_at_once_both_ways_and_is_told_nowhere() {
    let vendor = Vendor::start().await;
    let app = TestApp::with(&["courier"], &[&vendor.allowed()]).await;
    let courier = courier(&app, &vendor.url()).await;
    assert_eq!(delivers(&app, &courier, "m1", &OLD).await, 200);
    for (name, value) in NEW {
        let shown = replace(&app, &courier, name, json!({"value": value})).await.expect(200).json();
        assert_eq!((&shown["secrets"], &shown["former-secrets"]), (&json!(["entry", "token"]), &json!([])));
    }
    assert_eq!(delivers(&app, &courier, "m2", &OLD).await, 401, "the value before counts no more");
    assert_eq!(delivers(&app, &courier, "m3", &NEW).await, 200);
    let person = app.person("phone:+491701234567").await;
    let path = format!("/api/v1/conversations/{}/messages", person["conversation"].as_str().expect("one"));
    app.post(&path, &json!({"content": {"text": "hi"}})).await.expect(202);
    app.until("the answer is sent", || async { !vendor.sent().is_empty() }).await;
    assert_eq!(vendor.sent()[0].authorization, format!("Bearer {}", NEW[1].1));
    app.settled().await;

    let audit = app.get(&format!("/api/v1/audit?subject={}", courier.id)).await;
    let noted = |detail: &str| {
        audit["items"].as_array().is_some_and(|entries| {
            entries.iter().any(|entry| {
                entry["action"] == "secret-replaced"
                    && entry["detail"] == detail
                    && entry["who"].as_str().is_some_and(|who| who.starts_with("tok_"))
            })
        })
    };
    assert!(noted("`entry`") && noted("`token`"), "{audit:#}");
    let shown = app.get(&format!("/api/v1/connections/{}", courier.id)).await;
    for (_, value) in OLD.iter().chain(&NEW) {
        for place in [&audit.to_string(), &shown.to_string(), &log::text()] {
            assert!(!place.contains(value), "{value} is told");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_value_before_verifies_for_as_long_as_it_was_told_and_no_longer() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let keep = json!({"value": NEW[0].1, "keep-old-for": "1h"});
    let shown = replace(&app, &courier, "entry", keep).await.expect(200).json();
    assert_eq!(shown["former-secrets"][0]["name"], "entry", "{shown}");
    assert_eq!(delivers(&app, &courier, "m1", &OLD).await, 200);
    assert_eq!(delivers(&app, &courier, "m2", &NEW).await, 200);
    assert_eq!(delivers(&app, &courier, "m3", &[("entry", "made up")]).await, 401);

    // Set again without it, the window is closed.
    replace(&app, &courier, "entry", json!({"value": NEW[0].1})).await.expect(200);
    assert_eq!(delivers(&app, &courier, "m4", &OLD).await, 401);
    assert_eq!(delivers(&app, &courier, "m5", &NEW).await, 200);

    replace(&app, &courier, "entry", json!({"value": OLD[0].1, "keep-old-for": "1500ms"})).await.expect(200);
    assert_eq!(delivers(&app, &courier, "m6", &NEW).await, 200);
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    assert_eq!(delivers(&app, &courier, "m7", &NEW).await, 401, "its time is over");
    assert_eq!(delivers(&app, &courier, "m8", &OLD).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_secrets_value_is_refused_and_changes_nothing() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    for (name, body, status, why) in [
        ("entri", json!({"value": "x"}), 404, "this plugin takes `entry`, `token`"),
        ("entry", json!({"value": ""}), 422, "is empty"),
        ("entry", json!({"value": "x", "keep-old-for": "soon"}), 422, "keep-old-for"),
        ("token", json!({"value": "x", "keep-old-for": "1h"}), 422, "no request that comes in is verified"),
    ] {
        let said = replace(&app, &courier, name, body).await.expect(status).text;
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(delivers(&app, &courier, "m1", &OLD).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_goes_with_the_secret_that_bought_it_and_neither_is_repeated_to_the_plugin() {
    let vendor = Vendor::start().await;
    let app = TestApp::with(&["caller"], &[&vendor.allowed()]).await;
    let settings = json!({"base_url": vendor.url(), "other_url": "http://127.0.0.1:9", "client_id": "c"});
    let (old, new) = ("client-secret-before", "client-secret-since");
    let secrets = [("client_secret", old), ("token", "token-before")];
    let caller = app.connect("caller", settings, &secrets).await;
    let call = async |header: &str| {
        let call = json!([{"method": "GET", "url": format!("{}/x", vendor.url()), "headers": [["authorization", header]]}]);
        let json = [("content-type", "application/json")];
        app.hook(caller.id.as_str(), "POST", "", call.to_string(), &json).await.expect(200).text
    };
    let token = |text: &str| (200, Vec::new(), json!({"access_token": text, "expires_in": 3600}).to_string());
    // `c:client-secret-before` and `c:client-secret-since` in base64.
    let (basic_old, basic_new) =
        ("Basic YzpjbGllbnQtc2VjcmV0LWJlZm9yZQ==", "Basic YzpjbGllbnQtc2VjcmV0LXNpbmNl");
    vendor.replies([token("access-before")]);
    call("Bearer {{oauth:app}}").await;
    call("Bearer {{oauth:app}}").await;
    replace(&app, &caller, "client_secret", json!({"value": new})).await.expect(200);
    replace(&app, &caller, "token", json!({"value": "token-since"})).await.expect(200);
    vendor.replies([token("access-since")]);
    call("Bearer {{oauth:app}}").await;
    call("Bearer {{secret:token}}").await;
    let sent: Vec<String> = vendor.sent().into_iter().map(|sent| sent.authorization).collect();
    let bearer = |token: &str| format!("Bearer {token}");
    assert_eq!(
        sent,
        [
            basic_old.to_owned(),
            bearer("access-before"),
            bearer("access-before"),
            basic_new.to_owned(),
            bearer("access-since"),
            bearer("token-since"),
        ]
    );
    // A vendor that keeps a list of what it was sent.
    vendor.replies([(200, Vec::new(), "token-before token-since access-before access-since".to_owned())]);
    let told = call("none").await;
    assert!(told.contains("****"), "{told}");
    for secret in ["token-before", "token-since", "access-before", "access-since"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_beside_the_hub_replaces_a_secret_from_a_file_and_the_hub_follows() {
    let wasm = plugins::wasm("courier");
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    program.serve();
    let addr = program.address().await;
    let body = |id: &str| json!([wrote(id, 1_000, "hi", &ADA)]).to_string();
    assert_eq!(courier.deliver(addr, &body("m1")).await, Some(200));
    let file = program.path().join("entry.new");
    std::fs::write(&file, "another-entry-nobody-may-see\n").expect("written");
    let source = format!("file:{}", file.display());
    let secret = |more: &[&str]| {
        program
            .told(&[&["connection", "secret", &courier.id, "entry", "--value-from", &source], more].concat())
    };
    let told = secret(&["--keep-old-for", "1h"]);
    assert!(told["former_until"].as_i64().is_some(), "{told}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(courier.deliver(addr, &body("m2")).await, Some(200), "the vendor may take an hour");
    let shown = program.told(&["connection", "show", &courier.id]);
    assert_eq!(shown["former_secrets"][0]["name"], "entry", "{shown}");
    secret(&[]);
    let refused = async {
        while courier.deliver(addr, &body("m3")).await != Some(401) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("the hub follows");

    let words = program.refused(&["connection", "secret", &courier.id, "entri", "--value-from", &source]);
    assert!(words.contains("this plugin takes `entry`, `token`"), "{words}");
    let words = program.refused(&["connection", "secret", &courier.id, "entry", "--value-from", "s3cret"]);
    assert!(words.contains("could be seen by others"), "{words}");
    let words = program.refused(&["connection", "secret", &courier.id, "entry"]);
    assert!(words.contains("--value-from -"), "{words}");
    let audit = program.told(&["audit", "--of", &courier.id]);
    assert_eq!(audit[0]["action"], "secret-replaced", "{audit}");
    assert!(!audit.to_string().contains("another-entry"), "{audit}");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_whose_key_is_lost_are_set_again_one_by_one() {
    let wasm = plugins::wasm("courier");
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    let key = program.database().with_extension("key");
    std::fs::remove_file(&key).expect("the key is lost");
    let shown = program.told(&["connection", "show", &courier.id]);
    assert!(shown["problem"].as_str().is_some_and(|why| why.contains("connection secret")), "{shown}");
    for (name, value) in OLD {
        let file = program.path().join(name);
        std::fs::write(&file, value).expect("written");
        let source = format!("file:{}", file.display());
        let _ = program.told(&["connection", "secret", &courier.id, name, "--value-from", &source]);
    }
    program.serve();
    let addr = program.address().await;
    let body = json!([wrote("m1", 1_000, "hi", &ADA)]).to_string();
    assert_eq!(courier.deliver(addr, &body).await, Some(200));
    program.stop().await;
}
