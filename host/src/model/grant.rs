//! What a plugin asks for, and what an operator granted of it.
//!
//! A manifest asks; an operator approves; what a plugin may do is what is in both ([`Grants::cut`]).
//! Grants are kept as texts such as `host:GET:api.example.com`, so that two versions of a plugin can be
//! compared, and one grant can be named on the command line and in a refusal.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::event::EventKind;
use super::manifest::{HostPattern, Manifest, OAuth, Period, Scheme, Signing, Size};
use super::schedule::Schedule;

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

/// A text that names no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no grant; `switchboard plugin show NAME` lists them, such as `host:GET:api.example.com`"
)]
pub struct UnknownAsk(String);

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
            _ => self == other,
        }
    }

    /// What it lets a plugin do, as an operator reads it.
    #[must_use]
    pub fn sentence(&self) -> String {
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
            Self::Action(name) => format!("It does `{name}` in the other system when asked."),
            Self::Unsigned(which) => format!("It sees {which} that prove nothing."),
            Self::Topic(topic) => format!("It sends live updates to `{topic}`."),
            Self::Storage(size) => format!("It keeps up to {size} for itself, for each connection."),
            Self::Assets => "It serves files of its own to browsers.".to_owned(),
        }
    }
}

/// Why something that was not granted is refused: because the operator did not grant what the manifest asks
/// for, or because nobody asked for it, which is `otherwise`.
pub fn refusal(asks: &Manifest, ask: &Ask, otherwise: impl FnOnce() -> String) -> String {
    if Grants::asked(asks).covers(ask) {
        format!(
            "`{ask}` was not granted: `switchboard plugin approve {}` grants everything that it asks for",
            asks.name
        )
    } else {
        otherwise()
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

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(method, host) => write!(f, "host:{method}:{host}"),
            Self::Secret(name, host) => write!(f, "secret:{name}:{host}"),
            Self::Sign(name) => write!(f, "sign:{name}"),
            Self::Buy(name, url) => write!(f, "buy:{name}:{url}"),
            Self::Scope(name, scope) => write!(f, "scope:{name}:{scope}"),
            Self::Token(name, host) => write!(f, "token:{name}:{host}"),
            Self::Hmac(name, host) => write!(f, "hmac:{name}:{host}"),
            Self::Emit(kind) => write!(f, "emit:{kind}"),
            Self::Watch(kind) => write!(f, "watch:{kind}"),
            Self::Read(field) => write!(f, "read:{field}"),
            Self::History(count) => write!(f, "history:{count}"),
            Self::Poll(every) => write!(f, "poll:{every}"),
            Self::Send => f.write_str("send"),
            Self::Action(name) => write!(f, "action:{name}"),
            Self::Unsigned(which) => write!(f, "unsigned:{which}"),
            Self::Topic(topic) => write!(f, "topic:{topic}"),
            Self::Storage(size) => write!(f, "storage:{size}"),
            Self::Assets => f.write_str("assets"),
        }
    }
}

impl FromStr for Ask {
    type Err = UnknownAsk;

    fn from_str(text: &str) -> Result<Self, UnknownAsk> {
        let unknown = || UnknownAsk(text.to_owned());
        match text {
            "send" => return Ok(Self::Send),
            "assets" => return Ok(Self::Assets),
            _ => {}
        }
        let (kind, what) = text.split_once(':').filter(|(_, what)| !what.is_empty()).ok_or_else(unknown)?;
        let two = || what.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())).ok_or_else(unknown);
        let one = || what.to_owned();
        Ok(match kind {
            "host" => two().map(|(method, host)| Self::Host(method, host))?,
            "secret" => two().map(|(name, host)| Self::Secret(name, host))?,
            "sign" => Self::Sign(one()),
            "buy" => two().map(|(name, url)| Self::Buy(name, url))?,
            "scope" => two().map(|(name, scope)| Self::Scope(name, scope))?,
            "token" => two().map(|(name, host)| Self::Token(name, host))?,
            "hmac" => two().map(|(name, host)| Self::Hmac(name, host))?,
            "emit" => Self::Emit(one()),
            "watch" => Self::Watch(one()),
            "read" => Self::Read(one()),
            "history" => Self::History(what.parse().map_err(|_| unknown())?),
            "poll" => Self::Poll(one()),
            "action" => Self::Action(one()),
            "unsigned" => Self::Unsigned(one()),
            "topic" => Self::Topic(one()),
            "storage" => Self::Storage(one()),
            _ => return Err(unknown()),
        })
    }
}

