//! Deliveries to a courier whose hub is a process of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use switchboard::model::manifest::Manifest;
use switchboard::model::signature::{Request, Signer};
use switchboard::plugin::file;
use switchboard_tests::Program;
use zeroize::Zeroizing;

/// What its requests are signed with.
const ENTRY: &str = "courier-entry-nobody-may-see";

/// A courier's vendor.
#[derive(Clone)]
pub(crate) struct Courier {
    /// Its connection.
    pub(crate) id: String,
    manifest: Arc<Manifest>,
    client: reqwest::Client,
}

impl Courier {
    /// Adds a connection of the courier in `wasm`, which sends to `url`.
    pub(crate) fn connect(program: &Program, wasm: &[u8], url: &str) -> Self {
        let base = format!("base_url={url}");
        let id = program.connect("courier", &[&base], &[("entry", ENTRY), ("token", "t")]);
        let manifest = Arc::new(file::read(wasm, usize::MAX).expect("a plugin").manifest);
        Self { id, manifest, client: switchboard_tests::client() }
    }

    /// Delivers a body to the hub at `addr`; the status, when the answer arrived whole.
    pub(crate) async fn deliver(&self, addr: SocketAddr, body: &str) -> Option<u16> {
        let path = format!("/hooks/{}", self.id);
        let url = format!("http://{addr}{path}");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = Request {
            method: "POST",
            url: &url,
            path: &path,
            query_raw: "",
            headers: &headers,
            body: body.as_bytes(),
        };
        let secret = |name: &str| (name == "entry").then(|| Zeroizing::new(ENTRY.as_bytes().to_vec()));
        let proof = Signer::new(&self.manifest, secret).sign(&request, 0).expect("a signature");
        headers.extend(proof.headers);
        let request = self.client.post(url).headers(headers).body(body.to_owned());
        let answer = request.timeout(Duration::from_secs(20)).send().await.ok()?;
        let status = answer.status().as_u16();
        // Acknowledged is what arrived whole.
        answer.bytes().await.ok().map(|_| status)
    }
}
