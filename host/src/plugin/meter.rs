//! How long a plugin computes.
//!
//! A call is a future, and it is polled only while the plugin runs: while it waits for the hub or a
//! vendor, nobody polls it. So the time spent inside `poll` is the plugin's computing time, and waiting
//! never counts against it, whichever interface it waits in.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

/// The computing time of one call.
#[derive(Debug)]
pub(super) struct Meter {
    born: Instant,
    /// Nanoseconds of finished polls.
    spent: AtomicU64,
    /// When the current poll began: nanoseconds since `born`.
    polled: AtomicU64,
}

impl Meter {
    pub(super) fn start() -> Arc<Self> {
        Arc::new(Self { born: Instant::now(), spent: AtomicU64::new(0), polled: AtomicU64::new(0) })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Computing time so far, the current poll included; for use from inside it.
    pub(super) fn running(&self) -> Duration {
        let current = self.now().saturating_sub(self.polled.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent.load(Ordering::Relaxed).saturating_add(current))
    }

    /// Computing time of all finished polls.
    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    /// Time from start until now, waiting included.
    pub(super) fn wall(&self) -> Duration {
        self.born.elapsed()
    }
}

/// A future whose polls are metered.
pub(super) struct Metered<F> {
    meter: Arc<Meter>,
    inner: F,
}

impl<F> Metered<F> {
    pub(super) fn new(meter: Arc<Meter>, inner: F) -> Self {
        Self { meter, inner }
    }
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let began = self.meter.now();
        self.meter.polled.store(began, Ordering::Relaxed);
        let polled = Pin::new(&mut self.inner).poll(cx);
        self.meter.spent.fetch_add(self.meter.now().saturating_sub(began), Ordering::Relaxed);
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_is_not_computing() {
        let meter = Meter::start();
        let sleep = Box::pin(tokio::time::sleep(Duration::from_millis(30)));
        Metered::new(Arc::clone(&meter), sleep).await;
        assert!(meter.spent() < Duration::from_millis(15), "{:?}", meter.spent());
        assert!(meter.wall() >= Duration::from_millis(30));
    }
}
