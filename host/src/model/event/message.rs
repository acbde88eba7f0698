//! Messages, what becomes of them, and calls.

use serde::{Deserialize, Serialize};

use super::RawJson;

/// Which way a message's content is to be understood besides its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Text alone.
    Text,
    /// Pictures, sound, video, documents, stickers.
    Media(Vec<Attachment>),
    /// A point on the map.
    Location(Place),
    /// Address cards of other people, as the vendor writes them.
    Contacts(RawJson),
    /// The person chose a button or a line of a list that the business had sent.
    Choice(Choice),
    /// Products the person wants, as the vendor writes them.
    Products(RawJson),
    /// A kind the vendor itself says it cannot hand on, or one this contract has no case for; the
    /// vendor's name for it.
    Unsupported(String),
}

/// The button or list line that was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Choice {
    /// The id that the business gave it.
    pub id: String,
    /// The words the person saw.
    pub title: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Message {
    /// The vendor's id of it; statuses, edits and reactions name it. The event's external id where
    /// the vendor has none.
    pub id: String,
    /// The vendor's id of the thread, chat or group, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The vendor's id of the message this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The text; for media its caption, for a choice its title, else empty.
    pub text: String,
    /// The HTML form, as the vendor gave it and not to be trusted; mail only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The subject line; mail and posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it carries besides text.
    pub content: Content,
    /// Where the person came from: an advertisement, a link, a product page, as the vendor writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<RawJson>,
}

/// A message that was changed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MessageEdit {
    /// The vendor's id of the message that was changed.
    pub id: String,
    /// Its text from now on.
    pub text: String,
}

/// A message named by the vendor's id of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MessageRef {
    /// The vendor's id of the message.
    pub id: String,
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reaction {
    /// The vendor's id of the message reacted to.
    pub message: String,
    /// The emoji; empty when the reaction was taken back.
    pub emoji: String,
}

/// How far a message has come. The hub applies them monotonically: a late `delivered` never undoes
/// `read`; `failed` is final unless the message was delivered after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// The vendor has it.
    Accepted,
    /// It is on its way.
    Sent,
    /// It reached the person's device or mailbox.
    Delivered,
    /// The person saw it, or played it.
    Read,
    /// It will not arrive.
    Failed,
}

/// News of a message on its way to the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MessageStatus {
    /// The vendor's id of the message.
    pub message: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// The `correlation` that the hub gave when it had the message sent, where the vendor echoes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// Why it failed, in the vendor's words, with its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// The vendor's id of the call.
    pub id: String,
    /// Whether the person called the business.
    pub inbound: bool,
    /// `ringing`, `answered`, `missed`, `ended`, or the vendor's word.
    pub state: String,
    /// How long they spoke, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// Where the recording can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_url: Option<String>,
}

/// A file that belongs to a message: the bytes stay with the vendor until somebody opens it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attachment {
    /// The vendor's id for the file, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it can be fetched, where the vendor says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The MIME type: `image/jpeg`. `application/octet-stream` when unknown.
    pub mime: String,
    /// The file's name as the sender had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The text under the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The checksum as the vendor gives it, for instance base64 of SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// A point on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// What the place is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}
