//! From what the contract generates to the hub's own types, and back: by moves, and checked on the way.
//!
//! A plugin is not trusted to keep the contract. Whatever it hands back is checked here, and what breaks
//! a rule ends the call as [`CallError::Garbage`] that names the rule, so that nothing behind this module
//! has to doubt an event.

mod calls;
mod commerce;
#[cfg(any(test, fuzzing))]
#[allow(clippy::expect_used, reason = "what breaks a rule is to stop the test or the fuzzer")]
pub(super) mod drawn;
mod events;

pub(super) use calls::{
    WebhookArgument, action_outcome, analysis_input, findings, outbound, poll_page, receipt, said,
    webhook_outcome,
};

use serde_json::value::RawValue;

use super::amount;
use super::bindings::types as t;
use super::{CallError, Limits};
use crate::model::event::{Attribute, Json, Money, PROFILE_FIELDS, RawJson};
use crate::model::grant::{Ask, refusal};
use crate::model::identifier::{Evidence, Evident, Identifier};
use crate::model::manifest::Manifest;

/// The rule that was broken, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbage(String);

impl Garbage {
    /// Says where the rule was broken.
    fn at(self, place: impl std::fmt::Display) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

impl From<Garbage> for CallError {
    fn from(garbage: Garbage) -> Self {
        Self::Garbage(garbage.0)
    }
}

type Checked<T> = Result<T, Garbage>;

fn broken<T>(rule: impl Into<String>) -> Checked<T> {
    Err(Garbage(rule.into()))
}

/// The longest external id: `wit/events.wit`.
const MAX_EXTERNAL_ID: usize = 512;
/// The longest of all other ids: longer than any vendor's.
const MAX_ID: usize = 1024;
/// The longest name of a field, kind or namespace.
const MAX_NAME: usize = 128;
/// The last moment there is: the end of the year 9999.
const MAX_TIME_MS: i64 = 253_402_300_799_999;

/// Checks what one call handed back, and sums its size.
pub(super) struct Checker<'a> {
    manifest: &'a Manifest,
    /// What the plugin's file asks for, granted or not.
    asks: &'a Manifest,
    limits: &'a Limits,
    /// Bytes of text seen so far.
    pub(super) bytes: usize,
    /// How many events there are.
    pub(super) events: usize,
}

impl<'a> Checker<'a> {
    pub(super) fn new(manifest: &'a Manifest, asks: &'a Manifest, limits: &'a Limits) -> Self {
        Self { manifest, asks, limits, bytes: 0, events: 0 }
    }

    /// Any text.
    fn text(&mut self, text: String) -> String {
        self.bytes += text.len();
        text
    }

    /// A text that may be missing.
    fn maybe(&mut self, text: Option<String>) -> Option<String> {
        text.map(|text| self.text(text))
    }

    /// An id of the vendor's.
    fn id(&mut self, what: &str, id: String) -> Checked<String> {
        if id.is_empty() || id.len() > MAX_ID {
            return broken(format!("{what} must have 1 to {MAX_ID} bytes, and has {}", id.len()));
        }
        Ok(self.text(id))
    }

    fn maybe_id(&mut self, what: &str, id: Option<String>) -> Checked<Option<String>> {
        id.map(|id| self.id(what, id)).transpose()
    }

    fn time(&mut self, what: &str, ms: i64) -> Checked<i64> {
        if ms.unsigned_abs() > MAX_TIME_MS.unsigned_abs() {
            return broken(format!(
                "{what} must be milliseconds since 1970 within the years to 9999, and is {ms}"
            ));
        }
        Ok(ms)
    }

    fn maybe_time(&mut self, what: &str, ms: Option<i64>) -> Checked<Option<i64>> {
        ms.map(|ms| self.time(what, ms)).transpose()
    }

    /// A JSON document.
    fn json(&mut self, what: &str, text: String) -> Checked<Json> {
        self.bytes += text.len();
        let depth = depth(text.as_bytes());
        if depth > self.limits.json_depth {
            let limit = self.limits.json_depth;
            return broken(format!(
                "{what} nests {depth} deep, more than {limit} (`plugin.limits.json_depth`)"
            ));
        }
        RawValue::from_string(text).or_else(|error| broken(format!("{what} is not JSON: {error}")))
    }

    fn raw(&mut self, what: &str, text: String) -> Checked<RawJson> {
        self.json(what, text).map(RawJson)
    }

    fn maybe_raw(&mut self, what: &str, text: Option<String>) -> Checked<Option<RawJson>> {
        text.map(|text| self.raw(what, text)).transpose()
    }

