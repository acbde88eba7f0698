//! `switchboard plugin install | list | show | approve | revoke | upgrade | rollback | remove | audit`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::open;
use super::output::{Output, size, table, time};
use crate::config::Config;
use crate::http::api::plugin::Plugin as Shown;
use crate::model::grant::Ask;
use crate::model::installation::PluginVersion;
use crate::package::{self, PullOptions};
use crate::pipeline::{Hub, InstallError, Installed};
use crate::store::AuditFilter;

/// Who does it, for the audit log.
pub(super) fn who() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    user.map_or_else(|_| "command line".to_owned(), |user| format!("command line ({user})"))
}

async fn close(hub: Hub) {
    hub.stop().await;
    hub.store().close().await;
}

/// Puts files into the plugins' folder, and tells what each asks for.
pub(super) async fn install(
    source: &str,
    options: &PullOptions,
    config: Config,
    out: &Output,
) -> anyhow::Result<()> {
    let sources = package::sources(source)?;
    let hub = open::hub(config).await?;
    let mut shown = Vec::new();
    for source in sources {
        let fetched = source.fetch(options).await?;
        let there = hub.install_plugin(&fetched.wasm, &who()).await.context(fetched.from)?;
        out.line(&arrived(&there));
        shown.push(Shown::from(&there));
    }
    out.data_only(&shown);
    close(hub).await;
    Ok(())
}

/// What came of a file, and what is to be done next.
fn arrived(there: &Installed) -> String {
    match (&there.waiting, there.plugin()) {
        (Some(waiting), running) => {
            let mut text = match running {
                Some(running) => format!(
                    "{} {} waits: it asks for more than {}, which goes on serving.\n",
                    there.name, waiting.version, running.manifest.version
                ),
                None => format!("{} {} is here and waits for approval.\n", there.name, waiting.version),
            };
            let _ = writeln!(text, "It is {}.", waiting.signed);
            text.push_str(&asks(&waiting.news));
            let _ = write!(
                text,
                "Next:\n  switchboard plugin approve {0}                  grants all of it\n  \
                 switchboard plugin approve {0} --without GRANT  grants the rest",
                there.name
            );
            text
        }
        (None, Some(running)) => format!(
            "{} {} serves; it asks for nothing that was not granted.",
            there.name, running.manifest.version
        ),
        (None, None) => format!("{} does not run: {}", there.name, there.problem().unwrap_or_default()),
    }
}

/// Grants with what they let a plugin do.
fn asks<'a>(asks: impl IntoIterator<Item = &'a Ask>) -> String {
    let asks: Vec<(String, String)> = asks.into_iter().map(|ask| (ask.to_string(), ask.sentence())).collect();
    let width = asks.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    asks.iter().map(|(name, words)| format!("  {name:<width$}  {words}\n")).collect()
}

/// Lists plugins with what serves and what waits.
pub(super) async fn list(config: Config, out: &Output) -> anyhow::Result<()> {
    let folder = config.plugin.directory.display().to_string();
    let hub = open::hub(config).await?;
    let plugins = hub.plugins();
    let shown: Vec<Shown> = plugins.iter().map(Into::into).collect();
    out.data(&shown, || {
        if plugins.is_empty() {
            return format!("No plugin in {folder} yet; `switchboard plugin install FILE` puts one there.");
        }
        let row = |one: &Installed| {
            let dash = || "–".to_owned();
            vec![
                one.name.clone(),
                one.plugin().map_or_else(dash, |plugin| plugin.manifest.version.to_string()),
                one.waiting.as_ref().map_or_else(dash, |waiting| waiting.version.clone()),
                one.problem().unwrap_or_else(|| "serves".to_owned()),
            ]
        };
        let rows: Vec<_> = plugins.iter().map(row).collect();
        table(&["plugin", "serving", "waiting", ""], &rows)
    });
    close(hub).await;
    Ok(())
}

/// Shows a plugin: what it is, what it was granted, its versions.
pub(super) async fn show(name: &str, config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let there = known(&hub, name)?;
    out.data(&Shown::from(&there), || words(&there));
    close(hub).await;
    Ok(())
}

