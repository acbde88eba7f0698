//! What an operator does with plugins: install, approve, revoke, roll back, remove. Every step is in the
//! audit log in the same commit, with who did it.

use super::installed::{Installed, file_name};
use super::{Hub, HubError};
use crate::model::grant::{Ask, Grants, UnknownAsk};
use crate::model::installation::PluginVersion;
use crate::package;
use crate::plugin::file::{self, FileError};
use crate::store::{Audit, FileContent, PluginFile, StoreError};

/// Why a plugin was not installed, approved, revoked, rolled back or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// There is no such plugin.
    #[error("there is no plugin `{0}`; `switchboard plugin list` shows them")]
    Unknown(String),
    /// The file is no plugin.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be written.
    #[error("the file cannot be put into the plugins' folder {folder}")]
    Write {
        /// The folder.
        folder: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It does not load.
    #[error("the plugin `{name}` does not load: {problem}")]
    Broken {
        /// Which.
        name: String,
        /// Why, and what to do.
        problem: String,
    },
    /// There is no such version.
    #[error("the plugin `{name}` has no version to roll back to{hint}")]
    NoVersion {
        /// Which.
        name: String,
        /// Those there are, as the end of the sentence.
        hint: String,
    },
    /// Nothing serves that a newer version could take over from.
    #[error(
        "no version of the plugin `{0}` serves, so there is nothing to upgrade: `switchboard plugin approve {0}` lets \
         one serve"
    )]
    NothingServes(String),
    /// There is no such grant.
    #[error(transparent)]
    Ask(#[from] UnknownAsk),
    /// Connections still use it.
    #[error(
        "{count} of the connections use the plugin `{name}`; remove them first (`switchboard connection list` shows them)"
    )]
    InUse {
        /// Which.
        name: String,
        /// How many.
        count: usize,
    },
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was done, and the hub could not put it to use.
    #[error("it is done, and the hub could not put it to use")]
    Reload(#[source] HubError),
}

impl Hub {
    /// The plugin of that name with its versions and grants, running or not.
    #[must_use]
    pub fn installed(&self, name: &str) -> Option<Installed> {
        self.snapshot().plugins.get(name).cloned()
    }

    fn known(&self, name: &str) -> Result<Installed, InstallError> {
        self.installed(name).ok_or_else(|| InstallError::Unknown(name.to_owned()))
    }

    async fn again(&self, name: &str) -> Result<Installed, InstallError> {
        self.reload().await.map_err(InstallError::Reload)?;
        self.known(name)
    }

    /// Puts a plugin's file into the folder, in place of the one that is there. Whether it then runs, or
    /// waits for approval, says the answer.
    ///
    /// # Errors
    /// When it is no plugin, or cannot be written.
    pub async fn install_plugin(&self, wasm: &[u8], who: &str) -> Result<Installed, InstallError> {
        let found = file::read(wasm, self.config().plugin.runtime.max_file)?;
        let name = found.manifest.name.to_string();
        let folder = &self.config().plugin.directory;
        // Where it lies already under another name, it is replaced there.
        let path =
            self.installed(&name).map_or_else(|| folder.join(format!("{name}.wasm")), |there| there.path);
        let hash = found.hash.as_str().to_owned();
        let version = found.manifest.version.to_string();
        let detail = format!("version {version} ({hash})");
        let audit = Audit { who: who.to_owned(), action: "plugin-installed", detail };
        let file = PluginFile {
            file: file_name(&path),
            plugin: name.clone(),
            content: FileContent::Version { version, hash },
        };
        {
            // The folder is not looked at before it is known who changed it. Another process may look: then
            // the audit log has the change twice.
            let _unseen = self.inner.reloading.lock().await;
            package::replace(&path, wasm)
                .map_err(|source| InstallError::Write { folder: folder.display().to_string(), source })?;
            self.store().plugin_installed(&file, audit).await?;
        }
        self.again(&name).await
    }

    /// Grants a plugin everything it asks for but `without`, and lets the version serve that waits
    /// ([`Installed::next`]). Calls under way end on the version they began on.
    ///
    /// # Errors
    /// When there is none, it does not load, or it does not ask for something in `without`.
    pub async fn approve_plugin(
        &self,
        name: &str,
        without: &[Ask],
        who: &str,
    ) -> Result<Installed, InstallError> {
        let there = self.known(name)?;
        let Some(version) = there.next() else {
            let problem = there.problem().unwrap_or_default();
            return Err(InstallError::Broken { name: name.to_owned(), problem });
        };
        self.let_serve(name, version, without, who).await
    }

    /// Lets the version in the plugins' folder take over from the one that serves, also where it was rolled
    /// back. What it newly asks for is granted; what was withheld from the one that serves stays withheld.
    ///
    /// # Errors
    /// When nothing serves, or it does not load.
    pub async fn upgrade_plugin(&self, name: &str, who: &str) -> Result<Installed, InstallError> {
        let there = self.known(name)?;
        let record = &there.record;
        if record.serving().is_none() {
            return Err(InstallError::NothingServes(name.to_owned()));
        }
        let Some(version) = there.found.as_ref().and_then(|hash| record.version(hash)) else {
            let problem = there.problem().unwrap_or_default();
            return Err(InstallError::Broken { name: name.to_owned(), problem });
        };
        if record.serving.as_ref() == Some(&version.hash) {
            return Ok(there);
        }
        self.let_serve(name, version, &record.withheld_before(version), who).await
    }

