//! Signing in at an identity provider, against a small one on this machine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchboard::ambient::Ambient;
use switchboard::model::token::Role;
use switchboard_tests::session::leads_to;
use switchboard_tests::{Answer, Session, TestApp};

/// A provider that signs in whomever it is told to, and is as strict as a real one.
#[derive(Clone)]
struct Provider {
    issuer: String,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    key: EcdsaKeyPair,
    /// What the next ID token says besides what each says.
    person: Value,
    /// What was asked for with a code.
    codes: HashMap<String, HashMap<String, String>>,
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).expect("a key")
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Shared { key: key(), person: Value::Null, codes: HashMap::new() };
        let provider = Self { issuer, shared: Arc::new(Mutex::new(shared)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs in this person from now on.
    fn vouch(&self, person: Value) {
        self.lock().person = person;
    }

    /// The hub's configuration for it.
    async fn hub(&self, more: &[&str]) -> TestApp {
        let secret = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(secret.path(), "the hub's s3cret+\n").expect("written");
        let (_, path) = secret.keep().expect("kept");
        let mut sets = vec![
            format!("accounts.oidc.issuer={}", self.issuer),
            "accounts.oidc.client_id=the hub".to_owned(),
            format!("accounts.oidc.client_secret_file={}", path.display()),
        ];
        sets.extend(more.iter().map(|set| (*set).to_owned()));
        TestApp::with(&[], &sets.iter().map(String::as_str).collect::<Vec<_>>()).await
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let shared = provider.lock();
    let point = shared.key.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    let key =
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "one", "x": x, "y": y});
    Json(json!({"keys": [key]}))
}

