//! What people do with conversations. These events are the hub's own: no plugin can say them.

use serde::{Deserialize, Serialize};

use crate::model::id::{AccountId, EventId, MessageId, TeamId};

/// What somebody did with a conversation. The conversation is named by one of its messages, so that this
/// follows it wherever merging and splitting of people and of conversations takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Handling {
    /// Who did it, by the name that the audit log uses.
    pub by: String,
    /// The message: of a resolution the last one that was seen, of a split the first that goes.
    pub message: MessageId,
    /// What.
    pub deed: Deed,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// It is done with, unless the person wrote after the message that is named.
    Resolve,
    /// It is not done with after all.
    Reopen,
    /// It is left alone until that moment (milliseconds since the epoch, UTC), or until the person writes.
    Snooze(i64),
    /// The moment until which it was left alone has come; said by the hub.
    Wake(i64),
    /// It is this account's from now on, or nobody's.
    Assign(Option<AccountId>),
    /// It is this team's from now on, or no team's.
    Team(Option<TeamId>),
    /// How much it matters.
    Priority(Priority),
    /// It gets a tag.
    Tag(String),
    /// It loses a tag.
    Untag(String),
    /// It and the one that holds this message are one.
    Merge(MessageId),
    /// The message that is named, and all after it, are a conversation of their own.
    Split,
    /// The message that is named was written here.
    Send,
    /// An earlier merge or split does not count. Undoing an undoing lets it count again.
    Undo(EventId),
}

impl Deed {
    /// The word the API and the audit log use.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Snooze(_) => "snooze",
            Self::Wake(_) => "wake",
            Self::Assign(_) => "assign",
            Self::Team(_) => "team",
            Self::Priority(_) => "priority",
            Self::Tag(_) => "tag",
            Self::Untag(_) => "untag",
            Self::Merge(_) => "merge",
            Self::Split => "split",
            Self::Send => "send",
            Self::Undo(_) => "undo",
        }
    }
}

/// How much a conversation matters. Ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Less than others.
    Low,
    /// As any.
    #[default]
    Normal,
    /// More than others.
    High,
    /// Before all others.
    Urgent,
}

impl Priority {
    /// Every priority, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// The word the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// The priority of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == name)
    }
}

/// What somebody noted for those who answer; the person never sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Note {
    /// Who noted it, by the name that the audit log uses.
    pub by: String,
    /// The message of the conversation that it belongs to.
    pub message: MessageId,
    /// What.
    pub text: String,
    /// Who is to see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AccountId>,
}
