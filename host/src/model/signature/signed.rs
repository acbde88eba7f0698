//! A signature in a header, over a template of the request: `hmac`, `digest`, `ed25519`, `ecdsa`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::error::{CompileError, Refusal, SignError};
use super::keys::{Ed25519, Keys, p256_point};
use super::mac::{Mac, Tag};
use super::request::{Request, any_header, header_words};
use super::timestamp;
use crate::model::manifest::{Algorithm, Encoding, Part, SignatureKind, Signed};

/// A rule with its keys.
pub(super) struct Check {
    rule: Signed,
    keys: Prepared,
}

enum Prepared {
    Hmac(Vec<Mac>),
    Digest(Algorithm, Vec<Zeroizing<Vec<u8>>>),
    Ed25519(Vec<VerifyingKey>),
    Ecdsa(Vec<UnparsedPublicKey<Vec<u8>>>),
}

impl Check {
    pub(super) fn compile(rule: &Signed, keys: &Keys) -> Result<Self, CompileError> {
        let keys = match rule.kind {
            SignatureKind::Hmac(algorithm) => Prepared::Hmac(keys.each(|key| Ok(Mac::new(algorithm, key)))?),
            SignatureKind::Digest(algorithm) => {
                Prepared::Digest(algorithm, keys.each(|key| Ok(Zeroizing::new(key.to_vec())))?)
            }
            SignatureKind::Ed25519 => Prepared::Ed25519(keys.each(|key| Ok(Ed25519::read(key)?.public()))?),
            SignatureKind::EcdsaP256 => Prepared::Ecdsa(
                keys.each(|key| Ok(UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, p256_point(key)?)))?,
            ),
        };
        Ok(Self { rule: rule.clone(), keys })
    }

    pub(super) fn check(&self, request: &Request<'_>, now_ms: i64) -> Result<(), Refusal> {
        let rule = &self.rule;
        let (header, value) =
            request.first(&rule.headers)?.ok_or_else(|| Refusal::Missing(any_header(&rule.headers)))?;
        let malformed = |why| Refusal::Malformed { what: header_words(header), why };
        let text =
            value.strip_prefix(rule.prefix.as_bytes()).ok_or_else(|| malformed("has not its prefix"))?;
        let signature = match rule.encoding {
            Encoding::Hex => hex::decode(text).map_err(|_| malformed("is not hex"))?,
            Encoding::Base64 => STANDARD.decode(text).map_err(|_| malformed("is not base64"))?,
        };
        let stamp = match &rule.timestamp {
            Some(rule) => Some((request.must(&rule.header)?, rule)),
            None => None,
        };
        let stamp_text = stamp.map(|(text, _)| text).unwrap_or_default();
        let time = match stamp {
            Some((text, rule)) => {
                Some((timestamp::read(text, rule.unit, &header_words(&rule.header))?, rule.tolerance))
            }
            None => None,
        };
        if !self.matches(request, stamp_text, &signature)? {
            return Err(Refusal::Mismatch(format!("the signature in {}", header_words(header))));
        }
        // Only now, so that the log says whether a clock is wrong or the signature.
        time.map_or(Ok(()), |(stamp, tolerance)| timestamp::within(stamp, now_ms, tolerance))
    }

    fn matches(&self, request: &Request<'_>, stamp: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
        let parts = self.rule.signed.parts();
        let mut matched = false;
        match &self.keys {
            Prepared::Hmac(keys) => {
                for key in keys {
                    let mut mac = key.clone();
                    feed(parts, request, stamp, b"", |bytes| mac.update(bytes))?;
                    matched |= mac.finish().equals(signature);
                }
            }
            Prepared::Digest(algorithm, secrets) => {
                for secret in secrets {
                    matched |= digest(*algorithm, &text(parts, request, stamp, secret)?).equals(signature);
                }
            }
            Prepared::Ed25519(keys) => {
                let message = text(parts, request, stamp, b"")?;
                let signature = Signature::from_slice(signature).ok();
                matched = signature.is_some_and(|signature| {
                    keys.iter().any(|key| key.verify_strict(&message, &signature).is_ok())
                });
            }
            Prepared::Ecdsa(keys) => {
                let message = text(parts, request, stamp, b"")?;
                matched = keys.iter().any(|key| key.verify(&message, signature).is_ok());
            }
        }
        Ok(matched)
    }
}

