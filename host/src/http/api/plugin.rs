//! What can be connected, and what it wants.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::extract::Path;
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::Paged;
use crate::model::manifest::{Action, Manifest, Secret};
use crate::pipeline::Installed;

/// A plugin's file and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Plugin {
    /// What it is called; `plugin` of a connection. The file's name where it cannot be read.
    #[schema(example = "echo-channel")]
    pub name: String,
    /// What is wrong with its file, where something is. With `about`, the version before still runs.
    pub problem: Option<String>,
    /// What it is, where it runs.
    pub about: Option<About>,
}

/// What a plugin that runs says of itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// Its version.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// What people call it.
    pub title: String,
    /// What it does, in a sentence; possibly empty.
    pub description: String,
    /// The SHA-256 of its file, in hex.
    pub hash: String,
    /// What it is and wants, in sentences to be read before it is connected.
    pub wants: Vec<String>,
    /// The JSON Schema of a connection's settings.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// The secrets a connection holds.
    pub secrets: Vec<PluginSecret>,
    /// What it can do when asked.
    pub actions: Vec<PluginAction>,
}

/// A secret that a connection holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginSecret {
    /// Its name, under which it is given.
    pub name: String,
    /// What a person reads when asked for it.
    pub title: String,
    /// Where to find it; possibly empty.
    pub description: String,
    /// Whether a connection cannot do without it.
    pub required: bool,
}

/// Something a plugin can do when asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginAction {
    /// Its name, by which it is called.
    pub name: String,
    /// What a person reads on its button.
    pub title: String,
    /// What it does; possibly empty.
    pub description: String,
    /// Whether a person must confirm first.
    pub confirm: bool,
    /// The JSON Schema of what it takes.
    #[schema(value_type = Object)]
    pub input: serde_json::Value,
    /// The JSON Schema of what it answers.
    #[schema(value_type = Object)]
    pub output: serde_json::Value,
}

impl From<&Installed> for Plugin {
    fn from(installed: &Installed) -> Self {
        Self {
            name: installed.name.clone(),
            problem: installed.problem().map(str::to_owned),
            about: installed.plugin().map(|plugin| About::new(&plugin.manifest, plugin.hash.to_string())),
        }
    }
}

impl About {
    fn new(manifest: &Manifest, hash: String) -> Self {
        let secret = |secret: &Secret| PluginSecret {
            name: secret.name.as_str().to_owned(),
            title: secret.title.clone(),
            description: secret.description.clone(),
            required: secret.required,
        };
        let action = |action: &Action| PluginAction {
            name: action.name.as_str().to_owned(),
            title: action.title.clone(),
            description: action.description.clone(),
            confirm: action.confirm,
            input: action.input.json().clone(),
            output: action.output.json().clone(),
        };
        Self {
            version: manifest.version.to_string(),
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            hash,
            wants: manifest.describe(),
            settings: manifest.settings.schema().json().clone(),
            secrets: manifest.secrets.iter().map(secret).collect(),
            actions: manifest.actions.iter().map(action).collect(),
        }
    }
}

/// Every installed plugin.
#[utoipa::path(get, path = "/api/v1/plugins", tag = "plugins",
    responses((status = 200, body = Paged<Plugin>)))]
pub(in super::super) async fn list(State(http): State<Http>) -> axum::Json<Paged<Plugin>> {
    axum::Json(Paged::whole(http.hub.plugins().iter().map(Into::into).collect()))
}

/// One plugin.
#[utoipa::path(get, path = "/api/v1/plugins/{plugin}", tag = "plugins",
    params(("plugin" = String, Path, description = "The plugin's name")),
    responses((status = 200, body = Plugin), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path(name): Path<String>,
) -> Result<axum::Json<Plugin>, Problem> {
    let plugins = http.hub.plugins();
    let found = plugins.iter().find(|plugin| plugin.name == name);
    let plugin = found.ok_or_else(|| {
        Problem::not_found(format!(
            "no plugin `{name}` is installed; put its .wasm file into the plugins' folder"
        ))
    })?;
    Ok(axum::Json(plugin.into()))
}
