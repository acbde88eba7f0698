//! People's rights on the command line: `switchboard privacy` and `switchboard profile erase`.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::args::Privacy;
use super::installed::who;
use super::open;
use super::output::{Output, count, table, time};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::http::api::export::{Export, Format, exported};
use crate::model::id::ProfileId;
use crate::model::retention::Class;
use crate::store::{Aged, AskedRight, Erased, Erasure, RequestState, Store, private};

/// How many requests are listed.
const LISTED: u32 = 100;

/// Runs one of the verbs.
pub(super) async fn run(command: &Privacy, config: &Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(config).await?;
    let done = verb(command, &store, out).await;
    store.close().await;
    done
}

async fn verb(command: &Privacy, store: &Store, out: &Output) -> anyhow::Result<()> {
    match command {
        Privacy::List { all } => {
            let state = (!all).then_some(RequestState::Waiting);
            let found = store.privacy_requests(state, LISTED).await?;
            out.data(&found, || listed(&found));
            Ok(())
        }
        Privacy::Answer { event } => {
            if !store.answer_request(&event.parse()?, &who()).await? {
                bail!("no request waits under {event}; `switchboard privacy list` shows them");
            }
            out.line("Noted.");
            Ok(())
        }
    }
}

fn listed(requests: &[AskedRight]) -> String {
    if requests.is_empty() {
        return "Nothing waits to be answered.".to_owned();
    }
    let row = |request: &AskedRight| {
        vec![
            time(request.received_at),
            request.asks.as_str().to_owned(),
            request.state.as_str().to_owned(),
            request.profile.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            request.event.to_string(),
            request.outcome.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = requests.iter().map(row).collect();
    table(&["came (UTC)", "asks", "state", "of", "event", ""], &rows)
}

/// Writes or prints everything that is held of a person.
pub(super) async fn export(
    store: &Store,
    id: &ProfileId,
    html: bool,
    output: Option<&Path>,
    out: &Output,
) -> anyhow::Result<()> {
    let held = store.everything(id).await?.context("the person was erased meanwhile")?;
    let profile = held.profile.id.clone();
    let export = Export::new(held, Ambient::system().now_ms());
    let format = if html { Format::Html } else { Format::Json };
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&export)?,
        Format::Html => crate::http::export_page(&export),
    };
    store.note(exported(&who(), format), profile.as_str()).await?;
    let Some(path) = output else {
        print!("{text}");
        return Ok(());
    };
    let mut file = private(path)
        .with_context(|| format!("cannot write {}; name a file that is not there", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    out.line(&format!("Everything that is held of {profile} stands in {}.", path.display()));
    Ok(())
}

/// Tells how much is too old.
pub(super) async fn retention(store: &Store, config: &Config, out: &Output) -> anyhow::Result<()> {
    let ages = config.retention.ages(Ambient::system().now_ms());
    let mut aged = Aged::default();
    if let Some(before) = ages.people {
        store.age_people(before, "", true, &mut aged).await?;
    }
    for (class, before) in &ages.classes {
        if *class == Class::Messages {
            store.age_sent(*before, true, &mut aged).await?;
        }
    }
    let mut seq = 0;
    while let Some(next) = store.age_events(&ages, seq, true, &mut aged).await? {
        seq = next;
    }
    out.data(&aged, || {
        if ages.keep_all() {
            return "Everything is kept for good: `[retention]` of the configuration names no age."
                .to_owned();
        }
        let mut lines = vec![format!("{} of whom nothing was heard", count(aged.people, "profile"))];
        lines.extend(
            aged.events.iter().map(|(class, number)| format!("{} of {class}", count(*number, "event"))),
        );
        lines.push(format!("{} that the hub sent", count(aged.sent, "message")));
        format!("A hub that serves lets go within the hour:\n  {}", lines.join("\n  "))
    });
    Ok(())
}

/// Erases a person once somebody agreed.
pub(super) async fn erase(
    store: &Store,
    profile: ProfileId,
    (reason, connection, yes): (&str, Option<&str>, bool),
    out: &Output,
) -> anyhow::Result<()> {
    if reason.trim().is_empty() {
        bail!("say with --reason why the person is erased");
    }
    let connection = match connection {
        Some(text) => Some(open::find(store, text).await?),
        None => None,
    };
    let question = match &connection {
        None => format!("Erase {profile} for good?"),
        Some(connection) => format!("Erase for good what “{}” said of {profile}?", connection.title),
    };
    out.agreed(yes, &question, "nothing was erased")?;
    let erasure = Erasure {
        profile,
        connection: connection.map(|connection| connection.id),
        by: who(),
        reason: reason.trim().to_owned(),
    };
    let done = store.erase(erasure).await??;
    out.data(&done, || words(&done));
    Ok(())
}

fn words(done: &Erased) -> String {
    let mut counts = vec![count(done.identifiers, "identifier"), count(done.events, "event")];
    for (number, one) in [
        (done.messages, "message"),
        (done.records, "record"),
        (done.outbox, "intent to send"),
        (done.deliveries, "vendor's request"),
        (done.key_values, "plugin's entry"),
        (done.others, "event of others"),
    ] {
        if number > 0 {
            counts.push(count(number, one));
        }
    }
    let end = if done.remains {
        "What other connections said of the person is still there."
    } else {
        "Nothing of the person is left; backups that were made before still hold them."
    };
    format!("Erased: {}.\n{end}", counts.join(", "))
}
