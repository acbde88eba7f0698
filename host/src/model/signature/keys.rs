//! The secrets of a rule, and the public keys that some of them are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::error::CompileError;
use crate::model::manifest::{Manifest, SecretName};

/// The secrets of one rule that are set, with their names.
pub(super) struct Keys(pub(super) Vec<(String, Zeroizing<Vec<u8>>)>);

/// What there is for a rule.
pub(super) enum Found {
    /// At least one secret; none for a rule that needs none.
    Set(Keys),
    /// None of its secrets, and no connection must have them; the name of the first.
    Unset(String),
}

impl Keys {
    pub(super) fn find(
        names: &[SecretName],
        manifest: &Manifest,
        secrets: &impl Fn(&str) -> Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Found, CompileError> {
        let mut keys = Vec::new();
        for name in names {
            match secrets(name.as_str()) {
                Some(value) if value.is_empty() => return Err(CompileError::Empty(name.to_string())),
                Some(value) => keys.push((name.to_string(), value)),
                None => {}
            }
        }
        let Some(first) = names.first().filter(|_| keys.is_empty()) else {
            return Ok(Found::Set(Self(keys)));
        };
        let needed = names.iter().find(|name| manifest.secret(name.as_str()).is_none_or(|s| s.required));
        match needed {
            Some(name) => Err(CompileError::Unset(name.to_string())),
            None => Ok(Found::Unset(first.to_string())),
        }
    }

    /// Something made of each secret.
    pub(super) fn each<T>(
        &self,
        make: impl Fn(&[u8]) -> Result<T, &'static str>,
    ) -> Result<Vec<T>, CompileError> {
        let keys = self
            .0
            .iter()
            .map(|(name, value)| make(value).map_err(|why| CompileError::Key { name: name.clone(), why }));
        keys.collect()
    }
}

/// An Ed25519 key: the vendor's public one, or for tests a private one of which the public half counts.
pub(super) enum Ed25519 {
    Public(VerifyingKey),
    Private(SigningKey),
}

impl Ed25519 {
    /// Reads a public key as 64 hex digits, base64 or `whpk_…`, a private one as `seed:` and 64 hex
    /// digits or `whsk_…`.
    pub(super) fn read(secret: &[u8]) -> Result<Self, &'static str> {
        const WHY: &str = "is no Ed25519 public key: set it to the vendor's key, 64 hex digits or base64";
        let text = std::str::from_utf8(secret).map_err(|_| WHY)?.trim();
        if let Some(seed) = text.strip_prefix("seed:") {
            let mut bytes = Zeroizing::new([0; 32]);
            hex::decode_to_slice(seed, bytes.as_mut())
                .map_err(|_| "must have 64 hex digits after `seed:`")?;
            return Ok(Self::Private(SigningKey::from_bytes(&bytes)));
        }
        if let Some(text) = text.strip_prefix("whsk_") {
            let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| WHY)?);
            // A private key is the seed alone, or the seed with the public key after it.
            let (seed, _) = bytes.split_first_chunk::<32>().ok_or(WHY)?;
            return Ok(Self::Private(SigningKey::from_bytes(seed)));
        }
        let text = text.strip_prefix("whpk_").unwrap_or(text);
        let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text)).map_err(|_| WHY)?;
        let key = VerifyingKey::from_bytes(&bytes.try_into().map_err(|_| WHY)?).map_err(|_| WHY)?;
        if key.is_weak() { Err(WHY) } else { Ok(Self::Public(key)) }
    }

    pub(super) fn public(&self) -> VerifyingKey {
        match self {
            Self::Public(key) => *key,
            Self::Private(key) => key.verifying_key(),
        }
    }
}

/// A P-256 public key as the point that `ring` takes, from SPKI or a bare point, base64 or PEM.
pub(super) fn p256_point(secret: &[u8]) -> Result<Vec<u8>, &'static str> {
    const WHY: &str = "is no P-256 public key: set it to the vendor's key in base64 or PEM";
    /// What stands before the point in every SPKI of an uncompressed P-256 key (RFC 5480).
    const SPKI: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let text = std::str::from_utf8(secret).map_err(|_| WHY)?;
    let base64: String =
        text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::split_whitespace).collect();
    let bytes = STANDARD.decode(base64).map_err(|_| WHY)?;
    let point = bytes.strip_prefix(&SPKI).unwrap_or(&bytes);
    if point.len() == 65 && point[0] == 4 { Ok(point.to_vec()) } else { Err(WHY) }
}
