//! What can be connected, and what it wants.

use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::page::Paged;
use super::time::Timestamp;
use crate::model::grant::Ask;
use crate::model::installation::PluginVersion;
use crate::model::manifest::{Action, Manifest, Secret};
use crate::pipeline::Installed;

/// A plugin's file and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Plugin {
    /// What it is called; `plugin` of a connection. The file's name where it cannot be read.
    #[schema(example = "echo-channel")]
    pub name: String,
    /// Why it does not run, or what is wrong with its file. With `about`, the version before still runs.
    pub problem: Option<String>,
    /// What it is, where it runs.
    pub about: Option<About>,
    /// The version that waits for approval.
    pub waiting: Option<WaitingVersion>,
    /// What it was granted, by name.
    #[schema(example = json!(["host:GET:api.example.com"]))]
    pub granted: Vec<String>,
    /// What it asks for and was not granted.
    pub withheld: Vec<String>,
    /// The versions that are kept, the one found last first.
    pub versions: Vec<Version>,
}

/// A version that waits for approval.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WaitingVersion {
    /// Its version.
    #[schema(example = "0.2.0")]
    pub version: String,
    /// The SHA-256 of its file, in hex.
    pub hash: String,
    /// What it is and wants, in sentences.
    pub wants: Vec<String>,
    /// Who signed it, in words.
    #[schema(example = "signed by acme, who is trusted here")]
    pub signed: String,
    /// What it asks for that nobody decided on yet.
    pub asks: Vec<AskedFor>,
}

/// One thing that a plugin asks for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AskedFor {
    /// Its name, to withhold or revoke it by.
    #[schema(example = "host:GET:api.example.com")]
    pub grant: String,
    /// What it lets the plugin do.
    pub words: String,
}

/// A version of a plugin.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Version {
    /// What it calls itself.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// The SHA-256 of its file, in hex.
    pub hash: String,
    /// `waiting`, `approved`, `rolled-back` or `revoked`.
    #[schema(example = "approved")]
    pub state: String,
    /// Whether it is the one that serves.
    pub serving: bool,
    /// Why it was rolled back or revoked.
    pub reason: Option<String>,
    /// When it was found.
    pub found_at: Timestamp,
    /// When it last began to serve.
    pub served_at: Option<Timestamp>,
}

/// What is withheld or taken back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Grants {
    /// The names of grants. Empty: on approval nothing is withheld, on revocation everything is taken back.
    #[schema(example = json!(["host:POST:api.example.com"]))]
    grants: Vec<String>,
}

/// Where to go back to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RollBack {
    /// The version to return to; the one before when left out.
    #[schema(example = "0.1.0")]
    to: Option<String>,
    /// Why, for the audit log.
    reason: Option<String>,
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
        let record = &installed.record;
        let asked = |ask: &Ask| AskedFor { grant: ask.to_string(), words: ask.sentence() };
        let version = |version: &PluginVersion| Version {
            version: version.version.clone(),
            hash: version.hash.clone(),
            state: version.state.as_str().to_owned(),
            serving: record.serving.as_ref() == Some(&version.hash),
            reason: version.reason.clone(),
            found_at: Timestamp(version.found_at),
            served_at: version.served_at.map(Timestamp),
        };
        Self {
            name: installed.name.clone(),
            problem: installed.problem(),
            about: installed.plugin().map(|plugin| About::new(&plugin.manifest, plugin.hash.to_string())),
            waiting: installed.waiting.as_ref().map(|waiting| WaitingVersion {
                version: waiting.version.clone(),
                hash: waiting.hash.clone(),
                wants: waiting.about.clone(),
                signed: waiting.signed.clone(),
                asks: waiting.news.iter().map(asked).collect(),
            }),
            granted: installed.granted().iter().map(ToString::to_string).collect(),
            withheld: installed.withheld().iter().map(ToString::to_string).collect(),
            versions: record.versions.iter().map(version).collect(),
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
    let found = http.hub.installed(&name).ok_or_else(|| {
        Problem::not_found(format!(
            "no plugin `{name}` is installed; put its .wasm file into the plugins' folder"
        ))
    })?;
    Ok(axum::Json((&found).into()))
}

