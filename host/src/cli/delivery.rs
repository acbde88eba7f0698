//! `switchboard delivery list | show | replay`.

use anyhow::bail;
use serde_json::{Value, json};

use super::args::{Delivery as Args, DeliveryState as Given};
use super::open;
use super::output::{Output, size, table, time};
use crate::config::Config;
use crate::model::delivery::{Delivery, DeliveryState};
use crate::model::id::DeliveryId;
use crate::pipeline::Replayed;
use crate::store::{DeliveryFilter, PageRequest, Store};

/// Does one of them.
pub(super) async fn run(command: &Args, config: Config, out: &Output) -> anyhow::Result<()> {
    match command {
        Args::List { connection, state, limit } => {
            let store = open::store(&config).await?;
            list(&store, connection.as_deref(), *state, *limit, out).await
        }
        Args::Show { delivery } => {
            let store = open::store(&config).await?;
            let id: DeliveryId = delivery.parse()?;
            match store.delivery(&id).await? {
                Some(delivery) => {
                    out.data(&whole(&delivery), || words(&delivery));
                    Ok(())
                }
                None => bail!("there is no delivery {id}; `switchboard delivery list` shows them"),
            }
        }
        Args::Replay { delivery, all, connection } => {
            replay(delivery.as_deref(), *all, connection.as_deref(), config, out).await
        }
    }
}

async fn list(
    store: &Store,
    connection: Option<&str>,
    state: Option<Given>,
    limit: u32,
    out: &Output,
) -> anyhow::Result<()> {
    let connection = match connection {
        Some(text) => Some(open::find(store, text).await?.id),
        None => None,
    };
    let state = state.map(|state| match state {
        Given::Done => DeliveryState::Done,
        Given::Parked => DeliveryState::Parked,
    });
    let filter = DeliveryFilter { connection, state };
    let found = store.deliveries(&filter, &PageRequest::first(limit)).await?.items;
    let data: Vec<Value> = found.iter().map(head).collect();
    out.data(&data, || {
        if found.is_empty() {
            return "No delivery.".to_owned();
        }
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|d| {
                let note = d.error.clone().unwrap_or_else(|| format!("{} events", d.events));
                vec![
                    d.id.to_string(),
                    time(d.received_at),
                    d.state.as_str().into(),
                    d.connection.to_string(),
                    note,
                ]
            })
            .collect();
        table(&["id", "received (UTC)", "state", "connection", ""], &rows)
    });
    Ok(())
}

fn head(d: &Delivery) -> Value {
    json!({
        "id": d.id, "connection": d.connection, "received_at": d.received_at, "state": d.state, "error": d.error,
        "attempts": d.attempts, "events": d.events,
    })
}

fn whole(d: &Delivery) -> Value {
    let mut data = head(d);
    data["request"] = json!({
        "method": d.request.method, "path": d.request.path, "query": d.request.query,
        "headers": d.request.headers, "verified": d.request.verified,
        "body": String::from_utf8_lossy(&d.request.body),
    });
    data
}

fn words(d: &Delivery) -> String {
    let request = &d.request;
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let outcome = match &d.error {
        Some(error) => format!("{}: {error}", d.state.as_str()),
        None => format!("{}: {} events", d.state.as_str(), d.events),
    };
    format!(
        "{} for {}\nreceived {} UTC, {}, tried {}×\n{outcome}\n\n{} {}{query}\n{headers}\n{}",
        d.id,
        d.connection,
        time(d.received_at),
        size(request.body.len() as u64),
        d.attempts,
        request.method,
        if request.path.is_empty() { "/" } else { &request.path },
        String::from_utf8_lossy(&request.body)
    )
}

async fn replay(
    delivery: Option<&str>,
    all: bool,
    connection: Option<&str>,
    config: Config,
    out: &Output,
) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let ids = match (delivery, all) {
        (Some(id), _) => vec![id.parse()?],
        (None, _) => {
            let connection = match connection {
                Some(text) => Some(open::find(hub.store(), text).await?.id),
                None => None,
            };
            hub.store().parked(connection.as_ref()).await?
        }
    };
    let progress = indicatif::ProgressBar::new(ids.len() as u64);
    if ids.len() < 2 || out.json {
        progress.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let (mut data, mut lines, mut failed) = (Vec::new(), Vec::new(), 0);
    for id in ids {
        match hub.replay(&id).await? {
            Replayed::Done { events } => {
                data.push(json!({"id": id, "events": events}));
                lines.push(format!("{id}  done, {events} events"));
            }
            Replayed::StillParked { error } => {
                failed += 1;
                data.push(json!({"id": id, "error": error}));
                lines.push(format!("{id}  still parked: {error}"));
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    out.data(&data, || if lines.is_empty() { "Nothing is parked.".to_owned() } else { lines.join("\n") });
    hub.stop().await;
    hub.store().close().await;
    if failed > 0 {
        bail!("{failed} could not be handled and stay parked");
    }
    Ok(())
}
