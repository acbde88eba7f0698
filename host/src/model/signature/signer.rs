//! Signs requests as the vendor would: for recorded requests of plugins, and for the demonstration.

use http::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::error::SignError;
use super::keys::{Found, Keys};
use super::request::{Request, header_words};
use super::{form, signed, sorted_form, standard, timed_list};
use crate::model::manifest::{Manifest, STANDARD_HEADERS, Scheme, VerifyRule};

/// Makes the proof that a manifest's rules ask for, with the vendor's side of the secrets.
///
/// Where a rule holds the vendor's public key, a test gives a private one instead, `seed:` and 64 hex
/// digits: [`super::Verifier`] takes the public half of it.
pub struct Signer<'m, S> {
    manifest: &'m Manifest,
    secrets: S,
}

/// What a request must be given so that it passes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// Headers to set.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Parameters to put behind the query, in order.
    pub query: Vec<(String, String)>,
}

impl Proof {
    /// An address with the parameters behind it.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let separator = if url.contains('?') { "&" } else { "?" };
        if self.query.is_empty() { url.to_owned() } else { format!("{url}{separator}{}", self.pairs()) }
    }

    /// A query, without `?`, with the parameters behind it.
    #[must_use]
    pub fn query(&self, query_raw: &str) -> String {
        match (query_raw, self.query.is_empty()) {
            ("", _) => self.pairs(),
            (_, true) => query_raw.to_owned(),
            (_, false) => format!("{query_raw}&{}", self.pairs()),
        }
    }

    fn pairs(&self) -> String {
        let pairs =
            self.query.iter().map(|(name, value)| format!("{}={}", form::encode(name), form::encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl<'m, S: Fn(&str) -> Option<Zeroizing<Vec<u8>>>> Signer<'m, S> {
    /// For the rules of a manifest; `secrets` gives the value of a secret.
    pub fn new(manifest: &'m Manifest, secrets: S) -> Self {
        Self { manifest, secrets }
    }

    /// Signs for the rule that will decide over the request once it is signed. A rule that lets
    /// requests in unsigned adds nothing.
    ///
    /// # Errors
    /// When no rule fits, a secret is missing or cannot sign, or something signed too is missing.
    pub fn sign(&self, request: &Request<'_>, now_ms: i64) -> Result<Proof, SignError> {
        let mut rules = self.manifest.webhook.iter().flat_map(|webhook| &webhook.verify);
        let rule = rules.find(|rule| {
            let query: &[String] = match &rule.scheme {
                Scheme::Token(token) => &token.query,
                _ => &[],
            };
            request.fits_with(&rule.when, &rule.scheme.headers(), query)
        });
        self.sign_for(rule.ok_or(SignError::NoRule)?, request, now_ms)
    }

    /// Signs for one rule, whether or not it fits.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn sign_for(
        &self,
        rule: &VerifyRule,
        request: &Request<'_>,
        now_ms: i64,
    ) -> Result<Proof, SignError> {
        let keys = match Keys::find(rule.scheme.secrets(), self.manifest, &self.secrets)? {
            Found::Set(keys) => keys,
            Found::Unset(name) => return Err(SignError::Unset(name)),
        };
        let mut proof = Proof::default();
        match &rule.scheme {
            Scheme::Plugin | Scheme::Unsigned => {}
            Scheme::Signed(rule) => {
                let (signature, stamp) = signed::sign(rule, &keys, request, now_ms)?;
                proof.set(rule.headers.first().ok_or(SignError::NoRule)?, &signature)?;
                if let (Some(rule), Some(stamp)) = (&rule.timestamp, stamp) {
                    proof.set(&rule.header, &stamp)?;
                }
            }
            Scheme::SortedForm { header, .. } => {
                if !sorted_form::is_form(request)
                    && !request.body.is_empty()
                    && !request.url.contains(sorted_form::BODY_HASH)
                {
                    let hash = sorted_form::body_hash(request.body);
                    proof.query.push((sorted_form::BODY_HASH.to_owned(), hash));
                }
                let url = proof.url(request.url);
                let request = Request { url: &url, ..*request };
                proof.set(header, &sorted_form::sign(&keys, &request)?)?;
            }
            Scheme::TimedList { header, .. } => {
                let value = timed_list::sign(&keys, request, now_ms)?;
                proof.set(header, &value)?;
            }
            Scheme::StandardWebhooks { .. } => {
                let values = standard::sign(&keys, request, now_ms)?;
                for (name, value) in STANDARD_HEADERS.iter().zip(&values) {
                    proof.set(&HeaderName::from_static(name), value)?;
                }
            }
            Scheme::Token(rule) => {
                let (name, key) = keys.0.first().ok_or(SignError::NoRule)?;
                let token = std::str::from_utf8(key).map_err(|_| SignError::Header(name.clone()))?;
                match (rule.headers.first(), rule.query.first()) {
                    (Some(header), _) => proof.set(header, &format!("{}{token}", rule.prefix))?,
                    (None, Some(query)) => proof.query.push((query.clone(), token.to_owned())),
                    (None, None) => return Err(SignError::NoRule),
                }
            }
        }
        Ok(proof)
    }
}

impl Proof {
    fn set(&mut self, name: &HeaderName, value: &str) -> Result<(), SignError> {
        let value = HeaderValue::from_str(value).map_err(|_| SignError::Header(header_words(name)))?;
        self.headers.push((name.clone(), value));
        Ok(())
    }
}
