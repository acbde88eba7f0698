//! Budgets of one connection hold, say how to raise them, and what is used is counted and kept.

mod guests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use guests::{Memory, connection, guest};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use switchboard::ambient::{Ambient, ManualClock};
use switchboard::author::harness::case::{Case, Shared};
use switchboard::author::harness::{Harness, Verdict};
use switchboard::config::Config;
use switchboard::model::delivery::DeliveryState;
use switchboard::model::id::ConnectionId;
use switchboard::model::limit::{Change, Limit, Overrides};
use switchboard::pipeline::{AddConnection, Hub, Incoming, LimitError};
use switchboard::plugin::{
    Binding, CallError, Plugin, Runtime, RuntimeOptions, WebhookOutcome, WebhookRequest,
};
use switchboard::store::{DeliveryFilter, PageRequest, Store, UsageFilter};
use tempfile::TempDir;
use zeroize::Zeroizing;

struct Scene {
    runtime: Runtime,
    plugin: Plugin,
    binding: Arc<Binding>,
    clock: ManualClock,
}

fn options() -> RuntimeOptions {
    let mut options = RuntimeOptions { instances: 8, ..RuntimeOptions::default() };
    options.limits.memory = 16 << 20;
    options.limits.cpu = Duration::from_millis(300);
    options
}

fn overrides(changes: &[&str]) -> Overrides {
    let mut overrides = Overrides::default();
    for change in changes {
        let change: Change = change.parse().expect("a change");
        overrides.set(change.limit, change.value.expect("a value"));
    }
    overrides
}

impl Scene {
    async fn new(name: &str, options: RuntimeOptions, base: &str, changes: &[&str]) -> Self {
        let clock = ManualClock::at(1_769_860_800_000);
        let ambient = Ambient { clock: Arc::new(clock.clone()), ..Ambient::system() };
        let runtime = Runtime::new(&options, Arc::new(Memory::default()), ambient).expect("starts");
        let plugin = runtime.load(&guest(name)).await.expect("loads");
        let settings = json!({"base_url": base, "other_url": base, "client_id": "c"});
        let url = "https://hub.example/hooks/x";
        let binding = Binding::with_limits(&plugin, connection(), &settings, url, &overrides(changes));
        Self { runtime, plugin, binding: binding.expect("binds"), clock }
    }

    async fn ask(&self, path: &str, body: &str) -> Result<WebhookOutcome, CallError> {
        let body = body.as_bytes();
        let request = WebhookRequest { method: "POST", path, query: &[], headers: &[], body, verified: true };
        self.plugin.webhook(&self.binding, request).await
    }

