//! Credentials written into outgoing requests: `{{secret:NAME}}` and `{{basic:USER:NAME}}` in the value
//! of a header, in the query or in the path.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize, Zeroizing};

/// One place that a credential is to be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placeholder<'a> {
    /// With the braces.
    pub(super) start: usize,
    /// Behind the braces.
    pub(super) end: usize,
    /// The secret's name.
    pub(super) name: &'a str,
    /// Set for `basic`: the user that goes with it.
    pub(super) user: Option<&'a str>,
}

/// The placeholders in a text, in order. What looks like one and is not stays as it is.
pub(super) fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{{").map(|at| from + at) {
        let Some(end) = text[start..].find("}}").map(|at| start + at + 2) else { break };
        let inner = &text[start + 2..end - 2];
        let place = match inner.split_once(':') {
            Some(("secret", name)) => Some((name, None)),
            Some(("basic", rest)) => rest.rsplit_once(':').map(|(user, name)| (name, Some(user))),
            _ => None,
        };
        from = match place {
            Some((name, user)) => {
                found.push(Placeholder { start, end, name, user });
                end
            }
            None => start + 2,
        };
    }
    found
}

/// The values a request was given: to be hidden in what comes back.
#[derive(Default)]
pub(super) struct Used {
    spellings: Vec<Zeroizing<Vec<u8>>>,
}

impl Used {
    /// Notes a value in the spellings in which a server may echo it: as it is, percent-encoded, escaped
    /// for JSON, in base64.
    fn note(&mut self, value: &[u8], basic: Option<&str>) {
        // Hiding every occurrence of a very short text would destroy what comes back and hide nothing.
        const SHORTEST: usize = 6;
        let mut add = |bytes: Vec<u8>| {
            let bytes = Zeroizing::new(bytes);
            if bytes.len() >= SHORTEST && !self.spellings.contains(&bytes) {
                self.spellings.push(bytes);
            }
        };
        add(value.to_vec());
        add(percent_encode(value).into_bytes());
        add(STANDARD.encode(value).into_bytes());
        if let Ok(text) = std::str::from_utf8(value)
            && let Ok(quoted) = serde_json::to_string(text)
        {
            add(quoted.as_bytes()[1..quoted.len() - 1].to_vec());
        }
        if let Some(basic) = basic {
            add(basic.as_bytes().to_vec());
        }
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.spellings.is_empty()
    }

    /// The spellings, longest first.
    pub(super) fn into_spellings(mut self) -> Vec<Zeroizing<Vec<u8>>> {
        self.spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        self.spellings
    }
}

/// Writes values into a header's value. `value_of` gives the value of a secret by name.
pub(super) fn fill<'t, E>(
    text: &'t str,
    used: &mut Used,
    mut value_of: impl FnMut(&str) -> Result<Zeroizing<Vec<u8>>, E>,
) -> Result<Cow<'t, [u8]>, E> {
    let places = placeholders(text);
    if places.is_empty() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut from = 0;
    for place in places {
        out.extend_from_slice(&text.as_bytes()[from..place.start]);
        let value = value_of(place.name)?;
        match place.user {
            None => {
                out.extend_from_slice(&value);
                used.note(&value, None);
            }
            Some(user) => {
                let mut pair = Zeroizing::new(Vec::with_capacity(user.len() + 1 + value.len()));
                pair.extend_from_slice(user.as_bytes());
                pair.push(b':');
                pair.extend_from_slice(&value);
                let mut encoded = STANDARD.encode(&*pair);
                out.extend_from_slice(b"Basic ");
                out.extend_from_slice(encoded.as_bytes());
                used.note(&value, Some(&encoded));
                encoded.zeroize();
            }
        }
        from = place.end;
    }
    out.extend_from_slice(&text.as_bytes()[from..]);
    Ok(Cow::Owned(out))
}

/// Writes values into a path and query, percent-encoded; a placeholder may itself be percent-encoded.
pub(super) fn fill_path<E>(
    path_and_query: &str,
    used: &mut Used,
    mut value_of: impl FnMut(&str) -> Result<Zeroizing<Vec<u8>>, E>,
) -> Result<String, E> {
    let text = decode_braces(path_and_query);
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for place in placeholders(&text) {
        out.push_str(&text[from..place.start]);
        let name = percent_decode(place.name);
        let value = value_of(&name)?;
        match place.user {
            None => {
                out.push_str(&percent_encode(&value));
                used.note(&value, None);
            }
            Some(user) => {
                let pair = Zeroizing::new([user.as_bytes(), b":", &value].concat());
                let encoded = STANDARD.encode(&*pair);
                out.push_str(&percent_encode(encoded.as_bytes()));
                used.note(&value, Some(&encoded));
            }
        }
        from = place.end;
    }
    out.push_str(&text[from..]);
    Ok(out)
}

/// Whether a path and query names a secret.
pub(super) fn names_secret(path_and_query: &str) -> bool {
    !placeholders(&decode_braces(path_and_query)).is_empty()
}

/// `%7B%7Bsecret%3Aname%7D%7D` as `{{secret:name}}`; everything else stays as it is.
pub(super) fn decode_braces(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("%7b%7b") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(start) = lower[from..].find("%7b%7b").map(|at| from + at) {
        let Some(end) = lower[start..].find("%7d%7d").map(|at| start + at + 6) else { break };
        out.push_str(&text[from..start]);
        out.push_str(&percent_decode(&text[start..end]));
        from = end;
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Everything but RFC 3986's unreserved characters as `%XX`. `:` stays, because a bot's token in a path
/// holds one and it is legal there and in a query.
fn percent_encode(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len() + 8);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        match name {
            "token" => Ok(Zeroizing::new(b"s3cret/+x".to_vec())),
            other => Err(other.to_owned()),
        }
    }

    #[test]
    fn a_header_is_filled_and_a_basic_credential_is_made() {
        let mut used = Used::default();
        assert_eq!(
            fill("Bearer {{secret:token}}", &mut used, value).as_deref(),
            Ok(&b"Bearer s3cret/+x"[..])
        );
        let basic = fill("{{basic:ada:token}}", &mut used, value);
        assert_eq!(basic.as_deref(), Ok(format!("Basic {}", STANDARD.encode("ada:s3cret/+x")).as_bytes()));
        assert_eq!(fill("{{secret:other}}", &mut used, value), Err("other".to_owned()));
        assert_eq!(fill("{{no}} {{ and }}", &mut used, value).as_deref(), Ok(&b"{{no}} {{ and }}"[..]));
        assert!(used.into_spellings().iter().any(|s| s.as_slice() == b"s3cret/+x"));
    }

    #[test]
    fn a_path_and_a_query_are_filled_in_both_spellings() {
        let mut used = Used::default();
        for path in [
            "/bot{{secret:token}}/x?k={{secret:token}}",
            "/bot%7B%7Bsecret%3Atoken%7D%7D/x?k=%7b%7bsecret:token%7d%7d",
        ] {
            assert!(names_secret(path));
            let filled = fill_path(path, &mut used, value);
            assert_eq!(filled.as_deref(), Ok("/bots3cret%2F%2Bx/x?k=s3cret%2F%2Bx"));
        }
        assert!(!names_secret("/a?b=%7Bx%7D"));
    }
}
