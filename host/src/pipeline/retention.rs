//! How long deliveries are kept, and how much may be parked.
//!
//! Handled deliveries are deleted by age and size, a few at a time. Parked ones are never deleted by that:
//! they have limits of their own, and neither loses anything silently. What is too *old* is discarded (the
//! row stays, with the limit as its reason; it is counted and logged): nobody mended the plugin in all that
//! time, and keeping what people wrote for ever is a fault too. What is too *much* is refused: the next
//! delivery that would have to be parked is answered 503, so that the vendor keeps it and tries again, and
//! nothing that was promised to be kept goes. The limit is each connection's own, so that one broken plugin
//! takes no room from another.
//!
//! The same round fails what waits to go out over a connection that was removed.

use std::time::Duration;

use super::Hub;
use super::connection::Live;
use super::installed::THE_HUB;
use super::registry::with_sources;
use crate::model::delivery::Discarded;
use crate::model::retention::Class;
use crate::store::{Aged, StoreError};

/// How often old deliveries are looked for.
const ROUND: Duration = Duration::from_secs(60);

/// How long the writer is left to others between two deletions.
const BREATH: Duration = Duration::from_millis(50);

/// How many rows one deletion takes at most, and how many bytes.
const BATCH: u32 = 500;
const BATCH_BYTES: u64 = 8 << 20;

/// How many rounds go by between two looks for what of the log is too old.
const ROUNDS: u32 = 60;

/// What a round of tidying did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Handled deliveries that were deleted.
    pub forgotten: u64,
    /// Parked deliveries that were discarded for their age.
    pub discarded: u64,
}

/// Tidies until the hub stops.
pub(super) async fn run(hub: Hub) {
    let mut rounds = 0_u32;
    loop {
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        if !hub.store().leads("tidy").await {
            continue;
        }
        if let Err(error) = round(&hub).await {
            tracing::warn!(error = with_sources(&error), "old deliveries could not be looked for");
        }
        if rounds.is_multiple_of(ROUNDS)
            && let Err(error) = hub.age().await
        {
            tracing::warn!(
                error = with_sources(&error),
                "what is too old in the log could not be looked for"
            );
        }
        rounds = rounds.wrapping_add(1);
    }
}

impl Hub {
    /// Deletes and discards what is over the limits now. The hub does so by itself every minute.
    ///
    /// # Errors
    /// When the store does not answer; what was done until then stands.
    pub async fn tidy(&self) -> Result<Tidied, StoreError> {
        round(self).await
    }

    /// Lets go what is older than `[retention]` says. The hub does so by itself every hour.
    ///
    /// # Errors
    /// When the store does not answer; what went until then stays gone.
    pub async fn age(&self) -> Result<Aged, StoreError> {
        let (store, ages) = (self.store(), self.config().retention.ages(self.ambient().now_ms()));
        let mut aged = Aged::default();
        if ages.keep_all() {
            return Ok(aged);
        }
        let rest = async || {
            tokio::time::sleep(BREATH).await;
            self.inner.stop.is_cancelled()
        };
        if let Some(before) = ages.people {
            while store.age_people(before, THE_HUB, false, &mut aged).await? && !rest().await {}
        }
        let messages = ages.classes.iter().find(|(class, _)| *class == Class::Messages);
        if let Some((_, before)) = messages {
            while store.age_sent(*before, false, &mut aged).await? && !rest().await {}
        }
        let mut seq = 0;
        if !ages.classes.is_empty() {
            while let Some(next) = store.age_events(&ages, seq, false, &mut aged).await? {
                seq = next;
                if rest().await {
                    break;
                }
            }
        }
        if aged != Aged::default() {
            tracing::info!(events = ?aged.events, sent = aged.sent, people = aged.people, "what was too old went");
        }
        Ok(aged)
    }

    /// Whether a further delivery of so many bytes may be parked for a connection (`parked.max_bytes`).
    pub(super) async fn may_park(&self, live: &Live, bytes: usize) -> Result<bool, StoreError> {
        let most = self.config().parked.max_bytes as u64;
        let parked = self.store().parked_size(&live.connection.id).await?;
        let fits = parked.bytes.saturating_add(bytes as u64) <= most;
        if !fits {
            metrics::counter!(
                "switchboard_parked_refused_total", "plugin" => live.plugin.manifest.name.to_string()
            )
            .increment(1);
            if live.binding.may_log() {
                tracing::error!(
                    connection = %live.connection.id, parked = parked.deliveries, bytes = parked.bytes,
                    "no more can be parked for this connection: mend its plugin and replay, discard, or raise `parked.max_bytes`; \
                     deliveries are answered 503 until then"
                );
            }
        }
        Ok(fits)
    }
}

async fn round(hub: &Hub) -> Result<Tidied, StoreError> {
    while hub.store().fail_outbound_of_removed(BATCH).await? > 0 && !hub.inner.stop.is_cancelled() {
        tokio::time::sleep(BREATH).await;
    }
    let discarded = discard_old(hub).await?;
    let mut parked = [0_u64; 2];
    for (_, size) in hub.store().parked_sizes().await? {
        parked[0] += size.deliveries;
        parked[1] += size.bytes;
    }
    metrics::gauge!("switchboard_parked_deliveries").set(parked[0] as f64);
    metrics::gauge!("switchboard_parked_bytes").set(parked[1] as f64);
    let forgotten = forget(hub).await?;
    metrics::gauge!("switchboard_deliveries_kept_bytes").set(hub.store().kept_bytes().await? as f64);
    Ok(Tidied { forgotten, discarded })
}

/// Discards what has been parked too long.
async fn discard_old(hub: &Hub) -> Result<u64, StoreError> {
    let max_age = hub.config().parked.max_age;
    let now = hub.ambient().now_ms();
    let before = now.saturating_sub(i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX));
    let mut count = 0;
    loop {
        let old = hub.store().parked_before(before, BATCH).await?;
        if old.is_empty() || hub.inner.stop.is_cancelled() {
            return Ok(count);
        }
        for (id, connection) in old {
            let why = "limit: parked longer than `parked.max_age`".to_owned();
            if hub.store().discard(&id, &Discarded { at: now, by: THE_HUB.to_owned(), why }).await? {
                count += 1;
                metrics::counter!("switchboard_deliveries_discarded_total", "cause" => "age").increment(1);
                tracing::error!(delivery = %id, %connection, "a delivery was parked longer than `parked.max_age` and is discarded");
            }
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Deletes handled deliveries, the oldest first, until neither age nor size is over its limit.
async fn forget(hub: &Hub) -> Result<u64, StoreError> {
    let limits = &hub.config().deliveries;
    let keep = i64::try_from(limits.keep.as_millis()).unwrap_or(i64::MAX);
    let since = hub.ambient().now_ms().saturating_sub(keep);
    let most = limits.max_bytes as u64;
    let (mut at, mut count) = (0, 0);
    let mut kept = hub.store().kept_bytes().await?;
    loop {
        let (from, mut bytes) = (at, 0);
        for one in hub.store().handled(at, BATCH).await? {
            if bytes >= BATCH_BYTES || (one.received_at >= since && kept <= most) {
                break;
            }
            at = one.n;
            bytes += one.size;
            kept = kept.saturating_sub(one.size);
        }
        if at == from || hub.inner.stop.is_cancelled() {
            break;
        }
        count += hub.store().forget_deliveries(from, at, since).await?;
        tokio::time::sleep(BREATH).await;
    }
    if count > 0 {
        metrics::counter!("switchboard_deliveries_forgotten_total").increment(count);
        tracing::info!(count, "old deliveries were deleted");
    }
    Ok(count)
}