fn known(hub: &Hub, name: &str) -> anyhow::Result<Installed> {
    let there = hub.installed(name);
    there.with_context(|| format!("there is no plugin `{name}`; `switchboard plugin list` shows them"))
}

fn words(there: &Installed) -> String {
    let mut text = String::new();
    if let Some(plugin) = there.plugin() {
        let manifest = &plugin.manifest;
        let _ = writeln!(
            text,
            "{} {} — {}\n{}",
            there.name, manifest.version, manifest.title, manifest.description
        );
    } else {
        let _ = writeln!(text, "{}", there.name);
    }
    if let Some(problem) = there.problem() {
        let _ = writeln!(text, "\nIt needs attention: {problem}");
    }
    let granted = there.granted();
    if !granted.is_empty() {
        let _ = writeln!(text, "\nIt was granted\n{}", asks(granted.iter()).trim_end());
    }
    let withheld = there.withheld();
    if !withheld.is_empty() {
        let _ =
            writeln!(text, "\nIt asks for this too, and was not granted it\n{}", asks(&withheld).trim_end());
    }
    if let Some(waiting) = &there.waiting {
        let _ = writeln!(
            text,
            "\nVersion {} waits for approval; it is {}, and asks for\n{}\n`switchboard plugin approve {}` grants it.",
            waiting.version,
            waiting.signed,
            asks(&waiting.news).trim_end(),
            there.name
        );
    }
    let row = |version: &PluginVersion| {
        let serving = there.record.serving.as_ref() == Some(&version.hash);
        let state = if serving { "serves" } else { version.state.as_str() };
        vec![
            version.version.clone(),
            state.to_owned(),
            time(version.found_at),
            size(version.size),
            version.hash.get(..12).unwrap_or_default().to_owned(),
        ]
    };
    let rows: Vec<_> = there.record.versions.iter().map(row).collect();
    if !rows.is_empty() {
        let _ = write!(text, "\n{}", table(&["version", "state", "found (UTC)", "size", "sha256"], &rows));
    }
    for version in &there.record.versions {
        if let Some(reason) = &version.reason {
            let _ = write!(text, "\n{} was taken back: {reason}", version.version);
        }
    }
    text
}

/// Grants what a plugin asks for, after showing it.
pub(super) async fn approve(
    name: &str,
    without: &[Ask],
    yes: bool,
    config: Config,
    out: &Output,
) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let there = known(&hub, name)?;
    // What is no grant of it is said before anything else.
    if let Some(next) = there.next() {
        next.asks.without(without)?;
    }
    if let Some(waiting) = &there.waiting {
        out.line(&format!("{name} {} asks for\n{}", waiting.version, asks(&waiting.news).trim_end()));
        let again = there.next().map(|next| there.record.withheld_before(next)).unwrap_or_default();
        if !again.is_empty() {
            out.line(&format!("and for this, which was withheld so far\n{}", asks(&again).trim_end()));
        }
    } else if !there.withheld().is_empty() {
        out.line(&format!("{name} serves without\n{}", asks(&there.withheld()).trim_end()));
    }
    if !without.is_empty() {
        out.line(&format!("and is not granted\n{}", asks(without).trim_end()));
    }
    out.agreed(yes, "Grant it?", "nothing was granted")?;
    let there = hub.approve_plugin(name, without, &who()).await?;
    out.data(&Shown::from(&there), || match there.plugin() {
        Some(plugin) => format!("{name} {} serves.", plugin.manifest.version),
        None => format!("{name} does not run: {}", there.problem().unwrap_or_default()),
    });
    close(hub).await;
    Ok(())
}

/// Takes grants back.
pub(super) async fn revoke(name: &str, grants: &[Ask], config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let there = hub.revoke_plugin(name, grants, &who()).await?;
    out.data(&Shown::from(&there), || {
        if grants.is_empty() {
            return format!(
                "{name} may do nothing any more, and stopped. Its connections keep what comes in parked."
            );
        }
        format!("Taken back from {name}\n{}", asks(grants).trim_end())
    });
    close(hub).await;
    Ok(())
}

