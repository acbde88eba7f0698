//! Three hubs serve one PostgreSQL database. One is killed under load, and nothing is lost, doubled or out of
//! order for any person.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use switchboard::ambient::Ambient;
use switchboard::model::event::Body;
use switchboard::store::{Store, StoreOptions};
use switchboard_tests::{Program, Vendor, plugins};

use crate::courier::Courier;
use crate::vendors::wrote;

#[path = "../../host/tests/postgres/mod.rs"]
mod postgres;

const HUBS: usize = 3;
const PEOPLE: u64 = 12;
/// How long anything is waited for before it counts as never coming.
const PATIENCE: Duration = Duration::from_secs(300);

/// Everybody outside the hubs.
struct World {
    /// Where the hubs are; `None` for one that is dead.
    hubs: RwLock<[Option<SocketAddr>; HUBS]>,
    client: reqwest::Client,
    courier: Courier,
    token: String,
    over: AtomicBool,
    /// How many messages of each person were acknowledged.
    told: Mutex<BTreeMap<u64, u64>>,
    /// The texts that the hubs accepted to send, by the person, in that order.
    intents: Mutex<BTreeMap<u64, Vec<(String, String)>>>,
    turns: AtomicU64,
}

impl World {
    /// The hub whose turn it is.
    fn hub(&self) -> Option<SocketAddr> {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed) as usize;
        self.hubs.read().expect("nobody panicked with it")[turn % HUBS]
    }

    /// A person writes, one message after another, each to another hub, and again until it is acknowledged.
    async fn writes(&self, person: u64) {
        let mut n = 0;
        while !self.over.load(Ordering::Relaxed) {
            let body = written(person, n);
            loop {
                if let Some(hub) = self.hub()
                    && self.courier.deliver(hub, &body).await == Some(200)
                {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            n += 1;
            self.told.lock().expect("nobody panicked with it").insert(person, n);
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    /// An agent answers a person, one message after another, each by another hub; none is repeated.
    async fn answers(&self, person: u64, conversation: String) {
        let mut n = 0;
        while !self.over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(60)).await;
            let Some(hub) = self.hub() else { continue };
            let url = format!("http://{hub}/api/v1/conversations/{conversation}/messages");
            let text = format!("{person} {n:05}");
            n += 1;
            let request = self.client.post(url).bearer_auth(&self.token).timeout(PATIENCE);
            let Ok(answer) = request.json(&json!({"content": {"text": text}})).send().await else { continue };
            if answer.status() == 202
                && let Ok(item) = answer.json::<Value>().await
            {
                let id = item["id"].as_str().expect("an id").to_owned();
                let mut intents = self.intents.lock().expect("nobody panicked with it");
                intents.entry(person).or_default().push((text, id));
            }
        }
    }

    async fn api(&self, hub: SocketAddr, path: &str) -> Value {
        let url = format!("http://{hub}{path}");
        let answer = self.client.get(url).bearer_auth(&self.token).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    fn acknowledged(&self) -> u64 {
        self.told.lock().expect("nobody panicked with it").values().sum()
    }

    fn accepted(&self) -> usize {
        self.intents.lock().expect("nobody panicked with it").values().map(Vec::len).sum()
    }

    /// Waits until so many more messages were acknowledged, and some more accepted to be sent.
    async fn load(&self, messages: u64, intents: usize) {
        let (messages, intents) = (self.acknowledged() + messages, self.accepted() + intents);
        let waiting = async {
            while self.acknowledged() < messages || self.accepted() < intents {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("there is load");
    }
}

fn phone(person: u64) -> String {
    format!("+4917012345{person:02}")
}

fn written(person: u64, n: u64) -> String {
    let phone = phone(person);
    json!([wrote(&format!("{person}-{n}"), n as i64, "hi", &[("phone", &phone, "verified")])]).to_string()
}

/// Three hubs with a courier, each a process with a folder of its own and the same key.
async fn rig(vendor: &Vendor, database: &str) -> (Vec<Program>, Arc<World>) {
    let manifest = plugins::manifest("courier")
        .replace("count = 5, per = \"1s\"", "count = 2000, per = \"1s\"")
        .replace("ambiguous_wait = \"2s\"", "ambiguous_wait = \"300ms\"");
    let wasm =
        tokio::task::spawn_blocking(move || plugins::guest("courier", &manifest)).await.expect("it builds");
    let url = format!("storage.url={database}");
    let mut hubs: Vec<Program> = (0..HUBS)
        .map(|_| {
            let sets = [&*vendor.allowed(), "outbox.lease=300ms", "outbox.first_wait=50ms", &url];
            Program::new(&[("courier", wasm.clone())], &sets)
        })
        .collect();
    let courier = Courier::connect(&hubs[0], &wasm, &vendor.url());
    let token =
        hubs[0].told(&["token", "create", "--role", "owner"])["token"].as_str().expect("a token").to_owned();
    let key = hubs[0].database().with_extension("key");
    let mut addresses = [None; HUBS];
    for (at, hub) in hubs.iter_mut().enumerate() {
        if at > 0 {
            std::fs::copy(&key, hub.database().with_extension("key")).expect("copied");
        }
        hub.serve();
        addresses[at] = Some(hub.address().await);
    }
    let world = World {
        hubs: RwLock::new(addresses),
        client: switchboard_tests::client(),
        courier,
        token,
        over: AtomicBool::new(false),
        told: Mutex::default(),
        intents: Mutex::default(),
        turns: AtomicU64::new(0),
    };
    (hubs, Arc::new(world))
}

/// Reads the live events of a hub until a message comes; it was delivered to another hub.
async fn hears(world: &World, hub: SocketAddr) {
    let url = format!("http://{hub}/api/v1/events?after=0");
    let answer = world.client.get(url).bearer_auth(&world.token).send().await.expect("an answer");
    let mut lines = answer.bytes_stream();
    let mut read = String::new();
    while !read.contains("message-received") {
        let chunk = lines.next().await.expect("the stream goes on").expect("read");
        read.push_str(&String::from_utf8_lossy(&chunk));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hubs_on_one_database_lose_double_and_disorder_nothing_when_one_is_killed() {
    let Some(database) = tokio::task::spawn_blocking(postgres::database).await.expect("asked") else {
        return;
    };
    let vendor = Vendor::start().await;
    let (mut hubs, world) = rig(&vendor, &database).await;
    let addresses = world.hubs.read().expect("nobody panicked with it").map(|hub| hub.expect("it answers"));

    // What one is told, the others show and tell at once.
    let first = written(PEOPLE, 0);
    let heard = tokio::time::timeout(PATIENCE, async {
        let told = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(world.courier.deliver(addresses[0], &first).await, Some(200));
        };
        tokio::join!(told, hears(&world, addresses[1]), hears(&world, addresses[2]))
    });
    heard.await.expect("the others hear of it");

    let mut outside = Vec::new();
    for person in 0..PEOPLE {
        let one = Arc::clone(&world);
        outside.push(tokio::spawn(async move { one.writes(person).await }));
    }
    world.load(100, 0).await;
    for person in 0..PEOPLE {
        let phone = phone(person).replace('+', "%2B");
        let found = world.api(addresses[1], &format!("/api/v1/profiles?identifier=phone:{phone}")).await;
        let conversation = found["items"][0]["conversation"].as_str().expect("one").to_owned();
        let one = Arc::clone(&world);
        outside.push(tokio::spawn(async move { one.answers(person, conversation).await }));
    }
    world.load(300, 60).await;
    hubs[1].kill();
    world.hubs.write().expect("nobody panicked with it")[1] = None;
    world.load(300, 60).await;
    // It comes back, and the others never stopped.
    hubs[1].serve();
    let back = hubs[1].address().await;
    world.hubs.write().expect("nobody panicked with it")[1] = Some(back);
    world.load(200, 40).await;
    world.over.store(true, Ordering::Relaxed);
    for task in outside {
        task.await.expect("nobody outside panics");
    }
    let intents = world.intents.lock().expect("nobody panicked with it").clone();
    for (_, id) in intents.values().flatten() {
        let sending = async {
            while world.api(addresses[0], &format!("/api/v1/outbox/{id}")).await["state"] != "sent" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, sending).await.unwrap_or_else(|_| panic!("{id} is never sent"));
    }
    for hub in &mut hubs {
        hub.stop().await;
    }

    let options = StoreOptions {
        server: Some(database.parse().expect("an address")),
        ..StoreOptions::at(hubs[0].database())
    };
    let store = Store::open(&options, Ambient::system()).await.expect("opens");
    let events = in_order_and_once(&store, &world).await;
    let rebuilt = store.rebuild(true, |_| {}).await.expect("folded anew");
    assert_eq!(rebuilt.differed, 0, "what three wrote is what one would have written");
    let stats = store.stats().await.expect("read");
    assert_eq!((stats.outbox, stats.parked), (0, 0), "nothing waits");
    store.close().await;
    let again = sent(&vendor, &intents);
    assert!(
        again <= PEOPLE as usize,
        "{again} went out twice, more than were under way when the hub was killed"
    );
    eprintln!(
        "several: {events} events and {} intents by {HUBS} hubs, one killed; {again} were under way then and went out twice",
        intents.values().map(Vec::len).sum::<usize>()
    );
}

/// Every acknowledged message is in the log, once, and those of one person in the order of their telling.
async fn in_order_and_once(store: &Store, world: &World) -> usize {
    let mut next: HashMap<u64, u64> = HashMap::new();
    let (mut seq, mut count) = (0, 0);
    loop {
        let page = store.events_after(seq, 1_000).await.expect("the log");
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for logged in page {
            let Body::MessageReceived(message) = logged.event.said.body else { continue };
            let (person, n) = message.id.split_once('-').expect("a person and a number");
            let (person, n): (u64, u64) = (person.parse().expect("one"), n.parse().expect("one"));
            let expected = next.entry(person).or_default();
            assert_eq!(n, *expected, "the messages of {person} are out of order, lost or doubled at {n}");
            *expected += 1;
            count += 1;
        }
    }
    for (person, told) in world.told.lock().expect("nobody panicked with it").iter() {
        let logged = next.get(person).copied().unwrap_or(0);
        assert!(logged >= *told, "of {person}, {told} were acknowledged and {logged} are in the log");
    }
    count
}

/// Every intent arrived, and those to one person that went out once in the order in which they were accepted;
/// how many went out more than once.
fn sent(vendor: &Vendor, intents: &BTreeMap<u64, Vec<(String, String)>>) -> usize {
    let mut arrived: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, sent) in vendor.sent().iter().enumerate() {
        arrived.entry(sent.body["text"].as_str().expect("a text").to_owned()).or_default().push(at);
    }
    for of_one in intents.values() {
        let mut last = 0;
        for (text, _) in of_one {
            let times = arrived.get(text).unwrap_or_else(|| panic!("`{text}` was never sent"));
            if let [at] = times[..] {
                assert!(at >= last, "`{text}` was overtaken");
                last = at;
            }
        }
    }
    arrived.values().filter(|times| times.len() > 1).count()
}
