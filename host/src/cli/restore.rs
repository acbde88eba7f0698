//! `switchboard restore`.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;

use super::args::Restore as Args;
use super::backup::{copy_private, not_on_a_server, plugin_folders, sync_folder, with_suffix};
use super::open;
use super::output::{Output, count, time};
use crate::config::Config;
use crate::store::backup::{self, PluginFile};
use crate::store::private;
use crate::store::{Alone, StoreError};

/// What is behind the name of what was moved aside.
const ASIDE: &str = ".before-restore";

/// Checks the backup before anything is touched; moves what is there aside before anything is put in place.
pub(super) async fn run(args: &Args, config: &Config, out: &Output) -> anyhow::Result<()> {
    not_on_a_server(config, "`pg_restore --clean --dbname URL FILE` puts a copy back, and the key")?;
    let database = &config.storage.path;
    let found = backup::inspect(&args.file).await?;
    let key = match (&args.key, args.without_key) {
        (_, true) => None,
        (Some(key), _) => Some(key.clone()),
        (None, _) => Some(with_suffix(&args.file, ".key")).filter(|key| key.is_file()),
    };
    check_key(args, key.as_deref(), found.secrets).await?;
    if let Some(folder) = database.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let alone = Alone::take(database).map_err(|error| match error {
        StoreError::Served { .. } => anyhow::anyhow!(
            "a hub serves {}; stop it first (`systemctl stop switchboard`, or Ctrl-C where it runs)",
            database.display()
        ),
        error => error.into(),
    })?;
    let key_place = database.with_extension("key");
    let there: Vec<&Path> =
        [database.as_path(), &key_place].into_iter().filter(|path| path.exists()).collect();
    if let (Some(path), false) = (there.first(), args.force) {
        bail!("{} is there already; `--force` moves it aside to {}", path.display(), aside(path).display());
    }

    let copy = with_suffix(database, ".restoring");
    let key_copy = with_suffix(&key_place, ".restoring");
    for left_over in [&copy, &key_copy] {
        let _ = std::fs::remove_file(left_over);
    }
    copy_private(&args.file, &copy)?;
    let plugins = backup::unpack(&copy).await.with_context(|| format!("cannot write {}", copy.display()))?;
    if let Some(key) = &key {
        copy_private(key, &key_copy)?;
    }
    put_in_place(database, &copy, key.is_some().then_some(&*key_copy), &key_place)
        .with_context(|| format!("cannot put {} in place", database.display()))?;
    let (written, kept) = install(&plugins, &plugin_folders(config), args.force)?;
    // Brings an older backup's shape up to date, and shows that the result opens.
    drop(alone);
    let store = open::store(config).await?;
    let events = store.last_seq().await?;
    store.close().await;

    let data = json!({
        "database": database, "backup": found, "events": events, "plugins_written": written, "plugins_kept": kept,
        "moved_aside": !there.is_empty(),
    });
    out.data(&data, || {
        let mut words = format!(
            "Restored {} as of {} UTC: {}, {}; {} written.",
            database.display(),
            time(found.made_at),
            count(events.unsigned_abs(), "event"),
            count(found.connections.unsigned_abs(), "connection"),
            count(written.len() as u64, "plugin file")
        );
        if !kept.is_empty() {
            words += &format!(
                "\nThese plugins differ from the backup's and were left as they are: {}; `--force` replaces them.",
                kept.join(", ")
            );
        }
        if !there.is_empty() {
            words += &format!(
                "\nWhat was there is in {} until the next restore; remove it when it is no longer needed.",
                aside(database).display()
            );
        }
        if args.without_key && found.secrets > 0 {
            words += "\nThe secrets of its connections do not open without their key; set them again.";
        }
        words + "\n`switchboard doctor` looks it over, `switchboard serve` serves it."
    });
    Ok(())
}

