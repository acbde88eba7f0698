//! A generated history in a real database.

use std::collections::HashSet;

use switchboard::generate::{History, Plan, Said, Sources};

use super::*;

fn sources(store: &Store) -> Sources {
    Sources { ids: std::array::from_fn(|n| connection(n as u8 + 1)), key: store.id_key().clone() }
}

#[tokio::test]
async fn every_event_of_a_generated_history_is_taken_and_about_as_many_people_are_found() {
    let scene = Scene::new().await;
    let sources = sources(&scene.store);
    let plan = Plan { people: 400, events: 4_000, seed: 9 };
    let history: Vec<Said> = History::new(plan, sources.clone()).expect("a plan").collect();
    let (mut appended, mut duplicates) = (0, 0);
    for some in history.chunks(64) {
        let group = some.iter().map(|said| {
            scene.store.ingest(Ingest {
                connection: sources.id(said.source).clone(),
                delivery: None,
                events: vec![said.event.clone()],
                cursor: None,
                finishes: None,
                assistants: Arc::new([]),
            })
        });
        for done in futures_util::future::join_all(group).await {
            let done = done.expect("the store takes it");
            assert!(done.appended.iter().all(|one| one.profile.is_some()), "everything is about somebody");
            appended += done.appended.len();
            duplicates += done.duplicates;
        }
    }
    assert_eq!(appended, 4_000);
    assert_eq!(duplicates, history.len() - 4_000);

    // Some share a telephone and cannot be told apart, some never say who they are.
    let people = scene.store.people().await.expect("read");
    assert!((380..=420).contains(&people), "400 people were found as {people}");
    let rebuilt = scene.store.rebuild(true, |_| {}).await.expect("folded");
    assert_eq!((rebuilt.differed, rebuilt.people), (0, people), "as the fold has it: {:?}", rebuilt.changes);

    // What the assistant said stands at the message that it is about.
    let commented: HashSet<MessageId> = history
        .iter()
        .filter_map(|said| match &said.event.body {
            Body::Insight(insight) => Some(insight.message.clone()),
            _ => None,
        })
        .collect();
    assert!(commented.len() > 100, "{}", commented.len());
    for id in commented.into_iter().take(20) {
        let message = scene.store.message(&id).await.expect("read").expect("the message is there");
        assert!(message.message.content.is_some() && !message.insights.is_empty(), "{id}");
    }
}
