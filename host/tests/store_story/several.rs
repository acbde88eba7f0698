//! Several processes on one database, as several stores: on a server alone. `tests/it/several.rs` has real ones.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use switchboard::store::{Alone, copy};

use super::*;

/// So many stores on one database, or none where there is no server.
async fn stores(folder: &tempfile::TempDir, count: usize) -> Vec<Store> {
    if !ON_A_SERVER || options(folder.path()).server.is_none() {
        return Vec::new();
    }
    let clock = ManualClock::at(1_000_000);
    join_all((0..count).map(|_| open(folder, &clock))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_the_log_on_misses_nothing_that_commits_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = stores(&folder, 3).await;
    let Some(reader) = stores.first() else { return };
    let over = AtomicBool::new(false);
    let write = async {
        let all = stores.iter().enumerate().map(async |(at, store)| {
            for n in 0..60_u32 {
                // Groups of many sizes: the larger ones commit later than they began.
                let group = (0..=n % 7).map(|part| {
                    let event = received(&format!("{at}-{n}-{part}"), 5, phone((n * 3 + part) % 50), "hi");
                    store.ingest(ingest(connection(at as u8), vec![event]))
                });
                for taken in join_all(group).await {
                    taken.expect("taken");
                }
            }
        });
        join_all(all).await;
        over.store(true, Ordering::Relaxed);
    };
    let follow = async {
        let (mut seen, mut last) = (BTreeSet::new(), 0);
        loop {
            let done = over.load(Ordering::Relaxed);
            let read = reader.events_after(last, 7).await.expect("read");
            if read.is_empty() && done {
                return seen;
            }
            for logged in read {
                assert!(logged.seq > last, "in order");
                last = logged.seq;
                assert!(
                    seen.insert(logged.event.said.external_id.clone() + logged.event.connection.as_str())
                );
            }
        }
    };
    let ((), seen) = tokio::join!(write, follow);
    let expected: usize = (0..60).map(|n| 1 + n % 7).sum();
    assert_eq!(seen.len(), 3 * expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_whom_several_processes_hear_at_once_are_folded_as_if_one_had() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = stores(&folder, 3).await;
    let Some(one) = stores.first() else { return };
    // Everybody tells of the same few people, who turn out to be one or another: chains of names that join.
    let all = stores.iter().enumerate().map(async |(at, store)| {
        for n in 0..40_u32 {
            let (a, b) = ((n * 7 + at as u32) % 16, (n * 5 + 3 * at as u32) % 16);
            let customer = named(&format!("shop:{at}:customer"), &(a + 1).to_string(), Evidence::Recorded);
            let mut update = said(
                &format!("c{n}"),
                i64::from(n),
                if n % 3 == 0 { vec![phone(a), customer] } else { vec![phone(b), phone(b)] },
                Body::CustomerUpdated(Customer { id: (a + 1).to_string(), state: None, updated_at: None }),
            );
            update.attributes.push(Attribute { field: "name".into(), value: format!("{at} {n}") });
            // The same delivery reaches two processes now and then.
            let again = received(&format!("both{}", n % 20), i64::from(n % 20), phone(n % 20), "hi");
            let (first, second) = tokio::join!(
                store.ingest(ingest(connection(at as u8), vec![update])),
                store.ingest(ingest(connection(9), vec![again])),
            );
            first.expect("taken");
            second.expect("taken");
        }
    });
    join_all(all).await;
    let mut expected: BTreeSet<String> = (0..20).map(|n| format!("both{n}")).collect();
    let logged = one.events_after(0, 10_000).await.expect("read");
    for event in &logged {
        expected.remove(&event.event.said.external_id);
    }
    assert!(expected.is_empty(), "lost: {expected:?}");
    assert_eq!(logged.len(), 3 * 40 + 20, "nothing twice");
    let rebuilt = one.rebuild(true, |_| {}).await.expect("folded anew");
    assert_eq!((rebuilt.differed, rebuilt.events), (0, 140), "{:?}", rebuilt.changes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_commits_the_others_hear_of_in_the_order_of_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = stores(&folder, 2).await;
    let [one, other] = stores.as_slice() else { return };
    let mut heard = [one.subscribe(), other.subscribe()];
    for n in 0..10 {
        let store = if n % 2 == 0 { one } else { other };
        store
            .ingest(ingest(connection(1), vec![received(&format!("m{n}"), n, phone(1), "hi")]))
            .await
            .expect("taken");
    }
    for news in &mut heard {
        let mut last = 0;
        for _ in 0..10 {
            let appended = tokio::time::timeout(Duration::from_secs(20), news.recv())
                .await
                .expect("in time")
                .expect("heard");
            assert!(appended.seq > last);
            last = appended.seq;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_has_a_duty_until_it_leaves_it_or_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = stores(&folder, 2).await;
    let [one, other] = stores.as_slice() else { return };
    assert!(one.leads("poll").await && one.leads("poll").await && !other.leads("poll").await);
    assert!(other.leads("tidy").await && !one.leads("tidy").await);
    one.leave("poll").await;
    assert!(other.leads("poll").await && !one.leads("poll").await);
    other.close().await;
    let gone = async {
        while !(one.leads("poll").await && one.leads("tidy").await) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("taken over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_of_work_is_claimed_by_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = stores(&folder, 3).await;
    let Some(one) = stores.first() else { return };
    let assistants: Arc<[Shown]> =
        Arc::new([Shown { connection: connection(7), kinds: vec![EventKind::MessageReceived] }]);
    for n in 0..60 {
        let event = received(&format!("m{n}"), n, phone(1), "hi");
        let work = Ingest { assistants: Arc::clone(&assistants), ..ingest(connection(1), vec![event]) };
        one.ingest(work).await.expect("taken");
    }
    let claimed = stores.iter().map(async |store| {
        let mut ids = Vec::new();
        while ids.len() < 60 {
            let jobs = store.claim_jobs(5, 60_000).await.expect("claimed");
            if jobs.is_empty() {
                break;
            }
            ids.extend(jobs.into_iter().map(|job| job.id.to_string()));
        }
        ids
    });
    let claimed: Vec<String> = join_all(claimed).await.into_iter().flatten().collect();
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), claimed.len(), "none twice");
    assert_eq!(claimed.len(), 60, "and all of them");
}

#[tokio::test]
async fn a_process_with_another_key_or_none_is_refused_and_told_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    if stores(&folder, 1).await.is_empty() {
        return;
    }
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut wrong = options(folder.path());
    wrong.path = elsewhere.path().join("hub.db");
    let refused = Store::open(&wrong, Ambient::system()).await.expect_err("there is no key");
    assert!(refused.to_string().contains("copy that of another hub"), "{refused}");
    std::fs::write(elsewhere.path().join("hub.key"), [3; 32]).expect("written");
    let refused = Store::open(&wrong, Ambient::system()).await.expect_err("it is another key");
    assert!(refused.to_string().contains("another key"), "{refused}");
    std::fs::copy(folder.path().join("hub.key"), elsewhere.path().join("hub.key")).expect("copied");
    Store::open(&wrong, Ambient::system()).await.expect("the same key").close().await;
}

/// A database with a little of everything.
async fn furnish(store: &Store) -> ConnectionId {
    let connection = store
        .add_connection(NewConnection {
            plugin: "echo".into(),
            title: "one".into(),
            settings: serde_json::json!({"a": 1}),
            priority: 3,
            region: None,
            secrets: vec![("token".into(), b"a secret".to_vec().into())],
        })
        .await
        .expect("added")
        .id;
    for n in 0..700_u32 {
        let customer = named("shop:acme:customer", &(n % 90 + 1).to_string(), Evidence::Recorded);
        let mut event = received(&format!("m{n}"), i64::from(n), phone(n % 90), "grüße \u{1f44b} 'quoted'");
        event.subject.push(customer);
        event.attributes.push(Attribute { field: "name".into(), value: format!("Ünal {}", n % 7) });
        let new = Ingest { delivery: Some(delivery(None)), ..ingest(connection.clone(), vec![event]) };
        store.ingest(new).await.expect("taken");
    }
    store.park(&connection, delivery(None), "trapped").await.expect("parked");
    store.create_token("ci", switchboard::model::token::Role::Owner).await.expect("made");
    let who = store.profile_by(&phone(1).identifier).await.expect("read").expect("known");
    store
        .enqueue(NewOutbound {
            connection: connection.clone(),
            profile: who.id,
            content: OutboundContent::Text("later".into()),
            reply_to: None,
            subject: None,
            purpose: "service".into(),
            within: None,
            wait: 0,
            by: None,
        })
        .await
        .expect("queued");
    connection
}

#[tokio::test]
async fn a_hub_moves_from_a_file_to_a_server_and_back_and_nothing_of_it_changes() {
    let folders = [(); 4].map(|()| tempfile::tempdir().expect("a folder"));
    let file = |n: usize| StoreOptions::at(folders[n].path().join("hub.db"));
    let ambient = Ambient::system();
    let store = Store::open(&file(0), ambient.clone()).await.expect("a store");
    let connection = furnish(&store).await;
    let before = store.profiles(None, &PageRequest::first(500)).await.expect("read").items;
    store.close().await;

    let serving = Alone::take(&file(0).path).expect("nobody serves it");
    let refused = copy(&file(0), &file(1), &ambient, |_| {}).await.expect_err("a hub serves it");
    assert!(matches!(refused, StoreError::Served { .. }), "{refused}");
    drop(serving);
    let middle = if ON_A_SERVER { options(folders[2].path()) } else { file(2) };
    let mut told = 0;
    let there = copy(&file(0), &middle, &ambient, |_| told += 1).await.expect("copied");
    assert!(told > 3, "it tells how far it has come");
    let rows =
        |table: &str| there.iter().find(|copied| copied.table == table).map_or(0, |copied| copied.rows);
    assert_eq!((rows("events"), rows("deliveries"), rows("secrets"), rows("outbox")), (700, 701, 1, 1));
    let back = copy(&middle, &file(3), &ambient, |_| {}).await.expect("copied back");
    assert_eq!(there, back, "every table has the same rows in each of the three");
    let refused = copy(&file(0), &middle, &ambient, |_| {}).await.expect_err("it holds something");
    assert!(refused.to_string().contains("holds something already"), "{refused}");

    for place in [middle, file(3)] {
        let store = Store::open(&place, ambient.clone()).await.expect("a store");
        let after = store.profiles(None, &PageRequest::first(500)).await.expect("read").items;
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
        let secret = store.secret(&connection, "token").await.expect("opens").expect("there");
        assert_eq!(secret.as_slice(), b"a secret");
        assert_eq!(store.kept_bytes().await.expect("read"), 700 * 22);
        assert_eq!(store.rebuild(true, |_| {}).await.expect("folded").differed, 0);
        // It goes on where it was.
        let taken = store
            .ingest(Ingest {
                delivery: Some(delivery(None)),
                ..ingest(connection.clone(), vec![received("new", 9_000, phone(1), "hi")])
            })
            .await
            .expect("taken");
        assert!(taken.appended[0].seq > 700);
        store.close().await;
    }
}
