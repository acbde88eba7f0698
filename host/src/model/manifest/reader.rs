//! Walks a TOML table key by key, remembers which keys were asked for, and reports the others.

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, suggest};

/// A value of a TOML file with the bytes it stands at.
pub(super) type Node<'t, 'i> = &'t Spanned<DeValue<'i>>;

/// A text and the bytes it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

/// One table of the manifest while it is read. Call [`Section::finish`] at its end.
pub(super) struct Section<'t, 'i> {
    /// What it is called in messages: `[webhook]`.
    pub(super) title: String,
    /// Where it stands; missing keys are reported here.
    pub(super) span: Range<usize>,
    pub(super) problems: &'t Problems,
    entries: &'t DeTable<'i>,
    known: Vec<&'static str>,
}

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn new(
        title: impl Into<String>,
        span: Range<usize>,
        entries: &'t DeTable<'i>,
        problems: &'t Problems,
    ) -> Self {
        Self { title: title.into(), span, problems, entries, known: Vec::new() }
    }

    /// The value of a key, whatever it is.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Node<'t, 'i>> {
        self.known.push(key);
        self.entries.get(key)
    }

    /// Whether the key is there, right or wrong.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Whether the key was asked for.
    pub(super) fn asked(&self, key: &str) -> bool {
        self.known.contains(&key)
    }

    /// Takes a key as known without reading it.
    pub(super) fn ignore(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Where the key itself stands.
    pub(super) fn key_span(&self, key: &str) -> Range<usize> {
        self.entries.get_key_value(key).map_or(self.span.clone(), |(key, _)| key.span())
    }

    /// Reports what is wrong at a place in this table.
    pub(super) fn wrong(&self, span: Range<usize>, message: impl Into<String>) {
        self.problems.add(span, message, None);
    }

    /// Hands `value` on, and reports when it is nothing because the key is missing. A key that is
    /// there with a wrong value was reported already.
    pub(super) fn required<T>(&self, key: &str, value: Option<T>, example: &str) -> Option<T> {
        if !self.has(key) {
            let message = format!("{} has no `{key}`", self.title);
            self.problems.add(self.span.clone(), message, Some(format!("add `{example}`")));
        }
        value
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Text> {
        let node = self.get(key)?;
        self.as_text(node, key)
    }

    /// A text, for where it stands nobody asks.
    pub(super) fn string(&mut self, key: &'static str) -> Option<String> {
        self.text(key).map(|text| text.value)
    }

    /// A text that must be readable as a `T`.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<T> {
        let text = self.text(key)?;
        self.parse_text(&text)
    }

    /// Reads a text as a `T`, or reports why it is none.
    pub(super) fn parse_text<T: FromStr<Err: Display>>(&self, text: &Text) -> Option<T> {
        text.value.parse().map_err(|error: T::Err| self.wrong(text.span.clone(), error.to_string())).ok()
    }

    /// A text, or a whole number as a text.
    pub(super) fn text_or_number(&mut self, key: &'static str) -> Option<Text> {
        let node = self.get(key)?;
        match node.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => {
                Some(Text { value: number.as_str().to_owned(), span: node.span() })
            }
            _ => self.as_text(node, key),
        }
    }

    /// True or false.
    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let node = self.get(key)?;
        match node.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.mistyped(node, key, "true or false"),
        }
    }

    /// A whole number of at least `least`.
    pub(super) fn count(&mut self, key: &'static str, least: u32) -> Option<u32> {
        let node = self.get(key)?;
        let number = match node.get_ref() {
            DeValue::Integer(value) => u32::from_str_radix(value.as_str(), value.radix()).ok(),
            _ => return self.mistyped(node, key, "a whole number"),
        };
        if number.is_none_or(|n| n < least) {
            self.wrong(node.span(), format!("`{key}` must be a whole number from {least} to {}", u32::MAX));
            return None;
        }
        number
    }

    /// A text or a list of texts; nothing when the key is missing.
    pub(super) fn one_or_many(&mut self, key: &'static str) -> Vec<Text> {
        match self.get(key) {
            Some(node) if node.get_ref().is_array() => self.as_texts(node, key),
            Some(node) => self.as_text(node, key).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// A list of texts; nothing when the key is missing.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Text> {
        match self.get(key) {
            Some(node) if node.get_ref().is_array() => self.as_texts(node, key),
            Some(node) => self.mistyped(node, key, "a list, such as `[\"…\"]`").unwrap_or_default(),
            None => Vec::new(),
        }
    }

    /// A list of texts, each readable as a `T`.
    pub(super) fn parsed_list<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<T> {
        let texts = self.texts(key);
        texts.iter().filter_map(|text| self.parse_text(text)).collect()
    }

    /// A table below this one.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'t, 'i>> {
        let node = self.get(key)?;
        let title = format!("[{key}]");
        match node.get_ref() {
            DeValue::Table(table) => Some(Section::new(title, node.span(), table, self.problems)),
            _ => self.mistyped(node, key, "a table"),
        }
    }

    /// The tables of a `[[key]]`, in order.
    pub(super) fn sections(&mut self, key: &'static str, path: &str) -> Vec<Section<'t, 'i>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let DeValue::Array(list) = node.get_ref() else {
            return self
                .mistyped(node, key, &format!("a list of tables: write `[[{path}]]`"))
                .unwrap_or_default();
        };
        let tables = list.iter().filter_map(|item| match item.get_ref() {
            DeValue::Table(table) => {
                Some(Section::new(format!("[[{path}]]"), item.span(), table, self.problems))
            }
            _ => self.mistyped(item, key, &format!("a list of tables: write `[[{path}]]`")),
        });
        tables.collect()
    }

    /// Reports every key that was never asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.entries.iter() {
            let name = key.get_ref().as_ref();
            if !self.known.contains(&name) {
                let help = suggest(name, self.known.iter().copied());
                self.problems.add(key.span(), format!("unknown key `{name}` in {}", self.title), help);
            }
        }
    }

    fn as_text(&self, node: Node<'_, '_>, key: &str) -> Option<Text> {
        match node.get_ref() {
            DeValue::String(value) => Some(Text { value: value.to_string(), span: node.span() }),
            _ => self.mistyped(node, key, "a text in quotes"),
        }
    }

    fn as_texts(&self, node: Node<'_, '_>, key: &str) -> Vec<Text> {
        let DeValue::Array(list) = node.get_ref() else { return Vec::new() };
        list.iter().filter_map(|item| self.as_text(item, key)).collect()
    }

    fn mistyped<T>(&self, node: Node<'_, '_>, key: &str, wanted: &str) -> Option<T> {
        let got = type_name(node.get_ref());
        self.wrong(node.span(), format!("`{key}` must be {wanted}, and this is {got}"));
        None
    }
}

/// What a value is, in words.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
