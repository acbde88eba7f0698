//! Why a hub cannot start or reload.

use crate::plugin::PluginError;
use crate::store::StoreError;

/// Why a hub cannot start or reload.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The store did not answer.
    #[error("the store cannot be used")]
    Store(#[from] StoreError),
    /// The sandbox could not be set up.
    #[error("the sandbox for plugins cannot be set up")]
    Plugin(#[from] PluginError),
}
