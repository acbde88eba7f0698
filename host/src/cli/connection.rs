//! `switchboard connection add | list | show | remove | pause | resume | limit`; `secret` and `schedule` have
//! files of their own.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::args::{Connection as Args, ConnectionAdd};
use super::installed::who;
use super::output::{Output, table, time};
use super::{open, schedule, secret};
use crate::config::Config;
use crate::model::connection::{Connection, ConnectionState};
use crate::model::limit::{Change, Limit};
use crate::model::manifest::Manifest;
use crate::model::mask;
use crate::model::normal::Region;
use crate::model::schedule::{OwnSchedule, Polls};
use crate::pipeline::{AddConnection, Hub, Polled};
use crate::plugin::Plugin;

/// Does one of them.
pub(super) async fn run(command: &Args, config: Config, out: &Output) -> anyhow::Result<()> {
    match command {
        Args::Add(add) => self::add(add, config, out).await,
        Args::List => list(&config, out).await,
        Args::Show { connection } => show(connection, config, out).await,
        Args::Remove { connection, yes } => {
            let store = open::store(&config).await?;
            let found = open::find(&store, connection).await?;
            let question = format!(
                "Remove {} ({}) with its secrets? What it told the hub stays.",
                found.title, found.id
            );
            out.agreed(*yes, &question, "nothing was removed")?;
            store.remove_connection(&found.id).await?;
            out.data(&json!({"removed": found.id}), || format!("{} is removed.", found.title));
            store.close().await;
            Ok(())
        }
        Args::Secret(replace) => secret::replace(replace, config, out).await,
        Args::Schedule(set) => schedule::run(set, config, out).await,
        Args::Limit { connection, changes } => limit(connection, changes, config, out).await,
        Args::Region { connection, region } => self::region(connection, region, &config, out).await,
        Args::Pause { connection } => set(connection, ConnectionState::Paused, &config, out).await,
        Args::Resume { connection } => set(connection, ConnectionState::Active, &config, out).await,
    }
}

async fn set(text: &str, state: ConnectionState, config: &Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(config).await?;
    let found = open::find(&store, text).await?;
    store.set_connection_state(&found.id, state).await?;
    out.data(&json!({"id": found.id, "state": state}), || match state {
        ConnectionState::Paused => format!(
            "{} is paused: deliveries are kept, nothing is run or sent. After `switchboard connection resume {}` the \
             hub catches up by itself.",
            found.title, found.id
        ),
        ConnectionState::Active => {
            format!("{} works again. A running hub replays what was kept meanwhile.", found.title)
        }
    });
    store.close().await;
    Ok(())
}

/// Says where a connection's phone numbers are dialled when they name no country.
async fn region(text: &str, region: &str, config: &Config, out: &Output) -> anyhow::Result<()> {
    let region = match region {
        "default" => None,
        region => Some(region.parse::<Region>()?),
    };
    let store = open::store(config).await?;
    let found = open::find(&store, text).await?;
    store.set_region(&found.id, region).await?;
    out.data(&json!({"id": found.id, "region": region}), || {
        format!("{}: {}", found.title, region_words(region, config))
    });
    store.close().await;
    Ok(())
}

/// How phone numbers without a country are read.
fn region_words(own: Option<Region>, config: &Config) -> String {
    match (own, config.identity.region) {
        (Some(region), _) => format!("phone numbers without a country are dialled in {region}"),
        (None, Some(region)) => {
            format!("phone numbers without a country are dialled in {region} (`identity.region`)")
        }
        (None, None) => "phone numbers without a country are nobody's but its own (no `--region`)".to_owned(),
    }
}

