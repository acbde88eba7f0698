//! Reading JSON into records without insisting on anything.
//!
//! A missing, `null` or misshapen part reads as empty and an unknown member is passed over, as one does well
//! with what a vendor may change tomorrow. Derived code is made anew for every type and would double the
//! file that every instance pays for; this is one visitor for all of them. Everything borrows from the
//! document.
//!
//! ```
//! use switchboard_sdk::json::Raw;
//! use switchboard_sdk::{lenient, record};
//!
//! record! {
//!     /// An order, as either interface writes it.
//!     struct Order {
//!         lines("lines" | "lineItems"): Vec<Line<'a>>,
//!         note: Option<Raw<'a>>,
//!     }
//!
//!     struct Line {
//!         price: Option<f64>,
//!         tags: Vec<Raw<'a>>,
//!     }
//! }
//!
//! let order: Order<'_> = lenient::read(r#"{"lineItems": [{"price": 2}, "odd"], "new": {}}"#)?;
//! assert_eq!(order.lines[0].price, Some(2.0));
//! assert!(order.note.is_none());
//! # Ok::<(), switchboard_sdk::Error>(())
//! ```

mod slot;

use std::borrow::Cow;

use serde::de::DeserializeSeed;

pub use self::slot::Slot;
use crate::json::Raw;

/// Reads a document into a record. What is no object is an empty record.
///
/// # Errors
/// Rejects what is no JSON.
pub fn read<'a, T: Record<'a> + Default>(json: &'a str) -> crate::Result<T> {
    let mut record: Option<T> = None;
    fill(json, Slot::Object(&mut record))?;
    Ok(record.unwrap_or_default())
}

/// The same for a part of a document that was read already.
pub fn part<'a, T: Record<'a> + Default>(raw: Raw<'a>) -> T {
    read(raw.get()).unwrap_or_default()
}

/// The elements of a list, verbatim; none where something else stands. A list is `[…]`, or `{"nodes": […]}`
/// as GraphQL writes it.
pub fn elements(raw: Raw<'_>) -> Vec<Raw<'_>> {
    let mut elements = Vec::new();
    let read = fill(raw.get(), Slot::Raws(&mut elements));
    debug_assert!(read.is_ok(), "a part of a document was read before");
    elements
}

/// The elements of an array, verbatim. `None` where it is no array. As [`json::elements`](crate::json::elements),
/// which says why, and costs more.
pub fn array(json: &str) -> Option<Vec<Raw<'_>>> {
    let mut elements = Vec::new();
    let array = json.trim_start().starts_with('[') && fill(json, Slot::Raws(&mut elements)).is_ok();
    array.then_some(elements)
}

/// The members of an object in order, values verbatim; a name that stands twice is two members. `None`
/// where it is no object. As [`json::members`](crate::json::members), which says why, and costs more.
pub fn members(json: &str) -> Option<Vec<(String, Raw<'_>)>> {
    let mut members = Members(Vec::new());
    let object = json.trim_start().starts_with('{') && fill(json, Slot::Object(&mut members)).is_ok();
    object.then(|| members.0.into_iter().filter_map(|(name, raw)| Some((name, raw?))).collect())
}

/// The words of a JSON string without quotes and escapes, or anything else as it is written.
pub fn words(json: &str) -> Cow<'_, str> {
    let json = json.trim();
    let mut words = Cow::Borrowed("");
    let string = json.starts_with('"') && fill(json, Slot::Text(&mut words)).is_ok();
    if string { words } else { Cow::Borrowed(json) }
}

struct Members<'a>(Vec<(String, Option<Raw<'a>>)>);

impl<'a> Record<'a> for Members<'a> {
    fn member(&mut self, name: &str) -> Slot<'_, 'a> {
        self.0.push_mut((name.to_owned(), None)).1.slot()
    }
}

impl<'a> Records<'a> for Members<'a> {
    fn add(&mut self) -> &mut dyn Record<'a> {
        self
    }
}

fn fill<'a>(json: &'a str, slot: Slot<'_, 'a>) -> crate::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    slot.deserialize(&mut deserializer)?;
    Ok(deserializer.end()?)
}

/// A struct that says where its members go; [`record!`](crate::record) writes it.
pub trait Record<'a> {
    /// The place for the member of that name.
    fn member(&mut self, name: &str) -> Slot<'_, 'a>;
}

/// A field of a record.
pub trait Field<'a> {
    /// Itself as a place for a value.
    fn slot(&mut self) -> Slot<'_, 'a>;
}

/// A place that makes of a value what it likes.
pub trait Take<'a> {
    /// Takes the value, verbatim.
    fn take(&mut self, raw: Raw<'a>);
}

/// A place that records can be added to: a single one, or a list.
pub trait Records<'a> {
    /// Adds an empty record to be filled.
    fn add(&mut self) -> &mut dyn Record<'a>;

    /// What stands where a record should is none. Passed over, unless a list is to keep count.
    fn misshapen(&mut self) {}
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

