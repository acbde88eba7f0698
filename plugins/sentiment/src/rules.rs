//! From tokens to one polarity: VADER's rules (Hutto & Gilbert 2014), for six languages.

use crate::grammar::Grammar;
use crate::language::Language;
use crate::lexicon;
use crate::tokens::{self, Kind, Token};

/// How much a booster adds to a rating (VADER, measured on rated pairs).
pub const BOOST: f64 = 0.293;
/// How much capitals add to a rating where other words have none (VADER).
pub const CAPITALS: f64 = 0.733;
/// What a negator multiplies a rating with (VADER).
pub const NEGATION: f64 = -0.74;
/// How much an exclamation mark adds to the sum, up to four of them (VADER).
pub const EXCLAMATION: f64 = 0.292;
/// How much a question mark adds to the sum when there are two or three; more add 0.96 (VADER).
pub const QUESTION: f64 = 0.18;
/// The weight of what stands before and after "but" (VADER).
pub const BUT: (f64, f64) = (0.5, 1.5);
/// The share of a booster's effect at a distance of one, two and three words (VADER).
pub const DISTANCE: [f64; 3] = [1.0, 0.95, 0.9];
/// Words of the longest phrase in the list.
const PHRASE: usize = 4;
/// What flattens the sum into -1 to 1: `sum / sqrt(sum² + ALPHA)` (VADER).
pub const ALPHA: f64 = 15.0;

/// What the rules made of a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// From -1 to 1.
    pub polarity: f64,
    /// The sum of the pleasant ratings, from 0.
    pub pleasant: f64,
    /// The sum of the unpleasant ratings, from 0 up as well.
    pub unpleasant: f64,
    /// How many words and signs had a rating.
    pub rated: usize,
    /// What was rated, and how.
    pub words: Words,
}

/// The words, phrases and signs that a polarity comes from, in the order of the text, each once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Words {
    /// Pleasant ones, as the rules left them: in "not bad" it is "bad".
    pub pleasant: Vec<String>,
    /// Unpleasant ones.
    pub unpleasant: Vec<String>,
}

/// Applies the rules. Without a language only signs are rated.
pub fn judge(text: &str, tokens: &[Token], language: Option<Language>) -> Verdict {
    let sentence = language.map(|language| Sentence::new(tokens, language));
    let ratings = match &sentence {
        Some(sentence) => sentence.ratings(),
        None => tokens.iter().map(sign).collect(),
    };
    let mut verdict = Verdict::default();
    for (at, rating) in ratings.into_iter().enumerate().filter(|(_, rating)| *rating != 0.0) {
        verdict.rated += 1;
        let words = if rating > 0.0 {
            verdict.pleasant += rating;
            &mut verdict.words.pleasant
        } else {
            verdict.unpleasant -= rating;
            &mut verdict.words.unpleasant
        };
        let length = sentence.as_ref().map_or(1, |sentence| sentence.phrase[at].max(1));
        let word = tokens::phrase(&tokens[at..at + length]);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let sum = verdict.pleasant - verdict.unpleasant;
    verdict.polarity = flatten(sum + emphasis(text).copysign(sum) * f64::from(sum != 0.0));
    verdict
}

fn sign(token: &Token) -> f64 {
    match token.kind {
        Kind::Sign(rating) => rating,
        Kind::Word => 0.0,
    }
}

/// Brings any sum into -1 to 1.
fn flatten(sum: f64) -> f64 {
    (sum / (sum * sum + ALPHA).sqrt()).clamp(-1.0, 1.0)
}

/// What exclamation and question marks add to the strength of the whole.
fn emphasis(text: &str) -> f64 {
    let exclamations = text.bytes().filter(|b| *b == b'!').take(4).count();
    let questions = text.bytes().filter(|b| *b == b'?').take(4).count();
    let asked = match questions {
        0 | 1 => 0.0,
        2 | 3 => questions as f64 * QUESTION,
        _ => 0.96,
    };
    exclamations as f64 * EXCLAMATION + asked
}

/// A message with its lexicon ratings, before the rules.
struct Sentence<'a> {
    tokens: &'a [Token],
    grammar: &'static Grammar,
    english: bool,
    base: Vec<Option<f64>>,
    /// Of how many words the phrase is that a word is part of, 0 if it is part of none. The words of
    /// a phrase are rated as one and change nothing else.
    phrase: Vec<usize>,
    /// Whether some words are in capitals and others are not.
    capitals_stand_out: bool,
}

