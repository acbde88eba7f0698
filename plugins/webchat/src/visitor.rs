//! Who chats: a browser that we gave a number, or somebody whom the site vouches for.

use serde::{Deserialize, Deserializer};
use switchboard_sdk::{Event, Evidence, Identifier, form, json, random, settings, signing};

/// A visitor. The id is part of tokens, topics, keys and addresses: letters, digits and `-._~%:` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    id: String,
}

/// Whom a site vouches for, as it signs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Signed {
    /// The site's own id of the person.
    #[serde(deserialize_with = "id")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// Whether the site knows the address to be theirs; so unless it says otherwise.
    #[serde(default)]
    pub(crate) email_verified: Option<bool>,
    #[serde(default)]
    pub(crate) phone: Option<String>,
    /// Whether the site knows the number to be theirs; so unless it says otherwise.
    #[serde(default)]
    pub(crate) phone_verified: Option<bool>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Until when it holds, in seconds since 1970; for good where it is left out.
    #[serde(default)]
    pub(crate) exp: Option<i64>,
}

/// A text or a number, of 1 to 128 bytes: sites number their people either way.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = json::Digits::deserialize(from)?.0;
    if text.trim().is_empty() || text.len() > 128 {
        return Err(serde::de::Error::custom("an id has 1 to 128 bytes"));
    }
    Ok(text)
}

impl Visitor {
    /// Somebody new.
    pub(crate) fn fresh() -> Self {
        Self { id: format!("v:{}", signing::hex(&random::bytes(16))) }
    }

    /// Whoever the site calls so.
    pub(crate) fn of(user: &str) -> Self {
        Self { id: format!("u:{}", form::percent_encode(user)) }
    }

    /// The visitor of an id that was proved; `None` for what is none.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b));
        let (kind, rest) = id.split_once(':')?;
        (["v", "u"].contains(&kind) && !rest.is_empty() && id.len() <= 400 && plain(rest))
            .then(|| Self { id: id.to_owned() })
    }

    /// Whoever an identifier of this connection means.
    pub(crate) fn named(identifier: &Identifier) -> Option<Self> {
        if identifier.namespace == namespace("user") {
            Some(Self::of(&identifier.value))
        } else if identifier.namespace == namespace("visitor") {
            Self::parse(&format!("v:{}", identifier.value))
        } else {
            None
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What the site calls them, where it vouches for them.
    pub(crate) fn user(&self) -> Option<String> {
        self.id.strip_prefix("u:").map(form::percent_decode)
    }

    /// The topic that their browsers listen to: their name, so that the hub can tell there that an agent types.
    pub(crate) fn topic(&self) -> String {
        let name = self.identifier();
        format!("{}:{}", name.namespace, name.value)
    }

    /// The name under which the hub knows them. It is theirs alone: the number of a browser that was given to nobody
    /// else, or what the site signed. Scoped by the connection, so that two sites' customers number 42 stay two.
    pub(crate) fn identifier(&self) -> Identifier {
        match (self.user(), self.id.strip_prefix("v:")) {
            (Some(user), _) => Identifier::new(namespace("user"), user, Evidence::Verified),
            (None, number) => {
                Identifier::new(namespace("visitor"), number.unwrap_or(&self.id), Evidence::Verified)
            }
        }
    }
}

/// `webchat:CONNECTION:kind`.
fn namespace(kind: &str) -> String {
    format!("webchat:{}:{kind}", settings::connection().to_ascii_lowercase())
}

impl Signed {
    /// Adds what the site says of the person.
    pub(crate) fn say(&self, event: Event) -> Event {
        let evidence = |verified: Option<bool>| match verified {
            Some(false) => Evidence::Claimed,
            _ => Evidence::Verified,
        };
        let email =
            self.email.as_deref().and_then(|email| Identifier::email(email, evidence(self.email_verified)));
        let phone =
            self.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty() && phone.len() <= 64);
        let phone = phone.map(|phone| Identifier::new("phone", phone, evidence(self.phone_verified)));
        let name = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        event.about(email).about(phone).attribute_if("name", name.map(|name| cut(name, 200)))
    }
}

/// The beginning of a text, so many characters at most.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use switchboard_sdk::testing::Host;

    use super::*;

    proptest! {
        #[test]
        fn every_user_of_a_site_is_a_visitor_of_their_own_and_named_as_the_site_names_them(
            a in "\\PC{1,40}", b in "\\PC{1,40}"
        ) {
            let _host = Host::with_settings("{}");
            let visitor = Visitor::of(&a);
            prop_assert_eq!(Visitor::parse(visitor.id()), Some(visitor.clone()));
            prop_assert_eq!(visitor.user(), Some(a.clone()));
            prop_assert_eq!(Visitor::named(&visitor.identifier()), Some(visitor.clone()));
            prop_assert_eq!(Visitor::of(&b) == visitor, a == b);
        }

        #[test]
        fn a_text_is_cut_between_characters(text in "\\PC{0,20}", most in 0..20usize) {
            prop_assert_eq!(cut(&text, most).chars().count(), text.chars().count().min(most));
        }
    }

    #[test]
    fn a_visitor_of_another_connection_is_nobody_here() {
        let _host = Host::with_settings("{}");
        let there = Identifier::new("webchat:other:visitor", "00", Evidence::Verified);
        assert_eq!(Visitor::named(&there), None);
        assert!(
            Visitor::parse("v:../x").is_none()
                && Visitor::parse("x:1").is_none()
                && Visitor::parse("u:").is_none()
        );
    }
}
