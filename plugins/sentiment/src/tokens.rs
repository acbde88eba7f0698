//! A message as a row of words, emoticons and emoji.

use crate::language::Language;
use crate::lexicon;
use crate::lexicon::fold::fold;

/// One word or sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The word as [`fold`] writes it, or the sign as it stands.
    pub text: String,
    /// Which of the two it is.
    pub kind: Kind,
    /// Whether the word is in capitals, two letters at least.
    pub capitals: bool,
    /// Counts up at every full stop, comma or other mark that ends a clause.
    pub clause: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Letters and digits.
    Word,
    /// An emoji or an emoticon with its rating.
    Sign(f64),
}

/// Letters that one element of an elision has at most: l', qu', jusqu', quell', dell'.
const ELISION: usize = 6;

/// Marks as web pages write them; what is left of a message that was one.
const ENTITIES: [&str; 5] = ["&amp;", "&gt;", "&lt;", "&quot;", "&nbsp;"];

/// Splits `text`. In French and Italian an elided word is one of its own: `l'ordre` is two tokens.
pub fn tokens(text: &str, language: Option<Language>) -> Vec<Token> {
    let mut row = Row {
        tokens: Vec::new(),
        clause: 0,
        umlauts: language == Some(Language::German),
        elides: matches!(language, Some(Language::French | Language::Italian)),
    };
    for chunk in text.split_whitespace() {
        row.chunk(chunk);
    }
    row.tokens
}

/// The words of `tokens` as a phrase: blanks between them, none after an elision.
pub fn phrase(tokens: &[Token]) -> String {
    let mut words = String::new();
    for token in tokens {
        if !words.is_empty() && !words.ends_with('\'') {
            words.push(' ');
        }
        words.push_str(&token.text);
    }
    words
}

struct Row {
    tokens: Vec<Token>,
    clause: usize,
    umlauts: bool,
    elides: bool,
}

impl Row {
    /// Adds what stands between two blanks.
    fn chunk(&mut self, chunk: &str) {
        if chunk.contains("://") || chunk.starts_with("www.") {
            return;
        }
        if self.emoticon(chunk) {
            return;
        }
        if chunk.contains('&') && chunk.contains(';') {
            return ENTITIES
                .iter()
                .fold(chunk.to_owned(), |text, entity| text.replace(entity, " "))
                .split_whitespace()
                .for_each(|part| self.plain(part));
        }
        self.plain(chunk);
    }

    /// Adds the words and signs of a chunk that is no address.
    fn plain(&mut self, chunk: &str) {
        let mut word = String::new();
        let mut rest = chunk;
        while let Some(letter) = rest.chars().next() {
            let after = &rest[letter.len_utf8()..];
            if letter.is_alphanumeric() {
                word.push(letter);
            } else if matches!(letter, '\'' | '’' | '`' | '´')
                && !word.is_empty()
                && after.starts_with(char::is_alphabetic)
            {
                if self.elides && word.chars().count() <= ELISION {
                    word.push('\'');
                    self.word(&mut word);
                } else {
                    word.push('\'');
                }
            } else if letter == '-' && !word.is_empty() && after.starts_with(char::is_alphabetic) {
                self.hyphen(&mut word, after);
            } else {
                self.word(&mut word);
                if self.emoticon(rest) {
                    return;
                }
                self.mark(letter);
            }
            rest = after;
        }
        self.word(&mut word);
    }

    /// Keeps a hyphenated word whole if the English lexicon rates it so, else ends the word.
    fn hyphen(&mut self, word: &mut String, after: &str) {
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(after.len());
        let whole = fold(&format!("{word}-{}", &after[..end]), self.umlauts);
        if lexicon::rating(Language::English, &whole).is_some() {
            word.push('-');
        } else {
            self.word(word);
        }
    }

    /// Adds the word gathered so far.
    fn word(&mut self, word: &mut String) {
        if !word.is_empty() {
            let capitals = word.chars().filter(|c| c.is_alphabetic()).count() > 1
                && !word.chars().any(char::is_lowercase);
            let text = fold(word, self.umlauts);
            self.tokens.push(Token { text, kind: Kind::Word, capitals, clause: self.clause });
            word.clear();
        }
    }

    /// Adds `text` if it is an emoticon, with or without the mark that ends a sentence after it.
    fn emoticon(&mut self, text: &str) -> bool {
        for text in [text, text.trim_end_matches(['.', ',', '!', '?'])] {
            if text.len() > 1
                && !text.chars().all(char::is_alphanumeric)
                && let Some(rating) = lexicon::sign(&text.to_lowercase())
            {
                self.sign(text, rating);
                return true;
            }
        }
        false
    }

    /// Deals with a character that is no letter: an emoji is a token, some marks end a clause.
    fn mark(&mut self, mark: char) {
        if matches!(mark, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '…' | '–' | '—') {
            self.clause += 1;
        } else if !mark.is_ascii() {
            let mut bytes = [0; 4];
            if let Some(rating) = lexicon::sign(mark.encode_utf8(&mut bytes)) {
                self.sign(mark.encode_utf8(&mut bytes), rating);
            }
        }
    }

    fn sign(&mut self, text: &str, rating: f64) {
        let kind = Kind::Sign(rating);
        self.tokens.push(Token { text: text.to_owned(), kind, capitals: false, clause: self.clause });
    }
}
