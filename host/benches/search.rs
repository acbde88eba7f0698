//! How long it takes to find people by what is typed, and how much the search takes on the disk. Times are of
//! `Store::search`'s calls for a page of 20, with the default settings, after a start.
//!
//! `cargo bench --bench search` fills a database with 100,000 people, two messages each;
//! `cargo bench --bench search -- 1000000` with as many as are asked for.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "support/figure.rs"]
mod figure;

use std::path::Path;
use std::sync::Arc;

use figure::{Target, median, ms};
use switchboard::ambient::Ambient;
use switchboard::model::event::{Attribute, Body, Content, Message, NewEvent};
use switchboard::model::id::ConnectionId;
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::model::search::{Place, Query};
use switchboard::store::{Ingest, PageRequest, Store, StoreOptions};

/// How often each kind of question is asked.
const SAMPLE: usize = 300;
/// Events of one commit while the database is filled.
const GROUP: usize = 4_096;
/// Syllables that names are made of: first names of two, last names of three.
const SYLLABLES: [&str; 24] = [
    "ka", "ro", "li", "na", "be", "to", "ma", "sen", "dor", "vi", "gu", "hel", "ja", "pe", "wal", "zu",
    "fin", "qui", "ber", "ton", "ley", "mann", "son", "ski",
];
/// Words that messages are made of.
const WORDS: [&str; 40] = [
    "parcel", "order", "where", "invoice", "broken", "kettle", "return", "refund", "Tuesday", "please",
    "delivery", "late", "address", "change", "thanks", "hello", "size", "colour", "shipping", "again", "not",
    "arrived", "yet", "my", "the", "is", "it", "can", "you", "send", "copper", "gift", "voucher", "card",
    "payment", "twice", "charged", "question", "about", "account",
];

fn main() {
    let people = figure::arguments().first().copied().unwrap_or(100_000);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hub.db");
    runtime.block_on(fill(&path, people));
    runtime.block_on(look(&path, people));
}

/// Numbers that look drawn and are the same in every run.
fn mix(n: usize) -> usize {
    let mut x = (n as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((x ^ (x >> 31)) & 0x7fff_ffff).unwrap_or(0)
}

fn word(n: usize, syllables: usize) -> String {
    (0..syllables).map(|at| SYLLABLES[mix(n.wrapping_mul(31) + at) % SYLLABLES.len()]).collect()
}

/// One of 500 first names and of 20,000 last names, the first of which many share, as it is with people.
fn name(person: usize) -> (String, String) {
    let draw = mix(person);
    let last = draw % 20_000;
    (word(draw / 7 % 500, 2), word(1_000 + last * last / 20_000, 3))
}

fn phone(person: usize) -> String {
    format!("+49170{person:08}")
}

fn mail(person: usize) -> String {
    let (first, last) = name(person);
    format!("{first}.{last}{person}@example.com")
}

fn text(person: usize, n: usize) -> String {
    (0..10).map(|at| WORDS[mix(person * 41 + n * 17 + at) % WORDS.len()]).collect::<Vec<_>>().join(" ")
        + &format!(" ticket{person}x{n}")
}

fn said(person: usize, n: usize) -> Ingest {
    let named = |namespace: &str, value: String, evidence| Evident {
        identifier: Identifier::new(namespace, value).expect("an identifier"),
        evidence,
    };
    let id = format!("wamid.{person:012}.{n:06}");
    let (first, last) = name(person);
    let event = NewEvent {
        external_id: id.clone(),
        occurred_at: 1_769_860_800_000 + (mix(person) % 10_000_000) as i64 * 1_000 + n as i64,
        subject: vec![
            named("phone", phone(person), Evidence::Verified),
            named("email", mail(person), Evidence::Recorded),
        ],
        attributes: vec![Attribute { field: "name".into(), value: format!("{first} {last}") }],
        body: Body::MessageReceived(Message {
            id,
            thread: None,
            reply_to: None,
            text: text(person, n),
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

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

async fn fill(path: &Path, people: usize) {
    // A large cache for the filling only.
    let options = StoreOptions { group: GROUP, queue: GROUP, cache_kib: 1 << 20, ..StoreOptions::at(path) };
    let store = Store::open(&options, Ambient::system()).await.expect("opens");
    let begun = figure::now();
    let mut all = (0..2).flat_map(|n| (0..people).map(move |person| (person, n))).peekable();
    while all.peek().is_some() {
        let group = all.by_ref().take(GROUP).map(|(person, n)| store.ingest(said(person, n)));
        for done in futures_util::future::join_all(group).await {
            done.expect("the store takes it");
        }
    }
    let ingested = begun.elapsed().as_secs_f64();
    store.close().await;
    let before = size(path);
    let store = Store::open(&options, Ambient::system()).await.expect("opens");
    let begun = figure::now();
    store.follow_to_end(|_, _| {}).await.expect("followed");
    let followed = begun.elapsed().as_secs_f64();
    store.close().await;
    let grown = size(path).saturating_sub(before);
    let events = people * 2;
    println!(
        "{people} people, {events} messages: taken in {ingested:.0} s, indexed in {followed:.0} s \
         ({:.0} events a second), {} MiB, of which the search {} MiB: {} bytes a person with two messages",
        events as f64 / followed,
        size(path) >> 20,
        grown >> 20,
        grown / people as u64
    );
}

/// A word with two letters that changed places.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(2, 3);
    letters.into_iter().collect()
}

async fn look(path: &Path, people: usize) {
    let store = Store::open(&StoreOptions::at(path), Ambient::system()).await.expect("opens");
    type Ask = (&'static str, fn(usize) -> String, Option<Place>);
    let kinds: [Ask; 9] = [
        ("a last name", |n| name(n).1, Some(Place::Name)),
        ("a first name, which many share", |n| name(n).0 + " ", Some(Place::Name)),
        ("both names", |n| format!("{} {}", name(n).0, name(n).1), Some(Place::Name)),
        (
            "both names, each with a slip",
            |n| format!("{} {}", slip(&name(n).0), slip(&name(n).1)),
            Some(Place::Name),
        ),
        ("four letters of a name", |n| name(n).1.chars().take(4).collect(), Some(Place::Name)),
        ("a mail address", mail, Some(Place::Identifier)),
        ("the last seven digits of a number", |n| phone(n)[7..].to_owned(), Some(Place::Identifier)),
        (
            "four words of a message",
            |n| text(n, 1).split(' ').skip(7).collect::<Vec<_>>().join(" "),
            Some(Place::Message),
        ),
        ("both names, everywhere", |n| format!("{} {}", name(n).0, name(n).1), None),
    ];
    for (what, typed, place) in kinds {
        let (mut times, mut found) = (Vec::with_capacity(SAMPLE), 0);
        for at in 0..SAMPLE {
            let person = mix(at) % people;
            let query = Query::read(&typed(person), None).expect("a query");
            let places: Vec<Place> = place.into_iter().collect();
            let begun = figure::now();
            let page = store.search(&query, &places, &PageRequest::first(20)).await.expect("searches").page;
            times.push(ms(begun.elapsed()));
            found += usize::from(!page.items.is_empty());
        }
        let middle = median(times.iter().copied());
        times.sort_unstable_by(f64::total_cmp);
        println!(
            "  {what}: median {middle:.2} ms, p99 {:.2} ms, {found} of {SAMPLE} found ({})",
            times[times.len() * 99 / 100],
            Target::AtMost(50.0).judge(middle)
        );
    }
    store.close().await;
}
