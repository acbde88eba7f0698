//! HMAC with the key worked in once: a request then costs a copy of the state and the hash of its body.

use hmac::{Hmac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use crate::model::manifest::Algorithm;

/// An HMAC (RFC 2104) with its key, before any data.
#[derive(Clone)]
pub struct Mac(State);

#[derive(Clone)]
enum State {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Box<Hmac<Sha512>>),
}

/// The length of the longest code there is, SHA-512's.
const LONGEST: usize = 64;

/// A finished code: what a signature must be equal to.
pub(super) struct Tag {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Mac {
    /// Works a key in; it may have any length.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        const ANY_LENGTH: &str = "HMAC takes keys of any length";
        Self(match algorithm {
            Algorithm::Sha1 => State::Sha1(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
            Algorithm::Sha256 => State::Sha256(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
            Algorithm::Sha512 => State::Sha512(Box::new(Hmac::new_from_slice(key).expect(ANY_LENGTH))),
        })
    }

    /// The code of these data.
    #[must_use]
    pub fn sign(&self, data: &[u8]) -> Vec<u8> {
        let mut mac = self.clone();
        mac.update(data);
        mac.finish().as_bytes().to_vec()
    }

    /// Whether `signature` is the code of these data, compared in constant time.
    #[must_use]
    pub fn verify(&self, data: &[u8], signature: &[u8]) -> bool {
        let mut mac = self.clone();
        mac.update(data);
        mac.finish().equals(signature)
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Sha1(mac) => mac.update(data),
            State::Sha256(mac) => mac.update(data),
            State::Sha512(mac) => mac.update(data),
        }
    }

    pub(super) fn finish(self) -> Tag {
        match self.0 {
            State::Sha1(mac) => Tag::new(&mac.finalize().into_bytes()),
            State::Sha256(mac) => Tag::new(&mac.finalize().into_bytes()),
            State::Sha512(mac) => Tag::new(&mac.finalize().into_bytes()),
        }
    }
}

impl Tag {
    /// A code, or a digest; at most 64 bytes, as every hash here gives.
    pub(super) fn new(code: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        let length = code.len().min(LONGEST);
        bytes[..length].copy_from_slice(&code[..length]);
        Self { bytes, length }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Whether a signature is this code, in the same time wherever they differ. Its length is no secret.
    pub(super) fn equals(&self, signature: &[u8]) -> bool {
        self.as_bytes().ct_eq(signature).into()
    }
}
