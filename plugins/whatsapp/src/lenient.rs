//! Reading JSON into structs without insisting on anything.
//!
//! A missing, `null` or misshapen part reads as empty, a number where a text should stand reads as its
//! digits, and an unknown member is passed over. Unlike derived code, which is made once for every type,
//! this is one visitor for all of them: a tenth of the size, and the file that every instance pays for
//! stays small.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use switchboard_sdk::json::Raw;

/// Reads a JSON document into a record. Where it is no object, the record is empty; `None` where it is no
/// JSON.
pub(crate) fn parse<'a, T: Record<'a> + Default>(json: &'a str) -> Option<T> {
    let mut record = T::default();
    read(json, &mut record).then_some(record)
}

/// The members of an object in order, values verbatim; a name that stands twice is two members. `None`
/// where it is no object.
pub(crate) fn members(json: &str) -> Option<Vec<(String, Raw<'_>)>> {
    let mut members = Members(Vec::new());
    let object = json.trim_start().starts_with('{') && read(json, &mut members);
    object.then(|| members.0.into_iter().filter_map(|(name, raw)| Some((name, raw?))).collect())
}

/// The elements of an array, verbatim. `None` where it is no array.
pub(crate) fn elements(json: &str) -> Option<Vec<Raw<'_>>> {
    let mut elements = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = Slot::Raws(&mut elements).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    (read.is_ok() && json.trim_start().starts_with('[')).then_some(elements)
}

/// The words of a JSON string, or anything else as it is written.
pub(crate) fn words(json: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed("");
    let mut deserializer = serde_json::Deserializer::from_str(json);
    match Slot::Text(&mut text).deserialize(&mut deserializer) {
        Ok(()) if json.trim_start().starts_with('"') => text,
        _ => Cow::Borrowed(json.trim()),
    }
}

struct Members<'a>(Vec<(String, Option<Raw<'a>>)>);

impl<'a> Record<'a> for Members<'a> {
    fn member(&mut self, name: &str) -> Slot<'_, 'a> {
        Slot::Raw(&mut self.0.push_mut((name.to_owned(), None)).1)
    }
}

fn read<'a>(json: &'a str, record: &mut dyn Record<'a>) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Slot::Object(record).deserialize(&mut deserializer).and_then(|()| deserializer.end()).is_ok()
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

/// A list that records can be added to.
pub(crate) trait Records<'a> {
    /// Adds an empty record to be filled.
    fn add(&mut self) -> &mut dyn Record<'a>;
}

/// A place for a value.
pub(crate) enum Slot<'s, 'a> {
    /// No place: the value is passed over.
    Nowhere,
    /// A place for a text, number or boolean.
    Text(&'s mut Cow<'a, str>),
    /// A place for a number.
    Number(&'s mut Option<f64>),
    /// A place for anything, verbatim.
    Raw(&'s mut Option<Raw<'a>>),
    /// A place for an object.
    Object(&'s mut dyn Record<'a>),
    /// A place for an array of anything, verbatim.
    Raws(&'s mut Vec<Raw<'a>>),
    /// A place for an array of objects.
    List(&'s mut dyn Records<'a>),
}

/// A string, or a number or boolean as text; anything else reads as empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Text<'_> {
    /// The text unless it is empty.
    pub(crate) fn some(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

impl<'a> Field<'a> for Text<'a> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Text(&mut self.0)
    }
}

impl<'a> Field<'a> for Option<Raw<'a>> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Raw(self)
    }
}

impl<'a> Field<'a> for Option<f64> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Number(self)
    }
}

/// An object, empty where something else stands.
#[derive(Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'a, T: Record<'a>> Field<'a> for Object<T> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Object(&mut self.0)
    }
}

/// An array of objects, none where something else stands.
pub(crate) struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T: Record<'a> + Default> Field<'a> for List<T> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::List(self)
    }
}

impl<'a, T: Record<'a> + Default> Records<'a> for List<T> {
    fn add(&mut self) -> &mut dyn Record<'a> {
        self.0.push_mut(T::default())
    }
}

