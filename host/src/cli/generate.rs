//! `switchboard dev generate`: a database full of made-up people.

use std::sync::Arc;

use anyhow::{Context, bail};
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::args::Generate;
use super::open;
use super::output::{Output, count, size};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::generate::{History, Plan, Said, Source, Sources};
use crate::store::{Ingest, Ingested, Location, NewConnection, Store, StoreError};

/// The name of the database in a folder that was named.
const FILE: &str = "switchboard.db";

/// What came of it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Done {
    /// People that the database holds.
    people: u64,
    /// Events that are new.
    events: u64,
    /// Events that were there already, as a few come twice.
    repeated: u64,
    /// How long it took, in seconds.
    seconds: f64,
    /// The size of the database, in bytes.
    bytes: u64,
    /// Whether it was stopped before its end.
    stopped: bool,
}

/// Generates.
pub(super) async fn run(command: &Generate, mut config: Config, out: &Output) -> anyhow::Result<()> {
    let Generate { people, events, seed, .. } = *command;
    let plan = Plan { people, events, seed }.check()?;
    if let Some(folder) = &command.data {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        config.storage.path = folder.join(FILE);
        config.storage.server = None;
    }
    let place = config.store().location();
    let store = open::store(&config).await?;
    // What waits is the next group, so the writer never waits for us.
    let depth = (2 * config.storage.group).clamp(1, config.storage.queue);
    let done = match empty(&store, command.into_existing, &place).await {
        Ok(()) => fill(&store, plan, depth).await,
        Err(error) => Err(error),
    };
    store.close().await;
    let done = done?;
    out.data(&done, || words(&done, &place));
    Ok(())
}

/// Lets nobody's own data be mixed with made-up people by mistake.
async fn empty(store: &Store, into_existing: bool, place: &Location) -> anyhow::Result<()> {
    let (events, connections) = (store.last_seq().await?, store.connections().await?.len());
    if into_existing || (events == 0 && connections == 0) {
        return Ok(());
    }
    bail!(
        "{} holds data already ({} and {}); name a folder for another database with `--data DIR`, or add made-up \
         people to this one with `--into-existing`",
        place,
        count(events.unsigned_abs(), "event"),
        count(connections as u64, "connection"),
    )
}

async fn fill(store: &Store, plan: Plan, depth: usize) -> anyhow::Result<Done> {
    let clock = Ambient::system();
    let sources = Sources { ids: connections(store).await?, key: store.id_key().clone() };
    let history = History::new(plan, sources.clone())?;
    let bar = bar(plan.events);
    let begun = clock.now_ms();
    let mut done = Done::default();
    // No further event is begun once the person at the terminal has had enough; those begun are committed.
    let enough = Box::pin(tokio::signal::ctrl_c());
    let mut until = stream::iter(history).take_until(enough);
    let mut results = (&mut until).map(|said| ingest(store, &sources, said)).buffered(depth);
    while let Some(result) = results.next().await {
        let ingested = result.with_context(|| {
            format!("the database takes no more; {} are in it", count(done.events, "event"))
        })?;
        done.events += ingested.appended.len() as u64;
        done.repeated += ingested.duplicates as u64;
        bar.set_position(done.events);
    }
    drop(results);
    done.stopped = until.take_result().is_some();
    bar.finish_and_clear();
    done.seconds = (clock.now_ms() - begun) as f64 / 1_000.0;
    done.people = store.people().await?;
    done.bytes = store.bytes().await?;
    Ok(done)
}

/// Connections to say so, removed at once: no plugin runs for them, and their titles stay.
async fn connections(store: &Store) -> Result<[crate::model::id::ConnectionId; 7], StoreError> {
    let mut ids = Vec::with_capacity(Source::ALL.len());
    for source in Source::ALL {
        let new = NewConnection {
            plugin: "generated".to_owned(),
            title: source.title().to_owned(),
            settings: serde_json::json!({}),
            priority: if matches!(source, Source::Shop | Source::Crm) { 10 } else { 0 },
            region: None,
            secrets: Vec::new(),
        };
        let connection = store.add_connection(new).await?;
        store.remove_connection(&connection.id).await?;
        ids.push(connection.id);
    }
    Ok(ids.try_into().unwrap_or_else(|_| unreachable!("one for each source")))
}

async fn ingest(store: &Store, sources: &Sources, said: Said) -> Result<Ingested, StoreError> {
    let ingest = Ingest {
        connection: sources.id(said.source).clone(),
        delivery: None,
        events: vec![said.event],
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    };
    store.ingest(ingest).await
}

fn bar(events: u64) -> ProgressBar {
    let bar = ProgressBar::new(events);
    let style = "Generating [{wide_bar}] {pos}/{len} events, {per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

fn words(done: &Done, place: &Location) -> String {
    let Done { people, events, repeated, seconds, bytes, stopped } = done;
    format!(
        "{}{} and {} in {} ({}, {:.0} bytes an event).\nIt took {seconds:.1} s, {:.0} events a second; {repeated} more came a \
         second time and were left out.",
        if *stopped { "Stopped early. " } else { "" },
        count(*people, "profile"),
        count(*events, "event"),
        place,
        size(*bytes),
        *bytes as f64 / (*events).max(1) as f64,
        *events as f64 / seconds.max(0.001),
    )
}
