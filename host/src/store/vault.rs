//! Secrets at rest: sealed with a key that lies beside the database, not in it, so that a copy of the
//! database alone gives none away.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::StoreError;
use super::batch::{Batch, row};
use super::engine::Database;
use crate::ambient::Ambient;
use crate::model::id::ConnectionId;

/// XChaCha20's nonce in bytes: long enough to be drawn at random for ever.
const NONCE: usize = 24;

/// A key in clear.
type Key = Zeroizing<[u8; 32]>;

/// Seals and opens secrets.
pub(super) struct Vault {
    cipher: XChaCha20Poly1305,
}

impl Vault {
    /// Reads the key, or makes one where there is none.
    pub(super) fn open(path: &Path, ambient: &Ambient) -> Result<Self, StoreError> {
        let wrong = |why: String| StoreError::Key { path: path.to_path_buf(), why };
        if let Some(vault) = Self::existing(path)? {
            return Ok(vault);
        }
        make(path, ambient).map_err(|error| wrong(error.to_string()))?;
        Self::existing(path)?.ok_or_else(|| wrong("it was removed as soon as it was made".to_owned()))
    }

    /// Whether something that was sealed in a place opens in it.
    fn opens(&self, connection: &ConnectionId, name: &str, sealed: &[u8]) -> bool {
        self.unseal(connection, name, sealed).is_ok()
    }

    /// Reads the key; `None` where there is none.
    pub(super) fn existing(path: &Path) -> Result<Option<Self>, StoreError> {
        let wrong = |why: String| StoreError::Key { path: path.to_path_buf(), why };
        let mut bytes = Zeroizing::new(Vec::new());
        match std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(error.to_string())),
        }
        let mut key = Key::default();
        if bytes.len() != key.len() {
            return Err(wrong(format!("it holds {} bytes, not 32; restore it from a backup", bytes.len())));
        }
        key.copy_from_slice(&bytes);
        Ok(Some(Self { cipher: XChaCha20Poly1305::new((&*key).into()) }))
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
        self.seal_at(ambient, &Self::place(connection, name), name, value)
    }

    pub(super) fn unseal(
        &self,
        connection: &ConnectionId,
        name: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.unseal_at(&Self::place(connection, name), name, sealed)
    }

    /// Seals to a place that is no connection's; no connection's begins as it does. `name` is for errors.
    pub(super) fn seal_at(
        &self,
        ambient: &Ambient,
        place: &str,
        name: &str,
        value: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0_u8; NONCE];
        ambient.entropy.fill(&mut nonce);
        let payload = Payload { msg: value, aad: place.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Sealed { name: name.to_owned() })?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(super) fn unseal_at(
        &self,
        place: &str,
        name: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let wrong = || StoreError::Sealed { name: name.to_owned() };
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| wrong())
    }
}

impl super::Store {
    /// Seals something that the hub hands out and gets back, such as a browser's cookie, so that nobody else can
    /// read or make it. `place` says what for; `AREA: …`, which no connection's is like.
    ///
    /// # Errors
    /// When it is too long to be sealed.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.inner.vault.seal_at(&self.inner.ambient, place, place, value)
    }

    /// Opens it again; `None` where it was not sealed for that place by this hub.
    #[must_use]
    pub fn unseal(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.inner.vault.unseal_at(place, place, sealed).ok()
    }
}

/// What is sealed with the key of a database on a server, to tell it from another one.
const CHECK: &str = "key-check";