/// The signature that makes a request pass a rule, as its header's value, and the time stamp that goes
/// with it.
pub(super) fn sign(
    rule: &Signed,
    keys: &Keys,
    request: &Request<'_>,
    now_ms: i64,
) -> Result<(String, Option<String>), SignError> {
    let stamp = rule.timestamp.as_ref().map(|rule| timestamp::write(now_ms, rule.unit));
    let (name, key) = keys.0.first().ok_or(SignError::NoRule)?;
    let parts = rule.signed.parts();
    let message = text(parts, request, stamp.as_deref().unwrap_or_default().as_bytes(), key)
        .map_err(SignError::Request)?;
    let bad = |why| CompileError::Key { name: name.clone(), why };
    let signature = match rule.kind {
        SignatureKind::Hmac(algorithm) => Mac::new(algorithm, key).sign(&message),
        SignatureKind::Digest(algorithm) => digest(algorithm, &message).as_bytes().to_vec(),
        SignatureKind::Ed25519 => match Ed25519::read(key).map_err(bad)? {
            Ed25519::Private(key) => key.sign(&message).to_bytes().to_vec(),
            Ed25519::Public(_) => return Err(SignError::Public(name.clone())),
        },
        SignatureKind::EcdsaP256 => return Err(SignError::Ecdsa),
    };
    let written = match rule.encoding {
        Encoding::Hex => hex::encode(signature),
        Encoding::Base64 => STANDARD.encode(signature),
    };
    Ok((format!("{}{written}", rule.prefix), stamp))
}

fn digest(algorithm: Algorithm, message: &[u8]) -> Tag {
    match algorithm {
        Algorithm::Sha1 => Tag::new(&sha1::Sha1::digest(message)),
        Algorithm::Sha256 => Tag::new(&sha2::Sha256::digest(message)),
        Algorithm::Sha512 => Tag::new(&sha2::Sha512::digest(message)),
    }
}

fn text(
    parts: &[Part],
    request: &Request<'_>,
    stamp: &[u8],
    secret: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut message = Zeroizing::new(Vec::with_capacity(request.body.len() + 256));
    feed(parts, request, stamp, secret, |bytes| message.extend_from_slice(bytes))?;
    Ok(message)
}

/// Hands the parts of what is signed to `sink`, one after the other.
fn feed(
    parts: &[Part],
    request: &Request<'_>,
    stamp: &[u8],
    secret: &[u8],
    mut sink: impl FnMut(&[u8]),
) -> Result<(), Refusal> {
    for part in parts {
        match part {
            Part::Literal(text) => sink(text.as_bytes()),
            Part::Method => sink(request.method.as_bytes()),
            Part::Url => sink(request.url.as_bytes()),
            Part::UrlDecoded => sink(&decode_listed(request.url.as_bytes())),
            Part::Path => sink(request.path.as_bytes()),
            Part::Query => sink(request.query_raw.as_bytes()),
            Part::Timestamp => sink(stamp),
            Part::Body => sink(request.body),
            Part::Header(name) => sink(request.must(name)?),
            Part::Secret => sink(secret),
        }
    }
    Ok(())
}

/// Decodes the escapes that `{url-decoded}` lists, and no other.
fn decode_listed(url: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(url.len());
    let mut rest = url;
    while let Some((&first, after)) = rest.split_first() {
        let byte = match after.first_chunk::<2>().filter(|_| first == b'%').map(|d| d.to_ascii_uppercase()) {
            Some(digits) => match digits.as_slice() {
                b"3A" => Some(b':'),
                b"2F" => Some(b'/'),
                b"3F" => Some(b'?'),
                b"40" => Some(b'@'),
                b"21" => Some(b'!'),
                b"24" => Some(b'$'),
                b"27" => Some(b'\''),
                b"28" => Some(b'('),
                b"29" => Some(b')'),
                b"2A" => Some(b'*'),
                b"2C" => Some(b','),
                b"3B" => Some(b';'),
                _ => None,
            },
            None => None,
        };
        decoded.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    decoded
}
