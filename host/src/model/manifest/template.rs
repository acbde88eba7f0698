//! What a vendor signs, as a text with places for parts of the request.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::problem::{Malformed, suggest};

/// A part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These bytes as they are.
    Literal(String),
    /// `{method}`: `POST`.
    Method,
    /// `{url}`: the public address as the vendor called it, with its query.
    Url,
    /// `{url-decoded}`: the same with `%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B` decoded and no
    /// other escape.
    UrlDecoded,
    /// `{path}`: the path of the address.
    Path,
    /// `{query}`: the query as it was received, without `?`.
    Query,
    /// `{timestamp}`: the time stamp as the rule's `timestamp` header has it.
    Timestamp,
    /// `{body}`: the body, byte by byte.
    Body,
    /// `{header:NAME}`: the value of a header.
    Header(HeaderName),
    /// `{secret}`: the secret itself; only for plain digests.
    Secret,
}

/// A text such as `{timestamp}.{body}`, of which a signature is made.
///
/// `{{` and `}}` stand for the braces themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub(super) Vec<Part>);

const NAMES: [(&str, Part); 8] = [
    ("body", Part::Body),
    ("timestamp", Part::Timestamp),
    ("method", Part::Method),
    ("url", Part::Url),
    ("url-decoded", Part::UrlDecoded),
    ("path", Part::Path),
    ("query", Part::Query),
    ("secret", Part::Secret),
];

impl Template {
    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether it has this part.
    #[must_use]
    pub fn has(&self, part: &Part) -> bool {
        self.0.contains(part)
    }
}

impl Default for Template {
    /// `{body}`.
    fn default() -> Self {
        Self(vec![Part::Body])
    }
}

impl FromStr for Template {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let inner = (brace == "{").then(|| rest.split_once('}')).flatten();
            let Some((name, after)) = inner else {
                return Err(Malformed::new(format!(
                    "`{}` has a `{brace}` without its partner; write `{brace}{brace}` for the brace itself",
                    Malformed::excerpt(text)
                )));
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(part(name)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }
}

fn part(name: &str) -> Result<Part, Malformed> {
    if let Some(header) = name.strip_prefix("header:") {
        let header = header.to_ascii_lowercase().parse().map_err(|_| {
            Malformed::new(format!("`{}` is not the name of a header", Malformed::excerpt(header)))
        })?;
        return Ok(Part::Header(header));
    }
    if let Some((_, part)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Ok(part.clone());
    }
    let help = suggest(name, NAMES.iter().map(|(known, _)| *known)).unwrap_or_default();
    Err(Malformed::new(format!(
        "`{{{}}}` is no part of a request: {help}; a header is `{{header:NAME}}`",
        Malformed::excerpt(name)
    )))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Part::Header(name) => write!(f, "{{header:{name}}}")?,
                other => {
                    if let Some((name, _)) = NAMES.iter().find(|(_, part)| part == other) {
                        write!(f, "{{{name}}}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_template_reads_its_parts() -> Result<(), Malformed> {
        let template: Template = "v0:{timestamp}.{header:X-Id}{{{body}}}".parse()?;
        assert_eq!(
            template.parts(),
            [
                Part::Literal("v0:".to_owned()),
                Part::Timestamp,
                Part::Literal(".".to_owned()),
                Part::Header(HeaderName::from_static("x-id")),
                Part::Literal("{".to_owned()),
                Part::Body,
                Part::Literal("}".to_owned()),
            ]
        );
        assert_eq!("".parse::<Template>()?.parts(), []);
        Ok(())
    }

    #[test]
    fn an_unknown_part_is_answered_with_the_nearest() {
        let error = "{timestmp}.{body}".parse::<Template>().err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("did you mean `timestamp`?"), "{error}");
        for wrong in ["{body", "body}", "{}", "{header:}", "{header:a b}"] {
            assert!(wrong.parse::<Template>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_reads_back_as_printed(text in "[{}a-z:-]{0,24}") {
            if let Ok(template) = text.parse::<Template>() {
                prop_assert_eq!(template.to_string().parse::<Template>(), Ok(template));
            }
        }
    }
}
