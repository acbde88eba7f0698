//! The sandbox holds: every limit and every grant, with guests that try.

mod guests;

use std::sync::Arc;
use std::time::Duration;

use guests::{Memory, connection, guest};
use serde_json::json;
use switchboard::ambient::{Ambient, ManualClock};
use switchboard::model::event::{Body, Json};
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::model::outbox::OutboundContent;
use switchboard::plugin::{
    AnalysisInput, Author, Binding, CallError, Limits, Line, Outbound, Plugin, PluginError, PluginSaid,
    Runtime, RuntimeOptions, WebhookOutcome, WebhookRequest, file,
};
use tokio::time::Instant;

#[path = "plugin_runtime/outgoing.rs"]
mod outgoing;

/// A guest that is loaded and bound.
struct Bound {
    runtime: Runtime,
    plugin: Plugin,
    binding: Arc<Binding>,
}

fn options() -> RuntimeOptions {
    let limits = Limits {
        memory: 16 << 20,
        cpu: Duration::from_millis(300),
        wall: Duration::from_secs(10),
        hand_back: 1 << 20,
        events: 100,
        host_calls: 50,
        kv_value: 10_000,
        kv_total: 20_000,
        ..Limits::default()
    };
    RuntimeOptions { instances: 8, limits, ..RuntimeOptions::default() }
}

async fn bound(name: &str, options: RuntimeOptions, services: Memory, base_url: &str) -> Bound {
    bound_shared(name, options, Arc::new(services), base_url).await
}

async fn bound_shared(name: &str, options: RuntimeOptions, services: Arc<Memory>, base_url: &str) -> Bound {
    let ambient = Ambient { clock: Arc::new(ManualClock::at(1_769_860_800_000)), ..Ambient::system() };
    let runtime = Runtime::new(&options, services, ambient).expect("the runtime starts");
    let plugin = runtime.load(&guest(name)).await.expect("the guest loads");
    let settings = json!({ "base_url": base_url });
    let binding =
        Binding::new(&plugin, connection(), &settings, "https://hub.example/hooks/x").expect("binds");
    Bound { runtime, plugin, binding }
}

async fn misdeeds() -> Bound {
    bound("misdeeds", options(), Memory::default(), "https://api.example.com").await
}

