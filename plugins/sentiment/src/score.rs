//! The answer for one message.

use crate::language::{Language, Recognised, recognise};
use crate::rules::{Verdict, Words, judge};
use crate::tokens::{Kind, Token, tokens};
use crate::urgency::{Urgency, urgency};

/// Polarities beyond this, either side, are a mood; between them a message is neutral (VADER).
pub const NEUTRAL: f64 = 0.05;

/// What a message sounds like.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// `None`: none of the six languages, or too little text to tell. It is never guessed.
    pub language: Option<Recognised>,
    /// `None` where the language is unknown, except that emoji alone have a mood in any language.
    pub mood: Option<Mood>,
    /// How soon somebody should answer; told in any language.
    pub urgency: Urgency,
}

/// How the writer feels.
#[derive(Debug, Clone, PartialEq)]
pub struct Mood {
    /// From -1, most unpleasant, to 1, most pleasant.
    pub polarity: f64,
    /// The polarity in one word.
    pub label: Label,
    /// How much the label can be trusted, from 0 to 1: more rated words, words that agree and a
    /// language that is certain raise it. It is an order, not a probability.
    pub confidence: f64,
    /// What the polarity comes from.
    pub words: Words,
}

/// A polarity in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Pleasant, from [`NEUTRAL`] up.
    Positive,
    /// Neither.
    Neutral,
    /// Unpleasant, from `-`[`NEUTRAL`] down.
    Negative,
}

impl Label {
    /// The name by which messages are filtered.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
        }
    }

    /// The label of a polarity.
    pub fn of(polarity: f64) -> Self {
        if polarity >= NEUTRAL {
            Self::Positive
        } else if polarity <= -NEUTRAL {
            Self::Negative
        } else {
            Self::Neutral
        }
    }
}

/// Words that every language writes and that say nothing of which one it is.
const INTERNATIONAL: [&str; 4] = ["ok", "okay", "haha", "lol"];

/// Reads a message.
pub fn analyse(text: &str) -> Analysis {
    let recognised = recognise(text);
    let language = recognised.map(|recognised| recognised.language);
    let tokens = tokens(text, language);
    let mood = match recognised {
        Some(recognised) => Some(mood(text, &tokens, language, recognised.certainty)),
        None if signs_alone(&tokens) => Some(mood(text, &tokens, None, 1.0)),
        None => None,
    };
    Analysis { language: recognised, mood, urgency: urgency(text, &tokens, language) }
}

fn mood(text: &str, tokens: &[Token], language: Option<Language>, certainty: f64) -> Mood {
    let verdict = judge(text, tokens, language);
    let label = Label::of(verdict.polarity);
    Mood {
        polarity: verdict.polarity,
        label,
        confidence: certainty * trust(&verdict, label),
        words: verdict.words,
    }
}

/// How far the ratings bear the label out, from 0 to 1.
fn trust(verdict: &Verdict, label: Label) -> f64 {
    if verdict.rated == 0 {
        return 0.5; // Nothing pleasant or unpleasant was found, which is weak evidence.
    }
    let agreement = verdict.polarity.abs();
    match label {
        Label::Neutral => 0.5 * (1.0 - agreement),
        Label::Positive | Label::Negative => {
            let one_sided =
                (verdict.pleasant - verdict.unpleasant).abs() / (verdict.pleasant + verdict.unpleasant);
            0.5 * agreement + 0.5 * one_sided
        }
    }
}

/// Whether there is an emoji or emoticon, and no word that would have to be understood.
fn signs_alone(tokens: &[Token]) -> bool {
    let sign = |token: &Token| matches!(token.kind, Kind::Sign(_));
    tokens.iter().any(sign)
        && tokens.iter().all(|token| {
            sign(token)
                || INTERNATIONAL.contains(&token.text.as_str())
                || !token.text.chars().any(char::is_alphabetic)
        })
}
