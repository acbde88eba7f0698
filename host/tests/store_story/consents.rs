//! Leave to be contacted: what is recorded by hand, whatever clocks say, and by which name it is kept.

use switchboard::model::consent::{EARLIER, Lack, Need, lack};
use switchboard::model::id::ProfileId;
use switchboard::store::{NewConsent, Unrecorded};

use super::*;

fn by_hand(profile: &ProfileId, channel: &str, granted: bool) -> NewConsent {
    NewConsent {
        profile: profile.clone(),
        channel: channel.into(),
        purpose: "marketing".into(),
        granted,
        proof: Some("form 17".into()),
        identifier: None,
        by: "anna".into(),
    }
}

fn consent(id: &str, at: i64, who: Evident, channel: &str, granted: bool) -> NewEvent {
    let consent = Consent {
        channel: channel.into(),
        purpose: "marketing".into(),
        granted,
        proof: None,
        recorded_by: None,
    };
    said(id, at, vec![who], Body::Consent(consent))
}

async fn who(store: &Store, name: &Evident) -> switchboard::model::profile::Profile {
    store.profile_by(&name.identifier).await.expect("read").expect("somebody")
}

#[tokio::test]
async fn what_is_recorded_by_hand_follows_what_was_said_whatever_clocks_say() {
    let scene = Scene::new().await;
    let far = 4_102_444_800_000;
    let events = vec![
        consent("1", far, phone(1), "sms", false),
        consent("2", far, phone(2), "sms", true),
        consent("3", 5, phone(2), "SMS ", true),
    ];
    scene.store.ingest(ingest(connection(1), events)).await.expect("taken");
    let lacks = |person: &switchboard::model::profile::Profile| {
        lack(&person.consents, Need::OptIn, "sms", "marketing")
    };
    let (one, two) = (who(&scene.store, &phone(1)).await, who(&scene.store, &phone(2)).await);
    assert!(matches!(lacks(&one), Some(Lack::Withdrawn(_))));
    assert_eq!(lacks(&two), None, "it was given before, and what is ahead adds nothing");
    scene.store.record_consent(by_hand(&one.id, "sms", true)).await.expect("taken").expect("recorded");
    scene.store.record_consent(by_hand(&two.id, "sms", false)).await.expect("taken").expect("recorded");
    assert_eq!(lacks(&who(&scene.store, &phone(1)).await), None);
    let two = who(&scene.store, &phone(2)).await;
    assert!(
        matches!(lacks(&two), Some(Lack::Withdrawn(entry)) if entry.recorded_by.as_deref() == Some("anna"))
    );
    assert_eq!((two.consents.len(), two.consents[0].earlier.len()), (1, 2));
    assert_eq!(scene.store.rebuild(true, |_| {}).await.expect("folded").differed, 0);
}

#[tokio::test]
async fn a_person_is_shown_with_what_decides_and_the_last_of_what_came_before() {
    let scene = Scene::new().await;
    let far = 4_102_444_800_000;
    // Said again and again, also by a clock that is ahead: so much that what decides is not among the latest.
    let mut events: Vec<NewEvent> =
        (0..50).map(|n| consent(&format!("p{n}"), n, phone(1), "sms", n != 49)).collect();
    events.extend((0..50).map(|n| consent(&format!("f{n}"), far + n, phone(1), "sms", true)));
    events.push(consent("mail", 7, phone(1), "email", true));
    scene.store.ingest(ingest(connection(1), events)).await.expect("taken");
    let person = who(&scene.store, &phone(1)).await;
    let all = scene.store.everything(&person.id).await.expect("read").expect("somebody").profile.consents;
    let [mail, sms] = person.consents.as_slice() else { panic!("{:?}", person.consents) };
    assert_eq!((&*mail.channel, mail.granted, mail.earlier.len()), ("email", true, 0));
    assert_eq!((&*sms.channel, sms.granted, sms.decisive.at), ("sms", false, 49));
    assert_eq!(all[1].earlier.len(), 99);
    assert_eq!(sms.earlier, all[1].earlier[..EARLIER as usize]);
    assert_eq!(all[1].decisive, sms.decisive);
}

#[tokio::test]
async fn what_is_recorded_by_hand_names_only_whom_it_is_about() {
    let scene = Scene::new().await;
    let mail = named("email", "ada@example.com", Evidence::Recorded);
    let both = vec![phone(1), mail.clone()];
    let events = vec![
        said(
            "1",
            10,
            both,
            Body::CustomerUpdated(Customer { id: "1".into(), state: None, updated_at: None }),
        ),
        said(
            "2",
            20,
            vec![phone(2)],
            Body::PageViewed(Page { url: "/".into(), title: None, referrer: None }),
        ),
    ];
    scene.store.ingest(ingest(connection(1), events)).await.expect("taken");
    let ada = who(&scene.store, &phone(1)).await;
    for (channel, name) in [("email", &mail), ("sms", &phone(1)), ("courier", &phone(1))] {
        let event = scene
            .store
            .record_consent(by_hand(&ada.id, channel, true))
            .await
            .expect("taken")
            .expect("recorded");
        let logged = scene.store.event(&event).await.expect("read").expect("kept");
        assert_eq!(&*logged.event.said.subject, std::slice::from_ref(name), "{channel}");
        assert_eq!(logged.profile.as_ref(), Some(&ada.id));
    }
    let theirs = NewConsent { identifier: Some(phone(2).identifier), ..by_hand(&ada.id, "sms", true) };
    let refused = scene.store.record_consent(theirs).await.expect("taken").expect_err("somebody else's");
    assert!(matches!(refused, Unrecorded::NotTheirs(..)), "{refused}");
    let nobody = ProfileId::random([9; 16]);
    let refused = scene.store.record_consent(by_hand(&nobody, "sms", true)).await.expect("taken");
    assert_eq!(refused.expect_err("nobody"), Unrecorded::Nobody(nobody));
}

#[tokio::test]
async fn a_number_that_was_replaced_is_the_persons_no_longer() {
    let scene = Scene::new().await;
    let change = IdentifierChange { previous: phone(1), current: phone(2) };
    let events = vec![
        received("m1", 10, phone(1), "hello"),
        said("c", 20, vec![phone(2)], Body::IdentifierChanged(change)),
    ];
    scene.store.ingest(ingest(connection(1), events)).await.expect("taken");
    let person = who(&scene.store, &phone(2)).await;
    let until: Vec<_> = person.identifiers.iter().map(|known| (&known.identifier, known.until)).collect();
    assert_eq!(until, [(&phone(1).identifier, Some(20)), (&phone(2).identifier, None)]);
    let phones = person.attributes.iter().find(|view| view.field == "phone").expect("phones");
    let held: Vec<_> = phones.values.iter().map(|held| &held.value).collect();
    assert_eq!(held, [&phone(2).identifier.value], "the former one is told beside it");
    assert_eq!(phones.others[0].value, phone(1).identifier.value);
}