/// Installs a plugin, or a newer version of one: its `.wasm` file is the body. What it asks for waits for
/// approval, unless it asks for nothing that was not granted already.
#[utoipa::path(post, path = "/api/v1/plugins", tag = "plugins",
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 201, body = Plugin), (status = 422, body = Problem)))]
pub(in super::super) async fn install(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    body: axum::body::Bytes,
) -> Result<(StatusCode, axum::Json<Plugin>), Problem> {
    let there = http.hub.install_plugin(&body, &caller.who).await?;
    Ok((StatusCode::CREATED, axum::Json((&there).into())))
}

/// Grants what the plugin asks for, but what `grants` names, and lets the version serve that waits.
#[utoipa::path(post, path = "/api/v1/plugins/{plugin}/approve", tag = "plugins", request_body = Grants,
    params(("plugin" = String, Path, description = "The plugin's name")),
    responses((status = 200, body = Plugin), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn approve(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(withheld): Json<Grants>,
) -> Result<axum::Json<Plugin>, Problem> {
    let there = http.hub.approve_plugin(&name, &withheld.asks()?, &caller.who).await?;
    Ok(axum::Json((&there).into()))
}

/// Takes grants back; with none named everything, and the plugin stops.
#[utoipa::path(post, path = "/api/v1/plugins/{plugin}/revoke", tag = "plugins", request_body = Grants,
    params(("plugin" = String, Path, description = "The plugin's name")),
    responses((status = 200, body = Plugin), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn revoke(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(taken): Json<Grants>,
) -> Result<axum::Json<Plugin>, Problem> {
    let there = http.hub.revoke_plugin(&name, &taken.asks()?, &caller.who).await?;
    Ok(axum::Json((&there).into()))
}

/// Lets the version in the plugins' folder take over from the one that serves, also where it was rolled back.
/// What it newly asks for is granted.
#[utoipa::path(post, path = "/api/v1/plugins/{plugin}/upgrade", tag = "plugins",
    params(("plugin" = String, Path, description = "The plugin's name")),
    responses((status = 200, body = Plugin), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn upgrade(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<axum::Json<Plugin>, Problem> {
    let there = http.hub.upgrade_plugin(&name, &caller.who).await?;
    Ok(axum::Json((&there).into()))
}

/// Lets an earlier version serve again.
#[utoipa::path(post, path = "/api/v1/plugins/{plugin}/rollback", tag = "plugins", request_body = RollBack,
    params(("plugin" = String, Path, description = "The plugin's name")),
    responses((status = 200, body = Plugin), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn roll_back(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(back): Json<RollBack>,
) -> Result<axum::Json<Plugin>, Problem> {
    let why = back.reason.as_deref().unwrap_or("no reason was given");
    let there = http.hub.roll_plugin_back(&name, back.to.as_deref(), why, &caller.who).await?;
    Ok(axum::Json((&there).into()))
}

/// Removes a plugin that no connection uses: its file, its versions, what it was granted.
#[utoipa::path(delete, path = "/api/v1/plugins/{plugin}", tag = "plugins",
    params(("plugin" = String, Path, description = "The plugin's name")),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn remove(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    http.hub.remove_plugin(&name, &caller.who).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Grants {
    fn asks(&self) -> Result<Vec<Ask>, Problem> {
        let ask = |text: &String| text.parse::<Ask>().map_err(|error| error.to_string());
        self.grants.iter().map(ask).collect::<Result<_, _>>().map_err(|message| {
            Problem::invalid(message.clone(), vec![Invalid { at: "/grants".to_owned(), message }])
        })
    }
}
