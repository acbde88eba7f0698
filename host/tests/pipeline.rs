//! The pipeline works: what comes in is verified, translated, committed, looked at, answered, parked and
//! replayed, with guests in the real sandbox and a real store.

mod guests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use sha2::Sha256;
use switchboard::ambient::Ambient;
use switchboard::config::Config;
use switchboard::model::connection::ConnectionState;
use switchboard::model::delivery::DeliveryState;
use switchboard::model::id::ConnectionId;
use switchboard::model::outbox::{OutboundContent, OutboxState};
use switchboard::pipeline::{
    ActError, AddConnection, AddError, Answer, Hub, Incoming, Replayed, SendError, ToSend,
};
use switchboard::plugin::file;
use switchboard::store::{DeliveryFilter, PageRequest, Store};
use switchboard_guests::DELIVERY;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// The honest guest as a vendor that signs.
const SIGNED: &str = r#"
name = "honest"
version = "1.0.0"
contract = "0.1"
title = "Honest"
[channel]
name = "honest"
reach = ["phone"]
[[secrets]]
name = "app_secret"
title = "App secret"
[webhook]
max_body = "4 KiB"
[[webhook.verify]]
when = { method = "POST" }
scheme = "hmac"
algorithm = "sha256"
encoding = "hex"
header = "x-signature"
secret = "app_secret"
[sender]
rate = { count = 1000, per = "1s" }
[poller]
every = "5m"
[[actions]]
name = "echo"
title = "Echo"
[actions.input]
type = "object"
required = ["say"]
[actions.output]
type = "object"
[assistant]
on = ["message-received"]
[events]
emit = ["message-received", "other", "insight"]
[assets]
dir = "assets"
"#;

struct Scene {
    dir: TempDir,
    hub: Hub,
}

impl Scene {
    async fn new(sets: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let plugins = dir.path().join("plugins");
        std::fs::create_dir(&plugins).expect("a folder");
        let asset =
            switchboard::model::manifest::Asset { path: "page.txt", mime: "text/plain", bytes: b"page" };
        let honest = file::embed(&guests::guest("honest"), SIGNED, &[asset]).expect("embeds");
        std::fs::write(plugins.join("honest.wasm"), honest).expect("writes");
        std::fs::write(plugins.join("misdeeds.wasm"), guests::guest("misdeeds")).expect("writes");
        std::fs::write(plugins.join("junk.wasm"), "no plugin").expect("writes");
        let hub = Self::hub(&dir, sets).await;
        Self { dir, hub }
    }

    async fn hub(dir: &TempDir, sets: &[&str]) -> Hub {
        let at = |name: &str| dir.path().join(name).display().to_string();
        let mut all = vec![
            format!("storage.path={}", at("hub.db")),
            format!("plugin.directory={}", at("plugins")),
            "plugin.approval=automatic".to_owned(),
            "assistant.first_wait=50ms".to_owned(),
        ];
        all.extend(sets.iter().map(|set| (*set).to_owned()));
        let config = Arc::new(Config::load(None, [], &all).expect("a configuration"));
        let store = Store::open(&config.store(), Ambient::system()).await.expect("opens");
        Hub::start(config, "http://hub.example", store, Ambient::system()).await.expect("starts")
    }

    async fn honest(&self) -> ConnectionId {
        let add = AddConnection {
            plugin: "honest".into(),
            title: Some("Support".into()),
            settings: json!({}),
            priority: 0,
            region: None,
            secrets: vec![("app_secret".into(), secret("s3cret"))],
        };
        self.hub.add_connection(add).await.expect("added").id
    }

    async fn misdeeds(&self) -> ConnectionId {
        let names = ["token", "signing", "entry"];
        let add = AddConnection {
            plugin: "misdeeds".into(),
            title: None,
            settings: json!({ "base_url": "https://vendor.example" }),
            priority: 0,
            region: None,
            secrets: names.iter().map(|name| ((*name).to_owned(), secret("let-me-in"))).collect(),
        };
        self.hub.add_connection(add).await.expect("added").id
    }

    async fn post(&self, connection: &ConnectionId, body: &str, signature: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("x-signature", HeaderValue::from_str(signature).expect("a value"));
        headers.insert("cookie", HeaderValue::from_static("session=1"));
        let incoming = Incoming {
            method: Method::POST,
            path: String::new(),
            raw_query: String::new(),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        self.hub.receive(connection.as_str(), incoming).await
    }

    async fn misdo(&self, connection: &ConnectionId, path: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("x-token", HeaderValue::from_static("let-me-in"));
        let incoming = Incoming {
            method: Method::POST,
            path: path.to_owned(),
            raw_query: "a=1&token=let-me-in".to_owned(),
            headers,
            body: Bytes::from_static(b"x"),
        };
        self.hub.receive(connection.as_str(), incoming).await
    }
}

fn secret(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.as_bytes().to_vec())
}