impl<'a> Sentence<'a> {
    fn new(tokens: &'a [Token], language: Language) -> Self {
        let loud = tokens.iter().filter(|token| token.capitals).count();
        let mut sentence = Self {
            tokens,
            grammar: Grammar::of(language),
            english: language == Language::English,
            base: tokens.iter().map(|token| rate(token, language)).collect(),
            phrase: vec![0; tokens.len()],
            capitals_stand_out: loud > 0 && loud < tokens.len(),
        };
        sentence.rate_phrases(language);
        for at in (0..tokens.len()).rev() {
            if sentence.grammar.degree(&tokens[at].text) != 0.0 && !sentence.stands_alone(at) {
                sentence.base[at] = None;
            }
        }
        sentence
    }

    /// Gives the first word of every phrase the phrase's rating, and its other words none.
    fn rate_phrases(&mut self, language: Language) {
        let mut at = 0;
        while at < self.tokens.len() {
            let longest = PHRASE.min(self.tokens.len() - at);
            let found = (2..=longest).rev().find_map(|length| {
                let words = tokens::phrase(&self.tokens[at..at + length]);
                lexicon::phrase(language, &words).map(|rating| (length, rating))
            });
            let Some((length, rating)) = found else {
                at += 1;
                continue;
            };
            self.base[at..at + length].fill(None);
            self.base[at] = Some(rating).filter(|rating| *rating != 0.0);
            self.phrase[at..at + length].fill(length);
            at += length;
        }
    }

    /// Whether a booster has nothing to boost and so speaks for itself: "this was incredible".
    fn stands_alone(&self, at: usize) -> bool {
        let clause = self.tokens[at].clause;
        let mut after = (at + 1..self.tokens.len()).take(2).filter(|i| self.tokens[*i].clause == clause);
        self.phrase[at] > 0 || !after.any(|i| self.base[i].is_some())
    }

    fn ratings(&self) -> Vec<f64> {
        let mut ratings: Vec<f64> = (0..self.tokens.len()).map(|at| self.rating(at)).collect();
        if self.grammar.negates_backwards {
            self.negate_backwards(&mut ratings);
        }
        self.weigh_contrast(&mut ratings);
        ratings
    }

    fn word(&self, at: usize) -> &str {
        &self.tokens[at].text
    }

    /// The word `back` places before `at`, if there is one.
    fn before(&self, at: usize, back: usize) -> Option<&str> {
        at.checked_sub(back).map(|at| self.word(at))
    }

    /// The rating of the token at `at` after capitals, boosters and negators before it.
    fn rating(&self, at: usize) -> f64 {
        if let Kind::Sign(rating) = self.tokens[at].kind {
            return rating;
        }
        let Some(mut rating) = self.base[at] else {
            return 0.0;
        };
        if self.word(at) == "no" && self.english && self.base.get(at + 1).is_some_and(Option::is_some) {
            return 0.0;
        }
        if self.tokens[at].capitals && self.capitals_stand_out {
            rating += CAPITALS.copysign(rating);
        }
        let denial = !self.stands_undenied(at);
        let mut denied = false;
        for (distance, share) in (1..).zip(DISTANCE) {
            let Some(other) = at.checked_sub(distance) else {
                break;
            };
            let word = self.word(other);
            if self.base[other].is_none() && self.phrase[other] == 0 {
                let degree = self.grammar.degree(word);
                let loud = self.tokens[other].capitals && self.capitals_stand_out;
                let boost = degree * BOOST + f64::from(loud && degree != 0.0) * CAPITALS;
                rating += (boost * share).abs().copysign(rating) * boost.signum();
            }
            // Only in English do two negators cancel out: "ne … pas" and "no … nada" deny once.
            if denial && self.negates(other, at) && (self.english || !denied) {
                rating *= NEGATION;
                denied = true;
            }
        }
        if self.english
            && self.before(at, 1) == Some("least")
            && !matches!(self.before(at, 2), Some("at" | "very"))
        {
            rating *= NEGATION;
        }
        rating
    }

