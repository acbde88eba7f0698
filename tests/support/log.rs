//! Everything the hub logs during a run, kept so that a test can look for what must not be in it.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;

static KEPT: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();

struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins to keep log lines, at the most detailed level for the hub's own. Later calls change nothing.
pub fn capture() {
    let _ = KEPT.get_or_init(|| {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&kept);
        let _ = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new("info,switchboard=trace"))
            .with_writer(move || Kept(Arc::clone(&writer)))
            .try_init();
        kept
    });
}

/// Everything that was logged so far, by every test of this run.
#[must_use]
pub fn text() -> String {
    let kept = KEPT.get().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner).clone());
    String::from_utf8_lossy(&kept.unwrap_or_default()).into_owned()
}
