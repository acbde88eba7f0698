//! Requests to the other system, over `wasi:http`: only to hosts the manifest names and the operator
//! granted.
//!
//! ```no_run
//! # use switchboard_sdk::{http, Result};
//! # fn main() -> Result<()> {
//! let answer = http::post("https://api.example.com/v1/messages")
//!     .bearer_secret("token")
//!     .json(&serde_json::json!({ "text": "Hi" }))?
//!     .send()?
//!     .success()?;
//! # Ok(()) }
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::events::Pair;
use crate::form;

#[cfg(target_arch = "wasm32")]
mod wasi;

/// A request to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `GET`, `POST`, … in capitals.
    pub method: String,
    /// `https://host[:port]/path?query`.
    pub url: String,
    /// The headers, names in lower case.
    pub headers: Vec<Pair>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<Pair>,
    /// The body.
    pub body: Vec<u8>,
}

/// A GET request.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// A POST request.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

/// A PUT request.
pub fn put(url: impl Into<String>) -> Request {
    Request::new("PUT", url)
}

/// A PATCH request.
pub fn patch(url: impl Into<String>) -> Request {
    Request::new("PATCH", url)
}

/// A DELETE request.
pub fn delete(url: impl Into<String>) -> Request {
    Request::new("DELETE", url)
}

impl Request {
    /// A request with any method.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self { method: method.to_owned(), url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header. Where the value holds `{{secret:NAME}}`, the host writes the secret in on the way out;
    /// `{{hmac:NAME}}` becomes the signature that `[[signing]]` of the manifest describes, `{{time:NAME}}` the
    /// time stamp it covers.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(Pair { name: name.to_ascii_lowercase(), value: value.into() });
        self
    }

    /// Adds a query parameter, escaped.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.push(if self.url.contains('?') { '&' } else { '?' });
        self.url.push_str(&form::encode([(name, value)]));
        self
    }

    /// Authorises with `Bearer` and the secret of that name.
    pub fn bearer_secret(self, secret: &str) -> Self {
        self.header("authorization", format!("Bearer {{{{secret:{secret}}}}}"))
    }

    /// Authorises with `Bearer` and the access token that `[[oauth]]` of the manifest describes: the host
    /// fetches it, keeps it and renews it.
    pub fn bearer_token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {{{{oauth:{token}}}}}"))
    }

    /// Authorises with `Basic`, a user name and the secret of that name as password.
    pub fn basic_secret(self, user: &str, secret: &str) -> Self {
        self.header("authorization", format!("{{{{basic:{user}:{secret}}}}}"))
    }

    /// Sets the body to a JSON document made from a value.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Result<Self> {
        Ok(self.body("application/json", serde_json::to_vec(value)?))
    }

    /// Sets the body to form fields.
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.body("application/x-www-form-urlencoded", form::encode(fields))
    }

    /// Sets the body, of that MIME type.
    pub fn body(mut self, mime: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", mime)
    }

    /// Sends it and reads the whole answer, whatever its status; see [`Response::success`]. How long it may
    /// take is the host's decision: the call's own wall time.
    ///
    /// [`Error::Retry`] says that the request surely did not reach the other side, [`Error::AccessDenied`]
    /// that the host refused it, [`Error::Other`] that it is unknown what came of it.
    pub fn send(self) -> Result<Response> {
        exchange(self)
    }
}

impl Response {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        form::first(&self.headers, name)
    }

    /// The body as text; bytes that are no UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON. An answer that is not what was expected is [`Error::Other`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::other(format!("the answer (status {}) is not the JSON expected: {error}", self.status))
        })
    }

    /// The answer if its status is 2xx, else what the status means in general: 408, 425, 429 and 503 are
    /// [`Error::Retry`] with the `retry-after` they name, 401 and 403 [`Error::Misconfigured`], other 4xx
    /// [`Error::Reject`], the rest [`Error::Other`]. Look at the body first where the vendor says more.
    pub fn success(self) -> Result<Self> {
        match self.status {
            200..=299 => Ok(self),
            408 | 425 | 429 | 503 => Err(Error::Retry(self.retry_after())),
            401 | 403 => Err(Error::misconfigured(self.excerpt("the credentials were refused"))),
            400..=499 => Err(Error::reject(self.excerpt("refused"))),
            _ => Err(Error::other(self.excerpt("failed"))),
        }
    }

    /// The milliseconds that the `retry-after` header names in seconds. A date there is not read.
    pub fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")?
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|s| (0.0..=1e9).contains(s))
            .map(|s| (s * 1_000.0) as u64)
    }

    fn excerpt(&self, what: &str) -> String {
        let text = self.text();
        let end = text.char_indices().nth(300).map_or(text.len(), |(at, _)| at);
        format!("{what} with status {}: {}", self.status, &text[..end])
    }
}

/// Scheme, authority and the rest of a URL.
#[cfg_attr(not(any(target_arch = "wasm32", test)), allow(dead_code))]
pub(crate) fn split(url: &str) -> Option<(bool, &str, &str)> {
    let (secure, rest) = match url.split_once("://")? {
        (scheme, rest) if scheme.eq_ignore_ascii_case("https") => (true, rest),
        (scheme, rest) if scheme.eq_ignore_ascii_case("http") => (false, rest),
        _ => return None,
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    (at > 0).then(|| (secure, &rest[..at], &rest[at..]))
}

#[cfg(target_arch = "wasm32")]
use wasi::exchange;

#[cfg(not(target_arch = "wasm32"))]
fn exchange(request: Request) -> Result<Response> {
    crate::testing::with(|host| host.exchange(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_where_it_must_be() {
        assert_eq!(split("https://a.example/b?c#d"), Some((true, "a.example", "/b?c")));
        assert_eq!(split("HTTP://a.example:8080"), Some((false, "a.example:8080", "")));
        assert_eq!(split("https://a.example?x=1"), Some((true, "a.example", "?x=1")));
        assert_eq!(split("ftp://a.example/"), None);
        assert_eq!(split("https:///x"), None);
    }

    #[test]
    fn a_query_is_added_escaped() {
        assert_eq!(
            get("https://a.example/").query("q", "a b").query("r", "&").url,
            "https://a.example/?q=a+b&r=%26"
        );
    }

    #[test]
    fn a_status_says_whether_to_try_again() {
        let answer = |status, retry: &str| {
            let headers = vec![Pair { name: "retry-after".into(), value: retry.into() }];
            Response { status, headers, body: b"no".to_vec() }.success().unwrap_err()
        };
        assert_eq!(answer(429, "2"), Error::Retry(Some(2_000)));
        assert_eq!(answer(503, "soon"), Error::Retry(None));
        assert!(matches!(answer(401, ""), Error::Misconfigured(_)));
        assert!(matches!(answer(422, ""), Error::Reject(why) if why.contains("422: no")));
        assert!(matches!(answer(500, ""), Error::Other(_)));
    }
}
