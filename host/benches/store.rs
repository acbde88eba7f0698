//! What the store makes of the machine: `Store::ingest` in groups of 256, of 8 and alone, beside rusqlite
//! writing the same rows to the same tables: row by row with prepared statements, the same look-ups before,
//! one transaction for each group, synchronous=FULL as well. Ids and JSON are given to rusqlite ready-made,
//! so its side is the database's work and nothing else.
//!
//! `cargo bench --bench store`, or with the number of rounds: `cargo bench --bench store -- 5`.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "support/figure.rs"]
mod figure;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use figure::{Target, median};
use rusqlite::{Connection, params};
use switchboard::ambient::Ambient;
use switchboard::model::delivery::RecordedRequest;
use switchboard::model::event::{Attribute, Body, Content, Message, NewEvent};
use switchboard::model::id::ConnectionId;
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::store::{Ingest, NewDelivery, Store, StoreOptions};

const PEOPLE: usize = 5_000;
/// Group size, deliveries of a round, what is to be reached.
const GROUPS: [(usize, usize, Option<f64>); 3] =
    [(256, 25_600, Some(0.7)), (8, 8_000, Some(0.7)), (1, 2_000, None)];

fn main() {
    let rounds = figure::arguments().first().copied().unwrap_or(5);
    // On one thread a whole group is queued before the writer looks: groups have exactly the size that is meant.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("starts");
    println!("deliveries with one message each per second, {PEOPLE} people, {rounds} rounds by turns");
    for (group, count, target) in GROUPS {
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("hub.db");
            ours.push(count as f64 / runtime.block_on(ingest(&path, group, count)).as_secs_f64());
            let rows = Rows::of(&path);
            let copy = folder.path().join("plain.db");
            runtime.block_on(async { open(&copy, group).await.close().await });
            plain.push(count as f64 / rows.write(&copy, group).as_secs_f64());
            rows.assert_same(&Rows::of(&copy));
        }
        let (ours, plain) = (median(ours), median(plain));
        let ratio = ours / plain;
        let judged = target.map_or("no target".to_owned(), |target| Target::AtLeast(target).judge(ratio));
        println!(
            "groups of {group:>3}: store {ours:>6.0}/s  rusqlite {plain:>6.0}/s  ratio {ratio:.2} ({judged})"
        );
    }
}

async fn open(path: &Path, group: usize) -> Store {
    Store::open(&StoreOptions { group, ..StoreOptions::at(path) }, Ambient::system()).await.expect("opens")
}

/// Ingests `count` deliveries in groups; how long that took.
async fn ingest(path: &Path, group: usize, count: usize) -> Duration {
    let store = open(path, group).await;
    let mut groups: Vec<Vec<Ingest>> = Vec::new();
    for n in 0..count {
        if n % group == 0 {
            groups.push(Vec::with_capacity(group));
        }
        groups[n / group].push(delivery(n));
    }
    let begun = figure::now();
    for group in groups {
        let all = futures_util::future::join_all(group.into_iter().map(|one| store.ingest(one))).await;
        assert!(
            all.iter().all(|one| one.as_ref().is_ok_and(|done| done.appended.len() == 1)),
            "all is appended"
        );
    }
    let took = begun.elapsed();
    store.close().await;
    took
}

