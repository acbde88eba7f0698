//! What can be searched, against a real database: what is found, and that the index is the same however it came
//! about.

use switchboard::model::rules::Rules;
use switchboard::model::search::{Place, Query};
use switchboard::store::Following;

use super::fold::{Step, decided, happening, open_fixed, take};
use super::*;

impl Scene {
    /// A person with a name, and where they are heard of.
    async fn somebody(&self, n: u32, name: &str, identifiers: Vec<Evident>) {
        let body = Body::CustomerUpdated(Customer { id: n.to_string(), state: None, updated_at: None });
        let mut event = said(&format!("somebody-{n}"), 1_000 + i64::from(n), identifiers, body);
        event.attributes.push(Attribute { field: "name".into(), value: name.into() });
        self.take(event).await;
    }

    async fn take(&self, event: NewEvent) {
        self.store.ingest(ingest(connection(1), vec![event])).await.expect("taken");
    }

    async fn index(&self) {
        self.store.follow_to_end(|_, _| {}).await.expect("followed");
    }

    /// Who is found, by name, with the place and text of what fitted best.
    async fn find(&self, text: &str) -> Vec<(String, Place, String)> {
        let query = Query::read(text, None).expect("a query");
        let found = self.store.search(&query, &[], &PageRequest::first(20)).await.expect("searched");
        let hits = found.page.items.into_iter().map(|hit| {
            let best = hit.matches.into_iter().next().unwrap_or_else(|| panic!("nothing fitted `{text}`"));
            (hit.profile.attribute("name").unwrap_or("?").to_owned(), best.place, best.text)
        });
        hits.collect()
    }

    async fn names(&self, text: &str) -> Vec<String> {
        self.find(text).await.into_iter().map(|(name, ..)| name).collect()
    }
}

fn mail(address: &str) -> Evident {
    named("email", address, Evidence::Recorded)
}

#[tokio::test]
async fn people_are_found_by_names_with_slips_and_the_best_stands_first() {
    let scene = Scene::new().await;
    for (n, name) in ["Ada Lovelace", "Adam Lovelass", "José Müller", "Anna Karenina", "Anne Lovelace"]
        .into_iter()
        .enumerate()
    {
        let n = n as u32;
        scene.somebody(n, name, vec![phone(n)]).await;
    }
    scene.index().await;
    assert_eq!(scene.names("lovelace").await, ["Anne Lovelace", "Ada Lovelace", "Adam Lovelass"]);
    assert_eq!(scene.names("Lovelace, ADA").await, ["Ada Lovelace", "Adam Lovelass"]);
    assert_eq!(scene.names("Lovelace, Anne").await, ["Anne Lovelace"]);
    for text in ["ada lovlace", "ada lovelcae", "lovelacee ada", "a lovelace ", "ada lov", "ad"] {
        assert!(scene.names(text).await.contains(&"Ada Lovelace".to_owned()), "{text}");
    }
    for text in ["jose muller", "josé mueller", "Müler", "MULLER"] {
        assert_eq!(scene.names(text).await, ["José Müller"], "{text}");
    }
    for text in ["lov ", "ada karenina", "zzz", "-"] {
        assert!(scene.names(text).await.is_empty(), "{text}");
    }
    let only = |limit, cursor| PageRequest { cursor, limit };
    let query = Query::read("lovelace", None).expect("a query");
    let first = scene.store.search(&query, &[Place::Name], &only(2, None)).await.expect("searched").page;
    let second = scene.store.search(&query, &[], &only(2, first.next)).await.expect("searched").page;
    assert_eq!((first.items.len(), second.items.len(), second.next), (2, 1, None), "in pages");
    let nowhere = scene.store.search(&query, &[Place::Order], &only(2, None)).await.expect("searched");
    assert!(nowhere.page.items.is_empty());
}

