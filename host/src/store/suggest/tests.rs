//! What is suggested, and what becomes of it.

mod brute;

use std::collections::BTreeSet;
use std::sync::Arc;

use tempfile::TempDir;

use super::index::{Plan, Rule, plan};
use super::*;
use crate::ambient::{Ambient, Entropy, ManualClock, SystemEntropy};
use crate::model::event::{Attribute, Body, Customer, IdentifierChange, Message, NewEvent};
use crate::model::id::ConnectionId;
use crate::model::identifier::{Evidence, Evident, Identifier};
use crate::store::{Ingest, StoreOptions};

/// Gives every store the same key, so that ids can be compared.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

async fn open(folder: &TempDir) -> Store {
    open_with(folder, 64).await
}

async fn open_with(folder: &TempDir, people_per_key: u32) -> Store {
    let ambient = Ambient { clock: Arc::new(ManualClock::at(1_000_000)), entropy: Arc::new(Fixed) };
    let options = StoreOptions { people_per_key, ..StoreOptions::at(folder.path().join("hub.db")) };
    Store::open(&options, ambient).await.expect("a store")
}

/// A store for decisions that are made one after the other, and its clock.
async fn scene(folder: &TempDir) -> (Store, ManualClock) {
    let clock = ManualClock::at(1_000_000);
    let ambient = Ambient { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
    let options = StoreOptions::at(folder.path().join("hub.db"));
    (Store::open(&options, ambient).await.expect("a store"), clock)
}

fn named(namespace: &str, value: &str, evidence: Evidence) -> Evident {
    Evident { identifier: Identifier::new(namespace, value).expect("an identifier"), evidence }
}

fn customer(source: u8, n: u32) -> Evident {
    named(&format!("shop:{source}:customer"), &format!("c{n}"), Evidence::Recorded)
}

fn said(external_id: &str, at: i64, subject: Vec<Evident>, attributes: &[(&str, &str)]) -> NewEvent {
    let attribute =
        |(field, value): &(&str, &str)| Attribute { field: (*field).into(), value: (*value).into() };
    NewEvent {
        external_id: external_id.into(),
        occurred_at: at,
        subject,
        attributes: attributes.iter().map(attribute).collect(),
        body: Body::CustomerUpdated(Customer { id: "1".into(), state: None, updated_at: None }),
        source: None,
    }
}

async fn tell(store: &Store, source: u8, events: Vec<NewEvent>) {
    let connection = ConnectionId::random([source; 16]);
    let ingest =
        Ingest { connection, delivery: None, events, cursor: None, finishes: None, assistants: Arc::new([]) };
    store.ingest(ingest).await.expect("taken");
}

/// Everybody who is stored, or stands in the index.
async fn everybody(store: &Store) -> BTreeSet<ProfileId> {
    let mut batch = Batch::default();
    batch.add("SELECT id FROM profiles UNION SELECT profile FROM suggest_people", row![]);
    let rows = store.read(batch).await.expect("read");
    rows.iter().map(|row| profile_id(row, 0).expect("an id")).collect()
}

/// Brings the index up to what is stored, as if something may have changed of `touched`; pairs compared.
async fn follow(store: &Store, most: u32, touched: BTreeSet<ProfileId>) -> (usize, usize) {
    let rule = Rule { key: store.inner.key.clone(), people_per_key: most, now: 5 };
    let mut database = store.inner.readers.begin().await.expect("a snapshot");
    let Plan { batch, people, compared } = plan(&mut database, &rule, &touched).await.expect("planned");
    drop(database);
    if !batch.is_empty() {
        store.write(batch).await.expect("written");
    }
    (people, compared)
}

/// What stands in the table: who, and how much speaks for it.
async fn stored(store: &Store) -> BTreeSet<(ProfileId, ProfileId, i64, bool)> {
    let mut batch = Batch::default();
    batch.add("SELECT a, b, bits, claimed FROM suggestions", row![]);
    let rows = store.read(batch).await.expect("read");
    let id = |row, at| profile_id(row, at).expect("an id");
    rows.iter().map(|row| (id(row, 0), id(row, 1), row.get(2), row.get::<i64, _>(3) != 0)).collect()
}

/// Two customers of two shops whose names are nearly alike, born on one day.
async fn two_customers(store: &Store) -> (ProfileId, ProfileId) {
    for (source, n, name) in [(1, 1, "Anna Meier"), (2, 2, "Anne Maier")] {
        let attributes = [("name", name), ("birthday", "1987-05-04")];
        tell(store, source, vec![said("c1", 1_000, vec![customer(source, n)], &attributes)]).await;
    }
    let mut ids = Vec::new();
    for one in [customer(1, 1), customer(2, 2)] {
        ids.push(store.profile_by(&one.identifier).await.expect("read").expect("known").id);
    }
    follow(store, 64, everybody(store).await).await;
    (ids[0].clone(), ids[1].clone())
}

async fn all(store: &Store) -> Vec<Suggestion> {
    store.suggestions(&PageRequest::first(100)).await.expect("read").items
}

#[tokio::test]
async fn what_was_rejected_stays_rejected_through_merges_and_further_events_until_it_is_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, clock) = scene(&folder).await;
    let (anna, anne) = two_customers(&store).await;
    let found = all(&store).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    let rejected = store.reject_suggestion(&found[0].id, "bob", None).await.expect("taken").expect("decided");
    assert_eq!(all(&store).await, [], "gone before the index has followed");
    let again = store.reject_suggestion(&found[0].id, "bob", None).await.expect("taken");
    assert_eq!(again, Err(Undecidable::NoSuggestion(found[0].id.clone())));
    // More is said of the one, and the other is merged with somebody who was seen before.
    tell(&store, 1, vec![said("c2", 2_000, vec![customer(1, 1)], &[("name", "Anna Maier")])]).await;
    tell(&store, 3, vec![said("c3", 10, vec![customer(3, 3)], &[("name", "Anne Maier")])]).await;
    let third = store.profile_by(&customer(3, 3).identifier).await.expect("read").expect("known").id;
    follow(&store, 64, everybody(&store).await).await;
    clock.advance(1_000);
    store.merge_people(&anne, &third, "bob", None).await.expect("taken").expect("decided");
    follow(&store, 64, everybody(&store).await).await;
    assert_eq!(store.current(anne.as_str()).await.expect("read"), Some(third), "under another id now");
    assert_eq!(all(&store).await, []);
    clock.advance(1_000);
    store.undo_decision(&rejected.event, "bob", None).await.expect("taken").expect("decided");
    follow(&store, 64, BTreeSet::from([anna])).await;
    assert_eq!(all(&store).await.len(), 1, "suggested again");
}

