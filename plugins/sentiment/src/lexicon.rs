//! The word lists, packed by the build script. `lexicon/README.md` says where each comes from.

pub mod fold;
pub mod packed;
pub mod stem;

use crate::language::Language;
use packed::Packed;

macro_rules! table {
    ($name:literal) => {
        Packed(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bin")))
    };
}

static ENGLISH: Packed<1> = table!("en");
static GERMAN: Packed<1> = table!("de");
static SPANISH: Packed<1> = table!("es");
static FRENCH: Packed<1> = table!("fr");
static ITALIAN: Packed<1> = table!("it");
static PORTUGUESE: Packed<1> = table!("pt");
static SIGNS: Packed<1> = table!("signs");
static WORDS: Packed<2> = table!("words");
/// The different sets of languages that words belong to, a little-endian `u64` each.
static MASKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/masks.bin"));
static TRIGRAMS: Packed<8> = table!("trigrams");
static PHRASES: Packed<1> = table!("phrases");
static URGENCY: Packed<1> = table!("urgency");

/// How pleasant a word is, from -4 to 4 in VADER's units; `None` if the lexicon does not have it.
/// `word` is folded, see [`fold::fold`].
pub fn rating(language: Language, word: &str) -> Option<f64> {
    let table = match language {
        Language::English => return in_english(word),
        Language::German => &GERMAN,
        Language::Spanish => &SPANISH,
        Language::French => &FRENCH,
        Language::Italian => &ITALIAN,
        Language::Portuguese => &PORTUGUESE,
    };
    if let Some(value) = table.get(word) {
        return Some(tenths(value));
    }
    let mut stem = stem::stem(word, language.code());
    stem.push('~');
    table.get(&stem).map(tenths)
}

/// English lists every form, apostrophes and hyphens included.
fn in_english(word: &str) -> Option<f64> {
    ENGLISH.get(word).map(tenths)
}

/// How pleasant an emoji or an emoticon is, in the units of [`rating`].
pub fn sign(text: &str) -> Option<f64> {
    SIGNS.get(text).map(tenths)
}

/// The languages that a common word belongs to, a bit per column; `word` in lower case.
pub fn languages_of(word: &str) -> Option<u64> {
    let at = usize::from(u16::from_le_bytes(WORDS.get(word)?)) * 8;
    MASKS.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// How frequent three letters are, from 0, rare, to 3: two bits per language, see `lexicon/build.py`.
pub fn trigram(letters: &str) -> Option<u64> {
    TRIGRAMS.get(letters).map(u64::from_le_bytes)
}

/// The rating of a phrase that means more than its words, in the units of [`rating`]; `words` are
/// folded, with a blank between two.
pub fn phrase(language: Language, words: &str) -> Option<f64> {
    PHRASES.get(&format!("{}:{words}", language.code())).map(tenths)
}

/// The weight, from 0 to 1, of a phrase that shows urgency; `key` is `language:phrase`, folded.
pub fn urgency(key: &str) -> Option<f64> {
    URGENCY.get(key).map(|[hundredths]| f64::from(hundredths) / 100.0)
}

fn tenths([value]: [u8; 1]) -> f64 {
    f64::from(value.cast_signed()) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_published_english_list_is_found_with_its_rating() {
        assert_eq!(rating(Language::English, "catastrophic"), Some(-2.2));
        assert_eq!(rating(Language::English, "zealot"), Some(-1.9));
        assert_eq!(rating(Language::English, "abandon"), Some(-1.9));
    }

    #[test]
    fn a_word_that_no_list_has_is_not_rated() {
        for word in ["", "table", "aaaaaaaa", "zzzz", &"x".repeat(500)] {
            assert_eq!(rating(Language::English, word), None, "{word}");
        }
    }

    #[test]
    fn the_forms_of_a_word_share_its_rating() {
        let same = [
            (Language::German, "schlecht", "schlechtes"),
            (Language::Spanish, "pesimo", "pesimas"),
            (Language::French, "heureux", "heureuses"),
            (Language::Italian, "deludente", "deludenti"),
            (Language::Portuguese, "insatisfeito", "insatisfeitas"),
        ];
        for (language, one, other) in same {
            assert_eq!(rating(language, one), rating(language, other), "{one} {other}");
            assert!(rating(language, one).is_some(), "{one}");
        }
    }

    #[test]
    fn an_umlaut_tells_beautiful_from_already() {
        assert!(rating(Language::German, "schön").is_some());
        assert_eq!(rating(Language::German, "schon"), None);
    }
}
