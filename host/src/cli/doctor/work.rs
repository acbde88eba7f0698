//! Work that does not get done: polls that keep failing, plugins that are left alone, messages that wait.

use std::time::Duration;

use super::Findings;
use crate::cli::output::time;
use crate::model::connection::{Connection, ConnectionState, Resting};
use crate::model::mask;
use crate::pipeline::Hub;
use crate::store::StoreError;
use crate::store::health::Overdue;

/// How many polls must have failed in a row: the first ones are tried again by themselves.
const FAILED: u32 = 3;

/// Looks at the work of every connection. `served`: whether a hub does it at present.
pub(super) async fn look(
    hub: &Hub,
    all: &[Connection],
    served: bool,
    overdue_after: Duration,
    found: &mut Findings,
) -> Result<(), StoreError> {
    let patience = i64::try_from(overdue_after.as_millis()).unwrap_or(i64::MAX);
    let overdue = hub.store().overdue(hub.ambient().now_ms().saturating_sub(patience)).await?;
    for connection in all {
        let resting = hub.store().resting(&connection.id).await?;
        match &resting {
            Some(resting) => left_alone(hub, connection, resting, found),
            None => polls(hub, connection, found).await?,
        }
        if let Some(overdue) = overdue.iter().find(|overdue| overdue.connection == connection.id.as_str()) {
            messages(hub, connection, overdue, served, resting.is_some(), found);
        }
    }
    Ok(())
}

fn about(connection: &Connection) -> String {
    format!("{} ({})", connection.title, connection.id)
}

fn left_alone(hub: &Hub, connection: &Connection, resting: &Resting, found: &mut Findings) {
    let name = &connection.plugin;
    let installed = hub.installed(name);
    let back = match installed.as_ref().and_then(|installed| installed.record.before()) {
        Some(before) => {
            format!("`switchboard plugin rollback {name}` lets version {} serve again, ", before.version)
        }
        None => String::new(),
    };
    found.attention(
        "breaker",
        about(connection),
        format!(
            "its plugin failed again and again and is left alone since {} UTC, until it is tried at {} UTC: {}",
            time(resting.since),
            time(resting.until),
            mask::words(&resting.error)
        ),
        format!(
            "{back}`switchboard plugin upgrade {name} FILE` a newer one, which is tried at once; `switchboard plugin \
             usage {name}` tells how its calls fail. What was kept is caught up on by itself"
        ),
    );
}

async fn polls(hub: &Hub, connection: &Connection, found: &mut Findings) -> Result<(), StoreError> {
    let id = &connection.id;
    let asks = hub.connection(id).is_some_and(|live| live.active() && live.schedule().is_some());
    let Some(polls) = hub.store().polls(id).await?.filter(|polls| asks && polls.failures >= FAILED) else {
        return Ok(());
    };
    found.attention(
        "poll",
        about(connection),
        format!(
            "its last {} polls failed, the last one at {} UTC: {}",
            polls.failures,
            time(polls.began_at),
            mask::words(polls.error.as_deref().unwrap_or("nobody knows why"))
        ),
        format!(
            "`switchboard connection show {id}` tells its settings; `switchboard connection secret {id} NAME` replaces \
             a credential that is refused, `switchboard connection schedule {id} --off` ends the polls"
        ),
    );
    Ok(())
}

fn messages(
    hub: &Hub,
    connection: &Connection,
    overdue: &Overdue,
    served: bool,
    resting: bool,
    found: &mut Findings,
) {
    let id = &connection.id;
    let mend = if connection.state == ConnectionState::Paused {
        format!("`switchboard connection resume {id}` sends them")
    } else if hub.connection(id).is_none() {
        format!("`switchboard connection show {id}` tells why it does not work")
    } else if resting {
        "they are sent once its plugin works again, for which see `breaker`".to_owned()
    } else if !served {
        "no hub serves this database: `switchboard serve` sends them".to_owned()
    } else {
        format!(
            "`switchboard plugin usage {}` tells how its calls fail, and the hub's log why; a rate in its manifest may \
             also be too low for what is to be sent",
            connection.plugin
        )
    };
    found.attention(
        "outbox",
        about(connection),
        format!("{} messages wait to be sent, the first since {} UTC", overdue.messages, time(overdue.since)),
        mend,
    );
}
