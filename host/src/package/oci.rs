//! Plugins in OCI registries, where images of containers are kept too.
//!
//! What is decided here is which image is a plugin, how much of it is read, from whom, and what a person is
//! told; [`super::registry`] asks. References and descriptions are `oci-client`'s. It is lighter than
//! `wasm-pkg-client`, which brings a resolver of package names, a second registry protocol and a second TLS
//! library that nothing here would use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oci_client::Reference;
use oci_client::manifest::{ImageIndexEntry, OciDescriptor, OciImageManifest, OciManifest, Versioned};
use sha2::{Digest as _, Sha256, Sha512};

use super::login::Login;
use super::registry::Registry;
use crate::config::Config;

/// What a reference begins with.
pub const SCHEME: &str = "oci://";

/// What the one layer of a plugin's image may be called: by the guidance for Wasm artifacts, and by tools
/// from before it.
const LAYERS: [&str; 2] = ["application/wasm", "application/vnd.wasm.content.layer.v1+wasm"];

/// What a description of an image may be.
const DESCRIPTIONS: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// How to pull.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// The largest plugin file, in bytes.
    pub max_size: usize,
    /// How much is read of a registry's description of an image, of its token or its error, in bytes
    /// (`plugin.registry.max_answer`).
    pub max_answer: usize,
    /// Registries, as `host` or `host:port`, that are spoken to without TLS.
    pub plain_http: Vec<String>,
    /// A PEM file of certificate authorities beside the public ones.
    pub extra_ca: Option<PathBuf>,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time for all of it.
    pub timeout: Duration,
    /// As whom.
    pub login: Login,
}

impl PullOptions {
    /// As the configuration says.
    #[must_use]
    pub fn of(config: &Config, login: Login) -> Self {
        let runtime = &config.plugin.runtime;
        Self {
            max_size: runtime.max_file,
            max_answer: config.plugin.registry.max_answer,
            plain_http: config.plugin.registry.plain_http.clone(),
            extra_ca: runtime.http.extra_ca.clone(),
            connect_timeout: runtime.http.connect_timeout,
            timeout: config.plugin.registry.timeout,
            login,
        }
    }
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            max_size: 64 << 20,
            max_answer: 4 << 20,
            plain_http: Vec::new(),
            extra_ca: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(120),
            login: Login::Anonymous,
        }
    }
}

/// A plugin's file as a registry gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The file; its digest is the one that its image names.
    pub wasm: Vec<u8>,
    /// Where exactly it came from: `oci://host/repository@sha256:…`.
    pub reference: String,
}

/// Why a plugin could not be pulled. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// It is no reference.
    #[error("`{0}` is not where a plugin can be: write `oci://registry.example.com/repository:tag`")]
    Reference(String),
    /// The registry does not answer.
    #[error(
        "{registry} does not answer ({why}): check its name and the network; where it speaks no TLS, add it to \
         `plugin.registry.plain_http`"
    )]
    Unreachable {
        /// Which.
        registry: String,
        /// What went wrong.
        why: String,
    },
    /// It took too long.
    #[error(
        "{registry} took longer than {} s: try again, or raise `plugin.registry.timeout`", timeout.as_secs()
    )]
    Slow {
        /// Which.
        registry: String,
        /// How long it had.
        timeout: Duration,
    },
    /// The registry does not give it to this login.
    #[error(
        "{registry} does not give {repository} to this login ({used}): give one that may read it, with \
         `--username NAME --password-stdin` or `docker login {registry}`, and check the repository's name"
    )]
    Denied {
        /// Which.
        registry: String,
        /// What was asked for.
        repository: String,
        /// As whom, in words.
        used: String,
    },
    /// There is no such image.
    #[error("{registry} has no {what}: check the repository's name, and the tag among those it lists")]
    Missing {
        /// Which.
        registry: String,
        /// What was asked for, with its tag or digest.
        what: String,
    },
    /// There is an image, and it is not a plugin's.
    #[error(
        "{reference} is not a plugin ({why}): push the file alone, as in `oras push REFERENCE \
         plugin.wasm:application/wasm`"
    )]
    NotPlugin {
        /// What was asked for.
        reference: String,
        /// What it is instead.
        why: String,
    },
    /// It is larger than a plugin may be.
    #[error(
        "{reference} has {size} bytes, more than the {limit} that `plugin.max_file` allows: raise it if you \
         trust the plugin"
    )]
    TooLarge {
        /// What was asked for.
        reference: String,
        /// Its size in bytes, as far as it is known.
        size: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// A registry says more of an image than is read.
    #[error(
        "{registry} sends more than the {limit} bytes that `plugin.registry.max_answer` allows for {what}: raise it \
         if you trust the registry, or fetch the plugin from another"
    )]
    TooMuch {
        /// Which.
        registry: String,
        /// What it sent.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// What came is not what was named.
    #[error(
        "what {registry} sent is not what its digest says ({why}): nothing was installed; try again, and if it \
         stays so, tell whoever runs the registry"
    )]
    Digest {
        /// Which.
        registry: String,
        /// What was expected and what came.
        why: String,
    },
    /// The registry answers, and not as one.
    #[error("{registry} answers what no registry should ({why}): check its name, or try again later")]
    Registry {
        /// Which.
        registry: String,
        /// What it answered.
        why: String,
    },
    /// The configured certificates cannot be used.
    #[error("`plugin.http.extra_ca`: `{}` {why}; give a PEM file of certificates", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Makes ring what every TLS connection of this process uses that does not say otherwise. Does nothing
