//! How soon the hub answers after a start, what memory it holds, and how large the plugins are: the real
//! program, started as `switchboard serve` with three plugins in the compiled cache and a connection to each.
//!
//! `cargo bench --bench start`, or with starts and deliveries of the load:
//! `cargo bench --bench start -- 11 40000`. Memory is read from Linux' /proc.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "support/figure.rs"]
mod figure;
#[path = "support/load.rs"]
mod load;
#[path = "support/vendor.rs"]
mod vendor;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use figure::{Target, median, ms};
use serde_json::{Value, json};
use switchboard::ambient::Ambient;
use switchboard::app::App;
use switchboard::author::build;
use switchboard::config::Config;
use switchboard::pipeline::AddConnection;
use vendor::Vendor;
use zeroize::Zeroizing;

const CONNECTIONS: usize = 32;

fn main() {
    let given = figure::arguments();
    let starts = given.first().copied().unwrap_or(11);
    let count = given.get(1).copied().unwrap_or(40_000);
    let folder = tempfile::tempdir().expect("a folder");
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).expect("a folder");
    for name in ["whatsapp", "shopify", "sentiment"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name);
        let built = build::build(&source, Some(&plugins), true).expect("the plugin builds");
        let kib = built.size as f64 / 1024.0;
        println!("{name}.wasm: {kib:.0} KiB ({})", Target::AtMost(400.0).judge(kib));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    let sets = sets(folder.path());
    // The first start compiles the plugins into the cache and makes the connections.
    let hooks = runtime.block_on(connect(&sets));

    let greeting = request(Vendor::WhatsApp, &hooks[0], 0..1).remove(0);
    let mut times = Vec::new();
    for _ in 0..starts {
        let (mut hub, took) = Hub::start(&sets, &greeting);
        times.push(ms(took));
        hub.stop();
    }
    let middle = median(times.iter().copied());
    println!(
        "start to the answer to a signed delivery: {middle:.0} ms, median of {starts} ({})",
        Target::AtMost(150.0).judge(middle)
    );

    let (mut hub, _) = Hub::start(&sets, &greeting);
    std::thread::sleep(Duration::from_secs(3));
    let idle = hub.memory("VmRSS");
    println!("resident, idle: {idle:.0} MiB ({})", Target::AtMost(60.0).judge(idle));
    for (vendor, hook) in [Vendor::WhatsApp, Vendor::Shopify].into_iter().zip(&hooks) {
        let requests = Arc::new(request(vendor, hook, 1..count / 2));
        let run = runtime.block_on(load::run(hub.addr, requests, CONNECTIONS));
        println!("  {}: {:.0}/s", vendor.title(), run.rate);
    }
    let peak = hub.memory("VmHWM");
    println!("resident, at most under load: {peak:.0} MiB ({})", Target::AtMost(200.0).judge(peak));
    hub.stop();
}

fn sets(folder: &Path) -> Vec<String> {
    vec![
        "receive.rate=1000000".to_owned(),
        "receive.burst=1000000".to_owned(),
        "log.filter=warn".to_owned(),
        format!("storage.path={}", folder.join("hub.db").display()),
        format!("plugin.directory={}", folder.join("plugins").display()),
        "plugin.approval=automatic".to_owned(),
    ]
}

/// Adds a connection to each plugin; where the two vendors call.
async fn connect(sets: &[String]) -> Vec<String> {
    let mut sets = sets.to_vec();
    sets.push("http.listen=127.0.0.1:0".to_owned());
    let config = Config::load(None, [], &sets).expect("the configuration holds");
    let running = App::start(config, Ambient::system()).await.expect("the hub starts");
    let mut hooks = Vec::new();
    let new = |plugin: &str, settings: Value, secrets: Vec<(&str, &str)>| AddConnection {
        plugin: plugin.to_owned(),
        title: None,
        settings,
        priority: 0,
        region: None,
        secrets: secrets
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Zeroizing::new(value.as_bytes().to_vec())))
            .collect(),
    };
    for vendor in [Vendor::WhatsApp, Vendor::Shopify] {
        let new = new(vendor.plugin(), vendor.settings(), vendor.secrets());
        let connection = running.hub.add_connection(new).await.expect("the connection is added");
        hooks.push(format!("/hooks/{}", connection.id));
    }
    running
        .hub
        .add_connection(new("sentiment", json!({}), Vec::new()))
        .await
        .expect("the connection is added");
    running.stop().await;
    hooks
}

fn request(vendor: Vendor, hook: &str, range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    vendor.deliveries(range, 5_000).iter().map(|(headers, body)| load::post(hook, headers, body)).collect()
}

/// The program, running.
struct Hub {
    child: Child,
    addr: SocketAddr,
}

impl Hub {
    /// Starts it and sends the request until it is answered; how long that took.
    fn start(sets: &[String], request: &[u8]) -> (Self, Duration) {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = free.local_addr().expect("it is bound");
        drop(free);
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.arg("serve").args(["--set", &format!("http.listen={addr}")]).stdout(Stdio::null());
        for set in sets {
            command.args(["--set", set]);
        }
        let begun = figure::now();
        let child = command.spawn().expect("the program starts");
        let hub = Self { child, addr };
        loop {
            if let Ok(mut stream) = TcpStream::connect(addr) {
                stream.write_all(request).expect("the hub reads");
                let mut answer = [0; 15];
                stream.read_exact(&mut answer).expect("the hub answers");
                let took = begun.elapsed();
                assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
                return (hub, took);
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "the hub does not answer");
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// A figure of the process' memory in MiB.
    fn memory(&self, figure: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
        let kib = line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kib.map_or(f64::NAN, |kib| kib / 1024.0)
    }

    /// Stops it as a service manager does.
    fn stop(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("`kill` runs");
        assert!(asked.success() && self.child.wait().expect("it ends").success(), "the hub stops well");
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Stopped already, unless something failed before.
        let _ = self.child.kill();
    }
}
