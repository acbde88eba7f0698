//! The parts of the site and the way between them.

use super::words::Words;
use crate::http::{Http, Problem};
use crate::model::token::Role;

/// A part of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Conversations.
    Inbox,
    /// People.
    People,
    /// Who may be one person.
    Suggestions,
    /// Orders.
    Orders,
    /// Connections.
    Connections,
    /// Plugins.
    Plugins,
    /// What came in and waits.
    Deliveries,
    /// Who did what.
    Audit,
    /// What is set.
    Settings,
    /// The reader's own account, and every page that stands in no part.
    Account,
}

impl Section {
    /// What the navigation shows, in its order.
    pub(crate) const ALL: [Self; 9] = [
        Self::Inbox,
        Self::People,
        Self::Suggestions,
        Self::Orders,
        Self::Connections,
        Self::Plugins,
        Self::Deliveries,
        Self::Audit,
        Self::Settings,
    ];

    /// The part that a page stands in, by its path.
    pub(crate) fn of(path: &str) -> Self {
        match path.split('/').nth(1).unwrap_or_default() {
            "" | "inbox" | "conversations" => Self::Inbox,
            "people" => Self::People,
            "suggestions" => Self::Suggestions,
            "orders" => Self::Orders,
            "connections" => Self::Connections,
            "plugins" => Self::Plugins,
            "deliveries" => Self::Deliveries,
            "audit" => Self::Audit,
            "settings" => Self::Settings,
            _ => Self::Account,
        }
    }

    /// Its address.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Inbox => "/inbox",
            Self::People => "/people",
            Self::Suggestions => "/suggestions",
            Self::Orders => "/orders",
            Self::Connections => "/connections",
            Self::Plugins => "/plugins",
            Self::Deliveries => "/deliveries",
            Self::Audit => "/audit",
            Self::Settings => "/settings",
            Self::Account => "/account",
        }
    }

    /// What it is called, as a message's key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Inbox => "nav-inbox",
            Self::People => "nav-people",
            Self::Suggestions => "nav-suggestions",
            Self::Orders => "nav-orders",
            Self::Connections => "nav-connections",
            Self::Plugins => "nav-plugins",
            Self::Deliveries => "nav-deliveries",
            Self::Audit => "nav-audit",
            Self::Settings => "nav-settings",
            Self::Account => "nav-account",
        }
    }

    /// Who may open it.
    pub(crate) fn least(self) -> Role {
        match self {
            Self::Connections | Self::Plugins | Self::Deliveries | Self::Audit => Role::Operator,
            _ => Role::ReadOnly,
        }
    }

    /// Whether it belongs to running the hub rather than to the daily work.
    pub(crate) fn of_the_hub(self) -> bool {
        self.least() == Role::Operator || self == Self::Settings
    }

    /// Its sign: the paths of an SVG of 24 by 24.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Inbox => "M4 13h4l2 3h4l2-3h4M6 5h12l2 8v6H4v-6z",
            Self::People => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.5 2.8 3.5 5.5"
            }
            Self::Suggestions => "M9 12a5 5 0 1 1 6 4.9M15 12a5 5 0 1 1-6-4.9M12 9.5v5M9.5 12h5",
            Self::Orders => "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
            Self::Connections => {
                "M7 4v5M13 4v5M5 9h10v3a5 5 0 0 1-10 0zM10 17v1a3 3 0 0 0 6 0v-2a2.500 2.500 0 0 1 5 0"
            }
            Self::Plugins => {
                "M9 4h4v3a2 2 0 1 0 4 0h3v5h-2a2 2 0 1 0 0 4h2v4h-6v-2a2 2 0 1 0-4 0v2H4v-6h2a2 2 0 1 0 0-4H4V7h5z"
            }
            Self::Deliveries => "M5 4h14l-1 7H6zM4 14h16v6H4zM10 17h4",
            Self::Audit => "M6 3h9l4 4v14H6zM9 11h7M9 15h7M9 7h3",
            Self::Settings => "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
            Self::Account => {
                "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-4 3.500-6.500 8-6.500s8 2.500 8 6.500"
            }
        }
    }
}

/// What waits for somebody, beside the names of the sections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Deliveries that are parked.
    pub(crate) parked: u64,
    /// Plugins of which a version waits for approval.
    pub(crate) waiting: u64,
}

impl Counts {
    /// What waits now, of what the reader may see.
    pub(crate) async fn read(http: &Http, operator: bool) -> Result<Self, Problem> {
        if !operator {
            return Ok(Self::default());
        }
        let parked = http.store().parked_sizes().await?;
        let waiting = http.hub.plugins().iter().filter(|plugin| plugin.waiting.is_some()).count();
        Ok(Self { parked: parked.iter().map(|(_, size)| size.deliveries).sum(), waiting: waiting as u64 })
    }

    fn of(self, section: Section) -> u64 {
        match section {
            Section::Deliveries => self.parked,
            Section::Plugins => self.waiting,
            _ => 0,
        }
    }
}

/// A link of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Where it leads.
    pub(crate) path: &'static str,
    /// What it says.
    pub(crate) text: String,
    /// Its sign: the paths of an SVG.
    pub(crate) sign: &'static str,
    /// Whether the page stands there.
    pub(crate) here: bool,
    /// Whether the part of running the hub begins with it.
    pub(crate) begins_the_hub: bool,
    /// Whether it stands in the bar of a small screen rather than in the menu beside.
    pub(crate) in_bar: bool,
    /// What waits there, in words; empty when nothing does.
    pub(crate) count: String,
}

impl Link {
    /// The links to what somebody of this role may open, from a page that stands in `here`.
    pub(crate) fn all(role: Role, here: Section, counts: Counts, words: Words) -> Vec<Self> {
        let open = || Section::ALL.into_iter().filter(|section| role >= section.least());
        let first_of_the_hub = open().find(|section| section.of_the_hub());
        open().map(|section| Self::to(section, first_of_the_hub, here, counts, words)).collect()
    }

    fn to(
        section: Section,
        first_of_the_hub: Option<Section>,
        here: Section,
        counts: Counts,
        words: Words,
    ) -> Self {
        let count = counts.of(section);
        Self {
            path: section.path(),
            text: words.say(section.key()),
            sign: section.sign(),
            here: section == here,
            begins_the_hub: Some(section) == first_of_the_hub,
            in_bar: matches!(section, Section::Inbox | Section::People | Section::Orders),
            count: if count == 0 { String::new() } else { words.number(&count) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_in_the_section_that_its_path_begins_with() {
        for section in Section::ALL {
            assert_eq!(Section::of(section.path()), section);
            assert_eq!(Section::of(&format!("{}/x/y", section.path())), section);
        }
        assert_eq!(Section::of("/conversations/conv_1"), Section::Inbox);
        assert_eq!(Section::of("/nonsense"), Section::Account);
    }
}
