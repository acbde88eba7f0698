//! `token`: the secret itself, in a header or in the query.

use sha2::Digest as _;

use super::error::Refusal;
use super::form;
use super::keys::Keys;
use super::mac::Tag;
use super::request::{Request, any_header, header_words};
use crate::model::manifest::Token;

/// A rule with its tokens.
pub(super) struct Check {
    rule: Token,
    /// Of hashes, so that not even the length of a token shows in how long a comparison takes.
    tokens: Vec<Tag>,
}

impl Check {
    pub(super) fn compile(rule: &Token, keys: &Keys) -> Self {
        let tokens = keys.0.iter().map(|(_, key)| Tag::new(&sha2::Sha256::digest(key.as_slice()))).collect();
        Self { rule: rule.clone(), tokens }
    }

    pub(super) fn check(&self, request: &Request<'_>) -> Result<(), Refusal> {
        if let Some((name, value)) = request.first(&self.rule.headers)? {
            let token = value.strip_prefix(self.rule.prefix.as_bytes());
            let why = "has not its prefix";
            let token = token.ok_or_else(|| Refusal::Malformed { what: header_words(name), why })?;
            return self.compare(token, || format!("the token in {}", header_words(name)));
        }
        for name in &self.rule.query {
            let mut values =
                form::pairs(request.query_raw.as_bytes()).filter(|(key, _)| key.as_ref() == name.as_bytes());
            let Some((_, value)) = values.next() else { continue };
            let what = || format!("the query parameter `{name}`");
            if values.next().is_some() {
                return Err(Refusal::Repeated(what()));
            }
            return self.compare(&value, || format!("the token in {}", what()));
        }
        let query = self.rule.query.iter().map(|name| format!("the query parameter `{name}`"));
        let header = (!self.rule.headers.is_empty()).then(|| any_header(&self.rule.headers));
        Err(Refusal::Missing(header.into_iter().chain(query).collect::<Vec<_>>().join(" or ")))
    }

    fn compare(&self, given: &[u8], what: impl Fn() -> String) -> Result<(), Refusal> {
        let given = sha2::Sha256::digest(given);
        let matched = self.tokens.iter().fold(false, |matched, token| matched | token.equals(&given));
        if matched { Ok(()) } else { Err(Refusal::Mismatch(what())) }
    }
}
