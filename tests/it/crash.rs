//! The process is killed at random moments, again and again, and nothing that was promised is lost.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use serde_json::{Value, json};
use switchboard::ambient::{Ambient, Entropy as _, SystemEntropy};
use switchboard::model::delivery::DeliveryState;
use switchboard::model::event::Body;
use switchboard::model::message::Direction;
use switchboard::store::{DeliveryFilter, PageRequest, Store, StoreOptions};
use switchboard_tests::{Program, Vendor, plugins};

use crate::courier::Courier;
use crate::vendors::wrote;

/// How often the hub is killed while it is under load.
const KILLS: u32 = 50;
const PEOPLE: u64 = 8;
/// How long anything is waited for before it counts as never coming: far longer than it takes, also on a
/// machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(300);

/// Numbers that look random and can be had again from their seed (SplitMix64).
struct Dice(u64);

impl Dice {
    /// Seeded with the variable `SWITCHBOARD_SEED`, or anew; the seed is printed.
    fn new(test: &str) -> Self {
        let given = std::env::var("SWITCHBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let mut bytes = [0; 8];
            SystemEntropy.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        });
        eprintln!("{test}: SWITCHBOARD_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// A wait of up to `ms` milliseconds.
    async fn wait(&mut self, ms: u64) {
        tokio::time::sleep(Duration::from_micros(self.below(ms * 1_000))).await;
    }
}

/// What became of a request, as whoever sent it knows.
#[derive(Debug, Clone, Copy, Default)]
struct Fate {
    attempts: u32,
    acknowledged: bool,
}

/// Everybody outside the hub.
struct World {
    addr: RwLock<Option<SocketAddr>>,
    client: reqwest::Client,
    courier: Courier,
    misdeeds: String,
    token: String,
    conversations: Vec<String>,
    over: AtomicBool,
    next: AtomicU64,
    /// Deliveries by the number of their message.
    told: Mutex<HashMap<u64, Fate>>,
    /// Deliveries on which the plugin fails, by their number.
    failing: Mutex<HashMap<u64, Fate>>,
    /// Intents that the hub accepted: text and id.
    intents: Mutex<Vec<(String, String)>>,
}

impl World {
    fn url(&self, path: &str) -> Option<String> {
        self.addr.read().expect("nobody panicked with it").map(|addr| format!("http://{addr}{path}"))
    }

    /// Delivers to the courier; whether it was acknowledged, `None` while there is nobody to deliver to.
    async fn deliver(&self, body: &str) -> Option<bool> {
        let addr = (*self.addr.read().expect("nobody panicked with it"))?;
        Some(self.courier.deliver(addr, body).await == Some(200))
    }

    async fn post(&self, request: reqwest::RequestBuilder) -> Option<u16> {
        let answer = request.timeout(PATIENCE).send().await.ok()?;
        let status = answer.status().as_u16();
        // Acknowledged is what arrived whole.
        answer.bytes().await.ok().map(|_| status)
    }