/// Declares records: structs that borrow for `'a`, as at least one field must, and whose fields are public
/// and [`lenient::Field`]s. A member's name in JSON is the field's, or one of those in brackets behind it.
/// See [`lenient`].
///
/// [`lenient`]: crate::lenient
/// [`lenient::Field`]: crate::lenient::Field
#[macro_export]
macro_rules! record {
    ($($(#[$about:meta])* $vis:vis struct $record:ident {
        $($(#[$of:meta])* $field:ident $(($($name:literal)|+))?: $type:ty),* $(,)?
    })*) => {$(
        $(#[$about])*
        #[derive(Default)]
        $vis struct $record<'a> {
            $($(#[$of])* pub $field: $type,)*
        }

        impl<'a> $crate::lenient::Record<'a> for $record<'a> {
            fn member(&mut self, name: &str) -> $crate::lenient::Slot<'_, 'a> {
                match name {
                    $($crate::__names!($field $($($name)|+)?) => {
                        $crate::lenient::Field::slot(&mut self.$field)
                    })*
                    _ => $crate::lenient::Slot::Nowhere,
                }
            }
        }
    )*};
}

/// What a member may be called.
#[doc(hidden)]
#[macro_export]
macro_rules! __names {
    ($field:ident) => { stringify!($field) };
    ($field:ident $($name:literal)|+) => { $($name)|+ };
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    crate::record! {
        struct Sample {
            id("id" | "customer_id"): Option<Raw<'a>>,
            kind("type"): Option<Raw<'a>>,
            number: Option<f64>,
            inner: Option<Inner<'a>>,
            list: Vec<Inner<'a>>,
            counted: Counted<'a>,
            raws: Vec<Raw<'a>>,
        }

        struct Inner {
            x: Option<Raw<'a>>,
        }
    }

    /// A list that keeps count of what is no record.
    #[derive(Default)]
    struct Counted<'a>(Vec<Inner<'a>>);

    impl<'a> Field<'a> for Counted<'a> {
        fn slot(&mut self) -> Slot<'_, 'a> {
            Slot::List(self)
        }
    }

    impl<'a> Records<'a> for Counted<'a> {
        fn add(&mut self) -> &mut dyn Record<'a> {
            self.0.push_mut(Inner::default())
        }

        fn misshapen(&mut self) {
            self.add();
        }
    }

    fn text<'a>(raw: Option<Raw<'a>>) -> Option<&'a str> {
        raw.map(RawValue::get)
    }

    #[test]
    fn a_misshapen_part_is_empty_and_costs_nothing_else() {
        let json = r#"{"list":"none","inner":[1,{"x":2}],"raws":7.5,"other":{"a":[]},"number":"1","id":9007199254740993}"#;
        let sample: Sample<'_> = read(json).unwrap();
        assert_eq!(text(sample.id), Some("9007199254740993"));
        assert!(sample.inner.is_none() && sample.list.is_empty() && sample.raws.is_empty());
        assert_eq!(sample.number, None);
        for json in ["[1,2]", "null", "true", "\"x\"", "4.5", "-1"] {
            assert!(read::<Sample<'_>>(json).unwrap().id.is_none(), "{json}");
        }
    }

    #[test]
    fn a_list_is_read_from_either_interface() {
        for json in [
            r#"{"customer_id":"1","list":[{"x":1},{"x":2}],"raws":[ {"y": 1} ],"inner":{"x":true}}"#,
            r#"{"id":"1","list":{"page":{"x":3},"nodes":[{"x":1},{"x":2}]},"raws":{"nodes":[{"y": 1}]},
                "inner":{"x":true}}"#,
        ] {
            let sample: Sample<'_> = read(json).unwrap();
            assert_eq!(text(sample.id), Some("\"1\""));
            let list: Vec<_> = sample.list.iter().map(|inner| text(inner.x)).collect();
            assert_eq!(list, [Some("1"), Some("2")]);
            assert_eq!(sample.raws[0].get(), r#"{"y": 1}"#);
            assert_eq!(text(sample.inner.unwrap().x), Some("true"));
        }
    }

    #[test]
    fn a_list_may_keep_count_of_what_is_no_record() {
        let odd = r#"[{"x":1},"odd",4.5,-1,7,null,true,[{}]]"#;
        let json = format!(r#"{{"counted":{odd},"list":{odd}}}"#);
        let sample: Sample<'_> = read(&json).unwrap();
        assert_eq!((sample.counted.0.len(), sample.list.len()), (8, 1));
    }

    #[test]
    fn a_member_is_called_what_stands_in_brackets_and_nothing_else() {
        let sample: Sample<'_> = read(r#"{"kind":1,"ty\u0070e":2,"number":1e2}"#).unwrap();
        assert_eq!((text(sample.kind), sample.number), (Some("2"), Some(100.0)));
    }

    #[test]
    fn the_words_of_a_string_are_without_escapes_and_anything_else_is_as_written() {
        assert!(matches!(words(r#" "plain" "#), Cow::Borrowed("plain")));
        assert_eq!(words(r#""caf\u00e9 \ud83d\ude00 \"x\"""#), "café 😀 \"x\"");
        assert_eq!(words(" {\"a\": 1} "), "{\"a\": 1}");
        assert_eq!(words(r#""half \ud83d""#), r#""half \ud83d""#, "no words in half a character");
        assert_eq!(elements(serde_json::from_str("[1, [2]]").unwrap()).len(), 2);
        assert!(elements(serde_json::from_str("3").unwrap()).is_empty());
    }

    #[test]
    fn an_object_and_an_array_are_taken_apart_verbatim_and_nothing_else_is() {
        let found = members(r#" {"b": 1.0, "a": [ 2 ], "b": null} "#).unwrap();
        let found: Vec<_> = found.iter().map(|(name, raw)| (name.as_str(), raw.get())).collect();
        assert_eq!(found, [("b", "1.0"), ("a", "[ 2 ]"), ("b", "null")]);
        assert_eq!(array("[1, {\"x\": 2}]").unwrap()[1].get(), "{\"x\": 2}");
        for json in ["", "3", "null", "[}", "{]", "{\"a\":}", "[1,]"] {
            assert!(members(json).is_none() && array(json).is_none(), "{json}");
        }
        assert!(members("[]").is_none() && array("{\"nodes\":[1]}").is_none());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for json in ["", "{", "{}x", "{}}", "{\"id\":}", "[1,]", "nul", "<order/>"] {
            assert!(matches!(read::<Sample<'_>>(json), Err(crate::Error::Reject(_))), "{json}");
        }
    }
}
