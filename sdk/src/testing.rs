//! The host's stand-in for tests off wasm: settings, secrets, key-value, log, HTTP and the clock of this
//! thread, so that a whole handler is tested like any function.
//!
//! ```
//! use switchboard_sdk::{http, settings, testing::Host};
//!
//! let host = Host::install(Host {
//!     settings: r#"{"url":"https://api.example.com"}"#.to_owned(),
//!     ..Host::default()
//! });
//! host.answer("GET", "https://api.example.com/ping", 200, "pong");
//! assert_eq!(http::get("https://api.example.com/ping").send().unwrap().text(), "pong");
//! assert_eq!(host.requests().len(), 1);
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::events::{Pair, Timestamp};
use crate::http::{Request, Response};
use crate::log::Level;

thread_local! {
    static HOST: RefCell<Host> = RefCell::new(Host::default());
}

/// What the plugin finds around it.
#[derive(Clone, Debug)]
pub struct Host {
    /// The settings, a JSON object. Default: `{}`.
    pub settings: String,
    /// The connection's id. Default: `test`.
    pub connection: String,
    /// The connection's public address. Default: `https://hub.example/hooks/test`.
    pub public_url: String,
    /// What the clock says. Default: 2026-01-01T00:00:00Z.
    pub now: Timestamp,
    /// The secrets that are set, by name.
    pub secrets: BTreeMap<String, String>,
    /// The key-value store: values, and when their time is over.
    pub values: BTreeMap<String, (Vec<u8>, Option<Timestamp>)>,
    /// What the other side will answer, in order; each answer is given once.
    pub answers: Vec<(String, String, Result<Response>)>,
    /// What the plugin asked for.
    pub requests: Vec<Request>,
    /// What the plugin wrote to the log.
    pub log: Vec<(Level, String)>,
    /// What the plugin published: topic and payload.
    pub published: Vec<(String, String)>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            settings: "{}".to_owned(),
            connection: "test".to_owned(),
            public_url: "https://hub.example/hooks/test".to_owned(),
            now: 1_767_225_600_000,
            secrets: BTreeMap::new(),
            values: BTreeMap::new(),
            answers: Vec::new(),
            requests: Vec::new(),
            log: Vec::new(),
            published: Vec::new(),
        }
    }
}

/// The installed host of this thread.
#[derive(Debug)]
pub struct Installed(());

impl Host {
    /// Puts a host in place for this thread; the one before is gone.
    pub fn install(host: Host) -> Installed {
        HOST.replace(host);
        Installed(())
    }

    /// A host with these settings, a JSON object, put in place for this thread.
    pub fn with_settings(settings: impl Into<String>) -> Installed {
        Self::install(Self { settings: settings.into(), ..Self::default() })
    }

    pub(crate) fn exchange(&mut self, request: Request) -> Result<Response> {
        let asked = format!("{} {}", request.method, request.url);
        let found =
            self.answers.iter().position(|(method, url, _)| *method == request.method && *url == request.url);
        self.requests.push(request);
        match found {
            Some(at) => self.answers.remove(at).2,
            None => panic!("the test has no answer for {asked}; say host.answer(…) before"),
        }
    }

    fn key(&self, secret: &str) -> Result<&[u8]> {
        let value = self.secrets.get(secret);
        value
            .map(String::as_bytes)
            .ok_or_else(|| Error::misconfigured(format!("the secret {secret} is not set")))
    }
}

impl Installed {
    /// Answers the next request of that method and URL.
    pub fn answer(&self, method: &str, url: &str, status: u16, body: impl Into<Vec<u8>>) -> &Self {
        self.answer_with(method, url, Ok(Response { status, headers: Vec::new(), body: body.into() }))
    }

    /// Answers the next request of that method and URL, with headers or with an error.
    pub fn answer_with(&self, method: &str, url: &str, answer: Result<Response>) -> &Self {
        with(|host| host.answers.push((method.to_owned(), url.to_owned(), answer)));
        self
    }

