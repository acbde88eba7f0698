//! Signatures of outgoing requests: an HMAC over a template of the request as it goes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;

use super::secret::{Wanted, decode_braces, placeholders, wanted_in_path};
use crate::model::manifest::{Encoding, Part};
use crate::model::signature::{Mac, time_stamp};
use crate::plugin::binding::SigningGrant;

/// A request with everything written in but its signatures.
pub(super) struct Canonical<'a> {
    pub(super) parts: &'a Parts,
    pub(super) body: &'a [u8],
    /// Milliseconds since the epoch.
    pub(super) now: i64,
}

impl SigningGrant {
    /// A time as this signature writes it.
    pub(super) fn time(&self, now: i64) -> String {
        time_stamp(now, self.timestamp)
    }

    /// Whether the body is signed too.
    pub(super) fn covers_body(&self) -> bool {
        self.signed.has(&Part::Body)
    }
}

impl Canonical<'_> {
    /// Whether the request wants the signature of that name.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        let wanted = |wanted: &Wanted| matches!(wanted, Wanted::Hmac(known) if known == name);
        let path = self.parts.uri.path_and_query().map_or("", |path| path.as_str());
        let mut headers = self.parts.headers.values().filter_map(|value| value.to_str().ok());
        wanted_in_path(path).iter().any(wanted)
            || headers.any(|text| placeholders(text).iter().any(|place| wanted(&place.wanted)))
    }

    /// Makes a signature, or says why it cannot be made.
    pub(super) fn sign(&self, signing: &SigningGrant, key: &[u8]) -> Result<String, String> {
        let query = self.query();
        let path = self.parts.uri.path();
        let mut text = Vec::with_capacity(self.body.len() + 256);
        for part in signing.signed.parts() {
            match part {
                Part::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
                Part::Method => text.extend_from_slice(self.parts.method.as_str().as_bytes()),
                Part::Url => {
                    let scheme = self.parts.uri.scheme_str().unwrap_or_default();
                    let host = self.parts.uri.authority().map_or("", |authority| authority.as_str());
                    let mark = if query.is_empty() { "" } else { "?" };
                    text.extend_from_slice(format!("{scheme}://{host}{path}{mark}{query}").as_bytes());
                }
                Part::Path => text.extend_from_slice(path.as_bytes()),
                Part::Query => text.extend_from_slice(query.as_bytes()),
                Part::Timestamp => text.extend_from_slice(signing.time(self.now).as_bytes()),
                Part::Body => text.extend_from_slice(self.body),
                Part::Header(name) => {
                    let value = self.parts.headers.get(name).ok_or_else(|| {
                        format!(
                            "the signature `{}` covers the header `{name}`, and the request has none",
                            signing.name
                        )
                    })?;
                    text.extend_from_slice(value.as_bytes());
                }
                // The manifest's reader refuses both.
                Part::UrlDecoded | Part::Secret => {}
            }
        }
        let mac = Mac::new(signing.algorithm, key).sign(&text);
        Ok(match signing.encoding {
            Encoding::Hex => hex::encode(mac),
            Encoding::Base64 => STANDARD.encode(mac),
        })
    }

    /// The query without the parameters that hold a signature.
    fn query(&self) -> String {
        let query = self.parts.uri.query().unwrap_or_default();
        let signature = |pair: &str| {
            placeholders(&decode_braces(pair)).iter().any(|place| matches!(place.wanted, Wanted::Hmac(_)))
        };
        query.split('&').filter(|pair| !signature(pair)).collect::<Vec<_>>().join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::{Algorithm, TimeUnit};

    /// Computed with Python's `hmac` over `1769860800POST/v1/orders?a=1&b=2{"x":1}abc`.
    const EXPECTED: &str = "2441b2c6fdcd2104354cc09adc2be8b56b8754f4dd42b634f997e28c456b214c";

    #[test]
    fn what_goes_out_is_signed_without_the_place_of_the_signature() {
        let signing = SigningGrant {
            name: "request".to_owned(),
            secret: "key".to_owned(),
            algorithm: Algorithm::Sha256,
            encoding: Encoding::Hex,
            signed: "{timestamp}{method}{path}?{query}{body}{header:x-id}".parse().expect("a template"),
            timestamp: TimeUnit::Seconds,
            hosts: Vec::new(),
        };
        let request = http::Request::builder()
            .method("POST")
            .uri("https://api.example.com/v1/orders?a=1&sig=%7B%7Bhmac:request%7D%7D&b=2")
            .header("x-id", "abc");
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let canonical = Canonical { parts: &parts, body: br#"{"x":1}"#, now: 1_769_860_800_000 };
        assert!(canonical.asks_for("request") && !canonical.asks_for("other"));
        assert_eq!(canonical.sign(&signing, b"k3y").as_deref(), Ok(EXPECTED));
        let other = SigningGrant { signed: "{header:x-none}".parse().expect("a template"), ..signing };
        assert!(canonical.sign(&other, b"k3y").is_err_and(|why| why.contains("x-none")));
    }
}