async fn authorize(
    State(provider): State<Provider>,
    Query(asked): Query<HashMap<String, String>>,
) -> Redirect {
    assert_eq!((&*asked["response_type"], &*asked["client_id"]), ("code", "the hub"));
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{asked:?}");
    let code = format!("code-{}", provider.lock().codes.len());
    let back = format!("{}?code={code}&state={}", asked["redirect_uri"], asked["state"]);
    provider.lock().codes.insert(code, asked);
    Redirect::to(&back)
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(sent): Form<HashMap<String, String>>,
) -> Response {
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    let expected = format!("Basic {}", STANDARD.encode("the+hub:the+hub%27s+s3cret%2B"));
    if headers.get("authorization").is_none_or(|own| own.to_str().is_ok_and(|own| own != expected)) {
        return refuse("invalid_client");
    }
    let mut shared = provider.lock();
    let Some(asked) = shared.codes.remove(&sent["code"]) else { return refuse("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(sent["code_verifier"].as_bytes()));
    if challenge != asked["code_challenge"] || sent["redirect_uri"] != asked["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let now = Ambient::system().now_ms() / 1_000;
    let mut claims = json!({
        "iss": provider.issuer, "aud": "the hub", "nonce": asked["nonce"], "iat": now, "exp": now + 300,
    });
    for (name, value) in shared.person.as_object().expect("a person") {
        claims[name] = value.clone();
    }
    let header = json!({"alg": "ES256", "kid": "one"});
    let said = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signed = shared.key.sign(&SystemRandom::new(), said.as_bytes()).expect("signed");
    let id_token = format!("{said}.{}", URL_SAFE_NO_PAD.encode(signed));
    Json(json!({"access_token": "x", "token_type": "Bearer", "id_token": id_token})).into_response()
}

/// Goes the whole way with a browser: from the button to the provider and back.
async fn go(browser: &Session, next: &str) -> Answer {
    let path = format!("/sign-in/oidc?next={}", next.replace('?', "%3F").replace('=', "%3D"));
    let started = browser.get(&path).await.expect(303);
    let there = started.headers["location"].to_str().expect("text");
    let back = browser.get(there).await;
    let back = back.headers["location"].to_str().expect("text").to_owned();
    browser.ask("GET", &back, &[("sec-fetch-site", "cross-site")], None).await
}

fn browser(app: &TestApp) -> Session {
    Session::new(&app.base())
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_provider_vouches_for_comes_in_as_the_same_account_each_time() {
    let provider = Provider::start().await;
    let app = provider.hub(&["accounts.oidc.label=Example"]).await;
    let (ada, _) = app.signed_in("ada@example.com", Role::Supervisor).await;
    provider.vouch(json!({"sub": "42", "email": "Ada@example.com", "email_verified": true}));
    let first = browser(&app);
    assert!(first.get("/sign-in").await.expect(200).text.contains("Sign in with Example"));
    assert_eq!(leads_to(&go(&first, "/people?search=x").await), "303 /people?search=x");
    assert!(first.get("/account").await.expect(200).text.contains("ada@example.com"));

    // Another address, not even verified: it is the same person there.
    provider.vouch(json!({"sub": "42", "email": "other@example.com", "email_verified": false}));
    let second = browser(&app);
    assert_eq!(leads_to(&go(&second, "//elsewhere.example").await), "303 /");
    assert!(second.get("/account").await.expect(200).text.contains("ada@example.com"));

    // The address belongs to somebody else there by now.
    provider.vouch(json!({"sub": "43", "email": "ada@example.com", "email_verified": true}));
    go(&browser(&app), "/").await.expect(403);

    let store = &app.running().store;
    store.set_disabled(&ada.id, true, "the test").await.expect("disabled");
    assert_eq!(second.get("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_address_counts_only_where_the_provider_verified_it() {
    let provider = Provider::start().await;
    let app = provider.hub(&["accounts.oidc.new_role=owner"]).await;
    app.signed_in("ada@example.com", Role::Owner).await;
    for person in [
        json!({"sub": "1", "email": "ada@example.com"}),
        json!({"sub": "1", "email": "ada@example.com", "email_verified": false}),
        json!({"sub": "1"}),
    ] {
        provider.vouch(person.clone());
        let refused = go(&browser(&app), "/").await.expect(403);
        assert!(refused.text.contains("verified"), "{person}: {}", refused.text);
    }
    assert_eq!(app.running().store.accounts().await.expect("read").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_gets_the_configured_role_at_an_allowed_domain_and_is_refused_otherwise() {
    let provider = Provider::start().await;
    let closed = provider.hub(&[]).await;
    provider
        .vouch(json!({"sub": "1", "email": "new@example.com", "email_verified": true, "name": "New One"}));
    let refused = go(&browser(&closed), "/").await.expect(403);
    assert!(refused.text.contains("invitation"), "{}", refused.text);

    let open = provider.hub(&["accounts.oidc.new_role=agent", "accounts.oidc.domains=example.com"]).await;
    let new = browser(&open);
    assert_eq!(leads_to(&go(&new, "/").await), "303 /");
    let login = "new@example.com".parse().expect("an address");
    let made = open.running().store.account_by_login(&login).await.expect("read").expect("made");
    assert_eq!((made.role, &*made.name, made.has_password), (Role::Agent, "New One", false));
    assert!(new.get("/account").await.expect(200).text.contains("You sign in elsewhere"));
    provider.vouch(json!({"sub": "2", "email": "eve@elsewhere.example", "email_verified": true}));
    go(&browser(&open), "/").await.expect(403);

    let invited = switchboard::store::NewAccount {
        login: "bob@example.com".parse().expect("an address"),
        name: None,
        role: Role::Operator,
        joined: false,
    };
    closed.running().store.create_account(invited, "the test").await.expect("invited");
    provider.vouch(json!({"sub": "3", "email": "bob@example.com", "email_verified": true}));
    assert_eq!(leads_to(&go(&browser(&closed), "/").await), "303 /");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_another_browser_began_or_somebody_tampered_with_leads_nowhere() {
    let provider = Provider::start().await;
    let app = provider.hub(&[]).await;
    app.signed_in("ada@example.com", Role::Agent).await;
    let ada = json!({"sub": "1", "email": "ada@example.com", "email_verified": true});
    provider.vouch(ada.clone());
    let (mallory, victim) = (browser(&app), browser(&app));
    let started = mallory.get("/sign-in/oidc").await.expect(303);
    let back = mallory.get(started.headers["location"].to_str().expect("text")).await;
    let back = back.headers["location"].to_str().expect("text").to_owned();
    victim.get(&back).await.expect(400);
    mallory.get(&back.replace("state=", "state=x")).await.expect(400);
    // It is used up with the first try.
    mallory.get(&back).await.expect(400);

    for tampered in [
        json!({"nonce": "another"}),
        json!({"aud": "another"}),
        json!({"iss": "https://elsewhere.example"}),
        json!({"exp": 1}),
        json!({"sub": ""}),
    ] {
        let mut person = ada.clone();
        person.as_object_mut().expect("an object").extend(tampered.as_object().expect("an object").clone());
        provider.vouch(person);
        go(&browser(&app), "/").await.expect(502);
    }
    let elsewhere = [("sec-fetch-site", "cross-site")];
    let begun = browser(&app).ask("GET", "/sign-in/oidc", &elsewhere, None).await;
    assert_eq!(leads_to(&begun), "303 /sign-in?next=%2F", "another site begins nothing");
    let denied = browser(&app);
    let started = denied.get("/sign-in/oidc").await.expect(303);
    let there = started.headers["location"].to_str().expect("text");
    let state = there.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
    denied.get(&format!("/sign-in/oidc/callback?error=access_denied&state={state}")).await.expect(403);
    assert_eq!(app.running().store.accounts().await.expect("read").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_of_the_hub_is_asked_for_where_the_providers_does_not_count() {
    let provider = Provider::start().await;
    let strict = provider
        .hub(&["accounts.oidc.counts_as_second_factor=false", "accounts.second_factor=required"])
        .await;
    strict.signed_in("ada@example.com", Role::Agent).await;
    provider.vouch(json!({"sub": "1", "email": "ada@example.com", "email_verified": true}));
    assert_eq!(leads_to(&go(&browser(&strict), "/").await), "303 /account/second-factor");
    let trusting = provider.hub(&["accounts.second_factor=required"]).await;
    trusting.signed_in("ada@example.com", Role::Agent).await;
    assert_eq!(leads_to(&go(&browser(&trusting), "/people").await), "303 /people");
}