/// Changes budgets of a connection, and shows them all.
async fn limit(text: &str, changes: &[Change], config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let found = open::find(hub.store(), text).await?;
    if !changes.is_empty() {
        hub.change_limits(&found.id, changes).await?;
    }
    let own = hub.store().limits(&found.id).await?;
    let live = hub.connection(&found.id);
    let limits = live.as_ref().map_or(&hub.config().plugin.runtime.limits, |live| live.limits());
    let rows: Vec<(Limit, String, bool)> = Limit::all()
        .map(|limit| {
            let set = own.get(limit);
            (limit, limit.show(set.unwrap_or_else(|| limits.get(limit))), set.is_some())
        })
        .collect();
    let data: Map<String, Value> = rows
        .iter()
        .map(|(limit, value, own)| (limit.to_string(), json!({"value": value, "own": own})))
        .collect();
    out.data(&json!({"connection": found.id, "limits": data}), || {
        let row = |(limit, value, own): &(Limit, String, bool)| {
            let from = if *own { "set for this connection" } else { "" };
            vec![limit.to_string(), value.clone(), from.to_owned()]
        };
        table(&["budget", "value", ""], &rows.iter().map(row).collect::<Vec<_>>())
    });
    hub.stop().await;
    hub.store().close().await;
    Ok(())
}

async fn list(config: &Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(config).await?;
    let all = store.connections().await?;
    out.data(&all, || {
        if all.is_empty() {
            return "No connection yet; `switchboard connection add PLUGIN` adds one.".to_owned();
        }
        let row = |c: &Connection| {
            vec![
                c.id.to_string(),
                c.plugin.clone(),
                c.state.as_str().into(),
                time(c.created_at),
                c.title.clone(),
            ]
        };
        let rows: Vec<_> = all.iter().map(row).collect();
        table(&["id", "plugin", "state", "added (UTC)", "title"], &rows)
    });
    store.close().await;
    Ok(())
}

async fn show(text: &str, config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let found = open::find(hub.store(), text).await?;
    let secrets = hub.store().secret_names(&found.id).await?;
    let url = hub.hook_url(&found.id);
    let problem = hub.problem(&found.id);
    let resting = hub.store().resting(&found.id).await?;
    let own = hub.store().limits(&found.id).await?;
    let own: Vec<(Limit, String)> = own.iter().map(|(limit, value)| (limit, limit.show(value))).collect();
    let polled = hub.polled(&found.id).await?;
    let former = hub.store().former_secrets(&found.id).await?;
    let now = hub.ambient().now_ms();
    let former = former.into_iter().filter_map(|former| {
        former.verify_until.filter(|until| now < *until).map(|until| (former.name, until))
    });
    let former: Vec<(String, i64)> = former.collect();
    let wants = hub.plugin(&found.plugin).map(|plugin| plugin.manifest.wants()).unwrap_or_default();
    let data = json!({
        "connection": found, "url": url, "secrets": secrets,
        "former_secrets": former.iter().map(|(name, until)| json!({"name": name, "until": until})).collect::<Vec<_>>(),
        "may": wants, "problem": problem, "resting": resting,
        "polls": polled.as_ref().map(|polled| json!({
            "schedule": polled.written(), "own": polled.own.is_some(), "default": polled.theirs.to_string(), "next_at": polled.next_at, "last": polled.polls,
        })),
        "limits": own.iter().map(|(limit, value)| (limit.to_string(), value)).collect::<std::collections::BTreeMap<_, _>>(),
    });
    let polls = polled.map(|polled| polls(&polled)).unwrap_or_default();
    let region = region_words(found.region, hub.config());
    out.data(&data, || {
        let settings = found.settings.as_object().cloned().unwrap_or_default();
        let settings: String = settings.iter().map(|(key, value)| format!("  {key} = {value}\n")).collect();
        let may: String = wants.iter().map(|want| format!("  - {want}\n")).collect();
        let rests = resting.as_ref().map(|resting| {
            format!(
                "\nIts plugin failed again and again and is left alone since {} UTC: {}\nDeliveries are kept, and the hub \
                 catches up by itself. It tries again at {} UTC.\n",
                time(resting.since),
                resting.error,
                time(resting.until)
            )
        });
        let rests = rests.unwrap_or_default();
        let former: String = former
            .iter()
            .map(|(name, until)| format!("\n  {name}: the value before verifies until {} UTC", time(*until)))
            .collect();
        let limits = match own.as_slice() {
            [] => String::new(),
            own => {
                let lines: String = own.iter().map(|(limit, value)| format!("  {limit} = {value}\n")).collect();
                format!("\nBudgets of its own\n{lines}")
            }
        };
        let problem = problem.as_ref().map(|problem| format!("\nIt does not work: {problem}\n")).unwrap_or_default();
        format!(
            "{} — {} ({})\n{}\n\nThe vendor calls  {url}\n{polls}Its {region}\n{rests}{problem}\nSettings\n{settings}\nSecrets that are set\n  {}{former}\n{limits}\nIt may\n{may}",
            found.title,
            found.plugin,
            found.state.as_str(),
            found.id,
            if secrets.is_empty() { "none".to_owned() } else { secrets.join(", ") }
        )
        .trim_end()
        .to_owned()
    });
    hub.stop().await;
    hub.store().close().await;
    Ok(())
}

