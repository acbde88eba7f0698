//! What a plugin says of itself: `plugin.toml`, which its component carries inside.
//!
//! [`Manifest::parse`] reads it and reports every mistake with its line and what would be right. The
//! other questions asked of a manifest (what does it want, do these settings fit, does it agree with
//! the component's exports) are answered here too, without any I/O.

use semver::Version;

mod agreement;
mod asset;
mod credential;
mod credential_parse;
mod describe;
mod endpoint;
mod host;
mod json;
mod name;
mod parse;
mod problem;
mod quantity;
mod reader;
mod schema;
mod settings;
mod template;
#[cfg(test)]
mod tests;
mod verify;
mod verify_parse;

pub use agreement::Capability;
pub use asset::{ASSET_SECTION, Asset, AssetError, MANIFEST_SECTION, mime_of};
pub use credential::{ClientAuth, ClientId, Grant, OAuth, Signing};
pub(in crate::model) use describe::readable;
pub use endpoint::{Address, Endpoint};
pub use host::{AllowedHost, HostPattern};
pub use name::{ContractVersion, Name, Pattern, SecretName};
pub use problem::{Malformed, ManifestErrors, Problem};
pub use quantity::{Period, Rate, Size};
pub use schema::{Schema, ValueProblem};
pub use settings::{SettingField, Settings};
pub use template::{Part, Template};
pub use verify::{
    Algorithm, DEFAULT_TOLERANCE, Encoding, STANDARD_HEADERS, Scheme, SignatureKind, Signed, TimeUnit,
    TimestampRule, Token, VerifyRule, When,
};

use super::event::EventKind;
use super::schedule::Schedule;

/// Everything a plugin says of itself. A value of this type was checked as a whole: names that are
/// used are declared, and schemas are schemas.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// What it is called; also the name of its file and crate.
    pub name: Name,
    /// Its own version.
    pub version: Version,
    /// The version of the contract it is written against.
    pub contract: ContractVersion,
    /// What people read.
    pub title: String,
    /// What it does, in a sentence; possibly empty.
    pub description: String,
    /// Who made it.
    pub authors: Vec<String>,
    /// Under which terms, as an SPDX expression.
    pub license: Option<String>,
    /// Where to read more.
    pub homepage: Option<String>,
    /// Set when it is a channel.
    pub channel: Option<Channel>,
    /// What a connection must be told.
    pub settings: Settings,
    /// Which secrets a connection must hold.
    pub secrets: Vec<Secret>,
    /// Which access tokens the hub fetches for it.
    pub oauth: Vec<OAuth>,
    /// How the hub signs requests for it.
    pub signing: Vec<Signing>,
    /// Which hosts it calls.
    pub hosts: Vec<Host>,
    /// How requests come in.
    pub webhook: Option<Webhook>,
    /// How it sends.
    pub sender: Option<Sender>,
    /// How often it asks.
    pub poller: Option<Poller>,
    /// What it can do when asked.
    pub actions: Vec<Action>,
    /// What it reads as an assistant.
    pub assistant: Option<Assistant>,
    /// Which kinds of events it may say.
    pub emits: Vec<EventKind>,
    /// Which topics it may publish live updates to.
    pub topics: Vec<Pattern>,
    /// The folder beside the manifest whose files are embedded.
    pub assets: Option<String>,
    /// What it wishes to use; the operator's limits cut it.
    pub budget: Budget,
}

/// `[channel]`: people write and are written to through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What stands beside its messages, and the channel for which people's consents to be written to count.
    pub name: Name,
    /// The namespaces of identifiers under which it reaches people: its sender writes to them there, and
    /// it may call them so where the namespace is not its own. Each is a grant.
    pub reach: Vec<Pattern>,
}

/// One of `[[secrets]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its name.
    pub name: SecretName,
    /// What a person reads when asked for it.
    pub title: String,
    /// Where to find it; possibly empty.
    pub description: String,
    /// Whether a connection cannot do without it.
    pub required: bool,
    /// The hosts whose requests it may be written into.
    pub hosts: Vec<HostPattern>,
    /// Whether the plugin may have the hub sign with it.
    pub sign: bool,
}

