//! Pollers keep their schedule, over restarts and pauses.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, plugins};

/// The honest guest with another schedule.
async fn polling(schedule: &str) -> TestApp {
    let app = TestApp::start(&["honest"]).await;
    let manifest = plugins::manifest("honest").replace("every = \"5m\"", schedule);
    app.replace("honest", &plugins::guest("honest", &manifest)).await;
    app
}

async fn polls(app: &TestApp, connection: &Connection) -> Value {
    app.get(&format!("/api/v1/connections/{}", connection.id)).await["polls"].clone()
}

async fn polled(app: &TestApp, connection: &Connection) {
    app.until("the first poll", || async { !polls(app, connection).await["last-at"].is_null() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poller_says_when_it_asked_and_when_it_asks_next() {
    let app = TestApp::start(&["honest"]).await;
    let connection = app.connect("honest", json!({}), &[]).await;
    polled(&app, &connection).await;
    let known = polls(&app, &connection).await;
    assert_eq!(
        (&known["schedule"], &known["words"], &known["failures"]),
        (&"5m".into(), &"every 5m".into(), &0.into())
    );
    assert!(known["next-at"].as_str() > known["last-at"].as_str(), "{known}");
    assert_eq!(app.events().await.len(), 3, "three pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_neither_repeats_a_poll_nor_forgets_the_next() {
    let app = TestApp::start(&["honest"]).await;
    let connection = app.connect("honest", json!({}), &[]).await;
    polled(&app, &connection).await;
    let before = polls(&app, &connection).await;
    let app = app.restart().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(polls(&app, &connection).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_downtime_there_is_one_poll_however_many_were_missed() {
    let app = polling("every = \"1h\"").await;
    let connection = app.connect("honest", json!({}), &[]).await;
    polled(&app, &connection).await;
    let store = &app.running().store;
    let mut long_ago = store.polls(&connection.id).await.expect("read").expect("polled");
    long_ago.began_at -= 50 * 3_600_000;
    let app = {
        store.set_polls(&connection.id, &long_ago).await.expect("written");
        app.restart().await
    };
    let began = || async {
        app.running().store.polls(&connection.id).await.expect("read").map(|polls| polls.began_at)
    };
    app.until("the poll that makes up for it", || async { began().await != Some(long_ago.began_at) }).await;
    let caught_up = began().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(began().await, caught_up, "and no second one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poller_with_a_cron_expression_waits_for_its_time() {
    let app = polling("cron = \"0 3 29 2 *\"\ntime_zone = \"Europe/Berlin\"").await;
    let connection = app.connect("honest", json!({}), &[]).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let known = polls(&app, &connection).await;
    assert_eq!((&known["last-at"], &known["schedule"]), (&Value::Null, &"0 3 29 2 * Europe/Berlin".into()));
    assert!(known["next-at"].as_str().is_some_and(|at| at.contains("-02-29T02:0")), "{known}");
    assert!(known["words"].as_str().is_some_and(|words| words.contains("Europe/Berlin")), "{known}");
    assert!(app.events().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_poller_asks_nothing_and_goes_on_when_it_is_resumed() {
    let app = polling("every = \"1s\"").await;
    let connection = app.connect("honest", json!({}), &[]).await;
    polled(&app, &connection).await;
    app.post(&format!("/api/v1/connections/{}/pause", connection.id), &json!({})).await.expect(200);
    // One may have been under way.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let before = polls(&app, &connection).await;
    assert_eq!(before["next-at"], Value::Null);
    tokio::time::sleep(std::time::Duration::from_millis(2_000)).await;
    assert_eq!(polls(&app, &connection).await, before);
    app.post(&format!("/api/v1/connections/{}/resume", connection.id), &json!({})).await.expect(200);
    app.until("the next poll", || async { polls(&app, &connection).await["last-at"] != before["last-at"] })
        .await;
}