fn sign(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").expect("any key");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn page() -> PageRequest {
    PageRequest { cursor: None, limit: 50 }
}

/// Waits for something that workers do.
async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    for _ in 0..200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not happen within ten seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_delivery_becomes_a_person_is_looked_at_and_answered() {
    let scene = Scene::new(&[]).await;
    let hub = &scene.hub;
    let connection = scene.honest().await;
    hub.run();
    let answer = scene.post(&connection, DELIVERY, &sign(DELIVERY)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let again = scene.post(&connection, DELIVERY, &sign(DELIVERY)).await;
    assert_eq!(again.status, StatusCode::OK);

    let people = hub.store().profiles(None, &page()).await.expect("reads").items;
    assert_eq!(people.len(), 1, "{people:?}");
    let person = people[0].id.clone();
    let messages = hub.store().messages(&person, &page()).await.expect("reads").items;
    assert_eq!(messages.len(), 1);
    let id = messages[0].message.id.clone();
    let insight = eventually("the insight", || async {
        let message = hub.store().message(&id).await.expect("reads").expect("is there");
        message.insights.first().cloned()
    })
    .await;
    assert_eq!(insight.insight.kind, "words");

    // Three pages were polled, and the cursor stands behind them.
    eventually("the poll", || async {
        hub.store().cursor(&connection).await.expect("reads").filter(|cursor| cursor == "3")
    })
    .await;

    let item = hub
        .send(ToSend::answer(person.clone(), OutboundContent::Text("hello".into())))
        .await
        .expect("queued");
    let sent = eventually("the send", || async {
        let item = hub.store().outbound(&item.id).await.expect("reads").expect("is there");
        (item.state == OutboxState::Sent).then_some(item)
    })
    .await;
    assert_eq!((sent.attempts, &sent.connection), (1, &connection));
    let picture = OutboundContent::ReadReceipt("m".into());
    let refused = hub
        .send(ToSend { connection: Some(connection.clone()), ..ToSend::answer(person.clone(), picture) })
        .await
        .expect("queued");
    let refused = eventually("the failure", || async {
        let item = hub.store().outbound(&refused.id).await.expect("reads").expect("is there");
        (item.state == OutboxState::Failed).then_some(item)
    })
    .await;
    assert!(refused.error.is_some_and(|why| why.contains("only text")));
    let later = hub
        .send(ToSend::answer(person.clone(), OutboundContent::Text("later".into())))
        .await
        .expect("queued");
    let later = eventually("the retry", || async {
        let item = hub.store().outbound(&later.id).await.expect("reads").expect("is there");
        (item.state == OutboxState::Queued && item.attempts == 1).then_some(item)
    })
    .await;
    assert!(later.due_at > hub.ambient().now_ms() && later.error.is_some());
    // What was put off is not overtaken by what is said to the same person after it.
    let next = hub
        .send(ToSend::answer(person.clone(), OutboundContent::Text("hello".into())))
        .await
        .expect("queued");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let next = hub.store().outbound(&next.id).await.expect("reads").expect("is there");
    assert_eq!((next.state, next.attempts), (OutboxState::Queued, 0));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_right_is_refused_and_nothing_of_it_is_kept() {
    let scene = Scene::new(&["receive.rate=1", "receive.burst=6"]).await;
    let connection = scene.honest().await;
    let status = |answer: Answer| answer.status.as_u16();
    assert_eq!(status(scene.post(&connection, DELIVERY, &sign("else")).await), 401);
    assert_eq!(status(scene.post(&connection, "{}", "").await), 401);
    assert_eq!(status(scene.post(&ConnectionId::random([9; 16]), "{}", "").await), 404);
    let large = "x".repeat(5_000);
    assert_eq!(status(scene.post(&connection, &large, &sign(&large)).await), 413);
    assert_eq!(scene.hub.body_limit(connection.as_str()), Some(4096));
    let get = Incoming {
        method: Method::GET,
        path: String::new(),
        raw_query: String::new(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let answer = scene.hub.receive(connection.as_str(), get).await;
    assert_eq!((answer.status.as_u16(), &answer.headers["allow"]), (405, &HeaderValue::from_static("POST")));
    for _ in 0..3 {
        scene.post(&connection, "{}", "").await;
    }
    let answer = scene.post(&connection, DELIVERY, &sign(DELIVERY)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
    let kept = scene.hub.store().deliveries(&DeliveryFilter::default(), &page()).await.expect("reads");
    assert!(kept.items.is_empty());
    assert_eq!(
        scene.hub.asset(connection.as_str(), "page.txt").map(|asset| asset.bytes),
        Some(Bytes::from("page"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_on_a_verified_delivery_parks_it_without_its_credentials() {
    let scene = Scene::new(&["plugin.limits.cpu=200ms"]).await;
    let (hub, store) = (&scene.hub, scene.hub.store());
    let connection = scene.misdeeds().await;
    for path in ["/trap", "/panic", "/loop", "/memory", "/events/external-id", "/status"] {
        assert_eq!(scene.misdo(&connection, path).await.status, StatusCode::OK, "{path}");
    }
    let parked = store.deliveries(&DeliveryFilter::default(), &page()).await.expect("reads").items;
    assert_eq!(parked.len(), 6);
    for delivery in &parked {
        assert_eq!(delivery.state, DeliveryState::Parked);
        assert!(delivery.error.is_some());
        let kept = store.recorded(&delivery.id).await.expect("reads").expect("is there");
        assert_eq!((kept.query.as_str(), kept.verified), ("a=1", true));
        assert!(kept.headers.iter().all(|(name, _)| name != "x-token"), "{:?}", kept.headers);
    }
    let again = hub.replay(&parked[0].id).await.expect("runs");
    assert!(matches!(again, Replayed::StillParked { .. }), "{again:?}");

    // While it is paused what comes is kept, and run once it goes on.
    assert!(store.set_connection_state(&connection, ConnectionState::Paused).await.expect("writes"));
    hub.reload().await.expect("reloads");
    assert_eq!(scene.misdo(&connection, "/events/good").await.status, StatusCode::OK);
    assert_eq!(store.last_seq().await.expect("reads"), 0);
    let parked = store.parked(Some(&connection), None, 10).await.expect("reads");
    let last = parked.iter().max().expect("one is parked");
    assert!(hub.replay(last).await.is_err());
    assert!(store.set_connection_state(&connection, ConnectionState::Active).await.expect("writes"));
    hub.reload().await.expect("reloads");
    assert_eq!(hub.replay(last).await.expect("runs"), Replayed::Done { events: 1 });
    assert!(hub.replay(last).await.is_err());
    assert_eq!(store.last_seq().await.expect("reads"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_request_that_nobody_signed_are_refused() {
    let scene = Scene::new(&[]).await;
    let plugins = scene.dir.path().join("plugins");
    std::fs::write(plugins.join("honest.wasm"), guests::guest("honest")).expect("writes");
    scene.hub.reload().await.expect("reloads");
    let add = AddConnection {
        plugin: "honest".into(),
        title: None,
        settings: json!({}),
        priority: 0,
        region: None,
        secrets: Vec::new(),
    };
    let connection = scene.hub.add_connection(add).await.expect("added").id;
    assert_eq!(scene.post(&connection, DELIVERY, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(scene.hub.store().last_seq().await.expect("reads"), 0);
    assert_eq!(scene.post(&connection, "not json", "").await.status.as_u16(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_plugins_that_change_outside_are_noticed() {
    let scene = Scene::new(&[]).await;
    let hub = &scene.hub;
    hub.run();
    let junk = hub.plugins().into_iter().find(|plugin| plugin.name == "junk").expect("listed");
    assert!(junk.arriving || junk.problem().is_some_and(|why| why.contains("plugin build")), "{junk:?}");
    let other = Scene::hub(&scene.dir, &[]).await;
    let add = AddConnection {
        plugin: "honest".into(),
        title: None,
        settings: json!({}),
        priority: 0,
        region: None,
        secrets: vec![("app_secret".into(), secret("s3cret"))],
    };
    let connection = other.add_connection(add).await.expect("added");
    eventually("the reload", || async { hub.connection(&connection.id).map(drop) }).await;
    assert_eq!(connection.title, "Honest");
    // A file that is replaced by junk: the one before goes on, and the list says so.
    std::fs::write(scene.dir.path().join("plugins/honest.wasm"), "junk").expect("writes");
    eventually("the problem", || async {
        hub.plugins().into_iter().find(|plugin| plugin.name == "honest" && plugin.problem().is_some())
    })
    .await;
    assert!(hub.connection(&connection.id).is_some());
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_told_in_words() {
    let scene = Scene::new(&[]).await;
    let hub = &scene.hub;
    let add = |plugin: &str, settings| AddConnection {
        plugin: plugin.into(),
        title: None,
        settings,
        priority: 0,
        region: None,
        secrets: Vec::new(),
    };
    let error = hub.add_connection(add("honset", json!({}))).await.expect_err("refused").to_string();
    assert!(error.contains("did you mean `honest`"), "{error}");
    let error = hub.add_connection(add("honest", json!({ "extra": 1 }))).await.expect_err("refused");
    assert!(matches!(&error, AddError::Problems(all) if all.len() == 2), "{error}");
    assert!(error.to_string().contains("app_secret") && error.to_string().contains("extra"), "{error}");

    let connection = scene.honest().await;
    let raw = |text: &str| serde_json::value::RawValue::from_string(text.to_owned()).expect("JSON");
    let output = hub.act(&connection, "echo", &raw(r#"{"say":"hi"}"#), "k1").await.expect("acts");
    assert!(output.get().contains("k1"), "{output}");
    let error = hub.act(&connection, "echo", &raw("{}"), "k").await.expect_err("refused");
    assert!(matches!(&error, ActError::Input(_)) && error.to_string().contains("say"), "{error}");
    let error = hub.act(&connection, "ecco", &raw("{}"), "k").await.expect_err("refused").to_string();
    assert!(error.contains("`echo`"), "{error}");

    assert_eq!(scene.post(&connection, DELIVERY, &sign(DELIVERY)).await.status, StatusCode::OK);
    let person = hub.store().profiles(None, &page()).await.expect("reads").items.remove(0);
    assert!(person.identifiers.iter().any(|known| known.identifier.namespace == "phone"));
    let other = scene.misdeeds().await;
    let text = || OutboundContent::Text("x".into());
    let error = hub
        .send(ToSend { connection: Some(other.clone()), ..ToSend::answer(person.id.clone(), text()) })
        .await
        .expect_err("refused");
    assert!(matches!(error, SendError::NoSender(_)), "{error}");
    let error = hub
        .send(ToSend::answer(person.id.clone(), OutboundContent::Text(" ".into())))
        .await
        .expect_err("refused");
    assert!(matches!(error, SendError::Empty));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_the_hub_never_came_to_the_end_of_is_given_up() {
    let scene = Scene::new(&["assistant.attempts=3"]).await;
    let (hub, store) = (&scene.hub, scene.hub.store());
    let connection = scene.honest().await;
    assert_eq!(scene.post(&connection, DELIVERY, &sign(DELIVERY)).await.status, StatusCode::OK);
    // As often as may be, somebody begins it and is never heard of again.
    for _ in 0..3 {
        assert_eq!(store.claim_jobs(9, 0).await.expect("claims").len(), 1);
    }
    hub.run();
    eventually("that it is given up", || async {
        (store.stats().await.expect("reads").jobs == 0).then_some(())
    })
    .await;
    let insights = store.events_after(0, 100).await.expect("reads");
    assert!(insights.iter().all(|logged| logged.kind.as_str() != "insight"), "{insights:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_waited_for_a_paused_connection_is_taken_up_at_once_and_has_lost_no_attempt() {
    let scene = Scene::new(&["assistant.attempts=2"]).await;
    let (hub, store) = (&scene.hub, scene.hub.store());
    let connection = scene.honest().await;
    assert_eq!(scene.post(&connection, DELIVERY, &sign(DELIVERY)).await.status, StatusCode::OK);
    store.set_connection_state(&connection, ConnectionState::Paused).await.expect("writes");
    hub.reload().await.expect("reloads");
    for _ in 0..5 {
        let jobs = store.claim_jobs(9, 0).await.expect("claims");
        assert_eq!((jobs.len(), jobs[0].attempts), (1, 1));
        store.rest_job(&jobs[0].id, 0).await.expect("writes");
    }
    hub.run();
    tokio::time::sleep(Duration::from_millis(500)).await;
    store.set_connection_state(&connection, ConnectionState::Active).await.expect("writes");
    hub.reload().await.expect("reloads");
    eventually("the insight", || async {
        let logged = store.events_after(0, 100).await.expect("reads");
        logged.iter().any(|logged| logged.kind.as_str() == "insight").then_some(())
    })
    .await;
    hub.stop().await;
}
