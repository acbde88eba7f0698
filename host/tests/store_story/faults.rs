//! What goes wrong around the store, and what it makes of it.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;

/// Has a scene's database take no changes from now on: another program holds it, or its server only reads.
enum Refusing {
    File(rusqlite::Connection),
    Server(String),
}

impl Refusing {
    fn begin(scene: &Scene) -> Self {
        if let Some(address) = address(scene.folder.path()) {
            only_reads(&address, "on");
            return Self::Server(address);
        }
        let other = rusqlite::Connection::open(scene.folder.path().join("hub.db")).expect("opened");
        other.execute_batch("BEGIN IMMEDIATE").expect("held");
        Self::File(other)
    }

    fn end(self) {
        match self {
            Self::File(other) => other.execute_batch("ROLLBACK").expect("let go"),
            Self::Server(address) => only_reads(&address, "off"),
        }
    }
}

/// Has whoever connects to a database from now on only read, or not, and ends all connections.
fn only_reads(address: &str, on: &str) {
    let name = postgres::ask(address, "SELECT current_database()").remove(0);
    let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {on}");
    postgres::ask(address, &format!("SET transaction_read_only = off; {set}"));
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    postgres::ask(address, &format!("SELECT pg_terminate_backend(pid, 5000) {others}"));
}

fn text_to(connection: ConnectionId, profile: switchboard::model::id::ProfileId, text: &str) -> NewOutbound {
    NewOutbound {
        connection,
        profile,
        content: OutboundContent::Text(text.into()),
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    }
}

#[tokio::test]
async fn an_intent_for_a_former_id_stands_in_todays_conversation() {
    let scene = Scene::new().await;
    let store = &scene.store;
    let ada = named("chat:visitor", "ada", Evidence::Verified);
    store.ingest(ingest(connection(1), vec![received("m1", 500, phone(1), "hi")])).await.expect("taken");
    store.ingest(ingest(connection(1), vec![received("m2", 900, ada.clone(), "hi")])).await.expect("taken");
    let former = store.profile_by(&ada.identifier).await.expect("read").expect("known").id;
    let both = said("b", 950, vec![phone(1), ada], Body::CustomerDeleted(CustomerRef { id: "1".into() }));
    store.ingest(ingest(connection(1), vec![both])).await.expect("taken");
    let item = store.enqueue(text_to(connection(1), former.clone(), "back")).await.expect("queued");
    let messages = store.messages(&former, &PageRequest::first(10)).await.expect("read").items;
    assert_eq!(messages.len(), 3, "the new message is among them");
    let conversation = store.conversation_of(&former).await.expect("read").expect("there is one");
    assert_eq!(conversation.conversation.last.at, 1_000_000);
    assert_eq!(store.outbound(&item.id).await.expect("read").expect("kept").profile, conversation.profile);
}

#[tokio::test]
async fn a_vendors_echo_of_what_the_hub_sent_neither_rewrites_nor_hides_it() {
    let scene = Scene::new().await;
    let store = &scene.store;
    store.ingest(ingest(connection(1), vec![received("m1", 5, phone(1), "hi")])).await.expect("taken");
    let who = store.profile_by(&phone(1).identifier).await.expect("read").expect("known").id;
    let item = store.enqueue(text_to(connection(1), who.clone(), "as written")).await.expect("queued");
    store.claim_outbound(&connection(1), 1, 60_000).await.expect("claimed");
    store.outbound_sent(&item.id, "v1").await.expect("settled");
    // By a clock that is behind, and without saying to whom.
    let echo = said("echo:v1", 7, Vec::new(), Body::MessageSent(message("v1", "as echoed")));
    store.ingest(ingest(connection(1), vec![echo])).await.expect("taken");
    let shown = store.message(&item.message).await.expect("read").expect("there");
    assert_eq!((shown.message.text(), shown.profile), ("as written", Some(who.clone())));
    assert_eq!(store.messages(&who, &PageRequest::first(10)).await.expect("read").items.len(), 2);
}

