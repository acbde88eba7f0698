//! What a person is found by, and the words of a message.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::identifier::Identifier;
use crate::model::normal::{EMAIL, PHONE};
use crate::model::suggest::{fold, folded_words};

/// The fields whose values are names: `wit/types.wit`, `attribute.field`.
pub const FIELDS: [&str; 5] = ["company", "first-name", "last-name", "name", "username"];

/// How many words and handles a person is found by at most. People have a few; what has more is a till or a
/// relay, and stays found by the first in order.
const MAX_TERMS: usize = 512;
/// The most characters of a word, and of a handle, that count.
const LONGEST_WORD: usize = 48;
const LONGEST_HANDLE: usize = 128;
/// The most words of a message that count.
const MESSAGE_WORDS: usize = 2_000;
/// What stands before a handle that somebody typed.
pub(super) const TYPED: char = '?';
/// How many places inside a mail address it is found from.
const MAIL_PARTS: usize = 4;

/// What a person is found by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The words of names, folded.
    pub words: BTreeSet<String>,
    /// Identifiers, folded; a telephone number also from its end, after a `<`; before one that was only typed
    /// stands a `?`.
    pub handles: BTreeSet<String>,
}

impl Terms {
    /// Adds a value of one of the [`FIELDS`].
    pub fn add_name(&mut self, value: &str) {
        for word in folded_words(value) {
            if self.words.len() < MAX_TERMS {
                self.words.insert(cut(&word, LONGEST_WORD));
            }
        }
    }

    /// Adds an identifier that the person is known by.
    pub fn add_identifier(&mut self, identifier: &Identifier) {
        for handle in handles(identifier) {
            if self.handles.len() < MAX_TERMS {
                self.handles.insert(handle);
            }
        }
    }

    /// Adds an identifier that somebody typed and nobody checked.
    pub fn add_claim(&mut self, identifier: &Identifier) {
        for handle in handles(identifier) {
            if self.handles.len() < MAX_TERMS && !self.handles.contains(&handle) {
                self.handles.insert(format!("{TYPED}{handle}"));
            }
        }
    }

    /// Whether the person is found by nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.handles.is_empty()
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut lines = text.split('\n');
        let words = lines.next().unwrap_or_default().split(' ').filter(|word| !word.is_empty());
        Self { words: words.map(str::to_owned).collect(), handles: lines.map(str::to_owned).collect() }
    }
}

impl fmt::Display for Terms {
    /// The words in a line, then a handle in each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            write!(f, "{}{word}", if at == 0 { "" } else { " " })?;
        }
        self.handles.iter().try_for_each(|handle| write!(f, "\n{handle}"))
    }
}

/// What an identifier is found by.
pub(super) fn handles(identifier: &Identifier) -> Vec<String> {
    let handle = handle(&identifier.value);
    if handle.is_empty() {
        return Vec::new();
    }
    let mut out = vec![handle.clone()];
    if identifier.namespace == PHONE {
        out.push(from_end(&handle));
    }
    if let (EMAIL, Some(at)) = (identifier.namespace.as_str(), handle.rfind('@')) {
        let begins = |place: usize, before: char| {
            !before.is_alphanumeric() && handle[place..].starts_with(char::is_alphanumeric)
        };
        let inner = handle[..at].char_indices().map(|(place, before)| (place + before.len_utf8(), before));
        let parts = inner.filter(|(place, before)| *place < at && begins(*place, *before));
        out.extend(parts.take(MAIL_PARTS).map(|(place, _)| handle[place..].to_owned()));
    }
    out
}

/// A text as handles are compared.
pub(super) fn handle(text: &str) -> String {
    let folded: String = fold(text).chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    cut(&folded, LONGEST_HANDLE)
}

/// The digits of a telephone number from its end.
pub(super) fn from_end(text: &str) -> String {
    let digits = text.chars().rev().filter(char::is_ascii_digit);
    std::iter::once('<').chain(digits).collect()
}

/// The distinct words of a message, folded, in order.
#[must_use]
pub fn message_words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in folded_words(text) {
        for piece in pieces(&word, true) {
            if found.len() < MESSAGE_WORDS {
                found.insert(piece);
            }
        }
    }
    found
}

/// The pieces that a word is looked up by. Scripts that put no spaces between words are taken two characters at
/// a time, as Lucene's CJKAnalyzer does; the last alone too, where the text is `stored`.
pub(super) fn pieces(word: &str, stored: bool) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    if !letters.iter().copied().any(unspaced) {
        return vec![cut(word, LONGEST_WORD)];
    }
    let mut out = Vec::new();
    for run in letters.chunk_by(|a, b| unspaced(*a) == unspaced(*b)) {
        if !unspaced(run[0]) {
            out.push(cut(&String::from_iter(run), LONGEST_WORD));
            continue;
        }
        out.extend(run.windows(2).map(String::from_iter));
        if stored || run.len() == 1 {
            out.extend(run.last().map(|last| last.to_string()));
        }
    }
    out
}

/// Whether a character is of a script that puts no spaces between words: Thai to Burmese, Khmer, kana, Han.
fn unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

fn cut(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_back_from_their_text() {
        let mut terms = Terms::default();
        assert_eq!(Terms::read(&terms.to_string()), terms);
        terms.add_name("Zoë O'Brien-Łuk");
        assert_eq!(Terms::read(&terms.to_string()), terms);
        terms.add_identifier(&Identifier::new("email", "Zoe.OBrien+x@example.com").expect("legal"));
        terms.add_identifier(&Identifier::new("phone", "+491701234567").expect("legal"));
        assert_eq!(Terms::read(&terms.to_string()), terms);
        assert_eq!(terms.words.iter().collect::<Vec<_>>(), ["luk", "obrien", "zoe"]);
        assert_eq!(
            terms.handles.iter().collect::<Vec<_>>(),
            [
                "+491701234567",
                "<765432107194",
                "obrien+x@example.com",
                "x@example.com",
                "zoe.obrien+x@example.com"
            ]
        );
        let mut nameless = Terms::default();
        nameless.add_identifier(&Identifier::new("site:visitor", "A b").expect("legal"));
        assert_eq!(Terms::read(&nameless.to_string()), nameless);
    }

    #[test]
    fn a_script_without_spaces_is_found_by_any_two_characters() {
        let stored = message_words("我的包裹在哪里");
        assert!(pieces("包裹", false).iter().all(|piece| stored.contains(piece)));
        assert!(stored.contains("里"), "the last one alone");
        assert_eq!(pieces("tracking", false), ["tracking"]);
    }

    #[test]
    fn a_flood_of_names_is_cut() {
        let mut terms = Terms::default();
        terms.add_name(&(0..2_000).map(|n| format!("name{n} ")).collect::<String>());
        assert_eq!(terms.words.len(), MAX_TERMS);
    }
}
