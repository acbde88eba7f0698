//! Credentials that the hub makes for outgoing requests: access tokens and signatures.

use super::endpoint::Endpoint;
use super::host::HostPattern;
use super::name::SecretName;
use super::template::Template;
use super::verify::{Algorithm, Encoding, TimeUnit};

/// One of `[[oauth]]`: access tokens that the hub fetches, keeps and renews; `{{oauth:NAME}}` in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    /// Its name.
    pub name: SecretName,
    /// Where tokens come from.
    pub token_url: Endpoint,
    /// For what a token is given.
    pub grant: Grant,
    /// Who asks.
    pub client_id: ClientId,
    /// What proves it; a public client has none.
    pub client_secret: Option<SecretName>,
    /// What is asked for, as the other system writes it.
    pub scope: Option<String>,
    /// Where client and secret stand in the question.
    pub auth: ClientAuth,
    /// The hosts whose requests a token may be written into.
    pub hosts: Vec<HostPattern>,
}

/// For what a token is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// `client-credentials`: for the client's secret alone, RFC 6749 section 4.4.
    ClientCredentials,
    /// `refresh-token`: for a refresh token that a person's consent gave, RFC 6749 section 6. Where an answer
    /// brings a new one, the hub keeps that.
    RefreshToken(SecretName),
}

/// Who asks for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientId {
    /// This text.
    Text(String),
    /// `{{setting:NAME}}`.
    Setting(String),
    /// `{{secret:NAME}}`.
    Secret(SecretName),
}

/// Where client and secret stand when a token is asked for: RFC 6749 section 2.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `body`: in the form.
    Body,
    /// `basic`: in the `authorization` header.
    Basic,
}

impl ClientAuth {
    pub(super) const NAMES: [(&'static str, Self); 2] = [("body", Self::Body), ("basic", Self::Basic)];
}

/// One of `[[signing]]`: an HMAC that the hub makes of an outgoing request; `{{hmac:NAME}}` in it is the
/// signature, `{{time:NAME}}` the time stamp that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// Its name.
    pub name: SecretName,
    /// The key.
    pub secret: SecretName,
    /// With which hash.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What is signed.
    pub signed: Template,
    /// How the time stamp is written.
    pub timestamp: TimeUnit,
    /// The hosts whose requests may be signed.
    pub hosts: Vec<HostPattern>,
}

impl OAuth {
    /// The secrets that the hub sends where tokens come from, and nowhere else.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        let refresh = match &self.grant {
            Grant::RefreshToken(name) => Some(name),
            Grant::ClientCredentials => None,
        };
        let client = match &self.client_id {
            ClientId::Secret(name) => Some(name),
            ClientId::Text(_) | ClientId::Setting(_) => None,
        };
        self.client_secret.iter().chain(refresh).chain(client)
    }
}