/// The key of a database on a server. Several machines may have hubs that serve it: each needs the same key,
/// which is made where the database is new, and never again.
pub(super) async fn shared(
    database: &mut Database,
    path: &Path,
    ambient: &Ambient,
) -> Result<Vault, StoreError> {
    let wrong = |why: &str| StoreError::Key { path: path.to_path_buf(), why: why.to_owned() };
    let place = ConnectionId::random([0; 16]);
    let checked = |text: &str| hex::decode(text).unwrap_or_default();
    let look = || {
        let mut look = Batch::default();
        look.add("SELECT value FROM meta WHERE name = ?", row![CHECK]);
        look
    };
    let before = look().fetch(database).await?;
    let vault = match (before.first(), Vault::existing(path)?) {
        (_, Some(vault)) => vault,
        (None, None) => Vault::open(path, ambient)?,
        (Some(_), None) => {
            return Err(wrong(
                "it is not there, and the database's secrets were sealed with one: copy that of another hub that serves \
                 this database, or from its backup, to this place (owner only, mode 0600)",
            ));
        }
    };
    let mut batch = Batch::default();
    let sealed = vault.seal(ambient, &place, CHECK, CHECK.as_bytes())?;
    batch.add("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", row![CHECK, hex::encode(sealed)]);
    batch.execute(database).await?;
    let rows = look().fetch(database).await?;
    if rows.first().is_some_and(|row| vault.opens(&place, CHECK, &checked(row.get(0)))) {
        return Ok(vault);
    }
    Err(wrong(
        "it is another key than the one that the database's secrets were sealed with: copy that of another hub that \
         serves this database, or from its backup, to this place",
    ))
}

/// Whether a key is to be copied: there is one, and none at the other place.
pub(super) fn may_copy(from: &Path, to: &Path) -> Result<bool, StoreError> {
    let wrong = |path: &Path, why: String| StoreError::Key { path: path.to_path_buf(), why };
    if Vault::existing(from)?.is_none() {
        return Err(wrong(
            from,
            "it is not there, and without it no secret can be opened; restore it first".to_owned(),
        ));
    }
    if from == to || Vault::existing(to)?.is_none() {
        return Ok(from != to);
    }
    let read = |path| std::fs::read(path).map(Zeroizing::new).map_err(|error| wrong(path, error.to_string()));
    if *read(from)? == *read(to)? {
        return Ok(false);
    }
    Err(wrong(to, format!("it is another key than {}; move it aside", from.display())))
}

/// Copies a key to where none is.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let wrong = |error: std::io::Error| StoreError::Key { path: to.to_path_buf(), why: error.to_string() };
    let key = Zeroizing::new(std::fs::read(from).map_err(wrong)?);
    let mut file = private(to).map_err(wrong)?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(wrong)
}

/// Makes an empty file that only its owner can read.
pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a key where there is none: whole or not at all, wherever the program is interrupted and whoever
/// else makes one at the same time.
fn make(path: &Path, ambient: &Ambient) -> std::io::Result<()> {
    let mut key = Key::default();
    ambient.entropy.fill(key.as_mut());
    let partial = path.with_extension(format!("key-{}", hex::encode(ambient.random16())));
    let made = private(&partial).and_then(|mut file| {
        file.write_all(key.as_ref())?;
        file.sync_all()?;
        // Unlike a renamed file, a linked one never replaces the key that somebody else made meanwhile.
        match std::fs::hard_link(&partial, path) {
            Ok(()) => Ok(()),
            Err(_) if path.exists() => Ok(()),
            // Not every file system has links.
            Err(_) => std::fs::rename(&partial, path),
        }
    });
    // Gone already where it was renamed.
    let _ = std::fs::remove_file(&partial);
    made
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

    #[test]
    fn many_that_need_a_key_at_once_agree_on_one_and_leave_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.key");
        let connection = ConnectionId::random([1; 16]);
        let ambient = Ambient::system();
        let sealed: Vec<_> = std::thread::scope(|scope| {
            let one = || {
                let vault = Vault::open(&path, &ambient).expect("a key");
                vault.seal(&ambient, &connection, "token", b"s3cret").expect("sealed")
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|one| one.join().expect("sealed")).collect()
        });
        let vault = Vault::existing(&path).expect("read").expect("there");
        assert!(sealed.iter().all(|sealed| vault.unseal(&connection, "token", sealed).is_ok()));
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