#[tokio::test]
async fn a_confirmed_suggestion_is_one_person_and_two_again_when_it_is_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, clock) = scene(&folder).await;
    let (anna, anne) = two_customers(&store).await;
    let found = all(&store).await;
    let made = store.confirm_suggestion(&found[0].id, "bob", Some("she said so".into())).await;
    let made = made.expect("taken").expect("decided");
    assert_eq!(made.people.len(), 1);
    assert_eq!(all(&store).await, []);
    follow(&store, 64, everybody(&store).await).await;
    assert_eq!(stored(&store).await, BTreeSet::new());
    clock.advance(1_000);
    store.undo_decision(&made.event, "bob", None).await.expect("taken").expect("decided");
    assert_eq!(store.current(anna.as_str()).await.expect("read"), Some(anna));
    assert_eq!(store.current(anne.as_str()).await.expect("read"), Some(anne));
    follow(&store, 64, everybody(&store).await).await;
    assert_eq!(all(&store).await[0].id, found[0].id, "the same two are the same suggestion");
}

#[tokio::test]
async fn a_typed_identifier_of_somebody_elses_is_suggested_and_said_by_name_and_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    let mail = |evidence| named("email", "anna@example.com", evidence);
    let anna = vec![customer(1, 1), mail(Evidence::Recorded)];
    tell(&store, 1, vec![said("c1", 1_000, anna, &[("name", "Anna Meier")])]).await;
    let message = Message {
        id: "m1".into(),
        thread: None,
        reply_to: None,
        text: "hello".into(),
        html: None,
        subject: None,
        content: crate::model::event::Content::Text,
        referral: None,
    };
    let visitor = vec![named("chat:user", "v1", Evidence::Verified), mail(Evidence::Claimed)];
    let mut wrote = said("m1", 2_000, visitor, &[]);
    wrote.body = Body::MessageReceived(message);
    tell(&store, 2, vec![wrote]).await;
    follow(&store, 64, everybody(&store).await).await;
    let found = all(&store).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    let reason = &found[0].reasons[0];
    assert_eq!(reason.text, "somebody typed the mail address anna@example.com, which is Anna Meier's");
    let typed: Vec<bool> = reason.said.iter().map(|said| said[0].typed).collect();
    let owner = found[0].people.iter().position(|one| one.name.is_some()).expect("Anna has a name");
    assert_eq!((typed[owner], typed[1 - owner]), (false, true));
    assert_eq!((reason.said[owner][0].at, reason.said[1 - owner][0].at), (1_000, 2_000));
}

