//! What one connection may hold of the sandbox at once, and how its long calls make way, so that none
//! can crowd out the others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::RuntimeOptions;
use super::lines::Lines;
use crate::model::id::ConnectionId;

/// How long after a call began the hub counts as busy: a little more than an ordinary call and the wait
/// for its commit take.
const BUSY_FOR: Duration = Duration::from_millis(10);
/// How much longer a long call rests than it computed, while others have work: it gets a tenth of a core.
const REST: u32 = 9;

/// Events of one answer that are not held against a connection: what vendors send in one delivery.
const FREE_EVENTS: usize = 10;
/// Writes to the key-value store in one call that are not held against a connection: what tells a delivery
/// that came twice.
const FREE_WRITES: u32 = 1;
/// Bytes of a value that count as one write more.
const BYTES_OF_A_WRITE: usize = 16 << 10;
/// How far ahead of its rate a connection may be with events.
const EVENTS_AHEAD: Duration = Duration::from_secs(1);
/// And with writes: at the default a thousand at once, which a poller may well make, and then none for a while.
const WRITES_AHEAD: Duration = Duration::from_secs(5);

/// What a connection holds now. All its calls share it, also over a reload.
#[derive(Debug)]
pub(super) struct Share {
    /// Places in the pool that it may still take.
    pub(super) seats: Semaphore,
    /// Bytes of linear memory that its instances hold.
    memory: AtomicUsize,
    /// The most of them.
    memory_limit: usize,
    /// When the next turn of a long call may begin: nanoseconds since the traffic's birth.
    next_turn: AtomicU64,
    /// When it will have earned all the events it said, in the same measure.
    earned: AtomicU64,
    /// And all the writes to the key-value store.
    written: AtomicU64,
    /// What it may bring into the log.
    pub(super) lines: Lines,
}

impl Share {
    pub(super) fn new(seats: u32, memory_limit: usize, log_rate: u32) -> Self {
        Self {
            seats: Semaphore::new(seats.max(1) as usize),
            memory: AtomicUsize::new(0),
            memory_limit,
            next_turn: AtomicU64::new(0),
            earned: AtomicU64::new(0),
            written: AtomicU64::new(0),
            lines: Lines::new(log_rate),
        }
    }

    /// Takes memory; `false` when the connection would hold more than it may.
    pub(super) fn take_memory(&self, bytes: usize) -> bool {
        let more = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= self.memory_limit);
        self.memory.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Gives it back.
    pub(super) fn give_memory(&self, bytes: usize) {
        self.memory.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The shares of all connections that are bound.
#[derive(Debug)]
pub(super) struct Shares {
    seats: u32,
    memory: usize,
    log_rate: u32,
    known: Mutex<HashMap<ConnectionId, Weak<Share>>>,
}

impl Shares {
    pub(super) fn new(options: &RuntimeOptions) -> Self {
        Self {
            seats: options.per_connection,
            memory: options.connection_memory,
            log_rate: options.log_rate,
            known: Mutex::default(),
        }
    }

    /// A connection's share: the one it has while anything holds it, else a new one.
    pub(super) fn of(&self, connection: &ConnectionId) -> Arc<Share> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = known.get(connection).and_then(Weak::upgrade) {
            return share;
        }
        known.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Share::new(self.seats, self.memory, self.log_rate));
        known.insert(connection.clone(), Arc::downgrade(&share));
        share
    }
}

/// When calls began, of whatever plugin: whether others have work.
#[derive(Debug)]
pub(super) struct Traffic {
    born: Instant,
    /// Nanoseconds from birth to the last beginning.
    last: AtomicU64,
}

impl Traffic {
    pub(super) fn new() -> Self {
        Self { born: Instant::now(), last: AtomicU64::new(0) }
    }

    fn now(&self) -> u64 {
        nanos(self.born.elapsed())
    }

