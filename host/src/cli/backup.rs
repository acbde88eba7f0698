//! `switchboard backup`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;

use super::args::Backup as Args;
use super::output::{Output, count, size};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::store::backup::{self, PluginFile};
use crate::store::private;

/// Writes the backup and the key, or leaves neither behind.
pub(super) async fn run(args: &Args, config: &Config, out: &Output) -> anyhow::Result<()> {
    not_on_a_server(
        config,
        "`pg_dump --format custom URL > FILE` copies it while hubs serve it, and the key",
    )?;
    let database = &config.storage.path;
    if !database.is_file() {
        bail!("there is no database {}; nothing to back up", database.display());
    }
    let key =
        (!args.without_key).then(|| args.key.clone().unwrap_or_else(|| with_suffix(&args.file, ".key")));
    for path in [Some(&args.file), key.as_ref()].into_iter().flatten() {
        if path.exists() {
            bail!("{} is there already; name another file, or remove it first", path.display());
        }
    }
    let partial = Partial(with_suffix(&args.file, ".partial"));
    // Left over from a backup that was cut off.
    let _ = std::fs::remove_file(&partial.0);
    private(&partial.0).with_context(|| format!("cannot write {}", partial.0.display()))?;
    let mut files = Vec::new();
    for (name, folder) in plugin_folders(config) {
        let found = plugin_files(name, &folder)
            .with_context(|| format!("cannot read the plugins in {}", folder.display()))?;
        files.extend(found);
    }
    let made = backup::make(database, &partial.0, Ambient::system().now_ms(), files)
        .await
        .with_context(|| format!("cannot copy {} to {}", database.display(), args.file.display()))?;
    if let Some(key) = &key {
        copy_private(&database.with_extension("key"), key)?;
    }
    let written = std::fs::File::open(&partial.0)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&partial.0, &args.file))
        .and_then(|()| sync_folder(&args.file));
    if let (Err(_), Some(key)) = (&written, &key) {
        let _ = std::fs::remove_file(key);
    }
    written.with_context(|| format!("cannot write {}", args.file.display()))?;
    let bytes = std::fs::metadata(&args.file).map_or(0, |about| about.len());
    out.data(&json!({"file": args.file, "key": key, "bytes": bytes, "backup": made}), || {
        let about_key = match &key {
            Some(key) => format!(
                "The key is in {}: move it to another place than the backup, because whoever has both can read the \
                 secrets.",
                key.display()
            ),
            None => format!(
                "The key was left out: without {} the {} secrets in the backup cannot be opened.",
                database.with_extension("key").display(),
                made.secrets
            ),
        };
        format!(
            "Wrote {} ({}): {}, {} deliveries, {}, {}.\n{about_key}\nIt is put back \
             with `switchboard restore {}`.",
            args.file.display(),
            size(bytes),
            count(made.events.unsigned_abs(), "event"),
            made.deliveries,
            count(made.connections.unsigned_abs(), "connection"),
            count(made.plugins.len() as u64, "plugin file"),
            args.file.display(),
        )
    });
    Ok(())
}

/// Refuses where the database is on a server, whose own tools do `instead`.
pub(super) fn not_on_a_server(config: &Config, instead: &str) -> anyhow::Result<()> {
    if let Some(server) = &config.storage.server {
        bail!(
            "the database {server} is on a server, and its own tools are made for this: {instead} is the file {}; keep \
             the plugins' folder too",
            config.storage.path.with_extension("key").display()
        );
    }
    Ok(())
}

/// A file that is removed unless it was renamed.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A path with something behind its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Copies a file to a new one that only its owner can read, and has it on the disk.
pub(super) fn copy_private(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = std::fs::File::open(from).and_then(|mut source| {
        let mut target = private(to)?;
        std::io::copy(&mut source, &mut target)?;
        target.sync_all()
    });
    copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Has a file's name on the disk.
pub(super) fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folders with plugins' files: what a backup calls each, and where it is.
pub(super) fn plugin_folders(config: &Config) -> [(&'static str, PathBuf); 2] {
    [("installed", config.plugin.directory.clone()), ("kept", config.kept_plugins())]
}

/// Every plugin file in a folder, by `name` and its own; none where there is no folder yet.
fn plugin_files(name: &str, folder: &Path) -> std::io::Result<Vec<PluginFile>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") && path.is_file() {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((format!("{name}/{file}"), std::fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_taken_without_what_is_half_copied() {
        let folder = tempfile::tempdir().expect("a folder");
        for (file, text) in [("b.wasm", "b"), ("a.wasm", "a"), ("c.wasm.1.partial", "half")] {
            std::fs::write(folder.path().join(file), text).expect("written");
        }
        let files = plugin_files("kept", folder.path()).expect("read");
        assert_eq!(
            files,
            [("kept/a.wasm".to_owned(), b"a".to_vec()), ("kept/b.wasm".to_owned(), b"b".to_vec())]
        );
        assert_eq!(plugin_files("kept", &folder.path().join("none")).expect("read"), []);
    }
}
