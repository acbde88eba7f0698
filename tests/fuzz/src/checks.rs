//! What must hold of any input, whoever sent it. A check takes bytes and panics where it does not hold; the
//! fuzz targets and `tests/it/fuzz.rs` call the same ones.

use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::model::id::ConnectionId;
use super::model::manifest::{Capability, Manifest};
use super::model::mask;
use super::model::schedule::Schedule;
use super::model::signature::{Request, Signer, Verdict, Verifier, form};

/// A moment, in milliseconds since the epoch, UTC.
const NOW: i64 = 1_769_860_800_000;

/// What a plugin's manifest says before its rules: one secret that every scheme can use.
const HEAD: &str = "name = \"acme\"\nversion = \"1.0.0\"\ncontract = \"0.1\"\ntitle = \"Acme\"\n\
    [[secrets]]\nname = \"key\"\ntitle = \"Key\"\nsign = true\n[webhook]\n[[webhook.verify]]\n";

/// A rule for every scheme, the secret it takes, and whether what it proves covers the body.
const SCHEMES: [(&str, &str, bool); 9] = [
    ("scheme = \"hmac\"\nheader = \"x-sig\"\nprefix = \"sha256=\"\nsecret = \"key\"", "s3cret", true),
    (
        "scheme = \"hmac\"\nalgorithm = \"sha512\"\nencoding = \"base64\"\nheader = \"x-sig\"\nsecret = \"key\"\n\
         signed = \"{timestamp}.{method}{url}{body}\"\ntimestamp = { header = \"x-time\" }",
        "s3cret",
        true,
    ),
    ("scheme = \"hmac\"\nalgorithm = \"sha1\"\nheader = \"x-sig\"\nsecret = \"key\"", "s3cret", true),
    ("scheme = \"sorted-form\"\nheader = \"x-sig\"\nsecret = \"key\"", "s3cret", true),
    ("scheme = \"timed-list\"\nheader = \"x-sig\"\nsecret = \"key\"", "s3cret", true),
    ("scheme = \"standard-webhooks\"\nsecret = \"key\"", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", true),
    ("scheme = \"token\"\nheader = \"x-sig\"\nquery = \"token\"\nsecret = \"key\"", "s3cret", false),
    (
        "scheme = \"ed25519\"\nheader = \"x-sig\"\nsigned = \"{timestamp}{body}\"\nsecret = \"key\"\n\
         timestamp = { header = \"x-time\", unit = \"s\" }",
        "seed:9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        true,
    ),
    ("scheme = \"plugin\"", "s3cret", false),
];

/// The headers that a request of a fuzzer carries: those that some scheme reads.
const HEADERS: [&str; 6] =
    ["x-sig", "x-time", "content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];

/// Reads a piece of an input at a time.
struct Pieces<'a>(&'a [u8]);

impl<'a> Pieces<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    /// Up to as many bytes as the next one says.
    fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }
}

/// Where a request goes, as whoever serves HTTP reads it: no query, no mark.
fn address(query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("https://hub.example/hooks/c1{mark}{query}")
}

