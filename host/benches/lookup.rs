//! How long it takes to find a person by an identifier, and to read the first page of their timeline, among
//! 10,000 people and among many more. Times are of `Store`'s calls, with the default settings, after a start.
//!
//! `cargo bench --bench lookup` fills a database with 100,000 people; for the figures of the README run
//! `cargo bench --bench lookup -- 1000000`, which takes some minutes and 3 GB in the temporary folder.

#[path = "support/figure.rs"]
mod figure;

use std::path::Path;
use std::sync::Arc;

use figure::{Target, median, ms};
use switchboard::ambient::Ambient;
use switchboard::model::event::{Attribute, Body, Content, Message, NewEvent};
use switchboard::model::id::ConnectionId;
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::store::{Ingest, PageRequest, Store, StoreOptions};

/// How many people are looked up.
const SAMPLE: usize = 1_000;
/// How many messages those have; all others have one.
const MESSAGES: usize = 60;
/// The entries of a page: the API's default.
const PAGE: u32 = 50;
/// Events of one commit while the database is filled.
const GROUP: usize = 4_096;

fn main() {
    let many = figure::arguments().first().copied().unwrap_or(100_000);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    for people in [10_000, many] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.db");
        runtime.block_on(fill(&path, people));
        runtime.block_on(look(&path, people));
    }
}

/// Who is looked up: spread over everybody.
fn sample(people: usize) -> impl Iterator<Item = usize> {
    (0..SAMPLE).map(move |at| at * (people / SAMPLE))
}

async fn fill(path: &Path, people: usize) {
    // A large cache for the filling only.
    let options = StoreOptions { group: GROUP, queue: GROUP, cache_kib: 1 << 20, ..StoreOptions::at(path) };
    let store = Store::open(&options, Ambient::system()).await.expect("opens");
    let begun = figure::now();
    let mut events = 0;
    let further = sample(people).flat_map(|person| (1..MESSAGES).map(move |n| (person, n)));
    let mut all = (0..people).map(|person| (person, 0)).chain(further).peekable();
    while all.peek().is_some() {
        let group: Vec<_> =
            all.by_ref().take(GROUP).map(|(person, n)| store.ingest(message(person, n))).collect();
        events += group.len();
        for done in futures_util::future::join_all(group).await {
            done.expect("the store takes it");
        }
    }
    store.close().await;
    let size = std::fs::metadata(path).map_or(0, |about| about.len()) >> 20;
    println!(
        "{people} people, {events} events: {size} MiB, filled in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
}

fn phone(person: usize) -> Identifier {
    Identifier::new("phone", format!("+49170{person:08}")).expect("an identifier")
}

fn message(person: usize, n: usize) -> Ingest {
    let mail = Identifier::new("email", format!("customer{person}@example.com")).expect("an identifier");
    let id = format!("wamid.{person:012}.{n:06}");
    let event = NewEvent {
        external_id: id.clone(),
        occurred_at: 1_769_860_800_000 + (n * 60_000) as i64,
        subject: vec![
            Evident { identifier: phone(person), evidence: Evidence::Verified },
            Evident { identifier: mail, evidence: Evidence::Recorded },
        ],
        attributes: vec![
            Attribute { field: "name".into(), value: format!("Customer {person}") },
            Attribute { field: "language".into(), value: "en".into() },
        ],
        body: Body::MessageReceived(Message {
            id,
            thread: None,
            reply_to: None,
            text: format!("Message {n} of customer {person}: where is my parcel? It was to come on Tuesday."),
            html: None,
            subject: None,
            content: Content::Text,
            referral: None,
        }),
        source: None,
    };
    Ingest {
        connection: ConnectionId::random([7; 16]),
        delivery: None,
        events: vec![event],
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    }
}

async fn look(path: &Path, people: usize) {
    let store = Store::open(&StoreOptions::at(path), Ambient::system()).await.expect("opens");
    let (mut profiles, mut pages) = (Vec::new(), Vec::new());
    for person in sample(people) {
        let begun = figure::now();
        let profile = store.profile_by(&phone(person)).await.expect("reads").expect("everybody is there");
        profiles.push(ms(begun.elapsed()));
        assert_eq!(profile.identifiers.len(), 2, "phone and mail");
        let begun = figure::now();
        let page = store.timeline(&profile.id, &PageRequest::first(PAGE)).await.expect("reads");
        pages.push(ms(begun.elapsed()));
        assert_eq!(page.items.len(), PAGE as usize, "a full page");
    }
    for (what, mut times, target) in
        [("profile by identifier", profiles, 1.0), ("page of the timeline", pages, 3.0)]
    {
        let middle = median(times.iter().copied());
        times.sort_unstable_by(f64::total_cmp);
        let p99 = times[times.len() * 99 / 100];
        println!(
            "  {what}: median {middle:.3} ms, p99 {p99:.3} ms ({})",
            Target::AtMost(target).judge(middle)
        );
    }
    store.close().await;
}
