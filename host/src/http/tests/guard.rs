//! Who may do what, and what is around every answer.

use std::collections::BTreeSet;

use http::StatusCode;

use super::super::roles::{Access, TABLE};
use super::Rig;
use crate::model::scope::Area;
use crate::model::token::Role;

/// A path that fits a route's pattern and names nothing there is.
fn filled(pattern: &str) -> String {
    pattern
        .split('/')
        .map(|part| match part {
            "{profile}" => "prof_00000000000000000000000000",
            "{conversation}" => "conv_00000000000000000000000000",
            "{message}" => "msg_00000000000000000000000000",
            "{suggestion}" => "sug_00000000000000000000000000",
            "{event}" => "evt_00000000000000000000000000",
            "{shortcut}" => "cut_00000000000000000000000000",
            "{item}" => "out_00000000000000000000000000",
            "{connection}" => "conn_00000000000000000000000000",
            "{delivery}" => "dlv_00000000000000000000000000",
            "{token}" => "tok_00000000000000000000000000",
            part if part.starts_with('{') => "x",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_route_of_the_api_has_a_row_and_every_row_of_the_api_a_route() {
    let rig = Rig::new(&[]).await;
    let described = rig.ask("GET", "/api/v1/openapi.json", None, None).await.json();
    assert_eq!(described["openapi"], "3.1.0");
    let mut routes = BTreeSet::from([("GET".to_owned(), "/api/v1/openapi.json".to_owned())]);
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            routes.insert((method.to_uppercase(), path.clone()));
        }
    }
    let rows: BTreeSet<_> = TABLE
        .iter()
        .filter(|(_, path, _)| path.starts_with("/api/v1/"))
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(routes, rows);
}

#[tokio::test]
async fn every_row_is_a_route_and_lets_in_whom_it_says_and_nobody_else() {
    let rig = Rig::new(&[]).await;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        tokens.push((role, rig.token(role).await));
    }
    // The pages, and browsers' sessions, are walked through from outside: `tests/it/access.rs`.
    let page = |pattern: &str, access: &Access| match access {
        Access::Door | Access::Own | Access::Enrol | Access::Least(_, Area::Pages) => true,
        _ => pattern.starts_with("/assets/"),
    };
    for (method, pattern, access) in TABLE.iter().filter(|(_, pattern, access)| !page(pattern, access)) {
        let (method, path) = (if *method == "*" { "POST" } else { method }, filled(pattern));
        let bare = rig.ask(method, &path, None, None).await;
        let Access::Least(least, _) = access else {
            assert_ne!(bare.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert!(!bare.text.contains("nothing at this path"), "{method} {pattern} is no route");
            continue;
        };
        assert_eq!(bare.problem(), "unauthorized", "{method} {path}");
        assert!(bare.headers.contains_key("www-authenticate"), "{method} {path}");
        assert_eq!(rig.ask(method, &path, Some("sbt_made-up"), None).await.status, 401, "{method} {path}");
        for (role, token) in &tokens {
            let said = rig.ask(method, &path, Some(token), None).await;
            if role < least {
                assert_eq!(said.problem(), "forbidden", "{method} {path} as {role:?}");
                assert!(said.text.contains(&format!("the role `{}`", least.as_str())), "{}", said.text);
            } else {
                assert!(
                    ![401, 403, 405, 500].contains(&said.status.as_u16()),
                    "{method} {path}: {}",
                    said.text
                );
                assert!(!said.text.contains("nothing at this path"), "{method} {pattern} is no route");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405_with_what_is_allowed() {
    let rig = Rig::new(&[]).await;
    assert_eq!(rig.ask("GET", "/api/v1/nonsense", None, None).await.problem(), "not-found");
    assert_eq!(rig.ask("GET", "/", None, None).await.status, 404);
    let wrong = rig.ask("DELETE", "/api/v1/profiles", None, None).await;
    assert_eq!(wrong.problem(), "method-not-allowed");
    assert_eq!(wrong.headers["allow"], "GET");
    let wrong = rig.ask("PUT", "/api/v1/tokens", Some(&rig.token(Role::Owner).await), None).await;
    assert_eq!(wrong.headers["allow"], "GET, POST");
}

#[tokio::test]
async fn every_answer_names_its_request_and_answers_of_the_api_are_kept_by_nobody() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(Role::ReadOnly).await;
    let one = rig.get("/api/v1/profiles", &token).await;
    let two = rig.get("/api/v1/profiles?limit=0", &token).await;
    assert_ne!(one.headers["x-request-id"], two.headers["x-request-id"]);
    for said in [one, two, rig.ask("GET", "/api/v1/nonsense", None, None).await] {
        assert_eq!(said.headers["cache-control"], "no-store");
        assert_eq!(said.headers["x-content-type-options"], "nosniff");
        assert_eq!(said.headers["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn metrics_are_open_unless_the_operator_closes_them() {
    let open = Rig::new(&[]).await;
    assert_eq!(open.ask("GET", "/metrics", None, None).await.status, 200);
    let closed = Rig::new(&["http.open_metrics=false"]).await;
    assert_eq!(closed.ask("GET", "/metrics", None, None).await.status, 401);
    let token = closed.token(Role::ReadOnly).await;
    assert_eq!(closed.get("/metrics", &token).await.status, 200);
}

#[tokio::test]
async fn health_and_readiness_are_told_to_everybody() {
    let rig = Rig::new(&[]).await;
    for path in ["/healthz", "/readyz"] {
        let said = rig.ask("GET", path, None, None).await;
        assert_eq!((said.status.as_u16(), said.text.as_str()), (200, "ok\n"), "{path}");
    }
    rig.store.close().await;
    assert_eq!(rig.ask("GET", "/readyz", None, None).await.status, 503);
    assert_eq!(rig.ask("GET", "/healthz", None, None).await.status, 200);
}

#[tokio::test]
async fn a_failure_of_the_hub_is_told_by_its_request_and_not_by_its_cause() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(Role::ReadOnly).await;
    rig.store.close().await;
    let said = rig.get("/api/v1/profiles", &token).await;
    assert_eq!(said.problem(), "unavailable");
    assert!(said.headers.contains_key("retry-after"));
    assert_eq!(said.json()["request"].as_str(), said.headers["x-request-id"].to_str().ok());
    assert!(!said.text.to_lowercase().contains("pool"), "{}", said.text);
}

#[tokio::test]
async fn the_page_of_the_api_needs_nothing_from_the_network() {
    let rig = Rig::new(&[]).await;
    let moved = rig.ask("GET", "/api/docs", None, None).await;
    assert_eq!(
        (moved.status.as_u16(), &moved.headers["location"]),
        (308, &"/api/docs/".parse().expect("a value"))
    );
    let page = rig.ask("GET", "/api/docs/", None, None).await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("https://"), "{}", page.text);
    assert!(page.text.contains("width=device-width"), "a phone shows it at its own width");
    let csp = page.headers["content-security-policy"].to_str().expect("text");
    assert!(csp.starts_with("default-src 'self'"), "{csp}");
    for file in ["swagger-initializer.js", "swagger-ui-bundle.js", "swagger-ui.css"] {
        assert_eq!(rig.ask("GET", &format!("/api/docs/{file}"), None, None).await.status, 200, "{file}");
    }
    let start = rig.ask("GET", "/api/docs/swagger-initializer.js", None, None).await;
    assert!(start.text.contains("/api/v1/openapi.json"), "{}", start.text);
    assert_eq!(rig.ask("GET", "/api/docs/nonsense.js", None, None).await.problem(), "not-found");
}

#[tokio::test]
async fn a_hook_of_nobody_is_404_whatever_the_method() {
    let rig = Rig::new(&[]).await;
    for path in ["/hooks/conn_00000000000000000000000000", "/hooks/nonsense", "/hooks/nonsense/a/b"] {
        for method in ["GET", "POST", "PUT", "OPTIONS"] {
            assert_eq!(rig.ask(method, path, None, None).await.problem(), "not-found", "{method} {path}");
        }
    }
    for path in ["/hooks/conn_00000000000000000000000000/assets/a.js", "/hooks/nonsense/live?ticket=x"] {
        assert_eq!(rig.ask("GET", path, None, None).await.status, 404, "{path}");
    }
    assert!(rig.folder.path().join("hub.db").exists());
}

#[tokio::test]
async fn a_request_that_does_not_arrive_in_time_is_answered() {
    let rig = Rig::new(&["http.request_timeout=50ms"]).await;
    let token = rig.token(Role::Owner).await;
    let never = axum::body::Body::from_stream(futures_util::stream::pending::<
        Result<bytes::Bytes, std::io::Error>,
    >());
    let request = http::Request::post("/api/v1/tokens")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let response = rig.raw(request.body(never).expect("a request")).await;
    assert_eq!(response.status(), 503);
}

#[tokio::test]
async fn the_description_names_no_shape_that_it_lacks_and_says_what_every_route_is_for() {
    fn refs<'a>(value: &'a serde_json::Value, found: &mut BTreeSet<&'a str>) {
        match value {
            serde_json::Value::Object(map) => {
                found.extend(map.get("$ref").and_then(serde_json::Value::as_str));
                map.values().for_each(|value| refs(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|value| refs(value, found)),
            _ => {}
        }
    }
    let rig = Rig::new(&[]).await;
    let described = rig.ask("GET", "/api/v1/openapi.json", None, None).await.json();
    let mut found = BTreeSet::new();
    refs(&described, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        assert!(described.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
}
