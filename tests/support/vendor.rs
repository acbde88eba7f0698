//! A vendor's server on this machine: it keeps what it was sent and answers as it was told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

/// What the server is to answer: status, headers, body.
pub type Reply = (u16, Vec<(&'static str, &'static str)>, String);

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// Its `authorization` header.
    pub authorization: String,
    /// Its body.
    pub body: Value,
}

#[derive(Default)]
struct Shared {
    sent: Vec<Sent>,
    replies: VecDeque<Reply>,
}

/// A vendor's server. It answers 200 with an id unless it was told otherwise.
#[derive(Clone)]
pub struct Vendor {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Vendor {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let vendor = Self { addr, shared: Arc::default() };
        let router = Router::new().fallback(take).with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    /// Its address with the scheme, as settings take it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The configuration that lets plugins speak to it.
    #[must_use]
    pub fn allowed(&self) -> String {
        format!("plugin.http.allow_private_hosts={}", self.addr)
    }

    /// Answers the next requests so, in order; then 200 again.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).replies.extend(replies);
    }

    /// What arrived so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }
}

async fn take(State(vendor): State<Vendor>, headers: HeaderMap, body: Bytes) -> Response {
    let mut shared = vendor.shared.lock().unwrap_or_else(PoisonError::into_inner);
    let authorization =
        headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    shared.sent.push(Sent { at: Instant::now(), authorization, body });
    let number = shared.sent.len();
    match shared.replies.pop_front() {
        Some((status, headers, body)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut response = (status, body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().expect("a header's value"));
            }
            response
        }
        None => axum::Json(json!({ "id": format!("vendor-{number}") })).into_response(),
    }
}
