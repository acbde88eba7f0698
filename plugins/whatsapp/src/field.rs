//! The kinds of fields that what Meta sends is read into: none is ever missing, so that code can ask for a
//! part of a part without a question in between.

use std::borrow::Cow;
use std::ops::Deref;

use switchboard_sdk::lenient::{Field, Record, Records, Slot};

/// A string, or a whole number or boolean as text; anything else reads as empty.
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
        Slot::Object(self)
    }
}

impl<'a, T: Record<'a>> Records<'a> for Object<T> {
    fn add(&mut self) -> &mut dyn Record<'a> {
        &mut self.0
    }
}

/// An array of objects, none where something else stands. What is no object in it counts as an empty one.
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

    fn misshapen(&mut self) {
        self.add();
    }
}

#[cfg(test)]
mod tests {
    use switchboard_sdk::lenient::read;

    use super::*;
    use crate::payload::Body;

    #[test]
    fn a_part_of_the_wrong_shape_reads_as_empty() {
        let text = r#"{"object":7,"entry":[{"time":1,"changes":[{"field":null,"value":{
            "metadata":[1],"contacts":{"a":[{}]},"messages":[{"id":["x"],"type":{"a":1},"text":"hi","image":3},"odd",4.5],
            "statuses":"none","unknown":{"deep":[[[]]]}}}]}]}"#;
        let body: Body<'_> = read(text).unwrap();
        assert_eq!(&*body.object, "7");
        let value = &body.entry[0].changes[0].value;
        assert_eq!((value.contacts.len(), value.messages.len(), value.statuses.len()), (0, 3, 0));
        assert_eq!(value.messages[0].id.some(), None);
        assert_eq!(value.messages[0].image.map(|raw| raw.get()), Some("3"));
        for text in ["[]", "3", "null", "\"x\"", "4.5", "true"] {
            assert!(read::<Body<'_>>(text).unwrap().entry.is_empty(), "{text}");
        }
        for text in ["", "{", "{}}", "[1,]", "nul"] {
            assert!(read::<Body<'_>>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let body: Body<'_> = read(r#"{"object":"plain"}"#).unwrap();
        assert!(matches!(body.object.0, Cow::Borrowed("plain")));
        let body: Body<'_> = read(r#"{"obj\u0065ct":"caf\u00e9 \ud83d\ude00"}"#).unwrap();
        assert_eq!(&*body.object, "café 😀");
    }
}
