//! Reads `[[webhook.verify]]`.

use http::HeaderName;

use super::name::SecretName;
use super::parse::Declared;
use super::problem::suggest;
use super::quantity::Period;
use super::reader::{Section, Text};
use super::template::{Part, Template};
use super::verify::{
    Algorithm, DEFAULT_TOLERANCE, Encoding, Scheme, SignatureKind, Signed, TimeUnit, TimestampRule, Token,
    VerifyRule, When,
};

const SCHEMES: [&str; 10] = [
    "hmac",
    "digest",
    "ed25519",
    "ecdsa",
    "token",
    "standard-webhooks",
    "timed-list",
    "sorted-form",
    "plugin",
    "none",
];

/// Every key a rule may have with one scheme or another.
const KEYS: [&str; 8] =
    ["algorithm", "encoding", "header", "query", "prefix", "secret", "signed", "timestamp"];

/// Reads one rule; what is wrong with it is reported, and nothing comes of it.
pub(super) fn rule(mut section: Section<'_, '_>, declared: &Declared) -> Option<VerifyRule> {
    let when = section.section("when").map(|when| read_when(when)).unwrap_or_default();
    let scheme = section.text("scheme");
    let scheme = section.required("scheme", scheme, "scheme = \"hmac\"");
    let read = scheme.as_ref().and_then(|name| read_scheme(&mut section, name, &when, declared));
    let known = scheme.as_ref().is_some_and(|name| SCHEMES.contains(&name.value.as_str()));
    let name = scheme.map(|name| name.value).unwrap_or_default();
    for key in KEYS {
        if section.has(key) && !section.asked(key) {
            if known {
                section.wrong(
                    section.key_span(key),
                    format!("`{key}` means nothing for scheme = \"{name}\": remove it"),
                );
            }
            section.ignore(key);
        }
    }
    section.finish();
    Some(VerifyRule { when, scheme: read? })
}

fn read_when(mut section: Section<'_, '_>) -> When {
    section.title = "`when`".to_owned();
    let methods = section.one_or_many("method");
    let methods = methods.iter().filter_map(|text| method(&section, text)).collect();
    let headers = section.one_or_many("header");
    let headers = headers.iter().filter_map(|text| header(&section, text)).collect();
    let query = section.one_or_many("query").into_iter().map(|text| text.value).collect();
    let content_type = section.string("content_type").map(|text| text.to_ascii_lowercase());
    section.finish();
    When { methods, headers, query, content_type }
}

fn read_scheme(
    section: &mut Section<'_, '_>,
    name: &Text,
    when: &When,
    declared: &Declared,
) -> Option<Scheme> {
    match name.value.as_str() {
        "hmac" | "digest" => {
            let algorithm = choice(section, "algorithm", &Algorithm::NAMES, Algorithm::Sha256);
            let kind = if name.value == "hmac" { SignatureKind::Hmac } else { SignatureKind::Digest };
            let kind = kind(algorithm.unwrap_or(Algorithm::Sha256));
            let signed = signed(section, kind, Encoding::Hex, when, declared);
            algorithm.and(signed).map(Scheme::Signed)
        }
        "ed25519" => {
            signed(section, SignatureKind::Ed25519, Encoding::Hex, when, declared).map(Scheme::Signed)
        }
        "ecdsa" => {
            signed(section, SignatureKind::EcdsaP256, Encoding::Base64, when, declared).map(Scheme::Signed)
        }
        "sorted-form" => {
            let header = own_header(section, HeaderName::from_static("x-signature"));
            Some(Scheme::SortedForm { header, secrets: secrets(section, declared)? })
        }
        "timed-list" => {
            let header = own_header(section, HeaderName::from_static("x-signature"));
            let tolerance = tolerance_alone(section);
            Some(Scheme::TimedList { header, secrets: secrets(section, declared)?, tolerance })
        }
        "standard-webhooks" => {
            let tolerance = tolerance_alone(section);
            Some(Scheme::StandardWebhooks { secrets: secrets(section, declared)?, tolerance })
        }
        "token" => token(section, declared).map(Scheme::Token),
        "plugin" => Some(Scheme::Plugin),
        "none" => Some(Scheme::Unsigned),
        other => {
            let message = format!("there is no scheme `{other}`");
            section.problems.add(name.span.clone(), message, suggest(other, SCHEMES));
            None
        }
    }
}

