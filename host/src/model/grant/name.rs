//! A grant's name: as it is kept, shown, and typed on a command line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Ask;

/// A text that names no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no grant; `switchboard plugin show NAME` lists them, such as `host:GET:api.example.com`"
)]
pub struct UnknownAsk(pub(super) String);

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
            Self::Reach(names) => write!(f, "reach:{names}"),
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
            "reach" => Self::Reach(one()),
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
