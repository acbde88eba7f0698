//! A large hub: what its size does to ingest, look-ups and disk, and what it is that one person has ten thousand
//! events.
//!
//! A generated history fills a database, but for its end. That goes into the full database and into an empty one
//! by turns, some thousand events each, so that both meet the same machine; then the engine itself writes the
//! rows that the empty one has by then, without a hub, for how fast it is.
//!
//! `cargo bench --bench scale`, or with people and events: `cargo bench --bench scale -- 1000000 10000000`, which
//! takes an hour or two and 20 GB in the temporary folder. On PostgreSQL with `--engine postgres://USER@HOST/DATABASE`,
//! whose user may make databases: they are called `scale_…` and are there afterwards.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../support/engine.rs"]
mod engine;
#[path = "../support/figure.rs"]
mod figure;
mod many;
mod one;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use switchboard::generate::{Plan, Said, Sources};
use switchboard::model::id::{ConnectionId, ProfileId};
use switchboard::store::{Ingest, PageRequest, Store};

/// The entries of a page: the API's default.
const PAGE: u32 = 50;

fn main() {
    let given: Vec<String> = std::env::args().collect();
    let numbers = figure::arguments();
    let people = u32::try_from(numbers.first().copied().unwrap_or(20_000)).expect("a number of people");
    let events = numbers.get(1).copied().unwrap_or(people as usize * 10) as u64;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    let folder = tempfile::tempdir().expect("a folder");
    runtime.block_on(one::run(&given, folder.path()));
    runtime.block_on(many::run(&given, folder.path(), Plan { people, events, seed: 20_261_122 }));
}

/// The connections that speak; the same in every database.
fn sources(store: &Store) -> Sources {
    let ids = std::array::from_fn(|at| ConnectionId::random([at as u8 + 1; 16]));
    Sources { ids, key: store.id_key().clone() }
}

/// What a connection says, to be committed.
fn taken(sources: &Sources, said: Said) -> Ingest {
    Ingest {
        connection: sources.id(said.source).clone(),
        delivery: None,
        events: vec![said.event],
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    }
}

/// Ingests events, up to `depth` of them waiting or under way; how long that took.
async fn ingest(store: &Store, events: Vec<Ingest>, depth: usize) -> Duration {
    let begun = figure::now();
    let mut done = stream::iter(events).map(|one| store.ingest(one)).buffered(depth);
    while let Some(done) = done.next().await {
        done.expect("the store takes it");
    }
    begun.elapsed()
}

/// Reads what a person's page shows: the person, the first page of the timeline, and the last messages.
async fn page(store: &Store, id: &ProfileId) -> Duration {
    let first = PageRequest::first(PAGE);
    let begun = figure::now();
    store.profile(id).await.expect("reads").expect("somebody");
    store.timeline(id, &first).await.expect("reads");
    store.messages(id, &first).await.expect("reads");
    begun.elapsed()
}

/// The most memory that this process had, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() >> 10
}
