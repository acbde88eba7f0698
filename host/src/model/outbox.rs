//! The outbox: intents not yet carried out.

use serde::{Deserialize, Serialize};

use super::event::RawJson;
use super::id::{ConnectionId, MessageId, OutboxId, ProfileId};

/// What to send; mirrors `wit/sender.wit`, whose documentation holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutboundContent {
    /// Text.
    Text(String),
    /// A file by its public address.
    Media(Link),
    /// Text with buttons.
    Buttons(Buttons),
    /// Text with a list to choose from.
    Menu(Menu),
    /// A template approved beforehand.
    Template(Template),
    /// A reaction.
    Reaction(OutboundReaction),
    /// Tell the person that the message with this vendor's id was read.
    ReadReceipt(String),
}

impl OutboundContent {
    /// The words of it that a timeline shows.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Media(link) => link.caption.clone().or_else(|| link.name.clone()).unwrap_or_default(),
            Self::Buttons(buttons) => buttons.text.clone(),
            Self::Menu(menu) => menu.text.clone(),
            Self::Template(template) => format!("[{}] {}", template.name, template.parameters.join(" · ")),
            Self::Reaction(reaction) => reaction.emoji.clone(),
            Self::ReadReceipt(_) => String::new(),
        }
    }

    /// Whether the person is contacted by it: everything but telling them that they were read.
    #[must_use]
    pub fn contacts(&self) -> bool {
        !matches!(self, Self::ReadReceipt(_))
    }

    /// Whether it is a message of its own, to be shown in the conversation.
    #[must_use]
    pub fn is_message(&self) -> bool {
        !matches!(self, Self::Reaction(_) | Self::ReadReceipt(_))
    }
}

/// A file to send, by its public address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Link {
    /// Where the vendor can fetch it.
    pub url: String,
    /// The MIME type.
    pub mime: String,
    /// The file's name as the person shall see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The text under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A button, or a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OptionItem {
    /// Comes back as `choice.id` when the person chooses it.
    pub id: String,
    /// What the person reads.
    pub title: String,
    /// A second line, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A message of up to a few buttons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Buttons {
    /// The text above them.
    pub text: String,
    /// The buttons.
    pub items: Vec<OptionItem>,
}

/// A message that opens a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Menu {
    /// The text above it.
    pub text: String,
    /// What the button that opens it says.
    pub button: String,
    /// The lines.
    pub items: Vec<OptionItem>,
}

/// A message approved by the vendor beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Template {
    /// Its name at the vendor.
    pub name: String,
    /// BCP 47, or as the vendor spells it.
    pub language: String,
    /// What fills its body's gaps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// Further components in the vendor's own form, a JSON array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<RawJson>,
}

/// A reaction to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OutboundReaction {
    /// The vendor's id of the message reacted to.
    pub message: String,
    /// The emoji; empty takes it back.
    pub emoji: String,
}

/// How far an intent has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutboxState {
    /// It waits for its time.
    Queued,
    /// A worker has it until its lease ends.
    Sending,
    /// The vendor took it.
    Sent,
    /// It is not known whether the vendor took it; it waits for news before it is tried again.
    Ambiguous,
    /// It will not be sent; the reason says why.
    Failed,
}

impl OutboxState {
    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Ambiguous => "ambiguous",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Sending, Self::Sent, Self::Ambiguous, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// An intent in the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxItem {
    /// Its id, and the correlation handed to the vendor.
    pub id: OutboxId,
    /// Which connection carries it.
    pub connection: ConnectionId,
    /// To whom.
    pub profile: ProfileId,
    /// The message it is shown as.
    pub message: MessageId,
    /// What to send.
    pub content: OutboundContent,
    /// The vendor's id of the message it answers.
    pub reply_to: Option<String>,
    /// The subject line; mail only.
    pub subject: Option<String>,
    /// What it is for.
    pub purpose: String,
    /// How far it has come.
    pub state: OutboxState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is due: milliseconds since the epoch, UTC.
    pub due_at: i64,
    /// Why it failed, or was put off the last time.
    pub error: Option<String>,
    /// When it was asked for: milliseconds since the epoch, UTC.
    pub created_at: i64,
}

/// How long to wait before the attempt after `attempts` of them: doubling from `first`, at most `most`,
/// both in milliseconds. `jitter` in 0..=255 spreads it over the upper half, so that what failed together
/// does not come back together.
#[must_use]
pub fn back_off(attempts: u32, first: i64, most: i64, jitter: u8) -> i64 {
    let doubled =
        first.saturating_mul(1_i64.checked_shl(attempts.saturating_sub(1).min(40)).unwrap_or(i64::MAX));
    let full = doubled.clamp(first, most.max(first));
    full / 2 + full / 2 * i64::from(jitter) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_and_stays_within_its_bounds() {
        assert_eq!(back_off(1, 1_000, 60_000, 255), 1_000);
        assert_eq!(back_off(3, 1_000, 60_000, 255), 4_000);
        assert_eq!(back_off(30, 1_000, 60_000, 255), 60_000);
        assert_eq!(back_off(u32::MAX, 1_000, 60_000, 0), 30_000);
    }
}
