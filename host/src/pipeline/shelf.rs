//! The versions that are kept, each under the hash of its content. What serves comes from here and not from
//! the plugins' folder, so that a file swapped after its approval never runs.

use std::io;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::package;

/// The folder with the kept versions.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.folder.join(format!("{hash}.wasm"))
    }

    /// Keeps a file under the hash of its content; the hash in lower-case hex is given by the caller, who
    /// computed it from these bytes.
    pub(super) fn keep(&self, hash: &str, wasm: &[u8]) -> io::Result<()> {
        let path = self.path(hash);
        if std::fs::metadata(&path).is_ok_and(|about| about.len() == wasm.len() as u64) {
            return Ok(());
        }
        package::replace(&path, wasm)
    }

    /// The file with that hash; `None` when it is not here, or is no longer what it was.
    pub(super) fn take(&self, hash: &str) -> Option<Vec<u8>> {
        let wasm = std::fs::read(self.path(hash)).ok()?;
        if hex::encode(Sha256::digest(&wasm)) == hash {
            return Some(wasm);
        }
        tracing::error!(hash, "a kept version of a plugin was changed on the disk: it is not used");
        None
    }

    /// Lets go of a version. What cannot be removed stays.
    pub(super) fn drop(&self, hash: &str) {
        let _ = std::fs::remove_file(self.path(hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_was_changed_on_the_disk_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::at(folder.path().join("kept"));
        let hash = hex::encode(Sha256::digest(b"one"));
        shelf.keep(&hash, b"one").expect("kept");
        assert_eq!(shelf.take(&hash).as_deref(), Some(&b"one"[..]));
        std::fs::write(folder.path().join("kept").join(format!("{hash}.wasm")), b"two").expect("swapped");
        assert_eq!(shelf.take(&hash), None);
        shelf.drop(&hash);
        assert_eq!(std::fs::read_dir(folder.path().join("kept")).expect("reads").count(), 0);
    }
}
