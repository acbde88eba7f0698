//! Grants together: what a manifest asks for, and what of it is covered.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::manifest::{Manifest, OAuth, Scheme, Signing};
use super::{Ask, UnknownAsk};

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
        let reach = manifest.channel.iter().flat_map(|channel| &channel.reach);
        asks.extend(reach.flat_map(|names| [Ask::Send, Ask::Reach(names.to_string())]));
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
}

impl FromIterator<Ask> for Grants {
    fn from_iter<T: IntoIterator<Item = Ask>>(asks: T) -> Self {
        Self(asks.into_iter().collect())
    }
}
