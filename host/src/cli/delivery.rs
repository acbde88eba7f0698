//! `switchboard delivery list | show | replay | discard`.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::args::{Delivery as Args, DeliveryState as Given};
use super::output::{Output, count, size, table, time};
use super::{installed, open};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::delivery::{Delivery, DeliveryState, RecordedRequest};
use crate::model::id::DeliveryId;
use crate::model::manifest::Period;
use crate::model::mask;
use crate::pipeline::{ReplayMany, Replayed, revealed};
use crate::store::{DeliveryFilter, PageRequest, Store};

/// Does one of them.
pub(super) async fn run(command: &Args, config: Config, out: &Output) -> anyhow::Result<()> {
    match command {
        Args::List { connection, plugin, state, since, until, error, limit } => {
            let store = open::store(&config).await?;
            let now = Ambient::system().now_ms();
            let connection = match connection {
                Some(text) => Some(open::find(&store, text).await?.id),
                None => None,
            };
            let filter = DeliveryFilter {
                connection,
                state: state.map(|state| match state {
                    Given::Done => DeliveryState::Done,
                    Given::Parked => DeliveryState::Parked,
                    Given::Discarded => DeliveryState::Discarded,
                }),
                plugin: plugin.clone(),
                since: since.as_deref().map(|text| moment("--since", text, now)).transpose()?,
                until: until.as_deref().map(|text| moment("--until", text, now)).transpose()?,
                error: error.clone(),
            };
            list(&store, &filter, *limit, out).await?;
            store.close().await;
            Ok(())
        }
        Args::Show { delivery, reveal } => show(delivery, *reveal, &config, out).await,
        Args::Replay { delivery: Some(delivery), .. } => replay(delivery, config, out).await,
        Args::Replay { delivery: None, connection, limit, .. } => {
            replay_all(connection.as_deref(), *limit, config, out).await
        }
        Args::Discard { delivery, reason, yes } => {
            let id: DeliveryId = delivery.parse()?;
            let question = format!("Discard {id}? What came is deleted and cannot be replayed.");
            out.agreed(*yes, &question, "nothing was discarded")?;
            let hub = open::hub(config).await?;
            hub.discard(&id, &installed::who(), reason).await?;
            out.data(&json!({"discarded": id}), || format!("{id} is discarded."));
            hub.stop().await;
            hub.store().close().await;
            Ok(())
        }
    }
}

