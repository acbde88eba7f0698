//! Hostile guests, each against the real hub: what the operator reads, that the delivery is kept and can be
//! replayed, and that nobody else noticed. The table in `host/ARCHITECTURE.md` names these tests.

mod answers;
mod budgets;
mod forged;
mod kept;
mod machine;
mod neighbours;
mod network;
mod panics;
mod secrets;
mod threats;

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, plugins};

use crate::vendors::{courier, wrote};

/// What every hostile connection's requests are signed with.
pub(crate) const ENTRY: &str = "an-entry-that-nobody-may-see";
/// What it may send to its own vendor.
pub(crate) const TOKEN: &str = "a-token/that+nobody=may&see";
/// What it may sign with.
pub(crate) const SIGNING: &str = "a-signing-key-that-nobody-may-see";

/// Limits that a test reaches soon.
const QUICK: [&str; 2] = ["plugin.limits.cpu=150ms", "plugin.limits.wall=2s"];

/// A hub with one hostile guest and a courier, and limits that are reached soon.
async fn hub(guest: &str, sets: &[&str]) -> TestApp {
    let sets: Vec<&str> = QUICK.iter().chain(sets).copied().collect();
    let app = TestApp::with(&[guest, "courier"], &sets).await;
    app.may_leave_work();
    app
}

/// A connection of a hostile guest that has a vendor at `base_url`.
async fn connect_to(app: &TestApp, guest: &str, base_url: &str) -> Connection {
    let manifest = plugins::manifest(guest);
    let secrets = [("entry", ENTRY), ("token", TOKEN), ("signing", SIGNING)];
    let declared: Vec<_> =
        secrets.into_iter().filter(|(name, _)| manifest.contains(&format!("name = \"{name}\""))).collect();
    let settings = if manifest.contains("base_url") { json!({ "base_url": base_url }) } else { json!({}) };
    app.connect(guest, settings, &declared).await
}

async fn connect(app: &TestApp, guest: &str) -> Connection {
    connect_to(app, guest, "https://vendor.example").await
}

async fn parked(app: &TestApp, connection: &Connection) -> Vec<Value> {
    let page = app.get(&format!("/api/v1/deliveries?state=parked&connection={}", connection.id)).await;
    page["items"].as_array().cloned().unwrap_or_default()
}

/// Delivers what the guest fails on, and says what the operator reads: the vendor hears 200, the delivery is
/// kept with all it carried, and a replay runs it again.
async fn parks(app: &TestApp, to: &Connection, path: &str, body: &str) -> String {
    let before = parked(app, to).await.len();
    let answer = app.deliver_at(to, path, body, &[]).await;
    assert_eq!((path, answer.status, &*answer.text), (path, 200, "kept"));
    let all = parked(app, to).await;
    assert_eq!(all.len(), before + 1, "{path} is parked");
    let id = all[0]["id"].as_str().expect("an id");
    let shown = app.get(&format!("/api/v1/deliveries/{id}?reveal=true")).await;
    assert_eq!(shown["request"]["text"], body, "the request is kept");
    assert!(!shown.to_string().contains(ENTRY), "and no credential: {shown}");
    let again = app.post(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await.expect(200).json();
    assert_eq!(
        (&again["state"], &again["attempts"]),
        (&"parked".into(), &2.into()),
        "it can be replayed: {again}"
    );
    all[0]["error"].as_str().expect("what is wrong").to_owned()
}

/// The words of an exceeded budget: its name, its value, and the key that raises it.
fn names_budget(told: &str, value: &str, budget: &str, key: &str) {
    let begins = format!("exceeded its budget of {value} {budget}; if it needs more, raise ");
    let ends = format!("`{key}` in the configuration");
    assert!(told.contains(&begins) && told.ends_with(&ends), "{told}");
    assert!(!told.contains("xxx"), "what an operator types is not covered: {told}");
}

/// Another connection works as if nothing had happened.
async fn others_work(app: &TestApp) {
    let honest = courier(app, "http://127.0.0.1:9").await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&honest, json!([wrote("still-there", 1_000, "still there?", &ada)]).to_string(), &[])
        .await
        .expect(200);
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await[0]["text"], "still there?");
    app.api("GET", "/readyz").await.expect(200);
}

/// What a guest answered a request with.
async fn says(app: &TestApp, to: &Connection, path: &str, body: &str) -> String {
    let answer = app.deliver_at(to, path, body, &[]).await;
    assert_eq!((path, answer.status), (path, 200), "{}", answer.text);
    assert_ne!(answer.text, "kept", "{path} failed: {:?}", parked(app, to).await.first());
    answer.text
}
