//! The hub under a service manager: readiness, reload, stop; and the files of `examples/` that run it so.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use switchboard::config::Config;
use switchboard_tests::{Program, plugins};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::courier::Courier;
use crate::vendors::wrote;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn body(id: &str) -> String {
    json!([wrote(id, 1_000, "hi", &[("phone", "+491701234567", "verified")])]).to_string()
}

/// A hub with a plugin that sleeps when told to; the address of its connection.
async fn sleeper(program: &mut Program) -> String {
    let secrets = [("token", "t"), ("signing", "s"), ("entry", "e")];
    let id = program.connect("misdeeds", &["base_url=http://127.0.0.1:9"], &secrets);
    program.serve();
    format!("http://{}/hooks/{id}/sleep", program.address().await)
}

/// Has a plugin sleep for so long. Comes back once the hub has begun to take the request: it says so when it
/// is asked to before the body is sent. What is then answered is empty where the hub hangs up.
async fn asleep(url: &str, ms: u32) -> std::io::Result<JoinHandle<String>> {
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a URL");
    let mut stream = TcpStream::connect(host).await?;
    let head = format!(
        "POST /{path}?size={ms} HTTP/1.1\r\nhost: {host}\r\nx-token: e\r\ncontent-length: 2\r\n\
         expect: 100-continue\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n") {
        said.push(stream.read_u8().await?);
    }
    assert!(said.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&said));
    stream.write_all(b"{}").await?;
    Ok(tokio::spawn(async move {
        let mut answer = Vec::new();
        let whole = stream.read_to_end(&mut answer).await.is_ok();
        if whole { String::from_utf8_lossy(&answer).into_owned() } else { String::new() }
    }))
}

