//! `GET /chat`: a visitor comes, or comes back. Nothing of such a request is kept.

use serde::Serialize;
use switchboard_sdk::webhook::{Reply, Request};
use switchboard_sdk::{Error, Result, key_value, realtime, settings, time};

use crate::history::{self, Row};
use crate::hours::Span;
use crate::proof::{self, Use};
use crate::settings::Settings;
use crate::visitor::Visitor;
use crate::{refusal, words};

/// For how long a ticket to live updates is good; it is checked when a stream begins.
const TICKET: u64 = 2 * time::HOUR;

/// What a visitor's browser is told.
#[derive(Serialize)]
struct Told<'a> {
    /// Whether the site vouches for them: then the browser keeps nothing over the end of the page.
    signed: bool,
    /// To come back with.
    token: String,
    /// To write with, and for how many seconds.
    session: String,
    seconds: u64,
    /// Where live updates come from.
    live: String,
    messages: Vec<Row>,
    /// The time of the latest answer that was read, in whichever browser.
    read: i64,
    /// When they were handed over to a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    handed: Option<i64>,
    availability: Availability<'a>,
}

/// When somebody answers, and how soon.
#[derive(Serialize)]
struct Availability<'a> {
    zone: &'a str,
    /// Empty for always.
    hours: Vec<Span>,
    /// In the visitor's language; empty where nothing is promised.
    answer: String,
}

/// Answers with the visitor's own history and the means to write. Who shows nothing is somebody new; who shows what is
/// not right is told so, with 401, and nothing else.
pub(crate) fn come(request: &Request, settings: &Settings) -> Result<Reply> {
    let visitor = match who(request)? {
        Ok(visitor) => visitor,
        Err(why) => return Ok(refusal(401, why)),
    };
    let ticket = realtime::ticket(&visitor.topic(), TICKET)?;
    let words = words::of(request.query("lang").unwrap_or_default(), settings);
    let told = Told {
        signed: visitor.user().is_some(),
        token: proof::token(Use::Return, &visitor, settings.keep_for())?,
        session: proof::token(Use::Session, &visitor, settings.keep_for())?,
        seconds: proof::SESSION / time::SECOND,
        live: format!("{}/live?ticket={ticket}", settings::public_url()),
        messages: history::rows(&visitor)?,
        read: number(&read(&visitor))?.unwrap_or_default(),
        handed: number(&state(&visitor))?,
        availability: Availability {
            zone: &settings.time_zone,
            hours: settings.spans()?,
            answer: words.answer(settings.answer_minutes),
        },
    };
    Ok(Reply::json(serde_json::to_string(&told)?))
}

/// Who comes: whom the site signed, else whose token it is, else somebody new.
///
/// A token of somebody whom the site vouched for is no good without the signature: they have left, and whoever sits
/// there now is somebody else.
fn who(request: &Request) -> Result<std::result::Result<Visitor, &'static str>> {
    let now = time::now();
    if let Some(signed) = request.header("x-webchat-visitor") {
        let payload = unbase64(signed).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let signature = request.header("x-webchat-signature").unwrap_or_default();
        return match proof::signed(&payload, signature, now) {
            Ok(signed) => Ok(Ok(Visitor::of(&signed.id))),
            Err(Error::Reject(_)) => Ok(Err("signature")),
            Err(error) => Err(error),
        };
    }
    match request.header("x-webchat-token") {
        None => Ok(Ok(Visitor::fresh())),
        Some(token) => match proof::holder(Use::Return, token, now)? {
            Some(visitor) if visitor.user().is_none() => Ok(Ok(visitor)),
            _ => Ok(Err("token")),
        },
    }
}

/// The key under which it stands that a visitor was handed over.
pub(crate) fn state(visitor: &Visitor) -> String {
    format!("s/{}", visitor.id())
}

/// The key under which it stands how far a visitor has read.
pub(crate) fn read(visitor: &Visitor) -> String {
    format!("r/{}", visitor.id())
}

/// The time that stands under a key.
pub(crate) fn number(key: &str) -> Result<Option<i64>> {
    Ok(key_value::get_text(key)?.and_then(|at| at.parse().ok()))
}

/// Bytes of base64 or base64url, with or without padding: a header carries no other letters than ASCII's.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut word, mut bits) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        word = word << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use switchboard_sdk::signing;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_in_base64_is_read(bytes: Vec<u8>) {
            let text = signing::base64(&bytes);
            prop_assert_eq!(unbase64(&text), Some(bytes.clone()));
            prop_assert_eq!(unbase64(&text.replace('+', "-").replace('/', "_")), Some(bytes));
        }
    }
}
