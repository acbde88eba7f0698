//! Live updates to browsers, for channels with a page of their own such as a chat widget.

use crate::error::Result;
use crate::time::Duration;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::switchboard::plugin::realtime as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::realtime as host;

/// A ticket that lets its holder listen to one topic of this connection for so many milliseconds.
pub fn ticket(topic: &str, valid_for: Duration) -> Result<String> {
    host::ticket(topic, valid_for)
}

/// Sends a JSON document to everyone who listens to `topic` now. It is not kept.
pub fn publish(topic: &str, json: &str) -> Result<()> {
    host::publish(topic, json)
}
