//! What can be set: the commented defaults, and what overrides them.
//!
//! `config.default.toml` is part of the program and holds every key. A file, then variables, then the
//! command line change values of keys that are there; a key that is not is refused with the nearest name.

mod accounts;
mod current;
mod layers;
mod reader;
mod reload;
mod sections;
mod setting;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use layers::Layers;
use reader::Reader;

pub use accounts::{Accounts, Oidc};
pub use current::Current;
pub use reload::Changes;
pub use sections::{
    Api, Approval, Assistant, Breaker, Conversation, Deliveries, Http, Identity, Log, LogFormat, Outbox,
    Parked, Plugin, Poller, Privacy, Receive, Redact, Registry, Retention, Rollback, Storage, Trust, Usage,
};
pub use setting::Setting;

use crate::model::consent::{PurposeError, Purposes};
use crate::model::normal::Region;
use crate::model::retention::Class;
use crate::model::rules::{RuleError, Rules};
use crate::plugin::{HttpOptions, Limits, RuntimeOptions};
use crate::store::{Server, StoreOptions};

/// The defaults with a comment on each, as they ship.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Why the configuration cannot be used. Every message says where the value came from and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file `{}`; check the path and its permissions", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML.
    #[error("{origin} is not TOML: {why}")]
    Syntax {
        /// Where it stands.
        origin: String,
        /// What is wrong, with line and column.
        why: String,
    },
    /// There is no such key.
    #[error("{origin} sets `{key}`, which does not exist{hint}")]
    Unknown {
        /// Where it stands.
        origin: String,
        /// The key.
        key: String,
        /// The nearest known one, as the end of the sentence.
        hint: String,
    },
    /// The value is not what the key takes.
    #[error("{origin} sets `{key}` to something it cannot be: {why}")]
    Value {
        /// Where it stands.
        origin: String,
        /// The key.
        key: String,
        /// What it should be.
        why: String,
    },
    /// A `--set` without an equals sign.
    #[error(
        "`--set {0}` says no value: write `--set section.key=value`, such as `--set http.listen=0.0.0.0:8080`"
    )]
    Set(String),
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[http]`
    pub http: Http,
    /// `[storage]`
    pub storage: Storage,
    /// `[plugin]`
    pub plugin: Plugin,
    /// `[receive]`
    pub receive: Receive,
    /// `[identity]`
    pub identity: Identity,
    /// `[consent]`
    pub consent: Purposes,
    /// `[conversation]`
    pub conversation: Conversation,
    /// `[assistant]`
    pub assistant: Assistant,
    /// `[outbox]`
    pub outbox: Outbox,
    /// `[poller]`
    pub poller: Poller,
    /// `[breaker]`
    pub breaker: Breaker,
    /// `[usage]`
    pub usage: Usage,
    /// `[parked]`
    pub parked: Parked,
    /// `[deliveries]`
    pub deliveries: Deliveries,
    /// `[privacy]`
    pub privacy: Privacy,
    /// `[retention]`
    pub retention: Retention,
    /// `[accounts]`
    pub accounts: Accounts,
    /// `[api]`
    pub api: Api,
    /// `[log]`
    pub log: Log,
    /// Every key with its value as it is written, to tell what a new configuration changes.
    written: Arc<BTreeMap<String, String>>,
    /// Who set each key that is not as the defaults have it.
    origins: Arc<BTreeMap<String, String>>,
}

impl Config {
    /// Reads the defaults and whatever overrides them: `file`, then the variables among `env` whose names
    /// begin with `SWITCHBOARD_` and hold two underscores, then `sets` (`section.key=value`).
    ///
    /// # Errors
    /// When something is unknown, unreadable or of the wrong kind; the message says where.
    pub fn load(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        sets: &[String],
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
            layers.file(&text, &format!("`{}`", path.display()))?;
        }
        layers.env(env)?;
        for set in sets {
            layers.set(set)?;
        }
        Self::typed(&Reader(&layers))
    }

    fn typed(read: &Reader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            http: Http {
                listen: read.parsed("http.listen", "an address and a port, such as `127.0.0.1:8080`")?,
                public_url: public_url(read)?,
                open_metrics: read.flag("http.open_metrics")?,
                proxies: proxies(read)?,
                request_timeout: read.period("http.request_timeout")?,
                stop_wait: read.period("http.stop_wait")?,
            },
            storage: Storage {
                path: read.path("storage.path")?,
                server: server(read)?,
                queue: read.count("storage.queue")?,
                group: read.count("storage.group")?,
                readers: read.count("storage.readers")?,
                cache_kib: u32::try_from(read.size("storage.cache")? / 1024).unwrap_or(u32::MAX),
            },
            plugin: Plugin {
                directory: read.path("plugin.directory")?,
                kept_dir: read.optional_path("plugin.kept_dir")?,
                approval: match read.text("plugin.approval")? {
                    "manual" => Approval::Manual,
                    "automatic" => Approval::Automatic,
                    _ => return Err(read.wrong("plugin.approval", "write `manual` or `automatic`")),
                },
                rollback: Rollback {
                    within: read.period("plugin.rollback.within")?,
                    failures: read.number("plugin.rollback.failures")?,
                    percent: read.number("plugin.rollback.percent")?,
                },
                runtime: runtime(read)?,
                trust: Trust {
                    policy: read.parsed("plugin.trust.policy", "`require`, `warn` or `off`")?,
                    keys: read.list("plugin.trust.keys")?,
                },
                registry: Registry {
                    plain_http: read.list("plugin.registry.plain_http")?,
                    timeout: read.period("plugin.registry.timeout")?,
                    max_answer: read.size("plugin.registry.max_answer")?,
                },
            },
            receive: Receive {
                max_body: read.size("receive.max_body")?,
                rate: read.count("receive.rate")?,
                burst: read.count("receive.burst")?,
                retry_after: read.period("receive.retry_after")?,
            },
            identity: Identity {
                region: region(read)?,
                rules: rules(read)?,
                people_per_key: read.count("identity.people_per_key")?,
            },
            consent: purposes(read)?,
            conversation: Conversation {
                undo_send: read.period("conversation.undo_send")?,
                bulk: read.count("conversation.bulk")?,
                text: read.size("conversation.text")?,
                shortcuts: read.count("conversation.shortcuts")?,
            },
            assistant: Assistant {
                at_once: read.count("assistant.at_once")?,
                attempts: read.count("assistant.attempts")?,
                first_wait: read.period("assistant.first_wait")?,
                longest_wait: read.period("assistant.longest_wait")?,
                lease: read.period("assistant.lease")?,
                history: read.number("assistant.history")?,
            },
            outbox: Outbox {
                at_once: read.count("outbox.at_once")?,
                attempts: read.count("outbox.attempts")?,
                first_wait: read.period("outbox.first_wait")?,
                longest_wait: read.period("outbox.longest_wait")?,
                lease: read.period("outbox.lease")?,
                rate: read.count("outbox.rate")?,
            },
            poller: Poller {
                first_wait: read.period("poller.first_wait")?,
                longest_wait: read.period("poller.longest_wait")?,
                pages: read.count("poller.pages")?,
            },
            breaker: Breaker {
                failures: read.count("breaker.failures")?,
                first_wait: read.period("breaker.first_wait")?,
                longest_wait: read.period("breaker.longest_wait")?,
                probes: read.count("breaker.probes")?,
            },
            usage: Usage { flush: read.period("usage.flush")?, keep: read.period("usage.keep")? },
            parked: Parked {
                max_age: read.period("parked.max_age")?,
                max_bytes: read.size("parked.max_bytes")?,
            },
            deliveries: Deliveries {
                keep: read.period("deliveries.keep")?,
                max_bytes: read.size("deliveries.max_bytes")?,
            },
            retention: retention(read)?,
            privacy: Privacy {
                redact: match read.text("privacy.redact")? {
                    "person" => Redact::Person,
                    "connection" => Redact::Connection,
                    _ => return Err(read.wrong("privacy.redact", "write `connection` or `person`")),
                },
                audit_reads: read.flag("privacy.audit_reads")?,
                audit_again: read.period("privacy.audit_again")?,
            },
            accounts: accounts::read(read)?,
            api: Api {
                page: read.count("api.page")?,
                page_most: read.count("api.page_most")?,
                live_queue: read.count("api.live_queue")?,
                live_listeners: read.count("api.live_listeners")?,
            },
            log: Log {
                filter: read.text("log.filter")?.to_owned(),
                format: match read.text("log.format")? {
                    "auto" => LogFormat::Auto,
                    "text" => LogFormat::Text,
                    "json" => LogFormat::Json,
                    _ => return Err(read.wrong("log.format", "write `auto`, `text` or `json`")),
                },
            },
            written: Arc::new(read.0.written()),
            origins: Arc::new(read.0.origins()),
        })
    }

    /// Every setting that is in force, in the order of the default file. What is secret in it is covered.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        setting::all(&self.written, &self.origins)
    }

    /// How the sandbox is to be set up.
    #[must_use]
    pub fn plugin_runtime(&self) -> RuntimeOptions {
        let mut options = self.plugin.runtime.clone();
        options.cache_dir.get_or_insert_with(|| self.storage.path.with_extension("cache"));
        options
    }

    /// Where versions of plugins are kept.
    #[must_use]
    pub fn kept_plugins(&self) -> PathBuf {
        self.plugin.kept_dir.clone().unwrap_or_else(|| self.storage.path.with_extension("plugins"))
    }

    /// How the store is to be opened.
    #[must_use]
    pub fn store(&self) -> StoreOptions {
        StoreOptions {
            path: self.storage.path.clone(),
            server: self.storage.server.clone(),
            queue: self.storage.queue,
            group: self.storage.group,
            readers: self.storage.readers,
            cache_kib: self.storage.cache_kib,
            rules: self.identity.rules.clone(),
            people_per_key: self.identity.people_per_key,
        }
    }
}

/// The rules of identity. What is wrong with them is told of the key that holds it.
fn rules(read: &Reader<'_>) -> Result<Rules, ConfigError> {
    let (namespaces, blocked) = (read.list("identity.namespaces")?, read.list("identity.blocked")?);
    let rules = Rules::parse(&namespaces, &blocked, read.count("identity.identifiers")?);
    let rules = rules.map_err(|error| match error {
        RuleError::Namespace { .. } => read.wrong("identity.namespaces", error.to_string()),
        RuleError::Pattern { .. } => read.wrong("identity.blocked", error.to_string()),
    })?;
    let reopen = read.period("conversation.reopen")?;
    Ok(rules.reopening(i64::try_from(reopen.as_millis()).unwrap_or(i64::MAX)))
}

fn proxies(read: &Reader<'_>) -> Result<Vec<IpAddr>, ConfigError> {
    const KEY: &str = "http.proxies";
    let parse = |text: String| {
        text.parse().map_err(|_| read.wrong(KEY, format!("`{text}` is no address, such as `127.0.0.1`")))
    };
    read.list(KEY)?.into_iter().map(parse).collect()
}

/// How long what is kept: `keep` is for good.
fn retention(read: &Reader<'_>) -> Result<Retention, ConfigError> {
    let period = |key: &str| match read.text(key)? {
        "keep" => Ok(None),
        _ => read.period(key).map(Some),
    };
    let mut classes = Vec::new();
    for class in Class::ALL {
        if let Some(keep) = period(&format!("retention.{}", class.as_str()))? {
            classes.push((class, keep));
        }
    }
    Ok(Retention { classes, people: period("retention.people")? })
}

/// What messages are for. What is wrong is told of the key that holds it, or of the one that says it again.
fn purposes(read: &Reader<'_>) -> Result<Purposes, ConfigError> {
    let (opt_in, opt_out) = (read.list("consent.opt_in")?, read.list("consent.opt_out")?);
    Purposes::new(opt_in.clone(), opt_out).map_err(|error| match &error {
        PurposeError::Word(word) if opt_in.contains(word) => read.wrong("consent.opt_in", error.to_string()),
        _ => read.wrong("consent.opt_out", error.to_string()),
    })
}

fn server(read: &Reader<'_>) -> Result<Option<Server>, ConfigError> {
    const KEY: &str = "storage.url";
    let text = read.text(KEY)?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Nothing of it is repeated: a password may stand in it.
    text.parse()
        .map(Some)
        .map_err(|_| read.wrong(KEY, "write `postgres://USER:PASSWORD@HOST/NAME`, or nothing"))
}