fn delivery(n: usize) -> Ingest {
    let person = (n * 7919) % PEOPLE;
    let at = 1_769_860_800_000 + n as i64;
    let text = format!(
        "{n}: {}",
        "Where is my parcel? It was to come on Tuesday, and nobody has called. ".repeat(8)
    );
    let headers =
        [("host", "hub.example"), ("content-type", "application/json"), ("user-agent", "vendor/1.0")];
    let request = RecordedRequest {
        method: "POST".into(),
        path: String::new(),
        query: String::new(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: format!("{{\"entry\":\"{}\",\"text\":\"{text}\"}}", "x".repeat(500)).into_bytes(),
        verified: true,
    };
    let id = format!("wamid.HBgNNDkxNzAxMjM0NTY3FQIAEhgUM0E{n:024}");
    let phone = Identifier::new("phone", format!("+49170{person:07}")).expect("an identifier");
    let event = NewEvent {
        external_id: id.clone(),
        occurred_at: at,
        subject: vec![Evident { identifier: phone, evidence: Evidence::Verified }],
        attributes: vec![Attribute { field: "name".into(), value: format!("Customer {person}") }],
        body: Body::MessageReceived(Message {
            id,
            thread: None,
            reply_to: None,
            text,
            html: None,
            subject: None,
            content: Content::Text,
            referral: None,
        }),
        source: None,
    };
    Ingest {
        connection: ConnectionId::random([7; 16]),
        delivery: Some(NewDelivery { received_at: at, request, replay_of: None }),
        events: vec![event],
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    }
}

type Row = Vec<rusqlite::types::Value>;

/// Every row that the deliveries became.
struct Rows {
    deliveries: Vec<Row>,
    events: Vec<Row>,
    /// By time, which each message has of its own.
    messages: HashMap<i64, Row>,
    /// By profile.
    identifiers: HashMap<String, Row>,
    profiles: HashMap<String, Row>,
    attributes: HashMap<String, Row>,
}

impl Rows {
    fn of(path: &Path) -> Self {
        let database = Connection::open(path).expect("opens");
        let all = |sql: &str| -> Vec<Row> {
            let mut statement = database.prepare(sql).expect("prepares");
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect());
            rows.expect("reads").map(|row| row.expect("a row")).collect()
        };
        let by =
            |sql: &str, column: usize| all(sql).into_iter().map(|row| (text(&row[column]), row)).collect();
        Self {
            deliveries: all("SELECT * FROM deliveries ORDER BY n"),
            events: all("SELECT * FROM events ORDER BY seq"),
            messages: all("SELECT * FROM messages").into_iter().map(|row| (int(&row[2]), row)).collect(),
            identifiers: by("SELECT * FROM identifiers", 9),
            profiles: by("SELECT * FROM profiles", 0),
            attributes: by("SELECT * FROM attributes", 0),
        }
    }

    fn assert_same(&self, other: &Self) {
        assert!(self.deliveries == other.deliveries && self.events == other.events, "the log is the same");
        assert!(
            self.messages == other.messages && self.identifiers == other.identifiers,
            "so are the messages"
        );
        assert!(self.profiles == other.profiles && self.attributes == other.attributes, "and the people");
    }

    /// Writes everything row by row; how long that took.
    fn write(&self, path: &Path, group: usize) -> Duration {
        let database = Connection::open(path).expect("opens");
        let pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA temp_store=memory";
        database.execute_batch(pragmas).expect("settings");
        let prepare = |sql: &str| database.prepare(sql).expect("prepares");
        let marks = |count: usize| vec!["?"; count].join(",");
        let insert = |verb: &str, table: &str, row: &Row| {
            prepare(&format!("{verb} INTO {table} VALUES ({})", marks(row.len())))
        };
        let some = |rows: &HashMap<String, Row>| rows.values().next().expect("a person").clone();
        let mut last = prepare("SELECT coalesce(max(seq), 0) FROM events");
        let mut known = prepare("SELECT 1 FROM events WHERE id = ?");
        let mut person = prepare(
            "SELECT i.evidence, i.seen, i.profile, p.* FROM identifiers i JOIN profiles p ON p.id = i.profile WHERE i.key = ?",
        );
        let mut message = prepare("SELECT state FROM messages WHERE id = ?");
        let mut deliveries = insert("INSERT", "deliveries", &self.deliveries[0]);
        let mut events = insert("INSERT", "events", &self.events[0]);
        let mut messages =
            insert("INSERT OR REPLACE", "messages", self.messages.values().next().expect("a message"));
        let mut identifiers = insert("INSERT OR REPLACE", "identifiers", &some(&self.identifiers));
        let mut profiles = insert("INSERT OR REPLACE", "profiles", &some(&self.profiles));
        let mut attributes = prepare(&format!(
            "INSERT INTO attributes VALUES ({}) ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at), \
             last_at = max(last_at, excluded.last_at)",
            marks(some(&self.attributes).len())
        ));
        let mut begin = prepare("BEGIN IMMEDIATE");
        let mut commit = prepare("COMMIT");
        let said: Vec<_> = self.deliveries.iter().zip(&self.events).collect();
        let begun = figure::now();
        for group in said.chunks(group) {
            begin.execute([]).expect("begins");
            last.query_row([], |row| row.get::<_, i64>(0)).expect("a number");
            for (delivery, event) in group {
                let profile = text(&event[7]);
                let identifier = &self.identifiers[&profile];
                let said = &self.messages[&int(&event[5])];
                assert!(!known.exists([&event[1]]).expect("reads"), "the event is new");
                let there = person.exists([&identifier[0]]).expect("reads");
                assert!(!message.exists([&said[0]]).expect("reads"), "the message is new");
                deliveries.execute(rusqlite::params_from_iter(delivery.iter())).expect("writes");
                events.execute(rusqlite::params_from_iter(event.iter())).expect("writes");
                if !there {
                    identifiers.execute(rusqlite::params_from_iter(identifier.iter())).expect("writes");
                }
                profiles.execute(rusqlite::params_from_iter(self.profiles[&profile].iter())).expect("writes");
                attributes
                    .execute(rusqlite::params_from_iter(self.attributes[&profile].iter()))
                    .expect("writes");
                messages.execute(rusqlite::params_from_iter(said.iter())).expect("writes");
            }
            commit.execute(params![]).expect("commits");
        }
        begun.elapsed()
    }
}

fn text(value: &rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Text(text) => text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}

fn int(value: &rusqlite::types::Value) -> i64 {
    match value {
        rusqlite::types::Value::Integer(number) => *number,
        other => panic!("not a number: {other:?}"),
    }
}
