//! A request with what may say something of a person covered, so that its shape can be looked at.
//!
//! The rule is the safe one: every letter and digit of a value is covered, whatever the value is; names of
//! fields, punctuation, `true`, `false` and `null` stay. What is shown has the length and the look of what
//! came, which is what tells why a plugin stumbled, and nothing that anybody wrote.

use super::delivery::RecordedRequest;
use super::id::ConnectionId;
use super::signature::form;

/// Headers that are about the transfer and never about a person; all others' values are covered.
const PLAIN_HEADERS: [&str; 14] = [
    "accept",
    "accept-encoding",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "user-agent",
    "via",
];

/// The longest name of a field that is shown: a longer one is somebody's text.
const LONGEST_NAME: usize = 64;

/// So many digits in a row are a number of somebody's, not part of a name.
const DIGITS: usize = 5;

/// A request with everything covered that may say something of a person: values of the body, the query,
/// the path and the headers, except of those that are about the transfer.
#[must_use]
pub fn request(request: &RecordedRequest) -> RecordedRequest {
    let kind = request.headers.iter().find(|(name, _)| name == "content-type");
    let kind = kind.map_or("", |(_, value)| value.as_str());
    RecordedRequest {
        method: request.method.clone(),
        path: text(&request.path),
        query: pairs(request.query.as_bytes()),
        headers: request.headers.iter().map(|(name, value)| header(name, value)).collect(),
        body: body(kind, &request.body).into_bytes(),
        verified: request.verified,
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    let value = if PLAIN_HEADERS.contains(&name) { value.to_owned() } else { text(value) };
    (name.to_owned(), value)
}

/// A body by its type: a form pair by pair, everything else that is text as [`json`] does, which covers
/// whatever is no name of a JSON field. A body that is no text is told by its size.
#[must_use]
pub fn body(content_type: &str, body: &[u8]) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return pairs(body);
    }
    match std::str::from_utf8(body) {
        Ok(text) => json(text),
        Err(_) => format!("({} bytes that are no text)", body.len()),
    }
}

/// A form or query: names stay, values are decoded and covered.
fn pairs(encoded: &[u8]) -> String {
    let mut shown = String::with_capacity(encoded.len());
    for (name, value) in form::pairs(encoded) {
        if !shown.is_empty() {
            shown.push('&');
        }
        let name = String::from_utf8_lossy(&name);
        shown.push_str(&if is_name(&name) { name.into_owned() } else { text(&name) });
        shown.push('=');
        shown.push_str(&text(&String::from_utf8_lossy(&value)));
    }
    shown
}

/// JSON, or what was meant to be: names of fields, punctuation and the three words of JSON stay. It is
/// read token by token, so that a broken document is covered like a whole one.
fn json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            _ if first.is_alphanumeric() => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        match token {
            "true" | "false" | "null" => shown.push_str(token),
            _ if first == '"' && after.trim_start().starts_with(':') => {
                let name = token.trim_matches('"');
                if is_name(name) { shown.push_str(token) } else { shown.push_str(&string(token)) }
            }
            _ if first == '"' => shown.push_str(&string(token)),
            _ => shown.push_str(&text(token)),
        }
        rest = after;
    }
    shown
}

/// How many bytes the string at the beginning of a text takes, its quotes included; all of the text where
/// it does not end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A JSON string with its escapes read as the one character that they are.
fn string(token: &str) -> String {
    let mut shown = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => match chars.next() {
                Some('u') => {
                    let _four_digits = chars.by_ref().take(4).count();
                    shown.push('x');
                }
                Some(escaped) => shown.extend(['\\', escaped]),
                None => shown.push('\\'),
            },
            plain => shown.push(covered(plain)),
        }
    }
    shown
}

/// A text with every letter and digit covered.
#[must_use]
pub fn text(text: &str) -> String {
    text.chars().map(covered).collect()
}

/// What a plugin said of a failure, which may repeat what a person wrote: words that look like an address
/// or a number of somebody's are covered, the others tell what went wrong.
#[must_use]
pub fn words(said: &str) -> String {
    let cover = |word: &str| {
        // Ids of the hub's own say nothing of a person, and are there to be typed.
        if word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).parse::<ConnectionId>().is_ok() {
            return word.to_owned();
        }
        let personal = word.contains('@') || word.chars().filter(char::is_ascii_digit).count() >= DIGITS;
        if personal { text(word) } else { word.to_owned() }
    };
    said.split_inclusive(char::is_whitespace).map(cover).collect()
}

