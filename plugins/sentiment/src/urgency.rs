//! How soon somebody should answer, from the words and marks that say so.
//!
//! Each cue has a weight from 0 to 1 (`lexicon/urgency.txt`). Cues add up as chances do,
//! `1 - (1 - a)(1 - b)…`, so that more cues mean more urgency and the sum stays below 1.

use crate::grammar::Grammar;
use crate::language::Language;
use crate::lexicon;
use crate::tokens::{Kind, Token};

/// How urgent a message is and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Urgency {
    /// From 0, whenever, to 1, at once.
    pub level: f64,
    /// The cues in the order of the text, each once: phrases, `!!`, `??`, `CAPITALS`.
    pub cues: Vec<String>,
}

/// Words of the longest phrase in the list.
const LONGEST: usize = 5;
/// The weight of two marks in a row, and of three or more.
const MARKS: (f64, f64) = (0.1, 0.2);
/// The weight of a message of three words or more, half of them in capitals.
const SHOUTING: f64 = 0.25;
/// Words before a cue that call it off: "not urgent", "no rush" (beside the language's negators).
const NEAR: usize = 2;

/// The urgency of a message. Without a language only international cues and marks count.
pub fn urgency(text: &str, tokens: &[Token], language: Option<Language>) -> Urgency {
    let mut urgency = Urgency::default();
    let mut calm = 1.0;
    let mut note = |cue: String, weight: f64, urgency: &mut Urgency| {
        if !urgency.cues.contains(&cue) {
            calm *= 1.0 - weight;
            urgency.cues.push(cue);
        }
    };
    let mut at = 0;
    while at < tokens.len() {
        match phrase(tokens, at, language) {
            Some((length, cue, weight)) => {
                if !called_off(tokens, at, length, language) {
                    note(cue, weight, &mut urgency);
                }
                at += length;
            }
            None => at += 1,
        }
    }
    for mark in ['!', '?'] {
        match longest_run(text, mark) {
            0 | 1 => {}
            2 => note(mark.to_string().repeat(2), MARKS.0, &mut urgency),
            _ => note(mark.to_string().repeat(3), MARKS.1, &mut urgency),
        }
    }
    if shouts(tokens) {
        note("CAPITALS".to_owned(), SHOUTING, &mut urgency);
    }
    urgency.level = 1.0 - calm;
    urgency
}

/// The longest phrase of the list that starts at `at`: its length in words, itself, its weight.
fn phrase(tokens: &[Token], at: usize, language: Option<Language>) -> Option<(usize, String, f64)> {
    let rest = &tokens[at..];
    (1..=LONGEST.min(rest.len())).rev().find_map(|length| {
        let words = crate::tokens::phrase(&rest[..length]);
        let weight = language
            .and_then(|language| lexicon::urgency(&format!("{}:{words}", language.code())))
            .or_else(|| lexicon::urgency(&format!("*:{words}")))?;
        Some((length, words, weight))
    })
}

/// Whether a negator right before the cue takes it back. A cue that denies something itself, like
/// "no reply", stands: French denies twice, "je n'ai toujours pas…".
fn called_off(tokens: &[Token], at: usize, length: usize, language: Option<Language>) -> bool {
    let Some(language) = language else {
        return false;
    };
    let grammar = Grammar::of(language);
    let clause = tokens[at].clause;
    let denies = |token: &Token| grammar.negates(&token.text);
    !tokens[at..at + length].iter().any(denies)
        && tokens[at.saturating_sub(NEAR)..at].iter().any(|token| token.clause == clause && denies(token))
}

/// The most times that `mark` stands in a row; `!` and `?` may be mixed.
fn longest_run(text: &str, mark: char) -> usize {
    let runs = text.split(|c| c != '!' && c != '?');
    runs.map(|run| run.chars().filter(|c| *c == mark).count()).max().unwrap_or(0)
}

fn shouts(tokens: &[Token]) -> bool {
    let words = tokens.iter().filter(|token| token.kind == Kind::Word);
    let (all, loud) = words.fold((0, 0), |(all, loud), token| (all + 1, loud + usize::from(token.capitals)));
    all >= 3 && loud * 2 >= all
}