/// when something was chosen before.
pub fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Fetches the plugin that `oci://registry/repository:tag` (or `@sha256:…`) names.
///
/// The whole file is held in memory, never more of it than `max_size`, nor more of anything else than
/// `max_answer`. Both the image's description and the file must have the digests they are named by.
///
/// # Errors
/// When it is not there, not to be had, no plugin, too large, or not what its digest says.
pub async fn pull(reference: &str, options: &PullOptions) -> Result<Pulled, PullError> {
    let image = Arc::new(parse(reference)?);
    let pulling = async {
        let registry = Registry::new(Arc::clone(&image), options).await?;
        Pull { registry, image: Arc::clone(&image), limit: options.max_size }.run().await
    };
    match tokio::time::timeout(options.timeout, pulling).await {
        Ok(pulled) => pulled,
        Err(_) => {
            let registry = image.registry().to_owned();
            Err(PullError::Slow { registry, timeout: options.timeout })
        }
    }
}

/// Reads a reference. The registry must be named: the library would take a name alone for one of the
/// public registry's images, which is never what was meant here.
fn parse(reference: &str) -> Result<Reference, PullError> {
    let wrong = || PullError::Reference(reference.chars().take(200).collect());
    let rest = reference.strip_prefix(SCHEME).ok_or_else(wrong)?;
    let (registry, _) = rest.split_once('/').ok_or_else(wrong)?;
    if registry != "localhost" && !registry.contains(['.', ':']) {
        return Err(wrong());
    }
    rest.parse().map_err(|_| wrong())
}

/// Which image of several is the plugin: the one for Wasm, or the only one there is.
fn of_wasm(images: &[ImageIndexEntry]) -> Option<String> {
    let wasm = images
        .iter()
        .find(|image| image.platform.as_ref().is_some_and(|of| of.architecture.to_string() == "wasm"));
    wasm.or_else(|| images.first().filter(|_| images.len() == 1)).map(|image| image.digest.clone())
}

struct Pull {
    registry: Registry,
    image: Arc<Reference>,
    limit: usize,
}

impl Pull {
    async fn run(mut self) -> Result<Pulled, PullError> {
        let (manifest, digest) = self.manifest().await?;
        let layer = self.layer(&manifest)?;
        let size = u64::try_from(layer.size).unwrap_or(u64::MAX);
        let most = usize::try_from(size).ok().filter(|size| *size <= self.limit);
        let most = most.ok_or_else(|| self.too_large(size))?;
        // No more than was said is read, whatever is sent.
        let wasm = self.registry.file(&layer.digest, most).await?;
        let wasm = wasm.ok_or_else(|| self.not_as_said(format!("it has more than the {size} bytes said")))?;
        self.check(&layer.digest, &wasm)?;
        let (registry, repository) = (self.image.registry(), self.image.repository());
        Ok(Pulled { wasm, reference: format!("{SCHEME}{registry}/{repository}@{digest}") })
    }

    /// The image's description, that of the one for Wasm where there are several, and its digest.
    async fn manifest(&mut self) -> Result<(OciImageManifest, String), PullError> {
        let named = self.image.digest().or(self.image.tag()).unwrap_or("latest").to_owned();
        let index = match self.described(&named).await? {
            (OciManifest::Image(image), digest) => return Ok((image, digest)),
            (OciManifest::ImageIndex(index), _) => index,
        };
        let of_wasm = of_wasm(&index.manifests)
            .ok_or_else(|| self.not_plugin("it has several images, and none for wasm".to_owned()))?;
        // What is not named by its digest could not be checked.
        if !of_wasm.contains(':') {
            return Err(self.not_plugin("its index names an image without a digest".to_owned()));
        }
        match self.described(&of_wasm).await? {
            (OciManifest::Image(image), digest) => Ok((image, digest)),
            (OciManifest::ImageIndex(_), _) => {
                Err(self.not_plugin("its index names another index".to_owned()))
            }
        }
    }

