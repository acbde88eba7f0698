//! Plugins on their way to a hub: pulled from a registry that may lie, signed and checked on the command
//! line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as At, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use switchboard::package::{Login, PullError, PullOptions, Pulled, pull};
use switchboard::plugin::file;
use zeroize::Zeroizing;

const PLUGIN: &[u8] = b"\0asm a plugin's bytes";
/// `ada:secret`
const BASIC: &str = "Basic YWRhOnNlY3JldA==";

/// A registry with one image, and what is wrong with it.
#[derive(Clone)]
struct Registry {
    /// The layers its image names.
    layers: Value,
    /// What it gives for any blob.
    blob: Blob,
    /// Where it never stops.
    endless: Option<Endless>,
    /// What it wants to hear before it gives anything: nothing, a login, or a token it gives for a login.
    guard: Guard,
    /// How often a blob was asked for.
    blobs: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Endless {
    Manifest,
    Token,
    Error,
}

/// A body without an end, and without a length beforehand.
fn endless() -> Body {
    let piece = Bytes::from_static(&[b' '; 4096]);
    Body::from_stream(futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone())))
}

#[derive(Clone)]
enum Blob {
    Bytes(&'static [u8]),
    Endless,
    Missing,
    Silent,
}

#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Open,
    Basic,
    /// The token it gives, as it stands in the JSON.
    Token(&'static str),
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", file::hash(bytes).as_str())
}

fn layer(kind: &str, size: usize) -> Value {
    json!({"mediaType": kind, "digest": digest(PLUGIN), "size": size})
}

impl Registry {
    fn honest() -> Self {
        Self {
            layers: json!([layer("application/wasm", PLUGIN.len())]),
            blob: Blob::Bytes(PLUGIN),
            endless: None,
            guard: Guard::Open,
            blobs: Arc::default(),
        }
    }

    fn manifest(&self) -> String {
        json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.wasm.config.v0+json", "size": 2, "digest": digest(b"{}")
            },
            "layers": self.layers,
        })
        .to_string()
    }

    /// Answers until the test ends; the name is its address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let name = listener.local_addr().expect("an address").to_string();
        let realm = format!("Bearer realm=\"http://{name}/token\",service=\"{name}\"");
        let app = Router::new()
            .route("/v2/", get(move |State(of): State<Self>| async move { of.challenge(&realm) }))
            .route("/token", get(token))
            .route("/v2/acme/thing/manifests/{reference}", get(manifest))
            .route("/v2/acme/thing/blobs/{digest}", get(blob))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        name
    }

    fn challenge(&self, realm: &str) -> Response {
        match self.guard {
            Guard::Open => StatusCode::OK.into_response(),
            Guard::Basic => {
                (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=\"x\"")]).into_response()
            }
            Guard::Token(_) => (StatusCode::UNAUTHORIZED, [("www-authenticate", realm)]).into_response(),
        }
    }

    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let given = headers.get("authorization").and_then(|value| value.to_str().ok());
        match self.guard {
            Guard::Open => true,
            Guard::Basic => given == Some(BASIC),
            Guard::Token(token) => given == Some(&format!("Bearer {token}")),
        }
    }

    /// What comes of pulling from it, with options that let it be spoken to.
    async fn pulled(&self, end: &str, change: impl FnOnce(&mut PullOptions)) -> Result<Pulled, PullError> {
        let name = self.start().await;
        let mut options = PullOptions { plain_http: vec![name.clone()], ..PullOptions::default() };
        change(&mut options);
        pull(&format!("oci://{name}/acme/thing{end}"), &options).await
    }

    async fn refused(&self, end: &str, change: impl FnOnce(&mut PullOptions)) -> PullError {
        self.pulled(end, change).await.expect_err("refused")
    }
}

