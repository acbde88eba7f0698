//! Live chat through the real hub and sandbox: a visitor writes and is answered, comes back, and nobody sees another's.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use switchboard::model::connection::Connection;
use switchboard_tests::{Answer, TestApp};

/// The page that the chat stands on.
const SITE: &str = "https://shop.example";

/// The connection's key, which must turn up nowhere.
const KEY: &str = "a-webchat-key-that-nobody-may-see";

async fn connect(app: &TestApp, more: Value) -> Connection {
    let mut settings = json!({"sites": [SITE], "attachment_types": ["text/plain", "application/pdf"]});
    settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    app.connect("webchat", settings, &[("key", KEY)]).await
}

/// A visitor's browser.
struct Visitor<'a> {
    app: &'a TestApp,
    chat: String,
    told: Value,
}

impl<'a> Visitor<'a> {
    async fn come(app: &'a TestApp, chat: &Connection, headers: &[(&str, &str)]) -> Self {
        let told = come(app, chat, headers).await.expect(200).json();
        Self { app, chat: chat.id.to_string(), told }
    }

    fn said(&self, name: &str) -> &str {
        self.told[name].as_str().expect("a text")
    }

    /// The number of the browser, as the hub knows it.
    fn name(&self) -> String {
        let (id, _) = self.said("token").split_once('.').expect("a token");
        let (kind, rest) = id.split_once(':').expect("an id");
        format!("webchat:{}:{}:{rest}", self.chat, if kind == "u" { "user" } else { "visitor" })
    }

    async fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let headers = [
            ("origin", SITE),
            ("content-type", "application/json"),
            ("x-webchat-token", self.said("session")),
        ];
        self.app.hook(&self.chat, "POST", path, body, &headers).await
    }

    async fn write(&self, id: &str, text: &str) -> Answer {
        self.post("/messages", json!({"id": id, "text": text}).to_string()).await
    }

    /// The messages that the visitor is shown when they come again, as (text, whether it is an answer).
    async fn history(&self) -> Vec<(String, bool)> {
        let headers = [("x-webchat-token", self.said("token"))];
        let chat = self.app.running().hub.connection(&self.chat.parse().expect("an id")).expect("it runs");
        shown(&come(self.app, &chat.connection, &headers).await.expect(200).json())
    }
}

fn shown(told: &Value) -> Vec<(String, bool)> {
    let rows = told["messages"].as_array().expect("messages");
    rows.iter()
        .map(|row| (row["text"].as_str().unwrap_or_default().to_owned(), row["answer"] == true))
        .collect()
}

async fn come(app: &TestApp, chat: &Connection, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("origin", SITE)], headers].concat();
    app.hook(chat.id.as_str(), "GET", "/chat?lang=en", "", &headers).await
}