#[tokio::test]
async fn what_one_delivery_trips_over_does_not_take_its_group_along() {
    let scene = Scene::new().await;
    let store = &scene.store;
    store.ingest(ingest(connection(1), vec![received("m0", 5, phone(1), "hi")])).await.expect("taken");
    ask(scene.folder.path(), "UPDATE messages SET state = 'no JSON'");
    let group = (0..20).map(|n| {
        let event = match n {
            7 => status("m0", DeliveryState::Read, 9, None),
            _ => received(&format!("n{n}"), 10, phone(n), "well"),
        };
        store.ingest(ingest(connection(1), vec![event]))
    });
    let results = join_all(group).await;
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), n != 7, "{n}: {result:?}");
    }
    assert!(matches!(results[7], Err(StoreError::Corrupt { .. })));
    assert_eq!(store.last_seq().await.expect("read"), 20, "the log has no gap");
}

#[tokio::test]
async fn a_database_that_takes_nothing_is_said_to_be_unavailable_and_used_again_after() {
    let scene = Scene::new().await;
    let store = &scene.store;
    let event = ingest(connection(1), vec![received("m1", 5, phone(1), "hi")]);
    let refusing = Refusing::begin(&scene);
    for _ in 0..2 {
        let refused = store.ingest(event.clone()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    refusing.end();
    // That a server ended the connection, the next change finds out.
    let again = async {
        loop {
            match store.ingest(event.clone()).await {
                Err(StoreError::Unavailable(_)) => {}
                taken => return taken.expect("taken"),
            }
        }
    };
    let taken = tokio::time::timeout(Duration::from_secs(20), again).await.expect("used again");
    assert_eq!((taken.appended.len(), taken.duplicates), (1, 0), "nothing of the refused attempt stayed");
}

#[tokio::test]
async fn a_full_queue_refuses_and_whatever_it_took_is_in_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions { queue: 4, group: 2, ..options(folder.path()) };
    let store = Store::open(&options, Ambient::system()).await.expect("a store");
    let all = (0..200)
        .map(|n| store.ingest(ingest(connection(1), vec![received(&format!("m{n}"), 5, phone(n), "hi")])));
    let results = join_all(all).await;
    let taken = results.iter().filter(|result| result.is_ok()).count();
    assert!(results.iter().flat_map(|r| r.as_ref().err()).all(|e| matches!(e, StoreError::Unavailable(_))));
    assert!((4..200).contains(&taken), "{taken}");
    assert_eq!(store.last_seq().await.expect("read"), taken as i64);
    store
        .ingest(ingest(connection(1), vec![received("after", 5, phone(1), "hi")]))
        .await
        .expect("taken again");
}

#[tokio::test]
async fn a_secret_is_nowhere_in_the_database_and_opens_only_in_its_place() {
    let scene = Scene::new().await;
    let add = |title: &str, secret: &[u8]| NewConnection {
        plugin: "echo".into(),
        title: title.into(),
        settings: serde_json::json!({}),
        priority: 0,
        region: None,
        secrets: vec![("token".into(), secret.to_vec().into())],
    };
    let one = scene.store.add_connection(add("one", b"a very long secret")).await.expect("added");
    let two = scene.store.add_connection(add("two", b"another")).await.expect("added");
    for (place, bytes) in everything(scene.folder.path()) {
        assert!(!holds(&bytes, "a very long secret"), "{place}");
    }
    let swap = format!(
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE connection = '{}') WHERE connection = '{}'",
        one.id.as_str(),
        two.id.as_str()
    );
    ask(scene.folder.path(), &swap);
    assert!(matches!(scene.store.secret(&two.id, "token").await, Err(StoreError::Sealed { .. })));
    assert!(scene.store.secret(&one.id, "token").await.is_ok());
}

