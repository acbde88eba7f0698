//! What a connection's neighbour notices of it: the rate of an honest connection's deliveries while a hostile
//! guest loops on another one, beside the rate without. Both are measured by turns on the same hub (calm,
//! attacked, calm, attacked, …, calm); every attacked round is divided by the mean of its two calm neighbours, and
//! the median of these ratios is shown with its target, so that a machine that is slow for a while takes no part.
//!
//! `cargo bench --bench isolation`, or with the attackers to measure, and rounds, deliveries of a round, and the
//! hostile requests that are under way at once: `cargo bench --bench isolation -- panics nagger/write 3 4000 2`.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "support/figure.rs"]
mod figure;
#[path = "../tests/guests/mod.rs"]
mod guests;
#[path = "support/hub.rs"]
mod hub;
#[path = "support/load.rs"]
mod load;
#[path = "support/vendor.rs"]
mod vendor;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use figure::{Target, median, ms};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hub::connect;
use load::Run;
use sha2::Sha256;
use switchboard::ambient::Ambient;
use switchboard::app::App;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vendor::Vendor;

const CONNECTIONS: usize = 32;
const PEOPLE: usize = 5_000;
/// Deliveries before the clock runs.
const WARM_UP: usize = 1_000;
const ENTRY: &str = "an-entry-of-thirty-two-characters";

/// Each guest with the path that has it misbehave.
const ATTACKERS: [(&str, &str); 16] = [
    ("loop", ""),
    ("start-loop", ""),
    ("recursion", ""),
    ("memory-bomb", ""),
    ("table-bomb", ""),
    ("huge-return", ""),
    ("many-in-one", ""),
    ("bad-utf8", ""),
    ("panics", ""),
    ("waiter", "/sleep"),
    ("nagger", "/read"),
    ("nagger", "/write"),
    ("nagger", "/sign"),
    ("nagger", "/denied"),
    ("chatterbox", "/log?size=100000"),
    ("flooder", "/events?size=10000"),
];

fn main() {
    let given = figure::arguments();
    let number = |at: usize, default| given.get(at).copied().unwrap_or(default);
    let (rounds, count, at_once) = (number(0, 3), number(1, 4_000), number(2, 2));
    let plugins = tempfile::tempdir().expect("a folder");
    hub::build(&["plugins/whatsapp"], plugins.path());
    let named: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |guest: &str, path: &str| {
        let full = format!("{guest}{path}");
        named.iter().any(|name| name == guest || full.split('?').next() == Some(name))
    };
    let any = ATTACKERS.iter().any(|(guest, path)| wanted(guest, path));
    let attackers: Vec<_> =
        ATTACKERS.into_iter().filter(|(guest, path)| !any || wanted(guest, path)).collect();
    for (guest, _) in &attackers {
        let path = plugins.path().join(format!("{guest}.wasm"));
        std::fs::write(path, guests::guest(guest)).expect("the guest's file");
    }
    println!(
        "{rounds} rounds by turns, {count} deliveries each over {CONNECTIONS} connections; {at_once} hostile requests at once"
    );
    for (guest, path) in attackers {
        // As many threads as cores, as the hub itself has; the load is made on them too.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("starts");
        runtime.block_on(compare(guest, path, plugins.path(), rounds, count, at_once));
    }
}

async fn compare(guest: &str, path: &str, plugins: &Path, rounds: usize, count: usize, at_once: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let running =
        App::start(hub::config(folder.path(), plugins), Ambient::system()).await.expect("the hub starts");
    let honest = Vendor::WhatsApp;
    let hook = connect(&running, honest.plugin(), honest.settings(), &honest.secrets()).await;
    let settings = serde_json::json!({ "base_url": "https://vendor.example" });
    let declared = guests::manifest(guest);
    let settings = if declared.contains("base_url") { settings } else { serde_json::json!({}) };
    let bad =
        connect(&running, guest, settings, &[("entry", ENTRY), ("signing", ENTRY), ("token", ENTRY)]).await;
    let mut next = 0;
    let mut measure = async |count: usize| {
        let deliveries = honest.deliveries(next..next + count, PEOPLE);
        next += count;
        let requests = deliveries.iter().map(|(headers, body)| load::post(&hook, headers, body)).collect();
        load::run(running.addr, Arc::new(requests), CONNECTIONS).await
    };
    measure(WARM_UP).await;
    let (mut calm, mut attacked, mut attacks) = (vec![measure(count).await], Vec::new(), 0);
    for _ in 0..rounds {
        let attack = Attack::begin(running.addr, &bad, path, at_once);
        attacked.push(measure(count).await);
        attacks += attack.end().await;
        calm.push(measure(count).await);
    }
    running.stop().await;
    let rate = |runs: &[Run]| median(runs.iter().map(|run| run.rate));
    let p99 = |runs: &[Run]| median(runs.iter().map(|run| ms(run.p99)));
    let ratios: Vec<f64> = attacked
        .iter()
        .zip(calm.windows(2))
        .map(|(run, around)| run.rate / f64::midpoint(around[0].rate, around[1].rate))
        .collect();
    let (low, high) =
        ratios.iter().fold((f64::MAX, 0.0_f64), |(low, high), ratio| (low.min(*ratio), high.max(*ratio)));
    let ratio = median(ratios);
    println!(
        "{:<28} {:>6.0}/s of {:>6.0}/s  p99 {:>6.1} ms of {:>5.1} ms  {attacks:>6} attacks  {ratio:.2} ({low:.2} to {high:.2}; {})",
        format!("{guest}{path}"),
        rate(&attacked),
        rate(&calm),
        p99(&attacked),
        p99(&calm),
        Target::AtLeast(0.8).judge(ratio)
    );
}

/// Hostile requests without end, each begun when one before it was answered.
struct Attack {
    over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    loops: Vec<tokio::task::JoinHandle<()>>,
}

impl Attack {
    fn begin(addr: SocketAddr, hook: &str, path: &str, at_once: usize) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(ENTRY.as_bytes()).expect("any key fits");
        mac.update(b"{}");
        let signature = ("x-signature".to_owned(), hex::encode(mac.finalize().into_bytes()));
        let request = Arc::new(load::post(&format!("{hook}{path}"), &[signature], b"{}"));
        let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let loops = (0..at_once).map(|_| {
            let (over, answered, request) = (Arc::clone(&over), Arc::clone(&answered), Arc::clone(&request));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(addr).await.expect("the hub listens");
                let mut buffer = vec![0u8; 64 * 1024];
                while !over.load(Ordering::Relaxed) {
                    stream.write_all(&request).await.expect("the hub reads");
                    let read = stream.read(&mut buffer).await.expect("the hub answers");
                    // 503 is for those who said more than their share.
                    let taken = [b"HTTP/1.1 200", b"HTTP/1.1 503"]
                        .iter()
                        .any(|head| buffer[..read].starts_with(*head));
                    assert!(taken, "{}", String::from_utf8_lossy(&buffer[..read]));
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        let loops = loops.collect();
        Self { over, answered, loops }
    }

    /// Ends it, and says how many requests were answered.
    async fn end(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        for one in self.loops {
            // One that still waits is broken off: its call ends with it.
            one.abort();
            assert!(!one.await.is_err_and(|error| error.is_panic()), "the hub refused a hostile request");
        }
        self.answered.load(Ordering::Relaxed)
    }
}
