//! A manifest cut to what was granted.

use super::super::event::EventKind;
use super::super::manifest::{Manifest, Scheme, Size};
use super::{Ask, Grants};

impl Grants {
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
        }
        if let Some(channel) = &mut cut.channel {
            channel.reach.retain(|names| self.covers(&Ask::Reach(names.to_string())));
        }
        cut.poller = cut.poller.filter(|poller| self.covers(&Ask::Poll(poller.schedule.to_string())));
        cut.assets = cut.assets.filter(|_| self.covers(&Ask::Assets));
        cut.budget.key_value = cut.budget.key_value.map(|wished| {
            let granted = self.iter().filter_map(|ask| match ask {
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
            let granted = self.iter().filter_map(|ask| match ask {
                Ask::History(count) => Some(*count),
                _ => None,
            });
            assistant.history = assistant.history.min(granted.max().unwrap_or(0));
        }
        cut
    }
}
