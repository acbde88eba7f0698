//! `switchboard plugin keygen | sign | verify`, and as whom to fetch from a registry.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::RegistryLogin;
use super::output::Output;
use crate::ambient::SystemEntropy;
use crate::config::Config;
use crate::model::package::{Policy, Verdict};
use crate::package::{self, Login, PullOptions, keys};
use crate::plugin::file;
use crate::plugin::signature::{self, Found};

/// Makes a pair of key files.
pub(super) fn keygen(name: &Path, out: &Output) -> anyhow::Result<()> {
    let made = keys::generate(name, &SystemEntropy)?;
    out.data(&json!({"secret": made.secret, "public": made.public, "id": made.id.as_str()}), || {
        let (secret, public) = (made.secret.display(), made.public.display());
        format!(
            "Made the key {}\n\n  {secret}   signs; keep it, and to yourself\n  {public}   for those who trust \
             you: {}\n\nNext:\n  switchboard plugin sign FILE --key {secret}",
            made.id, made.line
        )
    });
    Ok(())
}

/// Signs a file in place.
pub(super) fn sign(path: &Path, key: &Path, out: &Output) -> anyhow::Result<()> {
    let (secret, name) = keys::read_secret(key)?;
    let wasm = read(path)?;
    // What no hub would take is not worth a signature.
    file::read(&wasm, usize::MAX)?;
    let signed = signature::sign(&wasm, &secret)?;
    package::replace(path, &signed.wasm).with_context(|| format!("cannot write {}", path.display()))?;
    let id = secret.public().id();
    let data = json!({
        "path": path, "name": name.as_str(), "key": id.as_str(), "dropped": signed.dropped,
        "sha256": file::hash(&signed.wasm).as_str(),
    });
    out.data(&data, || {
        let dropped = match signed.dropped {
            0 => String::new(),
            many => format!("; {many} that no longer fitted were left out"),
        };
        format!("Signed {} as {name} with the key {id}{dropped}", path.display())
    });
    Ok(())
}

/// Tells who signed a file; an error unless somebody trusted did.
pub(super) fn verify(path: &Path, trusted: &[PathBuf], config: &Config, out: &Output) -> anyhow::Result<()> {
    let wasm = read(path)?;
    let given: Vec<String> = trusted.iter().map(|path| path.display().to_string()).collect();
    let entries = if given.is_empty() { &config.plugin.trust.keys } else { &given };
    let trust = package::trust(Policy::Require, entries.iter().map(String::as_str))?;
    let (mut data, mut lines) = (Vec::new(), Vec::new());
    for found in signature::list(&wasm).unwrap_or_default() {
        let (key, fits, words) = match &found {
            Found::Fits(seal) => (Some(&seal.key), true, "signed by"),
            Found::Differs(seal) => (Some(&seal.key), false, "NOT what was signed by"),
            Found::Unreadable(why) => {
                lines.push(format!("unreadable: {why}"));
                (None, false, "")
            }
        };
        let name = key.and_then(|key| trust.name_of(key)).map(ToString::to_string);
        let id = key.map(|key| key.id().to_string());
        if let Some(id) = &id {
            let who =
                name.as_ref().map_or("not trusted here".to_owned(), |name| format!("trusted as {name}"));
            lines.push(format!("{words} the key {id}, {who}"));
        }
        data.push(json!({"key": id, "name": name, "fits": fits}));
    }
    let verdict = signature::verdict(&wasm, &trust);
    let word = match &verdict {
        Verdict::Trusted { .. } => "trusted",
        Verdict::Untrusted { .. } => "untrusted",
        Verdict::Unsigned => "unsigned",
        Verdict::Broken(_) => "broken",
    };
    out.data(&json!({"verdict": word, "signatures": data}), || {
        if lines.is_empty() { "no signature".to_owned() } else { lines.join("\n") }
    });
    match verdict {
        Verdict::Trusted { .. } => Ok(()),
        Verdict::Untrusted { .. } => bail!(
            "nobody trusted signed {}: compare the key with the plugin's maker, then name the .pub file with \
             --trust or in `plugin.trust.keys`",
            path.display()
        ),
        Verdict::Unsigned => {
            bail!("nobody signed {}: `switchboard plugin sign` does, for one who has a key", path.display())
        }
        Verdict::Broken(why) => bail!(
            "the signature of {} does not hold ({why}): get the file again from its maker, or sign it again",
            path.display()
        ),
    }
}

/// How to fetch plugins, from the configuration and as whom the command line says.
pub(super) fn pull_options(config: &Config, login: &RegistryLogin) -> anyhow::Result<PullOptions> {
    let login = match &login.username {
        None => Login::Machine,
        Some(username) => {
            let mut password = Zeroizing::new(String::new());
            std::io::stdin().read_to_string(&mut password).context("cannot read the password")?;
            let password = Zeroizing::new(password.trim_end_matches(['\r', '\n']).to_owned());
            if password.is_empty() {
                bail!("standard input held no password: pipe it in, as in `cat token | switchboard …`");
            }
            Login::Given { username: username.clone(), password }
        }
    };
    Ok(PullOptions::of(config, login))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
