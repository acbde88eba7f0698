//! A connection is added: settings and secrets are checked before anything is stored.

use serde_json::Value;
use zeroize::Zeroizing;

use super::connection::{hook_url, verifier};
use super::registry::with_sources;
use super::{Hub, HubError};
use crate::model::connection::Connection;
use crate::model::id::ConnectionId;
use crate::model::manifest::Manifest;
use crate::model::normal::Region;
use crate::plugin::Binding;
use crate::store::{NewConnection, StoreError};

/// A connection to add.
#[derive(Clone)]
pub struct AddConnection {
    /// The plugin's name.
    pub plugin: String,
    /// What people call it; the plugin's title when left out.
    pub title: Option<String>,
    /// Its settings, a JSON object; what has a default may be left out.
    pub settings: Value,
    /// What it says of a person outranks what sources of lower priority say.
    pub priority: i32,
    /// Where phone numbers that it says without a country are dialled; `None` is as the configuration says.
    pub region: Option<Region>,
    /// Its secrets by name.
    pub secrets: Vec<(String, Zeroizing<Vec<u8>>)>,
}

/// One thing that is wrong with a connection to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// What it is about: the JSON pointer of a setting (`/settings/number`) or a secret (`/secrets/token`); empty for
    /// the connection as a whole.
    pub at: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Misfit {
    fn of(what: &str, name: &str, message: impl Into<String>) -> Self {
        Self { at: format!("/{what}/{name}"), message: message.into() }
    }

    fn whole(message: impl Into<String>) -> Self {
        Self { at: String::new(), message: message.into() }
    }
}

/// Why a connection was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// There is no such plugin.
    #[error("there is no plugin `{name}`{hint}")]
    UnknownPlugin {
        /// What was asked for.
        name: String,
        /// The nearest there is, as the end of the sentence.
        hint: String,
    },
    /// The plugin does not run.
    #[error("the plugin `{name}` does not run: {problem}")]
    BrokenPlugin {
        /// Which.
        name: String,
        /// Why, and what to do.
        problem: String,
    },
    /// Settings or secrets are not what the plugin takes: everything that is wrong.
    #[error("this connection cannot work: {}", messages(.0))]
    Problems(Vec<Misfit>),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was added, and the hub could not read its connections again.
    #[error("the connection was added, and the hub could not put it to use")]
    Reload(#[source] HubError),
}

impl Hub {
    /// Checks and adds a connection, and puts it to use.
    ///
    /// # Errors
    /// When the plugin is not there, or settings or secrets do not fit it; nothing was stored then.
    pub async fn add_connection(&self, new: AddConnection) -> Result<Connection, AddError> {
        let installed = self.plugins();
        let Some(found) = installed.iter().find(|plugin| plugin.name == new.plugin) else {
            let names: Vec<_> = installed.iter().map(|plugin| plugin.name.as_str()).collect();
            return Err(AddError::UnknownPlugin { hint: self.hint(&new.plugin, &names), name: new.plugin });
        };
        let Some(plugin) = found.plugin() else {
            let problem = found.problem().unwrap_or_default();
            return Err(AddError::BrokenPlugin { name: new.plugin, problem });
        };
        let manifest = &plugin.manifest;
        let mut problems = secret_problems(manifest, &new.secrets);
        let settings = match manifest.check_settings(&new.settings) {
            Ok(settings) => Some(settings),
            Err(wrong) => {
                problems.extend(
                    wrong.iter().map(|problem| Misfit::of("settings", problem.member(), &problem.message)),
                );
                None
            }
        };
        if let Some(settings) = settings.as_ref().filter(|_| problems.is_empty()) {
            // Whatever else can go wrong when it is put to use is better told now.
            let probe = ConnectionId::random([0; 16]);
            let url = hook_url(self.public_url(), probe.as_str());
            problems.extend(
                Binding::new(plugin, probe, settings, &url).err().map(|why| Misfit::whole(why.to_string())),
            );
            problems.extend(verifier(manifest, &new.secrets).err().map(Misfit::whole));
        }
        let Some(settings) = settings.filter(|_| problems.is_empty()) else {
            return Err(AddError::Problems(problems));
        };
        let title =
            new.title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| manifest.title.clone());
        let connection = self
            .store()
            .add_connection(NewConnection {
                plugin: new.plugin,
                title,
                settings,
                priority: new.priority,
                region: new.region,
                secrets: new.secrets,
            })
            .await?;
        self.reload().await.map_err(AddError::Reload)?;
        if let Some(problem) = self.problem(&connection.id) {
            tracing::error!(connection = %connection.id, problem, "the new connection does not work");
        }
        Ok(connection)
    }

    fn hint(&self, name: &str, known: &[&str]) -> String {
        let near = known.iter().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
        match near.filter(|near| strsim::jaro(near, name) > 0.7) {
            Some(near) => format!(": did you mean `{near}`?"),
            None => format!(
                ": put {name}.wasm into {}, or write one of {}",
                self.config().plugin.directory.display(),
                if known.is_empty() {
                    "those installed (there are none yet)".to_owned()
                } else {
                    known.join(", ")
                }
            ),
        }
    }
}