#[tokio::test]
async fn pages_show_everything_once_even_where_all_happened_at_the_same_time() {
    let scene = Scene::new().await;
    let store = &scene.store;
    let mut events: Vec<_> = (0..25).map(|n| received(&format!("m{n}"), 5, phone(1), "hi")).collect();
    events.extend((2..27).map(|n| received(&format!("p{n}"), 5, phone(n), "hi")));
    store.ingest(ingest(connection(1), events)).await.expect("taken");
    let who = store.profile_by(&phone(1).identifier).await.expect("read").expect("known").id;
    let (mut entries, mut messages, mut people) = (Vec::new(), Vec::new(), Vec::new());
    let mut page = PageRequest::first(7);
    loop {
        let found = store.timeline(&who, &page).await.expect("read");
        entries.extend(found.items.into_iter().map(|entry| entry.event));
        page.cursor = found.next;
        if page.cursor.is_none() {
            break;
        }
    }
    loop {
        let found = store.messages(&who, &page).await.expect("read");
        messages.extend(found.items.into_iter().map(|view| view.message.id));
        page.cursor = found.next;
        if page.cursor.is_none() {
            break;
        }
    }
    loop {
        let found = store.profiles(None, &page).await.expect("read");
        people.extend(found.items.into_iter().map(|person| person.id));
        page.cursor = found.next;
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!((entries.len(), messages.len(), people.len()), (25, 25, 26));
    entries.sort();
    entries.dedup();
    messages.sort();
    messages.dedup();
    people.sort();
    people.dedup();
    assert_eq!((entries.len(), messages.len(), people.len()), (25, 25, 26));
}

#[tokio::test]
async fn the_source_with_the_higher_priority_is_believed_and_the_other_value_kept() {
    let scene = Scene::new().await;
    let store = &scene.store;
    let add = |title: &str, priority| NewConnection {
        plugin: "echo".into(),
        title: title.into(),
        settings: serde_json::json!({}),
        priority,
        region: None,
        secrets: Vec::new(),
    };
    let shop = store.add_connection(add("shop", 10)).await.expect("added").id;
    let chat = store.add_connection(add("chat", 0)).await.expect("added").id;
    let states = |id: &str, at, value: &str| {
        let mut event = said(id, at, vec![phone(1)], Body::CustomerDeleted(CustomerRef { id: "1".into() }));
        event.attributes.push(Attribute { field: "name".into(), value: value.into() });
        event
    };
    store.ingest(ingest(shop.clone(), vec![states("s1", 5, "Ada Lovelace")])).await.expect("taken");
    store.ingest(ingest(chat, vec![states("c1", 900, "ada <3")])).await.expect("taken");
    let person = store.profile_by(&phone(1).identifier).await.expect("read").expect("known");
    let name = &person.attributes[0];
    assert_eq!(
        (name.value.as_str(), name.source.title.as_str(), name.source.at),
        ("Ada Lovelace", "shop", 5)
    );
    assert_eq!(name.others[0].value, "ada <3");
    store.ingest(ingest(shop, vec![states("s2", 6, "")])).await.expect("taken");
    let person = store.profile_by(&phone(1).identifier).await.expect("read").expect("known");
    assert_eq!(person.attribute("name"), None, "the best source says that there is none");
}

#[tokio::test]
async fn what_a_subscriber_hears_of_can_be_read() {
    let scene = Scene::new().await;
    let mut heard = scene.store.subscribe();
    let event = received("m1", 5, phone(1), "hi");
    let taken = scene.store.ingest(ingest(connection(1), vec![event.clone(), event])).await.expect("taken");
    let appended = heard.recv().await.expect("heard");
    assert_eq!(vec![appended.clone()], taken.appended);
    let logged = scene.store.event(&appended.event).await.expect("read").expect("there");
    assert_eq!((logged.seq, logged.profile), (appended.seq, appended.profile));
    assert!(tokio::time::timeout(Duration::from_millis(20), heard.recv()).await.is_err(), "once");
}
