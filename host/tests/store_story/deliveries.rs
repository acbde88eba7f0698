//! Deliveries: parked within what is counted, given up, found, and forgotten when they are old.

use switchboard::model::delivery::{DeliveryState, Discarded};
use switchboard::store::{DeliveryFilter, ParkedSize};

use super::*;

fn of_size(bytes: usize, received_at: i64) -> NewDelivery {
    let mut new = delivery(None);
    new.request.body = vec![b'x'; bytes];
    new.received_at = received_at;
    new
}

fn given_up(at: i64) -> Discarded {
    Discarded { at, by: "Ada".into(), why: "a test's".into() }
}

async fn size(scene: &Scene, n: u8) -> (u64, u64) {
    let ParkedSize { deliveries, bytes } = scene.store.parked_size(&connection(n)).await.expect("read");
    (deliveries, bytes)
}

async fn handle(scene: &Scene, n: u8, new: NewDelivery) {
    let handled = Ingest { delivery: Some(new), ..ingest(connection(n), vec![]) };
    scene.store.ingest(handled).await.expect("taken");
}

#[tokio::test]
async fn what_is_parked_is_counted_through_replays_and_discards_of_every_kind() {
    let mut scene = Scene::new().await;
    let store = scene.store.clone();
    let one = store.park(&connection(1), of_size(10, 1), "trapped").await.expect("parked");
    let two = store.hold(&connection(1), of_size(200, 2), "paused").await.expect("parked");
    let other = store.park(&connection(2), of_size(3_000, 3), "trapped").await.expect("parked");
    assert_eq!((size(&scene, 1).await, size(&scene, 2).await), ((2, 210), (1, 3_000)));
    assert_eq!(store.held(&connection(1), 9).await.expect("read"), std::slice::from_ref(&two));

    // It fails again, and works the third time.
    let again = NewDelivery { replay_of: Some(two.clone()), ..of_size(200, 2) };
    store.park(&connection(1), again.clone(), "trapped").await.expect("parked");
    assert_eq!(size(&scene, 1).await, (2, 210));
    assert!(store.held(&connection(1), 9).await.expect("read").is_empty(), "it was run by now");
    handle(&scene, 1, again.clone()).await;
    assert_eq!(size(&scene, 1).await, (1, 10));
    handle(&scene, 1, again).await;
    assert_eq!(size(&scene, 1).await, (1, 10), "a second replay at the same time takes nothing off");

    assert!(store.discard(&one, &given_up(7)).await.expect("written"));
    assert!(!store.discard(&one, &given_up(8)).await.expect("written"), "once");
    assert!(!store.discard(&two, &given_up(8)).await.expect("written"), "what is done is not given up");
    assert_eq!(size(&scene, 1).await, (0, 0));
    scene.restart().await;
    let gone = scene.store.delivery(&one).await.expect("read").expect("kept");
    assert_eq!((gone.state, gone.discarded, gone.size), (DeliveryState::Discarded, Some(given_up(7)), 0));
    let nothing = scene.store.recorded(&one).await.expect("read").expect("kept");
    assert!(nothing.body.is_empty() && nothing.headers.is_empty(), "{nothing:?}");
    let sizes = scene.store.parked_sizes().await.expect("read");
    assert_eq!(sizes, [(connection(2), ParkedSize { deliveries: 1, bytes: 3_000 })]);
    // Replayed by somebody who had read it before it was given up: it stays given up.
    let late = NewDelivery { replay_of: Some(one.clone()), ..of_size(10, 1) };
    scene.store.park(&connection(1), late, "trapped").await.expect("written");
    let gone = scene.store.delivery(&one).await.expect("read").expect("kept");
    assert_eq!(gone.state, DeliveryState::Discarded);
    assert_eq!(scene.store.parked(None, None, 9).await.expect("read"), [other]);
}

#[tokio::test]
async fn deliveries_are_found_by_whom_when_what_and_why() {
    let scene = Scene::new().await;
    let store = &scene.store;
    let new = NewConnection {
        plugin: "chat".into(),
        title: "Chat".into(),
        settings: serde_json::json!({}),
        priority: 0,
        region: None,
        secrets: vec![],
    };
    let chat = store.add_connection(new).await.expect("added").id;
    let first = store.park(&chat, of_size(1, 100), "The vendor timed OUT").await.expect("parked");
    let second = store.park(&connection(2), of_size(1, 200), "100% wrong").await.expect("parked");
    handle(&scene, 2, of_size(1, 300)).await;
    let found = async |filter: DeliveryFilter| {
        let page = store.deliveries(&filter, &PageRequest::first(10)).await.expect("read");
        page.items.into_iter().map(|delivery| delivery.received_at).collect::<Vec<_>>()
    };
    let all = DeliveryFilter::default;
    assert_eq!(found(all()).await, [300, 200, 100]);
    assert_eq!(found(DeliveryFilter { plugin: Some("chat".into()), ..all() }).await, [100]);
    assert_eq!(found(DeliveryFilter { connection: Some(connection(2)), ..all() }).await, [300, 200]);
    assert_eq!(found(DeliveryFilter { state: Some(DeliveryState::Parked), ..all() }).await, [200, 100]);
    assert_eq!(found(DeliveryFilter { since: Some(200), until: Some(300), ..all() }).await, [200]);
    assert_eq!(found(DeliveryFilter { error: Some("timed out".into()), ..all() }).await, [100]);
    assert_eq!(found(DeliveryFilter { error: Some("%".into()), ..all() }).await, [200]);
    assert_eq!(store.parked(None, Some(&first), 10).await.expect("read"), [second]);
}

