//! The API as a client meets it.

use serde_json::{Value, json};
use switchboard::http::roles::TABLE;
use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_description_of_the_api_names_every_route() {
    let app = TestApp::start(&[]).await;
    let openapi = app.api_as(None, "GET", "/api/v1/openapi.json", None).await.expect(200).json();
    assert!(openapi["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    for (method, pattern, _) in TABLE {
        if !pattern.starts_with("/api/v1/") || pattern.ends_with("openapi.json") {
            continue;
        }
        let found = &openapi["paths"][*pattern][method.to_lowercase()];
        assert!(found.is_object(), "{method} {pattern} is not described");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_shows_the_api_needs_no_network() {
    let app = TestApp::start(&[]).await;
    let page = app.api_as(None, "GET", "/api/docs/", None).await.expect(200).text;
    let mut files = 0;
    for part in page.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css")) {
        assert!(!part.contains("//"), "{part} is somewhere else");
        let path = format!("/api/docs/{}", part.trim_start_matches("./"));
        app.api_as(None, "GET", &path, None).await.expect(200);
        files += 1;
    }
    assert!(files >= 3, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_one_another_without_gap_or_repetition() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    for number in 0..7 {
        let body = text(&format!("49170123456{number}"), &format!("wamid.{number}"), NOON + number, "hello");
        app.deliver(&chat, body, &[]).await.expect(200);
    }
    for list in ["profiles", "conversations", "deliveries"] {
        let whole = app.get(&format!("/api/v1/{list}?limit=200")).await;
        let ids = |page: &Value| -> Vec<String> {
            page["items"].as_array().into_iter().flatten().map(|item| item["id"].to_string()).collect()
        };
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.get(&format!("/api/v1/{list}?limit=3{cursor}")).await;
            assert!(ids(&page).len() <= 3);
            found.extend(ids(&page));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, ids(&whole), "{list}");
        assert_eq!(found.len(), 7, "{list}");
        let _ = app.api("GET", &format!("/api/v1/{list}?cursor=made-up")).await.expect(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_cannot_work_is_refused_with_everything_that_is_wrong() {
    let app = TestApp::start(&["whatsapp"]).await;
    let wrong =
        json!({"plugin": "whatsapp", "settings": {"phone_number": "1"}, "secrets": {"app_secret": "x"}});
    let refused = app.post("/api/v1/connections", &wrong).await.expect(422);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    let text = refused.text;
    assert!(text.contains("phone_number_id") && text.contains("verify_token"), "{text}");
    let near = app.post("/api/v1/connections", &json!({"plugin": "whatsap"})).await.expect(422);
    assert!(near.text.contains("whatsapp"), "{}", near.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_never_shown_again_and_are_sealed_on_disk() {
    let mut app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    app.deliver(&chat, text("491701234567", "w", NOON, "hello"), &[]).await.expect(200);
    let shown = app.get(&format!("/api/v1/connections/{}", chat.id)).await.to_string();
    assert!(shown.contains("app_secret") && !shown.contains("nobody-may-see"), "{shown}");
    app.stop().await;
    for file in
        std::fs::read_dir(app.path()).expect("the folder").flatten().filter(|file| file.path().is_file())
    {
        let bytes = std::fs::read(file.path()).expect("a file");
        let secret = crate::vendors::SECRET.as_bytes();
        let found = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{} holds a secret in the clear", file.path().display());
    }
}