    fn identifier(&mut self, given: t::Identifier) -> Checked<Evident> {
        self.bytes += given.namespace.len() + given.value.len();
        let identifier =
            Identifier::new(given.namespace, given.value).or_else(|error| broken(error.to_string()))?;
        if !self.manifest.may_name(&identifier.namespace) {
            let (namespace, own) = (excerpt(&identifier.namespace), self.manifest.name.as_str());
            let otherwise = || {
                format!(
                    "the namespace `{namespace}` is another plugin's: one with a `:` begins with `{own}:`, or is \
                     among `channel.reach` of the manifest"
                )
            };
            let asked = self.asks.reaches(&identifier.namespace).map(|names| Ask::Reach(names.to_string()));
            return broken(asked.map_or_else(otherwise, |ask| refusal(self.asks, &ask, String::new)));
        }
        let evidence = match given.evidence {
            t::Evidence::Verified => Evidence::Verified,
            t::Evidence::Recorded => Evidence::Recorded,
            t::Evidence::Claimed => Evidence::Claimed,
        };
        Ok(Evident { identifier, evidence })
    }

    fn identifiers(&mut self, given: Vec<t::Identifier>) -> Checked<Vec<Evident>> {
        let (count, limit) = (given.len(), self.limits.identifiers);
        if count > limit {
            return broken(format!(
                "{} identifiers of one person, more than {} (`plugin.limits.identifiers`)",
                amount::count(count),
                amount::count(limit)
            ));
        }
        given.into_iter().map(|one| self.identifier(one)).collect()
    }

    fn attributes(&mut self, given: Vec<t::Attribute>) -> Checked<Vec<Attribute>> {
        self.count("attributes of one event", given.len())?;
        given.into_iter().map(|one| self.attribute(one)).collect()
    }

    fn attribute(&mut self, given: t::Attribute) -> Checked<Attribute> {
        let field = &given.field;
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        if field.is_empty() || field.len() > MAX_NAME || !field.bytes().all(legal) {
            return broken(format!(
                "the attribute's field `{}` must be 1 to {MAX_NAME} of a-z, 0-9, `.`, `_` and `-`",
                excerpt(field)
            ));
        }
        let own = || {
            field
                .strip_prefix(self.manifest.name.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.starts_with('.'))
        };
        if !PROFILE_FIELDS.contains(&field.as_str()) && !own() {
            return broken(format!(
                "the contract names no attribute `{field}`; one of the plugin's own begins with `{}.`",
                self.manifest.name.as_str()
            ));
        }
        Ok(Attribute { field: self.text(given.field), value: self.text(given.value) })
    }

    fn money(&mut self, what: &str, given: t::Money) -> Checked<Money> {
        if !is_decimal(&given.amount) {
            return broken(format!(
                "{what} must be a decimal number such as `-12.50`, and is `{}`",
                excerpt(&given.amount)
            ));
        }
        if given.currency.len() != 3 || !given.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return broken(format!(
                "{what} needs a currency of three capitals, not `{}`",
                excerpt(&given.currency)
            ));
        }
        Ok(Money { amount: self.text(given.amount), currency: self.text(given.currency) })
    }

    fn maybe_money(&mut self, what: &str, given: Option<t::Money>) -> Checked<Option<Money>> {
        given.map(|money| self.money(what, money)).transpose()
    }

    /// A number within bounds; not-a-number is none.
    fn number(&mut self, what: &str, number: f64, low: f64, high: f64) -> Checked<f64> {
        if (low..=high).contains(&number) {
            Ok(number)
        } else {
            broken(format!("{what} must be {low} to {high}, and is {number}"))
        }
    }

    /// The length of a list inside an event.
    fn count(&mut self, what: &str, count: usize) -> Checked<()> {
        let limit = self.limits.events;
        if count > limit {
            let (count, limit) = (amount::count(count), amount::count(limit));
            return broken(format!("{count} {what}, more than {limit} (`plugin.limits.events`)"));
        }
        Ok(())
    }
}

/// How deep brackets nest outside of texts. Of text that is not JSON it says anything; that is refused
/// afterwards.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0usize, 0, 0);
    while let Some(&byte) = json.get(at) {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                at += 1;
                while let Some(&inside) = json.get(at) {
                    match inside {
                        b'"' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// `-12.50`: digits, at most one point with digits on both sides, at most 40 bytes.
fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    text.len() <= 40
        && match number.split_once('.') {
            Some((whole, part)) => digits(whole) && digits(part),
            None => digits(number),
        }
}

/// The beginning of a text, for a message.
fn excerpt(text: &str) -> &str {
    &text[..text.floor_char_boundary(80)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_a_decimal_number_and_nothing_else() {
        for good in ["0", "-12.50", "123456789012345678901234567890.12"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", ".5", "5.", "1e3", "1,000.00", "+1", "NaN", "1.2.3", " 1"] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }

    #[test]
    fn brackets_inside_texts_do_not_nest() {
        assert_eq!(depth(br#"{"a":"[[[[\"[[[","b":[[1]]}"#), 3);
        assert_eq!(depth(b"1"), 0);
        assert_eq!(depth(&[b'['; 500]), 500);
        assert_eq!(depth(b"\"\\"), 0);
    }
}
