//! Vendors' own signature test vectors against rules as a plugin's manifest would write them.
//!
//! The vectors are read from `$SWITCHBOARD_CORPUS/signatures/vectors.json`. A scheme that has no rule
//! here fails the test: none is skipped.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use switchboard::model::manifest::Manifest;
use switchboard::model::signature::{Refusal, Request, Verdict, Verifier};
use zeroize::Zeroizing;

#[derive(Deserialize)]
struct Vector {
    scheme: String,
    valid: bool,
    source: String,
    secret: Option<String>,
    public_key: Option<String>,
    method: Option<String>,
    url: Option<String>,
    id: Option<String>,
    timestamp: Option<String>,
    body: Option<String>,
    signed_body: Option<String>,
    params: Option<Vec<(String, String)>>,
    signature: String,
}

/// The rule of a scheme, and the headers in which a vector's signature, time stamp and id travel.
struct Plan {
    rule: &'static str,
    signature: &'static str,
    timestamp: Option<&'static str>,
    id: Option<&'static str>,
    /// What a unit of the vector's time stamp is in milliseconds.
    unit: i64,
}

fn plan(scheme: &str) -> Plan {
    let plan = |signature, rule| Plan { rule, signature, timestamp: None, id: None, unit: 1 };
    match scheme {
        "shopify" => plan(
            "x-shopify-hmac-sha256",
            "scheme = \"hmac\"\nencoding = \"base64\"\nheader = \"x-shopify-hmac-sha256\"",
        ),
        "meta" => plan(
            "x-hub-signature-256",
            "scheme = \"hmac\"\nheader = \"x-hub-signature-256\"\nprefix = \"sha256=\"",
        ),
        "twilio" | "twilio-json-body" => {
            plan("x-twilio-signature", "scheme = \"sorted-form\"\nheader = \"x-twilio-signature\"")
        }
        "standard-webhooks" => Plan {
            timestamp: Some("webhook-timestamp"),
            id: Some("webhook-id"),
            unit: 1_000,
            ..plan("webhook-signature", "scheme = \"standard-webhooks\"")
        },
        // The two older versions are plain hashes with the secret in front.
        "hubspot-v1" => plan(
            "x-hubspot-signature",
            "scheme = \"digest\"\nheader = \"x-hubspot-signature\"\nsigned = \"{secret}{body}\"",
        ),
        "hubspot-v2" => plan(
            "x-hubspot-signature",
            "scheme = \"digest\"\nheader = \"x-hubspot-signature\"\nsigned = \"{secret}{method}{url}{body}\"",
        ),
        "hubspot-v3" => Plan {
            timestamp: Some("x-hubspot-request-timestamp"),
            ..plan(
                "x-hubspot-signature-v3",
                "scheme = \"hmac\"\nencoding = \"base64\"\nheader = \"x-hubspot-signature-v3\"\n\
                 signed = \"{method}{url-decoded}{body}{timestamp}\"\n\
                 timestamp = { header = \"x-hubspot-request-timestamp\", unit = \"ms\" }",
            )
        },
        "sendgrid-ecdsa" => Plan {
            timestamp: Some("x-twilio-email-event-webhook-timestamp"),
            unit: 1_000,
            ..plan(
                "x-twilio-email-event-webhook-signature",
                "scheme = \"ecdsa\"\nheader = \"x-twilio-email-event-webhook-signature\"\n\
                 signed = \"{timestamp}{body}\"\ntimestamp = { header = \"x-twilio-email-event-webhook-timestamp\" }",
            )
        },
        other => panic!("the corpus has a scheme `{other}` that no rule here is for: add one"),
    }
}

fn manifest(rule: &str) -> Manifest {
    let text = format!(
        "name = \"vendor\"\nversion = \"1.0.0\"\ncontract = \"0.1\"\ntitle = \"Vendor\"\n[[secrets]]\nname = \"key\"\n\
         title = \"Key\"\n[webhook]\n[[webhook.verify]]\n{rule}\nsecret = \"key\"\n"
    );
    Manifest::parse(&text, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A vector as a request, with a body of the caller's choice.
fn check(vector: &Vector, body: &[u8]) -> Result<Verdict, Refusal> {
    let plan = plan(&vector.scheme);
    let manifest = manifest(plan.rule);
    let key = vector.secret.as_ref().or(vector.public_key.as_ref()).expect("a vector has a key");
    let secrets = |_: &str| Some(Zeroizing::new(key.as_bytes().to_vec()));
    let verifier = Verifier::compile(&manifest, secrets).unwrap_or_else(|error| panic!("{error}"));

    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).expect("a vector's values fit into headers");
        headers.insert(HeaderName::from_static(name), value);
    };
    let kind = if vector.params.is_some() { "application/x-www-form-urlencoded" } else { "application/json" };
    set("content-type", kind);
    set(plan.signature, &vector.signature);
    if let Some(name) = plan.timestamp {
        set(name, vector.timestamp.as_deref().expect("this scheme has a time stamp"));
    }
    if let Some(name) = plan.id {
        set(name, vector.id.as_deref().expect("this scheme has an id"));
    }
    let url = vector.url.as_deref().unwrap_or("https://hub.example/hooks/c1");
    let query_raw = url.split_once('?').map_or("", |(_, query)| query);
    let method = vector.method.as_deref().unwrap_or("POST");
    let request = Request { method, url, path: "/hooks/c1", query_raw, headers: &headers, body };
    // The moment it was signed at: the vectors are years old.
    let now = vector.timestamp.as_ref().map_or(0, |t| t.parse::<i64>().expect("a whole number") * plan.unit);
    verifier.check(&request, now)
}

/// The body as it went over the wire.
fn wire_body(vector: &Vector) -> Vec<u8> {
    if let Some(params) = &vector.params {
        let pairs = params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        return pairs.collect::<Vec<_>>().join("&").into_bytes();
    }
    // Meta escapes all but ASCII before it signs and sends; the vector's `body` is what its test decodes
    // that to, and `signed_body` is what travels.
    let body = vector.signed_body.as_ref().or(vector.body.as_ref());
    body.expect("a vector has a body or parameters").clone().into_bytes()
}

#[test]
fn every_vendors_vector_gets_the_verdict_it_names() {
    let Some(corpus) = std::env::var_os("SWITCHBOARD_CORPUS") else {
        eprintln!("SKIPPED: SWITCHBOARD_CORPUS is not set, so no vendor's signature vectors were checked");
        return;
    };
    let path = std::path::Path::new(&corpus).join("signatures/vectors.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Vec<Vector> = serde_json::from_str(&text).expect("the vectors are JSON of the known shape");
    assert!(!vectors.is_empty());
    let mut checked = std::collections::BTreeMap::<(&str, bool), usize>::new();
    for (index, vector) in vectors.iter().enumerate() {
        let body = wire_body(vector);
        let about = format!("vector {index}, {} of {}", vector.scheme, vector.source);
        let verdict = check(vector, &body);
        assert_eq!(verdict == Ok(Verdict::Verified), vector.valid, "{about}: {verdict:?}");
        // A right signature must also be wrong for anything else.
        let mut other = body.clone();
        other.push(b' ');
        assert!(check(vector, &other).is_err(), "{about}: another body passed");
        if let (Some(_), Some(decoded)) = (&vector.signed_body, &vector.body) {
            assert!(check(vector, decoded.as_bytes()).is_err(), "{about}: the unescaped body passed");
        }
        *checked.entry((&vector.scheme, vector.valid)).or_default() += 1;
    }
    for ((scheme, valid), count) in checked {
        eprintln!("{scheme}: {count} {}", if valid { "valid" } else { "invalid" });
    }
}
