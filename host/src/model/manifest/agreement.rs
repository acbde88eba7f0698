//! Whether a manifest and the component it came in say the same.

use std::fmt;

use super::Manifest;

/// What a component can do: one for each interface it may export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// It takes requests from outside.
    Webhook,
    /// It sends messages.
    Sender,
    /// It asks on a schedule.
    Poller,
    /// It does things in the other system when asked.
    Actions,
    /// It comments on messages.
    Assistant,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 5] = [Self::Webhook, Self::Sender, Self::Poller, Self::Actions, Self::Assistant];

    /// The name of its interface in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Sender => "sender",
            Self::Poller => "poller",
            Self::Actions => "actions",
            Self::Assistant => "assistant",
        }
    }

    /// The capability whose interface has that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.as_str() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Manifest {
    /// Where this manifest and what its component exports do not agree, in words; nothing when they do.
    #[must_use]
    pub fn agreement(&self, exported: &[Capability]) -> Vec<String> {
        let mut problems = Vec::new();
        if exported.is_empty() {
            problems.push(
                "the component exports no interface of the contract, so the hub cannot call it".to_owned(),
            );
        }
        for capability in Capability::ALL {
            let (section, declared) = match capability {
                Capability::Webhook => ("[webhook]", self.webhook.is_some()),
                Capability::Sender => ("[sender]", self.sender.is_some()),
                Capability::Poller => ("[poller]", self.poller.is_some()),
                Capability::Actions => ("[[actions]]", !self.actions.is_empty()),
                Capability::Assistant => ("[assistant]", self.assistant.is_some()),
            };
            match (declared, exported.contains(&capability)) {
                (true, false) => problems.push(format!(
                    "the manifest has {section}, and the component does not export `{capability}`: implement \
                     that interface or remove the section"
                )),
                // A sender needs no section of its own: all that stands in it has a default.
                (false, true) if capability != Capability::Sender => problems.push(format!(
                    "the component exports `{capability}`, and the manifest has no {section}: add it"
                )),
                _ => {}
            }
        }
        let reaches = self.channel.as_ref().is_some_and(|channel| !channel.reach.is_empty());
        match (reaches, exported.contains(&Capability::Sender)) {
            (true, false) => problems.push(
                "`channel.reach` says whom the plugin can write to, and the component does not export \
                 `sender`: implement it or remove `reach`"
                    .to_owned(),
            ),
            (false, true) => problems.push(
                "the component exports `sender`, and the manifest does not say whom it can reach: add \
                 `[channel]` with `reach = [\"…\"]`"
                    .to_owned(),
            ),
            _ => {}
        }
        problems
    }
}
