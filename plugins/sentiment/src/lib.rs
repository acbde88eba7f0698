//! What a short message sounds like: its language, its mood and its urgency.
//!
//! The mood follows VADER (Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment
//! Analysis of Social Media Text", ICWSM 2014): a lexicon of rated words, and rules for negation,
//! boosters, capitals, punctuation, emoji and "but". English, German, Spanish, French, Italian and
//! Portuguese are scored. Any other language is said to be unknown and gets no mood.
//!
//! `README.md` is the operator's page. Here is the plugin; beneath it everything is pure, text in and
//! [`Analysis`] out. The word lists are sorted tables read in place, so a fresh instance has nothing to
//! set up. Modules form a chain, left to right: [`lexicon`], [`language`], [`tokens`], [`grammar`],
//! [`rules`], [`urgency`], [`score`], [`insight`].

pub mod grammar;
pub mod insight;
pub mod language;
pub mod lexicon;
pub mod rules;
pub mod score;
pub mod tokens;
pub mod urgency;

use switchboard_sdk::{Assistant, Result, assistant, register};

pub use language::{Language, Recognised};
pub use score::{Analysis, Label, Mood, analyse};
pub use urgency::Urgency;

/// The plugin.
#[derive(Debug)]
pub struct Sentiment;
register!(Sentiment: assistant);

impl Assistant for Sentiment {
    fn analyse(input: assistant::Input) -> Result<Vec<assistant::Insight>> {
        let text = input.message.text;
        if text.trim().is_empty() {
            return Ok(Vec::new()); // A picture without words: there is nothing to say of it.
        }
        insight::insights(&analyse(&text))
    }
}