    async fn described(&mut self, named: &str) -> Result<(OciManifest, String), PullError> {
        let text = self.registry.description(named, DESCRIPTIONS).await?;
        if named.contains(':') {
            self.check(named, &text)?;
        }
        let cannot = |error| self.not_plugin(format!("its description cannot be read: {error}"));
        let of: Versioned = serde_json::from_slice(&text).map_err(cannot)?;
        if of.schema_version != 2 {
            return Err(self.not_plugin(format!("its description is of version {}", of.schema_version)));
        }
        let manifest = serde_json::from_slice(&text).map_err(cannot)?;
        Ok((manifest, format!("sha256:{}", hex::encode(Sha256::digest(&text)))))
    }

    /// Whether bytes have the digest that they are named by.
    fn check(&self, digest: &str, bytes: &[u8]) -> Result<(), PullError> {
        let is = match digest.split_once(':').map(|(kind, _)| kind) {
            Some("sha256") => format!("sha256:{}", hex::encode(Sha256::digest(bytes))),
            Some("sha512") => format!("sha512:{}", hex::encode(Sha512::digest(bytes))),
            _ => return Err(self.not_as_said(format!("`{}` is no digest known here", short(digest)))),
        };
        if is == digest {
            return Ok(());
        }
        Err(self.not_as_said(format!("it is {is} instead of {}", short(digest))))
    }

    fn not_as_said(&self, why: String) -> PullError {
        PullError::Digest { registry: self.image.registry().to_owned(), why }
    }

    fn not_plugin(&self, why: String) -> PullError {
        PullError::NotPlugin { reference: self.reference(), why: short(&why) }
    }

    /// The one layer that is the plugin's file.
    fn layer(&self, manifest: &OciImageManifest) -> Result<OciDescriptor, PullError> {
        let not = |why: String| self.not_plugin(why);
        match manifest.layers.as_slice() {
            [only] if LAYERS.contains(&only.media_type.as_str()) => {
                // It may name other places to fetch it from; nobody decided to speak to those.
                Ok(only.clone())
            }
            [only] => {
                Err(not(format!("it holds `{}`", only.media_type.chars().take(80).collect::<String>())))
            }
            layers => Err(not(format!("it has {} layers instead of one", layers.len()))),
        }
    }

    fn reference(&self) -> String {
        format!("{SCHEME}{}", self.image.whole())
    }

    fn too_large(&self, size: u64) -> PullError {
        PullError::TooLarge { reference: self.reference(), size, limit: self.limit }
    }
}

/// An error with what it came from, in one line.
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    short(&words)
}

/// As much of a registry's words as a message can bear, on one line.
pub(super) fn short(words: &str) -> String {
    words.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_registry() {
        let whole = |text: &str| parse(text).map(|reference| reference.whole());
        assert_eq!(whole("oci://localhost:5000/a/b:1").expect("reads"), "localhost:5000/a/b:1");
        assert_eq!(whole("oci://registry.example/a").expect("reads"), "registry.example/a:latest");
        let digest = format!("oci://registry.example/a@sha256:{}", "0".repeat(64));
        assert!(whole(&digest).is_ok());
        for wrong in ["oci://", "oci://a", "oci://a/b:1", "registry.example/a:1", "oci://r.example/A b"] {
            let said = whole(wrong).expect_err("refused").to_string();
            assert!(said.contains("oci://registry.example.com/repository:tag"), "{said}");
        }
    }

    #[test]
    fn of_several_images_the_one_for_wasm_is_taken() {
        let entry = |digest: &str, arch: &str| {
            serde_json::json!({
                "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1, "digest": digest,
                "platform": {"architecture": arch, "os": "linux"}
            })
        };
        let of = |entries: &[serde_json::Value]| {
            let images: Vec<ImageIndexEntry> = entries
                .iter()
                .map(|entry| serde_json::from_value(entry.clone()).expect("an entry"))
                .collect();
            of_wasm(&images)
        };
        assert_eq!(of(&[entry("a", "amd64"), entry("b", "wasm")]).as_deref(), Some("b"));
        assert_eq!(of(&[entry("a", "amd64")]).as_deref(), Some("a"));
        assert_eq!(of(&[entry("a", "amd64"), entry("b", "arm64")]), None);
        assert_eq!(of(&[]), None);
    }
}