#[tokio::test]
async fn people_are_found_by_identifiers_and_whoever_only_typed_one_stands_last() {
    let scene = Scene::new().await;
    scene.somebody(1, "Ada", vec![phone(41), mail("ada.lovelace@example.com")]).await;
    let typed = named("email", "ada.lovelace@example.com", Evidence::Claimed);
    scene.somebody(2, "Eve", vec![named("shop:acme:customer", "C-77", Evidence::Recorded), typed]).await;
    scene.index().await;
    for text in ["ada.lovelace@example.com", "Ada.Love", "lovelace@"] {
        assert_eq!(scene.names(text).await, ["Ada", "Eve"], "{text}");
    }
    for text in ["+49 170 0000041", "phone:+491700000041", "0170 / 0000041", "00041"] {
        assert_eq!(scene.names(text).await, ["Ada"], "{text}");
    }
    assert_eq!(
        scene.find("c-77").await,
        [("Eve".to_owned(), Place::Identifier, "shop:acme:customer:C-77".to_owned())]
    );
    let ada = scene.store.profile_by(&phone(41).identifier).await.expect("read").expect("known");
    assert_eq!(scene.names(ada.id.as_str()).await, ["Ada"]);
}

#[tokio::test]
async fn people_are_found_by_orders_and_by_what_was_written() {
    let scene = Scene::new().await;
    let settings = serde_json::json!({});
    let new = NewConnection {
        plugin: "shop".into(),
        title: "Shop".into(),
        settings,
        priority: 0,
        region: None,
        secrets: vec![],
    };
    let shop = scene.store.add_connection(new).await.expect("a connection").id;
    scene.somebody(1, "Ada", vec![phone(1)]).await;
    let order = Order {
        id: "6012345678901234567".into(),
        number: "#SW-1001".into(),
        state: "open".into(),
        payment_state: None,
        fulfilment_state: None,
        total: None,
        placed_at: None,
        updated_at: 5,
        items: Vec::new(),
        url: None,
    };
    let event = said("o1", 5, vec![phone(1)], Body::Order(order));
    scene.store.ingest(ingest(shop, vec![event])).await.expect("taken");
    for (n, text) in
        ["Wo bleibt mein Päckchen?", "我的包裹在哪里", "Where is my parcel"].into_iter().enumerate()
    {
        scene.take(received(&format!("m{n}"), 10 + n as i64, phone(1), text)).await;
    }
    scene.index().await;
    for text in ["#sw-1001", "SW-1001", "6012345678901234567"] {
        assert_eq!(scene.find(text).await, [("Ada".into(), Place::Order, "#SW-1001".into())], "{text}");
    }
    for (text, whole) in [
        ("mein päckchen", "Wo bleibt mein Päckchen?"),
        ("PACKCH", "Wo bleibt mein Päckchen?"),
        ("包裹", "我的包裹在哪里"),
        ("里", "我的包裹在哪里"),
        ("parcel where", "Where is my parcel"),
    ] {
        assert_eq!(scene.find(text).await, [("Ada".into(), Place::Message, whole.into())], "{text}");
    }
    assert!(scene.names("mein parcel").await.is_empty(), "all words in one message");
    // An edit, a message taken back, and one that the hub sends.
    let edit = Body::MessageEdited(MessageEdit { id: "m0".into(), text: "Schon da".into() });
    scene.take(said("e1", 20, vec![], edit)).await;
    scene.take(said("d1", 21, vec![], Body::MessageDeleted(MessageRef { id: "m2".into() }))).await;
    let profile = scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known").id;
    let content = OutboundContent::Text("It arrives on Tuesday".into());
    let sent = NewOutbound {
        connection: connection(1),
        profile,
        content,
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    };
    scene.store.enqueue(sent).await.expect("queued");
    scene.index().await;
    assert!(scene.names("päckchen").await.is_empty() && scene.names("parcel").await.is_empty());
    assert_eq!(scene.find("schon").await, [("Ada".into(), Place::Message, "Schon da".into())]);
    assert_eq!(scene.names("tuesday arrives").await, ["Ada"]);
}

#[tokio::test]
async fn messages_that_come_while_others_are_edited_are_found() {
    let scene = Scene::new().await;
    for n in 0..12 {
        scene.somebody(n, &format!("Ada {n}"), vec![phone(n)]).await;
    }
    for n in 0..6 {
        scene.take(received(&format!("m{n}"), 10, phone(n), "the parcel")).await;
    }
    scene.index().await;
    for n in 0..6 {
        let edit = MessageEdit { id: format!("m{n}"), text: "the parcel is late".into() };
        scene.take(said(&format!("e{n}"), 20, vec![], Body::MessageEdited(edit))).await;
        scene.take(received(&format!("m{}", n + 6), 21, phone(n + 6), "the parcel")).await;
    }
    scene.index().await;
    assert_eq!((scene.names("the parcel").await.len(), scene.names("late").await.len()), (12, 6));
}

