//! Which hosts a plugin may call, as the manifest writes them and as a connection's settings make them.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::problem::Malformed;

/// A host as a manifest writes it: `api.example.com`, `*.example.com`, `{{setting:shop}}.example.com`
/// or `{{setting:base_url}}`; the first three may end in `:port`. Requests go over https, except where a
/// whole address comes from a setting and says `http://`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern {
    text: String,
    form: Form,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    /// Exactly this host.
    Exact(String),
    /// Every host below this one.
    Below(String),
    /// The address in a setting.
    Address(String),
    /// A host of which settings give parts.
    Filled(Vec<Piece>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Literal(String),
    Setting(String),
}

/// A host that a connection may call, after its settings were filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    /// `https` or `http`.
    pub scheme: &'static str,
    /// The host, or what it must end in: see `below`.
    pub host: String,
    /// Whether every host below `host` is meant, and not `host` itself.
    pub below: bool,
    /// The port; `None` is the scheme's own.
    pub port: Option<u16>,
}

impl AllowedHost {
    /// Whether a request may go there. `port` is the one the request names, if it names one.
    #[must_use]
    pub fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let own = if self.scheme == "http" { 80 } else { 443 };
        scheme.eq_ignore_ascii_case(self.scheme)
            && port.unwrap_or(own) == self.port.unwrap_or(own)
            && self.covers(host)
    }

    /// Whether the name alone is covered, whatever the scheme and port.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if !self.below {
            return host == self.host;
        }
        host.strip_suffix(&self.host).and_then(|start| start.strip_suffix('.')).is_some_and(|s| !s.is_empty())
    }
}

impl HostPattern {
    /// The names of the settings it is filled in from.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        let (whole, pieces): (Option<&str>, &[Piece]) = match &self.form {
            Form::Address(name) => (Some(name), &[]),
            Form::Filled(pieces) => (None, pieces),
            Form::Exact(_) | Form::Below(_) => (None, &[]),
        };
        whole.into_iter().chain(pieces.iter().filter_map(|piece| match piece {
            Piece::Setting(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        }))
    }

    /// Whether a secret granted to `other` goes nowhere that this pattern does not already reach.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match (&self.form, &other.form) {
            (Form::Below(suffix), Form::Exact(host) | Form::Below(host)) => {
                self.port == other.port && host.strip_suffix(suffix).is_some_and(|start| start.ends_with('.'))
            }
            _ => false,
        }
    }

    /// The host that a connection with these settings may call.
    ///
    /// # Errors
    /// When a setting is missing or cannot be part of a host; the message names it.
    pub fn resolve(&self, settings: &Value) -> Result<AllowedHost, Malformed> {
        let text = |name: &str| {
            settings.get(name).and_then(Value::as_str).ok_or_else(|| {
                Malformed::new(format!("the setting `{name}` is not set, and the host `{self}` needs it"))
            })
        };
        let https = |host: &str, below| AllowedHost {
            scheme: "https",
            host: host.to_owned(),
            below,
            port: self.port,
        };
        match &self.form {
            Form::Exact(host) => Ok(https(host, false)),
            Form::Below(host) => Ok(https(host, true)),
            Form::Address(name) => address(text(name)?).ok_or_else(|| {
                Malformed::new(format!(
                    "the setting `{name}` must be an address such as `https://shop.example.com`"
                ))
            }),
            Form::Filled(pieces) => {
                let mut host = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => host.push_str(literal),
                        Piece::Setting(name) => {
                            let value = text(name)?.to_ascii_lowercase();
                            if value.is_empty()
                                || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                            {
                                return Err(Malformed::new(format!(
                                    "the setting `{name}` must be one part of a host name (a-z, 0-9, `-`), \
                                     because it is put into `{self}`"
                                )));
                            }
                            host.push_str(&value);
                        }
                    }
                }
                check_host(&host).map_err(|why| Malformed::new(format!("`{host}` {why}")))?;
                Ok(https(&host, false))
            }
        }
    }
}