#[tokio::test]
async fn a_number_that_was_given_up_suggests_nobody_who_has_it_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    let phone = |n: u32| named("phone", &format!("+4917012345{n}"), Evidence::Verified);
    tell(&store, 1, vec![said("a", 1_000, vec![phone(11), customer(1, 1)], &[("name", "Anna Meier")])]).await;
    let mut moved = said("b", 2_000, vec![phone(22)], &[]);
    moved.body = Body::IdentifierChanged(IdentifierChange { previous: phone(11), current: phone(22) });
    tell(&store, 1, vec![moved]).await;
    tell(&store, 2, vec![said("c", 3_000, vec![phone(11), customer(2, 2)], &[("name", "Anna Maier")])]).await;
    follow(&store, 64, everybody(&store).await).await;
    let mut database = store.inner.readers.begin().await.expect("a snapshot");
    let all = people::load(&mut database, &everybody(&store).await).await.expect("read");
    assert_eq!(all.len(), 2, "{all:#?}");
    let has = |number: &str| {
        all.values().filter(|one| one.facts().keys().contains(&format!("i:phone:{number}"))).count()
    };
    assert_eq!((has("491701234511"), has("491701234522")), (1, 1), "each number is one person's");
}

#[tokio::test]
async fn neither_keys_nor_suggestions_hold_anything_that_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    two_customers(&store).await;
    let mut batch = Batch::default();
    batch.add("SELECT profile, keys FROM suggest_people", row![]);
    for row in store.read(batch).await.expect("read") {
        let bytes: Vec<u8> = row.get(1);
        for word in ["anna", "meier", "mr", "1987"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
        }
    }
    let mut batch = Batch::default();
    batch.add("SELECT * FROM suggestions", row![]);
    let rows = store.read(batch).await.expect("read");
    assert_eq!(rows.len(), 1);
    let texts = |at: usize| rows[0].get::<String, _>(at);
    for (at, prefix) in [(0, "sug_"), (1, "prof_"), (2, "prof_")] {
        assert!(texts(at).starts_with(prefix), "{}", texts(at));
    }
}

#[tokio::test]
async fn pages_lead_through_all_suggestions_the_surest_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    for n in 0..6 {
        let name = ["Anna Meier", "Anne Maier", "Anna Maier"][n as usize % 3];
        let attributes = [("name", name), ("birthday", "1987-05-04")];
        tell(&store, 1, vec![said(&format!("c{n}"), 1_000, vec![customer(1, n)], &attributes)]).await;
    }
    follow(&store, 64, everybody(&store).await).await;
    let whole = all(&store).await;
    assert_eq!(whole.len(), 15);
    assert!(whole.windows(2).all(|pair| pair[0].bits >= pair[1].bits));
    let (mut page, mut seen) = (PageRequest::first(4), Vec::new());
    loop {
        let some = store.suggestions(&page).await.expect("read");
        seen.extend(some.items);
        let Some(next) = some.next else { break };
        page.cursor = Some(next);
    }
    assert_eq!(seen, whole);
    let one = whole[0].people[0].profile.clone();
    let (mut page, mut own) = (PageRequest::first(2), Vec::new());
    loop {
        let some = store.suggestions_of(&one, &page).await.expect("read");
        own.extend(some.items);
        let Some(next) = some.next else { break };
        page.cursor = Some(next);
    }
    let expected = whole.iter().filter(|found| found.people.iter().any(|person| person.profile == one));
    assert_eq!(own, expected.cloned().collect::<Vec<_>>());
}

