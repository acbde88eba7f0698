//! Whether the database takes changes, told once when it no longer does and once when it does again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::ambient::Ambient;

/// How long no change may have been refused before the database counts as well again, in milliseconds. On a
/// full disk small changes still find room between larger ones that do not.
const CALM: i64 = 2_000;

/// What the writer makes of changes that are refused for a reason that passes: a full disk, a folder that
/// became read-only, another program's lock.
pub(super) struct Taking {
    database: String,
    refusing: Arc<AtomicBool>,
    refused_at: i64,
    count: u64,
    ambient: Ambient,
}

impl Taking {
    pub(super) fn new(database: String, refusing: Arc<AtomicBool>, ambient: Ambient) -> Self {
        metrics::gauge!("switchboard_store_refusing").set(0.0);
        Self { database, refusing, refused_at: 0, count: 0, ambient }
    }

    /// Whether changes were lately refused.
    pub(super) fn refusing(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    /// Notes what became of a change: why it was refused, if it was.
    pub(super) fn note(&mut self, refused: Option<&str>) {
        let before = self.refusing();
        match refused {
            Some(why) => {
                self.refused_at = self.ambient.now_ms();
                self.count += 1;
                if !before {
                    self.turn(true);
                    tracing::error!(
                        why,
                        database = %self.database,
                        "the database takes no changes: requests are answered 503 and nothing is sent until it does; make \
                         room on its disk, or its folder writable, and the hub goes on by itself"
                    );
                }
            }
            None if before && self.ambient.now_ms() - self.refused_at >= CALM => {
                self.turn(false);
                tracing::info!(refused = self.count, "the database takes changes again");
                self.count = 0;
            }
            None => {}
        }
    }

    fn turn(&self, refusing: bool) {
        self.refusing.store(refusing, Ordering::Relaxed);
        metrics::gauge!("switchboard_store_refusing").set(f64::from(u8::from(refusing)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{ManualClock, SystemEntropy};

    #[test]
    fn small_changes_that_still_fit_do_not_count_as_recovery() {
        let clock = ManualClock::at(1_000);
        let ambient = Ambient { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        let refusing = Arc::<AtomicBool>::default();
        let mut taking = Taking::new("hub.db".to_owned(), Arc::clone(&refusing), ambient);
        taking.note(None);
        assert!(!refusing.load(Ordering::Relaxed));
        taking.note(Some("full"));
        for _ in 0..10 {
            clock.advance(CALM - 1);
            taking.note(None);
            taking.note(Some("full"));
            assert!(refusing.load(Ordering::Relaxed));
        }
        clock.advance(CALM);
        taking.note(None);
        assert!(!refusing.load(Ordering::Relaxed));
    }
}
