//! Scalars as the shop writes them, read without loss and without complaint.

use std::borrow::Cow;

use switchboard_sdk::json::Raw;
use switchboard_sdk::lenient::{Field, Slot, Take};
use switchboard_sdk::{Timestamp, lenient, time};

/// A JSON text, number or boolean as its text: an id above 2^53, a price and a flag all keep every
/// character. Whatever else stands there (`null`, an object, a list) is no text, never an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text<'a> {
    value: Option<Cow<'a, str>>,
    given: bool,
}

impl<'a> Text<'a> {
    /// The text without white space around it; `None` when there is none or it is empty.
    pub(crate) fn get(&self) -> Option<&str> {
        let text = self.value.as_deref()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The same, owned.
    pub(crate) fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// The same in lower case: REST says `paid` where GraphQL says `PAID`.
    pub(crate) fn word(&self) -> Option<String> {
        self.get().map(str::to_ascii_lowercase)
    }

    /// An id without the `gid://shopify/Order/` that GraphQL puts before it.
    pub(crate) fn id(&self) -> Option<&str> {
        self.get().map(bare_id)
    }

    /// The moment it names.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        time::rfc3339(self.get()?)
    }

    /// Whether it says `true`.
    pub(crate) fn is_true(&self) -> bool {
        self.get() == Some("true")
    }

    /// Whether the member stands in the document at all, be it as `null`.
    pub(crate) fn is_given(&self) -> bool {
        self.given
    }

    /// The scalar that stands somewhere in a document.
    pub(crate) fn of(raw: Raw<'a>) -> Self {
        let raw = raw.get();
        let value = match raw.as_bytes() {
            [b'"', ..] => Some(lenient::words(raw)),
            [b'-' | b'0'..=b'9' | b't' | b'f', ..] => Some(Cow::Borrowed(raw)),
            _ => None,
        };
        Self { value, given: true }
    }
}

impl<'a> Take<'a> for Text<'a> {
    fn take(&mut self, raw: Raw<'a>) {
        *self = Self::of(raw);
    }
}

impl<'a> Field<'a> for Text<'a> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Value(self)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self { value: Some(Cow::Borrowed(text)), given: true }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self { value: Some(Cow::Owned(text)), given: true }
    }
}

/// An id without the `gid://shopify/Order/` before it and the `?key=…` after it.
pub(crate) fn bare_id(id: &str) -> &str {
    let Some(path) = id.strip_prefix("gid://") else {
        return id;
    };
    let last = path.rsplit('/').next().unwrap_or(path);
    last.split('?').next().unwrap_or(last)
}

/// Tags as one text, `vip, wholesale`: REST writes just that, GraphQL `["vip", "wholesale"]`.
pub(crate) fn tags(raw: Raw<'_>) -> String {
    let list = lenient::elements(raw);
    let many: Vec<Text<'_>> = list.into_iter().map(Text::of).collect();
    let one = Text::of(raw);
    let parts = one.get().unwrap_or_default().split(',');
    let tags = many.iter().filter_map(Text::get).chain(parts.map(str::trim));
    let tags: Vec<&str> = tags.filter(|tag| !tag.is_empty()).collect();
    tags.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_scalar_is_lost() {
        for (json, text) in [
            ("820982911946154508", Some("820982911946154508")),
            ("\"820982911946154508\"", Some("820982911946154508")),
            ("12.50", Some("12.50")),
            ("1.0E+2", Some("1.0E+2")),
            ("\"a\\u00fc\\\"b\"", Some("aü\"b")),
            ("true", Some("true")),
            ("null", None),
            ("\"  \"", None),
            ("{\"a\":1}", None),
            ("[1]", None),
        ] {
            let read = Text::of(serde_json::from_str(json).unwrap());
            assert_eq!(read.get(), text, "{json}");
        }
    }

    #[test]
    fn tags_are_the_same_from_either_interface() {
        for json in [r#""vip,  wholesale""#, r#"["vip","wholesale"]"#] {
            assert_eq!(tags(serde_json::from_str(json).unwrap()), "vip, wholesale");
        }
        assert_eq!(tags(serde_json::from_str("null").unwrap()), "");
    }

    #[test]
    fn a_global_id_names_the_same_record_as_the_bare_one() {
        assert_eq!(bare_id("gid://shopify/Order/42"), "42");
        assert_eq!(bare_id("gid://shopify/Cart/abc?key=1"), "abc");
        assert_eq!(bare_id("42"), "42");
    }
}
