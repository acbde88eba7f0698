//! Messages from the business to a person.

pub use crate::bindings::sender::{
    Buttons, Content, Link, Menu, OptionItem, Outbound, Reaction, Receipt, Template,
};

use crate::events::Pair;
use crate::identifier::Identifier;

impl Outbound {
    /// A first attempt to send text: for tests.
    pub fn text(correlation: impl Into<String>, to: Vec<Identifier>, text: impl Into<String>) -> Self {
        Self::new(correlation, to, Content::Text(text.into()))
    }

    /// A first attempt to send something: for tests.
    pub fn new(correlation: impl Into<String>, to: Vec<Identifier>, content: Content) -> Self {
        Self {
            correlation: correlation.into(),
            to,
            content,
            reply_to: None,
            thread: None,
            subject: None,
            last_received_at: None,
            attempt: 1,
        }
    }

    /// The name under which to reach the person, of the first of these namespaces that there is one of; a
    /// namespace that ends in `:*` stands for all that begin so.
    pub fn reach(&self, namespaces: &[&str]) -> Option<&str> {
        namespaces.iter().find_map(|wanted| {
            let fits = |namespace: &str| match wanted.strip_suffix('*') {
                Some(prefix) => namespace.starts_with(prefix),
                None => namespace == *wanted,
            };
            self.to.iter().find(|to| fits(&to.namespace)).map(|to| &*to.value)
        })
    }
}

impl Receipt {
    /// The vendor took the message and calls it `id`.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), details: Vec::new() }
    }

    /// Adds something the vendor said that a person may want to see.
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.push(Pair { name: name.into(), value: value.into() });
        self
    }
}