/// When a connection asks, and how the last time went.
fn polls(polled: &Polled) -> String {
    let next = match polled.next_at {
        Some(at) => format!("; next {} UTC", time(at)),
        None if polled.own == Some(OwnSchedule::Off) => String::new(),
        None => "; next when it is resumed".to_owned(),
    };
    let last = match &polled.polls {
        None => String::new(),
        Some(Polls { began_at, failures: 0, .. }) => format!("; last {} UTC", time(*began_at)),
        Some(Polls { began_at, failures, error, .. }) => {
            let why = mask::words(error.as_deref().unwrap_or("nobody knows why"));
            format!("; failed {failures}× in a row, last {} UTC: {why}", time(*began_at))
        }
    };
    format!("It asks  {}{next}{last}\n", polled.words())
}

async fn add(add: &ConnectionAdd, config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let path = Path::new(&add.plugin);
    let name = if path.extension().is_some_and(|ext| ext == "wasm") {
        let wasm = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        hub.install_plugin(&wasm, &who()).await?.name
    } else {
        add.plugin.clone()
    };
    let plugin = approved(&hub, &name, add, out).await?;
    let ask = !add.no_input && std::io::stdin().is_terminal();
    let settings = settings(&plugin.manifest, &add.settings, ask)?;
    let secrets = secrets(&plugin.manifest, &add.secrets, ask)?;
    let missing = missing(&plugin.manifest, &settings, &secrets);
    let new = AddConnection {
        plugin: name,
        title: add.title.clone(),
        settings,
        priority: add.priority,
        region: add.region,
        secrets,
    };
    let made = match (hub.add_connection(new).await, missing) {
        (Err(error), Some(missing)) => return Err(anyhow::Error::from(error).context(missing)),
        (made, _) => made?,
    };
    let url = hub.hook_url(&made.id);
    let webhook = plugin.manifest.webhook.is_some();
    out.data(&json!({"connection": made, "url": url}), || {
        let next = if webhook { format!("\nTell the vendor to call  {url}") } else { String::new() };
        format!("Added {} ({}).{next}", made.title, made.id)
    });
    hub.stop().await;
    hub.store().close().await;
    Ok(())
}

/// The plugin, once it runs: where it waits for approval, it is granted what it asks for if the person who
/// types agrees.
async fn approved(hub: &Hub, name: &str, add: &ConnectionAdd, out: &Output) -> anyhow::Result<Plugin> {
    let Some(found) = hub.installed(name) else {
        let installed = hub.plugins();
        let names: Vec<&str> = installed.iter().map(|found| found.name.as_str()).collect();
        let there =
            if names.is_empty() { "none is".to_owned() } else { format!("there are {}", names.join(", ")) };
        bail!(
            "no plugin `{name}` is installed in {} ({there}); name its .wasm file to install it: \
             `switchboard connection add path/to/{name}.wasm`",
            hub.config().plugin.directory.display()
        );
    };
    if let Some(plugin) = found.plugin() {
        return Ok(plugin.clone());
    }
    let problem = found.problem().unwrap_or_default();
    let Some(waiting) = found.waiting.as_ref().filter(|_| found.problem.is_none()) else {
        bail!("the plugin `{name}` does not run: {problem}");
    };
    let list: String = waiting.news.iter().map(|ask| format!("  - {}\n", ask.sentence())).collect();
    out.line(&format!("{name} {} asks for this:\n{}", waiting.version, list.trim_end()));
    if !add.approve && (add.no_input || out.ask("Grant it?")? != Some(true)) {
        bail!(
            "the plugin `{name}` was granted nothing, so it cannot be connected; `--approve` grants what it asks for"
        );
    }
    let there = hub.approve_plugin(name, &[], &who()).await?;
    there.plugin().cloned().with_context(|| format!("the plugin `{name}` does not run: {problem}"))
}

