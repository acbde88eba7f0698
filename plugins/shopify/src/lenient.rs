//! Reading JSON into records without insisting on anything.
//!
//! A missing, `null` or misshapen part reads as empty and an unknown member is passed over. Derived code is
//! made anew for every type and would double the file that every instance pays for; this is one visitor
//! for all of them. Everything borrows from the document.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use switchboard_sdk::json::Raw;

use crate::text::Text;

/// Reads a document into a record. What is no object is an empty record; an error is no JSON.
pub(crate) fn read<'a, T: Record<'a> + Default>(json: &'a str) -> switchboard_sdk::Result<T> {
    let mut record: Option<T> = None;
    fill(json, Slot::Object(&mut record))?;
    Ok(record.unwrap_or_default())
}

/// The same for a part of a document that was read already.
pub(crate) fn part<'a, T: Record<'a> + Default>(raw: Raw<'a>) -> T {
    read(raw.get()).unwrap_or_default()
}

/// The elements of a list, none where something else stands.
pub(crate) fn elements(raw: Raw<'_>) -> Vec<Raw<'_>> {
    let mut elements = Vec::new();
    let read = fill(raw.get(), Slot::Raws(&mut elements));
    debug_assert!(read.is_ok(), "a part of a document was read before");
    elements
}

/// A JSON text without its quotes and escapes.
pub(crate) fn unescaped(json: &str) -> String {
    let mut text = String::new();
    let read = fill(json, Slot::Words(&mut text));
    debug_assert!(read.is_ok(), "a part of a document was read before");
    text
}

fn fill<'a>(json: &'a str, slot: Slot<'_, 'a>) -> switchboard_sdk::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    slot.deserialize(&mut deserializer)?;
    Ok(deserializer.end()?)
}

/// A struct that says where its members go.
pub(crate) trait Record<'a> {
    /// The place for the member of that name.
    fn member(&mut self, name: &str) -> Slot<'_, 'a>;
}

/// A field of a record.
pub(crate) trait Field<'a> {
    /// Itself as a place for a value.
    fn slot(&mut self) -> Slot<'_, 'a>;
}

/// A place that records can be added to: an optional one, or a list.
pub(crate) trait Records<'a> {
    /// Adds an empty record to be filled.
    fn add(&mut self) -> &mut dyn Record<'a>;
}

/// A place for a value.
pub(crate) enum Slot<'s, 'a> {
    /// No place: the value is passed over.
    Nowhere,
    /// A place for a text, number or boolean.
    Text(&'s mut Text<'a>),
    /// A place for the words of a text, without escapes.
    Words(&'s mut String),
    /// A place for anything, verbatim.
    Raw(&'s mut Option<Raw<'a>>),
    /// A place for an object.
    Object(&'s mut dyn Records<'a>),
    /// A place for a list of objects: `[…]` as REST writes it, `{"nodes": […]}` as GraphQL does.
    List(&'s mut dyn Records<'a>),
    /// A place for such a list of anything, verbatim.
    Raws(&'s mut Vec<Raw<'a>>),
}

impl<'a> Field<'a> for Text<'a> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Text(self)
    }
}

impl<'a> Field<'a> for Option<Raw<'a>> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Raw(self)
    }
}

impl<'a> Field<'a> for Vec<Raw<'a>> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Raws(self)
    }
}

impl<'a, T: Record<'a> + Default> Field<'a> for Option<T> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Object(self)
    }
}

impl<'a, T: Record<'a> + Default> Records<'a> for Option<T> {
    fn add(&mut self) -> &mut dyn Record<'a> {
        self.insert(T::default())
    }
}

impl<'a, T: Record<'a> + Default> Field<'a> for Vec<T> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::List(self)
    }
}

impl<'a, T: Record<'a> + Default> Records<'a> for Vec<T> {
    fn add(&mut self) -> &mut dyn Record<'a> {
        self.push_mut(T::default())
    }
}

