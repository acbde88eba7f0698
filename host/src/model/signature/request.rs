//! A request as signatures see it.

use http::{HeaderMap, HeaderName};

use super::error::Refusal;
use super::form;
use crate::model::manifest::When;

/// A request from outside, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// The whole address as the vendor was told it and called it: scheme, host, path, query.
    pub url: &'a str,
    /// The path of that address, as it was received.
    pub path: &'a str,
    /// The query as it was received, without `?`; empty when there is none.
    pub query_raw: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, byte by byte.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Whether a rule is for this request.
    #[must_use]
    pub fn fits(&self, when: &When) -> bool {
        self.fits_with(when, &[], &[])
    }

    /// The same for a request that is about to be given some headers and parameters.
    pub(super) fn fits_with(&self, when: &When, headers: &[HeaderName], query: &[String]) -> bool {
        (when.methods.is_empty() || when.methods.iter().any(|method| method == self.method))
            && when.headers.iter().all(|name| self.headers.contains_key(name) || headers.contains(name))
            && when.query.iter().all(|name| {
                query.contains(name)
                    || form::pairs(self.query_raw.as_bytes()).any(|(key, _)| key == name.as_bytes())
            })
            && when.content_type.as_ref().is_none_or(|start| self.content_type_begins(start))
    }

    /// Whether the content type begins with that, whatever the case.
    pub(super) fn content_type_begins(&self, start: &str) -> bool {
        let value = self.headers.get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
        value
            .and_then(|value| value.trim_ascii_start().get(..start.len()))
            .is_some_and(|value| value.eq_ignore_ascii_case(start.as_bytes()))
    }

    /// The value of a header that may be missing and must not be there twice.
    pub(super) fn header(&self, name: &HeaderName) -> Result<Option<&'a [u8]>, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.as_bytes());
        if values.next().is_some() {
            return Err(Refusal::Repeated(header_words(name)));
        }
        Ok(value)
    }

    /// The value of a header that must be there.
    pub(super) fn must(&self, name: &HeaderName) -> Result<&'a [u8], Refusal> {
        self.header(name)?.ok_or_else(|| Refusal::Missing(header_words(name)))
    }

    /// The first of these headers that is there.
    pub(super) fn first<'n>(
        &self,
        names: &'n [HeaderName],
    ) -> Result<Option<(&'n HeaderName, &'a [u8])>, Refusal> {
        for name in names {
            if let Some(value) = self.header(name)? {
                return Ok(Some((name, value)));
            }
        }
        Ok(None)
    }
}

/// How messages call a header.
pub(super) fn header_words(name: &HeaderName) -> String {
    format!("the header `{name}`")
}

/// How messages call any of several headers.
pub(super) fn any_header(names: &[HeaderName]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("the header {}", names.join(" or "))
}
