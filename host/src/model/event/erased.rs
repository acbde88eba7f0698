//! What is left of an event that was emptied: for a person's right, or for its age.

use serde::{Deserialize, Serialize};

use super::{EventKind, NewEvent};
use crate::model::identifier::Identifier;

/// That an event was emptied. It keeps its place, id and kind in the log, so that the same thing said again
/// is still recognised; nothing that was said is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Erased {
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Which kind of event it was.
    pub of: EventKind,
    /// What holds it together with other events of its matter, where only its content went, for its age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<Identifier>,
}

impl NewEvent {
    /// This event with nothing left of what it said. `at` is now, in milliseconds since the epoch, UTC.
    #[must_use]
    pub fn erased(&self, at: i64) -> Self {
        Self {
            external_id: String::new(),
            occurred_at: self.occurred_at,
            subject: Vec::new(),
            attributes: Vec::new(),
            body: super::Body::Erased(Erased { at, of: self.body.kind(), matter: None }),
            source: None,
        }
    }

    /// This event without its content: whom it is about, what it states of them and the matter that it is
    /// part of stay, so that who is who does not change.
    #[must_use]
    pub fn without_content(&self, at: i64, matter: Option<Identifier>) -> Self {
        Self {
            external_id: String::new(),
            occurred_at: self.occurred_at,
            subject: self.subject.clone(),
            attributes: self.attributes.clone(),
            body: super::Body::Erased(Erased { at, of: self.body.kind(), matter }),
            source: None,
        }
    }

    /// Whether nothing but a mark is left of it.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        matches!(self.body, super::Body::Erased(_))
    }
}