#[tokio::test]
async fn what_was_merged_and_split_is_found_as_whoever_has_it_today() {
    let scene = Scene::new().await;
    scene.somebody(1, "Ada Lovelace", vec![phone(1)]).await;
    scene.somebody(2, "Augusta King", vec![mail("king@example.com")]).await;
    scene.take(received("m1", 10, phone(1), "parcel")).await;
    scene.index().await;
    let id = |evident: Evident| {
        let store = scene.store.clone();
        async move { store.profile_by(&evident.identifier).await.expect("read").expect("known").id }
    };
    let (ada, king) = (id(phone(1)).await, id(mail("king@example.com")).await);
    let merged = scene.store.merge_people(&ada, &king, "anna", None).await.expect("taken").expect("one");
    scene.index().await;
    for text in ["lovelace", "augusta", "king@example.com", "parcel", "lovelace king"] {
        let query = Query::read(text, None).expect("a query");
        let found = scene.store.search(&query, &[], &PageRequest::first(5)).await.expect("searched");
        let ids: Vec<_> = found.page.items.into_iter().map(|hit| hit.profile.id).collect();
        assert_eq!(ids, merged.people, "{text}");
    }
    scene.clock.advance(1);
    scene.store.undo_decision(&merged.event, "anna", None).await.expect("taken").expect("undone");
    scene.index().await;
    assert_eq!(scene.names("king").await, ["Augusta King"]);
    assert_eq!(scene.names("parcel").await, ["Ada Lovelace"]);
    assert!(scene.names("lovelace king").await.is_empty());
}

#[tokio::test]
async fn of_somebody_who_is_taken_out_no_word_is_left_and_those_of_others_stay() {
    let scene = Scene::new().await;
    scene.somebody(1, "Zyxquark Lovelace", vec![phone(1), mail("zyxmail@example.com")]).await;
    scene.somebody(2, "Ada Lovelace", vec![phone(2)]).await;
    scene.take(received("m1", 10, phone(1), "the zyxparcel of mine")).await;
    scene.take(received("m2", 11, phone(2), "parcel of mine")).await;
    scene.index().await;
    // Where a text stands in the index, and how often.
    let holding = |text: &str| {
        let mut places = Vec::new();
        for (table, column) in [
            ("search_people", "terms"),
            ("search_handles", "handle"),
            ("search_words", "word"),
            ("search_deletions", "word"),
            ("search_bearers", "word"),
            ("search_messages", "words"),
        ] {
            let sql = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%{text}%'");
            places.push((table, ask(scene.folder.path(), &sql)));
        }
        if address(scene.folder.path()).is_none() {
            let sql =
                format!("SELECT count(*) FROM search_text_data WHERE instr(block, CAST('{text}' AS BLOB))");
            places.push(("search_text_data", ask(scene.folder.path(), &sql)));
        }
        places.retain(|(_, count)| *count != ["0"]);
        places
    };
    let everywhere = if address(scene.folder.path()).is_some() { 6 } else { 7 };
    assert_eq!(holding("zyx").len(), everywhere, "it is everywhere that is looked: {:?}", holding("zyx"));
    let gone = scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known").id;
    scene.store.unindex(&gone).await.expect("taken out");
    for text in ["zyx", "quark", gone.as_str()] {
        assert_eq!(holding(text), [], "{text}");
    }
    assert_eq!(scene.names("lovelace").await, ["Ada Lovelace"]);
    assert_eq!(scene.names("parcel mine").await, ["Ada Lovelace"]);
}

#[tokio::test]
async fn an_index_survives_a_restart_and_two_who_follow_at_once() {
    let mut scene = Scene::new().await;
    for n in 0..60 {
        scene
            .somebody(n, &format!("Person{} Lovelace", "abcdefgh".repeat(n as usize % 3)), vec![phone(n)])
            .await;
    }
    let mut following = Following::default();
    scene.store.follow(&mut following).await.expect("followed");
    scene.restart().await;
    scene.somebody(70, "Late Lovelace", vec![phone(70)]).await;
    let (one, other) =
        tokio::join!(scene.store.follow_to_end(|_, _| {}), scene.store.follow_to_end(|_, _| {}));
    one.expect("followed");
    other.expect("followed");
    assert_eq!(scene.store.behind().await.expect("read"), 0);
    assert_eq!(scene.names("lovelace late").await, ["Late Lovelace"]);
    let before = dump(&scene.folder);
    assert!(before.len() > 60, "{before:?}");
    anew(&scene.store).await;
    assert_eq!(dump(&scene.folder), before);
}

