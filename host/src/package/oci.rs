//! Plugins in OCI registries, where images of containers are kept too.
//!
//! `oci-client` speaks to the registry and checks every digest; what is decided here is how much is read,
//! from whom, and what a person is told. It is lighter than `wasm-pkg-client`, which brings a resolver of
//! package names, a second registry protocol and a second TLS library that nothing here would use.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::{DigestError, OciDistributionError, OciErrorCode};
use oci_client::manifest::{ImageIndexEntry, OciDescriptor, OciImageManifest};
use oci_client::{Client, Reference};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio_util::task::AbortOnDropHandle;

use super::login::Login;
use crate::config::Config;

/// What a reference begins with.
pub const SCHEME: &str = "oci://";

/// What the one layer of a plugin's image may be called: by the guidance for Wasm artifacts, and by tools
/// from before it.
const LAYERS: [&str; 2] = ["application/wasm", "application/vnd.wasm.content.layer.v1+wasm"];

/// How to pull.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// The largest plugin file, in bytes.
    pub max_size: usize,
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
/// The whole file is held in memory, never more of it than `max_size`. Both the image's description and the
/// file must have the digests they are named by.
///
/// # Errors
/// When it is not there, not to be had, no plugin, too large, or not what its digest says.
pub async fn pull(reference: &str, options: &PullOptions) -> Result<Pulled, PullError> {
    let image = parse(reference)?;
    let registry = image.registry().to_owned();
    let client = client(&registry, options)?;
    let pull = Pull { client, image, limit: options.max_size, login: options.login.clone() };
    // In a task of its own: the library panics on a token that no header can hold, and that is the
    // registry's doing, not a reason to end the program.
    let task = AbortOnDropHandle::new(tokio::spawn(pull.run()));
    match tokio::time::timeout(options.timeout, task).await {
        Ok(Ok(pulled)) => pulled,
        Ok(Err(_)) => Err(PullError::Registry { registry, why: "its token is damaged".to_owned() }),
        Err(_) => Err(PullError::Slow { registry, timeout: options.timeout }),
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

fn client(registry: &str, options: &PullOptions) -> Result<Client, PullError> {
    use_ring();
    let config = ClientConfig {
        protocol: ClientProtocol::HttpsExcept(options.plain_http.clone()),
        tls_certs_only: certificates(options)?,
        platform_resolver: Some(Box::new(of_wasm)),
        read_timeout: Some(options.timeout),
        connect_timeout: Some(options.connect_timeout),
        user_agent: concat!("switchboard/", env!("CARGO_PKG_VERSION")),
        ..ClientConfig::default()
    };
    Client::try_from(config)
        .map_err(|error| PullError::Registry { registry: registry.to_owned(), why: words(&error) })
}

/// The authorities that plugins' own requests trust too, so that the hub has one answer to whom it trusts,
/// also in a container without any.
fn certificates(options: &PullOptions) -> Result<Vec<Certificate>, PullError> {
    let der = |data: &[u8]| Certificate { encoding: CertificateEncoding::Der, data: data.to_vec() };
    let mut all: Vec<Certificate> =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|root| der(root)).collect();
    if let Some(path) = &options.extra_ca {
        let wrong = |why: String| PullError::Certificates { path: path.clone(), why };
        let extra = CertificateDer::pem_file_iter(path)
            .map_err(|error| wrong(format!("cannot be read ({error})")))?;
        for certificate in extra {
            all.push(der(&certificate.map_err(|error| wrong(format!("is damaged ({error})")))?));
        }
    }
    Ok(all)
}

/// Which image of several is the plugin: the one for Wasm, or the only one there is.
fn of_wasm(images: &[ImageIndexEntry]) -> Option<String> {
    let wasm = images
        .iter()
        .find(|image| image.platform.as_ref().is_some_and(|of| of.architecture.to_string() == "wasm"));
    wasm.or_else(|| images.first().filter(|_| images.len() == 1)).map(|image| image.digest.clone())
}

struct Pull {
    client: Client,
    image: Reference,
    limit: usize,
    login: Login,
}

impl Pull {
    async fn run(self) -> Result<Pulled, PullError> {
        let (login, used) = self.login.resolve(self.image.registry()).await;
        let told = |error| self.told(error, &used);
        let (manifest, digest) = self.client.pull_image_manifest(&self.image, &login).await.map_err(told)?;
        let layer = self.layer(&manifest)?;
        let size = u64::try_from(layer.size).unwrap_or(u64::MAX);
        if size > self.limit as u64 {
            return Err(self.too_large(size));
        }
        let mut stream = self.client.pull_blob_stream(&self.image, &layer).await.map_err(told)?;
        let mut wasm = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        while let Some(piece) = stream.try_next().await.map_err(|error| told(error.into()))? {
            if wasm.len() + piece.len() > self.limit {
                return Err(self.too_large((wasm.len() + piece.len()) as u64));
            }
            wasm.extend_from_slice(&piece);
        }
        let (registry, repository) = (self.image.registry(), self.image.repository());
        Ok(Pulled { wasm, reference: format!("{SCHEME}{registry}/{repository}@{digest}") })
    }

    /// The one layer that is the plugin's file.
    fn layer(&self, manifest: &OciImageManifest) -> Result<OciDescriptor, PullError> {
        let not = |why: String| PullError::NotPlugin { reference: self.reference(), why };
        match manifest.layers.as_slice() {
            [only] if LAYERS.contains(&only.media_type.as_str()) => {
                // A layer may name other places to fetch it from; nobody decided to speak to those.
                Ok(OciDescriptor { urls: None, ..only.clone() })
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

    /// What went wrong, in words for the one who asked.
    fn told(&self, error: OciDistributionError, used: &str) -> PullError {
        use OciDistributionError as Why;
        let registry = self.image.registry().to_owned();
        let denied = || PullError::Denied {
            registry: registry.clone(),
            repository: self.image.repository().to_owned(),
            used: used.to_owned(),
        };
        let missing = || PullError::Missing { registry: registry.clone(), what: self.image.whole() };
        match &error {
            Why::UnauthorizedError { .. } | Why::AuthenticationFailure(_) => denied(),
            Why::ServerError { code: 401 | 403, .. } => denied(),
            Why::ServerError { code: 404, .. } | Why::ImageManifestNotFoundError(_) => missing(),
            Why::RegistryError { envelope, .. } => match envelope.errors.first().map(|error| &error.code) {
                Some(OciErrorCode::Unauthorized | OciErrorCode::Denied) => denied(),
                Some(
                    OciErrorCode::ManifestUnknown
                    | OciErrorCode::NameUnknown
                    | OciErrorCode::NotFound
                    | OciErrorCode::BlobUnknown
                    | OciErrorCode::ManifestBlobUnknown,
                ) => missing(),
                _ => PullError::Registry { registry, why: short(&envelope.to_string()) },
            },
            Why::DigestError(why) => PullError::Digest { registry, why: why.to_string() },
            Why::IoError(why) => match why.get_ref().and_then(|inner| inner.downcast_ref::<DigestError>()) {
                Some(digest) => PullError::Digest { registry, why: digest.to_string() },
                None => PullError::Unreachable { registry, why: words(why) },
            },
            Why::RequestError(why) => PullError::Unreachable { registry, why: words(why) },
            Why::ServerError { code, .. } => PullError::Registry { registry, why: format!("status {code}") },
            Why::UnsupportedMediaTypeError(_)
            | Why::UnsupportedSchemaVersionError(_)
            | Why::PullNoLayersError => {
                PullError::NotPlugin { reference: self.reference(), why: short(&error.to_string()) }
            }
            _ => PullError::Registry { registry, why: short(&error.to_string()) },
        }
    }
}

/// An error with what it came from, in one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    short(&words)
}

/// As much of a registry's words as a message can bear, on one line.
fn short(words: &str) -> String {
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