#[tokio::test]
async fn forgetting_leaves_what_is_parked_and_what_was_given_up_lately() {
    let scene = Scene::new().await;
    let store = &scene.store;
    for at in 1..=3 {
        handle(&scene, 1, of_size(100, at)).await;
    }
    let parked = store.park(&connection(1), of_size(100, 4), "trapped").await.expect("parked");
    let lately = store.park(&connection(1), of_size(100, 5), "trapped").await.expect("parked");
    let long_ago = store.park(&connection(1), of_size(100, 6), "trapped").await.expect("parked");
    store.discard(&lately, &given_up(1_000)).await.expect("written");
    store.discard(&long_ago, &given_up(10)).await.expect("written");
    handle(&scene, 1, of_size(100, 7)).await;

    let handled = store.handled(0, 100).await.expect("read");
    let sizes: Vec<u64> = handled.iter().map(|one| one.size).collect();
    assert_eq!(sizes, [100, 100, 100, 0, 0, 100], "parked ones are passed over");
    let to = handled[4].n;
    assert_eq!(store.forget_deliveries(handled[0].n, to, 500).await.expect("written"), 3);
    let left = store.deliveries(&DeliveryFilter::default(), &PageRequest::first(10)).await.expect("read");
    let left: Vec<i64> = left.items.iter().map(|one| one.received_at).collect();
    assert_eq!(left, [7, 5, 4, 1]);
    assert_eq!(store.parked(None, None, 9).await.expect("read"), [parked]);
}

#[tokio::test]
async fn how_polls_went_is_known_after_a_restart_and_goes_with_the_connection() {
    let mut scene = Scene::new().await;
    let polls = switchboard::model::schedule::Polls {
        began_at: 5,
        failures: 2,
        retry_at: Some(9),
        error: Some("no answer".into()),
    };
    assert_eq!(scene.store.polls(&connection(1)).await.expect("read"), None);
    scene.store.set_polls(&connection(1), &polls).await.expect("written");
    scene.restart().await;
    assert_eq!(scene.store.polls(&connection(1)).await.expect("read"), Some(polls));
}

/// How many commits the write-ahead log holds: the last frame of each says how large the database is then, the
/// others say 0 (<https://sqlite.org/fileformat2.html#walformat>).
fn commits(scene: &Scene) -> usize {
    let log = std::fs::read(scene.folder.path().join("hub.db-wal")).expect("the log is there");
    let page = u32::from_be_bytes([log[8], log[9], log[10], log[11]]) as usize;
    log[32..].chunks_exact(24 + page).filter(|frame| frame[4..8] != [0; 4]).count()
}

/// A plugin that fails on everything must not cost its neighbours a commit for each of its failures.
#[tokio::test]
async fn what_is_parked_shares_the_commit_of_what_else_waits() {
    let scene = Scene::new().await;
    let store = &scene.store;
    let again = store.park(&connection(1), of_size(10, 1), "trapped").await.expect("parked");
    let before = if ON_A_SERVER { 0 } else { commits(&scene) };
    let again = NewDelivery { replay_of: Some(again), ..of_size(10, 1) };
    let (bad, worse) = (connection(1), connection(2));
    // All of them are queued before the writer, on the same thread, looks.
    let (one, two, other, failed, handled) = tokio::join!(
        store.park(&bad, of_size(20, 2), "trapped"),
        store.hold(&bad, of_size(300, 3), "paused"),
        store.hold(&worse, of_size(4_000, 4), "paused"),
        store.park(&bad, again, "trapped again"),
        store.ingest(Ingest { delivery: Some(of_size(5, 5)), ..ingest(connection(3), vec![]) }),
    );
    let (one, two, other) = (one.expect("parked"), two.expect("parked"), other.expect("parked"));
    let (failed, handled) = (failed.expect("parked"), handled.expect("taken").delivery.expect("kept"));
    if !ON_A_SERVER {
        assert_eq!(commits(&scene) - before, 1, "one for all");
    }

    let mut states = Vec::new();
    for id in [&one, &two, &other, &failed, &handled] {
        let kept = store.delivery(id).await.expect("read").expect("kept");
        states.push((kept.state, kept.attempts, kept.error));
    }
    let parked = |attempts, why: &str| (DeliveryState::Parked, attempts, Some(why.to_owned()));
    let expected = [
        parked(1, "trapped"),
        parked(0, "paused"),
        parked(0, "paused"),
        parked(2, "trapped again"),
        (DeliveryState::Done, 1, None),
    ];
    assert_eq!(states, expected);
    assert_eq!((size(&scene, 1).await, size(&scene, 2).await), ((3, 330), (1, 4_000)));
    assert_eq!(store.held(&connection(1), 9).await.expect("read"), [two]);
}
