//! Identifiers of our own things: a newtype each, with a prefix that tells a reader what it names.
//!
//! Three ways to make one, by what must be reproducible:
//! - [`random`](ConnectionId::random) for things that a person or the hub creates;
//! - [`derived`](EventId::derived) for things whose identity follows from what happened, so that the
//!   same events give the same ids in any order and after any rebuild (invariant I3). The hash is
//!   keyed by the installation, so an id gives nothing away of the phone number it was made from.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The secret of an installation that derived ids are made with: 32 random bytes, made once with the
/// database and kept in it.
#[derive(Clone)]
pub struct IdKey(Hmac<Sha256>);

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey(…)")
    }
}

impl IdKey {
    /// Prepares the key once; deriving then costs one hash of the parts.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        // HMAC takes keys of every length, so this cannot fail.
        Self(Hmac::new_from_slice(bytes).unwrap_or_else(|_| unreachable!("HMAC takes any key")))
    }

    /// A number from 0 to 2^48 - 1 that stands for `text` among those of its kind, and gives nothing of it away.
    /// Among ten million texts, two have the same with a chance of one in six: for look-ups that are checked.
    #[must_use]
    pub fn number(&self, kind: &str, text: &str) -> i64 {
        let hash = self.derive(kind, &[text]);
        hash.iter().take(6).fold(0, |number, byte| number << 8 | i64::from(*byte))
    }

    fn derive(&self, kind: &str, parts: &[&str]) -> [u8; 16] {
        let mut mac = self.0.clone();
        mac.update(kind.as_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let hash = mac.finalize().into_bytes();
        let mut out = [0; 16];
        out.copy_from_slice(&hash[..16]);
        out
    }
}

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`; sorts as the bytes do.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(bytes: [u8; 16]) -> String {
    let mut n = u128::from_be_bytes(bytes);
    let mut out = [0u8; 26];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(n & 31) as usize];
        n >>= 5;
    }
    out.iter().map(|b| char::from(*b)).collect()
}

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {what}: expected `{prefix}_` and 26 letters or digits")]
pub struct IdError {
    given: String,
    what: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new one from 16 random bytes that the caller drew.
            #[must_use]
            pub fn random(bytes: [u8; 16]) -> Self {
                Self(format!(concat!($prefix, "_{}"), encode(bytes)))
            }

            /// The one that belongs to `parts` in this installation: always the same.
            #[must_use]
            pub fn derived(key: &IdKey, parts: &[&str]) -> Self {
                Self::random(key.derive($prefix, parts))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let ok = text.strip_prefix(concat!($prefix, "_")).is_some_and(|rest| {
                    rest.len() == 26 && rest.bytes().all(|b| ALPHABET.contains(&b))
                });
                if ok {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError { given: text.chars().take(80).collect(), what: $what, prefix: $prefix })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(/// An installed plugin with settings, secrets and grants.
    ConnectionId, "conn", "a connection id");
id!(/// One inbound request, kept.
    DeliveryId, "dlv", "a delivery id");
id!(/// One thing that happened. Derived from `(connection, external id)`.
    EventId, "evt", "an event id");
id!(/// One person. Derived from the person's first identifier; merged ids redirect for ever.
    ProfileId, "prof", "a profile id");
id!(/// One matter with one person over any channels.
    ConversationId, "conv", "a conversation id");
id!(/// One message, whichever way it went. Derived from `(connection, vendor id)`.
    MessageId, "msg", "a message id");
id!(/// That two people may be one. Derived from the two; the same two are always the same suggestion.
    SuggestionId, "sug", "a suggestion's id");
id!(/// One intent to send, until it is carried out; also the correlation handed to the vendor.
    OutboxId, "out", "an outbox id");
id!(/// A piece of asynchronous work.
    JobId, "job", "a job id");
id!(/// An API token's public part.
    TokenId, "tok", "a token id");
id!(/// Somebody who works with the hub and signs in.
    AccountId, "acct", "an account's id");
id!(/// Accounts that share work.
    TeamId, "team", "a team's id");
id!(/// A macro, a template or a saved view.
    ShortcutId, "cut", "a shortcut's id");
id!(/// A browser in which somebody is signed in.
    SessionId, "ses", "a session's id");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_depends_on_the_key_the_kind_and_every_part() {
        let (a, b) = (IdKey::new(&[1; 32]), IdKey::new(&[2; 32]));
        let id = EventId::derived(&a, &["x", "yz"]);
        assert_eq!(id, EventId::derived(&a, &["x", "yz"]));
        assert_ne!(id, EventId::derived(&b, &["x", "yz"]));
        assert_ne!(id, EventId::derived(&a, &["xy", "z"]));
        assert_ne!(id.as_str()[4..], MessageId::derived(&a, &["x", "yz"]).as_str()[4..]);
    }

    #[test]
    fn an_id_reads_back_and_another_kinds_id_does_not() {
        let id = ProfileId::random([7; 16]);
        assert_eq!(id.as_str().parse::<ProfileId>(), Ok(id.clone()));
        let refused = id.as_str().parse::<EventId>().map_err(|e| e.to_string());
        assert!(refused.is_err_and(|e| e.contains("an event id") && e.contains("evt_")));
    }
}
