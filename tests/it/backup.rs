//! A hub is copied while it serves, and put back elsewhere.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use switchboard::ambient::Ambient;
use switchboard::store::{Store, StoreOptions};
use switchboard_tests::{Program, Vendor, plugins};

use crate::courier::Courier;
use crate::vendors::wrote;

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_is_whole_and_serves_elsewhere() {
    let vendor = Vendor::start().await;
    let wasm = plugins::wasm("courier");
    let mut program = Program::new(&[("courier", wasm.clone())], &[&vendor.allowed()]);
    let courier = Courier::connect(&program, &wasm, &vendor.url());
    program.serve();
    let addr = program.address().await;
    let (over, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load = {
        let (courier, over, acknowledged) = (courier.clone(), Arc::clone(&over), Arc::clone(&acknowledged));
        tokio::spawn(async move {
            let mut n = 0;
            while !over.load(Ordering::Relaxed) {
                let who = [("phone", &*format!("+4917012345{:02}", n % 50), "verified")];
                let body = json!([wrote(&format!("m{n}"), n, "two words", &who)]).to_string();
                assert_eq!(courier.deliver(addr, &body).await, Some(200));
                acknowledged.fetch_add(1, Ordering::Relaxed);
                n += 1;
            }
        })
    };
    while acknowledged.load(Ordering::Relaxed) < 100 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let file = path(program.path(), "hub.backup");
    let before = acknowledged.load(Ordering::Relaxed);
    let made = tokio::task::block_in_place(|| program.told(&["backup", &file]));
    let after = acknowledged.load(Ordering::Relaxed) + 1;
    over.store(true, Ordering::Relaxed);
    load.await.expect("every delivery is acknowledged while the backup is made");
    let events = made["backup"]["events"].as_i64().expect("a number") as usize;
    assert!((before..=after).contains(&events), "{before} {events} {after}");
    assert_eq!(made["backup"]["events"], made["backup"]["deliveries"], "of one moment");
    private(Path::new(&file));
    private(Path::new(made["key"].as_str().expect("a key")));
    let words = program.refused(&["backup", &file]);
    assert!(words.contains("is there already"), "{words}");
    let words = program.refused(&["restore", &file, "--force"]);
    assert!(words.contains("stop it first"), "{words}");
    program.stop().await;

    // Elsewhere: no plugin, no database, no key.
    let mut elsewhere = Program::new(&[], &[&vendor.allowed()]);
    let restored = elsewhere.told(&["restore", &file]);
    assert_eq!(restored["events"], made["backup"]["events"]);
    let written = restored["plugins_written"].as_array().expect("a list");
    assert_eq!(written.len(), 2, "the plugin, and its version that is kept: {written:?}");
    assert!(written.contains(&"installed/courier.wasm".into()), "{written:?}");
    let store = Store::open(&StoreOptions::at(elsewhere.database()), Ambient::system()).await.expect("opens");
    let shown = store.events_after(0, 100_000).await.expect("the log").len();
    assert_eq!(shown, events);
    store.close().await;
    elsewhere.serve();
    let addr = elsewhere.address().await;
    let body = json!([wrote("after", 9, "hi", &[("phone", "+491701234567", "verified")])]).to_string();
    assert_eq!(courier.deliver(addr, &body).await, Some(200), "its secrets open");
    elsewhere.stop().await;
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[cfg(not(unix))]
fn private(_: &Path) {}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_overwrites_nothing_unasked_and_takes_only_what_is_sound_and_fits() {
    let wasm = plugins::wasm("courier");
    let program = Program::new(&[("courier", wasm.clone())], &[]);
    let _ = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    let file = path(program.path(), "hub.backup");
    let key = path(program.path(), "elsewhere.key");
    let _ = program.told(&["backup", &file, "--key", &key]);

    let words = program.refused(&["restore", &file, "--key", &key]);
    assert!(words.contains("is there already") && words.contains("--force"), "{words}");
    let other = Program::new(&[], &[]);
    let words = other.refused(&["restore", &file]);
    assert!(words.contains("need their key") && words.contains("--key"), "{words}");
    let strange = path(other.path(), "strange.key");
    std::fs::write(&strange, [7; 32]).expect("written");
    let words = other.refused(&["restore", &file, "--key", &strange]);
    assert!(words.contains("does not open the secrets"), "{words}");
    let words = other.refused(&["restore", &path(other.path(), "none")]);
    assert!(words.contains("no such file"), "{words}");
    let words = other.refused(&["restore", &strange]);
    assert!(words.contains("no backup"), "{words}");
    let plain = program.database().display().to_string();
    let words = other.refused(&["restore", &plain, "--key", &key]);
    assert!(words.contains("no backup"), "{words}");

    // A page in the middle was lost on the way.
    let mut bytes = std::fs::read(&file).expect("read");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    let damaged = path(program.path(), "damaged.backup");
    std::fs::write(&damaged, bytes).expect("written");
    let words = other.refused(&["restore", &damaged, "--key", &key]);
    assert!(words.contains("damaged") || words.contains("no backup"), "{words}");
    assert!(!other.database().exists(), "nothing was touched");

    let restored = program.told(&["restore", &file, "--key", &key, "--force"]);
    assert_eq!(restored["moved_aside"], true);
    assert!(program.path().join("data/hub.db.before-restore").is_file());
    assert_eq!(program.told(&["connection", "list"]).as_array().map(Vec::len), Some(1));
    let without = other.told(&["restore", &file, "--without-key"]);
    assert_eq!(without["backup"]["secrets"], 2);
    let shown = other.told(&["connection", "list"]);
    let id = shown[0]["id"].as_str().expect("an id");
    let problem = other.told(&["connection", "show", id])["problem"].to_string();
    assert!(problem.contains("does not open with this key"), "{problem}");
}
