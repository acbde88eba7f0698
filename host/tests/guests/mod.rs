//! Builds the guests once per run and puts their manifests into them; a hub in memory for them to ask.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    reason = "shared by tests and benchmarks, which use parts of it"
)]

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use switchboard::model::id::ConnectionId;
use switchboard::plugin::{
    Answer, HostServices, Recordings, ReplayedRequest, ReplayedResponse, ServiceError, file,
};
use zeroize::Zeroizing;

const TARGET: &str = "wasm32-wasip2";

#[allow(unused_imports, reason = "not every program that shares this file needs it")]
pub use switchboard_guests::manifest;

/// The plugin file of a guest.
pub fn guest(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let component = switchboard_guests::component(name).unwrap_or_else(|| {
        let wasm = built(&root).join(format!("{name}.wasm"));
        std::fs::read(&wasm).unwrap_or_else(|e| panic!("{}: {e}", wasm.display()))
    });
    file::embed(&component, &switchboard_guests::manifest(name), &[]).expect("the guest takes its manifest")
}

/// Builds all guests, once per run, and says where they are.
fn built(root: &Path) -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        install_target();
        let target = root.join("target/guests");
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--package",
                "switchboard-guests",
                "--examples",
                "--profile",
                "plugin",
                "--target",
                TARGET,
            ])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(root)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the guests do not build");
        target.join(TARGET).join("plugin/examples")
    })
}

/// Adds the WebAssembly target where rustup can.
fn install_target() {
    let Ok(listed) = Command::new("rustup").args(["target", "list", "--installed"]).output() else { return };
    if !String::from_utf8_lossy(&listed.stdout).lines().any(|line| line == TARGET) {
        let added = Command::new("rustup").args(["target", "add", TARGET]).status();
        assert!(added.is_ok_and(|status| status.success()), "run `rustup target add {TARGET}`");
    }
}

/// The hub as a plugin sees it, in memory.
#[derive(Default)]
pub struct Memory {
    pub kv: Mutex<BTreeMap<String, Vec<u8>>>,
    pub secrets: BTreeMap<String, String>,
    pub published: Mutex<Vec<(String, String)>>,
    pub recorded: Option<ReplayedResponse>,
    pub asked: Mutex<Vec<ReplayedRequest>>,
    /// The addresses of every name, lookup by lookup; then none. `None` asks the system.
    pub addresses: Option<Mutex<VecDeque<Vec<IpAddr>>>>,
    pub tokens: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Memory {
    pub fn with_secrets(secrets: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { secrets: secrets.iter().map(own).collect(), ..Self::default() }
    }
}

fn now<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(value))
}

impl HostServices for Memory {
    fn kv_get<'a>(
        &'a self,
        _: &'a ConnectionId,
        key: &'a str,
    ) -> Answer<'a, Result<Option<Vec<u8>>, ServiceError>> {
        now(Ok(self.kv.lock().expect("lock").get(key).cloned()))
    }

    fn kv_set<'a>(
        &'a self,
        _: &'a ConnectionId,
        key: &'a str,
        value: Vec<u8>,
        _: Option<u64>,
        if_absent: bool,
        quota: u64,
    ) -> Answer<'a, Result<bool, ServiceError>> {
        let mut kv = self.kv.lock().expect("lock");
        if if_absent && kv.contains_key(key) {
            return now(Ok(false));
        }
        let held: usize = kv.iter().filter(|(k, _)| *k != key).map(|(k, v)| k.len() + v.len()).sum();
        if (held + key.len() + value.len()) as u64 > quota {
            return now(Err(ServiceError::Quota { quota }));
        }
        kv.insert(key.to_owned(), value);
        now(Ok(true))
    }

    fn kv_delete<'a>(&'a self, _: &'a ConnectionId, key: &'a str) -> Answer<'a, Result<(), ServiceError>> {
        self.kv.lock().expect("lock").remove(key);
        now(Ok(()))
    }

    fn kv_keys<'a>(
        &'a self,
        _: &'a ConnectionId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Result<Vec<String>, ServiceError>> {
        let kv = self.kv.lock().expect("lock");
        let keys =
            kv.keys().filter(|key| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after));
        now(Ok(keys.take(limit as usize).cloned().collect()))
    }

    fn secret<'a>(
        &'a self,
        _: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>> {
        now(Ok(self.secrets.get(name).map(|value| Zeroizing::new(value.clone().into_bytes()))))
    }

    fn kept_token<'a>(
        &'a self,
        _: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>> {
        now(Ok(self.tokens.lock().expect("lock").get(name).cloned().map(Zeroizing::new)))
    }

    fn keep_token<'a>(
        &'a self,
        _: &'a ConnectionId,
        name: &'a str,
        value: Zeroizing<Vec<u8>>,
    ) -> Answer<'a, Result<(), ServiceError>> {
        self.tokens.lock().expect("lock").insert(name.to_owned(), value.to_vec());
        now(Ok(()))
    }

    fn ticket<'a>(
        &'a self,
        _: &'a ConnectionId,
        topic: &'a str,
        _: u64,
    ) -> Answer<'a, Result<String, ServiceError>> {
        now(Ok(format!("ticket for {topic}")))
    }

    fn publish<'a>(
        &'a self,
        _: &'a ConnectionId,
        topic: &'a str,
        payload: String,
    ) -> Answer<'a, Result<(), ServiceError>> {
        self.published.lock().expect("lock").push((topic.to_owned(), payload));
        now(Ok(()))
    }

    fn addresses<'a>(&'a self, name: &'a str) -> Answer<'a, io::Result<Vec<IpAddr>>> {
        let Some(known) = &self.addresses else {
            return Box::pin(async move {
                Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
            });
        };
        now(known.lock().expect("lock").pop_front().ok_or_else(|| io::ErrorKind::NotFound.into()))
    }

    fn recordings(&self) -> Option<&dyn Recordings> {
        self.recorded.as_ref().map(|_| self as &dyn Recordings)
    }
}

impl Recordings for Memory {
    fn answer(&self, request: &ReplayedRequest) -> Result<ReplayedResponse, String> {
        self.asked.lock().expect("lock").push(request.clone());
        self.recorded.clone().ok_or_else(|| "nothing was recorded".to_owned())
    }
}

/// A connection's id for tests.
pub fn connection() -> ConnectionId {
    ConnectionId::random([7; 16])
}

/// Keeps services and hub alive together.
pub type Services = Arc<Memory>;
