//! A person's name as one source writes it, in whichever order.

use super::level::Level;
use super::text::{Nearness, nearness, pair_up, words};

/// The most words of a name that are compared.
const MAX_WORDS: usize = 6;

/// Forms of address, and what stands between names: no name by themselves.
const NO_NAMES: [&str; 30] = [
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "sr", "sra", "srta", "mme", "mlle", "jr",
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "la", "le", "el", "y",
];

/// Which half of a name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Half {
    /// Both, or nobody says.
    Whole,
    /// The first name alone.
    First,
    /// The last name alone.
    Last,
}

/// One name, folded into words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// The words that are compared, in the order written.
    pub(super) words: Vec<String>,
    /// Single letters: `J.` in `J. Smith`.
    pub(super) initials: Vec<char>,
    /// Which half of a name it is.
    pub(super) half: Half,
    /// As it is shown.
    pub(super) shown: String,
}

impl Name {
    /// Reads a name; nothing if it has no letter. Digits are no part of a name.
    pub(super) fn read(text: &str, half: Half) -> Option<Self> {
        let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let all: Vec<String> =
            words(text).into_iter().filter(|word| word.chars().any(char::is_alphabetic)).collect();
        let real: Vec<String> =
            all.iter().filter(|word| !NO_NAMES.contains(&word.as_str())).cloned().collect();
        let kept = if real.is_empty() { all } else { real };
        let (mut words, mut initials) = (Vec::new(), Vec::new());
        for word in kept.into_iter().take(MAX_WORDS) {
            let mut letters = word.chars();
            match (letters.next(), letters.next()) {
                // In scripts without case one character can be a whole name.
                (Some(letter), None) if letter.is_ascii() => initials.push(letter),
                _ => words.push(word),
            }
        }
        (!words.is_empty()).then_some(Self { words, initials, half, shown })
    }

    /// Compares two names word by word, each with the one of the other name that it is nearest to; words
    /// that one of them lacks (a middle name) do not count. Nothing comes of a first name and a last name
    /// that differ.
    pub(super) fn compare(&self, other: &Self) -> Option<Level> {
        let level = self.agreement(other);
        let halves = matches!((self.half, other.half), (Half::First, Half::Last) | (Half::Last, Half::First));
        (level < Level::HalfNameEqual || !halves).then_some(level)
    }

    fn agreement(&self, other: &Self) -> Level {
        // The same answer whichever stands first.
        let (a, b) = if (self.words.len(), &self.words) <= (other.words.len(), &other.words) {
            (self, other)
        } else {
            (other, self)
        };
        let found = pair_up(&a.words, &b.words, nearness);
        let (mut taken_a, mut taken_b) = (vec![false; a.words.len()], vec![false; b.words.len()]);
        for (_, i, j) in &found {
            (taken_a[*i], taken_b[*j]) = (true, true);
        }
        // Descending; `a` has at least one word, so both ends are there.
        let (Some(&best), Some(&worst)) =
            (found.first().map(|pair| &pair.0), found.last().map(|pair| &pair.0))
        else {
            return Level::NamesDifferent;
        };
        let worst = if contradicted(a, b, &taken_b) || contradicted(b, a, &taken_a) {
            Nearness::Different
        } else {
            worst
        };
        match (best, worst) {
            (Nearness::Equal, Nearness::Equal) if found.len() == 1 => Level::OneNameEqual,
            (Nearness::Near, Nearness::Near) if found.len() == 1 => Level::OneNameNear,
            (Nearness::Equal, Nearness::Equal) => Level::NamesEqual,
            (Nearness::Equal, Nearness::Near) => Level::NamesNearlyEqual,
            (Nearness::Near, Nearness::Near) => Level::NamesNear,
            (Nearness::Equal, Nearness::Different) => Level::HalfNameEqual,
            (Nearness::Near, Nearness::Different) => Level::HalfNameNear,
            _ => Level::NamesDifferent,
        }
    }
}

/// Whether an initial of `a` stands for none of the words of `b` that are left over, though some are.
fn contradicted(a: &Name, b: &Name, taken: &[bool]) -> bool {
    let left: Vec<&String> =
        b.words.iter().zip(taken).filter(|(_, taken)| !**taken).map(|(word, _)| word).collect();
    !left.is_empty()
        && !a.initials.is_empty()
        && !a.initials.iter().any(|initial| left.iter().any(|word| word.starts_with(*initial)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(a: &str, b: &str) -> Level {
        let read = |text| Name::read(text, Half::Whole).expect("a name");
        read(a).compare(&read(b)).expect("a level")
    }

    #[test]
    fn the_order_of_a_name_does_not_matter() {
        assert_eq!(level("Ada Lovelace", "LOVELACE, Ada"), Level::NamesEqual);
        assert_eq!(level("José García", "garcia jose"), Level::NamesEqual);
    }

    #[test]
    fn middle_names_titles_and_particles_do_not_count() {
        assert_eq!(level("Dr. Ada Maria Lovelace", "Ada Lovelace"), Level::NamesEqual);
        assert_eq!(level("Ludwig van Beethoven", "Johan van Dijk"), Level::NamesDifferent);
    }

    #[test]
    fn spellings_are_near_and_half_a_name_is_half() {
        assert_eq!(level("Jon Smith", "John Smyth"), Level::NamesNear);
        assert_eq!(level("Jon Smith", "Smith, John"), Level::NamesNearlyEqual);
        assert_eq!(level("Ada Maria Lovelace", "Ada Maria Smith"), Level::HalfNameEqual);
        assert_eq!(level("Lovelace", "Ada Lovelace"), Level::OneNameEqual);
    }

    #[test]
    fn an_initial_agrees_or_contradicts() {
        assert_eq!(level("J. Smith", "John Smith"), Level::OneNameEqual);
        assert_eq!(level("J. Smith", "Karl Smith"), Level::HalfNameEqual);
    }

    #[test]
    fn what_has_no_letter_is_no_name() {
        assert!(Name::read("12345 !?", Half::Whole).is_none() && Name::read("", Half::Whole).is_none());
    }

    #[test]
    fn a_first_name_says_nothing_of_a_last_name_unless_they_were_swapped() {
        let first = |text| Name::read(text, Half::First).expect("a name");
        let last = |text| Name::read(text, Half::Last).expect("a name");
        assert_eq!(first("Ada").compare(&last("Lovelace")), None);
        assert_eq!(first("Lovelace").compare(&last("Lovelace")), Some(Level::OneNameEqual));
        assert_eq!(first("Ada").compare(&first("Grace")), Some(Level::NamesDifferent));
    }
}
