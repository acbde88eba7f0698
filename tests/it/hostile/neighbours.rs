//! What a connection's neighbours notice of it: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use switchboard::model::connection::Connection;
use switchboard_tests::TestApp;

use super::{QUICK, connect, connect_to};
use crate::vendors::{courier, wrote};

async fn deliver(app: &TestApp, honest: &Connection, number: usize) {
    let ada = [("phone", "+491701234567", "verified")];
    let said = json!([wrote(&format!("m{number}"), 1_000 + number as i64, "hello", &ada)]);
    app.deliver(honest, said.to_string(), &[]).await.expect(200);
}

/// Everything at once: guests that loop, hold, crash, flood and wait, each as soon as it is done again.
const ATTACKERS: [(&str, &str); 12] = [
    ("loop", ""),
    ("recursion", ""),
    ("memory-bomb", ""),
    ("table-bomb", ""),
    ("huge-return", ""),
    ("bad-utf8", ""),
    ("realloc-loop", ""),
    ("nagger", "/write"),
    ("nagger", "/denied"),
    ("chatterbox", "/log?size=10000"),
    ("flooder", "/events?size=500"),
    ("waiter", "/sleep"),
];

#[tokio::test(flavor = "multi_thread")]
async fn while_every_attacker_loops_another_connections_deliveries_all_arrive() {
    let mut plugins: Vec<&str> = ATTACKERS.iter().map(|(guest, _)| *guest).collect();
    plugins.sort_unstable();
    plugins.dedup();
    plugins.push("courier");
    // Nobody is left alone for failing: each attacker's guest runs, every time.
    let own = ["plugin.instances=32", "plugin.per_connection=2", "breaker.failures=1000000"];
    let sets = [&QUICK[..], &own].concat();
    let app = Arc::new(TestApp::with(&plugins, &sets).await);
    app.may_leave_work();
    let honest = courier(&app, "http://127.0.0.1:9").await;
    let over = Arc::new(AtomicBool::new(false));
    let attacks = Arc::new(AtomicUsize::new(0));
    let mut attackers = Vec::new();
    for (guest, path) in ATTACKERS {
        let connection = Arc::new(connect(&app, guest).await);
        let (app, over, attacks) = (Arc::clone(&app), Arc::clone(&over), Arc::clone(&attacks));
        attackers.push(tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                app.deliver_at(&connection, path, "{}", &[]).await;
                attacks.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    // Until each of them has come around several times, and at least so many.
    let mut number = 0;
    while number < 100 || attacks.load(Ordering::Relaxed) < 5 * ATTACKERS.len() {
        deliver(&app, &honest, number).await;
        number += 1;
    }
    over.store(true, Ordering::Relaxed);
    for attacker in attackers {
        attacker.await.expect("the attacker ends");
    }
    let said = app.events().await.into_iter().filter(|logged| logged.event.connection == honest.id).count();
    assert_eq!(said, number, "each of them, once");
    app.api("GET", "/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_never_takes_every_place_of_the_pool() {
    let sets =
        ["plugin.instances=4", "plugin.per_connection=2", "plugin.queue_wait=200ms", "plugin.limits.wall=5s"];
    let app = TestApp::with(&["waiter", "courier"], &sets).await;
    app.may_leave_work();
    let bad = connect_to(&app, "waiter", "https://vendor.example").await;
    let honest = courier(&app, "http://127.0.0.1:9").await;
    let sleeping = async {
        let sleep = || app.deliver_at(&bad, "/sleep", "{}", &[]);
        let answers = tokio::join!(sleep(), sleep(), sleep(), sleep(), sleep(), sleep());
        let mut statuses = [
            answers.0.status,
            answers.1.status,
            answers.2.status,
            answers.3.status,
            answers.4.status,
            answers.5.status,
        ];
        statuses.sort_unstable();
        statuses
    };
    let honest = async {
        for number in 0..50 {
            deliver(&app, &honest, number).await;
        }
    };
    let (statuses, ()) = tokio::join!(sleeping, honest);
    // Two slept and are kept; for the others there was no place, and their vendor is told to come again.
    assert_eq!(statuses, [200, 200, 503, 503, 503, 503]);
    let logs = switchboard_tests::log::text();
    let told = logs
        .lines()
        .find(|line| line.contains(bad.id.as_str()) && line.contains("places that one connection may take"));
    assert!(told.is_some_and(|line| line.contains("plugin.per_connection")), "{told:?}");
}