/// Installs a newer version and lets it serve; one that asks for more waits unless that is approved.
pub(super) async fn upgrade(
    name: &str,
    file: Option<&Path>,
    yes: bool,
    config: Config,
    out: &Output,
) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let before = known(&hub, name)?;
    if before.record.serving().is_none() {
        return Err(InstallError::NothingServes(name.to_owned()).into());
    }
    let version = |there: &Installed| {
        there.record.serving().map_or_else(|| "nothing".to_owned(), |serving| serving.version.clone())
    };
    if let Some(path) = file {
        let wasm = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let is = crate::plugin::file::read(&wasm, usize::MAX)?.manifest.name;
        if is.as_str() != name {
            bail!("{} is the plugin `{is}`, not `{name}`", path.display());
        }
        hub.install_plugin(&wasm, &who()).await?;
    }
    let mut there = known(&hub, name)?;
    if let Some(waiting) = there.waiting.clone() {
        out.line(&format!(
            "{name} {} asks for more than {}:\n{}",
            waiting.version,
            version(&before),
            asks(&waiting.news).trim_end()
        ));
        // Without an answer it waits, and nothing is lost: the version before serves.
        if yes || out.ask("Grant it?")? == Some(true) {
            there = hub.upgrade_plugin(name, &who()).await?;
        }
    } else if let Some(gone) = there.taken_back() {
        let why = gone.reason.as_deref().unwrap_or("nobody said why");
        out.line(&format!("{name} {} was taken back: {why}", gone.version));
        let news = there.record.grants.lacks(&gone.asks);
        if !news.is_empty() {
            out.line(&format!("It asks for more than {}:\n{}", version(&before), asks(&news).trim_end()));
        }
        if yes || out.ask("Let it serve again?")? == Some(true) {
            there = hub.upgrade_plugin(name, &who()).await?;
        }
    }
    out.data(&Shown::from(&there), || match (&there.waiting, there.taken_back()) {
        (None, Some(gone)) => format!(
            "{} goes on serving; `switchboard plugin upgrade {name} --yes` lets {} take over again.",
            version(&there),
            gone.version
        ),
        (Some(waiting), _) => format!(
            "{} goes on serving; `switchboard plugin approve {name}` lets {} take over.",
            version(&there),
            waiting.version
        ),
        (None, None)
            if version(&before) == version(&there) && before.record.serving == there.record.serving =>
        {
            format!("{name} {} serves already.", version(&there))
        }
        (None, None) => format!("{name} {} took over from {}.", version(&there), version(&before)),
    });
    close(hub).await;
    Ok(())
}

/// Lets an earlier version serve again.
pub(super) async fn roll_back(
    name: &str,
    to: Option<&str>,
    reason: Option<&str>,
    config: Config,
    out: &Output,
) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let why = reason.unwrap_or("no reason was given");
    let there = hub.roll_plugin_back(name, to, why, &who()).await?;
    out.data(&Shown::from(&there), || {
        let version = there.record.serving().map_or("nothing", |version| version.version.as_str());
        format!("{name} {version} serves again; the version that was left never takes over by itself.")
    });
    close(hub).await;
    Ok(())
}

/// Removes a plugin.
pub(super) async fn remove(name: &str, yes: bool, config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let there = known(&hub, name)?;
    let question = format!(
        "Remove {name}: the file {}, its kept versions and what it was granted?",
        there.path.display()
    );
    out.agreed(yes, &question, "nothing was removed")?;
    hub.remove_plugin(name, &who()).await?;
    out.data(&json!({"removed": name}), || format!("{name} is removed; what it told the hub stays."));
    close(hub).await;
    Ok(())
}

/// Who did what.
pub(super) async fn audit(
    subject: Option<&str>,
    limit: u32,
    config: &Config,
    out: &Output,
) -> anyhow::Result<()> {
    let store = open::store(config).await?;
    let filter = AuditFilter { subject: subject.map(str::to_owned), ..AuditFilter::default() };
    let entries = store.audit(&filter, None, limit).await?;
    out.data(&entries, || {
        let rows: Vec<_> = entries
            .iter()
            .map(|e| vec![time(e.at), e.who.clone(), e.action.clone(), e.subject.clone(), e.detail.clone()])
            .collect();
        if rows.is_empty() {
            "Nothing was done yet.".to_owned()
        } else {
            table(&["when (UTC)", "who", "what", "to", ""], &rows)
        }
    });
    store.close().await;
    Ok(())
}
