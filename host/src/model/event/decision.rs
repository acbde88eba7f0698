//! What people decide of who is who. These events are the hub's own: no plugin can say them.

use serde::{Deserialize, Serialize};

use crate::model::id::{EventId, ProfileId};

/// A person's decision. It outranks every rule (invariant I3); the later of two that disagree holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// Who decided, by the name that the audit log uses.
    pub by: String,
    /// Why, in the decider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What.
    pub verdict: Verdict,
}

/// What was decided. People are named by profile ids, which stand for the identifier that each was made
/// from and lead to its person for ever; so a decision holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Two are one person.
    Merge {
        /// The one.
        left: ProfileId,
        /// The other.
        right: ProfileId,
    },
    /// Nobody on the left is the same person as anybody on the right.
    Apart {
        /// The ones.
        left: Vec<ProfileId>,
        /// The others.
        right: Vec<ProfileId>,
    },
    /// An earlier decision holds no longer. Undoing an undoing lets it hold again.
    Undo {
        /// Which.
        decision: EventId,
        /// The people that it named.
        people: Vec<ProfileId>,
    },
}

impl Verdict {
    /// Every profile id that it names.
    pub fn names(&self) -> impl Iterator<Item = &ProfileId> {
        let (left, right): (&[ProfileId], &[ProfileId]) = match self {
            Self::Merge { left, right } => (std::slice::from_ref(left), std::slice::from_ref(right)),
            Self::Apart { left, right } => (left, right),
            Self::Undo { people, .. } => (people, &[]),
        };
        left.iter().chain(right)
    }
}
