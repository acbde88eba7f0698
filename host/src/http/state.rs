//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use tokio_util::sync::CancellationToken;

use super::api::page::Pages;
use super::auth::Caller;
use super::problem::Problem;
use crate::access::Gate;
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
    /// How a browser is shown a problem; without it as the API's callers are.
    pub problem_page: Option<PageOfProblem>,
}

/// Makes the page that says what went wrong, from the problem, the headers of the request, and who asked where
/// that is known.
pub type PageOfProblem = fn(&Http, &Problem, &HeaderMap, Option<&Caller>) -> String;

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    pub(crate) hub: Hub,
    pub(crate) options: Arc<HttpOptions>,
    gate: Gate,
    requests: Arc<RequestIds>,
}

impl Http {
    pub(super) fn new(hub: Hub, options: HttpOptions) -> Self {
        let requests = RequestIds { prefix: hub.ambient().random16(), next: AtomicU64::new(1) };
        let at_once = hub.config().accounts.hash_at_once;
        let gate = Gate::new(hub.store().clone(), hub.ambient().clone(), at_once);
        Self { hub, options: Arc::new(options), gate, requests: Arc::new(requests) }
    }

    /// The way in for people.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
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
