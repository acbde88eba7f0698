//! Conversations: what joins, what people do with them, and what accounts keep of them.

use futures_util::future::join_all;
use switchboard::model::conversation::{ConversationView, Status, id_of};
use switchboard::model::id::AccountId;
use switchboard::store::{Filter, NewHandling, Sort, Unhandled, View};

use super::*;

const HOUR: i64 = 60 * 60 * 1000;

impl Scene {
    async fn wrote(&self, id: &str, at: i64) {
        self.store.ingest(ingest(connection(1), vec![received(id, at, phone(1), id)])).await.expect("taken");
    }

    async fn list(&self, view: View, reader: Option<&AccountId>) -> Vec<ConversationView> {
        let filter = Filter { reader: reader.cloned(), ..Filter::of(view) };
        self.store.conversations(&filter, Sort::Latest, &PageRequest::first(50)).await.expect("read").items
    }

    async fn only(&self) -> ConversationView {
        let mut all = self.list(View::All, None).await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    async fn does(&self, view: &ConversationView, deed: Deed) -> EventId {
        let (conversation, by) = (view.id.clone(), "anna".to_owned());
        let done = self.store.handle(NewHandling { conversation, by, seen: None, deed }).await;
        done.expect("taken").expect("makes sense").event
    }

    async fn right(&self) {
        let rebuilt = self.store.rebuild(true, |_| {}).await.expect("read");
        assert_eq!(rebuilt.differed, 0, "a rebuild finds nothing to mend");
    }
}

#[tokio::test]
async fn messages_at_the_same_moment_open_one_conversation() {
    let scene = Scene::new().await;
    let said = (0..20_u8).map(|n| {
        let event = received(&format!("m{n}"), 500, phone(1), "hello");
        scene.store.ingest(ingest(connection(n % 3), vec![event]))
    });
    for taken in join_all(said).await {
        taken.expect("taken");
    }
    assert_eq!(scene.only().await.conversation.messages, 20);
    scene.right().await;
}

#[tokio::test]
async fn what_is_resolved_is_reopened_for_a_while_and_then_another_one_begins() {
    let mut scene = Scene::new().await;
    scene.wrote("m1", 1_000).await;
    let first = scene.only().await;
    scene.does(&first, Deed::Resolve).await;
    assert_eq!(scene.only().await.conversation.status, Status::Resolved(1_000_000));
    scene.wrote("m2", 1_000_000 + 71 * HOUR).await;
    let reopened = scene.only().await;
    assert_eq!((reopened.conversation.status, &reopened.id), (Status::Open, &first.id));
    scene.clock.advance(72 * HOUR);
    scene.does(&reopened, Deed::Resolve).await;
    scene.wrote("m3", 1_000_000 + 145 * HOUR).await;
    scene.restart().await;
    let all = scene.list(View::All, None).await;
    assert_eq!(all.iter().map(|view| view.conversation.messages).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((all[0].conversation.status, scene.list(View::Open, None).await.len()), (Status::Open, 1));
    let key = scene.store.id_key().clone();
    let second = id_of(&MessageId::derived(&key, &[connection(1).as_str(), "m2"]));
    assert_eq!(scene.store.conversation(&second).await.expect("read").expect("found").id, first.id);
    scene.right().await;
}

#[tokio::test]
async fn an_answer_joins_the_conversation_it_was_written_in_and_can_be_taken_back() {
    let scene = Scene::new().await;
    scene.wrote("m1", 1_000).await;
    scene.wrote("m2", 2_000).await;
    let whole = scene.only().await;
    let key = scene.store.id_key().clone();
    let second = MessageId::derived(&key, &[connection(1).as_str(), "m2"]);
    let (conversation, by) = (whole.id.clone(), "anna".to_owned());
    let split = NewHandling { conversation, by, seen: Some(second), deed: Deed::Split };
    scene.store.handle(split.clone()).await.expect("taken").expect("makes sense");
    let again = scene.store.handle(split).await.expect("taken");
    assert!(matches!(again, Err(Unhandled::Foreign(_))), "{again:?}");
    let parts = scene.list(View::Open, None).await;
    assert_eq!(parts.len(), 2);
    // At one moment messages come before what is done.
    scene.clock.advance(1);
    // The older one, which nothing would join by itself.
    let new = NewOutbound {
        within: Some(whole.id.clone()),
        wait: 10_000,
        by: Some("anna".to_owned()),
        ..NewOutbound::text(connection(1), whole.profile.clone(), "on its way")
    };
    let item = scene.store.enqueue(new).await.expect("taken");
    assert!(scene.store.claim_outbound(&connection(1), 9, 1_000).await.expect("asked").is_empty());
    let found = scene.store.conversation(&whole.id).await.expect("read").expect("found");
    assert_eq!((found.conversation.messages, found.conversation.waiting_since), (2, None));
    let timeline = scene.store.timeline(&whole.profile, &PageRequest::first(9)).await.expect("read").items;
    assert_eq!(timeline[0].summary, "anna wrote a message");
    scene.right().await;
    assert!(scene.store.take_back(&item.id).await.expect("taken").is_some());
    assert!(scene.store.take_back(&item.id).await.expect("taken").is_none());
    let found = scene.store.conversation(&whole.id).await.expect("read").expect("found");
    assert_eq!((found.conversation.messages, found.conversation.waiting_since), (1, Some(1_000)));
    scene.right().await;
}

#[tokio::test]
async fn a_snoozed_conversation_is_woken_once_when_its_time_comes() {
    let scene = Scene::new().await;
    scene.wrote("m1", 1_000).await;
    scene.does(&scene.only().await, Deed::Snooze(1_005_000)).await;
    assert_eq!(
        (scene.list(View::Open, None).await.len(), scene.list(View::Snoozed, None).await.len()),
        (0, 1)
    );
    assert_eq!(scene.store.wake_conversations("the hub", 9).await.expect("asked"), 0);
    scene.clock.advance(5_000);
    assert_eq!(scene.store.wake_conversations("the hub", 9).await.expect("asked"), 1);
    assert_eq!(scene.store.wake_conversations("the hub", 9).await.expect("asked"), 0);
    assert_eq!(scene.only().await.conversation.status, Status::Open);
    scene.right().await;
}

#[tokio::test]
async fn accounts_read_draft_and_are_mentioned_and_it_follows_a_merge() {
    let scene = Scene::new().await;
    let account = AccountId::random([9; 16]);
    scene.wrote("m1", 1_000).await;
    let view = scene.list(View::All, Some(&account)).await.remove(0);
    assert_eq!(view.unread, Some(1));
    scene.store.mark_read(&view, &account, &view.conversation.last).await.expect("taken");
    scene.store.keep_draft(&view.id, &account, None, "Dear Ada").await.expect("taken");
    let noted = scene.store.note_in(&view.id, "anna".into(), "look".into(), vec![account.clone()]).await;
    noted.expect("taken").expect("makes sense");
    let mentions = scene.list(View::Mentions(account.clone()), Some(&account)).await;
    assert_eq!((mentions[0].unread, mentions[0].conversation.notes), (Some(0), 1));
    // Something earlier comes to light: the conversation has another first message, and so another id.
    scene.wrote("m0", 500).await;
    let now = scene.list(View::Mentions(account.clone()), Some(&account)).await.remove(0);
    assert_ne!(now.id, view.id);
    let draft = scene.store.draft(&now.id, &account).await.expect("read").expect("kept");
    assert_eq!(draft.text, "Dear Ada");
    let counts = scene.store.conversation_counts(Some(&account)).await.expect("read");
    assert_eq!((counts.open, counts.mine, counts.unassigned, counts.mentions), (1, 0, 1, 1));
    scene.does(&now, Deed::Assign(Some(account.clone()))).await;
    scene.does(&now, Deed::Tag("late".into())).await;
    assert_eq!(scene.list(View::Mine(account), None).await.len(), 1);
    let tagged = Filter { tag: Some("late".into()), ..Filter::of(View::Open) };
    for sort in [Sort::Latest, Sort::Waiting, Sort::Priority] {
        let found = scene.store.conversations(&tagged, sort, &PageRequest::first(1)).await.expect("read");
        assert_eq!(found.items.len(), 1, "{sort:?}");
    }
    scene.right().await;
}