    /// A call begins.
    pub(super) fn begin(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    /// An answer held that many events, each of which costs the one writer that all connections share.
    /// `rate` is how many a second a connection may say.
    pub(super) fn said(&self, share: &Share, events: usize, rate: u32) {
        self.cost(&share.earned, events.saturating_sub(FREE_EVENTS), rate);
    }

    /// A call is about to have its write number `nth`, from 0, of that many bytes done: when it may. `None` is
    /// now. `rate` is how many a second a connection may have done: each is a commit of the one writer.
    pub(super) fn may_write_at(&self, share: &Share, nth: u32, bytes: usize, rate: u32) -> Option<Instant> {
        if nth < FREE_WRITES {
            return None;
        }
        let at = self.ahead(&share.written, WRITES_AHEAD);
        self.cost(&share.written, 1 + bytes / BYTES_OF_A_WRITE, rate);
        at
    }

    /// So many more have to be earned.
    fn cost(&self, earned: &AtomicU64, number: usize, rate: u32) {
        let more = u32::try_from(number).unwrap_or(u32::MAX);
        if more > 0 {
            let (now, cost) = (self.now(), nanos(Duration::from_secs(1) / rate.max(1) * more));
            let add = |earned: u64| Some(earned.max(now).saturating_add(cost));
            let _ = earned.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        }
    }

    /// When a connection may say more; `None` is now.
    pub(super) fn may_say_more_at(&self, share: &Share) -> Option<Instant> {
        self.ahead(&share.earned, EVENTS_AHEAD)
    }

    /// When no more than `allowed` is left to be earned; `None` is now.
    fn ahead(&self, earned: &AtomicU64, allowed: Duration) -> Option<Instant> {
        let earned = earned.load(Ordering::Relaxed).saturating_sub(nanos(allowed));
        (earned > self.now()).then(|| self.born + Duration::from_nanos(earned))
    }

    /// Between two slices of a call that has computed long: lets others run, and while they have work,
    /// waits until it is this call's turn again. `computed` is how long its last slice was.
    pub(super) async fn make_way(&self, share: &Share, computed: Duration) {
        // Behind everything that is ready to run now.
        tokio::task::yield_now().await;
        if let Some(turn) = self.turn(share, self.now(), computed) {
            tokio::time::sleep_until(self.born + Duration::from_nanos(turn)).await;
        }
    }

    /// When it is the turn of a call that just computed for so long: at once where nobody else began
    /// anything lately. Calls of one connection queue up behind each other, so that all its long calls
    /// together get no more than one would.
    fn turn(&self, share: &Share, now: u64, computed: Duration) -> Option<u64> {
        if now.saturating_sub(self.last.load(Ordering::Relaxed)) > nanos(BUSY_FOR) {
            return None;
        }
        let after = |next: u64| next.max(now).saturating_add(nanos(computed.saturating_mul(REST)));
        let before = share.next_turn.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(after(n)));
        before.ok().map(after)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> RuntimeOptions {
        RuntimeOptions { per_connection: 2, connection_memory: 100, ..RuntimeOptions::default() }
    }

    #[test]
    fn a_connection_keeps_its_share_over_a_reload_and_others_have_their_own() {
        let shares = Shares::new(&options());
        let (one, other) = (ConnectionId::random([1; 16]), ConnectionId::random([2; 16]));
        let before = shares.of(&one);
        assert!(before.take_memory(60));
        let after = shares.of(&one);
        drop(before);
        assert!(!after.take_memory(60), "what its calls hold still counts");
        assert!(shares.of(&other).take_memory(60));
        after.give_memory(60);
        assert!(after.take_memory(100) && !after.take_memory(1));
    }

    #[test]
    fn a_long_call_rests_only_while_others_have_work() {
        let (traffic, share) = (Traffic::new(), Share::new(1, 1, 50));
        let slice = Duration::from_millis(2);
        traffic.last.store(5_000, Ordering::Relaxed);
        assert_eq!(traffic.turn(&share, 5_001 + nanos(BUSY_FOR), slice), None, "nobody waits for it");
        let now = 6_000;
        assert_eq!(traffic.turn(&share, now, slice), Some(now + nanos(slice * REST)));
    }

    #[test]
    fn events_beyond_what_a_delivery_holds_are_earned_at_a_rate() {
        let (traffic, share) = (Traffic::new(), Share::new(1, 1, 50));
        for _ in 0..10_000 {
            traffic.said(&share, FREE_EVENTS, 1_000);
        }
        assert_eq!(traffic.may_say_more_at(&share), None, "ordinary deliveries are free");
        traffic.said(&share, FREE_EVENTS + 500, 1_000);
        assert_eq!(traffic.may_say_more_at(&share), None, "half a second ahead");
        traffic.said(&share, FREE_EVENTS + 100_500, 1_000);
        let at = traffic.may_say_more_at(&share).expect("it must wait");
        assert!(at > Instant::now() + Duration::from_secs(90));
        assert_eq!(traffic.may_say_more_at(&Share::new(1, 1, 50)), None, "others need not");
    }

    #[test]
    fn writes_beyond_the_first_of_a_call_are_earned_and_a_thousand_may_come_at_once() {
        let (traffic, share) = (Traffic::new(), Share::new(1, 1, 50));
        let write = |nth, bytes| traffic.may_write_at(&share, nth, bytes, 200);
        for _ in 0..10_000 {
            assert_eq!(write(0, 200_000), None, "one of each call is free");
        }
        for nth in 1..=1_000 {
            assert_eq!(write(nth, 100), None, "an honest poller waits for none of them");
        }
        for nth in 1_001..=1_020 {
            write(nth, 31 * BYTES_OF_A_WRITE);
        }
        let at = write(1_021, 100).expect("it must wait");
        assert!(at > Instant::now() + Duration::from_secs(2), "the more, the larger they were");
        assert_eq!(traffic.may_say_more_at(&share), None, "what it has to say does not wait for that");
        assert_eq!(traffic.may_write_at(&Share::new(1, 1, 50), 1, 100, 200), None, "others need not");
    }

    #[test]
    fn long_calls_of_one_connection_share_one_turn_and_others_have_their_own() {
        let (traffic, share) = (Traffic::new(), Share::new(1, 1, 50));
        let rest = Duration::from_millis(2) * REST;
        let turn = |share: &Share| traffic.turn(share, 0, Duration::from_millis(2));
        assert_eq!(turn(&share), Some(nanos(rest)));
        assert_eq!(turn(&share), Some(nanos(rest * 2)));
        assert_eq!(turn(&Share::new(1, 1, 50)), Some(nanos(rest)));
    }
}