async fn token(State(registry): State<Registry>, headers: HeaderMap) -> Response {
    match registry.guard {
        Guard::Token(_) if registry.endless == Some(Endless::Token) => endless().into_response(),
        Guard::Token(token) if headers.get("authorization").is_some_and(|given| given == BASIC) => {
            json!({ "token": token, "access_token": token }).to_string().into_response()
        }
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn manifest(
    State(registry): State<Registry>,
    At(reference): At<String>,
    headers: HeaderMap,
) -> Response {
    if !registry.lets_in(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match registry.endless {
        Some(Endless::Manifest) => return endless().into_response(),
        Some(Endless::Error) => return (StatusCode::NOT_FOUND, endless()).into_response(),
        Some(Endless::Token) | None => {}
    }
    if reference == "1.0" || reference.starts_with("sha256:") {
        return registry.manifest().into_response();
    }
    let unknown = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]});
    (StatusCode::NOT_FOUND, unknown.to_string()).into_response()
}

async fn blob(State(registry): State<Registry>, headers: HeaderMap) -> Response {
    registry.blobs.fetch_add(1, Ordering::Relaxed);
    if !registry.lets_in(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match registry.blob {
        Blob::Bytes(bytes) => bytes.into_response(),
        Blob::Endless => endless().into_response(),
        Blob::Missing => StatusCode::NOT_FOUND.into_response(),
        Blob::Silent => std::future::pending().await,
    }
}

fn ada(password: &str) -> Login {
    Login::Given { username: "ada".to_owned(), password: Zeroizing::new(password.to_owned()) }
}

#[tokio::test]
async fn a_plugin_is_pulled_by_its_tag_and_again_by_the_digest_that_was_found() {
    let registry = Registry::honest();
    let pulled = registry.pulled(":1.0", |_| ()).await.expect("pulled");
    assert_eq!(pulled.wasm, PLUGIN);
    let found = digest(registry.manifest().as_bytes());
    assert!(pulled.reference.starts_with("oci://127.0.0.1:") && pulled.reference.ends_with(&found));
    let again = registry.pulled(&format!("@{found}"), |_| ()).await.expect("pulled");
    assert_eq!(again.wasm, PLUGIN);
    let older = Registry {
        layers: json!([layer("application/vnd.wasm.content.layer.v1+wasm", PLUGIN.len())]),
        ..Registry::honest()
    };
    assert_eq!(older.pulled(":1.0", |_| ()).await.expect("pulled").wasm, PLUGIN);
}

#[tokio::test]
async fn what_is_not_what_its_digest_says_is_refused() {
    let swapped = Registry { blob: Blob::Bytes(b"\0asm another's bytes"), ..Registry::honest() };
    let said = swapped.refused(":1.0", |_| ()).await.to_string();
    assert!(said.contains("not what its digest says") && said.contains("nothing was installed"), "{said}");
    let end = format!("@{}", digest(b"another image"));
    let said = Registry::honest().refused(&end, |_| ()).await;
    assert!(matches!(said, PullError::Digest { .. }), "{said}");
}

#[tokio::test]
async fn a_file_larger_than_a_plugin_may_be_is_not_fetched() {
    let registry = Registry::honest();
    let said = registry.refused(":1.0", |options| options.max_size = PLUGIN.len() - 1).await.to_string();
    assert!(said.contains("plugin.max_file"), "{said}");
    assert_eq!(registry.blobs.load(Ordering::Relaxed), 0);
    assert!(registry.pulled(":1.0", |options| options.max_size = PLUGIN.len()).await.is_ok());
}

#[tokio::test]
async fn a_registry_that_sends_more_than_it_said_is_cut_off() {
    let endless = Registry { blob: Blob::Endless, ..Registry::honest() };
    let said = endless.refused(":1.0", |options| options.max_size = 1 << 20).await;
    assert!(matches!(said, PullError::Digest { .. }), "{said}");
    assert!(said.to_string().contains("more than the 21 bytes said"), "{said}");
    let negative = json!([{"mediaType": "application/wasm", "digest": digest(PLUGIN), "size": -1}]);
    let said = Registry { layers: negative, ..Registry::honest() }.refused(":1.0", |_| ()).await;
    assert!(matches!(said, PullError::TooLarge { .. }), "{said}");
}

#[tokio::test]
async fn a_registry_that_never_stops_describing_an_image_is_cut_off() {
    let endless = |endless| Registry { endless: Some(endless), ..Registry::honest() };
    let small = |options: &mut PullOptions| {
        options.max_answer = 1 << 20;
        // It would go on for as long as anybody listens.
        options.timeout = Duration::from_secs(120);
    };
    let said = endless(Endless::Manifest).refused(":1.0", small).await;
    let words = said.to_string();
    assert!(matches!(said, PullError::TooMuch { .. }), "{words}");
    assert!(words.contains("1048576 bytes") && words.contains("`plugin.registry.max_answer`"), "{words}");
    let registry = Registry { guard: Guard::Token("abc"), ..endless(Endless::Token) };
    let said = registry.refused(":1.0", small).await;
    assert!(matches!(said, PullError::TooMuch { what: "a token", .. }), "{said}");
    let said = endless(Endless::Error).refused(":1.0", small).await;
    assert!(matches!(said, PullError::Missing { .. }), "its status is enough: {said}");

    let honest = Registry::honest();
    let size = honest.manifest().len();
    assert!(honest.pulled(":1.0", |options| options.max_answer = size).await.is_ok());
    let said = honest.refused(":1.0", |options| options.max_answer = size - 1).await;
    assert!(matches!(said, PullError::TooMuch { .. }), "{said}");
}

#[tokio::test]
async fn a_guarded_repository_is_read_with_a_login_and_a_wrong_one_is_told() {
    for guard in [Guard::Basic, Guard::Token("abc")] {
        let registry = Registry { guard, ..Registry::honest() };
        let said = registry.refused(":1.0", |_| ()).await.to_string();
        assert!(said.contains("no login was given") && said.contains("--password-stdin"), "{said}");
        let said = registry.refused(":1.0", |options| options.login = ada("wrong")).await.to_string();
        assert!(said.contains("`ada`") && !said.contains("wrong"), "{said}");
        let pulled = registry.pulled(":1.0", |options| options.login = ada("secret")).await;
        assert_eq!(pulled.expect("pulled").wasm, PLUGIN);
    }
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_ends_the_pull_and_nothing_else() {
    let registry = Registry { guard: Guard::Token("a\nb"), ..Registry::honest() };
    let said = registry.refused(":1.0", |options| options.login = ada("secret")).await;
    assert!(matches!(said, PullError::Registry { .. }), "{said}");
}

#[tokio::test]
async fn a_missing_tag_is_told_by_name() {
    let said = Registry::honest().refused(":2.0", |_| ()).await.to_string();
    assert!(said.contains("acme/thing:2.0") && said.contains("tag"), "{said}");
    let said = Registry { blob: Blob::Missing, ..Registry::honest() }.refused(":1.0", |_| ()).await;
    assert!(matches!(said, PullError::Missing { .. }), "{said}");
}

#[tokio::test]
async fn an_image_of_a_container_is_no_plugin() {
    let tar = layer("application/vnd.oci.image.layer.v1.tar+gzip", 1);
    let said =
        Registry { layers: json!([tar]), ..Registry::honest() }.refused(":1.0", |_| ()).await.to_string();
    assert!(said.contains("tar+gzip") && said.contains("plugin.wasm:application/wasm"), "{said}");
    let two = json!([layer("application/wasm", 1), layer("application/wasm", 1)]);
    let said = Registry { layers: two, ..Registry::honest() }.refused(":1.0", |_| ()).await.to_string();
    assert!(said.contains("2 layers"), "{said}");
}

#[tokio::test]
async fn other_places_that_a_layer_names_are_not_asked() {
    let elsewhere = Registry::honest();
    let name = elsewhere.start().await;
    let mut named = layer("application/wasm", PLUGIN.len());
    named["urls"] = json!([format!("http://{name}/v2/acme/thing/blobs/x")]);
    let registry = Registry { layers: json!([named]), blob: Blob::Missing, ..Registry::honest() };
    assert!(matches!(registry.refused(":1.0", |_| ()).await, PullError::Missing { .. }));
    assert_eq!(elsewhere.blobs.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn only_a_registry_named_for_it_is_spoken_to_without_tls() {
    let said = Registry::honest().refused(":1.0", |options| options.plain_http.clear()).await.to_string();
    assert!(said.contains("plugin.registry.plain_http"), "{said}");
}

#[tokio::test]
async fn a_registry_that_does_not_go_on_is_left() {
    let silent = Registry { blob: Blob::Silent, ..Registry::honest() };
    let said = silent.refused(":1.0", |options| options.timeout = Duration::from_millis(300)).await;
    assert!(matches!(said, PullError::Slow { .. } | PullError::Unreachable { .. }), "{said}");
}

/// Runs the program in a folder.
fn run(folder: &Path, args: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_switchboard"));
    Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", program.ancestors().nth(2).expect("a target folder"))
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("SWITCHBOARD_CONFIG")
        .output()
        .expect("the program starts")
}

fn done(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(!output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with the smallest plugin in it as `echo.wasm`.
fn with_plugin() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/echo-channel");
    let path = folder.path().join("echo.wasm");
    done(folder.path(), &["plugin", "build", &example.display().to_string(), "--out", "echo.wasm"]);
    (folder, path)
}

#[test]
fn a_file_is_signed_in_place_and_verified_against_whom_one_trusts() {
    let (folder, path) = with_plugin();
    let folder = folder.path();
    let before = std::fs::read(&path).expect("reads");
    let said = refused(folder, &["plugin", "verify", "echo.wasm"]);
    assert!(said.contains("nobody signed") && said.contains("plugin sign"), "{said}");
    for name in ["acme", "checker"] {
        done(folder, &["plugin", "keygen", name]);
        done(folder, &["plugin", "sign", "echo.wasm", "--key", &format!("{name}.key")]);
    }
    assert!(std::fs::read(&path).expect("reads").starts_with(&before));
    done(folder, &["plugin", "inspect", "echo.wasm"]);

    let said = refused(folder, &["plugin", "verify", "echo.wasm"]);
    assert!(said.contains("nobody trusted") && said.contains("--trust"), "{said}");
    let said = done(folder, &["plugin", "verify", "echo.wasm", "--trust", "checker.pub"]);
    assert!(said.contains("trusted as checker") && said.contains("not trusted here"), "{said}");
    let line = std::fs::read_to_string(folder.join("acme.pub")).expect("reads");
    let set = format!("plugin.trust.keys={}", line.trim());
    let said = done(folder, &["plugin", "verify", "echo.wasm", "--json", "--set", &set]);
    let data: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(data["verdict"], "trusted");
    assert_eq!(
        (&data["signatures"][0]["name"], &data["signatures"][1]["name"]),
        (&json!("acme"), &json!(null))
    );
}

#[test]
fn a_file_changed_after_it_was_signed_does_not_verify() {
    let (folder, path) = with_plugin();
    let folder = folder.path();
    done(folder, &["plugin", "keygen", "acme"]);
    done(folder, &["plugin", "sign", "echo.wasm", "--key", "acme.key"]);
    let mut wasm = std::fs::read(&path).expect("reads");
    let middle = wasm.len() / 2;
    wasm[middle] ^= 1;
    std::fs::write(&path, &wasm).expect("writes");
    let output = run(folder, &["plugin", "verify", "echo.wasm", "--trust", "."]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("NOT what was signed"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not hold"));
}

#[test]
fn what_cannot_sign_says_what_to_do() {
    let (folder, path) = with_plugin();
    let (folder, wasm) = (folder.path(), std::fs::read(&path).expect("reads"));
    done(folder, &["plugin", "keygen", "acme"]);
    assert!(refused(folder, &["plugin", "keygen", "acme"]).contains("choose another name"));
    assert!(refused(folder, &["plugin", "sign", "echo.wasm", "--key", "acme.pub"]).contains("give the .key"));
    assert!(
        refused(folder, &["plugin", "sign", "echo.wasm", "--key", "x.key"]).contains("cannot read x.key")
    );
    assert!(
        refused(folder, &["plugin", "sign", "acme.pub", "--key", "acme.key"]).contains("not a WebAssembly")
    );
    assert_eq!(std::fs::read(&path).expect("reads"), wasm, "a refusal changes nothing");
}
