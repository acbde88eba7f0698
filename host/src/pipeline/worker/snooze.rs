//! Wakes conversations that were left alone until now.

use crate::pipeline::Hub;
use crate::pipeline::installed::THE_HUB;
use crate::pipeline::registry::with_sources;

/// How many are woken at a time.
const AT_ONCE: u32 = 100;

/// Works until the hub stops.
pub(super) async fn run(hub: Hub) {
    loop {
        let more = match hub.store().wake_conversations(THE_HUB, AT_ONCE).await {
            Ok(woken) => woken >= AT_ONCE as usize,
            Err(error) => {
                if !error.passes() {
                    tracing::error!(error = with_sources(&error), "conversations cannot be woken");
                }
                false
            }
        };
        let wait = if more { std::time::Duration::ZERO } else { super::TICK };
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
