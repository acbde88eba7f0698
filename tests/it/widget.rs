//! The chat's widget in a real browser, on the example page: another site, under a strict content security policy.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Query;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use switchboard::model::connection::Connection;
use switchboard_tests::{Browser, Page, TestApp};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/webchat").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A shop on a port of its own, whose page leads to the chat once it is known where that is.
struct Shop {
    addr: SocketAddr,
    page: tokio::sync::watch::Sender<String>,
}

impl Shop {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let (page, served) = tokio::sync::watch::channel(String::new());
        let html = move |Query(asked): Query<HashMap<String, String>>| async move {
            let mut page = served.borrow().clone();
            if let Some(lang) = asked.get("lang") {
                let dir = if lang == "ar" { "rtl" } else { "ltr" };
                page = page.replace("<html lang=\"en\">", &format!("<html lang=\"{}\" dir=\"{dir}\">", lang));
            }
            Html(page.replace(
                "async></script>",
                &format!("async {}></script>", asked.get("with").map_or("", String::as_str)),
            ))
        };
        let style = || async { ([("content-type", "text/css")], example("style.css")) };
        let icon = || async { ([("content-type", "image/svg+xml")], example("icon.svg")) };
        let router = Router::new().route("/", get(html));
        let router = router.route("/style.css", get(style)).route("/icon.svg", get(icon));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { addr, page }
    }

    fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    async fn chat(&self, app: &TestApp, more: Value) -> Connection {
        let mut settings = json!({"sites": [self.url()]});
        settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let chat = app.connect("webchat", settings, &[("key", "a-webchat-key-that-nobody-may-see")]).await;
        let hub = format!("http://{}", app.running().addr);
        let page = example("index.html")
            .replace("https://hub.example.com", &hub)
            .replace("CONNECTION", chat.id.as_str());
        self.page.send_replace(page);
        chat
    }
}

/// Leaves a picture for whoever wants to look.
async fn picture(page: &Page, name: &str) {
    if let Some(folder) = std::env::var_os("SWITCHBOARD_PICTURES") {
        page.screenshot(&PathBuf::from(folder).join(format!("{name}.png"))).await;
    }
}

const LAUNCH: &str = "#webchat >>> .launch";
const PANEL: &str = "#webchat >>> .panel";
const LOG: &str = "#webchat >>> .log";
const TEXT: &str = "#webchat >>> textarea";

/// The one person whom the hub knows.
async fn person(app: &TestApp) -> Value {
    app.until("a person", || async {
        app.get("/api/v1/profiles").await["items"].as_array().is_some_and(|all| all.len() == 1)
    })
    .await;
    app.get("/api/v1/profiles").await["items"][0].clone()
}

async fn answer(app: &TestApp, content: Value) {
    let person = person(app).await;
    let path = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    app.post(&path, &json!({ "content": content })).await.expect(202);
}