/// What the map says of the cost: rows of the index for each person, and statements for each who changed.
#[tokio::test]
async fn a_person_has_some_twenty_rows_and_a_change_of_nothing_that_is_compared_is_compared_with_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    for n in 0..200_u32 {
        let who = vec![
            customer(1, n),
            named("email", &format!("person{n}@mail{}.example", n % 7), Evidence::Recorded),
            named("phone", &format!("+4917012{:05}", n * 37), Evidence::Recorded),
        ];
        let attributes = [
            ("name", format!("Name{} Last{}", n % 40, n / 3)),
            ("birthday", format!("19{:02}-0{}-1{}", 50 + n % 50, 1 + n % 9, n % 10)),
            ("address", format!("Street{} {}, 1{:04} City", n % 30, n % 90, n)),
        ];
        let attributes: Vec<(&str, &str)> =
            attributes.iter().map(|(field, value)| (*field, &**value)).collect();
        tell(&store, 1, vec![said(&format!("c{n}"), 1_000, who, &attributes)]).await;
    }
    let (people, compared) = follow(&store, 64, everybody(&store).await).await;
    let mut batch = Batch::default();
    batch.add("SELECT count(*) FROM suggest_keys", row![]);
    let rows: i64 = store.read(batch).await.expect("read")[0].get(0);
    println!("{rows} keys of {people} people, {compared} pairs compared");
    assert!((10..=24).contains(&(rows / 200)), "{rows} keys");
    assert!(compared / people <= 64 * 4, "{compared} pairs");
    tell(&store, 1, vec![said("again", 2_000, vec![customer(1, 7)], &[("language", "de")])]).await;
    let one = store.profile_by(&customer(1, 7).identifier).await.expect("read").expect("known").id;
    assert_eq!(follow(&store, 64, BTreeSet::from([one.clone()])).await, (0, 0));
    tell(&store, 1, vec![said("new", 3_000, vec![customer(1, 7)], &[("birthday", "1999-09-09")])]).await;
    let (people, compared) = follow(&store, 64, BTreeSet::from([one])).await;
    assert_eq!(people, 1);
    assert!(compared <= 64 * 24, "{compared}");
}

#[tokio::test]
async fn no_statement_of_the_index_reads_a_table_from_end_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    let mut database = store.inner.readers.begin().await.expect("a snapshot");
    for sql in [
        "SELECT * FROM (SELECT key, person FROM suggest_keys WHERE key = 1 ORDER BY person LIMIT 65) k",
        "SELECT n, profile FROM suggest_people WHERE n IN (VALUES (1),(2))",
        "SELECT profile, n, digest, keys FROM suggest_people WHERE profile IN (VALUES ('a'),('b'))",
        "SELECT coalesce(max(n), 0) FROM suggest_people",
        "DELETE FROM suggest_keys WHERE (key, person) IN (VALUES (1, 2), (3, 4))",
        "DELETE FROM suggestions WHERE bits < 1000 AND claimed = 0",
        "DELETE FROM suggestions WHERE b IN (VALUES ('a'))",
        "SELECT s.id FROM suggestions s JOIN profiles x ON x.id = s.a JOIN profiles y ON y.id = s.b \
         WHERE (s.bits, s.id) < (5, 'x') ORDER BY s.bits DESC, s.id DESC LIMIT 5",
        "SELECT e.said FROM events e JOIN connections c ON c.id = e.connection \
         WHERE e.profile IS NOT NULL AND (e.profile, e.occurred_at) IN (VALUES ('a', 1), ('b', 2))",
        "SELECT d.event FROM decided d WHERE d.name IN (SELECT i.key FROM identifiers i WHERE i.profile = 'a')",
    ] {
        let mut explain = Batch::default();
        explain.add(&format!("EXPLAIN QUERY PLAN {sql}"), row![]);
        for step in explain.fetch(&mut database).await.expect("planned") {
            let step: String = step.get("detail");
            let own =
                step.contains("CONSTANT ROW") || step.contains("VALUES CLAUSE") || step.ends_with("SCAN k");
            assert!(!step.starts_with("SCAN") || own || step.contains("USING"), "{sql}: {step}");
        }
    }
}