/// One of `[[hosts]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Which.
    pub host: HostPattern,
    /// With which methods, in capitals.
    pub methods: Vec<String>,
    /// What for, as the operator reads it.
    pub reason: String,
}

/// `[webhook]`: requests come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The largest body it takes; `None` leaves it to the configuration.
    pub max_body: Option<Size>,
    /// How requests prove where they come from; the first rule that fits decides.
    pub verify: Vec<VerifyRule>,
}

/// `[sender]`: messages go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// How fast; `None` leaves it to the configuration.
    pub rate: Option<Rate>,
    /// How long to wait for news of a send whose outcome is unknown before it is tried again.
    pub ambiguous_wait: Period,
}

impl Default for Sender {
    fn default() -> Self {
        Self { rate: None, ambiguous_wait: Period::from_millis(10 * 60_000) }
    }
}

/// `[poller]`: it asks on a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poller {
    /// When.
    pub schedule: Schedule,
}

/// One of `[[actions]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Its name, by which it is called.
    pub name: Name,
    /// What a person reads on its button.
    pub title: String,
    /// What it does; possibly empty.
    pub description: String,
    /// Whether an agent must confirm first.
    pub confirm: bool,
    /// What it takes.
    pub input: Schema,
    /// What it answers.
    pub output: Schema,
}

/// `[assistant]`: it reads messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assistant {
    /// Which kinds of events it is shown.
    pub on: Vec<EventKind>,
    /// How many earlier messages it wants to see.
    pub history: u32,
    /// Which fields of the profile it wants to see.
    pub fields: Vec<String>,
}

/// `[budget]`: what one call may use, as the plugin wishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Memory.
    pub memory: Option<Size>,
    /// Time by the clock on the wall.
    pub wall: Option<Period>,
    /// What it keeps between calls, keys and values together, for each connection.
    pub key_value: Option<Size>,
}

impl Manifest {
    /// Reads a manifest. `file_name` is what messages call it.
    ///
    /// # Errors
    /// Every mistake in it, with line, column and what would be right.
    pub fn parse(toml_text: &str, file_name: &str) -> Result<Self, ManifestErrors> {
        parse::manifest(toml_text, file_name)
    }

    /// Checks the settings of a connection and fills in the defaults.
    ///
    /// # Errors
    /// Everything that is wrong with them, in words.
    pub fn check_settings(&self, value: &serde_json::Value) -> Result<serde_json::Value, Vec<ValueProblem>> {
        self.settings.check(value)
    }

    /// The secret of that name.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.name.as_str() == name)
    }

    /// The action of that name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name.as_str() == name)
    }

    /// Whether it may say events of that kind.
    #[must_use]
    pub fn may_emit(&self, kind: EventKind) -> bool {
        self.emits.contains(&kind)
    }

    /// Whether it may call a person by a name of that namespace: one without a `:` is everybody's, such as
    /// `phone`; one with it is a plugin's own, and begins with its name unless its channel reaches people there.
    #[must_use]
    pub fn may_name(&self, namespace: &str) -> bool {
        let Some((scope, _)) = namespace.split_once(':') else { return true };
        scope == self.name.as_str() || self.reaches(namespace).is_some()
    }

    /// By which pattern of `channel.reach` it reaches people in that namespace.
    #[must_use]
    pub fn reaches(&self, namespace: &str) -> Option<&Pattern> {
        self.channel.iter().flat_map(|channel| &channel.reach).find(|pattern| pattern.matches(namespace))
    }

    /// Whether it may publish to that topic.
    #[must_use]
    pub fn may_publish(&self, topic: &str) -> bool {
        self.topics.iter().any(|pattern| pattern.matches(topic))
    }

    /// The headers and query parameters that hold a secret itself, which a plugin must not be shown.
    #[must_use]
    pub fn secret_places(&self) -> SecretPlaces {
        let mut places = SecretPlaces::default();
        for rule in self.webhook.iter().flat_map(|webhook| &webhook.verify) {
            if let Scheme::Token(token) = &rule.scheme {
                places.headers.extend(token.headers.iter().cloned());
                places.query.extend(token.query.iter().cloned());
            }
        }
        places
    }
}

/// Where in a request a secret itself stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretPlaces {
    /// Headers.
    pub headers: Vec<http::HeaderName>,
    /// Query parameters.
    pub query: Vec<String>,
}
