//! What came of an action.

pub use crate::bindings::actions::Outcome;

use crate::error::Result;
use crate::events::Event;

impl Outcome {
    /// An answer, a JSON document that matches the action's output in the manifest.
    pub fn new(output: impl Into<String>) -> Self {
        Self { output: output.into(), events: Vec::new() }
    }

    /// An answer from a value.
    pub fn json(output: &impl serde::Serialize) -> Result<Self> {
        Ok(Self::new(serde_json::to_string(output)?))
    }

    /// Adds something that is now known besides.
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}
