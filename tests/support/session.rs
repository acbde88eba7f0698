//! A browser without a screen: it keeps cookies, follows no redirect by itself, and sends forms as a browser does.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;

use crate::Answer;

/// A browser that somebody may be signed in with.
pub struct Session {
    base: String,
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Session {
    /// A new one, for the hub at an address.
    ///
    /// # Panics
    /// Never: what is set is always possible.
    #[must_use]
    pub fn new(base: &str) -> Self {
        switchboard::package::use_ring();
        let client = reqwest::Client::builder().tls_certs_only([]).redirect(Policy::none()).build();
        Self { base: base.to_owned(), client: client.expect("a client"), cookies: Mutex::default() }
    }

    /// What it keeps under a name.
    ///
    /// # Panics
    /// When another test panicked with it.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    /// Has it keep something.
    ///
    /// # Panics
    /// When another test panicked with it.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None).await
    }

    /// Sends a form from a page of the hub's own, with the token that the page has for it.
    ///
    /// # Panics
    /// When the page has none, or the hub does not answer.
    pub async fn send(&self, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).await;
        let csrf = csrf(&page.text).unwrap_or_else(|| panic!("no token for forms in {}", page.text));
        let mut all = vec![("csrf", &*csrf)];
        all.extend(fields);
        self.post(to, &all).await
    }

    /// Sends a form as it is.
    pub async fn post(&self, to: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("POST", to, &[("sec-fetch-site", "same-origin")], Some(fields)).await
    }

    /// Asks for anything. A stream of events is not read.
    ///
    /// # Panics
    /// When the hub does not answer.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        fields: Option<&[(&str, &str)]>,
    ) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.client.request(method.parse().expect("a method"), url);
        let kept: Vec<String> = {
            let cookies = self.cookies.lock().expect("cookies");
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        if !kept.is_empty() {
            request = request.header(COOKIE, kept.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(fields) = fields {
            let body: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
            request =
                request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.take(&headers);
        let stream = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let text = if stream { String::new() } else { response.text().await.expect("a body") };
        Answer { status, headers, text }
    }

    fn take(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().expect("cookies");
        for cookie in headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a name");
            if rest.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Where an answer leads.
#[must_use]
pub fn leads_to(answer: &Answer) -> String {
    let to = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    format!("{} {}", answer.status, to.unwrap_or("nowhere"))
}

/// The token that the forms of a page carry.
#[must_use]
pub fn csrf(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"")?;
    let (token, _) = rest.split_once('"')?;
    (!token.is_empty()).then(|| token.to_owned())
}

/// A value of a form, escaped.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
