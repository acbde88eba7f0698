//! A guest that keeps and writes more than it may, in each of its exports.

use serde_json::json;
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, log};

use super::panics::ada;
use super::{connect, hub, names_budget, others_work, parks, says};

/// Small budgets, and a breaker that stays closed.
const SMALL: [&str; 3] =
    ["plugin.limits.kv_total=10000", "plugin.limits.log_lines=5", "breaker.failures=100"];

/// The words of the operator for the key-value store's budget.
fn names_key_value(told: &str) {
    names_budget(told, "10 000 bytes", "key-value data", "plugin.limits.kv_total");
}

/// How often the connection's calls ended with a budget, and all its calls.
async fn used(app: &TestApp, connection: &Connection) -> (u64, u64) {
    let usage = app.get(&format!("/api/v1/connections/{}/usage", connection.id)).await;
    let total = &usage["total"];
    (total["failures"]["budget"].as_u64().unwrap_or(0), total["calls"].as_u64().unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_key_value_store_ends_the_call_and_keeps_what_was_whole() {
    let app = hub("packrat", &SMALL).await;
    let bad = connect(&app, "packrat").await;
    let told = parks(&app, &bad, "/fill", "{}").await;
    names_key_value(&told);
    let kept = "k00000 k00001 k00002 k00003 k00004 k00005 k00006 k00007 k00008";
    let sizes = [1_000; 9];
    assert_eq!(says(&app, &bad, "", "{}").await, format!("{kept} {sizes:?}"), "nine fit, none is cut");
    let (ended, calls) = used(&app, &bad).await;
    // The delivery, its replay, and polls, which chatter; what was said last worked.
    assert!(ended >= 2 && calls == ended + 1, "counted as failures by kind: {ended} of {calls}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_over_a_budget_leaves_what_was_there() {
    let app = hub("packrat", &SMALL).await;
    let bad = connect(&app, "packrat").await;
    assert_eq!(says(&app, &bad, "/small", "{}").await, "Ok(())");
    names_key_value(&parks(&app, &bad, "/value", "ten and one").await);
    let told = parks(&app, &bad, "/value", &"x".repeat(300)).await;
    names_budget(&told, "256 KiB", "in one key-value value", "plugin.limits.kv_value");
    let told = parks(&app, &bad, "/key", "{}").await;
    names_budget(&told, "512 bytes", "in one key-value key", "plugin.limits.kv_key");
    let told = parks(&app, &bad, "/publish", "{}").await;
    names_budget(&told, "64 KiB", "in one live update", "plugin.limits.publish");
    assert_eq!(says(&app, &bad, "", "{}").await, "one [5]");
    assert_eq!(
        says(&app, &bad, "/once", "{}").await,
        "Ok(())",
        "there is one already: nothing is to be kept"
    );
    assert_eq!(says(&app, &bad, "/delete", "{}").await, "Ok(())");
    names_key_value(&parks(&app, &bad, "/once", "{}").await);
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_and_key_value_data_end_every_kind_of_call() {
    let sets = ["poller.first_wait=100ms", "poller.longest_wait=100ms", "assistant.attempts=1"];
    let app = hub("packrat", &[&SMALL[..], &sets].concat()).await;
    let bad = connect(&app, "packrat").await;
    let (_, conversation) = ada(&app).await;

    let sent = json!({"content": {"text": "Hi"}, "connection": bad.id});
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let item = app.post(&path, &sent).await.expect(202).json();
    let item = format!("/api/v1/outbox/{}", item["id"].as_str().expect("an id"));
    app.until("the attempt", || async { app.get(&item).await["state"] == "ambiguous" }).await;
    names_key_value(app.get(&item).await["error"].as_str().expect("why"));

    let path = format!("/api/v1/connections/{}/actions/anything", bad.id);
    app.post(&path, &json!({"input": {}})).await.expect(502);

    let told = |of: &str, budget: &str| {
        let lines = log::text();
        lines.lines().any(|line| line.contains(bad.id.as_str()) && line.contains(of) && line.contains(budget))
    };
    app.until("a failed poll", || async { told("a poll failed", "5 log lines") }).await;
    app.until("the comment to be given up", || async {
        told("comment on a message is given up", "5 log lines")
    })
    .await;
    let (ended, calls) = used(&app, &bad).await;
    assert!(ended >= 4 && ended == calls, "{ended} of {calls}");
    app.api("GET", "/readyz").await.expect(200);
}
