//! Erasing people: nothing of them is left, nothing late brings them back, and everybody else is as before.

use switchboard::model::id::ProfileId;
use switchboard::store::{AuditFilter, Erased, Erasure, Unerasable};

use super::*;

#[path = "erase/scope.rs"]
mod scope;

/// What nothing may hold after Ada was erased.
const PRIVATE: [&str; 6] = [
    "Lovelace",
    "my parcel is late",
    "+491700000001",
    "491700000001",
    "ada@example.com",
    "Analytical Street",
];

async fn erase(store: &Store, id: &ProfileId) -> Erased {
    let erasure =
        Erasure { profile: id.clone(), connection: None, by: "anna".into(), reason: "asked for it".into() };
    store.erase(erasure).await.expect("committed").expect("erased")
}

async fn known(store: &Store, name: &Evident) -> Option<ProfileId> {
    store.profile_by(&name.identifier).await.expect("read").map(|profile| profile.id)
}

async fn verified(store: &Store) {
    let rebuilt = store.rebuild(true, |_| {}).await.expect("folded anew");
    assert_eq!(rebuilt.differed, 0, "a rebuild finds nothing to mend: {rebuilt:?}");
}

fn recorded(namespace: &str, value: &str) -> Evident {
    named(namespace, value, Evidence::Recorded)
}

fn customer(external_id: &str, at: i64, subject: Vec<Evident>, name: &str) -> NewEvent {
    let body = Customer { id: external_id.into(), state: None, updated_at: Some(at) };
    let mut event = said(external_id, at, subject, Body::CustomerUpdated(body));
    event.attributes.push(Attribute { field: "name".into(), value: name.into() });
    event.source = serde_json::value::to_raw_value(&serde_json::json!({ "name": name })).ok();
    event
}

fn bought(id: &str, at: i64, subject: Vec<Evident>) -> NewEvent {
    let order = Order {
        id: id.into(),
        number: format!("#{id}"),
        state: "open".into(),
        payment_state: None,
        fulfilment_state: None,
        total: None,
        placed_at: None,
        updated_at: at,
        items: Vec::new(),
        url: Some("https://shop.example/Analytical Street".into()),
    };
    said(&format!("order:{id}:{at}"), at, subject, Body::Order(order))
}

fn request(body: &str) -> NewDelivery {
    let mut delivery = delivery(None);
    delivery.request.body = body.as_bytes().to_vec();
    delivery.request.query = "from=%2B491700000001".into();
    delivery
}

fn ada() -> (Evident, Evident, Evident) {
    (
        named("phone", "+491700000001", Evidence::Verified),
        recorded("email", "ada@example.com"),
        recorded("shop:customer", "ada-4711"),
    )
}

