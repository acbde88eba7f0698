//! Carries out what the outbox holds, connection by connection, at each vendor's rate.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::{TICK, until, wait_ms};
use crate::model::breaker::Admission;
use crate::model::id::ConnectionId;
use crate::model::identifier::Evident;
use crate::model::message::Direction;
use crate::model::outbox::OutboxItem;
use crate::pipeline::Hub;
use crate::pipeline::connection::Live;
use crate::pipeline::registry::with_sources;
use crate::pipeline::send::{Asked, reach, reachable};
use crate::plugin::{CallError, Outbound, PluginSaid};
use crate::store::{PageRequest, StoreError};

/// How far back the thread that a message belongs to is looked for, in messages.
const THREAD_LOOKBACK: u32 = 50;

/// Sends for one connection until it is gone or the hub stops. Messages to one person keep their order (the
/// store hands out the next one when the one before is settled); several people are written to at once.
pub(super) async fn run(hub: Hub, connection: ConnectionId) {
    let mut work = hub.inner.work.subscribe();
    loop {
        work.mark_unchanged();
        let Some(live) = hub.connection(&connection).filter(|live| live.plugin.capabilities.sender) else {
            return;
        };
        let (sent, due) = match round(&hub, &live).await {
            Ok(round) => round,
            Err(error) => {
                if !error.passes() {
                    tracing::error!(%connection, error = with_sources(&error), "the outbox cannot be read");
                }
                (0, None)
            }
        };
        if hub.inner.stop.is_cancelled() {
            return;
        }
        if sent > 0 {
            continue;
        }
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            _ = work.changed() => {}
            () = tokio::time::sleep(until(hub.ambient(), due)) => {}
        }
    }
}

/// Sends what is due: how many were tried, and when the next one is due, if that lies ahead.
async fn round(hub: &Hub, live: &Arc<Live>) -> Result<(usize, Option<i64>), StoreError> {
    let due = hub.store().next_outbound_at(&live.connection.id).await?;
    let now = hub.ambient().now_ms();
    let ahead = due.filter(|due| *due > now);
    if !live.active() || due.is_none() || ahead.is_some() {
        return Ok((0, ahead));
    }
    let options = &hub.config().outbox;
    // Whoever died while sending leaves it unknown whether the vendor took it.
    let lease = options.lease.max(ambiguous_wait(live));
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    let limit = match live.guard.look(now) {
        Admission::Run => u32::try_from(options.at_once).unwrap_or(u32::MAX),
        Admission::Probe => 1,
        Admission::Wait(until) => return Ok((0, Some(until))),
    };
    let items = hub.store().claim_outbound(&live.connection.id, limit, lease).await?;
    let tried = items.len();
    stream::iter(items)
        .for_each_concurrent(options.at_once, |item| async move {
            live.sending.until_ready().await;
            attempt(hub, live, &item).await;
        })
        .await;
    // With nothing tried, what is due waits for an older message to the same person: no reason to hurry.
    Ok((tried, None))
}

fn ambiguous_wait(live: &Live) -> Duration {
    live.plugin.manifest.sender.clone().unwrap_or_default().ambiguous_wait.duration()
}

/// What is to become of an intent after an attempt that did not work.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// The vendor surely did not take it: again after so many milliseconds.
    Again(i64),
    /// Nobody knows: wait so long for news.
    Unknown(i64),
    /// Never.
    Fail,
}

/// Decides by how the attempt ended. `wait` is how long to wait before the next one.
fn decide(error: &CallError, attempts: u32, most: u32, wait: i64, ambiguous: i64) -> Next {
    match error {
        CallError::Plugin(
            PluginSaid::Reject(_) | PluginSaid::Misconfigured(_) | PluginSaid::AccessDenied(_),
        ) => Next::Fail,
        CallError::Plugin(PluginSaid::Retry(_)) | CallError::Unavailable(_) if attempts >= most => Next::Fail,
        CallError::Plugin(PluginSaid::Retry(_)) | CallError::Unavailable(_) => Next::Again(wait),
        // After the last attempt too: news may still say that it arrived.
        _ => Next::Unknown(ambiguous),
    }
}