    /// Lets a version serve with everything it asks for but `without`.
    async fn let_serve(
        &self,
        name: &str,
        version: &PluginVersion,
        without: &[Ask],
        who: &str,
    ) -> Result<Installed, InstallError> {
        let grants = version.asks.without(without)?;
        let broken = |problem| InstallError::Broken { name: name.to_owned(), problem };
        self.inner.prepared(&version.hash).await.map_err(broken)?;
        let withheld = match without {
            [] => String::new(),
            without => format!(" without {}", names(without)),
        };
        let detail = format!("version {}: {}{withheld}", version.version, names(grants.iter()));
        let audit = Audit { who: who.to_owned(), action: "plugin-approved", detail };
        self.store().serve_version(name, &version.hash, &grants, audit).await?;
        self.again(name).await
    }

    /// Takes grants back. With none named everything is taken back, and the plugin stops.
    ///
    /// # Errors
    /// When there is no such plugin, or it was not granted one of them.
    pub async fn revoke_plugin(
        &self,
        name: &str,
        grants: &[Ask],
        who: &str,
    ) -> Result<Installed, InstallError> {
        let there = self.known(name)?;
        let left = if grants.is_empty() { None } else { Some(there.record.grants.without(grants)?) };
        let detail = if grants.is_empty() { "everything".to_owned() } else { names(grants) };
        let audit = Audit { who: who.to_owned(), action: "plugin-revoked", detail };
        self.store().revoke_grants(name, left.as_ref(), audit).await?;
        self.again(name).await
    }

    /// Lets an earlier version serve again: the one before, or the one that calls itself `to`. The version
    /// that is left never serves by itself again.
    ///
    /// # Errors
    /// When there is no such version, or it does not load any more.
    pub async fn roll_plugin_back(
        &self,
        name: &str,
        to: Option<&str>,
        why: &str,
        who: &str,
    ) -> Result<Installed, InstallError> {
        let there = self.known(name)?;
        let record = &there.record;
        let named = |to: &str| {
            record.versions.iter().find(|version| {
                version.version == to
                    && version.served_at.is_some()
                    && Some(&version.hash) != record.serving.as_ref()
            })
        };
        let target = to.map_or_else(|| record.before(), named);
        let (Some(target), Some(serving)) = (target, record.serving()) else {
            let others = record.versions.iter().filter(|version| {
                version.served_at.is_some() && Some(&version.hash) != record.serving.as_ref()
            });
            let others: Vec<_> = others.map(|version| version.version.as_str()).collect();
            let hint = match others.as_slice() {
                [] => ": no other version ever served".to_owned(),
                others => format!(": there are {}", others.join(", ")),
            };
            return Err(InstallError::NoVersion { name: name.to_owned(), hint });
        };
        let broken = |problem| InstallError::Broken { name: name.to_owned(), problem };
        self.inner.prepared(&target.hash).await.map_err(broken)?;
        let detail = format!("version {} back to {}: {why}", serving.version, target.version);
        let audit = Audit { who: who.to_owned(), action: "plugin-rolled-back", detail };
        self.store().roll_version_back(name, &serving.hash, &target.hash, audit).await?;
        self.again(name).await
    }

    /// Removes a plugin: its file, its versions, what it was granted. What it told the hub stays.
    ///
    /// # Errors
    /// When there is none, connections use it, or its file cannot be removed.
    pub async fn remove_plugin(&self, name: &str, who: &str) -> Result<(), InstallError> {
        let there = self.known(name)?;
        let used = self.store().connections().await?;
        let count = used.iter().filter(|connection| connection.plugin == name).count();
        if count > 0 {
            return Err(InstallError::InUse { name: name.to_owned(), count });
        }
        let unseen = self.inner.reloading.lock().await;
        std::fs::remove_file(&there.path).map_err(|source| InstallError::Write {
            folder: self.config().plugin.directory.display().to_string(),
            source,
        })?;
        let audit = Audit {
            who: who.to_owned(),
            action: "plugin-removed",
            detail: there
                .record
                .serving()
                .map_or_else(String::new, |serving| format!("version {}", serving.version)),
        };
        self.store().forget_plugin(name, &file_name(&there.path), audit).await?;
        drop(unseen);
        for version in &there.record.versions {
            self.inner.shelf.drop(&version.hash);
        }
        self.reload().await.map_err(InstallError::Reload).map(drop)
    }
}

impl Installed {
    /// Whether the version that serves may do everything it asks for.
    #[must_use]
    pub fn withheld(&self) -> Vec<Ask> {
        self.record.serving().map(|serving| self.record.grants.lacks(&serving.asks)).unwrap_or_default()
    }

    /// What the version that serves was granted of what it asks for.
    #[must_use]
    pub fn granted(&self) -> Grants {
        let asks = self.record.serving().map(|serving| serving.asks.clone()).unwrap_or_default();
        asks.iter().filter(|ask| self.record.grants.covers(ask)).cloned().collect()
    }
}

fn names<'a>(asks: impl IntoIterator<Item = &'a Ask>) -> String {
    let names: Vec<String> = asks.into_iter().map(|ask| format!("`{ask}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
