//! The router as a whole, over a hub without plugins and an empty store.

mod api;
mod conversation;
mod guard;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{HttpOptions, router};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::connection::Connection;
use crate::model::token::Role;
use crate::observe::Metrics;
use crate::pipeline::Hub;
use crate::store::{NewConnection, Store, StoreOptions, TokenAsk};

/// A hub over HTTP, its folder, and what ends its streams.
struct Rig {
    router: Router,
    store: Store,
    shutdown: CancellationToken,
    folder: TempDir,
}

/// What was answered.
struct Said {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The last part of a problem's type.
    fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        let kind = problem["type"].as_str().unwrap_or_default();
        kind.strip_prefix("urn:switchboard:problem:").unwrap_or_default().to_owned()
    }
}

impl Rig {
    async fn new(sets: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut all: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        for (key, name) in [("plugin.directory", "plugins"), ("plugin.cache_dir", "cache")] {
            all.push(format!("{key}={}", folder.path().join(name).display()));
        }
        let config = Config::load(None, [], &all).expect("a configuration");
        let ambient = Ambient::system();
        let options = StoreOptions::at(folder.path().join("hub.db"));
        let store = Store::open(&options, ambient.clone()).await.expect("a store");
        let hub =
            Hub::start(Arc::new(config), "http://hub.test", store.clone(), ambient).await.expect("a hub");
        let shutdown = CancellationToken::new();
        let metrics = Metrics::install().expect("metrics");
        let options = HttpOptions { metrics, shutdown: shutdown.clone(), problem_page: None };
        let router = router(hub, options, Router::new());
        Self { router, store, shutdown, folder }
    }

    async fn token(&self, role: Role) -> String {
        let ask = TokenAsk::all(role.as_str(), role);
        self.store.create_token(ask, "the test").await.expect("a token").secret
    }

    async fn connection(&self) -> Connection {
        let new = NewConnection {
            plugin: "absent".into(),
            title: "Absent".into(),
            settings: serde_json::json!({}),
            priority: 0,
            region: None,
            secrets: vec![],
        };
        self.store.add_connection(new).await.expect("a connection")
    }

    async fn raw(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("a router answers")
    }

    async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<&str>) -> Said {
        let mut request = Request::builder().method(Method::try_from(method).expect("a method")).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_owned()));
        let response = self.raw(request.body(body).expect("a request")).await;
        let (parts, body) = response.into_parts();
        // A stream never ends by itself: its head is enough here.
        let stream = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let bytes =
            if stream { Vec::new() } else { to_bytes(body, usize::MAX).await.expect("a body").to_vec() };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Said { status: parts.status, headers: parts.headers, text }
    }

    async fn get(&self, path: &str, token: &str) -> Said {
        self.ask("GET", path, Some(token), None).await
    }
}
