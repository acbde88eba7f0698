//! Finding a person in what a plugin or a vendor wrote in a form of its own.

use std::collections::BTreeSet;

use crate::model::identifier::Identifier;

/// The shortest value that is looked for everywhere: a shorter one, such as a customer's number 42, stands
/// for too much else.
const SHORTEST: usize = 5;

/// How many digits at the end of a phone number tell it from others, however its beginning is written.
const DIGITS: usize = 9;

/// What a person leaves in texts: their identifiers as they are compared and as they were written.
#[derive(Debug, Clone, Default)]
pub struct Traces {
    words: BTreeSet<String>,
    numbers: BTreeSet<String>,
}

impl Traces {
    /// The traces of these names, and of other ways in which they were written.
    pub fn new<'a>(
        names: impl IntoIterator<Item = &'a Identifier>,
        written: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut traces = Self::default();
        for name in names {
            if name.namespace == "phone" {
                let digits: String = name.value.chars().filter(char::is_ascii_digit).collect();
                if digits.len() > DIGITS {
                    traces.numbers.insert(digits[digits.len() - DIGITS..].to_owned());
                    continue;
                }
            }
            traces.word(&name.value);
        }
        written.into_iter().for_each(|text| traces.word(text));
        traces
    }

    fn word(&mut self, text: &str) {
        let text = text.trim().to_lowercase();
        if text.len() >= SHORTEST {
            self.words.insert(text);
        }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.numbers.is_empty()
    }

    /// Whether one of them stands in what was written: as it is, percent-encoded as in a form or a query, or
    /// with JSON's escapes. Case makes no difference, nor do the marks between the digits of a phone number.
    /// A value counts only as a whole word.
    #[must_use]
    pub fn stand_in(&self, written: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        let plain = String::from_utf8_lossy(written).to_lowercase();
        self.in_text(&plain)
            || (plain.contains('%') && self.in_text(&percent_decoded(&plain)))
            || (plain.contains('\\') && self.in_text(&unescaped(&plain)))
    }

    fn in_text(&self, text: &str) -> bool {
        self.words.iter().any(|word| whole(text, word)) || self.in_numbers(text)
    }

    fn in_numbers(&self, text: &str) -> bool {
        if self.numbers.is_empty() {
            return false;
        }
        let mut run = String::new();
        let ends = |run: &str| {
            run.len() >= DIGITS && run.is_char_boundary(run.len() - DIGITS) && {
                self.numbers.contains(&run[run.len() - DIGITS..])
            }
        };
        for char in text.chars() {
            match char {
                '0'..='9' => run.push(char),
                ' ' | '-' | '.' | '/' | '(' | ')' | '+' if !run.is_empty() => {
                    // The number may end here, before another one begins.
                    if ends(&run) {
                        return true;
                    }
                }
                _ => {
                    if ends(&run) {
                        return true;
                    }
                    run.clear();
                }
            }
        }
        ends(&run)
    }
}

/// Whether `word` stands in `text` with nothing of a word before and after it.
fn whole(text: &str, word: &str) -> bool {
    let part = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    text.match_indices(word).any(|(at, found)| {
        !part(text[..at].chars().next_back()) && !part(text[at + found.len()..].chars().next())
    })
}

/// `%40` is `@`; a `+` is a space.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).to_lowercase()
}

/// `\u0040` is `@`, and `\/` is `/`.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let code = rest.strip_prefix('u').and_then(|code| code.get(..4));
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(char) => {
                out.push(char);
                rest = &rest[5..];
            }
            // A line's end or a tab ends a word; whatever else is escaped is itself.
            None if rest.starts_with(['n', 'r', 't']) => {
                out.push(' ');
                rest = &rest[1..];
            }
            None => {}
        }
    }
    out.push_str(rest);
    out.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traces() -> Traces {
        let names =
            ["phone:+491701234567", "email:ada@example.com", "shop:customer:20711", "site:visitor:42"];
        let names: Vec<Identifier> = names.iter().map(|name| name.parse().expect("an identifier")).collect();
        Traces::new(&names, ["Ada.L@Example.com"])
    }

    #[test]
    fn a_person_is_found_however_a_vendor_writes_them() {
        for text in [
            "{\"from\":\"491701234567\"}",
            "call +49 170 / 1234-567 now",
            "tel=0170+1234567&x=1",
            "From=chat%3A%2B491701234567",
            "to: ADA@EXAMPLE.COM;",
            "mail=ada%40example.com",
            "{\"mail\":\"ada\\u0040example.com\"}",
            "{\"to\":\"<ada.l@example.com>\"}",
            "{\"customer\":{\"id\":20711}}",
            "a\\nada@example.com",
        ] {
            assert!(traces().stand_in(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_somebody_else() {
        for text in [
            "",
            "{\"from\":\"491701234568\"}",
            "{\"id\":120711}",
            "{\"id\":207110}",
            "xada@example.community",
            "bada@example.com",
            "42",
            "{\"at\":1701234567890}",
        ] {
            assert!(!traces().stand_in(text.as_bytes()), "{text}");
        }
        assert!(!Traces::new([], []).stand_in(b"anything"));
    }
}
