//! Why a request is refused, a verifier cannot be prepared, or a request cannot be signed.

/// Why a request is not let in. For logs and metrics; the sender learns nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No rule of the manifest is for such a request.
    #[error("no verify rule fits this method, these headers and this query")]
    NoRule,
    /// The signature, the token or a part of what is signed is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// Something that must be there once is there several times, so that it is open which one counts.
    #[error("{0} is there more than once")]
    Repeated(String),
    /// Something is there and cannot be read.
    #[error("{what} {why}")]
    Malformed {
        /// Which header or parameter.
        what: String,
        /// What it should have been.
        why: &'static str,
    },
    /// It can be read, and is not what the secret makes.
    #[error("{0} is not the right one: is the secret that of this vendor's account?")]
    Mismatch(String),
    /// The signature is right and its time stamp too old: a replay, or a clock that is wrong.
    #[error("the time stamp is {0} ms older than the tolerance allows")]
    TooOld(u64),
    /// The signature is right and its time stamp too far in the future: a clock is wrong.
    #[error("the time stamp is {0} ms further in the future than the tolerance allows")]
    TooNew(u64),
    /// The request has a body that its signature says nothing of.
    #[error("the signature does not cover the body: it is no form, and `bodySHA256` is missing")]
    BodyUnsigned,
    /// None of the rule's secrets is set.
    #[error("the secret `{0}` is not set for this connection, and this request needs it")]
    Unset(String),
}

impl Refusal {
    /// A word for metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoRule => "no-rule",
            Self::Missing(_) => "missing",
            Self::Repeated(_) => "repeated",
            Self::Malformed { .. } => "malformed",
            Self::Mismatch(_) => "mismatch",
            Self::TooOld(_) => "too-old",
            Self::TooNew(_) => "too-new",
            Self::BodyUnsigned => "body-unsigned",
            Self::Unset(_) => "unset",
        }
    }
}

/// Why a connection's requests could not be verified at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A required secret has no value.
    #[error("the secret `{0}` is not set, and requests are verified with it: set it for this connection")]
    Unset(String),
    /// A secret's value is empty, which anybody could sign with.
    #[error("the secret `{0}` is empty: set it to the value the vendor shows")]
    Empty(String),
    /// A secret's value is not a key of the kind that is needed.
    #[error("the secret `{name}` {why}")]
    Key {
        /// Which secret.
        name: String,
        /// What it should have been.
        why: &'static str,
    },
}

/// Why a request could not be signed as a vendor would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The rules cannot be prepared.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// No rule of the manifest is for such a request.
    #[error(
        "no verify rule fits this method, these headers and this query, so there is nothing to sign it for"
    )]
    NoRule,
    /// Something that is signed too is not there; give it to the request.
    #[error("the request lacks what is signed too: {0}")]
    Request(Refusal),
    /// The secret is a public key: only the vendor can sign with it.
    #[error(
        "the secret `{0}` is a public key, which cannot sign: give a private one as `seed:` and 64 hex digits"
    )]
    Public(String),
    /// Signatures of this kind need randomness, which tests have none of.
    #[error("ecdsa signatures cannot be made here: record one that the vendor made, with its time as `now`")]
    Ecdsa,
    /// What would have to stand in a header cannot.
    #[error("the value for the header `{0}` has characters that a header cannot have")]
    Header(String),
    /// The rule's secret is not set.
    #[error("the secret `{0}` is not set")]
    Unset(String),
}
