//! Keys that sign plugins, and the one line of text each is kept as.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// What the line of a public key begins with.
const PUBLIC: &str = "switchboard-ed25519";
/// What the line of a secret key begins with.
const SECRET: &str = "switchboard-ed25519-secret";

/// Why a text is no key. Every message says what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not one line of three words.
    #[error("it is not one line such as `{PUBLIC} KEY name`, as `switchboard plugin keygen` writes it")]
    Line,
    /// It is for another program or another algorithm.
    #[error("it begins with `{0}`: only keys that `switchboard plugin keygen` made are taken")]
    Kind(String),
    /// A secret key where a public one belongs.
    #[error("this is a secret key, which stays with its owner: give the .pub file that was made with it")]
    Secret,
    /// A public key where a secret one belongs.
    #[error("this is a public key, which cannot sign: give the .key file that was made with it")]
    Public,
    /// What should be the key is none.
    #[error("its second word is no Ed25519 key in base64: it was cut or changed; copy the line again")]
    Value,
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Why a text cannot name a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a key: take 1 to 64 letters, digits, `.`, `_`, `-` or `@`")]
pub struct NameError(String);

/// What people call the owner of a key: 1 to 64 letters, digits, `.`, `_`, `-` or `@`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError(text.chars().take(80).collect::<String>().escape_debug().to_string()))
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key is told apart by: the first 20 hex digits of the SHA-256 of its 32 bytes. For people to
/// compare; keys themselves are compared whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads its 32 bytes; `None` where they are no key, or one under which anybody can sign.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).map(Self)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// What people compare.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(hex::encode(&Sha256::digest(self.as_bytes())[..10]))
    }

    /// The line a `.pub` file holds.
    #[must_use]
    pub fn line(&self, name: &KeyName) -> String {
        format!("{PUBLIC} {} {name}", STANDARD.encode(self.as_bytes()))
    }

    /// Reads such a line with the name it gives the key.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_line(text: &str) -> Result<(Self, KeyName), KeyError> {
        let (kind, value, name) = words(text)?;
        match kind {
            PUBLIC => {}
            SECRET => return Err(KeyError::Secret),
            other => return Err(KeyError::Kind(shown(other))),
        }
        let bytes = bytes(value)?;
        Ok((Self::from_bytes(&bytes).ok_or(KeyError::Value)?, name.parse()?))
    }

    pub(super) fn verifying(&self) -> &VerifyingKey {
        &self.0
    }
}

/// A key that signs. Its memory is wiped when it is dropped, and it is never shown.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key that 32 random bytes are.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The key that others check its signatures with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The line a `.key` file holds.
    #[must_use]
    pub fn line(&self, name: &KeyName) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.0.to_bytes());
        let value = Zeroizing::new(STANDARD.encode(seed.as_slice()));
        Zeroizing::new(format!("{SECRET} {} {name}", value.as_str()))
    }

    /// Reads such a line with the name it gives the key.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_line(text: &str) -> Result<(Self, KeyName), KeyError> {
        let (kind, value, name) = words(text)?;
        match kind {
            SECRET => {}
            PUBLIC => return Err(KeyError::Public),
            other => return Err(KeyError::Kind(shown(other))),
        }
        Ok((Self::from_seed(&*bytes(value)?), name.parse()?))
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

/// The three words of the one line that a key is.
fn words(text: &str) -> Result<(&str, &str, &str), KeyError> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(kind), Some(value), Some(name), None) if text.trim().lines().count() == 1 => {
            Ok((kind, value, name))
        }
        // A key of another program has other words; say that rather than count them.
        (Some(kind), ..) if ![PUBLIC, SECRET].contains(&kind) => Err(KeyError::Kind(shown(kind))),
        _ => Err(KeyError::Line),
    }
}

/// The 32 bytes a word is in base64.
fn bytes(word: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let decoded = Zeroizing::new(STANDARD.decode(word).map_err(|_| KeyError::Value)?);
    let bytes = decoded.as_slice().try_into().map_err(|_| KeyError::Value)?;
    Ok(Zeroizing::new(bytes))
}

/// As much of a foreign word as fits into a message.
fn shown(word: &str) -> String {
    word.chars().take(32).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> KeyName {
        "acme".parse().expect("a name")
    }

    #[test]
    fn a_key_reads_back_from_its_line() {
        let secret = SecretKey::from_seed(&[7; 32]);
        let (read, called) = SecretKey::from_line(&format!("{}\n", *secret.line(&name()))).expect("reads");
        assert_eq!((read.public(), called.as_str()), (secret.public(), "acme"));
        let (public, called) = PublicKey::from_line(&secret.public().line(&name())).expect("reads");
        assert_eq!((public, called.as_str()), (secret.public(), "acme"));
    }

    #[test]
    fn an_id_is_the_beginning_of_the_keys_hash() {
        let key = SecretKey::from_seed(&[7; 32]).public();
        assert_eq!(key.id().as_str(), &hex::encode(Sha256::digest(key.as_bytes()))[..20]);
    }

    #[test]
    fn a_secret_key_is_never_shown() {
        let key = SecretKey::from_seed(&[7; 32]);
        let shown = format!("{key:?}");
        assert!(!shown.contains("07") && shown.contains(key.public().id().as_str()), "{shown}");
    }

    #[test]
    fn what_is_no_key_is_told_what_it_should_be() {
        let secret = SecretKey::from_seed(&[7; 32]);
        let (private, public) = (secret.line(&name()), secret.public().line(&name()));
        let refused = |text: &str| PublicKey::from_line(text).expect_err("refused").to_string();
        assert!(refused("").contains("one line"));
        assert!(refused(&format!("{public}\n{public}")).contains("one line"));
        assert!(refused(&public.replace(' ', "\n")).contains("one line"));
        assert!(refused("switchboard-ed25519 abc").contains("one line"));
        assert!(refused("ssh-ed25519 AAAA me@home").contains("ssh-ed25519"));
        assert!(refused(&private).contains(".pub"));
        assert!(refused(&public.replace("ed25519 ", "ed25519 A")).contains("copy the line again"));
        assert!(refused(&public.replace("acme", "a/b")).contains("letters"));
        let weak = format!("switchboard-ed25519 {} weak", STANDARD.encode([0; 32]));
        assert_eq!(PublicKey::from_line(&weak), Err(KeyError::Value), "anybody can sign under it");
        assert_eq!(SecretKey::from_line(&public).err(), Some(KeyError::Public));
    }
}