/// Everything in the index, in words that do not depend on how it came about.
fn dump(folder: &tempfile::TempDir) -> Vec<String> {
    let tables = "SELECT 'person', profile, terms FROM search_people \
                  UNION ALL SELECT 'handle', handle, profile FROM search_handles \
                  UNION ALL SELECT 'word', word, '' FROM search_words \
                  UNION ALL SELECT 'deletion', deletion, word FROM search_deletions \
                  UNION ALL SELECT 'bearer', word, profile FROM search_bearers \
                  UNION ALL SELECT 'message', message, words FROM search_messages";
    let mut rows = ask(folder.path(), tables);
    if address(folder.path()).is_none() {
        rows.extend(full_text(folder));
    }
    rows.sort();
    rows
}

/// The terms of SQLite's full text. PostgreSQL has an ordinary index there.
fn full_text(folder: &tempfile::TempDir) -> Vec<String> {
    let database = rusqlite::Connection::open(folder.path().join("hub.db")).expect("opens");
    let sound = "INSERT INTO search_text (search_text, rank) VALUES ('integrity-check', 1)";
    database.execute_batch(sound).expect("the full text is that of the messages");
    database
        .execute_batch("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'search_text', 'row')")
        .expect("made");
    let mut look = database.prepare("SELECT term, doc FROM temp.terms").expect("prepared");
    let term =
        |row: &rusqlite::Row<'_>| Ok(format!("term {} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    look.query_map([], term).expect("asked").map(|row| row.expect("read")).collect()
}

/// What only the one holds, and only the other.
fn differing(anew: &[String], followed: &[String]) -> Vec<String> {
    let only = |a: &[String], b: &[String], whose: &str| {
        a.iter().filter(|row| !b.contains(row)).map(|row| format!("{whose} {row}")).collect::<Vec<_>>()
    };
    [only(anew, followed, "built anew"), only(followed, anew, "followed")].concat()
}

async fn anew(store: &Store) {
    store.follow_anew().await.expect("emptied");
    store.follow_to_end(|_, _| {}).await.expect("filled");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if ON_A_SERVER { 12 } else { 24 }, ..ProptestConfig::default() })]

    #[test]
    fn an_index_that_followed_is_the_one_that_is_built_anew(
        steps in proptest::collection::vec((0_u8..6, 0_u8..26, 0_u32..144), 1..120),
        cuts in proptest::collection::vec(1_usize..25, 4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let store = open_fixed(&folder).await;
            let key = store.id_key().clone();
            let history: Vec<Step> = steps.iter().map(|(source, kind, n)| match kind {
                0..20 => Step::Said(*source, Box::new(happening(&key, *source, *kind, *n))),
                _ => decided(&store, kind - 20, *n),
            }).collect();
            let mut rest = history.as_slice();
            let mut following = Following::default();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (group, tail) = rest.split_at((*cut).min(rest.len()));
                take(&store, group).await;
                while store.follow(&mut following).await.expect("followed") {}
                rest = tail;
            }
            // Somebody who is taken out while everything is still there comes back.
            for person in store.profiles(None, &PageRequest::first(3)).await.expect("read").items {
                store.unindex(&person.id).await.expect("taken out");
            }
            while store.follow(&mut following).await.expect("followed") {}
            let followed = dump(&folder);
            anew(&store).await;
            prop_assert_eq!(differing(&dump(&folder), &followed), Vec::<String>::new());
            let other = Rules::parse(&["phone limit=2", "email joins=verified"], &["phone .*7"], 9).expect("rules");
            store.set_rules(&other, |_| {}).await.expect("folded anew");
            while store.follow(&mut following).await.expect("followed") {}
            let followed = dump(&folder);
            anew(&store).await;
            prop_assert_eq!(differing(&dump(&folder), &followed), Vec::<String>::new());
            Ok(())
        })?;
    }
}
