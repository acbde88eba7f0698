//! Requests that a plugin sends: to granted hosts, to addresses that are out of reach, to recordings.

use switchboard::plugin::ReplayedResponse;

use super::*;

/// A vendor that echoes what it is sent; its address.
async fn vendor() -> String {
    use axum::extract::Request;
    use axum::routing::any;
    let echo = |request: Request| async move {
        let header =
            |name| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        let told = format!("{} {} {}", request.uri(), header("authorization"), header("accept-encoding"));
        ([("x-echo", header("authorization"))], told)
    };
    let app = axum::Router::new()
        .route("/echo", any(echo))
        .route("/large", any(|| async { vec![b'x'; 100_000] }))
        .route("/redirect", any(|| async { axum::response::Redirect::temporary("/echo") }))
        .route("/slow", any(|| tokio::time::sleep(Duration::from_secs(60))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_go_to_granted_hosts_with_secrets_the_guest_never_sees() {
    let base = vendor().await;
    let mut options = options();
    options.http.allow_private_hosts = vec![base.replace("http://", "")];
    options.http.max_response = 50_000;
    options.http.response_timeout = Duration::from_millis(500);
    let services = Memory::with_secrets(&[("token", "s3cret-value"), ("signing", "key")]);
    let bound = bound("misdeeds", options, services, &base).await;

    let told = bound.says("/http/echo", &[]).await;
    assert!(told.starts_with("200 ") && told.contains("/echo"), "{told}");
    assert!(bound.says("/http/post", &[]).await.starts_with("200 "));
    let told = bound.says("/http/secret", &[]).await;
    assert!(told.contains("key=************") && told.contains("Bearer ************ identity"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    let told = bound.says("/http/redirect", &[]).await;
    assert!(told.starts_with("307 "), "redirects are the guest's to follow: {told}");
    for path in ["elsewhere", "other-secret", "no-secret", "delete"] {
        let told = bound.says(&format!("/http/{path}"), &[]).await;
        assert!(told.contains("AccessDenied"), "{path}: {told}");
    }
    assert_eq!(bound.plugin.usage().denied, 4);
    for path in ["large", "slow"] {
        let told = bound.says(&format!("/http/{path}"), &[]).await;
        assert!(!told.starts_with("200 "), "{path}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_are_out_of_reach_unless_the_operator_lists_them() {
    let base = vendor().await;
    let bound = bound("misdeeds", options(), Memory::default(), &base).await;
    assert!(bound.says("/http/echo", &[]).await.contains("AccessDenied"), "http to the own machine");
    for base in [
        "https://127.0.0.1:1",
        "https://[::ffff:127.0.0.1]:1",
        "https://localhost:1",
        "https://169.254.169.254",
    ] {
        let settings = json!({ "base_url": base });
        let Ok(binding) = Binding::new(&bound.plugin, connection(), &settings, "https://hub.example") else {
            continue;
        };
        let other = Bound { runtime: bound.runtime.clone(), plugin: bound.plugin.clone(), binding };
        let told = other.says("/http/echo", &[]).await;
        assert!(told.contains("AccessDenied") || told.contains("rohibited"), "{base}: {told}");
    }
}

/// A prober whose names lead, connection by connection, where they are told.
async fn rebound(addresses: &[&[&str]]) -> (Bound, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let port = listener.local_addr().expect("address").port();
    let parsed = |list: &&[&str]| list.iter().map(|one| one.parse().expect("an address")).collect();
    let queue = std::sync::Mutex::new(addresses.iter().map(parsed).collect());
    let services = Memory { addresses: Some(queue), ..Memory::default() };
    let mut options = options();
    options.http.connect_timeout = Duration::from_millis(300);
    let bound = bound("prober", options, services, &format!("https://rebind.example:{port}")).await;
    (bound, listener)
}

/// Nobody waits to be let in.
async fn untouched(listener: &tokio::net::TcpListener) -> bool {
    tokio::time::timeout(Duration::from_millis(100), listener.accept()).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_bound_anew_is_checked_at_every_connection() {
    // A public address that was given back and is routed nowhere; then the hub's own machine.
    let (bound, listener) = rebound(&[&["3ffe::1"], &["127.0.0.1"], &["::ffff:127.0.0.1"]]).await;
    let told = bound.says("/", &[]).await;
    assert!(!told.contains("AccessDenied"), "the first was tried: {told}");
    for _ in 0..2 {
        let told = bound.says("/", &[]).await;
        assert!(told.contains("AccessDenied"), "{told}");
    }
    assert!(untouched(&listener).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_names_addresses_only_public_ones_are_tried() {
    let inside = ["127.0.0.1", "::1", "169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:7f00:1"];
    let (bound, listener) = rebound(&[&[&inside[..], &["3ffe::1"]].concat(), &inside]).await;
    let told = bound.says("/", &[]).await;
    assert!(!told.contains("AccessDenied"), "the public one was tried: {told}");
    assert!(bound.says("/", &[]).await.contains("AccessDenied"));
    assert!(untouched(&listener).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_stand_in_for_the_vendor_and_see_no_secret() {
    let answer = ReplayedResponse {
        status: 201,
        headers: vec![("x-a".into(), "b".into())],
        body: b"recorded".to_vec(),
    };
    let services =
        Arc::new(Memory { recorded: Some(answer), ..Memory::with_secrets(&[("token", "s3cret-value")]) });
    let bound = bound_shared("misdeeds", options(), Arc::clone(&services), "https://api.example.com").await;
    assert_eq!(bound.says("/http/secret", &[]).await, "201 8 recorded");
    assert!(
        bound.says("/http/elsewhere", &[]).await.contains("AccessDenied"),
        "policy holds for recordings too"
    );
    let asked = services.asked.lock().expect("lock");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].url, "https://api.example.com/echo?key={{secret:token}}");
    assert!(asked[0].headers.contains(&("authorization".to_owned(), "Bearer {{secret:token}}".to_owned())));
}
