//! TOML turned into JSON, with the place in the file of every value kept.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use super::problem::Problems;
use super::reader::{Node, type_name};

/// A JSON document that stands in a TOML file.
pub(super) struct Written {
    pub(super) json: Value,
    /// Where each value stands, by its JSON pointer.
    spans: BTreeMap<String, Range<usize>>,
    /// Where each key stands, by the JSON pointer of its value.
    keys: BTreeMap<String, Range<usize>>,
}

impl Written {
    /// Converts a value; what JSON cannot hold is reported and becomes null.
    pub(super) fn read(node: Node<'_, '_>, problems: &Problems) -> Self {
        let mut written = Self { json: Value::Null, spans: BTreeMap::new(), keys: BTreeMap::new() };
        written.json = written.convert(node, String::new(), problems);
        written
    }

    /// Where the value with that pointer stands, or the nearest value around it.
    pub(super) fn span(&self, pointer: &str) -> Range<usize> {
        let mut pointer = pointer;
        loop {
            if let Some(span) = self.spans.get(pointer) {
                return span.clone();
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return 0..0,
            }
        }
    }

    /// Where the key of the value with that pointer stands.
    pub(super) fn key_span(&self, pointer: &str) -> Range<usize> {
        self.keys.get(pointer).cloned().unwrap_or_else(|| self.span(pointer))
    }

    /// The names in an object in the order they are written in.
    pub(super) fn names_in_order(&self, pointer: &str) -> Vec<String> {
        let Some(object) = self.json.pointer(pointer).and_then(Value::as_object) else { return Vec::new() };
        let mut names: Vec<_> = object.keys().cloned().collect();
        names.sort_by_key(|name| self.key_span(&child(pointer, name)).start);
        names
    }

    fn convert(&mut self, node: Node<'_, '_>, pointer: String, problems: &Problems) -> Value {
        self.spans.insert(pointer.clone(), node.span());
        let value = match node.get_ref() {
            DeValue::String(text) => Some(Value::String(text.to_string())),
            DeValue::Boolean(value) => Some(Value::Bool(*value)),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::from)
            }
            DeValue::Float(number) => {
                number.as_str().parse().ok().and_then(Number::from_f64).map(Value::Number)
            }
            DeValue::Datetime(_) => None,
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                Some(items.map(|(i, item)| self.convert(item, format!("{pointer}/{i}"), problems)).collect())
            }
            DeValue::Table(table) => {
                let mut object = Map::new();
                for (key, value) in table {
                    let below = child(&pointer, key.get_ref());
                    self.keys.insert(below.clone(), key.span());
                    object.insert(key.get_ref().to_string(), self.convert(value, below, problems));
                }
                Some(Value::Object(object))
            }
        };
        value.unwrap_or_else(|| {
            let message =
                format!("JSON has no such value: this is {} out of its range", type_name(node.get_ref()));
            let message = match node.get_ref() {
                DeValue::Datetime(_) => "JSON has no dates: write it as a text in quotes".to_owned(),
                _ => message,
            };
            problems.add(node.span(), message, None);
            Value::Null
        })
    }
}

/// The JSON pointer of a member.
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
