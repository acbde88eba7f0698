//! Scalars and lists as the shop writes them, read without loss and without complaint.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use switchboard_sdk::{Timestamp, time};

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

    fn read(raw: &'a str) -> Self {
        let value = match raw.as_bytes() {
            [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => {
                Some(Cow::Borrowed(&raw[1..raw.len() - 1]))
            }
            [b'"', ..] => serde_json::from_str(raw).ok().map(Cow::Owned),
            [b'-' | b'0'..=b'9' | b't' | b'f', ..] => Some(Cow::Borrowed(raw)),
            _ => None,
        };
        Self { value, given: true }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self {
            value: Some(Cow::Borrowed(text)),
            given: true,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| Self::read(raw.get()))
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

/// A list: `[…]` as REST writes it, `{"nodes": […]}` as GraphQL does. `null` is the empty list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if name == "nodes" {
                        items = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(List(items))
            }
        }
        deserializer.deserialize_any(Items(PhantomData))
    }
}

/// Tags: `"vip, wholesale"` as REST writes them, `["vip", "wholesale"]` as GraphQL does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tags(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        let tags: Vec<String> = if raw.starts_with('[') {
            serde_json::from_str(raw).unwrap_or_default()
        } else {
            let text = Text::read(raw);
            let parts = text.get().unwrap_or_default().split(',');
            parts.map(|tag| tag.trim().to_owned()).collect()
        };
        let tags: Vec<String> = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
        Ok(Self(Some(tags.join(", "))))
    }
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
            let read: Text<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(read.get(), text, "{json}");
        }
    }

    #[test]
    fn a_list_is_read_from_either_interface() {
        for json in ["[1,2]", r#"{"pageInfo":{"x":[3]},"nodes":[1,2]}"#] {
            assert_eq!(serde_json::from_str::<List<u8>>(json).unwrap().0, [1, 2]);
        }
        assert!(
            serde_json::from_str::<List<u8>>("null")
                .unwrap()
                .0
                .is_empty()
        );
    }

    #[test]
    fn tags_are_the_same_from_either_interface() {
        for json in [r#""vip,  wholesale""#, r#"["vip","wholesale"]"#] {
            let tags: Tags = serde_json::from_str(json).unwrap();
            assert_eq!(tags.0.as_deref(), Some("vip, wholesale"));
        }
        assert_eq!(
            serde_json::from_str::<Tags>("null").unwrap().0.as_deref(),
            Some("")
        );
    }

    #[test]
    fn a_global_id_names_the_same_record_as_the_bare_one() {
        assert_eq!(bare_id("gid://shopify/Order/42"), "42");
        assert_eq!(bare_id("gid://shopify/Cart/abc?key=1"), "abc");
        assert_eq!(bare_id("42"), "42");
    }
}
