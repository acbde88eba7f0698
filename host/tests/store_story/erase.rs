//! Erasing people: nothing of them is left, nothing late brings them back, and everybody else is as before.

use switchboard::model::delivery::Discarded;
use switchboard::model::id::{OutboxId, ProfileId};
use switchboard::model::retention::{Ages, Class};
use switchboard::store::{Aged, AuditFilter, Erased, Erasure, Unerasable};

use super::*;

/// What no file may hold after Ada was erased.
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

/// The bytes of every file of the store's folder.
fn files(folder: &tempfile::TempDir) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder.path()).expect("read");
    entries
        .map(|entry| {
            let path = entry.expect("read").path();
            (path.display().to_string(), std::fs::read(&path).expect("read"))
        })
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_in_any_file_and_everybody_else_is_as_before() {
    let scene = Scene::new().await;
    let id = history(&scene).await;
    let (phone, mail, number) = ada();
    let there = |text: &&str| files(&scene.folder).iter().any(|(_, bytes)| holds(bytes, text));
    assert!(ON_A_SERVER || PRIVATE.iter().all(there), "it can be found where it is");
    let bob = known(&scene.store, &recorded("shop:customer", "bob-1")).await.expect("Bob is known");

    let done = erase(&scene.store, &id).await;
    assert_eq!((done.events, done.messages, done.records, done.outbox), (5, 2, 2, 1), "{done:?}");
    assert_eq!((done.identifiers, done.key_values, done.deliveries), (3, 2, 2), "{done:?}");
    assert!(!done.remains);

    for (file, bytes) in files(&scene.folder) {
        for text in PRIVATE {
            assert!(!holds(&bytes, text), "`{text}` is still in {file}");
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
    for (file, bytes) in files(&scene.folder) {
        assert!(PRIVATE.iter().all(|text| !holds(&bytes, text)), "{file}");
    }

    let back = ingest(connection(1), vec![received("m7", 1_000_001, phone.clone(), "me again")]);
    scene.store.ingest(back).await.expect("taken");
    let back = known(&scene.store, &phone).await.expect("somebody new");
    let timeline = scene.store.timeline(&back, &PageRequest::first(10)).await.expect("read").items;
    assert_eq!(timeline.len(), 1, "nothing of before is theirs");
    verified(&scene.store).await;
}

#[tokio::test]
async fn a_merged_person_is_erased_under_every_id_and_whoever_was_kept_apart_stays() {
    let scene = Scene::new().await;
    let chat = connection(1);
    for n in 1..=3 {
        let wrote = received(&format!("m{n}"), 500 + i64::from(n), phone(n), "hello");
        scene.store.ingest(ingest(chat.clone(), vec![wrote])).await.expect("taken");
    }
    // A record names two of them together: somebody decides that they are different people.
    let record = customer("c", 600, vec![phone(2), phone(3)], "Carla");
    scene.store.ingest(ingest(connection(2), vec![record])).await.expect("taken");
    let pair = known(&scene.store, &phone(2)).await.expect("known");
    let reason = Some("Lovelace said so".to_owned());
    let apart = scene.store.split_person(&pair, &[phone(3).identifier], "anna", reason.clone()).await;
    apart.expect("committed").expect("they are two");
    let ids = [known(&scene.store, &phone(1)).await, known(&scene.store, &phone(2)).await];
    let [Some(first), Some(second)] = ids else { panic!("both are known") };
    let merged = scene.store.merge_people(&first, &second, "anna", reason).await;
    merged.expect("committed").expect("they are one");
    let other = known(&scene.store, &phone(3)).await.expect("known");

    let done = erase(&scene.store, &second).await;
    assert!(done.profiles.contains(&first) && done.profiles.contains(&second), "{done:?}");
    for id in [&first, &second] {
        assert_eq!(scene.store.profile(id).await.expect("read"), None);
        assert!(scene.store.erased_at(id).await.expect("read").is_some());
    }
    assert_eq!(known(&scene.store, &phone(3)).await, Some(other.clone()), "the other one stays");
    let kept = scene.store.profile(&other).await.expect("read").expect("there");
    let names: Vec<String> = kept.identifiers.iter().map(|known| known.identifier.to_string()).collect();
    assert_eq!(names, [phone(3).identifier.to_string()]);
    verified(&scene.store).await;
    let told = scene.store.told_why(&other).await.expect("read").expect("there");
    assert!(told.decisions.is_empty() && told.doubts.is_empty(), "{told:?}");
    assert!(files(&scene.folder).iter().all(|(_, bytes)| !holds(bytes, "Lovelace said so")));
}

#[tokio::test]
async fn what_one_connection_said_goes_and_what_others_said_of_the_person_stays() {
    let scene = Scene::new().await;
    let id = history(&scene).await;
    let (phone, mail, number) = ada();
    let erasure = Erasure {
        profile: id.clone(),
        connection: Some(connection(2)),
        by: "the hub".into(),
        reason: "the shop asked for it".into(),
    };
    let done = scene.store.erase(erasure).await.expect("committed").expect("erased");
    assert!(done.remains, "{done:?}");
    assert_eq!((known(&scene.store, &mail).await, known(&scene.store, &number).await), (None, None));
    let left = known(&scene.store, &phone).await.expect("still a customer of the chat");
    let orders = RecordFilter { profile: Some(left.clone()), ..RecordFilter::default() };
    let page = PageRequest::first(10);
    assert!(scene.store.records(&orders, &page).await.expect("read").items.is_empty());
    assert_eq!(scene.store.messages(&left, &page).await.expect("read").items.len(), 2);
    verified(&scene.store).await;
    // Late news of the shop about its customer is erased, those of the chat are not.
    let late = customer("c9", 410, vec![number.clone(), phone.clone()], "Ada Lovelace");
    assert_eq!(scene.store.ingest(ingest(connection(2), vec![late])).await.expect("taken").erased, 1);
    let late = received("m0", 410, phone.clone(), "earlier");
    assert_eq!(scene.store.ingest(ingest(connection(1), vec![late])).await.expect("taken").erased, 0);
    verified(&scene.store).await;
}

#[tokio::test]
async fn all_that_a_connection_said_can_go_and_the_rest_stays() {
    let scene = Scene::new().await;
    let id = history(&scene).await;
    let notice = Notice { severity: "info".into(), title: "Analytical Street".into(), detail: None };
    let notice = said("n1", 300, Vec::new(), Body::Notice(notice));
    scene.store.ingest(ingest(connection(2), vec![notice])).await.expect("taken");
    scene.store.erase_connection(&connection(2), "the hub", "the shop left").await.expect("erased");
    let (phone, mail, _) = ada();
    assert_eq!(known(&scene.store, &mail).await, None);
    assert!(known(&scene.store, &phone).await.is_some());
    assert_eq!(known(&scene.store, &recorded("shop:customer", "bob-1")).await, None);
    assert!(scene.store.profile(&id).await.expect("read").is_some());
    assert!(scene.store.parked(None, None, 10).await.expect("read").is_empty());
    assert!(files(&scene.folder).iter().all(|(_, bytes)| !holds(bytes, "Analytical Street")));
    let late = customer("c7", 999_000, vec![recorded("shop:customer", "new")], "Dora");
    assert_eq!(scene.store.ingest(ingest(connection(2), vec![late])).await.expect("taken").erased, 1);
    let new = customer("c8", 1_000_001, vec![recorded("shop:customer", "new")], "Dora");
    assert_eq!(scene.store.ingest(ingest(connection(2), vec![new])).await.expect("taken").erased, 0);
    verified(&scene.store).await;
}

#[tokio::test]
async fn a_value_that_many_use_is_nobodys_to_take_along() {
    let scene = Scene::new().await;
    let house = recorded("email", "house@example.com");
    for n in 1..=8 {
        let record = customer(
            &format!("c{n}"),
            100 + n,
            vec![recorded("shop:customer", &format!("nr-{n}")), house.clone()],
            "X",
        );
        scene.store.ingest(ingest(connection(2), vec![record])).await.expect("taken");
    }
    scene.store.rebuild(false, |_| {}).await.expect("folded anew");
    for n in 1..=8 {
        let person =
            known(&scene.store, &recorded("shop:customer", &format!("nr-{n}"))).await.expect("known");
        let erasure = Erasure { profile: person, connection: None, by: "anna".into(), reason: String::new() };
        scene.store.erase(erasure).await.expect("committed").expect("erased");
        verified(&scene.store).await;
        for other in n + 1..=8 {
            let other = recorded("shop:customer", &format!("nr-{other}"));
            assert!(known(&scene.store, &other).await.is_some(), "{n}: {other:?}");
        }
    }
}

#[tokio::test]
async fn a_number_that_means_somebody_else_by_now_stays_theirs() {
    let scene = Scene::new().await;
    let (old, new) = (phone(1), phone(2));
    let change = IdentifierChange { previous: old.clone(), current: new.clone() };
    let events = vec![
        received("m1", 100, old.clone(), "I am Ada Lovelace"),
        said("change", 200, vec![new.clone()], Body::IdentifierChanged(change)),
        received("m2", 300, old.clone(), "I am Bob, the number is mine now"),
    ];
    scene.store.ingest(ingest(connection(1), events)).await.expect("taken");
    let (ada, bob) =
        (known(&scene.store, &new).await.expect("known"), known(&scene.store, &old).await.expect("known"));
    assert_ne!(ada, bob);
    erase(&scene.store, &ada).await;
    assert_eq!(known(&scene.store, &new).await, None);
    let now = known(&scene.store, &old).await.expect("Bob is still known");
    let found = scene.store.profile(&bob).await.expect("read").expect("his former id leads to him");
    assert_eq!(found.id, now);
    verified(&scene.store).await;
    let late =
        scene.store.ingest(ingest(connection(1), vec![received("m0", 90, old.clone(), "Lovelace")])).await;
    assert_eq!(late.expect("taken").erased, 1, "it was hers then");
    let late = scene.store.ingest(ingest(connection(1), vec![received("m3", 290, old.clone(), "Bob")])).await;
    assert_eq!(late.expect("taken").erased, 0, "it was his already");
    verified(&scene.store).await;
}

#[tokio::test]
async fn a_delivery_that_was_given_up_or_never_sent_makes_no_difference() {
    let scene = Scene::new().await;
    let id = history(&scene).await;
    let given_up = Discarded { at: 5, by: "anna".into(), why: "a test".into() };
    let parked = scene.store.parked(None, None, 1).await.expect("read");
    assert!(scene.store.discard(&parked[0], &given_up).await.expect("given up"));
    let waiting = NewOutbound {
        connection: connection(1),
        profile: id.clone(),
        content: OutboundContent::Text("to Lovelace".into()),
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    };
    let waiting = scene.store.enqueue(waiting).await.expect("queued");
    scene.store.claim_outbound(&connection(1), 1, 1000).await.expect("claimed");
    erase(&scene.store, &id).await;
    scene.store.outbound_sent(&waiting.id, "out-2").await.expect("nothing to settle");
    assert!(scene.store.outbound(&waiting.id).await.expect("read").is_none());
    let echo = status("out-2", DeliveryState::Sent, 2_000_000, Some(waiting.id.as_str()));
    assert_eq!(scene.store.ingest(ingest(connection(1), vec![echo])).await.expect("taken").erased, 1);
    let _: OutboxId = waiting.id;
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

#[tokio::test]
async fn what_is_too_old_loses_its_content_and_who_is_who_stays() {
    let scene = Scene::new().await;
    let id = history(&scene).await;
    let (phone, mail, number) = ada();
    let later = received("m9", 600, phone.clone(), "I am still here");
    scene.store.ingest(ingest(connection(1), vec![later])).await.expect("taken");
    let ages = Ages {
        classes: vec![(Class::Messages, 600), (Class::Insights, 600), (Class::Orders, 455)],
        people: None,
    };
    let tell = |only_tell| {
        let (store, ages) = (scene.store.clone(), ages.clone());
        async move {
            let (mut aged, mut seq) = (Aged::default(), 0);
            while let Some(next) = store.age_events(&ages, seq, only_tell, &mut aged).await.expect("aged") {
                seq = next;
            }
            while store.age_sent(1_000_001, only_tell, &mut aged).await.expect("aged") {}
            aged
        }
    };
    let told = tell(true).await;
    assert_eq!(
        (told.events["messages"], told.events["insights"], told.events["orders"], told.sent),
        (2, 1, 1, 1)
    );
    assert_eq!(tell(false).await, told, "what was told goes");
    assert_eq!(tell(false).await, Aged::default(), "and it is gone");
    verified(&scene.store).await;
    for name in [&phone, &mail, &number] {
        assert_eq!(known(&scene.store, name).await, Some(id.clone()), "{name:?}");
    }
    let page = PageRequest::first(10);
    let messages = scene.store.messages(&id, &page).await.expect("read").items;
    assert_eq!(messages.iter().map(|view| view.message.text()).collect::<Vec<_>>(), ["I am still here"]);
    let person = scene.store.profile(&id).await.expect("read").expect("there");
    assert_eq!(person.attribute("name"), Some("Ada Lovelace"), "what is stated of the person has no age");
    let refund = RecordFilter { profile: Some(id.clone()), ..RecordFilter::default() };
    let records = scene.store.records(&refund, &page).await.expect("read").items;
    assert_eq!(records.iter().map(|record| &*record.kind).collect::<Vec<_>>(), ["refund"], "it is younger");
    let again = ingest(connection(1), vec![received("m1", 500, phone.clone(), "my parcel is late")]);
    assert_eq!(scene.store.ingest(again).await.expect("taken").duplicates, 1);
    verified(&scene.store).await;

    let mut aged = Aged::default();
    assert!(!scene.store.age_people(600, "the hub", false, &mut aged).await.expect("aged"));
    assert_eq!(aged.people, 1, "nothing was heard of Bob since");
    assert_eq!(known(&scene.store, &recorded("shop:customer", "bob-1")).await, None);
    assert_eq!(known(&scene.store, &phone).await, Some(id));
    verified(&scene.store).await;
}
