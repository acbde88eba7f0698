//! What is said of people, and the odd remainder: consents, pages, surveys, notices, insights.

use serde::{Deserialize, Serialize};

use super::RawJson;
use crate::model::id::MessageId;
use crate::model::identifier::Evident;

/// The fields of a person that the contract names (`wit/types.wit`, `attribute.field`); others begin with the
/// plugin's name.
pub const PROFILE_FIELDS: [&str; 15] = [
    "name",
    "first-name",
    "last-name",
    "language",
    "time-zone",
    "country",
    "address",
    "company",
    "birthday",
    "avatar-url",
    "plan",
    "loyalty-tier",
    "tags",
    "note",
    "username",
];

/// A record of a person in a business system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Customer {
    /// The vendor's id of the record.
    pub id: String,
    /// `enabled`, `disabled`, `invited`, or the vendor's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// When the vendor last changed the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// Two records that became one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CustomerMerge {
    /// The vendor's id of the record that stays.
    pub kept: String,
    /// The identifiers that the vanished records had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Evident>,
}

/// A record named by the vendor's id of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CustomerRef {
    /// The vendor's id of the record.
    pub id: String,
}

/// One name replaced by another. The event's subject carries the new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IdentifierChange {
    /// The name that is the person's no longer.
    pub previous: Evident,
    /// The name that took its place.
    pub current: Evident,
}

/// Leave to be contacted, given or withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Consent {
    /// On which channel: `email`, `sms`, `phone`, a chat network's name, …
    pub channel: String,
    /// For what: `marketing`, `service`, …
    pub purpose: String,
    /// Given, or withdrawn.
    pub granted: bool,
    /// How it was given, as proof: `single_opt_in`, a form's address, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// Who recorded it by hand, by the name that the audit log uses. The hub's own: no plugin can say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<String>,
}

/// A page or article that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Page {
    /// Its address.
    pub url: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the person came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

/// An answer to a survey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SurveyAnswer {
    /// `csat`, `ces`, `nps`, or a name of the plugin's own.
    pub survey: String,
    /// The score on that survey's scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What the person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Which right is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyRight {
    /// Tell the person what is known of them.
    Access,
    /// Erase the person.
    Erase,
    /// Erase everything that came from this connection.
    EraseConnection,
}

impl PrivacyRight {
    /// Every right.
    pub const ALL: [Self; 3] = [Self::Access, Self::Erase, Self::EraseConnection];

    /// The word the contract, the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Erase => "erase",
            Self::EraseConnection => "erase-connection",
        }
    }

    /// The right of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

/// A right of privacy law that is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PrivacyRequest {
    /// The vendor's id of the request.
    pub id: String,
    /// Which right.
    pub right: PrivacyRight,
    /// The vendor's ids of the orders it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<String>,
}

/// Something an operator should see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notice {
    /// How bad: `info`, `warning` or `error`.
    pub severity: String,
    /// What it is, in one line.
    pub title: String,
    /// The rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Something this contract has no case for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Other {
    /// The vendor's name for it: `products/update`.
    pub kind: String,
    /// Its content.
    pub data: RawJson,
}

/// One statement about a person, such as `name` = `Ada Lovelace`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attribute {
    /// Which field: `name`, `first-name`, `last-name`, `language` (BCP 47), `time-zone` (IANA),
    /// `country` (ISO 3166-1 alpha-2), `address`, `company`, `birthday` (YYYY-MM-DD), `avatar-url`,
    /// `plan`, `loyalty-tier`, `tags`, `note`, `username`, or a name of the plugin's own, prefixed
    /// with the plugin's name and a dot. Lower case letters, digits, `.`, `_` and `-`.
    pub field: String,
    /// The value as text. An empty text states that the field has no value any more.
    pub value: String,
}

/// What an assistant said of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Insight {
    /// The message it is about.
    pub message: MessageId,
    /// What it is about: `sentiment`, `urgency`, `language` … (`wit/assistant.wit`).
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
