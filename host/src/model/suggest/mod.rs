//! Suggestions: which two people may be one, how likely, and why, in words for the person who decides.
//!
//! This is probabilistic record linkage after Fellegi and Sunter (*A Theory for Record Linkage*, JASA 64,
//! 1969). Each field that both people have is compared and falls into a [`Level`] of agreement. A level is
//! worth log2(m / u) bits, where m is how often it occurs between two records of one person and u how often
//! between two people; the bits of all fields and the odds before anything is compared add up, and the sum
//! is a probability.
//!
//! A suggestion joins nobody: it is shown to a person (invariant I9). How a store uses this: keep the
//! [`Facts::keys`] of every person in an index, look up who shares a key with a person that changed (a key
//! of more than [`MAX_PEOPLE_PER_KEY`] people tells nothing and is passed over), [`compare`] those, and
//! keep what reaches [`THRESHOLD`].

mod address;
mod birthday;
mod compare;
mod contact;
mod facts;
mod key;
mod level;
mod name;
mod said;
#[cfg(test)]
mod tests;
mod text;
mod weights;
mod words;

pub use address::AddressParts;
pub use compare::{Comparison, Reason, compare};
pub use facts::{Facts, MAX_TEXT, MAX_VALUES};
pub use key::{MAX_KEYS, MAX_PEOPLE_PER_KEY};
pub use level::{Field, Level};
pub use said::Said;
pub(in crate::model) use text::{fold, words as folded_words};
pub use weights::{MAX_LEARNED, THRESHOLD, Weights};