/// What stands for a character.
fn covered(c: char) -> char {
    match c {
        '0'..='9' => '0',
        'A'..='Z' => 'X',
        'a'..='z' => 'x',
        plain if plain.is_ascii() => plain,
        space if space.is_whitespace() => ' ',
        _ => 'x',
    }
}

/// Whether a field's name is one that a programmer gave: what somebody typed (an address, a number) may
/// stand where a name does.
fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_-.:$/[]@".contains(c);
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let address = name.chars().skip(1).any(|c| c == '@');
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(legal) && digits < DIGITS && !address
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_keeps_its_shape_and_says_nothing_of_a_person() {
        let given = r#"{"from": "+49 170 1234567", "name":"Ada Łovelace", "n":-12.5e3, "ok" : true, "none":null,
            "mail":"ada@example.com","list":["a\"b","\u00e4\n"],"ada@example.com":1,"491701234567":{"text":"hi 👋"}}"#;
        let wanted = r#"{"from": "+00 000 0000000", "name":"Xxx xxxxxxxx", "n":-00.0x0, "ok" : true, "none":null,
            "mail":"xxx@xxxxxxx.xxx","list":["x\"x","x\n"],"xxx@xxxxxxx.xxx":0,"000000000000":{"text":"xx x"}}"#;
        assert_eq!(body("application/json; charset=utf-8", given.as_bytes()), wanted);
    }

    #[test]
    fn a_form_keeps_the_names_of_its_fields() {
        let shown = body("application/x-www-form-urlencoded", b"From=%2B49170&Body=Hi+A&empty=&%40x%40y.z=1");
        assert_eq!(shown, "From=+00000&Body=Xx X&empty=&@x@x.x=0");
    }

    #[test]
    fn whatever_else_it_is_is_covered_as_a_whole() {
        assert_eq!(body("text/xml", b"<a>Ada 1</a>"), "<x>Xxx 0</x>");
        assert_eq!(body("", &[0xff, 0xfe, 0]), "(3 bytes that are no text)");
        assert_eq!(body("application/json", b"{\"name\": \"Ada"), "{\"name\": \"Xxx");
        assert_eq!(body("application/json", b"[\"Ada\\"), "[\"Xxx\\");
    }

    #[test]
    fn a_request_is_covered_from_its_path_to_its_headers() {
        let given = RecordedRequest {
            method: "POST".into(),
            path: "/users/ada".into(),
            query: "phone=%2B49170&page=2".into(),
            headers: vec![
                ("content-type".into(), "text/plain".into()),
                ("x-forwarded-for".into(), "192.0.2.7".into()),
            ],
            body: b"Ada".to_vec(),
            verified: true,
        };
        let shown = request(&given);
        assert_eq!((shown.path.as_str(), shown.query.as_str()), ("/xxxxx/xxx", "phone=+00000&page=0"));
        assert_eq!(shown.headers[0].1, "text/plain");
        assert_eq!(shown.headers[1].1, "000.0.0.0");
        assert_eq!(shown.body, b"Xxx");
    }

    #[test]
    fn a_failure_stays_readable_without_addresses_and_numbers() {
        assert_eq!(
            words("no case for `order/paid`, sent by ada@example.com (+49170 1)"),
            "no case for `order/paid`, sent by xxx@xxxxxxx.xxx (+00000 1)"
        );
    }

    proptest! {
        #[test]
        fn no_value_of_any_json_is_shown(value in "[a-zA-Z0-9 äß+@.]{1,30}", key in "[a-z_]{1,8}") {
            let document = serde_json::json!({ key.as_str(): [value.as_str(), { "k": value.as_str() }] }).to_string();
            let shown = body("application/json", document.as_bytes());
            let read: serde_json::Value = serde_json::from_str(&shown).expect("still JSON");
            let (inner, wanted) = (&read[key.as_str()], text(&value));
            for part in [&inner[0], &inner[1]["k"]] {
                prop_assert_eq!(part.as_str(), Some(wanted.as_str()));
            }
        }

        #[test]
        fn any_bytes_are_covered_and_nothing_panics(kind in "\\PC{0,12}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = body(&kind, &bytes);
            let _ = body("application/x-www-form-urlencoded", &bytes);
        }

        #[test]
        fn any_text_outside_names_loses_its_letters(said in "\\PC{0,80}") {
            prop_assert!(text(&said).chars().all(|c| "xX0 ".contains(c) || c.is_ascii_punctuation() || c.is_ascii_control()));
        }
    }
}