impl FromStr for HostPattern {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = |why: &str| Malformed::new(format!("`{}` {why}", Malformed::excerpt(text)));
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split('/').next().unwrap_or_default();
            return Err(wrong(&format!(
                "names a scheme; write the host alone: `{}`",
                Malformed::excerpt(host)
            )));
        }
        if let Some((host, _)) = text.split_once('/') {
            return Err(wrong(&format!("has a path; write the host alone: `{}`", Malformed::excerpt(host))));
        }
        if let Some(name) = text.strip_prefix("{{setting:").and_then(|rest| rest.strip_suffix("}}"))
            && !name.contains(['{', '}'])
        {
            if name.is_empty() {
                return Err(wrong("names no setting; write `{{setting:base_url}}`"));
            }
            return Ok(Self { text: text.to_owned(), form: Form::Address(name.to_owned()), port: None });
        }
        let lower = text.to_ascii_lowercase();
        let (_, tail) = lower.rsplit_once("}}").unwrap_or(("", &lower));
        let (name, port) = match tail.rsplit_once(':') {
            Some((_, port)) => {
                let number = port.parse().ok().filter(|&p: &u16| p > 0);
                let number =
                    number.ok_or_else(|| wrong("has a port that is not a number from 1 to 65535"))?;
                (&text[..text.len() - port.len() - 1], Some(number))
            }
            None => (text, None),
        };
        Ok(Self { text: text.to_owned(), form: form(name).map_err(|why| wrong(&why))?, port })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn form(name: &str) -> Result<Form, String> {
    if name.contains("{{") {
        return pieces(name).map(Form::Filled);
    }
    let name = name.to_ascii_lowercase();
    if let Some(suffix) = name.strip_prefix("*.") {
        check_host(suffix)?;
        if !suffix.contains('.') {
            return Err(format!("is too wide: name the domain, such as `*.example.{suffix}`"));
        }
        return Ok(Form::Below(suffix.to_owned()));
    }
    check_host(&name)?;
    Ok(Form::Exact(name))
}

fn pieces(name: &str) -> Result<Vec<Piece>, String> {
    const HOW: &str = "write `{{setting:NAME}}` for a part that a setting gives, and end with a fixed domain, \
                       such as `{{setting:shop}}.example.com`";
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some((literal, after)) = rest.split_once("{{") {
        let (inner, tail) = after.split_once("}}").ok_or_else(|| format!("has no `}}}}`; {HOW}"))?;
        let setting = inner.strip_prefix("setting:").filter(|s| !s.is_empty() && !s.contains(['{', '}']));
        let setting = setting.ok_or_else(|| format!("has `{{{{{inner}}}}}`; {HOW}"))?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_ascii_lowercase()));
        }
        pieces.push(Piece::Setting(setting.to_owned()));
        rest = tail;
    }
    let fixed = rest.split_once('.').is_some_and(|(_, domain)| domain.contains('.'));
    if !fixed {
        return Err(format!("leaves the domain open; {HOW}"));
    }
    pieces.push(Piece::Literal(rest.to_ascii_lowercase()));
    let sample: String = pieces.iter().map(|p| if let Piece::Literal(l) = p { l } else { "x" }).collect();
    check_host(&sample)?;
    Ok(pieces)
}

fn check_host(host: &str) -> Result<(), String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.contains('*') {
        return Err("may have a `*` only as its first part: `*.example.com`".to_owned());
    }
    if host.is_empty() || host.len() > 253 || !host.split('.').all(label) {
        return Err("is not a host: write a name such as `api.example.com`".to_owned());
    }
    Ok(())
}

