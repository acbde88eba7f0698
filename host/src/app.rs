//! A running hub: `serve`, `demo` and the tests all start here.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::StatusCode;
use ::http::header::{CONNECTION, RETRY_AFTER};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::ambient::Ambient;
use crate::config::Config;
use crate::observe::{Metrics, ObserveError};
use crate::pipeline::{Hub, HubError};
use crate::store::{Alone, Location, Store, StoreError, StoreOptions};
use crate::{http, inbox};

/// How often what histograms collected is folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// How long a hub whose database cannot be opened now waits before it tries again.
const AGAIN: Duration = Duration::from_secs(2);

/// How long the last changes may take to be committed when the hub stops.
const CLOSE: Duration = Duration::from_secs(1);

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
    _alone: Option<Alone>,
}

impl App {
    /// Binds the address, opens the store, loads plugins and connections, and begins to answer and work.
    /// While the database cannot be opened for a reason that passes, as on a full disk, every request is
    /// answered 503 and opening it is tried again.
    ///
    /// # Errors
    /// When any of that fails; the message says what to change. A plugin that does not load is no error: it
    /// is logged and listed.
    pub async fn start(config: Config, ambient: Ambient) -> Result<Running, StartError> {
        let metrics = Metrics::install()?;
        let address = config.http.listen;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let listener = listener.into_std().map_err(listen)?;
        let config = Arc::new(config);
        let (alone, store) = open(&config, &ambient, &listener).await?;
        let hub = Hub::start(Arc::clone(&config), &public_url(&config, addr), store.clone(), ambient).await?;
        hub.run();
        let stop = CancellationToken::new();
        tokio::spawn(upkeep(metrics.clone(), stop.clone()));
        let options =
            http::HttpOptions { metrics, shutdown: stop.clone(), problem_page: Some(inbox::problem) };
        let router = http::router(hub.clone(), options, inbox::routes());
        let listener = TcpListener::from_std(listener).map_err(listen)?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service)
            .with_graceful_shutdown(stop.clone().cancelled_owned())
            .into_future();
        let server = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the hub listens no longer");
            }
        });
        tracing::info!(%addr, public_url = hub.public_url(), "the hub answers");
        Ok(Running { addr, hub, store, stop, server, _alone: alone })
    }
}

impl Running {
    /// Ends it in order: no new requests, those under way are answered, workers finish what they have, the
    /// store commits what is queued. What takes longer than `http.stop_wait` is cut off.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let wait = self.hub.config().http.stop_wait;
        let finished = async { tokio::join!(&mut self.server, self.hub.stop()).0 };
        match tokio::time::timeout(wait, finished).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!("the server broke down while it stopped"),
            Err(_) => {
                self.server.abort();
                tracing::warn!(
                    ?wait,
                    "what was still under way was cut off: vendors repeat their requests, and messages whose sending was \
                     cut off are settled after the next start; raise `http.stop_wait` if they need longer"
                );
            }
        }
        if tokio::time::timeout(CLOSE, self.store.close()).await.is_err() {
            tracing::warn!("the database did not close in time; it recovers by itself at the next start");
        }
        tracing::info!("the hub stopped");
    }
}

/// Opens the store, for this hub alone. While it cannot be opened for a reason that passes, whoever asks on
/// `listener` is told to come again.
async fn open(
    config: &Config,
    ambient: &Ambient,
    listener: &std::net::TcpListener,
) -> Result<(Option<Alone>, Store), StartError> {
    let options = config.store();
    let mut told = false;
    loop {
        let opened = match alone(&options) {
            Ok(alone) => Store::open(&options, ambient.clone()).await.map(|store| (alone, store)),
            Err(error) => Err(error),
        };
        match opened {
            Ok(opened) => return Ok(opened),
            Err(error) if error.passes() => {
                if !told {
                    tracing::error!(
                        %error,
                        database = %options.location(),
                        "the database cannot be opened now: requests are answered 503 until it can; {}, and the hub \
                         goes on by itself",
                        options.location().remedy()
                    );
                    told = true;
                }
                turn_away(listener)
                    .await
                    .map_err(|source| StartError::Listen { address: config.http.listen, source })?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The sole right to serve a database in a file. One on a server is served by as many as like.
fn alone(options: &StoreOptions) -> Result<Option<Alone>, StoreError> {
    match options.location() {
        Location::File(path) => Alone::take(&path).map(Some),
        Location::Server(_) => Ok(None),
    }
}

/// Answers 503 for a while.
async fn turn_away(listener: &std::net::TcpListener) -> std::io::Result<()> {
    let router = axum::Router::new().fallback(|| async {
        let wait = [(RETRY_AFTER, AGAIN.as_secs().to_string()), (CONNECTION, "close".to_owned())];
        (StatusCode::SERVICE_UNAVAILABLE, wait, "the hub cannot open its database now")
    });
    let serving = axum::serve(TcpListener::from_std(listener.try_clone()?)?, router)
        .with_graceful_shutdown(tokio::time::sleep(AGAIN))
        .into_future();
    // Whoever does not finish a request in this time is let go with it.
    tokio::time::timeout(AGAIN * 2, serving).await.unwrap_or(Ok(()))
}

/// How vendors reach the hub: as configured, or where it listens.
pub(crate) fn public_url(config: &Config, addr: SocketAddr) -> String {
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