/// Delivers until the hub answers with `status`; the body's ids begin with `name`.
async fn until_answered(courier: &Courier, addr: std::net::SocketAddr, name: &str, status: u16) {
    let asking = async {
        for n in 0_u64.. {
            if courier.deliver(addr, &body(&format!("{name}{n}"))).await == Some(status) {
                return;
            }
        }
    };
    // Far longer than it takes, on a machine that is busy with something else too.
    tokio::time::timeout(Duration::from_secs(120), asking)
        .await
        .unwrap_or_else(|_| panic!("it never answers {status}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_is_told_when_the_hub_is_ready_reloads_and_stops() {
    let mut program = Program::new(&[], &[]);
    let socket = program.path().join("notify");
    let manager = UnixDatagram::bind(&socket).expect("a socket");
    manager.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let told = || {
        let mut bytes = [0; 1024];
        let length = manager.recv(&mut bytes).expect("it is told");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    program.serve_as(&program.line(&["serve"]), &[("NOTIFY_SOCKET", &socket.display().to_string())]);
    let first = tokio::task::block_in_place(told);
    assert!(first.lines().any(|line| line == "READY=1"), "{first}");
    let addr = program.address().await;
    assert!(first.contains(&format!("STATUS=answers on {addr}")), "{first}");
    program.signal("HUP");
    let second = tokio::task::block_in_place(told);
    assert!(second.contains("RELOADING=1") && second.contains("MONOTONIC_USEC="), "{second}");
    assert!(tokio::task::block_in_place(told).contains("READY=1"));
    program.signal("TERM");
    assert!(tokio::task::block_in_place(told).contains("STOPPING=1"));
    assert!(program.ended().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_told_to_stop_finishes_what_is_under_way() {
    let mut program = Program::new(&[("misdeeds", plugins::wasm("misdeeds"))], &[]);
    let url = sleeper(&mut program).await;
    let under_way = asleep(&url, 3_000).await.expect("it is taken");
    program.signal("TERM");
    // Soon nothing new is taken.
    while asleep(&url, 1).await.is_ok() {}
    let answer = under_way.await.expect("asked");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(program.ended().await.success());
    assert_eq!(program.logged("cut off").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_stops_within_ten_seconds_whatever_its_plugins_do() {
    // What it waits for, then the second that the database may take to close.
    let wait = Config::load(None, [], &[]).expect("the defaults").http.stop_wait;
    assert!(wait + Duration::from_secs(1) < Duration::from_secs(10), "{wait:?}");
    let mut program = Program::new(&[("misdeeds", plugins::wasm("misdeeds"))], &["plugin.limits.wall=5m"]);
    let url = sleeper(&mut program).await;
    let under_way = asleep(&url, 290_000).await.expect("it is taken");
    program.signal("TERM");
    // Long before the plugin wakes up, and because the wait is over.
    assert!(program.ended().await.success());
    assert_eq!(program.logged("cut off").len(), 1);
    assert_eq!(under_way.await.expect("asked"), "", "the vendor repeats it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_on_what_can_change_and_names_what_cannot() {
    let wasm = plugins::wasm("courier");
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    let file = program.path().join("switchboard.toml");
    std::fs::write(&file, "[log]\nfilter = \"info\"").expect("written");
    program.serve();
    let addr = program.address().await;
    for n in 0..4 {
        assert_eq!(courier.deliver(addr, &body(&format!("a{n}"))).await, Some(200));
    }
    assert_eq!(program.logged("answered").len(), 0);

    let new = "[log]\nfilter = \"info,switchboard::http=debug\"\n[receive]\nrate = 1\nburst = 2\n[storage]\nqueue = 9";
    std::fs::write(&file, new).expect("written");
    program.signal("HUP");
    let line = program.line_with("the configuration was read again").await;
    assert_eq!(line["applied"], "log.filter, receive.burst, receive.rate");
    assert_eq!(program.line_with("when the hub is started again").await["keys"], "storage.queue");
    until_answered(&courier, addr, "b", 429).await;
    until_answered(&courier, addr, "c", 200).await;
    assert!(!program.logged("answered").is_empty(), "the log says more now");

    for (wrong, why) in
        [("[receive", "TOML"), ("[receive]\nrate = 0", "at least 1"), ("[log]\nfilter = \"a=b=c\"", "filter")]
    {
        std::fs::write(&file, wrong).expect("written");
        let before = program.logged("the old one goes on").len();
        program.signal("HUP");
        let line = loop {
            if let Some(line) = program.logged("the old one goes on").get(before) {
                break line.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(line["error"].as_str().is_some_and(|error| error.contains(why)), "{line}");
        assert!(program.runs());
    }
    // The rate of the last good one.
    until_answered(&courier, addr, "d", 200).await;
    until_answered(&courier, addr, "e", 429).await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_the_same_database_is_refused_and_a_killed_one_is_no_hindrance() {
    let mut program = Program::new(&[], &[]);
    program.serve();
    let addr = program.address().await;
    let words = tokio::task::block_in_place(|| program.refused(&["serve"]));
    assert!(words.contains("another hub serves the database"), "{words}");
    let base = format!("http://{addr}");
    assert_eq!(program.told(&["health", "--url", &base])["ready"], true);
    program.kill();
    assert!(program.refused(&["health", "--url", &base]).contains("no hub answers"));
    program.serve();
    program.address().await;
    program.stop().await;
}

/// The value of a key of a unit's file.
fn directive<'a>(unit: &'a str, key: &str) -> &'a str {
    let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("the unit says no {key}"))
}

#[test]
fn the_unit_and_the_image_of_the_examples_run_the_hub_as_it_can_be_run() {
    let read =
        |name: &str| std::fs::read_to_string(examples().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let unit = read("systemd/switchboard.service");
    let server = Config::load(Some(&examples().join("switchboard.postgres.toml")), [], &[]).expect("loads");
    assert!(server.storage.server.is_some() && server.kept_plugins().starts_with("/var/lib/switchboard"));
    let config = Config::load(Some(&examples().join("switchboard.sqlite.toml")), [], &[]).expect("loads");
    assert_eq!(directive(&unit, "Type"), "notify");
    let stop: u64 = directive(&unit, "TimeoutStopSec").trim_end_matches('s').parse().expect("seconds");
    assert!(Duration::from_secs(stop) > config.http.stop_wait + Duration::from_secs(2));
    let state = format!("/var/lib/{}", directive(&unit, "StateDirectory"));
    assert!(config.storage.path.starts_with(&state) && config.plugin.directory.starts_with(&state));
    assert!(directive(&unit, "ExecStart").ends_with(" serve"));
    assert!(directive(&unit, "ExecReload").contains("-HUP"));
    for hardened in ["NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes", "PrivateTmp=yes"] {
        assert!(unit.lines().any(|line| line == hardened), "{hardened}");
    }
    // Plugins are compiled to machine code while the hub runs.
    assert!(!unit.lines().any(|line| line.starts_with("MemoryDenyWriteExecute=yes")));

    let image = read("docker/Dockerfile");
    for needed in ["USER ", "HEALTHCHECK ", "\"health\"", "STOPSIGNAL SIGTERM", "EXPOSE 8080"] {
        assert!(image.contains(needed), "{needed}");
    }
    // Every variable that the image sets is a key of the configuration.
    let variables =
        image.lines().flat_map(str::split_whitespace).filter(|word| word.starts_with("SWITCHBOARD_"));
    let env: Vec<(String, String)> = variables
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert!(env.len() > 2, "{env:?}");
    let config = Config::load(None, env, &[]).expect("loads");
    assert!(config.http.listen.ip().is_unspecified() && config.storage.path.starts_with("/data"));
}
