//! What can be named to be installed: a file, a folder of files, an image in a registry.

use std::path::{Path, PathBuf};

use super::oci::{self, PullError, PullOptions};

/// Where one plugin's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// On this machine.
    File(PathBuf),
    /// In a registry: `oci://host/repository:tag`.
    Oci(String),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Oci(reference) => f.write_str(reference),
        }
    }
}

/// Why there is nothing to install. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such file or folder.
    #[error("there is no {0}: give a .wasm file, a folder of them, or `oci://registry/repository:tag`")]
    Missing(String),
    /// Fetched in a way that is not offered.
    #[error(
        "`{0}` cannot be fetched: download the file and give its path, or give `oci://registry/repository:tag`"
    )]
    Scheme(String),
    /// There is nothing in the folder.
    #[error(
        "{folder} holds no .wasm file: give the folder the plugins were built to, or build one with `switchboard \
         plugin build {folder} --out DIR`", folder = .0.display()
    )]
    Empty(PathBuf),
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is too large to be a plugin here.
    #[error(
        "{} has {size} bytes, more than the {limit} that `plugin.max_file` allows: raise it if you trust the \
         file, or have it built with `switchboard plugin build`, which optimises for size", path.display()
    )]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// The registry did not give it.
    #[error(transparent)]
    Pull(#[from] PullError),
}

/// A plugin's file, and from where it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The file.
    pub wasm: Vec<u8>,
    /// Its path as it was given, or the reference in the registry with the digest that was found.
    pub from: String,
}

/// The plugins that an argument names: a file, every `.wasm` file of a folder in the order of their names,
/// or one image of a registry. Only looks, reads nothing.
///
/// # Errors
/// When it names nothing that can be installed.
pub fn sources(argument: &str) -> Result<Vec<Source>, SourceError> {
    if argument.starts_with(oci::SCHEME) {
        return Ok(vec![Source::Oci(argument.to_owned())]);
    }
    if argument.contains("://") {
        return Err(SourceError::Scheme(argument.to_owned()));
    }
    let path = Path::new(argument);
    if path.is_file() {
        return Ok(vec![Source::File(path.to_owned())]);
    }
    if !path.is_dir() {
        return Err(SourceError::Missing(argument.to_owned()));
    }
    let failed = |source| SourceError::Read { path: path.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && path.extension().is_some_and(|ending| ending == "wasm") {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(SourceError::Empty(path.to_owned()));
    }
    found.sort();
    Ok(found.into_iter().map(Source::File).collect())
}

impl Source {
    /// Reads the file, or pulls it from its registry. Never holds more than the options' limit.
    ///
    /// # Errors
    /// When it is not there, not to be had or too large.
    pub async fn fetch(&self, options: &PullOptions) -> Result<Fetched, SourceError> {
        let path = match self {
            Self::Oci(reference) => {
                let pulled = oci::pull(reference, options).await?;
                return Ok(Fetched { wasm: pulled.wasm, from: pulled.reference });
            }
            Self::File(path) => path,
        };
        let failed = |source| SourceError::Read { path: path.clone(), source };
        let size = tokio::fs::metadata(path).await.map_err(failed)?.len();
        if size > options.max_size as u64 {
            return Err(SourceError::TooLarge { path: path.clone(), size, limit: options.max_size });
        }
        let wasm = tokio::fs::read(path).await.map_err(failed)?;
        Ok(Fetched { wasm, from: path.display().to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_every_plugin_in_it_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["b.wasm", "a.wasm", "a.wasm.partial", "README.md"] {
            std::fs::write(dir.path().join(name), "x").expect("written");
        }
        std::fs::create_dir(dir.path().join("folder.wasm")).expect("a folder");
        let found = sources(&dir.path().display().to_string()).expect("found");
        assert_eq!(found, ["a.wasm", "b.wasm"].map(|name| Source::File(dir.path().join(name))));
        let file = dir.path().join("README.md");
        assert_eq!(
            sources(&file.display().to_string()).expect("a file may have any name"),
            [Source::File(file)]
        );
    }

    #[test]
    fn what_names_nothing_is_told_what_can_be_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().display().to_string();
        let said = |argument: &str| sources(argument).expect_err("refused").to_string();
        assert!(said(&path).contains("no .wasm file"));
        assert!(said(&format!("{path}/x.wasm")).contains("there is no"));
        assert!(said("https://example.com/x.wasm").contains("download the file"));
        let oci = "oci://registry.example/a:1";
        assert_eq!(sources(oci).expect("named"), [Source::Oci(oci.to_owned())]);
    }

    #[tokio::test]
    async fn a_file_larger_than_a_plugin_may_be_is_not_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("x.wasm");
        std::fs::write(&path, [0; 100]).expect("written");
        let options = PullOptions { max_size: 99, ..PullOptions::default() };
        let refused = Source::File(path.clone()).fetch(&options).await.expect_err("refused");
        assert!(refused.to_string().contains("plugin.max_file"), "{refused}");
        let options = PullOptions { max_size: 100, ..PullOptions::default() };
        assert_eq!(Source::File(path).fetch(&options).await.expect("fetched").wasm.len(), 100);
    }
}
