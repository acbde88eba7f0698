//! Credentials go out, and never in: what the hub writes into a plugin's requests, where it does, and what the
//! plugin hears of it.

mod guests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::routing::{any, post};
use base64::Engine as _;
use guests::{Memory, connection, guest};
use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use switchboard::ambient::{Ambient, ManualClock};
use switchboard::plugin::{Binding, Plugin, Runtime, RuntimeOptions, WebhookRequest};

const NOW: i64 = 1_769_860_800_000;

/// A vendor that gives tokens, wants them, and repeats what it is told.
#[derive(Default)]
struct Vendor {
    /// The forms that tokens were asked for with, and the `authorization` beside them.
    asked: Vec<(BTreeMap<String, String>, String)>,
    /// The refresh token that counts, once one was used.
    refresh: Option<String>,
    /// Access tokens that count no more.
    revoked: Vec<String>,
    /// What the last requests said.
    heard: Vec<String>,
    /// Whether tokens can be had, and with which answer they cannot.
    closed: Option<u16>,
}

type Shared = Arc<Mutex<Vendor>>;

async fn token(State(vendor): State<Shared>, request: Request) -> (StatusCode, String) {
    let authorization = header(&request, "authorization");
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    // Long enough that calls at the same time meet.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let mut vendor = vendor.lock().expect("lock");
    vendor.asked.push((form.clone(), authorization));
    if let Some(status) = vendor.closed {
        let refusal = json!({"error": "invalid_client", "error_description": form});
        return (StatusCode::from_u16(status).expect("a status"), refusal.to_string());
    }
    let number = vendor.asked.len();
    let mut answer =
        json!({"access_token": format!("access-token-{number}"), "token_type": "Bearer", "expires_in": 3600});
    if form["grant_type"] == "refresh_token" {
        let current = vendor.refresh.clone().unwrap_or_else(|| "first-refresh-token".to_owned());
        if form["refresh_token"] != current {
            return (StatusCode::BAD_REQUEST, json!({"error": "invalid_grant"}).to_string());
        }
        let next = format!("refresh-token-{number}");
        answer["refresh_token"] = next.clone().into();
        vendor.refresh = Some(next);
    }
    (StatusCode::OK, answer.to_string())
}

fn header(request: &Request, name: &str) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn echo(State(vendor): State<Shared>, request: Request) -> (StatusCode, String) {
    let authorization = header(&request, "authorization");
    let (uri, method) = (request.uri().to_string(), request.method().to_string());
    let (stamp, signature) = (header(&request, "x-time"), header(&request, "x-signature"));
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let said =
        format!("{method} {uri} {authorization} {stamp} {signature} {}", String::from_utf8_lossy(&body));
    let mut vendor = vendor.lock().expect("lock");
    let refused = vendor.revoked.iter().any(|token| authorization.ends_with(token.as_str()));
    vendor.heard.push(said.clone());
    (if refused { StatusCode::UNAUTHORIZED } else { StatusCode::OK }, said)
}

/// Repeats everything it ever heard and gave, in several spellings.
async fn log(State(vendor): State<Shared>) -> String {
    let vendor = vendor.lock().expect("lock");
    let all = format!("{:?} {:?} {:?}", vendor.heard, vendor.asked, vendor.refresh);
    let base64 = base64::engine::general_purpose::STANDARD.encode(&all);
    format!("{all}\n{}\n{base64}", hex::encode(&all))
}

