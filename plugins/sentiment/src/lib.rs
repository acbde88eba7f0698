//! What a short message sounds like: its language, its mood and its urgency.
//!
//! The mood follows VADER (Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment
//! Analysis of Social Media Text", ICWSM 2014): a lexicon of rated words, and rules for negation,
//! boosters, capitals, punctuation, emoji and "but". English, German, Spanish, French, Italian and
//! Portuguese are scored. Any other language is said to be unknown and gets no mood.
//!
//! Everything here is pure: text in, [`Analysis`] out. The word lists are sorted tables read in
//! place, so a fresh instance has nothing to set up. Modules form a chain, left to right:
//! [`lexicon`], [`language`], [`tokens`], [`grammar`], [`rules`], [`urgency`], [`score`].

pub mod grammar;
pub mod language;
pub mod lexicon;
pub mod rules;
pub mod score;
pub mod tokens;
pub mod urgency;

pub use language::{Language, Recognised};
pub use score::{Analysis, Label, Mood, analyse};
pub use urgency::Urgency;