fn public_url(read: &Reader<'_>) -> Result<Option<String>, ConfigError> {
    const KEY: &str = "http.public_url";
    const WHY: &str = "write an address such as `https://hub.example.com`, without query";
    let text = read.text(KEY)?.trim_end_matches('/');
    if text.is_empty() {
        return Ok(None);
    }
    let uri: http::Uri = text.parse().map_err(|_| read.wrong(KEY, WHY))?;
    let whole = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    if !whole || uri.query().is_some() {
        return Err(read.wrong(KEY, WHY));
    }
    Ok(Some(text.to_owned()))
}

fn region(read: &Reader<'_>) -> Result<Option<Region>, ConfigError> {
    const KEY: &str = "identity.region";
    let text = read.text(KEY)?.trim();
    let region = (!text.is_empty()).then(|| text.parse());
    region
        .transpose()
        .map_err(|_| read.wrong(KEY, "write a country's code of two letters, such as `DE`, or nothing"))
}

fn runtime(read: &Reader<'_>) -> Result<RuntimeOptions, ConfigError> {
    Ok(RuntimeOptions {
        cache_dir: read.optional_path("plugin.cache_dir")?,
        instances: read.count("plugin.instances")?,
        per_connection: read.count("plugin.per_connection")?,
        connection_memory: read.size("plugin.connection_memory")?,
        event_rate: read.count("plugin.event_rate")?,
        kv_rate: read.count("plugin.kv_rate")?,
        log_rate: read.count("plugin.log_rate")?,
        max_memory: read.size("plugin.max_memory")?,
        queue_wait: read.period("plugin.queue_wait")?,
        max_file: read.size("plugin.max_file")?,
        tick: read.period("plugin.tick")?,
        limits: Limits {
            memory: read.size("plugin.limits.memory")?,
            table_elements: read.count("plugin.limits.table_elements")?,
            cpu: read.period("plugin.limits.cpu")?,
            cpu_per_minute: read.period("plugin.limits.cpu_per_minute")?,
            burst: read.period("plugin.limits.burst")?,
            wall: read.period("plugin.limits.wall")?,
            hand_back: read.size("plugin.limits.hand_back")?,
            events: read.count("plugin.limits.events")?,
            identifiers: read.count("plugin.limits.identifiers")?,
            json_depth: read.count("plugin.limits.json_depth")?,
            host_calls: read.count("plugin.limits.host_calls")?,
            handles: read.count("plugin.limits.handles")?,
            headers: read.size("plugin.limits.headers")?,
            log_lines: read.number("plugin.limits.log_lines")?,
            log_line: read.size("plugin.limits.log_line")?,
            stdio: read.size("plugin.limits.stdio")?,
            kv_key: read.size("plugin.limits.kv_key")?,
            kv_value: read.size("plugin.limits.kv_value")?,
            kv_total: read.size("plugin.limits.kv_total")? as u64,
            publish: read.size("plugin.limits.publish")?,
            http_out: read.size("plugin.limits.http_out")? as u64,
        },
        http: HttpOptions {
            allow_private_hosts: read.list("plugin.http.allow_private_hosts")?,
            extra_ca: read.optional_path("plugin.http.extra_ca")?,
            connect_timeout: read.period("plugin.http.connect_timeout")?,
            response_timeout: read.period("plugin.http.response_timeout")?,
            max_response: read.size("plugin.http.max_response")?,
            max_request: read.size("plugin.http.max_request")?,
            requests: read.number("plugin.http.requests")?,
            concurrent: read.count("plugin.http.concurrent")?,
            connection_concurrent: read.count("plugin.http.connection_concurrent")?,
            idle_per_host: read.number("plugin.http.idle_per_host")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, env: &[(&str, &str)], sets: &[&str]) -> Result<Config, String> {
        let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
        let path = dir.path().join("switchboard.toml");
        std::fs::write(&path, file).map_err(|e| e.to_string())?;
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        Config::load(Some(&path), env, &sets).map_err(|e| e.to_string())
    }

    #[test]
    fn the_defaults_are_those_the_runtime_documents() {
        let config = Config::load(None, [], &[]).expect("loads");
        let ours = RuntimeOptions { cache_dir: None, ..config.plugin_runtime() };
        assert_eq!(format!("{ours:?}"), format!("{:?}", RuntimeOptions::default()));
        let store = StoreOptions::at("switchboard.db");
        assert_eq!(format!("{:?}", config.store()), format!("{store:?}"));
    }

    #[test]
    fn a_variable_outranks_the_file_and_the_command_line_outranks_both() {
        let file = "[storage]\nqueue = 1\ngroup = 1\nreaders = 1\n[plugin.limits]\nmemory = 4096";
        let env = [("SWITCHBOARD_STORAGE__GROUP", "2"), ("SWITCHBOARD_STORAGE__READERS", "2"), ("HOME", "x")];
        let config = load(file, &env, &["storage.readers=3"]).expect("loads");
        assert_eq!((config.storage.queue, config.storage.group, config.storage.readers), (1, 2, 3));
        assert_eq!(config.plugin.runtime.limits.memory, 4096);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name_and_where_it_stands() {
        let error = load("[http]\nlistne = \"x\"", &[], &[]).expect_err("refused");
        assert!(error.contains("http.listne") && error.contains("`http.listen`"), "{error}");
        assert!(error.contains("switchboard.toml"), "{error}");
        let error = load("", &[("SWITCHBOARD_STORRAGE__PATH", "x")], &[]).expect_err("refused");
        assert!(error.contains("SWITCHBOARD_STORRAGE__PATH") && error.contains("`storage.path`"), "{error}");
        let error = load("", &[], &["plugin.limits.memori=1"]).expect_err("refused");
        assert!(error.contains("--set") && error.contains("`plugin.limits.memory`"), "{error}");
        let error = load("", &[("SWITCHBOARD_HTTP_LISTEN", "x")], &[]).expect_err("refused");
        assert!(error.contains("SWITCHBOARD_HTTP__LISTEN"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_told_what_it_should_be() {
        let said = |file: &str| load(file, &[], &[]).expect_err("refused");
        assert!(said("[storage]\nqueue = \"many\"").contains("a whole number"));
        assert!(said("[storage]\nqueue = 0").contains("at least 1"));
        assert!(said("[plugin]\ntick = \"2 minutes\"").contains("is not a duration"));
        assert!(said("[http]\nlisten = \"here\"").contains("an address and a port"));
        assert!(said("[plugin.trust]\npolicy = \"none\"").contains("`require`, `warn` or `off`"));
        assert!(said("http = 3").contains("a section"));
        assert!(said("[consent]\nopt_in = [\"service\"]").contains("name it once"));
        assert!(said("[consent]\nopt_in = [\"all\"]").contains("`all` is no purpose"));
        assert!(said("[http").contains("is not TOML"));
        assert!(load("", &[], &["http.listen"]).expect_err("refused").contains("says no value"));
    }

    #[test]
    fn a_dash_in_a_key_is_an_underscore_and_a_list_may_be_written_with_commas() {
        let config = load("", &[], &["plugin.http.allow-private-hosts=a:1, b"]).expect("loads");
        assert_eq!(config.plugin.runtime.http.allow_private_hosts, ["a:1", "b"]);
    }
}
