//! What a plugin asks for, and what an operator granted of it.
//!
//! A manifest asks; an operator approves; what a plugin may do is what is in both ([`Grants::cut`]).
//! Grants are kept as texts such as `host:GET:api.example.com`, so that two versions of a plugin can be
//! compared, and one grant can be named on the command line and in a refusal.

mod ask;
mod cut;
mod name;
mod set;
#[cfg(test)]
mod tests;

pub use ask::Ask;
pub use name::UnknownAsk;
pub use set::Grants;

use super::manifest::Manifest;

/// Why something that was not granted is refused: because the operator did not grant what the manifest asks
/// for, or because nobody asked for it, which is `otherwise`.
pub fn refusal(asks: &Manifest, ask: &Ask, otherwise: impl FnOnce() -> String) -> String {
    if Grants::asked(asks).covers(ask) {
        format!(
            "`{ask}` was not granted: `switchboard plugin approve {}` grants everything that it asks for",
            asks.name
        )
    } else {
        otherwise()
    }
}
