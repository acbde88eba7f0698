//! How a visitor proves who they are: by a token of ours, or by the site's signature.
//!
//! A token is `visitor.until.mac`; the HMAC covers what the token is for, the connection, the visitor and the time, so
//! that none is good for anything else or anywhere else. The browser keeps a *returning* token and shows it in requests
//! that the hub keeps nothing of; for it, it gets a *session* token, which goes with everything that is kept and is
//! over soon.

use switchboard_sdk::signing::{self, Algorithm};
use switchboard_sdk::{Error, Result, Timestamp, settings, time};

use crate::visitor::{Signed, Visitor};

const KEY: &str = "key";

/// How long a session token holds; the browser asks for another in time.
pub(crate) const SESSION: u64 = 2 * time::HOUR;

/// How long a visitor whom the site vouches for may come back without a new signature.
const SIGNED: u64 = 12 * time::HOUR;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To come back.
    Return,
    /// To write.
    Session,
}

impl Use {
    fn word(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Session => "session",
        }
    }
}

/// What the signature of a token covers. A site signs JSON objects, which begin with a brace, so nothing that it signs
/// is ever taken for a token.
fn covered(what: Use, connection: &str, visitor: &str, until: &str) -> String {
    format!("webchat {}\n{connection}\n{visitor}\n{until}", what.word())
}

/// A token for a visitor, whose history lasts `keep_for` milliseconds.
pub(crate) fn token(what: Use, visitor: &Visitor, keep_for: u64) -> Result<String> {
    let holds = match (what, visitor.user()) {
        (Use::Session, _) => SESSION,
        (Use::Return, Some(_)) => SIGNED,
        (Use::Return, None) => keep_for,
    };
    let until = time::now().saturating_add(holds as i64).to_string();
    let data = covered(what, &settings::connection(), visitor.id(), &until);
    let mac = signing::sign(KEY, Algorithm::HmacSha256, data.as_bytes())?;
    Ok(format!("{}.{until}.{}", visitor.id(), signing::hex(&mac)))
}

/// Whose token it is; `None` for one that is forged, over, for something else or of another connection.
pub(crate) fn holder(what: Use, token: &str, now: Timestamp) -> Result<Option<Visitor>> {
    let mut parts = token.rsplitn(3, '.');
    let (Some(mac), Some(until), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let Some(mac) = unhex(mac) else { return Ok(None) };
    let data = covered(what, &settings::connection(), id, until);
    if !signing::verify(KEY, Algorithm::HmacSha256, data.as_bytes(), &mac)? {
        return Ok(None);
    }
    Ok(until.parse::<Timestamp>().ok().filter(|until| *until > now).and_then(|_| Visitor::parse(id)))
}

/// Whom the site vouches for, by `signature`: HMAC-SHA256 in hex over `payload` as it is. An error says what is wrong
/// with the signature or with what it signs.
pub(crate) fn signed(payload: &str, signature: &str, now: Timestamp) -> Result<Signed> {
    let wrong = Error::reject("the visitor's signature does not fit");
    let Some(mac) = unhex(signature) else { return Err(wrong) };
    if !payload.starts_with('{') || !signing::verify(KEY, Algorithm::HmacSha256, payload.as_bytes(), &mac)? {
        return Err(wrong);
    }
    let signed: Signed = serde_json::from_str(payload)
        .map_err(|_| Error::reject("the signed visitor is no object with a text or number as its `id`"))?;
    if signed.exp.is_some_and(|until| until.saturating_mul(1_000) <= now) {
        return Err(Error::reject("the visitor's signature is over (`exp`)"));
    }
    Ok(signed)
}

/// Bytes of hex digits, upper or lower case.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    (!text.is_empty()).then_some(())?;
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use switchboard_sdk::testing::{self, Host, Installed};

    use super::*;

    fn host() -> Installed {
        let host = Host::with_settings("{}");
        host.secret("key", "a-key-of-the-connection");
        host
    }

    fn mac(text: &str) -> String {
        signing::hex(&signing::sign(KEY, Algorithm::HmacSha256, text.as_bytes()).unwrap())
    }

    #[test]
    fn a_token_proves_its_visitor_for_its_use_on_its_connection_until_its_time_is_over() {
        let host = host();
        let visitor = Visitor::fresh();
        let token = token(Use::Session, &visitor, 1_000).unwrap();
        let now = time::now();
        assert_eq!(holder(Use::Session, &token, now).unwrap(), Some(visitor.clone()));
        assert_eq!(holder(Use::Return, &token, now).unwrap(), None, "for another use");
        assert_eq!(holder(Use::Session, &token, now + SESSION as i64).unwrap(), None, "too late");
        testing::with(|host| host.connection = "another".to_owned());
        assert_eq!(holder(Use::Session, &token, now).unwrap(), None, "on another connection");
        testing::with(|host| host.connection = "test".to_owned());
        host.secret("key", "another-key");
        assert_eq!(holder(Use::Session, &token, now).unwrap(), None, "with another key");
    }

    #[test]
    fn what_a_site_signs_is_taken_as_it_is_and_never_as_a_token() {
        let _host = host();
        let now = time::now();
        let payload = r#"{"id": 42, "email": "ada@example.com"}"#;
        assert_eq!(signed(payload, &mac(payload), now).unwrap().id, "42");
        assert_eq!(signed(payload, &mac(payload).to_uppercase(), now).unwrap().id, "42");
        for (payload, signature) in [
            (r#"{"id": 43, "email": "ada@example.com"}"#.to_owned(), mac(payload)),
            (payload.to_owned(), String::new()),
            (payload.to_owned(), "zz".to_owned()),
            ("[]".to_owned(), mac("[]")),
            ("{}".to_owned(), mac("{}")),
            (r#"{"id":""}"#.to_owned(), mac(r#"{"id":""}"#)),
            (r#"{"id":"1","exp":1}"#.to_owned(), mac(r#"{"id":"1","exp":1}"#)),
        ] {
            assert!(matches!(signed(&payload, &signature, now), Err(Error::Reject(_))), "{payload}");
        }
        let visitor = Visitor::of("42");
        let forged = covered(Use::Session, "test", visitor.id(), "9999999999999");
        assert!(signed(&forged, &mac(&forged), now).is_err(), "a token's text is no visitor");
    }

    proptest! {
        #[test]
        fn no_changed_token_proves_anything(at in 0..200usize, byte in 0x21..0x7fu8) {
            let _host = host();
            let good = token(Use::Session, &Visitor::of("a.b@c"), 1_000).unwrap();
            let mut bad = good.clone().into_bytes();
            let at = at % bad.len();
            prop_assume!(!bad[at].eq_ignore_ascii_case(&byte));
            bad[at] = byte;
            prop_assert_eq!(holder(Use::Session, &String::from_utf8(bad).unwrap(), time::now()).unwrap(), None);
        }

        #[test]
        fn nothing_that_anybody_sends_makes_it_panic(token in ".{0,80}", payload in ".{0,80}") {
            let _host = host();
            prop_assert_eq!(holder(Use::Return, &token, 0).unwrap(), None);
            prop_assert!(signed(&payload, &token, 0).is_err());
        }
    }
}
