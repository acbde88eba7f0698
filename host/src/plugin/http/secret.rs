//! Where credentials are to be written into an outgoing request: placeholders in the value of a header, in
//! the query or in the path.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize, Zeroizing};

/// What a placeholder asks for, by the names of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `{{secret:NAME}}`: the secret.
    Secret(String),
    /// `{{basic:USER:NAME}}`: a Basic credential of the user and the secret.
    Basic(String, String),
    /// `{{oauth:NAME}}`: the access token.
    OAuth(String),
    /// `{{hmac:NAME}}`: the signature of the request.
    Hmac(String),
    /// `{{time:NAME}}`: the time stamp that the signature covers.
    Time(String),
}

/// One place that a credential is to be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placeholder {
    /// With the braces.
    pub(super) start: usize,
    /// Behind the braces.
    pub(super) end: usize,
    /// What for.
    pub(super) wanted: Wanted,
}

/// The placeholders in a text, in order. What looks like one and is not stays as it is.
pub(super) fn placeholders(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{{").map(|at| from + at) {
        let Some(end) = text[start..].find("}}").map(|at| start + at + 2) else { break };
        from = match wanted(&text[start + 2..end - 2]) {
            Some(wanted) => {
                found.push(Placeholder { start, end, wanted });
                end
            }
            None => start + 2,
        };
    }
    found
}

fn wanted(inner: &str) -> Option<Wanted> {
    let (kind, name) = inner.split_once(':')?;
    match kind {
        "secret" => Some(Wanted::Secret(name.to_owned())),
        "basic" => name.rsplit_once(':').map(|(user, name)| Wanted::Basic(user.to_owned(), name.to_owned())),
        "oauth" => Some(Wanted::OAuth(name.to_owned())),
        "hmac" => Some(Wanted::Hmac(name.to_owned())),
        "time" => Some(Wanted::Time(name.to_owned())),
        _ => None,
    }
}

impl Wanted {
    /// The same with its names decoded, as they stand in a path.
    fn decoded(self) -> Self {
        match self {
            Self::Secret(name) => Self::Secret(percent_decode(&name)),
            Self::Basic(user, name) => Self::Basic(percent_decode(&user), percent_decode(&name)),
            Self::OAuth(name) => Self::OAuth(percent_decode(&name)),
            Self::Hmac(name) => Self::Hmac(percent_decode(&name)),
            Self::Time(name) => Self::Time(percent_decode(&name)),
        }
    }
}

/// The pair of a Basic credential in base64.
pub(super) fn pair(user: &str, password: &[u8]) -> Zeroizing<String> {
    let pair = Zeroizing::new([user.as_bytes(), b":", password].concat());
    Zeroizing::new(STANDARD.encode(&*pair))
}

/// Writes values into a header's value. `value_of` gives the value of what is wanted, or nothing for what is
/// written later.
pub(super) fn fill<'t, E>(
    text: &'t str,
    mut value_of: impl FnMut(&Wanted) -> Result<Option<Zeroizing<Vec<u8>>>, E>,
) -> Result<Cow<'t, [u8]>, E> {
    let places = placeholders(text);
    if places.is_empty() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut from = 0;
    for place in places {
        let Some(value) = value_of(&place.wanted)? else { continue };
        out.extend_from_slice(&text.as_bytes()[from..place.start]);
        if matches!(place.wanted, Wanted::Basic(..)) {
            out.extend_from_slice(b"Basic ");
        }
        out.extend_from_slice(&value);
        from = place.end;
    }
    out.extend_from_slice(&text.as_bytes()[from..]);
    Ok(Cow::Owned(out))
}

/// Writes values into a path and query, percent-encoded; a placeholder may itself be percent-encoded.
/// `value_of` is as for [`fill`].
pub(super) fn fill_path<E>(
    path_and_query: &str,
    mut value_of: impl FnMut(&Wanted) -> Result<Option<Zeroizing<Vec<u8>>>, E>,
) -> Result<String, E> {
    let text = decode_braces(path_and_query);
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for place in placeholders(&text) {
        let Some(value) = value_of(&place.wanted.decoded())? else { continue };
        out.push_str(&text[from..place.start]);
        let mut encoded = percent_encode(&value);
        out.push_str(&encoded);
        encoded.zeroize();
        from = place.end;
    }
    out.push_str(&text[from..]);
    Ok(out)
}

/// What a path and query asks for.
pub(super) fn wanted_in_path(path_and_query: &str) -> Vec<Wanted> {
    placeholders(&decode_braces(path_and_query)).into_iter().map(|place| place.wanted.decoded()).collect()
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
pub(super) fn percent_encode(bytes: &[u8]) -> String {
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

    fn value(wanted: &Wanted) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        let bytes = |text: &str| Ok(Some(Zeroizing::new(text.as_bytes().to_vec())));
        match wanted {
            Wanted::Secret(name) if name == "token" => bytes("s3cret/+x"),
            Wanted::Basic(user, name) if name == "token" => bytes(&pair(user, b"s3cret/+x")),
            Wanted::Time(_) => bytes("12"),
            Wanted::Hmac(_) => Ok(None),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_header_is_filled_and_a_basic_credential_is_made() {
        assert_eq!(fill("Bearer {{secret:token}}", value).as_deref(), Ok(&b"Bearer s3cret/+x"[..]));
        let basic = fill("{{basic:ada:token}}", value);
        assert_eq!(basic.as_deref(), Ok(format!("Basic {}", STANDARD.encode("ada:s3cret/+x")).as_bytes()));
        assert_eq!(fill("{{secret:other}}", value), Err("Secret(\"other\")".to_owned()));
        assert_eq!(fill("{{no}} {{ and }}", value).as_deref(), Ok(&b"{{no}} {{ and }}"[..]));
    }

    #[test]
    fn what_is_written_later_stays_as_it_is() {
        let filled = fill("t={{time:request}},v1={{hmac:request}}", value);
        assert_eq!(filled.as_deref(), Ok(&b"t=12,v1={{hmac:request}}"[..]));
        assert_eq!(
            fill_path("/a?s={{hmac:request}}&t={{time:request}}", value).as_deref(),
            Ok("/a?s={{hmac:request}}&t=12")
        );
    }

    #[test]
    fn a_path_and_a_query_are_filled_in_both_spellings() {
        for path in [
            "/bot{{secret:token}}/x?k={{secret:token}}",
            "/bot%7B%7Bsecret%3Atoken%7D%7D/x?k=%7b%7bsecret:token%7d%7d",
        ] {
            assert_eq!(wanted_in_path(path).len(), 2);
            let filled = fill_path(path, value);
            assert_eq!(filled.as_deref(), Ok("/bots3cret%2F%2Bx/x?k=s3cret%2F%2Bx"));
        }
        assert!(wanted_in_path("/a?b=%7Bx%7D").is_empty());
    }
}