async fn attempt(hub: &Hub, live: &Arc<Live>, item: &OutboxItem) {
    let (store, ambient, options) = (hub.store(), hub.ambient(), &hub.config().outbox);
    if item.attempts > options.attempts {
        let tried = item.attempts - 1;
        let last = item.error.as_deref().unwrap_or("the hub stopped while it was sent");
        let why =
            format!("given up after {tried} attempts, and nobody knows whether the last one arrived: {last}");
        return settled(item, store.outbound_failed(&item.id, &why).await);
    }
    let message = match outbound(hub, live, item).await {
        Ok(Ok(message)) => message,
        Ok(Err(why)) => return settled(item, store.outbound_failed(&item.id, &why).await),
        Err(error) => {
            // Its lease brings it back.
            return tracing::error!(outbox = %item.id, error = with_sources(&error), "a message could not be prepared");
        }
    };
    let permit = match live.guard.enter(ambient.now_ms()) {
        Ok(permit) => permit,
        Err(until) => return settled(item, store.outbound_rest(&item.id, until).await),
    };
    let sent = live.plugin.send(&live.binding, &message).await;
    permit.ended(hub, live, &sent).await;
    let error = match sent {
        Ok(receipt) => {
            metrics::counter!("switchboard_outbox_total", "outcome" => "sent").increment(1);
            let mut done = store.outbound_sent(&item.id, &receipt.id).await;
            // What the vendor took must not go out again, so this waits for a database that takes no changes.
            while done.as_ref().is_err_and(StoreError::passes) && !hub.inner.stop.is_cancelled() {
                tokio::time::sleep(TICK).await;
                done = store.outbound_sent(&item.id, &receipt.id).await;
            }
            settled(item, done);
            return hub.wake();
        }
        Err(error) => error,
    };
    metrics::counter!("switchboard_outbox_total", "outcome" => error.outcome()).increment(1);
    let wait = wait_ms(&error, item.attempts, options.first_wait, options.longest_wait, ambient);
    let ambiguous = i64::try_from(ambiguous_wait(live).as_millis()).unwrap_or(i64::MAX);
    let now = ambient.now_ms();
    let done = match decide(&error, item.attempts, options.attempts, wait, ambiguous) {
        Next::Again(wait) => {
            store.outbound_retry(&item.id, now.saturating_add(wait), &error.to_string()).await
        }
        Next::Unknown(wait) => {
            tracing::warn!(outbox = %item.id, connection = %item.connection, error = error.logged(), "it is not known whether a message was sent");
            store.outbound_ambiguous(&item.id, now.saturating_add(wait), &error.to_string()).await
        }
        Next::Fail => {
            let why = if item.attempts >= options.attempts {
                format!("given up after {} attempts: {error}", item.attempts)
            } else {
                error.to_string()
            };
            tracing::warn!(outbox = %item.id, connection = %item.connection, why = error.logged(), "a message will not be sent");
            store.outbound_failed(&item.id, &why).await
        }
    };
    settled(item, done);
}

fn settled(item: &OutboxItem, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(outbox = %item.id, error = with_sources(&error), "what became of a message could not be committed");
    }
}

/// What the plugin is handed; or why the message cannot be sent any more.
async fn outbound(hub: &Hub, live: &Live, item: &OutboxItem) -> Result<Result<Outbound, String>, StoreError> {
    let store = hub.store();
    let Some(person) = store.profile(&item.profile).await? else {
        return Ok(Err("the person is known no longer".to_owned()));
    };
    let mut to = reachable(live, &person);
    if to.is_empty() {
        return Ok(Err(format!(
            "the channel reaches people by {}, and the person is not known any more under such a name",
            reach(live)
        )));
    }
    let asked = Asked { person: &person, contacts: item.content.contacts(), purpose: &item.purpose };
    if let Some(why) = hub.refusal(live, asked) {
        return Ok(Err(why));
    }
    // What a name is compared by is not always what this channel knows the person by.
    let names: Vec<_> = to.iter().map(|to| &to.identifier).collect();
    let written = store.written(&live.connection.id, &names).await?;
    for Evident { identifier, .. } in &mut to {
        if let Some(address) = written.get(identifier) {
            identifier.value.clone_from(address);
        }
    }
    Ok(Ok(Outbound {
        correlation: item.id.to_string(),
        to,
        content: item.content.clone(),
        reply_to: item.reply_to.clone(),
        thread: thread(hub, live, item).await?,
        subject: item.subject.clone(),
        last_received_at: store.last_received(&person.id, &live.connection.id).await?,
        attempt: item.attempts.max(1),
    }))
}

/// The vendor's thread: that of the message answered, or of the last one on this connection.
async fn thread(hub: &Hub, live: &Live, item: &OutboxItem) -> Result<Option<String>, StoreError> {
    let page = PageRequest { cursor: None, limit: THREAD_LOOKBACK };
    let messages = hub.store().messages(&item.profile, &page).await?.items;
    let mut last = None;
    for message in messages.into_iter().map(|view| view.message) {
        let Some(content) = message
            .content
            .filter(|c| message.connection == live.connection.id && c.direction == Direction::In)
        else {
            continue;
        };
        if item.reply_to.as_ref() == Some(&message.vendor_id) {
            return Ok(content.message.thread);
        }
        last = last.or(content.message.thread);
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(error: &CallError, attempts: u32) -> Next {
        decide(error, attempts, 3, 10, 600)
    }

    #[test]
    fn only_what_the_vendor_surely_did_not_take_is_tried_again_at_once() {
        let said = |said| CallError::Plugin(said);
        assert_eq!(decided(&said(PluginSaid::Retry(None)), 1), Next::Again(10));
        assert_eq!(decided(&CallError::Unavailable("full".into()), 1), Next::Again(10));
        assert_eq!(decided(&said(PluginSaid::Other("?".into())), 1), Next::Unknown(600));
        assert_eq!(
            decided(&said(PluginSaid::Other("?".into())), 3),
            Next::Unknown(600),
            "the last one waits for news too"
        );
        assert_eq!(decided(&CallError::Trap("unreachable".into()), 1), Next::Unknown(600));
        assert_eq!(decided(&CallError::Garbage("empty id".into()), 1), Next::Unknown(600));
    }

    #[test]
    fn a_rejected_message_fails_at_once_and_one_put_off_after_its_attempts() {
        assert_eq!(decided(&CallError::Plugin(PluginSaid::Reject("window closed".into())), 1), Next::Fail);
        assert_eq!(decided(&CallError::Plugin(PluginSaid::Misconfigured("token".into())), 1), Next::Fail);
        assert_eq!(decided(&CallError::Plugin(PluginSaid::Retry(Some(1))), 3), Next::Fail);
    }
}