fn sign(visitor: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any key");
    mac.update(visitor.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// What a page with a signed visitor makes its browser send.
fn vouched(visitor: &str) -> [(&'static str, String); 2] {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(visitor);
    [("x-webchat-visitor", text), ("x-webchat-signature", sign(visitor))]
}

async fn answer(app: &TestApp, person: &Value, content: Value) -> Value {
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    app.post(&path, &json!({ "content": content })).await.expect(202).json()
}

/// Reads a stream until it says `text`.
async fn hears(stream: &mut reqwest::Response, text: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(text) {
        let piece = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await;
        let piece = piece.unwrap_or_else(|_| panic!("never heard `{text}`: {heard}"));
        heard.push_str(&String::from_utf8_lossy(&piece.expect("it goes on").expect("a piece")));
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_writes_and_hears_the_agents_answer_live_and_again_when_they_come_back() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({})).await;
    let ada = Visitor::come(&app, &chat, &[]).await;
    assert_eq!(app.events().await.len(), 0, "of who only looks nothing is said");
    let live = ada.said("live");
    let mut stream = app.stream(&live[live.find("/hooks").expect("the hub's own address")..], None).await;
    ada.write("m-00000001", "Where is my order?").await.expect(200);
    ada.write("m-00000001", "Where is my order?").await.expect(200);
    hears(&mut stream, "Where is my order?").await;

    let person = app.person(&ada.name()).await;
    assert_eq!(person["identifiers"][0]["evidence"], "verified", "{person}");
    assert_eq!(app.messages(&person).await.len(), 1, "a repetition is no second message");
    let item = answer(&app, &person, json!({"text": "It left today."})).await;
    let heard = hears(&mut stream, "It left today.").await;
    assert!(heard.contains("\"answer\":true"), "{heard}");
    assert_eq!(ada.history().await, [("Where is my order?".into(), false), ("It left today.".into(), true)]);

    let id = item["id"].as_str().expect("an id");
    ada.post("/seen", json!({"delivered": [id]}).to_string()).await.expect(204);
    ada.post("/seen", json!({"read": [id]}).to_string()).await.expect(204);
    app.settled().await;
    let message =
        app.get(&format!("/api/v1/messages/{}", item["message"].as_str().expect("a message"))).await;
    assert_eq!(message["status"]["state"], "read", "{message}");
    assert_eq!(
        come(&app, &chat, &[("x-webchat-token", ada.said("token"))]).await.json()["read"]
            .as_i64()
            .map(|at| at > 0),
        Some(true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_is_shown_that_the_other_types() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({})).await;
    let ada = Visitor::come(&app, &chat, &[]).await;
    ada.write("m-00000001", "Hello").await.expect(200);
    let live = ada.said("live");
    let mut stream = app.stream(&live[live.find("/hooks").expect("the hub's own address")..], None).await;
    let hub = &app.running().hub;
    let id = app.person(&ada.name()).await["id"].as_str().expect("a person").parse().expect("an id");
    let person = app.running().store.profile(&id).await.expect("an answer").expect("a person");
    let mut heard = hub.overhear(&person);
    hub.agent_types(&person, true);
    hears(&mut stream, r#"{"typing":true,"of":"agent"}"#).await;
    let headers = [("origin", SITE), ("x-webchat-token", ada.said("session"))];
    app.hook(chat.id.as_str(), "GET", "/typing?on=1", "", &headers).await.expect(204);
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].next().await.as_deref(), Some(r#"{"typing":true,"of":"agent"}"#));
    assert_eq!(heard[0].next().await.as_deref(), Some(r#"{"typing":true,"of":"visitor"}"#));
    assert_eq!(app.events().await.len(), 1, "nothing of it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_shown_another_persons_history() {
    let app = TestApp::start(&["webchat", "echo-channel"]).await;
    let (chat, other) = (connect(&app, json!({})).await, connect(&app, json!({})).await);
    let ada = Visitor::come(&app, &chat, &[]).await;
    ada.write("m-00000001", "My door code is 4711").await.expect(200);
    let eve = Visitor::come(&app, &chat, &[]).await;
    assert_ne!(ada.name(), eve.name());
    assert_eq!(eve.history().await, []);

    // Another's number with one's own proof; a token of another connection with the same key; one for another use.
    let (mine, theirs) = (eve.said("token"), ada.said("token"));
    let stolen = format!(
        "{}.{}",
        theirs.split_once('.').expect("a token").0,
        mine.split_once('.').expect("a token").1
    );
    let elsewhere = Visitor::come(&app, &other, &[]).await;
    for token in
        [&*stolen, elsewhere.said("token"), ada.said("session"), "v:1.99999999999999.00", "", "..", "\u{7f}"]
    {
        if token == "\u{7f}" {
            continue;
        }
        come(&app, &chat, &[("x-webchat-token", token)]).await.expect(401);
    }
    assert_eq!(come(&app, &other, &[("x-webchat-token", theirs)]).await.status, 401);

    // A signature for one customer with the number of another.
    let (signed, anothers) = (vouched(r#"{"id":"42"}"#), vouched(r#"{"id":"43"}"#));
    let forged = [(signed[0].0, anothers[0].1.as_str()), (signed[1].0, signed[1].1.as_str())];
    come(&app, &chat, &forged).await.expect(401);

    // Writing into another's chat, and marking what another was answered as read.
    let person = app.person(&ada.name()).await;
    let item = answer(&app, &person, json!({"text": "Thank you"})).await;
    app.settled().await;
    let id = item["id"].as_str().expect("an id");
    eve.post("/seen", json!({"read": [id]}).to_string()).await.expect(204);
    eve.post("/seen", json!({"read": [format!("../{id}")]}).to_string()).await.expect(204);
    let message =
        app.get(&format!("/api/v1/messages/{}", item["message"].as_str().expect("a message"))).await;
    assert_eq!(message["status"]["state"], "accepted", "{message}");
    let headers = [("origin", SITE), ("x-webchat-token", &*stolen)];
    app.hook(chat.id.as_str(), "POST", "/messages", r#"{"id":"m-00000009","text":"hi"}"#, &headers)
        .await
        .expect(400);
    assert_eq!(ada.history().await.len(), 2);
    let log = switchboard_tests::log::text();
    assert!(!log.contains(KEY), "no key is logged");
    assert!(!log.contains("door code"), "no message is logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_visitor_types_is_a_claim_and_what_the_site_signs_is_verified() {
    let app = TestApp::start(&["webchat", "whatsapp"]).await;
    let chat = connect(&app, json!({"consent": "You may mail me"})).await;
    let phone = crate::vendors::chat(&app).await;
    let known = crate::vendors::text("491701234567", "wamid.1", crate::vendors::NOON, "I am Ada");
    app.deliver(&phone, known, &[]).await.expect(200);
    let ada = app.person("phone:+491701234567").await;

    let eve = Visitor::come(&app, &chat, &[]).await;
    let form = json!({"id": "m-00000001", "text": "What did I order?",
        "form": {"name": "Ada", "email": "ada@example.com", "phone": "+491701234567", "consent": true}});
    eve.post("/messages", form.to_string()).await.expect(200);
    let person = app.person(&eve.name()).await;
    assert_ne!(person["id"], ada["id"], "a claim joins nobody");
    assert_eq!(app.messages(&ada).await.len(), 1, "and brings nothing to her agents");
    assert_eq!(app.messages(&person).await.len(), 1, "nor hers to them");
    assert_eq!(eve.history().await.len(), 1);

    let visitor = r#"{"id":"42","phone":"+491701234567","name":"Ada Lovelace"}"#;
    let signed = vouched(visitor);
    let signed = signed.each_ref().map(|(name, value)| (*name, value.as_str()));
    let hers = Visitor::come(&app, &chat, &signed).await;
    assert_eq!((shown(&hers.told).len(), &hers.told["signed"]), (0, &Value::Bool(true)));
    let body =
        json!({"id": "m-00000002", "text": "It is me", "visitor": visitor, "signature": sign(visitor)});
    hers.post("/messages", body.to_string()).await.expect(200);
    assert_eq!(app.person(&hers.name()).await["id"], ada["id"], "the site vouches for her number");

    // In another browser the signature shows the same history; without it nothing of it is left.
    assert_eq!(shown(&come(&app, &chat, &signed).await.expect(200).json()).len(), 1);
    come(&app, &chat, &[("x-webchat-token", hers.said("token"))]).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_opened_by_its_address_alone_and_can_run_nothing() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({"attachment_kib": 300})).await;
    let ada = Visitor::come(&app, &chat, &[]).await;
    let text = "<script>alert(1)</script>".repeat(11_000);
    ada.post("/files?id=f-00000001&name=note.html&text=See", &text).await.expect(200);
    let person = app.person(&ada.name()).await;
    let message = app.messages(&person).await[0].clone();
    let found = message.to_string();
    let at = found.find("/files/").expect("an address");
    let path = found[at..].split('"').next().expect("its end").to_owned();
    let open = app.hook(chat.id.as_str(), "GET", &path, "", &[]).await.expect(200);
    assert_eq!(open.text.len(), text.len());
    assert_eq!(open.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(open.headers["content-disposition"], "attachment");
    assert_eq!(open.headers["x-content-type-options"], "nosniff");
    assert!(
        open.headers["content-security-policy"].to_str().is_ok_and(|policy| policy.starts_with("sandbox"))
    );
    app.hook(chat.id.as_str(), "GET", &path.replacen("f-00000001", "f-00000002", 1), "", &[])
        .await
        .expect(404);
    for (body, id) in
        [(vec![0_u8; 64], "f-00000003"), (vec![b'a'; 301 << 10], "f-00000004"), (vec![0xff; 9], "f-00000005")]
    {
        ada.post(&format!("/files?id={id}&name=a.txt"), body).await.expect(400);
    }
    assert_eq!(app.messages(&person).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_leave_nothing_behind() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({})).await;
    let eve = Visitor::come(&app, &chat, &[]).await;
    for body in
        [&b""[..], b"{", b"[]", b"null", b"{\"id\":1}", b"\xff\xfe", b"{\"id\":\"m-00000001\",\"text\":{}}"]
    {
        eve.post("/messages", body).await.expect(400);
    }
    eve.write("m-00000001", &"a".repeat(4_001)).await.expect(400);
    eve.write("m\u{0}0000001", "a").await.expect(400);
    let headers = [("origin", "https://evil.example"), ("x-webchat-token", eve.said("session"))];
    app.hook(chat.id.as_str(), "POST", "/messages", r#"{"id":"m-00000001","text":"a"}"#, &headers)
        .await
        .expect(400);
    let refused = app.hook(chat.id.as_str(), "GET", "/chat", "", &headers[..1]).await.expect(403);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
    app.hook(chat.id.as_str(), "PUT", "/messages", "", &[("origin", SITE)]).await.expect(405);
    app.hook(chat.id.as_str(), "OPTIONS", "/messages", "", &[("origin", SITE)]).await.expect(204);
    app.hook(chat.id.as_str(), "GET", "/live?ticket=1.dmlzaXRvcjp4.AA", "", &[]).await.expect(403);
    assert_eq!(app.events().await.len(), 0);
    assert_eq!(
        app.get("/api/v1/deliveries").await["items"].as_array().map(Vec::len),
        Some(0),
        "nothing is kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_bounded_and_those_who_chat_already_go_on() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({"new_per_minute": 2})).await;
    let ada = Visitor::come(&app, &chat, &[]).await;
    ada.write("m-00000000", "first").await.expect(200);
    Visitor::come(&app, &chat, &[]).await.write("m-00000000", "second").await.expect(200);
    Visitor::come(&app, &chat, &[]).await.write("m-00000000", "third").await.expect(503);
    for number in 1..30 {
        ada.write(&format!("m-{number:08}"), "more").await.expect(200);
    }
    ada.write("m-99999999", "too much").await.expect(503);
    ada.write("m-00000003", "more").await.expect(200);
    let person = app.person(&ada.name()).await;
    assert_eq!(app.messages(&person).await.len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wish_for_a_person_and_the_end_are_events_that_agents_see() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({"bot": true})).await;
    let ada = Visitor::come(&app, &chat, &[]).await;
    ada.write("m-00000001", "Hello bot").await.expect(200);
    for _ in 0..2 {
        ada.post("/person", r#"{"id":"h-00000001","lang":"de"}"#).await.expect(200);
    }
    let told = come(&app, &chat, &[("x-webchat-token", ada.said("token"))]).await.expect(200).json();
    assert!(told["handed"].as_i64().is_some_and(|at| at > 0), "{told}");
    ada.post("/end", r#"{"id":"e-00000001"}"#).await.expect(204);
    assert_eq!(ada.history().await, []);
    let kinds: Vec<_> = app.events().await.iter().map(|logged| logged.kind.as_str().to_owned()).collect();
    assert_eq!(kinds, ["message-received", "message-received", "other", "other"]);
    let person = app.person(&ada.name()).await;
    let timeline = Value::from(app.timeline(&person).await).to_string();
    assert!(timeline.contains("hand-over") && timeline.contains("chat-ended"), "{timeline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_person_takes_what_the_chat_kept_for_them() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({})).await;
    let visitor = r#"{"id":"ada/42@shop"}"#;
    let signed = vouched(visitor);
    let signed = signed.each_ref().map(|(name, value)| (*name, value.as_str()));
    let ada = Visitor::come(&app, &chat, &signed).await;
    ada.write("m-00000001", "Hello").await.expect(200);
    ada.post("/files?id=f-00000001&name=a.pdf", "%PDF-1.7 secret").await.expect(200);
    let bo = Visitor::come(&app, &chat, &[]).await;
    bo.write("m-00000001", "Hello").await.expect(200);
    let person = app.person(&format!("webchat:{}:user:ada/42@shop", chat.id)).await;
    let id = person["id"].as_str().expect("a person");
    app.post(&format!("/api/v1/profiles/{id}/erase"), &json!({"reason": "asked"})).await.expect(200);
    let store = &app.running().store;
    let left = store.kv_keys(&chat.id, "", None, 100).await.expect("keys");
    assert!(!left.iter().any(|key| key.contains("42") && key.contains("shop")), "{left:?}");
    assert_eq!(shown(&come(&app, &chat, &signed).await.expect(200).json()), []);
    assert_eq!(bo.history().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_widget_is_served_compressed_and_small() {
    let app = TestApp::start(&["webchat"]).await;
    let chat = connect(&app, json!({})).await;
    let plain = app.hook(chat.id.as_str(), "GET", "/assets/widget.js", "", &[]).await.expect(200);
    assert_eq!(plain.headers["content-type"], "text/javascript; charset=utf-8");
    let packed =
        app.hook(chat.id.as_str(), "GET", "/assets/widget.js", "", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(
        (packed.status, &packed.headers["content-encoding"]),
        (200, &"gzip".parse().expect("a value"))
    );
    let length =
        packed.headers["content-length"].to_str().expect("a length").parse::<usize>().expect("a number");
    eprintln!("the chat's widget: {length} bytes as sent (gzip), {} before", plain.text.len());
    assert!(length < 15 << 10, "{length}");
}
