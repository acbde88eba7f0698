//! `switchboard doctor` as people type it.

use serde_json::{Value, json};
use switchboard::ambient::Ambient;
use switchboard::model::outbox::OutboundContent;
use switchboard::store::{NewOutbound, Store, StoreOptions};
use switchboard_tests::{Program, plugins};

use crate::courier::Courier;
use crate::vendors::wrote;

/// What it found, and whether nothing needs attention by its exit status.
fn doctor(program: &Program, args: &[&str]) -> (Vec<Value>, bool) {
    let room = if args.contains(&"--min-free") { &[][..] } else { &["--min-free", "1 KiB"] };
    let output = program.run(&[&["doctor", "--json"], room, args].concat());
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = told["findings"].as_array().expect("findings").clone();
    let bad = findings.iter().filter(|finding| finding["ok"] == false).count();
    assert_eq!(
        (told["attention"].as_u64(), output.status.success()),
        (Some(bad as u64), bad == 0),
        "{told:#}"
    );
    (findings, bad == 0)
}

/// What needs attention: which check, and message and mend together.
fn attention(program: &Program, args: &[&str]) -> Vec<(String, String)> {
    let (findings, _) = doctor(program, args);
    let bad = findings.iter().filter(|finding| finding["ok"] == false);
    let words = |finding: &Value| format!("{} {} {}", finding["about"], finding["message"], finding["mend"]);
    bad.map(|finding| (finding["check"].as_str().expect("a name").to_owned(), words(finding))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_well_gets_a_clean_bill_and_one_that_is_not_gets_commands() {
    let wasm = plugins::wasm("courier");
    let mut program =
        Program::new(&[("courier", wasm.clone())], &["http.public_url=https://hub.example.com"]);
    let (findings, well) = doctor(&program, &[]);
    assert!(well, "before the first start: {findings:#?}");
    assert!(!program.database().exists(), "it changes nothing");

    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    let found = attention(&program, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "connection");
    let url = format!("https://hub.example.com/hooks/{}", courier.id);
    assert!(found[0].1.contains("knows of no delivery") && found[0].1.contains(&url), "{found:?}");

    program.serve();
    let addr = program.address().await;
    // The hub checks signatures against its public address, which this one's scheme does not cover.
    let body = json!([wrote("m1", 1_000, "hi", &[("phone", "+491701234567", "verified")])]).to_string();
    assert_eq!(courier.deliver(addr, &body).await, Some(200));
    let (findings, well) = doctor(&program, &["--thorough"]);
    assert!(well, "beside a hub that serves: {findings:#?}");
    let found = attention(&program, &["--silent-after", "1ms"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("the last delivery came at"), "{found:?}");

    // While it is paused, deliveries are parked.
    let _ = program.told(&["connection", "pause", &courier.id]);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let body = json!([wrote("m2", 2_000, "hi", &[("phone", "+491701234567", "verified")])]).to_string();
    assert_eq!(courier.deliver(addr, &body).await, Some(200));
    let found = attention(&program, &[]);
    assert_eq!(found.iter().map(|(check, _)| check.as_str()).collect::<Vec<_>>(), ["parked"], "{found:?}");
    assert!(found[0].1.contains(&format!("delivery replay --all --connection {}", courier.id)), "{found:?}");
    program.stop().await;

    std::fs::write(program.path().join("plugins/broken.wasm"), "no component").expect("written");
    // Younger files may still be on their way.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    let found = attention(&program, &[]);
    assert!(
        found.iter().any(|(check, words)| check == "plugin" && words.contains("broken.wasm")),
        "{found:?}"
    );
    std::fs::remove_file(program.path().join("plugins/courier.wasm")).expect("removed");
    let found = attention(&program, &[]);
    assert!(
        found.iter().any(|(check, words)| check == "connection" && words.contains("not installed")),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_or_a_database_that_fails_is_told_and_nothing_is_touched() {
    let mut program = Program::new(&[], &[]);
    program.serve();
    program.address().await;
    program.stop().await;
    let found = attention(&program, &["--min-free", "1000000 GiB"]);
    assert!(found.iter().any(|(check, words)| check == "disk" && words.contains("are left")), "{found:?}");
    let data = program.path().join("data");
    let listed =
        || std::fs::read_dir(&data).expect("listed").flatten().map(|e| e.file_name()).collect::<Vec<_>>();
    let before = listed();

    let whole = std::fs::read(program.database()).expect("read");
    let mut damaged = whole.clone();
    for page in damaged.chunks_mut(4096).skip(1).step_by(3) {
        page[..64].fill(0xA5);
    }
    std::fs::write(program.database(), &damaged).expect("written");
    let found = attention(&program, &[]);
    assert!(
        found.iter().any(|(check, words)| check == "database" && words.contains("restore FILE --force")),
        "{found:?}"
    );
    assert_eq!(std::fs::read(program.database()).expect("read"), damaged);
    std::fs::write(program.database(), "no database at all, but long enough to be taken for one")
        .expect("written");
    let found = attention(&program, &[]);
    assert!(found.iter().any(|(check, _)| check == "database"), "{found:?}");
    std::fs::write(program.database(), &whole).expect("written");
    let found = attention(&program, &[]);
    assert_eq!(found.len(), 0, "{found:?}");
    assert_eq!(listed(), before);

    program.set("http.listn=127.0.0.1:1");
    let found = attention(&program, &[]);
    assert_eq!(found[0].0, "configuration");
    assert!(found[0].1.contains("http.listen"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_that_keep_failing_and_plugins_that_are_left_alone_are_told_with_what_mends_them() {
    let manifest = plugins::manifest("panics").replace("every = \"1h\"", "every = \"1s\"");
    let wasm = plugins::guest("panics", &manifest);
    let quick = ["poller.first_wait=100ms", "poller.longest_wait=100ms", "breaker.failures=1000"];
    let mut program = Program::new(&[("panics", wasm)], &quick);
    let id = program.connect("panics", &[], &[("entry", "an-entry")]);
    let told = |program: &Program, check: &str| {
        attention(program, &[]).into_iter().find(|(of, _)| of == check).map(|(_, words)| words)
    };
    assert_eq!(told(&program, "poll"), None);
    program.serve();
    program.address().await;
    let words = until("its polls failed", || told(&program, "poll")).await;
    assert!(words.contains("polls failed") && words.contains("crashed"), "{words}");
    assert!(words.contains(&format!("switchboard connection schedule {id} --off")), "{words}");
    assert!(words.contains(&format!("switchboard connection secret {id} NAME")), "{words}");
    program.stop().await;

    program.set("breaker.failures=2");
    program.serve();
    program.address().await;
    let words = until("it is left alone", || told(&program, "breaker")).await;
    assert!(words.contains("is left alone since") && words.contains("crashed"), "{words}");
    assert!(words.contains("switchboard plugin upgrade panics FILE"), "{words}");
    assert_eq!(told(&program, "poll"), None, "one finding for one trouble");
    program.stop().await;
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..60 {
        if let Some(found) = look() {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    panic!("waited too long until {what}")
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_not_sent_are_told_with_what_sends_them() {
    let wasm = plugins::wasm("courier");
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    program.serve();
    let addr = program.address().await;
    let body = json!([wrote("m1", 1_000, "hi", &[("phone", "+491701234567", "verified")])]).to_string();
    assert_eq!(courier.deliver(addr, &body).await, Some(200));
    program.stop().await;
    let person = program.told(&["profile", "show", "phone:+491701234567"]);
    let profile = person["profile"]["id"].as_str().expect("an id");
    let store = Store::open(&StoreOptions::at(program.database()), Ambient::system()).await.expect("opens");
    let new = NewOutbound {
        connection: courier.id.parse().expect("an id"),
        profile: profile.parse().expect("an id"),
        content: OutboundContent::Text("hello".to_owned()),
        reply_to: None,
        subject: None,
        purpose: "service".into(),
        within: None,
        wait: 0,
        by: None,
    };
    for _ in 0..2 {
        store.enqueue(new.clone()).await.expect("queued");
    }
    store.close().await;
    let told = |args: &[&str]| {
        attention(&program, args).into_iter().find(|(of, _)| of == "outbox").map(|(_, words)| words)
    };
    assert_eq!(told(&[]), None, "five minutes are no delay");
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let words = told(&["--overdue-after", "1ms"]).expect("a finding");
    assert!(words.contains("1 messages wait to be sent"), "the second waits for the first: {words}");
    assert!(words.contains("`switchboard serve` sends them"), "{words}");
    let _ = program.told(&["connection", "pause", &courier.id]);
    let words = told(&["--overdue-after", "1ms"]).expect("a finding");
    assert!(words.contains(&format!("switchboard connection resume {}", courier.id)), "{words}");
}
