//! The plugins' folder and what came of each file in it.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;

use super::hub::Inner;
use super::registry::{Snapshot, with_sources};
use super::shelf::Shelf;
use crate::config::Approval;
use crate::model::grant::{Ask, Grants};
use crate::model::installation::{PluginRecord, PluginVersion, Step};
use crate::model::package::{Policy, Trust, Verdict};
use crate::package;
use crate::plugin::{Plugin, file, signature};
use crate::store::{Audit, FileContent, FoundVersion, PluginFile, StoreError};

/// How long a file that cannot be read may still be one that is being copied.
const COPYING: Duration = Duration::from_secs(2);
/// Whom the audit log names for what the hub does by itself.
pub(super) const THE_HUB: &str = "the hub";
/// Whom it names for what was done by hand in the plugins' folder.
const THE_FOLDER: &str = "the folder";

/// A plugin: its file in the folder, the version that serves, and the one that waits for approval.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The plugin's name; the file's where it cannot be read.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What runs, cut to what was granted.
    pub running: Option<Plugin>,
    /// What waits for a person to approve it.
    pub waiting: Option<Waiting>,
    /// What is wrong with the file, and what to do.
    pub problem: Option<String>,
    /// The hash of the version that is in the file.
    pub found: Option<String>,
    /// Whether the file seems to be still on its way here.
    pub arriving: bool,
    /// Whether there is another file of the same plugin.
    pub(super) twice: bool,
    /// What the store knows of it.
    pub record: PluginRecord,
    /// How the version before this one fared in this process: calls and failures.
    pub(super) before: (u64, u64),
}

/// A version that waits for approval.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it calls itself.
    pub version: String,
    /// The SHA-256 of its file in lower-case hex.
    pub hash: String,
    /// What it is and wants, in sentences.
    pub about: Vec<String>,
    /// What it asks for beyond what the version that serves was asked.
    pub news: Vec<Ask>,
    /// Who signed it, in words.
    pub signed: String,
}

impl Installed {
    /// The version that an approval lets serve: the one that waits, else the one that serves already.
    #[must_use]
    pub fn next(&self) -> Option<&PluginVersion> {
        let hash = self.waiting.as_ref().map(|waiting| &waiting.hash).or(self.record.serving.as_ref());
        self.record.version(hash?)
    }

    /// The version in the file, where it does not serve although its plugin does, because it was taken back.
    #[must_use]
    pub fn taken_back(&self) -> Option<&PluginVersion> {
        let found = self.record.version(self.found.as_ref()?)?;
        let other = self.record.serving.as_ref().is_some_and(|serving| *serving != found.hash);
        (other && found.state.taken_back()).then_some(found)
    }

    /// The plugin, when one runs.
    #[must_use]
    pub fn plugin(&self) -> Option<&Plugin> {
        self.running.as_ref()
    }

    /// Why it does not run, or what is wrong with its file; `None` when all is well.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if let Some(problem) = &self.problem {
            return Some(problem.clone());
        }
        if self.running.is_some() {
            return None;
        }
        if self.arriving {
            return Some("its file is still being copied".to_owned());
        }
        Some(format!(
            "it waits for approval: `switchboard plugin show {0}` tells what it asks for, `switchboard plugin approve \
             {0}` grants it",
            self.name
        ))
    }
}

/// How the file of a plugin looked when it was read.
pub(super) type Stamp = (PathBuf, u64, Option<SystemTime>);

/// A file as it was read.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    stamp: Stamp,
    found: Result<FoundVersion, Unreadable>,
}

impl Seen {
    /// The plugin that the file is. Of one that cannot be used it is what it was before, or the file's stem.
    fn plugin(&self, before: &Snapshot) -> String {
        let path = &self.stamp.0;
        match &self.found {
            Ok(found) => found.plugin.clone(),
            // The file was replaced by one that cannot be read: what it was is still what runs.
            Err(_) => before.plugins.values().find(|old| old.path == *path).map_or_else(
                || path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
                |old| old.name.clone(),
            ),
        }
    }

    /// What the audit log is to know of it.
    fn file(&self, before: &Snapshot) -> PluginFile {
        let content = match &self.found {
            Ok(found) => FileContent::Version { version: found.version.clone(), hash: found.hash.clone() },
            Err(why) if why.arriving => FileContent::Arriving,
            Err(why) => FileContent::Unusable(why.problem.clone()),
        };
        PluginFile { file: file_name(&self.stamp.0), plugin: self.plugin(before), content }
    }
}

