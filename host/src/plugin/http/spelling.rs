//! The spellings in which a server may echo a credential, so that each can be hidden.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::secret::percent_encode;

/// Hiding every occurrence of a very short text would destroy what comes back and hide nothing.
const SHORTEST: usize = 6;

/// The values that must not be seen in what comes back.
#[derive(Default)]
pub(super) struct Used {
    spellings: Vec<Zeroizing<Vec<u8>>>,
}

impl Used {
    /// Notes a value in every spelling: as it is, percent-encoded, as a form has it, escaped for JSON and for
    /// HTML, in hex, and in base64, alone or as part of a longer text.
    pub(super) fn note(&mut self, value: &[u8]) {
        self.add(value.to_vec());
        self.add(percent_encode(value).into_bytes());
        let strict = percent(value, false);
        self.add(strict.to_ascii_lowercase_escapes().into_bytes());
        self.add(strict.0.into_bytes());
        let form = percent(value, true);
        self.add(form.to_ascii_lowercase_escapes().into_bytes());
        self.add(form.0.into_bytes());
        self.add(hex::encode(value).into_bytes());
        self.add(hex::encode_upper(value).into_bytes());
        for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            for before in 0..3 {
                self.add(inside_base64(alphabet, value, before));
            }
        }
        if let Ok(text) = std::str::from_utf8(value) {
            for spelling in [json(text), json_slashes(text), json_ascii(text), html(text)] {
                self.add(spelling.into_bytes());
            }
        }
    }

    /// Whether there is nothing to hide.
    pub(super) fn is_empty(&self) -> bool {
        self.spellings.is_empty()
    }

    /// The spellings, longest first.
    pub(super) fn into_spellings(mut self) -> Vec<Zeroizing<Vec<u8>>> {
        self.spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        self.spellings
    }

    fn add(&mut self, bytes: Vec<u8>) {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() >= SHORTEST && !self.spellings.contains(&bytes) {
            self.spellings.push(bytes);
        }
    }
}

/// A text with `%XX` in capitals.
struct Escaped(String);

impl Escaped {
    /// The same with the escapes in small letters.
    fn to_ascii_lowercase_escapes(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        let mut small = 0;
        for c in self.0.chars() {
            out.push(if small > 0 { c.to_ascii_lowercase() } else { c });
            small = if c == '%' { 2 } else { small - i32::from(small > 0) };
        }
        out
    }
}

/// Everything but RFC 3986's unreserved characters as `%XX`; in a form a blank is `+`.
fn percent(value: &[u8], form: bool) -> Escaped {
    let mut out = String::with_capacity(value.len() + 8);
    for &byte in value {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else if form && byte == b' ' {
            out.push('+');
        } else {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Escaped(out)
}

/// The characters of base64 that depend on nothing but the value, where `before` more bytes (modulo three)
/// stand before it and anything behind it.
fn inside_base64(
    alphabet: &base64::engine::general_purpose::GeneralPurpose,
    value: &[u8],
    before: usize,
) -> Vec<u8> {
    let padded = Zeroizing::new([&[0_u8; 2][..before], value].concat());
    let mut text = alphabet.encode(&*padded).into_bytes();
    // The last character mixes in what follows unless the bytes end with a whole group.
    if padded.len() % 3 != 0 {
        text.pop();
    }
    // The first characters mix in what stands before: 8 bits are 1 1/3 characters, 16 are 2 2/3.
    text.drain(..[0, 2, 3][before].min(text.len()));
    text
}

fn json(text: &str) -> String {
    // A text is always JSON.
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// With `/` escaped too, as some writers do.
fn json_slashes(text: &str) -> String {
    json(text).replace('/', "\\/")
}

/// In ASCII alone, as other writers do.
fn json_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in json(text).chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::super::redact::Redactor;
    use super::*;

    fn hidden(value: &[u8], text: &[u8]) -> Bytes {
        let mut used = Used::default();
        used.note(value);
        Redactor::new(used.into_spellings()).hide_in(text)
    }

    #[test]
    fn an_echo_is_found_in_every_spelling() {
        let value = "s3/cr+t:\"ä <&> x";
        for text in [
            value.to_owned(),
            "s3%2Fcr%2Bt:%22%C3%A4%20%3C%26%3E%20x".to_owned(),
            "s3%2fcr%2bt%3a%22%c3%a4%20%3c%26%3e%20x".to_owned(),
            "s3%2Fcr%2Bt%3A%22%C3%A4+%3C%26%3E+x".to_owned(),
            "s3/cr+t:\\\"ä <&> x".to_owned(),
            "s3\\/cr+t:\\\"ä <&> x".to_owned(),
            "s3/cr+t:\\\"\\u00e4 <&> x".to_owned(),
            "s3/cr+t:&quot;ä &lt;&amp;&gt; x".to_owned(),
            hex::encode(value),
            hex::encode_upper(value),
        ] {
            let seen = hidden(value.as_bytes(), text.as_bytes());
            assert!(seen.iter().all(|&b| b == b'*'), "{text}: {}", String::from_utf8_lossy(&seen));
        }
    }

    #[test]
    fn a_very_short_value_hides_nothing() {
        assert_eq!(hidden(b"abc", b"abcabc"), &b"abcabc"[..]);
    }

    proptest! {
        #[test]
        fn base64_of_any_text_that_holds_it_gives_at_most_its_edges_away(
            before in "[a-z:]{0,7}",
            value in "[A-Za-z0-9/+_-]{12,40}",
            behind in "[a-z]{0,7}",
        ) {
            let text = format!("{before}{value}{behind}");
            for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                let seen = hidden(value.as_bytes(), encoded.as_bytes());
                let stars = seen.iter().filter(|&&b| b == b'*').count();
                // Of 4 characters for 3 bytes at most one at each end is left.
                prop_assert!(stars * 3 + 8 >= value.len() * 4, "{}", String::from_utf8_lossy(&seen));
            }
        }
    }
}