fn signed(
    section: &mut Section<'_, '_>,
    kind: SignatureKind,
    encoding: Encoding,
    when: &When,
    declared: &Declared,
) -> Option<Signed> {
    let encoding = choice(section, "encoding", &Encoding::NAMES, encoding);
    let headers = headers(section);
    let headers = section.required("header", headers, "header = \"x-signature\"");
    let prefix = section.string("prefix").unwrap_or_default();
    let secrets = secrets(section, declared);
    let timestamp = section.section("timestamp").map(timestamp);
    let text = section.text("signed");
    let default = match kind {
        SignatureKind::Digest(_) => Template(vec![Part::Secret, Part::Body]),
        _ => Template::default(),
    };
    let signed = match &text {
        Some(text) => section.parse_text::<Template>(text)?,
        None => default,
    };
    let at = text.map_or_else(|| section.span.clone(), |text| text.span);
    check_template(section, at, &signed, kind, timestamp.as_ref().map(Option::as_ref), when);
    let timestamp = match timestamp {
        Some(read) => Some(read?),
        None => None,
    };
    Some(Signed {
        kind,
        encoding: encoding?,
        headers: headers?,
        prefix,
        secrets: secrets?,
        signed,
        timestamp,
    })
}

/// What is signed must cover what the hub then believes.
fn check_template(
    section: &Section<'_, '_>,
    at: std::ops::Range<usize>,
    signed: &Template,
    kind: SignatureKind,
    timestamp: Option<Option<&TimestampRule>>,
    when: &When,
) {
    let bodiless = !when.methods.is_empty() && when.methods.iter().all(|m| m == "GET" || m == "HEAD");
    if !signed.has(&Part::Body) && !bodiless {
        section.problems.add(
            at.clone(),
            "the body is not signed, so anybody could change it",
            Some("put `{body}` into `signed`, or keep the rule to `when = { method = \"GET\" }`".to_owned()),
        );
    }
    if matches!(kind, SignatureKind::Digest(_)) != signed.has(&Part::Secret) {
        let message = match kind {
            SignatureKind::Digest(_) => {
                "a digest without `{secret}` proves nothing: put `{secret}` into `signed`"
            }
            _ => {
                "`{secret}` belongs into `signed` only with scheme = \"digest\"; other schemes use it as the key"
            }
        };
        section.wrong(at.clone(), message);
    }
    match timestamp {
        None if signed.has(&Part::Timestamp) => section.problems.add(
            at,
            "`signed` has `{timestamp}`, and the rule does not say where the time stamp is",
            Some(
                "add `timestamp = { header = \"x-timestamp\", unit = \"s\", tolerance = \"5m\" }`".to_owned(),
            ),
        ),
        Some(Some(rule))
            if !signed.has(&Part::Timestamp) && !signed.has(&Part::Header(rule.header.clone())) =>
        {
            section.problems.add(
                at,
                "the time stamp is not signed, so anybody could change it",
                Some("put `{timestamp}` into `signed`, or remove `timestamp`".to_owned()),
            );
        }
        _ => {}
    }
}

fn timestamp(mut section: Section<'_, '_>) -> Option<TimestampRule> {
    section.title = "`timestamp`".to_owned();
    let name = section.text("header");
    let name = section.required("header", name, "header = \"x-timestamp\"");
    let name = name.and_then(|text| header(&section, &text));
    let unit = choice(&mut section, "unit", &TimeUnit::NAMES, TimeUnit::Seconds);
    let tolerance = tolerance(&mut section);
    section.finish();
    Some(TimestampRule { header: name?, unit: unit?, tolerance })
}

