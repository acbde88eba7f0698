//! People come in: the first owner, invitations, passwords, second factors, and what ends it.

use switchboard::ambient::Ambient;
use switchboard::model::account::LinkKind;
use switchboard::model::token::Role;
use switchboard::model::totp;
use switchboard::store::AuditFilter;
use switchboard_tests::session::leads_to;
use switchboard_tests::{Session, TestApp};

const PASSWORD: &str = "four words make sense";

/// A browser that is nobody's yet.
fn stranger(app: &TestApp) -> Session {
    Session::new(&app.base())
}

async fn link(app: &TestApp, kind: LinkKind) -> String {
    let made = app.running().store.make_link(kind, None, 60_000, "the hub").await.expect("made");
    format!("/setup/{}", made.secret)
}

/// The first owner, and the browser in which they are signed in.
async fn owner(app: &TestApp) -> Session {
    let browser = stranger(app);
    let fields = [("login", "ada@example.com"), ("name", "Ada"), ("password", PASSWORD)];
    let joined = browser.post(&link(app, LinkKind::SetUp).await, &fields).await;
    assert_eq!(leads_to(&joined), "303 /", "{}", joined.text);
    browser
}

async fn sign_in(browser: &Session, login: &str, password: &str) -> switchboard_tests::Answer {
    browser.post("/sign-in", &[("login", login), ("password", password), ("next", "/people")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_comes_in_by_the_set_up_link_and_nobody_by_it_again() {
    let app = TestApp::start(&[]).await;
    let browser = stranger(&app);
    let path = link(&app, LinkKind::SetUp).await;
    assert!(browser.get(&path).await.expect(200).text.contains("name=\"login\""));
    for (fields, wrong) in [
        ([("login", "nobody"), ("name", "Ada"), ("password", PASSWORD)], "login-wrong"),
        ([("login", "ada@example.com"), ("name", " "), ("password", PASSWORD)], "name-wrong"),
        ([("login", "ada@example.com"), ("name", "Ada"), ("password", "short")], "password-wrong"),
        ([("login", "ada@example.com"), ("name", "Ada"), ("password", "ada@example.com")], "password-wrong"),
    ] {
        let again = browser.post(&path, &fields).await.expect(422);
        assert!(again.text.contains(&format!("id=\"{wrong}\"")), "{wrong}: {}", again.text);
        assert!(!again.text.contains("short\""), "a password is not sent back");
    }
    let fields = [("login", "Ada@Example.com"), ("name", "Ada"), ("password", PASSWORD)];
    let joined = browser.post(&path, &fields).await;
    assert_eq!(leads_to(&joined), "303 /");
    let cookie = joined.headers["set-cookie"].to_str().expect("text");
    // This hub is reached without TLS, on this machine.
    assert!(cookie.starts_with("switchboard=") && !cookie.contains("Secure"), "{cookie}");
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let own = browser.get("/account").await.expect(200).text;
    assert!(own.contains("ada@example.com"), "{own}");
    let late = stranger(&app);
    assert!(late.get(&path).await.expect(404).text.contains("works no more"));
    late.post(&path, &fields).await.expect(404);
    late.get("/setup/made-up").await.expect(404);
    assert!(!app.running().store.accounts().await.expect("read").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_over_tls_is_for_this_host_alone_and_without_tls_nobody_signs_in_from_afar() {
    let secure = TestApp::with(&[], &["http.public_url=https://hub.example.com"]).await;
    let browser = stranger(&secure);
    let fields = [("login", "ada@example.com"), ("name", "Ada"), ("password", PASSWORD)];
    let joined = browser.post(&link(&secure, LinkKind::SetUp).await, &fields).await;
    let cookie = joined.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("__Host-switchboard=") && cookie.ends_with("; Secure"), "{cookie}");
    assert_eq!(browser.get("/account").await.status, 200);

    let plain = TestApp::with(&[], &["http.public_url=http://hub.example.com"]).await;
    let refused = sign_in(&stranger(&plain), "ada@example.com", PASSWORD).await.expect(403);
    assert!(refused.text.contains("accounts.allow_plain_http"), "{}", refused.text);
    let path = link(&plain, LinkKind::SetUp).await;
    stranger(&plain).post(&path, &fields).await.expect(403);

    let allowed =
        TestApp::with(&[], &["http.public_url=http://hub.example.com", "accounts.allow_plain_http=true"])
            .await;
    let joined = stranger(&allowed).post(&link(&allowed, LinkKind::SetUp).await, &fields).await.expect(303);
    assert!(joined.headers["set-cookie"].to_str().expect("text").starts_with("switchboard="));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_goes_where_they_wanted_and_whoever_signs_out_is_out() {
    let app = TestApp::start(&[]).await;
    let first = owner(&app).await;
    let second = stranger(&app);
    let page = second.get("/sign-in?next=/people").await.expect(200).text;
    assert!(page.contains("name=\"next\" value=\"/people\""), "{page}");
    let elsewhere = second.get("/sign-in?next=//elsewhere.example").await.expect(200).text;
    assert!(elsewhere.contains("name=\"next\" value=\"/\""), "{elsewhere}");
    let came = sign_in(&second, " ADA@example.com", PASSWORD).await;
    assert_eq!(leads_to(&came), "303 /people", "{}", came.text);
    let outside =
        [("login", "ada@example.com"), ("password", PASSWORD), ("next", "https://elsewhere.example/")];
    assert_eq!(leads_to(&stranger(&app).post("/sign-in", &outside).await), "303 /");
    assert_eq!(leads_to(&second.get("/sign-in?next=/orders").await), "303 /orders", "nobody signs in twice");

    let kept = second.cookie("switchboard").expect("signed in");
    assert_eq!(leads_to(&second.send("/account", "/sign-out", &[]).await), "303 /sign-in");
    assert_eq!(second.cookie("switchboard"), None);
    second.keep("switchboard", &kept);
    assert_eq!(leads_to(&second.get("/account").await), "303 /sign-in?next=%2Faccount");

    let third = stranger(&app);
    sign_in(&third, "ada@example.com", PASSWORD).await.expect(303);
    assert_eq!(leads_to(&third.send("/account", "/account/sessions/end", &[]).await), "303 /sign-in");
    for browser in [&first, &third] {
        assert_eq!(leads_to(&browser.get("/account").await), "303 /sign-in?next=%2Faccount");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_an_address_has_an_account_and_guessing_ends_soon() {
    let app = TestApp::with(&[], &["accounts.account_tries=3", "accounts.account_wait=10m"]).await;
    owner(&app).await;
    let store = &app.running().store;
    let (bob, _) = app.signed_in("bob@example.com", Role::Agent).await;
    store.set_disabled(&bob.id, true, "the test").await.expect("disabled");
    let browser = stranger(&app);
    let mut said = Vec::new();
    for (login, password) in [
        ("ada@example.com", "wrong horse battery"),
        ("nobody@example.com", "wrong horse battery"),
        ("bob@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("ada@example.com", ""),
    ] {
        let refused = sign_in(&browser, login, password).await.expect(422);
        said.push(refused.text.replace(login, "…"));
    }
    assert!(said.windows(2).all(|two| two[0] == two[1]), "{said:#?}");

    for login in ["ada@example.com", "nobody@example.com"] {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(sign_in(&browser, login, "wrong horse battery").await.status);
        }
        assert_eq!(statuses.last(), Some(&429), "{login}: {statuses:?}");
    }
    let waits = sign_in(&browser, "ada@example.com", PASSWORD).await.expect(429);
    assert!(waits.text.contains("Try again in 10 minutes"), "{}", waits.text);
    let seconds: u32 = waits.headers["retry-after"].to_str().expect("text").parse().expect("a number");
    assert!((1..=600).contains(&seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_from_one_address_ends_whatever_it_names_and_a_proxy_is_believed_if_it_is_ours() {
    let sets = ["accounts.address_tries=3", "accounts.address_wait=10m", "http.proxies=127.0.0.1"];
    let app = TestApp::with(&[], &sets).await;
    owner(&app).await;
    let from = async |address: &str, n: u8| {
        let login = format!("guess{n}@example.com");
        let fields = [("login", &*login), ("password", "wrong horse battery")];
        let browser = stranger(&app);
        browser.ask("POST", "/sign-in", &[("x-forwarded-for", address)], Some(&fields)).await.status
    };
    for n in 0..3 {
        assert_eq!(from("192.0.2.1", n).await, 422);
    }
    assert_eq!(from("192.0.2.1", 4).await, 429);
    assert_eq!(from("198.51.100.7, 192.0.2.1", 5).await, 429, "what stands before it is made up");
    assert_eq!(from("192.0.2.2", 6).await, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_signs_out_every_other_browser() {
    let app = TestApp::start(&[]).await;
    let (here, there) = (owner(&app).await, stranger(&app));
    sign_in(&there, "ada@example.com", PASSWORD).await.expect(303);
    let change = async |now, new| {
        here.send("/account", "/account/password", &[("password", now), ("new-password", new)]).await
    };
    assert!(
        change("wrong horse battery", "other four long words")
            .await
            .expect(422)
            .text
            .contains("password-wrong")
    );
    assert!(change(PASSWORD, "short").await.expect(422).text.contains("new-wrong"));
    assert_eq!(there.get("/account").await.status, 200);
    let changed = change(PASSWORD, "other four long words").await;
    assert_eq!(leads_to(&changed), "303 /account?done=password");
    assert_eq!(here.get("/account").await.status, 200);
    assert_eq!(there.get("/account").await.status, 303);
    sign_in(&there, "ada@example.com", PASSWORD).await.expect(422);
    sign_in(&there, "ada@example.com", "other four long words").await.expect(303);
}

/// The code that somebody's authenticator shows, `ahead` steps from now.
async fn code(app: &TestApp, login: &str, ahead: i64) -> String {
    let store = &app.running().store;
    let account =
        store.account_by_login(&login.parse().expect("an address")).await.expect("read").expect("there");
    let factor = store.factor(&account.id).await.expect("opens").expect("there");
    totp::shown(&factor.secret, Ambient::system().now_ms() + ahead * totp::STEP_MS)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_once_it_is_set_up_and_no_code_works_twice() {
    let app = TestApp::start(&[]).await;
    let (here, there) = (owner(&app).await, stranger(&app));
    let page = here.get("/account/second-factor").await.expect(200).text;
    let picture = here.get("/account/second-factor/code.svg").await.expect(200);
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert!(page.contains("src=\"/account/second-factor/code.svg\"") && picture.text.starts_with("<svg "));
    let set = async |code: &str| {
        here.send("/account/second-factor", "/account/second-factor", &[("code", code)]).await
    };
    set("000000x").await.expect(422);
    let first = code(&app, "ada@example.com", 0).await;
    let codes = set(&first).await.expect(200).text;
    let recovery: Vec<&str> =
        codes.split("<code>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(recovery.len(), 10, "{codes}");
    here.get("/account/second-factor/code.svg").await.expect(404);

    let half = sign_in(&there, "ada@example.com", PASSWORD).await;
    assert_eq!(leads_to(&half), "303 /sign-in/second-factor?next=%2Fpeople");
    for path in ["/account", "/api/v1/profiles"] {
        assert_ne!(there.get(path).await.status, 200, "half is not in: {path}");
    }
    assert_eq!(leads_to(&there.get("/account").await), "303 /sign-in/second-factor?next=%2Faccount");
    let show =
        async |code: &str| there.post("/sign-in/second-factor", &[("code", code), ("next", "/people")]).await;
    show("123").await.expect(422);
    show(&first).await.expect(422);
    let second = code(&app, "ada@example.com", 1).await;
    assert_eq!(leads_to(&show(&second).await), "303 /people");
    assert_eq!(there.get("/account").await.status, 200);

    let lost = stranger(&app);
    sign_in(&lost, "ada@example.com", PASSWORD).await.expect(303);
    let recovered = lost.post("/sign-in/second-factor", &[("code", recovery[0])]).await;
    assert_eq!(leads_to(&recovered), "303 /", "{}", recovered.text);
    let again = stranger(&app);
    sign_in(&again, "ada@example.com", PASSWORD).await.expect(303);
    again.post("/sign-in/second-factor", &[("code", recovery[0])]).await.expect(422);
    let page = lost.get("/account/second-factor").await.expect(200).text;
    assert!(page.contains("9 recovery codes are left"), "{page}");
    let off =
        lost.send("/account/second-factor", "/account/second-factor/remove", &[("code", recovery[1])]).await;
    assert_eq!(leads_to(&off), "303 /account?done=factor-removed", "{}", off.text);
    assert_eq!(leads_to(&sign_in(&again, "ada@example.com", PASSWORD).await), "303 /people");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_ends_soon() {
    let app = TestApp::with(&[], &["accounts.account_tries=3", "accounts.account_wait=10m"]).await;
    let here = owner(&app).await;
    here.get("/account/second-factor").await.expect(200);
    let first = code(&app, "ada@example.com", 0).await;
    here.send("/account/second-factor", "/account/second-factor", &[("code", &first)]).await.expect(200);
    let guess = stranger(&app);
    sign_in(&guess, "ada@example.com", PASSWORD).await.expect(303);
    for _ in 0..3 {
        guess.post("/sign-in/second-factor", &[("code", "no-such-code")]).await.expect(422);
    }
    let right = code(&app, "ada@example.com", 1).await;
    guess.post("/sign-in/second-factor", &[("code", &right)]).await.expect(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_second_factor_is_required_nothing_goes_on_before_it() {
    let sets = ["accounts.second_factor=required", "accounts.second_factor_from=operator"];
    let app = TestApp::with(&[], &sets).await;
    let (_, agent) = app.signed_in("bob@example.com", Role::Agent).await;
    assert_eq!(agent.get("/account").await.status, 200, "an agent may do without");
    let browser = stranger(&app);
    let fields = [("login", "ada@example.com"), ("name", "Ada"), ("password", PASSWORD)];
    let joined = browser.post(&link(&app, LinkKind::SetUp).await, &fields).await;
    assert_eq!(leads_to(&joined), "303 /account/second-factor");
    assert_eq!(leads_to(&browser.get("/account").await), "303 /account/second-factor");
    assert_eq!(leads_to(&browser.get("/people").await), "303 /account/second-factor");
    let api = browser.get("/api/v1/profiles").await.expect(403);
    assert!(api.text.contains("/account/second-factor"), "{}", api.text);
    let page = browser.get("/account/second-factor").await.expect(200).text;
    assert!(page.contains("A second factor comes first"), "{page}");
    let first = code(&app, "ada@example.com", 0).await;
    browser.send("/account/second-factor", "/account/second-factor", &[("code", &first)]).await.expect(200);
    assert_eq!(browser.get("/account").await.status, 200);
    let second = code(&app, "ada@example.com", 1).await;
    browser
        .send("/account/second-factor", "/account/second-factor/remove", &[("code", &second)])
        .await
        .expect(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_invites_changes_and_disables_and_each_counts_at_once() {
    let app = TestApp::start(&[]).await;
    let ada = owner(&app).await;
    let team = "/settings/team";
    let invited = ada
        .send(team, "/settings/team/invite", &[("login", "bob@example.com"), ("role", "agent")])
        .await
        .expect(200);
    let path = invited.text.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a link");
    let bob = stranger(&app);
    assert!(bob.get(path).await.expect(200).text.contains("bob@example.com"));
    let joined = bob.post(path, &[("name", "Bob"), ("password", "bob has a password")]).await;
    assert_eq!(leads_to(&joined), "303 /");
    assert_eq!(bob.get(team).await.status, 403, "the team is for supervisors");
    let taken = [("login", "bob@example.com"), ("role", "owner")];
    assert!(
        ada.send(team, "/settings/team/invite", &taken)
            .await
            .expect(422)
            .text
            .contains("has an account already")
    );

    let login = "bob@example.com".parse().expect("an address");
    let account = app.running().store.account_by_login(&login).await.expect("read").expect("there");
    let member = |what: &str| format!("/settings/team/members/{}/{what}", account.id);
    let changed = ada.send(team, &member("role"), &[("role", "supervisor")]).await;
    assert_eq!(leads_to(&changed), "303 /settings/team?done=role");
    assert_eq!(bob.get("/account").await.status, 303, "another role is another session");
    sign_in(&bob, "bob@example.com", "bob has a password").await.expect(303);
    assert_eq!(bob.get(team).await.status, 200);
    let fields = [("login", "eve@example.com"), ("role", "owner")];
    bob.send("/account", "/settings/team/invite", &fields).await.expect(403);

    let teams = bob.send(team, "/settings/teams", &[("name", "Returns")]).await;
    assert_eq!(leads_to(&teams), "303 /settings/team?done=team");
    bob.send(team, "/settings/teams", &[("name", "Returns")]).await.expect(422);
    let made = app.running().store.teams().await.expect("read").remove(0);
    let fields = [("name", "Refunds"), ("member", account.id.as_str())];
    bob.send(team, &format!("/settings/teams/{}", made.id), &fields).await.expect(303);
    let teams = app.running().store.teams().await.expect("read");
    assert_eq!(teams[0].members, std::slice::from_ref(&account.id));

    ada.send(team, &member("disable"), &[]).await.expect(303);
    assert_eq!(bob.get("/account").await.status, 303);
    sign_in(&bob, "bob@example.com", "bob has a password").await.expect(422);
    ada.send(team, &member("enable"), &[]).await.expect(303);
    let link = ada.send(team, &member("link"), &[]).await.expect(200).text;
    let path = link.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a link");
    bob.post(path, &[("password", "bob has another one")]).await.expect(303);
    sign_in(&stranger(&app), "bob@example.com", "bob has another one").await.expect(303);

    let login = "ada@example.com".parse().expect("an address");
    let own = app.running().store.account_by_login(&login).await.expect("read").expect("there");
    let last = ada.send(team, &format!("/settings/team/members/{}/role", own.id), &[("role", "agent")]).await;
    assert!(last.expect(422).text.contains("last owner"));
    let log: Vec<String> = app
        .running()
        .store
        .audit(&AuditFilter { subject: Some(account.id.to_string()), ..AuditFilter::default() }, None, 50)
        .await
        .expect("read")
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    for action in [
        "account-invited",
        "account-joined",
        "account-role-changed",
        "account-disabled",
        "account-enabled",
        "account-reset",
    ] {
        assert!(log.iter().any(|known| known == action), "{action}: {log:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_made_on_its_page_is_shown_once_and_may_what_was_chosen() {
    let app = TestApp::start(&[]).await;
    let ada = owner(&app).await;
    let page = "/settings/tokens";
    let fields = [
        ("title", "Reports"),
        ("role", "agent"),
        ("lasts", "30"),
        ("confined", "on"),
        ("area-people", "read"),
    ];
    let made = ada.send(page, page, &fields).await.expect(200).text;
    let token =
        made.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a token").to_owned();
    assert!(token.starts_with("sbt_"));
    assert_eq!(app.api_as(Some(&token), "GET", "/api/v1/profiles", None).await.status, 200);
    assert_eq!(app.api_as(Some(&token), "GET", "/api/v1/orders", None).await.status, 403);
    let list = ada.get(page).await.expect(200).text;
    assert!(list.contains("people:read") && !list.contains(&token));
    let nothing = [("title", "Reports"), ("role", "agent"), ("lasts", "30"), ("confined", "on")];
    assert!(ada.send(page, page, &nothing).await.expect(422).text.contains("at least one part"));
    let id = app.running().store.token_by_secret(&token).await.expect("read").expect("there").id;
    ada.send(page, &format!("/settings/tokens/{id}/revoke"), &[]).await.expect(303);
    assert_eq!(app.api_as(Some(&token), "GET", "/api/v1/profiles", None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_says_their_name_language_and_time_zone_and_ends_a_browser() {
    let app = TestApp::start(&[]).await;
    let (here, there) = (owner(&app).await, stranger(&app));
    let fields = [("name", "Ada L"), ("locale", "de"), ("zone", "Europe/Berlin")];
    assert_eq!(leads_to(&here.send("/account", "/account", &fields).await), "303 /account?done=saved");
    let page = here.get("/account").await.expect(200).text;
    assert!(page.contains("lang=\"de\"") && page.contains("value=\"Europe/Berlin\""), "{page}");
    let wrong = [("name", "Ada L"), ("locale", "de"), ("zone", "Europe/Atlantis")];
    assert!(here.send("/account", "/account", &wrong).await.expect(422).text.contains("zone-wrong"));
    sign_in(&there, "ada@example.com", PASSWORD).await.expect(303);
    let page = here.get("/account").await.expect(200).text;
    let end =
        page.split("action=\"").find(|part| part.starts_with("/account/sessions/ses_")).expect("a browser");
    let end = end.split('"').next().expect("a path").to_owned();
    here.send("/account", &end, &[]).await.expect(303);
    assert_eq!((here.get("/account").await.status, there.get("/account").await.status), (200, 303));
}
