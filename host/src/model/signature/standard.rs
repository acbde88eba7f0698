//! `standard-webhooks`: the Standard Webhooks specification 1.0, `v1` (HMAC-SHA256) and `v1a` (Ed25519).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use http::HeaderName;
use zeroize::Zeroizing;

use super::error::{CompileError, Refusal, SignError};
use super::keys::{Ed25519, Keys};
use super::mac::Mac;
use super::request::{Request, header_words};
use super::timestamp;
use crate::model::manifest::{Algorithm, Period, STANDARD_HEADERS, TimeUnit};

/// The names that the same headers had before there was a specification; senders still use them.
const OLDER_HEADERS: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];

/// The id that a signed sample gets when it has none.
const SAMPLE_ID: &str = "msg_sample";

/// A rule with its keys.
pub(super) struct Check {
    tolerance: Period,
    keys: Vec<Key>,
}

enum Key {
    Shared(Mac),
    Public(VerifyingKey),
}

impl Check {
    pub(super) fn compile(tolerance: Period, keys: &Keys) -> Result<Self, CompileError> {
        let keys = keys.each(|secret| {
            Ok(if is_pair(secret) {
                Key::Public(Ed25519::read(secret)?.public())
            } else {
                Key::Shared(Mac::new(Algorithm::Sha256, &shared(secret)?))
            })
        })?;
        Ok(Self { tolerance, keys })
    }

    pub(super) fn check(&self, request: &Request<'_>, now_ms: i64) -> Result<(), Refusal> {
        let names = STANDARD_HEADERS.map(HeaderName::from_static);
        let older = OLDER_HEADERS.map(HeaderName::from_static);
        let uses_older = !request.headers.contains_key(&names[2]) && request.headers.contains_key(&older[2]);
        let [id, stamp, signatures] = if uses_older { older } else { names };
        let what = header_words(&signatures);
        let (id, text) = (request.must(&id)?, request.must(&stamp)?);
        let signatures = request.must(&signatures)?;
        let time = timestamp::read(text, TimeUnit::Seconds, &header_words(&stamp))?;
        if !self.matches(id, text, request.body, signatures) {
            return Err(Refusal::Mismatch(format!("every signature in {what}")));
        }
        timestamp::within(time, now_ms, self.tolerance)
    }

    fn matches(&self, id: &[u8], stamp: &[u8], body: &[u8], signatures: &[u8]) -> bool {
        let (mut codes, mut signed) = (Vec::new(), Vec::new());
        for item in signatures.split(|&b| b == b' ') {
            if let Some(text) = item.strip_prefix(b"v1,") {
                codes.extend(STANDARD.decode(text).ok());
            } else if let Some(text) = item.strip_prefix(b"v1a,") {
                let bytes = STANDARD.decode(text).ok();
                signed.extend(bytes.and_then(|bytes| Signature::from_slice(&bytes).ok()));
            }
        }
        let mut matched = false;
        for key in &self.keys {
            match key {
                Key::Shared(mac) => {
                    let mut mac = mac.clone();
                    for part in [id, b".", stamp, b".", body] {
                        mac.update(part);
                    }
                    let tag = mac.finish();
                    matched |= codes.iter().fold(false, |matched, code| matched | tag.equals(code));
                }
                Key::Public(key) => {
                    let message = [id, b".", stamp, b".", body].concat();
                    matched |= signed.iter().any(|signature| key.verify_strict(&message, signature).is_ok());
                }
            }
        }
        matched
    }
}

/// The values of the three headers, in their order, that make a request pass.
pub(super) fn sign(keys: &Keys, request: &Request<'_>, now_ms: i64) -> Result<[String; 3], SignError> {
    let (name, secret) = keys.0.first().ok_or(SignError::NoRule)?;
    let id = request.headers.get(STANDARD_HEADERS[0]).and_then(|id| id.to_str().ok()).unwrap_or(SAMPLE_ID);
    let stamp = timestamp::write(now_ms, TimeUnit::Seconds);
    let message = [id.as_bytes(), b".", stamp.as_bytes(), b".", request.body].concat();
    let bad = |why| CompileError::Key { name: name.clone(), why };
    let signature = if is_pair(secret) {
        match Ed25519::read(secret).map_err(bad)? {
            Ed25519::Private(key) => format!("v1a,{}", STANDARD.encode(key.sign(&message).to_bytes())),
            Ed25519::Public(_) => return Err(SignError::Public(name.clone())),
        }
    } else {
        let key = shared(secret).map_err(bad)?;
        format!("v1,{}", STANDARD.encode(Mac::new(Algorithm::Sha256, &key).sign(&message)))
    };
    Ok([id.to_owned(), stamp, signature])
}

/// Whether a secret is half of a key pair.
fn is_pair(secret: &[u8]) -> bool {
    [b"whpk_".as_slice(), b"whsk_", b"seed:"].iter().any(|prefix| secret.starts_with(prefix))
}

/// The key that both sides share: base64, with or without `whsec_` before it.
fn shared(secret: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    const WHY: &str = "is no Standard Webhooks secret: set it to the whole `whsec_…` the vendor shows";
    let secret = secret.trim_ascii();
    let key = STANDARD.decode(secret.strip_prefix(b"whsec_").unwrap_or(secret)).map_err(|_| WHY)?;
    if key.is_empty() { Err(WHY) } else { Ok(Zeroizing::new(key)) }
}
