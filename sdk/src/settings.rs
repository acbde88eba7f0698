//! What the operator set for this connection.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::switchboard::plugin::settings as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::settings as host;

/// All settings, as a type of the plugin's own. The host has checked them against the manifest's schema
/// and filled in its defaults, so an error means that schema and type disagree.
pub fn get<T: DeserializeOwned>() -> Result<T> {
    serde_json::from_str(&host::get()).map_err(|error| Error::misconfigured(format!("settings: {error}")))
}

/// All settings as a JSON object.
pub fn json() -> String {
    host::get()
}

/// The connection's own id, stable for its life: to scope vendor ids by.
pub fn connection() -> String {
    host::connection()
}

/// The public address of this connection, for telling the vendor where to call.
pub fn public_url() -> String {
    host::public_url()
}