/// A moment as people type it, in milliseconds since the epoch.
fn moment(flag: &str, text: &str, now: i64) -> anyhow::Result<i64> {
    if let Ok(ago) = text.parse::<Period>() {
        return Ok(now.saturating_sub(i64::try_from(ago.millis()).unwrap_or(i64::MAX)));
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let day: jiff::civil::Date = text.parse().ok().with_context(|| {
        format!(
            "`{flag} {text}` is no time: write `2026-11-22T08:00:00Z`, `2026-11-22` or `2h` for two hours ago"
        )
    })?;
    Ok(day.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_millisecond())
}

async fn list(store: &Store, filter: &DeliveryFilter, limit: u32, out: &Output) -> anyhow::Result<()> {
    let found = store.deliveries(filter, &PageRequest::first(limit)).await?;
    let data: Vec<Value> = found.items.iter().map(|delivery| head(delivery, false)).collect();
    out.data(&data, || {
        if found.items.is_empty() {
            return "No delivery.".to_owned();
        }
        let row = |d: &Delivery| {
            vec![
                d.id.to_string(),
                time(d.received_at),
                d.state.as_str().into(),
                d.connection.to_string(),
                size(d.size),
                in_short(outcome(d, false)),
            ]
        };
        let rows: Vec<Vec<String>> = found.items.iter().map(row).collect();
        let mut shown = table(&["id", "received (UTC)", "state", "connection", "size", "outcome"], &rows);
        if found.next.is_some() {
            shown.push_str("\nThere are more: `--limit` shows them, filters find the ones you mean.");
        }
        shown
    });
    Ok(())
}

/// What became of it, in a few words.
fn outcome(d: &Delivery, reveal: bool) -> String {
    match (&d.discarded, &d.error) {
        (Some(gone), _) => format!("by {} on {}: {}", gone.by, time(gone.at), gone.why),
        (None, Some(error)) if reveal => error.clone(),
        (None, Some(error)) => mask::words(error),
        (None, None) => count(d.events.into(), "event"),
    }
}

/// What happened without what to do about it, which `show` tells: a list is to fit a line each.
fn in_short(outcome: String) -> String {
    match outcome.split_once("; ") {
        Some((happened, _)) => format!("{happened} …"),
        None => outcome,
    }
}

fn head(d: &Delivery, reveal: bool) -> Value {
    let error = d.error.as_deref().map(|error| if reveal { error.to_owned() } else { mask::words(error) });
    json!({
        "id": d.id, "connection": d.connection, "received_at": d.received_at, "state": d.state, "error": error,
        "attempts": d.attempts, "events": d.events, "size": d.size, "discarded": d.discarded,
    })
}

async fn show(text: &str, reveal: bool, config: &Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(config).await?;
    let id: DeliveryId = text.parse()?;
    let Some(delivery) = store.delivery(&id).await? else {
        bail!("there is no delivery {id}; `switchboard delivery list` shows them");
    };
    if reveal {
        store.note(revealed(&installed::who()), id.as_str()).await?;
    }
    let request = store.recorded(&id).await?.filter(|_| delivery.discarded.is_none());
    let request = request.map(|request| if reveal { request } else { mask::request(&request) });
    let mut data = head(&delivery, reveal);
    data["revealed"] = reveal.into();
    data["request"] = request.as_ref().map_or(Value::Null, |request| {
        json!({
            "method": request.method, "path": request.path, "query": request.query,
            "headers": request.headers, "verified": request.verified,
            "body": String::from_utf8_lossy(&request.body),
        })
    });
    out.data(&data, || words(&delivery, request.as_ref(), reveal));
    store.close().await;
    Ok(())
}

fn words(d: &Delivery, request: Option<&RecordedRequest>, reveal: bool) -> String {
    let about = format!(
        "{} for {}\nreceived {} UTC, {}, tried {}×\n{}: {}",
        d.id,
        d.connection,
        time(d.received_at),
        size(d.size),
        d.attempts,
        d.state.as_str(),
        outcome(d, reveal)
    );
    let Some(request) = request else { return about };
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let path = if request.path.is_empty() { "/" } else { &request.path };
    let body = String::from_utf8_lossy(&request.body);
    let note = if reveal { "" } else { "\n\nLetters and digits are covered; `--reveal` shows what came." };
    format!("{about}\n\n{} {path}{query}\n{headers}\n{body}{note}", request.method)
}

fn line(id: &DeliveryId, replayed: &Replayed) -> String {
    match replayed {
        Replayed::Done { events } => format!("{id}  done, {}", count(*events as u64, "event")),
        Replayed::StillParked { error } => format!("{id}  still parked: {}", mask::words(error)),
        Replayed::NotRun { why } => format!("{id}  not run: {why}"),
    }
}

async fn replay(delivery: &str, config: Config, out: &Output) -> anyhow::Result<()> {
    let id: DeliveryId = delivery.parse()?;
    let hub = open::hub(config).await?;
    let replayed = hub.replay(&id).await?;
    out.data(&json!([{"id": id, "replayed": replayed}]), || line(&id, &replayed));
    hub.stop().await;
    hub.store().close().await;
    if matches!(replayed, Replayed::Done { .. }) {
        Ok(())
    } else {
        bail!("it could not be handled and stays parked")
    }
}

async fn replay_all(
    connection: Option<&str>,
    limit: Option<u32>,
    config: Config,
    out: &Output,
) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let (connection, waiting) = match connection {
        Some(text) => {
            let id = open::find(hub.store(), text).await?.id;
            let waiting = hub.store().parked_size(&id).await?.deliveries;
            (Some(id), waiting)
        }
        None => {
            let sizes = hub.store().parked_sizes().await?;
            (None, sizes.iter().map(|(_, size)| size.deliveries).sum())
        }
    };
    let progress = indicatif::ProgressBar::new(waiting.min(limit.map_or(u64::MAX, u64::from)));
    if waiting < 2 || out.json {
        progress.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let which = ReplayMany { connection, limit, ..ReplayMany::default() };
    let done = hub.replay_many(which, |_, _| progress.inc(1)).await?;
    progress.finish_and_clear();
    let data: Vec<Value> =
        done.tried.iter().map(|(id, replayed)| json!({"id": id, "replayed": replayed})).collect();
    out.data(&data, || {
        let mut lines: Vec<String> = done.tried.iter().map(|(id, replayed)| line(id, replayed)).collect();
        if done.next.is_some() {
            lines.push("There are more.".to_owned());
        }
        if lines.is_empty() { "Nothing is parked.".to_owned() } else { lines.join("\n") }
    });
    hub.stop().await;
    hub.store().close().await;
    let failed = done.tried.iter().filter(|(_, replayed)| !matches!(replayed, Replayed::Done { .. })).count();
    if failed > 0 {
        bail!("{failed} could not be handled and stay parked");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_what_happened_and_leaves_what_to_do_to_show() {
        let long = "the plugin exceeded its budget; raise it with `switchboard connection limit`; or not";
        assert_eq!(in_short(long.to_owned()), "the plugin exceeded its budget …");
        assert_eq!(in_short("1 event".to_owned()), "1 event");
    }

    #[test]
    fn a_moment_is_a_time_a_day_or_how_long_ago() {
        let now = 1_795_334_400_000;
        let read = |text| moment("--since", text, now).ok();
        assert_eq!(read("2h"), Some(now - 7_200_000));
        assert_eq!(read("2026-11-22T08:00:00Z"), Some(1_795_334_400_000));
        assert_eq!(read("2026-11-22T09:00:00+01:00"), Some(1_795_334_400_000));
        assert_eq!(read("2026-11-22"), Some(1_795_305_600_000));
        let why = moment("--since", "yesterday", now).expect_err("no time").to_string();
        assert!(why.contains("--since yesterday") && why.contains("2h"), "{why}");
    }
}