async fn serve(vendor: Shared) -> String {
    let app = axum::Router::new()
        .route("/token", post(token))
        .route("/echo", any(echo))
        .route("/log", any(log))
        .with_state(vendor);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// A hub's sandbox with the guest in it, the vendor it may authenticate with, and another that it may only call.
struct Scene {
    vendor: Shared,
    other: Shared,
    base: String,
    elsewhere: String,
    clock: ManualClock,
    services: Arc<Memory>,
    plugin: Plugin,
    binding: Arc<Binding>,
}

const SECRETS: [(&str, &str); 4] = [
    ("token", "s3cret-token/+x"),
    ("client_secret", "s3cret client"),
    ("refresh_token", "first-refresh-token"),
    ("api_secret", "s3cret-key"),
];

impl Scene {
    async fn new() -> Self {
        Self::with(Memory::with_secrets(&SECRETS)).await
    }

    async fn with(services: Memory) -> Self {
        let (vendor, other) = (Shared::default(), Shared::default());
        let (base, elsewhere) = (serve(Arc::clone(&vendor)).await, serve(Arc::clone(&other)).await);
        let clock = ManualClock::at(NOW);
        let services = Arc::new(services);
        let (plugin, binding) = start(&clock, &services, &base, &elsewhere).await;
        Self { vendor, other, base, elsewhere, clock, services, plugin, binding }
    }

    /// Has the guest make a request, and gives all that it heard.
    async fn call(&self, method: &str, url: &str, headers: Value, body: &str) -> String {
        let calls = json!([{"method": method, "url": url, "headers": headers, "body": body}]).to_string();
        let request = WebhookRequest {
            method: "POST",
            path: "",
            query: &[],
            headers: &[],
            body: calls.as_bytes(),
            verified: true,
        };
        let outcome = self.plugin.webhook(&self.binding, request).await.expect("the guest runs");
        String::from_utf8(outcome.reply.body).expect("text")
    }

    async fn with_token(&self, name: &str) -> String {
        let headers = json!([["authorization", format!("Bearer {{{{oauth:{name}}}}}")]]);
        self.call("GET", &format!("{}/echo", self.base), headers, "").await
    }

    fn heard(&self) -> Vec<String> {
        self.vendor.lock().expect("lock").heard.clone()
    }

    fn asked(&self) -> usize {
        self.vendor.lock().expect("lock").asked.len()
    }
}

async fn start(
    clock: &ManualClock,
    services: &Arc<Memory>,
    base: &str,
    elsewhere: &str,
) -> (Plugin, Arc<Binding>) {
    let mut options = RuntimeOptions { instances: 16, ..RuntimeOptions::default() };
    options.http.allow_private_hosts = [base, elsewhere].map(|url| url.replace("http://", "")).to_vec();
    let ambient = Ambient { clock: Arc::new(clock.clone()), ..Ambient::system() };
    let runtime = Runtime::new(&options, Arc::clone(services) as _, ambient).expect("starts");
    let plugin = runtime.load(&guest("caller")).await.expect("loads");
    let settings = json!({"base_url": base, "other_url": elsewhere, "client_id": "c 1"});
    let binding = Binding::new(&plugin, connection(), &settings, "https://hub.example").expect("binds");
    (plugin, binding)
}

fn shows_no_credential(told: &str) {
    for secret in ["s3cret", "access-token-", "refresh-token"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_fetched_once_kept_and_renewed_before_its_time_is_over() {
    let scene = Scene::new().await;
    let told = tokio::join!(scene.with_token("app"), scene.with_token("app"), scene.with_token("app"));
    for told in [told.0, told.1, told.2] {
        assert!(told.starts_with("200"), "{told}");
        shows_no_credential(&told);
    }
    assert_eq!(scene.asked(), 1, "one fetch for three calls at once");
    assert!(scene.heard().iter().all(|said| said.contains("Bearer access-token-1 ")));
    let (form, authorization) = scene.vendor.lock().expect("lock").asked[0].clone();
    assert_eq!((form["grant_type"].as_str(), form["scope"].as_str()), ("client_credentials", "read write"));
    assert!(!form.contains_key("client_secret"), "{form:?}");
    let basic = base64::engine::general_purpose::STANDARD.encode("c%201:s3cret%20client");
    assert_eq!(authorization, format!("Basic {basic}"));

    scene.clock.advance(3_530_000);
    scene.with_token("app").await;
    assert_eq!(scene.asked(), 1, "it holds for 59 minutes");
    scene.clock.advance(20_000);
    assert!(scene.with_token("app").await.starts_with("200"));
    assert_eq!(scene.asked(), 2, "and is renewed in the last one");
    assert!(scene.heard().last().is_some_and(|said| said.contains("access-token-2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_renewed_once_and_the_request_sent_again_with_its_body() {
    let scene = Scene::new().await;
    scene.with_token("app").await;
    scene.clock.advance(120_000);
    scene.vendor.lock().expect("lock").revoked.push("access-token-1".to_owned());
    let headers = json!([["authorization", "Bearer {{oauth:app}}"]]);
    let url = format!("{}/echo", scene.base);
    let told = scene.call("POST", &url, headers.clone(), "the body").await;
    assert!(told.starts_with("200") && told.contains("the body"), "{told}");
    assert_eq!(scene.asked(), 2);
    let heard = scene.heard();
    assert!(heard[1].contains("access-token-1") && heard[1].ends_with("the body"), "{heard:?}");
    assert!(heard[2].contains("access-token-2") && heard[2].ends_with("the body"), "{heard:?}");

    // The vendor refuses whatever it gives: no fetch for each refusal.
    scene.vendor.lock().expect("lock").revoked.push("access-token-2".to_owned());
    for _ in 0..3 {
        assert!(scene.call("POST", &url, headers.clone(), "x").await.starts_with("401"));
    }
    assert_eq!(scene.asked(), 2, "a token fetched just now is not what it refuses");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_refresh_token_is_kept_over_a_restart_and_over_a_call_that_is_cut_off() {
    let scene = Scene::new().await;
    let cut = tokio::time::timeout(Duration::from_millis(30), scene.with_token("person")).await;
    assert!(cut.is_err(), "the call is gone while the token is being fetched");
    let told = scene.with_token("person").await;
    assert!(told.starts_with("200"), "{told}");
    shows_no_credential(&told);
    assert_eq!(scene.asked(), 1, "the fetch went on without the call");
    let kept = scene.services.tokens.lock().expect("lock")["person"].clone();
    assert!(String::from_utf8_lossy(&kept).contains("refresh-token-1"));

    // The hub starts anew.
    let (plugin, binding) = start(&scene.clock, &scene.services, &scene.base, &scene.elsewhere).await;
    let scene = Scene { plugin, binding, ..scene };
    assert!(scene.with_token("person").await.starts_with("200"));
    assert_eq!(scene.asked(), 1, "the access token outlasts it too");
    scene.clock.advance(3_600_000);
    assert!(scene.with_token("person").await.starts_with("200"));
    let vendor = scene.vendor.lock().expect("lock");
    assert_eq!(
        vendor.asked[1].0["refresh_token"], "refresh-token-1",
        "not the operator's, which was replaced"
    );
    assert_eq!(vendor.asked[1].0["client_secret"], "s3cret client", "in the form unless the manifest says");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_told_as_a_wrong_set_up_or_as_a_moment_that_passes_and_the_vendor_is_left_alone() {
    let scene = Scene::new().await;
    scene.vendor.lock().expect("lock").closed = Some(401);
    for _ in 0..3 {
        let told = scene.with_token("app").await;
        assert!(told.contains("Misconfigured"), "{told}");
        shows_no_credential(&told);
    }
    assert_eq!(scene.asked(), 1, "not again for each call");
    scene.clock.advance(11_000);
    scene.vendor.lock().expect("lock").closed = Some(503);
    assert!(scene.with_token("app").await.contains("Retry"));
    scene.clock.advance(11_000);
    scene.vendor.lock().expect("lock").closed = None;
    assert!(scene.with_token("app").await.starts_with("200"));

    let without = Scene::with(Memory::default()).await;
    let told = without.with_token("app").await;
    assert!(told.contains("Misconfigured") && without.asked() == 0, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_signed_as_it_goes_out() {
    let scene = Scene::new().await;
    let headers = json!([["x-signature", "{{hmac:request}}"], ["x-time", "{{time:request}}"]]);
    let url = format!("{}/echo?key={{{{secret:token}}}}&a=1", scene.base);
    let told = scene.call("POST", &url, headers, "{\"x\":1}").await;
    assert!(told.starts_with("200"), "{told}");
    shows_no_credential(&told);
    let signed = format!("{NOW}POST/echo?key=s3cret-token%2F%2Bx&a=1{{\"x\":1}}");
    let mac = switchboard::model::signature::Mac::new(
        switchboard::model::manifest::Algorithm::Sha256,
        b"s3cret-key",
    );
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.sign(signed.as_bytes()));
    let heard = scene.heard();
    assert!(heard[0].contains(&format!(" {NOW} {signature} ")), "{heard:?} has not {signature}");
    assert!(!told.contains(&signature), "a signature is a credential too: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_another_host_gets_no_credential_however_it_came_there() {
    let scene = Scene::new().await;
    // What a guest does that follows a redirect: the same request, to where it was sent.
    let url = format!("{}/echo", scene.elsewhere);
    for placeholder in
        ["{{secret:token}}", "{{basic:ada:token}}", "{{oauth:app}}", "{{hmac:request}}", "{{time:request}}"]
    {
        let told = scene.call("GET", &url, json!([["authorization", placeholder]]), "").await;
        assert!(told.contains("AccessDenied"), "{placeholder}: {told}");
        let told = scene.call("GET", &format!("{url}?x={placeholder}"), json!([]), "").await;
        assert!(told.contains("AccessDenied"), "{placeholder} in the query: {told}");
    }
    // What buys tokens goes nowhere at all.
    for name in ["client_secret", "refresh_token", "api_secret"] {
        let headers = json!([["authorization", format!("{{{{secret:{name}}}}}")]]);
        let told = scene.call("POST", &format!("{}/token", scene.base), headers, "").await;
        assert!(told.contains("AccessDenied"), "{name}: {told}");
    }
    assert!(scene.other.lock().expect("lock").heard.is_empty());
    assert_eq!(scene.asked(), 0);
    assert!(scene.call("GET", &url, json!([]), "").await.starts_with("200"), "without credentials it may go");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_repeats_later_is_hidden_too() {
    let scene = Scene::new().await;
    assert!(scene.with_token("app").await.starts_with("200"));
    assert!(scene.with_token("person").await.starts_with("200"));
    let headers = json!([["x-time", "{{basic:ada:token}}"]]);
    scene.call("GET", &format!("{}/echo?a={{{{secret:token}}}}", scene.base), headers, "").await;
    // Nothing is written into this request.
    let told = scene.call("GET", &format!("{}/log", scene.base), json!([]), "").await;
    assert!(told.starts_with("200") && told.contains("*****"), "{told}");
    for secret in ["s3cret-token/+x", "access-token-1", "access-token-2"] {
        assert!(!told.contains(secret), "{secret} in {told}");
        assert!(!told.contains(&hex::encode(secret)), "{secret} in hex in {told}");
    }
    for refresh in ["refresh-token-2", "first-refresh-token"] {
        assert!(!told.contains(refresh), "{refresh} in {told}");
    }
    let base64 = told.lines().last().expect("a line");
    let decoded = base64::engine::general_purpose::STANDARD.decode(base64.replace('*', "A"));
    let decoded = String::from_utf8_lossy(&decoded.expect("base64")).into_owned();
    for secret in ["s3cret-token/+x", "access-token-1", "access-token-2", "refresh-token-2"] {
        assert!(!decoded.contains(secret), "{secret} in base64");
    }
}
