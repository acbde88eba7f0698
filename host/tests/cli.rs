//! The program as people type it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program in a folder of its own.
fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(args)
        .current_dir(folder)
        // Plugins of every test are compiled in one place, with what is on the machine already.
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("SWITCHBOARD_CONFIG")
        .output()
        .expect("the program starts")
}

/// What the keyword assistant must be told.
const TOPICS: &str = r#"topics={"refund": ["money back"]}"#;

fn target() -> PathBuf {
    // target/debug/switchboard
    let program = Path::new(env!("CARGO_BIN_EXE_switchboard"));
    program.ancestors().nth(2).expect("a target folder").to_path_buf()
}

fn told(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_demo_ends_with_one_customer_an_order_and_the_mood_of_the_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let data: Value =
        serde_json::from_str(&told(&run(folder.path(), &["demo", "--exit", "--json"]))).expect("JSON");
    let customer = &data["customer"];
    let attributes = customer["profile"]["attributes"].as_array().expect("attributes");
    let name = attributes.iter().find(|a| a["field"] == "name").expect("a name");
    assert_eq!(name["value"], "Ada Lovelace", "the shop's record outranks the messenger's name");
    let phone = attributes.iter().find(|a| a["field"] == "phone").expect("a phone");
    let said_by = phone["values"][0]["sources"].as_array().map(Vec::len);
    assert_eq!(said_by, Some(2), "shop and messenger say it, who comments on messages does not: {phone}");
    let consents = customer["profile"]["consents"].as_array().expect("consents").iter();
    let consents: Vec<_> = consents.map(|one| (one["channel"].as_str(), one["granted"].as_bool())).collect();
    assert_eq!(consents, [(Some("email"), Some(true)), (Some("sms"), Some(false))]);
    assert_eq!(customer["orders"].as_array().map(Vec::len), Some(1));
    assert_eq!(customer["orders"][0]["parts"].as_array().map(Vec::len), Some(1));
    let messages = customer["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 2, "a repeated delivery is one message");
    let moods = |message: &Value| message["insights"].to_string();
    assert!(messages.iter().any(|m| moods(m).contains("\"negative\"")), "{messages:?}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0, "nothing is left behind");
}

#[test]
fn a_new_plugin_builds_and_passes_its_recorded_requests_and_is_told_of_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, kind) in [("my-channel", "channel"), ("my-assistant", "assistant")] {
        told(&run(folder.path(), &["plugin", "new", name, "--kind", kind]));
        let result: Value =
            serde_json::from_str(&told(&run(folder.path(), &["plugin", "test", name, "--json"])))
                .expect("JSON");
        assert_eq!(result["failed"], 0, "{result}");
        assert!(result["passed"].as_u64() > Some(1), "{result}");
    }
    let words = told(&run(folder.path(), &["plugin", "inspect", "my-channel"]));
    assert!(words.contains("my-channel 0") || words.contains("my-channel 1"), "{words}");
    assert!(words.contains("It asks for:"), "{words}");
    let again = refused(&run(folder.path(), &["plugin", "new", "my-channel"]));
    assert!(again.contains("exists already"), "{again}");
}

#[test]
fn a_mistake_in_a_manifest_is_told_with_its_line_and_what_would_be_right() {
    let folder = tempfile::tempdir().expect("a folder");
    told(&run(folder.path(), &["plugin", "new", "my-channel"]));
    let path = folder.path().join("my-channel/plugin.toml");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    std::fs::write(&path, text.replacen("title", "titel", 1)).expect("written");
    let words = refused(&run(folder.path(), &["plugin", "build", "my-channel"]));
    assert!(
        words.contains("plugin.toml:") && words.contains("titel") && words.contains("`title`"),
        "{words}"
    );
}

