//! `twilio`: HMAC-SHA1 over the address and the sorted form, or over the address with the body's hash.
//!
//! The rules are those of the vendor's own libraries: parameters sorted by name, a name's values sorted
//! and each once, name and value written one after the other; an address is tried as it is, without its
//! port, and with its scheme's own port, because proxies add and drop it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use sha2::Digest as _;

use super::error::{Refusal, SignError};
use super::form;
use super::keys::Keys;
use super::mac::{Mac, Tag};
use super::request::{Request, header_words};
use crate::model::manifest::Algorithm;

/// The query parameter that holds the hash of a body that is no form.
pub(super) const BODY_HASH: &str = "bodySHA256";

/// A rule with its keys.
pub(super) struct Check {
    header: HeaderName,
    keys: Vec<Mac>,
}

impl Check {
    pub(super) fn compile(header: &HeaderName, keys: &Keys) -> Self {
        let keys = keys.0.iter().map(|(_, key)| Mac::new(Algorithm::Sha1, key)).collect();
        Self { header: header.clone(), keys }
    }

    pub(super) fn check(&self, request: &Request<'_>) -> Result<(), Refusal> {
        let value = request.must(&self.header)?;
        let signature = STANDARD
            .decode(value)
            .map_err(|_| Refusal::Malformed { what: header_words(&self.header), why: "is not base64" })?;
        let params = params(request)?;
        let urls = variants(request.url);
        let mut matched = false;
        for key in &self.keys {
            for url in &urls {
                matched |= tag(key, url, &params).equals(&signature);
            }
        }
        if matched {
            return Ok(());
        }
        Err(Refusal::Mismatch(format!("the signature in {}", header_words(&self.header))))
    }
}

/// The header's value for a request whose address already has what it must have.
pub(super) fn sign(keys: &Keys, request: &Request<'_>) -> Result<String, SignError> {
    let (_, key) = keys.0.first().ok_or(SignError::NoRule)?;
    let params = params(request).map_err(SignError::Request)?;
    Ok(STANDARD.encode(tag(&Mac::new(Algorithm::Sha1, key), request.url, &params).as_bytes()))
}

/// The hash that stands for a body which is no form.
pub(super) fn body_hash(body: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(body))
}

/// Whether the body is covered by its parameters.
pub(super) fn is_form(request: &Request<'_>) -> bool {
    request.content_type_begins("application/x-www-form-urlencoded")
}

/// The parameters that are signed: those of a form, or none for a body that its hash covers.
fn params(request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    if is_form(request) {
        return Ok(sorted(request.body));
    }
    // Of the signed address, not of a query that was parsed elsewhere: only that is proven.
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let hash = form::pairs(query.as_bytes()).find(|(name, _)| name.as_ref() == BODY_HASH.as_bytes());
    match hash {
        Some((_, hash)) => {
            let own = Tag::new(&sha2::Sha256::digest(request.body));
            let given = hex::decode(&hash).unwrap_or_default();
            if own.equals(&given) {
                return Ok(Vec::new());
            }
            Err(Refusal::Mismatch(format!("the body's hash in the query parameter `{BODY_HASH}`")))
        }
        None if request.body.is_empty() => Ok(Vec::new()),
        None => Err(Refusal::BodyUnsigned),
    }
}

fn sorted(body: &[u8]) -> Vec<u8> {
    let mut params: BTreeMap<Cow<'_, [u8]>, BTreeSet<Cow<'_, [u8]>>> = BTreeMap::new();
    for (name, value) in form::pairs(body) {
        params.entry(name).or_default().insert(value);
    }
    let mut text = Vec::with_capacity(body.len());
    for (name, values) in &params {
        for value in values {
            text.extend_from_slice(name);
            text.extend_from_slice(value);
        }
    }
    text
}

fn tag(key: &Mac, url: &str, params: &[u8]) -> Tag {
    let mut mac = key.clone();
    mac.update(url.as_bytes());
    mac.update(params);
    mac.finish()
}

/// The address as it is, without its port, and with a port.
fn variants(url: &str) -> Vec<Cow<'_, str>> {
    let mut urls = vec![Cow::Borrowed(url)];
    let Some((scheme, rest)) = url.split_once("://") else { return urls };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let own = if scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            urls.push(Cow::Owned(format!("{scheme}://{host}{tail}")));
        }
        _ => urls.push(Cow::Owned(format!("{scheme}://{authority}:{own}{tail}"))),
    }
    urls
}
