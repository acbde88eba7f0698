//! The plugins that tests install, each built once a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use switchboard::author::build;
use switchboard::plugin::file;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where compiled code is kept between hubs and runs.
#[must_use]
pub fn cache() -> PathBuf {
    root().join("target/guests/it-cache")
}

/// The plugin file of that name: a bundled plugin, an example, or a guest of `tests/guests`.
///
/// # Panics
/// When there is none of the name or it does not build.
#[must_use]
pub fn wasm(name: &str) -> Vec<u8> {
    static BUILT: Mutex<Option<HashMap<String, Vec<u8>>>> = Mutex::new(None);
    // Held while building: cargo takes turns anyway, and nobody builds the same twice.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_with(HashMap::new);
    built.entry(name.to_owned()).or_insert_with(|| make(name)).clone()
}

fn make(name: &str) -> Vec<u8> {
    let folder =
        ["plugins", "examples"].iter().map(|of| root().join(of).join(name)).find(|path| path.is_dir());
    match folder {
        Some(folder) => {
            let out = root().join("target/guests/it").join(format!("{name}.wasm"));
            let made = build::build(&folder, Some(&out), true).unwrap_or_else(|e| panic!("{name}: {e}"));
            std::fs::read(&made.path).unwrap_or_else(|e| panic!("{}: {e}", made.path.display()))
        }
        None => guest(name, &manifest(name)),
    }
}

/// The manifest of a guest, as it stands in `tests/guests/manifests`.
#[must_use]
pub fn manifest(name: &str) -> String {
    switchboard_guests::manifest(name)
}

/// A guest with another manifest than its own.
///
/// # Panics
/// When it does not build or refuses the manifest.
#[must_use]
pub fn guest(name: &str, manifest: &str) -> Vec<u8> {
    let component = switchboard_guests::component(name).unwrap_or_else(|| {
        let path = guests().join(format!("{name}.wasm"));
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    });
    file::embed(&component, manifest, &[]).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Builds all guests, once a run, and says where they are.
fn guests() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        build::ensure_target(&root()).unwrap_or_else(|e| panic!("{e}"));
        let target = root().join("target/guests");
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--package",
                "switchboard-guests",
                "--examples",
                "--profile",
                "plugin",
            ])
            .args(["--target", build::TARGET, "--target-dir"])
            .arg(&target)
            .current_dir(root())
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the guests do not build");
        target.join(build::TARGET).join("plugin/examples")
    })
}