/// Declares records. A member's name in JSON is the field's; further names may stand in brackets.
macro_rules! record {
    ($($(#[$about:meta])* $vis:vis struct $record:ident {
        $($(#[$of:meta])* $fvis:vis $field:ident $(($($name:literal)|+))?: $type:ty),* $(,)?
    })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Default)]
        $vis struct $record<'a> {
            $($(#[$of])* $fvis $field: $type,)*
        }

        impl<'a> $crate::lenient::Record<'a> for $record<'a> {
            fn member(&mut self, name: &str) -> $crate::lenient::Slot<'_, 'a> {
                match name {
                    $(stringify!($field) $($(| $name)+)? => $crate::lenient::Field::slot(&mut self.$field),)*
                    _ => $crate::lenient::Slot::Nowhere,
                }
            }
        }
    )*};
}
pub(crate) use record;

impl<'a> DeserializeSeed<'a> for Slot<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Slot::Nowhere => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            Slot::Text(place) => {
                *place = Text::of(<&RawValue>::deserialize(deserializer)?);
                Ok(())
            }
            Slot::Raw(place) => {
                *place = Some(<&RawValue>::deserialize(deserializer)?);
                Ok(())
            }
            slot => deserializer.deserialize_any(slot),
        }
    }
}

/// Scalars where an object or a list should stand are passed over.
impl<'a> Visitor<'a> for Slot<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if let Slot::Words(words) = self {
            words.push_str(text);
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        match self {
            Slot::List(list) => while seq.next_element_seed(Element(&mut *list))?.is_some() {},
            Slot::Raws(list) => {
                while let Some(raw) = seq.next_element()? {
                    list.push(raw);
                }
            }
            _ => while seq.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        match self {
            Slot::Object(place) => {
                let record = place.add();
                while let Some(Name(name)) = map.next_key()? {
                    map.next_value_seed(record.member(&name))?;
                }
            }
            Slot::List(list) => {
                while let Some(Name(name)) = map.next_key()? {
                    map.next_value_seed(if name == "nodes" {
                        Slot::List(&mut *list)
                    } else {
                        Slot::Nowhere
                    })?;
                }
            }
            Slot::Raws(list) => {
                while let Some(Name(name)) = map.next_key()? {
                    map.next_value_seed(if name == "nodes" {
                        Slot::Raws(&mut *list)
                    } else {
                        Slot::Nowhere
                    })?;
                }
            }
            _ => while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {},
        }
        Ok(())
    }
}

/// One element of a list of objects.
struct Element<'s, 'a>(&'s mut dyn Records<'a>);

impl<'a> DeserializeSeed<'a> for Element<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        Slot::Object(self.0).deserialize(deserializer)
    }
}

/// A member's name, borrowed unless it holds an escape.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    record! {
        struct Sample {
            id("customer_id"): Text<'a>,
            inner: Option<Inner<'a>>,
            list: Vec<Inner<'a>>,
            raws: Vec<Raw<'a>>,
        }

        struct Inner {
            x: Text<'a>,
        }
    }

    #[test]
    fn a_misshapen_part_is_empty_and_costs_nothing_else() {
        let json = r#"{"list":"none","inner":[1,{"x":2}],"raws":7.5,"other":{"a":[]},"id":9007199254740993}"#;
        let sample: Sample<'_> = read(json).unwrap();
        assert_eq!(sample.id.get(), Some("9007199254740993"));
        assert!(sample.inner.is_none() && sample.list.is_empty() && sample.raws.is_empty());
        assert!(read::<Sample<'_>>("[1,2]").unwrap().id.get().is_none());
    }

    #[test]
    fn a_list_is_read_from_either_interface() {
        for json in [
            r#"{"customer_id":"1","list":[{"x":1},{"x":2}],"raws":[ {"y": 1} ],"inner":{"x":true}}"#,
            r#"{"id":1,"list":{"page":{"x":3},"nodes":[{"x":1},{"x":2}]},"raws":{"nodes":[{"y": 1}]},
                "inner":{"x":true}}"#,
        ] {
            let sample: Sample<'_> = read(json).unwrap();
            assert_eq!(sample.id.get(), Some("1"));
            let list: Vec<_> = sample.list.iter().map(|inner| inner.x.get()).collect();
            assert_eq!(list, [Some("1"), Some("2")]);
            assert_eq!(sample.raws[0].get(), r#"{"y": 1}"#);
            assert!(sample.inner.unwrap().x.is_true());
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for json in ["", "{", "{}x", "{\"id\":}", "<order/>"] {
            assert!(matches!(read::<Sample<'_>>(json), Err(switchboard_sdk::Error::Reject(_))), "{json}");
        }
    }
}
