//! One recorded request after another, each in an instance of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::case::{Case, Shared, Webhook};
use super::compare;
use super::services::Bench;
use crate::ambient::{Ambient, ManualClock, SystemEntropy};
use crate::model::id::ConnectionId;
use crate::model::manifest::ValueProblem;
use crate::model::signature::{CompileError, Request, SignError, Signer, Verdict as Proven, Verifier};
use crate::plugin::{
    Binding, BindingError, CallError, Plugin, PluginError, PluginSaid, Runtime, RuntimeOptions,
    WebhookRequest,
};

/// The time a case sees when it names none: 2026-01-01T00:00:00Z.
const DEFAULT_NOW: i64 = 1_767_225_600_000;
/// The address that a plugin under test believes it is reached at.
const PUBLIC_URL: &str = "https://hub.example/hooks/conn";

/// Why a case could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// The sandbox, or the plugin in it, does not come up.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The case's settings do not fit the manifest.
    #[error("the settings do not fit plugin.toml:\n{}", list(.0))]
    Settings(Vec<ValueProblem>),
    /// The case's settings name no usable host.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The signature rule cannot be prepared with the case's secrets.
    #[error(transparent)]
    Verifier(#[from] CompileError),
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A part of the case is not what the contract calls it.
    #[error("`{part}` is not what the contract says: {why}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What is wrong.
        why: serde_json::Error,
    },
    /// A header of the case cannot be one.
    #[error("the header `{0}` is not one that HTTP can carry")]
    Header(String),
    /// `now` is not a time.
    #[error("`now` must be a time such as 2026-01-31T12:00:00Z, not `{0}`")]
    Now(String),
}

fn list(problems: &[ValueProblem]) -> String {
    problems.iter().map(|problem| format!("  - {problem}")).collect::<Vec<_>>().join("\n")
}

/// What came of a case.
#[derive(Debug)]
pub enum Verdict {
    /// Everything expected came, and nothing was asked of the vendor that was not recorded.
    Passed,
    /// Something differs; the text shows what.
    Failed(String),
}

/// A plugin in a sandbox of its own, ready to run cases.
pub struct Harness {
    plugin: Plugin,
    bench: Arc<Bench>,
    clock: ManualClock,
    // The sandbox must live as long as the plugin runs in it.
    _runtime: Runtime,
}

