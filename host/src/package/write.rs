//! Files that are there whole or not at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes beside the destination, syncs and renames, so that a hub that watches the folder never sees half
/// a file and a crash never leaves one. Permissions of a file that is replaced stay as they are.
///
/// # Errors
/// What the system says; the destination is then as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    // Of this call alone, as others may write the same file now. Its name does not end in `.wasm`, so nobody
    // takes it for a plugin.
    static CALL: AtomicU64 = AtomicU64::new(0);
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}-{}.partial", std::process::id(), CALL.fetch_add(1, Ordering::Relaxed)));
    let partial = PathBuf::from(partial);
    let written = (|| {
        let mut file = std::fs::File::create(&partial)?;
        file.write_all(bytes)?;
        if let Ok(about) = std::fs::metadata(path) {
            file.set_permissions(about.permissions())?;
        }
        file.sync_all()?;
        std::fs::rename(&partial, path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("new/plugin.wasm");
        replace(&path, b"one").expect("writes");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
        replace(&path, b"two").expect("writes");
        assert_eq!(std::fs::read(&path).expect("reads"), b"two");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(dir.path().join("new")).expect("lists").count(), 1);
    }

    #[test]
    fn two_who_write_the_same_file_do_not_disturb_each_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("plugin.wasm");
        std::thread::scope(|scope| {
            for byte in [1, 2, 3, 4] {
                let path = &path;
                scope.spawn(move || replace(path, &[byte; 10_000]).expect("writes"));
            }
        });
        let written = std::fs::read(&path).expect("reads");
        assert!(written.len() == 10_000 && written.iter().all(|byte| *byte == written[0]));
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 1);
    }

    #[test]
    fn what_cannot_be_put_in_place_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("plugin.wasm");
        std::fs::create_dir(&path).expect("a folder in its place");
        assert!(replace(&path, b"one").is_err());
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 1);
    }
}
