//! Words that differ by a slip of the keyboard, found by looking up equal texts.
//!
//! Two words that differ by a few characters become the same once the right characters are taken out of both
//! (Mor and Fraenkel, *A Hash Code Method for Detecting and Correcting Spelling Errors*, CACM 25, 1982). So each
//! word is stored with what is left of it after a deletion or two, and what is typed is looked up with its own
//! deletions. As in Garbe's SymSpell (github.com/wolfgarbe/SymSpell), characters are taken out of the beginning
//! of a word only: at most that many slips shift its end by at most that many places, so nothing is missed, and
//! a long word has no more entries than a short one. What is found that way is then compared in full.

use std::collections::BTreeSet;

/// How many characters of a word are looked at for its deletions.
const BEGINNING: usize = 7;
/// From how many characters on a word may be typed with one slip, and with two.
const ONE_SLIP: usize = 4;
const TWO_SLIPS: usize = 8;

/// With how many slips a word of so many characters is still found.
fn allowed(length: usize) -> usize {
    match length {
        0..ONE_SLIP => 0,
        ONE_SLIP..TWO_SLIPS => 1,
        _ => 2,
    }
}

/// What a word is stored under: its beginning, and what is left of that after its deletions. Nothing for a word
/// that is too short to be typed with a slip, or that has a digit: a number that differs is another number.
#[must_use]
pub fn deletions(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    match allowed(letters.len()) {
        0 => BTreeSet::new(),
        _ if letters.iter().any(char::is_ascii_digit) => BTreeSet::new(),
        depth => thinned(&letters, depth),
    }
}

/// What is to be looked up to find every stored word that `typed` may mean.
#[must_use]
pub fn lookups(typed: &str) -> BTreeSet<String> {
    let letters: Vec<char> = typed.chars().collect();
    // The word that is meant may be longer by as many characters as were left out.
    let depth = match letters.len() {
        0..3 => return BTreeSet::new(),
        length if length + 2 >= TWO_SLIPS => 2,
        _ => 1,
    };
    let mut found = thinned(&letters, depth);
    // Nothing shorter is stored.
    found.retain(|text| text.chars().count() + 1 >= ONE_SLIP);
    found
}

/// How many slips lie between a stored word and what was typed, where they are few enough: a character too
/// many, one too few, another one, or two that changed places.
#[must_use]
pub fn slips(word: &str, typed: &str) -> Option<usize> {
    let (a, b) = (word.chars().count(), typed.chars().count());
    let allowed = allowed(a);
    (a.abs_diff(b) <= allowed).then(|| strsim::osa_distance(word, typed)).filter(|slips| *slips <= allowed)
}

/// The beginning of a word with up to `depth` characters taken out.
fn thinned(letters: &[char], depth: usize) -> BTreeSet<String> {
    let begin: Vec<char> = letters.iter().take(BEGINNING).copied().collect();
    let mut all = BTreeSet::from([begin.clone()]);
    let mut last = vec![begin];
    for _ in 0..depth {
        let mut next = Vec::new();
        for word in &last {
            for at in 0..word.len() {
                let mut shorter = word.clone();
                shorter.remove(at);
                if all.insert(shorter.clone()) {
                    next.push(shorter);
                }
            }
        }
        last = next;
    }
    all.into_iter().map(String::from_iter).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every text that one slip makes of a word.
    fn variants(word: &str) -> BTreeSet<String> {
        let letters: Vec<char> = word.chars().collect();
        let mut out = BTreeSet::new();
        for at in 0..=letters.len() {
            for other in ['a', 'q', 'ж'] {
                let mut more = letters.clone();
                more.insert(at, other);
                out.insert(String::from_iter(more));
                if at < letters.len() {
                    let mut changed = letters.clone();
                    changed[at] = other;
                    out.insert(String::from_iter(changed));
                }
            }
            if at < letters.len() {
                let mut less = letters.clone();
                less.remove(at);
                out.insert(String::from_iter(less));
            }
            if at + 1 < letters.len() {
                let mut swapped = letters.clone();
                swapped.swap(at, at + 1);
                out.insert(String::from_iter(swapped));
            }
        }
        out
    }

    fn found(word: &str, typed: &str) -> bool {
        !deletions(word).is_disjoint(&lookups(typed)) && slips(word, typed).is_some()
    }

    proptest! {
        #[test]
        fn every_word_of_four_letters_or_more_is_found_with_one_slip(word in "[a-eж]{4,14}") {
            for typed in variants(&word) {
                prop_assert!(found(&word, &typed), "{word} {typed}");
            }
        }

        #[test]
        fn every_word_of_eight_letters_or_more_is_found_with_two_slips(word in "[a-e]{8,10}", pick: prop::sample::Index) {
            let once: Vec<String> = variants(&word).into_iter().collect();
            for typed in variants(pick.get(once.as_slice()).as_str()) {
                // Two slips at one place may undo each other in part and count as three: OSA edits nothing twice.
                if strsim::osa_distance(&word, &typed) <= 2 {
                    prop_assert!(found(&word, &typed), "{word} {typed}");
                }
            }
        }
    }

    #[test]
    fn short_words_and_numbers_are_found_as_they_are_alone() {
        assert!(deletions("ada").is_empty() && slips("ada", "ida").is_none());
        assert!(deletions("room101").is_empty());
        assert_eq!(slips("ada", "ada"), Some(0));
    }

    #[test]
    fn a_long_word_has_no_more_entries_than_a_short_one() {
        assert!(deletions("abcdefghijklmnopqrstuvwxyz").len() <= 1 + 7 + 21);
        assert!(lookups("abcdefghijklmnopqrstuvwxyz").len() <= 1 + 7 + 21);
    }
}
