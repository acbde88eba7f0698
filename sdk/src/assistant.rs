//! What an assistant is shown and what it says.

pub use crate::bindings::assistant::{Author, Input, Insight, Line};

use crate::time::Timestamp;

impl Input {
    /// A message alone: for tests.
    pub fn message(author: Author, at: Timestamp, text: impl Into<String>) -> Self {
        let message = Line { author, at, text: text.into() };
        Self { message, history: Vec::new(), profile: Vec::new() }
    }
}

impl Insight {
    /// One thing to say: `Insight::new("sentiment", "negative")`.
    pub fn new(kind: impl Into<String>, label: impl Into<String>) -> Self {
        Self { kind: kind.into(), label: label.into(), score: None, confidence: None, details: None }
    }

    /// Sets the number behind it, on the kind's own scale.
    pub fn score(mut self, score: f64) -> Self {
        self.score = Some(score);
        self
    }

    /// Sets how sure the assistant is, 0 to 1.
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// Sets everything else, a JSON object.
    pub fn details(mut self, json: impl Into<String>) -> Self {
        self.details = Some(json.into());
        self
    }
}
