//! What the machine gives: folders, room, the time.

use std::path::{Path, PathBuf};

use super::Findings;
use crate::cli::output::{size, time};
use crate::config::Config;
use crate::store::health::Checkup;
use crate::store::private;

/// The beginning of 2026, before which no hub ran: milliseconds since the epoch.
const FIRST: i64 = 1_767_225_600_000;

/// How far in the future a time may lie, in milliseconds, before the clock is doubted.
const LENIENCE: i64 = 5 * 60 * 1_000;

/// The folders that the hub makes by itself.
const KEPT: &str = "plugin versions";
const COMPILED: &str = "compiled plugins";

/// The folders that the hub works in: what each is for, and where.
fn all(config: &Config) -> Vec<(&'static str, PathBuf)> {
    let parent = config.storage.path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let data = parent.unwrap_or(Path::new(".")).to_owned();
    let mut folders = vec![("data", data), ("plugins", config.plugin.directory.clone())];
    folders.push((KEPT, config.kept_plugins()));
    folders.extend(config.plugin_runtime().cache_dir.map(|cache| (COMPILED, cache)));
    folders
}

/// Whether the folders are there and can be written to, and none but the hub can read its key.
pub(super) fn folders(config: &Config, found: &mut Findings) {
    const CHECK: &str = "folder";
    for (what, path) in all(config) {
        let about = format!("for {what}, {}", path.display());
        if !path.is_dir() {
            if [KEPT, COMPILED].contains(&what) {
                found.fine(CHECK, about, "not there yet; the hub makes it");
            } else {
                found.attention(CHECK, about, "it is not there", format!("mkdir -p {}", path.display()));
            }
            continue;
        }
        let probe = path.join(format!(".doctor-{}", std::process::id()));
        let written = private(&probe).and_then(|file| file.sync_all());
        let _ = std::fs::remove_file(&probe);
        match written {
            Ok(()) => found.fine(CHECK, about, "there, and can be written to"),
            Err(error) => found.attention(
                CHECK,
                about,
                format!("it cannot be written to: {error}"),
                format!("let the user that serves the hub write there: chown USER {}", path.display()),
            ),
        }
        if what == COMPILED {
            open_to_others(
                CHECK,
                &path,
                "0700",
                0o022,
                "others can write there, and so run code as the hub",
                found,
            );
        }
    }
    let key = config.storage.path.with_extension("key");
    open_to_others("key", &key, "0600", 0o077, "others can read the key that secrets are sealed with", found);
}

/// Tells where a file's permissions have one of the bits of `mask`.
fn open_to_others(
    check: &'static str,
    path: &Path,
    right: &str,
    mask: u32,
    message: &str,
    found: &mut Findings,
) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0, |about| about.permissions().mode());
        if mode & mask != 0 {
            let mend = format!("chmod {right} {}", path.display());
            found.attention(check, path.display().to_string(), message, mend);
        }
    }
    #[cfg(not(unix))]
    let _ = (check, path, right, mask, message, found);
}

/// Whether the disks have room left.
pub(super) fn room(config: &Config, least: u64, found: &mut Findings) {
    let mut seen = Vec::new();
    for (_, path) in all(config) {
        let Some((disk, free)) = free(&path) else { continue };
        if seen.contains(&disk) {
            continue;
        }
        seen.push(disk);
        let about = format!("of {}", path.display());
        if free < least {
            found.attention(
                "disk",
                about,
                format!("{} are left, fewer than {}", size(free), size(least)),
                "make room: a full disk has the hub answer 503; `du -xh --max-depth 2 / | sort -h` shows what is large",
            );
        } else {
            found.fine("disk", about, format!("{} are left", size(free)));
        }
    }
}

