//! How a vendor's requests are recognised: `[[webhook.verify]]`.

use std::fmt;

use http::HeaderName;

use super::name::SecretName;
use super::quantity::Period;
use super::template::Template;

/// One way in which a request may prove where it comes from. Of a webhook's rules the first whose
/// `when` fits the request decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyRule {
    /// Which requests it is for.
    pub when: When,
    /// How they prove it.
    pub scheme: Scheme,
}

/// Which requests a rule is for: all that fit everything named here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// One of these methods, in capitals; empty for any.
    pub methods: Vec<String>,
    /// Headers that must be there, whatever their value.
    pub headers: Vec<HeaderName>,
    /// Query parameters that must be there, whatever their value.
    pub query: Vec<String>,
    /// What the content type must begin with, in lower case.
    pub content_type: Option<String>,
}

impl When {
    /// Whether it asks for nothing and so fits every request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a request proves where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// A signature in a header, over a template of the request: `hmac`, `digest`, `ed25519`, `ecdsa`.
    Signed(Signed),
    /// `sorted-form`: HMAC-SHA1 in base64 over the address and the sorted parameters of the form; any other
    /// body is covered by its SHA-256 in the query parameter `bodySHA256`.
    SortedForm {
        /// Where the signature is.
        header: HeaderName,
        /// The keys; any may match.
        secrets: Vec<SecretName>,
    },
    /// `timed-list`: `t=…,v1=…` in a header, HMAC-SHA256 in hex over `{t}.{body}`.
    TimedList {
        /// Where time stamp and signatures are.
        header: HeaderName,
        /// The keys; any may match.
        secrets: Vec<SecretName>,
        /// How far the time stamp may be off, either way.
        tolerance: Period,
    },
    /// `standard-webhooks`: the Standard Webhooks specification, `v1` (HMAC) and `v1a` (Ed25519).
    StandardWebhooks {
        /// The keys; any may match.
        secrets: Vec<SecretName>,
        /// How far the time stamp may be off, either way.
        tolerance: Period,
    },
    /// `token`: the secret itself stands in a header or in the query.
    Token(Token),
    /// `plugin`: the signature is inside the body, where only the plugin finds it. It checks with
    /// `signing.verify`, and what it lets through counts; if it breaks, nobody vouches for the request.
    Plugin,
    /// `none`: let in unsigned; the plugin is told so and its events are refused.
    Unsigned,
}

/// A signature in a header, over a template of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What kind of signature.
    pub kind: SignatureKind,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// Where it is; the first of these that is there counts.
    pub headers: Vec<HeaderName>,
    /// What stands before it in the header's value.
    pub prefix: String,
    /// The keys; any may match. For `ed25519` and `ecdsa` the vendor's public keys.
    pub secrets: Vec<SecretName>,
    /// What is signed.
    pub signed: Template,
    /// Where the time stamp is that `{timestamp}` stands for.
    pub timestamp: Option<TimestampRule>,
}

/// The secret itself, in a header or in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Headers it may be in; the first that is there counts, before the query.
    pub headers: Vec<HeaderName>,
    /// Query parameters it may be in; the first that is there counts.
    pub query: Vec<String>,
    /// What stands before it in the header's value, such as `Bearer `.
    pub prefix: String,
    /// The tokens; any may match.
    pub secrets: Vec<SecretName>,
}

/// Where a request's time stamp is, and how far it may be off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRule {
    /// Its header.
    pub header: HeaderName,
    /// How it is written.
    pub unit: TimeUnit,
    /// How far it may be off the hub's clock, either way.
    pub tolerance: Period,
}

/// How far a time stamp may be off when a rule does not say.
pub const DEFAULT_TOLERANCE: Period = Period::from_millis(5 * 60_000);

/// What kind of signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// `hmac`: a keyed hash, RFC 2104.
    Hmac(Algorithm),
    /// `digest`: a plain hash of a template that holds the secret, as older vendors do.
    Digest(Algorithm),
    /// `ed25519`: RFC 8032, checked with the vendor's public key.
    Ed25519,
    /// `ecdsa`: P-256 with SHA-256, the signature in ASN.1, checked with the vendor's public key.
    EcdsaP256,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-1, for vendors that have nothing better.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    pub(super) const NAMES: [(&'static str, Self); 3] =
        [("sha1", Self::Sha1), ("sha256", Self::Sha256), ("sha512", Self::Sha512)];
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Two digits a byte, in either case.
    Hex,
    /// RFC 4648 section 4, with padding.
    Base64,
}

impl Encoding {
    pub(super) const NAMES: [(&'static str, Self); 2] = [("hex", Self::Hex), ("base64", Self::Base64)];
}

/// How a time stamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Whole seconds since 1970.
    Seconds,
    /// Whole milliseconds since 1970.
    Milliseconds,
    /// A date and time such as `2026-01-31T12:00:00Z`.
    Rfc3339,
}

impl TimeUnit {
    pub(super) const NAMES: [(&'static str, Self); 3] =
        [("s", Self::Seconds), ("ms", Self::Milliseconds), ("rfc3339", Self::Rfc3339)];
}

impl Scheme {
    /// The word that the manifest uses.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signed(signed) => match signed.kind {
                SignatureKind::Hmac(_) => "hmac",
                SignatureKind::Digest(_) => "digest",
                SignatureKind::Ed25519 => "ed25519",
                SignatureKind::EcdsaP256 => "ecdsa",
            },
            Self::SortedForm { .. } => "sorted-form",
            Self::TimedList { .. } => "timed-list",
            Self::StandardWebhooks { .. } => "standard-webhooks",
            Self::Token(_) => "token",
            Self::Plugin => "plugin",
            Self::Unsigned => "none",
        }
    }

    /// The secrets it is checked with; any may match.
    #[must_use]
    pub fn secrets(&self) -> &[SecretName] {
        match self {
            Self::Signed(Signed { secrets, .. })
            | Self::SortedForm { secrets, .. }
            | Self::TimedList { secrets, .. }
            | Self::StandardWebhooks { secrets, .. }
            | Self::Token(Token { secrets, .. }) => secrets,
            Self::Plugin | Self::Unsigned => &[],
        }
    }

    /// The headers that the proof itself stands in.
    #[must_use]
    pub fn headers(&self) -> Vec<HeaderName> {
        match self {
            Self::Signed(signed) => signed
                .headers
                .iter()
                .cloned()
                .chain(signed.timestamp.iter().map(|t| t.header.clone()))
                .collect(),
            Self::SortedForm { header, .. } | Self::TimedList { header, .. } => vec![header.clone()],
            Self::StandardWebhooks { .. } => STANDARD_HEADERS.map(HeaderName::from_static).to_vec(),
            Self::Token(token) => token.headers.clone(),
            Self::Plugin | Self::Unsigned => Vec::new(),
        }
    }
}

/// Id, time stamp and signatures, as Standard Webhooks names them.
pub const STANDARD_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];