/// What is kept under a hash, loaded.
pub(super) struct Prepared {
    /// It.
    plugin: Plugin,
    /// What there is to say of who signed it.
    warning: Option<String>,
}

#[derive(Debug, Clone)]
struct Unreadable {
    problem: String,
    /// Whether the file is so young that the rest of it may still come.
    arriving: bool,
}

/// The plugin files in a folder, sorted by name; none when there is no such folder.
pub(super) fn stamps(directory: &Path) -> Vec<Stamp> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut stamps: Vec<Stamp> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .filter_map(|path| {
            let about = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
            Some((path, about.len(), about.modified().ok()))
        })
        .collect();
    stamps.sort();
    stamps
}

/// Whether the folder is as it was when these files were read, and none of them was still on its way.
pub(super) fn unchanged(seen: &[Seen], now: &[Stamp]) -> bool {
    let arriving = |seen: &Seen| seen.found.as_ref().is_err_and(|unreadable| unreadable.arriving);
    seen.len() == now.len() && seen.iter().zip(now).all(|(seen, now)| seen.stamp == *now && !arriving(seen))
}

impl Inner {
    /// Reads every file of the folder, decides what may serve, and loads it. What did not change since
    /// `before` is kept.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn load(
        &self,
        before: &Snapshot,
    ) -> Result<(Vec<Seen>, BTreeMap<String, Installed>), StoreError> {
        let stamps = stamps(&self.config.plugin.directory);
        let mut files = Vec::with_capacity(stamps.len());
        for stamp in stamps {
            let old = before.files.iter().find(|seen| seen.stamp == stamp);
            let fresh = old.is_none_or(|seen| seen.found.as_ref().is_err_and(|why| why.arriving));
            let seen = match old {
                Some(seen) if !fresh => seen.clone(),
                _ => self.read(stamp).await?,
            };
            if let (Err(why), true) = (&seen.found, fresh)
                && !why.arriving
            {
                tracing::error!(file = %seen.stamp.0.display(), problem = why.problem, "a plugin's file cannot be used");
            }
            files.push(seen);
        }
        let lying = files.iter().map(|seen| seen.file(before)).collect();
        self.store.plugin_files_seen(lying, THE_FOLDER).await?;
        let mut records = self.store.plugin_records().await?;
        let mut settled = HashSet::new();
        for seen in &files {
            // Of two files of one plugin the first counts, also while it cannot be used: what serves does not
            // change with that. That there are two is told below.
            let first = settled.insert(seen.plugin(before));
            if let (Ok(found), true) = (&seen.found, first) {
                self.settle(found, records.entry(found.plugin.clone()).or_default()).await?;
            }
        }
        let mut records = self.store.plugin_records().await?;
        for (name, record) in &mut records {
            let gone: Vec<String> = record.superfluous().map(|version| version.hash.clone()).collect();
            self.store.forget_versions(name, &gone).await?;
            record.versions.retain(|version| !gone.contains(&version.hash));
            gone.iter().for_each(|hash| self.shelf.drop(hash));
        }
        let loading = files.iter().map(|seen| self.installed(seen, &records, before));
        let plugins = one_of_each(join_all(loading).await);
        for (name, twice) in plugins.iter().filter(|(_, installed)| installed.twice) {
            if !before.plugins.get(name).is_some_and(|old| old.twice) {
                tracing::warn!(file = %twice.path.display(), problem = twice.problem, "a plugin has several files");
            }
        }
        Ok((files, plugins))
    }

    /// Reads one file, keeps it on the shelf, and notes that it was found.
    async fn read(&self, stamp: Stamp) -> Result<Seen, StoreError> {
        let path = stamp.0.clone();
        let (max_file, shelf) = (self.config.plugin.runtime.max_file, self.shelf.clone());
        let reading = tokio::task::spawn_blocking(move || examine(&path, max_file, &shelf));
        let found = match reading.await {
            Ok(found) => found,
            Err(error) => Err(format!("reading it broke down: {error}")),
        };
        let found = found.map_err(|problem| {
            let now = self.ambient.now_ms();
            let changed = stamp.2.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            let age =
                changed.map_or(i64::MAX, |at| now.saturating_sub(i64::try_from(at.as_millis()).unwrap_or(0)));
            Unreadable { problem, arriving: (0..COPYING.as_millis() as i64).contains(&age) }
        });
        if let Ok(found) = &found
            && self.store.plugin_found(found).await?
        {
            tracing::info!(plugin = found.plugin, version = found.version, "a plugin's file was found");
        }
        Ok(Seen { stamp, found })
    }

    /// Lets a version take over that nobody needs to be asked about.
    async fn settle(&self, found: &FoundVersion, record: &mut PluginRecord) -> Result<(), StoreError> {
        let Some(version) = record.version(&found.hash).cloned() else { return Ok(()) };
        let (grants, detail) = match (record.step(&version), self.config.plugin.approval) {
            (Step::Stay, _) | (Step::Ask(_), Approval::Manual) => return Ok(()),
            (Step::TakeOver, _) => (
                record.grants.clone(),
                format!("version {} took over: it asks for nothing that was not granted", version.version),
            ),
            // What a person took back stays with that person.
            (Step::Ask(_), Approval::Automatic) if version.state.taken_back() => return Ok(()),
            (Step::Ask(_), Approval::Automatic) => (
                version.asks.clone(),
                format!("version {} was approved by `plugin.approval = \"automatic\"`", version.version),
            ),
        };
        // One that does not load must not take the place of one that does.
        if let Err(problem) = self.prepared(&version.hash).await {
            tracing::error!(
                plugin = version.plugin,
                version = version.version,
                problem,
                "a version does not load"
            );
            return Ok(());
        }
        tracing::info!(plugin = version.plugin, version = version.version, "{detail}");
        let audit = Audit { who: THE_HUB.to_owned(), action: "plugin-serves", detail };
        self.store.serve_version(&version.plugin, &version.hash, &grants, audit).await?;
        record.serving = Some(version.hash);
        record.grants = grants;
        Ok(())
    }

    /// Whose signatures count, as the configuration says it now.
    fn trust(&self) -> Result<Trust, String> {
        let trust = &self.config.plugin.trust;
        package::trust(trust.policy, trust.keys.iter().map(String::as_str))
            .map_err(|error| with_sources(&error))
    }

    /// Loads what is kept under a hash, if whoever signed it is trusted as the policy demands.
    pub(super) async fn prepared(&self, hash: &str) -> Result<Prepared, String> {
        let (shelf, owned) = (self.shelf.clone(), hash.to_owned());
        let taken = tokio::task::spawn_blocking(move || shelf.take(&owned)).await.ok().flatten();
        let wasm = taken.ok_or_else(|| {
            "the version that was approved is no longer kept: put its file into the plugins' folder again"
                .to_owned()
        })?;
        let mut warning = None;
        if self.config.plugin.trust.policy != Policy::Off {
            warning = signature::judge(&wasm, &self.trust()?).map_err(|refusal| refusal.to_string())?.warning;
        }
        let plugin = self.runtime.load(&wasm).await.map_err(|error| with_sources(&error))?;
        Ok(Prepared { plugin, warning })
    }

    /// Who signed what is kept under a hash, in words.
    fn signed(&self, hash: &str) -> String {
        let (Ok(trust), Some(wasm)) = (self.trust(), self.shelf.take(hash)) else {
            return "nobody can say who signed it: `plugin.trust.keys` cannot be read".to_owned();
        };
        match signature::verdict(&wasm, &trust) {
            Verdict::Trusted { name, .. } => format!("signed by {name}, who is trusted here"),
            Verdict::Untrusted { keys } => {
                let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                format!("signed by {}, not trusted here", keys.join(", "))
            }
            Verdict::Unsigned => "not signed: nothing says who made it".to_owned(),
            Verdict::Broken(why) => format!("its signature does not hold: {why}"),
        }
    }

    /// What came of one file.
    async fn installed(
        &self,
        seen: &Seen,
        records: &BTreeMap<String, PluginRecord>,
        before: &Snapshot,
    ) -> Installed {
        let path = seen.stamp.0.clone();
        let old = |name: &str| before.plugins.get(name);
        let name = seen.plugin(before);
        let record = records.get(&name).cloned().unwrap_or_default();
        let (mut problem, arriving) = match &seen.found {
            Ok(_) => (None, false),
            Err(why) if why.arriving => (None, true),
            Err(why) => (Some(why.problem.clone()), false),
        };
        let (mut running, mut counted) = (None, (0, 0));
        if let Some(serving) = &record.serving {
            let same = old(&name)
                .and_then(|old| old.running.as_ref().map(|plugin| (old, plugin)))
                .filter(|(_, plugin)| plugin.hash.as_str() == serving);
            match same {
                Some((old, plugin)) => {
                    counted = old.before;
                    let unchanged = old.record.grants == record.grants;
                    running = Some(if unchanged { plugin.clone() } else { plugin.granted(&record.grants) });
                }
                None => match self.prepared(serving).await {
                    Ok(Prepared { plugin, warning }) => {
                        if let Some(warning) = warning {
                            let version = plugin.manifest.version.to_string();
                            tracing::warn!(
                                plugin = name,
                                version,
                                warning,
                                "a plugin serves that no trusted key signed"
                            );
                        }
                        let usage =
                            old(&name).and_then(Installed::plugin).map(Plugin::usage).unwrap_or_default();
                        counted = (usage.calls, usage.failures);
                        running = Some(plugin.granted(&record.grants));
                    }
                    Err(why) => problem = problem.or(Some(why)),
                },
            }
        }
        let mut waiting = None;
        let found = seen.found.as_ref().ok().map(|found| found.hash.clone());
        if let Some(next) = found.as_ref().and_then(|hash| record.version(hash)).map(|lies| record.next(lies))
        {
            match record.step(next) {
                // What cannot run is better known before it is approved.
                Step::Ask(news) => match self.prepared(&next.hash).await {
                    Ok(Prepared { plugin, .. }) => {
                        waiting = Some(Waiting {
                            version: next.version.clone(),
                            hash: next.hash.clone(),
                            about: plugin.manifest.describe(),
                            signed: self.signed(&next.hash),
                            news,
                        });
                    }
                    Err(why) => problem = problem.or(Some(why)),
                },
                Step::TakeOver => {
                    let why = || "its newer version does not load; the log says why".to_owned();
                    problem = problem.or_else(|| Some(why()));
                }
                Step::Stay => {}
            }
        }
        Installed {
            name,
            path,
            running,
            waiting,
            problem,
            found,
            arriving,
            twice: false,
            record,
            before: counted,
        }
    }
}

