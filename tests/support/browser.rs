//! Chromium without a window, for tests of pages: a process of its own, driven over the DevTools protocol.
//!
//! The driver is a few hundred lines over `tokio-tungstenite`, which brings two packages. The ready-made ones bring
//! forty to a hundred, a second WebSocket or TLS stack, or a protocol's worth of generated code that takes minutes to
//! compile, and what they add is not used here.

mod page;
mod wire;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

pub use page::Page;
use wire::Wire;

/// The longest that a page is waited for, and how often it is looked at meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(25);

/// A browser with nothing in its profile. Dropping it ends the process.
pub struct Browser {
    child: Child,
    _profile: TempDir,
    wire: Arc<Wire>,
}

impl Browser {
    /// Starts it. `None` where Chromium is not installed, which is said on standard error: the test then ends. With
    /// `CI` set that is a failure.
    ///
    /// # Panics
    /// When it does not start, or is not installed and `CI` is set.
    pub async fn start() -> Option<Self> {
        let Some(program) = program() else {
            let told =
                "Chromium is not installed (apt-get install chromium, or name it in SWITCHBOARD_CHROMIUM)";
            assert!(std::env::var_os("CI").is_none(), "{told}");
            eprintln!("SKIPPED: {told}");
            return None;
        };
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut command = Command::new(&program);
        command
            .args(["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio", "--lang=en"])
            .args(["--remote-debugging-port=0", "--window-size=1280,900"])
            .arg(format!("--user-data-dir={}", profile.path().display()));
        // Chromium refuses to shut root in; what it opens here are our own pages.
        if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            command.arg("--no-sandbox");
        }
        command.arg("about:blank").env_remove("http_proxy").env_remove("https_proxy").env("LANGUAGE", "en");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let url = address(&mut child, profile.path()).await;
        let wire =
            Wire::connect(&url).await.unwrap_or_else(|why| panic!("Chromium cannot be reached: {why}"));
        Some(Self { child, _profile: profile, wire })
    }

    /// An empty page of somebody who was never here: with storage and cookies of its own.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn page(&self) -> Page {
        let made = self.ask("Target.createBrowserContext", json!({ "disposeOnDetach": true })).await;
        let context = made["browserContextId"].as_str().expect("a context").to_owned();
        Page::open(&self.wire, &context).await
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        self.wire.ask(None, method, params).await.unwrap_or_else(|why| panic!("{why}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where Chromium is.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("SWITCHBOARD_CHROMIUM") {
        return Some(named.into());
    }
    let folders = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let mut all = std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name)));
    all.find(|path| path.is_file())
}

/// The address of the browser's own WebSocket, which it writes into its profile once it listens.
async fn address(child: &mut Child, profile: &Path) -> String {
    let file = profile.join("DevToolsActivePort");
    let waiting = async {
        loop {
            if let Ok(text) = std::fs::read_to_string(&file)
                && let Some((port, path)) = text.trim_end().split_once('\n')
            {
                return format!("ws://127.0.0.1:{port}{path}");
            }
            if let Ok(Some(status)) = child.try_wait() {
                panic!("Chromium ended at once: {status}");
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("Chromium listens in time")
}
