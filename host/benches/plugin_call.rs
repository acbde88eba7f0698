//! What one call of a plugin costs: a fresh instance and the call, beside the same parse natively; and
//! what a live instance holds. Prints figures and their ratios to the targets.
//!
//! Run with `cargo bench --bench plugin_call`. Absolute figures drift between runs and machines: compare
//! the ratios, which come from one run.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../tests/guests/mod.rs"]
mod guests;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use guests::{Memory, connection, guest};
use serde_json::json;
use switchboard::ambient::Ambient;
use switchboard::plugin::{Binding, Plugin, Runtime, RuntimeOptions, WebhookRequest};
use switchboard_guests::{DELIVERY, translate};

/// The most that a call may cost above the native parse.
const TARGET_ABOVE: Duration = Duration::from_micros(30);
/// The most memory of one of a thousand live instances.
const TARGET_LIVE: usize = 80 << 10;
const LIVE: u32 = 1_000;

fn main() {
    let threads =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("starts");

    let native = median(20_000, || drop(black_box(translate(black_box(DELIVERY)).expect("parses"))));
    println!("native parse of {} bytes:      {:>9.2?}", DELIVERY.len(), native);

    let (honest, binding) = one.block_on(load("honest", 64));
    one.block_on(async {
        let empty = median_async(5_000, || call(&honest, &binding, b"")).await;
        println!("fresh instance, call refused:     {empty:>9.2?}");
        let full = median_async(20_000, || call(&honest, &binding, DELIVERY.as_bytes())).await;
        println!("fresh instance, call and parse:   {full:>9.2?}");
        let above = full.saturating_sub(native);
        println!(
            "above the native parse:           {above:>9.2?}   {} of the {TARGET_ABOVE:?} allowed",
            ratio(above, TARGET_ABOVE)
        );
    });

    let per_second = threads.block_on(throughput(&honest, &binding));
    println!("calls on two threads:             {per_second:>9} /s");

    let live = threads.block_on(live());
    println!(
        "a live instance among {LIVE}:     {:>9} KiB  {:.2} of the {} KiB allowed",
        live >> 10,
        live as f64 / TARGET_LIVE as f64,
        TARGET_LIVE >> 10
    );
}

fn ratio(is: Duration, may: Duration) -> String {
    format!("{:.2}", is.as_secs_f64() / may.as_secs_f64())
}

async fn load(name: &str, instances: u32) -> (Plugin, Arc<Binding>) {
    // All of them are one connection's here, which a hub would not allow.
    let options = RuntimeOptions {
        instances,
        per_connection: instances,
        connection_memory: usize::MAX,
        ..RuntimeOptions::default()
    };
    let runtime = Runtime::new(&options, Arc::new(Memory::default()), Ambient::system()).expect("starts");
    let plugin = runtime.load(&guest(name)).await.expect("loads");
    let settings = json!({ "base_url": "https://api.example.com" });
    let binding =
        Binding::new(&plugin, connection(), &settings, "https://hub.example/hooks/x").expect("binds");
    (plugin, binding)
}

async fn call(plugin: &Plugin, binding: &Arc<Binding>, body: &[u8]) {
    let headers: [(String, String); 0] = [];
    let request =
        WebhookRequest { method: "POST", path: "", query: &[], headers: &headers, body, verified: true };
    let _ = black_box(plugin.webhook(binding, request).await);
}

fn median(rounds: usize, mut what: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let began = Instant::now();
            what();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[rounds / 2]
}

async fn median_async<F: Future<Output = ()>>(rounds: usize, mut what: impl FnMut() -> F) -> Duration {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let began = Instant::now();
        what().await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times[rounds / 2]
}

async fn throughput(plugin: &Plugin, binding: &Arc<Binding>) -> u64 {
    const EACH: u64 = 20_000;
    let began = Instant::now();
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (plugin, binding) = (plugin.clone(), Arc::clone(binding));
            tokio::spawn(async move {
                for _ in 0..EACH {
                    call(&plugin, &binding, DELIVERY.as_bytes()).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("runs");
    }
    (2.0 * EACH as f64 / began.elapsed().as_secs_f64()) as u64
}

/// Resident bytes for each of many instances that all wait.
async fn live() -> usize {
    let (plugin, binding) = load("misdeeds", LIVE).await;
    let before = resident();
    let waiting: Vec<_> = (0..LIVE)
        .map(|_| {
            let (plugin, binding) = (plugin.clone(), Arc::clone(&binding));
            tokio::spawn(async move {
                let query = [("size".to_owned(), "4000".to_owned())];
                let request = WebhookRequest {
                    method: "GET",
                    path: "/sleep",
                    query: &query,
                    headers: &[],
                    body: b"",
                    verified: true,
                };
                plugin.webhook(&binding, request).await.map(drop)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let during = resident();
    for one in waiting {
        one.await.expect("runs").expect("sleeps");
    }
    during.saturating_sub(before) / LIVE as usize
}

/// This process's resident memory in bytes; 0 where the system does not tell.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