/// Any request is let in or refused; one that was signed is let in, and refused once its body is another.
pub fn signature(data: &[u8]) {
    let mut pieces = Pieces(data);
    let (rule, value, covers_body) = SCHEMES[usize::from(pieces.byte()) % SCHEMES.len()];
    let manifest =
        Manifest::parse(&format!("{HEAD}{rule}\n"), "plugin.toml").unwrap_or_else(|e| panic!("{e}"));
    let secret = |name: &str| (name == "key").then(|| Zeroizing::new(value.as_bytes().to_vec()));
    let verifier = Verifier::compile(&manifest, secret).unwrap_or_else(|e| panic!("{e}"));
    let mut headers = HeaderMap::new();
    for name in HEADERS {
        let given = pieces.piece();
        if let Ok(value) = HeaderValue::from_bytes(given)
            && !given.is_empty()
        {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let query: String =
        pieces.piece().iter().filter(|b| b.is_ascii_graphic()).map(|b| char::from(*b)).collect();
    let now = NOW.wrapping_add(i64::from(pieces.byte()) * 1_000);
    let mut body = pieces.0.to_vec();

    let check = |headers: &HeaderMap, query: &str, body: &[u8]| {
        let url = address(query);
        verifier.check(
            &Request { method: "POST", url: &url, path: "/hooks/c1", query_raw: query, headers, body },
            now,
        )
    };
    let _ = check(&headers, &query, &body);

    let url = address(&query);
    let request = Request {
        method: "POST",
        url: &url,
        path: "/hooks/c1",
        query_raw: &query,
        headers: &headers,
        body: &body,
    };
    let Ok(proof) = Signer::new(&manifest, secret).sign(&request, now) else { return };
    let query = proof.query(&query);
    let mut signed = headers.clone();
    for (name, value) in proof.headers {
        signed.insert(name, value);
    }
    let verdict = check(&signed, &query, &body);
    let wanted = if rule.contains("plugin") { Verdict::ByPlugin } else { Verdict::Verified };
    assert_eq!(verdict.as_ref().ok(), Some(&wanted), "{rule}: {verdict:?}");
    if covers_body {
        // Appended text is a further pair to a form, and other bytes to everything else.
        body.extend_from_slice(b"&forged=1");
        assert!(check(&signed, &query, &body).is_err(), "{rule}: another body passed");
    }
}

/// Any text is a manifest or is answered with problems that stand in it; a manifest can be described, agreed
/// with and asked. The same text is a schedule or is refused.
pub fn manifest(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Manifest::parse(&text, "plugin.toml") {
        Ok(manifest) => {
            assert!(!manifest.describe().is_empty());
            let _ = manifest.agreement(&Capability::ALL);
            let _ = manifest.check_settings(&serde_json::json!({}));
            let _ = manifest.secret_places();
            let _ = Verifier::compile(&manifest, |_| Some(Zeroizing::new(b"s3cret".to_vec())));
            if let Some(poller) = &manifest.poller {
                moments(&poller.schedule);
            }
        }
        Err(errors) => {
            assert!(!errors.problems().is_empty() && errors.to_string().contains("error: "));
            for problem in errors.problems() {
                assert!(
                    problem.span.end <= text.len() && problem.span.start <= problem.span.end,
                    "{problem:?}"
                );
                assert!(problem.line >= 1 && problem.column >= 1, "{problem:?}");
            }
        }
    }
    if let Ok(schedule) = text.parse::<Schedule>() {
        moments(&schedule);
    }
}

fn moments(schedule: &Schedule) {
    let connection = ConnectionId::random([7; 16]);
    let mut at = NOW;
    for _ in 0..3 {
        let Some(next) = schedule.next(&connection, at) else { break };
        assert!(next > at, "{schedule}: {next} does not lie after {at}");
        at = next;
    }
    assert!(!schedule.words().is_empty());
    assert_eq!(schedule.to_string().parse::<Schedule>().as_ref(), Ok(schedule));
}

/// Any bytes are a form; what was read from one and is written again reads the same. A body that is shown
/// covered has no letter or digit of a value left.
pub fn form(data: &[u8]) {
    let pairs: Vec<_> =
        form::pairs(data).map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    let texts: Option<Vec<(String, String)>> = pairs
        .iter()
        .map(|(key, value)| {
            Some((String::from_utf8(key.clone()).ok()?, String::from_utf8(value.clone()).ok()?))
        })
        .collect();
    if let Some(texts) = texts {
        let written: Vec<_> = texts
            .iter()
            .map(|(key, value)| format!("{}={}", form::encode(key), form::encode(value)))
            .collect();
        let again: Vec<_> = form::pairs(written.join("&").as_bytes())
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        assert_eq!(again, pairs);
    }
    let shown = mask::body("application/x-www-form-urlencoded", data);
    assert!(shown.matches('=').count() >= pairs.len(), "{shown}");
    let shown = mask::body("application/json", data);
    if let (Ok(given), Ok(covered)) =
        (serde_json::from_slice::<serde_json::Value>(data), serde_json::from_str(&shown))
    {
        same_shape(&given, &covered);
    }
}

/// What is covered has the shape of what it covers, and nothing of its values.
fn same_shape(given: &serde_json::Value, covered: &serde_json::Value) {
    use serde_json::Value;
    match (given, covered) {
        (Value::Array(given), Value::Array(covered)) => {
            assert_eq!(given.len(), covered.len());
            given.iter().zip(covered).for_each(|(given, covered)| same_shape(given, covered));
        }
        (Value::Object(given), Value::Object(covered)) => assert!(covered.len() <= given.len()),
        (Value::String(_), Value::String(covered)) => {
            let clear = |c: char| c.is_alphanumeric() && !"xX0".contains(c);
            assert!(!covered.contains(clear), "{covered}");
        }
        (Value::Number(_), covered) => assert!(covered.is_number(), "{covered}"),
        (given, covered) => assert_eq!(given, covered),
    }
}
