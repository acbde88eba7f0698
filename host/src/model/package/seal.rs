//! One signature of a plugin's content, as a section of its file holds it.

use ed25519_dalek::{Signature, Signer as _};

use super::key::{PublicKey, SecretKey};

/// The custom section that holds a signature.
pub const SIGNATURE_SECTION: &str = "switchboard:signature";

/// What the signed message begins with, so that a signature made for anything else is worth nothing here.
const DOMAIN: &[u8] = b"switchboard plugin signature v1\0";
/// What the section's content begins with.
const VERSION: u8 = 1;
/// The version, the public key and the signature.
const LENGTH: usize = 1 + 32 + 64;

/// The SHA-256 of a plugin's file up to its first signature section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    fn message(&self) -> Vec<u8> {
        [DOMAIN, &self.0].concat()
    }
}

/// Why the content of a section is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short or too long.
    #[error("one of its signatures has {0} bytes instead of {LENGTH}")]
    Length(usize),
    /// Made by a later version of this program.
    #[error("one of its signatures is of version {0}, which this hub does not know; update the hub")]
    Version(u8),
    /// The key in it is none.
    #[error("one of its signatures names a key that cannot be one")]
    Key,
}

/// A signature with the key it is said to be of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The key that is said to have made it.
    pub key: PublicKey,
    signature: Signature,
}

impl Seal {
    /// Signs.
    #[must_use]
    pub fn make(key: &SecretKey, content: &ContentHash) -> Self {
        Self { key: key.public(), signature: key.signing().sign(&content.message()) }
    }

    /// Whether its key really signed that content.
    #[must_use]
    pub fn fits(&self, content: &ContentHash) -> bool {
        self.key.verifying().verify_strict(&content.message(), &self.signature).is_ok()
    }

    /// What stands in the section: a version byte, the public key, the signature.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[VERSION][..], self.key.as_bytes(), &self.signature.to_bytes()].concat()
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        match bytes.first() {
            Some(&version) if version != VERSION => return Err(SealError::Version(version)),
            _ if bytes.len() != LENGTH => return Err(SealError::Length(bytes.len())),
            _ => {}
        }
        let wrong = SealError::Length(bytes.len());
        let (key, signature) = bytes[1..].split_first_chunk::<32>().ok_or(wrong)?;
        let signature = signature.first_chunk::<64>().ok_or(wrong)?;
        Ok(Self {
            key: PublicKey::from_bytes(key).ok_or(SealError::Key)?,
            signature: Signature::from_bytes(signature),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_its_content_and_no_other() {
        let key = SecretKey::from_seed(&[1; 32]);
        let seal = Seal::make(&key, &ContentHash([9; 32]));
        assert!(seal.fits(&ContentHash([9; 32])));
        assert!(!seal.fits(&ContentHash([8; 32])));
        assert_eq!(Seal::decode(&seal.encode()), Ok(seal));
    }

    #[test]
    fn what_the_key_signed_elsewhere_is_no_signature_of_a_plugin() {
        let key = SecretKey::from_seed(&[1; 32]);
        let content = ContentHash([9; 32]);
        let elsewhere = Seal { key: key.public(), signature: key.signing().sign(&content.0) };
        assert!(!elsewhere.fits(&content));
    }

    #[test]
    fn a_section_that_is_no_signature_says_why() {
        let whole = Seal::make(&SecretKey::from_seed(&[1; 32]), &ContentHash([9; 32])).encode();
        assert_eq!(Seal::decode(&[]), Err(SealError::Length(0)));
        assert_eq!(Seal::decode(&whole[..96]), Err(SealError::Length(96)));
        assert_eq!(Seal::decode(&[&whole[..], &[0]].concat()), Err(SealError::Length(98)));
        assert_eq!(Seal::decode(&[2; 97]), Err(SealError::Version(2)));
        let mut no_key = whole;
        no_key[1..33].fill(0);
        assert_eq!(Seal::decode(&no_key), Err(SealError::Key));
    }
}
