//! Randomness, for ids and tokens of the plugin's own. Never for an event's key: a replayed delivery must
//! make the same one.

/// So many random bytes, fit for secrets.
#[cfg(target_arch = "wasm32")]
pub fn bytes(count: usize) -> Vec<u8> {
    wasip2::random::random::get_random_bytes(count as u64)
}

/// So many bytes: off wasm 1, 2, 3, …, so that a test knows them.
#[cfg(not(target_arch = "wasm32"))]
pub fn bytes(count: usize) -> Vec<u8> {
    (1..=255).cycle().take(count).collect()
}