impl Serialize for Ask {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ask {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of grants: everything a manifest asks for, or what an operator allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeSet<Ask>);

impl Grants {
    /// Everything that a plugin asks for.
    #[must_use]
    pub fn asked(manifest: &Manifest) -> Self {
        let mut asks = BTreeSet::new();
        for host in &manifest.hosts {
            asks.extend(host.methods.iter().map(|method| Ask::Host(method.clone(), host.host.to_string())));
        }
        for secret in &manifest.secrets {
            let name = secret.name.as_str();
            asks.extend(secret.hosts.iter().map(|host| Ask::Secret(name.to_owned(), host.to_string())));
            asks.extend(secret.sign.then(|| Ask::Sign(name.to_owned())));
        }
        asks.extend(manifest.oauth.iter().flat_map(Self::of_token));
        asks.extend(manifest.signing.iter().flat_map(Self::of_signing));
        asks.extend(manifest.emits.iter().map(|kind| Ask::Emit(kind.as_str().to_owned())));
        asks.extend(manifest.topics.iter().map(|topic| Ask::Topic(topic.to_string())));
        asks.extend(manifest.actions.iter().map(|action| Ask::Action(action.name.to_string())));
        if manifest.channel.as_ref().is_some_and(|channel| !channel.reach.is_empty()) {
            asks.insert(Ask::Send);
        }
        asks.extend(manifest.poller.iter().map(|poller| Ask::Poll(poller.schedule.to_string())));
        asks.extend(manifest.assets.iter().map(|_| Ask::Assets));
        asks.extend(manifest.budget.key_value.map(|size| Ask::Storage(size.to_string())));
        for rule in manifest.webhook.iter().flat_map(|webhook| &webhook.verify) {
            if matches!(rule.scheme, Scheme::Unsigned) {
                asks.insert(Ask::Unsigned(rule.when.to_string()));
            }
        }
        if let Some(assistant) = &manifest.assistant {
            asks.extend(assistant.on.iter().map(|kind| Ask::Watch(kind.as_str().to_owned())));
            asks.extend(assistant.fields.iter().cloned().map(Ask::Read));
            asks.insert(Ask::History(assistant.history));
        }
        Self(asks)
    }

    /// Everything that an access token asks for.
    #[must_use]
    pub fn of_token(oauth: &OAuth) -> Vec<Ask> {
        let name = oauth.name.to_string();
        let buys = oauth.secrets().map(|secret| Ask::Buy(secret.to_string(), oauth.token_url.to_string()));
        let scope = oauth.scope.iter().map(|scope| Ask::Scope(name.clone(), scope.clone()));
        let sent = oauth.hosts.iter().map(|host| Ask::Token(name.clone(), host.to_string()));
        buys.chain(scope).chain(sent).collect()
    }

    /// Everything that a signature asks for.
    #[must_use]
    pub fn of_signing(signing: &Signing) -> Vec<Ask> {
        signing.hosts.iter().map(|host| Ask::Hmac(signing.secret.to_string(), host.to_string())).collect()
    }

    /// Whether something is granted.
    #[must_use]
    pub fn covers(&self, ask: &Ask) -> bool {
        self.0.contains(ask) || self.0.iter().any(|granted| granted.covers(ask))
    }

