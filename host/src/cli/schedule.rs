//! `switchboard connection schedule`: when a connection asks.

use anyhow::bail;
use serde_json::json;

use super::args::ScheduleSet;
use super::installed::who;
use super::open;
use super::output::Output;
use crate::config::Config;
use crate::model::schedule::{OwnSchedule, Schedule};
use crate::pipeline::Hub;

/// Sets when a connection asks, or shows it.
pub(super) async fn run(args: &ScheduleSet, config: Config, out: &Output) -> anyhow::Result<()> {
    let hub = open::hub(config).await?;
    let done = set(&hub, args, out).await;
    hub.stop().await;
    hub.store().close().await;
    done
}

async fn set(hub: &Hub, args: &ScheduleSet, out: &Output) -> anyhow::Result<()> {
    let found = open::find(hub.store(), &args.connection).await?;
    if let Some(own) = wanted(args)? {
        hub.set_schedule(&found.id, own, &who()).await?;
    }
    let Some(polled) = hub.polled(&found.id).await? else {
        bail!(
            "{} asks nothing by itself, or does not work: `switchboard connection show {}` tells",
            found.title,
            found.id
        );
    };
    let data = json!({
        "connection": found.id, "schedule": polled.written(), "own": polled.own.is_some(),
        "default": polled.theirs.to_string(), "next_at": polled.next_at,
    });
    out.data(&data, || format!("{} asks {}.", found.title, polled.words()));
    Ok(())
}

/// What is to hold from now on, in its own `Some`; `None` where nothing is to change.
fn wanted(args: &ScheduleSet) -> anyhow::Result<Option<Option<OwnSchedule>>> {
    let at = |text: &str| text.parse::<Schedule>();
    Ok(match (&args.every, &args.cron) {
        (Some(text), _) => match at(text)? {
            every @ Schedule::Every(_) => Some(Some(OwnSchedule::At(every))),
            Schedule::Cron(_) => bail!("`--every` takes a time such as `5m`; `--cron` takes `{text}`"),
        },
        (None, Some(text)) => match at(text)? {
            cron @ Schedule::Cron(_) => Some(Some(OwnSchedule::At(cron))),
            Schedule::Every(_) => {
                bail!("`--cron` takes a cron expression such as `0 3 * * *`; `--every` takes `{text}`")
            }
        },
        (None, None) if args.off => Some(Some(OwnSchedule::Off)),
        (None, None) if args.default => Some(None),
        (None, None) => None,
    })
}
