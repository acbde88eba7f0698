//! A real hub with its own folder, driven over HTTP.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use switchboard::ambient::Ambient;
use switchboard::app::{App, Running};
use switchboard::config::Config;
use switchboard::model::account::{Account, LinkKind};
use switchboard::model::connection::Connection;
use switchboard::model::signature::{Request, Signer};
use switchboard::model::token::Role;
use switchboard::pipeline::AddConnection;
use switchboard::store::{NewAccount, TokenAsk};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::{Session, log, plugins};

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the hub answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{} {e}: {}", self.status, self.text))
    }

    /// The same, after checking that the status is `status`.
    ///
    /// # Panics
    /// When it is another.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// A hub that runs. Dropping it fails the test where work is left, unless [`TestApp::may_leave_work`] was called.
pub struct TestApp {
    folder: Option<TempDir>,
    sets: Vec<String>,
    running: Option<Running>,
    token: String,
    client: reqwest::Client,
    secrets: Mutex<HashMap<String, HashMap<String, String>>>,
    may_leave_work: AtomicBool,
}

impl TestApp {
    /// A hub with these plugins installed.
    pub async fn start(plugins: &[&str]) -> Self {
        Self::with(plugins, &[]).await
    }

    /// The same with settings of the configuration, `section.key=value`.
    ///
    /// # Panics
    /// When the hub does not start.
    pub async fn with(plugins: &[&str], sets: &[&str]) -> Self {
        log::capture();
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder for plugins");
        let mut app = Self {
            folder: Some(folder),
            sets: sets.iter().map(|set| (*set).to_owned()).collect(),
            running: None,
            token: String::new(),
            client: crate::client(),
            secrets: Mutex::default(),
            may_leave_work: AtomicBool::new(false),
        };
        for name in plugins {
            let name = (*name).to_owned();
            let owned = name.clone();
            let wasm = tokio::task::spawn_blocking(move || plugins::wasm(&owned)).await.expect("it builds");
            app.install(&name, &wasm);
        }
        app.run().await;
        app.token = app.token(Role::Owner).await;
        app
    }

    async fn run(&mut self) {
        let mut sets = vec![
            "http.listen=127.0.0.1:0".to_owned(),
            format!("storage.path={}", self.path().join("hub.db").display()),
            format!("plugin.directory={}", self.path().join("plugins").display()),
            format!("plugin.cache_dir={}", plugins::cache().display()),
            "plugin.instances=16".to_owned(),
            "plugin.approval=automatic".to_owned(),
            "http.stop_wait=5s".to_owned(),
            // Tests that misbehave many times over mean to be run each time; those of the breaker set it.
            "breaker.failures=1000000".to_owned(),
            // What is written goes out at once; the tests of taking it back set it.
            "conversation.undo_send=1ms".to_owned(),
        ];
        sets.extend(self.sets.iter().cloned());
        let config = Config::load(None, [], &sets).expect("a configuration");
        self.running = Some(App::start(config, Ambient::system()).await.expect("the hub starts"));
    }

    /// Stops the hub in order and starts it again on the same folder.
    pub async fn restart(mut self) -> Self {
        self.stop().await;
        self.run().await;
        self
    }

    /// Changes a setting of the configuration, `section.key=value`, for the next start.
    pub fn set(&mut self, set: &str) {
        self.sets.push(set.to_owned());
    }

    /// Stops the hub in order.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Puts another plugin file in place and has the hub read it.
    ///
    /// # Panics
    /// When that does not work.
    pub async fn replace(&self, name: &str, wasm: &[u8]) {
        self.install(name, wasm);
        self.running().hub.reload().await.expect("plugins are read again");
    }

    fn install(&self, name: &str, wasm: &[u8]) {
        let folder = self.path().join("plugins");
        let partial = folder.join(format!("{name}.partial"));
        std::fs::write(&partial, wasm).expect("a plugin file");
        std::fs::rename(partial, folder.join(format!("{name}.wasm"))).expect("a plugin file in place");
    }