    /// What `asked` holds that is not granted: what an operator is shown before an upgrade.
    #[must_use]
    pub fn lacks(&self, asked: &Self) -> Vec<Ask> {
        asked.0.iter().filter(|ask| !self.covers(ask)).cloned().collect()
    }

    /// The same without some of them.
    ///
    /// # Errors
    /// When one of them is not in it.
    pub fn without(&self, taken: &[Ask]) -> Result<Self, UnknownAsk> {
        let mut left = self.0.clone();
        for ask in taken {
            if !left.remove(ask) {
                return Err(UnknownAsk(ask.to_string()));
            }
        }
        Ok(Self(left))
    }

    /// Each, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &Ask> {
        self.0.iter()
    }

    /// Whether nothing is asked for or granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The manifest with everything taken out that is not granted: what the plugin may do.
    #[must_use]
    pub fn cut(&self, manifest: &Manifest) -> Manifest {
        let mut cut = manifest.clone();
        for host in &mut cut.hosts {
            let name = host.host.to_string();
            host.methods.retain(|method| self.covers(&Ask::Host(method.clone(), name.clone())));
        }
        cut.hosts.retain(|host| !host.methods.is_empty());
        for secret in &mut cut.secrets {
            let name = secret.name.as_str().to_owned();
            secret.hosts.retain(|host| self.covers(&Ask::Secret(name.clone(), host.to_string())));
            secret.sign &= self.covers(&Ask::Sign(name.clone()));
        }
        cut.oauth.retain_mut(|oauth| {
            let name = oauth.name.to_string();
            oauth.hosts.retain(|host| self.covers(&Ask::Token(name.clone(), host.to_string())));
            Self::of_token(oauth).iter().all(|ask| self.covers(ask))
        });
        for signing in &mut cut.signing {
            let secret = signing.secret.to_string();
            signing.hosts.retain(|host| self.covers(&Ask::Hmac(secret.clone(), host.to_string())));
        }
        cut.emits.retain(|kind| self.covers(&Ask::Emit(kind.as_str().to_owned())));
        cut.topics.retain(|topic| self.covers(&Ask::Topic(topic.to_string())));
        cut.actions.retain(|action| self.covers(&Ask::Action(action.name.to_string())));
        if !self.covers(&Ask::Send) {
            cut.sender = None;
            if let Some(channel) = &mut cut.channel {
                channel.reach.clear();
            }
        }
        cut.poller = cut.poller.filter(|poller| self.covers(&Ask::Poll(poller.schedule.to_string())));
        cut.assets = cut.assets.filter(|_| self.covers(&Ask::Assets));
        cut.budget.key_value = cut.budget.key_value.map(|wished| {
            let granted = self.0.iter().filter_map(|ask| match ask {
                Ask::Storage(size) => size.parse::<Size>().ok(),
                _ => None,
            });
            // Nothing granted is nothing kept.
            let most = granted.map(Size::bytes).max().unwrap_or(0);
            Size::from_bytes(wished.bytes().min(most))
        });
        if let Some(webhook) = &mut cut.webhook {
            webhook.verify.retain(|rule| {
                !matches!(rule.scheme, Scheme::Unsigned) || self.covers(&Ask::Unsigned(rule.when.to_string()))
            });
        }
        if let Some(assistant) = &mut cut.assistant {
            assistant.on.retain(|kind: &EventKind| self.covers(&Ask::Watch(kind.as_str().to_owned())));
            assistant.fields.retain(|field| self.covers(&Ask::Read(field.clone())));
            let granted = self.0.iter().filter_map(|ask| match ask {
                Ask::History(count) => Some(*count),
                _ => None,
            });
            assistant.history = assistant.history.min(granted.max().unwrap_or(0));
        }
        cut
    }
}

