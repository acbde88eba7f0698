//! `stripe`: `t=…,v1=…,v1=…` in one header, HMAC-SHA256 in hex over `{t}.{body}`.

use http::HeaderName;

use super::error::{Refusal, SignError};
use super::keys::Keys;
use super::mac::{Mac, Tag};
use super::request::{Request, header_words};
use super::timestamp;
use crate::model::manifest::{Algorithm, Period, TimeUnit};

/// A rule with its keys.
pub(super) struct Check {
    header: HeaderName,
    tolerance: Period,
    keys: Vec<Mac>,
}

impl Check {
    pub(super) fn compile(header: &HeaderName, tolerance: Period, keys: &Keys) -> Self {
        let keys = keys.0.iter().map(|(_, key)| Mac::new(Algorithm::Sha256, key)).collect();
        Self { header: header.clone(), tolerance, keys }
    }

    pub(super) fn check(&self, request: &Request<'_>, now_ms: i64) -> Result<(), Refusal> {
        let value = request.must(&self.header)?;
        let malformed = |why| Refusal::Malformed { what: header_words(&self.header), why };
        let (mut stamp, mut signatures) = (None, Vec::new());
        for item in value.split(|&b| b == b',') {
            let item = item.trim_ascii();
            if let Some(text) = item.strip_prefix(b"t=") {
                if stamp.replace(text).is_some() {
                    return Err(malformed("has two time stamps"));
                }
            } else if let Some(text) = item.strip_prefix(b"v1=") {
                // One that cannot be read is as good as none; another may be right.
                signatures.extend(hex::decode(text).ok());
            }
        }
        let stamp = stamp.ok_or_else(|| malformed("has no time stamp `t=`"))?;
        if signatures.is_empty() {
            return Err(malformed("has no signature `v1=` in hex"));
        }
        let time =
            timestamp::read(stamp, TimeUnit::Seconds, &format!("`t=` in {}", header_words(&self.header)))?;
        let mut matched = false;
        for key in &self.keys {
            let tag = tag(key, stamp, request.body);
            matched |= signatures.iter().fold(false, |matched, signature| matched | tag.equals(signature));
        }
        if !matched {
            return Err(Refusal::Mismatch(format!("the signature in {}", header_words(&self.header))));
        }
        timestamp::within(time, now_ms, self.tolerance)
    }
}

/// The header's value that makes a request pass.
pub(super) fn sign(keys: &Keys, request: &Request<'_>, now_ms: i64) -> Result<String, SignError> {
    let (_, key) = keys.0.first().ok_or(SignError::NoRule)?;
    let stamp = timestamp::write(now_ms, TimeUnit::Seconds);
    let tag = tag(&Mac::new(Algorithm::Sha256, key), stamp.as_bytes(), request.body);
    Ok(format!("t={stamp},v1={}", hex::encode(tag.as_bytes())))
}

fn tag(key: &Mac, stamp: &[u8], body: &[u8]) -> Tag {
    let mut mac = key.clone();
    mac.update(stamp);
    mac.update(b".");
    mac.update(body);
    mac.finish()
}
