//! Who may do what: every route of the hub with every role, as a token and as a browser's session.

use serde_json::json;
use switchboard::http::roles::{Access, TABLE, needed};
use switchboard::model::scope::{Area, Scope};
use switchboard::model::token::Role;
use switchboard::store::TokenAsk;
use switchboard_tests::session::{csrf, leads_to};
use switchboard_tests::{Answer, Session, TestApp};

/// A path that fits a route's pattern and names nothing there is.
fn filled(pattern: &str) -> String {
    let ids = [
        ("profile", "prof"),
        ("conversation", "conv"),
        ("message", "msg"),
        ("item", "out"),
        ("connection", "conn"),
        ("delivery", "dlv"),
        ("token", "tok"),
        ("suggestion", "sug"),
        ("event", "evt"),
        ("account", "acct"),
        ("team", "team"),
        ("session", "ses"),
    ];
    let named = ids.iter().fold(pattern.to_owned(), |path, (name, prefix)| {
        path.replace(&format!("{{{name}}}"), &format!("{prefix}_00000000000000000000000000"))
    });
    named
        .split('/')
        .map(|part| if part.starts_with('{') { "none" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Every row that lets in only somebody, with a path.
fn guarded() -> impl Iterator<Item = (&'static str, &'static str, String, Access)> {
    let somebody = |access: &Access| !matches!(access, Access::Open | Access::Door | Access::Metrics);
    TABLE
        .iter()
        .filter(move |(_, _, access)| somebody(access))
        .map(|(method, pattern, access)| (*method, *pattern, filled(pattern), *access))
}

fn is_page(access: Access) -> bool {
    matches!(access, Access::Own | Access::Enrol | Access::Least(_, Area::Pages))
}

/// Whether a request was let through to its handler.
fn let_in(answer: &Answer) -> bool {
    let guard = ["forbidden", "out-of-scope", "not-for-tokens", "forged", "second-factor", "unauthorized"];
    let refused = guard.iter().any(|kind| answer.text.contains(&format!("urn:switchboard:problem:{kind}\"")));
    let sent_away = leads_to(answer).contains(" /sign-in?");
    !refused && !sent_away && ![401, 405, 500].contains(&answer.status)
}

async fn with_token(app: &TestApp, token: &str, method: &str, path: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    Session::new(&app.base()).ask(method, path, &[("authorization", &bearer)], None).await
}

/// A browser of somebody with a role, and what its forms carry.
async fn browser(app: &TestApp, role: Role) -> (Session, String) {
    let (_, session) = app.signed_in(&format!("{}@example.com", role.as_str()), role).await;
    let page = session.get("/account").await.expect(200);
    let token = csrf(&page.text).expect("forms carry a token");
    (session, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_let_in_where_the_table_lets_its_role_and_nowhere_else() {
    let app = TestApp::start(&[]).await;
    for role in Role::ALL {
        let token = app.token(role).await;
        for (method, pattern, path, access) in guarded() {
            let answer = with_token(&app, &token, method, &path).await;
            let may = matches!(access, Access::Least(least, _) if role >= least);
            assert_eq!(
                let_in(&answer),
                may,
                "{method} {pattern} as {role:?}: {} {}",
                answer.status,
                answer.text
            );
            if !may {
                assert_eq!(answer.status, 403, "{method} {pattern}");
            }
            assert!(!answer.text.contains("nothing at this path"), "{method} {pattern} is no route");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_scopes_is_let_in_to_those_and_never_to_pages() {
    let app = TestApp::start(&[]).await;
    let store = &app.running().store;
    let token = async |scopes: Vec<Scope>| {
        let ask = TokenAsk { scopes, ..TokenAsk::all("narrow", Role::Owner) };
        store.create_token(ask, "the test").await.expect("made").secret
    };
    let mut tokens = Vec::new();
    for area in Area::ALL {
        for write in [false, true] {
            let scope = Scope { area, write };
            tokens.push((scope, token(vec![scope]).await));
        }
    }
    for (method, pattern, path, access) in guarded() {
        let Access::Least(_, area) = access else { continue };
        let needs = needed(&method.parse().expect("a method"), area);
        // The area's own tokens, and one of another.
        let other = tokens.iter().find(|(scope, _)| scope.area != area).into_iter();
        for (scope, token) in tokens.iter().filter(|(scope, _)| scope.area == area).chain(other) {
            let answer = with_token(&app, token, method, &path).await;
            let may = scope.covers(needs);
            assert_eq!(let_in(&answer), may, "{method} {pattern} with {scope}: {}", answer.text);
            if !may {
                assert!(answer.text.contains("out-of-scope"), "{method} {pattern}: {}", answer.text);
                assert!(
                    area == Area::Pages || answer.text.contains(&format!("`{needs}`")),
                    "{}",
                    answer.text
                );
            }
        }
    }
    let both =
        token(["people:read", "orders:read"].map(|scope| scope.parse().expect("a scope")).into()).await;
    assert_eq!(with_token(&app, &both, "GET", "/api/v1/profiles").await.status, 200);
    assert_eq!(with_token(&app, &both, "GET", "/api/v1/orders").await.status, 200);
    assert_eq!(with_token(&app, &both, "GET", "/api/v1/plugins").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_let_in_where_the_table_lets_its_role_and_nowhere_else() {
    let app = TestApp::start(&[]).await;
    for role in Role::ALL {
        let (mut session, mut token) = browser(&app, role).await;
        for (method, pattern, path, access) in guarded() {
            let headers = [("x-csrf-token", &*token), ("sec-fetch-site", "same-origin")];
            let answer = session.ask(method, &path, &headers, None).await;
            let may = match access {
                Access::Least(least, _) => role >= least,
                _ => true,
            };
            assert_eq!(
                let_in(&answer),
                may,
                "{method} {pattern} as {role:?}: {} {}",
                answer.status,
                answer.text
            );
            if !may {
                assert_eq!(answer.status, 403, "{method} {pattern}");
            }
            // Some are there to end it.
            if is_page(access) && !matches!(access, Access::Least(..)) && method == "POST" {
                (session, token) = browser(&app, role).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_shown_the_way_in_to_pages_and_refused_everywhere_else() {
    let app = TestApp::start(&[]).await;
    let stranger = Session::new(&app.base());
    stranger.keep("switchboard", "made-up");
    for (method, pattern, path, access) in guarded() {
        let answer = stranger.ask(method, &path, &[], None).await;
        if is_page(access) {
            let door = leads_to(&answer);
            assert!(door.starts_with("303 /sign-in"), "{method} {pattern}: {door}");
            let script = stranger.ask(method, &path, &[("sec-fetch-dest", "empty")], None).await;
            assert_eq!(script.status, 401, "a script must notice: {method} {pattern}");
        } else {
            assert_eq!(answer.status, 401, "{method} {pattern}");
            assert!(answer.headers.contains_key("www-authenticate"), "{method} {pattern}");
        }
        let made_up = with_token(&app, "sbt_made-up", method, &path).await;
        assert_eq!(made_up.status, 401, "{method} {pattern}");
    }
    let door = leads_to(&stranger.get("/people?search=a%20b").await);
    assert_eq!(door, "303 /sign-in?next=%2Fpeople%3Fsearch%3Da%2520b");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_sends_or_no_page_asked_for_changes_nothing() {
    let app = TestApp::start(&[]).await;
    let (session, token) = browser(&app, Role::Owner).await;
    let (_, others) = browser(&app, Role::Agent).await;
    let host = app.base().replace("http://", "");
    for (method, pattern, path, _) in guarded().filter(|(method, ..)| *method != "GET") {
        let own = format!("http://{host}");
        let forged: [&[(&str, &str)]; 8] = [
            &[],
            &[("sec-fetch-site", "same-origin")],
            &[("x-csrf-token", "made-up"), ("sec-fetch-site", "same-origin")],
            &[("x-csrf-token", &others), ("sec-fetch-site", "same-origin")],
            &[("x-csrf-token", &token), ("sec-fetch-site", "cross-site")],
            &[("x-csrf-token", &token), ("sec-fetch-site", "same-site")],
            &[("x-csrf-token", &token), ("origin", "https://elsewhere.example")],
            &[("x-csrf-token", &token), ("origin", "null")],
        ];
        for headers in forged {
            let answer = session.ask(method, &path, headers, None).await;
            assert_eq!(answer.status, 403, "{method} {pattern} with {headers:?}: {}", answer.text);
            assert!(answer.text.contains("urn:switchboard:problem:forged"), "{}", answer.text);
        }
        // What ends the session comes last.
        if matches!(pattern, "/sign-out" | "/account/sessions/end") {
            continue;
        }
        let headers = [("x-csrf-token", &*token), ("origin", &*own)];
        assert!(let_in(&session.ask(method, &path, &headers, None).await), "{method} {pattern}");
    }
    for (method, pattern, access) in TABLE {
        if *access == Access::Door && *method != "GET" {
            let headers = [("sec-fetch-site", "cross-site")];
            let answer = session.ask(method, &filled(pattern), &headers, Some(&[])).await;
            assert_eq!(answer.status, 403, "{method} {pattern}: {}", answer.text);
        }
    }
    assert_eq!(session.get("/account").await.status, 200, "nobody was signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_a_route_and_whatever_has_no_row_is_closed() {
    let app = TestApp::start(&[]).await;
    let (session, token) = browser(&app, Role::Owner).await;
    for (method, pattern, _) in TABLE {
        let method = if *method == "*" { "POST" } else { method };
        // Signing out comes after everything else, and is tested with it.
        if *pattern != "/sign-out" && *pattern != "/account/sessions/end" {
            let answer = session.ask(method, &filled(pattern), &[("x-csrf-token", &token)], None).await;
            assert!(!answer.text.contains("nothing at this path"), "{method} {pattern} is no route");
        }
    }
    assert_eq!(session.ask("DELETE", "/account", &[("x-csrf-token", &token)], None).await.status, 405);
    assert_eq!(session.get("/nonsense").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_hands_on_no_more_than_it_may_itself() {
    let app = TestApp::start(&[]).await;
    let scopes = ["tokens:write", "people:read"].map(|scope| scope.parse().expect("a scope")).into();
    let ask = TokenAsk { scopes, ..TokenAsk::all("narrow", Role::Owner) };
    let token = app.running().store.create_token(ask, "the test").await.expect("made").secret;
    let make = async |scopes: &[&str]| {
        let body = json!({"title": "another", "role": "owner", "scopes": scopes});
        app.api_as(Some(&token), "POST", "/api/v1/tokens", Some(&body)).await.status
    };
    assert_eq!(make(&["people:read"]).await, 201);
    assert_eq!(make(&["people:read", "tokens:read"]).await, 201);
    for more in [&[][..], &["people:write"], &["people:read", "orders:read"]] {
        assert_eq!(make(more).await, 422, "{more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expired_says_so() {
    let app = TestApp::start(&[]).await;
    let ask = TokenAsk { expires_at: Some(1_772_357_400_120), ..TokenAsk::all("old", Role::Owner) };
    let token = app.running().store.create_token(ask, "the test").await.expect("made").secret;
    let answer = with_token(&app, &token, "GET", "/api/v1/profiles").await;
    assert_eq!(answer.status, 401);
    assert!(answer.text.contains("expired at 2026-03-01T09:30:00.120Z"), "{}", answer.text);
}