    /// The hub's folder.
    ///
    /// # Panics
    /// Never while the app lives.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.as_ref().expect("a folder").path().to_owned()
    }

    /// The hub itself.
    ///
    /// # Panics
    /// When it was stopped.
    #[must_use]
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("the hub runs")
    }

    /// Lets the test end with work in the queues: that is what it is about.
    pub fn may_leave_work(&self) {
        self.may_leave_work.store(true, Ordering::Relaxed);
    }

    /// A token with a role.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn token(&self, role: Role) -> String {
        let ask = TokenAsk::all(role.as_str(), role);
        self.running().store.create_token(ask, "the test").await.expect("a token").secret
    }

    /// Where the hub is reached.
    #[must_use]
    pub fn base(&self) -> String {
        self.url("")
    }

    /// Somebody with an account of that role, and a browser in which they are signed in.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn signed_in(&self, login: &str, role: Role) -> (Account, Session) {
        let store = &self.running().store;
        let login = login.parse().expect("an address");
        let account = match store.account_by_login(&login).await.expect("read") {
            Some(account) => account,
            None => {
                let new = NewAccount { login, name: None, role, joined: true };
                store.create_account(new, "the test").await.expect("an account")
            }
        };
        let session = Session::new(&self.base());
        let link =
            store.make_link(LinkKind::SignIn, Some(&account.id), 60_000, "the test").await.expect("a link");
        let entered = session.post(&format!("/setup/{}", link.secret), &[]).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        (account, session)
    }

    /// Adds a connection.
    ///
    /// # Panics
    /// When the hub refuses it.
    pub async fn connect(&self, plugin: &str, settings: Value, secrets: &[(&str, &str)]) -> Connection {
        let sealed = secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Zeroizing::new(value.as_bytes().to_vec())))
            .collect();
        let new = AddConnection {
            plugin: plugin.to_owned(),
            title: None,
            settings,
            priority: 0,
            region: None,
            secrets: sealed,
        };
        let made = self.running().hub.add_connection(new).await.unwrap_or_else(|e| panic!("{plugin}: {e}"));
        self.knows(&made, secrets);
        made
    }

    /// Remembers the secrets of a connection, to sign its deliveries with.
    ///
    /// # Panics
    /// When another test panicked meanwhile.
    pub fn knows(&self, connection: &Connection, secrets: &[(&str, &str)]) {
        let known = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.secrets.lock().expect("no test panicked with it").insert(connection.id.to_string(), known);
    }

    /// Delivers a body as the vendor would: signed as the plugin's manifest demands, over HTTP.
    pub async fn deliver(&self, to: &Connection, body: impl AsRef<[u8]>, headers: &[(&str, &str)]) -> Answer {
        self.deliver_at(to, "", body, headers).await
    }

    /// The same below the connection's address, where `rest` is a path with or without a query.
    ///
    /// # Panics
    /// When the plugin is not there or the request cannot be signed.
    pub async fn deliver_at(
        &self,
        to: &Connection,
        rest: &str,
        body: impl AsRef<[u8]>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = body.as_ref();
        let running = self.running();
        let plugin = running.hub.plugin(&to.plugin).expect("the plugin runs");
        let secrets = self.secrets.lock().expect("no test panicked with it")[to.id.as_str()].clone();
        let url = format!("{}{rest}", running.hub.hook_url(&to.id));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = format!("/hooks/{}{path}", to.id);
        let mut all = head(headers);
        all.entry("content-type").or_insert(HeaderValue::from_static("application/json"));
        let request =
            Request { method: "POST", url: &url, path: &path, query_raw: query, headers: &all, body };
        let secret = |name: &str| secrets.get(name).map(|value| Zeroizing::new(value.clone().into_bytes()));
        let now = running.hub.ambient().now_ms();
        let proof = Signer::new(&plugin.manifest, secret).sign(&request, now).expect("a signature");
        let url = proof.url(&url);
        all.extend(proof.headers);
        self.send(self.client.post(url).headers(all).body(body.to_vec())).await
    }

    /// A request to a connection as it is, unsigned.
    pub async fn hook(
        &self,
        connection: &str,
        method: &str,
        rest: &str,
        body: impl AsRef<[u8]>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = format!("http://{}/hooks/{connection}{rest}", self.running().addr);
        let method = method.parse().expect("a method");
        self.send(self.client.request(method, url).headers(head(headers)).body(body.as_ref().to_vec())).await
    }

    /// Asks the API as an owner.
    pub async fn api(&self, method: &str, path: &str) -> Answer {
        self.api_as(Some(&self.token), method, path, None).await
    }

    /// Asks the API as an owner, with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.api_as(Some(&self.token), "POST", path, Some(body)).await
    }

    /// Puts something in the place of what there is, through the API as an owner.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.api_as(Some(&self.token), "PUT", path, Some(body)).await
    }

    /// Installs a plugin through the API.
    pub async fn install_over_http(&self, wasm: &[u8]) -> Answer {
        let request = self.client.post(self.url("/api/v1/plugins")).bearer_auth(&self.token);
        self.send(request.header("content-type", "application/wasm").body(wasm.to_vec())).await
    }

    /// Asks for something and expects it to be there.
    pub async fn get(&self, path: &str) -> Value {
        self.api("GET", path).await.expect(200).json()
    }

    /// Asks the API with a token, or with none.
    ///
    /// # Panics
    /// When the method is none or the hub does not answer.
    pub async fn api_as(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.client.request(method.parse().expect("a method"), self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// A page as a browser asks for it, with a token in place of a session; where it leads to is not followed.
    pub async fn page(&self, token: Option<&str>, path: &str) -> Answer {
        self.browse(self.pages().get(self.url(path)), token).await
    }

    /// The same in another language or with a cookie.
    pub async fn page_with(&self, token: Option<&str>, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.browse(self.pages().get(self.url(path)).headers(head(headers)), token).await
    }

    /// A form as a browser sends it.
    pub async fn form(&self, token: Option<&str>, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.browse(self.pages().post(self.url(path)).form(fields), token).await
    }

    fn pages(&self) -> reqwest::Client {
        let client = reqwest::Client::builder().tls_certs_only([]);
        client.redirect(reqwest::redirect::Policy::none()).build().expect("a client")
    }

    async fn browse(&self, request: reqwest::RequestBuilder, token: Option<&str>) -> Answer {
        let request = request.header("accept", "text/html,application/xhtml+xml");
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.send(request).await
    }

    /// A response that is read piece by piece.
    ///
    /// # Panics
    /// When the hub does not answer.
    pub async fn stream(&self, path: &str, last: Option<&str>) -> reqwest::Response {
        let mut request = self.client.get(self.url(path)).bearer_auth(&self.token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        request.send().await.expect("an answer")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running().addr)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.timeout(PATIENCE).send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a body") }
    }

    /// The person known by an identifier; `null` when there is none.
    pub async fn person(&self, identifier: &str) -> Value {
        let path = format!("/api/v1/profiles?identifier={}", identifier.replace('+', "%2B"));
        self.get(&path).await["items"].get(0).cloned().unwrap_or(Value::Null)
    }

    /// A person's timeline, the newest first.
    ///
    /// # Panics
    /// When there is no such person.
    pub async fn timeline(&self, person: &Value) -> Vec<Value> {
        let id = person["id"].as_str().expect("a person");
        let page = self.get(&format!("/api/v1/profiles/{id}/timeline")).await;
        page["items"].as_array().cloned().unwrap_or_default()
    }

    /// The messages of the conversation with a person, the newest first.
    ///
    /// # Panics
    /// When there is no conversation.
    pub async fn messages(&self, person: &Value) -> Vec<Value> {
        let id = person["conversation"].as_str().expect("a conversation");
        let page = self.get(&format!("/api/v1/conversations/{id}/messages")).await;
        page["items"].as_array().cloned().unwrap_or_default()
    }

    /// Every event of the log, in words.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn events(&self) -> Vec<switchboard::store::LoggedEvent> {
        self.running().store.events_after(0, 10_000).await.expect("the log")
    }

    /// Waits until nothing is left to do: no work for assistants, nothing in the outbox, no write.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn settled(&self) {
        let store = &self.running().store;
        let last = Mutex::new(None);
        self.until("the work to be done", || async {
            let stats = store.stats().await.expect("the store answers");
            let idle = stats.jobs == 0 && stats.outbox == 0 && stats.writer_queue == 0;
            // Twice the same: what is being worked on may bring more.
            let before = last.lock().expect("nobody panicked with it").replace(stats);
            idle && before == Some(stats)
        })
        .await;
    }

    /// Waits until `true`, at most half a minute.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, mut check: impl FnMut() -> F) {
        let waiting = async {
            while !check().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "waited too long for {what}");
    }
}

/// No jobs, outbox, parked deliveries and writes.
const NOTHING: (i64, i64, i64, usize) = (0, 0, 0, 0);

impl Drop for TestApp {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        let check = !std::thread::panicking() && !self.may_leave_work.load(Ordering::Relaxed);
        let left = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let left = async || {
                    let stats = running.store.stats().await.expect("the store answers");
                    (stats.jobs, stats.outbox, stats.parked, stats.writer_queue)
                };
                // What the hub writes down of its own accord may just be on its way.
                let end = tokio::time::Instant::now() + Duration::from_secs(5);
                let mut work = left().await;
                while check && work != NOTHING && tokio::time::Instant::now() < end {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    work = left().await;
                }
                running.stop().await;
                work
            })
        });
        if check {
            assert_eq!(left, NOTHING, "jobs, outbox, parked and writes left when the test ended");
        }
    }
}

fn head(headers: &[(&str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            (name, HeaderValue::from_str(value).expect("a header's value"))
        })
        .collect()
}
