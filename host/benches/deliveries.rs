//! Signed deliveries end to end over 32 connections: the whole hub (signature, plugin in its sandbox, fold,
//! commit, answer) beside a bare handler that checks the same signature, parses natively and hands the same
//! rows to the same store. Run by turns, each on a fresh database; medians and their ratio are shown.
//!
//! `cargo bench --bench deliveries`, or with rounds and deliveries of a round:
//! `cargo bench --bench deliveries -- 5 20000`. No assistant is connected, except in the last figure.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "support/figure.rs"]
mod figure;
#[path = "support/hub.rs"]
mod hub;
#[path = "support/load.rs"]
mod load;
#[path = "support/native.rs"]
mod native;
#[path = "support/parse.rs"]
mod parse;
#[path = "support/vendor.rs"]
mod vendor;

use std::path::Path;
use std::sync::Arc;

use figure::{Target, median, ms};
use hub::{config, connect};
use load::Run;
use native::Baseline;
use switchboard::ambient::Ambient;
use switchboard::app::App;
use vendor::Vendor;

const CONNECTIONS: usize = 32;
const PEOPLE: usize = 5_000;
/// Deliveries before the clock runs: pools fill, statements are prepared, pages are warm.
const WARM_UP: usize = 2_000;

fn main() {
    let given = figure::arguments();
    let rounds = given.first().copied().unwrap_or(5);
    let count = given.get(1).copied().unwrap_or(20_000);
    let plugins = tempfile::tempdir().expect("a folder");
    hub::build(&["plugins/whatsapp", "plugins/shopify", "examples/keyword-assistant"], plugins.path());
    println!("{rounds} rounds by turns, {count} deliveries each, {CONNECTIONS} connections, {PEOPLE} people");
    for vendor in [Vendor::WhatsApp, Vendor::Shopify] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("starts");
        runtime.block_on(compare(vendor, plugins.path(), rounds, count));
    }
}

async fn compare(vendor: Vendor, plugins: &Path, rounds: usize, count: usize) {
    let (mut hub, mut bare, mut assisted) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (run, rows) = of_baseline(vendor, count).await;
        bare.push(run);
        let (run, same) = of_hub(vendor, plugins, count, false).await;
        hub.push(run);
        if round == 0 {
            assert_eq!(rows, same, "both must have written the same rows");
        }
        if vendor == Vendor::WhatsApp {
            assisted.push(of_hub(vendor, plugins, count, true).await.0);
        }
    }
    let size = vendor.deliveries(0..1, PEOPLE)[0].1.len();
    println!("\n{}, {size} bytes", vendor.title());
    let bare = show("  bare handler, same writes", &bare, None);
    let hub = show("  hub", &hub, Some(bare));
    println!(
        "    rate {:.2} of the bare handler's ({})",
        hub.0 / bare.0,
        Target::AtLeast(0.75).judge(hub.0 / bare.0)
    );
    println!("    p99 {:.2} times its p99 ({})", hub.1 / bare.1, Target::AtMost(2.0).judge(hub.1 / bare.1));
    if !assisted.is_empty() {
        show("  hub, keyword assistant at work", &assisted, Some(bare));
    }
}

/// Prints the medians of some runs: deliveries per second, and p99 in milliseconds.
fn show(title: &str, runs: &[Run], beside: Option<(f64, f64)>) -> (f64, f64) {
    let rate = median(runs.iter().map(|run| run.rate));
    let p50 = median(runs.iter().map(|run| ms(run.p50)));
    let p99 = median(runs.iter().map(|run| ms(run.p99)));
    let (low, high) =
        runs.iter().fold((f64::MAX, 0.0_f64), |(low, high), run| (low.min(run.rate), high.max(run.rate)));
    print!("{title:<34} {rate:>7.0}/s ({low:.0} to {high:.0})  p50 {p50:.2} ms  p99 {p99:.2} ms");
    println!("{}", beside.map_or(String::new(), |(of, _)| format!("  {:.2}", rate / of)));
    (rate, p99)
}

async fn of_baseline(vendor: Vendor, count: usize) -> (Run, Vec<(String, i64, i64)>) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = config(folder.path(), folder.path()).store();
    let baseline = Baseline::start(vendor, &options).await;
    let run = drive(vendor, baseline.addr, native::PATH, count).await;
    baseline.stop().await;
    (run, written(&options.path))
}

async fn of_hub(
    vendor: Vendor,
    plugins: &Path,
    count: usize,
    assistant: bool,
) -> (Run, Vec<(String, i64, i64)>) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), plugins);
    let path = config.storage.path.clone();
    let running = App::start(config, Ambient::system()).await.expect("the hub starts");
    let hook = connect(&running, vendor.plugin(), vendor.settings(), &vendor.secrets()).await;
    if assistant {
        let topics =
            serde_json::json!({ "topics": { "parcel": ["parcel", "tracking"], "refund": ["money back"] } });
        connect(&running, "keyword-assistant", topics, &[]).await;
    }
    let run = drive(vendor, running.addr, &hook, count).await;
    running.stop().await;
    (run, written(&path))
}

async fn drive(vendor: Vendor, addr: std::net::SocketAddr, path: &str, count: usize) -> Run {
    let requests = |range| {
        let deliveries = vendor.deliveries(range, PEOPLE);
        Arc::new(deliveries.iter().map(|(headers, body)| load::post(path, headers, body)).collect::<Vec<_>>())
    };
    let measured = requests(WARM_UP..WARM_UP + count);
    load::run(addr, requests(0..WARM_UP), CONNECTIONS).await;
    load::run(addr, measured, CONNECTIONS).await
}

/// How many rows each table has, and how many bytes those hold that vary in length: the two sides must agree.
fn written(path: &Path) -> Vec<(String, i64, i64)> {
    const TABLES: [(&str, &str); 8] = [
        ("deliveries", "length(headers) + length(body)"),
        ("events", "length(said)"),
        ("identifiers", "length(value)"),
        ("profiles", "length(root_name)"),
        ("attributes", "length(value)"),
        ("claims", "length(value)"),
        ("messages", "length(state)"),
        ("records", "length(name) + length(state) + length(total)"),
    ];
    let database = rusqlite::Connection::open(path).expect("the database opens");
    TABLES
        .iter()
        .map(|(table, bytes)| {
            let sql = format!("SELECT count(*), coalesce(sum({bytes}), 0) FROM {table}");
            let (rows, sum) = database
                .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
                .expect("the table is there");
            ((*table).to_owned(), rows, sum)
        })
        .collect()
}
