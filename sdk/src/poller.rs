//! What a poll found.

pub use crate::bindings::poller::Page;

use crate::events::Event;

impl Page {
    /// What happened, and where to go on: a JSON document of the plugin's own. Committed together.
    pub fn new(events: Vec<Event>, cursor: impl Into<String>) -> Self {
        Self { events, cursor: cursor.into(), more: false }
    }

    /// Says that there is more now: the host calls again at once.
    pub fn more(mut self, more: bool) -> Self {
        self.more = more;
        self
    }
}
