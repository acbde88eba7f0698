//! The disk fills up, or cannot be written to, and comes back.
//!
//! A limit on the size of files stands for a disk that takes nothing more: it holds for root too, and can be
//! lifted while the hub runs. Where the system lets a process have mounts of its own, a small disk and a
//! read-only folder are real.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use switchboard_tests::{Program, plugins};

use crate::courier::Courier;
use crate::vendors::wrote;

fn body(id: &str, size: usize) -> String {
    let who = [("phone", "+491701234567", "verified")];
    json!([wrote(id, 1_000, &"a".repeat(size), &who)]).to_string()
}

/// A hub's folder with a courier.
fn rig() -> (Program, Courier) {
    let wasm = plugins::wasm("courier");
    let program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    (program, courier)
}

/// Sets how large a file the hub may write; `None` for any.
fn limit(program: &Program, bytes: Option<u64>) {
    let size = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let (pid, soft) = (program.pid().to_string(), format!("--fsize={size}:unlimited"));
    let set = Command::new("prlimit").args(["--pid", &pid, &soft]).status().expect("prlimit runs");
    assert!(set.success(), "{soft}");
}

async fn status(addr: SocketAddr, path: &str) -> u16 {
    let request = switchboard_tests::client().get(format!("http://{addr}{path}"));
    let answer = request.send().await.expect("an answer");
    answer.status().as_u16()
}

