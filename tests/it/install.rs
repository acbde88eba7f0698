//! An operator installs plugins: nothing runs before it was approved, an upgrade that asks for nothing new
//! takes over between two calls, one that asks for more waits, and one that fails is taken back.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard::model::package::SecretKey;
use switchboard::plugin::{file, signature};
use switchboard_tests::{TestApp, plugins};

use crate::vendors::{NOON, chat, text};

/// A plugin of `plugins/` with changes to its manifest.
pub(crate) fn changed(name: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let wasm = plugins::wasm(name);
    let mut manifest = file::read(&wasm, usize::MAX).expect("a plugin").manifest_text;
    for (from, to) in changes {
        assert!(manifest.contains(from), "the manifest says {from}");
        manifest = manifest.replace(from, to);
    }
    file::embed(&wasm, &manifest, &[]).unwrap_or_else(|e| panic!("{e}"))
}

/// A hub on which nothing runs before it was approved.
pub(crate) async fn by_hand(plugins: &[&str]) -> TestApp {
    TestApp::with(plugins, &["plugin.approval=manual"]).await
}

pub(crate) async fn plugin(app: &TestApp, name: &str) -> Value {
    app.get(&format!("/api/v1/plugins/{name}")).await
}

async fn actions(app: &TestApp, name: &str) -> Vec<String> {
    let log = app.get(&format!("/api/v1/audit?subject={name}")).await;
    let items = log["items"].as_array().expect("entries");
    items
        .iter()
        .map(|entry| {
            format!(
                "{} {}",
                entry["who"].as_str().unwrap_or("").split('_').next().unwrap_or(""),
                entry["action"].as_str().unwrap_or("")
            )
        })
        .collect()
}