/// What to type for what is required and was not given; nobody could be asked for it.
fn missing(
    manifest: &Manifest,
    settings: &Value,
    secrets: &[(String, Zeroizing<Vec<u8>>)],
) -> Option<String> {
    let fields = manifest.settings.fields().iter();
    let fields = fields.filter(|field| field.required && field.default.is_none());
    let fields = fields.filter(|field| settings.get(&field.name).is_none());
    let mut typed: Vec<String> = fields.map(|field| format!("`--setting {}=VALUE`", field.name)).collect();
    let required = manifest.secrets.iter().filter(|secret| secret.required);
    let required = required.map(|secret| secret.name.as_str());
    let required = required.filter(|name| !secrets.iter().any(|(given, _)| given == name));
    typed.extend(required.map(|name| format!("`--secret {name}=env:VARIABLE` (or `file:PATH`)")));
    (!typed.is_empty()).then(|| format!("add {}, as nobody can be asked here", typed.join(" and ")))
}

/// The settings that were given, and answers for the required ones that were not.
fn settings(manifest: &Manifest, given: &[String], ask: bool) -> anyhow::Result<Value> {
    let mut settings = Map::new();
    for text in given {
        let (key, value) =
            text.split_once('=').with_context(|| format!("`--setting {text}` must read KEY=VALUE"))?;
        settings.insert(key.to_owned(), typed(manifest, key, value));
    }
    for field in manifest.settings.fields() {
        if ask && field.required && field.default.is_none() && !settings.contains_key(&field.name) {
            let title = if field.title.is_empty() { &field.name } else { &field.title };
            if !field.description.is_empty() {
                println!("{}", field.description);
            }
            print!("{title}: ");
            std::io::stdout().flush()?;
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            settings.insert(field.name.clone(), typed(manifest, &field.name, line.trim()));
        }
    }
    Ok(Value::Object(settings))
}

/// A value as its setting's type has it: what is no text is read as JSON.
fn typed(manifest: &Manifest, key: &str, value: &str) -> Value {
    let field = manifest.settings.fields().iter().find(|field| field.name == key);
    if field.is_none_or(|field| field.json_type == "string") {
        return value.into();
    }
    serde_json::from_str(value).unwrap_or_else(|_| value.into())
}

/// The secrets that were given, and answers for the required ones that were not. None is echoed.
fn secrets(
    manifest: &Manifest,
    given: &[String],
    ask: bool,
) -> anyhow::Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let mut secrets: Vec<(String, Zeroizing<Vec<u8>>)> = Vec::new();
    for text in given {
        let (name, source) = text.split_once('=').context(
            "`--secret` must read NAME=env:VARIABLE or NAME=file:PATH: a secret on the command line could be seen by others",
        )?;
        let value = secret::read(source).with_context(|| format!("`--secret {name}=…`"))?;
        secrets.push((name.to_owned(), value));
    }
    for secret in &manifest.secrets {
        if ask && secret.required && !secrets.iter().any(|(name, _)| name == secret.name.as_str()) {
            if !secret.description.is_empty() {
                println!("{}", secret.description);
            }
            let value = rpassword::prompt_password(format!("{}: ", secret.title))?;
            secrets.push((secret.name.as_str().to_owned(), Zeroizing::new(value.into_bytes())));
        }
    }
    Ok(secrets)
}
