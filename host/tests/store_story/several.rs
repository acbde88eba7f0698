//! Several processes on one database, as several stores: on a server alone. `tests/it/several.rs` has real ones.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use switchboard::ambient::{Ambient, ManualClock};
use switchboard::model::event::{Attribute, Body, Customer, EventKind};
use switchboard::model::identifier::Evidence;
use switchboard::store::{Ingest, Store, Subscription};

use crate::store_story::{address, connection, ingest, named, open, options, phone, received, said};

/// So many stores on one database; `None` where there is no PostgreSQL, which is said.
async fn stores<const N: usize>(folder: &tempfile::TempDir) -> Option<[Store; N]> {
    address(folder.path())?;
    let clock = ManualClock::at(1_000_000);
    let stores = join_all([(); N].map(|()| open(folder, &clock))).await;
    Some(stores.try_into().unwrap_or_else(|_| unreachable!("as many as were opened")))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_the_log_on_misses_nothing_that_commits_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(stores) = stores::<3>(&folder).await else { return };
    let reader = &stores[0];
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
    let Some(stores) = stores::<3>(&folder).await else { return };
    let one = &stores[0];
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
    let Some([one, other]) = stores(&folder).await else { return };
    let mut heard = [one.subscribe(), other.subscribe()];
    for n in 0..10 {
        let store = if n % 2 == 0 { &one } else { &other };
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
    let Some([one, other]) = stores(&folder).await else { return };
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
    let Some(stores) = stores::<3>(&folder).await else { return };
    let one = &stores[0];
    let assistants: Arc<[Subscription]> =
        Arc::new([Subscription { connection: connection(7), kinds: vec![EventKind::MessageReceived] }]);
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
    let Some([_first]) = stores(&folder).await else { return };
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
