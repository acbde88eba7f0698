//! Who tells the hub of people: six connections of everyday kinds, and an assistant.

use crate::model::id::{ConnectionId, IdKey};

/// A connection of a made-up business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A chat network that knows people by their telephone.
    Chat,
    /// A shop: customers by its own number, with mail and often telephone.
    Shop,
    /// A mailbox.
    Mail,
    /// A web site: visitors, and a form into which a mail address is typed.
    Web,
    /// Where sales people keep contacts.
    Crm,
    /// The telephone.
    Voice,
    /// An assistant that reads messages.
    Assistant,
}

impl Source {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Chat, Self::Shop, Self::Mail, Self::Web, Self::Crm, Self::Voice, Self::Assistant];

    /// What people call the connection.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Chat => "Chat (generated)",
            Self::Shop => "Shop (generated)",
            Self::Mail => "Mail (generated)",
            Self::Web => "Web site (generated)",
            Self::Crm => "Contacts (generated)",
            Self::Voice => "Telephone (generated)",
            Self::Assistant => "Assistant (generated)",
        }
    }

    /// Its place in [`Source::ALL`].
    #[must_use]
    pub fn place(self) -> usize {
        self as usize
    }
}

/// What an assistant must know to name a message as the hub does.
#[derive(Clone)]
pub struct Sources {
    /// The id of every connection, in the order of [`Source::ALL`].
    pub ids: [ConnectionId; 7],
    /// What the installation derives ids with.
    pub key: IdKey,
}

impl Sources {
    /// The id of a connection.
    #[must_use]
    pub fn id(&self, source: Source) -> &ConnectionId {
        &self.ids[source.place()]
    }
}
