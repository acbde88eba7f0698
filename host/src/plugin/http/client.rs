//! The client that carries outgoing requests: own name resolution that refuses private addresses, own
//! trust in certificate authorities, connections kept for the next call.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, WasiBody};

use super::address::is_public;
use crate::plugin::{HostServices, HttpOptions, PluginError};

type Carrier = Client<HttpsConnector<HttpConnector<Resolver>>, WasiBody>;

/// Two clients that differ in which addresses they connect to, so that no connection of one serves a
/// request of the other.
pub(in crate::plugin) struct HttpClient {
    public: Carrier,
    private: Carrier,
}

impl HttpClient {
    pub(in crate::plugin) fn new(
        options: &HttpOptions,
        services: &Arc<dyn HostServices>,
    ) -> Result<Self, PluginError> {
        let tls = tls(options.extra_ca.as_deref())?;
        let lookups = Arc::new(Semaphore::new(MAX_LOOKUPS));
        let resolver =
            |private| Resolver { private, services: Arc::clone(services), lookups: Arc::clone(&lookups) };
        Ok(Self {
            public: carrier(options, &tls, resolver(false)),
            private: carrier(options, &tls, resolver(true)),
        })
    }

    /// Sends a request. Redirects are the plugin's to follow: each is a request of its own.
    pub(super) async fn send(
        &self,
        request: http::Request<WasiBody>,
        private: bool,
    ) -> Result<http::Response<hyper::body::Incoming>, Error> {
        let carrier = if private { &self.private } else { &self.public };
        carrier.request(request).await.map_err(|error| told(&error))
    }
}

fn carrier(options: &HttpOptions, tls: &rustls::ClientConfig, resolver: Resolver) -> Carrier {
    let mut http = HttpConnector::new_with_resolver(resolver);
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(options.connect_timeout));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls.clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(options.idle_per_host)
        .pool_timer(TokioTimer::new())
        .build(https)
}

fn tls(extra: Option<&Path>) -> Result<rustls::ClientConfig, PluginError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra {
        let wrong = |what: String| {
            PluginError::Options(format!(
                "`plugin.http.extra_ca`: `{}` {what}; give a PEM file of certificates",
                path.display()
            ))
        };
        let certificates = CertificateDer::pem_file_iter(path)
            .map_err(|error| wrong(format!("cannot be read ({error})")))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(format!("is damaged ({error})")))?;
            roots
                .add(certificate)
                .map_err(|error| wrong(format!("holds no authority's certificate ({error})")))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| PluginError::Options(format!("TLS cannot be set up: {error}")))
}

/// Names looked up at once. The system answers each on a thread that works for others too, and a name
/// server that a plugin's author runs can keep it waiting.
const MAX_LOOKUPS: usize = 64;

/// Looks names up for every new connection, and keeps only the addresses that may be connected to: what is
/// checked is what is connected to, whatever the name led to before.
#[derive(Clone)]
struct Resolver {
    private: bool,
    services: Arc<dyn HostServices>,
    lookups: Arc<Semaphore>,
}

/// A name has addresses, and none of them may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to a private address alone")]
struct Prohibited;

impl tower_service::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { private, services, lookups } = self.clone();
        Box::pin(async move {
            let place = lookups.acquire_owned().await.map_err(io::Error::other)?;
            // A lookup cannot be called off: its place is free when it has ended, not when nobody waits.
            let looking = tokio::spawn(async move {
                let _place = place;
                services.addresses(name.as_str()).await
            });
            let all = looking.await.map_err(io::Error::other)??;
            let allowed: Vec<SocketAddr> = all
                .iter()
                .filter(|address| private || is_public(**address))
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            if allowed.is_empty() && !all.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, Prohibited));
            }
            Ok(allowed.into_iter())
        })
    }
}

/// The error as the plugin is told it: what kind, never an address of the inside.
fn told(error: &hyper_util::client::legacy::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(own) = current.downcast_ref::<Error>() {
            // The plugin's own body: too large, or broken off.
            return match own {
                Error::HttpRequestBodySize(size) => Error::HttpRequestBodySize(*size),
                _ => Error::ConnectionTerminated,
            };
        }
        if current.is::<Prohibited>() {
            return Error::DestinationIpProhibited;
        }
        if current.is::<http_body_util::LengthLimitError>() {
            return Error::HttpRequestBodySize(None);
        }
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(_) => Error::TlsCertificateError,
                _ => Error::TlsProtocolError,
            };
        }
        if let Some(io) = current.downcast_ref::<io::Error>() {
            // An inner error says more than its wrapping.
            if io.get_ref().is_none() {
                return match io.kind() {
                    io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
                    io::ErrorKind::TimedOut => Error::ConnectionTimeout,
                    _ => Error::ConnectionTerminated,
                };
            }
            cause = io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
            continue;
        }
        cause = current.source();
    }
    if error.is_connect() { Error::DestinationUnavailable } else { Error::ConnectionTerminated }
}
