//! Compiled code kept between starts.
//!
//! Loading compiled code is loading machine code, so a file is believed only when this hub wrote it:
//! each carries an HMAC over its content and its name, made with a key that stands in the folder and
//! that only the hub's user can read. Whatever else lies there is compiled anew and overwritten.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::{PluginError, Sha256Hex};
use crate::ambient::Ambient;

/// What a cache file begins with; the number changes when its layout does.
const MAGIC: &[u8; 8] = b"swbcode1";
/// Bytes of the tag that follows.
const TAG: usize = 32;

/// The folder with compiled code.
pub(super) struct Cache {
    dir: PathBuf,
    key: Hmac<Sha256>,
    /// What the engine's settings and version come down to.
    compatibility: u64,
}

impl Cache {
    /// Opens the folder, or makes it for this user alone.
    pub(super) fn open(dir: &Path, engine: &Engine, ambient: &Ambient) -> Result<Self, PluginError> {
        let failed = |source| PluginError::Io { path: dir.to_owned(), source };
        make_private_dir(dir).map_err(failed)?;
        let key_file = dir.join("key");
        let key = match std::fs::read(&key_file) {
            Ok(key) if key.len() == 32 => key,
            _ => {
                let mut key = vec![0; 32];
                ambient.entropy.fill(&mut key);
                write_whole(dir, &key_file, &[&key], ambient).map_err(failed)?;
                // Another process may have made one at the same time: the one that stands counts.
                std::fs::read(&key_file).map_err(failed)?
            }
        };
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            dir: dir.to_owned(),
            // HMAC takes keys of every length, so this cannot fail.
            key: Hmac::new_from_slice(&key).unwrap_or_else(|_| unreachable!("HMAC takes any key")),
            compatibility: hasher.finish(),
        })
    }

    /// The component in its compiled form, when this hub compiled this file with this engine before.
    pub(super) fn load(&self, engine: &Engine, wasm: &Sha256Hex) -> Option<Component> {
        let path = self.path(wasm);
        let bytes = std::fs::read(&path).ok()?;
        let code = self.open_sealed(wasm, &bytes);
        if code.is_none() {
            tracing::warn!(file = %path.display(), "compiled code that this hub did not write, or that is damaged: compiling anew");
        }
        #[expect(unsafe_code, reason = "the one place that loads machine code")]
        // SAFETY: the tag says that this hub wrote these bytes under this name, so they are what the
        // engine's own `serialize` gave, for this component and for a compatible engine.
        match unsafe { Component::deserialize(engine, code?) } {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "compiled code does not load: compiling anew");
                None
            }
        }
    }

    /// Keeps a compiled component for the next start. That it could not be kept is only worth a line
    /// in the log.
    pub(super) fn keep(&self, component: &Component, wasm: &Sha256Hex, ambient: &Ambient) {
        let path = self.path(wasm);
        let kept = component.serialize().map_err(io::Error::other).and_then(|code| {
            let tag = self.tag(wasm, &code);
            write_whole(&self.dir, &path, &[MAGIC, &tag, &code], ambient)
        });
        match kept {
            Ok(()) => self.drop_older(wasm, &path),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "compiled code could not be kept: the next start compiles again");
            }
        }
    }

    fn path(&self, wasm: &Sha256Hex) -> PathBuf {
        self.dir.join(format!("{}-{:016x}.cwasm", wasm.as_str(), self.compatibility))
    }

    fn tag(&self, wasm: &Sha256Hex, code: &[u8]) -> [u8; TAG] {
        self.mac(wasm, code).finalize().into_bytes().into()
    }

    fn mac(&self, wasm: &Sha256Hex, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(wasm.as_str().as_bytes());
        mac.update(&self.compatibility.to_le_bytes());
        mac.update(code);
        mac
    }

    fn open_sealed<'a>(&self, wasm: &Sha256Hex, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (tag, code) = rest.split_at_checked(TAG)?;
        self.mac(wasm, code).verify_slice(tag).ok().map(|()| code)
    }

    /// Removes the same component's code for engines that are gone.
    fn drop_older(&self, wasm: &Sha256Hex, keep: &Path) {
        for entry in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let same = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(wasm.as_str()));
            if same && path != keep {
                // It is only a cache: what cannot be removed stays.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// Writes beside the target and renames, so that nobody ever reads half a file.
fn write_whole(dir: &Path, target: &Path, parts: &[&[u8]], ambient: &Ambient) -> io::Result<()> {
    let temporary = dir.join(format!(".{}.tmp", hex::encode(ambient.random16())));
    let written = private_file(&temporary).and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        std::fs::rename(&temporary, target)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

#[cfg(unix)]
fn make_private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private_dir(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}

fn private_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