#[test]
fn a_recorded_request_that_differs_fails_with_a_readable_diff() {
    let folder = tempfile::tempdir().expect("a folder");
    told(&run(folder.path(), &["plugin", "new", "my-channel"]));
    let path = folder.path().join("my-channel/requests/message.json");
    let mut case: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a case")).expect("JSON");
    case["expect"]["events"][0]["external-id"] = "another".into();
    std::fs::write(&path, case.to_string()).expect("written");
    let output = run(folder.path(), &["plugin", "test", "my-channel", "--only", "message"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        !output.status.success()
            && shown.contains("FAILED")
            && shown.contains("-       \"external-id\": \"another\""),
        "{shown}"
    );
}

#[test]
fn a_connection_is_added_from_a_file_listed_paused_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    told(&run(folder.path(), &["plugin", "new", "my-assistant", "--kind", "assistant"]));
    let built: Value =
        serde_json::from_str(&told(&run(folder.path(), &["plugin", "build", "my-assistant", "--json"])))
            .expect("JSON");
    let file = built["path"].as_str().expect("a path");
    let refusal =
        refused(&run(folder.path(), &["connection", "add", file, "--setting", TOPICS, "--no-input"]));
    assert!(refusal.contains("was granted nothing") && refusal.contains("--approve"), "{refusal}");
    let wrong = ["connection", "add", file, "--setting", "colour=red", "--no-input", "--approve"];
    let refusal = refused(&run(folder.path(), &wrong));
    assert!(refusal.contains("colour"), "{refusal}");
    assert!(refusal.contains("add `--setting topics=VALUE`, as nobody can be asked here"), "{refusal}");
    let added: Value = serde_json::from_str(&told(&run(
        folder.path(),
        &[
            "connection",
            "add",
            file,
            "--title",
            "Keywords",
            "--setting",
            TOPICS,
            "--no-input",
            "--approve",
            "--json",
        ],
    )))
    .expect("JSON");
    let id = added["connection"]["id"].as_str().expect("an id");
    told(&run(folder.path(), &["connection", "pause", "Keywords"]));
    let list: Value =
        serde_json::from_str(&told(&run(folder.path(), &["connection", "list", "--json"]))).expect("JSON");
    assert_eq!((list[0]["id"].as_str(), list[0]["state"].as_str()), (Some(id), Some("paused")));
    told(&run(folder.path(), &["connection", "resume", id]));
    assert!(told(&run(folder.path(), &["connection", "show", id])).contains("It may"));
    let kept = refused(&run(folder.path(), &["connection", "remove", id]));
    assert!(kept.contains("--yes"), "{kept}");
    told(&run(folder.path(), &["connection", "remove", id, "--yes"]));
    assert!(refused(&run(folder.path(), &["connection", "show", id])).contains("connection list"));
}