/// Takes scheme, host and port out of an address; the path does not matter.
fn address(text: &str) -> Option<AllowedHost> {
    let (scheme, rest) = match text.trim().split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        Some(_) => return None,
        None => ("https", text.trim()),
    };
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host.to_owned(), Some(port.parse().ok().filter(|&p: &u16| p > 0)?)),
        None => (authority, None),
    };
    check_host(&host).ok()?;
    Some(AllowedHost { scheme, host, below: false, port })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn host(text: &str) -> HostPattern {
        text.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn what_is_not_a_host_is_refused_with_what_would_be() {
        for (text, part) in [
            ("https://api.example.com/v1", "write the host alone: `api.example.com`"),
            ("api.example.com/v1", "write the host alone"),
            ("*", "only as its first part"),
            ("*.com", "too wide"),
            ("a.*.com", "only as its first part"),
            ("", "is not a host"),
            ("-a.example.com", "is not a host"),
            ("api.example.com:0", "port"),
            ("{{setting:}}", "names no setting"),
            ("{{shop}}.example.com", "write `{{setting:NAME}}`"),
            ("{{setting:shop}}", ""),
            ("api.{{setting:domain}}", "leaves the domain open"),
            ("{{setting:a}}{{setting:b}}", "leaves the domain open"),
        ] {
            match text.parse::<HostPattern>() {
                Ok(pattern) => assert_eq!(pattern.to_string(), "{{setting:shop}}"),
                Err(error) => {
                    assert!(error.to_string().contains(part) && !part.is_empty(), "{text}: {error}")
                }
            }
        }
    }

    #[test]
    fn a_wildcard_covers_what_is_below_it_and_not_itself() -> Result<(), Malformed> {
        let allowed = host("*.example.com").resolve(&json!({}))?;
        assert!(allowed.allows("https", "a.b.Example.com", None));
        assert!(allowed.allows("https", "a.example.com", Some(443)));
        for (scheme, name, port) in [
            ("https", "example.com", None),
            ("https", "notexample.com", None),
            ("https", ".example.com", None),
            ("http", "a.example.com", None),
            ("https", "a.example.com", Some(8443)),
            ("https", "a.example.com.evil.test", None),
        ] {
            assert!(!allowed.allows(scheme, name, port), "{scheme} {name}");
        }
        Ok(())
    }

    #[test]
    fn a_setting_fills_one_part_and_cannot_break_out_of_it() -> Result<(), Malformed> {
        let pattern = host("{{setting:shop}}.example.com");
        assert_eq!(pattern.settings().collect::<Vec<_>>(), ["shop"]);
        assert!(pattern.resolve(&json!({"shop": "Acme"}))?.allows("https", "acme.example.com", None));
        for shop in ["", "evil.test/", "evil.test#", "a.b", "a@b", "é", "-"] {
            assert!(pattern.resolve(&json!({ "shop": shop })).is_err(), "{shop}");
        }
        assert!(pattern.resolve(&json!({})).is_err());
        Ok(())
    }

    #[test]
    fn an_address_in_a_setting_gives_scheme_host_and_port() -> Result<(), Malformed> {
        let pattern = host("{{setting:base_url}}");
        let at = |url: &str| pattern.resolve(&json!({ "base_url": url }));
        assert!(at("https://shop.example.com:8443/wp?x")?.allows("https", "shop.example.com", Some(8443)));
        assert!(at("http://localhost")?.allows("http", "localhost", Some(80)));
        assert!(at("shop.example.com")?.allows("https", "shop.example.com", None));
        for url in ["ftp://a.test", "https://user@a.test", "https://", "https://a.test:x"] {
            assert!(at(url).is_err(), "{url}");
        }
        Ok(())
    }

    #[test]
    fn a_wildcard_includes_its_hosts_and_nothing_includes_a_wider_one() {
        assert!(host("*.example.com").includes(&host("a.example.com")));
        assert!(host("*.example.com").includes(&host("*.a.example.com")));
        assert!(!host("a.example.com").includes(&host("*.example.com")));
        assert!(!host("*.example.com").includes(&host("example.com")));
    }
}
