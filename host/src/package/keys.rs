//! Key files: made, read, and taken together as whom an operator trusts.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::ambient::Entropy;
use crate::model::package::{KeyError, KeyId, KeyName, Policy, PublicKey, SecretKey, Trust, TrustedKey};

/// Why a key file cannot be used. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A key of that name is there already.
    #[error(
        "{} is there already, and a key that is overwritten is lost: choose another name, or move it away first", .0.display()
    )]
    Exists(PathBuf),
    /// It cannot be read or written.
    #[error("cannot {what} {}", path.display())]
    File {
        /// Read or write.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It holds no key.
    #[error("{} is no key file", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
    /// Its name cannot be a key's.
    #[error("{} cannot be the name of a key", .0.display())]
    Name(PathBuf, #[source] Option<KeyError>),
    /// Everybody on the machine can read a secret key.
    #[error("everybody on this machine can read the secret key {path}: run `chmod 600 {path}`", path = .0.display())]
    Open(PathBuf),
    /// An entry of the configuration is neither a path nor a key.
    #[error(
        "`plugin.trust.keys` names `{entry}`, which is neither a folder nor a file here: give a folder of .pub \
         files, a .pub file, or the line that stands in one"
    )]
    Entry {
        /// What stands there.
        entry: String,
    },
    /// A line of the configuration that begins like a key is none.
    #[error("`plugin.trust.keys` holds a line that is no key")]
    Line(#[source] KeyError),
    /// A folder of trusted keys has none.
    #[error("{} is to hold trusted keys and has no .pub file: put one there, or take the folder out of the list", .0.display())]
    NoKeys(PathBuf),
}

/// A pair of key files.
#[derive(Debug)]
pub struct Made {
    /// The secret key's file.
    pub secret: PathBuf,
    /// The public key's file.
    pub public: PathBuf,
    /// What the file of the public key holds.
    pub line: String,
    /// What people compare.
    pub id: KeyId,
}

/// Makes a key and writes it to `NAME.key`, for its owner's eyes alone, and `NAME.pub`. The last part of
/// `path` is the key's name.
///
/// # Errors
/// When one of the files is there already, cannot be written, or the name cannot be a key's.
pub fn generate(path: &Path, entropy: &dyn Entropy) -> Result<Made, KeyFileError> {
    let name: KeyName = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| KeyFileError::Name(path.to_owned(), None))?
        .parse()
        .map_err(|why| KeyFileError::Name(path.to_owned(), Some(KeyError::Name(why))))?;
    let (secret, public) = (with_ending(path, "key"), with_ending(path, "pub"));
    if let Some(taken) = [&secret, &public].into_iter().find(|path| path.exists()) {
        return Err(KeyFileError::Exists(taken.clone()));
    }
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut());
    let key = SecretKey::from_seed(&seed);
    let line = key.public().line(&name);
    create(&secret, key.line(&name).as_bytes(), 0o600)?;
    create(&public, line.as_bytes(), 0o644)?;
    Ok(Made { secret, public, id: key.public().id(), line })
}

/// Reads the file of a secret key.
///
/// # Errors
/// When it cannot be read, holds none, or lies open to everybody.
pub fn read_secret(path: &Path) -> Result<(SecretKey, KeyName), KeyFileError> {
    let failed = |source| KeyFileError::File { what: "read", path: path.to_owned(), source };
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o007 != 0 {
            // A public key given by mistake is open to everybody too: say the mistake instead.
            if SecretKey::from_line(&text).is_ok() {
                return Err(KeyFileError::Open(path.to_owned()));
            }
        }
    }
    SecretKey::from_line(&text).map_err(|source| KeyFileError::Key { path: path.to_owned(), source })
}

/// Reads the file of a public key.
///
/// # Errors
/// When it cannot be read or holds none.
pub fn read_public(path: &Path) -> Result<TrustedKey, KeyFileError> {
    let text = std::fs::read_to_string(path).map_err(|source| KeyFileError::File {
        what: "read",
        path: path.to_owned(),
        source,
    })?;
    let (key, name) =
        PublicKey::from_line(&text).map_err(|source| KeyFileError::Key { path: path.to_owned(), source })?;
    Ok(TrustedKey { name, key })
}