/// Waits until the hub is ready, at most half a minute.
async fn ready(addr: SocketAddr) {
    for _ in 0..300 {
        if status(addr, "/readyz").await == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not recover");
}

fn errors(program: &Program) -> Vec<Value> {
    program.log().into_iter().filter(|line| line["level"] == "ERROR").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_is_answered_503_with_one_line_and_the_hub_goes_on_by_itself() {
    let (mut program, courier) = rig();
    // A process that exceeds its limit is ended unless it ignores the signal.
    let shell = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"].map(str::to_owned);
    program.serve_as(&[&shell[..], &program.line(&["serve"])].concat(), &[]);
    let addr = program.address().await;
    assert_eq!(courier.deliver(addr, &body("before", 10)).await, Some(200));
    for (round, bytes) in [(0, Some(0)), (1, Some(64 * 1024))] {
        limit(&program, bytes);
        let began = program.log().len();
        let (mut refused, mut taken) = (Vec::new(), Vec::new());
        for n in 0..60 {
            let id = format!("round-{round}-{n}");
            match courier.deliver(addr, &body(&id, 8_000)).await {
                Some(200) => taken.push(id),
                Some(503) => refused.push(id),
                other => panic!("{other:?}"),
            }
        }
        assert!(refused.len() > 40, "{}", refused.len());
        assert_eq!(status(addr, "/readyz").await, 503);
        assert_eq!(status(addr, "/healthz").await, 200, "it lives");
        let base = format!("http://{addr}");
        assert!(program.refused(&["health", "--url", &base]).contains("not ready"));
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let told = errors(&program);
        assert_eq!(told.len(), round + 1, "one line for each time: {told:#?}");
        let message = told[round]["message"].as_str().expect("a message");
        assert!(message.contains("takes no changes") && message.contains("make room"), "{message}");

        limit(&program, None);
        ready(addr).await;
        for id in refused.iter().chain(&taken) {
            assert_eq!(courier.deliver(addr, &body(id, 8_000)).await, Some(200), "the vendor repeats it");
        }
        assert_eq!(program.logged("takes changes again").len(), round + 1, "{:#?}", &program.log()[began..]);
    }
    let _ = program.told(&["health", "--url", &format!("http://{addr}")]);
    program.stop().await;
    let store = switchboard::store::StoreOptions::at(program.database());
    let store = switchboard::store::Store::open(&store, switchboard::ambient::Ambient::system()).await;
    let store = store.expect("opens");
    let events = store.events_after(0, 1_000).await.expect("the log");
    assert_eq!(events.len(), 121, "each message once");
    store.close().await;
}

/// The command line that runs `script` with mounts of its own and then becomes the program; `None`, and a
/// word about it, where the system does not let it.
fn with_mounts(script: &str, test: &str) -> Option<Vec<String>> {
    let line = ["unshare", "--mount", "--map-root-user", "sh", "-c"].map(str::to_owned);
    let tried = Command::new(&line[0])
        .args(&line[1..])
        .arg("mount -t tmpfs none /mnt")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !tried.is_ok_and(|status| status.success()) {
        eprintln!("{test}: skipped, this system lets no process have mounts of its own");
        return None;
    }
    Some([&line[..], &[format!("{script} && exec \"$@\""), "sh".to_owned()]].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_and_has_room_again_is_used_again() {
    let (mut program, courier) = rig();
    let (data, small) = (program.path().join("data"), program.path().join("small"));
    std::fs::create_dir(&small).expect("a folder");
    let script = format!(
        "mount -t tmpfs -o size=16m none {small} && cp -r {data}/hub.* {small}/",
        small = small.display(),
        data = data.display()
    );
    let Some(shell) = with_mounts(&script, "disk full") else { return };
    program.set(format!("storage.path={}", small.join("hub.db").display()));
    program.serve_as(&[&shell[..], &program.line(&["serve"])].concat(), &[]);
    let addr = program.address().await;
    assert_eq!(courier.deliver(addr, &body("before", 10)).await, Some(200));
    // The hub's own view of its mounts, from outside.
    let ballast = format!("/proc/{}/root{}/ballast", program.pid(), small.display());
    let full = std::fs::write(&ballast, vec![7; 20 << 20]);
    assert!(full.is_err(), "the disk is full");
    let mut statuses = Vec::new();
    for n in 0..60 {
        statuses.push(courier.deliver(addr, &body(&format!("m{n}"), 14_000)).await);
    }
    assert!(statuses.iter().filter(|status| **status == Some(503)).count() > 10, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, Some(200 | 503))), "{statuses:?}");
    assert_eq!(status(addr, "/readyz").await, 503);
    let told = errors(&program);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0]["why"].as_str().is_some_and(|why| why.contains("full")), "{told:#?}");
    std::fs::remove_file(&ballast).expect("room again");
    ready(addr).await;
    for n in 0..60 {
        assert_eq!(courier.deliver(addr, &body(&format!("m{n}"), 14_000)).await, Some(200));
    }
    assert_eq!(errors(&program).len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_starts_on_a_read_only_folder_answers_503_until_it_can_write() {
    let (mut program, courier) = rig();
    let data = program.path().join("data").display().to_string();
    let script = format!("mount --bind {data} {data} && mount -o remount,bind,ro {data}");
    let Some(shell) = with_mounts(&script, "read-only folder") else { return };
    // The address is known before the hub says it: it does not answer as itself yet.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = free.local_addr().expect("an address");
    drop(free);
    program.set(format!("http.listen={addr}"));
    program.serve_as(&[&shell[..], &program.line(&["serve"])].concat(), &[]);
    let line = program.line_with("cannot be opened now").await;
    assert!(line["error"].as_str().is_some_and(|error| error.contains("Read-only")), "{line}");
    assert_eq!(courier.deliver(addr, &body("m1", 10)).await, Some(503));
    assert_eq!(status(addr, "/readyz").await, 503);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(courier.deliver(addr, &body("m1", 10)).await, Some(503), "it goes on answering");
    assert_eq!(errors(&program).len(), 1, "{:#?}", errors(&program));
    let pid = program.pid().to_string();
    let script = format!("mount -o remount,bind,rw {data}");
    let args = ["--target", &pid, "--mount", "--user", "--preserve-credentials", "sh", "-c", &script];
    let done = Command::new("nsenter").args(args).status().expect("nsenter runs");
    assert!(done.success(), "it is writable again");
    program.line_with("the hub answers").await;
    assert_eq!(courier.deliver(addr, &body("m1", 10)).await, Some(200));
    program.stop().await;
}