/// Declares records. A member's name in JSON is the field's, or stands in brackets behind it.
macro_rules! record {
    ($($(#[$about:meta])* struct $record:ident { $($field:ident $(($name:literal))?: $type:ty),* $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Default)]
        pub(crate) struct $record<'a> {
            $(pub(crate) $field: $type,)*
        }

        impl<'a> $crate::lenient::Record<'a> for $record<'a> {
            fn member(&mut self, name: &str) -> $crate::lenient::Slot<'_, 'a> {
                use $crate::lenient::{Field, Slot, name_of};
                $(if name == name_of!($field $($name)?) { return Field::slot(&mut self.$field); })*
                Slot::Nowhere
            }
        }
    )*};
}

macro_rules! name_of {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

pub(crate) use {name_of, record};

impl<'a> DeserializeSeed<'a> for Slot<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Slot::Nowhere => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            Slot::Raw(place) => {
                *place = Some(<&RawValue>::deserialize(deserializer)?);
                Ok(())
            }
            slot => deserializer.deserialize_any(slot),
        }
    }
}

impl<'a> Slot<'_, 'a> {
    fn text<E>(self, text: Cow<'a, str>) -> Result<(), E> {
        if let Slot::Text(place) = self {
            *place = text;
        }
        Ok(())
    }
}

impl<'a> Visitor<'a> for Slot<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<(), E> {
        self.text(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.text(Cow::Owned(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match self {
            Slot::Number(place) => *place = Some(number as f64),
            Slot::Text(place) => *place = Cow::Owned(number.to_string()),
            _ => {}
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        match self {
            Slot::Number(place) => *place = Some(number as f64),
            Slot::Text(place) => *place = Cow::Owned(number.to_string()),
            _ => {}
        }
        Ok(())
    }

    /// A fraction is no name and no id: as a text it reads as empty.
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        if let Slot::Number(place) = self {
            *place = Some(number);
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.text(Cow::Borrowed(if truth { "true" } else { "false" }))
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
        let Slot::Object(record) = self else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        while let Some(slot) = map.next_key_seed(Name(&mut *record))? {
            map.next_value_seed(slot)?;
        }
        Ok(())
    }
}

/// An element of a list: whatever it is, it counts.
struct Element<'s, 'a>(&'s mut dyn Records<'a>);

impl<'a> DeserializeSeed<'a> for Element<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        Slot::Object(self.0.add()).deserialize(deserializer)
    }
}

/// The name of a member, which becomes the place for its value.
struct Name<'s, 'a>(&'s mut dyn Record<'a>);

impl<'s, 'a> DeserializeSeed<'a> for Name<'s, 'a> {
    type Value = Slot<'s, 'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s, 'a> Visitor<'a> for Name<'s, 'a> {
    type Value = Slot<'s, 'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.member(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Body;

    #[test]
    fn a_part_of_the_wrong_shape_reads_as_empty() {
        let text = r#"{"object":7,"entry":[{"time":1,"changes":[{"field":null,"value":{
            "metadata":[1],"contacts":{"a":[{}]},"messages":[{"id":["x"],"type":{"a":1},"text":"hi","image":3},"odd",4.5],
            "statuses":"none","unknown":{"deep":[[[]]]}}}]}]}"#;
        let body: Body<'_> = parse(text).unwrap();
        assert_eq!(&*body.object, "7");
        let value = &body.entry[0].changes[0].value;
        assert_eq!((value.contacts.len(), value.messages.len(), value.statuses.len()), (0, 3, 0));
        assert_eq!(value.messages[0].id.some(), None);
        assert_eq!(value.messages[0].image.map(|raw| raw.get()), Some("3"));
        for text in ["[]", "3", "null", "\"x\"", "4.5", "true"] {
            assert!(parse::<Body<'_>>(text).unwrap().entry.is_empty(), "{text}");
        }
        for text in ["", "{", "{}}", "[1,]", "nul"] {
            assert!(parse::<Body<'_>>(text).is_none(), "{text}");
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let body: Body<'_> = parse(r#"{"object":"plain"}"#).unwrap();
        assert!(matches!(body.object.0, Cow::Borrowed("plain")));
        let body: Body<'_> = parse(r#"{"obj\u0065ct":"caf\u00e9 \ud83d\ude00"}"#).unwrap();
        assert_eq!(&*body.object, "café 😀");
    }
}
