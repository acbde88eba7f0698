//! A small store of the connection's own: a cursor, a cache, tokens seen before. No other connection sees
//! it.
//!
//! Each change is committed by itself, whole or not at all, and lasts even when the call that made it fails
//! or is ended afterwards: what must change together stands under one key. One that would go over the
//! operator's budget for a key, a value or the whole store is not made, and ends the call like a panic.

use crate::error::Result;
use crate::time::Duration;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::switchboard::plugin::key_value as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::key_value as host;

/// The value under a key; `None` when there is none or its time is over.
pub fn get(key: &str) -> Result<Option<Vec<u8>>> {
    host::get(key)
}

/// The value under a key as text; `None` also when it is no UTF-8.
pub fn get_text(key: &str) -> Result<Option<String>> {
    Ok(get(key)?.and_then(|value| String::from_utf8(value).ok()))
}

/// Sets the value under a key, for ever or for so many milliseconds. [`Error::Reject`](crate::Error::Reject)
/// for an empty key, [`Error::AccessDenied`](crate::Error::AccessDenied) when the storage that the manifest
/// asks for was not granted.
pub fn set(key: &str, value: impl AsRef<[u8]>, keep_for: Option<Duration>) -> Result<()> {
    host::set(key, value.as_ref(), keep_for)
}

/// Sets the value only where the key has none, and says whether it did: to do a thing once.
pub fn set_if_absent(key: &str, value: impl AsRef<[u8]>, keep_for: Option<Duration>) -> Result<bool> {
    host::set_if_absent(key, value.as_ref(), keep_for)
}

/// Removes a key; no error when there is none.
pub fn delete(key: &str) -> Result<()> {
    host::delete(key)
}

/// The keys that begin with `prefix`, sorted, at most `limit` of them, those after `after`.
pub fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>> {
    host::keys(prefix, after, limit)
}
