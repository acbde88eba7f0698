//! `switchboard plugin new | build | test | inspect`; `installed` has what is done with installed ones, and
//! `package` keys and signatures.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;

use super::args::Plugin;
use super::installed;
use super::output::{Output, size};
use super::package;
use crate::author::harness::{Harness, Verdict, case};
use crate::author::{build, scaffold};
use crate::config::Config;
use crate::plugin::file;

/// Does one of them.
pub(super) async fn run(command: &Plugin, config: &Config, out: &Output) -> anyhow::Result<()> {
    match command {
        Plugin::New { name, kind, into } => {
            let folder = into.clone().unwrap_or_else(|| PathBuf::from(name));
            scaffold::write(name, *kind, &folder)?;
            out.data(&json!({"name": name, "folder": folder}), || {
                format!(
                    "Wrote the plugin `{name}` to {0}/\n\n  plugin.toml   what it says of itself\n  src/lib.rs    \
                     what it does\n  requests/     recorded requests with the events they must yield\n\n\
                     Next:\n  switchboard plugin test {0}     builds it and runs the recorded requests\n  \
                     switchboard plugin inspect {0}  tells what it asks an operator for",
                    folder.display()
                )
            });
        }
        Plugin::Build { folder, out: to } => {
            let built = build_folder(folder, to.as_deref(), out)?;
            out.data(&json!({"path": built.path, "size": built.size}), || {
                format!("{} ({})", built.path.display(), size(built.size))
            });
        }
        Plugin::Test { folder, wasm, only } => {
            test(folder, wasm.as_deref(), only.as_deref(), config, out).await?
        }
        Plugin::Usage { plugin, hours } => super::usage::run(plugin.as_deref(), *hours, config, out).await?,
        Plugin::Inspect { plugin } => inspect(plugin, out)?,
        Plugin::Install { source, login } => {
            let options = package::pull_options(config, login)?;
            installed::install(source, &options, config.clone(), out).await?;
        }
        Plugin::List => installed::list(config.clone(), out).await?,
        Plugin::Show { name } => installed::show(name, config.clone(), out).await?,
        Plugin::Approve { name, without, yes } => {
            installed::approve(name, without, *yes, config.clone(), out).await?;
        }
        Plugin::Revoke { name, grants } => installed::revoke(name, grants, config.clone(), out).await?,
        Plugin::Upgrade { name, file, yes } => {
            installed::upgrade(name, file.as_deref(), *yes, config.clone(), out).await?;
        }
        Plugin::Rollback { name, to, reason } => {
            installed::roll_back(name, to.as_deref(), reason.as_deref(), config.clone(), out).await?;
        }
        Plugin::Remove { name, yes } => installed::remove(name, *yes, config.clone(), out).await?,
        Plugin::Keygen { name } => package::keygen(name, out)?,
        Plugin::Sign { file, key } => package::sign(file, key, out)?,
        Plugin::Verify { file, trust } => package::verify(file, trust, config, out)?,
    }
    Ok(())
}

/// Builds with what cargo says on the terminal, or silently where the output is for a program.
fn build_folder(folder: &Path, to: Option<&Path>, out: &Output) -> anyhow::Result<build::Built> {
    Ok(build::build(folder, to, out.json)?)
}

async fn test(
    folder: &Path,
    wasm: Option<&Path>,
    only: Option<&str>,
    config: &Config,
    out: &Output,
) -> anyhow::Result<()> {
    let (shared, mut cases) = case::load(&folder.join("requests"))?;
    if let Some(only) = only {
        cases.retain(|(name, _)| name.contains(only));
        if cases.is_empty() {
            bail!("no recorded request's name contains `{only}`");
        }
    }
    let path = match wasm {
        Some(path) => path.to_path_buf(),
        None => build_folder(folder, None, out)?.path,
    };
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut options = config.plugin_runtime();
    // A test leaves nothing in the author's folder.
    options.cache_dir = None;
    let harness = Harness::new(&bytes, &options).await?;
    let (mut results, mut failed) = (Vec::new(), 0);
    for (name, case) in &cases {
        let problem = match harness.run(case, &shared).await {
            Ok(Verdict::Passed) => None,
            Ok(Verdict::Failed(diff)) => Some(diff),
            Err(error) => Some(format!("    {:#}\n", anyhow::Error::from(error))),
        };
        failed += usize::from(problem.is_some());
        let (mark, about) = (if problem.is_some() { "FAILED" } else { "ok" }, &case.about);
        out.line(&format!("{mark:>6}  {name}{}{about}", if about.is_empty() { "" } else { "  — " }));
        if let Some(problem) = &problem {
            out.line(problem.trim_end_matches('\n'));
        }
        results.push(json!({"name": name, "about": about, "passed": problem.is_none(), "problem": problem}));
    }
    let passed = cases.len() - failed;
    out.data(&json!({"passed": passed, "failed": failed, "cases": results}), || {
        format!("\n{passed} passed, {failed} failed")
    });
    if failed > 0 {
        bail!("{failed} of {} recorded requests did not do what they expect", cases.len());
    }
    Ok(())
}

fn inspect(plugin: &Path, out: &Output) -> anyhow::Result<()> {
    let path = if plugin.is_dir() { build_folder(plugin, None, out)?.path } else { plugin.to_path_buf() };
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = file::read(&bytes, usize::MAX)?;
    let manifest = &file.manifest;
    let wants = manifest.wants();
    let about = manifest.describe();
    out.data(
        &json!({
            "name": manifest.name.as_str(), "version": manifest.version.to_string(), "title": manifest.title,
            "description": manifest.description, "about": about, "wants": wants,
            "capabilities": file.capabilities, "assets": file.assets.iter().map(|a| &a.path).collect::<Vec<_>>(),
            "size": bytes.len(), "sha256": file.hash.as_str(),
        }),
        || {
            let list = |items: &[String]| items.iter().map(|item| format!("  - {item}\n")).collect::<String>();
            // Its name and description stand above it, what it wants below.
            let known = 1 + usize::from(!manifest.description.is_empty());
            let other: Vec<String> =
                about.iter().skip(known).filter(|said| !wants.contains(said)).cloned().collect();
            format!(
                "{} {} — {}\n{}\n\n{}\nIt asks for:\n{}\n{}, sha256 {}",
                manifest.name.as_str(),
                manifest.version,
                manifest.title,
                manifest.description,
                list(&other),
                list(&wants),
                size(bytes.len() as u64),
                file.hash.as_str()
            )
        },
    );
    Ok(())
}
