//! The sandbox: one engine, one pool of places, one ticker, one cache of compiled code.

use std::sync::Arc;

use super::{HostServices, Plugin, PluginError, RuntimeOptions};
use crate::ambient::Ambient;

/// Runs plugins. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {}

impl Runtime {
    /// Sets the sandbox up: reserves the pool's address space, starts the ticker.
    ///
    /// # Errors
    /// When the options cannot be met on this machine; the message says which to change.
    pub fn new(
        options: &RuntimeOptions,
        services: Arc<dyn HostServices>,
        ambient: Ambient,
    ) -> Result<Self, PluginError> {
        todo!()
    }

    /// Checks, compiles (or takes from the cache) and links a component file.
    ///
    /// # Errors
    /// When the file is not a plugin this hub can run; the message says what to do.
    pub async fn load(&self, wasm: &[u8]) -> Result<Plugin, PluginError> {
        todo!()
    }
}
