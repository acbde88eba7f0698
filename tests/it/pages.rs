//! The pages over HTTP: who may open which, what forms change, how a form with a mistake comes back.

use serde_json::{Value, json};
use switchboard::http::roles::{Access, TABLE};
use switchboard::model::connection::Connection;
use switchboard::model::token::Role;
use switchboard_tests::{Answer, TestApp};

use crate::install::{by_hand, changed};
use crate::vendors::{NOON, chat, courier, shop, text, wrote};

const PHONE: (&str, &str, &str) = ("phone", "+491701234567", "verified");
const MAIL: (&str, &str, &str) = ("email", "ada@example.com", "recorded");

/// The rows of the table that are pages.
fn pages() -> impl Iterator<Item = (&'static str, &'static str, Role)> {
    TABLE.iter().filter_map(|(method, path, access)| match access {
        Access::Least(role, _) if !path.starts_with("/api/") => Some((*method, *path, *role)),
        _ => None,
    })
}

/// An address of a page, with what is there in its gaps, or with what is not.
fn filled(pattern: &str, known: &[(&str, String)]) -> String {
    let part = |part: &str| {
        let there = known.iter().find(|(name, _)| format!("{{{name}}}") == part);
        match (there, part) {
            (Some((_, value)), _) => value.clone(),
            (None, "{profile}") => "prof_00000000000000000000000000".to_owned(),
            (None, "{suggestion}") => "sug_00000000000000000000000000".to_owned(),
            (None, "{event}") => "evt_00000000000000000000000000".to_owned(),
            (None, "{connection}") => "conn_00000000000000000000000000".to_owned(),
            (None, "{delivery}") => "dlv_00000000000000000000000000".to_owned(),
            (None, part) if part.starts_with('{') => "x".to_owned(),
            (None, part) => part.to_owned(),
        }
    };
    pattern.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What every page must be, whoever looks and whatever happened.
fn sound(page: &Answer, path: &str) {
    let header = |name: &str| page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    assert!(header("content-type").starts_with("text/html"), "{path}: {}", page.text);
    let policy = header("content-security-policy");
    for rule in ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(header("cache-control"), "no-store", "{path}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    for inline in ["<style", " style=\"", " onclick=", "<script>"] {
        assert!(!page.text.contains(inline), "{path} holds {inline}");
    }
    assert!(page.text.contains("<main") && page.text.contains("<h1"), "{path}: {}", page.text);
}

/// Where a form led.
fn leads(answer: Answer) -> String {
    let answer = answer.expect(303);
    answer.headers["location"].to_str().expect("text").to_owned()
}

/// Waits until everything that came can be searched.
async fn searchable(app: &TestApp) {
    let behind = || async { app.running().store.behind().await.expect("the store answers") == 0 };
    app.until("the search to follow", behind).await;
}

/// A hub with somebody of whom a channel and a shop tell, and a delivery that failed.
struct Story {
    app: TestApp,
    owner: String,
    known: Vec<(&'static str, String)>,
}

impl Story {
    async fn tell() -> Self {
        let app = TestApp::start(&["whatsapp", "shopify", "misdeeds"]).await;
        app.may_leave_work();
        let (chat, shop) = (chat(&app).await, shop(&app).await);
        let told = text("491701234567", "wamid.1", NOON, "Where is my <b>kettle</b>?");
        app.deliver(&chat, told, &[]).await.expect(200);
        let order = std::fs::read(format!("{}/../examples/demo/order.json", env!("CARGO_MANIFEST_DIR")));
        let order = String::from_utf8(order.expect("an order")).expect("text");
        let order = order.replace("{{now-6d:rfc3339}}", "2026-11-20T10:00:00Z");
        let headers = [
            ("x-shopify-topic", "orders/create"),
            ("x-shopify-shop-domain", "acme.myshopify.com"),
            ("x-shopify-webhook-id", "5a1f0c1e-0000-4000-8000-000000000002"),
            ("x-shopify-api-version", "2026-07"),
        ];
        app.deliver(&shop, order, &headers).await.expect(200);
        let secrets = [("token", "t"), ("signing", "s"), ("entry", "e")];
        let broken = app.connect("misdeeds", json!({"base_url": "http://127.0.0.1:9"}), &secrets).await;
        app.deliver_at(&broken, "/trap", "{}", &[]).await.expect(200);
        let person = app.person("phone:+491701234567").await;
        let parked = app.get("/api/v1/deliveries?state=parked").await;
        let orders = app.get("/api/v1/orders").await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let known = vec![
            ("profile", text(&person["id"])),
            ("delivery", text(&parked["items"][0]["id"])),
            ("vendor_id", text(&orders["items"][0]["vendor-id"])),
            ("connection", shop.id.to_string()),
            ("plugin", "shopify".to_owned()),
        ];
        let owner = app.token(Role::Owner).await;
        Self { app, owner, known }
    }

    fn id(&self, name: &str) -> String {
        self.known.iter().find(|(known, _)| *known == name).map(|(_, id)| id.clone()).unwrap_or_default()
    }

    async fn page(&self, path: &str) -> Answer {
        let page = self.app.page(Some(&self.owner), path).await;
        if page.status != 303 {
            sound(&page, path);
        }
        page
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.app.form(Some(&self.owner), path, fields).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_lets_in_whom_the_table_says_and_shows_everybody_else_a_page_that_says_why() {
    let story = Story::tell().await;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        tokens.push((role, story.app.token(role).await));
    }
    // Those of others than this test's are looked at where they are tested.
    let own = ["people", "suggestions", "orders", "plugins", "connections", "deliveries", "audit", "start"];
    for (method, pattern, least) in pages() {
        if !own.contains(&pattern.split('/').nth(1).unwrap_or_default()) && pattern != "/settings" {
            continue;
        }
        let path = filled(pattern, &story.known);
        for (role, token) in &tokens {
            let said = match method {
                "GET" => story.app.page(Some(token), &path).await,
                // To what is not there: nothing changes, and the guard comes first.
                _ => story.app.form(Some(token), &filled(pattern, &[]), &[]).await,
            };
            if role < &least {
                assert_eq!(said.status, 403, "{method} {path} as {role:?}");
                sound(&said, &path);
                assert!(said.text.contains("Your role does not include this"), "{}", said.text);
            } else if method == "GET" {
                assert_eq!(said.status, 200, "{method} {path} as {role:?}: {}", said.text);
                sound(&said, &path);
            } else {
                assert!(
                    ![401, 403, 405, 500].contains(&said.status),
                    "{method} {path} as {role:?}: {} {}",
                    said.status,
                    said.text
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_and_shown_with_what_was_said_and_who_said_it() {
    let story = Story::tell().await;
    searchable(&story.app).await;
    let list = story.page("/people?search=701234567").await.expect(200);
    let person = format!("/people/{}", story.id("profile"));
    assert!(list.text.contains(&person), "{}", list.text);
    let none = story.page("/people?search=zzzzzz").await.expect(200);
    assert!(none.text.contains("Nobody fits"), "{}", none.text);

    let page = story.page(&person).await.expect(200).text;
    assert!(page.contains("Where is my &#60;b&#62;kettle&#60;/b&#62;?"), "{page}");
    assert!(page.contains("+491701234567") && page.contains("verified"), "{page}");
    let why = story.page(&format!("{person}/explain")).await.expect(200).text;
    assert!(why.contains("What joins the names"), "{why}");
    let order = story.page(&format!("/orders/{}/{}", story.id("connection"), story.id("vendor_id"))).await;
    assert!(order.expect(200).text.contains("#1001"));

    let audit = story.app.get(&format!("/api/v1/audit?subject={}", story.id("profile"))).await;
    story
        .app
        .until("the look to be noted", || async {
            let audit = story.app.get(&format!("/api/v1/audit?subject={}", story.id("profile"))).await;
            audit.to_string().contains("profile-viewed")
        })
        .await;
    drop(audit);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_readers_language_and_look_as_the_browser_chose() {
    let story = Story::tell().await;
    let ask = async |headers: &[(&str, &str)]| {
        story.app.page_with(Some(&story.owner), "/people", headers).await.expect(200).text
    };
    let german = ask(&[("accept-language", "de-AT,de;q=0.9")]).await;
    assert!(german.contains("<html lang=\"de\"") && german.contains("Personen"), "{german}");
    assert!(ask(&[("accept-language", "fr")]).await.contains("<html lang=\"en\""));
    assert!(ask(&[("cookie", "other=1; theme=dark")]).await.contains("data-theme=\"dark\""));
    assert!(!ask(&[("cookie", "theme=neon")]).await.contains("data-theme"));
    let chosen = story.form("/settings/appearance", &[("theme", "dark")]).await.expect(303);
    let cookie = chosen.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("theme=dark;") && cookie.contains("HttpOnly"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn style_and_scripts_are_kept_for_ever_under_an_address_that_changes_with_them() {
    let story = Story::tell().await;
    let page = story.page("/people").await.text;
    let at = page.find("/assets/").expect("a file");
    let path = &page[at..at + page[at..].find('"').expect("its end")];
    let file = story.app.page(None, path).await.expect(200);
    assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
    story.app.page(None, "/assets/0000/app.css").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_are_joined_after_a_look_at_both_and_parted_again() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    for (id, who) in [("1", PHONE), ("2", MAIL)] {
        app.deliver(&courier, json!([wrote(id, 1_000, "hello", &[who])]).to_string(), &[]).await.expect(200);
    }
    let agent = app.token(Role::Agent).await;
    let agent = Some(agent.as_str());
    let id = async |name: &str| app.person(name).await["id"].as_str().unwrap_or_default().to_owned();
    let (one, other) = (id("phone:+491701234567").await, id("email:ada@example.com").await);
    searchable(&app).await;
    let page = app.page(agent, &format!("/people/{one}/merge?search=ada")).await.expect(200).text;
    assert!(page.contains(&format!("/people/{one}/merge?with={other}")), "{page}");
    let preview = app.page(agent, &format!("/people/{one}/merge?with={other}")).await.expect(200).text;
    assert!(preview.contains("ada@example.com") && preview.contains("+491701234567"), "{preview}");
    assert_ne!(id("phone:+491701234567").await, id("email:ada@example.com").await, "a look changes nothing");

    let form = [("with", other.as_str()), ("reason", "she said so")];
    let to = leads(app.form(agent, &format!("/people/{one}/merge"), &form).await);
    let (joined, also) = (id("phone:+491701234567").await, id("email:ada@example.com").await);
    assert_eq!(joined, also);
    // Whichever of the two ids holds now, the other one leads there.
    let former = if joined == one { &other } else { &one };
    assert_eq!(leads(app.page(agent, &format!("/people/{former}")).await), format!("/people/{joined}"));
    let shown = app.page(agent, &format!("/people/{joined}?done=merged")).await.expect(200).text;
    assert!(to.ends_with("?done=merged") && shown.contains("Joined."), "{to}: {shown}");
    let again = app.form(agent, &format!("/people/{one}/merge"), &form).await;
    assert!(leads(again).ends_with("?done=same"));

    // Parting demands some of the names and not all.
    let split = format!("/people/{joined}/split");
    let all =
        [("name", "phone:+491701234567"), ("name", "email:ada@example.com"), ("reason", "her sister's")];
    for wrong in [&all[2..], &all[..]] {
        let back = app.form(agent, &split, wrong).await.expect(422).text;
        assert!(back.contains("class=\"wrong\"") && back.contains("her sister&#39;s"), "{back}");
    }
    leads(app.form(agent, &split, &all[1..]).await);
    assert_ne!(id("phone:+491701234567").await, id("email:ada@example.com").await);

    // And the decision to part them can be taken back where the explanation shows it.
    let why = app.page(agent, &format!("/people/{joined}/explain")).await.expect(200).text;
    let at = why.find("/decisions/").expect("a decision");
    let undo = &why[at..at + why[at..].find('"').expect("its end")];
    assert!(leads(app.form(agent, undo, &[]).await).ends_with("?done=undone"));
    assert_eq!(id("phone:+491701234567").await, id("email:ada@example.com").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_is_recorded_and_a_person_is_erased_by_whoever_types_whom() {
    let story = Story::tell().await;
    let person = format!("/people/{}", story.id("profile"));
    let consents = format!("{person}/consents");
    let unproved = [("channel", "email"), ("purpose", "marketing"), ("granted", "yes")];
    let back = story.form(&consents, &unproved).await.expect(422).text;
    assert!(back.contains("value=\"marketing\"") && back.contains("class=\"wrong\""), "{back}");
    let proved = [&unproved[..], &[("proof", "form 17")]].concat();
    assert!(leads(story.form(&consents, &proved).await).ends_with("?done=recorded"));
    assert!(story.page(&person).await.text.contains("form 17"));

    let erase = format!("{person}/erase");
    let page = story.page(&erase).await.text;
    let name = page.split("Type “").nth(1).and_then(|rest| rest.split('”').next()).expect("whom").to_owned();
    for wrong in [[("reason", ""), ("name", name.as_str())], [("reason", "asked for it"), ("name", "x")]] {
        let back = story.form(&erase, &wrong).await.expect(422).text;
        assert!(back.contains("class=\"wrong\""), "{back}");
    }
    story.page(&person).await.expect(200);
    let meant = [("reason", "asked for it"), ("name", name.as_str())];
    assert_eq!(leads(story.form(&erase, &meant).await), "/people?done=erased");
    let gone = story.page(&person).await.expect(410).text;
    assert!(gone.contains("It was erased"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_approved_without_what_is_not_ticked_upgraded_rolled_back_and_removed() {
    let app = by_hand(&["misdeeds"]).await;
    let owner = app.token(Role::Operator).await;
    let owner = Some(owner.as_str());
    let page = app.page(owner, "/plugins/misdeeds").await.expect(200).text;
    assert!(page.contains("waits for your approval") && page.contains("Say order"), "{page}");
    let asks = |page: &str| {
        let names = page.split("name=\"grant\" value=\"").skip(1).filter_map(|rest| rest.split('"').next());
        names.map(|name| name.replace("&#38;", "&")).collect::<Vec<String>>()
    };
    let version = |page: &str| {
        let rest = page.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        rest.expect("a version").to_owned()
    };
    let all = asks(&page);
    let mut form = vec![("version", version(&page))];
    form.extend(all.iter().filter(|ask| *ask != "emit:order").map(|ask| ("grant", ask.clone())));
    let pairs = |form: &[(&'static str, String)]| -> Vec<(&'static str, String)> { form.to_vec() };
    let send = async |path: &str, form: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.form(owner, path, &fields).await
    };
    let mut stale = pairs(&form);
    stale[0].1 = "9.9.9".to_owned();
    send("/plugins/misdeeds/approve", stale).await.expect(409);
    assert!(leads(send("/plugins/misdeeds/approve", form).await).ends_with("?done=approved"));
    let serves = app.get("/api/v1/plugins/misdeeds").await;
    assert_eq!(serves["withheld"], json!(["emit:order"]), "{serves}");
    let page = app.page(owner, "/plugins/misdeeds").await.expect(200).text;
    assert!(page.contains("<svg class=\"chart\"") && page.contains("Withheld"), "{page}");

    // A newer version that asks for the same takes over by itself, and the page leads back.
    let old = serves["about"]["version"].as_str().expect("a version").to_owned();
    let newer = changed("misdeeds", &[(&format!("version = \"{old}\""), "version = \"7.0.0\"")]);
    app.replace("misdeeds", &newer).await;
    let page = app.page(owner, "/plugins/misdeeds").await.expect(200).text;
    assert!(page.contains("7.0.0") && page.contains(&format!("Back to {old}")), "{page}");
    let back = vec![("to", old.clone())];
    assert!(leads(send("/plugins/misdeeds/rollback", back).await).ends_with("?done=rolled-back"));
    assert_eq!(app.get("/api/v1/plugins/misdeeds").await["about"]["version"], json!(old));
    let page = app.page(owner, "/plugins/misdeeds").await.expect(200).text;
    assert!(page.contains("Version 7.0.0 was taken back"), "{page}");
    assert!(leads(send("/plugins/misdeeds/upgrade", vec![]).await).ends_with("?done=upgraded"));
    assert_eq!(app.get("/api/v1/plugins/misdeeds").await["about"]["version"], "7.0.0");

    // One grant is taken back; nothing ticked takes nothing.
    let one = serves["granted"][0].as_str().expect("a grant").to_owned();
    assert_eq!(leads(send("/plugins/misdeeds/revoke", vec![]).await), "/plugins/misdeeds");
    leads(send("/plugins/misdeeds/revoke", vec![("grant", one.clone())]).await);
    let left = app.get("/api/v1/plugins/misdeeds").await;
    assert!(!left["granted"].to_string().contains(&format!("\"{one}\"")), "{left}");

    let wrong = send("/plugins/misdeeds/remove", vec![("name", "else".to_owned())]).await.expect(422).text;
    assert!(wrong.contains("class=\"wrong\""), "{wrong}");
    let gone = send("/plugins/misdeeds/remove", vec![("name", "misdeeds".to_owned())]).await;
    assert_eq!(leads(gone), "/plugins?done=removed");
    app.page(owner, "/plugins/misdeeds").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_steps_lead_from_an_empty_hub_to_a_connected_channel() {
    let app = by_hand(&["echo-channel"]).await;
    let operator = app.token(Role::Operator).await;
    let operator = Some(operator.as_str());
    assert_eq!(leads(app.page(operator, "/").await), "/start");
    let agent = app.token(Role::Agent).await;
    assert_eq!(leads(app.page(Some(&agent), "/").await), "/inbox");
    let step = async |text: &str| {
        let page = app.page(operator, "/start").await.expect(200);
        sound(&page, "/start");
        assert!(page.text.contains(text), "{text}: {}", page.text);
    };
    step("/plugins/echo-channel").await;
    app.post("/api/v1/plugins/echo-channel/approve", &json!({})).await.expect(200);
    step("/connections/new/echo-channel").await;

    // What was typed comes back with what is wrong beside it; a secret does not.
    let new = "/connections/new/echo-channel";
    let form = [("title", "My echo"), ("setting:url", "nonsense"), ("secret:signing_key", "s3cret-typed")];
    let back = app.form(operator, new, &form).await.expect(422);
    sound(&back, new);
    assert!(
        back.text.contains("value=\"My echo\"") && back.text.contains("value=\"nonsense\""),
        "{}",
        back.text
    );
    assert!(!back.text.contains("s3cret-typed"));
    let beside = |name: &str| format!("id=\"f-{name}-wrong\"");
    for name in ["setting_url", "secret_token"] {
        assert!(back.text.contains(&beside(name)), "{name}: {}", back.text);
    }
    assert!(!back.text.contains(&beside("secret_signing_key")));
    let form = [
        ("title", "My echo"),
        ("setting:url", "http://127.0.0.1:9/in"),
        ("secret:signing_key", "k"),
        ("secret:token", "t"),
    ];
    let to = leads(app.form(operator, new, &form).await);
    assert!(to.starts_with("/connections/conn_") && to.ends_with("?done=connected"), "{to}");
    let page = app.page(operator, &to).await.expect(200).text;
    assert!(page.contains("/hooks/conn_") && page.contains("http://127.0.0.1:9/in"), "{page}");
    step("/hooks/conn_").await;
    assert_eq!(leads(app.page(operator, "/").await), "/inbox");

    let id = to.trim_start_matches("/connections/").split('?').next().expect("an id").to_owned();
    let stored = app.running().store.connection(&id.parse().expect("an id")).await.expect("read");
    let echo: Connection = stored.expect("a connection");
    app.knows(&echo, &[("signing_key", "k"), ("token", "t")]);
    let body = json!({"id": "m1", "at": NOON * 1000, "from": "ada", "text": "Hello"}).to_string();
    app.deliver(&echo, body, &[]).await.expect(200);
    step("All done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_paused_set_otherwise_and_removed() {
    let story = Story::tell().await;
    let path = format!("/connections/{}", story.id("connection"));
    let now = async || story.app.get(&format!("/api/v1{path}")).await;
    let post =
        async |what: &str, fields: &[(&str, &str)]| story.form(&format!("{path}/{what}"), fields).await;
    leads(post("pause", &[]).await);
    assert_eq!(now().await["state"], "paused");
    assert!(story.page(&path).await.text.contains("It is paused"));
    leads(post("resume", &[]).await);
    assert_eq!(now().await["state"], "active");

    let back = post("limits", &[("limit:memory", "lots"), ("limit:cpu", "2s")]).await.expect(422).text;
    assert!(back.contains("value=\"lots\"") && back.contains("value=\"2s\""), "{back}");
    assert!(back.contains("id=\"f-limit_memory-wrong\""), "{back}");
    leads(post("limits", &[("limit:memory", "32MiB")]).await);
    assert_eq!(now().await["limits"], json!({"memory": "32 MiB"}));
    leads(post("limits", &[]).await);
    assert_eq!(now().await["limits"], json!({}), "an empty field is the configuration's");

    let back = post("region", &[("region", "Germany")]).await.expect(422).text;
    assert!(back.contains("value=\"Germany\"") && back.contains("id=\"f-region-wrong\""), "{back}");
    leads(post("region", &[("region", "de")]).await);
    assert_eq!(now().await["region"], "DE");

    let back = post("secrets/client_secret", &[("value", "")]).await.expect(422).text;
    assert!(back.contains("id=\"fclient_secret-value-wrong\""), "{back}");
    leads(post("secrets/client_secret", &[("value", "another"), ("keep", "24h")]).await);
    assert_eq!(now().await["former-secrets"][0]["name"], "client_secret");

    let back = post("schedule", &[("schedule", "sometimes")]).await;
    assert!([404, 409, 422].contains(&back.status), "{}", back.text);

    let title = now().await["title"].as_str().expect("a title").to_owned();
    post("remove", &[("title", "else")]).await.expect(422);
    assert_eq!(leads(post("remove", &[("title", &title)]).await), "/connections?done=removed");
    story.page(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_delivery_is_looked_at_covered_run_again_and_given_up() {
    let story = Story::tell().await;
    let path = format!("/deliveries/{}", story.id("delivery"));
    let list = story.page("/deliveries").await.expect(200).text;
    assert!(list.contains(&path) && list.contains("Run all again"), "{list}");
    let page = story.page(&path).await.expect(200).text;
    assert!(page.contains("/trap") || page.contains("xxxx"), "{page}");
    let shown = story.page(&format!("{path}?reveal=true")).await.expect(200).text;
    assert!(shown.contains("POST /trap"), "{shown}");
    let audit = story.app.get(&format!("/api/v1/audit?subject={}", story.id("delivery"))).await;
    assert_eq!(audit["items"][0]["action"], "delivery-revealed", "{audit}");

    assert!(leads(story.form(&format!("{path}/replay"), &[]).await).ends_with("?done=still-parked"));
    let parked = story.app.get("/api/v1/deliveries?state=parked").await;
    let of = parked["items"][0]["connection"].as_str().expect("a connection").to_owned();
    let to = leads(story.form("/deliveries/replay", &[("connection", &of)]).await);
    let told = story.page(&to).await.expect(200).text;
    assert!(told.contains("1 was run again, 1 of them failed again"), "{to}: {told}");
    story.form(&format!("{path}/discard"), &[("reason", " ")]).await.expect(422);
    assert!(
        leads(story.form(&format!("{path}/discard"), &[("reason", "a test")]).await).ends_with("discarded")
    );
    let page = story.page(&path).await.expect(200).text;
    assert!(page.contains("a test") && page.contains("Nothing is left of the request"), "{page}");
    let again = story.form(&format!("{path}/discard"), &[("reason", "a test")]).await.expect(409);
    sound(&again, &path);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_narrowed_to_somebody_or_something_and_settings_say_who_set_them() {
    let story = Story::tell().await;
    story
        .form(
            &format!("/people/{}/consents", story.id("profile")),
            &[("channel", "email"), ("purpose", "marketing"), ("granted", "no")],
        )
        .await
        .expect(303);
    let all = story.page("/audit").await.expect(200).text;
    assert!(all.contains("Recorded a withdrawal") && all.contains("Let a version serve"), "{all}");
    let some = story.page("/audit?action=consent-withdrawn").await.expect(200).text;
    assert!(some.contains("Recorded a withdrawal") && !some.contains("Let a version serve"), "{some}");
    let none = story.page("/audit?who=nobody").await.expect(200).text;
    assert!(none.contains("Nobody has done such a thing yet"), "{none}");

    let settings = story.page("/settings").await.expect(200).text;
    assert!(settings.contains("http.listen") && settings.contains("--set http.listen"), "{settings}");
    let reader = story.app.token(Role::ReadOnly).await;
    let settings = story.app.page(Some(&reader), "/settings").await.expect(200).text;
    assert!(!settings.contains("http.listen"), "how the hub is set is its operators' to see");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_page_for_browsers_and_a_problem_for_programs() {
    let story = Story::tell().await;
    let page = story.page("/people/prof_00000000000000000000000000").await.expect(404);
    assert!(page.text.contains("There is nothing here") && page.text.contains("<nav"), "{}", page.text);
    story.page("/nonsense").await.expect(404);
    let problem = story.app.api("GET", "/people/prof_00000000000000000000000000").await.expect(404);
    assert_eq!(problem.headers["content-type"], "application/problem+json");
    let api = story.app.page(Some(&story.owner), "/api/v1/profiles/prof_00000000000000000000000000").await;
    assert_eq!(api.headers["content-type"], "application/problem+json", "the API answers no pages");
}
