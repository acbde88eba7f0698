//! An address that the hub itself calls: where access tokens come from.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::host::{AllowedHost, HostPattern};
use super::problem::Malformed;

/// An address as a manifest writes it: `https://auth.example.com/token`,
/// `https://{{setting:shop}}.example.com/token` or `{{setting:base_url}}/token`. The path may name settings
/// too; each fills one piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    host: HostPattern,
    /// Text and names of settings in turn, beginning with text.
    path: Vec<String>,
}

/// An address after the settings were filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The whole address.
    pub url: String,
    /// Its host.
    pub host: AllowedHost,
}

impl Endpoint {
    /// Its host.
    #[must_use]
    pub fn host(&self) -> &HostPattern {
        &self.host
    }

    /// The names of the settings it is filled in from.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.host.settings().chain(self.path.iter().skip(1).step_by(2).map(String::as_str))
    }

    /// The address for a connection with these settings.
    ///
    /// # Errors
    /// When a setting is missing or cannot be part of an address; the message names it.
    pub fn resolve(&self, settings: &Value) -> Result<Address, Malformed> {
        let host = self.host.resolve(settings)?;
        let port = host.port.map_or_else(String::new, |port| format!(":{port}"));
        let mut url = format!("{}://{}{port}", host.scheme, host.host);
        for (at, piece) in self.path.iter().enumerate() {
            if at % 2 == 0 {
                url.push_str(piece);
                continue;
            }
            let value = settings.get(piece).and_then(Value::as_str).unwrap_or_default();
            let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            if value.is_empty() || matches!(value, "." | "..") || !value.bytes().all(legal) {
                return Err(Malformed::new(format!(
                    "the setting `{piece}` must be set to letters, digits, `-`, `.`, `_` or `~`, because it is put \
                     into `{self}`"
                )));
            }
            url.push_str(value);
        }
        Ok(Address { url, host })
    }
}

impl FromStr for Endpoint {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = |why: &str| Malformed::new(format!("`{}` {why}", Malformed::excerpt(text)));
        let (host, path) = if text.starts_with("{{setting:") {
            let end =
                text.find("}}").ok_or_else(|| wrong("has no `}}`; write `{{setting:base_url}}/token`"))?;
            text.split_at(end + 2)
        } else {
            let rest = text.strip_prefix("https://").ok_or_else(|| {
                wrong("is not an address: write one such as `https://auth.example.com/token`")
            })?;
            rest.split_at(rest.find('/').unwrap_or(rest.len()))
        };
        if !path.is_empty() && !path.starts_with('/') {
            return Err(wrong("goes on behind a setting without `/`; write `{{setting:base_url}}/token`"));
        }
        let host: HostPattern = host.parse()?;
        let mut pieces = Vec::new();
        let mut rest = path;
        while let Some((literal, after)) = rest.split_once("{{setting:") {
            let (name, tail) = after.split_once("}}").ok_or_else(|| wrong("has no `}}` behind a setting"))?;
            pieces.extend([literal.to_owned(), name.to_owned()]);
            rest = tail;
        }
        pieces.push(rest.to_owned());
        let plain = |b: u8| b.is_ascii_graphic() && !b"{}#\"<>\\^`|".contains(&b);
        if pieces.iter().step_by(2).any(|literal| !literal.bytes().all(plain)) {
            return Err(wrong("has a path with characters that an address cannot have"));
        }
        Ok(Self { text: text.to_owned(), host, path: pieces })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolved(text: &str, settings: &Value) -> Result<String, String> {
        let endpoint: Endpoint = text.parse().map_err(|e: Malformed| e.to_string())?;
        endpoint.resolve(settings).map(|address| address.url).map_err(|e| e.to_string())
    }

    #[test]
    fn settings_fill_host_and_path_and_cannot_break_out() {
        let settings =
            json!({"shop": "acme", "base": "http://localhost:81/x", "tenant": "a-1", "bad": "../x"});
        for (text, url) in [
            ("https://auth.example.com/token", "https://auth.example.com/token"),
            ("https://auth.example.com:8443", "https://auth.example.com:8443"),
            ("https://{{setting:shop}}.example.com/a/token", "https://acme.example.com/a/token"),
            ("{{setting:base}}/token?v=2", "http://localhost:81/token?v=2"),
            ("https://a.example.com/{{setting:tenant}}/token", "https://a.example.com/a-1/token"),
        ] {
            assert_eq!(resolved(text, &settings).as_deref(), Ok(url));
        }
        for text in ["https://a.example.com/{{setting:bad}}/token", "https://a.example.com/{{setting:none}}"]
        {
            assert!(resolved(text, &settings).is_err_and(|why| why.contains("must be set to")), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "auth.example.com",
            "http://a.example.com/t",
            "https:///t",
            "https://a.example.com/a b",
            "{{setting:a}}x",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