#[test]
fn a_plugin_is_installed_approved_upgraded_rolled_back_and_removed_as_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let typed = |args: &[&str]| told(&run(folder.path(), args));
    typed(&["plugin", "new", "my-assistant", "--kind", "assistant"]);
    let manifest = folder.path().join("my-assistant/plugin.toml");
    let build = |from: &str, to: &str, out: &str| {
        let text = std::fs::read_to_string(&manifest).expect("a manifest");
        assert!(text.contains(from), "{text}");
        std::fs::write(&manifest, text.replace(from, to)).expect("written");
        typed(&["plugin", "build", "my-assistant", "--out", out]);
    };
    build("version = \"1.0.0\"", "version = \"1.0.0\"", "one.wasm");
    build("version = \"1.0.0\"", "version = \"1.1.0\"", "two.wasm");
    build("on = [\"message-received\"]", "on = [\"message-received\"]\nfields = [\"country\"]", "three.wasm");

    let said = typed(&["plugin", "install", "one.wasm"]);
    assert!(said.contains("my-assistant 1.0.0 is here and waits for approval"), "{said}");
    assert!(said.contains("watch:message-received"), "{said}");
    assert!(said.contains("switchboard plugin approve my-assistant"), "{said}");
    assert!(typed(&["plugin", "list"]).contains("it waits for approval"));
    let said = refused(&run(folder.path(), &["plugin", "approve", "my-assistant"]));
    assert!(said.contains("nothing was granted") && said.contains("`--yes`"), "{said}");
    assert!(typed(&["plugin", "list"]).contains("it waits for approval"), "nobody was asked");
    let said = refused(&run(folder.path(), &["plugin", "upgrade", "my-assistant", "two.wasm"]));
    assert!(said.contains("no version of the plugin `my-assistant` serves"), "{said}");
    let output =
        run(folder.path(), &["plugin", "approve", "my-assistant", "--without", "emit:order", "--yes"]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("not granted"), "{output:?}");
    assert!(refused(&output).contains("emit:order"), "what is wrong is said first");
    let said = typed(&["plugin", "approve", "my-assistant", "--yes"]);
    assert!(said.contains("my-assistant 1.0.0 serves."), "{said}");
    let said = typed(&["plugin", "upgrade", "my-assistant", "two.wasm"]);
    assert!(said.contains("my-assistant 1.1.0 took over from 1.0.0."), "{said}");
    let said = typed(&["plugin", "upgrade", "my-assistant", "three.wasm"]);
    assert!(said.contains("read:country") && said.contains("goes on serving"), "{said}");
    let said = typed(&["plugin", "upgrade", "my-assistant", "--yes"]);
    assert!(said.contains("took over"), "{said}");
    let said = typed(&["plugin", "revoke", "my-assistant", "read:country"]);
    assert!(said.contains("Taken back from my-assistant"), "{said}");
    let said = typed(&["plugin", "show", "my-assistant"]);
    assert!(said.contains("was not granted it\n  read:country"), "{said}");
    let said = typed(&["plugin", "rollback", "my-assistant", "--reason", "too curious"]);
    assert!(said.contains("serves again"), "{said}");
    let said = typed(&["plugin", "show", "my-assistant"]);
    let state = said.lines().find(|line| line.contains(" rolled-back ")).expect("its line");
    assert!(!state.contains("too curious"), "a column has room for a word: {said}");
    assert!(said.contains("was taken back: ") && said.contains("too curious"), "{said}");
    let said = typed(&["plugin", "upgrade", "my-assistant"]);
    assert!(said.contains("1.1.0 goes on serving") && said.contains("too curious"), "{said}");
    // Everything is taken back and granted again: what was rolled back stays away until somebody says otherwise.
    typed(&["plugin", "revoke", "my-assistant"]);
    let said = typed(&["plugin", "show", "my-assistant"]);
    assert!(said.contains("waits for approval") && !said.contains("read:country"), "{said}");
    let said = typed(&["plugin", "approve", "my-assistant", "--yes"]);
    assert!(said.contains("serves.") && !said.contains("read:country"), "{said}");
    typed(&["plugin", "upgrade", "my-assistant", "--yes"]);
    let said = typed(&["plugin", "show", "my-assistant"]);
    assert!(said.contains("read:country"), "{said}");
    let said = typed(&["audit", "--of", "my-assistant"]);
    assert!(said.contains("plugin-approved") && said.contains("command line"), "{said}");
    let said = refused(&run(folder.path(), &["plugin", "remove", "my-assistant"]));
    assert!(said.contains("nothing was removed") && said.contains("`--yes`"), "{said}");
    typed(&["plugin", "remove", "my-assistant", "--yes"]);
    let said = typed(&["plugin", "list"]);
    assert!(said.contains("No plugin in") && said.contains("plugin install FILE"), "{said}");
    let said = refused(&run(folder.path(), &["plugin", "approve", "my-assistant"]));
    assert!(said.contains("switchboard plugin list"), "{said}");
}

