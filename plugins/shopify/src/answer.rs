//! Writing the few JSON documents this plugin makes, without the weight of a general writer.

use switchboard_sdk::json;

/// An object in the making.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    /// An object without members.
    pub(crate) fn new() -> Self {
        Self(String::from("{"))
    }

    /// Whether it has no members yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() == 1
    }

    /// Adds a member whose value is a JSON document.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        if !self.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&json::quote(name));
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    /// Adds a text, or `null`.
    pub(crate) fn text(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.raw(name, &json::quote(text)),
            None => self.raw(name, "null"),
        }
    }

    /// Adds a truth.
    pub(crate) fn flag(self, name: &str, truth: bool) -> Self {
        self.raw(name, if truth { "true" } else { "false" })
    }

    /// The document.
    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A list of JSON documents.
pub(crate) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json() {
        let inner = list([Object::new().flag("b", true).end()].into_iter());
        let text = Object::new().text("a", Some("\"\n")).text("n", None).raw("l", &inner).end();
        assert_eq!(text, r#"{"a":"\"\n","n":null,"l":[{"b":true}]}"#);
    }
}
