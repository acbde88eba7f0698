//! `switchboard connection secret`, and where the values of secrets come from on the command line.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::SecretReplace;
use super::installed::who;
use super::open;
use super::output::{Output, time};
use crate::config::Config;
use crate::model::manifest::Period;
use crate::pipeline::{Hub, ReplaceSecret};

/// The most that a secret on standard input may have, in bytes.
const LARGEST: u64 = 64 << 10;

/// Gives a secret of a connection a new value.
pub(super) async fn replace(args: &SecretReplace, config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let done = replace_in(&hub, args, out).await;
    hub.stop().await;
    hub.store().close().await;
    done
}

async fn replace_in(hub: &Hub, args: &SecretReplace, out: &Output) -> anyhow::Result<()> {
    let found = open::find(hub.store(), &args.connection).await?;
    let value = match &args.value_from {
        Some(source) => read(source).context("`--value-from`")?,
        None if std::io::stdin().is_terminal() => ask(hub, &found.plugin, &args.name)?,
        None => bail!(
            "there is no terminal to ask for the value: `--value-from file:PATH`, `--value-from env:VARIABLE`, or \
             `--value-from -` for standard input"
        ),
    };
    let keep_old_for = args.keep_old_for.map(Period::duration);
    let new = ReplaceSecret { name: args.name.clone(), value, keep_old_for };
    let until = hub.replace_secret(&found.id, new, &who()).await?;
    out.data(&json!({"connection": found.id, "replaced": args.name, "former_until": until}), || {
        let former = until.map(|until| {
            format!(
                "\nWhat comes in may be signed with the value before until {} UTC; to end that sooner, set the secret \
                 again without `--keep-old-for`.",
                time(until)
            )
        });
        format!(
            "The secret `{}` of {} is replaced; a running hub follows within a second.{}",
            args.name,
            found.title,
            former.unwrap_or_default()
        )
    });
    Ok(())
}

/// Asks for a value without echoing it.
fn ask(hub: &Hub, plugin: &str, name: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let plugin = hub.plugin(plugin);
    let secret = plugin.as_ref().and_then(|plugin| plugin.manifest.secret(name));
    if let Some(secret) = secret.filter(|secret| !secret.description.is_empty()) {
        println!("{}", secret.description);
    }
    let title = secret.map_or(name, |secret| &secret.title);
    let value = rpassword::prompt_password(format!("{title}: "))?;
    Ok(Zeroizing::new(value.into_bytes()))
}

/// The value of a secret from `env:VARIABLE`, `file:PATH` or, written `-`, standard input.
pub(super) fn read(source: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(match source.split_once(':') {
        Some(("env", variable)) => {
            let value = std::env::var(variable);
            return Ok(Zeroizing::new(
                value.with_context(|| format!("the variable {variable} is not set"))?.into_bytes(),
            ));
        }
        Some(("file", path)) => std::fs::read(path).with_context(|| format!("cannot read {path}"))?,
        None if source == "-" => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > LARGEST {
                bail!("standard input holds more than {LARGEST} bytes, which no secret has");
            }
            bytes
        }
        _ => bail!(
            "it must read env:VARIABLE or file:PATH: a secret on the command line could be seen by others"
        ),
    });
    // Editors end a file with a line break that is no part of the secret.
    while bytes.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(bytes)
}
