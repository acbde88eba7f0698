//! `application/x-www-form-urlencoded`: the bodies of Twilio, WooCommerce's ping and many token requests.

use crate::events::Pair;

/// Reads a form body or query string: names and values in order, decoded as the URL standard says (`+` is
/// a space, `%41` a byte, bytes that are no UTF-8 become U+FFFD). A name without `=` has an empty value.
pub fn parse(body: &[u8]) -> Vec<Pair> {
    body.split(|b| *b == b'&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let at = part.iter().position(|b| *b == b'=').unwrap_or(part.len());
            Pair { name: decode(&part[..at]), value: decode(part.get(at + 1..).unwrap_or_default()) }
        })
        .collect()
}

/// Writes a form body or query string.
pub fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, true, &mut out);
        out.push('=');
        escape(value, true, &mut out);
    }
    out
}

/// The first value under a name.
pub fn first<'a>(pairs: &'a [Pair], name: &str) -> Option<&'a str> {
    pairs.iter().find(|pair| pair.name == name).map(|pair| &*pair.value)
}

/// Escapes text for one segment of a path, or wherever a space must be `%20`.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, false, &mut out);
    out
}

/// Undoes percent-escapes; `+` stays a plus.
pub fn percent_decode(text: &str) -> String {
    unescape(text.as_bytes(), false)
}

fn decode(bytes: &[u8]) -> String {
    unescape(bytes, true)
}

fn unescape(bytes: &[u8], plus_is_space: bool) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (*first, after) {
            (b'+', _) if plus_is_space => out.push(b' '),
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            (other, _) => out.push(other),
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

fn escape(text: &str, plus_is_space: bool, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b'~' if !plus_is_space => out.push('~'),
            b'*' if plus_is_space => out.push('*'),
            b' ' if plus_is_space => out.push('+'),
            _ => {
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_in_order_and_decoded() {
        let pairs = parse(b"From=%2B49170&Body=Hi+there%21&Body=%E2%82%AC&&flag&bad=%zz%4&raw=%ff");
        let read: Vec<_> = pairs.iter().map(|p| (&*p.name, &*p.value)).collect();
        assert_eq!(
            read,
            [
                ("From", "+49170"),
                ("Body", "Hi there!"),
                ("Body", "€"),
                ("flag", ""),
                ("bad", "%zz%4"),
                ("raw", "\u{fffd}")
            ]
        );
        assert_eq!(first(&pairs, "Body"), Some("Hi there!"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let fields = [("a b", "ü&=+%~*"), ("", ""), ("x", "1\n2")];
        let text = encode(fields);
        assert_eq!(text, "a+b=%C3%BC%26%3D%2B%25%7E*&=&x=1%0A2");
        let read = parse(text.as_bytes());
        assert_eq!(read.iter().map(|p| (&*p.name, &*p.value)).collect::<Vec<_>>(), fields);
    }

    #[test]
    fn a_path_segment_escapes_its_slash_and_space() {
        assert_eq!(percent_encode("a b/c~"), "a%20b%2Fc~");
        assert_eq!(percent_decode("a%20b%2Fc+"), "a b/c+");
    }
}