/// What a visit must leave: no error, no third host, no barrier.
async fn clean(page: &Page, app: &TestApp, shop: &Shop, what: &str) {
    assert_eq!(page.errors(), Vec::<String>::new(), "{what}");
    let (hub, own) = (app.running().addr.to_string(), shop.addr.to_string());
    let third: Vec<_> = page.hosts().into_iter().filter(|host| *host != hub && *host != own).collect();
    assert_eq!(third, Vec::<String>::new(), "{what}");
    assert_eq!(page.axe().await, Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_chats_comes_back_to_the_history_and_sees_the_answer() {
    let Some(browser) = Browser::start().await else { return };
    let (app, shop) = (TestApp::start(&["webchat"]).await, Shop::open().await);
    shop.chat(&app, json!({"bot": true, "privacy_url": "https://shop.example/privacy"})).await;
    let page = browser.page().await;
    page.goto(&shop.url()).await;
    page.wait(LAUNCH).await;
    assert_eq!(app.events().await.len(), 0);
    clean(&page, &app, &shop, "the closed chat").await;
    page.click(LAUNCH).await;
    page.wait_text(&format!("{PANEL} h2"), "Chat with us").await;
    page.wait_text(PANEL, "We usually answer within 5 minutes.").await;
    page.fill(TEXT, "Where is my order? https://shop.example/orders.").await;
    page.press("Enter").await;
    page.wait_text(&format!("{LOG} .mine .meta"), "Sent").await;
    answer(&app, json!({"buttons": {"text": "Which one?", "items": [{"id": "a", "title": "The kettle"}, {"id": "b", "title": "The mugs"}]}})).await;
    page.wait_text(&format!("{LOG} .theirs"), "Which one?").await;
    page.click(&format!("{LOG} .options button")).await;
    page.wait_text(&format!("{LOG} .row:last-child"), "The kettle").await;
    page.wait_text(&format!("{LOG} .row:last-child .meta"), "Sent").await;
    for (dark, width) in [(false, 1280), (true, 1280), (false, 360), (true, 360)] {
        page.size(width, 760).await;
        page.dark(dark).await;
        let name = format!("chat-{width}-{}", if dark { "dark" } else { "light" });
        clean(&page, &app, &shop, &name).await;
        picture(&page, &name).await;
    }
    page.size(1280, 900).await;
    page.dark(false).await;

    page.reload().await;
    page.wait(LAUNCH).await;
    answer(&app, json!({"text": "It left today."})).await;
    page.wait_text("#webchat >>> .badge", "1").await;
    picture(&page, "unread").await;
    page.click(LAUNCH).await;
    page.wait_text(LOG, "It left today.").await;
    assert_eq!(page.count("#webchat >>> .row").await, 4);
    page.gone("#webchat >>> .badge").await;

    page.click("#webchat >>> .person").await;
    page.wait_text(LOG, "A person will answer you here.").await;
    page.gone("#webchat >>> .person").await;
    let person = person(&app).await;
    app.until("the page and the hand-over", || async {
        let kinds: Vec<_> =
            app.timeline(&person).await.iter().map(|entry| entry["kind"].to_string()).collect();
        kinds.iter().any(|kind| kind.contains("page-viewed"))
            && kinds.iter().any(|kind| kind.contains("other"))
    })
    .await;
    page.press("Escape").await;
    page.wait(LAUNCH).await;
    assert_eq!(
        page.of("#webchat", "at.shadowRoot.activeElement.className").await,
        "launch",
        "the focus comes back"
    );
    clean(&page, &app, &shop, "at last").await;
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_the_network_goes_and_comes() {
    let Some(browser) = Browser::start().await else { return };
    let (app, shop) = (TestApp::start(&["webchat"]).await, Shop::open().await);
    shop.chat(&app, json!({})).await;
    let page = browser.page().await;
    page.goto(&shop.url()).await;
    page.click(LAUNCH).await;
    page.fill(TEXT, "one").await;
    page.press("Enter").await;
    page.wait_text(&format!("{LOG} .meta"), "Sent").await;
    page.offline(true).await;
    page.fill(TEXT, "two").await;
    page.press("Enter").await;
    page.wait_text("#webchat >>> .note", "No connection").await;
    page.fill(TEXT, "three").await;
    page.press("Enter").await;
    page.wait_text(&format!("{LOG} .row:last-child .meta"), "Sending").await;
    answer(&app, json!({"text": "An answer meanwhile"})).await;
    page.offline(false).await;
    page.eval("dispatchEvent(new Event('online'))").await;
    page.wait_text(LOG, "An answer meanwhile").await;
    page.until("all to be sent", "[...document.querySelector('#webchat').shadowRoot.querySelectorAll('.mine .meta')].every(meta => meta.textContent.includes('Sent'))").await;
    page.gone("#webchat >>> .note").await;
    let person = person(&app).await;
    let mut said: Vec<_> = app
        .messages(&person)
        .await
        .iter()
        .map(|message| message["text"].as_str().unwrap_or_default().to_owned())
        .collect();
    said.sort();
    assert_eq!(said, ["An answer meanwhile", "one", "three", "two"]);
    assert_eq!(page.count("#webchat >>> .row").await, 4);
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_asks_first_and_a_picture_is_sent_and_shown() {
    let Some(browser) = Browser::start().await else { return };
    let (app, shop) = (TestApp::start(&["webchat"]).await, Shop::open().await);
    let more = json!({"ask_name": "optional", "ask_email": "required", "consent": "You may send me offers by mail",
        "hours": "Mon 00:00-00:01", "time_zone": "Asia/Tokyo", "colour": "#ffd166"});
    shop.chat(&app, more).await;
    let page = browser.page().await;
    page.goto(&format!("{}/?lang=de", shop.url())).await;
    page.click(LAUNCH).await;
    page.wait_text(PANEL, "wieder da").await;
    page.wait("#webchat >>> .ask").await;
    page.click("#webchat >>> .ask .go").await;
    page.wait_text("#webchat >>> .ask", "Bitte füllen Sie dieses Feld aus.").await;
    assert_eq!(page.of("#webchat", "at.shadowRoot.activeElement.name").await, "email");
    for (dark, width) in [(false, 1280), (true, 360)] {
        page.size(width, 760).await;
        page.dark(dark).await;
        clean(&page, &app, &shop, "the form").await;
        picture(&page, &format!("form-{width}")).await;
    }
    page.size(1280, 900).await;
    page.dark(false).await;
    page.fill("#webchat >>> input[name=email]", "ada@example.com").await;
    page.fill("#webchat >>> input[name=name]", "Ada").await;
    page.click("#webchat >>> .tick input").await;
    page.click("#webchat >>> .ask .go").await;
    page.fill(TEXT, "Hallo").await;
    page.click("#webchat >>> .send").await;
    page.wait_text(&format!("{LOG} .meta"), "Gesendet").await;
    let person = person(&app).await;
    assert_eq!(person["claims"][0]["identifier"], "email:ada@example.com", "{person}");

    // A photograph, drawn here, larger than what is sent.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("beach.jpg");
    let drawn = page
        .eval(
            "(() => { const c = document.createElement('canvas'); c.width = 2400; c.height = 1200; const d = c.getContext('2d'); \
             d.fillStyle = '#2a9d8f'; d.fillRect(0, 0, 2400, 1200); d.fillStyle = '#e9c46a'; d.fillRect(0, 700, 2400, 500); \
             return c.toDataURL('image/jpeg').split(',')[1] })()",
        )
        .await;
    use base64::Engine as _;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(drawn.as_str().expect("base64")).expect("base64");
    std::fs::write(&file, bytes).expect("a file");
    page.choose("#webchat >>> input[type=file]", &[&file]).await;
    page.wait(&format!("{LOG} img")).await;
    page.until(
        "the picture",
        "document.querySelector('#webchat').shadowRoot.querySelector('.log img').naturalWidth === 1600",
    )
    .await;
    picture(&page, "picture").await;
    clean(&page, &app, &shop, "the picture").await;
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arabic_is_read_from_the_right() {
    let Some(browser) = Browser::start().await else { return };
    let (app, shop) = (TestApp::start(&["webchat"]).await, Shop::open().await);
    shop.chat(&app, json!({})).await;
    let page = browser.page().await;
    page.goto(&format!("{}/?lang=ar", shop.url())).await;
    page.wait(LAUNCH).await;
    let left = page.of(LAUNCH, "at.getBoundingClientRect().left").await;
    assert!(left.as_f64().is_some_and(|left| left < 100.0), "the button stands on the other side: {left}");
    page.click(LAUNCH).await;
    page.fill(TEXT, "مرحبا").await;
    page.press("Enter").await;
    page.wait_text(&format!("{LOG} .meta"), "أُرسلت").await;
    answer(&app, json!({"text": "أهلا وسهلا"})).await;
    page.wait_text(&format!("{LOG} .theirs"), "أهلا وسهلا").await;
    let sides = "[...at.querySelectorAll('.bubble')].map(one => Math.round(one.getBoundingClientRect().x))";
    let sides = page.of(LOG, sides).await;
    assert!(sides[0].as_f64() < sides[1].as_f64(), "one's own stand on the left: {sides}");
    for width in [1280, 360] {
        page.size(width, 760).await;
        clean(&page, &app, &shop, "in Arabic").await;
        picture(&page, &format!("arabic-{width}")).await;
    }
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_out_leaves_nothing_for_the_next_one_at_the_same_browser() {
    let Some(browser) = Browser::start().await else { return };
    let (app, shop) = (TestApp::start(&["webchat"]).await, Shop::open().await);
    shop.chat(&app, json!({})).await;
    let visitor = r#"{"id":"42","name":"Ada Lovelace"}"#;
    let signature = {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac =
            Hmac::<sha2::Sha256>::new_from_slice(b"a-webchat-key-that-nobody-may-see").expect("any key");
        mac.update(visitor.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    };
    let page = browser.page().await;
    let with = format!("data-visitor='{visitor}' data-signature='{signature}'");
    let query = with.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    page.goto(&format!("{}/?with={query}", shop.url())).await;
    page.click(LAUNCH).await;
    page.fill(TEXT, "My door code is 4711").await;
    page.press("Enter").await;
    page.wait_text(&format!("{LOG} .meta"), "Sent").await;
    assert_eq!(person(&app).await["name"], "Ada Lovelace");

    page.goto(&shop.url()).await;
    page.click(LAUNCH).await;
    page.wait_text(PANEL, "We usually answer").await;
    assert!(!page.text(LOG).await.contains("4711"));
    let kept = page.eval("JSON.stringify([{...localStorage}, {...sessionStorage}])").await;
    assert!(!kept.to_string().contains("4711") && !kept.to_string().contains("u:42"), "{kept}");

    page.goto(&format!("{}/?with={query}", shop.url())).await;
    page.click(LAUNCH).await;
    page.wait_text(LOG, "4711").await;
    clean(&page, &app, &shop, "a customer").await;
    app.settled().await;
}