#[test]
fn an_unknown_setting_or_identifier_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = refused(&run(folder.path(), &["--set", "http.listn=127.0.0.1:1", "token", "list"]));
    assert!(words.contains("http.listen"), "{words}");
    let words = refused(&run(folder.path(), &["profile", "show", "phone:+491701234567"]));
    assert!(words.contains("nobody is known as"), "{words}");
    let words = refused(&run(folder.path(), &["delivery", "show", "dlv_x"]));
    assert!(words.contains("a delivery id"), "{words}");
    let discard = ["delivery", "discard", "dlv_00000000000000000000000000", "--reason", "a test"];
    let words = refused(&run(folder.path(), &discard));
    assert!(words.contains("nothing was discarded") && words.contains("`--yes`"), "{words}");
}

#[test]
fn a_token_is_shown_once_and_can_be_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let made: Value = serde_json::from_str(&told(&run(
        folder.path(),
        &["token", "create", "--role", "agent", "--title", "script", "--json"],
    )))
    .expect("JSON");
    let secret = made["token"].as_str().expect("a token");
    let list = told(&run(folder.path(), &["token", "list"]));
    assert!(list.contains("script") && !list.contains(secret), "{list}");
    told(&run(folder.path(), &["token", "revoke", made["id"].as_str().expect("an id")]));
    assert!(told(&run(folder.path(), &["token", "list"])).contains("no token yet"));
}

#[test]
fn a_token_says_what_it_is_confined_to_and_until_when() {
    let folder = tempfile::tempdir().expect("a folder");
    let scopes = ["--scope", "orders:read", "--scope", "people:write"];
    let create = ["token", "create", "--role", "read-only", "--expires", "90d", "--json"];
    let made = told(&run(folder.path(), &[&create[..], &scopes].concat()));
    let made: Value = serde_json::from_str(&made).expect("JSON");
    assert_eq!(made["scopes"], serde_json::json!(["people:write", "orders:read"]));
    assert_eq!(
        made["expires_at"]
            .as_i64()
            .zip(made["created_at"].as_i64())
            .map(|(end, begin)| (end - begin) / 86_400_000),
        Some(90)
    );
    let list = told(&run(folder.path(), &["token", "list"]));
    assert!(list.contains("people:write, orders:read"), "{list}");
    let wrong = refused(&run(folder.path(), &["token", "create", "--scope", "everything"]));
    assert!(wrong.contains("is no scope") && wrong.contains("`conversations`"), "{wrong}");
    let log = told(&run(folder.path(), &["audit"]));
    assert!(log.contains("token-created"), "{log}");
}

#[test]
fn accounts_are_invited_changed_and_disabled_and_the_last_owner_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let json = |args: &[&str]| -> Value {
        serde_json::from_str(&told(&run(folder.path(), &[args, &["--json"]].concat()))).expect("JSON")
    };
    assert!(told(&run(folder.path(), &["account", "list"])).contains("no account yet"));
    let link = json(&["account", "link"]);
    assert!(
        link["link"].as_str().is_some_and(|link| link.starts_with("http://127.0.0.1:8080/setup/")),
        "{link}"
    );

    let mut create = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    let mut create = create
        .args([
            "account",
            "create",
            "Ada@example.com",
            "--name",
            "Ada",
            "--role",
            "owner",
            "--password-stdin",
        ])
        .current_dir(folder.path())
        .env_remove("SWITCHBOARD_CONFIG")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = create.stdin.take().expect("its input");
    std::io::Write::write_all(&mut input, b"four words make sense\n").expect("written");
    drop(input);
    told(&create.wait_with_output().expect("it ends"));
    let late = refused(&run(folder.path(), &["account", "link"]));
    assert!(late.contains("there is an owner already") && late.contains("account invite"), "{late}");

    json(&["account", "invite", "bob@example.com", "--role", "agent"]);
    let again = json(&["account", "invite", "bob@example.com"]);
    assert!(again["link"].as_str().is_some_and(|link| link.contains("/setup/")), "{again}");
    let taken = refused(&run(folder.path(), &["account", "invite", "ada@example.com"]));
    assert!(taken.contains("has an account already"), "{taken}");
    assert_eq!(json(&["account", "role", "bob@example.com", "supervisor"])["role"], "supervisor");
    assert_eq!(json(&["account", "disable", "bob@example.com"])["state"], "disabled");
    assert_eq!(json(&["account", "enable", "bob@example.com"])["state"], "invited");
    for change in
        [&["account", "role", "ada@example.com", "agent"][..], &["account", "disable", "ada@example.com"]]
    {
        let refused = refused(&run(folder.path(), change));
        assert!(refused.contains("last owner"), "{refused}");
    }
    assert!(json(&["account", "reset", "ada@example.com"])["link"].is_string());
    let list = json(&["account", "list"]);
    let told: Vec<_> =
        list.as_array().expect("a list").iter().map(|one| (&one["login"], &one["state"])).collect();
    assert_eq!(
        told,
        [
            (&Value::from("ada@example.com"), &Value::from("active")),
            (&"bob@example.com".into(), &"invited".into())
        ]
    );
    let nobody = refused(&run(folder.path(), &["account", "disable", "eve@example.com"]));
    assert!(nobody.contains("account list"), "{nobody}");
}

