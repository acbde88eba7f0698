//! Secrets at rest: sealed with a key that lies beside the database, not in it, so that a copy of the
//! database alone gives none away.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::StoreError;
use crate::ambient::Ambient;
use crate::model::id::ConnectionId;

/// XChaCha20's nonce in bytes: long enough to be drawn at random for ever.
const NONCE: usize = 24;

/// Seals and opens secrets.
pub(super) struct Vault {
    cipher: XChaCha20Poly1305,
}

impl Vault {
    /// Reads the key, or makes one where there is none.
    pub(super) fn open(path: &Path, ambient: &Ambient) -> Result<Self, StoreError> {
        let wrong = |why: String| StoreError::Key { path: path.to_path_buf(), why };
        let mut key = Zeroizing::new([0_u8; 32]);
        match std::fs::File::open(path) {
            Ok(mut file) => {
                let mut bytes = Zeroizing::new(Vec::new());
                file.read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
                if bytes.len() != key.len() {
                    return Err(wrong(format!(
                        "it holds {} bytes, not 32; restore it from a backup",
                        bytes.len()
                    )));
                }
                key.copy_from_slice(&bytes);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                ambient.entropy.fill(key.as_mut());
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path).map_err(|error| wrong(error.to_string()))?;
                file.write_all(key.as_ref())
                    .and_then(|()| file.sync_all())
                    .map_err(|error| wrong(error.to_string()))?;
            }
            Err(error) => return Err(wrong(error.to_string())),
        }
        Ok(Self { cipher: XChaCha20Poly1305::new((&*key).into()) })
    }

    /// What binds a sealed value to its place: moved to another connection or name, it does not open.
    fn place(connection: &ConnectionId, name: &str) -> String {
        format!("{connection} {name}")
    }

    pub(super) fn seal(
        &self,
        ambient: &Ambient,
        connection: &ConnectionId,
        name: &str,
        value: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0_u8; NONCE];
        ambient.entropy.fill(&mut nonce);
        let place = Self::place(connection, name);
        let payload = Payload { msg: value, aad: place.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Sealed { name: name.to_owned() })?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(super) fn unseal(
        &self,
        connection: &ConnectionId,
        name: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let wrong = || StoreError::Sealed { name: name.to_owned() };
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let place = Self::place(connection, name);
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_in_its_place_and_with_its_key() {
        let folder = std::env::temp_dir().join(format!("switchboard-vault-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let ambient = Ambient::system();
        let vault = Vault::open(&folder.join("a.key"), &ambient).expect("a key");
        let (one, other) = (ConnectionId::random([1; 16]), ConnectionId::random([2; 16]));
        let sealed = vault.seal(&ambient, &one, "token", b"s3cret").expect("sealed");
        assert!(!sealed.windows(6).any(|w| w == b"s3cret"));
        let again = Vault::open(&folder.join("a.key"), &ambient).expect("the same key");
        assert_eq!(again.unseal(&one, "token", &sealed).expect("opens").as_slice(), b"s3cret");
        assert!(again.unseal(&other, "token", &sealed).is_err());
        assert!(again.unseal(&one, "other", &sealed).is_err());
        let stranger = Vault::open(&folder.join("b.key"), &ambient).expect("another key");
        assert!(stranger.unseal(&one, "token", &sealed).is_err());
        std::fs::remove_dir_all(&folder).expect("gone");
    }
}
