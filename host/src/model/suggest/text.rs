//! Texts made comparable: without case, diacritics and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` without case, diacritics and compatibility forms: `Ñandú` and `ÑANDU` are both `nandu`.
pub(in crate::model) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        // Letters that Unicode does not take apart, and how they are written without them.
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            // Lower case of `İ` has a mark of its own.
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The words of `text`, folded. An apostrophe is part of its word (`O'Brien` is `obrien`), a hyphen is not.
pub(in crate::model) fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '‘' | '`'))
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The first `count` characters.
pub(super) fn prefix(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// How nearly two words are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// Neither of the below.
    Different,
    /// The same with a slip of the keyboard, another spelling, or cut short.
    Near,
    /// The same.
    Equal,
}

/// The Jaro-Winkler similarity from which two words count as near. Winkler's own data put two spellings of
/// one name at 0.88 and above; most pairs of different names are below 0.6.
const NEAR_WORDS: f64 = 0.88;

/// Compares two folded words. Symmetric.
pub(super) fn nearness(a: &str, b: &str) -> Nearness {
    if a == b {
        return Nearness::Equal;
    }
    let (count_a, count_b) = (a.chars().count(), b.chars().count());
    let (short, long) = (count_a.min(count_b), count_a.max(count_b));
    if short < 2 || long < 4 {
        return Nearness::Different;
    }
    let cut_short = short >= 3 && (a.starts_with(b) || b.starts_with(a));
    // One slip in a short word, two in a longer one. (Neighbours that changed places are one.)
    let slips = strsim::osa_distance(a, b);
    let near = cut_short
        || slips <= if long >= 6 { 2 } else { 1 }
        || (slips == 3 && long >= 6 && skeleton(a) == skeleton(b))
        || jumbled(a, b)
        || strsim::jaro_winkler(a, b).max(strsim::jaro_winkler(b, a)) >= NEAR_WORDS;
    if near { Nearness::Near } else { Nearness::Different }
}

/// Gives every word of `short` a word of `long`, the nearest first, none twice. With each pair stand the
/// places of its two words; the nearest pairs stand first. For an answer that does not depend on who is
/// asked first, the caller puts the two lists into an order of their own.
pub(super) fn pair_up<T: AsRef<str>>(
    short: &[T],
    long: &[T],
    near: impl Fn(&str, &str) -> Nearness,
) -> Vec<(Nearness, usize, usize)> {
    let mut pairs = Vec::with_capacity(short.len() * long.len());
    for (i, a) in short.iter().enumerate() {
        pairs.extend(long.iter().enumerate().map(|(j, b)| (near(a.as_ref(), b.as_ref()), i, j)));
    }
    pairs.sort_by(|x, y| y.0.cmp(&x.0).then_with(|| (x.1, x.2).cmp(&(y.1, y.2))));
    let (mut taken_short, mut taken_long) = (vec![false; short.len()], vec![false; long.len()]);
    pairs.retain(|&(_, i, j)| {
        let free = !taken_short[i] && !taken_long[j];
        if free {
            (taken_short[i], taken_long[j]) = (true, true);
        }
        free
    });
    pairs
}

/// What stays of a word under the commonest slips, doubled, swapped and wrong vowels: its consonants (those
/// that Soundex, too, gives a digit), each once, sorted. A word with less than two stays whole. Sounds are
/// left out: they differ by language, and people of a hub come from everywhere.
pub(super) fn skeleton(word: &str) -> String {
    let mut consonants: Vec<char> =
        word.chars().filter(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h' | 'w')).collect();
    consonants.sort_unstable();
    consonants.dedup();
    if consonants.len() < 2 { word.to_owned() } else { consonants.into_iter().collect() }
}

/// Whether two words are the same letters in another order, as hasty typing leaves them.
pub(super) fn jumbled(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    a.len() == b.len() && a.len() >= 5 && sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_diacritics_and_punctuation_make_no_difference() {
        assert_eq!(words("  José-María  O’Brien "), ["jose", "maria", "obrien"]);
        assert_eq!(words("GROẞE Straße"), ["grosse", "strasse"]);
        assert_eq!(words("Ｙamada İstanbul Łódź"), ["yamada", "istanbul", "lodz"]);
        assert!(words(" -- ' ").is_empty());
    }

    #[test]
    fn a_skeleton_outlives_the_commonest_slips() {
        for (a, b) in
            [("smith", "smyth"), ("oscar", "osrac"), ("jayden", "jayaned"), ("elizabeth", "elzizabeth")]
        {
            assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
        }
        assert_eq!(skeleton("roe"), "roe");
        assert_ne!(skeleton("smith"), skeleton("jones"));
    }

    #[test]
    fn a_slip_of_the_keyboard_is_near_and_another_word_is_not() {
        for (a, b) in [("jon", "john"), ("smith", "smyth"), ("eleanor", "nleaeor"), ("rob", "robert")] {
            assert_eq!(nearness(a, b), Nearness::Near, "{a} {b}");
        }
        for (a, b) in [("ada", "ida"), ("anna", "paul"), ("li", "lu"), ("smith", "jones")] {
            assert_eq!(nearness(a, b), Nearness::Different, "{a} {b}");
        }
    }
}