    /// A vendor: tells of new messages, and repeats what was not acknowledged; one in five it never repeats.
    async fn vendor(&self) {
        while !self.over.load(Ordering::Relaxed) {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let phone = phone(n % PEOPLE);
            let body = json!([wrote(&format!("load-{n}"), n as i64, "hi", &[("phone", &phone, "verified")])]);
            let body = body.to_string();
            let mut fate = Fate::default();
            loop {
                match self.deliver(&body).await {
                    None => {}
                    Some(acknowledged) => {
                        fate = Fate { attempts: fate.attempts + 1, acknowledged };
                        self.told.lock().expect("nobody panicked with it").insert(n, fate);
                        if acknowledged || n.is_multiple_of(5) {
                            break;
                        }
                    }
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// A vendor whose plugin fails on every delivery; it repeats none.
    async fn failing_vendor(&self) {
        while !self.over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(url) = self.url(&format!("/hooks/{}/trap?n={n}", self.misdeeds)) else { continue };
            let request = self.client.post(url).header("x-token", "e").body("{}");
            let acknowledged = self.post(request).await == Some(200);
            let fate = Fate { attempts: 1, acknowledged };
            self.failing.lock().expect("nobody panicked with it").insert(n, fate);
        }
    }

    /// An agent: answers, and repeats nothing.
    async fn agent(&self) {
        while !self.over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let conversation = &self.conversations[(n % PEOPLE) as usize];
            let path = format!("/api/v1/conversations/{conversation}/messages");
            let Some(url) = self.url(&path) else { continue };
            let text = format!("answer {n}");
            let request = self.client.post(url).bearer_auth(&self.token);
            let request = request.json(&json!({"content": {"text": text}})).timeout(PATIENCE);
            let Ok(answer) = request.send().await else { continue };
            if answer.status() == 202
                && let Ok(item) = answer.json::<Value>().await
            {
                let id = item["id"].as_str().expect("an id").to_owned();
                self.intents.lock().expect("nobody panicked with it").push((text, id));
            }
        }
    }

    /// Whether so much was acknowledged that something is shown by nothing being lost.
    fn busy(&self) -> bool {
        let taken = |fates: &Mutex<HashMap<u64, Fate>>| {
            let fates = fates.lock().expect("nobody panicked with it");
            fates.values().filter(|fate| fate.acknowledged).count()
        };
        let intents = self.intents.lock().expect("nobody panicked with it").len();
        taken(&self.told) > 500 && taken(&self.failing) > 50 && intents > 50
    }

    async fn api(&self, path: &str) -> Value {
        let url = self.url(path).expect("the hub runs");
        let answer = self.client.get(url).bearer_auth(&self.token).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }
}

fn phone(person: u64) -> String {
    format!("+49170123450{person}")
}

/// A hub with a courier and with a plugin that fails, and everybody outside it.
async fn rig(vendor: &Vendor) -> (Program, Arc<World>) {
    let manifest = plugins::manifest("courier")
        .replace("count = 5, per = \"1s\"", "count = 2000, per = \"1s\"")
        .replace("ambiguous_wait = \"2s\"", "ambiguous_wait = \"300ms\"");
    let (courier, misdeeds) = tokio::task::spawn_blocking(move || {
        (plugins::guest("courier", &manifest), plugins::wasm("misdeeds"))
    })
    .await
    .expect("they build");
    let wasm = courier.clone();
    let mut program = Program::new(
        &[("courier", courier), ("misdeeds", misdeeds)],
        &[&vendor.allowed(), "outbox.lease=300ms", "outbox.first_wait=50ms"],
    );
    let courier = Courier::connect(&program, &wasm, &vendor.url());
    let misdeeds = program.connect(
        "misdeeds",
        &["base_url=http://127.0.0.1:9"],
        &[("token", "t"), ("signing", "s"), ("entry", "e")],
    );
    let token =
        program.told(&["token", "create", "--role", "owner"])["token"].as_str().expect("a token").to_owned();
    program.serve();
    let mut world = World {
        addr: RwLock::new(Some(program.address().await)),
        client: switchboard_tests::client(),
        courier,
        misdeeds,
        token,
        conversations: Vec::new(),
        over: AtomicBool::new(false),
        next: AtomicU64::new(PEOPLE),
        told: Mutex::default(),
        failing: Mutex::default(),
        intents: Mutex::default(),
    };
    for person in 0..PEOPLE {
        let phone = phone(person);
        let body = json!([wrote(&format!("load-{person}"), 0, "hi", &[("phone", &phone, "verified")])]);
        assert_eq!(world.deliver(&body.to_string()).await, Some(true));
        let fate = Fate { attempts: 1, acknowledged: true };
        world.told.lock().expect("nobody panicked with it").insert(person, fate);
        let found =
            world.api(&format!("/api/v1/profiles?identifier=phone:{}", phone.replace('+', "%2B"))).await;
        world.conversations.push(found["items"][0]["conversation"].as_str().expect("one").to_owned());
    }
    (program, Arc::new(world))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_however_often_the_hub_is_killed() {
    let mut dice = Dice::new("crash");
    let vendor = Vendor::start().await;
    let (mut program, world) = rig(&vendor).await;
    let mut outside = Vec::new();
    for _ in 0..4 {
        let world = Arc::clone(&world);
        outside.push(tokio::spawn(async move { world.vendor().await }));
    }
    for _ in 0..2 {
        let one = Arc::clone(&world);
        outside.push(tokio::spawn(async move { one.agent().await }));
    }
    let one = Arc::clone(&world);
    outside.push(tokio::spawn(async move { one.failing_vendor().await }));

    let (mut kills, mut early) = (0, 0);
    while kills < KILLS {
        if dice.below(5) > 0 {
            let addr = program.address().await;
            *world.addr.write().expect("nobody panicked with it") = Some(addr);
            dice.wait(500).await;
            kills += 1;
        } else {
            // Before it answers, perhaps: while it opens the database and reads what was left.
            dice.wait(150).await;
            early += 1;
        }
        program.kill();
        *world.addr.write().expect("nobody panicked with it") = None;
        program.serve();
    }
    *world.addr.write().expect("nobody panicked with it") = Some(program.address().await);
    // A slow machine gets as much done, only later.
    let load = async {
        while !world.busy() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, load).await.expect("there is load");
    world.over.store(true, Ordering::Relaxed);
    for task in outside {
        task.await.expect("nobody outside panics");
    }
    let intents = world.intents.lock().expect("nobody panicked with it").clone();
    for (_, id) in &intents {
        let sending = async {
            while world.api(&format!("/api/v1/outbox/{id}")).await["state"] != "sent" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, sending).await.unwrap_or_else(|_| panic!("{id} is never sent"));
    }
    program.stop().await;
    let store = Store::open(&StoreOptions::at(program.database()), Ambient::system()).await.expect("opens");
    let events = events_once(&store, &world).await;
    let parked = deliveries_kept(&store, &world).await;
    let sent = intents_sent(&store, &world, &vendor).await;
    let stats = store.stats().await.expect("read");
    assert_eq!(stats.outbox, 0, "nothing waits in the outbox");
    store.close().await;
    eprintln!(
        "crash: {kills} kills under load and {early} at the start; {events} events, {parked} parked, {sent} intents of \
         which {} went out more than once",
        vendor.sent().len() - sent
    );
}

/// Every acknowledged message is in the log, and none is there twice; how many there are.
async fn events_once(store: &Store, world: &World) -> usize {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut seq = 0;
    loop {
        let page = store.events_after(seq, 1_000).await.expect("the log");
        let Some(last) = page.last() else { break };
        assert_eq!(last.seq, seq + page.len() as i64, "the log has no gap");
        seq = last.seq;
        for logged in page {
            if let Body::MessageReceived(message) = logged.event.said.body {
                *seen.entry(message.id).or_default() += 1;
            }
        }
    }
    for (id, times) in &seen {
        assert_eq!(*times, 1, "{id} is in the log more than once");
    }
    for (n, fate) in world.told.lock().expect("nobody panicked with it").iter() {
        assert!(!fate.acknowledged || seen.contains_key(&format!("load-{n}")), "{n} is lost: {fate:?}");
    }
    // The fold agrees with the log.
    let mut shown = 0;
    for conversation in &world.conversations {
        shown += messages(store, conversation).await.iter().filter(|(way, _)| *way == Direction::In).count();
    }
    assert_eq!(shown, seen.len(), "conversations show what the log holds");
    seen.len()
}

/// Every acknowledged delivery is kept once; the failed ones are parked. How many are.
async fn deliveries_kept(store: &Store, world: &World) -> usize {
    let (mut told, mut failed): (HashMap<String, u32>, HashMap<String, u32>) = Default::default();
    let mut page = PageRequest::first(500);
    loop {
        let found = store.deliveries(&DeliveryFilter::default(), &page).await.expect("read");
        for delivery in found.items {
            let request = store.recorded(&delivery.id).await.expect("read").expect("kept");
            if delivery.connection.as_str() == world.misdeeds {
                assert_eq!(delivery.state, DeliveryState::Parked);
                *failed.entry(request.query).or_default() += 1;
            } else {
                assert_eq!((delivery.state, delivery.events), (DeliveryState::Done, 1));
                let body: Value = serde_json::from_slice(&request.body).expect("JSON");
                *told.entry(body[0]["id"].as_str().expect("an id").to_owned()).or_default() += 1;
            }
        }
        page.cursor = found.next;
        if page.cursor.is_none() {
            break;
        }
    }
    let check = |fates: &Mutex<HashMap<u64, Fate>>, kept: &HashMap<String, u32>, name: &str| {
        for (n, fate) in fates.lock().expect("nobody panicked with it").iter() {
            let times = kept.get(&format!("{name}{n}")).copied().unwrap_or(0);
            // A delivery that the vendor repeated may be kept for each time it was committed.
            assert!(times <= fate.attempts, "{name}{n} is kept {times} times: {fate:?}");
            assert!(times >= u32::from(fate.acknowledged), "{name}{n} is lost: {fate:?}");
        }
    };
    check(&world.told, &told, "load-");
    check(&world.failing, &failed, "n=");
    failed.len()
}

/// Every intent, acknowledged or committed all the same, reached the vendor; how many there are.
async fn intents_sent(store: &Store, world: &World, vendor: &Vendor) -> usize {
    let arrived: Vec<String> =
        vendor.sent().iter().filter_map(|sent| sent.body["text"].as_str().map(str::to_owned)).collect();
    let mut intended = Vec::new();
    for conversation in &world.conversations {
        let all = messages(store, conversation).await;
        intended.extend(all.into_iter().filter(|(way, _)| *way == Direction::Out).map(|(_, text)| text));
    }
    for (text, _) in world.intents.lock().expect("nobody panicked with it").iter() {
        assert_eq!(intended.iter().filter(|intended| *intended == text).count(), 1, "`{text}` is shown once");
    }
    for text in &intended {
        assert!(arrived.contains(text), "`{text}` was never sent");
    }
    intended.len()
}

/// The messages of a conversation: which way each went, and its text.
async fn messages(store: &Store, conversation: &str) -> Vec<(Direction, String)> {
    let id = conversation.parse().expect("an id");
    let conversation = store.conversation(&id).await.expect("read").expect("it is there still");
    let mut all = Vec::new();
    let mut page = PageRequest::first(500);
    loop {
        let found = store.messages(&conversation.profile, &page).await.expect("read");
        all.extend(found.items.into_iter().filter_map(|view| {
            let text = view.message.text().to_owned();
            view.message.content.map(|content| (content.direction, text))
        }));
        page.cursor = found.next;
        if page.cursor.is_none() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_is_cut_off_is_no_hindrance_to_the_next() {
    let mut dice = Dice::new("first start");
    for _ in 0..12 {
        let mut program = Program::new(&[], &[]);
        for _ in 0..2 {
            program.serve();
            dice.wait(120).await;
            program.kill();
        }
        program.serve();
        program.address().await;
        program.stop().await;
    }
}