impl FromIterator<Ask> for Grants {
    fn from_iter<T: IntoIterator<Item = Ask>>(asks: T) -> Self {
        Self(asks.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
name = "example"
version = "1.0.0"
contract = "0.1"
title = "Example"

[channel]
name = "example"
reach = ["phone"]

[[secrets]]
name = "token"
title = "Token"
hosts = ["api.example.com"]
sign = true

[[hosts]]
host = "api.example.com"
methods = ["GET", "POST"]
reason = "to send"

[[hosts]]
host = "*.files.example.com"
methods = ["GET"]
reason = "to fetch"

[webhook]
[[webhook.verify]]
when = { method = "GET" }
scheme = "none"
[[webhook.verify]]
scheme = "token"
header = "x-token"
secret = "token"

[sender]
rate = { count = 80, per = "1s" }
[poller]
every = "5m"

[events]
emit = ["message-received", "order"]

[budget]
key_value = "64 KiB"
"#;

    fn manifest() -> Manifest {
        Manifest::parse(MANIFEST, "plugin.toml").unwrap_or_else(|e| panic!("{e}"))
    }

    fn ask(text: &str) -> Ask {
        text.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn everything_a_manifest_asks_for_has_a_name_that_reads_back() {
        let asked = Grants::asked(&manifest());
        let names: Vec<String> = asked.iter().map(Ask::to_string).collect();
        assert_eq!(
            names,
            [
                "host:GET:*.files.example.com",
                "host:GET:api.example.com",
                "host:POST:api.example.com",
                "secret:token:api.example.com",
                "sign:token",
                "emit:message-received",
                "emit:order",
                "poll:5m",
                "send",
                "unsigned:GET requests",
                "storage:64 KiB",
            ]
        );
        for name in &names {
            assert_eq!(ask(name).to_string(), *name);
            assert!(ask(name).sentence().ends_with('.'));
        }
        let json = serde_json::to_string(&asked).expect("JSON");
        assert_eq!(serde_json::from_str::<Grants>(&json).expect("reads back"), asked);
        assert!("hosts:x".parse::<Ask>().is_err() && "emit".parse::<Ask>().is_err());
    }

    #[test]
    fn a_grant_covers_what_is_no_more_than_itself() {
        for (granted, wanted, covered) in [
            ("host:GET:api.example.com", "host:GET:api.example.com", true),
            ("host:GET:api.example.com", "host:POST:api.example.com", false),
            ("host:GET:*.example.com", "host:GET:api.example.com", true),
            ("host:GET:*.example.com", "host:GET:*.eu.example.com", true),
            ("host:GET:*.example.com", "host:GET:example.com", false),
            ("host:GET:*.example.com", "host:GET:evil-example.com", false),
            ("host:GET:api.example.com", "host:GET:*.example.com", false),
            ("host:GET:api.example.com", "host:GET:api.example.com:8443", false),
            ("host:GET:{{setting:shop}}.example.com", "host:GET:{{setting:shop}}.example.com", true),
            ("host:GET:{{setting:shop}}.example.com", "host:GET:{{setting:base}}", false),
            ("secret:token:*.example.com", "secret:token:api.example.com", true),
            ("secret:token:api.example.com", "secret:other:api.example.com", false),
            ("token:admin:*.example.com", "token:admin:api.example.com", true),
            ("token:admin:api.example.com", "token:other:api.example.com", false),
            ("hmac:key:api.example.com", "hmac:key:other.example.com", false),
            ("buy:key:https://a.example.com/t", "buy:key:https://a.example.com/t", true),
            ("buy:key:https://a.example.com/t", "buy:key:https://b.example.com/t", false),
            ("scope:admin:read write", "scope:admin:read write", true),
            ("scope:admin:read", "scope:admin:read write", false),
            ("sign:token", "sign:token", true),
            ("sign:token", "sign:other", false),
            ("emit:order", "emit:order", true),
            ("emit:order", "emit:refund", false),
            ("watch:order", "emit:order", false),
            ("read:name", "read:email", false),
            ("history:10", "history:3", true),
            ("history:3", "history:10", false),
            ("poll:5m", "poll:1h", true),
            ("poll:5m", "poll:1m", false),
            ("poll:0 3 * * *", "poll:0 3 * * *", true),
            ("poll:5m", "poll:0 3 * * *", false),
            ("storage:1 MiB", "storage:64 KiB", true),
            ("storage:64 KiB", "storage:1 MiB", false),
            ("topic:visitor.*", "topic:visitor.*", true),
            ("topic:visitor.*", "topic:agent.*", false),
            ("action:refund", "action:cancel", false),
            ("send", "send", true),
            ("assets", "send", false),
        ] {
            let grants: Grants = [ask(granted)].into_iter().collect();
            assert_eq!(grants.covers(&ask(wanted)), covered, "{granted} covers {wanted}");
        }
    }

    #[test]
    fn what_was_not_granted_is_cut_out_of_the_manifest() {
        let manifest = manifest();
        let asked = Grants::asked(&manifest);
        assert_eq!(asked.cut(&manifest), manifest, "everything granted cuts nothing");
        for (taken, gone) in [
            ("host:POST:api.example.com", "POST"),
            ("secret:token:api.example.com", "written into requests"),
            ("sign:token", "may have the hub sign"),
            ("emit:order", "`order`"),
            ("poll:5m", "every 5m"),
            ("send", "It sends at most"),
            ("unsigned:GET requests", "unsigned"),
        ] {
            let left = asked.without(&[ask(taken)]).expect("it was asked for");
            assert_eq!(left.lacks(&asked), [ask(taken)]);
            let (before, after) = (manifest.wants().join("\n"), left.cut(&manifest).wants().join("\n"));
            assert!(before.contains(gone) && !after.contains(gone), "{taken}: {after}");
        }
        let nothing = Grants::default().cut(&manifest);
        assert!(nothing.hosts.is_empty() && nothing.emits.is_empty() && nothing.sender.is_none());
        assert!(nothing.channel.is_some_and(|channel| channel.reach.is_empty()));
        assert_eq!(nothing.budget.key_value.map(Size::bytes), Some(0));
        assert!(asked.without(&[ask("emit:refund")]).is_err());
    }

    const TOKENS: &str = r#"
name = "example"
version = "1.0.0"
contract = "0.1"
title = "Example"
[[secrets]]
name = "key"
title = "Key"
[[hosts]]
host = "*.example.com"
methods = ["POST"]
reason = "to ask"
[[oauth]]
name = "admin"
token_url = "https://auth.example.com/token"
grant = "client-credentials"
client_id = "c"
client_secret = "key"
scope = "read"
hosts = ["api.example.com"]
[[signing]]
name = "request"
secret = "key"
signed = "{body}"
hosts = ["api.example.com"]
"#;

    #[test]
    fn a_token_is_granted_whole_or_not_at_all_and_a_new_place_to_buy_it_asks_anew() {
        let manifest = Manifest::parse(TOKENS, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
        let asked = Grants::asked(&manifest);
        let all =
            ["buy:key:https://auth.example.com/token", "scope:admin:read", "token:admin:api.example.com"];
        for name in all {
            assert!(asked.covers(&ask(name)), "{name}");
            let cut = asked.without(&[ask(name)]).expect("it is asked for").cut(&manifest);
            assert!(cut.oauth.iter().all(|oauth| oauth.hosts.is_empty()), "without {name}");
        }
        assert_eq!(asked.cut(&manifest), manifest);
        let unsigned =
            asked.without(&[ask("hmac:key:api.example.com")]).expect("it is asked for").cut(&manifest);
        assert!(unsigned.signing[0].hosts.is_empty());
        let moved = TOKENS.replace("https://auth.example.com/token", "https://evil.example.com/token");
        let moved = Manifest::parse(&moved, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(asked.lacks(&Grants::asked(&moved)), [ask("buy:key:https://evil.example.com/token")]);
    }
}
