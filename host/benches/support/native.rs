//! The baseline: a bare axum handler that checks the same signature, parses natively with serde (the module
//! `parse`), and hands the same rows to the same store in the same group commits.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use switchboard::ambient::Ambient;
use switchboard::model::delivery::RecordedRequest;
use switchboard::model::id::ConnectionId;
use switchboard::store::{Ingest, NewDelivery, Store, StoreOptions};

use super::parse;
use super::vendor::{SECRET, Vendor};

/// A running baseline.
pub struct Baseline {
    /// Where it listens.
    pub addr: SocketAddr,
    store: Store,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    vendor: Vendor,
    mac: Hmac<Sha256>,
    store: Store,
    ambient: Ambient,
    connection: ConnectionId,
}

/// Where the baseline takes deliveries; as long as the hub's, so that both requests have the same length.
pub const PATH: &str = "/hooks/conn_00000000000000000000000000";

impl Baseline {
    /// Opens a store and listens.
    pub async fn start(vendor: Vendor, options: &StoreOptions) -> Self {
        let ambient = Ambient::system();
        let store = Store::open(options, ambient.clone()).await.expect("the store opens");
        let mac = Hmac::new_from_slice(SECRET.as_bytes()).expect("any key fits");
        let connection = ConnectionId::random([7; 16]);
        let shared = Arc::new(Shared { vendor, mac, store: store.clone(), ambient, connection });
        let router = Router::new().route(PATH, post(receive)).with_state(shared);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { addr, store, server }
    }

    /// Stops it; everything is committed then.
    pub async fn stop(self) {
        self.server.abort();
        self.store.close().await;
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if !shared.verified(&headers, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let kept: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let event = match shared.vendor {
        Vendor::WhatsApp => parse::text(&body),
        Vendor::Shopify => parse::order(&body),
    };
    let Ok(event) = event else { return StatusCode::BAD_REQUEST };
    let request = RecordedRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: kept,
        body: body.into(),
        verified: true,
    };
    let ingest = Ingest {
        connection: shared.connection.clone(),
        delivery: Some(NewDelivery { received_at: shared.ambient.now_ms(), request, replay_of: None }),
        events: vec![event],
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    };
    match shared.store.ingest(ingest).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Shared {
    fn verified(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let Some(given) = headers.get(self.vendor.signature()).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        let given = match self.vendor {
            Vendor::WhatsApp => given.strip_prefix("sha256=").and_then(|text| hex::decode(text).ok()),
            Vendor::Shopify => base64::engine::general_purpose::STANDARD.decode(given).ok(),
        };
        let mut mac = self.mac.clone();
        mac.update(body);
        given.is_some_and(|given| mac.verify_slice(&given).is_ok())
    }
}