/// Every plugin once, by its name: of several files the first, in the order of their names, decides what
/// serves. The others stand under their files' names, do nothing, and all of them say so.
fn one_of_each(files: Vec<Installed>) -> BTreeMap<String, Installed> {
    let mut plugins: BTreeMap<String, Installed> = BTreeMap::new();
    for mut installed in files {
        if let Some(first) = plugins.get_mut(&installed.name) {
            let (decides, file) = (file_name(&first.path), file_name(&installed.path));
            let told = format!(
                "the plugin `{}` has several files here: {decides} decides what serves, {file} is ignored; remove one \
                 of them (`switchboard plugin remove {file}` removes the ignored one)",
                first.name
            );
            first.problem.get_or_insert_with(|| told.clone());
            first.twice = true;
            // Nothing that is done to the file is done to the plugin.
            installed = Installed {
                name: file,
                running: None,
                waiting: None,
                problem: Some(told),
                twice: true,
                record: PluginRecord::default(),
                before: (0, 0),
                ..installed
            };
        }
        plugins.insert(installed.name.clone(), installed);
    }
    plugins
}

/// Reads a file of the folder and keeps it.
fn examine(path: &Path, max_file: usize, shelf: &Shelf) -> Result<FoundVersion, String> {
    let wasm = std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let file = file::read(&wasm, max_file).map_err(|error| with_sources(&error))?;
    let hash = file.hash.as_str().to_owned();
    shelf.keep(&hash, &wasm).map_err(|error| {
        format!("it cannot be kept beside the database ({error}): make room, or let the hub write there")
    })?;
    Ok(FoundVersion {
        plugin: file.manifest.name.to_string(),
        hash,
        version: file.manifest.version.to_string(),
        size: wasm.len() as u64,
        asks: Grants::asked(&file.manifest),
    })
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