fn messages(problems: &[Misfit]) -> String {
    problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// What is wrong with the secrets given.
fn secret_problems(manifest: &Manifest, given: &[(String, Zeroizing<Vec<u8>>)]) -> Vec<Misfit> {
    let mut problems = Vec::new();
    let known: Vec<_> = manifest.secrets.iter().map(|secret| secret.name.as_str()).collect();
    for (name, value) in given {
        if !known.contains(&name.as_str()) {
            let near = known.iter().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
            let why = match near {
                Some(near) => format!("there is no secret `{name}`: did you mean `{near}`?"),
                None => format!("there is no secret `{name}`: this plugin takes none"),
            };
            problems.push(Misfit::of("secrets", name, why));
        } else if value.is_empty() {
            problems.push(Misfit::of("secrets", name, format!("the secret `{name}` is empty")));
        }
    }
    for secret in manifest.secrets.iter().filter(|secret| secret.required) {
        if !given.iter().any(|(name, _)| name == secret.name.as_str()) {
            let more = if secret.description.is_empty() {
                String::new()
            } else {
                format!(" ({})", secret.description)
            };
            let why = format!("the secret `{}` is missing: {}{more}", secret.name, secret.title);
            problems.push(Misfit::of("secrets", secret.name.as_str(), why));
        }
    }
    problems
}

impl std::fmt::Debug for AddConnection {
    /// Names the secrets, and does not tell them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secrets: Vec<_> = self.secrets.iter().map(|(name, _)| name).collect();
        write!(f, "AddConnection({} {:?} secrets {secrets:?})", self.plugin, self.title)
    }
}

impl AddError {
    /// The error with what it came from, in one line.
    #[must_use]
    pub fn in_full(&self) -> String {
        with_sources(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "
name = \"example\"
version = \"1.0.0\"
contract = \"0.1\"
title = \"Example\"
[[secrets]]
name = \"app_secret\"
title = \"App secret\"
description = \"under Settings, Basic\"
sign = true
[[secrets]]
name = \"extra\"
title = \"Extra\"
sign = true
required = false
[[actions]]
name = \"look\"
title = \"Look\"
input = { type = \"object\" }
output = { type = \"object\" }
";

    #[test]
    fn unknown_empty_and_missing_secrets_are_told_in_words() {
        let manifest = Manifest::parse(MANIFEST, "plugin.toml").expect("a manifest");
        let secret = |name: &str, value: &str| (name.to_owned(), Zeroizing::new(value.as_bytes().to_vec()));
        assert_eq!(secret_problems(&manifest, &[secret("app_secret", "x")]), Vec::new());
        let problems = secret_problems(&manifest, &[secret("app_secrt", "x"), secret("extra", "")]);
        assert!(problems[0].message.contains("did you mean `app_secret`"), "{problems:?}");
        assert!(problems[1].message.contains("`extra` is empty"), "{problems:?}");
        assert!(problems[2].message.contains("App secret (under Settings, Basic)"), "{problems:?}");
        let places: Vec<&str> = problems.iter().map(|problem| problem.at.as_str()).collect();
        assert_eq!(places, ["/secrets/app_secrt", "/secrets/extra", "/secrets/app_secret"]);
    }
}
