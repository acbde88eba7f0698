//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::api::page::Pages;
use crate::observe::Metrics;
use crate::pipeline::Hub;
use crate::store::Store;

/// How the HTTP surface behaves.
#[derive(Clone)]
pub struct HttpOptions {
    /// How long the pages of lists are.
    pub pages: Pages,
    /// Whether `/metrics` is open to everybody (`http.open_metrics`); it holds no personal data.
    pub open_metrics: bool,
    /// How long a request to the API may take, event streams excepted (`http.request_timeout`).
    pub request_timeout: Duration,
    /// How often an event stream says that it is still there.
    pub heartbeat: Duration,
    /// Ends event streams, so that a shutdown need not wait for those who listen.
    pub shutdown: CancellationToken,
    /// Renders the metrics.
    pub metrics: Metrics,
}

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub(super) struct Http {
    pub(super) hub: Hub,
    pub(super) options: Arc<HttpOptions>,
    requests: Arc<RequestIds>,
}

impl Http {
    pub(super) fn new(hub: Hub, options: HttpOptions) -> Self {
        let requests = RequestIds { prefix: hub.ambient().random16(), next: AtomicU64::new(1) };
        Self { hub, options: Arc::new(options), requests: Arc::new(requests) }
    }

    pub(super) fn store(&self) -> &Store {
        self.hub.store()
    }

    /// The id of a request that begins: one of this process, then a number.
    pub(super) fn request_id(&self) -> String {
        let number = self.requests.next.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", hex::encode(&self.requests.prefix[..4]))
    }
}

struct RequestIds {
    prefix: [u8; 16],
    next: AtomicU64,
}