async fn misdeeds(app: &TestApp) -> Connection {
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "e")];
    app.connect("misdeeds", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_waits_for_approval_and_says_what_it_asks_for() {
    let app = by_hand(&["misdeeds"]).await;
    let waits = plugin(&app, "misdeeds").await;
    assert_eq!(waits["about"], Value::Null);
    assert!(
        waits["problem"].as_str().expect("why").contains("switchboard plugin approve misdeeds"),
        "{waits}"
    );
    let asks = waits["waiting"]["asks"].as_array().expect("what it asks for");
    assert!(
        asks.iter().any(|ask| ask["grant"] == "emit:order" && ask["words"] == "It says `order`."),
        "{waits}"
    );
    let new = json!({"plugin": "misdeeds", "settings": {"base_url": "http://127.0.0.1:9"},
        "secrets": {"token": "t", "signing": "s", "entry": "e"}});
    let refused = app.post("/api/v1/connections", &new).await.expect(422);
    assert!(refused.text.contains("waits for approval"), "{}", refused.text);

    app.post("/api/v1/plugins/misdeeds/approve", &json!({})).await.expect(200);
    let serves = plugin(&app, "misdeeds").await;
    assert_eq!((&serves["problem"], &serves["waiting"]), (&Value::Null, &Value::Null), "{serves}");
    assert_eq!(serves["versions"][0]["serving"], true);
    app.post("/api/v1/connections", &new).await.expect(201);
    assert_eq!(actions(&app, "misdeeds").await, ["tok plugin-approved", "the folder plugin-found"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_copied_file_is_no_error_and_is_noticed_when_it_is_whole() {
    let app = by_hand(&[]).await;
    let (wasm, path) = (plugins::wasm("misdeeds"), app.path().join("plugins/misdeeds.wasm"));
    std::fs::write(&path, &wasm[..wasm.len() / 2]).expect("half of it");
    app.until("the half to be seen", || async {
        app.get("/api/v1/plugins").await["items"][0]["problem"] == "its file is still being copied"
    })
    .await;
    std::fs::write(&path, &wasm).expect("all of it");
    app.until("the whole to be seen", || async {
        app.get("/api/v1/plugins").await["items"][0]["waiting"].is_object()
    })
    .await;
    std::fs::remove_file(&path).expect("removed");
    app.until("its end to be seen", || async {
        app.get("/api/v1/plugins").await["items"].as_array().is_some_and(Vec::is_empty)
    })
    .await;
    std::fs::write(&path, &wasm[..wasm.len() / 2]).expect("half of it");
    app.until("what never comes to be told", || async {
        app.get("/api/v1/plugins").await["items"][0]["problem"]
            .as_str()
            .is_some_and(|problem| problem.contains("damaged"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_asks_for_nothing_new_loses_and_repeats_no_delivery() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    let version = || async { plugin(&app, "whatsapp").await["about"]["version"].as_str().map(str::to_owned) };
    let before = version().await.expect("a version");
    let count = 120;
    let deliver = async {
        for number in 0..count {
            let id = format!("wamid.{number}");
            app.deliver(&chat, text("491701234567", &id, NOON + number, "hello"), &[]).await.expect(200);
        }
    };
    let upgrade = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let from = format!("version = \"{before}\"");
        app.replace("whatsapp", &changed("whatsapp", &[(&from, "version = \"9.0.0\"")])).await;
    };
    tokio::join!(deliver, upgrade);
    assert_eq!(version().await.as_deref(), Some("9.0.0"));
    let messages = app.events().await.len();
    assert_eq!(messages, usize::try_from(count).expect("few"), "each delivery's event is in the log once");
    let done = app.get("/api/v1/deliveries?state=done&limit=200").await;
    assert_eq!(done["items"].as_array().map(Vec::len), usize::try_from(count).ok());
    assert_eq!(app.get("/api/v1/deliveries?state=parked").await["items"].as_array().map(Vec::len), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_asks_for_more_shows_what_and_waits_while_the_old_version_serves() {
    let app = by_hand(&["misdeeds"]).await;
    app.post("/api/v1/plugins/misdeeds/approve", &json!({})).await.expect(200);
    let connection = misdeeds(&app).await;
    let more = changed(
        "misdeeds",
        &[("version = \"1.0.0\"", "version = \"1.1.0\""), ("\"order\"]", "\"order\", \"refund\"]")],
    );
    let installed = app.install_over_http(&more).await.expect(201).json();
    assert_eq!(installed["about"]["version"], "1.0.0", "the old version serves: {installed}");
    assert_eq!(installed["waiting"]["version"], "1.1.0");
    assert_eq!(
        installed["waiting"]["asks"],
        json!([{"grant": "emit:refund", "words": "It says `refund`."}]),
        "only what is new is asked"
    );
    app.deliver_at(&connection, "/events/good", "{}", &[]).await.expect(200);
    let withheld = json!({"grants": ["emit:refund"]});
    app.post("/api/v1/plugins/misdeeds/approve", &withheld).await.expect(200);
    let serves = plugin(&app, "misdeeds").await;
    assert_eq!(
        (&serves["about"]["version"], &serves["withheld"]),
        (&json!("1.1.0"), &json!(["emit:refund"]))
    );

    let back = json!({"reason": "a test"});
    app.post("/api/v1/plugins/misdeeds/rollback", &back).await.expect(200);
    let serves = plugin(&app, "misdeeds").await;
    assert_eq!(
        (&serves["about"]["version"], &serves["waiting"]),
        (&json!("1.0.0"), &Value::Null),
        "{serves}"
    );
    assert_eq!(serves["versions"][0]["state"], "rolled-back");
    app.post("/api/v1/plugins/misdeeds/rollback", &json!({"to": "7.0.0"})).await.expect(409);
    assert_eq!(
        actions(&app, "misdeeds").await,
        [
            "tok plugin-rolled-back",
            "tok plugin-approved",
            "tok plugin-installed",
            "tok plugin-approved",
            "the folder plugin-found"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rolled_back_serves_again_only_when_somebody_says_upgrade() {
    let app = by_hand(&["misdeeds"]).await;
    let act = async |action: &str, body: Value| {
        app.post(&format!("/api/v1/plugins/misdeeds/{action}"), &body).await
    };
    let version = async || plugin(&app, "misdeeds").await["about"]["version"].clone();
    act("upgrade", json!({})).await.expect(409);
    act("approve", json!({"grants": ["sign:signing"]})).await.expect(200);
    let more = changed(
        "misdeeds",
        &[("version = \"1.0.0\"", "version = \"1.1.0\""), ("\"order\"]", "\"order\", \"refund\"]")],
    );
    app.install_over_http(&more).await.expect(201);
    act("upgrade", json!({})).await.expect(200);
    let serves = plugin(&app, "misdeeds").await;
    assert_eq!(serves["withheld"], json!(["sign:signing"]), "only what is new was granted: {serves}");
    act("rollback", json!({"reason": "a test"})).await.expect(200);

    act("revoke", json!({})).await.expect(200);
    let stopped = plugin(&app, "misdeeds").await;
    assert_eq!(stopped["waiting"]["version"], "1.0.0", "{stopped}");
    let states: Vec<_> = ["1.1.0", "1.0.0"]
        .map(|wanted| {
            let all = stopped["versions"].as_array().expect("versions");
            all.iter().find(|one| one["version"] == wanted).expect("kept")["state"].clone()
        })
        .into();
    assert_eq!(states, ["rolled-back", "revoked"]);
    act("approve", json!({})).await.expect(200);
    assert_eq!(version().await, "1.0.0", "the version that was rolled back stays away");
    app.running().hub.reload().await.expect("reads again");
    assert_eq!(version().await, "1.0.0");
    act("upgrade", json!({})).await.expect(200);
    assert_eq!(version().await, "1.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_that_fails_is_rolled_back_by_itself_and_what_it_failed_on_is_run_again() {
    let app = TestApp::with(&["misdeeds"], &["plugin.rollback.failures=3"]).await;
    let connection = misdeeds(&app).await;
    app.deliver_at(&connection, "/events/good", "{}", &[]).await.expect(200);
    // Too little memory for its first page: every call fails.
    let bad = changed(
        "misdeeds",
        &[
            ("version = \"1.0.0\"", "version = \"2.0.0\""),
            ("[realtime]", "[budget]\nmemory = \"64 KiB\"\n\n[realtime]"),
        ],
    );
    app.replace("misdeeds", &bad).await;
    assert_eq!(plugin(&app, "misdeeds").await["about"]["version"], "2.0.0");
    for size in 0..4 {
        app.deliver_at(&connection, &format!("/events/many?size={size}"), "{}", &[]).await.expect(200);
    }
    app.until("the version to be taken back", || async {
        plugin(&app, "misdeeds").await["about"]["version"] == "1.0.0"
    })
    .await;
    let shown = plugin(&app, "misdeeds").await;
    let reason = shown["versions"][0]["reason"].as_str().expect("why");
    assert!(reason.contains("4 of its 4 calls failed (100 %)"), "{reason}");
    app.until("what it failed on to be run again", || async {
        app.get("/api/v1/deliveries?state=parked").await["items"].as_array().is_some_and(Vec::is_empty)
    })
    .await;
    assert_eq!(actions(&app, "misdeeds").await[0], "the hub plugin-rolled-back");
    app.running().hub.reload().await.expect("reads again");
    assert_eq!(
        plugin(&app, "misdeeds").await["about"]["version"],
        "1.0.0",
        "it never takes over again by itself"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_fails_in_the_guest_as_access_denied_and_names_the_grant() {
    let app = TestApp::with(&["misdeeds"], &["plugin.http.allow_private_hosts=127.0.0.1:9"]).await;
    app.may_leave_work();
    let connection = misdeeds(&app).await;
    let ask = |path: &'static str| {
        let (app, connection) = (&app, &connection);
        async move { app.deliver_at(connection, path, "{}", &[]).await.text }
    };
    assert!(ask("/sign").await.starts_with("Ok("));
    let taken =
        json!({"grants": ["sign:signing", "topic:visitor:*", "emit:order", "host:GET:{{setting:base_url}}"]});
    app.post("/api/v1/plugins/misdeeds/revoke", &taken).await.expect(200);
    let said = ask("/sign").await;
    assert!(said.contains("AccessDenied") && said.contains("`sign:signing` was not granted"), "{said}");
    let said = ask("/publish?topic=visitor:1").await;
    assert!(said.contains("AccessDenied") && said.contains("`topic:visitor:*` was not granted"), "{said}");
    assert!(ask("/publish?topic=other").await.contains("realtime.topics"), "nobody asked for that one");
    let said = ask("/http/x").await;
    assert!(said.contains("AccessDenied") || said.contains("Denied"), "{said}");
    ask("/events/order").await;
    let parked = app.get("/api/v1/deliveries?state=parked").await;
    let why = parked["items"][0]["error"].as_str().expect("why");
    assert!(why.contains("`emit:order` was not granted") && why.contains("plugin approve misdeeds"), "{why}");
    assert!(app.running().hub.plugin("misdeeds").expect("it runs").usage().denied >= 3);

    app.post("/api/v1/plugins/misdeeds/revoke", &json!({"grants": ["emit:refund"]})).await.expect(422);
    app.post("/api/v1/plugins/misdeeds/revoke", &json!({})).await.expect(200);
    let stopped = plugin(&app, "misdeeds").await;
    assert_eq!(stopped["about"], Value::Null, "{stopped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_swapped_after_its_approval_does_not_run() {
    let app = by_hand(&["misdeeds"]).await;
    app.post("/api/v1/plugins/misdeeds/approve", &json!({})).await.expect(200);
    let approved = plugin(&app, "misdeeds").await["about"]["hash"].clone();
    let swapped = changed("misdeeds", &[("\"order\"]", "\"order\", \"refund\"]")]);
    app.replace("misdeeds", &swapped).await;
    assert_eq!(plugin(&app, "misdeeds").await["about"]["hash"], approved);
    let app = app.restart().await;
    assert_eq!(plugin(&app, "misdeeds").await["about"]["hash"], approved, "not after a restart either");
    let kept = app.path().join("hub.plugins").join(format!("{}.wasm", approved.as_str().expect("a hash")));
    std::fs::write(&kept, swapped).expect("the kept version is swapped too");
    let app = app.restart().await;
    let shown = plugin(&app, "misdeeds").await;
    assert_eq!(shown["about"], Value::Null, "nothing runs that was not approved: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_versions_are_kept_and_a_used_plugin_is_not_removed() {
    let app = TestApp::start(&["misdeeds"]).await;
    for number in 1..5 {
        let to = format!("version = \"1.{number}.0\"");
        app.replace("misdeeds", &changed("misdeeds", &[("version = \"1.0.0\"", &to)])).await;
    }
    let versions = plugin(&app, "misdeeds").await["versions"].clone();
    let mut kept: Vec<_> =
        versions.as_array().expect("versions").iter().map(|v| v["version"].clone()).collect();
    kept.sort_by_key(ToString::to_string);
    assert_eq!(kept, ["1.2.0", "1.3.0", "1.4.0"]);
    let files = std::fs::read_dir(app.path().join("hub.plugins")).expect("kept files").count();
    assert_eq!(files, 3);

    let connection = misdeeds(&app).await;
    let refused = app.api("DELETE", "/api/v1/plugins/misdeeds").await.expect(409);
    assert!(refused.text.contains("1 of the connections"), "{}", refused.text);
    app.api("DELETE", &format!("/api/v1/connections/{}", connection.id)).await.expect(204);
    app.api("DELETE", "/api/v1/plugins/misdeeds").await.expect(204);
    app.api("GET", "/api/v1/plugins/misdeeds").await.expect(404);
    assert!(!app.path().join("plugins/misdeeds.wasm").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn require_runs_only_what_a_trusted_key_signed() {
    let (key, name) = (SecretKey::from_seed(&[7; 32]), "acme".parse().expect("a name"));
    let keys = format!("plugin.trust.keys={}", key.public().line(&name));
    let app = TestApp::with(&[], &["plugin.trust.policy=require", &keys]).await;
    let plain = plugins::wasm("misdeeds");
    app.replace("misdeeds", &plain).await;
    let refused = plugin(&app, "misdeeds").await;
    assert_eq!(refused["about"], Value::Null);
    assert!(refused["problem"].as_str().expect("why").contains("plugin.trust.policy"), "{refused}");
    let stranger = SecretKey::from_seed(&[8; 32]);
    app.replace("misdeeds", &signature::sign(&plain, &stranger).expect("signed").wasm).await;
    assert_eq!(plugin(&app, "misdeeds").await["about"], Value::Null, "a stranger's word is not enough");
    app.replace("misdeeds", &signature::sign(&plain, &key).expect("signed").wasm).await;
    let runs = plugin(&app, "misdeeds").await;
    assert_eq!((&runs["about"]["version"], &runs["problem"]), (&json!("1.0.0"), &Value::Null), "{runs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_by_hand_in_the_folder_is_in_the_audit_log_once() {
    let app = by_hand(&["misdeeds"]).await;
    let path = app.path().join("plugins/misdeeds.wasm");
    let newer = changed("misdeeds", &[("version = \"1.0.0\"", "version = \"1.1.0\"")]);
    app.replace("misdeeds", &newer).await;
    app.running().hub.reload().await.expect("read again");
    let expected = ["the folder plugin-replaced", "the folder plugin-found"];
    assert_eq!(actions(&app, "misdeeds").await, expected);
    let log = app.get("/api/v1/audit?subject=misdeeds").await;
    let detail = log["items"][0]["detail"].as_str().expect("details");
    assert!(
        detail.starts_with("misdeeds.wasm: version 1.1.0 (")
            && detail.contains(") in place of version 1.0.0 ("),
        "{detail}"
    );
    let app = app.restart().await;
    assert_eq!(actions(&app, "misdeeds").await, expected, "a start is no change");

    // While the hub does not run, too.
    let mut app = app;
    app.stop().await;
    std::fs::remove_file(&path).expect("removed");
    let app = app.restart().await;
    assert_eq!(actions(&app, "misdeeds").await[0], "the folder plugin-gone");
    // What is known already, dropped again.
    app.replace("misdeeds", &newer).await;
    assert_eq!(actions(&app, "misdeeds").await[0], "the folder plugin-found");
    app.api("DELETE", "/api/v1/plugins/misdeeds").await.expect(204);
    app.running().hub.reload().await.expect("read again");
    assert_eq!(
        actions(&app, "misdeeds").await,
        [
            "tok plugin-removed",
            "the folder plugin-found",
            "the folder plugin-gone",
            "the folder plugin-replaced",
            "the folder plugin-found"
        ],
        "whoever removes it by a command is named alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_files_of_one_plugin_the_first_decides_and_both_say_so() {
    let app = TestApp::start(&["misdeeds"]).await;
    let hash = plugin(&app, "misdeeds").await["about"]["hash"].clone();
    let newer = changed("misdeeds", &[("version = \"1.0.0\"", "version = \"2.0.0\"")]);
    app.replace("zz-newer", &newer).await;
    for _ in 0..4 {
        app.running().hub.reload().await.expect("read again");
        let decides = plugin(&app, "misdeeds").await;
        assert_eq!(decides["about"]["hash"], hash, "what serves does not change: {decides}");
        let ignored = plugin(&app, "zz-newer.wasm").await;
        assert_eq!((&ignored["about"], &ignored["waiting"]), (&Value::Null, &Value::Null), "{ignored}");
        for told in [&decides["problem"], &ignored["problem"]] {
            let told = told.as_str().expect("a problem");
            assert!(
                told.contains("misdeeds.wasm decides what serves, zz-newer.wasm is ignored")
                    && told.contains("switchboard plugin remove zz-newer.wasm"),
                "{told}"
            );
        }
    }
    let serves = actions(&app, "misdeeds").await.into_iter().filter(|action| action.contains("serves"));
    assert_eq!(serves.count(), 1, "nothing took over");
    let app = app.restart().await;
    assert_eq!(plugin(&app, "misdeeds").await["about"]["hash"], hash, "not after a restart either");
    // The first keeps its say while it is being replaced by what cannot be read.
    app.replace("misdeeds", b"\0asm").await;
    assert_eq!(plugin(&app, "misdeeds").await["about"]["hash"], hash);

    // Removing the ignored file touches nothing of the plugin.
    app.replace("misdeeds", &plugins::wasm("misdeeds")).await;
    app.api("DELETE", "/api/v1/plugins/zz-newer.wasm").await.expect(204);
    let app = app.restart().await;
    let alone = plugin(&app, "misdeeds").await;
    assert_eq!((&alone["about"]["hash"], &alone["problem"]), (&hash, &Value::Null), "{alone}");

    // Of two the second takes its place once the first is gone.
    app.replace("zz-newer", &newer).await;
    std::fs::remove_file(app.path().join("plugins/misdeeds.wasm")).expect("removed");
    app.running().hub.reload().await.expect("read again");
    let second = plugin(&app, "misdeeds").await;
    assert_eq!((&second["about"]["version"], &second["problem"]), (&json!("2.0.0"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rolled_back_to_is_not_rolled_back_by_itself() {
    let app = TestApp::with(&["misdeeds"], &["plugin.rollback.failures=3"]).await;
    app.may_leave_work();
    let connection = misdeeds(&app).await;
    // Looked after behind the other, by the same watch: when it is taken back, the other was judged too.
    let name = ("name = \"misdeeds\"", "name = \"misdeeds-too\"");
    app.replace("misdeeds-too", &changed("misdeeds", &[name])).await;
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "e")];
    let control = app.connect("misdeeds-too", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await;
    for version in ["version = \"2.0.0\"", "version = \"3.0.0\""] {
        app.replace("misdeeds", &changed("misdeeds", &[("version = \"1.0.0\"", version)])).await;
    }
    app.post("/api/v1/plugins/misdeeds/rollback", &json!({"reason": "a test"})).await.expect(200);
    assert_eq!(plugin(&app, "misdeeds").await["about"]["version"], "2.0.0");
    let newer = changed("misdeeds", &[name, ("version = \"1.0.0\"", "version = \"2.0.0\"")]);
    app.replace("misdeeds-too", &newer).await;
    for connection in [&connection, &control] {
        for n in 0..6 {
            app.deliver_at(connection, &format!("/trap?n={n}"), "{}", &[]).await.expect(200);
        }
    }
    app.until("the other's new version to be taken back", || async {
        plugin(&app, "misdeeds-too").await["about"]["version"] == "1.0.0"
    })
    .await;
    assert_eq!(plugin(&app, "misdeeds").await["about"]["version"], "2.0.0", "it stays, however it fares");
    let again = app.restart().await;
    again.may_leave_work();
    assert_eq!(plugin(&again, "misdeeds").await["about"]["version"], "2.0.0");
    // What comes after it is on probation again.
    let next = changed("misdeeds", &[("version = \"1.0.0\"", "version = \"4.0.0\"")]);
    again.replace("misdeeds", &next).await;
    for n in 0..6 {
        again.deliver_at(&connection, &format!("/trap?more={n}"), "{}", &[]).await.expect(200);
    }
    again
        .until("the next version to be taken back", || async {
            plugin(&again, "misdeeds").await["about"]["version"] == "2.0.0"
        })
        .await;
}
