//! `application/x-www-form-urlencoded`, as bytes: signatures are made over what was meant, UTF-8 or not.

use std::borrow::Cow;

/// The decoded pairs of a form or query, in order.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    text.split(|&b| b == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let at = pair.iter().position(|&b| b == b'=').unwrap_or(pair.len());
        (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()))
    })
}

fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|&b| b == b'%' || b == b'+') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.split_first_chunk::<2>()).flatten();
        if let Some((byte, after)) = escaped.and_then(|(digits, after)| Some((hex(*digits)?, after))) {
            bytes.push(byte);
            rest = after;
            continue;
        }
        bytes.push(if first == b'+' { b' ' } else { first });
        rest = after;
    }
    Cow::Owned(bytes)
}

fn hex(digits: [u8; 2]) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice(digits, &mut byte).ok().map(|()| byte[0])
}

/// Writes a text so that [`pairs`] reads it back.
#[must_use]
pub fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_decoded_as_browsers_encode_it() {
        let read: Vec<_> = pairs(b"a=1+2&b=%2B%zz%&&c&=d&e=f=g").collect();
        let read: Vec<_> =
            read.iter().map(|(k, v)| (String::from_utf8_lossy(k), String::from_utf8_lossy(v))).collect();
        let read: Vec<_> = read.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect();
        assert_eq!(read, [("a", "1 2"), ("b", "+%zz%"), ("c", ""), ("", "d"), ("e", "f=g")]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(key in "\\PC{1,9}", value in "\\PC{0,9}") {
            let text = format!("{}={}", encode(&key), encode(&value));
            let read: Vec<_> = pairs(text.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
            prop_assert_eq!(read, vec![(key.into_bytes(), value.into_bytes())]);
        }
    }
}
