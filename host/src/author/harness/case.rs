//! One recorded request: a file in a plugin's `requests/` folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// The file beside the cases that holds what they share.
pub const SHARED: &str = "_connection.json";

/// Settings and secrets of the connection that the cases run with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The settings, checked against the manifest's schema like an operator's.
    #[serde(default)]
    pub settings: Option<Value>,
    /// The secrets by name, in clear: they are made up.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// One recorded request with what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in a line.
    #[serde(default)]
    pub about: String,
    /// The time the guest and the signature check see, RFC 3339; 2026-01-01T00:00:00Z when left out.
    #[serde(default)]
    pub now: Option<String>,
    /// Settings instead of the shared ones.
    #[serde(default)]
    pub settings: Option<Value>,
    /// Secrets instead of the shared ones.
    #[serde(default)]
    pub secrets: Option<BTreeMap<String, String>>,
    /// The vendor's answers, in the order they are asked for; a request that none matches fails.
    #[serde(default)]
    pub http: Vec<Exchange>,
    /// A request from outside.
    #[serde(default)]
    pub webhook: Option<Webhook>,
    /// A message to send: `sender.outbound` of the contract as JSON.
    #[serde(default)]
    pub send: Option<Value>,
    /// A poll.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// An action.
    #[serde(default)]
    pub action: Option<Action>,
    /// A message to look at: `assistant.input` of the contract as JSON.
    #[serde(default)]
    pub analyse: Option<Value>,
    /// What must come of it.
    pub expect: Value,
}

/// A request from outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// `POST` when left out.
    #[serde(default = "post")]
    pub method: String,
    /// What follows `/hooks/{connection}`.
    #[serde(default)]
    pub path: String,
    /// The query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a text as it is, anything else as compact JSON.
    #[serde(default)]
    pub body: Option<Box<serde_json::value::RawValue>>,
    /// Whether the harness signs it as the manifest demands.
    #[serde(default)]
    pub sign: bool,
}

fn post() -> String {
    "POST".to_owned()
}

impl Webhook {
    /// The body's bytes. JSON is kept digit by digit as the file has it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let Some(raw) = &self.body else { return Vec::new() };
        match serde_json::from_str::<String>(raw.get()) {
            Ok(text) => text.into_bytes(),
            Err(_) if raw.get() == "null" => Vec::new(),
            Err(_) => raw.get().as_bytes().to_vec(),
        }
    }
}

/// A poll.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// The cursor of the last page; null at the first.
    #[serde(default)]
    pub cursor: Option<Box<serde_json::value::RawValue>>,
}

/// An action.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Which.
    pub name: String,
    /// Its input.
    pub input: Box<serde_json::value::RawValue>,
    /// The idempotency key; a fixed one when left out.
    #[serde(default)]
    pub key: Option<String>,
}

/// One request to the vendor and the vendor's answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What the plugin must ask; fields left out are not compared.
    pub request: VendorRequest,
    /// What the vendor answers.
    pub response: VendorResponse,
}

/// What the plugin must ask of the vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorRequest {
    /// The method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Headers that must be there, names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a text for the whole, JSON as a subset.
    #[serde(default)]
    pub body: Option<Value>,
}

/// What the vendor answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorResponse {
    /// The status.
    #[serde(default = "ok")]
    pub status: u16,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a text as it is, anything else as JSON, digit by digit.
    #[serde(default)]
    pub body: Option<Box<serde_json::value::RawValue>>,
}

fn ok() -> u16 {
    200
}

impl VendorResponse {
    /// The body's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            None => Vec::new(),
            Some(raw) => serde_json::from_str::<String>(raw.get())
                .map_or_else(|_| raw.get().as_bytes().to_vec(), String::into_bytes),
        }
    }
}

/// Why the recorded requests could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what a recorded request looks like.
    #[error("{path}:{line}:{column}: {problem}")]
    Shape {
        /// Which.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A case asks for none or several of the calls.
    #[error("{0}: name exactly one of `webhook`, `send`, `poll`, `action` and `analyse`")]
    Calls(PathBuf),
    /// There is nothing to run.
    #[error(
        "{0} holds no recorded request: write one as NAME.json (see the SDK's page, \"Recorded requests\")"
    )]
    Empty(PathBuf),
}

/// The recorded requests of a folder, by name, and what they share.
///
/// # Errors
/// When the folder or a file cannot be read, a file is malformed, or there is none.
pub fn load(folder: &Path) -> Result<(Shared, Vec<(String, Case)>), CaseError> {
    let listing =
        std::fs::read_dir(folder).map_err(|source| CaseError::Read { path: folder.into(), source })?;
    let mut files: Vec<PathBuf> = listing
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    files.sort();
    let mut shared = Shared::default();
    let mut cases = Vec::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == SHARED {
            shared = read(&path)?;
        } else {
            let case: Case = read(&path)?;
            let calls = [
                case.webhook.is_some(),
                case.send.is_some(),
                case.poll.is_some(),
                case.action.is_some(),
                case.analyse.is_some(),
            ];
            if calls.iter().filter(|given| **given).count() != 1 {
                return Err(CaseError::Calls(path));
            }
            cases.push((name.trim_end_matches(".json").to_owned(), case));
        }
    }
    if cases.is_empty() {
        return Err(CaseError::Empty(folder.into()));
    }
    Ok((shared, cases))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, CaseError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| CaseError::Read { path: path.into(), source })?;
    serde_json::from_str(&text).map_err(|error| CaseError::Shape {
        path: path.into(),
        line: error.line(),
        column: error.column(),
        problem: error.to_string(),
    })
}