    async fn budget(&self, path: &str, body: &str) -> String {
        match self.ask(path, body).await {
            Err(error @ CallError::Budget { .. }) => error.to_string(),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connections_own_budget_outranks_the_configuration_and_says_how_to_raise_it() {
    // On a machine that others load, taking memory takes long; that is not what is looked at.
    let scene = Scene::new("misdeeds", options(), "https://a.example", &["memory=32MiB", "cpu=20s"]).await;
    let told = scene.budget("/memory", "").await;
    assert!(told.contains("32 MiB memory"), "more than the configuration's: {told}");
    let command = format!("`switchboard connection limit {} memory=…`", connection());
    assert!(told.contains(&command) && told.contains("`plugin.limits.memory`"), "{told}");
    let scene = Scene::new("misdeeds", options(), "https://a.example", &["cpu=150ms"]).await;
    let told = scene.budget("/loop", "").await;
    assert!(told.contains("150ms computing time") && told.contains(" cpu=…"), "less than it: {told}");
    assert_eq!(scene.binding.limits().get(Limit::Cpu), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_used_up_its_minute_is_not_run_until_it_comes_back() {
    let scene = Scene::new("misdeeds", options(), "https://a.example", &["cpu-per-minute=500ms"]).await;
    assert!(scene.budget("/loop", "").await.contains("300ms computing time"), "one call's is smaller");
    let told = scene.budget("/loop", "").await;
    assert!(told.contains("500ms computing time a minute") && told.contains(" cpu-per-minute=…"), "{told}");
    let calls = scene.plugin.usage().calls;
    let told = scene.budget("/events/good", "").await;
    assert!(told.contains("computing time a minute"), "{told}");
    assert_eq!(scene.plugin.usage().calls, calls, "the plugin was not run");
    scene.clock.advance(61_000);
    assert_eq!(scene.ask("/events/good", "").await.map(|outcome| outcome.events.len()), Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_harness_ends_calls_over_a_budget_with_the_hubs_words() {
    let mut options = options();
    options.limits.log_lines = 5;
    options.limits.kv_total = 10_000;
    let harness = Harness::new(&guest("packrat"), &options).await.expect("comes up");
    for (kind, budget, key) in [
        ("action", "5 log lines", "plugin.limits.log_lines"),
        ("send", "10 000 bytes key-value data", "plugin.limits.kv_total"),
    ] {
        let case = match kind {
            "action" => json!({"action": {"name": "anything", "input": {}}, "expect": {"output": {}}}),
            _ => json!({"send": {"correlation": "out_1", "to": [], "content": {"text": "Hi"}, "attempt": 1},
                "expect": {"receipt": {}}}),
        };
        let case: Case = serde_json::from_value(case).expect("a case");
        let told = match harness.run(&case, &Shared::default()).await.expect("runs") {
            Verdict::Failed(told) => told,
            Verdict::Passed => panic!("{kind} passed"),
        };
        assert!(
            told.contains(&format!("exceeded its budget of {budget}; if it needs more, raise")),
            "{told}"
        );
        assert!(told.contains(key), "{told}");
    }
}

/// A vendor that says how many requests it had at once; its address.
async fn vendor(most: Arc<AtomicUsize>) -> String {
    let now = Arc::new(AtomicUsize::new(0));
    let slow = move || {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            let at_once = now.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(at_once, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            "answered"
        }
    };
    let app = axum::Router::new().route("/slow", axum::routing::any(slow));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_sends_more_than_it_may_is_ended() {
    let base = vendor(Arc::default()).await;
    let mut options = options();
    options.http.allow_private_hosts = vec![base.replace("http://", "")];
    let scene = Scene::new("caller", options, &base, &["http-out=64KiB"]).await;
    let call = |size: usize| {
        json!([{"method": "POST", "url": format!("{base}/slow"), "body": "x".repeat(size)}]).to_string()
    };
    let outcome = scene.ask("", &call(40_000)).await.expect("within its budget");
    assert!(String::from_utf8_lossy(&outcome.reply.body).contains("answered"));
    let told = scene.budget("", &call(100_000)).await;
    assert!(told.contains("64 KiB data sent over HTTP") && told.contains(" http-out=…"), "{told}");
    let used: Vec<_> = scene.runtime.take_usage();
    assert_eq!((used.len(), used[0].1.calls, used[0].1.failures["budget"]), (1, 2, 1));
    assert!(used[0].1.sent > 40_000 && used[0].1.received == 8 && used[0].1.requests == 2, "{:?}", used[0].1);
    assert!(used[0].1.bytes_in > 140_000 && used[0].1.cpu_us > 0, "{:?}", used[0].1);
    assert!(scene.runtime.take_usage().is_empty(), "what was taken is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_connection_share_the_places_for_requests_under_way() {
    let most = Arc::new(AtomicUsize::new(0));
    let base = vendor(Arc::clone(&most)).await;
    let mut options = options();
    options.http.allow_private_hosts = vec![base.replace("http://", "")];
    options.http.connection_concurrent = 1;
    let scene = Scene::new("caller", options, &base, &[]).await;
    let call = json!([{"method": "GET", "url": format!("{base}/slow")}]).to_string();
    let told = tokio::join!(scene.ask("", &call), scene.ask("", &call), scene.ask("", &call));
    for told in [told.0, told.1, told.2] {
        let body = told.expect("runs").reply.body;
        assert!(String::from_utf8_lossy(&body).contains("answered"), "those that waited too");
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

async fn hub(dir: &TempDir, sets: &[&str]) -> Hub {
    let at = |name: &str| dir.path().join(name).display().to_string();
    let mut all = vec![
        "plugin.approval=automatic".to_owned(),
        format!("storage.path={}", at("hub.db")),
        format!("plugin.directory={}", at("plugins")),
    ];
    all.extend(sets.iter().map(|set| (*set).to_owned()));
    let config = Arc::new(Config::load(None, [], &all).expect("a configuration"));
    let store = Store::open(&config.store(), Ambient::system()).await.expect("opens");
    Hub::start(config, "http://hub.example", store, Ambient::system()).await.expect("starts")
}

async fn rig(sets: &[&str]) -> (TempDir, Hub, ConnectionId) {
    let dir = tempfile::tempdir().expect("a folder");
    let plugins = dir.path().join("plugins");
    std::fs::create_dir(&plugins).expect("a folder");
    std::fs::write(plugins.join("misdeeds.wasm"), guest("misdeeds")).expect("writes");
    let hub = hub(&dir, sets).await;
    let secret = |name: &str| (name.to_owned(), Zeroizing::new(b"let-me-in".to_vec()));
    let add = AddConnection {
        plugin: "misdeeds".into(),
        title: None,
        settings: json!({"base_url": "https://vendor.example"}),
        priority: 0,
        region: None,
        secrets: ["token", "signing", "entry"].map(secret).to_vec(),
    };
    let id = hub.add_connection(add).await.expect("added").id;
    (dir, hub, id)
}

async fn deliver(hub: &Hub, connection: &ConnectionId, path: &str) -> u16 {
    let mut headers = HeaderMap::new();
    headers.insert("x-token", HeaderValue::from_static("let-me-in"));
    let incoming = Incoming {
        method: Method::POST,
        path: path.to_owned(),
        raw_query: String::new(),
        headers,
        body: Bytes::from_static(b"body"),
    };
    hub.receive(connection.as_str(), incoming).await.status.as_u16()
}

async fn parked(hub: &Hub) -> Vec<switchboard::model::delivery::Delivery> {
    let filter = DeliveryFilter { state: Some(DeliveryState::Parked), ..DeliveryFilter::default() };
    hub.store()
        .deliveries(&filter, &PageRequest { cursor: None, limit: 100 })
        .await
        .expect("deliveries")
        .items
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_kept_put_to_use_at_once_and_bounded_by_what_the_sandbox_is_made_for() {
    let (_dir, hub, id) = rig(&["plugin.max_memory=64MiB"]).await;
    let change = |text: &str| text.parse::<Change>().expect("a change");
    hub.change_limits(&id, &[change("memory=8MiB")]).await.expect("changed");
    assert_eq!(deliver(&hub, &id, "/memory").await, 200);
    let error = parked(&hub).await[0].error.clone().unwrap_or_default();
    assert!(error.contains("8 MiB memory"), "{error}");
    let refused = hub.change_limits(&id, &[change("memory=65MiB")]).await;
    assert!(
        matches!(&refused, Err(LimitError::TooMuch { .. })
            if refused.as_ref().is_err_and(|e| e.to_string().contains("`plugin.max_memory`"))),
        "{refused:?}"
    );
    hub.change_limits(&id, &[change("memory=default"), change("wall=3s")]).await.expect("changed");
    let kept: Vec<_> = hub.store().limits(&id).await.expect("limits").iter().collect();
    assert_eq!(kept, [(Limit::Wall, 3_000)]);
    let live = hub.connection(&id).expect("live");
    assert_eq!((live.limits().get(Limit::Wall), live.limits().get(Limit::Memory)), (3_000, 64 << 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_summed_by_the_hour_and_outlasts_a_restart() {
    let (dir, hub, id) = rig(&[]).await;
    for path in ["/events/good", "/trap", "/panic"] {
        assert_eq!(deliver(&hub, &id, path).await, 200);
    }
    let filter = UsageFilter { plugin: Some("misdeeds".into()), ..UsageFilter::default() };
    let hours = hub.usage(&filter).await.expect("usage");
    assert_eq!(hours.iter().map(|(_, hour)| hour.usage.calls).sum::<u64>(), 3);
    deliver(&hub, &id, "/events/good").await;
    hub.stop().await;
    hub.store().close().await;

    let hub = self::hub(&dir, &[]).await;
    deliver(&hub, &id, "/trap").await;
    let hours = hub.usage(&filter).await.expect("usage");
    let mut sum = switchboard::model::usage::Usage::default();
    for (plugin, hour) in &hours {
        assert_eq!((plugin.as_str(), &hour.of), ("misdeeds", &id));
        assert_eq!(hour.at % 3_600_000, 0);
        sum.merge(&hour.usage);
    }
    assert_eq!((sum.calls, sum.failures["trap"], sum.failed()), (5, 3, 3));
    assert_eq!(sum.times.iter().sum::<u64>(), 5);
    assert!(sum.cpu_us > 0 && sum.peak_memory > 0 && sum.bytes_out > 0, "{sum:?}");
    assert_eq!(sum.bytes_in, 20, "five bodies of four bytes");
    let none = UsageFilter { plugin: Some("other".into()), ..UsageFilter::default() };
    assert!(hub.usage(&none).await.expect("usage").is_empty());
}