/// The disk that a folder lies on, and how many bytes are left there.
fn free(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        let room = rustix::fs::statvfs(path).ok()?;
        let disk = std::os::unix::fs::MetadataExt::dev(&std::fs::metadata(path).ok()?);
        Some((disk, room.f_bavail.saturating_mul(room.f_frsize)))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Whether the clock can be right: signatures with times, order and retries depend on it.
pub(super) fn clock(config: &Config, now: i64, checkup: Option<&Checkup>, found: &mut Findings) {
    const CHECK: &str = "clock";
    const MEND: &str = "set the clock and keep it set: `timedatectl set-ntp true`";
    if now < FIRST {
        return found.attention(CHECK, None, format!("it says {} UTC, which is past", time(now)), MEND);
    }
    let ahead = |at: i64| at > now.saturating_add(LENIENCE);
    if let Some(at) = checkup.and_then(|checkup| checkup.last_received_at).filter(|at| ahead(*at)) {
        let message = format!("it says {} UTC, and the last delivery came at {}", time(now), time(at));
        return found.attention(CHECK, None, message, MEND);
    }
    let plugins = std::fs::read_dir(&config.plugin.directory).into_iter().flatten().flatten();
    let files = [config.storage.path.clone(), config.storage.path.with_extension("key")];
    for path in files.into_iter().chain(plugins.map(|entry| entry.path())) {
        if let Some(at) = modified(&path).filter(|at| ahead(*at)) {
            let message =
                format!("it says {} UTC, and {} was changed at {}", time(now), path.display(), time(at));
            let mend = format!("{MEND}; where the clock is right, `touch {}`", path.display());
            return found.attention(CHECK, None, message, mend);
        }
    }
    found.fine(CHECK, None, format!("it says {} UTC", time(now)));
}

/// When a file was changed: milliseconds since the epoch.
fn modified(path: &Path) -> Option<i64> {
    let at = std::fs::metadata(path).ok()?.modified().ok()?;
    i64::try_from(at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path) -> Config {
        let sets = [
            format!("storage.path={}", folder.join("hub.db").display()),
            format!("plugin.directory={}", folder.join("plugins").display()),
        ];
        Config::load(None, [], &sets).expect("loads")
    }

    fn told(check: impl FnOnce(&mut Findings)) -> String {
        let mut found = Findings::default();
        check(&mut found);
        found.words()
    }

    #[test]
    fn a_clock_that_stands_before_the_last_delivery_or_a_files_change_is_doubted() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let checkup =
            |at| Checkup { shape: Some(1), known: 1, problems: Vec::new(), last_received_at: Some(at) };
        let at = |now: i64, last: i64| told(|found| clock(&config, now, Some(&checkup(last)), found));
        assert!(at(0, 0).contains("1970"));
        assert!(at(FIRST, FIRST + LENIENCE).starts_with("       ok"));
        assert!(at(FIRST, FIRST + LENIENCE + 1).contains("the last delivery came"));
        std::fs::write(&config.storage.path, "").expect("written");
        assert!(at(FIRST, FIRST).contains("hub.db was changed"));
    }

    #[test]
    fn a_missing_folder_is_told_with_the_command_that_makes_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let words = told(|found| folders(&config, found));
        assert!(words.contains(&format!("-> mkdir -p {}", config.plugin.directory.display())), "{words}");
        assert_eq!(words.matches("ATTENTION").count(), 1, "{words}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0, "nothing is left behind");
    }

    #[test]
    #[cfg(unix)]
    fn a_key_that_others_can_read_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let key = config.storage.path.with_extension("key");
        std::fs::write(&key, [0; 32]).expect("written");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).expect("set");
        let words = told(|found| folders(&config, found));
        assert!(words.contains(&format!("chmod 0600 {}", key.display())), "{words}");
    }

    #[test]
    #[cfg(unix)]
    fn a_disk_with_less_room_than_wanted_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        assert_eq!(told(|found| room(&config, u64::MAX, found)).matches("ATTENTION").count(), 1);
        assert_eq!(told(|found| room(&config, 0, found)).matches("ATTENTION").count(), 0);
    }
}
