//! What people are searched by, and how well something fits what was typed.
//!
//! A store keeps the [`Terms`] of every person in indexes: each word of a name with its [`deletions`], and each
//! identifier as a handle that can be looked up from its beginning. What is typed becomes a [`Query`], which
//! names everything that is to be looked up; [`Query::likeness`] and [`Query::matches`] judge what was found by
//! the same rules, whatever index it came from.

mod hit;
mod query;
mod snippet;
mod terms;
mod typo;

pub use hit::{Hit, Match, Place, RecordRef};
pub(crate) use query::{A_MESSAGE, THE_ID, THE_NAME, THE_ORDER};
pub use query::{MAX_TEXT, MAX_WORDS, Query};
pub use snippet::snippet;
pub use terms::{FIELDS, Terms, message_words};
pub use typo::{deletions, lookups, slips};