/// Gathers whom an operator trusts. Each entry is a folder of `.pub` files, one such file, or the line that
/// stands in one.
///
/// # Errors
/// When any of it cannot be read: who is trusted is never guessed.
pub fn trust<'a>(policy: Policy, entries: impl IntoIterator<Item = &'a str>) -> Result<Trust, KeyFileError> {
    let mut keys = Vec::new();
    for entry in entries {
        let path = Path::new(entry);
        if path.is_dir() {
            let failed = |source| KeyFileError::File { what: "read", path: path.to_owned(), source };
            let mut files = Vec::new();
            for file in std::fs::read_dir(path).map_err(failed)? {
                files.push(file.map_err(failed)?.path());
            }
            files.retain(|file| file.extension().is_some_and(|ending| ending == "pub"));
            if files.is_empty() {
                return Err(KeyFileError::NoKeys(path.to_owned()));
            }
            files.sort();
            for file in files {
                keys.push(read_public(&file)?);
            }
        } else if path.exists() {
            keys.push(read_public(path)?);
        } else if entry.trim().contains(char::is_whitespace) {
            let (key, name) = PublicKey::from_line(entry).map_err(KeyFileError::Line)?;
            keys.push(TrustedKey { name, key });
        } else {
            return Err(KeyFileError::Entry { entry: entry.to_owned() });
        }
    }
    Ok(Trust { policy, keys })
}

/// `NAME.key` for `NAME`, and for `example.com` `example.com.key`.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Writes a file that must not be there yet.
fn create(path: &Path, line: &[u8], mode: u32) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let write = || {
        let mut file = options.open(path)?;
        file.write_all(line)?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|source| KeyFileError::File { what: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;

    fn said(error: &KeyFileError) -> String {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {source}")
    }

    #[test]
    fn a_pair_of_files_is_made_once_and_the_secret_one_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let made = generate(&dir.path().join("acme.example"), &SystemEntropy).expect("made");
        assert!(made.secret.ends_with("acme.example.key"));
        assert_eq!(std::fs::metadata(&made.secret).expect("there").permissions().mode() & 0o777, 0o600);
        let (secret, name) = read_secret(&made.secret).expect("reads");
        let public = read_public(&made.public).expect("reads");
        assert_eq!((secret.public(), name.as_str()), (public.key, "acme.example"));
        assert_eq!(made.id, secret.public().id());
        let again = generate(&dir.path().join("acme.example"), &SystemEntropy).expect_err("refused");
        assert!(said(&again).contains("choose another name"), "{again}");
        assert_eq!(read_secret(&made.secret).expect("as it was").0.public(), secret.public());
    }

    #[test]
    fn two_keys_are_never_the_same() {
        let dir = tempfile::tempdir().expect("a folder");
        let one = generate(&dir.path().join("one"), &SystemEntropy).expect("made");
        let two = generate(&dir.path().join("two"), &SystemEntropy).expect("made");
        assert_ne!(one.id, two.id);
    }

    #[test]
    fn trust_is_gathered_from_folders_files_and_lines() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = dir.path().join("keys");
        std::fs::create_dir(&keys).expect("a folder");
        let [a, b, c] = ["keys/b", "keys/a", "c"]
            .map(|name| generate(&dir.path().join(name), &SystemEntropy).expect("made"));
        std::fs::write(keys.join("README"), "not a key").expect("written");
        let (folder, file) = (keys.display().to_string(), c.public.display().to_string());
        let line = b.line.replace(" a", " somebody-else");
        let trust = trust(Policy::Warn, [&*folder, &*file, &*line]).expect("gathered");
        let found: Vec<_> = trust.keys.iter().map(|key| (key.name.as_str(), key.key.id())).collect();
        assert_eq!(found, [("a", b.id.clone()), ("b", a.id), ("c", c.id), ("somebody-else", b.id)]);
    }

    #[test]
    fn what_cannot_be_trusted_is_an_error_with_what_to_do() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name).display().to_string();
        let refused = |entry: &str| said(&trust(Policy::Warn, [entry]).expect_err("refused"));
        assert!(refused(&path("missing")).contains("neither a folder nor a file"));
        assert!(refused(&path("")).contains("no .pub file"));
        assert!(refused("ssh-ed25519 AAAA me").contains("ssh-ed25519"));
        let made = generate(&dir.path().join("acme"), &SystemEntropy).expect("made");
        assert!(refused(&path("acme.key")).contains("give the .pub file"));
        assert!(said(&read_secret(&made.public).expect_err("refused")).contains("give the .key file"));
        std::fs::write(&made.public, "").expect("written");
        assert!(refused(&path("")).contains("acme.pub"));
    }

    #[test]
    fn a_secret_key_that_everybody_can_read_does_not_sign() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let made = generate(&dir.path().join("acme"), &SystemEntropy).expect("made");
        std::fs::set_permissions(&made.secret, std::fs::Permissions::from_mode(0o644)).expect("set");
        assert!(said(&read_secret(&made.secret).expect_err("refused")).contains("chmod 600"));
        assert!(matches!(
            generate(&dir.path().join("a b"), &SystemEntropy),
            Err(KeyFileError::Name(_, Some(_)))
        ));
    }
}
