//! The part of a message that fitted.

use crate::model::suggest::folded_words;

/// How many characters are shown before the first word that fitted, and in all.
const BEFORE: usize = 40;
const SHOWN: usize = 160;

/// The part of `text` around the first place that begins with one of `words`, in one line.
#[must_use]
pub fn snippet(text: &str, words: &[String]) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = flat.chars().collect();
    let mut first = None;
    let mut at = 0;
    for token in flat.split(' ') {
        let fits = |folded: &String| words.iter().any(|word| folded.contains(word.as_str()));
        if folded_words(token).iter().any(fits) {
            first = Some(at);
            break;
        }
        at += token.chars().count() + 1;
    }
    let mut from = first.unwrap_or(0).saturating_sub(BEFORE);
    // Not in the middle of a word, where a space is near.
    if from > 0 {
        let space = letters[from..].iter().take(BEFORE / 2).position(|c| *c == ' ');
        from += space.map_or(0, |space| space + 1);
    }
    let to = (from + SHOWN).min(letters.len());
    let part: String = letters[from..to].iter().collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < letters.len() { "…" } else { "" });
    format!("{before}{}{after}", part.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_word_that_fitted() {
        let text = format!("{} Wo ist mein Päckchen?\nDanke {}", "bla ".repeat(50), "bla ".repeat(80));
        let shown = snippet(&text, &["packchen".to_owned()]);
        assert!(shown.contains("mein Päckchen? Danke"), "{shown}");
        assert!(shown.starts_with("…bla") && shown.ends_with('…'), "{shown}");
        assert!(shown.chars().count() <= SHOWN + 2);
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        assert_eq!(snippet("Wo ist\n es?", &["es".to_owned()]), "Wo ist es?");
        assert_eq!(snippet("", &["es".to_owned()]), "");
    }
}