impl Harness {
    /// Brings the plugin up.
    ///
    /// # Errors
    /// When the file is not a plugin this hub can run.
    pub async fn new(wasm: &[u8], options: &RuntimeOptions) -> Result<Self, HarnessError> {
        let bench = Arc::new(Bench::default());
        let clock = ManualClock::at(DEFAULT_NOW);
        let ambient = Ambient { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        let runtime = Runtime::new(options, bench.clone(), ambient)?;
        let plugin = runtime.load(wasm).await?;
        Ok(Self { plugin, bench, clock, _runtime: runtime })
    }

    /// Runs one case.
    ///
    /// # Errors
    /// When the case cannot be run at all; a case that ran and differs is a [`Verdict::Failed`].
    pub async fn run(&self, case: &Case, shared: &Shared) -> Result<Verdict, HarnessError> {
        let now = match &case.now {
            None => DEFAULT_NOW,
            Some(text) => {
                text.parse::<jiff::Timestamp>().map_err(|_| HarnessError::Now(text.clone()))?.as_millisecond()
            }
        };
        self.clock.set(now);
        let secrets = case.secrets.clone().unwrap_or_else(|| shared.secrets.clone());
        let settings = case.settings.clone().or_else(|| shared.settings.clone()).unwrap_or_else(|| json!({}));
        let settings = self.plugin.manifest.check_settings(&settings).map_err(HarnessError::Settings)?;
        // One connection for all cases: scoped identifiers then read the same in every run.
        let binding = Binding::new(&self.plugin, ConnectionId::random([0; 16]), &settings, PUBLIC_URL)?;
        self.bench.begin(secrets.clone(), case.http.clone());
        let actual = self.call(case, &binding, &secrets, now).await?;
        let mut complaints: Vec<String> =
            self.bench.complaints().into_iter().map(|complaint| format!("    {complaint}\n")).collect();
        complaints.extend(compare::difference(&case.expect, &actual));
        if complaints.is_empty() { Ok(Verdict::Passed) } else { Ok(Verdict::Failed(complaints.concat())) }
    }

    /// Makes the call that the case asks for; the answer is JSON in the shape of `expect`.
    async fn call(
        &self,
        case: &Case,
        binding: &Arc<Binding>,
        secrets: &BTreeMap<String, String>,
        now: i64,
    ) -> Result<Value, HarnessError> {
        let plugin = &self.plugin;
        if let Some(webhook) = &case.webhook {
            return self.webhook(webhook, binding, secrets, now).await;
        }
        let answer = if let Some(message) = &case.send {
            let message = part("send", message)?;
            plugin.send(binding, &message).await.map(|receipt| {
                let pair = |(name, value)| json!({"name": name, "value": value});
                let details: Vec<Value> = receipt.details.into_iter().map(pair).collect();
                json!({"receipt": {"id": receipt.id, "details": details}})
            })
        } else if let Some(poll) = &case.poll {
            let cursor = poll.cursor.as_ref().map(|raw| raw.get()).filter(|raw| *raw != "null");
            plugin
                .poll(binding, cursor)
                .await
                .map(|page| json!({"events": page.events, "cursor": page.cursor, "more": page.more}))
        } else if let Some(action) = &case.action {
            let key = action.key.as_deref().unwrap_or("test-key");
            plugin
                .act(binding, &action.name, &action.input, key)
                .await
                .map(|outcome| json!({"output": outcome.output, "events": outcome.events}))
        } else if let Some(input) = &case.analyse {
            let input = part("analyse", input)?;
            plugin.analyse(binding, &input).await.map(|insights| json!({ "insights": insights }))
        } else {
            // `case::load` lets no such case through.
            Ok(Value::Null)
        };
        Ok(answer.unwrap_or_else(|error| failure(&error)))
    }

    async fn webhook(
        &self,
        webhook: &Webhook,
        binding: &Arc<Binding>,
        secrets: &BTreeMap<String, String>,
        now: i64,
    ) -> Result<Value, HarnessError> {
        let secret = |name: &str| secrets.get(name).map(|value| Zeroizing::new(value.clone().into_bytes()));
        let body = webhook.bytes();
        let mut headers = HeaderMap::new();
        for (name, value) in &webhook.headers {
            let bad = |_| HarnessError::Header(name.clone());
            let value = HeaderValue::from_str(value).map_err(|_| HarnessError::Header(name.clone()))?;
            headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(bad)?, value);
        }
        let url = url::Url::parse_with_params(&format!("{PUBLIC_URL}{}", webhook.path), &webhook.query);
        let url = url.map_err(|_| HarnessError::Header(webhook.path.clone()))?;
        let mut query = url.query().unwrap_or_default().to_owned();
        let mut full = url.as_str().trim_end_matches('?').to_owned();
        if webhook.sign {
            let unsigned = Request {
                method: &webhook.method,
                url: &full,
                path: url.path(),
                query_raw: &query,
                headers: &headers,
                body: &body,
            };
            let proof = Signer::new(&self.plugin.manifest, secret).sign(&unsigned, now)?;
            (full, query) = (proof.url(&full), proof.query(&query));
            headers.extend(proof.headers.into_iter().map(|(name, value)| (Some(name), value)));
        }
        let request = Request {
            method: &webhook.method,
            url: &full,
            path: url.path(),
            query_raw: &query,
            headers: &headers,
            body: &body,
        };
        let verified = match Verifier::compile(&self.plugin.manifest, secret)?.check(&request, now) {
            Ok(proven) => proven == Proven::Verified,
            Err(refusal) => return Ok(json!({"status": 401, "refused": refusal.to_string()})),
        };
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let request = WebhookRequest {
            method: &webhook.method,
            path: &webhook.path,
            query: &query,
            headers: &headers,
            body: &body,
            verified,
        };
        Ok(match self.plugin.webhook(binding, request).await {
            // What the hub makes of it: see `webhook.handle` in the contract.
            Err(error @ CallError::Plugin(PluginSaid::Reject(_))) => {
                let mut refused = failure(&error);
                refused["status"] = 400.into();
                refused
            }
            Err(error) => failure(&error),
            Ok(outcome) => {
                let body = String::from_utf8_lossy(&outcome.reply.body).into_owned();
                let headers: Map<String, Value> =
                    outcome.reply.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
                let published: Vec<Value> = self
                    .bench
                    .published()
                    .into_iter()
                    .map(|(topic, payload)| json!({"topic": topic, "payload": payload}))
                    .collect();
                json!({
                    "status": outcome.reply.status, "headers": headers, "body": body, "events": outcome.events,
                    "published": published,
                })
            }
        })
    }
}

fn part<T: serde::de::DeserializeOwned>(part: &'static str, value: &Value) -> Result<T, HarnessError> {
    // Through text, because verbatim JSON inside cannot be read from a parsed value.
    serde_json::from_str(&value.to_string()).map_err(|why| HarnessError::Part { part, why })
}

/// An error in the contract's own JSON form, or how the call ended instead.
fn failure(error: &CallError) -> Value {
    let said = match error {
        CallError::Plugin(PluginSaid::Retry(after)) => json!({ "retry": after }),
        CallError::Plugin(PluginSaid::Reject(why)) => json!({ "reject": why }),
        CallError::Plugin(PluginSaid::Misconfigured(what)) => json!({ "misconfigured": what }),
        CallError::Plugin(PluginSaid::AccessDenied(what)) => json!({ "access-denied": what }),
        CallError::Plugin(PluginSaid::Other(what)) => json!({ "other": what }),
        other => Value::String(other.to_string()),
    };
    json!({ "error": said })
}
