//! What goes into a call of a plugin and what comes out, in the hub's own types.
//!
//! They mirror `wit/webhook.wit` and its siblings, whose documentation holds; the JSON form (kebab-case,
//! a variant as `{"case": …}`) is what recorded requests hold.

use serde::{Deserialize, Serialize};

use crate::model::event::{Attribute, Json, NewEvent, RawJson};
use crate::model::identifier::Evident;
use crate::model::outbox::OutboundContent;

/// A request from outside, borrowed from whoever received it.
#[derive(Debug, Clone, Copy)]
pub struct WebhookRequest<'a> {
    /// `GET`, `POST`, … in capitals.
    pub method: &'a str,
    /// What follows `/hooks/{connection}`: empty, or it begins with `/`.
    pub path: &'a str,
    /// The query, decoded, in order.
    pub query: &'a [(String, String)],
    /// All headers, names in lower case; the runtime leaves out those the manifest names as secret.
    pub headers: &'a [(String, String)],
    /// The body exactly as it was received.
    pub body: &'a [u8],
    /// Whether the signature was checked.
    pub verified: bool,
}

/// The answer to the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status, 200 to 599.
    pub status: u16,
    /// Headers, names in lower case, without hop-by-hop ones.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of a webhook request.
#[derive(Debug, Clone)]
pub struct WebhookOutcome {
    /// The answer to the vendor.
    pub reply: Reply,
    /// What happened.
    pub events: Vec<NewEvent>,
}

/// A message to carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outbound {
    /// Unique for this message, the same at every attempt.
    pub correlation: String,
    /// Under which names the person can be reached, the one last used first.
    pub to: Vec<Evident>,
    /// What to send.
    pub content: OutboundContent,
    /// The vendor's id of the message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The vendor's id of the thread it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The subject line; mail only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the person last wrote on this connection: milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_received_at: Option<i64>,
    /// Which attempt this is, from 1.
    #[serde(default = "first")]
    pub attempt: u32,
}

fn first() -> u32 {
    1
}

/// The vendor took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The vendor's id of the message, which statuses will name.
    pub id: String,
    /// Whatever else the vendor said that a person may want to see.
    pub details: Vec<(String, String)>,
}

/// What a poller found.
#[derive(Debug, Clone)]
pub struct PollPage {
    /// What happened; to be committed together with the cursor.
    pub events: Vec<NewEvent>,
    /// Where to go on next time.
    pub cursor: Json,
    /// Whether there is more now.
    pub more: bool,
}

/// What came of an action.
#[derive(Debug, Clone)]
pub struct ActionOutcome {
    /// The answer.
    pub output: Json,
    /// What is now known besides.
    pub events: Vec<NewEvent>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// The customer.
    Customer,
    /// The business.
    Business,
}

/// A message as an assistant was granted to see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    /// Who wrote it.
    pub author: Author,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// Its text.
    pub text: String,
}

/// What an assistant is to look at; whoever fills it cuts it to what is granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AnalysisInput {
    /// The message.
    pub message: Line,
    /// Earlier messages of the same conversation, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Line>,
    /// What is known of the person, cut to the granted fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<Attribute>,
}

/// One thing an assistant said; the hub makes an insight event of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What it is about: `sentiment`, `urgency` …
    pub kind: String,
    /// The short form that is shown and filtered by.
    pub label: String,
    /// The number behind it on the kind's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// How sure the assistant is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Everything else, a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<RawJson>,
}
