//! Which of six languages a message is in, or that it is in none of them.
//!
//! Every word votes: whole common words first, then its trigrams. Twenty-eight more languages vote
//! too, only to be refused. The answer is `None` unless one of the six leads clearly.

pub mod columns;

use crate::lexicon;
use columns::{COLUMNS, PROFILED, TARGETS};

/// A language that can be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `en`
    English,
    /// `de`
    German,
    /// `es`
    Spanish,
    /// `fr`
    French,
    /// `it`
    Italian,
    /// `pt`
    Portuguese,
}

impl Language {
    /// All of them, in the order of [`COLUMNS`].
    pub const ALL: [Self; TARGETS] =
        [Self::English, Self::German, Self::Spanish, Self::French, Self::Italian, Self::Portuguese];

    /// The code in ISO 639-1 and BCP 47.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Italian => "it",
            Self::Portuguese => "pt",
        }
    }
}

/// The language of a message, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognised {
    /// Which one leads.
    pub language: Language,
    /// From 0.5, it leads just enough, to 1.
    pub certainty: f64,
}

/// What a common word is worth to the languages that have it, by its length in letters: short words
/// are shared by chance. In nats; tuned by hand on interface texts, not on the tests.
const COMMON: [f32; 4] = [0.0, 1.0, 2.2, 3.4];
/// The four levels of a trigram in steps of 0.45 nats, the mean of what each stands for.
const LEVELS: [f32; 4] = [0.0, 7.0, 10.0, 12.7];
/// The most frequent trigrams there are, in the same steps.
const FULL: f32 = 15.0;
/// What a step counts, in nats: less than 0.45 because trigrams overlap.
const LEVEL: f32 = 0.16;
/// How much the trigrams of a common word still say, beside the word itself.
const KNOWN: f32 = 0.3;
/// What a word of the English mood lexicon is worth, if it has [`LONG`] letters: "tasteless". The
/// other lexicons keep stems, which match too much.
const RATED: f32 = 2.0;
const LONG: usize = 5;
/// The most that one word may tell a language from another: a name must not decide.
const WORD_LIMIT: f32 = 4.5;
/// A lead over the next language that makes an answer, in nats.
const LEAD: f32 = 1.2;
/// The same when no common word was among the words.
const LEAD_BY_TRIGRAMS: f32 = 4.0;
/// The least share of a text that must look like the language that wins, so that a language which
/// nobody taught the recogniser is not taken for its nearest neighbour.
const FIT: f32 = 0.56;
/// Languages with few writers and a big neighbour, and the nats that they start behind the others
/// with: one must be heard in a word of its own, or no short Portuguese or Spanish message would
/// ever be recognised.
const SELDOM: [(&str, f32); 8] =
    [("af", 2.5), ("ca", 1.0), ("sq", 1.0), ("cy", 1.0), ("so", 1.0), ("gl", 2.5), ("eu", 2.5), ("ga", 2.5)];
/// Letters that a message has at the least.
const SHORTEST: f32 = 3.0;
/// Words after which a longer text changes nothing.
const ENOUGH: usize = 200;

/// The language of `text`, `None` if it is none of the six or too little to tell.
pub fn recognise(text: &str) -> Option<Recognised> {
    if mostly_another_script(text) {
        return None;
    }
    let mut poll = Poll::default();
    for word in words(text).take(ENOUGH) {
        poll.add(&word);
    }
    let best = (0..TARGETS).max_by(|a, b| poll.votes[*a].total_cmp(&poll.votes[*b]))?;
    let next = (0..COLUMNS.len()).filter(|c| *c != best).map(|c| poll.votes[c]).fold(0.0, f32::max);
    let lead = poll.votes[best] - next;
    let needed = if poll.common[best] > 0 { LEAD } else { LEAD_BY_TRIGRAMS };
    if lead < needed || poll.letters < SHORTEST || poll.fit[best] < FIT * poll.letters {
        return None;
    }
    let certainty = 1.0 - 0.5 * f64::exp(-f64::from(lead - needed) / 4.0);
    Some(Recognised { language: Language::ALL[best], certainty })
}

/// What the words of a message say about each language, by column.
struct Poll {
    /// Nats above the least likely language, at most [`WORD_LIMIT`] from each word.
    votes: [f32; COLUMNS.len()],
    /// How many words are common in the language.
    common: [u32; COLUMNS.len()],
    /// How much of the text looks like the language at all, of `letters`.
    fit: [f32; COLUMNS.len()],
    letters: f32,
}

impl Default for Poll {
    fn default() -> Self {
        let none = [0.0; COLUMNS.len()];
        let mut votes = none;
        for (column, vote) in votes.iter_mut().enumerate() {
            *vote =
                -SELDOM.iter().find(|(code, _)| *code == COLUMNS[column]).map_or(0.0, |(_, behind)| *behind);
        }
        Self { votes, common: [0; COLUMNS.len()], fit: none, letters: 0.0 }
    }
}

impl Poll {
    fn add(&mut self, word: &str) {
        let mut score = [0.0_f32; COLUMNS.len()];
        let padded: Vec<char> = format!(" {word} ").chars().collect();
        let mut letters = String::with_capacity(12);
        for three in padded.windows(3) {
            letters.clear();
            letters.extend(three);
            if let Some(levels) = lexicon::trigram(&letters) {
                for (column, score) in score.iter_mut().enumerate().take(PROFILED) {
                    *score += LEVELS[(levels >> (2 * column) & 3) as usize];
                }
            }
        }
        let all = (padded.len() - 2) as f32;
        self.letters += all;
        for (fit, score) in self.fit.iter_mut().zip(score) {
            *fit += score / FULL;
        }
        // Without a profile a language is as likely as its neighbours: Galician and Basque as
        // Spanish or Portuguese, Irish as English.
        let [english, .., portuguese] = score[..TARGETS] else {
            return;
        };
        let iberian = portuguese.max(score[2]);
        score[PROFILED..].copy_from_slice(&[iberian, iberian, english]);
        let length = word.chars().count();
        let (mask, worth) = match lexicon::languages_of(word) {
            Some(mask) => (mask, COMMON[length.min(3)]),
            None if length >= LONG && lexicon::rating(Language::English, word).is_some() => (1, RATED),
            None => (0, 0.0),
        };
        for (column, score) in score.iter_mut().enumerate() {
            *score *= if mask == 0 { LEVEL } else { LEVEL * KNOWN };
            if mask >> column & 1 == 1 {
                *score += worth;
                self.common[column] += 1;
                self.fit[column] += all;
            }
        }
        let top = score.iter().copied().fold(f32::MIN, f32::max);
        for (total, score) in self.votes.iter_mut().zip(score) {
            *total += WORD_LIMIT - (top - score).min(WORD_LIMIT);
        }
    }
}

/// Words worth a vote, in lower case. Addresses, handles and anything with a digit say nothing.
fn words(text: &str) -> impl Iterator<Item = String> {
    let chunks = text.split_whitespace().filter(|chunk| {
        !chunk.contains(['@', '#', '/', '_', '&', '=']) && !chunk.chars().any(|c| c.is_ascii_digit())
    });
    let parts = chunks.flat_map(|chunk| chunk.split(|c: char| !c.is_alphabetic() && c != '·'));
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// Whether three in ten letters or more are not Latin.
fn mostly_another_script(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (mut all, mut other) = (0_usize, 0_usize);
    for letter in letters {
        all += 1;
        // Latin ends with Extended-B; Latin Extended Additional has Vietnamese.
        if !matches!(letter, '\u{0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') {
            other += 1;
        }
    }
    other * 10 >= all * 3 && other > 0
}
