//! Whether the database takes changes, told once when it no longer does and once when it does again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Location;
use crate::ambient::Ambient;

/// How long no change may have been refused before the database counts as well again, in milliseconds. On a
/// full disk small changes still find room between larger ones that do not.
const CALM: i64 = 2_000;

/// What the writer makes of changes that are refused for a reason that passes: a full disk, a folder that
/// became read-only, another program's lock, a server that is gone or only reads.
pub(super) struct Taking {
    database: Location,
    refusing: Arc<AtomicBool>,
    refused_at: i64,
    count: u64,
    ambient: Ambient,
}

impl Taking {
    pub(super) fn new(database: Location, refusing: Arc<AtomicBool>, ambient: Ambient) -> Self {
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
                        "the database takes no changes: requests are answered 503 and nothing is sent until it does; {}, \
                         and the hub goes on by itself",
                        self.database.remedy()
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

    /// What is told of a database at an address that refuses a change.
    fn told(address: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let log = std::fs::File::create(folder.path().join("log")).expect("made");
        let subscriber =
            tracing_subscriber::fmt().with_writer(std::sync::Mutex::new(log)).with_ansi(false).finish();
        let database = address.parse().expect("an address");
        tracing::subscriber::with_default(subscriber, || {
            Taking::new(database, Arc::default(), Ambient::system()).note(Some("refused"));
        });
        std::fs::read_to_string(folder.path().join("log")).expect("read")
    }

    #[test]
    fn whoever_reads_that_no_changes_are_taken_reads_what_helps_with_their_database() {
        let file = told("hub.db");
        assert!(file.contains("make room on its disk, or its folder writable"), "{file}");
        assert!(file.contains("database=hub.db") && !file.contains("server"), "{file}");
        let server = told("postgres://hub:s3cret@db.example:5433/switchboard");
        assert!(server.contains("its server's log says why: start it, make room on its disk"), "{server}");
        assert!(server.contains("database=postgres://hub@db.example:5433/switchboard"), "{server}");
        assert!(!server.contains("folder") && !server.contains("s3cret"), "{server}");
    }

    #[test]
    fn small_changes_that_still_fit_do_not_count_as_recovery() {
        let clock = ManualClock::at(1_000);
        let ambient = Ambient { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        let refusing = Arc::<AtomicBool>::default();
        let mut taking = Taking::new(Location::File("hub.db".into()), Arc::clone(&refusing), ambient);
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
