//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::api::page::Pages;
use crate::observe::Metrics;
use crate::pipeline::Hub;
use crate::store::Store;

/// What the router needs besides the hub, whose configuration says the rest.
#[derive(Clone)]
pub struct HttpOptions {
    /// What was counted.
    pub metrics: Metrics,
    /// Ends event streams when the hub stops, so that stopping need not wait for those who listen.
    pub shutdown: CancellationToken,
}

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) hub: Hub,
    pub(crate) options: Arc<HttpOptions>,
    requests: Arc<RequestIds>,
}

impl Http {
    pub(super) fn new(hub: Hub, options: HttpOptions) -> Self {
        let requests = RequestIds { prefix: hub.ambient().random16(), next: AtomicU64::new(1) };
        Self { hub, options: Arc::new(options), requests: Arc::new(requests) }
    }

    pub(crate) fn store(&self) -> &Store {
        self.hub.store()
    }

    /// How long the pages of lists are.
    pub(crate) fn pages(&self) -> Pages {
        let api = &self.hub.config().api;
        Pages { usual: api.page, most: api.page_most }
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
