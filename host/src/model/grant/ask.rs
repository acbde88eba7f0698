//! One thing that a plugin asks for, what it covers, and how an operator reads it.

use super::super::manifest::{HostPattern, Pattern, Period, Size, readable};
use super::super::schedule::Schedule;

/// One thing that a plugin asks for and an operator grants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// Call a host with a method: `host:GET:api.example.com`.
    Host(String, String),
    /// Have a secret written into requests to a host: `secret:NAME:api.example.com`.
    Secret(String, String),
    /// Have the hub sign with a secret: `sign:NAME`.
    Sign(String),
    /// Have the hub send a secret to an address that gives access tokens for it:
    /// `buy:NAME:https://auth.example.com/token`.
    Buy(String, String),
    /// Have the hub ask for an access token with a scope: `scope:NAME:read_orders`.
    Scope(String, String),
    /// Have an access token written into requests to a host: `token:NAME:api.example.com`.
    Token(String, String),
    /// Have the hub sign requests to a host with a secret: `hmac:NAME:api.example.com`.
    Hmac(String, String),
    /// Say events of a kind: `emit:message-received`.
    Emit(String),
    /// Be shown events of a kind: `watch:message-received`.
    Watch(String),
    /// Read a field of the profile: `read:name`.
    Read(String),
    /// Be shown so many earlier messages: `history:10`.
    History(u32),
    /// Ask the other system on a schedule: `poll:5m`.
    Poll(String),
    /// Send messages: `send`.
    Send,
    /// Write to people by names of a namespace, and call them by it where it has a `:` and is not the
    /// plugin's own: `reach:phone`, `reach:acme:*`.
    Reach(String),
    /// Do something in the other system when asked: `action:refund`.
    Action(String),
    /// See requests that prove nothing: `unsigned:GET requests`.
    Unsigned(String),
    /// Publish live updates to topics: `topic:visitor.*`.
    Topic(String),
    /// Keep so much for itself: `storage:1 MiB`.
    Storage(String),
    /// Serve files of its own to browsers: `assets`.
    Assets,
}

impl Ask {
    /// Whether whoever may do this may do `other` too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Host(method, host), Self::Host(wanted, to)) => method == wanted && reaches(host, to),
            (Self::Secret(name, host), Self::Secret(wanted, to)) => name == wanted && reaches(host, to),
            (Self::Token(name, host), Self::Token(wanted, to))
            | (Self::Hmac(name, host), Self::Hmac(wanted, to)) => name == wanted && reaches(host, to),
            (Self::History(have), Self::History(wanted)) => have >= wanted,
            // Asking less often is not asking for more.
            (Self::Poll(have), Self::Poll(wanted)) => {
                let period = |text: &str| text.parse::<Period>().ok();
                have == wanted
                    || period(have)
                        .zip(period(wanted))
                        .is_some_and(|(have, wanted)| have.duration() <= wanted.duration())
            }
            (Self::Storage(have), Self::Storage(wanted)) => {
                let size = |text: &str| text.parse::<Size>().ok().map(Size::bytes);
                size(have).zip(size(wanted)).is_some_and(|(have, wanted)| have >= wanted)
            }
            (Self::Reach(have), Self::Reach(wanted)) => have == wanted || spans(have, wanted),
            _ => self == other,
        }
    }

    /// What it lets a plugin do, as an operator reads it.
    #[must_use]
    pub fn sentence(&self) -> String {
        readable(&self.written())
    }

    /// The same with the placeholders of manifests.
    fn written(&self) -> String {
        match self {
            Self::Host(method, host) => format!("It calls `{host}` with {method}."),
            Self::Secret(name, host) => {
                format!("The hub writes the secret `{name}` into its requests to `{host}`.")
            }
            Self::Sign(name) => format!("It has the hub sign with the secret `{name}`."),
            Self::Buy(name, url) => {
                format!("The hub sends the secret `{name}` to `{url}` for access tokens.")
            }
            Self::Scope(name, scope) => {
                format!("The access token `{name}` is asked for with the scope `{scope}`.")
            }
            Self::Token(name, host) => {
                format!("The hub writes the access token `{name}` into its requests to `{host}`.")
            }
            Self::Hmac(name, host) => {
                format!("The hub signs its requests to `{host}` with the secret `{name}`.")
            }
            Self::Emit(kind) => format!("It says `{kind}`."),
            Self::Watch(kind) => format!("It reads every `{kind}`."),
            Self::Read(field) => format!("It reads `{field}` of the profile."),
            Self::History(0) => "It reads no earlier message.".to_owned(),
            Self::History(count) => format!("It reads up to {count} earlier messages."),
            Self::Poll(text) => {
                let words =
                    text.parse::<Schedule>().map_or_else(|_| text.clone(), |schedule| schedule.words());
                format!("It asks the other system {words}.")
            }
            Self::Send => "It sends messages to people.".to_owned(),
            Self::Reach(names) if names.contains(':') => {
                format!("It writes to people by `{names}`, and may call them by such names.")
            }
            Self::Reach(names) => format!("It writes to people by `{names}`."),
            Self::Action(name) => format!("It does `{name}` in the other system when asked."),
            Self::Unsigned(which) => format!("It sees {which} that prove nothing."),
            Self::Topic(topic) => format!("It sends live updates to `{topic}`."),
            Self::Storage(size) => format!("It keeps up to {size} for itself, for each connection."),
            Self::Assets => "It serves files of its own to browsers.".to_owned(),
        }
    }
}

/// Whether a host pattern covers another; texts that are no patterns only cover themselves.
fn reaches(pattern: &str, other: &str) -> bool {
    pattern == other
        || pattern
            .parse::<HostPattern>()
            .ok()
            .zip(other.parse::<HostPattern>().ok())
            .is_some_and(|(pattern, other)| pattern.includes(&other))
}

/// Whether a pattern of namespaces covers another; texts that are no patterns cover nothing.
fn spans(pattern: &str, other: &str) -> bool {
    pattern
        .parse::<Pattern>()
        .ok()
        .zip(other.parse::<Pattern>().ok())
        .is_some_and(|(pattern, other)| pattern.includes(&other))
}