/// Refuses a key that does not open the backup's secrets, and none where there are any.
async fn check_key(args: &Args, key: Option<&Path>, secrets: i64) -> anyhow::Result<()> {
    if args.without_key || secrets == 0 && key.is_none() {
        return Ok(());
    }
    let Some(key) = key else {
        bail!(
            "the backup's {secrets} secrets need their key, and there is no {}; name it with `--key FILE`, or \
             restore with `--without-key` and set the secrets again",
            with_suffix(&args.file, ".key").display()
        );
    };
    if !key.is_file() {
        bail!("there is no key {}", key.display());
    }
    if !backup::fits(&args.file, key).await? {
        bail!(
            "the key {} does not open the secrets in {}; name the one that does",
            key.display(),
            args.file.display()
        );
    }
    Ok(())
}

fn aside(path: &Path) -> PathBuf {
    with_suffix(path, ASIDE)
}

/// Moves what is there aside, with what SQLite keeps beside it, and the restored files to where they belong.
fn put_in_place(database: &Path, copy: &Path, key_copy: Option<&Path>, key: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(database, suffix), with_suffix(&aside(database), suffix));
        match std::fs::remove_file(&to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if from.exists() {
            std::fs::rename(&from, &to)?;
        }
    }
    if key.exists() {
        std::fs::rename(key, aside(key))?;
    }
    if let Some(key_copy) = key_copy {
        std::fs::rename(key_copy, key)?;
    }
    std::fs::rename(copy, database)?;
    sync_folder(database)
}

/// Writes the plugins' files into their folders; which were written, and which differ from what is there and
/// were left alone.
fn install(
    files: &[PluginFile],
    folders: &[(&str, PathBuf)],
    force: bool,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let place = name.split_once('/').and_then(|(folder, file)| {
            let plain =
                matches!(Path::new(file).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
            let folder = folders.iter().find(|(known, _)| *known == folder).filter(|_| plain)?;
            Some((&folder.1, folder.1.join(file)))
        });
        let Some((folder, path)) = place else {
            bail!("the backup names a plugin file outside the folders of plugins: {name}");
        };
        let there = std::fs::read(&path).ok();
        if there.as_ref() == Some(bytes) {
            continue;
        }
        if there.is_some() && !force {
            kept.push(name.clone());
            continue;
        }
        let partial = with_suffix(&path, ".partial");
        let made = || {
            std::fs::create_dir_all(folder)?;
            let _ = std::fs::remove_file(&partial);
            std::io::Write::write_all(&mut private(&partial)?, bytes)?;
            std::fs::rename(&partial, &path)
        };
        made().with_context(|| format!("cannot write {}", path.display()))?;
        written.push(name.clone());
    }
    Ok((written, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_file_that_differs_is_left_alone_unless_forced_and_none_leaves_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = [("installed", folder.path().join("in")), ("kept", folder.path().join("old"))];
        let files = vec![
            ("installed/a.wasm".to_owned(), b"new".to_vec()),
            ("kept/f0.wasm".to_owned(), b"old".to_vec()),
        ];
        std::fs::create_dir(&folders[0].1).expect("made");
        std::fs::write(folders[0].1.join("a.wasm"), "there").expect("written");
        let (written, kept) = install(&files, &folders, false).expect("installed");
        assert_eq!((written, kept), (vec!["kept/f0.wasm".to_owned()], vec!["installed/a.wasm".to_owned()]));
        let (written, kept) = install(&files, &folders, true).expect("installed");
        assert_eq!((written, kept), (vec!["installed/a.wasm".to_owned()], vec![]));
        assert_eq!(std::fs::read(folders[0].1.join("a.wasm")).expect("read"), b"new");
        for outside in
            ["../a.wasm", "kept/../a.wasm", "kept//a.wasm", "/a.wasm", "a.wasm", "kept/", "kept/a/b.wasm"]
        {
            let files = vec![(outside.to_owned(), b"new".to_vec())];
            assert!(install(&files, &folders, true).is_err(), "{outside}");
        }
    }
}