#[test]
fn every_recorded_request_of_the_bundled_plugins_passes_in_the_real_sandbox() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().expect("a folder");
    for plugin in [
        "plugins/whatsapp",
        "plugins/shopify",
        "plugins/sentiment",
        "plugins/webchat",
        "examples/echo-channel",
        "examples/keyword-assistant",
    ] {
        let path = root.join(plugin).display().to_string();
        let output = run(folder.path(), &["plugin", "test", &path, "--json"]);
        let result: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{plugin}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(result["failed"], 0, "{plugin}: {result:#}");
    }
}

#[test]
fn plugins_are_fetched_on_a_machine_without_certificate_authorities_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(["plugin", "install", "oci://127.0.0.1:1/acme/plugin:1"])
        .current_dir(folder.path())
        .env_remove("SWITCHBOARD_CONFIG")
        .envs([("SSL_CERT_FILE", "none.pem"), ("SSL_CERT_DIR", "none")])
        .output()
        .expect("the program starts");
    let why = refused(&output);
    assert!(why.contains("127.0.0.1:1 does not answer"), "it has its own and got as far as asking: {why}");
}

#[test]
fn generated_people_fill_a_database_of_their_own_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let generate =
        ["dev", "generate", "--people", "50", "--events", "600", "--seed", "3", "--data", "try-out"];
    let json = [&generate[..], &["--json"]].concat();
    let done: Value = serde_json::from_str(&told(&run(folder.path(), &json))).expect("JSON");
    assert_eq!((done["events"].as_u64(), done["stopped"].as_bool()), (Some(600), Some(false)), "{done}");
    assert!(done["people"].as_u64().is_some_and(|people| (40..=60).contains(&people)), "{done}");
    assert!(done["bytes"].as_u64().is_some_and(|bytes| bytes > 600 * 200), "{done}");

    let again = refused(&run(folder.path(), &generate));
    assert!(again.contains("holds data already (600 events") && again.contains("--into-existing"), "{again}");
    let others = ["--into-existing", "--seed", "4"];
    let more = [&generate[..6], &generate[8..], &others[..]].concat();
    let words = told(&run(folder.path(), &more));
    assert!(words.contains("600 events") && words.contains("bytes an event"), "{words}");
    let set = "storage.path=try-out/switchboard.db";
    let verified = told(&run(folder.path(), &["profile", "rebuild", "--verify", "--set", set]));
    assert!(verified.contains("everything is stored as the log has it"), "{verified}");
    let few = refused(&run(folder.path(), &["dev", "generate", "--people", "9", "--events", "8"]));
    assert!(few.contains("at least one event"), "{few}");
}
