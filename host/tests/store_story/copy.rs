//! A hub moves to another database, with everything it has.

use switchboard::store::{Alone, copy};

use super::*;

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
    store.create_token(TokenAsk::all("ci", Role::Owner), "the test").await.expect("made");
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
    let middle = options(folders[2].path());
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
