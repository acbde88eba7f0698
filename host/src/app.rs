//! A running hub: `serve`, `demo` and the tests all start here.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::ambient::Ambient;
use crate::config::Config;
use crate::http;
use crate::observe::{Metrics, ObserveError};
use crate::pipeline::{Hub, HubError};
use crate::store::{Store, StoreError};

/// How often what histograms collected is folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why a hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; stop what uses it, or set `http.listen` to another address")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Store(#[from] StoreError),
    /// Plugins or connections cannot be made ready.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// Metrics cannot be recorded.
    #[error(transparent)]
    Observe(#[from] ObserveError),
}

/// Starts hubs.
#[derive(Debug)]
pub struct App;

/// A hub that answers. Call [`Running::stop`] to end it: dropping it leaves it running.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The hub.
    pub hub: Hub,
    /// The store.
    pub store: Store,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl App {
    /// Binds the address, opens the store, loads plugins and connections, and begins to answer and work.
    ///
    /// # Errors
    /// When any of that fails; the message says what to change. A plugin that does not load is no error: it
    /// is logged and listed.
    pub async fn start(config: Config, ambient: Ambient) -> Result<Running, StartError> {
        let metrics = Metrics::install()?;
        let address = config.http.listen;
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let addr = listener.local_addr()?;
            Ok((listener, addr))
        };
        let (listener, addr) = bound.await.map_err(|source| StartError::Listen { address, source })?;
        let config = Arc::new(config);
        let store = Store::open(&config.store(), ambient.clone()).await?;
        let hub = Hub::start(Arc::clone(&config), &public_url(&config, addr), store.clone(), ambient).await?;
        hub.run();
        let stop = CancellationToken::new();
        tokio::spawn(upkeep(metrics.clone(), stop.clone()));
        let router = http::router(hub.clone(), http::HttpOptions { metrics, shutdown: stop.clone() });
        let serving = axum::serve(listener, router.into_make_service())
            .with_graceful_shutdown(stop.clone().cancelled_owned())
            .into_future();
        let wait = config.http.stop_wait;
        let cut = stop.clone();
        let server = tokio::spawn(async move {
            tokio::select! {
                served = serving => if let Err(error) = served {
                    tracing::error!(%error, "the hub listens no longer");
                },
                () = async { cut.cancelled().await; tokio::time::sleep(wait).await } => {
                    tracing::warn!(?wait, "requests under way were cut off; raise `http.stop_wait` if they need longer");
                }
            }
        });
        tracing::info!(%addr, public_url = hub.public_url(), "the hub answers");
        Ok(Running { addr, hub, store, stop, server })
    }
}

impl Running {
    /// Ends it in order: no new requests, those under way are answered, workers finish what they have, the
    /// store commits what is queued.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.server.await.is_err() {
            tracing::error!("the server broke down while it stopped");
        }
        self.hub.stop().await;
        self.store.close().await;
        tracing::info!("the hub stopped");
    }
}

/// How vendors reach the hub: as configured, or where it listens.
fn public_url(config: &Config, addr: SocketAddr) -> String {
    config.http.public_url.clone().unwrap_or_else(|| {
        if addr.ip().is_unspecified() {
            format!("http://localhost:{}", addr.port())
        } else {
            format!("http://{addr}")
        }
    })
}

async fn upkeep(metrics: Metrics, stop: CancellationToken) {
    while tokio::time::timeout(UPKEEP, stop.cancelled()).await.is_err() {
        metrics.upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_the_configured_one_or_where_the_hub_listens() {
        let config = |sets: &[&str]| {
            let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
            Config::load(None, [], &sets).expect("loads")
        };
        let addr: SocketAddr = "127.0.0.1:4711".parse().expect("an address");
        assert_eq!(public_url(&config(&[]), addr), "http://127.0.0.1:4711");
        let any: SocketAddr = "0.0.0.0:4711".parse().expect("an address");
        assert_eq!(public_url(&config(&[]), any), "http://localhost:4711");
        assert_eq!(public_url(&config(&["http.public_url=https://a.example/"]), addr), "https://a.example");
    }
}