/// The `timestamp` of a scheme that knows by itself where the time stamp is.
fn tolerance_alone(section: &mut Section<'_, '_>) -> Period {
    let Some(mut table) = section.section("timestamp") else { return DEFAULT_TOLERANCE };
    table.title = "`timestamp` of a scheme that has its own place for it".to_owned();
    let tolerance = tolerance(&mut table);
    table.finish();
    tolerance
}

fn tolerance(section: &mut Section<'_, '_>) -> Period {
    let text = section.text("tolerance");
    let period = text.as_ref().and_then(|text| section.parse_text::<Period>(text));
    if let (Some(text), Some(0)) = (&text, period.map(Period::millis)) {
        section.wrong(text.span.clone(), "a tolerance of nothing refuses every request: write `5m`");
    }
    period.unwrap_or(DEFAULT_TOLERANCE)
}

fn token(section: &mut Section<'_, '_>, declared: &Declared) -> Option<Token> {
    let either = section.has("header") || section.has("query");
    let headers = headers(section).unwrap_or_default();
    let query: Vec<_> = section.one_or_many("query").into_iter().map(|text| text.value).collect();
    let prefix = section.string("prefix").unwrap_or_default();
    let secrets = secrets(section, declared);
    if !either {
        section.problems.add(
            section.span.clone(),
            "scheme = \"token\" does not say where the token is",
            Some("add `header = \"x-token\"` or `query = \"token\"`".to_owned()),
        );
    }
    if headers.is_empty() && query.is_empty() {
        return None;
    }
    Some(Token { headers, query, prefix, secrets: secrets? })
}

fn own_header(section: &mut Section<'_, '_>, default: HeaderName) -> HeaderName {
    let text = section.text("header");
    text.and_then(|text| header(section, &text)).unwrap_or(default)
}

fn headers(section: &mut Section<'_, '_>) -> Option<Vec<HeaderName>> {
    let texts = section.one_or_many("header");
    let names: Vec<_> = texts.iter().filter_map(|text| header(section, text)).collect();
    (!names.is_empty()).then_some(names)
}

/// The name of a header; lower case, because that is how they are compared.
fn header(section: &Section<'_, '_>, text: &Text) -> Option<HeaderName> {
    let name = HeaderName::from_bytes(text.value.to_ascii_lowercase().as_bytes());
    name.map_err(|_| {
        let message =
            format!("`{}` is not the name of a header: write one such as `x-signature`", text.value);
        section.wrong(text.span.clone(), message);
    })
    .ok()
}

/// A method in capitals.
pub(super) fn method(section: &Section<'_, '_>, text: &Text) -> Option<String> {
    const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    if METHODS.contains(&text.value.as_str()) {
        return Some(text.value.clone());
    }
    let message = format!("there is no method `{}`", text.value);
    section.problems.add(text.span.clone(), message, suggest(&text.value, METHODS));
    None
}

fn secrets(section: &mut Section<'_, '_>, declared: &Declared) -> Option<Vec<SecretName>> {
    let texts = section.one_or_many("secret");
    section.required("secret", Some(()), "secret = \"app_secret\"");
    let mut names = Vec::new();
    for text in &texts {
        if !declared.secrets.contains(&text.value) {
            let help = suggest(&text.value, declared.secrets.iter().map(String::as_str))
                .unwrap_or_else(|| format!("add `[[secrets]]` with `name = \"{}\"`", text.value));
            let message = format!("the secret `{}` is not declared in [[secrets]]", text.value);
            section.problems.add(text.span.clone(), message, Some(help));
        }
        names.extend(section.parse_text::<SecretName>(text));
    }
    (!names.is_empty()).then_some(names)
}

/// One of a few words; `default` when the key is missing, nothing when it is wrong.
pub(super) fn choice<T: Copy>(
    section: &mut Section<'_, '_>,
    key: &'static str,
    choices: &[(&'static str, T)],
    default: T,
) -> Option<T> {
    if !section.has(key) {
        section.ignore(key);
        return Some(default);
    }
    let text = section.text(key)?;
    let found = choices.iter().find(|(name, _)| *name == text.value).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("`{key}` cannot be `{}`: write {}", text.value, names.join(" or "));
        section.wrong(text.span, message);
    }
    found
}
