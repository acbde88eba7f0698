//! The store's story, told against a real database: SQLite, and PostgreSQL as `store_story_postgres.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rusqlite::types::Value;
use switchboard::ambient::{Ambient, ManualClock, SystemEntropy};
use switchboard::model::connection::ConnectionState;
use switchboard::model::delivery::{DeliveryState as Kept, RecordedRequest};
use switchboard::model::event::*;
use switchboard::model::fold::World;
use switchboard::model::id::{ConnectionId, EventId, IdKey, MessageId};
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::model::message::SendState;
use switchboard::model::outbox::{OutboundContent, OutboxState};
use switchboard::model::profile::{Source, Stated, choose};
use switchboard::model::token::Role;
use switchboard::store::{
    Ingest, NewConnection, NewDelivery, NewOutbound, PageRequest, RecordFilter, Store, StoreError,
    StoreOptions, Subscription as Shown, TokenAsk,
};

#[path = "store_story/accounts.rs"]
mod accounts;
#[path = "store_story/consents.rs"]
mod consents;
#[path = "store_story/conversations.rs"]
mod conversations;
#[path = "store_story/copy.rs"]
mod copy;
#[path = "store_story/deliveries.rs"]
mod deliveries;
#[path = "store_story/erase.rs"]
mod erase;
#[path = "store_story/faults.rs"]
mod faults;
#[path = "store_story/fold.rs"]
mod fold;
#[path = "store_story/generated.rs"]
mod generated;
#[path = "postgres/mod.rs"]
mod postgres;
#[path = "store_story/search.rs"]
mod search;

/// Whether the story is told on a server: for what looks into the file itself.
const ON_A_SERVER: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"store_story_postgres");

/// The address of a folder's database on a server, where every folder has one of its own; `None` where the database
/// is a file in it, which it is also where there is no server.
pub(crate) fn address(folder: &Path) -> Option<String> {
    static DATABASES: Mutex<BTreeMap<PathBuf, Option<String>>> = Mutex::new(BTreeMap::new());
    if !ON_A_SERVER {
        return None;
    }
    let mut databases = DATABASES.lock().expect("nobody fails here");
    databases.entry(folder.to_owned()).or_insert_with(postgres::database).clone()
}

/// How a store in a folder is opened.
pub(crate) fn options(folder: &Path) -> StoreOptions {
    let server = address(folder).map(|address| address.parse().expect("an address"));
    StoreOptions { server, ..StoreOptions::at(folder.join("hub.db")) }
}

/// What another program is answered by a folder's database: the rows, with `|` between values.
fn ask(folder: &Path, sql: &str) -> Vec<String> {
    if let Some(address) = address(folder) {
        return postgres::ask(&address, sql);
    }
    let database = rusqlite::Connection::open(folder.join("hub.db")).expect("opens");
    let mut statement = database.prepare(sql).expect(sql);
    let columns = statement.column_count();
    let mut found = statement.query([]).expect(sql);
    let mut rows = Vec::new();
    while let Some(row) = found.next().expect(sql) {
        let values = (0..columns).map(|at| match row.get(at).expect("a value") {
            Value::Null => String::new(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Text(text) => text,
            Value::Blob(bytes) => bytes.escape_ascii().to_string(),
        });
        rows.push(values.collect::<Vec<_>>().join("|"));
    }
    rows
}

/// Everything that is kept of a store, by its place: the bytes of every file of its folder, and every row of every
/// table on a server.
fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).expect("read").map(|entry| {
        let path = entry.expect("read").path();
        (path.display().to_string(), std::fs::read(&path).expect("read"))
    });
    let mut kept: Vec<_> = files.collect();
    if let Some(address) = address(folder) {
        let tables = postgres::ask(&address, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
        let rows = tables.iter().map(|table| format!("SELECT '{table} ' || row::text FROM {table} row"));
        let rows = rows.collect::<Vec<_>>().join(" UNION ALL ");
        // Bytes stand as the letters that they are.
        let rows = postgres::ask(&address, &format!("SET bytea_output = 'escape'; {rows}"));
        kept.extend(rows.into_iter().map(|row| (address.clone(), row.into_bytes())));
    }
    kept
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

struct Scene {
    store: Store,
    clock: ManualClock,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = ManualClock::at(1_000_000);
        let store = open(&folder, &clock).await;
        Self { store, clock, folder }
    }

    /// Closes the store and opens it again, as a restart does.
    async fn restart(&mut self) {
        self.store.close().await;
        self.store = open(&self.folder, &self.clock).await;
    }
}