impl Bound {
    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<WebhookOutcome, CallError> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let query: Vec<_> = query.iter().map(own).collect();
        let headers =
            [("x-token", "let me in"), ("content-type", "text/plain")].iter().map(own).collect::<Vec<_>>();
        let request = WebhookRequest {
            method: "POST",
            path,
            query: &query,
            headers: &headers,
            body: b"",
            verified: true,
        };
        self.plugin.webhook(&self.binding, request).await
    }

    async fn says(&self, path: &str, query: &[(&str, &str)]) -> String {
        let outcome = self.ask(path, query).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        String::from_utf8(outcome.reply.body).expect("text")
    }

    async fn error(&self, path: &str, query: &[(&str, &str)]) -> CallError {
        match self.ask(path, query).await {
            Ok(outcome) => panic!("{path} was let through: {:?}", outcome.reply),
            Err(error) => error,
        }
    }

    async fn garbage(&self, path: &str, query: &[(&str, &str)]) -> String {
        match self.error(path, query).await {
            CallError::Garbage(rule) => rule,
            other => panic!("{path}: {other}"),
        }
    }

    async fn budget(&self, path: &str, query: &[(&str, &str)]) -> String {
        match self.error(path, query).await {
            error @ CallError::Budget { .. } => error.to_string(),
            other => panic!("{path}: {other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_crashes_hurts_one_call() {
    let bound = misdeeds().await;
    for path in ["/trap", "/panic", "/recursion", "/exit"] {
        let error = bound.error(path, &[]).await;
        assert!(matches!(error, CallError::Trap(_)), "{path}: {error}");
    }
    let outcome = bound.ask("/events/good", &[]).await.expect("the next call runs");
    assert_eq!(outcome.events.len(), 1);
    let usage = bound.plugin.usage();
    assert_eq!((usage.calls, usage.failures), (5, 4));
    assert!(usage.peak_memory >= 64 << 10 && usage.bytes_out > 0, "{usage:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_ends_with_its_computing_time() {
    let bound = misdeeds().await;
    // The message names the budget that ended it: not the wall's, which is longer.
    let told = bound.budget("/loop", &[]).await;
    assert!(told.contains("300ms computing time") && told.contains("plugin.limits.cpu"), "{told}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_guest_that_computes_lets_others_run() {
    let bound = misdeeds().await;
    let beat = async {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Instant::now()
    };
    let spin = async {
        bound.budget("/loop", &[]).await;
        Instant::now()
    };
    let (beat, spin) = tokio::join!(beat, spin);
    assert!(beat < spin, "one thread, and the loop let the timer run");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_counts_against_the_wall_and_not_against_computing_time() {
    let mut options = options();
    options.limits.wall = Duration::from_millis(900);
    let bound = bound("misdeeds", options, Memory::default(), "https://api.example.com").await;
    assert_eq!(bound.says("/sleep", &[("size", "500")]).await, "slept");
    let told = bound.budget("/sleep", &[("size", "60000")]).await;
    assert!(told.contains("900ms wall-clock time") && told.contains("plugin.limits.wall"), "{told}");
    assert!(bound.plugin.usage().cpu_us < 300_000, "{:?}", bound.plugin.usage());
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_limited() {
    let bound = misdeeds().await;
    let told = bound.budget("/memory", &[]).await;
    assert!(told.contains("16 MiB memory") && told.contains("plugin.limits.memory"), "{told}");
    assert!(bound.plugin.usage().peak_memory <= 16 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_hands_back_is_limited() {
    let bound = misdeeds().await;
    let told = bound.budget("/huge", &[("size", "2000000")]).await;
    assert!(told.contains("1 MiB data handed back") && told.contains("plugin.limits.hand_back"), "{told}");
    assert_eq!(bound.says("/huge", &[("size", "100000")]).await.len(), 100_000);
    let rule = bound.garbage("/events/many", &[("size", "101")]).await;
    assert!(rule.contains("plugin.limits.events"), "{rule}");
    let rule = bound.garbage("/events/deep", &[("size", "101")]).await;
    assert!(rule.contains("plugin.limits.json_depth"), "{rule}");
    let told = bound.budget("/ask", &[("size", "51")]).await;
    assert!(told.contains("plugin.limits.host_calls"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_break_the_contract_are_refused_by_name_of_the_rule() {
    let bound = misdeeds().await;
    for (path, rule) in [
        ("kind", "`message-status`: add it to `events.emit`"),
        ("namespace", "namespace"),
        ("value", "value of a `phone`"),
        ("external-id", "external id"),
        ("no-external-id", "external id"),
        ("attribute", "field"),
        ("foreign-attribute", "begins with `misdeeds.`"),
        ("source", "not JSON"),
        ("money", "decimal number"),
        ("currency", "three capitals"),
        ("time", "9999"),
    ] {
        let told = bound.garbage(&format!("/events/{path}"), &[]).await;
        assert!(told.starts_with("event 1") && told.contains(rule), "{path}: {told}");
    }
    for path in ["own-attribute", "order"] {
        assert_eq!(bound.ask(&format!("/events/{path}"), &[]).await.map(|o| o.events.len()), Ok(1), "{path}");
    }
    assert!(bound.garbage("/status", &[]).await.contains("status"));
    assert!(bound.garbage("/header", &[]).await.contains("control characters"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_nothing_of_the_machine_and_no_secret() {
    let bound = misdeeds().await;
    assert_eq!(bound.says("/world", &[]).await, "env 0 args 0 file false now 1769860800000");
    let seen = bound.says("/see", &[("token", "let me in"), ("a", "b")]).await;
    assert!(!seen.contains("let me in") && seen.contains("content-type"), "{seen}");
    assert_eq!(bound.says("/log", &[("size", "30")]).await, "logged");
    assert_eq!(bound.says("/print", &[("size", "500000")]).await, "printed");
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_values_signing_and_live_updates_keep_to_their_grants() {
    let services = Arc::new(Memory::with_secrets(&[("signing", "key")]));
    let bound = bound_shared("misdeeds", options(), Arc::clone(&services), "https://api.example.com").await;
    assert_eq!(bound.says("/kv/set", &[("size", "9000")]).await, r#"Ok("set")"#);
    assert_eq!(bound.says("/kv/get", &[]).await, r#"Ok("Some(9000)")"#);
    assert_eq!(bound.says("/kv/once", &[]).await, r#"Ok("true false")"#);
    assert_eq!(bound.says("/kv/keys", &[]).await, r#"Ok("key,once")"#);
    assert_eq!(
        bound.says("/kv/set", &[("size", "1"), ("key", "")]).await,
        r#"Err(Error::Reject("a key must not be empty"))"#
    );
    assert_eq!(bound.says("/kv/set", &[("size", "9999"), ("key", "a")]).await, r#"Ok("set")"#);

    // HMAC-SHA256 of `data` with `key`.
    let mac = "5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0";
    assert_eq!(bound.says("/sign", &[]).await, format!(r#"Ok("{mac} true false")"#));
    for secret in ["token", "unheard-of"] {
        let told = bound.says("/sign", &[("secret", secret)]).await;
        assert!(told.contains("AccessDenied"), "{told}");
    }

    assert_eq!(bound.says("/publish", &[("topic", "visitor:1")]).await, r#"Ok("published")"#);
    assert!(bound.says("/publish", &[("topic", "agents")]).await.contains("AccessDenied"));
    assert!(bound.says("/publish", &[("topic", "visitor:1"), ("payload", "{")]).await.contains("JSON"));
    assert_eq!(*services.published.lock().expect("lock"), [("visitor:1".to_owned(), "{}".to_owned())]);
    assert_eq!(bound.plugin.usage().denied, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_over_a_budget_ends_the_call_and_changes_nothing() {
    let services = Arc::new(Memory::default());
    let bound = bound_shared("misdeeds", options(), Arc::clone(&services), "https://api.example.com").await;
    let long = "k".repeat(513);
    assert_eq!(bound.says("/kv/set", &[("size", "10000"), ("key", "a")]).await, r#"Ok("set")"#);
    assert_eq!(bound.says("/kv/set", &[("size", "9000"), ("key", "b")]).await, r#"Ok("set")"#);
    for (size, key, budget, raise) in [
        ("10001", "a", "10 000 bytes in one key-value value", "kv_value"),
        ("9999", "b", "20 000 bytes key-value data", "kv_total"),
        ("1", &*long, "512 bytes in one key-value key", "kv_key"),
    ] {
        let told = bound.budget("/kv/set", &[("size", size), ("key", key)]).await;
        assert!(told.contains(budget) && told.contains(&format!("`plugin.limits.{raise}`")), "{told}");
    }
    let kept = services
        .kv
        .lock()
        .expect("lock")
        .iter()
        .map(|(key, value)| (key.clone(), value.len()))
        .collect::<Vec<_>>();
    assert_eq!(kept, [("a".to_owned(), 10_000), ("b".to_owned(), 9_000)], "as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_over_the_budget_ends_the_call() {
    let mut options = options();
    options.limits.log_lines = 20;
    let bound = bound("misdeeds", options, Memory::default(), "https://api.example.com").await;
    assert_eq!(bound.says("/log", &[("size", "20")]).await, "logged");
    let told = bound.budget("/log", &[("size", "21")]).await;
    assert!(told.contains("20 log lines") && told.contains("`plugin.limits.log_lines`"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_pool_makes_calls_wait_and_then_says_so() {
    let options = RuntimeOptions { instances: 1, queue_wait: Duration::from_millis(400), ..options() };
    let bound = Arc::new(bound("misdeeds", options, Memory::default(), "https://api.example.com").await);
    assert_eq!(bound.runtime.instances(), 1);
    let (first, second) =
        tokio::join!(bound.ask("/sleep", &[("size", "100")]), bound.ask("/events/good", &[]));
    assert!(first.is_ok() && second.is_ok(), "the second waited");
    let (_, second) = tokio::join!(bound.ask("/sleep", &[("size", "2000")]), bound.ask("/events/good", &[]));
    assert!(
        matches!(&second, Err(CallError::Unavailable(why)) if why.contains("plugin.instances")),
        "{second:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_plugin_does_everything() {
    let bound = bound("honest", options(), Memory::default(), "").await;
    let capabilities = bound.plugin.capabilities;
    assert!(capabilities.webhook && capabilities.sender && capabilities.poller);
    assert!(capabilities.actions && capabilities.assistant);

    let body = switchboard_guests::DELIVERY.as_bytes();
    let request = WebhookRequest { method: "POST", path: "", query: &[], headers: &[], body, verified: true };
    let outcome = bound.plugin.webhook(&bound.binding, request).await.expect("translates");
    assert_eq!(outcome.events[0].subject[0].identifier.to_string(), "phone:+447700900123");
    assert!(matches!(&outcome.events[0].body, Body::MessageReceived(m) if m.text.starts_with("Hello!")));

    let mut message = Outbound {
        correlation: "out_1".to_owned(),
        to: vec![Evident {
            identifier: Identifier::new("phone", "+447700900123").expect("legal"),
            evidence: Evidence::Verified,
        }],
        content: OutboundContent::Text("hi".to_owned()),
        reply_to: None,
        thread: None,
        subject: None,
        last_received_at: Some(0),
        attempt: 1,
    };
    let receipt = bound.plugin.send(&bound.binding, &message).await.expect("sends");
    assert_eq!((receipt.id.as_str(), receipt.details.len()), ("sent:out_1", 1));
    message.content = OutboundContent::Text("later".to_owned());
    let later = bound.plugin.send(&bound.binding, &message).await;
    assert_eq!(later, Err(CallError::Plugin(PluginSaid::Retry(Some(1_500)))));

    let page = bound.plugin.poll(&bound.binding, None).await.expect("polls");
    assert_eq!((page.cursor.get(), page.more, page.events.len()), ("1", true, 1));
    let page = bound.plugin.poll(&bound.binding, Some("2")).await.expect("polls");
    assert_eq!((page.cursor.get(), page.more), ("3", false));

    let input = Json::from(serde_json::value::RawValue::from_string("{\"a\":1}".to_owned()).expect("JSON"));
    let outcome = bound.plugin.act(&bound.binding, "echo", &input, "k1").await.expect("acts");
    assert_eq!(outcome.output.get(), r#"{"input":"{\"a\":1}","key":"k1"}"#);
    let lie = bound.plugin.act(&bound.binding, "lie", &input, "k1").await;
    assert!(matches!(&lie, Err(CallError::Garbage(why)) if why.contains("schema")), "{lie:?}");
    let none = bound.plugin.act(&bound.binding, "none", &input, "k1").await;
    assert!(matches!(none, Err(CallError::Unavailable(_))));

    let message = Line { author: Author::Customer, at: 0, text: "one two three".to_owned() };
    let input = AnalysisInput { message, history: Vec::new(), profile: Vec::new() };
    let findings = bound.plugin.analyse(&bound.binding, &input).await.expect("analyses");
    assert_eq!((findings[0].kind.as_str(), findings[0].label.as_str()), ("words", "3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn compiled_code_is_kept_and_believed_only_as_the_hub_wrote_it() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path().join("compiled");
    let options =
        || RuntimeOptions { cache_dir: Some(dir.clone()), instances: 8, ..RuntimeOptions::default() };
    let load = || async {
        let services = Arc::new(Memory::default());
        let runtime = Runtime::new(&options(), services, Ambient::system()).expect("starts");
        let began = Instant::now();
        runtime.load(&guest("honest")).await.expect("loads");
        began.elapsed()
    };
    let code = || {
        let entries = std::fs::read_dir(&dir).expect("folder").map(|entry| entry.expect("entry").path());
        let mut code: Vec<_> =
            entries.filter(|path| path.extension().is_some_and(|e| e == "cwasm")).collect();
        assert_eq!(code.len(), 1, "{code:?}");
        code.remove(0)
    };
    let written = || std::fs::metadata(code()).and_then(|file| file.modified()).expect("code");
    let cold = load().await;
    let first = written();
    let warm = load().await;
    eprintln!("load: {cold:?} cold, {warm:?} from the cache");
    assert_eq!(written(), first, "what is there is used, not compiled and written again");

    let good = std::fs::read(code()).expect("code");
    let mut damaged = good.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    for content in [damaged, b"foreign".to_vec(), Vec::new()] {
        std::fs::write(code(), &content).expect("writes");
        load().await;
        assert_eq!(std::fs::read(code()).expect("code").len(), good.len(), "compiled anew");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).expect("file").permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join("key")), mode(&code())), (0o700, 0o600, 0o600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_fit_is_refused_with_what_to_do() {
    let runtime = Runtime::new(&options(), Arc::new(Memory::default()), Ambient::system()).expect("starts");
    let refused = |wasm: Vec<u8>| {
        let runtime = runtime.clone();
        async move {
            match runtime.load(&wasm).await {
                Err(PluginError::File(error)) => error.to_string(),
                other => panic!("{other:?}"),
            }
        }
    };
    let honest = guest("honest");
    let text = file::read(&honest, usize::MAX).expect("reads").manifest_text;
    let without =
        file::embed(&honest, &text.replace("[sender]", "").replace("[poller]\nevery = \"5m\"", ""), &[]);
    let told = refused(without.expect("embeds")).await;
    assert!(told.contains("poller") && told.contains("[poller]"), "{told}");
    let newer = file::embed(&honest, &text.replace("contract = \"0.1\"", "contract = \"9.0\""), &[]);
    let told = refused(newer.expect("embeds")).await;
    assert!(told.contains("9.0") && told.contains("plugin.toml"), "{told}");
}