    /// Whether the word at `negator` denies the word at `at`, which follows it in the same clause.
    /// (VADER looks across commas; "no, it is great" is why this does not.)
    fn negates(&self, negator: usize, at: usize) -> bool {
        let word = self.word(negator);
        let next = self.word(negator + 1);
        if !self.grammar.negates(word) || self.phrase[negator] > 0 {
            return false;
        }
        if self.english {
            match (word, next) {
                ("never", _)
                    if self.tokens[negator..at].iter().any(|t| t.text == "so" || t.text == "this") =>
                {
                    return false;
                }
                ("without", "doubt") | ("not", "only") => return false,
                ("no", "doubt" | "wonder") => return false,
                _ => {}
            }
        }
        self.tokens[negator].clause == self.tokens[at].clause
    }

    /// Whether a negator before it leaves a word as it is: an aside, or a phrase that denies something
    /// itself, for French denies twice: "je n'ai toujours pas".
    fn stands_undenied(&self, at: usize) -> bool {
        let phrase = &self.tokens[at..at + self.phrase[at]];
        self.is_aside(at) || !self.english && phrase.iter().any(|token| self.grammar.negates(&token.text))
    }

    fn is_aside(&self, at: usize) -> bool {
        self.grammar.asides.contains(&self.word(at))
    }

    /// A negator that denies nothing after it denies what came before it: "gefällt mir nicht".
    fn negate_backwards(&self, ratings: &mut [f64]) {
        for at in 0..self.tokens.len() {
            if !self.grammar.negates(self.word(at)) || self.phrase[at] > 0 {
                continue;
            }
            let clause = self.tokens[at].clause;
            let rated = |i: usize| ratings[i] != 0.0 && !self.is_aside(i) && self.tokens[i].clause == clause;
            if (at + 1..(at + 4).min(ratings.len())).any(rated) {
                continue;
            }
            let weighty = |i: &usize| !self.is_aside(*i) && self.grammar.degree(self.word(*i)) == 0.0;
            let denied = (0..at).rev().filter(weighty).take(3).find(|i| rated(*i));
            if let Some(denied) = denied
                && matches!(self.tokens[denied].kind, Kind::Word)
                && !(denied.saturating_sub(3)..denied).any(|i| self.grammar.negates(self.word(i)))
            {
                ratings[denied] *= NEGATION;
            }
        }
    }

    /// "But" halves what came before it and strengthens what comes after.
    fn weigh_contrast(&self, ratings: &mut [f64]) {
        let is_contrast = |token: &Token| self.grammar.contrasts.contains(&token.text.as_str());
        let Some(at) = self.tokens.iter().position(is_contrast) else {
            return;
        };
        for rating in &mut ratings[..at] {
            *rating *= BUT.0;
        }
        for rating in &mut ratings[at..] {
            *rating *= BUT.1;
        }
    }
}

/// A token's rating; a word stretched for emphasis counts as the word it stretches.
fn rate(token: &Token, language: Language) -> Option<f64> {
    let word = token.text.as_str();
    if let Kind::Sign(rating) = token.kind {
        return Some(rating);
    }
    let rating = lexicon::rating(language, word).or_else(|| {
        let twice = squeezed(word, 2)?;
        lexicon::rating(language, &twice).or_else(|| lexicon::rating(language, &squeezed(word, 1)?))
    });
    rating.filter(|rating| *rating != 0.0)
}

/// `word` with every run of three equal letters or more cut to `keep`; `None` without such a run.
fn squeezed(word: &str, keep: usize) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).find(|w| w[0] == w[1] && w[1] == w[2])?;
    let mut short = String::with_capacity(word.len());
    for run in letters.chunk_by(|a, b| a == b) {
        let length = if run.len() > 2 { keep } else { run.len() };
        short.extend(&run[..length]);
    }
    Some(short)
}
