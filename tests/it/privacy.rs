//! What the hub tells of itself: no person and no secret in logs or metrics.

use switchboard_tests::{TestApp, Vendor, log};

use crate::vendors::{NOON, SECRET, chat, courier, text};

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_metrics_hold_no_personal_data_and_no_secret() {
    let vendor = Vendor::start().await;
    vendor.replies([(400, vec![], "refused".to_owned())]);
    let app = TestApp::with(&["whatsapp", "courier", "misdeeds"], &[&vendor.allowed()]).await;
    app.may_leave_work();
    let (chat, courier) = (chat(&app).await, courier(&app, &vendor.url()).await);
    let body = text("4915112345999", "wamid.private", NOON, "my unmistakable words xyzzy");
    app.deliver(&chat, &body, &[]).await.expect(200);
    // Refused, rejected, parked and failed ways are where things slip out.
    let _ = app
        .hook(chat.id.as_str(), "POST", "", &body, &[("x-hub-signature-256", "sha256=00")])
        .await
        .expect(401);
    app.deliver(&chat, "{\"4915112345999\": \"xyzzy\"", &[]).await.expect(400);
    let _ = app.deliver(&courier, "[{\"kind\": \"4915112345999 xyzzy\"}]", &[]).await;
    let bad = serde_json::json!([crate::vendors::wrote(
        "1",
        1_000,
        "xyzzy",
        &[("phone", "+4915112345999", "verified")]
    )]);
    app.deliver(&courier, bad.to_string(), &[]).await.expect(200);
    let person = app.person("phone:+4915112345999").await;
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    let sent = serde_json::json!({"content": {"text": "xyzzy"}, "connection": courier.id});
    app.post(&path, &sent).await.expect(202);
    app.settled().await;

    let metrics = app.api_as(None, "GET", "/metrics", None).await.expect(200).text;
    assert!(metrics.contains("switchboard_"), "{metrics}");
    let logs = log::text();
    assert!(logs.contains("a request was refused"), "the log is captured");
    for (place, text) in [("metrics", &metrics), ("logs", &logs)] {
        for private in [
            "4915112345999",
            "xyzzy",
            "wamid.private",
            SECRET,
            "the-word-made-up",
            "nobody-may-see",
            "Ada L.",
        ] {
            let line = text.lines().find(|line| line.contains(private));
            assert!(line.is_none(), "`{private}` is in the {place}: {}", line.unwrap_or_default());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_answers_without_a_token() {
    let app = TestApp::start(&[]).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.api_as(None, "GET", path, None).await.expect(200).text.trim(), "ok");
    }
}