/// Ada, with everything that a hub can hold of somebody; Bob, who wrote in the same request.
async fn history(scene: &Scene) -> ProfileId {
    let (chat, shop, assistant) = (connection(1), connection(2), connection(3));
    let (phone, mail, number) = ada();
    let bob = named("phone", "+491700000002", Evidence::Verified);
    let mut wrote = received("m1", 500, phone.clone(), "my parcel is late, Ada Lovelace");
    wrote.attributes.push(Attribute { field: "name".into(), value: "Ada Lovelace".into() });
    let both = Ingest {
        delivery: Some(request("{\"from\": \"+491700000001\", \"text\": \"my parcel is late\"}")),
        assistants: Arc::new([Shown {
            connection: assistant.clone(),
            kinds: vec![EventKind::MessageReceived],
        }]),
        ..ingest(chat.clone(), vec![wrote, received("m2", 510, bob.clone(), "I am Bob")])
    };
    scene.store.ingest(both).await.expect("taken");
    let names = vec![number.clone(), mail.clone(), phone.clone()];
    let events = vec![
        customer("c1", 400, names, "Ada Lovelace"),
        bought("1001", 450, vec![number.clone()]),
        customer("c2", 460, vec![recorded("shop:customer", "bob-1"), bob.clone()], "Bob"),
    ];
    scene.store.ingest(ingest(shop.clone(), events)).await.expect("taken");
    let refund = Refund { id: "r1".into(), order: "1001".into(), amount: None, reason: None };
    scene
        .store
        .ingest(ingest(shop.clone(), vec![said("r1", 470, Vec::new(), Body::Refund(refund))]))
        .await
        .expect("taken");
    let message = MessageId::derived(scene.store.id_key(), &[chat.as_str(), "m1"]);
    let insight = Insight {
        message: message.clone(),
        kind: "summary".into(),
        label: "Lovelace: my parcel is late".into(),
        score: None,
        confidence: None,
        details: None,
    };
    let event = said("i1", 500, vec![phone.clone()], Body::Insight(insight));
    scene.store.ingest(ingest(assistant, vec![event])).await.expect("taken");
    let id = known(&scene.store, &phone).await.expect("Ada is known");
    let answer = NewOutbound {
        connection: chat.clone(),
        profile: id.clone(),
        content: OutboundContent::Text("Dear Ada Lovelace".into()),
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    };
    let sent = scene.store.enqueue(answer).await.expect("queued");
    scene.store.outbound_sent(&sent.id, "out-1").await.expect("sent");
    scene
        .store
        .park(&shop, request("{\"phone\": \"0170 / 0000001\"}"), "broke on Lovelace")
        .await
        .expect("parked");
    let others = NewDelivery {
        request: RecordedRequest {
            query: String::new(),
            ..request("{\"phone\": \"0170 / 0000002\"}").request
        },
        ..request("")
    };
    scene.store.park(&shop, others, "broke").await.expect("parked");
    let keep = async |key: &str, value: &str| {
        scene.store.kv_set(&chat, key, value.into(), None, false, 10_000).await.expect("set");
    };
    keep("session:+491700000001", "1").await;
    keep("last", "{\"mail\":\"Ada@Example.com\"}").await;
    keep("cursor", "77").await;
    id
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_anywhere_and_everybody_else_is_as_before() {
    let scene = Scene::new().await;
    let id = history(&scene).await;
    let (phone, mail, number) = ada();
    let there = |text: &&str| everything(scene.folder.path()).iter().any(|(_, bytes)| holds(bytes, text));
    assert!(PRIVATE.iter().all(there), "it can be found where it is");
    let bob = known(&scene.store, &recorded("shop:customer", "bob-1")).await.expect("Bob is known");

    let done = erase(&scene.store, &id).await;
    assert_eq!((done.events, done.messages, done.records, done.outbox), (5, 2, 2, 1), "{done:?}");
    assert_eq!((done.identifiers, done.key_values, done.deliveries), (3, 2, 2), "{done:?}");
    assert!(!done.remains);

    for (place, bytes) in everything(scene.folder.path()) {
        for text in PRIVATE {
            assert!(!holds(&bytes, text), "`{text}` is still in {place}");
        }
    }
    for name in [&phone, &mail, &number] {
        assert_eq!(known(&scene.store, name).await, None);
    }
    assert_eq!(scene.store.profile(&id).await.expect("read"), None);
    assert_eq!(scene.store.erased_at(&id).await.expect("read"), Some(1_000_000));
    assert_eq!(known(&scene.store, &recorded("shop:customer", "bob-1")).await, Some(bob.clone()));
    let page = PageRequest::first(10);
    let messages = scene.store.messages(&bob, &page).await.expect("read").items;
    assert_eq!(messages.len(), 1, "Bob's message stays");
    let parked = scene.store.parked(None, None, 10).await.expect("read");
    assert_eq!(parked.len(), 1, "what is parked of others stays");
    assert_eq!(scene.store.kv_get(&connection(1), "cursor").await.expect("read"), Some(b"77".to_vec()));
    assert_eq!(scene.store.stats().await.expect("read").jobs, 1, "only the work about Bob is left");
    verified(&scene.store).await;

    let again = Erasure { profile: id.clone(), connection: None, by: "anna".into(), reason: "again".into() };
    let refused = scene.store.erase(again).await.expect("read").expect_err("there is nobody");
    assert_eq!(refused, Unerasable::Already { id, at: 1_000_000 });
    let log = scene.store.audit(&AuditFilter::default(), None, 10).await.expect("read");
    assert!(log.iter().any(|entry| entry.action == "profile-erased" && entry.who == "anna"), "{log:?}");
}

#[tokio::test]
async fn what_comes_late_does_not_bring_a_person_back_and_what_comes_after_begins_somebody_new() {
    let mut scene = Scene::new().await;
    let id = history(&scene).await;
    let (phone, mail, number) = ada();
    erase(&scene.store, &id).await;
    let events = scene.store.last_seq().await.expect("read");

    // The same said again, something new that happened before, and what only follows from what was erased.
    let again = Ingest {
        delivery: Some(request("{\"again\": \"Ada Lovelace\"}")),
        ..ingest(connection(2), vec![customer("c1", 400, vec![number.clone()], "Ada Lovelace")])
    };
    let done = scene.store.ingest(again).await.expect("taken");
    assert_eq!((done.duplicates, done.appended.len()), (1, 0), "it is recognised");
    let late = vec![
        customer("c9", 999_999, vec![number.clone()], "Ada Lovelace"),
        bought("1001", 480, Vec::new()),
        bought("1002", 480, vec![mail.clone(), recorded("email", "second@example.com")]),
        said(
            "typed",
            490,
            vec![named("email", "ada@example.com", Evidence::Claimed)],
            Body::MessageReceived(message("x", "Lovelace")),
        ),
    ];
    let late = Ingest { delivery: Some(request("{\"name\": \"Lovelace\"}")), ..ingest(connection(2), late) };
    let done = scene.store.ingest(late).await.expect("taken");
    assert_eq!((done.erased, done.appended.len()), (4, 4));
    let follows = vec![
        status("out-1", DeliveryState::Read, 2_000_000, None),
        said("gone", 2_000_000, vec![phone.clone()], Body::MessageDeleted(MessageRef { id: "m1".into() })),
    ];
    let done = scene.store.ingest(ingest(connection(1), follows)).await.expect("taken");
    assert_eq!(done.erased, 2, "a message does not come back");
    assert_eq!(scene.store.last_seq().await.expect("read"), events + 6, "each is kept as an emptied row");
    for name in [&phone, &mail, &number, &recorded("email", "second@example.com")] {
        assert_eq!(known(&scene.store, name).await, None);
    }
    scene.store.rebuild(false, |_| {}).await.expect("folded anew");
    scene.restart().await;
    verified(&scene.store).await;
    assert_eq!(known(&scene.store, &phone).await, None);
    for (place, bytes) in everything(scene.folder.path()) {
        assert!(PRIVATE.iter().all(|text| !holds(&bytes, text)), "{place}");
    }

    let back = ingest(connection(1), vec![received("m7", 1_000_001, phone.clone(), "me again")]);
    scene.store.ingest(back).await.expect("taken");
    let back = known(&scene.store, &phone).await.expect("somebody new");
    let timeline = scene.store.timeline(&back, &PageRequest::first(10)).await.expect("read").items;
    assert_eq!(timeline.len(), 1, "nothing of before is theirs");
    verified(&scene.store).await;
}

/// One of the events of a small history: five people who share names now and then.
fn told(kind: u8, n: u32) -> (u8, NewEvent) {
    let (person, other) = (n % 5, n / 5 % 5);
    let at = 100 + i64::from(n * 37 % 101);
    let name = format!("Private {person}");
    let number = recorded("shop:customer", &format!("number-{person}"));
    let mail = recorded("email", &format!("private{}@example.com", (person + other / 4) % 5));
    let id = format!("{kind}-{n}");
    match kind {
        0 => {
            let mut wrote = received(&id, at, phone(person), &name);
            wrote.attributes.push(Attribute { field: "name".into(), value: name });
            (1, wrote)
        }
        1 => (2, customer(&id, at, vec![number, phone(person)], &name)),
        2 => (2, customer(&id, at, vec![number, mail], &name)),
        3 => (2, bought(&format!("order {person}"), at, vec![number])),
        4 => {
            let refund =
                Refund { id: id.clone(), order: format!("order {person}"), amount: None, reason: Some(name) };
            (2, said(&id, at, Vec::new(), Body::Refund(refund)))
        }
        5 => {
            let typed = named("email", &format!("private{other}@example.com"), Evidence::Claimed);
            let mut wrote = received(&id, at, phone(person), &name);
            wrote.subject.push(typed);
            (1, wrote)
        }
        6 => (1, status(&format!("0-{n}"), DeliveryState::Read, at, None)),
        _ => {
            let change = IdentifierChange { previous: phone(person), current: phone(person + 20) };
            (1, said(&id, 150, vec![phone(person + 20)], Body::IdentifierChanged(change)))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn late_repetitions_and_rebuilds_never_bring_an_erased_person_back(
        history in prop::collection::vec((0..8_u8, 0..40_u32), 5..40),
        whom in prop::collection::vec(0..5_u32, 1..3),
        cut in any::<prop::sample::Index>(),
        turn in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let scene = Scene::new().await;
            let mut late = history.clone();
            late.rotate_left(turn.index(history.len()));
            late.reverse();
            let (before, _) = history.split_at(cut.index(history.len()));
            for (kind, n) in before {
                let (by, event) = told(*kind, *n);
                scene.store.ingest(ingest(connection(by), vec![event])).await.expect("taken");
            }
            let mut gone: Vec<Identifier> = Vec::new();
            for person in whom {
                let Some(id) = known(&scene.store, &phone(person)).await else { continue };
                let profile = scene.store.profile(&id).await.expect("read").expect("there");
                // A number that meant somebody else before is theirs for the time before only.
                let moved = |name: &Identifier| name.namespace == "phone";
                gone.extend(profile.identifiers.into_iter().map(|known| known.identifier).filter(|name| !moved(name)));
                erase(&scene.store, &id).await;
                verified(&scene.store).await;
            }
            for (kind, n) in late {
                let (by, event) = told(kind, n);
                scene.store.ingest(ingest(connection(by), vec![event])).await.expect("taken");
            }
            scene.store.rebuild(false, |_| {}).await.expect("folded anew");
            verified(&scene.store).await;
            for name in &gone {
                let found = scene.store.profile_by(name).await.expect("read");
                prop_assert_eq!(found.map(|profile| profile.id), None, "{}", name);
            }
            for logged in scene.store.events_after(0, 1_000).await.expect("read") {
                let said = &logged.event.said;
                let back = switchboard::model::erase::names(said).find(|name| gone.contains(name));
                prop_assert_eq!(back, None, "{:?}", said);
            }
            Ok(())
        })?;
    }
}
