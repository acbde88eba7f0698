//! Where a value goes, and how it gets there: the one visitor that reads every record.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::{Records, Take};
use crate::json::Raw;

/// A place for a value.
pub enum Slot<'s, 'a> {
    /// No place: the value is passed over.
    Nowhere,
    /// A place for anything, verbatim.
    Raw(&'s mut Option<Raw<'a>>),
    /// A place for anything that makes of it what it likes.
    Value(&'s mut dyn Take<'a>),
    /// A place for a string, or a whole number or boolean as text; anything else leaves it as it is.
    Text(&'s mut Cow<'a, str>),
    /// A place for a number; anything else leaves it as it is.
    Number(&'s mut Option<f64>),
    /// A place for an object.
    Object(&'s mut dyn Records<'a>),
    /// A place for a list of objects; see [`elements`](super::elements).
    List(&'s mut dyn Records<'a>),
    /// A place for such a list of anything, verbatim.
    Raws(&'s mut Vec<Raw<'a>>),
}

impl<'a> DeserializeSeed<'a> for Slot<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Slot::Nowhere => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            Slot::Raw(place) => {
                *place = Some(<&RawValue>::deserialize(deserializer)?);
                Ok(())
            }
            Slot::Value(place) => {
                place.take(<&RawValue>::deserialize(deserializer)?);
                Ok(())
            }
            slot => deserializer.deserialize_any(slot),
        }
    }
}

impl<'a> Slot<'_, 'a> {
    /// A text; a number has one too.
    fn text<E>(self, text: Cow<'a, str>) -> Result<(), E> {
        match self {
            Slot::Text(place) => *place = text,
            slot => slot.misshapen(),
        }
        Ok(())
    }

    fn misshapen(self) {
        if let Slot::Object(place) = self {
            place.misshapen();
        }
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
            slot => slot.misshapen(),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        match self {
            Slot::Number(place) => *place = Some(number as f64),
            Slot::Text(place) => *place = Cow::Owned(number.to_string()),
            slot => slot.misshapen(),
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        match self {
            Slot::Number(place) => *place = Some(number),
            slot => slot.misshapen(),
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.text(Cow::Borrowed(if truth { "true" } else { "false" }))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.misshapen();
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
            slot => {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                slot.misshapen();
            }
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
                    let nodes = name == "nodes";
                    map.next_value_seed(if nodes { Slot::List(&mut *list) } else { Slot::Nowhere })?;
                }
            }
            Slot::Raws(list) => {
                while let Some(Name(name)) = map.next_key()? {
                    let nodes = name == "nodes";
                    map.next_value_seed(if nodes { Slot::Raws(&mut *list) } else { Slot::Nowhere })?;
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
