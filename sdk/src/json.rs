//! JSON without loss: ids above 2^53 and prices keep every digit, unknown parts stay as they were written.
//!
//! Parse into your own structs with [`serde_json`]; use [`Digits`] where a vendor writes a number that is
//! really a name or an amount, and [`Raw`] for a part that is to be kept verbatim. Two things of serde
//! buffer and so lose the verbatim text: `#[serde(flatten)]` and untagged enums. Avoid them around both.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::value::RawValue;

use crate::error::Result;

/// A part of a document, verbatim and borrowed from it.
pub type Raw<'a> = &'a RawValue;

/// A JSON number or string as its text, every digit kept: `9007199254740993` and `"12.50"` alike. `null`
/// is the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits(pub String);

impl Digits {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it was `null`, missing or empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Digits> for String {
    fn from(digits: Digits) -> Self {
        digits.0
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().as_bytes()[0] {
            b'"' => serde_json::from_str(raw.get()).map(Self).map_err(serde::de::Error::custom),
            b'n' => Ok(Self::default()),
            b'-' | b'0'..=b'9' => Ok(Self(String::from(Box::<str>::from(raw)))),
            _ => Err(serde::de::Error::custom("expected a number or a text")),
        }
    }
}

/// Takes a field that is missing, `null` or of another shape as `None`, instead of refusing the whole
/// document: `#[serde(default, deserialize_with = "json::lenient")]`.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// Takes `null` as the default: `#[serde(default, deserialize_with = "json::or_default")]`.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// The members of an object in order, values verbatim. A name that stands twice is two members.
pub fn members(object: &str) -> Result<Vec<(String, Raw<'_>)>> {
    struct Members;
    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(String, Raw<'de>)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> std::result::Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(object);
    let members = serde::Deserializer::deserialize_map(&mut deserializer, Members)?;
    deserializer.end()?;
    Ok(members)
}

/// The elements of an array, verbatim.
pub fn elements(array: &str) -> Result<Vec<Raw<'_>>> {
    Ok(serde_json::from_str(array)?)
}

/// The value under a path of member names, verbatim: `json::at(text, &["customer", "id"])`. `None` when
/// there is none, or it is `null`, or the text is no JSON.
pub fn at<'a>(document: &'a str, path: &[&str]) -> Option<&'a str> {
    let mut here = document;
    for name in path {
        here = members(here).ok()?.into_iter().find(|(member, _)| member == name)?.1.get();
    }
    (here.trim() != "null").then_some(here)
}

/// The text of a JSON string, or the digits of a number, under a path; see [`at`].
pub fn text_at(document: &str, path: &[&str]) -> Option<String> {
    let digits: Digits = serde_json::from_str(at(document, path)?).ok()?;
    Some(digits.0)
}

/// A text as a JSON string, with its quotes.
pub fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| String::from("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Record {
        id: Digits,
        price: Digits,
        #[serde(default, deserialize_with = "lenient")]
        odd: Option<Vec<u8>>,
        #[serde(default, deserialize_with = "or_default")]
        name: String,
    }

    #[test]
    fn no_digit_is_lost() {
        let text = r#"{"id": 9007199254740993001, "price": 12.50, "odd": {"x": 1}, "name": null}"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert_eq!(record.id.as_str(), "9007199254740993001");
        assert_eq!(record.price.as_str(), "12.50");
        assert_eq!(record.odd, None);
        assert_eq!(record.name, "");
        let record: Record = serde_json::from_str(r#"{"id":"a\u0062","price":null,"odd":[1]}"#).unwrap();
        assert_eq!((record.id.as_str(), record.price.is_empty(), record.odd), ("ab", true, Some(vec![1])));
    }

    #[test]
    fn parts_are_found_verbatim() {
        let text = r#"{"a": {"id": 1.0e2, "b": [ 1,2 ]}, "n": null}"#;
        assert_eq!(at(text, &["a", "b"]), Some("[ 1,2 ]"));
        assert_eq!(text_at(text, &["a", "id"]).as_deref(), Some("1.0e2"));
        assert_eq!(at(text, &["n"]), None);
        assert_eq!(at(text, &["a", "id", "x"]), None);
        assert_eq!(
            elements("[ {\"x\":1} , 2]").unwrap().iter().map(|r| r.get()).collect::<Vec<_>>(),
            ["{\"x\":1}", "2"]
        );
    }
}
