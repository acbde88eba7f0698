//! Requests from outside and what comes of them.

pub use crate::bindings::webhook::{Outcome, Reply, Request};

use crate::error::Result;
use crate::events::{Event, Pair};
use crate::form;

impl Request {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        form::first(&self.headers, name)
    }

    /// The first query parameter of that name.
    pub fn query(&self, name: &str) -> Option<&str> {
        form::first(&self.query, name)
    }

    /// The body as text; refused when it is no UTF-8.
    pub fn text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }

    /// The body as JSON of a type that may borrow from it.
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T> {
        Ok(serde_json::from_str(self.text()?)?)
    }

    /// The body as form fields, in order.
    pub fn form(&self) -> Vec<Pair> {
        form::parse(&self.body)
    }
}

impl Reply {
    /// An empty answer with that status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// 200 with a body of that MIME type.
    pub fn body(mime: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200).header("content-type", mime).with_body(body)
    }

    /// 200 with plain text: the answer to a handshake.
    pub fn text(text: impl Into<String>) -> Self {
        Self::body("text/plain; charset=utf-8", text.into())
    }

    /// 200 with a JSON document.
    pub fn json(json: impl Into<String>) -> Self {
        Self::body("application/json", json.into())
    }

    /// 200 with an XML document, as Twilio wants it.
    pub fn xml(xml: impl Into<String>) -> Self {
        Self::body("application/xml", xml.into())
    }

    /// Adds a header; its name in lower case.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(Pair { name: name.to_owned(), value: value.into() });
        self
    }

    /// Sets the body.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

impl Outcome {
    /// An answer without events.
    pub fn reply(reply: Reply) -> Self {
        Self { reply, events: Vec::new() }
    }

    /// 200 and what happened.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self { reply: Reply::status(200), events: events.into_iter().collect() }
    }

    /// Adds something that happened.
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::reply(reply)
    }
}

impl From<Vec<Event>> for Outcome {
    fn from(events: Vec<Event>) -> Self {
        Self::events(events)
    }
}
