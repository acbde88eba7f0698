//! What goes with a person, a connection or an age, and what stays.

use switchboard::model::delivery::Discarded;
use switchboard::model::id::OutboxId;
use switchboard::model::retention::{Ages, Class};
use switchboard::store::Aged;

use super::*;

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
    assert!(everything(scene.folder.path()).iter().all(|(_, bytes)| !holds(bytes, "Lovelace said so")));
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
    assert!(everything(scene.folder.path()).iter().all(|(_, bytes)| !holds(bytes, "Analytical Street")));
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