    /// Sets a secret.
    pub fn secret(&self, name: &str, value: &str) -> &Self {
        with(|host| host.secrets.insert(name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the clock.
    pub fn at(&self, now: Timestamp) -> &Self {
        with(|host| host.now = now);
        self
    }

    /// What the plugin asked the other side for, in order.
    pub fn requests(&self) -> Vec<Request> {
        with(|host| host.requests.clone())
    }

    /// What the plugin wrote to the log.
    pub fn log(&self) -> Vec<(Level, String)> {
        with(|host| host.log.clone())
    }

    /// What the plugin published.
    pub fn published(&self) -> Vec<(String, String)> {
        with(|host| host.published.clone())
    }
}

/// Looks at or changes the host of this thread.
pub fn with<T>(look: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with_borrow_mut(look)
}

/// A request to a webhook, as verified by the host. The body is any text or bytes.
pub fn request(method: &str, body: impl Into<Vec<u8>>) -> crate::webhook::Request {
    crate::webhook::Request {
        method: method.to_owned(),
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.into(),
        verified: true,
    }
}

/// Names and values as pairs, for the query and headers of a [`request`].
pub fn pairs(pairs: &[(&str, &str)]) -> Vec<Pair> {
    pairs.iter().map(|(name, value)| Pair { name: (*name).to_owned(), value: (*value).to_owned() }).collect()
}

pub(crate) mod settings {
    pub(crate) fn get() -> String {
        super::with(|host| host.settings.clone())
    }

    pub(crate) fn connection() -> String {
        super::with(|host| host.connection.clone())
    }

    pub(crate) fn public_url() -> String {
        super::with(|host| host.public_url.clone())
    }
}

pub(crate) mod log {
    pub(crate) fn write(level: super::Level, message: &str) {
        super::with(|host| host.log.push((level, message.to_owned())));
    }
}

pub(crate) mod realtime {
    use super::Result;

    pub(crate) fn ticket(topic: &str, valid_for: u64) -> Result<String> {
        Ok(format!("ticket:{topic}:{valid_for}"))
    }

    pub(crate) fn publish(topic: &str, payload: &str) -> Result<()> {
        super::with(|host| host.published.push((topic.to_owned(), payload.to_owned())));
        Ok(())
    }
}

pub(crate) mod key_value {
    use super::{Host, Result};

    fn live<'a>(host: &'a Host, key: &str) -> Option<&'a Vec<u8>> {
        host.values
            .get(key)
            .filter(|(_, until)| until.is_none_or(|until| until > host.now))
            .map(|(value, _)| value)
    }

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>> {
        Ok(super::with(|host| live(host, key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8], keep_for: Option<u64>) -> Result<()> {
        super::with(|host| {
            let until = keep_for.map(|span| host.now.saturating_add_unsigned(span));
            host.values.insert(key.to_owned(), (value.to_vec(), until));
        });
        Ok(())
    }

    pub(crate) fn set_if_absent(key: &str, value: &[u8], keep_for: Option<u64>) -> Result<bool> {
        let absent = get(key)?.is_none();
        if absent {
            set(key, value, keep_for)?;
        }
        Ok(absent)
    }

    pub(crate) fn delete(key: &str) -> Result<()> {
        super::with(|host| host.values.remove(key));
        Ok(())
    }

    pub(crate) fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>> {
        let wanted =
            |key: &&String| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after);
        Ok(super::with(|host| {
            let keys = host.values.keys().filter(wanted).filter(|key| live(host, key).is_some());
            keys.take(limit as usize).cloned().collect()
        }))
    }
}

pub(crate) mod signing {
    use hmac::{Hmac, KeyInit, Mac};

    use super::Result;
    use crate::signing::Algorithm;

    pub(crate) fn sign(secret: &str, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>> {
        fn mac<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
            let mut mac = <M as KeyInit>::new_from_slice(key).expect("an HMAC takes a key of any length");
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        }
        super::with(|host| {
            let key = host.key(secret)?;
            Ok(match algorithm {
                Algorithm::HmacSha1 => mac::<Hmac<sha1::Sha1>>(key, data),
                Algorithm::HmacSha256 => mac::<Hmac<sha2::Sha256>>(key, data),
                Algorithm::HmacSha512 => mac::<Hmac<sha2::Sha512>>(key, data),
            })
        })
    }

    pub(crate) fn verify(secret: &str, algorithm: Algorithm, data: &[u8], signature: &[u8]) -> Result<bool> {
        Ok(sign(secret, algorithm, data)? == signature)
    }
}
