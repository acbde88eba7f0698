//! Plugins that do not load, connections that do not work or hear nothing, deliveries that wait.

use std::collections::HashMap;
use std::time::Duration;

use super::{Findings, work};
use crate::cli::args::Doctor as Args;
use crate::cli::open;
use crate::cli::output::time;
use crate::config::Config;
use crate::model::connection::{Connection, ConnectionState};
use crate::pipeline::Hub;
use crate::store::health::Heard;
use crate::store::{Alone, StoreError};

/// Makes plugins and connections ready as a hub would, and looks what came of it.
pub(super) async fn look(config: Config, args: &Args, found: &mut Findings) {
    // On a server nobody holds the database alone.
    let served = config.storage.server.is_some()
        || matches!(Alone::take(&config.storage.path), Err(StoreError::Served { .. }));
    let reachable = config.http.public_url.is_some() || !config.http.listen.ip().is_loopback();
    let hub = match open::hub(config).await {
        Ok(hub) => hub,
        Err(error) => {
            return found.attention(
                "hub",
                None,
                format!("plugins and connections cannot be made ready: {error:#}"),
                "mend what the findings above say, then look again",
            );
        }
    };
    plugins(&hub, found);
    rules(&hub, found).await;
    let looked = connections(&hub, reachable, served, args, found).await;
    if let Err(error) = looked {
        found.attention(
            "connections",
            None,
            format!("they cannot be read: {:#}", anyhow::Error::from(error)),
            "`switchboard doctor --thorough` checks the whole database",
        );
    }
    hub.stop().await;
    hub.store().close().await;
}

/// Whether the rules of identity that are configured are those that people are folded by.
async fn rules(hub: &Hub, found: &mut Findings) {
    let wanted = hub.config().identity.rules.to_string();
    match hub.store().rules().await {
        Ok(in_force) if in_force.to_string() == wanted => {}
        Ok(_) => found.attention(
            "identity",
            None,
            "the rules of identity in the configuration are not those in force",
            "`switchboard profile rules --dry-run` tells whom they would join or part, `--apply` puts them into force",
        ),
        Err(error) => found.attention(
            "identity",
            None,
            format!("the rules in force cannot be read: {error}"),
            "`switchboard doctor --thorough` checks the whole database",
        ),
    }
}

fn plugins(hub: &Hub, found: &mut Findings) {
    const CHECK: &str = "plugin";
    let installed = hub.plugins();
    for plugin in &installed {
        let name = plugin.name.clone();
        if plugin.arriving {
            found.fine(CHECK, name, "its file is still being copied");
        } else if let Some(problem) = &plugin.problem {
            let path = plugin.path.display();
            found.attention(
                CHECK,
                name,
                format!("its file does not load: {problem}"),
                format!("replace {path} by a file that loads, or remove it; `switchboard plugin inspect {path}` checks one"),
            );
        } else if let Some(waiting) = &plugin.waiting {
            found.attention(
                CHECK,
                name,
                format!("its version {} waits for approval", waiting.version),
                format!(
                    "`switchboard plugin show {0}` tells what it asks for, `switchboard plugin approve {0}` grants it",
                    plugin.name
                ),
            );
        } else if let Some(problem) = plugin.problem() {
            let mend = format!("`switchboard plugin show {name}` tells more");
            found.attention(CHECK, name, problem, mend);
        }
    }
    let running = installed.iter().filter(|plugin| plugin.plugin().is_some()).count();
    found.fine(CHECK, None, format!("{running} of {} can run", installed.len()));
}

async fn connections(
    hub: &Hub,
    reachable: bool,
    served: bool,
    args: &Args,
    found: &mut Findings,
) -> Result<(), StoreError> {
    let all = hub.store().connections().await?;
    let heard = hub.store().heard().await?;
    let listens = |connection: &Connection| {
        hub.plugin(&connection.plugin).is_some_and(|plugin| plugin.manifest.webhook.is_some())
    };
    if !reachable && all.iter().any(listens) {
        found.attention(
            "configuration",
            "http.public_url".to_owned(),
            format!("it is not set, so vendors are told to call {}, which they cannot", hub.public_url()),
            "set it to the address that your reverse proxy forwards, such as `public_url = \"https://hub.example.com\"`",
        );
    }
    let working = all.iter().filter(|connection| hub.problem(&connection.id).is_none()).count();
    found.fine("connections", None, format!("{working} of {} work", all.len()));
    for connection in &all {
        let heard = heard.get(connection.id.as_str()).copied().unwrap_or_default();
        one(hub, connection, heard, listens(connection), args.silent_after, found);
    }
    parked(&all, &heard, found);
    work::look(hub, &all, served, args.overdue_after, found).await
}

fn one(
    hub: &Hub,
    connection: &Connection,
    heard: Heard,
    listens: bool,
    silent_after: Duration,
    found: &mut Findings,
) {
    const CHECK: &str = "connection";
    let id = &connection.id;
    let about = format!("{} ({id})", connection.title);
    if let Some(problem) = hub.problem(id) {
        let mend = format!("`switchboard connection show {id}` tells its settings and secrets");
        return found.attention(CHECK, about, format!("it does not work: {problem}"), mend);
    }
    if connection.state == ConnectionState::Paused {
        return found.fine(CHECK, about, "paused; `switchboard connection resume` lets it go on");
    }
    if !listens {
        return;
    }
    let silent_ms = i64::try_from(silent_after.as_millis()).unwrap_or(i64::MAX);
    match heard.last_at {
        None => found.attention(
            CHECK,
            about,
            "it knows of no delivery that it could verify: the vendor may not know where to call",
            format!("register this address with the vendor: {}", hub.hook_url(id)),
        ),
        Some(at) if hub.ambient().now_ms().saturating_sub(at) > silent_ms => found.attention(
            CHECK,
            about,
            format!("the last delivery came at {} UTC", time(at)),
            format!(
                "see whether the vendor still calls {} and with the secret that is set; `switchboard delivery list \
                 --connection {id}` shows what came",
                hub.hook_url(id)
            ),
        ),
        Some(_) => {}
    }
}

/// Tells of deliveries that wait, those of removed connections included.
fn parked(all: &[Connection], heard: &HashMap<String, Heard>, found: &mut Findings) {
    let mut waiting: Vec<_> = heard.iter().filter(|(_, heard)| heard.parked > 0).collect();
    waiting.sort_by_key(|(id, _)| *id);
    for (id, heard) in waiting {
        let known = all.iter().find(|connection| connection.id.as_str() == id);
        let title = known.map_or("a removed connection", |connection| &*connection.title);
        found.attention(
            "parked",
            format!("{title} ({id})"),
            format!("{} deliveries wait to be replayed", heard.parked),
            format!(
                "`switchboard delivery list --state parked --connection {id}` says why; when that is mended, \
                 `switchboard delivery replay --all --connection {id}`"
            ),
        );
    }
}
