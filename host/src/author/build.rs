//! From a plugin's crate to one installable file: compile to a component, embed manifest and assets.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::model::manifest::{Asset, Manifest, ManifestErrors, mime_of};
use crate::package;
use crate::plugin::file;

/// The target that plugins are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// The profile that plugins are compiled with: small first, because every instance pays for its
/// pages. Given on the command line, so that an author's Cargo.toml need not know of it.
const PROFILE: [&str; 7] = [
    "profile.plugin.inherits=\"release\"",
    "profile.plugin.opt-level=\"s\"",
    "profile.plugin.lto=\"fat\"",
    "profile.plugin.codegen-units=1",
    "profile.plugin.panic=\"abort\"",
    "profile.plugin.strip=true",
    "profile.plugin.debug=false",
];

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no plugin in that folder.
    #[error("{0} holds no plugin.toml; `switchboard plugin new NAME` writes a plugin to start from")]
    NoManifest(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {what} {path}")]
    File {
        /// Read or write.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest has mistakes.
    #[error(transparent)]
    Manifest(#[from] ManifestErrors),
    /// The Wasm target is missing and could not be installed.
    #[error(
        "the Rust target {TARGET} is missing and `rustup target add {TARGET}` did not work ({0}); install it \
         with your distribution's packages (Debian: libstd-rust-dev-wasm32) or with rustup on a machine that \
         reaches its server"
    )]
    Target(String),
    /// Cargo did not run or did not succeed; it has said why.
    #[error("`{command}` failed: {reason}")]
    Cargo {
        /// What was run.
        command: String,
        /// What it said.
        reason: String,
    },
    /// Cargo succeeded but made no component.
    #[error(
        "cargo made no .wasm file for `{0}`: its Cargo.toml needs `[lib] crate-type = [\"cdylib\", \"rlib\"]`"
    )]
    NoComponent(String),
    /// What was compiled cannot be a plugin.
    #[error(transparent)]
    Component(#[from] file::FileError),
}

/// A plugin that was built.
#[derive(Debug)]
pub struct Built {
    /// The installable file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// Makes sure that plugins can be compiled: looks for the target, and has rustup install it if need be.
///
/// # Errors
/// [`BuildError::Target`] when it is missing and cannot be installed; the message says what to do.
pub fn ensure_target(folder: &Path) -> Result<(), BuildError> {
    if target_installed(folder) {
        return Ok(());
    }
    let output = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(BuildError::Target(last_line(&output.stderr))),
        Err(error) => Err(BuildError::Target(format!("rustup did not start: {error}"))),
    }
}

/// The compiler knows where a target's library would be; it is installed when that folder is there.
fn target_installed(folder: &Path) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .output();
    output.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// Compiles the plugin in `folder` and embeds its manifest and assets.
///
/// The file goes to `out`, or to `plugins/NAME.wasm` in cargo's target folder. What cargo prints goes
/// to standard error while it works, unless `quiet`.
///
/// # Errors
/// When the manifest has mistakes, the target is missing, the crate does not compile, or what came out
/// does not fit the manifest.
pub fn build(folder: &Path, out: Option<&Path>, quiet: bool) -> Result<Built, BuildError> {
    let manifest_path = folder.join("plugin.toml");
    if !manifest_path.is_file() {
        return Err(BuildError::NoManifest(folder.to_path_buf()));
    }
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| BuildError::File {
            what: "read",
            path: path.to_path_buf(),
            source,
        })
    };
    let text = String::from_utf8_lossy(&read(&manifest_path)?).into_owned();
    let manifest = Manifest::parse(&text, &manifest_path.display().to_string())?;
    ensure_target(folder)?;
    let (component, target_dir) = compile(folder, quiet)?;
    let files = match &manifest.assets {
        Some(dir) => collect(&folder.join(dir))?,
        None => Vec::new(),
    };
    let assets: Vec<Asset<'_>> =
        files.iter().map(|(path, bytes)| Asset { path, mime: mime_of(path), bytes }).collect();
    let bytes = file::embed(&read(&component)?, &text, &assets)?;
    // What an operator's hub would refuse is refused here, where the author can mend it.
    file::read(&bytes, usize::MAX)?;
    let path = match out {
        Some(path) if path.is_dir() => path.join(format!("{}.wasm", manifest.name)),
        Some(path) => path.to_path_buf(),
        None => target_dir.join("plugins").join(format!("{}.wasm", manifest.name)),
    };
    package::replace(&path, &bytes).map_err(|source| BuildError::File {
        what: "write",
        path: path.clone(),
        source,
    })?;
    Ok(Built { size: bytes.len() as u64, path, manifest })
}

/// Every file below a folder with its path in it, sorted.
fn collect(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, BuildError> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(current) = open.pop() {
        let failed = |source| BuildError::File { what: "read", path: current.clone(), source };
        for entry in std::fs::read_dir(&current).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).map_err(failed)?;
                let inside = path.strip_prefix(folder).unwrap_or(&path);
                let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                found.push((parts.join("/"), bytes));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Runs cargo; returns the component it made and its target folder.
fn compile(folder: &Path, quiet: bool) -> Result<(PathBuf, PathBuf), BuildError> {
    let target_dir = target_dir(folder)?;
    let mut cargo = Command::new("cargo");
    // Only as a component: with the crate's `rlib` beside it, rustc would not optimise across crates.
    cargo.current_dir(folder).args(["rustc", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", "plugin", "--target", TARGET]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    // A folder of its own: cargo locks it, and the hub itself may be running under `cargo run`.
    cargo.arg("--target-dir").arg(target_dir.join("guests"));
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    // Flags meant for the hub's own build (a linker, an instrumentation) do not fit a component.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.stderr(if quiet { Stdio::piped() } else { Stdio::inherit() });
    let command = "cargo rustc".to_owned();
    let output = cargo.stdout(Stdio::piped()).output().map_err(|error| BuildError::Cargo {
        command: command.clone(),
        reason: format!("it did not start ({error}); install Rust from rustup.rs"),
    })?;
    if !output.status.success() {
        let reason =
            if quiet { String::from_utf8_lossy(&output.stderr).into_owned() } else { "see above".to_owned() };
        return Err(BuildError::Cargo { command, reason });
    }
    // The last artifact cargo names is the crate that was asked for.
    let made = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter_map(|message| {
            message["filenames"]
                .as_array()?
                .iter()
                .filter_map(|name| name.as_str())
                .find(|n| n.ends_with(".wasm"))
                .map(PathBuf::from)
        })
        .next_back();
    made.map(|path| (path, target_dir)).ok_or_else(|| BuildError::NoComponent(folder.display().to_string()))
}

fn target_dir(folder: &Path) -> Result<PathBuf, BuildError> {
    let command = "cargo metadata".to_owned();
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(folder)
        .output()
        .map_err(|error| BuildError::Cargo {
            command: command.clone(),
            reason: format!("it did not start ({error}); install Rust from rustup.rs"),
        })?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    match metadata["target_directory"].as_str() {
        Some(path) => Ok(PathBuf::from(path)),
        None => {
            Err(BuildError::Cargo { command, reason: String::from_utf8_lossy(&output.stderr).into_owned() })
        }
    }
}

fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message").trim().to_owned()
}