pub(crate) async fn open(folder: &tempfile::TempDir, clock: &ManualClock) -> Store {
    let ambient = Ambient { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
    Store::open(&options(folder.path()), ambient).await.expect("a store")
}

pub(crate) fn connection(n: u8) -> ConnectionId {
    ConnectionId::random([n; 16])
}

pub(crate) fn named(namespace: &str, value: &str, evidence: Evidence) -> Evident {
    Evident { identifier: Identifier::new(namespace, value).expect("an identifier"), evidence }
}

pub(crate) fn phone(n: u32) -> Evident {
    named("phone", &format!("+4917000000{n:02}"), Evidence::Verified)
}

pub(crate) fn said(external_id: &str, at: i64, subject: Vec<Evident>, body: Body) -> NewEvent {
    NewEvent {
        external_id: external_id.into(),
        occurred_at: at,
        subject,
        attributes: Vec::new(),
        body,
        source: None,
    }
}

fn message(id: &str, text: &str) -> Message {
    Message {
        id: id.into(),
        thread: None,
        reply_to: None,
        text: text.into(),
        html: None,
        subject: None,
        content: Content::Text,
        referral: None,
    }
}

pub(crate) fn received(id: &str, at: i64, from: Evident, text: &str) -> NewEvent {
    said(id, at, vec![from], Body::MessageReceived(message(id, text)))
}

fn status(of: &str, state: DeliveryState, at: i64, correlation: Option<&str>) -> NewEvent {
    let body = MessageStatus {
        message: of.into(),
        state,
        correlation: correlation.map(str::to_owned),
        reason: None,
    };
    said(&format!("status:{of}:{state:?}"), at, Vec::new(), Body::MessageStatus(body))
}

pub(crate) fn ingest(connection: ConnectionId, events: Vec<NewEvent>) -> Ingest {
    Ingest { connection, delivery: None, events, cursor: None, finishes: None, assistants: Arc::new([]) }
}

fn delivery(replay_of: Option<switchboard::model::id::DeliveryId>) -> NewDelivery {
    let request = RecordedRequest {
        method: "POST".into(),
        path: String::new(),
        query: String::new(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: b"{\"n\":9007199254740993}".to_vec(),
        verified: true,
    };
    NewDelivery { received_at: 1_000_000, request, replay_of }
}

#[tokio::test]
async fn two_sources_that_share_a_phone_become_one_person_and_old_ids_lead_there() {
    let mut scene = Scene::new().await;
    let (chat, shop) = (connection(1), connection(2));
    let customer = named("shop:acme:customer", "42", Evidence::Recorded);
    scene
        .store
        .ingest(ingest(chat.clone(), vec![received("m1", 500, phone(1), "hello")]))
        .await
        .expect("taken");
    let mut update = said(
        "c1",
        900,
        vec![customer.clone()],
        Body::CustomerUpdated(Customer { id: "42".into(), state: None, updated_at: None }),
    );
    update.attributes.push(Attribute { field: "name".into(), value: "Ada".into() });
    scene.store.ingest(ingest(shop.clone(), vec![update])).await.expect("taken");
    let before = scene.store.profile_by(&customer.identifier).await.expect("read").expect("known");
    assert_ne!(
        scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known").id,
        before.id
    );
    // An order that names both joins them.
    let both = vec![customer.clone(), named("phone", &phone(1).identifier.value, Evidence::Recorded)];
    let order = Body::CustomerUpdated(Customer { id: "42".into(), state: None, updated_at: None });
    scene.store.ingest(ingest(shop, vec![said("c2", 950, both, order)])).await.expect("taken");
    scene.restart().await;
    let one = scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known");
    assert_eq!(scene.store.profile(&before.id).await.expect("read").expect("redirected").id, one.id);
    assert_eq!(one.attribute("name"), Some("Ada"));
    assert_eq!(one.identifiers[0].evidence, Evidence::Verified, "the stronger evidence stays");
    let timeline = scene.store.timeline(&before.id, &PageRequest::first(10)).await.expect("read");
    assert_eq!(timeline.items.len(), 3);
}

#[tokio::test]
async fn a_claimed_mail_joins_nobody_and_finds_nobody() {
    let scene = Scene::new().await;
    let mail = |evidence| named("email", "ada@example.com", evidence);
    let shop =
        said("c1", 1, vec![mail(Evidence::Recorded)], Body::CustomerDeleted(CustomerRef { id: "1".into() }));
    scene.store.ingest(ingest(connection(1), vec![shop])).await.expect("taken");
    let visitor = named("chat:visitor", "v1", Evidence::Verified);
    let typed = said(
        "m1",
        2,
        vec![visitor.clone(), mail(Evidence::Claimed)],
        Body::MessageReceived(message("m1", "it is me")),
    );
    scene.store.ingest(ingest(connection(2), vec![typed])).await.expect("taken");
    let owner =
        scene.store.profile_by(&mail(Evidence::Recorded).identifier).await.expect("read").expect("known");
    let stranger = scene.store.profile_by(&visitor.identifier).await.expect("read").expect("known");
    assert_ne!(owner.id, stranger.id);
    assert_eq!(stranger.claims[0].identifier.value, "ada@example.com");
    assert!(stranger.identifiers.iter().all(|known| known.identifier.namespace != "email"));
}

#[tokio::test]
async fn the_same_event_twice_is_one_event_in_one_group_and_across_groups() {
    let scene = Scene::new().await;
    let event = received("m1", 5, phone(1), "once");
    let first =
        scene.store.ingest(ingest(connection(1), vec![event.clone(), event.clone()])).await.expect("taken");
    let again = scene.store.ingest(ingest(connection(1), vec![event])).await.expect("taken");
    assert_eq!((first.appended.len(), first.duplicates), (1, 1));
    assert_eq!((again.appended.len(), again.duplicates), (0, 1));
    assert_eq!(scene.store.last_seq().await.expect("read"), 1);
}

#[tokio::test]
async fn a_delivery_is_parked_with_its_raw_request_and_replayed_in_place() {
    let mut scene = Scene::new().await;
    let id = scene.store.park(&connection(1), delivery(None), "the plugin trapped").await.expect("parked");
    scene.restart().await;
    assert_eq!(scene.store.parked(None, None, 10).await.expect("read"), std::slice::from_ref(&id));
    let kept = scene.store.delivery(&id).await.expect("read").expect("kept");
    assert_eq!((kept.state, kept.attempts, kept.size), (Kept::Parked, 1, 22));
    let request = scene.store.recorded(&id).await.expect("read").expect("kept");
    assert_eq!(request, delivery(None).request);
    let replay = Ingest {
        delivery: Some(delivery(Some(id.clone()))),
        ..ingest(connection(1), vec![received("m1", 5, phone(1), "late")])
    };
    scene.store.ingest(replay).await.expect("taken");
    let done = scene.store.delivery(&id).await.expect("read").expect("kept");
    assert_eq!((done.state, done.attempts, done.events, done.error), (Kept::Done, 2, 1, None));
    assert!(scene.store.parked(None, None, 10).await.expect("read").is_empty());
}

#[tokio::test]
async fn work_for_an_assistant_is_queued_with_the_message_and_survives_a_crash() {
    let mut scene = Scene::new().await;
    let assistant = Shown { connection: connection(9), kinds: vec![EventKind::MessageReceived] };
    let mut one = ingest(
        connection(1),
        vec![received("m1", 5, phone(1), "sad"), status("x", DeliveryState::Sent, 6, None)],
    );
    one.assistants = Arc::new([assistant]);
    scene.store.ingest(one.clone()).await.expect("taken");
    scene.store.ingest(one).await.expect("taken again");
    let claimed = scene.store.claim_jobs(10, 5_000).await.expect("claimed");
    assert_eq!(claimed.len(), 1, "one piece of work for one message");
    assert!(scene.store.claim_jobs(10, 5_000).await.expect("claimed").is_empty(), "it has a lease");
    scene.restart().await;
    scene.clock.advance(5_001);
    let again = scene.store.claim_jobs(10, 5_000).await.expect("claimed");
    assert_eq!((again.len(), again[0].attempts), (1, 2));
    let of = MessageId::derived(scene.store.id_key(), &[connection(1).as_str(), "m1"]);
    let insight = Insight {
        message: of.clone(),
        kind: "sentiment".into(),
        label: "negative".into(),
        score: Some(-0.5),
        confidence: None,
        details: None,
    };
    let mut done = ingest(connection(9), vec![said("insight:m1", 7, vec![phone(1)], Body::Insight(insight))]);
    done.finishes = Some(again[0].id.clone());
    scene.store.ingest(done).await.expect("taken");
    scene.clock.advance(60_000);
    assert!(scene.store.claim_jobs(10, 5_000).await.expect("claimed").is_empty());
    let shown = scene.store.message(&of).await.expect("read").expect("there");
    assert_eq!(shown.insights[0].insight.label, "negative");
}

#[tokio::test]
async fn a_sent_message_takes_in_what_the_vendor_said_of_it_before_and_after() {
    let scene = Scene::new().await;
    scene.store.ingest(ingest(connection(1), vec![received("m1", 5, phone(1), "hi")])).await.expect("taken");
    let who = scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known");
    let new = NewOutbound {
        connection: connection(1),
        profile: who.id.clone(),
        content: OutboundContent::Text("hello back".into()),
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    };
    let item = scene.store.enqueue(new).await.expect("queued");
    let claimed = scene.store.claim_outbound(&connection(1), 10, 60_000).await.expect("claimed");
    assert_eq!(claimed.len(), 1);
    // The vendor's first status overtakes the answer to our own request.
    scene
        .store
        .ingest(ingest(connection(1), vec![status("v1", DeliveryState::Read, 9, None)]))
        .await
        .expect("taken");
    scene.store.outbound_sent(&item.id, "v1").await.expect("settled");
    scene
        .store
        .ingest(ingest(connection(1), vec![status("v1", DeliveryState::Delivered, 99, None)]))
        .await
        .expect("taken");
    let shown = scene.store.message(&item.message).await.expect("read").expect("there");
    assert_eq!(shown.message.state.as_ref().map(|(state, _)| *state), Some(SendState::Read));
    assert_eq!(shown.message.text(), "hello back");
    let by_vendor = MessageId::derived(scene.store.id_key(), &[connection(1).as_str(), "v1"]);
    assert_eq!(
        scene.store.message(&by_vendor).await.expect("read").expect("the same").message.id,
        item.message
    );
    assert_eq!(scene.store.outbound(&item.id).await.expect("read").expect("kept").state, OutboxState::Sent);
    let messages = scene.store.messages(&who.id, &PageRequest::first(10)).await.expect("read");
    assert_eq!(messages.items.len(), 2);
}

#[tokio::test]
async fn a_status_with_the_correlation_settles_a_send_that_nobody_knew_the_outcome_of() {
    let scene = Scene::new().await;
    scene.store.ingest(ingest(connection(1), vec![received("m1", 5, phone(1), "hi")])).await.expect("taken");
    let who = scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known");
    let new = NewOutbound {
        connection: connection(1),
        profile: who.id,
        content: OutboundContent::Text("?".into()),
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    };
    let item = scene.store.enqueue(new).await.expect("queued");
    let due = async |n| scene.store.next_outbound_at(&connection(n)).await.expect("read");
    assert_eq!((due(1).await.is_some(), due(2).await), (true, None), "it is no other connection's work");
    scene.store.claim_outbound(&connection(1), 10, 60_000).await.expect("claimed");
    scene.store.outbound_ambiguous(&item.id, 2_000_000, "no answer").await.expect("put off");
    let news = status("v7", DeliveryState::Delivered, 50, Some(item.id.as_str()));
    scene.store.ingest(ingest(connection(1), vec![news])).await.expect("taken");
    scene.clock.advance(10_000_000);
    assert!(
        scene.store.claim_outbound(&connection(1), 10, 60_000).await.expect("claimed").is_empty(),
        "not sent twice"
    );
    let shown = scene.store.message(&item.message).await.expect("read").expect("there");
    assert_eq!(shown.message.state.map(|(state, _)| state), Some(SendState::Delivered));
    assert_eq!(shown.message.vendor_id, "v7");
}

#[tokio::test]
async fn an_order_takes_the_latest_version_whatever_comes_last_and_carries_its_parcels() {
    let scene = Scene::new().await;
    let customer = named("shop:acme:customer", "42", Evidence::Recorded);
    let order = |version: i64, state: &str| {
        let order = Order {
            id: "6012345678901234567".into(),
            number: "#1001".into(),
            state: state.into(),
            payment_state: None,
            fulfilment_state: None,
            total: Some(Money { amount: "89.70".into(), currency: "EUR".into() }),
            placed_at: None,
            updated_at: version,
            items: Vec::new(),
            url: None,
        };
        said(&format!("order:{version}"), version, vec![customer.clone()], Body::Order(order))
    };
    let parcel = Fulfilment {
        id: "f".into(),
        order: "6012345678901234567".into(),
        state: "in-transit".into(),
        carrier: None,
        tracking_numbers: vec!["X1".into()],
        tracking_urls: Vec::new(),
        updated_at: 3,
    };
    scene
        .store
        .ingest(ingest(connection(2), vec![said("f", 3, Vec::new(), Body::Fulfilment(parcel))]))
        .await
        .expect("taken");
    scene.store.ingest(ingest(connection(2), vec![order(9, "closed")])).await.expect("taken");
    scene.store.ingest(ingest(connection(2), vec![order(4, "open")])).await.expect("taken");
    let who = scene.store.profile_by(&customer.identifier).await.expect("read").expect("known");
    let filter = RecordFilter { profile: Some(who.id.clone()), kind: Some("order".into()), connection: None };
    let orders = scene.store.records(&filter, &PageRequest::first(10)).await.expect("read");
    assert_eq!(
        (orders.items.len(), orders.items[0].state.as_str(), orders.items[0].parts.len()),
        (1, "closed", 1)
    );
    assert_eq!(scene.store.timeline(&who.id, &PageRequest::first(10)).await.expect("read").items.len(), 3);
}

#[tokio::test]
async fn connections_secrets_tokens_and_values_last_and_keep_to_themselves() {
    let mut scene = Scene::new().await;
    let before = scene.store.revision().await.expect("read");
    let new = NewConnection {
        plugin: "echo".into(),
        title: "Echo".into(),
        settings: serde_json::json!({"a": 1}),
        priority: 0,
        region: None,
        secrets: vec![("token".into(), b"s3cret".to_vec().into())],
    };
    let added = scene.store.add_connection(new).await.expect("added");
    assert!(scene.store.revision().await.expect("read") > before);
    let ask = TokenAsk::all("mine", Role::Agent);
    let token = scene.store.create_token(ask, "the test").await.expect("made");
    assert!(scene.store.kv_set(&added.id, "k", b"v".to_vec(), None, true, 100).await.expect("set"));
    assert!(!scene.store.kv_set(&added.id, "k", b"w".to_vec(), None, true, 100).await.expect("asked"));
    assert!(matches!(
        scene.store.kv_set(&added.id, "big", vec![0; 200], None, false, 100).await,
        Err(StoreError::Quota { quota: 100 })
    ));
    assert!(scene.store.kv_set(&added.id, "short", b"x".to_vec(), Some(10), false, 100).await.expect("set"));
    scene.restart().await;
    assert_eq!(
        scene.store.secret(&added.id, "token").await.expect("read").expect("set").as_slice(),
        b"s3cret"
    );
    assert_eq!(scene.store.token_by_secret(&token.secret).await.expect("read"), Some(token.token));
    assert_eq!(scene.store.token_by_secret("sbt_nope").await.expect("read"), None);
    assert_eq!(scene.store.kv_get(&connection(7), "k").await.expect("read"), None);
    assert_eq!(scene.store.kv_keys(&added.id, "", None, 10).await.expect("read"), ["k", "short"]);
    scene.clock.advance(11);
    assert_eq!(scene.store.kv_get(&added.id, "short").await.expect("read"), None);
    assert!(scene.store.set_connection_state(&added.id, ConnectionState::Paused).await.expect("set"));
    assert_eq!(scene.store.connections().await.expect("read")[0].state, ConnectionState::Paused);
    assert!(scene.store.remove_connection(&added.id).await.expect("removed"));
    assert!(scene.store.secret(&added.id, "token").await.expect("read").is_none());
}

#[tokio::test]
async fn what_waits_to_go_out_over_a_connection_that_is_removed_fails_and_says_why() {
    let scene = Scene::new().await;
    let new = |title: &str| NewConnection {
        plugin: "echo".into(),
        title: title.into(),
        settings: serde_json::json!({}),
        priority: 0,
        region: None,
        secrets: Vec::new(),
    };
    let gone = scene.store.add_connection(new("Gone")).await.expect("added").id;
    let stays = scene.store.add_connection(new("Stays")).await.expect("added").id;
    scene.store.ingest(ingest(gone.clone(), vec![received("m1", 5, phone(1), "hi")])).await.expect("taken");
    let who = scene.store.profile_by(&phone(1).identifier).await.expect("read").expect("known").id;
    let queue = async |connection: &ConnectionId| {
        scene.clock.advance(1);
        let new = NewOutbound {
            connection: connection.clone(),
            profile: who.clone(),
            content: OutboundContent::Text("hello back".into()),
            reply_to: None,
            subject: None,
            purpose: "service".into(),
            within: None,
            wait: 0,
            by: None,
        };
        scene.store.enqueue(new).await.expect("queued").id
    };
    let (being_sent, waiting, other) = (queue(&gone).await, queue(&gone).await, queue(&stays).await);
    assert_eq!(scene.store.claim_outbound(&gone, 10, 60_000).await.expect("claimed")[0].id, being_sent);
    assert_eq!(scene.store.fail_outbound_of_removed(10).await.expect("looked"), 0);
    assert!(scene.store.remove_connection(&gone).await.expect("removed"));
    assert_eq!(scene.store.fail_outbound_of_removed(10).await.expect("failed"), 1);
    let item = async |id| scene.store.outbound(id).await.expect("read").expect("kept");
    assert_eq!(item(&waiting).await.state, OutboxState::Failed);
    assert!(item(&waiting).await.error.expect("a reason").contains("removed"));
    let message = scene.store.message(&item(&waiting).await.message).await.expect("read").expect("shown");
    assert_eq!(message.message.state.map(|(state, _)| state), Some(SendState::Failed));
    assert_eq!(item(&being_sent).await.state, OutboxState::Sending, "whoever sends it may yet tell");
    scene.clock.advance(60_001);
    assert_eq!(scene.store.fail_outbound_of_removed(10).await.expect("failed"), 1);
    assert_eq!(item(&being_sent).await.state, OutboxState::Failed);
    assert_eq!(item(&other).await.state, OutboxState::Queued);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_read_whole_while_people_become_one() {
    let scene = Scene::new().await;
    let name = |n: u32| named("vendor:1", &format!("v{n}"), Evidence::Recorded);
    scene
        .store
        .ingest(ingest(connection(1), vec![received("m0", 1_000, name(0), "hello")]))
        .await
        .expect("taken");
    let reader = scene.store.clone();
    let (done, mut stop) = tokio::sync::oneshot::channel::<()>();
    let reading = tokio::spawn(async move {
        let mut most = 0;
        while stop.try_recv().is_err() {
            let found = reader.profile_by(&name(0).identifier).await.expect("read");
            let person = found.expect("there is always somebody");
            assert!(person.identifiers.len() >= most, "nothing that was joined is missing");
            most = person.identifiers.len();
            let timeline = reader.timeline(&person.id, &PageRequest::first(200)).await.expect("read");
            assert!(!timeline.items.is_empty(), "a former id has the person's timeline");
        }
    });
    // Each is heard of earlier than all before, so that the person has another id after every merge.
    for n in 1..40 {
        let at = 1_000 - i64::from(n);
        let both = vec![name(n), name(n - 1)];
        let said = vec![
            received(&format!("m{n}"), at, name(n), "hello"),
            said(&format!("c{n}"), at, both, Body::CustomerDeleted(CustomerRef { id: "1".into() })),
        ];
        for one in said {
            scene.store.ingest(ingest(connection(1), vec![one])).await.expect("taken");
        }
    }
    done.send(()).expect("still read");
    reading.await.expect("whole at every time");
    let person = scene.store.profile_by(&name(0).identifier).await.expect("read").expect("known");
    assert_eq!(person.identifiers.len(), 40);
}
