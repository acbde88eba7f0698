//! Every scheme: what the signer makes passes, and nothing that differs from it does.

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

const NOW: i64 = 1_769_860_800_000;
const SEED: &str = "seed:9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

/// A manifest with one secret `key` (and `old`, which is optional) and these rules.
fn manifest(rules: &str) -> Manifest {
    let text = format!(
        "name = \"acme\"\nversion = \"1.0.0\"\ncontract = \"0.1\"\ntitle = \"Acme\"\n[[secrets]]\nname = \"key\"\n\
         title = \"Key\"\nsign = true\n[[secrets]]\nname = \"old\"\ntitle = \"Old key\"\nrequired = false\nsign = true\n\
         [webhook]\n{rules}"
    );
    Manifest::parse(&text, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

fn secrets(value: &'static str) -> impl Fn(&str) -> Option<Zeroizing<Vec<u8>>> {
    move |name| (name == "key").then(|| Zeroizing::new(value.as_bytes().to_vec()))
}

/// A request that owns what it is made of, so that tests can change it.
#[derive(Debug, Clone)]
struct Sample {
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sample {
    fn new(body: &[u8], content_type: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { query: "a=1".to_owned(), headers, body: body.to_vec() }
    }

    fn with<T>(&self, ask: impl FnOnce(&Request<'_>) -> T) -> T {
        let url = format!("https://hub.example/hooks/c1?{}", self.query);
        ask(&Request {
            method: "POST",
            url: &url,
            path: "/hooks/c1",
            query_raw: &self.query,
            headers: &self.headers,
            body: &self.body,
        })
    }

    fn signed(mut self, manifest: &Manifest, value: &'static str) -> Self {
        let signer = Signer::new(manifest, secrets(value));
        let proof = self.with(|request| signer.sign(request, NOW)).unwrap_or_else(|e| panic!("{e}"));
        self.query = proof.query(&self.query);
        for (name, value) in proof.headers {
            self.headers.insert(name, value);
        }
        self
    }

    fn check(&self, manifest: &Manifest, value: &'static str, now: i64) -> Result<Verdict, Refusal> {
        let verifier = Verifier::compile(manifest, secrets(value)).unwrap_or_else(|e| panic!("{e}"));
        self.with(|request| verifier.check(request, now))
    }
}

/// A name, the rules, a secret, and whether a time stamp is signed.
type Case = (&'static str, &'static str, &'static str, bool);

const CASES: &[Case] = &[
    (
        "hex",
        "[[webhook.verify]]\nscheme = \"hmac\"\nheader = \"x-sig\"\nprefix = \"sha256=\"\nsecret = \"key\"",
        "s3cret",
        false,
    ),
    (
        "base64",
        "[[webhook.verify]]\nscheme = \"hmac\"\nalgorithm = \"sha1\"\nencoding = \"base64\"\nheader = [\"x-sig\", \"sig\"]\n\
         secret = [\"key\", \"old\"]",
        "s3cret",
        false,
    ),
    (
        "template",
        "[[webhook.verify]]\nscheme = \"hmac\"\nalgorithm = \"sha512\"\nheader = \"x-sig\"\nsecret = \"key\"\n\
         signed = \"{method}{url-decoded}{path}{query}{header:content-type}{body}{timestamp}\"\n\
         timestamp = { header = \"x-time\", unit = \"ms\", tolerance = \"5m\" }",
        "s3cret",
        true,
    ),
    (
        "dated",
        "[[webhook.verify]]\nscheme = \"hmac\"\nheader = \"x-sig\"\nsecret = \"key\"\nsigned = \"{timestamp}{body}\"\n\
         timestamp = { header = \"x-time\", unit = \"rfc3339\" }",
        "s3cret",
        true,
    ),
    (
        "digest",
        "[[webhook.verify]]\nscheme = \"digest\"\nheader = \"x-sig\"\nsecret = \"key\"",
        "s3cret",
        false,
    ),
    (
        "ed25519",
        "[[webhook.verify]]\nscheme = \"ed25519\"\nheader = \"x-sig\"\nsecret = \"key\"\nsigned = \"{timestamp}{body}\"\n\
         timestamp = { header = \"x-time\" }",
        SEED,
        true,
    ),
    ("sorted form", "[[webhook.verify]]\nscheme = \"sorted-form\"\nsecret = \"key\"", "s3cret", false),
    ("timed list", "[[webhook.verify]]\nscheme = \"timed-list\"\nsecret = \"key\"", "whsec_abc", true),
    (
        "standard",
        "[[webhook.verify]]\nscheme = \"standard-webhooks\"\nsecret = \"key\"",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        true,
    ),
    ("standard pair", "[[webhook.verify]]\nscheme = \"standard-webhooks\"\nsecret = \"key\"", SEED, true),
    (
        "token",
        "[[webhook.verify]]\nscheme = \"token\"\nheader = \"x-token\"\nprefix = \"Bearer \"\nsecret = \"key\"",
        "t0ken",
        false,
    ),
    (
        "token query",
        "[[webhook.verify]]\nscheme = \"token\"\nquery = \"hub.token\"\nsecret = \"key\"",
        "t0ken & more",
        false,
    ),
];

/// Whether the scheme proves anything of the body.
fn covers_body(name: &str) -> bool {
    !name.starts_with("token")
}

#[test]
fn what_the_signer_makes_passes_for_every_scheme() {
    for (name, rules, secret, _) in CASES {
        let manifest = manifest(rules);
        for (body, kind) in
            [(&b"{\"a\":1}"[..], "application/json"), (b"b=2&a=1", "application/x-www-form-urlencoded")]
        {
            let signed = Sample::new(body, kind).signed(&manifest, secret);
            assert_eq!(signed.check(&manifest, secret, NOW), Ok(Verdict::Verified), "{name} {kind}");
        }
    }
}

#[test]
fn another_secret_is_refused_for_every_scheme() {
    for (name, rules, secret, _) in CASES {
        let manifest = manifest(rules);
        let signed = Sample::new(b"{}", "application/json").signed(&manifest, secret);
        let other = match *secret {
            SEED => "seed:0000000000000000000000000000000000000000000000000000000000000001",
            text if text.starts_with("whsec_") => "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            _ => "another",
        };
        assert!(matches!(signed.check(&manifest, other, NOW), Err(Refusal::Mismatch(_))), "{name}");
    }
}

#[test]
fn a_time_stamp_is_refused_outside_its_tolerance_in_both_directions() {
    for (name, rules, secret, stamped) in CASES {
        let manifest = manifest(rules);
        let signed = Sample::new(b"{}", "application/json").signed(&manifest, secret);
        let at = |offset: i64| signed.check(&manifest, secret, NOW + offset);
        assert_eq!(at(300_000), Ok(Verdict::Verified), "{name}");
        assert_eq!(at(-300_000), Ok(Verdict::Verified), "{name}");
        let (late, early) = (at(300_001), at(-300_001));
        if *stamped {
            assert_eq!((late, early), (Err(Refusal::TooOld(1)), Err(Refusal::TooNew(1))), "{name}");
        } else {
            assert_eq!((late, early), (Ok(Verdict::Verified), Ok(Verdict::Verified)), "{name}");
        }
    }
}

#[test]
fn a_missing_or_repeated_proof_is_refused_for_every_scheme() {
    for (name, rules, secret, _) in CASES {
        let manifest = manifest(rules);
        let bare = Sample::new(b"{}", "application/json");
        assert!(matches!(bare.check(&manifest, secret, NOW), Err(Refusal::Missing(_))), "{name}");
        let signed = bare.signed(&manifest, secret);
        for header in ["x-sig", "x-signature", "webhook-signature", "x-token", "x-time"] {
            if let Some(value) = signed.headers.get(header).cloned() {
                let mut twice = signed.clone();
                twice.headers.append(header, value);
                assert!(
                    matches!(twice.check(&manifest, secret, NOW), Err(Refusal::Repeated(_))),
                    "{name} {header}"
                );
            }
        }
    }
}

#[test]
fn any_of_several_secrets_may_match_while_one_is_rotated_in() {
    let manifest = manifest(CASES[1].1);
    let signed = Sample::new(b"{}", "application/json").signed(&manifest, "old value");
    let both = |name: &str| {
        let value: &[u8] = if name == "key" { b"new value" } else { b"old value" };
        Some(Zeroizing::new(value.to_vec()))
    };
    let verifier = Verifier::compile(&manifest, both).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(signed.with(|request| verifier.check(request, NOW)), Ok(Verdict::Verified));
}

#[test]
fn a_secret_that_is_not_set_or_empty_lets_nothing_through() {
    let needs = manifest(CASES[0].1);
    assert_eq!(Verifier::compile(&needs, |_| None).err(), Some(CompileError::Unset("key".to_owned())));
    let empty = |_: &str| Some(Zeroizing::new(Vec::new()));
    assert_eq!(Verifier::compile(&needs, empty).err(), Some(CompileError::Empty("key".to_owned())));

    let optional = manifest("[[webhook.verify]]\nscheme = \"token\"\nheader = \"x-token\"\nsecret = \"old\"");
    let sample = Sample::new(b"{}", "application/json");
    assert_eq!(sample.check(&optional, "s", NOW), Err(Refusal::Unset("old".to_owned())));
}

#[test]
fn a_proof_inside_the_body_is_left_to_the_plugin_and_is_not_the_same_as_none() {
    let inside = manifest("[[webhook.verify]]\nscheme = \"plugin\"");
    assert_eq!(Sample::new(b"{}", "application/json").check(&inside, "s", NOW), Ok(Verdict::ByPlugin));
}

#[test]
fn the_first_rule_that_fits_decides() {
    let manifest = manifest(
        "[[webhook.verify]]\nwhen = { method = \"GET\", query = \"hub.mode\" }\nscheme = \"token\"\nquery = \"t\"\nsecret = \"key\"\n\
         [[webhook.verify]]\nwhen = { content_type = \"application/x-www-form-urlencoded\" }\nscheme = \"none\"\n\
         [[webhook.verify]]\nwhen = { header = \"x-sig\" }\nscheme = \"hmac\"\nheader = \"x-sig\"\nsecret = \"key\"",
    );
    let ping = Sample::new(b"webhook_id=1", "Application/X-WWW-Form-URLencoded; charset=utf-8");
    assert_eq!(ping.check(&manifest, "s", NOW), Ok(Verdict::Unsigned));
    let bare = Sample::new(b"{}", "application/json");
    assert_eq!(bare.check(&manifest, "s", NOW), Err(Refusal::NoRule));
    assert_eq!(bare.signed(&manifest, "s").check(&manifest, "s", NOW), Ok(Verdict::Verified));
}

#[test]
fn a_body_that_no_signature_covers_is_refused() {
    let manifest = manifest(CASES[6].1);
    let mut signed = Sample::new(b"", "application/json").signed(&manifest, "s3cret");
    assert_eq!(signed.check(&manifest, "s3cret", NOW), Ok(Verdict::Verified));
    signed.body = b"{\"injected\":true}".to_vec();
    assert_eq!(signed.check(&manifest, "s3cret", NOW), Err(Refusal::BodyUnsigned));
}

#[test]
fn a_refusal_never_tells_the_secret_nor_the_right_signature() {
    for (name, rules, secret, _) in CASES {
        let manifest = manifest(rules);
        let right = Sample::new(b"{}", "application/json").signed(&manifest, secret);
        let mut wrong = right.clone();
        wrong.body = b"{} ".to_vec();
        let texts = [
            format!("{:?}", wrong.check(&manifest, secret, NOW)),
            format!("{:?}", Verifier::compile(&manifest, secrets(secret))),
        ];
        for text in texts {
            assert!(!text.contains(secret), "{name}: {text}");
            for value in right.headers.values().filter_map(|value| value.to_str().ok()) {
                assert!(value.len() < 20 || !text.contains(value), "{name}: {text}");
            }
        }
    }
}

/// Changes one bit of what a header's signature means, not of how it is written: `A` and `a` are the
/// same in hex.
fn flip_text(text: &str, at: usize) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let at = at % bytes.len();
    bytes[at] = match bytes[at] {
        b'0'..=b'8' => bytes[at] + 1,
        b'9' => b'8',
        b'a'..=b'y' | b'A'..=b'Y' => bytes[at] + 1,
        b'z' => b'y',
        b'Z' => b'Y',
        _ => b'!',
    };
    String::from_utf8(bytes).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_flipped_bit_of_the_body_is_refused(
        case in 0..CASES.len(),
        body in proptest::collection::vec(any::<u8>(), 1..200),
        bit: proptest::sample::Index,
    ) {
        let (name, rules, secret, _) = CASES[case];
        let manifest = manifest(rules);
        let mut sample = Sample::new(&body, "application/octet-stream").signed(&manifest, secret);
        prop_assert_eq!(sample.check(&manifest, secret, NOW), Ok(Verdict::Verified));
        let bit = bit.index(body.len() * 8);
        sample.body[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(sample.check(&manifest, secret, NOW).is_err(), covers_body(name));
    }

    #[test]
    fn any_changed_digit_of_a_signature_or_time_stamp_is_refused(
        case in 0..CASES.len(),
        at: usize,
        which: proptest::sample::Index,
    ) {
        let (_, rules, secret, _) = CASES[case];
        let manifest = manifest(rules);
        let mut sample = Sample::new(b"{\"a\":1}", "application/json").signed(&manifest, secret);
        let added: Vec<HeaderName> = sample.headers.keys().filter(|n| *n != http::header::CONTENT_TYPE).cloned().collect();
        prop_assume!(!added.is_empty());
        let name = &added[which.index(added.len())];
        let text = sample.headers[name].to_str().unwrap_or_default().to_owned();
        if let Some(value) = flip_text(&text, at).and_then(|text| HeaderValue::from_str(&text).ok()) {
            prop_assume!(value.as_bytes() != text.as_bytes());
            sample.headers.insert(name, value);
            prop_assert!(sample.check(&manifest, secret, NOW).is_err());
        }
    }

    #[test]
    fn no_header_body_or_query_makes_a_check_panic_or_pass(
        case in 0..CASES.len(),
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 9),
        query in "[a-z0-9%&=+.]{0,40}",
        body: Vec<u8>,
        now: i64,
    ) {
        let (_, rules, secret, _) = CASES[case];
        let manifest = manifest(rules);
        let mut sample = Sample::new(&body, "application/json");
        sample.query = query;
        let names = ["x-sig", "sig", "x-time", "x-signature", "webhook-id",
            "webhook-timestamp", "webhook-signature", "x-token"];
        for (name, value) in names.into_iter().zip(&values) {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                sample.headers.insert(name, value);
            }
        }
        prop_assert!(sample.check(&manifest, secret, now).is_err());
    }
}
