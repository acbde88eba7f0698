//! Pollers keep their schedule, over restarts and pauses.

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{Answer, Program, TestApp, plugins};

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

async fn set(app: &TestApp, connection: &Connection, schedule: Value) -> Answer {
    app.put(&format!("/api/v1/connections/{}/schedule", connection.id), &json!({"schedule": schedule})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sets_when_a_connection_asks_and_takes_that_back() {
    let app = polling("every = \"1s\"").await;
    let connection = app.connect("honest", json!({}), &[]).await;
    polled(&app, &connection).await;
    let shown = set(&app, &connection, "0 3 29 2 *".into()).await.expect(200).json()["polls"].clone();
    assert_eq!(
        (&shown["schedule"], &shown["own"], &shown["default"]),
        (&"0 3 29 2 *".into(), &true.into(), &"1s".into())
    );
    assert!(shown["next-at"].as_str().is_some_and(|at| at.contains("-02-29T03:0")), "{shown}");
    // One may have been under way.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let before = polls(&app, &connection).await["last-at"].clone();
    tokio::time::sleep(std::time::Duration::from_millis(2_000)).await;
    assert_eq!(polls(&app, &connection).await["last-at"], before);

    let shown = set(&app, &connection, "off".into()).await.expect(200).json()["polls"].clone();
    assert_eq!((&shown["schedule"], &shown["next-at"]), (&"off".into(), &Value::Null));
    assert!(shown["words"].as_str().is_some_and(|words| words.contains("switched off")), "{shown}");
    let app = app.restart().await;
    tokio::time::sleep(std::time::Duration::from_millis(2_000)).await;
    assert_eq!(polls(&app, &connection).await["last-at"], before, "also after a restart");

    set(&app, &connection, Value::Null).await.expect(200);
    app.until("the next poll", || async { polls(&app, &connection).await["last-at"] != before }).await;
    assert_eq!(polls(&app, &connection).await["own"], false);
    let audit = app.get(&format!("/api/v1/audit?subject={}", connection.id)).await;
    let said: Vec<_> =
        audit["items"].as_array().expect("entries").iter().map(|e| e["detail"].clone()).collect();
    assert_eq!(
        said,
        ["the plugin's again: `1s`", "`off`; the plugin's is `1s`", "`0 3 29 2 *`; the plugin's is `1s`"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_schedule_asks_more_often_than_was_granted() {
    let app = TestApp::start(&["honest", "courier"]).await;
    let connection = app.connect("honest", json!({}), &[]).await;
    polled(&app, &connection).await;
    for (schedule, why) in [
        ("1m", "up to every 1m, and `poll:5m` is what the plugin `honest` was granted"),
        ("* * * * *", "up to every 1m"),
        ("100ms", "at most every 1s"),
        ("0 0 30 2 *", "never comes"),
    ] {
        let said = set(&app, &connection, schedule.into()).await.expect(422).text;
        assert!(said.contains(why), "{schedule}: {said}");
    }
    set(&app, &connection, "*/5 * * * *".into()).await.expect(200);
    let courier = crate::vendors::courier(&app, "http://127.0.0.1:9").await;
    let said = set(&app, &courier, "1h".into()).await.expect(409).text;
    assert!(said.contains("asks nothing"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_beside_the_hub_sets_a_schedule_and_the_hub_follows() {
    let manifest = plugins::manifest("honest").replace("every = \"5m\"", "every = \"1s\"");
    let mut program = Program::new(&[("honest", plugins::guest("honest", &manifest))], &[]);
    let id = program.connect("honest", &[], &[]);
    program.serve();
    program.address().await;
    let schedule = |args: &[&str]| program.told(&[&["connection", "schedule", &id], args].concat());
    assert_eq!(schedule(&[])["schedule"], "1s");
    assert_eq!(schedule(&["--off"])["schedule"], "off");
    let last = || program.told(&["connection", "show", &id])["polls"]["last"].clone();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let before = last();
    tokio::time::sleep(std::time::Duration::from_millis(2_000)).await;
    assert_eq!(last(), before);
    assert_eq!(schedule(&["--cron", "0 3 * * 1-5 Europe/Berlin"])["own"], true);
    assert_eq!(schedule(&["--default"])["own"], false);
    let goes_on = async {
        while last() == before {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), goes_on).await.expect("it goes on");
    let words = program.refused(&["connection", "schedule", &id, "--every", "100ms"]);
    assert!(words.contains("at most every 1s"), "{words}");
    let words = program.refused(&["connection", "schedule", &id, "--cron", "5m"]);
    assert!(words.contains("`--every` takes `5m`"), "{words}");
    let words = program.refused(&["connection", "schedule", &id, "--off", "--default"]);
    assert!(words.contains("cannot be used with"), "{words}");
    program.stop().await;
}
